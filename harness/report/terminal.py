"""Runs, baselines and comparisons as text for a terminal.

Everything returned is a rich renderable; rich itself omits colours if the output is not a terminal,
and every verdict is a word, so no meaning depends on colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.errors import FaultyFiles
from harness.judging.scorers.base import Outcome
from harness.report import figures
from harness.report.compare.view import (
    calls_text,
    changed_first,
    difference,
    interval,
    label,
    levels,
    outcome,
    probability,
    stated_rate,
)
from harness.report.figures import cell_table
from harness.report.run.html import undrawn_text
from harness.report.verdict import (
    call_verdict,
    gate_verdict,
    headline,
    known_until,
    moment_s,
    page_path,
    shared_faults,
    why,
    worse_text,
)
from harness.results.aggregate import took_place
from harness.results.compare.measures import CALLS, score_of
from harness.results.compare.store import Comparison, ComparisonVerdict, Contrast, Finding
from harness.results.gates.baseline import Baseline, as_known, calls_of, read_baseline, runs_of
from harness.results.gates.matched_calls import Cell, cells, told_cell, without_explained
from harness.results.gates.no_worse import NOT_MEASURED
from harness.results.history.cost import used_in
from harness.results.model import CallResult, GateResult, RunResults, at_most
from harness.results.rates import rate, scenario_key
from harness.results.verdicts import counts
from harness.text import counted
from harness.timeline.usage import total

_STYLES = {"pass": "green", "fail": "bold red", "review": "yellow", "none": "dim"}

_FAULTS = 10
"""Kinds of faults that a terminal lists."""


def run_table(results: RunResults, run_folder: Path | None = None) -> RenderableType:
    """Return the pass rates per scorer, and under them the calls that did not pass, if any.

    Calls that failed to take place for the same cause are reported together. With ``run_folder``,
    pages are named by their path from the working directory, else by the path inside the run.
    """
    parts: list[RenderableType] = []
    scorers, gates = scorer_table(results), gate_table(results.gates)
    beside = (flaky_table(results), quarantine_table(results), *matrix_tables(results))
    for section in (scorers, gates, *beside):
        if section.row_count:
            parts += ["", section] if parts else [section]
    if lines := fault_lines(results):
        parts += ["", *lines] if parts else lines
    troubled = [call for call in results.calls if call_verdict(call)[0] != "pass"]
    if troubled:
        parts += [""] if parts else []
        for call, *others in _by_cause(troubled):
            page = page_path(call, run_folder)
            parts.append(trouble(call, len(others), page=page, known=known_until(call, results)))
    if otherwise := served_otherwise(results):
        parts += ["", *otherwise] if parts else otherwise
    if run_folder is not None and (told := undrawn_text(results, run_folder)):
        parts += ["", Text(figures.one_line(told), style=_STYLES["review"])]
    return Group(*parts)


def fault_lines(results: RunResults) -> list[Text]:
    """Return a line for each kind of fault: "entity confirmation: … (2 of 3 calls)"."""
    found = shared_faults(results)
    told = [f"{figures.label(one.scorer)}: {one.text} ({calls})" for one, calls in found]
    lines = [Text(figures.one_line(one), style=_STYLES["fail"]) for one in told[:_FAULTS]]
    more = len(told) - _FAULTS
    return [*lines, Text(f"{more} more in the report", style="dim")] if more > 0 else lines


def served_otherwise(results: RunResults) -> list[Text]:
    """Return a line for each difference between requested and actual sessions."""
    found = Counter(call.differences for call in results.calls if call.differences)
    return [
        Text(figures.one_line(f"served otherwise in {counted(calls, 'call')}: {told}"))
        for told, calls in (("; ".join(each), calls) for each, calls in found.items())
    ]


def _by_cause(calls: list[CallResult]) -> list[list[CallResult]]:
    groups: dict[object, list[CallResult]] = {}
    for number, call in enumerate(calls):
        cause = number if took_place(call) else (call.status, call.status_detail)
        groups.setdefault(cause, []).append(call)
    return list(groups.values())


def scorer_table(results: RunResults) -> Table:
    """Return a row per scorer: passed, rate with interval, and outcomes outside the rate."""
    table = plain_table("scorer", "passed", "rate", "95 % interval", "beside", numbers=(1, 2, 3))
    for scorer in results.summary.scorers:
        rate = scorer.pass_rate
        beside = (
            (scorer.review, "review"),
            (scorer.broken, "broken"),
            (scorer.unscorable, "unscorable"),
            (scorer.not_applicable, "not applicable"),
        )
        table.add_row(
            Text(figures.one_line(figures.label(scorer.scorer))),
            f"{rate.passed}/{rate.counted}",
            Text(figures.percent(rate.rate), style=_rate_style(rate.passed, rate.counted)),
            figures.interval(rate),
            Text(", ".join(f"{number} {name}" for number, name in beside if number), style="dim"),
        )
    return table


def gate_table(gates: Iterable[GateResult]) -> Table:
    """Return a row per gate; a run that only the default gate judged has none."""
    table = plain_table("gate", "verdict", "why")
    for gate in gates:
        tone, word = gate_verdict(gate)
        reason = Text(figures.one_line(gate.reason))
        table.add_row(Text(gate.gate), Text(word, style=_STYLES[tone]), reason)
    return table


def changes_line(results: RunResults) -> str:
    """Return the differences from the baseline, an empty text without a baseline."""
    if not results.changes:
        return ""
    return f"since the baseline: {figures.one_line('; '.join(results.changes))}"


def flaky_table(results: RunResults) -> Table:
    """Return a row per scenario that passed some repeats and failed some."""
    table = plain_table("flaky scenario", "passed", "rate", "95 % interval", numbers=(1, 2, 3))
    for one in results.summary.scenarios:
        if one.flaky:
            rate = one.pass_rate
            table.add_row(
                Text(figures.one_line(figures.under(one.scenario, one.condition))),
                f"{rate.passed}/{rate.counted}",
                figures.percent(rate.rate),
                figures.interval(rate),
            )
    return table


def matrix_tables(results: RunResults) -> tuple[Table, ...]:
    """Return the pass counts of each cell of the target's matrix; empty without a matrix."""
    found = cell_table(results)
    if found is None:
        return ()
    table = plain_table("scenario", *found.cells)
    for scenario, figures_of in found.rows:
        table.add_row(Text(figures.one_line(scenario)), *figures_of)
    return (table,)


