"""The GA dialect read by itself and judged by the vendor's own SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from support import openai_types
from support.wire_strategies import COMMANDS, EVENTS, SESSIONS, SOUNDS

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import OFF
from harness.protocol.openai.ga import OpenAiGa

GA = OpenAiGa()


def server_event(message: bytes) -> e.ServerEvent:
    return GA.read(orjson.loads(message))[0]


FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(EVENTS)
def test_every_server_event_is_read_back_as_it_was_written(event: e.ServerEvent) -> None:
    assert server_event(GA.encode_server(event, "event_1")) == event


@FEW
@given(EVENTS | SESSIONS)
def test_the_official_sdk_accepts_every_server_event(event: e.ServerEvent) -> None:
    openai_types.check_server(GA.encode_server(event, "event_1"))


@FEW
@given(SESSIONS)
def test_sessions_keep_their_settings_and_their_raw_description(
    event: e.SessionCreated | e.SessionUpdated,
) -> None:
    once = server_event(GA.encode_server(event, "event_1"))
    assert isinstance(once, type(event))
    assert replace(once, raw={}) == event
    assert once.raw["object"] == "realtime.session"
    assert server_event(GA.encode_server(once, "event_2")) == once


@FEW
@given(COMMANDS)
def test_every_command_is_read_back_as_it_was_written(command: c.ClientCommand) -> None:
    assert GA.decode_client(GA.encode_client(command)) == command


@FEW
@given(COMMANDS)
def test_the_official_sdk_accepts_every_command(command: c.ClientCommand) -> None:
    openai_types.check_client(GA.encode_client(command))


@FEW
@given(SOUNDS)
def test_the_fast_append_says_the_same_as_the_general_one(audio: bytes) -> None:
    fast = GA.encode_append(audio)
    assert orjson.loads(fast) == orjson.loads(GA.encode_client(c.AppendAudio(audio)))
    openai_types.check_client(fast)


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ({"transcription_model": OFF}, ("audio", "input", "transcription")),
        ({"noise_reduction": OFF}, ("audio", "input", "noise_reduction")),
        ({"turn_detection_off": True}, ("audio", "input", "turn_detection")),
        ({"tracing": OFF}, ("tracing",)),
    ],
)
def test_what_is_switched_off_is_sent_as_null(
    setting: dict[str, Any], path: tuple[str, ...]
) -> None:
    command = c.ConfigureSession(c.SessionConfig(**setting))
    message = GA.encode_client(command)
    told: Any = orjson.loads(message)["session"]
    for key in path:
        assert key in told
        told = told[key]
    assert told is None
    assert GA.decode_client(message) == command


@pytest.mark.parametrize(
    ("kind", "known"),
    [("response.mcp_call.completed", True), ("conversation.created", True), ("x.new", False)],
)
def test_an_unread_event_keeps_its_message_and_can_be_written_again(kind: str, known: bool) -> None:
    message = orjson.dumps({"type": kind, "event_id": "event_7", "more": [1, None]})
    event = server_event(message)
    assert event == e.UnknownEvent(kind, orjson.loads(message), known=known)
    assert orjson.loads(GA.encode_server(event, "event_7")) == orjson.loads(message)
