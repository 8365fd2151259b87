"""Audio that comes late and in bursts: none is lost or reordered, and the delays are reported."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, scenario, writer
from support.call_plans import script as clips_of
from support.scripted_server import Reply, Script, scripted_server

from harness.caller.background import phone_line_plan
from harness.caller.model import BurstTimes, PhoneLinePlan
from harness.recording.model import Direction, Impairment, Recording
from harness.recording.store import read_recording
from harness.scenario.model import PhoneLine
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.caller_stream import FRAME, Frame
from harness.session.clock import VirtualClock
from harness.session.network import Network
from harness.session.virtual_time import run_virtual
from harness.units import FRAME_S, RATE_HZ

STALLS = {"every": 4, "for": 1.0}


class Wire:
    """Takes frames in place of a connection, with the frame in which each came."""

    def __init__(self) -> None:
        self.came: list[tuple[int, int, bool]] = []
        self.now = 0

    def frame(self, frame: Frame, *, heard: bool) -> None:
        self.came.append((self.now, frame.start // FRAME, heard))


def plan(seed: int = 3, **network: Any) -> PhoneLinePlan:
    found = phone_line_plan(PhoneLine.model_validate({"network": network}, strict=False), seed)
    assert found is not None
    return found


def passed(line: PhoneLinePlan | None, frames: int = 1500) -> tuple[Wire, Network]:
    wire = Wire()
    network = Network(wire, line)  # type: ignore[arg-type]  # a connection's one method
    silence = np.zeros(FRAME, np.int16)

    async def main() -> None:
        for wire.now in range(frames):
            frame = Frame(wire.now * FRAME, silence, silence)
            rest = network.frame(frame, heard=bool(wire.now % 3))
            if rest is not None:
                await rest()

    asyncio.run(main())
    return wire, network


def test_without_a_plan_every_frame_leaves_when_it_is_due() -> None:
    wire, network = passed(None)
    assert wire.came == [(n, n, bool(n % 3)) for n in range(1500)]
    assert network.faults() == ()


@pytest.mark.parametrize(
    "network", [{"jitter_ms": 200}, {"stalls": STALLS}, {"jitter_ms": 300, "stalls": STALLS}]
)
def test_nothing_is_lost_or_overtaken_and_what_is_told_is_what_came_late(
    network: dict[str, Any],
) -> None:
    wire, between = passed(plan(**network))
    assert [number for _, number, _ in wire.came] == list(range(len(wire.came)))
    assert all(heard is bool(number % 3) for _, number, heard in wire.came)
    late = {number: now - number for now, number, _ in wire.came if now > number}
    late |= {number: 1499 - number for number in range(len(wire.came), 1499)}
    told = {
        number: fault
        for fault in between.faults()
        for number in range(fault.start // FRAME, (fault.start + fault.samples) // FRAME)
    }
    assert late.keys() == told.keys()
    assert late
    for number, fault in told.items():
        assert fault.what is Impairment.LATE
        assert late[number] * FRAME_S <= fault.late_s + 1e-9
    for fault in set(told.values()):
        inside = range(fault.start // FRAME, (fault.start + fault.samples) // FRAME)
        assert max(late[n] for n in inside) * FRAME_S == pytest.approx(fault.late_s)


def test_a_stall_holds_everything_and_then_all_of_it_comes_at_once() -> None:
    line = plan(stalls=STALLS)
    assert isinstance(line.stalls, BurstTimes)
    _, between = passed(line, 1000)
    faults = between.faults()
    assert len(faults) == 5
    for number, fault in enumerate(faults):
        first = line.stalls.first(number)
        assert abs(fault.start + FRAME - first) <= FRAME
        assert fault.late_s == pytest.approx(1.0, abs=0.021)
        assert fault.samples == pytest.approx(RATE_HZ, abs=FRAME)


def test_jitter_is_no_more_than_was_asked_for_and_mostly_less() -> None:
    wire, _ = passed(plan(jitter_ms=100))
    late = [now - number for now, number, _ in wire.came]
    assert 4 <= max(late) <= 5
    assert 0.05 < np.mean([one > 0 for one in late]) < 0.6


def test_the_same_seed_holds_up_the_same() -> None:
    first, again, other = (passed(plan(seed, jitter_ms=200))[0].came for seed in (1, 1, 2))
    assert first == again != other


@pytest.fixture
def called(tmp_path: Path, request: pytest.FixtureRequest) -> Recording:
    """A call whose only turn meets a stall of a second."""
    wanted, settings = scenario([{"say": "Where is my order?"}]), request.param
    line = replace(plan(stalls={"every": 30, "for": 1.0}), stalls=STALL_OVER_THE_END)

    async def main() -> None:
        async with scripted_server(Script([Reply("On its way.", 2.0)])) as (url, _):
            made = call_plan(
                url,
                wanted,
                script=replace(clips_of(wanted), line=line),
                session=SessionSettings.model_validate(settings),
            )
            await run_call(made, clock=VirtualClock(), writer=writer(tmp_path))

    run_virtual(main())
    return read_recording(tmp_path)


class _At(BurstTimes):
    def first(self, number: int) -> int:
        return number * self.period + RATE_HZ


STALL_OVER_THE_END = _At(60 * RATE_HZ, RATE_HZ, 0)
"""From 1 s to 2 s of the call: the caller's words end within it."""


@pytest.mark.parametrize("called", [{}], indirect=True)
def test_the_agent_answers_later_and_the_harness_is_not_late(called: Recording) -> None:
    call = called
    (said,), (heard,) = call.utterances, call.played
    assert said.voiced_stop is not None
    assert RATE_HZ < said.voiced_stop < 2 * RATE_HZ
    assert heard.start >= 2 * RATE_HZ
    (fault,) = call.impaired
    assert (fault.what, fault.late_s) == (Impairment.LATE, pytest.approx(1.0, abs=0.021))
    lateness = call.manifest.lateness
    assert lateness is not None
    assert lateness.max_s == 0.0
    assert np.array_equal(call.caller.samples, call.caller_clean.samples)
    sent = [m.at_s for m in call.messages if m.direction is Direction.SENT and m.at_s > 0]
    assert not any(1.03 < at_s < 1.97 for at_s in sent)


@pytest.mark.parametrize("called", [{"turn_detection": "none"}], indirect=True)
def test_a_commit_does_not_overtake_its_sound(called: Recording) -> None:
    (said,) = called.utterances
    kinds = [m.message["type"] for m in called.messages if m.direction is Direction.SENT]
    commit = kinds.index("input_audio_buffer.commit")
    assert kinds.count("input_audio_buffer.append") == -(-said.samples // FRAME)
    assert kinds[:commit].count("input_audio_buffer.append") == -(-said.samples // FRAME)
    assert called.impaired
