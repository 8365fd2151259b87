"""Options that several commands share, their types, notes, and opening a page."""

from __future__ import annotations

import math
import os
import re
import sys
import webbrowser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from harness.errors import UsageError
from harness.judges.batch import AskReport
from harness.report import figures
from harness.results.gates.limits import Judge
from harness.results.history.cost import Prices
from harness.results.model import RunResults
from harness.runs.judge_choice import JudgeRequest
from harness.runs.model_judge import ModelJudging
from harness.runs.plan import Budget, Machines, Spending
from harness.scenario.fields import seconds
from harness.units import MOST_SEED

# Kinds of values that options take: folders, names, durations, addresses, how many at once.


@dataclass(frozen=True, slots=True)
class OutUrl:
    """A run's destination that is not a folder of this machine."""

    url: str


class FolderPath(click.Path):
    """A folder with a name: an empty name (``--out "$UNSET"``) would be the working folder.

    With ``urls`` it may be a folder that fsspec knows by its URL.
    """

    def __init__(self, *, urls: bool = False) -> None:
        super().__init__(path_type=Path, file_okay=False)
        self._urls = urls

    def convert(
        self,
        value: str | os.PathLike[str] | OutUrl,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the path, or an OutUrl; raises click.BadParameter."""
        # click may convert a value that is converted already, for example a default.
        if isinstance(value, OutUrl):
            return value
        if not str(value).strip():
            self.fail("expected a folder, got nothing; '.' is this one", param, ctx)
        # A Path would fold the two slashes into one and make a local folder "s3:" of it.
        if self._urls and "://" in str(value):
            scheme, _, place = str(value).partition("://")
            if not (scheme and place.strip("/ ")):
                allowed = "a folder, or a place in a store as s3://BUCKET/FOLDER"
                self.fail(f"expected {allowed}, got {value!r}", param, ctx)
            return OutUrl(str(value))
        return super().convert(value, param, ctx)


class GivenName(click.ParamType[str]):
    """Text that is not empty: no name would fit all scenarios, or none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; raises click.BadParameter."""
        if not str(value).strip():
            self.fail("expected a name, got nothing", param, ctx)
        return str(value)


class FiniteRange(click.FloatRange):
    """A range that refuses infinite values and ``nan``, for which every comparison is false."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; raises click.BadParameter."""
        # Before the range: releases of click differ in whether nan is inside a range.
        number = float(click.FLOAT.convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"expected a finite number, got {number}", param, ctx)
        return float(super().convert(value, param, ctx))


class Seconds(click.ParamType[float]):
    """A duration as files write it: 20s, 250ms, or a number of seconds; never 0."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds; raises click.BadParameter."""
        try:
            # The command line gives text, and a text needs a unit in files; here "20" is 20 s as
            # well.
            found = seconds(float(value) if str(value).replace(".", "", 1).isdigit() else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not isinstance(found, float) or found <= 0:
            self.fail(f"expected more than 0 seconds, got {value}", param, ctx)
        return found


# "tcp://10.0.0.1:8786", "scheduler:8786", "tls://[::1]:8786": an IPv6 address needs its brackets.
_ADDRESS = re.compile(r"((?:tcp|tls)://)?([\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})")


class SchedulerAddress(click.ParamType[str]):
    """Address of a dask scheduler, ``tcp://`` unless it names another protocol."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it with its protocol; raises click.BadParameter."""
        found = _ADDRESS.fullmatch(str(value).strip())
        # Port 0 means "any free one", which is no address to connect to.
        if found is None or not 0 < int(found[3]) < 65536:
            self.fail(
                f"expected tcp://HOST:PORT or tls://HOST:PORT of a dask scheduler, got {value!r}",
                param,
                ctx,
            )
        return f"{found[1] or 'tcp://'}{found[2]}:{found[3]}"


# A number, so that the option has one type; no count of calls is negative.
AUTO = -1
"""The number for ``--concurrency auto``, until ``take_auto`` has taken it."""


_MOST_AT_ONCE = 200


class AtOnce(click.ParamType[int]):
    """How many calls at a time: 1 to 200, or ``AUTO``, as the word."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, AUTO for the word; raises click.BadParameter."""
        # click may convert a value that is converted already
        if value in ("auto", AUTO):
            return AUTO
        if not str(value).isdecimal() or not 1 <= int(value) <= _MOST_AT_ONCE:
            self.fail(
                f"expected auto, or a number from 1 to {_MOST_AT_ONCE}, got {value!r}", param, ctx
            )
        return int(value)


F = TypeVar("F", bound=Callable[..., Any])

_ONE_SCENARIO = (
    click.argument("scenario"),
    click.option(
        "--scenarios",
        "places",
        multiple=True,
        metavar="PATH",
        type=click.Path(path_type=Path, exists=True),
        help="Where a scenario is looked for by its name; may be given again.  "
        "[default: scenarios]",
    ),
)


_SELECTION = (
    click.option(
        "--scenario",
        multiple=True,
        type=GivenName(),
        metavar="GLOB",
        help="Only scenarios whose name, or a part of it, matches (case ignored); given again, "
        "those that match any.",
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        type=GivenName(),
        metavar="T[,T…]",
        help="Only scenarios with this tag, or with one of several; given again, both must hold.",
    ),
    click.option(
        "--not-tag",
        "not_tags",
        multiple=True,
        type=GivenName(),
        metavar="T[,T…]",
        help="No scenarios with this tag, or with any of several.",
    ),
)


_EXECUTOR = (
    click.option(
        "--executor",
        type=click.Choice(["local", "dask"]),
        help="Who makes the calls: this command itself, or workers of dask, on this machine or on "
        "others.  [default: local]",
    ),
    click.option(
        "--scheduler",
        type=SchedulerAddress(),
        metavar="ADDRESS",
        help="The dask scheduler whose workers (`harness worker`) make the calls: tcp://HOST:PORT "
        "[default: one that is started here, with a worker].",
    ),
)

# 0 is refused: no call would ever begin.
_AMOUNT = FiniteRange(min=0, min_open=True)


def prices_of(cost: str) -> Callable[[F], F]:
    """Return the option ``--prices`` of a command; ``cost`` names the cost that it shows."""
    return click.option(
        "--prices",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"A file of prices, to see {cost}.",
    )


def max_cost_of(limit: str) -> Callable[[F], F]:
    """Return the option ``--max-cost`` of a command; ``limit`` describes its effect."""
    return click.option("--max-cost", type=_AMOUNT, metavar="AMOUNT", help=limit)


prices_option = prices_of("what the calls cost")
max_cost_option = max_cost_of(
    "Start no further call once so much is spent, in the currency of the prices; calls under "
    "way end. What was not called does not count: exit code 3."
)


def spending_options(command: F) -> F:
    """Give a command ``--prices`` and ``--max-cost``."""
    return prices_option(max_cost_option(command))


def take_spending(options: dict[str, Any]) -> Spending:
    """Remove these options from a command's and return them."""
    return Spending(options.pop("prices"), options.pop("max_cost"))


def executor_options(command: F) -> F:
    """Give a command ``--executor`` and ``--scheduler``."""
    for option in reversed(_EXECUTOR):
        command = option(command)
    return command


def take_machines(options: dict[str, Any]) -> Machines | None:
    """Remove these options from a command's; return who makes its calls, None for the command
    itself.

    An ``out`` that is a URL is taken too: recordings pass through there. Raises UsageError.
    """
    executor, scheduler = options.pop("executor"), options.pop("scheduler")
    out = options.get("out")
    url = out.url if isinstance(out, OutUrl) else None
    if executor == "dask":
        # Workers hand their recordings over at the URL; the run itself is made in a local folder
        # first.
        options |= {"out": None} if url else {}
        return Machines(scheduler, options.get("concurrency"), url)
    if scheduler is not None:
        raise UsageError("--scheduler goes with --executor dask; add that, or drop --scheduler")
    if url is not None:
        raise UsageError(f"--out {url} goes with --executor dask; give a folder, or add that")
    return None


def keep_option(default: str) -> Callable[[F], F]:
    """Give a command ``--keep``; None if it is not given, which means the stated ``default``."""
    return click.option(
        "--keep",
        type=click.Choice(["all", "failed", "none"]),
        help="Whose recordings stay once all calls are judged: those of all, of calls that did "
        f"not pass, or of none. Verdicts and pages always do.  [default: {default}]",
    )


def typed_options(context: click.Context) -> dict[str, click.Parameter]:
    """Return the options that were given on the command line, not by a file or a variable."""
    return {
        name: option
        for option in context.command.params
        if (name := option.name or "") in context.params
        and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        and context.params[name] not in (None, ())
    }


def target_option(told: str, *, required: bool = False) -> Callable[[F], F]:
    """Give a command ``--target``, a single agent: the embedded agent, unless it must be named."""
    default: dict[str, Any] = {} if required else {"default": "reference", "show_default": True}
    return click.option("--target", metavar="NAME|URL", required=required, help=told, **default)


def out_option(told: str, *, urls: bool = False) -> Callable[[F], F]:
    """Give a command ``--out``, a folder; with ``urls``, also a folder of an object store."""
    return click.option("--out", type=FolderPath(urls=urls), metavar="DIR", help=told)


def seed_option(told: str) -> Callable[[F], F]:
    """Give a command ``--seed``."""
    return click.option("--seed", type=click.IntRange(0, MOST_SEED), metavar="N", help=told)


def concurrency_option(told: str) -> Callable[[F], F]:
    """Give a command ``--concurrency``; ``take_auto`` and ``per_core`` interpret ``auto``."""
    return click.option("--concurrency", type=AtOnce(), metavar="N|auto", help=told)


def per_core(at_once: int | None) -> int | None:
    """Return the given number if calls are not paced: ``auto`` is a call per core (None)."""
    return None if at_once == AUTO else at_once


def take_auto(options: dict[str, Any]) -> bool:
    """Take ``--concurrency auto`` out of a command's options; return whether it was given.

    Raises UsageError if other machines make the calls.
    """
    if options["concurrency"] != AUTO:
        return False
    if options.get("executor") == "dask":
        raise UsageError(
            "--concurrency auto measures this machine, and with --executor dask workers make the "
            "calls; give a number, or drop it: then each worker takes as many as it may"
        )
    # The measurement sets the number later; None keeps AUTO out of every plan.
    options["concurrency"] = None
    return True


rate_option = click.option(
    "--max-calls-per-minute",
    type=click.IntRange(1, 6000),
    metavar="N",
    help="Start no more calls than that in a minute, evenly; for calls in real time.",
)
force_option = click.option("--force", is_flag=True, help="Replace an earlier run in --out.")
open_option = click.option("--open", "open_", is_flag=True, help="Open the page in the browser.")


def selection_options(command: F) -> F:
    """Give a command ``--scenario``, ``--tag`` and ``--not-tag``."""
    for option in reversed(_SELECTION):
        command = option(command)
    return command


def one_scenario_options(command: F) -> F:
    """Give a command SCENARIO, a file or a name, and ``--scenarios``, the folder of that name."""
    for option in reversed(_ONE_SCENARIO):
        command = option(command)
    return command


# Print notes of a command on stderr: each once, with its number and its files.

_MOST_NAMED = 5


def print_notes(notes: Iterable[str]) -> None:
    """Print notes in their order; a repeated note is printed once, with how often it came."""
    # Counter keeps the order in which notes first came.
    for note, number in Counter(filter(None, notes)).items():
        click.echo(f"{note} ({number} times)" if number > 1 else note, err=True)


def merged(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield "place: problem"; a problem of several places is a single line with all of them."""
    places: dict[str, list[str]] = {}
    for place, problem in found:
        # By problem, not by place: "expects nothing" in 40 scenarios is one line.
        places.setdefault(problem, []).append(place)
    for problem, these in places.items():
        if len(these) == 1:
            yield f"{these[0]}: {problem}"
            continue
        more = ", …" if len(these) > _MOST_NAMED else ""
        yield f"{problem} ({len(these)} files: {', '.join(these[:_MOST_NAMED])}{more})"


# Open a page in the browser, or print why the user would not see it.


def open_page(page: Path) -> None:
    """Open a page; if the user would not see it, print why. The exit code does not change."""
    if reason := why_not_shown(page.resolve().as_uri()):
        click.echo(f"--open: {reason}; the report is {page}", err=True)


def why_not_shown(url: str) -> str:
    """Open an address in a browser; return why the user does not see it, empty if they do."""
    reason = why_not(sys.stdout.isatty(), sys.platform, os.environ)
    return reason or ("" if _shown(url) else "no browser was found")


def why_not(terminal: bool, platform: str, environment: Mapping[str, str]) -> str:
    """Return why no browser can be opened for a person, empty if it can.

    A browser that runs inside the terminal does not count: it would take the terminal away from the
    shell. ``BROWSER`` names another browser, as Python's ``webbrowser`` reads it.
    """
    # CI systems set "true" or "1"; CI=false and CI=0 are no CI.
    if environment.get("CI", "").lower() not in ("", "0", "false"):
        return "not in CI"
    if not terminal:
        return "the output goes to no terminal"
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if platform not in ("win32", "darwin") and not any(map(environment.get, screens)):
        return "there is no screen (neither DISPLAY, WAYLAND_DISPLAY nor BROWSER is set)"
    return ""


def _shown(url: str) -> bool:
    try:
        # False, without an exception, if no browser could be started.
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


# ``--judge`` of ``run``, ``score`` and ``import``: a model judge for open writes.

judge_option = click.option(
    "--judge",
    metavar="suite|FILE|NAME",
    help="Ask a model about writes that the rules leave at review: as the suite's key 'judge' "
    "says, a file of settings, or a judge by name (docs/guides/judges.md). Transcripts of these "
    "calls are sent to its endpoint.",
)


def judge_cost_options(command: F) -> F:
    """Give a command ``--prices`` and ``--max-cost`` for a judge alone."""
    most = max_cost_of(
        "Ask the judge nothing more once so much is spent, in the currency of the prices."
    )
    return prices_of("the cost of the judge")(most(command))


def take_judging(
    judge: str | None,
    prices: Path | Prices | None,
    max_cost: float | None,
    budget: Budget | None = None,
) -> ModelJudging | None:
    """Return the checked ``--judge`` option; None without it.

    Calls and judge share ``budget``. Raises InputError.
    """
    if judge is None:
        return None
    judging = ModelJudging(
        JudgeRequest(judge, prices, max_cost),
        tell=_tell,
        told=progress(),
        spent=(lambda: 0.0) if budget is None else (lambda: budget.spent),
        paid=(lambda _: None) if budget is None else budget.add_amount,
    )
    judging.check()
    return judging


def with_judging(judging: ModelJudging | None, run_folder: Path, gate: Judge) -> Judge:
    """Return a gate that asks the model first; the gate itself without ``--judge``."""
    if judging is None:
        return gate

    def judged(results: RunResults) -> RunResults:
        return gate(judging.apply(run_folder, results))

    return judged


def _tell(line: str) -> None:
    """Print a line; an endpoint's words must not steer the terminal."""
    click.echo(figures.visible(line), err=True)


def progress() -> Callable[[AskReport], object]:
    """Return the progress display: a line on a terminal, silent in a log."""
    return _show if sys.stderr.isatty() else lambda _: None


def _show(report: AskReport) -> None:
    """Show how many questions are done, on a single line of a terminal."""
    done = report.answered + len(report.failed)
    last = done == report.questions
    text = f"judge: {done} of {report.questions} questions"
    text += f", cost {report.spent:.4g}" if report.spent else ""
    click.echo(f"\r{text}", err=True, nl=last)
