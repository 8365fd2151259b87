"""Transcriptions of the caller's audio as the GA Realtime API serves them, both ways."""

from __future__ import annotations

from harness.protocol import events as e
from harness.protocol.fields import Fields
from harness.protocol.openai.flat import Shaped
from harness.protocol.openai.items import read_error, write_error
from harness.protocol.wire import JsonObject


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
        fields.mapping("usage") or {},
    )


def _write_heard(event: e.InputTranscriptDone) -> JsonObject:
    return {
        "item_id": event.item_id,
        "content_index": event.content_index,
        "transcript": event.transcript,
        "usage": event.usage,
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
