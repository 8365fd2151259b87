"""Settings of sessions and responses in the GA Realtime API, both ways: tools, VAD, voices."""

from __future__ import annotations

from dataclasses import asdict

from harness.protocol.commands import (
    OFF,
    TRANSCRIPTION,
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Tool,
)
from harness.protocol.fields import MOST, Fields, JsonObject, without_none
from harness.protocol.items import AudioFormat, Json
from harness.protocol.openai.items import (
    FORMATS,
    read_beta_format,
    read_format,
    read_item,
    read_token_limit,
    write_item,
)

# Function tools and tool choice, as the GA Realtime API writes them, both ways.

_TOOL_KEYS = frozenset({"type", "name", "description", "parameters"})
_CHOICES = ("none", "auto", "required")


def read_tools(fields: Fields) -> tuple[Tool, ...] | None:
    """Return the function tools, None if the field is absent."""
    entries = fields.each("tools")
    if entries is None:
        return None
    return tuple(_read_tool(each) for each in entries if _is_function(each))


def _is_function(fields: Fields) -> bool:
    # Tools of remote MCP servers run at the service: a client answers no calls of theirs.
    return (
        fields.choice("type", ("function", "mcp")) == "function"
        if fields.strict
        else (fields.raw.get("type", "function") == "function")
    )


def _read_tool(fields: Fields) -> Tool:
    fields.only(_TOOL_KEYS)
    return Tool(
        name=fields.text("name"),
        description=fields.optional_text("description") or "",
        parameters=fields.mapping("parameters") or {},
    )


def write_tools(tools: tuple[Tool, ...] | None) -> list[JsonObject] | None:
    """Return tools as a client sends them."""
    if tools is None:
        return None
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        for tool in tools
    ]


def read_tool_choice(fields: Fields) -> str | Json | None:
    """Return ``tool_choice``: a keyword, or the object that names a tool."""
    return read_text_or_object(fields, "tool_choice", _CHOICES)


def read_text_or_object(fields: Fields, key: str, allowed: tuple[str, ...]) -> str | Json | None:
    """Return a setting that is an allowed keyword, or an object unchanged."""
    if isinstance(fields.raw.get(key), dict):
        return fields.mapping(key)
    if fields.strict and fields.raw.get(key) is not None:
        return fields.choice(key, allowed)
    return fields.optional_text(key)


# Turn detection settings as the GA Realtime API writes them, both ways.

_VAD_KEYS = {
    "server_vad": frozenset(
        {
            *("type", "create_response", "idle_timeout_ms", "interrupt_response"),
            *("prefix_padding_ms", "silence_duration_ms", "threshold"),
        }
    ),
    "semantic_vad": frozenset({"type", "create_response", "eagerness", "interrupt_response"}),
}


def read_vad(heard: Fields) -> ServerVad | SemanticVad | None:
    """Return the turn detection of an audio input, None if it is absent or null."""
    fields = heard.inside("turn_detection")
    if fields is None:
        return None
    create = fields.flag("create_response", None)
    interrupt = fields.flag("interrupt_response", None)
    kind = fields.choice("type", _VAD_KEYS) if fields.strict else fields.known("type", _VAD_KEYS)
    if kind is None:
        return ServerVad(create_response=create, interrupt_response=interrupt)
    fields.only(_VAD_KEYS[kind])
    if kind == "semantic_vad":
        return SemanticVad(fields.optional_text("eagerness"), create, interrupt)
    idle = fields.raw.get("idle_timeout_ms")
    return ServerVad(
        threshold=fields.number("threshold", None, least=0.0, most=1.0),
        prefix_padding_ms=_whole(fields.number("prefix_padding_ms", None, least=0, most=MOST)),
        silence_duration_ms=_whole(fields.number("silence_duration_ms", None, least=0, most=MOST)),
        create_response=create,
        interrupt_response=interrupt,
        idle_timeout_ms=None if idle is None else fields.integer("idle_timeout_ms", least=0),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def write_vad(vad: ServerVad | SemanticVad, *, served: bool) -> JsonObject:
    """Return a turn detection object with the fields that are set; servers report no idle limit."""
    if isinstance(vad, SemanticVad):
        return without_none(type="semantic_vad", **asdict(vad))
    untold = {"idle_timeout_ms": None} if served else {}
    return {"type": "server_vad", **untold, **without_none(**asdict(vad))}


# The voice of an audio output as the GA Realtime API writes it, both ways.

VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
    *("marin", "cedar"),
)
"""All named voices of the service (API reference, session)."""

_CUSTOM = "voice_"
"""Prefix of the ids of custom voices, which are sent as objects (API reference, session voice)."""


def read_voice(fields: Fields) -> str | None:
    """Return the ``voice`` of an audio output: a name, or the id of a custom voice."""
    if isinstance(fields.raw.get("voice"), dict):
        return fields.required("voice").text("id")
    return fields.known("voice", VOICES) if fields.strict else fields.optional_text("voice")


