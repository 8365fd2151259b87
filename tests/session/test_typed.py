"""Turns that are typed: sent as text between spoken ones, answered, and judged as the caller's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import RATE, call_plan, clip, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.audio.pcm import silence
from harness.caller.model import CallerScript, Clip
from harness.recording.model import Recording, UtteranceKind
from harness.recording.store import read_recording
from harness.scenario.session_settings import ServerVadSettings, SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

STILL = silence(0, RATE)
FIRST, SECOND = Reply("Which one?", 1.0), Reply("It has shipped.", 1.0)
TYPED = "ORD-7, please."


def held(
    folder: Path,
    turns: list[dict[str, Any]],
    *,
    session: SessionSettings | None = None,
    delay_s: float = 0.3,
) -> tuple[Recording, list[dict[str, Any]]]:
    """Make a call; return its recording, and the server's received messages without audio."""
    wanted = scenario(turns, limits={"answer_timeout_s": 3})
    clips = tuple(
        clip(turn.say)
        if isinstance(turn.say, str)
        else Clip(STILL, STILL, turn.text or "", turn.text or "", turn.text or "", None, None)
        for turn in wanted.turns
    )

    replies = [replace(reply, delay_s=delay_s) for reply in (FIRST, SECOND)]

    async def main() -> list[dict[str, Any]]:
        async with scripted_server(Script(replies)) as (url, sessions):
            script = CallerScript(clips, (), None, {})
            plan = call_plan(url, wanted, script=script, session=session)
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return sessions[0].received

    received = run_virtual(main())
    return read_recording(folder), received


@pytest.mark.parametrize("detection", ["none", ServerVadSettings(type="server_vad")])
def test_a_typed_turn_is_sent_and_its_answer_waited_for_from_then(tmp_path, detection):
    session = SessionSettings(turn_detection=detection)
    call, received = held(tmp_path, [{"say": "Where is it?"}, {"text": TYPED}], session=session)
    assert call.manifest.status_detail == ""
    typed, asked = received[-2:]
    words = [{"type": "input_text", "text": TYPED}]
    assert typed["item"] == {"type": "message", "role": "user", "content": words}
    assert asked["type"] == "response.create"
    facts = build(call)
    written = facts.caller[1]
    assert (written.kind, written.text, written.has_words) == (UtteranceKind.TYPED, TYPED, True)
    assert written.span.duration_s == 0
    assert [said.claimed for said in facts.agent] == [FIRST.text, SECOND.text]
    assert written.span.start_s == pytest.approx(facts.agent[0].span.end_s + 0.6, abs=0.03)
    second = facts.waits[1]
    assert (second.caller, second.utterance) == (1, 1)
    assert second.from_s == written.span.end_s
    assert second.took_s == pytest.approx(0.3, abs=0.03)


def test_a_call_may_begin_with_a_typed_turn_and_miss_its_answer(tmp_path):
    call, _ = held(tmp_path, [{"text": TYPED}, {"say": "Well?"}, {"text": "Hello?"}])
    assert call.manifest.status_detail == "no answer within 3 s"
    assert [wait.answered_s is None for wait in build(call).waits] == [False, False, True]


def test_what_is_typed_over_the_agent_is_no_barge_in_and_asks_once_it_has_finished(tmp_path):
    turns = [{"say": "Where is it?"}, {"text": TYPED, "start": {"on_event": "response.created"}}]
    call, received = held(tmp_path, turns)
    assert [message["type"] for message in received[-2:]] == [
        "conversation.item.create",
        "response.create",
    ]
    facts = build(call)
    assert facts.barge_ins == ()
    assert [said.claimed for said in facts.agent] == [FIRST.text, SECOND.text]
    assert not call.utterances[1].barge_in


@pytest.mark.parametrize("frame", range(25, 61, 5))
def test_an_answer_that_begins_in_the_very_instant_is_one(tmp_path, frame):
    call, _ = held(tmp_path, [{"text": TYPED, "start": {"at_s": frame / 50}}], delay_s=0)
    assert call.manifest.status_detail == ""
    assert build(call).waits[0].answered_s is not None
