"""One call in the table of a run: its verdict, why, and where it is to be heard."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import figures
from harness.report.run.route import Address, in_folders
from harness.report.run.strip import Strip
from harness.report.verdict import call_verdict, fell_silent, status_text
from harness.results.convert import OPEN
from harness.results.measured import missing_in, numbers_of
from harness.results.model import CallResult, ScoreResult
from harness.scorers.base import Outcome
from harness.scorers.measure import Better, Measure

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
    fell_silent: str
    """How the call ended if the agent fell silent in it, which fails it whatever scorers say."""
    verdict: str
    verdict_text: str
    href: str
    worst: float | None
    """Its worst value of the measure that the table shows; None if it has none."""
    worst_text: str
    duration_s: float | None
    duration: str
    failing: tuple[str, ...]
    tags: tuple[str, ...]
    reasons: tuple[Reason, ...]
    known: str = ""
    """Until when no gate counts the failure; empty where it is not known."""
    strip: Strip | None = None
    """The call at a glance; None where nobody looked into its recording."""

    @property
    def told(self) -> str:
        """What kept it from passing, as one text; empty where nothing is to be told."""
        return " ".join(filter(None, (self.fell_silent, *(one.reason for one in self.reasons))))

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers that are not content with it, as results.json names them."""
        return tuple(dict.fromkeys(reason.scorer for reason in self.reasons))


def call_row(
    call: CallResult, address: Address = in_folders, measure: Measure | None = None
) -> CallRow:
    """Return one call as a table row; ``measure`` is the one that the table shows."""
    verdict, text = call_verdict(call)
    worst, worst_text = (None, figures.NONE) if measure is None else _worst(call, measure)
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
        fell_silent=fell_silent(call),
        verdict=verdict,
        verdict_text=text,
        href=address(call, None),
        worst=worst,
        worst_text=worst_text,
        duration_s=call.duration_s,
        duration=figures.length(call.duration_s),
        failing=tuple(s.scorer for s in call.scores if s.outcome == FAIL),
        tags=call.tags,
        reasons=reasons,
    )


def _worst(call: CallResult, measure: Measure) -> tuple[float | None, str]:
    if missing_in(call, measure.name):
        return None, measure.missing
    pick = max if measure.better is Better.LOWER else min
    worst = pick(numbers_of(call, measure.name), default=None)
    return worst, figures.measured(worst, measure.unit)


def _reason(call: CallResult, score: ScoreResult, address: Address) -> Reason:
    moments = tuple(
        Moment(address(call, span.start_s), f"{span.label or 'at'} {figures.clock(span.start_s)}")
        for span in score.evidence
    )
    return Reason(score.scorer, score.outcome, score.reason, moments)
