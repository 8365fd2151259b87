"""Asks one chosen judge from code that is not async, and puts its votes into the stored form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.calls.stopping import stop_signals
from harness.judges.asking import (
    AskedQuestion,
    AskLimits,
    AskReport,
    QuestionAsker,
    Sleep,
    VotePrice,
    no_price,
)
from harness.judges.base import ModelJudge
from harness.judges.model import StoredAnswer, Vote, WriteQuestion
from harness.judges.prompt import question_hash
from harness.judges.registry import judge_for
from harness.scenario.judge_settings import JudgeSettings
from harness.workflows.judge_choice import ChosenJudge

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
