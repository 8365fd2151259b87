"""A server that stops reading for a while: frames under way were late, but not because of us."""

from __future__ import annotations

import asyncio

import pytest
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.recording.model import LateFrames
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.caller_stream import FRAME
from harness.session.clock import RealClock
from harness.session.stream import Pacer
from harness.units import FRAME_S


def paced(frames: int, *, late: dict[int, float] | None = None) -> Pacer:
    """A stream of which all frames left in time, but those that are named."""
    pacer = Pacer(0.0)
    for number in range(frames):
        pacer.begins((number + 1) * FRAME_S)
        pacer.left((number + 1) * FRAME_S + (late or {}).get(number, 0.0))
    return pacer


def told(pacer: Pacer) -> list[tuple[int, int, float]]:
    return [
        (each.start // FRAME, each.samples // FRAME, each.late_s) for each in pacer.late_frames()
    ]


def test_what_was_handed_over_before_the_peer_took_nothing_is_not_late():
    pacer = paced(10)
    pacer.stuck(0.11, 0.21)
    assert told(pacer) == [(5, 5, 0.09)]
    assert pacer.lateness().max_s == 0.0


def test_frames_that_were_due_meanwhile_are_late_but_not_by_our_doing():
    pacer = paced(3)
    pacer.left(1.06)  # the last of them waited for a second
    pacer.stuck(0.01, 1.06)
    for number in range(3, 60):
        pacer.passed([max(1.06, (number + 1) * FRAME_S)])
    assert [late for _, _, late in told(pacer)] == [1.04, 0.04]
    assert pacer.lateness().max_s == 0.0


def test_what_was_late_by_our_doing_stays_so():
    pacer = paced(3, late={2: 0.03})
    pacer.passed([1.2])
    pacer.stuck(1.19, 1.5)
    assert pacer.lateness().max_s == pytest.approx(1.12)
    pacer.passed([1.503])
    assert pacer.lateness().p50_s == pytest.approx(0.003)  # since it could leave


def test_two_whiles_on_end_do_not_make_each_other_longer():
    pacer = paced(2)
    pacer.stuck(0.01, 0.5)
    pacer.passed([0.5] * 10)
    pacer.stuck(0.5, 0.9)
    assert told(pacer) == [(0, 12, 0.84)]
    pacer = paced(2)
    pacer.stuck(0.01, 0.5)
    pacer.passed([0.6])
    pacer.stuck(0.55, 0.9)
    assert list(pacer.late_frames()) == [LateFrames(0, 3 * FRAME, 0.84)]
    assert pacer.lateness().max_s == pytest.approx(0.1)


class Pauses:
    """A server that stops reading for a while, and then continues normally."""

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s

    async def __call__(self, session: Session) -> None:
        session.socket.transport.pause_reading()
        await asyncio.sleep(self._for_s)
        session.socket.transport.resume_reading()


def test_a_call_tells_how_late_the_server_can_have_heard_it(tmp_path):
    wanted = scenario([{"say": "Hello?"}], limits={"answer_timeout_s": 4})

    async def main() -> None:
        async with scripted_server(Script([Reply(raw=Pauses(3.0))])) as (url, _):
            await run_call(call_plan(url, wanted), clock=RealClock(), writer=writer(tmp_path))

    asyncio.run(main())
    recording = read_recording(tmp_path)
    own = recording.manifest.lateness
    assert own is not None
    assert own.max_s is not None
    assert max(late.late_s for late in recording.late_frames) > own.max_s + FRAME_S
