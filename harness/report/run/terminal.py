"""The run in a terminal: a table of scorers, the calls that did not pass, and one line of verdict.

Everything returned is a rich renderable; rich itself leaves colours away where the output is not a
terminal, and every verdict is a word, so nothing depends on colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.history.cost import used_in
from harness.report import figures
from harness.report.run.cells import cell_table
from harness.report.run.undrawn import undrawn_text
from harness.report.verdict import (
    call_verdict,
    gate_verdict,
    headline,
    known_until,
    moment_s,
    page_path,
    shared_faults,
    why,
)
from harness.results.aggregate import took_place
from harness.results.model import CallResult, GateResult, RunResults
from harness.timeline.usage import total

_STYLES = {"pass": "green", "fail": "bold red", "review": "yellow", "none": "dim"}

_FAULTS = 10
"""Kinds of faults that a terminal lists."""


def run_table(results: RunResults, run_folder: Path | None = None) -> RenderableType:
    """Return the pass rates per scorer, and under them the calls that did not pass, if any.

    Calls that one cause kept from taking place are told together. With ``run_folder``, pages are
    named by their path from the working directory, else by the one inside the run.
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
    """Return one line for each kind of fault: "entity confirmation: … (2 of 3 calls)"."""
    found = shared_faults(results)
    told = [f"{figures.label(one.scorer)}: {one.text} ({calls})" for one, calls in found]
    lines = [Text(figures.one_line(one), style=_STYLES["fail"]) for one in told[:_FAULTS]]
    more = len(told) - _FAULTS
    return [*lines, Text(f"{more} more in the report", style="dim")] if more > 0 else lines


def served_otherwise(results: RunResults) -> list[Text]:
    """Return one line for every way in which sessions were not as they were asked for."""
    found = Counter(call.differences for call in results.calls if call.differences)
    return [
        Text(figures.one_line(f"served otherwise in {figures.counted(calls, 'call')}: {told}"))
        for told, calls in (("; ".join(each), calls) for each, calls in found.items())
    ]


def _by_cause(calls: list[CallResult]) -> list[list[CallResult]]:
    groups: dict[object, list[CallResult]] = {}
    for number, call in enumerate(calls):
        cause = number if took_place(call) else (call.status, call.status_detail)
        groups.setdefault(cause, []).append(call)
    return list(groups.values())


def scorer_table(results: RunResults) -> Table:
    """Return one row per scorer: passed, rate with interval, and what stands beside the rate."""
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
    """Return one row per gate; a run that only the default gate judged has none."""
    table = plain_table("gate", "verdict", "why")
    for gate in gates:
        tone, word = gate_verdict(gate)
        reason = Text(figures.one_line(gate.reason))
        table.add_row(Text(gate.gate), Text(word, style=_STYLES[tone]), reason)
    return table


def changes_line(results: RunResults) -> str:
    """Return what differs from the baseline, nothing without one."""
    if not results.changes:
        return ""
    return f"since the baseline: {figures.one_line('; '.join(results.changes))}"


def flaky_table(results: RunResults) -> Table:
    """Return one row per scenario that passed some repeats and failed some."""
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
    """Return what passed in each cell of the target's matrix; nothing without one."""
    found = cell_table(results)
    if found is None:
        return ()
    table = plain_table("scenario", *found.cells)
    for scenario, figures_of in found.rows:
        table.add_row(Text(figures.one_line(scenario)), *figures_of)
    return (table,)


def quarantine_table(results: RunResults) -> Table:
    """Return one row per known failure that no gate counts."""
    table = plain_table("known failure", "failed", "until", "why")
    for one in results.quarantined:
        what = f"{one.scenario}, {figures.label(one.scorer)}" if one.scorer else one.scenario
        told, reason = (Text(figures.one_line(text)) for text in (what, one.reason))
        table.add_row(told, f"{one.failed}/{one.calls}", one.expires, reason)
    return table


def trouble(call: CallResult, others: int, *, page: str, known: str) -> RenderableType:
    """Return a call that did not pass: verdict, worst reason, when, who else failed, and its page.

    ``others`` is how many calls have the same verdict for the same reason; ``known`` says until
    when no gate counts the failure.
    """
    tone, word = call_verdict(call)
    head = Text(word, style=_STYLES["review"] if known else _STYLES.get(tone, "dim"))
    head.append(f", {known}" if known else "")
    also = f", and {others} more" if others else ""
    seed = "" if call.call else f", seed {call.seed}"
    head.append(f"  {figures.one_line(figures.call_numbered(call) + seed)}{also}", "default")
    # A path that is broken over lines can neither be copied nor clicked.
    place = Text(f"  {figures.one_line(page)}", style="dim", no_wrap=True, overflow="ignore")
    at_s = moment_s(call)
    at = "" if at_s is None else f"at {figures.clock(at_s)}, "
    return Group(head, Text(f"  {at}{figures.one_line(why(call))}"), place)


def cost_line(results: RunResults) -> Text:
    """Return what the run used, and what that cost where prices are known; may be empty.

    What the embedded agent makes up must not read like a bill.
    """
    used = total(usage for _, usage in used_in(results) if usage is not None)
    if not used.tokens and results.cost is None:
        return Text("")
    made_up = results.target_settings.get("url", "") is None
    by = " (made up by the reference agent)" if made_up else ""
    told = f"used: {used.tokens:,} tokens{by}, {used.caller_s / 60:,.1f} minutes"
    paid = f"; cost: {figures.cost(results.cost)}" if results.cost else ""
    return Text(figures.one_line(f"{told}{paid}"), style="dim")


def verdict_line(results: RunResults) -> Text:
    """Return the verdict on the run in one sentence, with the pass rate of the calls."""
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
