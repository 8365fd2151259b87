"""``harness``: the commands, and the one place where exceptions become messages and exit codes."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from harness import __version__
from harness.cli.agent import agent
from harness.cli.baseline import baseline
from harness.cli.cache import cache
from harness.cli.compare import compare
from harness.cli.exits import Exit
from harness.cli.fixtures import fixtures
from harness.cli.history import history
from harness.cli.init import init
from harness.cli.listing import list_names
from harness.cli.nightly import nightly
from harness.cli.project import CALLING, COMMANDS, project_defaults
from harness.cli.prove import prove
from harness.cli.report import report
from harness.cli.review import review
from harness.cli.run import run
from harness.cli.scenarios import scenarios
from harness.cli.schema import schema
from harness.cli.score import score
from harness.errors import HarnessError, InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
    if context.invoked_subcommand in (*COMMANDS, *CALLING):
        context.default_map = project_defaults(cli.commands)


for command in (
    init,
    run,
    compare,
    nightly,
    history,
    baseline,
    score,
    report,
    review,
    list_names,
    scenarios,
    schema,
    agent,
    prove,
    fixtures,
    cache,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error of the user's is one line.

    A bug keeps its traceback and is a failure of the harness (3): 1 would say that a gate failed.
    """
    with _sigterm_as_interrupt():
        return _outcome(arguments)


def _outcome(arguments: Sequence[str] | None) -> int:
    try:
        outcome = cli.main(args=arguments, prog_name="harness", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("harness: interrupted", err=True)
        return Exit.INTERRUPTED
    except HarnessError as error:
        for line in str(error).splitlines():
            click.echo(f"harness: error: {line}", err=True)
        return Exit.USAGE if isinstance(error, InputError) else Exit.FAILURE
    except SystemExit:
        # click ends like this when whoever read our output (head, less) has gone: their right.
        return Exit.OK
    except Exception:  # noqa: BLE001  # the border of the process: Python would exit with 1
        traceback.print_exc()
        return Exit.FAILURE
    return outcome if isinstance(outcome, int) else Exit.OK


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """End like Ctrl-C when a CI system stops us, so that what was recorded is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
