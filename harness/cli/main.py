"""``harness``: the commands; the only place where exceptions become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from functools import partial
from importlib import import_module
from pathlib import Path

import click

from harness import __version__
from harness.cli.project import CALLING, WITH_DEFAULTS, project_defaults
from harness.errors import HarnessError, InputError, did_you_mean
from harness.plugins import SHOW_TRACEBACK, plugin_failure
from harness.runs.processes import Stop

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("init:init", "Write a suite of your own, to start from."),
    "run": ("run:run", "Call the agent with every scenario, judge, and report."),
    "load": ("load:load", "Call an agent more and more often, until it gets worse."),
    "compare": ("compare:compare", "Call several agents, and say whether one is better."),
    "import": ("import_:import_", "Judge calls that were stored elsewhere, and report."),
    "nightly": ("nightly:nightly", "Call what a nightly file says, and keep the results."),
    "history": ("history:history", "Look at many nights: trends, when something broke, costs."),
    "baseline": (
        "baseline:baseline",
        "Keep a trusted run's verdicts, to hold others against them.",
    ),
    "score": ("report:score", "Judge the recordings of a run again, with today's scorers."),
    "report": ("report:report", "Write the pages of a stored run, or of a comparison, again."),
    "verify": ("verify:verify", "Say which files of a run are damaged, missing or foreign."),
    "review": ("review:review", "Answer what the scorers of a run could not."),
    "judge-check": ("judge_check:judge_check", "Hold the judges against dialogues with labels."),
    "listen": ("listen:listen", "Hear the caller of a scenario before anybody is called."),
    "doctor": ("doctor:doctor", "Call a target once, and say what is wrong and what to do."),
    "talk": ("talk:talk", "Call the agent yourself, by microphone, and have it judged."),
    "new": ("new:new", "Write a package with a plug-in of your own, to start from."),
    "list": ("scenarios:list_names", "List scenarios, voices, faults, targets, scorers, plug-ins."),
    "language": ("language:language", "Check a language: its own parts, and how it is judged."),
    "scenarios": ("scenarios:scenarios", "Check scenario files."),
    "schema": ("scenarios:schema", "Print the JSON Schema of the files that you write."),
    "worker": ("worker:worker", "Make calls for runs that other machines start."),
    "agent": ("agent:agent", "Serve the reference agent for others to call."),
    "prove": ("agent:prove", "Show that every planted fault is noticed."),
    "fixtures": ("cache:fixtures", "Look after the recorded lines of the shipped callers."),
    "cache": ("cache:cache", "Look at the cache of speech, or empty it."),
}
"""Module of each command, by name, and its summary in one line of 80 columns."""


class Exit(IntEnum):
    """Exit codes for the shell and CI."""

    OK = 0
    GATE_FAILED = 1
    USAGE = 2
    FAILURE = 3
    # As shells report a process that SIGINT ended: 128 + 2.
    INTERRUPTED = 130


class _Commands(click.Group):
    """Imports a command when it is called, so that --help and completion stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names in the order of the table: the order in which users learn them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"harness.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, none of which is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="harness")
@click.pass_context
def cli(context: click.Context) -> None:
    """Speak scripted calls to a realtime voice agent, record what a caller hears, and judge it.

    \b
    The flow:   scenario (YAML) -> caller audio -> live session -> recording -> scores -> report
    Start here: harness run                     the shipped suite, no key and no network needed
    Your own:   harness init mine && harness run mine
    Your agent: harness run mine --target wss://example.com/v1/realtime

    \b
    Exit codes of all commands:
      0    everything passed
      1    a gate failed: at least one call did not pass
      2    wrong usage, or wrong files
      3    the harness or the connection failed
      130  interrupted with Ctrl-C; finished calls are kept

    Options may have defaults in harness.toml, or in [tool.harness] of pyproject.toml.
    """
    # Only for commands that read it: a faulty project file must not keep `harness init` or
    # `verify` from working.
    if context.invoked_subcommand in (*WITH_DEFAULTS, *CALLING):
        context.default_map = project_defaults(partial(cli.get_command, context))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    _open_missing_streams()
    try:
        # Python raises FileNotFoundError here; without this check the first relative path would,
        # far from the cause.
        Path.cwd()
    except OSError:
        _tell("the folder in which this was started is gone; change to one that is there")
        sys.exit(Exit.USAGE)
    code = run_command(arguments)
    sys.exit(_flushed(code))


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Errors of a standard stream that is full; those of files are reported with the file's name."""


