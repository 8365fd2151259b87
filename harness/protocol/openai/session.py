"""Session settings and response options as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.commands import NO_NOISE_REDUCTION, ResponseOptions, SessionConfig, Tool
from harness.protocol.fields import Fields
from harness.protocol.items import AudioFormat, Json
from harness.protocol.openai.items import (
    FORMATS,
    read_beta_format,
    read_format,
    read_item,
    read_token_limit,
    read_voice,
    write_item,
)
from harness.protocol.openai.vad import read_vad, write_vad
from harness.protocol.wire import JsonObject, without_none

_SESSION_KEYS = frozenset(
    {
        *("type", "audio", "include", "instructions", "max_output_tokens", "model"),
        *("output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice"),
        *("tools", "tracing", "truncation"),
    }
)
_INPUT_KEYS = frozenset({"format", "noise_reduction", "transcription", "turn_detection"})
_OUTPUT_KEYS = frozenset({"format", "speed", "voice"})
_TRANSCRIPTION_KEYS = frozenset({"delay", "keywords", "language", "languages", "model", "prompt"})
_RESPONSE_KEYS = frozenset(
    {
        *("audio", "conversation", "input", "instructions", "max_output_tokens", "metadata"),
        *("output_modalities", "parallel_tool_calls", "prompt", "reasoning", "tool_choice"),
        "tools",
    }
)
_TOOL_KEYS = frozenset({"type", "name", "description", "parameters"})
_CHOICES = ("none", "auto", "required")
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
_CUSTOM_VOICE = "voice_"
"""Ids of custom voices begin so, and are sent as objects (API reference, session voice)."""


# --- sessions ------------------------------------------------------------------------------


def read_session(fields: Fields) -> SessionConfig:
    """Return the settings in a session object; strict ones must be of type realtime."""
    if fields.strict:
        fields.choice("type", ("realtime",))
        fields.only(_SESSION_KEYS)
    audio = fields.inside("audio") or Fields({})
    audio.only(("input", "output"))
    heard = audio.inside("input") or Fields({})
    heard.only(_INPUT_KEYS)
    spoken = audio.inside("output") or Fields({})
    spoken.only(_OUTPUT_KEYS)
    transcription = heard.inside("transcription") or Fields({})
    transcription.only(_TRANSCRIPTION_KEYS)
    return SessionConfig(
        instructions=fields.optional_text("instructions"),
        tools=_read_tools(fields),
        tool_choice=_read_text_or_object(fields, "tool_choice", _CHOICES),
        voice=read_voice(spoken),
        speed=_read_speed(spoken),
        input_format=read_format(heard) or _beta_format(fields, "input_audio_format"),
        output_format=read_format(spoken) or _beta_format(fields, "output_audio_format"),
        turn_detection=read_vad(heard),
        turn_detection_off="turn_detection" in heard.raw and heard.raw["turn_detection"] is None,
        transcription_model=transcription.optional_text("model"),
        transcription_language=transcription.optional_text("language"),
        transcription_prompt=transcription.optional_text("prompt"),
        noise_reduction=_read_noise_reduction(heard),
        modalities=_read_modalities(fields),
        max_output_tokens=read_token_limit(fields),
        reasoning_effort=_read_effort(fields),
        parallel_tool_calls=_read_parallel(fields),
        model=fields.optional_text("model"),
        prompt=fields.mapping("prompt"),
        truncation=_read_text_or_object(fields, "truncation", ("auto", "disabled")),
        tracing=_read_text_or_object(fields, "tracing", ("auto",)),
        include=fields.texts("include"),
    )


def write_session(config: SessionConfig, *, served: bool = False) -> JsonObject:
    """Return the settings that are set, as a session object of type realtime."""
    detection = config.turn_detection
    transcription = without_none(
        model=config.transcription_model,
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
    if config.noise_reduction == NO_NOISE_REDUCTION:
        heard["noise_reduction"] = None
    spoken = without_none(
        format=None if config.output_format is None else FORMATS[config.output_format],
        speed=config.speed,
        voice=None if config.voice is None else _write_voice(config.voice),
    )
    effort = config.reasoning_effort
    return without_none(
        type="realtime",
        model=config.model,
        instructions=config.instructions,
        prompt=config.prompt,
        output_modalities=config.modalities,
        audio=without_none(input=heard or None, output=spoken or None) or None,
        tools=_write_tools(config.tools),
        tool_choice=config.tool_choice,
        parallel_tool_calls=config.parallel_tool_calls,
        max_output_tokens=config.max_output_tokens,
        reasoning=None if effort is None else {"effort": effort},
        truncation=config.truncation,
        tracing=config.tracing,
        include=config.include,
    )


def _read_noise_reduction(heard: Fields) -> str | None:
    if "noise_reduction" in heard.raw and heard.raw["noise_reduction"] is None:
        return NO_NOISE_REDUCTION
    found = heard.inside("noise_reduction")
    return None if found is None else found.optional_text("type")


def _beta_format(fields: Fields, key: str) -> AudioFormat | None:
    return None if fields.strict else read_beta_format(fields, key)


def _write_voice(voice: str) -> str | JsonObject:
    return {"id": voice} if voice.startswith(_CUSTOM_VOICE) else voice


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


def _read_modalities(fields: Fields) -> tuple[str, ...] | None:
    modalities = fields.texts("output_modalities")
    if fields.strict and modalities is not None and modalities not in (("audio",), ("text",)):
        raise fields.refuse(
            "invalid_value",
            "output_modalities",
            f"Invalid '{fields.at('output_modalities')}': "
            "supported combinations are ['audio'] and ['text'].",
        )
    return modalities


def _read_text_or_object(fields: Fields, key: str, allowed: tuple[str, ...]) -> str | Json | None:
    if isinstance(fields.raw.get(key), dict):
        return fields.mapping(key)
    if fields.strict and fields.raw.get(key) is not None:
        return fields.choice(key, allowed)
    return fields.optional_text(key)


# --- tools ---------------------------------------------------------------------------------


def _read_tools(fields: Fields) -> tuple[Tool, ...] | None:
    entries = fields.each("tools")
    if entries is None:
        return None
    return tuple(_read_tool(each) for each in entries if _is_function(each))


def _is_function(fields: Fields) -> bool:
    # Tools of remote MCP servers run at the service: a client has nothing to answer for them.
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


def _write_tools(tools: tuple[Tool, ...] | None) -> list[JsonObject] | None:
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


# --- options of one response ---------------------------------------------------------------


def read_options(fields: Fields) -> ResponseOptions:
    """Return what a client asks of one response."""
    fields.only(_RESPONSE_KEYS)
    items = fields.each("input")
    return ResponseOptions(
        conversation=fields.optional_text("conversation"),
        instructions=fields.optional_text("instructions"),
        modalities=_read_modalities(fields),
        metadata=_read_metadata(fields),
        tools=_read_tools(fields),
        tool_choice=_read_text_or_object(fields, "tool_choice", _CHOICES),
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
    return without_none(
        conversation=options.conversation,
        instructions=options.instructions,
        output_modalities=options.modalities,
        metadata=options.metadata,
        tools=_write_tools(options.tools),
        tool_choice=options.tool_choice,
        max_output_tokens=options.max_output_tokens,
        input=None if items is None else [write_item(item, served=False) for item in items],
    )
