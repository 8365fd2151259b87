"""Session settings as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.commands import OFF, TRANSCRIPTION, SessionConfig
from harness.protocol.fields import Fields
from harness.protocol.items import AudioFormat, Json
from harness.protocol.openai.items import (
    FORMATS,
    read_beta_format,
    read_format,
    read_token_limit,
)
from harness.protocol.openai.tools import (
    read_text_or_object,
    read_tool_choice,
    read_tools,
    write_tools,
)
from harness.protocol.openai.vad import read_vad, write_vad
from harness.protocol.openai.voices import read_voice, write_voice
from harness.protocol.wire import JsonObject, without_none

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
    """Return the settings in a session object; strict ones must say of which type it is."""
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
    """Return the settings that are set, as a session object of the type that is asked for."""
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
    """Whether a setting is there and null: switched off, where one that is not there is left."""
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
    """Return ``output_modalities``: what is answered in, audio or text alone."""
    modalities = fields.texts("output_modalities")
    if fields.strict and modalities is not None and modalities not in (("audio",), ("text",)):
        raise fields.refuse(
            "invalid_value",
            "output_modalities",
            f"Invalid '{fields.at('output_modalities')}': "
            "supported combinations are ['audio'] and ['text'].",
        )
    return modalities
