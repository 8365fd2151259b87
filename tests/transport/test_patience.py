"""Several calls of a full server: they wait together, and come back one by one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import ConnectFailed
from harness.runs.plan import StartRate
from harness.session.virtual_time import START_S, run_virtual
from harness.transport.retry import (
    JITTER,
    MOST_TRIES,
    Admission,
    Begins,
    Doors,
    Entry,
    open_patiently,
    own_turn,
)

URL = "ws://127.0.0.1:9/v1/realtime"


class FullUntil:
    """A server that refuses all clients before a time, and notes the times of the requests."""

    def __init__(self, until_s: float, again_s: float | None = 0.0) -> None:
        self.until_s, self.again_s = until_s, again_s
        self.asked_s: list[float] = []

    async def connect(self) -> Any:
        now_s = asyncio.get_running_loop().time() - START_S
        self.asked_s.append(round(now_s, 3))
        if now_s < self.until_s:
            raise ConnectFailed(URL, "rejected", "HTTP 429", status=429, again_s=self.again_s)
        return self


def called(
    server: FullUntil,
    starts_s: list[float],
    doors: Callable[[], Doors],
    rate: StartRate | None = None,
) -> list[Any]:
    """Return the outcomes of calls that begin at these times, or at their turns from then on."""

    async def one(start_s: float, shared: Doors, seed: int) -> Any:
        await asyncio.sleep(start_s)
        await own_turn(rate)
        try:
            opened = await open_patiently(server.connect, URL, seed=seed, doors=shared)
        except ConnectFailed as failed:
            return failed.detail
        return opened[1]

    async def main() -> list[Any]:
        its = doors()
        return await asyncio.gather(
            *(one(start_s, its, seed) for seed, start_s in enumerate(starts_s))
        )

    return run_virtual(main())


def test_calls_that_come_while_another_waits_do_not_ask_and_their_detail_says_so(capsys):
    server = FullUntil(5.0, again_s=5.0)
    first, *others = called(server, [0.0, 1.0, 2.0, 3.0], Doors)
    assert first.startswith("the server was full at first: let in at try 2, after ")
    assert all(told.startswith("the server was full for other calls: let in") for told in others)
    refused, *entered = server.asked_s
    assert refused == 0.0
    assert 5.0 <= entered[0] <= 5.0 * (1 + JITTER)
    gaps = [later - before for before, later in itertools.pairwise(entered)]
    assert gaps == pytest.approx([1 / 2, 1 / 3, 1 / 4], abs=2e-3)
    assert capsys.readouterr().err.count("asking again in") == 1


def test_who_comes_when_the_doors_open_enters_behind_those_who_wait():
    rule, entered = Admission(), []
    rule.refused(START_S, 5.0)

    async def main() -> None:
        doors, clock = Doors(rule), asyncio.get_running_loop()

        async def enter(name: str, start_s: float) -> None:
            await asyncio.sleep(start_s)
            await doors.enter()
            entered.append((name, clock.time() - START_S))

        await asyncio.gather(enter("late", 5.0), enter("early", 1.0))

    run_virtual(main())
    assert entered == [("early", 5.0), ("late", 6.0)]


def test_a_server_that_says_nothing_is_asked_by_one_call_at_a_time_and_ever_later():
    server = FullUntil(9.0)
    told = called(server, [0.0] + [0.5 + n / 10 for n in range(5)], Doors)
    assert all("let in" in one for one in told)
    before = [at_s for at_s in server.asked_s if at_s < 9.0]
    assert len(before) <= 4
    gaps = [later - first for first, later in itertools.pairwise(before)]
    assert all(later > 1.3 * first for first, later in itertools.pairwise(gaps))


def test_nobody_asks_a_server_that_is_full_for_longer_than_a_call_waits():
    server = FullUntil(3600.0, again_s=3600.0)
    first, second = called(server, [0.0, 1.0], Doors)
    assert server.asked_s == [0.0]
    assert first == "HTTP 429; longer than the 60 s that a call waits"
    assert second == "HTTP 429, as another call was told; longer than the 60 s that a call waits"


def test_a_refusal_for_good_concerns_its_call_alone():
    server = FullUntil(3600.0, again_s=None)
    assert called(server, [0.0, 1.0], Doors) == ["HTTP 429"] * 2
    assert server.asked_s == [0.0, 1.0]


def test_a_call_that_is_given_up_lets_the_next_in():
    async def main() -> str:
        doors, server = Doors(), FullUntil(5.0, again_s=5.0)

        async def call(seed: int) -> str:
            return (await open_patiently(server.connect, URL, seed=seed, doors=doors))[1]

        first, second = (asyncio.ensure_future(call(seed)) for seed in (1, 2))
        await asyncio.sleep(1)
        first.cancel()
        return await second

    assert "let in" in run_virtual(main())


def test_a_server_that_stays_full_is_given_up_by_all_within_the_time_of_one():
    server = FullUntil(1e6)
    told = called(server, [n / 10 for n in range(20)], Doors)
    assert len(told) == 20
    assert len(server.asked_s) <= 20 + 3 * MOST_TRIES
    assert max(server.asked_s) <= 75


def test_a_further_try_waits_for_its_turn_of_the_rate_once_the_doors_are_open():
    rate, server = StartRate(6), FullUntil(1.0, again_s=1.0)
    (told,) = called(server, [0.0], lambda: Doors(turns=rate), rate)
    assert server.asked_s == [0.0, 10.0]
    assert told.endswith(": let in at try 2, after 1 s and 9 s for our own rate")


def test_no_minute_has_more_connections_than_the_rate_behind_a_full_server_too():
    rate, server = StartRate(6), FullUntil(1.0, again_s=40.0)
    told = called(server, [0.0] * 11, lambda: Doors(turns=rate), rate)
    assert sum("full at first" in one for one in told) == 1
    assert sum("full for other calls" in one for one in told) >= 3
    assert len(server.asked_s) == 12
    asked_s = server.asked_s
    assert min(later - first for first, later in itertools.pairwise(asked_s)) >= 9.9


def test_who_finds_the_doors_shut_when_the_turn_comes_takes_another():
    rate, rule = StartRate(6), Admission()
    rule.refused(START_S, 1.0)

    async def main() -> tuple[Entry, float]:
        clock, doors = asyncio.get_running_loop(), Doors(rule, rate)
        rate.turn_s(clock.time())
        clock.call_at(START_S + 5.0, rule.refused, START_S + 5.0, 8.0)
        return await doors.enter(), clock.time() - START_S

    assert run_virtual(main()) == (Entry("", 1.0 + 3.0, 9.0 + 7.0), 20.0)


def test_waiting_for_the_rate_is_not_the_server_s_being_full():
    rate, server = StartRate(1), FullUntil(65.0, again_s=1.0)
    (told,) = called(server, [0.0], lambda: Doors(turns=rate), rate)
    assert server.asked_s == [0.0, 60.0, 120.0]
    assert told.startswith("the server was full at first: let in at try 3, after 3 s and 117 s for")
    server = FullUntil(1e6, again_s=1.0)
    (told,) = called(server, [0.0], lambda: Doors(turns=StartRate(1)))
    assert len(server.asked_s) == MOST_TRIES
    assert told == f"HTTP 429; asked {MOST_TRIES} times in 4 s and 117 s for our own rate"


def test_a_call_waits_no_longer_at_shut_doors_than_its_refusals_have_left_it():
    rule, late = Admission(), 40.0
    rule.refused(START_S, 30.0)

    async def main(here_s: float) -> Entry:
        return await Doors(rule).enter(Begins.TRY, here_s)

    assert run_virtual(main(0.0)).shut == ""
    assert "longer than the 60 s" in run_virtual(main(late)).shut


def test_a_further_session_waits_for_no_turn_and_the_next_start_is_later_for_it():
    rate = StartRate(6)

    async def main() -> list[float]:
        clock, doors = asyncio.get_running_loop(), Doors(turns=rate)
        first_s = rate.turn_s(clock.time())
        for begins in (Begins.CALL, Begins.SESSION):
            assert await doors.enter(begins) == Entry("", 0.0, 0.0)
        return [clock.time() - first_s, rate.turn_s(clock.time()) - first_s]

    assert run_virtual(main()) == [0.0, 20.0]


def test_a_further_session_takes_its_turn_when_the_doors_are_open():
    rate, rule = StartRate(6), Admission()
    rule.refused(START_S, 25.0)

    async def main() -> tuple[Entry, float]:
        entry = await Doors(rule, rate).enter(Begins.SESSION)
        return entry, rate.turn_s(START_S) - START_S

    assert run_virtual(main()) == (Entry("", 25.0, 0.0), 35.0)


def test_doors_are_as_shut_as_others_left_them():
    rule = Admission()
    server = FullUntil(3.0, again_s=3.0)
    called(server, [0.0], lambda: Doors(rule))

    async def later() -> float:
        return Doors(rule).shut_s

    rule.refused(START_S, 7.0)
    assert run_virtual(later()) == 7.0
