"""From a scorer's verdict to what is stored: one score, and what all scores say about one call."""

from __future__ import annotations

import math

from harness.recording.model import CallStatus
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.scorers.base import Outcome, Score, Scorer
from harness.scorers.measure import Measurement

COUNTED = frozenset({CallStatus.COMPLETED.value, CallStatus.AGENT_SILENT.value})
"""Statuses that enter pass rates; every other call is shown, counted and never averaged in."""

OPEN = frozenset({Outcome.REVIEW.value, Outcome.BROKEN.value})
"""Outcomes that are neither: a person must listen, or a scorer must be repaired."""


def counts(call: CallResult) -> bool:
    """Say whether a call enters pass rates."""
    return call.status in COUNTED


def score_result(scorer: Scorer, score: Score) -> ScoreResult:
    """Return a verdict as stored; what is no finite number, or no declared measure, breaks it."""
    if problem := _broken(scorer, score):
        score = Score(Outcome.BROKEN, f"{problem} ({score.reason})", details=score.details)
    gave = {one.measure: one for one in score.measurements}
    return ScoreResult(
        scorer=scorer.scorer_name,
        version=scorer.scorer_version,
        outcome=score.outcome.value,
        passed=score.passed,
        value=score.value,
        unit=score.unit,
        reason=score.reason,
        evidence=tuple(EvidenceSpan(e.start_s, e.end_s, e.label) for e in score.evidence),
        details=dict(score.details),
        measurements=tuple(gave.get(one, Measurement(one)) for one in scorer.measures),
    )


def _broken(scorer: Scorer, score: Score) -> str:
    """Return what nobody can count with, empty for nothing."""
    for number in (score.value, *(v.value for m in score.measurements for v in m.values)):
        if number is not None and not math.isfinite(number):
            return f"the scorer gave a value that is not a number: {number}"
    measured = [one.measure for one in score.measurements]
    for measure in measured:
        if measure not in scorer.measures:
            return f"the scorer gave a measure that it has not declared: {measure.name}"
        if measured.count(measure) > 1:
            return f"the scorer gave a measure twice: {measure.name}"
    return ""


def call_passed(status: str, scores: tuple[ScoreResult, ...]) -> bool | None:
    """Return the verdict on one call.

    None when its status does not count. Otherwise False when a scorer failed, or when the agent
    fell silent (a silent agent never passes, whatever could still be judged). None again when a
    score needs review or its scorer broke, or when nothing was judged. True in what remains: at
    least one pass, nothing failed and nothing open.
    """
    if status not in COUNTED:
        return None
    outcomes = {score.outcome for score in scores}
    if Outcome.FAIL.value in outcomes or status == CallStatus.AGENT_SILENT.value:
        return False
    if outcomes & OPEN or Outcome.PASS.value not in outcomes:
        return None
    return True
