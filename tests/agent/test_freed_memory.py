"""The memory of ended sessions is given back: when none is open, and after every 100th."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from harness.agent.server.websocket_server import FreedMemory
from harness.session.clock import Clock, RealClock, VirtualClock


async def given_back(clock: Clock, *, open_: int, ended: int) -> int:
    """Return how often ``ended`` sessions gave memory back while ``open_`` others were open."""
    calls: list[int] = []
    memory = FreedMemory(clock, lambda: calls.append(1))
    with ExitStack() as others:
        for _ in range(open_):
            others.enter_context(memory.session())
        for _ in range(ended):
            with memory.session():
                pass
    await asyncio.get_running_loop().shutdown_default_executor()
    return len(calls) - bool(open_)  # the end of the last of the others gives back, too


@pytest.mark.parametrize(
    ("open_", "ended", "times"),
    [(0, 0, 0), (0, 1, 1), (0, 3, 3), (1, 99, 0), (1, 100, 1), (2, 150, 1), (2, 200, 2)],
)
def test_memory_is_given_back_when_no_session_is_open(open_: int, ended: int, times: int) -> None:
    assert asyncio.run(given_back(RealClock(), open_=open_, ended=ended)) == times


def test_virtual_time_gives_nothing_back() -> None:
    assert asyncio.run(given_back(VirtualClock(), open_=0, ended=200)) == 0


def test_the_c_library_gives_pages_back() -> None:
    async def one() -> None:
        with FreedMemory(RealClock()).session():
            pass

    asyncio.run(one())
