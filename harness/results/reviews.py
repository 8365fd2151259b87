"""Verdicts of persons on the scores of a run: ``reviews.jsonl`` next to ``results.json``.

A person answers if a scorer asks (``review``), and may overturn its pass or fail.

One JSON object per line, only ever appended: of several about the same score the last holds, and a
withdrawn verdict is ignored. A verdict is about evidence: if the score is judged again with other
evidence, or with another outcome or reason, the scorer's outcome holds again, and its reason names
the earlier review. Format 1 is ``ReviewedVerdict`` field by field with a ``format`` before it;
unknown keys are ignored, and so is half a line after the last newline, which a process leaves that
dies while writing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path

import orjson
from pydantic import ValidationError

from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.files import open_plain, read_plain, to_json
from harness.judging.scorers.base import Outcome, common_sentence, kind_of
from harness.results.model import CallResult, Review, ScoreResult, adapter_of
from harness.results.verdicts import call_passed, key_of

REVIEWS = "reviews.jsonl"

FORMAT = 1


ANSWERABLE = frozenset({Outcome.PASS.value, Outcome.FAIL.value, Outcome.REVIEW.value})
"""Outcomes that a person may answer; for any other the call does not contain the evidence."""

_PASSED = {Outcome.PASS.value: True, Outcome.FAIL.value: False}


class ReviewAnswer(str, Enum):
    """A person's answer to a score."""

    PASS = "pass"
    FAIL = "fail"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ReviewedVerdict:
    """An answer: to which score of which call, on which evidence, by whom and when.

    ``version`` is that of the scorer that asked; ``at`` is ISO 8601 with offset.
    """

    recording: str
    scorer: str
    version: int
    evidence: str
    verdict: ReviewAnswer
    by: str
    at: str
    note: str = ""


def evidence_of(call: CallResult, score: ScoreResult) -> str:
    """Return the identity of the evidence of a score: call, question, spans and details.

    A repeated call with the same audio has the same identity; any other recording differs in its
    times.
    """
    asked = unreviewed(score)
    told: dict[str, object] = {
        "call": list(key_of(call)),
        "duration_s": call.duration_s,
        "score": [asked.scorer, asked.value, asked.unit, asked.reason],
        "evidence": asked.evidence,
        "details": asked.details,
    }
    if asked.outcome != Outcome.REVIEW.value:
        told["outcome"] = asked.outcome
    return hashlib.sha256(to_json(told)).hexdigest()


def unreviewed(score: ScoreResult) -> ScoreResult:
    """Return a score as its scorer gave it."""
    if score.review is None:
        return score
    own, reason = score.review.outcome, score.review.question
    return replace(score, outcome=own, passed=_PASSED.get(own), reason=reason, review=None)


def is_overturned(score: ScoreResult) -> bool:
    """Return whether a person's verdict replaced a scorer's pass or fail."""
    own = score.review.outcome if score.review else Outcome.REVIEW.value
    return own not in (Outcome.REVIEW.value, score.outcome)


def overturned_text(calls: Iterable[CallResult]) -> str:
    """Return "A person overturned 2 verdicts: preamble (2 × fail → pass).", or an empty text."""
    changes = Counter(
        (score.scorer, score.review.outcome, score.outcome)
        for call in calls
        for score in call.scores
        if score.review is not None and is_overturned(score)
    )
    if not changes:
        return ""
    told = ", ".join(
        f"{name.replace('_', ' ')} ({f'{number} × ' * (number > 1)}{old} → {new})"
        for (name, old, new), number in sorted(changes.items())
    )
    many = changes.total()
    return f"A person overturned {many} verdict{'s' * (many > 1)}: {told}."


