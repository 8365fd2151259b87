"""Turns that are sent in one piece, audio and pictures: the messages, and the stored form."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import RATE, call_plan, clip, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.audio.pcm import silence
from harness.caller.model import CallerScript, Clip, SentPicture
from harness.protocol.commands import CreateItem
from harness.recording.model import Recording, UtteranceKind
from harness.recording.store import read_recording
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

STILL = silence(0, RATE)
PICTURE = SentPicture(b"\x89PNG and more", "image/png", "low")
SOUND = clip("Hello there").audio
WORDS = ("ORD-7", "ORD-7", "ORD-7")
ITEM = Clip(STILL, STILL, *WORDS, None, None, item=SOUND)
SHOWN = Clip(STILL, STILL, "", "", "", None, None, file="bill.png", picture=PICTURE)
BOTH = Clip(STILL, STILL, "This one.", "", "", None, None, file="bill.png", picture=PICTURE)


def held(
    folder: Path, sent: Clip, turn: dict[str, Any], session: SessionSettings | None = None
) -> tuple[Recording, list[dict[str, Any]], bytes]:
    """Call with such a turn; return the recording, the server's messages, and events.jsonl."""
    wanted = scenario([turn], limits={"answer_timeout_s": 3})

    async def main() -> list[dict[str, Any]]:
        async with scripted_server(Script([Reply("Fine.", 1.0)])) as (url, sessions):
            plan = call_plan(
                url, wanted, script=CallerScript((sent,), (), None, {}), session=session
            )
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return sessions[0].received

    received = run_virtual(main())
    return read_recording(folder), received, (folder / "events.jsonl").read_bytes()


def mark(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()} ({len(data)} bytes)"


@pytest.mark.parametrize(("form", "count"), [("pcm16_24k", 2), ("pcmu", 1)])
def test_sound_is_sent_as_one_item_in_the_sessions_format(
    tmp_path: Path, form: str, count: int
) -> None:
    session = SessionSettings(input_format=form)
    call, received, kept = held(tmp_path, ITEM, {"say": "x", "audio_item": True}, session)
    sent, asked = received[-2:]
    (part,) = sent["item"]["content"]
    assert part["type"] == "input_audio"
    data = base64.b64decode(part["audio"])
    rate_hz = 24_000 if form == "pcm16_24k" else 8000
    assert len(data) == count * len(SOUND) * rate_hz // RATE
    assert asked["type"] == "response.create"
    assert part["audio"].encode() not in kept
    assert mark(data).encode() in kept
    (said,) = build(call).caller
    assert (said.kind, said.text, said.has_words) == (UtteranceKind.AUDIO_ITEM, "ORD-7", True)
    assert said.span.duration_s == 0
    assert build(call).waits[0].took_s == pytest.approx(0.3, abs=0.03)
    assert not call.caller.samples.any()


@pytest.mark.parametrize(("sent", "words"), [(SHOWN, []), (BOTH, ["This one."])])
def test_a_picture_is_sent_behind_its_words_and_kept_by_its_hash(
    tmp_path: Path, sent: Clip, words: list[str]
) -> None:
    turn: dict[str, Any] = {"image": "bill.png"}
    call, received, kept = held(tmp_path, sent, turn | ({"text": words[0]} if words else {}))
    *texts, shown = received[-2]["item"]["content"]
    assert [part["text"] for part in texts] == words
    assert shown == {"type": "input_image", "image_url": PICTURE.url, "detail": "low"}
    assert received[-1]["type"] == "response.create"
    (command,) = (c.command for c in call.commands if isinstance(c.command, CreateItem))
    assert command.item.content[-1].image_url == mark(PICTURE.data)
    assert kept.count(mark(PICTURE.data).encode()) == 2  # as sent, and as understood
    assert b"base64," not in kept
    (said,) = call.utterances
    assert (said.kind, said.file) == (UtteranceKind.TYPED, "bill.png")
