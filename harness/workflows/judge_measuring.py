"""Measures a model judge on labelled dialogues, and stores the measurement.

The model is asked about every labelled write, not only about those that the rules leave open: the
rules change, and so does the set of writes that they leave open. Both figures are stored. Answers
are kept next to the labelled file (``NAME.judged.json``), so that no question is asked twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.errors import UsageError
from harness.judges.answers import majority
from harness.judges.asking import AskedQuestion, AskReport, VotePrice
from harness.judges.model import JudgedRecording, StoredAnswer, Vote, WriteQuestion
from harness.judges.prompt import question_hash
from harness.judges.settling import verdict_of
from harness.judges.stored import load_answers, store_answers
from harness.judging.labelled import AGREED, CheckedWrite
from harness.results.judge_agreement import JudgeMeasurement, LabelAgreement
from harness.scorers.base import Outcome
from harness.workflows.judge_asking import AskTerms, ask, stored_answer
from harness.workflows.judge_choice import (
    ChosenJudge,
    JudgeRequest,
    chosen_judge,
    price_of,
)

_STDIN = Path("-")

_WRITTEN_EVERY_S = 1.0
"""The file is written whole: after each of a thousand answers, that would take minutes."""


@dataclass(frozen=True, slots=True)
class JudgedLabel:
    """One labelled write and the model's verdict: pass, fail, or empty if it is undecided."""

    checked: CheckedWrite
    verdict: str
    said: str
    """Its answer with the quote, or why there is none."""

    @property
    def right(self) -> bool:
        """Whether the verdict is one that a label supports."""
        return bool(self.verdict) and (self.verdict == "pass") in self.supported

    @property
    def supported(self) -> set[bool]:
        """Whether the call was agreed to, by each label that can be defended."""
        write = self.checked.write
        return {one in AGREED for one in (write.label, write.also) if one is not None}


@dataclass(frozen=True, slots=True)
class JudgeCheck:
    """The outcome of a measurement."""

    chosen: ChosenJudge
    labels: tuple[JudgedLabel, ...]
    unanswered: int
    report: AskReport
    void: list[str]
    """Why votes are void, also those of earlier commands, one entry each."""
    copies: int = 0
    """Calls that occur in the files before, up to the call; each call counts once."""

    def measurement(self, files: Iterable[Path], *, at: str) -> JudgeMeasurement:
        """Return the figures to store; ``at`` is the time of the measurement (ISO 8601)."""
        return JudgeMeasurement(
            model=self.chosen.name,
            prompt=self.chosen.prompt,
            measured_at=at,
            files=tuple(path.name for path in files),
            every=agreement(self.labels),
            open=agreement(one for one in self.labels if one.checked.outcome is Outcome.REVIEW),
        )


def measurable(request: JudgeRequest) -> ChosenJudge:
    """Return the judge to measure; raises UsageError for one that needs a suite."""
    chosen = chosen_judge(request.judge)
    if chosen is None:
        raise UsageError(
            f"--judge {request.judge}: labelled dialogues have no suite; name a file of settings, "
            "or the folder of a suite that has the key 'judge'"
        )
    return chosen


def answers_path(files: Sequence[Path]) -> Path | None:
    """Return where answers about these files are kept; None for the standard input."""
    first = next((path for path in files if path != _STDIN), None)
    return None if first is None else first.with_name(f"{first.name}.judged.json")


def check_judge(
    request: JudgeRequest,
    checked: Sequence[CheckedWrite],
    kept: Path | None,
    terms: AskTerms,
) -> JudgeCheck:
    """Ask a judge about labelled writes (made ``with_questions``); answers are kept in ``kept``.

    Price and budget of ``terms`` are those of the request.

    Raises:
        InputError: the judge is not installed, its key is not set, no price is known.
        RecordingDamaged: the file of answers cannot be read.
    """
    chosen = measurable(request)
    terms = replace(
        terms, price=price_of(request, chosen.settings.model), max_cost=request.max_cost
    )
    known = (None if kept is None else load_answers(kept)) or JudgedRecording()
    answers = _Answers(kept, known, chosen, terms.price)
    rows = _once(checked)
    asked = [answers.asked(question) for _, question in rows]
    try:
        report = ask(chosen, asked, terms)
    finally:
        answers.write()
    judged = [(one, answers.found(question)) for one, question in rows]
    complete = [(one, answer) for one, answer in judged if answer is not None and answer.complete]
    labels = tuple(_label(one, answer) for one, answer in complete)
    void = [vote.void for _, answer in complete for vote in answer.votes if vote.void]
    unanswered, copies = len(judged) - len(complete), len(checked) - len(rows)
    return JudgeCheck(chosen, labels, unanswered, report, void, copies)


def _once(checked: Iterable[CheckedWrite]) -> list[tuple[CheckedWrite, WriteQuestion]]:
    """Return each labelled call once, with its question.

    The model gives one answer to all copies, so that copies would narrow the interval for nothing.
    """
    rows: dict[tuple[str, str, str | None], tuple[CheckedWrite, WriteQuestion]] = {}
    for one in checked:
        if one.question is not None:
            key = question_hash(one.question), one.write.label, one.write.also
            rows.setdefault(key, (one, one.question))
    return list(rows.values())


@dataclass(slots=True)
class _Answers:
    """Answers to labelled calls, and their file."""

    path: Path | None
    known: JudgedRecording
    chosen: ChosenJudge
    price: VotePrice
    _unwritten: bool = False
    _written_s: float = 0.0

    def asked(self, question: WriteQuestion) -> AskedQuestion:
        """Return a question with the votes that it has already."""
        found = self.found(question)
        done = partial(self._done, question)
        return AskedQuestion(question, done, () if found is None else found.votes)

    def found(self, question: WriteQuestion) -> StoredAnswer | None:
        """Return the stored answer of the chosen model."""
        chosen = self.chosen
        return self.known.find(question_hash(question), model=chosen.name, prompt=chosen.prompt)

    def _done(self, question: WriteQuestion, votes: tuple[Vote, ...]) -> None:
        self.known = self.known.put(stored_answer(self.chosen, question, votes, self.price))
        self._unwritten = True
        if time.monotonic() - self._written_s > _WRITTEN_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write answers that the file does not have yet; raises StorageFailed."""
        if self.path is not None and self._unwritten:
            store_answers(self.path, self.known)
            self._unwritten, self._written_s = False, time.monotonic()


def agreement(labels: Iterable[JudgedLabel]) -> LabelAgreement:
    """Return the confusion table of labels against the model's verdicts.

    A call with two defensible labels counts under that which the model chose.
    """
    counts = dict.fromkeys(
        (f"{row}_{cell}" for row in ("agreed", "other") for cell in ("pass", "fail", "undecided")),
        0,
    )
    for one in labels:
        first = one.checked.write.label in AGREED
        agreed = (one.verdict == "pass") if one.right else first
        row = "agreed" if agreed else "other"
        counts[f"{row}_{one.verdict or 'undecided'}"] += 1
    return LabelAgreement(**counts)


def _label(checked: CheckedWrite, stored: StoredAnswer) -> JudgedLabel:
    answer = majority(stored.votes)
    if answer is None:
        void = next((vote.void for vote in stored.votes if vote.void), "its votes differ")
        return JudgedLabel(checked, "", void)
    verdict = verdict_of(answer)
    quote = f", “{answer.quote}” (turn {answer.turn})" if answer.quote else ""
    said = f"{answer.answer.value.replace('_', ' ')}{quote}"
    return JudgedLabel(checked, "" if verdict == "review" else verdict, said)
