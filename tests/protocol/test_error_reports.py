"""Errors in shapes of their own: each is quoted, and messages without an error give none."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.protocol.commands import SessionConfig
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import dialect
from harness.protocol.events import ServerError, UnknownEvent
from harness.protocol.fields import MOST_CHARS, error_words

DOWN = "Backend is down"
REPORTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"type": "error", "error": {"msg": DOWN}}, DOWN),
    ({"type": "error", "error": {"detail": DOWN, "code": "b1"}}, f"{DOWN} (b1)"),
    ({"type": "error", "error": {"code": 500, "message": DOWN}}, f"{DOWN} (500)"),
    ({"type": "error", "error": {"message": {"text": DOWN}}}, DOWN),
    ({"type": "error", "error": [DOWN, {"reason": "no route"}]}, f"{DOWN}; no route"),
    ({"type": "error", "error": {"error": {"message": DOWN}}}, DOWN),
    ({"type": "error", "error": {"where": "db", "n": 2}}, '{"where":"db","n":2}'),
    ({"type": "error", "error": {"type": "server_error"}}, "server_error"),
    ({"type": "error", "detail": DOWN}, DOWN),
    ({"type": "error", "errors": [{"message": DOWN}]}, DOWN),
    ({"type": "error", "data": {"code": 500, "reason": DOWN}}, DOWN),
    ({"type": "response.error", "error": {"message": DOWN}}, DOWN),
    ({"type": "session.error", "message": DOWN}, DOWN),
    ({"type": "Error", "description": DOWN}, DOWN),
    ({"type": "notice", "status": "error", "message": DOWN}, DOWN),
    ({"error": DOWN}, DOWN),
    ({"error": {"message": DOWN}}, DOWN),
    ({"event": "error", "message": DOWN}, DOWN),
)
NO_REPORTS: tuple[dict[str, Any], ...] = (
    {"type": "session.mood.changed", "mood": "sunny"},
    {"type": "tool.progress", "name": "report_error", "message": "half done"},
    {"type": "notice", "error": None, "errors": []},
    {"message": "pong"},
    {},
)


def reported(message: dict[str, Any], name: str = "openai_ga") -> list[str]:
    decoder = Decoder(dialect(name), SessionConfig())
    events = decoder.take(orjson.dumps(message).decode(), 0.0).events
    return [each.event.error.words for each in events if isinstance(each.event, ServerError)]


@pytest.mark.parametrize(("message", "words"), REPORTS)
def test_an_error_of_any_shape_is_quoted(message, words):
    assert reported(message) == [words]


@pytest.mark.parametrize("message", NO_REPORTS)
def test_no_error_is_read_into_other_messages(message):
    assert reported(message) == []


@pytest.mark.parametrize("name", ["openai_beta", "openai_live", "gemini_live"])
def test_every_dialect_quotes_an_error_of_an_unknown_shape(name):
    assert reported({"type": "session.error", "error": {"detail": DOWN}}, name) == [DOWN]


def test_the_error_of_gpt_live_may_have_a_shape_of_its_own():
    assert reported({"type": "error", "error": {"code": 500, "detail": DOWN}}, "openai_live") == [
        f"{DOWN} (500)"
    ]
    assert reported({"type": "error", "error": DOWN}, "openai_live") == [DOWN]


def test_the_message_stays_one_of_an_unknown_type():
    message = orjson.dumps({"type": "session.error", "message": DOWN}).decode()
    told = Decoder(dialect("openai_ga"), SessionConfig()).take(message, 0.0).events
    assert [(type(each.event), each.inferred) for each in told] == [
        (UnknownEvent, False),
        (ServerError, True),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"message": "two\n lines"}, "two lines"),
        ({"message": "x" * (MOST_CHARS + 9)}, "x" * MOST_CHARS + "…"),
        ({"message": "x" * MOST_CHARS}, "x" * MOST_CHARS),
        ({"error": {"error": {"error": {"error": {"message": DOWN}}}}}, None),
        ([{"message": DOWN}, {"message": DOWN}], DOWN),
    ],
)
def test_words_are_one_short_line(value, words):
    assert error_words(value) == (words or orjson.dumps(value).decode())
