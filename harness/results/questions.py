"""What a run asks of a person: every score that a scorer gave as ``review``, and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.results.model import CallResult, ScoreResult
from harness.results.reviews import ReviewAnswer, ReviewedVerdict, evidence_of, standing, unreviewed
from harness.scorers.base import Outcome


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """One score as its scorer gave it, the answer that holds, and one that no longer does.

    ``stale`` is a verdict on other evidence: the score was judged again since.
    """

    call: CallResult
    score: ScoreResult
    answer: ReviewedVerdict | None = None
    stale: ReviewedVerdict | None = None

    def answered(self, answer: ReviewAnswer, *, by: str, at: str, note: str) -> ReviewedVerdict:
        """Return the verdict that gives this answer."""
        return ReviewedVerdict(
            recording=self.call.recording,
            scorer=self.score.scorer,
            version=self.score.version,
            evidence=evidence_of(self.call, self.score),
            verdict=answer,
            by=by,
            at=at,
            note=note,
        )


def questions(
    calls: Iterable[CallResult], verdicts: Iterable[ReviewedVerdict]
) -> tuple[ReviewQuestion, ...]:
    """Return all questions of a run in the order of its calls, answered or not."""
    given = standing(verdicts)
    return tuple(
        _question(call, score, given.get((call.recording, score.scorer)))
        for call, score in _asked(calls)
    )


def _asked(calls: Iterable[CallResult]) -> Iterator[tuple[CallResult, ScoreResult]]:
    for call in calls:
        for score in map(unreviewed, call.scores):
            if score.outcome == Outcome.REVIEW.value:
                yield call, score


def _question(
    call: CallResult, score: ScoreResult, verdict: ReviewedVerdict | None
) -> ReviewQuestion:
    if verdict is None:
        return ReviewQuestion(call, score)
    if verdict.evidence == evidence_of(call, score):
        return ReviewQuestion(call, score, answer=verdict)
    return ReviewQuestion(call, score, stale=verdict)
