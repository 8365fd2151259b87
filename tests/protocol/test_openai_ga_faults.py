"""Messages that the GA dialect refuses, and those that it tolerates."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from support import openai_types

from harness.errors import UnknownName
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.dialect import DIALECTS, dialect
from harness.protocol.fields import Malformed, WireFault, load
from harness.protocol.items import (
    Content,
    ContentKind,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.openai.ga import OpenAiGa

GA = OpenAiGa()


def server_event(message: bytes) -> e.ServerEvent:
    return GA.read(load(message))[0]


ITEM = {"type": "message", "role": "user", "content": []}


def message(kind: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": kind, "event_id": "mine", **fields})


def session(**fields: Any) -> bytes:
    return message("session.update", session={"type": "realtime", **fields})


def heard(**fields: Any) -> bytes:
    return session(audio={"input": fields})


def item(**fields: Any) -> bytes:
    return message("conversation.item.create", item=ITEM | fields)


def vad(**fields: Any) -> bytes:
    return heard(turn_detection={"type": "server_vad", **fields})


MISSING, UNKNOWN = "missing_required_parameter", "unknown_parameter"
VALUE, TYPE = "invalid_value", "invalid_type"

REFUSED = [
    (message("session.dance"), VALUE, "type"),
    (orjson.dumps({"event_id": "mine"}), MISSING, "type"),
    (message("session.update"), MISSING, "session"),
    (message("session.update", session=[]), TYPE, "session"),
    (message("session.update", session={}), MISSING, "session.type"),
    (message("session.update", session={"type": "translation"}), VALUE, "session.type"),
    (session(modalities=["audio"]), UNKNOWN, "session.modalities"),
    (session(output_modalities=["audio", "text"]), VALUE, "session.output_modalities"),
    (session(output_modalities="audio"), TYPE, "session.output_modalities"),
    (session(instructions=1), TYPE, "session.instructions"),
    (session(audio=1), TYPE, "session.audio"),
    (session(audio={"in": {}}), UNKNOWN, "session.audio.in"),
    (session(audio={"output": {"speed": 9}}), VALUE, "session.audio.output.speed"),
    (session(audio={"output": {"speed": "x"}}), TYPE, "session.audio.output.speed"),
    (session(tool_choice="maybe"), VALUE, "session.tool_choice"),
    (session(tools=[{"type": "magic"}]), VALUE, "session.tools[0].type"),
    (session(tools=[{"type": "function"}]), MISSING, "session.tools[0].name"),
    (session(tools=[7]), TYPE, "session.tools[0]"),
    (session(tools={}), TYPE, "session.tools"),
    (session(max_output_tokens=0), VALUE, "session.max_output_tokens"),
    (session(max_output_tokens="many"), TYPE, "session.max_output_tokens"),
    (session(reasoning={"effort": "huge"}), VALUE, "session.reasoning.effort"),
    (session(parallel_tool_calls="yes"), TYPE, "session.parallel_tool_calls"),
    (heard(format={"type": "pcm16"}), VALUE, "session.audio.input.format.type"),
    (
        heard(format={"type": "audio/pcm", "rate": 8000}),
        VALUE,
        "session.audio.input.format.rate",
    ),
    (vad(threshold=2), VALUE, "session.audio.input.turn_detection.threshold"),
    (vad(eagerness="low"), UNKNOWN, "session.audio.input.turn_detection.eagerness"),
    (
        heard(turn_detection={"type": "server_vad", "threshold": "x"}),
        TYPE,
        "session.audio.input.turn_detection.threshold",
    ),
    (item(role="robot"), VALUE, "item.role"),
    (item(type="dance"), VALUE, "item.type"),
    (item(content=[{"type": "output_text", "text": "x"}]), VALUE, "item.content[0].type"),
    (item(content=[{"type": "input_text"}]), MISSING, "item.content[0].text"),
    (item(content=[{"type": "input_audio", "audio": "?"}]), VALUE, "item.content[0].audio"),
    (item(call_id="c"), UNKNOWN, "item.call_id"),
    (
        message("conversation.item.create", item={"type": "message", "role": "user"}),
        MISSING,
        "item.content",
    ),
    (
        message("conversation.item.create", item={"type": "function_call_output", "output": ""}),
        MISSING,
        "item.call_id",
    ),
    (message("input_audio_buffer.append", audio="no base64!"), VALUE, "audio"),
    (message("input_audio_buffer.append", audio=None), TYPE, "audio"),
    (
        message("input_audio_buffer.append", audio="AAAA" * (5 * 1024 * 1024 + 1)),
        VALUE,
        "audio",
    ),
    (message("input_audio_buffer.commit", audio=""), UNKNOWN, "audio"),
    (
        message("conversation.item.truncate", item_id="i", content_index=0, audio_end_ms=-1),
        VALUE,
        "audio_end_ms",
    ),
    (
        message("conversation.item.truncate", item_id="i", content_index=0.5, audio_end_ms=1),
        TYPE,
        "content_index",
    ),
    (message("response.create", response={"metadata": {"a": 1}}), TYPE, "response.metadata.a"),
    (message("response.create", response={"voice": "x"}), UNKNOWN, "response.voice"),
    (message("response.cancel", response_id=3), TYPE, "response_id"),
]


@pytest.mark.parametrize(
    ("sent", "code", "param"), REFUSED, ids=[f"{c}:{p}" for _, c, p in REFUSED]
)
def test_a_bad_command_is_refused_with_code_place_and_the_clients_own_id(
    sent: bytes, code: str, param: str
) -> None:
    with pytest.raises(WireFault) as caught:
        GA.decode_client(sent)
    error = caught.value.error
    assert (error.type, error.code, error.param, error.event_id) == (
        "invalid_request_error",
        code,
        param,
        "mine",
    )
    assert param in error.message or code == VALUE
    openai_types.check_server(GA.encode_server(e.ServerError(error), "event_1"))


def test_an_event_id_that_is_no_text_is_refused_without_being_repeated() -> None:
    with pytest.raises(WireFault) as caught:
        GA.decode_client(b'{"type":"response.cancel","event_id":5}')
    assert (caught.value.param, caught.value.event_id) == ("event_id", None)


@pytest.mark.parametrize("sent", ["", "{", "[]", "3", "null", "true", '"x"', b"\xff"])
def test_what_is_no_json_object_is_malformed_on_both_sides(sent: str | bytes) -> None:
    for read in (GA.decode_client, lambda message: GA.read(load(message))):
        with pytest.raises(Malformed) as caught:
            read(sent)
        assert caught.value.code == "invalid_event"


AUDIO = "response.output_audio"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"type": "response.output_audio.delta"}, "response.output_audio.delta"),
        ({"type": "response.output_audio.delta", "delta": "no base64!"}, f"{AUDIO}.delta"),
        ({"type": "response.output_audio.delta", "delta": {}}, f"{AUDIO}.delta"),
        ({"type": f"{AUDIO}_transcript.delta", "delta": {}}, f"{AUDIO}_transcript.delta"),
        ({"type": 7}, None),
    ],
)
def test_a_server_event_without_what_it_needs_is_malformed(
    sent: dict[str, Any], kind: str | None
) -> None:
    with pytest.raises(Malformed) as caught:
        server_event(orjson.dumps(sent))
    assert caught.value.event_type == kind


AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
OUT = ("r", "i", 0, 0)
TOLERATED = [
    ("response.audio.delta", {**AT, "delta": "AQI="}, e.AudioDelta(*OUT, b"\x01\x02")),
    ("response.audio.done", {**AT, "extra": 1}, e.AudioDone(*OUT)),
    ("response.audio_transcript.delta", {**AT, "delta": "x"}, e.TranscriptDelta(*OUT, "x")),
    ("response.text.done", {**AT, "text": "x"}, e.TextDone(*OUT, "x")),
    (
        "response.content_part.added",
        {**AT, "part": {"type": "output_audio"}},
        e.PartAdded(*OUT, Content(ContentKind.OUTPUT_AUDIO)),
    ),
    (
        "conversation.item.created",
        {"item": {"type": "message", "role": "assistant", "content": [{"type": "hologram"}]}},
        e.ItemAdded(Item(None, ItemKind.MESSAGE, role=Role.ASSISTANT)),
    ),
    (
        "conversation.item.input_audio_transcription.delta",
        {"item_id": "i"},
        e.InputTranscriptDelta("i", 0, ""),
    ),
    (
        "input_audio_buffer.speech_started",
        {"item_id": "i", "audio_start_ms": 32.0},
        e.SpeechStarted("i", 32),
    ),
    (
        "response.created",
        {"response": {"id": "r", "status": "in_progress"}},
        e.ResponseCreated(Response("r", ResponseStatus.IN_PROGRESS)),
    ),
    (
        "rate_limits.updated",
        {"rate_limits": [{}]},
        e.RateLimitsUpdated((e.RateLimit("", 0, 0, 0.0),)),
    ),
    (
        "session.updated",
        {"session": {"audio": {"output": {"voice": {"id": "voice_1"}, "format": {}}}}},
        None,
    ),
    (
        "session.updated",
        {"session": {"reasoning": {"effort": "new"}, "tools": [{"type": "mcp"}]}},
        None,
    ),
]


@pytest.mark.parametrize(("kind", "fields", "event"), TOLERATED)
def test_servers_may_leave_out_add_and_use_older_names(
    kind: str, fields: dict[str, Any], event: e.ServerEvent | None
) -> None:
    read = server_event(orjson.dumps({"type": kind, **fields}))
    assert not isinstance(read, e.UnknownEvent)
    assert event is None or read == event


def test_a_part_of_an_unknown_type_is_an_unknown_event() -> None:
    sent = {"type": "response.content_part.added", **AT, "part": {"type": "hologram"}}
    read = server_event(orjson.dumps(sent))
    assert read == e.UnknownEvent("response.content_part.added", sent)


def test_settings_of_the_service_that_we_have_no_use_for_are_accepted() -> None:
    command = GA.decode_client(
        session(
            tracing="auto",
            tools=[{"type": "mcp", "server_label": "x"}],
            reasoning={},
            audio={"input": {"transcription": {"model": "whisper-1", "prompt": "x"}}},
        )
    )
    assert isinstance(command, c.ConfigureSession)
    assert command.config.tools == ()
    assert command.config.transcription_model == "whisper-1"


def test_a_custom_voice_is_sent_as_an_object() -> None:
    sent = orjson.loads(GA.encode_client(c.ConfigureSession(SessionConfig(voice="voice_1"))))
    assert sent["session"]["audio"]["output"]["voice"] == {"id": "voice_1"}


def test_an_image_part_keeps_its_url() -> None:
    content = {"type": "input_image", "image_url": "data:x", "detail": "low"}
    command = GA.decode_client(item(content=[content]))
    assert orjson.loads(GA.encode_client(command))["item"]["content"] == [content]


def test_an_item_of_a_kind_without_a_name_of_ours_keeps_all_its_fields() -> None:
    sent = {"id": "i", "type": "item_reference"}
    command = GA.decode_client(message("response.create", response={"input": [sent]}))
    kept = Item("i", ItemKind.OTHER, extra={"type": "item_reference"})
    assert command == c.CreateResponse(ResponseOptions(input=(kept,)), "mine")
    assert orjson.loads(GA.encode_client(command))["response"]["input"] == [sent]


def test_an_unknown_dialect_lists_the_known_ones() -> None:
    assert "openai_ga" in DIALECTS.names()
    with pytest.raises(UnknownName, match="openai_ga"):
        dialect("esperanto")
