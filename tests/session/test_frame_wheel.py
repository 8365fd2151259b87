"""Frames of many streams on one timer: in order, on time, and each in a moment of its own."""

from __future__ import annotations

import asyncio

import pytest

from harness.session.virtual_time import PHASES, START_S, FrameWheel, run_virtual, wheel_of
from harness.units import FRAME_S


def done_at(deadlines: list[float]) -> list[tuple[float, float]]:
    """Return (deadline, when it was done), in the order in which they were done."""

    async def main() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        wheel, done = wheel_of(loop), []
        assert wheel is wheel_of(loop)
        for each in deadlines:
            wheel.at(START_S + each, lambda each=each: done.append((each, loop.time() - START_S)))
        await asyncio.sleep(max(deadlines) + 1.0)
        return done

    return run_virtual(main())


@pytest.mark.parametrize(
    "deadlines",
    [[1.0], [1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
)
def test_everything_is_done_once_in_order_at_its_time(deadlines):
    done = done_at(deadlines)
    assert [each for each, _ in done] == sorted(deadlines)
    assert all(at == pytest.approx(each, abs=1e-6) for each, at in done)


def test_what_is_long_due_is_done_at_once_and_what_comes_meanwhile_finds_its_place():
    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        wheel, done = wheel_of(loop), []

        def early() -> None:
            done.append("early")
            wheel.at(START_S - 1.0, lambda: done.append("added, overdue"))
            wheel.at(START_S + 0.5, lambda: done.append("added"))

        wheel.at(START_S - 2.0, early)
        await asyncio.sleep(0)
        wheel.at(START_S - 3.0, lambda: done.append("between"))
        wheel.at(START_S + 1.0, lambda: done.append("last"))
        await asyncio.sleep(2.0)
        return done

    assert run_virtual(main()) == ["between", "early", "added, overdue", "added", "last"]


def test_calls_that_begin_together_are_spread_over_the_frame():
    async def main() -> None:
        wheel = FrameWheel(asyncio.get_running_loop())
        found = [wheel.take_phase(START_S) for _ in range(2 * PHASES)]
        phases = [phase for phase, _ in found]
        assert sorted(phases) == sorted(2 * list(range(PHASES)))
        assert found[0][1] == 0.0  # who is alone does not wait
        assert all(0.0 <= wait_s < FRAME_S for _, wait_s in found)
        wheel.leave_phase(7)
        assert wheel.take_phase(START_S)[0] == 7

    run_virtual(main())
