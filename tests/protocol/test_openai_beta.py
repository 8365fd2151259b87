"""The beta's shape, written and read; the vendor's own types of that time are the judges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from openai.types.beta import realtime as beta_types
from pydantic import TypeAdapter
from support.beta_agent import BetaHalf
from support.wire_strategies import COMMANDS, EVENTS

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import (
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Tool,
)
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import dialect
from harness.protocol.fields import Malformed, WireFault, load
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.openai_beta.beta import OpenAiBeta

BETA = OpenAiBeta()
CLIENT_TYPES: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(beta_types.RealtimeClientEvent)[0])
}
AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def written(command: c.ClientCommand) -> dict[str, Any]:
    """Return a message as it is sent, once the vendor's types have let it pass."""
    message = BETA.encode_client(command)
    raw = orjson.loads(message)
    model = CLIENT_TYPES[raw["type"]]
    TypeAdapter(getattr(beta_types, f"{model.__name__}Param")).validate_json(message)
    return raw


def read(**message: Any) -> e.ServerEvent:
    return BETA.read(load(orjson.dumps(message)))[0]


def test_it_is_known_by_name():
    assert dialect("openai_beta").name == "openai_beta"


@pytest.mark.parametrize(
    ("wanted", "flat"),
    [
        (SessionConfig(), {}),
        (
            SessionConfig(
                instructions="Be brief.",
                tools=(Tool("lookup", "Looks up.", {"type": "object"}),),
                voice="marin",
                input_format=AudioFormat.PCM16_24K,
                output_format=AudioFormat.PCMU,
                turn_detection=ServerVad(silence_duration_ms=500),
                transcription_model="whisper-1",
                noise_reduction="near_field",
                modalities=("audio",),
                max_output_tokens=100,
            ),
            {
                "instructions": "Be brief.",
                "tools": [
                    {
                        "type": "function",
                        "name": "lookup",
                        "description": "Looks up.",
                        "parameters": {"type": "object"},
                    }
                ],
                "voice": "marin",
                "input_audio_format": "pcm16",
                "output_audio_format": "g711_ulaw",
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
                "input_audio_transcription": {"model": "whisper-1"},
                "input_audio_noise_reduction": {"type": "near_field"},
                "modalities": ["text", "audio"],
                "max_response_output_tokens": 100,
            },
        ),
        (SessionConfig(modalities=("text",)), {"modalities": ["text"]}),
        (
            SessionConfig(turn_detection=SemanticVad(), input_format=AudioFormat.PCMA),
            {
                "input_audio_format": "g711_alaw",
                "turn_detection": {"type": "semantic_vad"},
            },
        ),
    ],
)
def test_settings_of_a_session_are_flat(wanted, flat):
    assert written(c.ConfigureSession(wanted)) == {"type": "session.update", "session": flat}


def test_push_to_talk_is_an_explicit_null():
    message = BETA.encode_client(c.ConfigureSession(SessionConfig(turn_detection_off=True)))
    assert orjson.loads(message)["session"] == {"turn_detection": None}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (c.CreateResponse(), {"type": "response.create"}),
        (
            c.CreateResponse(
                ResponseOptions(modalities=("audio",), max_output_tokens=9, conversation="none")
            ),
            {
                "type": "response.create",
                "response": {
                    "modalities": ["text", "audio"],
                    "max_response_output_tokens": 9,
                    "conversation": "none",
                },
            },
        ),
        (c.CommitAudio(), {"type": "input_audio_buffer.commit"}),
    ],
)
def test_commands_are_written_in_the_names_of_the_beta(command, message):
    assert written(command) == message


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(COMMANDS)
def test_nothing_that_is_sent_has_a_field_of_the_newer_shape(command: c.ClientCommand) -> None:
    raw = orjson.loads(BETA.encode_client(command))
    for name in ("session", "response"):
        inside = raw.get(name, {})
        assert not {"type", "audio", "output_modalities", "reasoning", "truncation"} & set(inside)


FLAT = {
    "id": "sess_1",
    "object": "realtime.session",
    "modalities": ["text", "audio"],
    "instructions": "Be brief.",
    "voice": "alloy",
    "input_audio_format": "pcm16",
    "output_audio_format": "g711_alaw",
    "input_audio_transcription": {"model": "whisper-1"},
    "turn_detection": {"type": "server_vad", "interrupt_response": False},
    "temperature": 0.8,
    "max_response_output_tokens": 77,
}


