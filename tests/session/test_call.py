"""Whole calls against a scripted server over loopback, in virtual time."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, manifest, scenario, writer
from support.call_plans import script as clips_of
from support.scripted_server import Reply, Script, scripted_server

from harness.caller.model import Bed, PhoneLinePlan
from harness.errors import ConnectFailed, StorageFailed, UnknownName
from harness.recording.manifest import load_manifest
from harness.recording.model import NOTED_S, Recording
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.scenario.model import PhoneLine, Scenario
from harness.scenario.session_settings import ServerVadSettings, SessionSettings
from harness.session.call import run_call
from harness.session.clock import RealClock, VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

RATE = 24_000


def held(
    folder: Path, server: Script, wanted: Scenario, **more: Any
) -> tuple[CallStatus, Recording, list[dict[str, Any]]]:
    """Run a call in virtual time; return its status, recording, and the messages to the server."""

    async def main() -> tuple[CallStatus, list[dict[str, Any]]]:
        async with scripted_server(server) as (url, sessions):
            plan = call_plan(url, wanted, **more)
            status = await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return status, sessions[0].received

    status, received = run_virtual(main())
    return status, read_recording(folder), received


def kinds(received: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in received]


def test_a_question_is_answered_and_the_caller_hangs_up(tmp_path):
    wanted = scenario([{"say": "Where is my order?"}])
    script = Script([Reply("It is on its way.", 2.0)])
    status, call, _ = held(tmp_path, script, wanted)
    assert status is CallStatus.COMPLETED
    assert call.manifest.status is CallStatus.COMPLETED
    (said,) = call.utterances
    assert (said.start, said.voiced_start) == (12_000, 13_200)
    (heard,) = call.played
    assert heard.samples == 2 * RATE
    # 300 ms of silence in whole frames end the turn, then the agent thinks for 300 ms.
    assert heard.start / RATE == pytest.approx(said.voiced_stop / RATE + 0.6, abs=0.021)
    assert call.manifest.duration_s == pytest.approx(
        (heard.start + heard.samples) / RATE + 1.0, abs=0.021
    )
    assert len(call.caller) == len(call.caller_clean) == round(call.manifest.duration_s * RATE)
    assert np.array_equal(
        call.agent.samples[heard.start : heard.start + heard.samples], call.agent_generated.samples
    )


def test_the_agent_comes_back_as_an_echo_and_what_the_line_lost_is_told(tmp_path):
    wanted = scenario([{"say": "Where is my order?"}])
    echo = {"delay_ms": 200, "level_db": -40}
    keys = {"echo": echo, "loss": {"rate": 0.1, "burst_ms": 60}}
    spoiled = PhoneLinePlan(PhoneLine.model_validate(keys), None, 3)
    answer = Script([Reply("It is on its way.", 2.0)])
    status, call, _ = held(tmp_path, answer, wanted, script=replace(clips_of(wanted), line=spoiled))
    assert status is CallStatus.COMPLETED
    (said,), (heard,) = call.utterances, call.played
    assert heard.start / RATE == pytest.approx(said.voiced_stop / RATE + 0.6, abs=0.1)
    later = round(0.2 * RATE)
    first, last = heard.start, heard.start + heard.samples
    arrived = call.caller.samples[first + later : last + later].astype(int)
    sent = call.agent.samples[first:last].astype(int)
    whole = np.ones(len(call.caller), bool)
    for fault in call.impaired:
        whole[fault.start : fault.start + fault.samples] = False
    kept = whole[first + later : last + later]
    assert 0.5 < kept.mean() < 1
    assert np.abs(arrived - sent / 100)[kept].max() <= 0.51
    assert not call.caller_clean.samples[first:].any()
    assert read_recording(tmp_path).impaired == call.impaired


LONG = Reply("A long story.", 30.0, pace=float("inf"))


def test_an_answer_of_30_s_that_is_sent_at_once_is_heard_to_its_end(tmp_path):
    wanted = scenario([{"say": "Tell me all of it."}])
    status, call, _ = held(tmp_path, Script([LONG]), wanted)
    assert status is CallStatus.COMPLETED
    (heard,) = call.played
    assert heard.samples == 30 * RATE
    end_s = (heard.start + heard.samples) / RATE
    assert call.manifest.duration_s == pytest.approx(end_s + 1.0, abs=0.021)


def test_the_next_turn_waits_for_the_end_of_a_long_answer(tmp_path):
    wanted = scenario([{"say": "Tell me all of it."}, {"say": "Thanks."}])
    status, call, _ = held(tmp_path, Script([LONG, Reply("Bye.", 1.0)]), wanted)
    assert status is CallStatus.COMPLETED
    assert [span.samples for span in call.played] == [30 * RATE, RATE]
    end_s = (call.played[0].start + call.played[0].samples) / RATE
    second = call.utterances[1]
    assert not second.barge_in
    assert second.start / RATE == pytest.approx(end_s + 0.6, abs=0.021)
    assert not call.truncations


def test_a_tool_runs_for_its_latency_and_one_response_follows(tmp_path):
    wanted = scenario([{"say": "Where is my order?"}])
    calls = (("lookup_order", '{"order_id": "ORD-4715B"}'), ("cancel_order", "{}"))
    script = Script([Reply("Let me look.", 1.0, calls), Reply("It has shipped.", 1.0)])
    status, call, received = held(tmp_path, script, wanted)
    assert status is CallStatus.COMPLETED
    lookup, cancel = sorted(call.tools, key=lambda run: run.name, reverse=True)
    assert lookup.output == '{"order_id":"ORD-4715B"}'
    assert lookup.answered_s - lookup.requested_s == pytest.approx(1.5)
    assert (cancel.outcome.value, cancel.output) == ("timed_out", '{"error":"timeout"}')
    assert kinds(received).count("response.create") == 1
    assert kinds(received)[-3:] == ["conversation.item.create"] * 2 + ["response.create"]
    assert [span.samples for span in call.played] == [RATE, RATE]


def test_a_silent_tool_is_answered_but_asks_for_no_response(tmp_path):
    wanted = scenario([{"say": "Hm."}, {"say": "Where is my order?"}])
    script = Script([Reply(calls=(("wait_for_user", "{}"),)), Reply("It has shipped.", 1.0)])
    status, call, received = held(tmp_path, script, wanted)
    assert status is CallStatus.COMPLETED
    assert "response.create" not in kinds(received)
    _, second = call.utterances
    (tool,) = call.tools
    assert second.start / RATE - tool.answered_s == pytest.approx(1.0, abs=0.021)


def test_a_barge_in_stops_playback_and_tells_what_was_heard(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 0.8}, "say": "Stop."}])
    script = Script([Reply("A very long answer.", 10.0), Reply("Yes?", 1.0)])
    status, call, received = held(tmp_path, script, wanted)
    assert status is CallStatus.COMPLETED
    second = call.utterances[1]
    assert second.barge_in
    first, answer = call.played
    assert second.start / RATE == pytest.approx(first.start / RATE + 0.8, abs=0.021)
    (cut,) = call.truncations
    assert cut.heard_samples == first.samples
    assert cut.audio_end_ms == first.samples * 1000 // RATE
    (message,) = [m for m in received if m["type"] == "conversation.item.truncate"]
    assert message["audio_end_ms"] == cut.audio_end_ms
    assert (first.start + first.samples) / RATE == pytest.approx(cut.at_s, abs=1e-4)
    silent = call.agent.samples[first.start + first.samples : answer.start]
    assert not silent.any()


def test_a_barge_in_after_everything_was_generated_is_still_cut(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 2.5}, "say": "Stop."}])
    script = Script([Reply("A long answer.", 5.0), Reply("Yes?", 1.0)])
    _, call, _ = held(tmp_path, script, wanted)
    statuses = [
        event.message["response"]["status"]
        for event in call.messages
        if event.message["type"] == "response.done"
    ]
    assert statuses == ["completed", "completed"]
    assert len(call.truncations) == 1
    assert call.played[0].samples < 3 * RATE


NODS = [{"say": "Tell me."}, {"backchannel": "mm-hm", "over": {"after_s": 2.5}}]
TALKS_ON = {"turn_detection": {"type": "server_vad", "interrupt_response": False}}


@pytest.mark.parametrize(
    ("reply", "server"),
    [
        (Reply("A long answer.", 10.0), {"yields": False}),
        (Reply("A long answer.", 10.0, pace=1.0), {"yields": False}),
        (LONG, {"echo": {"audio": {"input": TALKS_ON}}}),
        (LONG, {"yields": False, "echo": {"audio": {"input": TALKS_ON}}}),
    ],
)
def test_an_agent_that_talks_on_through_a_backchannel_is_heard_to_its_end(tmp_path, reply, server):
    status, call, received = held(tmp_path, Script([reply], **server), scenario(NODS))
    assert status is CallStatus.COMPLETED
    assert sum(span.samples for span in call.played) == round(reply.seconds * RATE)
    assert not call.truncations
    assert "conversation.item.truncate" not in kinds(received)
    nod = call.utterances[1]
    assert (nod.kind.value, nod.barge_in) == ("backchannel", False)
    facts = build(call)
    assert [wait.caller for wait in facts.waits] == [0]
    assert facts.barge_ins == ()


@pytest.mark.parametrize("echo", [{}, {"audio": None}])
def test_the_target_may_ask_for_a_service_that_talks_on(tmp_path, echo):
    vad = ServerVadSettings(type="server_vad", interrupt_response=False)
    settings = SessionSettings(turn_detection=vad)
    status, call, received = held(
        tmp_path, Script([LONG], yields=False, echo=echo), scenario(NODS), session=settings
    )
    assert received[0]["session"]["audio"]["input"]["turn_detection"]["interrupt_response"] is False
    assert (status, sum(span.samples for span in call.played)) == (CallStatus.COMPLETED, 30 * RATE)


def test_an_answer_that_was_whole_stops_at_a_backchannel_as_services_that_interrupt_do(tmp_path):
    status, call, _ = held(tmp_path, Script([LONG]), scenario(NODS))
    assert status is CallStatus.COMPLETED
    (played,) = call.played
    assert played.samples / RATE == pytest.approx(2.5, abs=0.1)
    assert len(call.truncations) == 1
    assert build(call).barge_ins == ()


def test_an_agent_that_ignores_an_interruption_is_heard_to_ignore_it(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 1}, "say": "Stop."}])
    script = Script([Reply("A very long answer.", 12.0, pace=1.0), Reply("Yes?")], yields=False)
    _, call, _ = held(tmp_path, script, wanted)
    (fact,) = build(call).barge_ins
    assert fact.yielded_s - fact.onset_s > 10
    assert not call.truncations


def test_playback_stops_when_the_service_has_decided_that_it_was_an_interruption(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 1}, "say": "Stop."}])
    script = Script([Reply("A very long answer.", 12.0), Reply("Yes?")], decides_s=0.4)
    _, call, _ = held(tmp_path, script, wanted)
    (cut,) = call.truncations
    onset_s = call.utterances[1].voiced_start / RATE
    assert cut.at_s == pytest.approx(onset_s + 0.4, abs=0.05)
    first = call.played[0]
    assert (first.start + first.samples) / RATE == pytest.approx(cut.at_s, abs=1e-4)
    assert cut.heard_samples == first.samples


def test_push_to_talk_keeps_its_button_up_for_a_backchannel(tmp_path):
    settings = SessionSettings(turn_detection="none")
    script = Script([Reply("A long answer.", 5.0)])
    status, call, received = held(tmp_path, script, scenario(NODS), session=settings)
    assert status is CallStatus.COMPLETED
    assert kinds(received).count("input_audio_buffer.commit") == 1
    assert sum(span.samples for span in call.played) == 5 * RATE


def test_a_barge_in_on_text_waits_until_the_words_were_heard(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"on_text": "eight"}, "say": "Stop."}])
    words = "one two three four five six seven eight nine ten"
    script = Script([Reply(words, 5.0), Reply("Yes?", 1.0)])
    _, call, _ = held(tmp_path, script, wanted)
    share = (words.index("eight") + 5) / len(words)
    heard_s = (call.utterances[1].start - call.played[0].start) / RATE
    assert heard_s == pytest.approx(5.0 * share, abs=0.15)


def test_a_trigger_that_never_comes_leaves_a_normal_turn(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 30}, "say": "Thanks."}])
    _, call, _ = held(tmp_path, Script([Reply("Short.", 1.0), Reply("Bye.", 1.0)]), wanted)
    _, second = call.utterances
    assert not second.barge_in
    end = call.played[0].start + call.played[0].samples
    assert (second.start - end) / RATE == pytest.approx(0.6, abs=0.021)


def test_a_question_of_the_agent_is_answered_before_the_script_goes_on(tmp_path):
    wanted = scenario(
        [{"say": "My order."}, {"say": "Goodbye."}],
        answers=({"if_agent_asks": "is that right", "say": "Yes."},),
    )
    replies = [Reply("One, two. Is that right?"), Reply("It shipped."), Reply("Bye.")]
    _, call, _ = held(tmp_path, Script(replies), wanted)
    assert [(said.turn, said.answer) for said in call.utterances] == [
        (0, None),
        (None, 0),
        (1, None),
    ]
    assert [said.index for said in call.utterances] == [0, 1, 2]


def test_silence_needs_no_answer(tmp_path):
    wanted = scenario([{"silence": 3.0}])
    status, call, _ = held(tmp_path, Script([]), wanted)
    assert status is CallStatus.COMPLETED
    assert not call.played
    assert call.utterances[0].kind.value == "silence"
    assert call.utterances[0].voiced_start is None


def test_an_agent_that_never_answers_ends_the_call(tmp_path):
    wanted = scenario([{"say": "Hello?"}], limits={"answer_timeout_s": 4.0})
    status, call, _ = held(tmp_path, Script([], deaf=True), wanted)
    assert status is CallStatus.AGENT_SILENT
    assert call.manifest.status_detail == "no answer within 4 s"
    assert call.manifest.duration_s == pytest.approx(0.5 + 1.16 + 4.0, abs=0.05)


def test_a_failed_response_without_another_is_an_agent_error(tmp_path):
    wanted = scenario([{"say": "Hello?"}], limits={"answer_timeout_s": 4.0})
    status, call, _ = held(tmp_path, Script([Reply(fails="model overloaded")]), wanted)
    assert status is CallStatus.AGENT_ERROR
    assert call.manifest.status_detail == "model overloaded"


def test_a_call_ends_at_its_limit(tmp_path):
    wanted = scenario([{"say": "Hello?"}], limits={"call_s": 3.0})
    status, call, _ = held(tmp_path, Script([Reply("Well.", 60.0)]), wanted)
    assert status is CallStatus.COMPLETED
    assert call.manifest.duration_s == 3.0
    assert "limit of 3 s" in call.manifest.status_detail


def test_a_closed_socket_keeps_what_was_recorded(tmp_path):
    wanted = scenario([{"say": "Hello?"}])
    status, call, _ = held(tmp_path, Script([], close_after_turn=(1, 1011, "oops")), wanted)
    assert status is CallStatus.SOCKET_CLOSED
    assert "1011 oops" in call.manifest.status_detail
    assert len(call.caller) >= RATE
    assert len(call.utterances) == 1


def test_one_message_that_is_not_json_is_listed_and_survived(tmp_path):
    script = Script([Reply("Hi.")], before_reply=["{oops"])
    status, call, _ = held(tmp_path, script, scenario([{"say": "Hello?"}]))
    assert status is CallStatus.COMPLETED
    assert "1 message(s) of the server were not JSON" in call.manifest.status_detail
    assert [event.malformed for event in call.messages if event.malformed] == ["{oops"]


def test_a_server_of_gibberish_is_an_agent_error(tmp_path):
    script = Script([Reply("Hi.")], before_reply=["?"] * 5)
    status, _, _ = held(tmp_path, script, scenario([{"say": "Hello?"}]))
    assert status is CallStatus.AGENT_ERROR


def test_refused_settings_are_an_agent_error_with_the_servers_words(tmp_path):
    script = Script([], refuse_session="unknown voice")
    status, call, _ = held(tmp_path, script, scenario([{"say": "Hello?"}]))
    assert (status, call.manifest.status_detail) == (
        CallStatus.AGENT_ERROR,
        "unknown voice (invalid_value)",
    )
    assert [event.message["type"] for event in call.messages] == [
        "session.created",
        "session.update",
        "error",
    ]
    assert all(event.at_s <= 0 for event in call.messages)


def test_an_expired_session_ends_the_call(tmp_path):
    error = '{"type":"error","event_id":"e","error":{"type":"invalid_request_error",'
    error += '"code":"session_expired","message":"too long"}}'
    status, call, _ = held(
        tmp_path, Script([], before_reply=[error]), scenario([{"say": "Hello?"}])
    )
    assert (status, call.manifest.status_detail) == (CallStatus.SOCKET_CLOSED, "too long")
    assert call.manifest.end_cause is EndCause.EXPIRED


def test_a_refused_response_is_asked_for_again(tmp_path):
    calls = (("lookup_order", '{"order_id": "ORD-4715B"}'),)
    script = Script([Reply("Let me look.", 1.0, calls), Reply("Shipped.")], refuse_creates=1)
    status, call, received = held(tmp_path, script, scenario([{"say": "My order?"}]))
    assert status is CallStatus.COMPLETED
    assert kinds(received).count("response.create") == 2
    assert len(call.played) == 2


def test_push_to_talk_commits_and_asks_by_hand(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 0.8}, "say": "Stop."}])
    script = Script([Reply("A very long answer.", 10.0), Reply("Yes?", 1.0)])
    settings = SessionSettings(turn_detection="none")
    status, call, received = held(tmp_path, script, wanted, session=settings)
    assert status is CallStatus.COMPLETED
    assert kinds(received) == [
        "session.update",
        "input_audio_buffer.clear",
        "input_audio_buffer.commit",
        "response.create",
        "input_audio_buffer.clear",
        "response.cancel",
        "conversation.item.truncate",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert call.truncations[0].audio_end_ms == call.played[0].samples * 1000 // RATE
    (fact,) = build(call).barge_ins
    assert (fact.caller, fact.had_more) == (1, True)
    assert fact.stale_s == pytest.approx(0.0, abs=1e-6)
    assert fact.onset_s == pytest.approx(call.utterances[1].start / RATE, abs=0.001)
    assert fact.yielded_s == pytest.approx(fact.onset_s, abs=0.02)


def test_a_press_after_an_answer_is_no_barge_in(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"say": "Thanks."}])
    settings = SessionSettings(turn_detection="none")
    _, call, _ = held(tmp_path, Script([Reply("So."), Reply("Bye.")]), wanted, session=settings)
    assert build(call).barge_ins == ()


def test_push_to_talk_sends_nothing_while_the_button_is_up_and_noise_while_it_is_down(tmp_path):
    turns = [{"say": "Tell me."}, {"silence": 2.0}, {"noise_only": {"bed": "babble", "for": 2.0}}]
    script = Script([Reply("One."), Reply("Two."), Reply("Three.")])
    settings = SessionSettings(turn_detection="none")
    status, call, received = held(tmp_path, script, scenario(turns), session=settings)
    assert status is CallStatus.COMPLETED
    pressed = ["input_audio_buffer.clear", "input_audio_buffer.commit", "response.create"]
    assert kinds(received) == ["session.update", *pressed * 3]
    appends = [
        message.at_s
        for message in call.messages
        if message.message.get("type") == "input_audio_buffer.append"
    ]
    downs = [(said.start / RATE, (said.start + said.samples) / RATE) for said in call.utterances]
    assert all(any(on <= at <= off + 0.041 for on, off in downs) for at in appends)
    assert len(appends) == sum(-(-said.samples // 480) for said in call.utterances)


ASKED = SessionSettings(turn_detection=ServerVadSettings(type="server_vad", create_response=False))


def test_a_service_that_leaves_its_answers_to_us_is_asked_for_each(tmp_path):
    wanted = scenario([{"say": "Where is my order?"}, {"say": "Thanks."}])
    script = Script([Reply("It is on its way."), Reply("You are welcome.")])
    status, call, received = held(tmp_path, script, wanted, session=ASKED)
    assert status is CallStatus.COMPLETED
    assert kinds(received) == ["session.update", "response.create", "response.create"]
    assert [wait.answered_s is not None for wait in build(call).waits] == [True, True]


def test_an_answer_to_a_turn_over_another_answer_is_asked_for_once_that_is_over(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 1}, "say": "Stop."}])
    script = Script([Reply("A very long answer.", 6.0, pace=1.0), Reply("Yes?")], yields=False)
    status, _, received = held(tmp_path, script, wanted, session=ASKED)
    assert status is CallStatus.COMPLETED
    assert kinds(received).count("response.create") == 2
    assert script.replies == []


PCM = {"type": "audio/pcm", "rate": RATE}
OTHERWISE = {"turn_detection": {"type": "semantic_vad"}, "noise_reduction": None}


@pytest.mark.parametrize(
    ("spoken", "heard", "status", "told"),
    [
        ({"voice": "marin"}, {}, CallStatus.COMPLETED, []),
        ({"voice": "alloy"}, {}, CallStatus.COMPLETED, ["voice: asked marin, served alloy"]),
        (
            {},
            OTHERWISE,
            CallStatus.COMPLETED,
            [
                "noise_reduction: asked far_field, served off",
                "turn_detection: asked server_vad, served semantic_vad",
            ],
        ),
        (
            {"format": {"type": "audio/pcmu"}},
            {},
            CallStatus.AGENT_ERROR,
            ["output_format: asked pcm16_24k, served pcmu"],
        ),
    ],
)
def test_what_the_service_serves_otherwise_is_kept_in_the_manifest(
    tmp_path, spoken, heard, status, told
):
    settings = SessionSettings(voice="marin", noise_reduction="far_field")
    echo = {"audio": {"input": {"format": PCM, **heard}, "output": {"format": PCM, **spoken}}}
    ended, call, _ = held(
        tmp_path, Script([Reply("Hi.")], echo=echo), scenario([{"say": "Hi."}]), session=settings
    )
    assert ended is status
    assert [str(each) for each in call.manifest.differences] == told
    assert load_manifest(tmp_path) == call.manifest


def test_two_runs_write_the_same_bytes(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 0.8}, "say": "Stop."}])
    calls = (("lookup_order", '{"order_id": "ORD-4715B"}'),)
    files = []
    for name in ("one", "two"):
        replies = [Reply("A very long answer.", 10.0), Reply("Yes?", 1.0, calls), Reply("Done.")]
        held(tmp_path / name, Script(replies), wanted)
        files.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert len(files[0]) == 6
    assert files[0] == files[1]


def test_a_key_that_the_server_repeats_does_not_reach_the_recording(tmp_path):
    error = '{"type":"error","event_id":"e","error":{"type":"authentication_error",'
    error += '"code":"invalid_api_key","message":"bad key hush-hush-123"}}'
    held(
        tmp_path,
        Script([], greeting=[error]),
        scenario([{"say": "Hello?"}]),
        headers={"Authorization": "Bearer hush-hush-123"},
        secrets=("hush-hush-123",),
    )
    for path in tmp_path.iterdir():
        assert b"hush-hush" not in path.read_bytes()


def test_an_interrupted_call_is_finished_and_the_interrupt_passed_on(tmp_path):
    wanted = scenario([{"say": "Hello?"}])

    async def main() -> None:
        async with scripted_server(Script([Reply("Well.", 60.0)])) as (url, _):
            plan = call_plan(url, wanted)
            async with asyncio.timeout(4.0):
                await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path))

    with pytest.raises(TimeoutError):
        run_virtual(main())
    call = read_recording(tmp_path)
    assert call.manifest.status is CallStatus.INTERRUPTED
    assert call.manifest.duration_s == pytest.approx(4.0, abs=0.05)
    assert call.played


class Killed(RecordingWriter):
    """A writer whose process dies at the end of the call: no part of the end is written."""

    def finish(self, *_: Any, **__: Any) -> None:
        self.close()


def test_a_call_that_was_killed_can_be_judged_up_to_there(tmp_path):
    wanted = scenario([{"say": "Where is my order?"}, {"say": "And the other?"}])
    replies = Reply("It is on its way.", 2.0), Reply("It has been delivered.", 2.0)
    whole = held(tmp_path / "whole", Script([*replies]), wanted)[1]

    async def main() -> None:
        async with scripted_server(Script([*replies])) as (url, _):
            into = Killed(tmp_path / "killed", manifest())
            await run_call(call_plan(url, wanted), clock=VirtualClock(), writer=into)

    run_virtual(main())
    killed = read_recording(tmp_path / "killed")
    assert killed.manifest.status is None
    assert len(killed.played) == 2
    assert killed.played == whole.played
    assert killed.generated == whole.generated
    assert build(killed).agent == build(whole).agent


def test_a_refused_connection_is_an_error_and_a_record(tmp_path):
    async def main() -> None:
        async with scripted_server(Script([])) as (url, _):
            pass
        plan = call_plan(url, scenario([{"say": "Hello?"}]))
        await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path))

    with pytest.raises(ConnectFailed):
        run_virtual(main())
    assert read_recording(tmp_path).manifest.status is CallStatus.HARNESS_ERROR


def test_real_time_gives_the_same_call(tmp_path):
    wanted = scenario([{"say": "Hello?"}])

    async def main() -> CallStatus:
        async with scripted_server(Script([Reply("Hi.", 0.4)])) as (url, _):
            plan = call_plan(url, wanted)
            return await run_call(plan, clock=RealClock(), writer=writer(tmp_path))

    status = asyncio.run(main())
    call = read_recording(tmp_path)
    assert status is CallStatus.COMPLETED
    assert call.manifest.lateness is not None
    assert call.manifest.lateness.frames == round(call.manifest.duration_s / 0.02)
    assert [span.samples for span in call.played] == [9_600]
    assert call.manifest.lateness.noted_s == NOTED_S


@pytest.mark.parametrize("real", [True, False])
def test_nothing_is_left_of_a_call_that_is_over_though_no_collector_looks_for_it(tmp_path, real):
    barge_in = {"barge_in": {"after_s": 0.1}, "say": "Stop."}
    wanted = scenario([{"say": "Hello?"}, barge_in])
    script = Script([Reply("Hi there.", 0.6), Reply("Bye.", 0.2)])

    async def main() -> weakref.ref[RecordingWriter]:
        async with scripted_server(script) as (url, _):
            book = writer(tmp_path)  # all parts of a call that grow with it hold this
            clock = RealClock() if real else VirtualClock()
            await run_call(call_plan(url, wanted), clock=clock, writer=book)
            await asyncio.sleep(0.1)  # a frame withdrawn from the wheel is gone when it is due
            return weakref.ref(book)

    gc.disable()
    try:
        assert (asyncio.run(main()) if real else run_virtual(main()))() is None
    finally:
        gc.enable()
    assert load_manifest(tmp_path).status is CallStatus.COMPLETED


def test_what_was_late_while_our_loop_was_busy_stands_in_the_recording(tmp_path):
    wanted = scenario([{"say": "Hello?"}])

    async def main() -> None:
        async with scripted_server(Script([Reply("Hi.", 0.4)])) as (url, _):
            asyncio.get_running_loop().call_later(0.5, time.sleep, 0.06)
            await run_call(call_plan(url, wanted), clock=RealClock(), writer=writer(tmp_path))

    asyncio.run(main())
    call = read_recording(tmp_path)
    worst = max(call.late_frames, key=lambda late: late.late_s)
    assert worst.late_s >= 0.03  # one frame was due in the first 20 ms of the 60
    assert all(late.late_s <= call.manifest.lateness.max_s for late in call.late_frames)
    assert all(late.read_late_s >= late.stamp_late_s >= 0.0 for late in call.late_arrivals)


def test_nothing_is_late_in_virtual_time(tmp_path):
    wanted = scenario([{"say": "Hello?"}])

    async def main() -> None:
        async with scripted_server(Script([Reply("Hi.", 0.4)])) as (url, _):
            await run_call(call_plan(url, wanted), clock=VirtualClock(), writer=writer(tmp_path))

    run_virtual(main())
    call = read_recording(tmp_path)
    assert call.late_frames == call.late_arrivals == ()
    assert b"noted_s" not in (tmp_path / "manifest.json").read_bytes()


def test_the_bed_is_under_the_whole_call_and_not_in_the_clean_track(tmp_path):
    wanted = scenario([{"say": "Hello?"}])
    bed = Bed("hum", (np.arange(30_000) % 200 - 100).astype(np.int16))
    clips = clips_of(wanted, bed=bed)
    _, call, _ = held(tmp_path, Script([Reply("Hi.")]), wanted, script=clips)
    added = call.caller.samples.astype(int) - call.caller_clean.samples
    assert np.array_equal(added, bed.at(0, len(call.caller)))
    (said,) = call.utterances
    clean = call.caller_clean.samples
    assert np.array_equal(
        clean[said.start : said.start + said.samples], clips.turns[0].clean.samples
    )
    assert not clean[: said.voiced_start].any()
    assert not clean[said.voiced_stop :].any()
    assert clean[said.voiced_stop - 1] != 0


def test_what_was_sent_is_what_was_recorded(tmp_path):
    status, call, _ = held(tmp_path, Script([Reply("Hi.")]), scenario([{"say": "Hello?"}]))
    assert status is CallStatus.COMPLETED
    appended = [
        (event.at_s, event.message["audio"])
        for event in call.messages
        if event.message["type"] == "input_audio_buffer.append"
    ]
    assert [where["start"] for _, where in appended] == list(range(0, len(call.caller), 480))
    assert [at_s for at_s, _ in appended] == pytest.approx(
        [(k + 1) * 0.02 for k in range(len(appended))], abs=1e-6
    )
    deltas = [
        event.message["delta"]
        for event in call.messages
        if event.message["type"] == "response.output_audio.delta"
    ]
    assert deltas[-1] == {"track": "agent_generated", "start": 19_200, "samples": 4_800}
    assert call.generated[0].samples == len(call.agent_generated) == 24_000


def test_hanging_up_in_mid_sentence_leaves_what_was_said(tmp_path):
    wanted = scenario([{"say": "Hello?"}], limits={"call_s": 1.0})
    _, call, _ = held(tmp_path, Script([]), wanted)
    (said,) = call.utterances
    assert said.start + said.samples == said.voiced_stop == len(call.caller) == 24_000


def test_a_tool_that_never_came_back_is_unanswered(tmp_path):
    wanted = scenario([{"say": "Look."}], limits={"call_s": 3.5})
    calls = (("lookup_order", "{}"), ("fly", "{"))
    _, call, received = held(tmp_path, Script([Reply("Looking.", 1.0, calls)]), wanted)
    outcomes = {run.name: (run.outcome.value, run.answered_s is None) for run in call.tools}
    assert outcomes == {"lookup_order": ("unanswered", True), "fly": ("unknown_tool", False)}
    assert "response.create" not in kinds(received)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_the_call(tmp_path):
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(StorageFailed, match="No space left"):
        held(tmp_path, Script([Reply("Hi.")]), scenario([{"say": "Hello?"}]))
    assert load_manifest(tmp_path).status is CallStatus.HARNESS_ERROR


def test_an_unknown_dialect_is_named(tmp_path):
    with pytest.raises(UnknownName, match="openai_ga"):
        held(tmp_path, Script([]), scenario([{"say": "Hello?"}]), dialect="klingon")


def test_a_server_that_never_presents_itself_is_an_agent_error(tmp_path):
    status, call, _ = held(tmp_path, Script([], greeting=[]), scenario([{"say": "Hello?"}]))
    assert status is CallStatus.AGENT_ERROR
    assert call.manifest.status_detail == (
        "session.created did not come within 10 s; it sent nothing"
    )


def test_many_calls_in_one_loop_are_each_as_if_alone(tmp_path):
    wanted = scenario([{"say": "Tell me."}, {"barge_in": {"after_s": 0.8}, "say": "Stop."}])

    def replies() -> Script:
        return Script([Reply("A very long answer.", 10.0), Reply("Yes?", 1.0)])

    async def one(name: str) -> None:
        async with scripted_server(replies()) as (url, _):
            await run_call(
                call_plan(url, wanted), clock=VirtualClock(), writer=writer(tmp_path / name)
            )

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for name in "abc":
                group.create_task(one(name))

    run_virtual(main())
    run_virtual(one("alone"))
    alone = (tmp_path / "alone" / "events.jsonl").read_bytes()
    for name in "abc":
        assert (tmp_path / name / "events.jsonl").read_bytes() == alone
