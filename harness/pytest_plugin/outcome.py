"""The outcome of a call for a test, with the explanation of a failed verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.errors import OperationError, UnknownName
from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.registry import scorers_for
from harness.recording.store import read_recording
from harness.report import figures
from harness.report.figures import one_line
from harness.report.run.transcript import TranscriptLine, lines
from harness.report.verdict import call_verdict, ended, why
from harness.results.verdicts import counts, status_text, wrong

if TYPE_CHECKING:
    from harness.judging.judge import Judged
    from harness.recording.model import Recording
    from harness.results.model import CallResult, ScoreResult
    from harness.scenario.load import LoadedScenario


# A call as text for a terminal: the problem, its rule, its time, and the transcript around it.

_WORDS = {
    Outcome.PASS.value: "passed",
    Outcome.FAIL.value: "failed",
    Outcome.REVIEW.value: "needs review",
    Outcome.NOT_APPLICABLE.value: "is not applicable",
    Outcome.UNSCORABLE.value: "cannot be judged",
    Outcome.BROKEN.value: "broke",
}
_READ_BACK = {"tool", "argument", "value", "read_back", "problem"}
"""Keys of each value in the details of entity_confirmation."""
_WIDTH = 100
"""Characters of a line of the transcript before it is cut."""
_SHOWN = 4
"""Transcript lines shown with a verdict."""


class Explained(Protocol):
    """The facts about a call that its explanation needs."""

    @property
    def result(self) -> CallResult:
        """Its verdicts."""
        ...

    @property
    def loaded(self) -> LoadedScenario:
        """The scenario of the call."""
        ...

    @property
    def target(self) -> str:
        """The target that was called."""
        ...

    @property
    def note(self) -> str:
        """Why its times are doubtful; empty if they are not."""
        ...

    @property
    def page(self) -> Path:
        """The page on which the call can be heard."""
        ...

    @property
    def judged(self) -> Judged:
        """The recording and what follows from it; raises RecordingDamaged if there is none."""
        ...


def explanation(outcome: Explained) -> str:
    """Return the explanation of a call; it ends with the page to open."""
    result = outcome.result
    names = ", ".join(score.scorer for score in wrong(result))
    parts = [
        f"{result.scenario}: {call_verdict(result)[1]}{f': {names}' if names else ''}",
        f"  {result.scenario_path}, seed {result.seed}, target {outcome.target}",
        *_body(outcome),
    ]
    if outcome.note:
        parts.append(f"  note: {outcome.note}")
    parts.append(f"  open {outcome.page}")
    return "\n".join(figures.one_line(part) for part in parts)


def headline(result: CallResult) -> str:
    """Return why a valid call has its verdict, in one line."""
    return why(result, reason=moment, name=str)


def moment(score: ScoreResult) -> str:
    """Return a verdict in one line, with the moment that proves it."""
    at = f" at {figures.clock(score.evidence[0].start_s)}" if score.evidence else ""
    word = _WORDS.get(score.outcome, score.outcome)
    return (
        f"{score.scorer} {word}{at if score.outcome != Outcome.PASS.value else ''}: {score.reason}"
    )


def _body(outcome: Explained) -> Iterator[str]:
    result = outcome.result
    if not counts(result):
        yield f"  no verdict on the agent: {ended(result)}"
        return
    found = wrong(result)
    if result.passed is not True and not found:
        yield f"  {headline(result)}"
    transcript = _transcript(outcome) if found else ()
    rules = _rules(outcome)
    for score in found:
        yield f"  {moment(score)}"
        yield from (f"      {text}" for text in _proof(score, transcript, rules))
    fine = [score.scorer for score in result.scores if score.outcome == Outcome.PASS.value]
    if fine:
        yield f"  passed: {', '.join(fine)}"


def _proof(
    score: ScoreResult, transcript: tuple[TranscriptLine, ...], rules: dict[str, str]
) -> Iterator[str]:
    if score.scorer in rules and score.outcome != Outcome.BROKEN.value:
        yield f"rule: {rules[score.scorer]}"
    yield from _read_back_wrongly(score)
    yield from (_shown(line) for line in _around(score, transcript))


def _read_back_wrongly(score: ScoreResult) -> Iterator[str]:
    """Yield each value with its wrong read-back; another scorer's "values" may be anything."""
    values = score.details.get("values")
    for value in values if isinstance(values, list | tuple) else ():
        if not isinstance(value, Mapping) or not value.keys() >= _READ_BACK or not value["problem"]:
            continue
        if value["read_back"] not in (None, value["value"]):
            yield f"{value['tool']}.{value['argument']} (-) and what was read back (+):"
            pair = ndiff([str(value["value"])], [str(value["read_back"])])
            yield from (line.rstrip() for line in pair)


def _around(score: ScoreResult, transcript: tuple[TranscriptLine, ...]) -> list[TranscriptLine]:
    """Return the transcript at the moment of a verdict, from the caller's turn before it."""
    if not score.evidence:
        return []
    span = score.evidence[0]
    before = [line for line in transcript if line.start_s <= span.start_s]
    callers = [index for index, line in enumerate(before) if line.who == "caller"]
    from_index = callers[-1] if callers else max(0, len(before) - 1)
    during = [line for line in transcript if span.start_s < line.start_s <= span.end_s]
    return [*before[from_index:], *during][:_SHOWN]