def write_voice(voice: str) -> str | JsonObject:
    """Return a voice's name, or the object for a custom voice."""
    return {"id": voice} if voice.startswith(_CUSTOM) else voice


_SESSION_KEYS = frozenset(
    {
        *("type", "audio", "include", "instructions", "max_output_tokens", "model"),
        *("output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice"),
        *("tools", "tracing", "truncation"),
    }
)
_TRANSCRIPTION_SESSION_KEYS = frozenset({"type", "audio", "include"})
_INPUT_KEYS = frozenset({"format", "noise_reduction", "transcription", "turn_detection"})
_OUTPUT_KEYS = frozenset({"format", "speed", "voice"})
_TRANSCRIPTION_KEYS = frozenset({"delay", "keywords", "language", "languages", "model", "prompt"})
_REDUCTIONS = ("near_field", "far_field")
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
_TRANSCRIBERS = (
    *("whisper-1", "gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"),
    *("gpt-4o-transcribe", "gpt-4o-transcribe-diarize", "gpt-4o-mini-transcribe"),
    "gpt-4o-mini-transcribe-2025-12-15",
)


def read_session(fields: Fields) -> SessionConfig:
    """Return the settings in a session object; if strict, its type is required."""
    transcribes = fields.raw.get("type") == TRANSCRIPTION
    if fields.strict:
        fields.choice("type", ("realtime", TRANSCRIPTION))
        fields.only(_TRANSCRIPTION_SESSION_KEYS if transcribes else _SESSION_KEYS)
    audio = fields.inside("audio") or Fields({})
    audio.only(("input",) if transcribes else ("input", "output"))
    heard = audio.inside("input") or Fields({})
    heard.only(_INPUT_KEYS)
    spoken = audio.inside("output") or Fields({})
    spoken.only(_OUTPUT_KEYS)
    transcription = heard.inside("transcription") or Fields({})
    transcription.only(_TRANSCRIPTION_KEYS)
    return SessionConfig(
        type=TRANSCRIPTION if transcribes else None,
        instructions=fields.optional_text("instructions"),
        tools=read_tools(fields),
        tool_choice=read_tool_choice(fields),
        voice=read_voice(spoken),
        speed=_read_speed(spoken),
        input_format=read_format(heard) or _beta_format(fields, "input_audio_format"),
        output_format=read_format(spoken) or _beta_format(fields, "output_audio_format"),
        turn_detection=read_vad(heard),
        turn_detection_off=_is_null(heard, "turn_detection"),
        transcription_model=_read_transcriber(heard, transcription),
        transcription_language=transcription.optional_text("language"),
        transcription_prompt=transcription.optional_text("prompt"),
        noise_reduction=OFF if _is_null(heard, "noise_reduction") else _read_reduction(heard),
        modalities=read_modalities(fields),
        max_output_tokens=read_token_limit(fields),
        reasoning_effort=_read_effort(fields),
        parallel_tool_calls=_read_parallel(fields),
        model=fields.optional_text("model"),
        prompt=fields.mapping("prompt"),
        truncation=_read_truncation(fields),
        tracing=OFF if _is_null(fields, "tracing") else _read_tracing(fields),
        include=() if _is_null(fields, "include") and fields.strict else fields.texts("include"),
    )


def write_session(config: SessionConfig, *, served: bool = False) -> JsonObject:
    """Return the settings that are set, as a session object of the requested type."""
    detection = config.turn_detection
    transcription = without_none(
        model=config.transcription_model if config.transcription_model != OFF else None,
        language=config.transcription_language,
        prompt=config.transcription_prompt,
    )
    heard = without_none(
        format=None if config.input_format is None else FORMATS[config.input_format],
        noise_reduction=None
        if config.noise_reduction is None
        else {"type": config.noise_reduction},
        transcription=transcription or None,
        turn_detection=None if detection is None else write_vad(detection, served=served),
    )
    if config.turn_detection_off:
        heard["turn_detection"] = None
    if config.noise_reduction == OFF:
        heard["noise_reduction"] = None
    if config.transcription_model == OFF:
        heard["transcription"] = None
    if config.type == TRANSCRIPTION:
        audio = {"input": heard} if heard else None
        return without_none(type=TRANSCRIPTION, audio=audio, include=config.include)
    spoken = without_none(
        format=None if config.output_format is None else FORMATS[config.output_format],
        speed=config.speed,
        voice=None if config.voice is None else write_voice(config.voice),
    )
    effort = config.reasoning_effort
    return without_none(
        type="realtime",
        model=config.model,
        instructions=config.instructions,
        prompt=config.prompt,
        output_modalities=config.modalities,
        audio=without_none(input=heard or None, output=spoken or None) or None,
        tools=write_tools(config.tools),
        tool_choice=config.tool_choice,
        parallel_tool_calls=config.parallel_tool_calls,
        max_output_tokens=config.max_output_tokens,
        reasoning=None if effort is None else {"effort": effort},
        truncation=config.truncation,
        include=config.include,
        tracing=config.tracing if config.tracing != OFF else None,
    ) | ({"tracing": None} if config.tracing == OFF else {})


