"""The index page as plain data: verdict, rates, gates, failures, calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.judging.scorers.base import Better, Measure
from harness.recording.provenance import Estimate
from harness.report import figures
from harness.report.charts import MeasureChart, ValueMark, measure_chart, worst_word
from harness.report.figures import CellTable, cell_table
from harness.report.run.call_rows import (
    Address,
    CallRow,
    Moment,
    ScenarioGroup,
    TablePart,
    call_row,
    in_folders,
    moments,
    scenario_groups,
    table_parts,
)
from harness.report.run.call_timeline import Strip
from harness.report.run.changes_since import Since
from harness.report.run.setup_view import ESTIMATED, shown_estimates
from harness.report.verdict import Headline, gate_verdict, headline, known_until, shared_faults
from harness.results.gates.limits import EVERY_CALL
from harness.results.history.cost import used_in
from harness.results.model import (
    CallResult,
    DiffLine,
    MeasureSummary,
    Rate,
    RunResults,
    ScoreResult,
    ScorerSummary,
)
from harness.results.rates import VALUES_NEEDED, values_of
from harness.results.verdicts import Fault, counts
from harness.text import counted
from harness.timeline.usage import total

# Gates, repeats and known failures of the index page, as plain data.

MOST_FLAKY = 50
"""Flaky scenarios listed; the others are in results.json."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate; ``tone`` is pass, fail or review."""

    gate: str
    tone: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlakyRow:
    """A scenario that passed some repeats and failed some."""

    scenario: str
    passed: str
    share: str
    interval: str


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A known failure that no gate counts."""

    what: str
    failed: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class GatesView:
    """Everything except rates that decides whether a run can be trusted and accepted."""

    gates: tuple[GateRow, ...]
    changes: str
    """Differences from the baseline; empty without a baseline."""
    prompt_diff: tuple[DiffLine, ...]
    repeats: str
    flaky: tuple[FlakyRow, ...]
    more_flaky: int
    known: tuple[KnownRow, ...]


def gates_view(results: RunResults) -> GatesView:
    """Return the gates' part of the index page."""
    flaky = tuple(one for one in results.summary.scenarios if one.flaky)
    return GatesView(
        gates=tuple(GateRow(one.gate, *gate_verdict(one), one.reason) for one in results.gates),
        changes="; ".join(results.changes),
        prompt_diff=results.prompt_diff or (),
        repeats=figures.repeats(results.summary),
        flaky=tuple(
            FlakyRow(
                scenario=figures.under(one.scenario, one.condition),
                passed=f"{one.pass_rate.passed} of {one.pass_rate.counted}",
                share=figures.percent(one.pass_rate.rate),
                interval=figures.interval(one.pass_rate),
            )
            for one in flaky[:MOST_FLAKY]
        ),
        more_flaky=max(0, len(flaky) - MOST_FLAKY),
        known=tuple(
            KnownRow(
                what=f"{one.scenario}, {figures.label(one.scorer)}" if one.scorer else one.scenario,
                failed=f"{one.failed} of {one.calls}",
                until=one.expires,
                reason=one.reason,
            )
            for one in results.quarantined
        ),
    )


MOST_LAID_OUT = 200
"""Calls of the table that are elements of the page from the first moment: of 10,000 a browser would
make 300,000."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """A pass rate drawn as a bar with its interval, in percent of the bar's width."""

    name: str
    label: str
    share: str
    passed: str
    interval: str
    width: float
    low: float
    high: float
    tone: str
    beside: tuple[tuple[str, int], ...]
    """Outcomes outside the rate with their counts, zeros left out."""


@dataclass(frozen=True, slots=True)
class MeasureView:
    """A measure: its figures as (name, value, remark), and its picture if there is a value."""

    name: str
    label: str
    figures: tuple[tuple[str, str, str], ...]
    chart: MeasureChart | None
    per: str


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """A call that has a fault, and the first evidence of it."""

    title: str
    href: str
    known: str
    moment: Moment | None


@dataclass(frozen=True, slots=True)
class FaultView:
    """A kind of fault: its sentence, in how many calls ("2 of 3 calls"), and in which."""

    scorer: str
    text: str
    calls: str
    places: tuple[FaultPlace, ...]


