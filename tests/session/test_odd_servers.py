"""Servers that misbehave, each in its own way: how the call ends, and the message about it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, manifest, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.recording.model import Direction, Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.scenario.model import Scenario
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.recorded_connection import AHEAD_S
from harness.session.virtual_time import run_virtual
from harness.transport.websocket import CLOSE_TIMEOUT_S, SEND_TIMEOUT_S

RATE = 24_000
TONE = (8000 * np.sin(np.arange(RATE // 2) * 0.06)).astype("<i2").tobytes()
HALF_A_SECOND = base64.b64encode(TONE).decode()
ONE = [{"say": "Hello?"}]
TWO = [{"say": "Hello?"}, {"say": "Thanks."}]
Raw = Callable[[Session], Awaitable[None]]


def held(folder: Path, server: Script, turns: Any = ONE, **more: Any) -> tuple[str, str, Recording]:
    """Run one call in virtual time; return its status, the message about it, and the recording."""
    wanted = turns if isinstance(turns, Scenario) else scenario(turns)

    async def main() -> CallStatus:
        async with scripted_server(server) as (url, _):
            into = more.pop("into", None) or writer(folder)
            return await run_call(call_plan(url, wanted, **more), clock=VirtualClock(), writer=into)

    status = run_virtual(main())
    call = read_recording(folder)
    return status.value, call.manifest.status_detail, call


def heard_s(call: Recording) -> float:
    return sum(span.samples for span in call.played) / RATE


async def delta(session: Session, *, response: str = "r", item: str = "i", count: int = 2) -> None:
    place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    for _ in range(count):
        await session.send("response.output_audio.delta", **place, delta=HALF_A_SECOND)


async def created(session: Session, response: str) -> None:
    empty = {"id": response, "object": "realtime.response", "output": []}
    await session.send("response.created", response={**empty, "status": "in_progress"})


async def whole(session: Session, *, response: str, item: str) -> None:
    await created(session, response)
    await delta(session, response=response, item=item)
    await session.done(response, "completed", [])


# --- the service's own trouble ---------------------------------------------------------------


async def is_overloaded(session: Session) -> None:
    error = {"type": "server_error", "code": "rate_limit_exceeded", "message": "Slow down."}
    await session.send("error", error=error)


async def says_an_error_without_words(session: Session) -> None:
    await session.send("error", error={"type": "server_error"})


async def answers_in_text(session: Session) -> None:
    await created(session, "r")
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    for piece in ("It has", " shipped."):
        await session.send("response.output_text.delta", **place, delta=piece)
    await session.done("r", "completed", [])


async def answers_in_text_at_the_end(session: Session) -> None:
    content = [{"type": "output_text", "text": "It has shipped."}]
    item = {"id": "i", "type": "message", "role": "assistant", "content": content}
    await created(session, "r")
    await session.done("r", "completed", [{**item, "status": "completed"}])


IN_TEXT = "the agent answered in text, which no caller hears: 'It has shipped.'"


@pytest.mark.parametrize(
    ("does", "status", "detail"),
    [
        (is_overloaded, "agent_error", "Slow down. (rate_limit_exceeded)"),
        (says_an_error_without_words, "agent_error", "server_error"),
        (answers_in_text, "agent_error", IN_TEXT),
        (answers_in_text_at_the_end, "agent_error", IN_TEXT),
    ],
)
def test_an_answer_that_the_service_could_not_give_is_not_the_agents_silence(
    tmp_path, does, status, detail
):
    found, said, _ = held(tmp_path, Script([Reply(raw=does)]))
    assert (found, said) == (status, detail)


def test_a_tool_call_without_an_id_of_its_own_and_with_bare_arguments_is_made(tmp_path):
    item = {"id": "i", "type": "function_call", "name": "look", "arguments": {"order_id": "A1"}}

    async def calls(session: Session) -> None:
        await created(session, "r")
        await session.send("response.output_item.done", response_id="r", output_index=0, item=item)
        await session.done("r", "completed", [item])

    _, _, call = held(tmp_path, Script([Reply(raw=calls)]))
    assert [(run.call_id, run.name, run.arguments) for run in call.tools] == [
        ("i", "look", '{"order_id":"A1"}')
    ]


def test_an_error_that_is_followed_by_an_answer_is_forgotten(tmp_path):
    async def stumbles(session: Session) -> None:
        await is_overloaded(session)
        await whole(session, response="r", item="i")

    status, said, call = held(tmp_path, Script([Reply(raw=stumbles)]))
    assert (status, said, heard_s(call)) == ("completed", "", 1.0)


def test_an_error_about_our_own_courtesies_is_no_reason_for_silence(tmp_path):
    async def grumbles(session: Session) -> None:
        await session.stop("turn_detected")
        await asyncio.sleep(0.5)
        asked = [m for m in session.received if m["type"] == "conversation.item.truncate"]
        await session.error("invalid_value", "Audio is shorter.", asked[-1])

    turns = [{"say": "Hello?"}, {"say": "Stop.", "barge_in": {"after_s": 1}}]
    status, _, call = held(tmp_path, Script([Reply("Well.", 9.0), Reply(raw=grumbles)]), turns)
    assert any(event.message["type"] == "error" for event in call.messages)
    assert status == "agent_silent"


# --- how a server ends a call ----------------------------------------------------------------


def hangs_up(code: int | None, *, after: Raw | None = None) -> Raw:
    async def does(session: Session) -> None:
        if after is not None:
            await after(session)
        if code is None:
            session.socket.protocol.send_close()
            session.socket.send_data()
        else:
            await session.socket.close(code)

    return does


async def says_goodbye(session: Session) -> None:
    await whole(session, response="r", item="i")
    await asyncio.sleep(0.4)


CUT = "connection closed: 1000: the agent hung up with "


@pytest.mark.parametrize(
    ("does", "turns", "status", "detail", "seconds"),
    [
        (hangs_up(1000, after=says_goodbye), ONE, "completed", "the agent hung up", 0.4),
        (hangs_up(None, after=says_goodbye), ONE, "completed", "the agent hung up", 0.4),
        (hangs_up(1000), ONE, "socket_closed", f"{CUT}the last turn unanswered", 0.0),
        (hangs_up(1000, after=says_goodbye), TWO, "socket_closed", f"{CUT}1 turn(s) unsaid", 0.4),
        (hangs_up(1011, after=says_goodbye), ONE, "socket_closed", "connection closed: 1011", 0.4),
    ],
)
def test_what_is_queued_when_the_server_hangs_up_is_never_heard(
    tmp_path, does, turns, status, detail, seconds
):
    found, said, call = held(tmp_path, Script([Reply(raw=does)]), turns)
    assert (found, said) == (status, detail)
    assert heard_s(call) == pytest.approx(seconds, abs=0.03)


# --- sound under odd names, or under none ----------------------------------------------------


def test_a_greeting_before_the_session_is_configured_is_heard_and_recorded(tmp_path):
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    empty = {"id": "r", "object": "realtime.response", "output": []}
    greeting = [
        {"type": "response.created", "response": {**empty, "status": "in_progress"}},
        {"type": "response.output_audio.delta", **place, "delta": HALF_A_SECOND},
        {"type": "response.output_audio.done", **place},
        {"type": "response.done", "response": {**empty, "status": "completed"}},
    ]
    script = Script([Reply("Yes?")], between=[json.dumps(message) for message in greeting])
    status, _, call = held(tmp_path, script)
    assert status == "completed"
    first, _ = call.played
    assert (first.start, first.samples) == (0, RATE // 2)
    assert call.utterances[0].start / RATE == pytest.approx(0.5, abs=0.03)
    types = [event.message["type"] for event in call.messages]
    assert types[:3] == ["session.created", "session.update", "response.created"]
    assert types[6] == "session.updated"
    assert all(event.at_s <= 0 for event in call.messages[:7])
    assert call.generated[0].samples == RATE // 2


async def says_nothing_of_responses(session: Session) -> None:
    await delta(session, response="the only", item="the only")


async def repeats_its_item(session: Session) -> None:
    await whole(session, response=session.new("resp"), item="item_1")


async def repeats_all_its_ids(session: Session) -> None:
    await whole(session, response="resp_1", item="item_1")


@pytest.mark.parametrize("does", [says_nothing_of_responses, repeats_its_item, repeats_all_its_ids])
def test_sound_is_an_answer_whatever_it_is_called(tmp_path, does):
    script = Script([Reply(raw=does), Reply(raw=does), Reply(raw=does)])
    status, _, call = held(tmp_path, script, [*TWO, {"say": "Bye."}])
    assert (status, heard_s(call)) == ("completed", 3.0)
    assert not call.truncations
    assert len(call.utterances) == 3


def test_sound_without_a_response_is_heard_again_after_it_was_interrupted(tmp_path):
    async def talks(session: Session) -> None:
        await delta(session, response="the only", item="the only", count=20)

    turns = [{"say": "Hello?"}, {"say": "Stop.", "barge_in": {"after_s": 1}}]
    script = Script([Reply(raw=talks), Reply(raw=says_nothing_of_responses)])
    status, _, call = held(tmp_path, script, turns)
    assert status == "completed"
    assert [span.samples / RATE for span in call.played] == pytest.approx([1.05, 1.0], abs=0.1)


def test_what_comes_late_of_a_cancelled_response_is_not_heard(tmp_path):
    async def is_stale(session: Session) -> None:
        await delta(session, response="r", item="i")

    async def talks(session: Session) -> None:
        session.open_id, session.open = "r", asyncio.current_task()  # so that it can be cancelled
        await created(session, "r")
        await delta(session, response="r", item="i", count=20)
        await asyncio.sleep(60)

    turns = [{"say": "Hello?"}, {"say": "Stop.", "barge_in": {"after_s": 1}}]
    script = Script([Reply(raw=talks), Reply(raw=is_stale)])
    status, _, call = held(tmp_path, script, turns)
    assert status == "agent_silent"
    assert heard_s(call) == pytest.approx(1.05, abs=0.3)


def test_an_answer_under_the_name_of_the_one_that_it_replaces_is_heard(tmp_path):
    async def talks(session: Session) -> None:
        await created(session, "resp_1")
        await delta(session, response="resp_1", item="item_1", count=20)
        await asyncio.sleep(60)

    turns = [{"say": "Hello?"}, {"say": "Stop.", "barge_in": {"after_s": 1}}]
    script = Script([Reply(raw=talks), Reply(raw=repeats_all_its_ids)], yields=False)
    status, _, call = held(tmp_path, script, turns)
    assert status == "completed"
    assert call.played[-1].samples == RATE


def test_objects_without_a_type_are_passed_over(tmp_path):
    async def lives(session: Session) -> None:
        for beat in range(20):
            await session.socket.send(json.dumps({"heartbeat": beat}))
        await whole(session, response="r", item="i")

    status, detail, call = held(tmp_path, Script([Reply(raw=lives)]))
    assert (status, detail) == ("completed", "")
    assert sum("heartbeat" in event.message for event in call.messages) == 20


# --- the session as the server has it --------------------------------------------------------


def pcm(rate: int) -> dict[str, Any]:
    return {"format": {"type": "audio/pcm", "rate": rate}}


WRONG_RATE = (
    "session.updated cannot be used: Invalid 'session.audio.output.format.rate': only 24000 is"
    " supported. We speak PCM16 at 24 kHz."
)
ULAW = {"format": {"type": "audio/pcmu"}}


@pytest.mark.parametrize(
    ("echo", "status", "detail"),
    [
        ({"audio": {"input": pcm(24_000), "output": pcm(16_000)}}, "agent_error", WRONG_RATE),
        (
            {"audio": {"input": ULAW, "output": ULAW}},
            "agent_error",
            "session.updated says input format pcmu, we speak PCM16 at 24 kHz;"
            " session.updated says output format pcmu, we speak PCM16 at 24 kHz",
        ),
        ({"audio": {"input": {"format": "pcm16"}, "output": {}}}, "completed", ""),
        ({"audio": {"input": {"turn_detection": {"type": "own"}}}}, "completed", ""),
        ({"audio": None}, "completed", ""),
    ],
)
def test_a_session_that_is_not_as_asked_for_is_named_or_done_with(tmp_path, echo, status, detail):
    found, said, _ = held(tmp_path, Script([Reply("Yes?")], echo=echo))
    assert (found, said) == (status, detail)


CREATED = {"type": "session.created", "event_id": "e", "session": {"audio": {"input": pcm(8000)}}}


@pytest.mark.parametrize(
    ("greeting", "status", "detail"),
    [
        ([CREATED], "completed", ""),
        ([{"type": "session.created"}], "completed", ""),
        (
            [{"type": "hello"}],
            "agent_error",
            "session.created did not come within 10 s; its last message was hello",
        ),
        (
            ["TURN LEFT"] * 9,
            "agent_error",
            "session.created did not come within 10 s; its last message was not a JSON object;"
            " 9 message(s) of the server were not JSON",
        ),
    ],
)
def test_what_does_not_come_is_named(tmp_path, greeting, status, detail):
    texts = [text if isinstance(text, str) else json.dumps(text) for text in greeting]
    found, said, _ = held(tmp_path, Script([Reply("Yes?")], greeting=texts))
    assert (found, said) == (status, detail)


# --- too much, or no reading -----------------------------------------------------------------


async def talks_without_end(session: Session) -> None:
    await created(session, "r")
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    minute = base64.b64encode(TONE * 120).decode()
    for _ in range(60):
        await session.send("response.output_audio.delta", **place, delta=minute)


async def chatters(session: Session) -> None:
    for _ in range(70):
        await session.send("chatter", words="x" * 2**20)


@pytest.mark.parametrize(
    ("does", "detail"),
    [
        (talks_without_end, "the agent sent over 600 s of sound more than there was time to hear"),
        (chatters, "the server sent more than 64 MB beside sound in one call"),
    ],
)
def test_a_flood_ends_the_call_and_is_named(tmp_path, does, detail):
    status, said, call = held(tmp_path, Script([Reply(raw=does)]))
    assert (status, said) == ("agent_error", detail)
    assert len(call.agent_generated) / RATE <= AHEAD_S + 90


class Deaf:
    """A server that stops reading once the session is open, and keeps sending."""

    async def __call__(self, session: Session) -> None:
        session.socket.transport.pause_reading()
        await created(session, "r")
        while True:
            await delta(session, count=1)
            await asyncio.sleep(0.5)


def test_a_server_that_stops_reading_ends_the_call(tmp_path):
    limited = scenario(ONE, limits={"call_s": 600})
    status, said, call = held(tmp_path, Script([Reply(raw=Deaf())]), limited)
    assert (status, said) == ("socket_closed", "the server stopped reading")
    assert heard_s(call) > 1


def test_a_call_with_a_server_that_stopped_reading_can_be_broken_off(tmp_path):
    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with scripted_server(Script([Reply(raw=Deaf())])) as (url, _):
            wanted = scenario(ONE, limits={"call_s": 3600})
            plan = call_plan(url, wanted)
            call = asyncio.create_task(
                run_call(plan, clock=VirtualClock(), writer=writer(tmp_path))
            )
            await asyncio.sleep(9)
            call.cancel()
            asked_s = loop.time()
            await asyncio.wait([call])
            return loop.time() - asked_s

    assert run_virtual(main()) <= SEND_TIMEOUT_S + CLOSE_TIMEOUT_S
    assert read_recording(tmp_path).manifest.status is CallStatus.INTERRUPTED


class PerTurn(RecordingWriter):
    """Counts how many messages are handled in a turn of the event loop."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, manifest())
        self.count = self.most = 0

    def wire(self, at_s: float, direction: Direction, *more: Any, **named: Any) -> None:
        super().wire(at_s, direction, *more, **named)
        if not self.count:
            asyncio.get_running_loop().call_soon(self.turned)
        self.count += 1
        self.most = max(self.most, self.count)

    def turned(self) -> None:
        self.count = 0


