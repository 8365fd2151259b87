"""The index page as plain data: the verdict, rates, the latency picture, failures and the calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.report import figures
from harness.report.charts import LatencyChart, Wait, latency_chart
from harness.report.run.gate_view import GatesView, gates_view
from harness.report.run.route import Address, in_folders
from harness.report.verdict import Headline, call_verdict, headline, known_until, status_text
from harness.results.aggregate import P95_FROM, P99_FROM, TTFA, measured_waits
from harness.results.convert import OPEN, counts
from harness.results.model import CallResult, Rate, RunResults, ScoreResult, ScorerSummary
from harness.scorers.base import Outcome

FAIL = Outcome.FAIL.value


@dataclass(frozen=True, slots=True)
class Moment:
    """A link into a call."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one scorer did not pass a call."""

    scorer: str
    outcome: str
    reason: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call in the table; ``verdict`` is pass, fail, review, none or not_counted.

    ``repeat`` counts from 1, as a person and the call's folder do; results.json counts from 0.
    """

    scenario: str
    repeat: int
    seed: int
    status: str
    status_text: str
    status_detail: str
    verdict: str
    verdict_text: str
    href: str
    slowest_s: float | None
    slowest: str
    duration_s: float | None
    duration: str
    failing: tuple[str, ...]
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    known: str = ""
    """Until when no gate counts the failure; empty where it is not known."""


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
    state: str
    beside: tuple[tuple[str, int], ...]
    """Outcomes outside the rate with their counts, zeros left out."""


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Everything that the index template shows."""

    title: str
    headline: Headline
    facts: tuple[tuple[str, str], ...]
    calls_rate: RateRow
    latency: tuple[tuple[str, str, str], ...]
    """(name, value, remark)"""
    scorers: tuple[RateRow, ...]
    chart: LatencyChart | None
    rows: tuple[CallRow, ...]
    uncounted: tuple[CallRow, ...]
    scorer_names: tuple[str, ...]
    tags: tuple[str, ...]
    judged: GatesView


def index_page(results: RunResults, *, title: str, address: Address = in_folders) -> IndexPage:
    """Return the index page of a run; ``address`` says where its calls are shown."""
    rows = tuple(
        replace(call_row(call, address), known=known_until(call, results)) for call in results.calls
    )
    counted = tuple(row for row in rows if row.verdict != "not_counted")
    summary = results.summary
    return IndexPage(
        title=title,
        headline=headline(results),
        facts=_facts(results),
        calls_rate=_rate_row("calls", summary.pass_rate, ()),
        latency=_latency(results),
        scorers=tuple(_scorer_row(scorer) for scorer in summary.scorers),
        chart=latency_chart(_waits(results, address), summary.time_to_first_audio_s),
        rows=counted,
        uncounted=tuple(row for row in rows if row.verdict == "not_counted"),
        scorer_names=tuple(sorted({name for row in counted for name in row.failing})),
        tags=tuple(sorted({tag for row in rows for tag in row.tags})),
        judged=gates_view(results),
    )


def call_row(call: CallResult, address: Address = in_folders) -> CallRow:
    """Return one call as a table row."""
    verdict, text = call_verdict(call)
    slowest = next((s.value for s in call.scores if s.scorer == TTFA), None)
    reasons = tuple(
        _reason(call, score, address)
        for score in call.scores
        if score.outcome == FAIL or score.outcome in OPEN
    )
    return CallRow(
        scenario=call.scenario,
        repeat=call.repeat + 1,
        seed=call.seed,
        status=call.status,
        status_text=status_text(call),
        status_detail=call.status_detail,
        verdict=verdict,
        verdict_text=text,
        href=address(call, None),
        slowest_s=slowest,
        slowest=figures.seconds(slowest),
        duration_s=call.duration_s,
        duration=figures.length(call.duration_s),
        failing=tuple(s.scorer for s in call.scores if s.outcome == FAIL),
        tags=call.tags,
        reasons=reasons,
    )


def _reason(call: CallResult, score: ScoreResult, address: Address) -> Reason:
    moments = tuple(
        Moment(address(call, span.start_s), f"{span.label or 'at'} {figures.clock(span.start_s)}")
        for span in score.evidence
    )
    return Reason(score.scorer, score.outcome, score.reason, moments)


def _target(results: RunResults) -> str:
    return (
        f"{results.target}, with the planted fault {results.fault}"
        if results.fault
        else results.target
    )


def _facts(results: RunResults) -> tuple[tuple[str, str], ...]:
    return (
        ("Target", _target(results)),
        ("Started", figures.instant(results.started_at)),
        ("Clock", results.clock),
        ("Harness", results.harness_version),
    )


def _latency(results: RunResults) -> tuple[tuple[str, str, str], ...]:
    spread = results.summary.time_to_first_audio_s
    return (
        ("median", figures.seconds(spread.p50), ""),
        ("p95", figures.seconds(spread.p95), _withheld(spread.p95, spread.count, P95_FROM)),
        ("p99", figures.seconds(spread.p99), _withheld(spread.p99, spread.count, P99_FROM)),
        ("slowest", figures.seconds(spread.max), ""),
    )


def _withheld(value: float | None, count: int, needed: int) -> str:
    return f"needs {needed} answers, has {count}" if value is None else ""


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
        state="none" if rate.rate is None else "pass" if rate.passed == rate.counted else "fail",
        beside=beside,
    )


def _waits(results: RunResults, address: Address) -> list[Wait]:
    return [
        wait
        for call in results.calls
        if counts(call)
        for score in call.scores
        if score.scorer == TTFA
        for wait in _score_waits(call, score, address)
    ]


def _score_waits(call: CallResult, score: ScoreResult, address: Address) -> list[Wait]:
    return [
        Wait(
            took_s=wait.took_s,
            with_tool=wait.with_tool,
            label=f"{call.scenario}, repeat {call.repeat + 1}",
            href=address(call, wait.from_s),
        )
        for wait in measured_waits(score)
    ]
