"""Baselines in a terminal: what one holds, and which calls of a run ended otherwise than in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.compare.pairing import pair_calls
from harness.errors import FaultyFiles
from harness.gates.baseline import Baseline, as_known, newest_calls_of, runs_of
from harness.gates.baseline_file import read_baseline
from harness.gates.quarantine import says_nothing
from harness.report import figures
from harness.report.run.terminal import plain_table
from harness.report.verdict import call_verdict, page_path, why
from harness.results.model import CallResult, RunResults
from harness.results.rates import rate
from harness.scorers.base import Outcome


def baseline_table(path: Path, baseline: Baseline) -> RenderableType:
    """Return what a baseline was made of, and the pass rates of its scorers."""
    suites = ", ".join(dict.fromkeys(test.suite for test in baseline.tests))
    head = Text(str(path), style="bold")
    made = f"harness {baseline.harness_version}, {figures.instant(baseline.started_at)}"
    head.append(
        f"\n{suites} at {baseline.target}, {baseline.clock} time; {made}\n"
        f"{figures.counted(len(baseline.calls), 'call')} of {_tests(baseline)}{_of_runs(baseline)}",
        "default",
    )
    table = plain_table("measure", "version", "passed", "rate", "95 % interval", numbers=(1, 2, 3))
    verdicts = (call.passed for call in baseline.calls if call.passed is not None)
    _row(table, "calls", "", verdicts)
    for name, version in sorted(baseline.scorers.items()):
        outcomes = Counter(call.scores.get(name) for call in baseline.calls)
        passed, failed = outcomes[Outcome.PASS.value], outcomes[Outcome.FAIL.value]
        _row(table, name, str(version), [True] * passed + [False] * failed)
    return Group(head, table, "")


def saved_text(made: Baseline, left_out: int) -> str:
    """Return what a new baseline holds: "16 calls of 2 scenarios, 8 of them failed"."""
    failed = sum(call.passed is False for call in made.calls)
    unjudged = sum(call.passed is None for call in made.calls)
    calls = figures.counted(len(made.calls), "call")
    parts = [f"{calls} of {_tests(made)}{_of_runs(made)}"]
    parts += [f"{failed} of them failed"] if failed else []
    parts += [f"{unjudged} of them not judged"] if unjudged else []
    parts += [f"{left_out} left out because they do not count"] if left_out else []
    return ", ".join(parts)


def _tests(baseline: Baseline) -> str:
    """Return "2 scenarios", or "2 scenarios under 3 conditions": cells of a matrix are such too."""
    scenarios = {(test.suite, test.scenario) for test in baseline.tests}
    conditions = {test.condition for test in baseline.tests}
    under = f" under {len(conditions)} conditions" if len(conditions) > 1 else ""
    return f"{figures.counted(len(scenarios), 'scenario')}{under}"


def _of_runs(baseline: Baseline) -> str:
    runs = runs_of(baseline)
    return f" in {runs} runs" if runs > 1 else ""


def replaced(path: Path) -> str:
    """Say which baseline a new one is about to replace, nothing where there is none."""
    if not path.exists():
        return ""
    try:
        before = read_baseline(path)
    except FaultyFiles:
        return "; replaces a file that could not be read as a baseline"
    held = saved_text(before, 0)
    return f"; replaces that of the run of {figures.instant(before.started_at)} ({held})"


def _row(table: Table, name: str, version: str, verdicts: Iterable[bool]) -> None:
    judged = list(verdicts)
    found = rate(sum(judged), len(judged))
    table.add_row(
        figures.label(name),
        version,
        f"{found.passed}/{found.counted}",
        figures.percent(found.rate),
        figures.interval(found),
    )


def changed_calls(baseline: Baseline, results: RunResults, run_folder: Path) -> RenderableType:
    """Return the calls whose verdict is another than in the baseline, losses first.

    A scorer that the baseline does not know has no part in it.
    """
    known = [call for call in as_known(baseline, results.calls) if not says_nothing(call)]
    pairs = pair_calls(newest_calls_of(baseline), known, same_seeds=True).pairs
    changed = [pair for pair in pairs if pair.a.passed != pair.b.passed]
    lost = [pair.b for pair in changed if pair.b.passed is not True]
    gained = [pair.b for pair in changed if pair.b.passed is True]
    alike = (
        f"{len(pairs) - len(changed)} of {figures.counted(len(pairs), 'paired call')} ended alike"
    )
    return Group("", *(_loss(call, run_folder) for call in lost), *map(_gain, gained), Text(alike))


def _loss(call: CallResult, run_folder: Path) -> RenderableType:
    line = Text(f"{call_verdict(call)[1]} now", style="bold red")
    line.append(f"  {_named(call)}: {figures.one_line(why(call))}", "default")
    place = figures.one_line(page_path(call, run_folder))
    return Group(line, Text(f"  {place}", style="dim", no_wrap=True, overflow="ignore"))


def _gain(call: CallResult) -> Text:
    return Text("passes now", style="green").append(f"  {_named(call)}", "default")


def _named(call: CallResult) -> str:
    return figures.one_line(figures.call_numbered(call))
