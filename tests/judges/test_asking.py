"""Votes, retries, budget and wishes to stop, against real sockets and with a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from support.judge_server import JudgeServer, Play, answer, error, judge_server, said

from harness.errors import StorageFailed
from harness.judges.base import JudgeReply, JudgeUnavailable
from harness.judges.batch import AskedQuestion, AskLimits, AskReport, QuestionAsker, failures
from harness.judges.model import JudgedTurn, JudgePrompt, Vote, WriteQuestion
from harness.judges.openai_chat import openai_chat
from harness.scenario.model import JudgeSettings


def question(call: int = 0) -> WriteQuestion:
    turns = (
        JudgedTurn(1, "caller", "I want a boat for the lake.", 0.0, 1.0),
        JudgedTurn(2, "agent", "Shall I book the canoe for you?", 2.0, 3.0),
        JudgedTurn(3, "caller", "Whatever floats, I suppose.", 4.0, 5.0),
    )
    return WriteQuestion(
        call, "book_boat", "", {}, {"boat": "canoe"}, {"boat": "canoe"}, turns, "en"
    )


@dataclass
class Clock:
    """Notes pauses and lets none pass."""

    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass
class Kept:
    """Takes votes as they are handed on, by the number of the question."""

    votes: dict[int, tuple[Vote, ...]] = field(default_factory=dict)

    def asked(self, count: int, before: tuple[Vote, ...] = ()) -> list[AskedQuestion]:
        return [AskedQuestion(question(n), self._taker(n), before) for n in range(count)]

    def _taker(self, number: int) -> Callable[[tuple[Vote, ...]], None]:
        return lambda votes: self.votes.update({number: votes})


def ask(
    server: JudgeServer, count: int = 1, *, clock: Clock | None = None, **limits: Any
) -> tuple[AskReport, Kept]:
    """Ask so many questions in sequence, in a time limit of a fifth of a second."""
    settings = JudgeSettings(model="tiny", base_url=server.url, timeout_s=0.2)
    kept, clock = Kept(), clock or Clock()

    async def run() -> AskReport:
        limit = AskLimits(**{"concurrency": 1, "timeout_s": 5.0, **limits})
        asking = QuestionAsker(openai_chat(settings), "tiny", limit, sleep=clock.sleep)
        return await asking.all(kept.asked(count))

    return asyncio.run(run()), kept


GOOD = said(answer())

FOR_NOW: dict[str, tuple[Sequence[Play], list[float]]] = {
    "429 with Retry-After": ([error(429, "slow down", Retry_After="7")], [7.0]),
    "429 without": ([error(429)], [1.0]),
    "odd number": ([error(429, Retry_After="١.5.2")], [1.0]),
    "odd Retry-After": ([error(429, Retry_After="soon")], [1.0]),
    "503 twice": ([error(503), error(502)], [1.0, 2.0]),
    "500 thrice": ([error(500)] * 3, [1.0, 2.0, 4.0]),
    "cut": ([Play(200, GOOD.body, cut=True)], [1.0]),
    "slow": ([Play(late=True)], [1.0]),
}


@pytest.mark.parametrize("fault", FOR_NOW)
def test_fault_for_now_is_asked_again(fault: str) -> None:
    plays, pauses = FOR_NOW[fault]
    clock = Clock()
    with judge_server(*plays, GOOD) as server:
        report, kept = ask(server, clock=clock)
        assert len(server.requests) == len(plays) + 1
    assert clock.pauses == pauses
    assert (report.answered, report.failed, report.stopped) == (1, [], "")
    assert kept.votes[0][0].answer is not None


def test_retry_after_may_be_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    clock = Clock()
    with judge_server(error(429, Retry_After=then), GOOD) as server:
        ask(server, clock=clock)
    assert 30 < clock.pauses[0] <= 40


def test_question_stays_unanswered_when_attempts_end() -> None:
    with judge_server(error(503, "overloaded")) as server:
        report, kept = ask(server, attempts=2)
        assert len(server.requests) == 2
    assert kept.votes == {}
    assert failures(report) == ["1 without an answer: HTTP 503: overloaded"]


def test_three_failures_in_a_row_end_the_asking() -> None:
    with judge_server(error(503)) as server:
        report, _ = ask(server, 10, attempts=1)
        assert len(server.requests) == 3
    assert report.stopped == "judge tiny: HTTP 503, 3 questions in a row"


def test_an_answer_between_failures_keeps_asking() -> None:
    plays = [error(503), error(503), GOOD, error(503), error(503), GOOD]
    with judge_server(*plays) as server:
        report, kept = ask(server, 6, attempts=1)
    assert report.stopped == ""
    assert sorted(kept.votes) == [2, 5]


def test_long_pause_is_unavailable() -> None:
    clock = Clock()
    with judge_server(error(429, Retry_After="3600")) as server:
        report, _ = ask(server, 5, clock=clock)
        assert len(server.requests) == 1
    assert clock.pauses == []
    assert "asks to wait 3600 s" in report.stopped


def test_votes_before_a_failure_are_handed_on() -> None:
    with judge_server(GOOD, error(401)) as server:
        report, kept = ask(server, votes=3)
    assert len(kept.votes[0]) == 1
    assert report.answered == 0


def test_several_questions_at_a_time() -> None:
    with judge_server(GOOD) as server:
        report, kept = ask(server, 20, concurrency=8, votes=2)
        assert len(server.requests) == 40
    assert report.answered == 20
    assert all(len(votes) == 2 for votes in kept.votes.values())


@dataclass
class Scripted:
    """A judge of a package: follows its script in order; the last step repeats."""

    acts: list[Any]
    closes: BaseException | None = None

    async def ask(self, _: JudgePrompt) -> Any:
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, BaseException):
            raise act
        return await act() if callable(act) else act

    async def close(self) -> None:
        if self.closes is not None:
            raise self.closes


def ask_scripted(judge: Scripted, count: int = 3, **more: Any) -> tuple[AskReport, Kept]:
    kept = Kept()
    limits = AskLimits(concurrency=1, timeout_s=0.05, attempts=1)

    async def run() -> AskReport:
        return await QuestionAsker(judge, "oracle", limits, sleep=Clock().sleep, **more).all(
            kept.asked(count)
        )

    return asyncio.run(run()), kept


async def _never() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (ValueError("no\nsuch head"), "judge oracle raised ValueError: no such head"),
        (SystemExit(3), "judge oracle raised SystemExit: 3"),
        (JudgeUnavailable("oracle", "asleep"), "judge oracle: asleep"),
        ("agreed", "judge oracle raised TypeError: expected a JudgeReply, got str"),
        (None, "judge oracle raised TypeError: expected a JudgeReply, got NoneType"),
    ],
)
def test_judge_of_a_package_that_breaks_ends_the_asking(act: object, told: str) -> None:
    report, kept = ask_scripted(Scripted([JudgeReply(answer()), act]))
    assert report.stopped == told
    assert list(kept.votes) == [0]


def test_judge_that_never_answers_is_ended_from_outside() -> None:
    report, _ = ask_scripted(Scripted([_never]))
    assert report.stopped.startswith("judge oracle: no answer within 0.05 s")


def test_judge_that_breaks_on_close_keeps_its_answers() -> None:
    report, kept = ask_scripted(Scripted([JudgeReply(answer())], closes=OSError("gone")))
    assert report.stopped == "judge oracle raised OSError: gone"
    assert len(kept.votes) == 3


def test_wish_to_stop_keeps_what_is_there() -> None:
    wishes = iter([False, False, True])
    report, kept = ask_scripted(Scripted([JudgeReply(answer())]), stop=lambda: next(wishes, True))
    assert report.stopped == "stopped before all questions were asked"
    assert len(kept.votes) == 1


def test_abort_ends_requests_under_way_and_keeps_votes() -> None:
    kept = Kept()

    async def run() -> AskReport:
        entered = asyncio.Event()

        async def hang() -> None:
            entered.set()
            await asyncio.Event().wait()

        limits = AskLimits(votes=2, concurrency=1, timeout_s=30.0)
        asking = QuestionAsker(Scripted([JudgeReply(answer()), hang]), "oracle", limits)
        task = asyncio.create_task(asking.all(kept.asked(2)))
        await entered.wait()
        asking.abort()
        return await task

    report = asyncio.run(run())
    assert report.stopped == "stopped before all questions were asked"
    assert {number: len(votes) for number, votes in kept.votes.items()} == {0: 1}


def test_full_disk_ends_the_asking() -> None:
    def full(_: tuple[Vote, ...]) -> None:
        raise StorageFailed(__import__("pathlib").Path("judged.json"), "disk full")

    async def run() -> AskReport:
        judge = Scripted([JudgeReply(answer())])
        asking = QuestionAsker(judge, "oracle", AskLimits(concurrency=1), sleep=Clock().sleep)
        return await asking.all([AskedQuestion(question(n), full) for n in range(3)])

    report = asyncio.run(run())
    assert report.stopped == "cannot write judged.json: disk full"
    assert report.requests == 1


def test_key_that_no_header_can_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", "schlüssel→")
    settings = JudgeSettings(model="tiny", base_url="http://127.0.0.1:1", key_env="JUDGE_KEY")
    with pytest.raises(JudgeUnavailable, match="JUDGE_KEY holds a sign that no HTTP header"):
        openai_chat(settings)
