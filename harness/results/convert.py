"""From a scorer's verdict to what is stored: one score, and what all scores say about one call."""

from __future__ import annotations

import math
from typing import Any

from harness.recording.model import CallStatus
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.scorers.base import Outcome, Score

COUNTED = frozenset({CallStatus.COMPLETED.value, CallStatus.AGENT_SILENT.value})
"""Statuses that enter pass rates; every other call is shown, counted and never averaged in."""

OPEN = frozenset({Outcome.REVIEW.value, Outcome.BROKEN.value})
"""Outcomes that are neither: a person must listen, or a scorer must be repaired."""


def counts(call: CallResult) -> bool:
    """Say whether a call enters pass rates."""
    return call.status in COUNTED


def score_result(scorer_name: str, version: int, score: Score) -> ScoreResult:
    """Return a verdict as stored. A value that is not a finite number makes it a broken scorer."""
    outcome, reason, value = score.outcome, score.reason, score.value
    if value is not None and not math.isfinite(value):
        outcome, value = Outcome.BROKEN, None
        reason = f"the scorer gave a value that is not a number: {score.value} ({reason})"
    passed = {Outcome.PASS: True, Outcome.FAIL: False}.get(outcome)
    evidence = tuple(EvidenceSpan(e.start_s, e.end_s, e.label) for e in score.evidence)
    details: dict[str, Any] = dict(score.details)
    return ScoreResult(
        scorer=scorer_name,
        version=version,
        outcome=outcome.value,
        passed=passed,
        value=value,
        unit=score.unit,
        reason=reason,
        evidence=evidence,
        details=details,
    )


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