@pytest.mark.parametrize("what", ["deltas", "calls in one message", "calls one by one"])
def test_a_burst_is_dealt_with_piece_by_piece(tmp_path, what):
    """While the loop turns, our own frames leave in time: counted in turns, not in seconds."""
    into = PerTurn(tmp_path)

    async def bursts(session: Session) -> None:
        calls = [
            {"id": f"f{n}", "type": "function_call", "call_id": f"c{n}", "name": "cancel_order"}
            for n in range(800)
        ]
        done = [{**call, "arguments": "{}", "status": "completed"} for call in calls]
        await created(session, "r")
        if what == "deltas":
            place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
            small = base64.b64encode(TONE[:96]).decode()
            for _ in range(2000):
                await session.send("response.output_audio.delta", **place, delta=small)
        if what == "calls one by one":
            for item in done:
                await session.send(
                    "response.output_item.done", response_id="r", output_index=0, item=item
                )
        await session.done("r", "completed", [] if what == "deltas" else done)
        await asyncio.sleep(60)

    limited = scenario(ONE, limits={"call_s": 8, "answer_timeout_s": 4})
    _, _, call = held(tmp_path, Script([Reply(raw=bursts)]), limited, into=into)
    if what == "deltas":
        assert heard_s(call) == pytest.approx(2000 * 48 / RATE)
    else:
        assert sum(run.answered_s is not None for run in call.tools) == 800
    assert into.most <= 6
