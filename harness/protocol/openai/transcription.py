"""Transcriptions of the caller's audio as the GA Realtime API serves them, both ways."""

from __future__ import annotations

from harness.protocol import events as e
from harness.protocol.fields import Fields
from harness.protocol.items import TranscriptionUsage
from harness.protocol.openai.flat import Shaped
from harness.protocol.openai.items import read_error, write_error
from harness.protocol.wire import JsonObject, without_none

_DAY_S = 86_400
"""No transcription is longer."""


def _read_heard_delta(fields: Fields) -> e.InputTranscriptDelta:
    return e.InputTranscriptDelta(
        fields.ident("item_id"), fields.index("content_index"), fields.optional_text("delta") or ""
    )


def _write_heard_delta(event: e.InputTranscriptDelta) -> JsonObject:
    return {
        "item_id": event.item_id,
        "content_index": event.content_index,
        "delta": event.delta,
    }


def _read_heard(fields: Fields) -> e.InputTranscriptDone:
    return e.InputTranscriptDone(
        fields.ident("item_id"),
        fields.index("content_index"),
        fields.text("transcript"),
        _read_usage(fields.inside("usage")),
    )


def _read_usage(found: Fields | None) -> TranscriptionUsage | None:
    if found is None or not found.raw:
        return None
    timed = found.raw.get("seconds") is not None
    return TranscriptionUsage(
        seconds=found.number("seconds", 0.0, least=0, most=_DAY_S) if timed else None,
        total_tokens=found.count("total_tokens"),
        input_tokens=found.count("input_tokens"),
        output_tokens=found.count("output_tokens"),
    )


def _write_heard(event: e.InputTranscriptDone) -> JsonObject:
    return {
        "item_id": event.item_id,
        "content_index": event.content_index,
        "transcript": event.transcript,
        **without_none(usage=None if event.usage is None else _write_usage(event.usage)),
    }


def _write_usage(usage: TranscriptionUsage) -> JsonObject:
    if usage.seconds is not None:
        return {"type": "duration", "seconds": usage.seconds}
    return {
        "type": "tokens",
        "total_tokens": usage.total_tokens,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
    }


def _read_unheard(fields: Fields) -> e.InputTranscriptFailed:
    error = read_error(fields, "error")
    return e.InputTranscriptFailed(fields.ident("item_id"), fields.index("content_index"), error)


def _write_unheard(event: e.InputTranscriptFailed) -> JsonObject:
    return {
        "item_id": event.item_id,
        "content_index": event.content_index,
        "error": write_error(event.error),
    }


TRANSCRIPTIONS: tuple[Shaped, ...] = (
    (
        "conversation.item.input_audio_transcription.delta",
        e.InputTranscriptDelta,
        _read_heard_delta,
        _write_heard_delta,
    ),
    (
        "conversation.item.input_audio_transcription.completed",
        e.InputTranscriptDone,
        _read_heard,
        _write_heard,
    ),
    (
        "conversation.item.input_audio_transcription.failed",
        e.InputTranscriptFailed,
        _read_unheard,
        _write_unheard,
    ),
)
