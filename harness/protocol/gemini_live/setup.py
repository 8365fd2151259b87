"""The ``setup`` message of a Gemini Live session, written and read, with its tool schemas.

Settings are requested only if the target sets them, except for transcripts and resumption.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.items import AudioFormat

# The parameters of a tool as Gemini takes them: the OpenAPI subset of its ``Schema``.
#
# A function declaration may also contain plain JSON Schema (``parametersJsonSchema``). Models up to
# 2.5 ignored it, and called their tools without arguments (googleapis/python-genai #1147,
# livekit/agents #2940 and its fix, PR 3135); 3.1 and 3.8 are reported to accept it (livekit/agents
# #7302, September 2026). Every model takes the subset, so a schema is rewritten. Keywords that the
# subset lacks are put into the description for the model; keywords that only matter to a validator
# are left out. The scorers check arguments against the suite's own schema in any case.

_KEPT = frozenset(
    {
        *("title", "nullable", "pattern", "required", "default", "example"),
        *("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"),
        *("maximum", "minimum", "propertyOrdering"),
    }
)
"""Keywords that both have, with the same meaning."""

_FOR_CHECKERS = frozenset(
    {"additionalProperties", "$schema", "$id", "$comment", "$defs", "definitions", "examples"}
)
_FORMATS = frozenset({"date-time", "float", "double", "int32", "int64"})
"""Formats that the service knows; it refuses others."""
_MOST_NESTED = 12
"""Limit for references, since a schema may refer to itself."""


def openapi(schema: Mapping[str, Any]) -> JsonObject:
    """Return a JSON Schema as a ``Schema`` of the Gemini API."""
    return _Writer(schema).written(schema, 0)


class _Writer:
    """Writes a schema; references point into the whole schema."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole

    def written(self, schema: Any, depth: int) -> JsonObject:
        """Return the counterpart of a subschema."""
        if not isinstance(schema, Mapping):
            return {}
        found: JsonObject = {}
        words: list[str] = [schema["description"]] if schema.get("description") else []
        for key, value in self._resolved(schema, depth).items():
            if key in _KEPT:
                found[key] = value
            elif key in ("type", "enum", "const", "format"):
                found |= _plain(key, value)
            elif key in ("properties", "items", "anyOf", "oneOf"):
                found |= self._inner(key, value, depth + 1)
            elif key not in _FOR_CHECKERS and key != "description":
                words.append(_constraint_text(key, value))
        words += _unwritten(schema, found)
        return found | ({"description": " ".join(words)} if words else {})

    def _resolved(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """Return a schema with its reference resolved; below ``_MOST_NESTED``, without it."""
        pointer = schema.get("$ref")
        if not isinstance(pointer, str) or not pointer.startswith("#/") or depth > _MOST_NESTED:
            return {key: value for key, value in schema.items() if key != "$ref"}
        place: Any = self._whole
        for name in pointer[2:].split("/"):
            place = place.get(name) if isinstance(place, Mapping) else None
        inner = place if isinstance(place, Mapping) else {}
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return self._resolved({**inner, **own}, depth + 1)

    def _inner(self, key: str, value: Any, depth: int) -> JsonObject:
        if key == "properties" and isinstance(value, Mapping):
            return {key: {name: self.written(each, depth) for name, each in value.items()}}
        if key == "items":
            return {key: self.written(value, depth)}
        return {"anyOf": [self.written(each, depth) for each in value]}


def _plain(key: str, value: Any) -> JsonObject:
    if key == "type" and isinstance(value, list):
        named = [each for each in value if each != "null"]
        nullable = {"nullable": True} if len(named) < len(value) else {}
        if len(named) == 1:
            return {"type": str(named[0]).upper(), **nullable}
        return {"anyOf": [{"type": str(each).upper()} for each in named], **nullable}
    if key == "type":
        return {"type": str(value).upper()}
    if key == "format":
        return {"format": value} if value in _FORMATS else {}
    values = [value] if key == "const" else value
    # The service takes lists of strings only.
    return {"enum": values} if all(isinstance(each, str) for each in values) else {}


def _unwritten(schema: Mapping[str, Any], found: JsonObject) -> Iterator[str]:
    """Yield, as text, keywords that the subset has, but not for these values."""
    for key in ("enum", "const"):
        if key in schema and "enum" not in found:
            yield _constraint_text(key, schema[key])
    if "format" in schema and "format" not in found:
        yield _constraint_text("format", schema["format"])


def _constraint_text(key: str, value: Any) -> str:
    return f"({key}: {orjson.dumps(value).decode()})"


def json_schema(schema: Any) -> Any:
    """Return a ``Schema`` of the Gemini API as JSON Schema, as far as the agent here reads it."""
    if isinstance(schema, list):
        return [json_schema(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: json_schema(value) for key, value in schema.items() if key != "nullable"}
    if isinstance(kind := found.get("type"), str):
        found["type"] = kind.lower()
    return found


INPUT_FORMATS = (
    AudioFormat.PCM16_16K,
    AudioFormat.PCM16_8K,
    AudioFormat.PCM16_24K,
    AudioFormat.PCM16_48K,
)
"""Formats for the caller's audio: the service works with 16 kHz, and resamples the others."""
OUTPUT_FORMAT = AudioFormat.PCM16_24K

_EFFORTS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH"}
_EFFORTS |= {"xhigh": "XHIGH"}


def unfit_settings(wanted: SessionConfig) -> Iterator[tuple[str, str]]:
    """Yield the settings that such a session does not support, and why."""
    yield from _unfit_formats(wanted)
    vad = wanted.turn_detection
    if isinstance(vad, SemanticVad):
        yield "turn_detection.type", "Gemini Live has server_vad, none and keep alone"
    elif vad is not None:
        yield from _unfit_vad(vad)
    if wanted.transcription_model is not None:
        problem = "Gemini Live has one transcription of the caller, always on: leave it out"
        yield "input_transcription", problem


def _unfit_formats(wanted: SessionConfig) -> Iterator[tuple[str, str]]:
    asked = wanted.input_format
    if asked is not None and asked not in INPUT_FORMATS:
        known = ", ".join(each.value for each in INPUT_FORMATS)
        yield "input_format", f"Gemini Live takes {known}; got {asked.value}"
    if wanted.output_format not in (None, OUTPUT_FORMAT):
        yield "output_format", f"Gemini Live speaks {OUTPUT_FORMAT.value} alone"


def _unfit_vad(vad: ServerVad) -> Iterator[tuple[str, str]]:
    if vad.threshold is not None:
        yield "turn_detection.threshold", "Gemini Live has no threshold: leave it out"
    if vad.prefix_padding_ms is not None:
        problem = "means another thing in Gemini Live (speech before a start counts): leave it out"
        yield "turn_detection.prefix_padding_ms", problem
    if vad.idle_timeout_ms is not None:
        yield "turn_detection.idle_timeout_ms", "Gemini Live has no idle timeout: leave it out"
    if vad.create_response is not None:
        yield "turn_detection.create_response", "Gemini Live always answers by itself: leave it out"


def written_setup(wanted: SessionConfig) -> JsonObject:
    """Return the message that opens a session with these settings."""
    effort = wanted.reasoning_effort
    most = wanted.max_output_tokens
    generation = without_none(
        maxOutputTokens=most if isinstance(most, int) else None,
        responseModalities=["AUDIO"],
        speechConfig=None if wanted.voice is None else _voice(wanted.voice),
        thinkingConfig=None if effort is None else {"thinkingLevel": _EFFORTS[effort]},
    )
    setup = without_none(
        model=_model(wanted.model),
        generationConfig=generation,
        systemInstruction=_told(wanted.instructions),
        tools=_tools(wanted.tools),
        realtimeInputConfig=_activity(wanted),
        # Transcripts are off by default, and scorers need the agent's transcript.
        inputAudioTranscription={},
        outputAudioTranscription={},
        sessionResumption={} if wanted.resumption else None,
        # Audio alone fills the context in 15 minutes, so a resumed session must drop its beginning.
        contextWindowCompression={"slidingWindow": {}} if wanted.resumption else None,
    )
    return {"setup": setup}


def written_change(change: SessionConfig) -> JsonObject:
    """Return the changed prompt and tools; no other setting can change during a session."""
    tools = _tools(change.tools) or []
    return without_none(
        systemInstruction=_told(change.instructions),
        tools=None if change.tools is None else {"tools": tools},
    )


def _told(prompt: str | None) -> JsonObject | None:
    return None if prompt is None else {"parts": [{"text": prompt}]}


def _model(name: str | None) -> str | None:
    """Return a model as a path, since Vertex AI requires the full path."""
    return name if name is None or "/" in name else f"models/{name}"


def _voice(name: str) -> JsonObject:
    return {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": name}}}


def _tools(tools: tuple[Tool, ...] | None) -> list[JsonObject] | None:
    if not tools:
        return None
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}]


def _declaration(tool: Tool) -> JsonObject:
    # The service refuses an object without properties, so a function without parameters has none.
    takes = tool.parameters.get("properties")
    parameters = {"parameters": openapi(tool.parameters)} if takes else {}
    return {"name": tool.name, "description": tool.description, **parameters}


def _activity(wanted: SessionConfig) -> JsonObject | None:
    if wanted.turn_detection_off:
        return {"automaticActivityDetection": {"disabled": True}}
    vad = wanted.turn_detection
    if not isinstance(vad, ServerVad):
        return None
    silence = without_none(silenceDurationMs=vad.silence_duration_ms)
    told = without_none(
        automaticActivityDetection=silence or None,
        activityHandling="NO_INTERRUPTION" if vad.interrupt_response is False else None,
    )
    return told or None


# The ``setup`` of a Gemini Live client as neutral settings, strictly read.
#
# An unknown name is refused, as the service refuses it; known settings without a meaning for the
# reference agent (sampling, thinking, compression) are ignored.

_SETUP = frozenset(
    {
        *("model", "generationConfig", "systemInstruction", "tools", "realtimeInputConfig"),
        *("inputAudioTranscription", "outputAudioTranscription", "sessionResumption"),
        *("contextWindowCompression", "proactivity", "historyConfig", "explicitVadSignal"),
        *("labels", "safetySettings", "avatarConfig"),
    }
)
_ACTIVITY = frozenset({"automaticActivityDetection", "activityHandling", "turnCoverage"})
_DETECTION = frozenset(
    {
        *("disabled", "startOfSpeechSensitivity", "endOfSpeechSensitivity"),
        *("prefixPaddingMs", "silenceDurationMs"),
    }
)
_TRANSCRIBER = "reference"
_NO_INTERRUPTION = "NO_INTERRUPTION"


def read_setup(raw: JsonObject) -> SessionConfig:
    """Return the settings in a ``setup``; raises WireFault if the service would refuse it."""
    setup = Fields(raw, path="setup", strict=True)
    setup.only(_SETUP)
    setup.optional_text("model")
    generation = setup.inside("generationConfig") or Fields({})
    modalities = generation.texts("responseModalities") or ("AUDIO",)
    if modalities != ("AUDIO",):
        raise generation.refuse("invalid_value", "responseModalities", "Only AUDIO is served.")
    speech = generation.inside("speechConfig") or Fields({})
    voice = speech.inside("voiceConfig") or Fields({})
    prebuilt = voice.inside("prebuiltVoiceConfig") or Fields({})
    heard = setup.mapping("inputAudioTranscription") is not None
    return SessionConfig(
        instructions=text_of(setup.inside("systemInstruction") or Fields({})),
        tools=_functions(setup.each("tools") or ()),
        voice=prebuilt.optional_text("voiceName"),
        transcription_model=_TRANSCRIBER if heard else None,
        modalities=("audio",),
        **_activity_asked(setup.inside("realtimeInputConfig") or Fields({})),
    )


def read_change(change: Fields) -> SessionConfig:
    """Return the changes of a ``contextUpdate``; raises WireFault."""
    change.only(("systemInstruction", "tools"))
    prompt, listed = change.inside("systemInstruction"), change.inside("tools")
    tools = None if listed is None else listed.each("tools") or ()
    return SessionConfig(
        instructions=None if prompt is None else text_of(prompt),
        tools=None if tools is None else _functions(tools),
    )


def _functions(tools: tuple[Fields, ...]) -> tuple[Tool, ...]:
    return tuple(_tool(each) for tool in tools for each in _declared(tool))


def text_of(content: Fields) -> str:
    """Return the text of a ``Content``."""
    found = (part.optional_text("text") for part in content.each("parts") or ())
    return " ".join(filter(None, found))


def _declared(tool: Fields) -> tuple[Fields, ...]:
    return tool.each("functionDeclarations") or ()


def _tool(declared: Fields) -> Tool:
    """Return a function; its parameters are a ``Schema`` or plain JSON Schema, never both."""
    whole, subset = declared.mapping("parametersJsonSchema"), declared.mapping("parameters")
    if whole is not None and subset is not None:
        problem = "Only one of parameters and parametersJsonSchema may be set."
        raise declared.refuse("invalid_value", "parametersJsonSchema", problem)
    return Tool(
        declared.text("name"),
        declared.optional_text("description") or "",
        json_schema(subset or {}) if whole is None else whole,
    )


def _activity_asked(asked: Fields) -> JsonObject:
    asked.only(_ACTIVITY)
    detection = asked.inside("automaticActivityDetection") or Fields({})
    detection.only(_DETECTION)
    if detection.flag("disabled", False):
        return {"turn_detection_off": True}
    silence_ms = detection.number("silenceDurationMs", None, least=0)
    vad = ServerVad(
        silence_duration_ms=None if silence_ms is None else int(silence_ms),
        interrupt_response=asked.optional_text("activityHandling") != _NO_INTERRUPTION,
    )
    return {"turn_detection": vad}