@pytest.mark.parametrize("kind", [e.SessionCreated, e.SessionUpdated])
def test_a_flat_session_is_read_with_all_its_settings(kind):
    name = "session.created" if kind is e.SessionCreated else "session.updated"
    event = read(type=name, session=FLAT)
    assert isinstance(event, kind)
    config = event.config
    assert (event.session_id, config.instructions, config.voice) == ("sess_1", "Be brief.", "alloy")
    assert (config.input_format, config.output_format) == (AudioFormat.PCM16_24K, AudioFormat.PCMA)
    assert (config.modalities, config.max_output_tokens) == (("audio",), 77)
    assert config.transcription_model == "whisper-1"
    assert config.turn_detection == ServerVad(interrupt_response=False)
    assert event.raw["temperature"] == 0.8


def test_a_setting_that_stands_in_its_newer_place_too_is_taken_from_there():
    nested = {"audio": {"output": {"voice": "cedar"}, "input": None}}
    event = read(type="session.updated", session={**FLAT, **nested})
    assert isinstance(event, e.SessionUpdated)
    assert event.config.voice == "cedar"
    assert event.config.input_format is AudioFormat.PCM16_24K


def test_a_flat_response_is_read_with_all_its_settings():
    response = {
        "id": "r",
        "status": "completed",
        "modalities": ["text"],
        "voice": "alloy",
        "output_audio_format": "g711_ulaw",
        "output": [
            {"id": "i", "type": "message", "content": [{"type": "audio", "transcript": "Hi."}]}
        ],
    }
    event = read(type="response.done", response=response)
    assert isinstance(event, e.ResponseDone)
    found = event.response
    assert (found.status, found.modalities) == (ResponseStatus.COMPLETED, ("text",))
    assert (found.voice, found.audio_format) == ("alloy", AudioFormat.PCMU)
    assert found.output[0].content[0].transcript == "Hi."


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {"type": "response.audio.delta", **AT, "delta": "AQI="},
            e.AudioDelta("r", "i", 0, 0, b"\x01\x02"),
        ),
        ({"type": "response.audio.done", **AT}, e.AudioDone("r", "i", 0, 0)),
        (
            {"type": "response.audio_transcript.delta", **AT, "delta": "Hi"},
            e.TranscriptDelta("r", "i", 0, 0, "Hi"),
        ),
        ({"type": "response.text.done", **AT, "text": "Hi"}, e.TextDone("r", "i", 0, 0, "Hi")),
        (
            {
                "type": "response.function_call_arguments.done",
                **AT,
                "call_id": "c",
                "arguments": "{}",
            },
            e.ArgumentsDone("r", "i", 0, "c", "{}", None),
        ),
        ({"type": "session.created", "session": 7}, e.SessionCreated(None, SessionConfig())),
    ],
)
def test_events_have_their_older_names(message, event):
    assert read(**message) == event


# --- address, limits, and the message if a server does not speak it -------------------------------

AZURE = "wss://r.openai.azure.com/openai/realtime?api-version=2024-10-01-preview"


@pytest.mark.parametrize(
    ("url", "expected", "key"),
    [
        ("wss://relay/v1", "wss://relay/v1?model=m", {"Authorization": "Bearer k"}),
        (AZURE, f"{AZURE}&deployment=m", {"api-key": "k"}),
        (f"{AZURE}&deployment=d", f"{AZURE}&deployment=d", {"api-key": "k"}),
    ],
)
def test_the_dated_endpoints_of_azure_name_deployments_and_have_their_own_key(url, expected, key):
    place = BETA.endpoint(url, model="m", key="k")
    assert place.url == expected
    assert place.headers == {**key, "OpenAI-Beta": "realtime=v1"}
    assert BETA.endpoint(url, model="m", key=None).headers == {"OpenAI-Beta": "realtime=v1"}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (SessionConfig(turn_detection=ServerVad()), []),
        (SessionConfig(output_format=AudioFormat.PCMU), []),
        (
            SessionConfig(reasoning_effort="low"),
            [("reasoning_effort", "openai_beta has no such setting; take it out")],
        ),
        (
            SessionConfig(turn_detection=ServerVad(idle_timeout_ms=6000)),
            [("turn_detection.idle_timeout_ms", "openai_beta has no such setting; take it out")],
        ),
        (
            SessionConfig(input_format=AudioFormat.PCM16_16K),
            [("input_format", "openai_beta has pcm16_24k, pcmu, pcma; got pcm16_16k")],
        ),
    ],
)
def test_what_the_beta_had_not_yet_is_told(wanted, said):
    assert list(BETA.unfit(wanted)) == said


def refusal(spoken: str, **error: Any) -> str | None:
    """Return the message if this error is the first event."""
    decoder = Decoder(dialect(spoken), SessionConfig())
    decoder.take(orjson.dumps({"type": "error", "error": {"type": "x", **error}}), 0.0)
    return decoder.session.refused


GONE = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
NEWER = "this endpoint speaks the newer shape: use dialect: openai_ga"
OLDER = "this endpoint speaks the beta's shape: use dialect: openai_beta"


