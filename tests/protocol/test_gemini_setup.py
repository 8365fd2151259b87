"""The setup of a Gemini Live session: address, key, settings, tools; held against the SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import Client, _common, types
from google.genai import _live_converters as converters
from support.gemini_types import sent

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool
from harness.protocol.dialect import dialect
from harness.protocol.gemini_live.dialect import PATH, VERTEX_PATH
from harness.protocol.gemini_live.messages import camel
from harness.protocol.gemini_live.setup import openapi
from harness.protocol.items import AudioFormat
from harness.scenario.target import Target, target_faults

GEMINI = dialect("gemini_live")
HOST = "wss://generativelanguage.googleapis.com"
VERTEX = "wss://europe-west4-aiplatform.googleapis.com"
BOOK = Tool(
    "book",
    "Books a table.",
    {
        "type": "object",
        "properties": {
            "day": {"type": "string", "description": "Day of the week", "enum": ["Mon", "Tue"]},
            "guests": {"type": "integer", "minimum": 1, "maximum": 12},
        },
        "required": ["day"],
        "additionalProperties": False,
    },
)


def setup(**wanted: Any) -> dict[str, Any]:
    """The setup of such a session, as the vendor's types let it pass."""
    (message,) = GEMINI.session(SessionConfig(**wanted)).opening()
    assert isinstance(message.message, str)
    return sent(message.message)["setup"]


def sdk_setup(**config: Any) -> dict[str, Any]:
    """The setup message that the vendor's client writes for such a session."""
    api = Client(api_key="none")._api_client
    parameters = types.LiveConnectParameters(
        model="models/gemini-live", config=types.LiveConnectConfig(**config)
    )
    given = parameters.model_dump(exclude_none=True)
    made = _common.convert_to_dict(converters._LiveConnectParameters_to_mldev(api, given))
    written: dict[str, Any] = json.loads(json.dumps(_common.encode_unserializable_types(made)))
    return camel(written["setup"])  # it writes some names in camel case, and some in snake case


# --- address and key ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "key", "address", "headers"),
    [
        (HOST, "k1", HOST + PATH, {"x-goog-api-key": "k1"}),
        (f"{HOST}/", None, HOST + PATH, {}),
        (f"{HOST}//ws/any.v9.BidiGenerateContent", "k1", None, {"x-goog-api-key": "k1"}),
        (
            HOST,
            "auth_tokens/t1",
            f"{HOST}{PATH}Constrained",
            {"Authorization": "Token auth_tokens/t1"},
        ),
        (f"{HOST}/relay", "auth_tokens/t1", None, {"Authorization": "Token auth_tokens/t1"}),
        (VERTEX, "ya29", VERTEX + VERTEX_PATH, {"Authorization": "Bearer ya29"}),
        ("wss://aiplatform.googleapis.com/x?y=1", "ya29", None, {"Authorization": "Bearer ya29"}),
    ],
)
def test_the_key_goes_where_the_service_takes_it(url, key, address, headers) -> None:
    place = GEMINI.endpoint(url, model="gemini-live", key=key)
    assert (place.url, dict(place.headers)) == (address or url, headers)


# --- settings ----------------------------------------------------------------------------------


def test_a_setup_is_what_the_vendors_client_writes() -> None:
    found = setup(
        model="gemini-live",
        voice="Kore",
        instructions="Be brief.",
        turn_detection=ServerVad(silence_duration_ms=700, interrupt_response=False),
    )
    assert found == sdk_setup(
        response_modalities=["AUDIO"],
        speech_config={"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
        system_instruction=types.Content(parts=[types.Part(text="Be brief.")]),
        realtime_input_config={
            "automatic_activity_detection": {"silence_duration_ms": 700},
            "activity_handling": "NO_INTERRUPTION",
        },
        input_audio_transcription={},
        output_audio_transcription={},
    ) | {"model": "models/gemini-live", "systemInstruction": {"parts": [{"text": "Be brief."}]}}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"turn_detection_off": True}, {"automaticActivityDetection": {"disabled": True}}),
        ({"turn_detection": ServerVad()}, None),
        (
            {"turn_detection": ServerVad(silence_duration_ms=500)},
            {"automaticActivityDetection": {"silenceDurationMs": 500}},
        ),
        (
            {"turn_detection": ServerVad(interrupt_response=False)},
            {"activityHandling": "NO_INTERRUPTION"},
        ),
        ({}, None),
    ],
)
def test_turn_detection_is_asked_for_as_far_as_it_was_set(wanted, found) -> None:
    assert setup(**wanted).get("realtimeInputConfig") == found


def test_how_much_to_think_is_asked_for() -> None:
    generation = setup(reasoning_effort="low")["generationConfig"]
    assert generation == {
        "responseModalities": ["AUDIO"],
        "thinkingConfig": {"thinkingLevel": "LOW"},
    }