def _shown(line: TranscriptLine) -> str:
    said = {"caller": line.said, "tool": f"{line.tool}: {line.outcome}"}.get(
        line.who, line.claimed or line.recognized or ""
    )
    text = " ".join(said.split())
    text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    return f"{line.clock} {line.who:6} {text}"


def _transcript(outcome: Explained) -> tuple[TranscriptLine, ...]:
    try:
        return lines(outcome.judged.timeline)
    except Exception:  # noqa: BLE001  # the border of drawing one call: the verdict stands without
        return ()


def _rules(outcome: Explained) -> dict[str, str]:
    """Return each scorer's rule: the first line of its class docstring."""
    return {
        scorer.scorer_name: (type(scorer).__doc__ or "").strip().splitlines()[0]
        for scorer in scorers_for(outcome.loaded.scenario)
        if type(scorer).__doc__
    }


class NotCounted(OperationError):
    """The call did not take place as it should: there is no verdict on the agent."""

    def __init__(self, result: CallResult) -> None:
        self.result = result
        detail = next(iter(result.status_detail.splitlines()), "")
        reason = status_text(result)
        super().__init__(
            f"{result.scenario}: this call does not count, so there is no verdict on the agent: "
            f"{one_line(reason)}{f': {one_line(detail)}' if detail else ''}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class ItemVerdict:
    """An answer about a call: true or false, with its reason as its text."""

    holds: bool
    reason: str

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return f"<{self.reason}>"


@dataclass(frozen=True, slots=True, repr=False)
class CallOutcome:
    """A finished and judged call.

    ``folder`` holds its recording, and the page to open once the session has ended.
    """

    result: CallResult
    loaded: LoadedScenario
    folder: Path
    target: str
    asked: Callable[[CallOutcome], None]
    """Called whenever a test asks for a verdict, so that a failing test can show the whole call."""
    note: str = ""
    """Why its times are doubtful; empty if they are not."""

    def __repr__(self) -> str:
        return f"<call {self.result.scenario!r}: {call_verdict(self.result)[1]}>"

    @property
    def page(self) -> Path:
        """The page on which the call can be heard."""
        return self.folder / "index.html"

    @property
    def recording(self) -> Recording:
        """The recording of the call; raises RecordingDamaged if there is none."""
        return read_recording(self.folder)

    @property
    def judged(self) -> Judged:
        """The recording and its analysis; raises RecordingDamaged if there is no recording."""
        return judge(self.recording)

    def passed(self, *scorers: str) -> ItemVerdict:
        """Return whether these scorers passed; without scorers, whether the call passed.

        A scorer that did not judge (not applicable, needs review) has not passed.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call is no evidence about the agent.
        """
        __tracebackhide__ = True
        return self._verdict(scorers, Outcome.PASS)

    def failed(self, *scorers: str) -> ItemVerdict:
        """Return whether these scorers failed; without scorers, whether the call failed.

        This is not the opposite of ``passed``: a scorer that did not judge has neither passed nor
        failed.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call is no evidence about the agent.
        """
        __tracebackhide__ = True
        return self._verdict(scorers, Outcome.FAIL)

    def score(self, scorer: str) -> ScoreResult:
        """Return the verdict of a scorer with value, evidence and details.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call is no evidence about the agent.
        """
        __tracebackhide__ = True
        self._ask()
        return self._score(scorer)

    def assert_passed(self, *scorers: str) -> None:
        """Raise AssertionError with the whole explanation unless ``passed(*scorers)``.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call is no evidence about the agent.
        """
        __tracebackhide__ = True
        if not self.passed(*scorers):
            raise AssertionError(self.explanation())

    def explanation(self) -> str:
        """Return the call for a person: the failures, their rules and moments, and the page."""
        return explanation(self)

    def _verdict(self, scorers: tuple[str, ...], wanted: Outcome) -> ItemVerdict:
        __tracebackhide__ = True
        self._ask()
        if not scorers:
            holds = self.result.passed is (wanted is Outcome.PASS)
            said = f"call {call_verdict(self.result)[1]}: {headline(self.result)}"
            return ItemVerdict(holds, one_line(said))
        scores = list(map(self._score, scorers))  # no frame of ours in the traceback
        holds = all(score.outcome == wanted.value for score in scores)
        others = [score for score in scores if score.outcome != wanted.value]
        return ItemVerdict(holds, one_line("; ".join(map(moment, others or scores))))

    def _ask(self) -> None:
        __tracebackhide__ = True
        self.asked(self)
        if not counts(self.result):
            raise NotCounted(self.result)

    def _score(self, scorer: str) -> ScoreResult:
        __tracebackhide__ = True
        by_name = {score.scorer: score for score in self.result.scores}
        if scorer not in by_name:
            raise UnknownName("scorer", scorer, tuple(by_name))
        return by_name[scorer]