@pytest.mark.parametrize(
    ("spoken", "error", "said"),
    [
        (
            "openai_beta",
            {"code": "beta_api_shape_disabled", "message": GONE},
            f"{GONE} (beta_api_shape_disabled); {NEWER}",
        ),
        (
            "openai_beta",
            {"code": "missing_required_parameter", "param": "session.type", "message": "No type."},
            f"No type. (missing_required_parameter); {NEWER}",
        ),
        ("openai_beta", {"message": "No seats."}, "No seats."),
        (
            "openai_ga",
            {"code": "unknown_parameter", "param": "session.audio", "message": "What?"},
            f"What? (unknown_parameter); {OLDER}",
        ),
        (
            "openai_ga",
            {"code": "unknown_parameter", "param": "session.x", "message": "What?"},
            "What? (unknown_parameter)",
        ),
    ],
)
def test_a_refused_shape_is_told_with_the_one_that_is_spoken(spoken, error, said):
    assert refusal(spoken, **error) == said


# --- the server's half ---------------------------------------------------------------------------

SERVER_TYPES: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(beta_types.RealtimeServerEvent)[0])
}


def test_what_an_agent_said_is_plain_text_in_the_beta():
    said = Content(ContentKind.OUTPUT_TEXT, text="Hello.")
    item = Item(kind=ItemKind.MESSAGE, role=Role.ASSISTANT, content=(said,))
    raw = written(c.CreateItem(item))
    assert raw["item"]["content"] == [{"type": "text", "text": "Hello."}]
    assert BETA.decode_client(orjson.dumps(raw)) == c.CreateItem(item)


def test_what_a_server_reads_is_what_a_client_wrote():
    wanted = SessionConfig(
        instructions="Be brief.",
        tools=(Tool("lookup", "Looks up.", {"type": "object"}),),
        voice="marin",
        input_format=AudioFormat.PCM16_24K,
        output_format=AudioFormat.PCMU,
        turn_detection=ServerVad(silence_duration_ms=500),
        modalities=("audio",),
    )
    options = ResponseOptions(modalities=("text",), conversation="none")
    for command in (c.ConfigureSession(wanted), c.CreateResponse(options), c.CommitAudio()):
        assert BETA.decode_client(BETA.encode_client(command)) == command


def test_a_server_refuses_a_setting_of_the_newer_shape_and_passes_over_its_own():
    own = orjson.dumps({"type": "session.update", "session": {"temperature": 0.7}})
    assert BETA.decode_client(own) == c.ConfigureSession(SessionConfig())
    newer = orjson.dumps({"type": "session.update", "session": {"output_modalities": ["audio"]}})
    with pytest.raises(WireFault, match=r"Unknown parameter: 'session.output_modalities'\."):
        BETA.decode_client(newer)


def test_a_server_tells_sessions_answers_and_calls_as_the_hand_written_one_does():
    session = SessionConfig(
        instructions="Be brief.",
        tools=(),
        voice="alloy",
        input_format=AudioFormat.PCM16_24K,
        output_format=AudioFormat.PCMU,
        turn_detection=ServerVad(),
        modalities=("audio",),
    )
    part = Content(ContentKind.OUTPUT_AUDIO, transcript="Hi.")
    item = Item("i", ItemKind.MESSAGE, role=Role.ASSISTANT, content=(part,))
    events = (
        e.SessionCreated("s", session),
        e.SessionUpdated("s", replace(session, model="gpt-realtime")),
        e.ResponseDone(Response("r", ResponseStatus.COMPLETED, output=(item,))),
        e.PartDone("r", "i", 0, 0, part),
        e.ArgumentsDone("r", "i", 0, "c", "{}", "lookup"),
    )
    for event in events:
        raw, by_hand = (
            orjson.loads(half.encode_server(event, "event_1")) for half in (BETA, BetaHalf())
        )
        SERVER_TYPES[raw["type"]].model_validate(raw)
        assert raw["type"] == by_hand["type"]
        for name in ("session", "response"):
            ours, theirs = raw.get(name, {}), by_hand.get(name, {})
            shared = set(ours) & set(theirs) - {"turn_detection", "output_audio_format"}
            assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}
        assert "name" not in raw
    with pytest.raises(Malformed):
        BETA.decode_client(b"[]")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVENTS)
def test_a_server_writes_the_names_of_the_beta_as_a_hand_written_one_does(
    event: e.ServerEvent,
) -> None:
    end = BETA.serve(lambda prefix: f"{prefix}_1")
    served = end.send(event, 0.0).messages
    if isinstance(event, e.ItemDone | e.InputTimedOut):
        assert served == ()
        return
    raw = orjson.loads(served[0])
    assert raw["event_id"] == "event_1"
    assert raw["type"] == orjson.loads(BetaHalf().encode_server(event, "event_1"))["type"]
    SERVER_TYPES[raw["type"]].model_validate_json(served[0])