def quarantine_table(results: RunResults) -> Table:
    """Return a row per known failure that no gate counts."""
    table = plain_table("known failure", "failed", "until", "why")
    for one in results.quarantined:
        what = f"{one.scenario}, {figures.label(one.scorer)}" if one.scorer else one.scenario
        told, reason = (Text(figures.one_line(text)) for text in (what, one.reason))
        table.add_row(told, f"{one.failed}/{one.calls}", one.expires, reason)
    return table


def trouble(call: CallResult, others: int, *, page: str, known: str) -> RenderableType:
    """Return a call that did not pass: verdict, worst reason, when, who else failed, and its page.

    ``others`` is how many calls have the same verdict for the same reason; ``known`` is the end of
    the time in which no gate counts the failure.
    """
    tone, word = call_verdict(call)
    head = Text(word, style=_STYLES["review"] if known else _STYLES.get(tone, "dim"))
    head.append(f", {known}" if known else "")
    # The same reason in ten calls is one thing to mend.
    also = f", and {others} more" if others else ""
    seed = "" if call.call else f", seed {call.seed}"
    head.append(f"  {figures.one_line(figures.call_numbered(call) + seed)}{also}", "default")
    # A path that is broken over lines can neither be copied nor clicked.
    place = Text(f"  {figures.one_line(page)}", style="dim", no_wrap=True, overflow="ignore")
    at_s = moment_s(call)
    at = "" if at_s is None else f"at {figures.clock(at_s)}, "
    return Group(head, Text(f"  {at}{figures.one_line(why(call))}"), place)


