"""Client messages that no session can use: each gets an error event, and the session continues."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from support.agent_driver import Driver, types_of

BEYOND = 123456789012345678901234567890


def _item(**item: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": item}


def _spoken(samples: bytes) -> dict[str, Any]:
    part = {"type": "input_audio", "audio": base64.b64encode(samples).decode()}
    return _item(type="message", role="user", content=[part])


def _call(arguments: str) -> dict[str, Any]:
    return _item(type="function_call", call_id="call_1", name="lookup_order", arguments=arguments)


def _input(**settings: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": settings}}}


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    (_call("{not json"), "item.arguments"),
    (_call("[1]"), "item.arguments"),
    (_spoken(b"123"), "item.content[0].audio"),
    (
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": 0,
            "audio_end_ms": BEYOND,
        },
        "audio_end_ms",
    ),
    (
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": BEYOND,
            "audio_end_ms": 0,
        },
        "content_index",
    ),
    (
        {
            "type": "session.update",
            "session": {"type": "realtime", "max_output_tokens": BEYOND},
        },
        "session.max_output_tokens",
    ),
    (
        _input(turn_detection={"type": "server_vad", "silence_duration_ms": BEYOND}),
        "session.audio.input.turn_detection.silence_duration_ms",
    ),
    (
        _input(turn_detection={"type": "server_vad", "prefix_padding_ms": BEYOND}),
        "session.audio.input.turn_detection.prefix_padding_ms",
    ),
    (
        _input(turn_detection={"type": "server_vad", "idle_timeout_ms": BEYOND}),
        "session.audio.input.turn_detection.idle_timeout_ms",
    ),
    (
        {"type": "response.create", "response": {"max_output_tokens": BEYOND}},
        "response.max_output_tokens",
    ),
]


@pytest.mark.parametrize(("message", "param"), UNUSABLE, ids=lambda value: str(value)[-50:])
def test_a_message_that_no_session_can_use_is_an_error_and_the_session_goes_on(
    message: dict[str, Any], param: str
) -> None:
    driver = Driver()
    (event,) = driver.send(**message, event_id="mine")
    assert (event["type"], event["error"]["code"]) == ("error", "invalid_value")
    assert (event["error"]["param"], event["error"]["event_id"]) == (param, "mine")
    assert types_of(driver.send(type="input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]


def test_a_call_of_the_clients_own_history_takes_its_output() -> None:
    for arguments in ("", "{}", '{"order_id": "ORD-4715B"}'):
        driver = Driver()
        driver.send(**_call(arguments))
        output = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
        assert types_of(driver.send(**_item(**output))) == [
            "conversation.item.added",
            "conversation.item.done",
        ]
        assert driver.answer()


def test_audio_that_is_sent_whole_has_the_format_of_the_session() -> None:
    driver = Driver()
    driver.send(**_input(format={"type": "audio/pcmu"}))
    driver.send(**_spoken(b"\xff" * 8001))
    assert driver.heard_audio_s == [pytest.approx(8001 / 8000)]