def _is_null(fields: Fields, key: str) -> bool:
    """Whether a setting is explicitly null: switched off, while an absent setting is unchanged."""
    return key in fields.raw and fields.raw[key] is None


def _read_transcriber(heard: Fields, transcription: Fields) -> str | None:
    if _is_null(heard, "transcription"):
        return OFF
    if transcription.strict:
        return transcription.known("model", _TRANSCRIBERS)
    return transcription.optional_text("model")


def _read_reduction(heard: Fields) -> str | None:
    found = heard.inside("noise_reduction")
    if found is None:
        return None
    found.only(("type", "strength"))
    return found.known("type", _REDUCTIONS) if found.strict else found.optional_text("type")


def _read_truncation(fields: Fields) -> str | Json | None:
    found = read_text_or_object(fields, "truncation", ("auto", "disabled"))
    if fields.strict and isinstance(found, dict):
        inner = fields.required("truncation")
        inner.only(("type", "retention_ratio", "token_limits"))
        inner.choice("type", ("retention_ratio",))
        inner.number("retention_ratio", None, least=0.0, most=1.0)
    return found


def _read_tracing(fields: Fields) -> str | Json | None:
    found = read_text_or_object(fields, "tracing", ("auto",))
    if isinstance(found, dict):
        fields.required("tracing").only(("workflow_name", "group_id", "metadata"))
    return found


def _beta_format(fields: Fields, key: str) -> AudioFormat | None:
    return None if fields.strict else read_beta_format(fields, key)


def _read_speed(fields: Fields) -> float | None:
    if fields.raw.get("speed") is None:
        return None
    return fields.number("speed", 1.0, least=0.25, most=1.5)


def _read_effort(fields: Fields) -> str | None:
    reasoning = fields.inside("reasoning")
    if reasoning is None or reasoning.raw.get("effort") is None:
        return None
    if reasoning.strict:
        return reasoning.choice("effort", _EFFORTS)
    return reasoning.text("effort")


def _read_parallel(fields: Fields) -> bool | None:
    if fields.raw.get("parallel_tool_calls") is None:
        return None
    return fields.flag("parallel_tool_calls", True)


def read_modalities(fields: Fields) -> tuple[str, ...] | None:
    """Return ``output_modalities``: audio or text alone."""
    modalities = fields.texts("output_modalities")
    if fields.strict and modalities is not None and modalities not in (("audio",), ("text",)):
        raise fields.refuse(
            "invalid_value",
            "output_modalities",
            f"Invalid '{fields.at('output_modalities')}': "
            "supported combinations are ['audio'] and ['text'].",
        )
    return modalities


# Options for a single response, as the GA Realtime API writes them, both ways.

_RESPONSE_KEYS = frozenset(
    {
        *("audio", "conversation", "input", "instructions", "max_output_tokens", "metadata"),
        *("output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice"),
        "tools",
    }
)
_CONVERSATIONS = ("auto", "none")


def read_options(fields: Fields) -> ResponseOptions:
    """Return the options that a client requests for a response."""
    fields.only(_RESPONSE_KEYS)
    audio = fields.inside("audio") or Fields({})
    audio.only(("output",))
    spoken = audio.inside("output") or Fields({})
    spoken.only(("format", "voice"))
    items = fields.each("input")
    return ResponseOptions(
        conversation=fields.known("conversation", _CONVERSATIONS),
        instructions=fields.optional_text("instructions"),
        modalities=read_modalities(fields),
        metadata=_read_metadata(fields),
        voice=read_voice(spoken),
        output_format=read_format(spoken),
        tools=read_tools(fields),
        tool_choice=read_tool_choice(fields),
        parallel_tool_calls=fields.flag("parallel_tool_calls", None),
        max_output_tokens=read_token_limit(fields),
        input=None if items is None else tuple(read_item(each) for each in items),
    )


def _read_metadata(fields: Fields) -> Json | None:
    metadata = fields.inside("metadata")
    if metadata is None:
        return None
    for key in metadata.raw:
        metadata.text(key)
    return metadata.raw


def write_options(options: ResponseOptions) -> JsonObject:
    """Return the options that are set."""
    items = options.input
    spoken = without_none(
        format=None if options.output_format is None else FORMATS[options.output_format],
        voice=None if options.voice is None else write_voice(options.voice),
    )
    return without_none(
        conversation=options.conversation,
        instructions=options.instructions,
        output_modalities=options.modalities,
        metadata=options.metadata,
        audio={"output": spoken} if spoken else None,
        tools=write_tools(options.tools),
        tool_choice=options.tool_choice,
        parallel_tool_calls=options.parallel_tool_calls,
        max_output_tokens=options.max_output_tokens,
        input=None if items is None else [write_item(item, served=False) for item in items],
    )