def cost_line(results: RunResults) -> Text:
    """Return the usage of the run, and its cost if prices are known; may be empty.

    Invented usage of the embedded agent must not read like a bill.
    """
    used = total(usage for _, usage in used_in(results) if usage is not None)
    if not used.tokens and results.cost is None:
        return Text("")
    # A target without an address is the embedded agent.
    made_up = results.target_settings.get("url", "") is None
    by = " (made up by the reference agent)" if made_up else ""
    told = f"used: {used.tokens:,} tokens{by}, {used.caller_s / 60:,.1f} minutes"
    paid = f"; cost: {figures.cost(results.cost)}" if results.cost else ""
    return Text(figures.one_line(f"{told}{paid}"), style="dim")


def verdict_line(results: RunResults) -> Text:
    """Return the verdict on the run in a sentence, with the pass rate of the calls."""
    verdict = headline(results)
    rate = results.summary.pass_rate
    line = Text(figures.one_line(verdict.whole), style=_STYLES[verdict.tone])
    if rate.rate is not None:
        share = f" {figures.percent(rate.rate)} of judged calls passed"
        line.append(f"{share} (95 % interval {figures.interval(rate)}).", style="default")
    if told := figures.repeats(results.summary):
        line.append(f" {told}", style="default")
    return line


def _rate_style(passed: int, counted: int) -> str:
    if counted == 0:
        return "dim"
    return "green" if passed == counted else "red"


def plain_table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    """Return an empty table as all of them look; ``numbers`` are the columns set to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place in numbers else "left")
    return table


# Baselines in a terminal: their content, and the calls of a run that differ from them.

_DIFF_LINES = 40
"""Lines of a prompt's difference that are printed; the page has more."""


