"""The model judge that ``--judge`` names: choice, price, answers, measurement on labels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.errors import FaultyFiles, HarnessError, RecordingDamaged, UsageError
from harness.judges.answer_file import load_answers, store_answers
from harness.judges.base import JUDGES, ModelJudge, judge_for
from harness.judges.batch import (
    AskedQuestion,
    AskLimits,
    AskReport,
    QuestionAsker,
    Sleep,
    VotePrice,
    no_price,
)
from harness.judges.model import (
    JudgeAuthority,
    JudgedRecording,
    StoredAnswer,
    Vote,
    WriteQuestion,
    prompt_hash,
    question_hash,
)
from harness.judges.verdicts import majority, verdict_of
from harness.judging.labelled import AGREED, CheckedWrite
from harness.judging.scorers.base import Outcome
from harness.results.history.cost import Prices, load_prices
from harness.results.judge_agreement import (
    JudgeMeasurement,
    LabelAgreement,
    read_measurements,
    why_not_earned,
)
from harness.runs.processes import stop_signals
from harness.scenario.document import read_document
from harness.scenario.load import load_suite, model_of
from harness.scenario.model import JudgeFile, JudgeSettings

SUITE = "suite"
"""``--judge suite``: the judge that the suite of each call names."""

_MILLION = 1_000_000.0


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """The options of a command, as given."""

    judge: str
    prices: Path | Prices | None = None
    """A file of prices, or those of the plan of a resumed run."""
    max_cost: float | None = None


@dataclass(frozen=True, slots=True)
class ChosenJudge:
    """Settings, and the folder to which their paths are relative; None if it is not known."""

    settings: JudgeSettings
    folder: Path | None

    @property
    def name(self) -> str:
        """The model as answers and measurements name it; that of a package with the judge."""
        own = self.settings.use in JUDGES.builtin
        return self.settings.model if own else f"{self.settings.use}/{self.settings.model}"

    @property
    def prompt(self) -> str:
        """Hash of the prompt that it is asked with."""
        return prompt_hash(audio=self.settings.audio)

    @property
    def measured(self) -> Path | None:
        """The file of its measurements, if the settings name a file that exists."""
        if self.settings.measured is None or self.folder is None:
            return None
        return self.folder / self.settings.measured

    def authority(self) -> JudgeAuthority:
        """Return the effect that its answers have today."""
        settings, why_not, words = self.settings, "", ""
        if settings.settle is not None:
            why_not, words = self._why_not()
        return JudgeAuthority(
            model=self.name,
            prompt=self.prompt,
            audio=settings.audio,
            settles=settings.settle is not None and not why_not,
            doubts=settings.doubt is not None,
            why_not=why_not,
            measured=words,
        )

    def _why_not(self) -> tuple[str, str]:
        if self.settings.measured is None:
            return "the settings name no file of measurements ('measured')", ""
        if self.measured is None or not self.measured.exists():
            path = self.settings.measured
            return (
                f"there is no measurement: {path} does not exist; harness judge-check makes it",
                "",
            )
        try:
            known = read_measurements(self.measured)
        except RecordingDamaged as damaged:
            return f"cannot read {self.settings.measured}: {damaged.detail}", ""
        return why_not_earned(known, self.name, self.prompt, self.settings.at_least)


def chosen_judge(named: str) -> ChosenJudge | None:
    """Return the judge of a file of settings, or of a suite's folder or file.

    None for ``suite``, and for the name of a judge: the settings are in the suite of each call.
    Raises FaultyFiles, UsageError and UnknownName.
    """
    path = Path(named)
    if not named.strip():
        raise UsageError("--judge: expected 'suite', a judge, or a file, got nothing")
    if named == SUITE:
        return None
    if not path.exists():
        if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
            raise FaultyFiles.at(path, "no such file; --judge takes 'suite', a judge, or a file")
        JUDGES.get(named)
        return None
    if path.is_dir() or "suite" in read_document(path, strict=False).data:
        suite = load_suite(path)
        if suite.suite.judge is None:
            raise UsageError(f"--judge {named}: this suite has no key 'judge'")
        return ChosenJudge(suite.suite.judge, suite.folder)
    return ChosenJudge(model_of(read_document(path), JudgeFile, []), path.parent)


def chosen_of_suite(named: str, judge: JudgeSettings | None, folder: Path | None) -> ChosenJudge:
    """Return the judge of a suite; raises UsageError if the suite has no judge."""
    if judge is None:
        place = "the suite of these calls" if folder is None else str(folder / "suite.yaml")
        raise UsageError(f"--judge {named}: {place} has no key 'judge'; add it, or name a file")
    settings = judge if named == SUITE else judge.model_copy(update={"use": named})
    return ChosenJudge(settings, folder)


def price_of(request: JudgeRequest, model: str) -> VotePrice:
    """Return the price of a vote of a model, by the file of prices.

    Raises:
        UsageError: there is a budget, and no price for this model.
        FaultyFiles: the file of prices has faults.
    """
    prices = load_prices(request.prices) if isinstance(request.prices, Path) else request.prices
    known = None if prices is None else prices.models.get(model)
    if known is None or known.input_text is None or known.output_text is None:
        if request.max_cost is not None:
            raise UsageError(
                f"--max-cost: no price is known for judge {model}; give a file with --prices that "
                "has its 'input_text' and 'output_text'"
            )
        return no_price
    read, written = known.input_text, known.output_text

    def price(vote: Vote) -> float | None:
        if vote.input_tokens is None or vote.output_tokens is None:
            return None
        return (vote.input_tokens * read + vote.output_tokens * written) / _MILLION

    return price


def one_line(error: HarnessError) -> str:
    """Return an error on one line, for a note next to results."""
    return "; ".join(str(error).splitlines())


# Asks the chosen judge from code that is not async, and puts its votes into the stored form.

MakeJudge = Callable[[JudgeSettings], ModelJudge]

_GRACE_S = 5.0
"""Time beyond a judge's own limit before its request is ended from outside."""


