"""Frames that are made ahead: recordings are as if every frame had been made by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, scenario, writer
from support.call_plans import script as clips_of
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.caller.model import Bed, BurstTimes
from harness.recording.store import read_recording
from harness.recording.writer import EVENTS, TRACKS
from harness.session import stream as foreseen
from harness.session.call import run_call
from harness.session.caller_stream import FRAME, PlacedUtterance, Uplink
from harness.session.clock import VirtualClock
from harness.session.stream import CallStream
from harness.session.virtual_time import run_virtual

NOISE = np.random.default_rng(3).integers(-900, 900, 24_000).astype(np.int16)
BED = Bed("white", NOISE)
BURSTS = Bed("white", NOISE, BurstTimes(30_000, 9_000, 5))
HELLO = {"if_silent_for": 1.5, "say": "Hello?"}


def recorded(folder: Path, server: Script, turns: list[dict[str, Any]], **more: Any) -> list[bytes]:
    """Return the files of one call."""
    bed, plan_of = more.pop("bed", None), more.pop("plan", {})
    wanted = scenario(turns, **more)

    async def main() -> None:
        async with scripted_server(server) as (url, _):
            plan = call_plan(url, wanted, script=clips_of(wanted, bed=bed), **plan_of)
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    run_virtual(main())
    return [(folder / name).read_bytes() for name in (EVENTS, *TRACKS)]


@pytest.mark.parametrize(
    ("turns", "replies", "more"),
    [
        ([{"say": "A."}, {"say": "B."}], [Reply("One.", 2.0), Reply("Two.", 1.0)], {}),
        ([{"say": "A."}, {"silence": 2}, {"say": "B."}], [Reply("One.", 2.0)] * 2, {}),
        ([{"say": "A."}], [Reply("One.", 2.0)], {"bed": BED}),
        ([{"say": "A."}, {"say": "B."}], [Reply("One.", 2.0)] * 2, {"bed": BURSTS}),
        (
            [{"say": "A."}, {"say": "B.", "barge_in": {"after_s": 0.5}}],
            [Reply("One, two, three.", 4.0), Reply("Two.", 1.0)],
            {},
        ),
        ([{"say": "A."}], [Reply(calls=(("lookup_order", "{}"),)), Reply("Done.")], {}),
        ([{"say": "A."}], [Reply("One.", delay_s=4.0)], {"answers": [HELLO]}),
        ([{"say": "A."}], [], {"limits": {"answer_timeout_s": 3.0}}),
        ([{"say": "A."}, {"text": "B."}], [Reply("One."), Reply("Two.")], {}),
        (
            [{"say": "A."}, {"disconnect": {"how": "drop", "for": 0.5}}, {"say": "B."}],
            [Reply("One."), Reply("Two.")],
            {},
        ),
    ],
)
def test_a_recording_is_the_same_to_the_byte(tmp_path, monkeypatch, turns, replies, more):
    ahead = recorded(tmp_path / "ahead", Script(list(replies)), turns, **more)
    monkeypatch.setattr(foreseen, "AHEAD", 0)
    one_by_one = recorded(tmp_path / "one", Script(list(replies)), turns, **more)
    assert ahead == one_by_one


async def _closes_amid_what_the_caller_says(session: Session) -> None:
    response = {"id": "resp_1", "status": "in_progress", "output": []}
    await session.send("response.created", response=response)
    await session.speak("resp_1", Reply("One.", 1.0))
    await session.send("response.done", response=response | {"status": "completed"})
    await asyncio.sleep(2.0)
    await session.socket.close(1001, "")


def test_a_line_that_goes_without_a_word_is_no_different(tmp_path, monkeypatch):
    """A close is no message, so no record is written before the spoken words are known."""
    monkeypatch.setattr("harness.session.call_end.LONGEST_S", 1.0)
    turns, plan = [{"say": "A."}, {"say": "B."}], {"rejoins": True}
    replies = [Reply(raw=_closes_amid_what_the_caller_says), Reply("Two.")]
    ahead = recorded(tmp_path / "ahead", Script(list(replies)), turns, plan=plan)
    monkeypatch.setattr(foreseen, "AHEAD", 0)
    assert recorded(tmp_path / "one", Script(list(replies)), turns, plan=plan) == ahead
    (broken_off,) = (each for each in read_recording(tmp_path / "ahead").utterances if each.lost)
    assert 0 < broken_off.samples < 20_000


def test_most_frames_of_a_call_are_made_ahead(tmp_path, monkeypatch):
    by_itself, frame = [], CallStream._frame

    def counted(stream, pacer):
        by_itself.append(pacer.frames)
        return frame(stream, pacer)

    monkeypatch.setattr(CallStream, "_frame", counted)
    _, caller, *_ = recorded(tmp_path, Script([Reply("One.", 8.0)]), [{"say": "A."}])
    frames = (len(caller) - 44) // (2 * FRAME)
    assert len(by_itself) < frames / 2


def test_what_is_foreseen_is_what_comes():
    wanted = scenario([{"say": "A."}])
    clip = clips_of(wanted).turns[0]
    for bed in (None, BED, BURSTS):
        seen, taken = Uplink(bed), Uplink(bed)
        for uplink in (seen, taken):
            uplink.next()
            uplink.begin(clip, PlacedUtterance("speech", 0, None, barge_in=False))
        frames = seen.ahead(1000)
        count = len(frames.sent) // FRAME
        assert count == (len(clip.audio) - 1) // FRAME  # the last frame ends the clip
        singly = [taken.next() for _ in range(count)]
        assert np.array_equal(frames.sent, np.concatenate([each.sent for each in singly]))
        assert np.array_equal(frames.clean, np.concatenate([each.clean for each in singly]))
        assert taken.ended() is None
        seen.passed(count)
        assert seen.position == taken.position
        assert seen.ahead(1000) is None
