"""Asks a judge many questions concurrently and passes each answer on as it arrives.

A question ends in one of these ways:

- It has all its votes: they are passed on.
- The budget is spent, or the user stops: the votes so far are passed on, the rest is asked later.
- Requests fail temporarily (429, 5xx, a truncated answer, a timeout): they are retried after the
  delay that the endpoint requests, else after 1, 2, 4 s. After the last attempt the question
  stays unanswered.
- The judge is unusable (wrong key, unknown model, no connection, a package that raises): no
  further question is asked.

A failure here never fails a call: the verdicts of the rules stay as they are.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.errors import StorageFailed
from harness.judges.base import AskAgain, JudgeReply, JudgeUnavailable, ModelJudge
from harness.judges.model import JudgePrompt, Question, Vote, prompt_for
from harness.judges.verdicts import AnswerVoid, read_answer
from harness.plugins import plugin_failure

LONGEST_PAUSE_S = 120.0
"""An endpoint that requests a longer delay is unavailable for this command."""

_STOPPED = "stopped before all questions were asked"

_MOST_REASONS = 3
"""Number of reasons for void votes that are reported at the end."""

FAILED_IN_A_ROW = 3
"""After this many consecutive questions without a reply, the endpoint is taken to be down."""


@dataclass(frozen=True, slots=True)
class AskLimits:
    """Limits of votes, requests, cost and time."""

    votes: int = 1
    attempts: int = 4
    """Requests for one vote, the first included."""
    concurrency: int = 4
    max_cost: float | None = None
    timeout_s: float = 60.0
    """Limit of a request, also for a judge without its own timeout."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with its votes so far, and its audio.

    ``done`` is called with all votes when there are new ones; ``wav`` is called when the question
    is asked.
    """

    question: Question
    done: Callable[[tuple[Vote, ...]], None]
    votes: tuple[Vote, ...] = ()
    wav: Callable[[], bytes | None] = lambda: None


@dataclass(slots=True)
class AskReport:
    """The counts and failures of a round of questions."""

    questions: int = 0
    answered: int = 0
    requests: int = 0
    spent: float = 0.0
    unpriced: int = 0
    """Votes whose cost is not known."""
    failed: list[str] = field(default_factory=list)
    """The reason for each unanswered question."""
    void: list[str] = field(default_factory=list)
    """The reason for each void vote."""
    stopped: str = ""
    """The reason why asking ended early; empty if all questions were asked."""


VotePrice = Callable[[Vote], float | None]
"""Returns the cost of a vote, None if it is not known."""

Sleep = Callable[[float], Awaitable[None]]


def no_price(_: Vote) -> None:
    """Return None: no prices were given."""
    return


@dataclass(slots=True)
class QuestionAsker:
    """Asks questions of a judge; tests pass ``sleep`` and ``stop`` to avoid real delays.

    ``told`` is called after each question with the report so far.
    """

    judge: ModelJudge
    name: str
    limits: AskLimits
    price: VotePrice = no_price
    sleep: Sleep = asyncio.sleep
    stop: Callable[[], bool] = lambda: False
    told: Callable[[AskReport], object] = lambda _: None
    report: AskReport = field(default_factory=AskReport)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _row: int = 0
    """Number of consecutive unanswered questions."""

    async def all(self, questions: Iterable[AskedQuestion]) -> AskReport:
        """Ask all questions concurrently; failures are in the returned report."""
        waiting = deque(questions)
        self.report.questions = len(waiting)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(self.limits.concurrency, len(waiting))):
                    self._tasks.append(tasks.create_task(self._work(waiting)))
        finally:
            try:
                await self.judge.close()
            except Exception as error:  # noqa: BLE001  # a package that is not ours
                self._halt(_raised(self.name, error))
        return self.report

    def abort(self) -> None:
        """Cancel all requests because the user stops; the votes so far are passed on."""
        self._halt(_STOPPED)
        for task in self._tasks:
            task.cancel()

    async def _work(self, waiting: deque[AskedQuestion]) -> None:
        while waiting and not self._over():
            asked = waiting.popleft()
            votes = await self._votes(asked)
            if len(votes) > len(asked.votes):
                try:
                    asked.done(votes)
                except StorageFailed as failed:
                    self._halt(str(failed))
            self.report.answered += len(votes) >= self.limits.votes
            self.told(self.report)

    def _over(self) -> bool:
        """Return whether asking must end, and record the reason."""
        if self.stop():
            self._halt(_STOPPED)
        limit = self.limits.max_cost
        if limit is not None and self.report.unpriced:
            self._halt("the endpoint did not report its tokens, so no budget can be kept")
        elif limit is not None and self.report.spent >= limit:
            self._halt(f"the budget of {limit:g} is spent ({self.report.spent:.4g})")
        return bool(self.report.stopped)

    def _halt(self, why: str) -> None:
        # The first reason is the cause; later ones may only follow from it.
        self.report.stopped = self.report.stopped or why

    async def _votes(self, asked: AskedQuestion) -> tuple[Vote, ...]:
        """Return the votes of a question, fewer if asking ended first."""
        votes = list(asked.votes)
        try:
            prompt = prompt_for(asked.question, asked.wav())
            while len(votes) < self.limits.votes and not self._over():
                vote = await self._vote(asked.question, prompt)
                votes.append(vote)
                self.report.void += [vote.void] if vote.void else []
                cost = self.price(vote)
                self.report.spent += cost or 0.0
                self.report.unpriced += cost is None
                self._row = 0  # a void vote resets it, too: the endpoint replies
        except asyncio.CancelledError:
            self._halt(_STOPPED)  # by ``abort``; the votes so far are kept
        except JudgeUnavailable as unavailable:
            self._halt(str(unavailable))
        except AskAgain as failed:
            self.report.failed.append(failed.detail)
            self._row += 1
            if self._row >= FAILED_IN_A_ROW:
                self._halt(f"judge {self.name}: {failed.detail}, {self._row} questions in a row")
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a judge may be any package's
            self._halt(_raised(self.name, error))
        return tuple(votes)

    async def _vote(self, question: Question, prompt: JudgePrompt) -> Vote:
        reply = await self._reply(prompt)
        if not isinstance(reply, JudgeReply):
            raise TypeError(f"expected a JudgeReply, got {type(reply).__name__}")
        used = reply.input_tokens, reply.output_tokens
        if reply.refusal:
            return Vote(None, reply.refusal, *used)
        try:
            return Vote(read_answer(reply.text, question), "", *used)
        except AnswerVoid as void:
            return Vote(None, str(void), *used)

    async def _reply(self, prompt: JudgePrompt) -> JudgeReply:
        """Return a reply, retrying temporary failures; raises as ``ModelJudge.ask`` does."""
        for attempt in range(1, self.limits.attempts + 1):
            self.report.requests += 1
            try:
                async with asyncio.timeout(self.limits.timeout_s):
                    return await self.judge.ask(prompt)
            except AskAgain as failed:
                detail, after_s = failed.detail, failed.after_s
            except TimeoutError:
                detail, after_s = f"no answer within {self.limits.timeout_s:g} s", None
            if attempt == self.limits.attempts or self.stop() or self.report.stopped:
                break
            pause_s = 2.0 ** (attempt - 1) if after_s is None else after_s
            if pause_s > LONGEST_PAUSE_S:
                raise JudgeUnavailable(self.name, f"{detail}: asks to wait {pause_s:.0f} s")
            await self.sleep(pause_s)
        raise AskAgain(detail)


def _raised(name: str, error: BaseException) -> str:
    if told := plugin_failure(error):
        return f"judge {name}: {told}"
    why = " ".join(str(error).split())[:200]
    return f"judge {name} raised {type(error).__name__}: {why}".removesuffix(": ")


def failures(report: AskReport) -> Sequence[str]:
    """Return the reasons for unanswered questions and void votes, each with its count.

    Only the most frequent reasons for void votes are listed, because most contain a quote.
    """
    lines = [f"{n} without an answer: {why}" for why, n in Counter(report.failed).items()]
    void = Counter(report.void)
    most = void.most_common(_MOST_REASONS)
    lines += [f"{n} void, which decides nothing: {why}" for why, n in most]
    left = len(report.void) - sum(n for _, n in most)
    return [*lines, f"{left} more void for other reasons"] if left else lines
