"""Baselines in a terminal: what one holds, and which calls of a run ended otherwise than in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.compare.measures import CALLS, score_of
from harness.errors import FaultyFiles
from harness.gates.baseline import Baseline, as_known, calls_of, runs_of
from harness.gates.baseline_file import read_baseline
from harness.gates.matched import Cell, cells, told_cell, without_explained
from harness.gates.no_worse import NOT_MEASURED
from harness.report import figures
from harness.report.run.terminal import plain_table
from harness.report.verdict import page_path, why, worse_text
from harness.results.convert import counts
from harness.results.model import CallResult, GateResult, RunResults
from harness.results.prompt_diff import at_most
from harness.results.rates import rate, scenario_key
from harness.scorers.base import Outcome

_DIFF_LINES = 40
"""Lines of a prompt's difference that are printed; the page has more."""


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
    """Return which checks (a scorer in a scenario) ended otherwise than in the baseline.

    Losses first, the largest at the top, each with a call. What was open and fails now is a loss. A
    scorer that the baseline does not know has no part in it.
    """
    known = as_known(baseline, results.calls)
    found = [cell for cell in cells(calls_of(baseline), known) if cell.before.calls]
    lost = without_explained([cell for cell in found if _loss(cell) > (0.0, 0.0)])
    gained = without_explained([cell for cell in found if _loss(cell) < (0.0, 0.0)])
    changed = {*lost, *gained}
    alike = sum(cell.scorer != CALLS and cell not in changed for cell in found)
    checks = f"{alike} of {figures.counted(alike + len(changed), 'check')}"
    return Group(
        "",
        *(_told_loss(cell, run_folder) for cell in sorted(lost, key=_loss, reverse=True)),
        *map(_told_gain, gained),
        Text(f"{checks} (a scorer in a scenario) ended alike"),
    )


def prompt_diff_text(results: RunResults) -> Text:
    """Return the changed lines of the prompt, the first of them; empty where none are known."""
    text = Text()
    for line in at_most(results.prompt_diff or (), _DIFF_LINES):
        style = {"added": "green", "removed": "red", "gap": "dim"}.get(line.kind, "default")
        shown = f"  {line.sign or ' '} {figures.one_line(line.text)}".rstrip()
        text.append(f"{shown}\n", style)
    return text


def explained(gates: Iterable[GateResult]) -> Text:
    """Return the figures behind the verdicts, a line each."""
    found = (f"{gate.gate}: {gate.details}" for gate in gates if gate.details)
    return Text("\n".join(map(figures.one_line, found)), style="dim")


def compared_text(gates: Sequence[GateResult], baseline: Baseline, results: RunResults) -> Text:
    """Return what the comparison says, in one sentence."""
    if worse := worse_text(gates, results.changes):
        return Text(worse, style="bold red")
    if any(gate.breaks for gate in gates):
        return Text("Not as in the baseline: see the gates that did not hold.", style="bold red")
    if not any(gate.passed for gate in gates):
        return Text("Cannot tell: these are too few calls.", style="bold yellow")
    compared = _compared(baseline, results)
    seen = f" ({results.would_notice})" if results.would_notice else ""
    unmeasured = f"; {NOT_MEASURED}" if any(one.reason == NOT_MEASURED for one in gates) else ""
    return Text(f"Not worse than the baseline: {compared}{seen}{unmeasured}.", style="bold green")


def _compared(baseline: Baseline, results: RunResults) -> str:
    """Return "6 calls compared with its 6; 3 of its 5 scenarios were not called"."""
    now = Counter(scenario_key(call) for call in results.calls if counts(call))
    before = Counter((call.suite, call.scenario, call.condition) for call in baseline.calls)
    common = now.keys() & before.keys()
    calls, there = (sum(side[key] for key in common) for side in (now, before))
    text = f"{figures.counted(calls, 'call')} compared with its {there}"
    missing = len(before) - len(common)
    if not missing:
        return text
    was = "was" if missing == 1 else "were"
    return f"{text}; {missing} of its {len(before)} scenarios {was} not called"


def _loss(cell: Cell) -> tuple[float, float]:
    """Return by how much less of a scenario passes, and by how much more fails."""
    a, b = cell.before, cell.after
    return (a.passed / a.calls - b.passed / b.calls, b.failed / b.calls - a.failed / a.calls)


def _told_gain(cell: Cell) -> Text:
    return Text("passes more", style="green").append(f"  {_told(cell)}", "default")


def _told_loss(cell: Cell, run_folder: Path) -> RenderableType:
    """Return a loss with the first call that failed by it: why, and where its page is."""
    lost = [call for call in cell.calls if _passed(call, cell.scorer) is not True]
    shown = next((call for call in lost if _passed(call, cell.scorer) is False), lost[0])
    score = score_of(shown, cell.scorer)
    word = "passes less" if cell.after.passed else "fails" if cell.after.failed else "is open"
    line = Text(word, style="bold red")
    reason = figures.one_line(score.reason if score else why(shown))
    line.append(f"  {_told(cell)}: {reason}", "default")
    place = figures.one_line(page_path(shown, run_folder))
    return Group(line, Text(f"  {place}", style="dim", no_wrap=True, overflow="ignore"))


def _passed(call: CallResult, scorer: str) -> bool | None:
    score = score_of(call, scorer)
    return call.passed if score is None else score.passed


def _told(cell: Cell) -> str:
    return figures.one_line(told_cell(cell))
