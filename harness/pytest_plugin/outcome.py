"""What a test learns of a call: verdicts that are true or false, and say why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import OperationError, UnknownName
from harness.judging.judge import judge
from harness.pytest_plugin.explain import explanation, headline, moment
from harness.recording.store import read_recording
from harness.report.figures import one_line
from harness.report.verdict import call_verdict
from harness.results.convert import counts
from harness.results.lost import status_text
from harness.scorers.base import Outcome

if TYPE_CHECKING:
    from harness.judging.judge import Judged
    from harness.recording.model import Recording
    from harness.results.model import CallResult, ScoreResult
    from harness.scenario.load import LoadedScenario


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
    """One call, over and judged.

    ``folder`` holds its recording, and the page to open once the session has ended.
    """

    result: CallResult
    loaded: LoadedScenario
    folder: Path
    target: str
    asked: Callable[[CallOutcome], None]
    """Told whenever a test asks for a verdict, so that a failing test can show the whole call."""
    note: str = ""
    """What makes its times doubtful, empty for nothing."""

    def __repr__(self) -> str:
        return f"<call {self.result.scenario!r}: {call_verdict(self.result)[1]}>"

    @property
    def page(self) -> Path:
        """The page on which the call can be heard."""
        return self.folder / "index.html"

    @property
    def recording(self) -> Recording:
        """Everything that happened; raises RecordingDamaged if nothing was recorded."""
        return read_recording(self.folder)

    @property
    def judged(self) -> Judged:
        """The recording and what follows from it; raises RecordingDamaged if there is none."""
        return judge(self.recording)

    def passed(self, *scorers: str) -> ItemVerdict:
        """Say whether these scorers passed; without any, whether the call did.

        What is not judged (not applicable, needs review) has not passed.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call says nothing about the agent.
        """
        __tracebackhide__ = True
        return self._verdict(scorers, Outcome.PASS)

    def failed(self, *scorers: str) -> ItemVerdict:
        """Say whether these scorers failed; without any, whether the call did.

        It is not the opposite of ``passed``: what is not judged has neither passed nor failed.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call says nothing about the agent.
        """
        __tracebackhide__ = True
        return self._verdict(scorers, Outcome.FAIL)

    def score(self, scorer: str) -> ScoreResult:
        """Return one scorer's verdict with value, evidence and details.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call says nothing about the agent.
        """
        __tracebackhide__ = True
        self._ask()
        return self._score(scorer)

    def assert_passed(self, *scorers: str) -> None:
        """Raise AssertionError with the whole explanation unless ``passed(*scorers)``.

        Raises:
            UnknownName: no scorer of that name judged the call.
            NotCounted: the call says nothing about the agent.
        """
        __tracebackhide__ = True
        if not self.passed(*scorers):
            raise AssertionError(self.explanation())

    def explanation(self) -> str:
        """Return the call for a person: what failed, by which rule, at which moment, the page."""
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