@dataclass(frozen=True, slots=True)
class LoadCalls:
    """The page that counts the same calls as a load test, and who was called."""

    page: str
    target: str
    light: bool
    """Whether it was the light reference agent, of whose calls only times are scored."""


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Everything that the index template shows."""

    title: str
    headline: Headline
    facts: tuple[tuple[str, str], ...]
    calls_rate: RateRow
    rates_note: str
    """Why the rates of a run differ."""
    scorers: tuple[RateRow, ...]
    measures: tuple[MeasureView, ...]
    column: str
    """Header of the column with each call's worst value; empty for no column."""
    groups: tuple[ScenarioGroup, ...]
    rows: tuple[CallRow, ...]
    """The calls that count, scenario by scenario."""
    parts: tuple[TablePart, ...]
    """Those that a browser lays out when the page is opened."""
    more_parts: tuple[TablePart, ...]
    """The others of a large run: the page holds them as text and makes their rows on demand."""
    imported: bool
    """Whether these are calls that were made elsewhere: none has a repeat or a seed."""
    cells: CellTable | None
    """Pass counts of each cell of the target's matrix, if it has one."""
    uncounted: tuple[CallRow, ...]
    attempts: tuple[CallRow, ...]
    """Earlier attempts at calls that were made again."""
    scorer_names: tuple[str, ...]
    tags: tuple[str, ...]
    judged: GatesView
    faults: tuple[FaultView, ...] = ()
    """Kinds of faults, the worst harm first; empty unless several calls failed."""
    note: str = ""
    """A caveat to read before any verdict."""
    since: Since | None = None
    """Changes since the run before, if there is such a run next to it."""
    load_test: LoadCalls | None = None
    """Set if the calls belong to a load test."""
    undrawn: tuple[tuple[str, str], ...] = ()
    """Calls whose pages a bug kept from being drawn: (title, link)."""
    open_rows: int = 20
    """Calls of a list that are open; the others are folded."""
    open_places: int = 4
    """Calls of a fault that are shown open."""
    told_rows: int = 200
    """Calls of a list that are listed. Beyond, the table names the scorers of failed calls, and
    calls that are in no rate are summed by how they ended."""


def index_page(
    results: RunResults,
    strips: Mapping[str, Strip] | None = None,
    *,
    title: str,
    address: Address = in_folders,
    undrawn: Iterable[CallResult] = (),
) -> IndexPage:
    """Return the index page of a run; ``address`` makes the links to its calls.

    ``strips`` are the calls at a glance, by the folders of their recordings; ``undrawn`` are calls
    whose pages could not be drawn.
    """
    measured = _most_known_first(results.summary.measures)
    # The measure with the most values has a column of its own in the table of calls.
    leading = measured[0].measure if measured else None
    rows = tuple(
        replace(
            call_row(call, address, leading),
            known=known_until(call, results),
            strip=(strips or {}).get(call.recording),
        )
        for call in results.calls
    )
    groups = scenario_groups(results, rows)
    counted = tuple(row for group in groups for row in group.rows)
    parts, more_parts = table_parts(groups, MOST_LAID_OUT)
    summary = results.summary
    return IndexPage(
        title=title,
        headline=headline(results),
        facts=_facts(results),
        calls_rate=_rate_row("calls", summary.pass_rate, ()),
        rates_note=_rates_note(results),
        scorers=tuple(_scorer_row(scorer) for scorer in summary.scorers),
        column=figures.sentence(figures.label(leading.name)) if leading else "",
        measures=tuple(_measure(one, results, address) for one in measured),
        groups=groups,
        rows=counted,
        parts=parts,
        more_parts=more_parts,
        imported=any(row.imported for row in counted),
        cells=cell_table(results),
        uncounted=tuple(row for row in rows if row.verdict == "not_counted"),
        attempts=tuple(call_row(call, address) for call in results.attempts),
        scorer_names=tuple(sorted({name for row in counted for name in row.scorers})),
        tags=tuple(sorted({tag for row in rows for tag in row.tags})),
        judged=gates_view(results),
        faults=_faults(results, address),
        note=results.note,
        undrawn=tuple((figures.call_title(call), address(call, None)) for call in undrawn),
    )


def _faults(results: RunResults, address: Address) -> tuple[FaultView, ...]:
    def place(call: CallResult, score: ScoreResult) -> FaultPlace:
        moment = next(iter(moments(call, score, address)), None)
        href = moment.href if moment else address(call, None)
        known = known_until(call, results)
        return FaultPlace(figures.call_numbered(call), href, known, moment)

    return tuple(
        FaultView(
            fault.scorer,
            fault.text,
            calls,
            tuple(place(call, score) for call, score in _each_scenario_first(fault)),
        )
        for fault, calls in shared_faults(results)
    )


def _each_scenario_first(fault: Fault) -> list[tuple[CallResult, ScoreResult]]:
    """Return a fault's calls: the first of each scenario, then the second of each, and so on."""
    seen: Counter[tuple[str, str]] = Counter()
    ranked = []
    for call, score in fault.found:
        scenario = (call.suite, call.scenario)
        ranked.append((seen[scenario], call, score))
        # Ten calls of one scenario first would hide that the fault is in others, too.
        seen[scenario] += 1
    return [(call, score) for _, call, score in sorted(ranked, key=lambda one: one[0])]


_OF_CALLS = ("pass_rate ", EVERY_CALL)
"""How the gates on the share of calls that passed begin, without a scope in brackets."""