@pytest.mark.parametrize(
    ("model", "told"),
    [("gemini-live", "models/gemini-live"), ("projects/p/x", "projects/p/x"), (None, None)],
)
def test_a_model_is_named_by_its_path(model, told) -> None:
    assert setup(model=model).get("model") == told


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"turn_detection": ServerVad()}, []),
        ({"input_format": AudioFormat.PCM16_24K, "output_format": AudioFormat.PCM16_24K}, []),
        ({"turn_detection": ServerVad(threshold=0.9)}, ["turn_detection.threshold"]),
        ({"turn_detection": ServerVad(prefix_padding_ms=20)}, ["turn_detection.prefix_padding_ms"]),
        ({"turn_detection": ServerVad(idle_timeout_ms=6000)}, ["turn_detection.idle_timeout_ms"]),
        ({"turn_detection": ServerVad(create_response=True)}, ["turn_detection.create_response"]),
        ({"turn_detection": SemanticVad()}, ["turn_detection.type"]),
        ({"input_format": AudioFormat.PCMU}, ["input_format"]),
        ({"output_format": AudioFormat.PCM16_16K}, ["output_format"]),
        ({"transcription_model": "whisper-1"}, ["input_transcription"]),
    ],
)
def test_what_it_cannot_be_asked_for_is_refused_with_a_reason(wanted, refused) -> None:
    found = dict(GEMINI.unfit(SessionConfig(**wanted)))
    assert list(found) == refused
    assert all("Gemini Live" in reason for reason in found.values())


def test_a_target_file_is_told_so_with_the_place() -> None:
    data = {
        "format": 1,
        "target": "live",
        "dialect": "gemini_live",
        "url": HOST,
        "model": "g",
        "session": {"turn_detection": {"type": "server_vad", "threshold": 0.9}},
    }
    assert Target.model_validate(data)
    ((place, problem),) = target_faults(data)
    assert place == ("session", "turn_detection", "threshold")
    assert problem == "Gemini Live has no threshold: leave it out"


def test_a_target_without_a_model_is_told_so() -> None:
    data = {"format": 1, "target": "live", "dialect": "gemini_live", "url": HOST}
    ((place, problem),) = target_faults(data)
    assert (place, "asks for a model" in problem) == (("model",), True)


# --- tools -------------------------------------------------------------------------------------


def test_a_tool_is_declared_in_the_subset_that_the_live_service_reads() -> None:
    ((declaration,),) = (each["functionDeclarations"] for each in setup(tools=(BOOK,))["tools"])
    assert declaration == {
        "name": "book",
        "description": "Books a table.",
        "parameters": {
            "type": "OBJECT",
            "properties": {
                "day": {"type": "STRING", "enum": ["Mon", "Tue"], "description": "Day of the week"},
                "guests": {"type": "INTEGER", "minimum": 1, "maximum": 12},
            },
            "required": ["day"],
        },
    }


@pytest.mark.parametrize("tools", [None, ()])
def test_no_tools_are_no_tools(tools) -> None:
    assert "tools" not in setup(tools=tools)


def test_a_tool_without_parameters_declares_none() -> None:
    tool = Tool("wait", "Says nothing.", {"type": "object", "properties": {}})
    ((declaration,),) = (each["functionDeclarations"] for each in setup(tools=(tool,))["tools"])
    assert declaration == {"name": "wait", "description": "Says nothing."}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (
            {"type": "string", "pattern": "^A", "maxLength": 4},
            {"type": "STRING", "pattern": "^A", "maxLength": 4},
        ),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        (
            {"type": "array", "items": {"type": "number"}},
            {"type": "ARRAY", "items": {"type": "NUMBER"}},
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
            {"anyOf": [{"type": "STRING"}, {"type": "BOOLEAN"}]},
        ),
        ({"const": "yes"}, {"enum": ["yes"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "INTEGER", "description": "(enum: [1,2])"}),
        (
            {"type": "number", "description": "US dollars", "exclusiveMinimum": 0},
            {"type": "NUMBER", "description": "US dollars (exclusiveMinimum: 0)"},
        ),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        (
            {"type": "string", "format": "email"},
            {"type": "STRING", "description": '(format: "email")'},
        ),
        (
            {"type": "object", "properties": {"a": True}},
            {"type": "OBJECT", "properties": {"a": {}}},
        ),
        ({"$schema": "x", "additionalProperties": False}, {}),
        ({"$ref": "https://elsewhere"}, {}),
        ({"$ref": "#/$defs/gone"}, {}),
        (
            {
                "properties": {"to": {"$ref": "#/$defs/place", "description": "Where to"}},
                "$defs": {"place": {"type": "string", "description": "A place"}},
            },
            {"properties": {"to": {"type": "STRING", "description": "Where to"}}},
        ),
    ],
)
def test_json_schema_becomes_the_vendors_schema(schema, written) -> None:
    found = openapi(schema)
    assert found == written
    types.Schema.model_validate(found)


def test_a_schema_inside_of_itself_comes_to_an_end() -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#"}}}
    whole = {"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"t": {"$ref": "#/$defs/t"}}}}}
    for schema in (tree, whole):
        types.Schema.model_validate(openapi(schema))
