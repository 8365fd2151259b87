"""What a client of a Gemini Live server asks for: its ``setup`` as settings of ours, strictly read.

A name that nobody knows is refused, as the service refuses it; what is known and has no meaning for
the reference agent (sampling, thinking, compression) is passed over.
"""

from __future__ import annotations

from harness.protocol.commands import ServerVad, SessionConfig, Tool
from harness.protocol.fields import Fields
from harness.protocol.gemini_live.schema import json_schema
from harness.protocol.wire import JsonObject

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
    """Return the settings in a ``setup``; raises WireFault for what the service would refuse."""
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
        **_activity(setup.inside("realtimeInputConfig") or Fields({})),
    )


def read_change(change: Fields) -> SessionConfig:
    """Return what a ``contextUpdate`` changes; raises WireFault."""
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
    """Return the words of a ``Content``."""
    found = (part.optional_text("text") for part in content.each("parts") or ())
    return " ".join(filter(None, found))


def _declared(tool: Fields) -> tuple[Fields, ...]:
    return tool.each("functionDeclarations") or ()


def _tool(declared: Fields) -> Tool:
    """Return a function; its parameters are a ``Schema`` or JSON Schema as it is, never both."""
    whole, subset = declared.mapping("parametersJsonSchema"), declared.mapping("parameters")
    if whole is not None and subset is not None:
        problem = "Only one of parameters and parametersJsonSchema may be set."
        raise declared.refuse("invalid_value", "parametersJsonSchema", problem)
    return Tool(
        declared.text("name"),
        declared.optional_text("description") or "",
        json_schema(subset or {}) if whole is None else whole,
    )


def _activity(asked: Fields) -> JsonObject:
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