@dataclass(frozen=True, slots=True)
class AskTerms:
    """Price and budget of asking, the progress callback, and the replaceable parts for tests."""

    price: VotePrice = no_price
    max_cost: float | None = None
    told: Callable[[AskReport], object] = lambda _: None
    make: MakeJudge = judge_for
    sleep: Sleep = asyncio.sleep


def ask(chosen: ChosenJudge, asked: Sequence[AskedQuestion], terms: AskTerms) -> AskReport:
    """Ask questions that have too few votes yet; Ctrl-C ends requests that are under way.

    Raises InputError for a judge that cannot be made; all that happens later is in the report.
    """
    settings = chosen.settings
    left = [one for one in asked if len(one.votes) < settings.votes]
    if not left:
        return AskReport()
    limits = AskLimits(
        votes=settings.votes,
        attempts=settings.retries + 1,
        concurrency=settings.concurrency,
        max_cost=terms.max_cost,
        timeout_s=settings.timeout_s + _GRACE_S,
    )
    judge = terms.make(settings)
    with stop_signals() as stop:
        asking = QuestionAsker(
            judge,
            chosen.name,
            limits,
            price=terms.price,
            sleep=terms.sleep,
            stop=lambda: stop.asked > 0,
            told=terms.told,
        )

        async def run() -> AskReport:
            loop = asyncio.get_running_loop()
            with stop.listening(lambda: loop.call_soon_threadsafe(asking.abort)):
                return await asking.all(left)

        return asyncio.run(run())


def stored_answer(
    chosen: ChosenJudge, question: WriteQuestion, votes: tuple[Vote, ...], price: VotePrice
) -> StoredAnswer:
    """Return votes as they are stored."""
    named = {vote.answer.turn for vote in votes if vote.answer is not None}
    costs = [price(vote) for vote in votes]
    known = [cost for cost in costs if cost is not None]
    return StoredAnswer(
        question=question_hash(question),
        kind=question.kind,
        call=question.call,
        tool=question.tool,
        votes=votes,
        model=chosen.name,
        prompt=chosen.prompt,
        wanted=chosen.settings.votes,
        spans={
            str(turn.number): (turn.start_s, turn.end_s)
            for turn in question.turns
            if turn.number in named
        },
        cost=sum(known) if known else None,
    )


# Measures a model judge on labelled dialogues, and stores the measurement.
#
# The model is asked about every labelled write, not only about those that the rules leave open:
# the rules change, and so does the set of writes that they leave open. Both figures are stored.
# Answers are kept next to the labelled file (``NAME.judged.json``), so that no question is asked
# twice.

_STDIN = Path("-")

_WRITTEN_EVERY_S = 1.0
"""The shortest time between two writes of the file."""


@dataclass(frozen=True, slots=True)
class JudgedLabel:
    """A labelled write and the model's verdict: pass, fail, or empty if it is undecided."""

    checked: CheckedWrite
    verdict: str
    said: str
    """Its answer with the quote, or why there is none."""

    @property
    def right(self) -> bool:
        """Whether the verdict agrees with a label."""
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
    """Why votes are void, also those of earlier commands, an entry each."""
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
    """Return the judge to measure; raises UsageError if the judge needs a suite."""
    chosen = chosen_judge(request.judge)
    if chosen is None:
        raise UsageError(
            f"--judge {request.judge}: labelled dialogues have no suite; name a file of settings, "
            "or the folder of a suite that has the key 'judge'"
        )
    return chosen


def answers_path(files: Sequence[Path]) -> Path | None:
    """Return the path of the answers about these files; None for the standard input."""
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

    The model gives the same answer to all copies, so copies would narrow the interval without new
    evidence.
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
        # The file is written whole: after each of a thousand answers, that would take minutes.
        if time.monotonic() - self._written_s > _WRITTEN_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write answers that the file does not have yet; raises StorageFailed."""
        if self.path is not None and self._unwritten:
            store_answers(self.path, self.known)
            self._unwritten, self._written_s = False, time.monotonic()


def agreement(labels: Iterable[JudgedLabel]) -> LabelAgreement:
    """Return the confusion table of labels against the model's verdicts.

    A call with two defensible labels counts under the label that the model chose.
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