def _open_missing_streams() -> None:
    """Put the null device in place of standard streams that the shell closed.

    Otherwise the next opened file would take the number of such a stream, and output would go
    there.
    """
    # The system gives the lowest free number, so each turn fills the next missing stream.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        mode = "r" if number == 0 else "w"
        # not closed with the object: the number must stay taken
        stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
    os.close(number)


def _flushed(code: int) -> int:
    """Flush the standard streams; return the exit code.

    Python would do it later, and end with 120 and a traceback if it cannot.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                code = _unprinted(error)
            # else Python flushes the stream once more at its exit, and fails
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _unprinted(error: OSError) -> int:
    _tell(f"cannot write to the standard output: {error.strerror}")
    return Exit.FAILURE


def _tell(line: str) -> None:
    with suppress(OSError):  # a full disk must not change the exit code
        click.echo(f"harness: error: {line}", err=True)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every user error is a single line.

    A bug keeps its traceback and is a failure of the harness (3): 1 would mean that a gate failed.
    """
    with _sigterm_as_interrupt():
        return _outcome(arguments)


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        # standalone_mode=False: click would otherwise print errors in its own words and exit with
        # its own codes, where 1 stands for an abort.
        outcome = cli.main(args=arguments, prog_name="harness", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        typed = sys.argv[1:] if arguments is None else arguments
        _tell(_refused(error, typed))
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("harness: interrupted", err=True)
        return Exit.INTERRUPTED
    except HarnessError as error:
        # FaultyFiles lists all faults of its files, a line each.
        for line in str(error).splitlines():
            _tell(line)
        return Exit.USAGE if isinstance(error, InputError) else Exit.FAILURE
    except SystemExit as ended:
        # click exits like this if the reader of our output (head, less) has gone, which is
        # legitimate. Any other exit comes from a foreign package, with no call judged.
        *_, (frame, _) = traceback.walk_tb(ended.__traceback__)
        if str(frame.f_globals.get("__name__")).startswith("click."):
            return Exit.OK
        return _unforeseen(ended)
    except Exception as error:  # noqa: BLE001  # the border of the process: Python would exit with 1
        # An error of a file names the file; an error without a name comes from a standard stream.
        if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
            return _unprinted(error)
        return _unforeseen(error)
    return outcome if isinstance(outcome, int) else Exit.OK


def _unforeseen(error: BaseException) -> Exit:
    """Report an error outside of our tree: a line for a faulty package, the traceback of a bug."""
    told = plugin_failure(error)
    if told is None:
        traceback.print_exception(error)
        return Exit.FAILURE
    _tell(f"{told} ({SHOW_TRACEBACK}=1 shows where)")
    return Exit.USAGE


def _refused(error: click.ClickException, typed: Sequence[str]) -> str:
    """Return the error of a command line in a single line, like all other errors."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    # Some errors of click have no context; then the first word names the command.
    named = f"harness {typed[0]}" if typed and typed[0] in COMMANDS else "harness"
    command = named if context is None else context.command_path
    match error:
        case click.NoSuchOption(option_name=name) if context is not None:
            known = [one for param in context.command.params for one in param.opts]
            told = f"no option {name}{did_you_mean(name, known)}"
        case click.exceptions.NoSuchCommand(command_name=name) if context is not None:
            group = context.command
            known = group.list_commands(context) if isinstance(group, click.Group) else []
            told = f"no command {name!r}{did_you_mean(name, known)}"
        case _:
            # click's own messages may have several lines, such as the list of the allowed choices.
            told = " ".join(error.format_message().split()).rstrip(".")
    return f"{told}; `{command} --help` says what is allowed"


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Turn SIGTERM from a CI system into Ctrl-C, so that recordings are kept."""
    # only the main thread may set signal handlers
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, partial(_interrupt, Stop()))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(stop: Stop, _number: int, _frame: object) -> None:
    before = stop.asked
    stop.ask()
    if stop.asked > before:  # else the same wish, while we are at it
        raise KeyboardInterrupt
