"""Messages in and events out, then what is sent: without a socket and without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_dialect import ExampleDialect

from harness.api import DialectSession, commands, events, items
from harness.testing import DialectContract

READY = {"type": "ready"}
TOOL_CALL = {"type": "tool_call", "id": "c1", "name": "look_up", "arguments": {"order": "B7"}}
INTERRUPTED = {"type": "interrupted"}
ERROR = {"type": "error", "message": "no"}


class TestExampleDialect(DialectContract):
    """What holds for every dialect, tested with messages of this server."""

    dialect = ExampleDialect()
    handshake = (READY,)
    tool_call = (TOOL_CALL,)
    interruption = (INTERRUPTED,)
    error = (ERROR,)


def session() -> DialectSession:
    look_up = commands.Tool("look_up", "Find an order", {"type": "object"})
    return ExampleDialect().session(
        commands.SessionConfig(instructions="Be brief.", tools=(look_up,))
    )


def received(one: DialectSession, **message: Any) -> tuple[object, ...]:
    return one.receive(json.dumps(message)).events


CALL = items.Item(
    kind=items.ItemKind.FUNCTION_CALL, call_id="c1", name="look_up", arguments='{"order": "B7"}'
)
EVENTS: list[tuple[dict[str, Any], events.ServerEvent]] = [
    (
        {"type": "audio", "data": "AQI=", "answer": "a1"},
        events.AudioDelta("a1", "a1", audio=b"\x01\x02"),
    ),
    (
        {"type": "transcript", "text": "Hello", "answer": "a1"},
        events.TranscriptDelta("a1", "a1", delta="Hello"),
    ),
    (TOOL_CALL, events.OutputItemDone("", 0, CALL)),
    (INTERRUPTED, events.Interrupted()),
    (ERROR, events.ServerError(items.ErrorInfo(message="no"), fatal=True)),
    ({"type": "new"}, events.UnknownEvent("new", {"type": "new"})),
]


@pytest.mark.parametrize(("message", "event"), EVENTS, ids=lambda one: str(one)[:30])
def test_message_becomes_event(message: dict[str, Any], event: events.ServerEvent) -> None:
    assert received(session(), **message) == (event,)


def test_session_waits_for_ready() -> None:
    one = session()
    (start,) = one.opening()
    tool = {"name": "look_up", "description": "Find an order", "parameters": {"type": "object"}}
    assert json.loads(start.message) == {
        "type": "start",
        "instructions": "Be brief.",
        "tools": [tool],
    }
    assert one.awaited == "ready"
    assert received(one, type="ready") == ()
    assert one.awaited is None


def test_error_before_ready_refuses_the_session() -> None:
    one = session()
    received(one, type="error", message="no such key")
    assert one.refused == "no such key"


def test_setting_that_no_message_carries_is_refused() -> None:
    wanted = commands.SessionConfig(instructions="Be brief.", voice="marin")
    assert [name for name, _ in ExampleDialect().unfit(wanted)] == ["voice"]


def test_caller_audio_is_sent() -> None:
    assert json.loads(session().append_audio(b"\x01\x02")) == {"type": "audio", "data": "AQI="}


def test_tool_result_is_sent() -> None:
    (sent,) = session().answer_tool("c1", '{"status": "shipped"}')
    result = {"type": "tool_result", "id": "c1", "result": '{"status": "shipped"}'}
    assert json.loads(sent.message) == result
