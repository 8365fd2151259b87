"""Calls to a GPT-Live server that was written from the document: how they go, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.call_plans import call_plan, scenario, writer
from support.live_service import Answer, LiveScript, Told, closed, live_service

from harness.protocol import events as e
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.timeline.usage import usage

TURNS: list[dict[str, Any]] = [{"say": "Where is my order?"}, {"say": "Thanks."}]
ANSWERS = [Answer("It is on its way.", 1.0), Answer("Goodbye.", 0.8)]
NO = {"type": "invalid_request_error", "code": "unknown_parameter", "message": "No such thing."}
ERROR = {"type": "error", "event_id": "e", "error": NO}


def held(out: Path, script: LiveScript, turns: Any = TURNS, **settings: Any) -> Recording:
    """Hold a call with this service, and return its recording."""

    async def main() -> None:
        async with live_service(script) as url:
            wanted = scenario(turns, limits={"answer_timeout_s": 4.0})
            session = SessionSettings(**settings)
            plan = call_plan(url, wanted, session=session, dialect="openai_live")
            await run_call(plan, clock=VirtualClock(), writer=writer(out / "call"))

    run_virtual(main())
    return read_recording(out / "call")


def ended(recording: Recording) -> tuple[str, str]:
    status = recording.manifest.status
    assert status is not None
    return status.value, recording.manifest.status_detail


@pytest.mark.parametrize("manner", ["", "leaves_out_silence", "binary"])
def test_a_call_goes_its_way_and_its_turns_are_those_of_the_sound(tmp_path, manner):
    script = LiveScript(list(ANSWERS), **({manner: True} if manner else {}))
    call = held(tmp_path, script)
    assert ended(call) == ("completed", "")
    timeline = build(call)
    assert [answer.claimed for answer in timeline.agent] == ["It is on its way.", "Goodbye."]
    assert {answer.inferred for answer in timeline.agent} == {True}
    lengths = [answer.span.duration_s for answer in timeline.agent]
    assert lengths == pytest.approx([1.0, 0.8], abs=2e-3)
    # It answers half a second after the caller, on its next delta.
    assert all(0.49 < (wait.took_s or 0) < 0.75 for wait in timeline.waits)
    assert timeline.turn_rule


def test_the_caller_s_audio_never_pauses_and_the_session_is_ended_in_good_order(tmp_path):
    script = LiveScript(list(ANSWERS))
    call = held(tmp_path, script)
    assert script.heard_s == pytest.approx(call.manifest.duration_s, abs=0.03)
    assert [message["type"] for message in script.received] == ["session.start", "session.close"]
    assert usage(call).session_s == pytest.approx(script.heard_s)


def test_two_calls_of_one_response_are_answered_before_the_backend_goes_on_once(tmp_path):
    answers = [Answer("Let me see.", 1.0, ("lookup_order", "lookup_order")), *ANSWERS]
    script = LiveScript(answers)
    call = held(tmp_path, script)
    assert ended(call) == ("completed", "")
    sent = [message["type"] for message in script.received]
    assert sent == [
        "session.start",
        "response.item.create",
        "response.item.create",
        "response.create",
        "session.close",
    ]
    assert [run.outcome.value for run in call.tools] == ["ok", "ok"]
    assert usage(call).input_text_tokens == 18


def test_an_agent_that_is_to_speak_first_is_asked_by_a_remark(tmp_path):
    script = LiveScript([Answer("Hello, how can I help?"), *ANSWERS])
    call = held(tmp_path, script, opening="agent")
    assert ended(call) == ("completed", "")
    assert script.received[1]["type"] == "session.commentary.append"
    first = build(call).agent[0]
    assert first.claimed == "Hello, how can I help?"
    assert first.span.end_s < build(call).caller[0].span.start_s


def test_work_for_the_application_is_seen_and_not_what_it_was(tmp_path):
    made = {"id": "item_d1", "type": "delegation", "target": "client"}
    told = {"type": "session.delegation.created", "event_id": "e", "offset_ms": 1}
    script = LiveScript(list(ANSWERS), at={2.0: [{**told, "delegation": made}]})
    call = held(tmp_path, script, tools="keep")
    assert ended(call) == ("completed", "")
    assert "delegation" not in script.received[0]["session"]
    timeline = build(call)
    assert timeline.tools == ()
    assert [round(each.requested_s, 1) for each in timeline.nameless] == [2.0]


CLOSED = {reason: closed(reason, {"seconds": 1.0}) for reason in ("expired", "content")}
LOST = closed("connection_lost", {"seconds": 1.0})
HANGUP = closed("remote_hangup", {"seconds": 1.0})
DELTA = {"type": "session.output_audio.delta"}

ENDS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "an error at the start": (
        {"opening": [ERROR]},
        ("agent_error", "No such thing. (unknown_parameter)"),
    ),
    "a start that never comes": (
        {"opening": []},
        ("agent_error", "session.started did not come within 10 s; it sent nothing"),
    ),
    "a socket that closes at the start": (
        {"opening": [1011]},
        ("socket_closed", "before the session was configured: connection closed: 1011"),
    ),
    "an error in the middle, and the session goes on": ({"at": {1.0: [ERROR]}}, ("completed", "")),
    "an error in the middle, and no answer": (
        {"at": {1.0: [ERROR]}, "answers": []},
        ("agent_error", "No such thing. (unknown_parameter)"),
    ),
    "no answer": ({"answers": []}, ("agent_silent", "no answer within 4 s")),
    "the longest time is over": (
        {"at": {1.0: [CLOSED["expired"], 1000]}},
        ("socket_closed", "the session reached its longest time"),
    ),
    "an end for its content": (
        {"at": {1.0: [CLOSED["content"], 1000]}},
        ("agent_error", "the service ended the session for its content"),
    ),
    "a connection that the service lost": (
        {"at": {1.0: [LOST, 1000]}},
        ("agent_error", "the service lost the session"),
    ),
    "a hang-up before all was said": (
        {"at": {1.0: [HANGUP, 1000]}},
        ("socket_closed", "connection closed: 1000: the agent hung up with 1 turn(s) unsaid"),
    ),
    "a hang-up, and the socket stays open": (
        {"at": {1.0: [HANGUP]}},
        ("socket_closed", "connection closed: 1000: the agent hung up with 1 turn(s) unsaid"),
    ),
    "an error of two lines": (
        {"opening": [{**ERROR, "error": {**NO, "message": "No\nsuch thing."}}]},
        ("agent_error", "No such thing. (unknown_parameter)"),
    ),
    "an error without words, and no answer": (
        {"at": {1.0: [{"type": "error"}]}, "answers": []},
        ("agent_error", "an error without words"),
    ),
    "a socket that is lost": (
        {"at": {1.0: [1011]}},
        ("socket_closed", "connection closed: 1011"),
    ),
    "a kind of message that nobody knows": (
        {"at": {1.0: [{"type": "session.mood.changed", "mood": "sunny"}]}},
        ("completed", ""),
    ),
    "audio that is none": (
        {"at": {1.0: [{**DELTA, "delta": "*"}, DELTA]}},
        (
            "completed",
            "2 audio messages were not heard: Invalid 'delta': not base64.; "
            "Missing required parameter: 'delta'.",
        ),
    ),
    "half a sample, and all behind it is noise": (
        {"at": {1.0: [{**DELTA, "delta": "AA=="}]}},
        ("agent_error", "the agent sounds like PCM16 with a byte too many read as PCM16"),
    ),
    "no last word": ({"closes": False}, ("completed", "")),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_is_classified(tmp_path, name):
    changes, end = ENDS[name]
    script = LiveScript(**{"answers": list(ANSWERS), **changes})
    assert ended(held(tmp_path, script)) == end


def test_what_nobody_knows_is_kept(tmp_path):
    strange: Told = {"type": "session.mood.changed", "mood": "sunny"}
    call = held(tmp_path, LiveScript(list(ANSWERS), at={1.0: [strange]}))
    unknown = [each.event for each in call.events if isinstance(each.event, e.UnknownEvent)]
    assert [event.name for event in unknown] == ["session.mood.changed"]
    assert call.violations == ()
