"""Output of a command about a finished run: its pages, its table, its verdict, its exit code."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
from rich.console import Console, RenderableType

from harness.cli.ci import CiOptions, hand_over
from harness.cli.main import Exit
from harness.cli.options import open_page
from harness.recording.provenance import CallStatus, EndCause
from harness.report.run.html import PagesAhead, write_report
from harness.report.terminal import changes_line, cost_line, run_table, verdict_line
from harness.report.verdict import path_from_here
from harness.results.model import RunResults
from harness.results.verdicts import OPEN
from harness.runs.local_run import spread
from harness.runs.run_folder import is_to_go_on

_ENDLESS = 100_000
"""Columns if there is no screen: no text is folded or cut."""


# The lookbehind starts the match at the first space only, so that long rows of spaces take linear
# time.
_FILLED = re.compile("(?<! ) +$", re.MULTILINE)


def present(results: RunResults, out: Path, ci: CiOptions, ahead: PagesAhead | None = None) -> Path:
    """Write the pages of a run, print its results and hand it over; return the first page.

    Pages that were drawn ``ahead`` are only written. Results are printed and handed over even if
    the pages cannot be written.
    """
    try:
        return _report(out, ahead)
    # Gates and CI formats depend on the results alone; a fault of the pages is reported after
    # them.
    finally:
        show(results, out)
        hand_over(results, out, ci)


def ended(results: RunResults, page: Path, *, open_: bool) -> int:
    """Print the path of the report, and return the exit code."""
    say(f"report: {path_from_here(page)}\n")
    if is_to_go_on(results):
        click.echo(f"to go on: harness run --resume {page.parent}", err=True)
    if open_:
        open_page(page)
    return exit_code(results)


def _report(out: Path, ahead: PagesAhead | None) -> Path:
    """Write the pages; if the user interrupts this, print how to get them later."""
    try:
        return write_report(out, spread, ahead)
    except KeyboardInterrupt:
        click.echo(f"results are kept; `harness report {out}` writes the pages", err=True)
        raise


def show(results: RunResults, run_folder: Path | None = None) -> None:
    """Print the table of a run and its verdict; pages by their path from the working directory."""
    lines = [line for line in (changes_line(results), cost_line(results)) if line]
    say(printed(run_table(results, run_folder), *lines, verdict_line(results)))
    if why := _why_not_ok(results, run_folder):
        say(f"{why}\n")


def _why_not_ok(results: RunResults, run_folder: Path | None) -> str:
    """Return why a run ends as gates do that broke, if no call failed and there is no gate file."""
    failed = any(call.passed is False for call in results.calls)
    if failed or results.gates or exit_code(results) is not Exit.GATE_FAILED:
        return ""
    asks = any(score.outcome in OPEN for call in results.calls for score in call.scores)
    place = "DIR" if run_folder is None else path_from_here(run_folder)
    how = f"; `harness review {place}` asks about the rest" if asks else ""
    code = Exit.GATE_FAILED.value
    return f"exit code {code}: without a gate file every call must pass, and not all did{how}"


def printed(*parts: RenderableType) -> str:
    """Return renderables as this terminal shows them; a pipe or a file gets its lines whole."""
    to_terminal = sys.stdout.isatty()
    # rich assumes 80 columns without a terminal and would fold the table.
    console = Console(width=None if to_terminal else _ENDLESS)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    text = captured.get()
    # A table fills its last column with spaces, which only a screen does not show.
    return text if to_terminal else _FILLED.sub("", text)


def say(text: str) -> None:
    """Print text; a reader that has gone (`| head`) must not change the exit code."""
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        # Python flushes stdout at its exit, and would fail at the closed pipe once more.
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


def exit_code(results: RunResults) -> Exit:
    """Return the exit code of a finished run.

    Calls that the harness or the connection spoilt outweigh failed gates: a red gate is credible
    only if every call took place. So do stored calls whose files are wrong, and faulty packages.
    """
    if results.interrupted:
        return Exit.INTERRUPTED
    # These calls are counted as lost as well, but it is the user who can mend them: 2, not 3.
    wrong = results.summary.statuses.get(CallStatus.SOURCE_INVALID.value, 0)
    wrong += sum(call.end_cause == EndCause.PLUGIN_FAILED.value for call in results.calls)
    if results.summary.counted + wrong < results.summary.calls or not results.calls:
        return Exit.FAILURE
    if wrong:
        return Exit.USAGE
    return Exit.OK if results.summary.gates_passed else Exit.GATE_FAILED