def _rates_note(results: RunResults) -> str:
    """Return why the pass rates of a run differ: of calls, of scorers and of a gate."""
    note = (
        "A call fails if any scorer fails it. The rate of a scorer counts only the calls that it "
        "could judge"
    )
    own = figures.percent(results.summary.pass_rate.rate)
    whole = (gate for gate in results.gates if gate.gate.startswith(_OF_CALLS))
    for gate in whole:
        share = figures.percent(gate.value)
        # A gate that ends with ")" is about some scenarios only; its share differs for that reason.
        if gate.value is not None and share != own and not gate.gate.endswith(")"):
            return (
                f"{note}. The gate {gate.gate} counts {share}: there a call without a verdict "
                "has not passed, and failures that are known are left out."
            )
    return f"{note}."


def _target(results: RunResults) -> str:
    return (
        f"{results.target}, with the planted fault {results.fault}"
        if results.fault
        else results.target
    )


def _facts(results: RunResults) -> tuple[tuple[str, str], ...]:
    return (
        *(_imported(results) if any(call.call for call in results.calls) else _called(results)),
        ("Harness", results.harness_version),
        *_spent(results),
    )


def _called(results: RunResults) -> tuple[tuple[str, str], ...]:
    return (
        ("Target", _target(results)),
        ("Started", figures.instant(results.started_at)),
        ("Clock", results.clock),
    )


def _imported(results: RunResults) -> tuple[tuple[str, str], ...]:
    """Return the imported agent, and how many calls have which estimates."""
    found = Counter(
        one for call in results.calls for one in shown_estimates(map(Estimate, call.estimated))
    )
    told = (
        f"{ESTIMATED[one][0]} ({found[one]} of {len(results.calls)})"
        for one in Estimate
        if found[one]
    )
    return (
        ("Agent", results.target),
        ("Imported", figures.instant(results.started_at)),
        ("Estimated", ", ".join(told) or "nothing"),
    )


def _spent(results: RunResults) -> tuple[tuple[str, str], ...]:
    """Return the usage and cost of the run, as far as the source reports them."""
    used = total(usage for _, usage in used_in(results) if usage is not None)
    tokens = (("Tokens", f"{used.tokens:,}"),) if used.tokens else ()
    return (*tokens, ("Cost", figures.cost(results.cost))) if results.cost else tokens


def _most_known_first(measures: Sequence[MeasureSummary]) -> list[MeasureSummary]:
    """Return the known measures; the table of calls shows the first measure, too."""
    known = [one for one in measures if one.spread.count]
    return sorted(known, key=lambda one: one.spread.count, reverse=True)


def _measure(one: MeasureSummary, results: RunResults, address: Address) -> MeasureView:
    measure = one.measure
    return MeasureView(
        name=measure.name,
        label=figures.label(measure.name),
        figures=_figures(one),
        chart=measure_chart(_value_marks(results, measure, address), one),
        per=measure.per,
    )


def _figures(one: MeasureSummary) -> tuple[tuple[str, str, str], ...]:
    worst = worst_word(one.measure)
    named = [("median", "p50")]
    if one.measure.better is Better.HIGHER:
        named += [(worst, "min")]
    else:
        named += [("p95", "p95"), ("p99", "p99"), (worst, "max")]
    return tuple((name, *_told(metric, one)) for name, metric in named)


def _told(metric: str, one: MeasureSummary) -> tuple[str, str]:
    """Return a figure and a remark; a percentile that falls on a missing value is not a number."""
    spread, measure = one.spread, one.measure
    # Without any value at all, the figure is shown as none; no remark is needed.
    if getattr(spread, metric) is not None or not spread.count:
        value, sign, off = figures.of_many(spread, metric, measure.unit).partition(" ± ")
        return value, f"± {off}" if sign else ""
    needed = VALUES_NEEDED.get(metric, 1)
    if spread.count < needed:
        return figures.NONE, f"needs {needed} {measure.per}s, has {spread.count}"
    return measure.missing, f"{spread.missing} of {counted(spread.count, measure.per)}"


def _scorer_row(scorer: ScorerSummary) -> RateRow:
    beside = (
        ("review", scorer.review),
        ("broken", scorer.broken),
        ("unscorable", scorer.unscorable),
        ("not applicable", scorer.not_applicable),
    )
    return _rate_row(scorer.scorer, scorer.pass_rate, tuple(pair for pair in beside if pair[1]))


def _rate_row(name: str, rate: Rate, beside: tuple[tuple[str, int], ...]) -> RateRow:
    return RateRow(
        name=name,
        label=figures.label(name),
        share=figures.percent(rate.rate),
        passed=f"{rate.passed} of {rate.counted}",
        interval=figures.interval(rate),
        width=round((rate.rate or 0) * 100, 1),
        low=round((rate.low or 0) * 100, 1),
        high=round((rate.high or 0) * 100, 1),
        tone="none" if rate.rate is None else "pass" if rate.passed == rate.counted else "fail",
        beside=beside,
    )


def _value_marks(results: RunResults, measure: Measure, address: Address) -> list[ValueMark]:
    return [
        ValueMark(
            value=one.value,
            kind=one.kind,
            label=figures.call_title(call),
            href=address(call, one.at_s),
        )
        for call in results.calls
        if counts(call)
        for one in values_of(call, measure.name)
        if one.value is not None
    ]