def baseline_table(path: Path, baseline: Baseline) -> RenderableType:
    """Return the origin of a baseline, and the pass rates of its scorers."""
    suites = ", ".join(dict.fromkeys(test.suite for test in baseline.tests))
    head = Text(str(path), style="bold")
    made = f"harness {baseline.harness_version}, {figures.instant(baseline.started_at)}"
    head.append(
        f"\n{suites} at {baseline.target}, {baseline.clock} time; {made}\n"
        f"{counted(len(baseline.calls), 'call')} of {_tests(baseline)}{_of_runs(baseline)}",
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
    """Return the content of a new baseline: "16 calls of 2 scenarios, 8 of them failed"."""
    failed = sum(call.passed is False for call in made.calls)
    unjudged = sum(call.passed is None for call in made.calls)
    calls = counted(len(made.calls), "call")
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
    return f"{counted(len(scenarios), 'scenario')}{under}"


def _of_runs(baseline: Baseline) -> str:
    runs = runs_of(baseline)
    return f" in {runs} runs" if runs > 1 else ""


def replaced(path: Path) -> str:
    """Return which baseline is about to be replaced, an empty text if there is none."""
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
    """Return the checks (a scorer in a scenario) whose outcome differs from the baseline.

    Losses first, the largest at the top, each with a call. An open check that fails now is a loss.
    A scorer that the baseline does not know is left out.
    """
    known = as_known(baseline, results.calls)
    found = [cell for cell in cells(calls_of(baseline), known) if cell.before.calls]
    # A call fails because a scorer fails it: the call's own row is left out then.
    lost = without_explained([cell for cell in found if _loss(cell) > (0.0, 0.0)])
    gained = without_explained([cell for cell in found if _loss(cell) < (0.0, 0.0)])
    changed = {*lost, *gained}
    alike = sum(cell.scorer != CALLS and cell not in changed for cell in found)
    checks = f"{alike} of {counted(alike + len(changed), 'check')}"
    return Group(
        "",
        *(_told_loss(cell, run_folder) for cell in sorted(lost, key=_loss, reverse=True)),
        *map(_told_gain, gained),
        Text(f"{checks} (a scorer in a scenario) ended alike"),
    )


def prompt_diff_text(results: RunResults) -> Text:
    """Return the first changed lines of the prompt; empty if none are known."""
    text = Text()
    for line in at_most(results.prompt_diff or (), _DIFF_LINES):
        style = {"added": "green", "removed": "red", "gap": "dim"}.get(line.kind, "default")
        shown = f"  {line.sign or ' '} {figures.one_line(line.text)}".rstrip()
        text.append(f"{shown}\n", style)
    return text


def explained(gates: Iterable[GateResult]) -> Text:
    """Return the figures on which the verdicts are based, a line each."""
    found = (f"{gate.gate}: {gate.details}" for gate in gates if gate.details)
    return Text("\n".join(map(figures.one_line, found)), style="dim")


def compared_text(gates: Sequence[GateResult], baseline: Baseline, results: RunResults) -> Text:
    """Return the result of the comparison, in a sentence."""
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
    text = f"{counted(calls, 'call')} compared with its {there}"
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
    """Return a loss with the first call that failed by it: its reason and the path of its page."""
    # A call that failed explains more than one that is open.
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


# A comparison in a terminal: measures, the verdict in a sentence, and small print.

_VERDICT_STYLES = {
    ComparisonVerdict.WORSE: "bold red",
    ComparisonVerdict.BETTER: "green",
    ComparisonVerdict.NO_EVIDENCE: "dim",
}
_HEADLINE = {**_VERDICT_STYLES, ComparisonVerdict.NO_EVIDENCE: "bold"}


def comparison_table(comparison: Comparison) -> RenderableType:
    """Return each agent compared with the first: findings, verdict and small print."""
    parts: list[RenderableType] = []
    for contrast in comparison.contrasts:
        verdict = Text(figures.one_line(contrast.sentence), style=_HEADLINE[contrast.verdict])
        parts += [_findings(contrast), "", verdict]
        parts += [Text(figures.one_line(contrast.takes))] if contrast.takes else []
        parts += [Text(figures.one_line(contrast.losses), "yellow")] if contrast.losses else []
        small = filter(None, (contrast.sees, *contrast.notes))
        parts += [*(Text(figures.one_line(said), style="dim") for said in small), ""]
    parts.append(Text(stated_rate(comparison), style="dim"))
    return Group(*parts)


def _findings(contrast: Contrast) -> Table:
    """Return the table; each measure has a second line, so that it fits into 80 columns."""
    title = Text(figures.one_line(f"{contrast.b} beside {contrast.a}"), style="table.title")
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("scorer", min_width=20)
    key = contrast.key.upper()
    for name in ("A", key, f"{key} − A", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for finding in changed_first(contrast.findings):
        word, noticed = outcome(finding)
        table.add_row(
            Text.assemble(label(finding), "\n", (_pairs(finding), "dim")),
            *map(_below_each_other, levels(finding)),
            Text.assemble(difference(finding), "\n", (interval(finding), "dim")),
            probability(finding.p_adjusted),
            Text.assemble((word, _VERDICT_STYLES[finding.verdict]), "\n", (noticed, "dim")),
        )
    return table


def _below_each_other(level: str) -> Text:
    """Return "1.24 s ± 12 ms" on two lines: a wider column would not fit."""
    value, sign, off = level.partition(" ± ")
    return Text.assemble(value, "\n", (f"± {off}", "dim")) if sign else Text(value)


def _pairs(finding: Finding) -> str:
    told = calls_text(finding)
    if finding.measure or finding.calls_a is not None:
        return told
    return f"{told}, −{finding.lost} +{finding.gained}"
