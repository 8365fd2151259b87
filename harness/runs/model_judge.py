"""Asks a model judge about the writes that the rules left open, and scores their calls again.

Runs after scoring and before gates. Every error here becomes a single line for the user, and the
verdicts of the rules stay: an answer is stored next to its recording as soon as it is there, and
read by pure code (``judges/verdicts.py``). The same question to the same model with the same prompt
is asked once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.audio import wav
from harness.errors import FaultyFiles, HarnessError, RecordingDamaged
from harness.judges.answer_file import load_judged, store_judged
from harness.judges.base import JUDGES, judge_for
from harness.judges.batch import (
    AskedQuestion,
    AskReport,
    Sleep,
    VotePrice,
    failures,
    no_price,
)
from harness.judges.model import JudgedRecording, Vote, WriteQuestion, question_hash
from harness.judging.judge import judge, verdicts
from harness.judging.scorers.write_confirmation import WriteConfirmation
from harness.judging.scorers.write_findings import write_question
from harness.recording.store import read_recording
from harness.results.aggregate import summarize
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews, with_reviews
from harness.results.verdicts import counts
from harness.runs.call_result import failure_detail, rescore
from harness.runs.judge_choice import (
    AskTerms,
    ChosenJudge,
    JudgeRequest,
    MakeJudge,
    ask,
    chosen_judge,
    chosen_of_suite,
    one_line,
    price_of,
    stored_answer,
)
from harness.runs.processes import stop_signals
from harness.scenario.load import load_suite, suite_file_of
from harness.scenario.model import JudgeSettings

Tell = Callable[[str], object]
Told = Callable[[AskReport], object]


@dataclass(frozen=True, slots=True)
class ModelJudging:
    """``--judge`` of a command, ready to be applied to results.

    ``tell`` takes lines for the user, ``told`` the progress. ``make`` returns the judge of
    settings.
    """

    request: JudgeRequest
    tell: Tell
    told: Told = lambda _: None
    spent: Callable[[], float] = lambda: 0.0
    """Returns the cost so far against the budget that the command shares with its calls."""
    paid: Callable[[float], object] = lambda _: None
    """Called with the cost of questions, so that ``spent`` includes it the next time."""
    make: MakeJudge = judge_for
    sleep: Sleep = asyncio.sleep

    def check(self) -> None:
        """Check the options before any call is made; raises InputError.

        A judge that is not installed and a key that is not set are no errors here: the calls are
        worth making without them.
        """
        chosen = chosen_judge(self.request.judge)
        if chosen is not None:
            price_of(self.request, chosen.settings.model)

    def apply(self, run_folder: Path, results: RunResults) -> RunResults:
        """Ask the open questions; return the results with the calls concerned scored again."""
        touched: set[str] = set()
        with stop_signals() as stop:
            if stop.asked:
                return results
            try:
                spent = self.spent()
                for chosen, calls in self._groups(run_folder, results.calls):
                    asked = _Round(self, run_folder, chosen, touched, spent)
                    cost = asked.judge(calls).spent
                    self.paid(cost)
                    spent += cost
            except HarnessError as error:  # a full disk, for example
                self.tell(f"judging by a model ended: {one_line(error)}")
        if not touched:
            return results
        again = tuple(
            rescore(run_folder, call) if call.recording in touched else call
            for call in results.calls
        )
        reviews = read_reviews(run_folder)
        again = again if reviews is None else with_reviews(again, reviews)
        return replace(results, calls=again, summary=summarize(again))

    def _groups(
        self, run_folder: Path, calls: Iterable[CallResult]
    ) -> list[tuple[ChosenJudge, list[CallResult]]]:
        """Return the judged calls, grouped by the judge that their questions go to."""
        named = chosen_judge(self.request.judge)
        groups: dict[str, tuple[ChosenJudge, list[CallResult]]] = {}
        problems: dict[str, None] = {}
        of_files: dict[Path, ChosenJudge] = {}
        for call in calls:
            if not _may_be_asked(call, run_folder):
                continue
            try:
                chosen = named or self._of_suite(run_folder, call, of_files)
                JUDGES.get(chosen.settings.use)
            except HarnessError as error:
                problems[one_line(error)] = None
                continue
            key = f"{chosen.settings.model_dump_json()} {chosen.folder}"
            groups.setdefault(key, (chosen, []))[1].append(call)
        for problem in problems:
            self.tell(f"no judge was asked: {problem}")
        return list(groups.values())

    def _of_suite(
        self, run_folder: Path, call: CallResult, known: dict[Path, ChosenJudge]
    ) -> ChosenJudge:
        """Return the judge of the suite's file; without the file, that of the recorded suite.

        ``known`` keeps the judges of files. Raises FaultyFiles for a file with faults.
        """
        try:
            path = suite_file_of(Path(call.scenario_path))
        except FaultyFiles:
            recorded = judge(read_recording(run_folder / call.recording)).call.suite
            return chosen_of_suite(self.request.judge, recorded.judge, None)
        # A run has many calls of few suites. A faulty file raises: the recorded suite may name an
        # endpoint that the file no longer names, and no data may be sent there.
        if path not in known:
            suite = load_suite(path)
            known[path] = chosen_of_suite(self.request.judge, suite.suite.judge, suite.folder)
        return known[path]


@dataclass(slots=True)
class _Round:
    """A judge asked about some calls of a run."""

    judging: ModelJudging
    run_folder: Path
    chosen: ChosenJudge
    touched: set[str]
    """Collects the recordings whose stored answers changed."""
    spent: float
    known: int = 0
    """Questions that were answered before."""
    price: VotePrice = no_price

    def judge(self, calls: Iterable[CallResult]) -> AskReport:
        """Ask about the calls; store the answers and whether they may decide."""
        authority = self.chosen.authority()
        asked: list[AskedQuestion] = []
        concerned: list[CallResult] = []
        for call in calls:
            questions = list(self._questions(call))
            if questions:
                concerned.append(call)
                asked += questions
        report = self._ask(asked) if asked else AskReport()
        for call in concerned:
            stored = self._stored(call)
            if stored is None or not stored.answered_by(self.chosen.name, self.chosen.prompt):
                continue  # the answers of another judge keep their effect
            if stored.authority != authority:
                store_judged(self.run_folder / call.recording, replace(stored, authority=authority))
                self.touched.add(call.recording)
        self._say(report)
        if authority.why_not and self.touched:
            self.judging.tell(f"judge {authority.model} decides nothing: {authority.why_not}")
        return report

    def _questions(self, call: CallResult) -> Iterator[AskedQuestion]:
        """Yield the open questions of a call, with the votes that are stored already."""
        folder = self.run_folder / call.recording
        if not _has_open(call, self.chosen.settings):
            return
        try:
            stored = load_judged(folder) or JudgedRecording()
            for question in open_questions(folder, self.chosen.settings):
                yield self._asked(call, question, stored)
        except HarnessError as error:
            self.judging.tell(f"{call.recording} was not asked about: {one_line(error)}")
        except Exception as error:  # noqa: BLE001  # the border of one call, as in scoring
            bug = failure_detail(error).splitlines()[0]
            self.judging.tell(f"{call.recording} was not asked about: {bug}")

    def _asked(
        self, call: CallResult, question: WriteQuestion, stored: JudgedRecording
    ) -> AskedQuestion:
        found = stored.find(
            question_hash(question), model=self.chosen.name, prompt=self.chosen.prompt
        )
        folder = self.run_folder / call.recording
        sound = partial(_span_wav, folder, question) if self.chosen.settings.audio else _no_sound
        return AskedQuestion(
            question,
            done=partial(self._answered, call, question),
            votes=() if found is None else found.votes,
            wav=sound,
        )

    def _ask(self, asked: list[AskedQuestion]) -> AskReport:
        """Ask the questions that have too few votes; report a judge that cannot be made."""
        settings, request = self.chosen.settings, self.judging.request
        left = [one for one in asked if len(one.votes) < settings.votes]
        self.known = len(asked) - len(left)
        if not left:
            return AskReport()
        judging, limit = self.judging, request.max_cost
        try:
            self.price = price_of(request, settings.model)
            terms = AskTerms(
                price=self.price,
                max_cost=None if limit is None else max(0.0, limit - self.spent),
                told=judging.told,
                make=judging.make,
                sleep=judging.sleep,
            )
            return ask(self.chosen, left, terms)
        except HarnessError as error:
            self.judging.tell(f"no judge was asked: {one_line(error)}")
            return AskReport()

    def _answered(self, call: CallResult, question: WriteQuestion, votes: tuple[Vote, ...]) -> None:
        folder = self.run_folder / call.recording
        answer = stored_answer(self.chosen, question, votes, self.price)
        store_judged(folder, (load_judged(folder) or JudgedRecording()).put(answer))
        self.touched.add(call.recording)

    def _stored(self, call: CallResult) -> JudgedRecording | None:
        try:
            return load_judged(self.run_folder / call.recording)
        except RecordingDamaged:
            return None  # reported when its questions were collected

    def _say(self, report: AskReport) -> None:
        if report.questions or self.known:
            self.judging.tell(report_line(self.chosen.name, report, known=self.known))
        for line in failures(report):
            self.judging.tell(f"judge {self.chosen.name}: {line}")
        if report.stopped:
            self.judging.tell(f"no further question was asked: {report.stopped}")


def report_line(name: str, report: AskReport, *, known: int) -> str:
    """Return the summary line of a round of questions."""
    if not report.questions:
        return f"judge {name}: no new question, {known} answered before"
    line = f"judge {name}: {report.answered} of {report.questions} open questions answered"
    line += f", {known} more were answered before" if known else ""
    if report.spent:
        line += f", cost {report.spent:.4g}"
    return line


def open_questions(folder: Path, settings: JudgeSettings) -> Iterator[WriteQuestion]:
    """Yield the questions about a recording that a judge with these settings may decide.

    Questions about audible values are left out for a judge without audio, and redacted recordings
    have none. Raises RecordingDamaged and Unscorable.
    """
    recording = read_recording(folder)
    if recording.manifest.origin is not None and recording.manifest.origin.redacted:
        return
    call = replace(judge(recording).call, judged=None)
    score = verdicts(call, (WriteConfirmation(),))[0].score
    wanted = _wanted(settings)
    before = ""
    for write in score.details.get("writes", ()):
        again = before == write["tool"] and write.get("repeats", 0) > 0
        before = write["tool"]
        if again or write["outcome"] not in wanted:
            continue
        if write.get("by_sound") and not settings.audio:
            continue
        yield write_question(call, write["call"])


def _wanted(settings: JudgeSettings) -> set[str]:
    return {"review"} | ({"pass"} if settings.doubt else set())


def _has_open(call: CallResult, settings: JudgeSettings) -> bool:
    """Return whether the rules left a write open, by its verdict or by a model's opinion on it."""
    return any(
        write.get("outcome") in _wanted(settings) or "model" in write
        for score in call.scores
        if score.scorer == WriteConfirmation.scorer_name
        for write in score.details.get("writes", ())
    )


def _may_be_asked(call: CallResult, run_folder: Path) -> bool:
    """Return whether a call is judged, has its recording, and has writes that no person judged."""
    if not (counts(call) and call.kept and (run_folder / call.recording).is_dir()):
        return False
    return any(
        score.scorer == WriteConfirmation.scorer_name
        and score.review is None
        and bool(score.details.get("writes"))
        for score in call.scores
    )


def _no_sound() -> None:
    return


def _span_wav(folder: Path, question: WriteQuestion) -> bytes | None:
    """Return the audio of a question's span, caller left and agent right; None without any."""
    recording = read_recording(folder)
    start_s, end_s = question.span_s
    caller, agent = (
        track.cut(round(start_s * track.rate_hz), round(end_s * track.rate_hz))
        for track in (recording.caller, recording.agent)
    )
    return wav.stereo_bytes(caller, agent) if len(caller) or len(agent) else None
