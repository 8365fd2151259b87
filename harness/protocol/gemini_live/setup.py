"""The first message of a Gemini Live session: our settings as its ``setup``.

Transcripts of both sides are off by default, and always asked for: without the agent's there is
nothing to judge its words by. Where another connection may have to go on with the session, handles
for that are asked for, and that it may forget its beginning: sound alone fills it in 15 minutes.
Nothing else is asked that the target did not set.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig, Tool
from harness.protocol.gemini_live.schema import openapi
from harness.protocol.items import AudioFormat
from harness.protocol.wire import JsonObject, without_none

INPUT_FORMATS = (
    AudioFormat.PCM16_16K,
    AudioFormat.PCM16_8K,
    AudioFormat.PCM16_24K,
    AudioFormat.PCM16_48K,
)
"""What the caller's audio may be: the service works with 16 kHz, and resamples the others."""
OUTPUT_FORMAT = AudioFormat.PCM16_24K

_EFFORTS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH"}
_EFFORTS |= {"xhigh": "XHIGH"}


def unfit_settings(wanted: SessionConfig) -> Iterator[tuple[str, str]]:
    """Yield the settings that such a session cannot be asked for, and why."""
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
    """Return the message that opens a session like this."""
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
        inputAudioTranscription={},
        outputAudioTranscription={},
        sessionResumption={} if wanted.resumption else None,
        contextWindowCompression={"slidingWindow": {}} if wanted.resumption else None,
    )
    return {"setup": setup}


def written_change(change: SessionConfig) -> JsonObject:
    """Return what of a session is another from here on: its prompt and its tools alone may be."""
    tools = _tools(change.tools) or []
    return without_none(
        systemInstruction=_told(change.instructions),
        tools=None if change.tools is None else {"tools": tools},
    )


def _told(prompt: str | None) -> JsonObject | None:
    return None if prompt is None else {"parts": [{"text": prompt}]}


def _model(name: str | None) -> str | None:
    """Return a model as a path, which Vertex AI wants whole."""
    return name if name is None or "/" in name else f"models/{name}"


def _voice(name: str) -> JsonObject:
    return {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": name}}}


def _tools(tools: tuple[Tool, ...] | None) -> list[JsonObject] | None:
    if not tools:
        return None
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}]


def _declaration(tool: Tool) -> JsonObject:
    # An object without properties is refused; a function without parameters has none.
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