def read_reviews(run_folder: Path) -> tuple[ReviewedVerdict, ...] | None:
    """Return all reviews of the calls of a run in the order given; None if there never was any.

    Raises RecordingDamaged for a line that is no verdict, or of a newer format.
    """
    path = run_folder / REVIEWS
    try:
        raw = read_plain(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    return parse_reviews(raw, path)


def parse_reviews(raw: bytes, path: Path) -> tuple[ReviewedVerdict, ...]:
    """Return the verdicts in the bytes of a ``reviews.jsonl``; raises like ``read_reviews``."""
    *lines, last = raw.split(b"\n")
    lines += [last] if _is_whole(last) else []
    return tuple(_verdict(line, path, number) for number, line in enumerate(lines, start=1) if line)


def keep_review(run_folder: Path, verdict: ReviewedVerdict) -> None:
    """Append a verdict, on disk when this returns; raises StorageFailed."""
    path = run_folder / REVIEWS
    line = json.dumps({"format": FORMAT, **asdict(verdict)}, ensure_ascii=False)
    try:
        if path.exists():
            open_plain(path).close()  # a device has no end, and a pipe no place to add a line
        with path.open("ab+") as file:
            file.seek(0)
            whole, newline, torn = file.read().rpartition(b"\n")
            if torn and _is_whole(torn):
                file.write(b"\n")
            elif torn:  # it was never confirmed as stored, and as a line it would spoil the file
                file.truncate(len(whole) + len(newline))
            file.write(line.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error


def standing(verdicts: Iterable[ReviewedVerdict]) -> Mapping[tuple[str, str], ReviewedVerdict]:
    """Return the last verdict on each score by recording and scorer, unless it is withdrawn."""
    last = {(one.recording, one.scorer): one for one in verdicts}
    return {key: one for key, one in last.items() if one.verdict is not ReviewAnswer.WITHDRAWN}


def with_reviews(
    calls: tuple[CallResult, ...], verdicts: Iterable[ReviewedVerdict]
) -> tuple[CallResult, ...]:
    """Return the calls as judged by scorers and persons together.

    A score whose outcome is not ``ANSWERABLE`` takes no person's verdict.
    """
    given = standing(verdicts)
    return tuple(_with_reviews(call, given) for call in calls)


def _with_reviews(call: CallResult, given: Mapping[tuple[str, str], ReviewedVerdict]) -> CallResult:
    # Stored scores may already contain a review, so each begins as its scorer gave it.
    scores = tuple(
        _answered(call, unreviewed(score), given.get((call.recording, score.scorer)))
        for score in call.scores
    )
    if scores == call.scores:
        return call
    return replace(call, scores=scores, passed=call_passed(call.status, scores))


def _answered(call: CallResult, score: ScoreResult, verdict: ReviewedVerdict | None) -> ScoreResult:
    if verdict is None or score.outcome not in ANSWERABLE:
        return score
    given = verdict.verdict.value
    said = f"{verdict.by}, {verdict.at[:10]}"
    said += f", “{verdict.note}”" if verdict.note else ""
    review = Review(verdict.by, verdict.at, verdict.note, score.reason, score.outcome)
    if verdict.evidence != evidence_of(call, score):
        if given == score.outcome:  # no conflict that a reader must know
            return score
        stale = f"an earlier {given} by {said}, was about other evidence"
        return replace(score, reason=f"{score.reason} ({stale})", review=review)
    return replace(
        score,
        outcome=given,
        passed=_PASSED[given],
        reason=f"{_by_a_person(score, given)}: {said}. {_said_by_scorer(score)}",
        review=review,
    )


def _by_a_person(score: ScoreResult, given: str) -> str:
    if score.outcome == Outcome.REVIEW.value:
        return f"{given} by a person"
    joined = " and" if given == score.outcome else f", {given}ed"
    return f"{score.outcome}ed by {score.scorer}{joined} by a person"


def _said_by_scorer(score: ScoreResult) -> str:
    verb = "asked" if score.outcome == Outcome.REVIEW.value else "said"
    return f"The scorer {verb}: {score.reason}"


def _is_whole(last: bytes) -> bool:
    """Whether a line without a newline is complete: an editor may omit the last newline."""
    try:
        orjson.loads(last)
    except ValueError:
        return False
    return True


def _verdict(line: bytes, path: Path, number: int) -> ReviewedVerdict:
    try:
        row = orjson.loads(line)  # refuses too deep nesting, which overflows the stack in json
        found = row.get("format") if isinstance(row, dict) else None
        if isinstance(found, int) and found > FORMAT:
            problem = f"format {found} is newer than this harness reads ({FORMAT})"
            raise RecordingDamaged(path, f"line {number}: {problem}; update the harness")
        return adapter_of(ReviewedVerdict).validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordingDamaged(path, f"line {number}: {place}: {first['msg']}") from error
    except ValueError as error:
        raise RecordingDamaged(path, f"line {number}: not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """A score as its scorer gave it, the answer that holds, and an answer that no longer does.

    ``stale`` is a verdict on other evidence: the score was judged again since.
    """

    call: CallResult
    score: ScoreResult
    answer: ReviewedVerdict | None = None
    stale: ReviewedVerdict | None = None

    @property
    def asks(self) -> bool:
        """Whether the scorer could not decide."""
        return self.score.outcome == Outcome.REVIEW.value

    @property
    def is_open(self) -> bool:
        """Whether the scorer could not decide, and no answer holds."""
        return self.asks and self.answer is None

    def is_overturned_by(self, answer: ReviewAnswer) -> bool:
        """Return whether an answer contradicts a pass or fail of the scorer."""
        decided = answer is not ReviewAnswer.WITHDRAWN and not self.asks
        return decided and answer.value != self.score.outcome

    def answered(self, answer: ReviewAnswer, *, by: str, at: str, note: str) -> ReviewedVerdict:
        """Return the verdict that gives this answer.

        Raises:
            UsageError: it overturns the scorer's verdict, and no note gives the reason.
        """
        if self.is_overturned_by(answer) and not note.strip():
            raise UsageError(
                f"{self.call.recording} {self.score.scorer}: the scorer's verdict is "
                f"{self.score.outcome}; to overturn it, give the reason as a note (--note TEXT)"
            )
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
    """Return every score that a person may answer, in the order of the calls, answered or not."""
    given = standing(verdicts)
    return tuple(
        _question(call, score, given.get((call.recording, score.scorer)))
        for call in calls
        for score in map(unreviewed, call.scores)
        if score.outcome in ANSWERABLE
    )


def _question(
    call: CallResult, score: ScoreResult, verdict: ReviewedVerdict | None
) -> ReviewQuestion:
    if verdict is None:
        return ReviewQuestion(call, score)
    if verdict.evidence == evidence_of(call, score):
        return ReviewQuestion(call, score, answer=verdict)
    return ReviewQuestion(call, score, stale=verdict)


def alike(asked: Iterable[ReviewQuestion]) -> tuple[tuple[str, tuple[ReviewQuestion, ...]], ...]:
    """Return the questions by kind, with their common text, in the order of the first of each.

    Questions of a scorer that differ only in quoted words, numbers, times and codes are alike.
    """
    found: dict[tuple[str, str], list[ReviewQuestion]] = {}
    for one in asked:
        found.setdefault((one.score.scorer, kind_of(one.score.reason)), []).append(one)
    return tuple(
        (f"{scorer}: {common_sentence([one.score.reason for one in those])}", tuple(those))
        for (scorer, _), those in found.items()
    )


def agreement_text(asked: Iterable[ReviewQuestion]) -> str:
    """Return how many passes and fails of scorers persons agree with, of those they answered.

    Empty if no person answered any.
    """
    answers: dict[str, list[bool]] = {}
    for one in asked:
        if one.answer is not None and not one.asks:
            agrees = not one.is_overturned_by(one.answer.verdict)
            answers.setdefault(one.score.scorer, []).append(agrees)
    if not answers:
        return ""
    told = ", ".join(f"{name} {sum(of)} of {len(of)}" for name, of in sorted(answers.items()))
    return f"passes and fails of scorers that persons agree with, of those they answered: {told}"
