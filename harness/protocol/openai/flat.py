"""The GA messages whose fields are plain values, in one table for both ways; arguments of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.fields import Fields
from harness.protocol.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Flat:
    """One message: its wire type, its class, and its id, string, integer and nullable fields."""

    type: str
    build: Callable[..., Any]
    ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def read(self, fields: Fields) -> Any:
        """Return the event or command (without the client's ``event_id``)."""
        return self.build(**self.values(fields))

    def values(self, fields: Fields) -> dict[str, Any]:
        """Return the fields by name."""
        found: dict[str, Any] = {name: fields.ident(name) for name in self.ids}
        for name in self.texts:
            found[name] = fields.text(name)
        for name in self.counts:
            found[name] = fields.index(name)
        for name in self.optional:
            found[name] = fields.optional_text(name)
        return found

    def write(self, message: object) -> JsonObject:
        """Return the fields to send beside the type; nullable ones stay, as null."""
        return {name: getattr(message, name) for name in self.names}

    @property
    def names(self) -> tuple[str, ...]:
        """All field names of the message."""
        return (*self.ids, *self.texts, *self.counts, *self.optional)


Shaped: TypeAlias = tuple[str, type, Callable[..., Any], Callable[..., JsonObject]]
"""A message that is not flat: its wire type, its class, how it is read and how it is written."""

_OF_ITEM = ("response_id", "item_id")
_AT_ITEM = ("output_index",)
_AT_PART = ("output_index", "content_index")

EVENTS = (
    Flat(
        "input_audio_buffer.speech_started", e.SpeechStarted, ("item_id",), (), ("audio_start_ms",)
    ),
    Flat("input_audio_buffer.speech_stopped", e.SpeechStopped, ("item_id",), (), ("audio_end_ms",)),
    Flat(
        "input_audio_buffer.committed",
        e.InputCommitted,
        ("item_id",),
        optional=("previous_item_id",),
    ),
    Flat("input_audio_buffer.cleared", e.InputCleared),
    Flat(
        "input_audio_buffer.timeout_triggered",
        e.InputTimedOut,
        ("item_id",),
        (),
        ("audio_start_ms", "audio_end_ms"),
    ),
    Flat("conversation.item.deleted", e.ItemDeleted, ("item_id",)),
    Flat(
        "conversation.item.truncated",
        e.ItemTruncated,
        ("item_id",),
        (),
        ("content_index", "audio_end_ms"),
    ),
    Flat("response.output_audio.done", e.AudioDone, _OF_ITEM, (), _AT_PART),
    Flat(
        "response.output_audio_transcript.delta",
        e.TranscriptDelta,
        _OF_ITEM,
        ("delta",),
        _AT_PART,
    ),
    Flat(
        "response.output_audio_transcript.done",
        e.TranscriptDone,
        _OF_ITEM,
        ("transcript",),
        _AT_PART,
    ),
    Flat("response.output_text.delta", e.TextDelta, _OF_ITEM, ("delta",), _AT_PART),
    Flat("response.output_text.done", e.TextDone, _OF_ITEM, ("text",), _AT_PART),
    Flat(
        "response.function_call_arguments.delta",
        e.ArgumentsDelta,
        (*_OF_ITEM, "call_id"),
        ("delta",),
        _AT_ITEM,
    ),
    Flat("output_audio_buffer.started", e.OutputBufferStarted, ("response_id",)),
    Flat("output_audio_buffer.stopped", e.OutputBufferStopped, ("response_id",)),
    Flat("output_audio_buffer.cleared", e.OutputBufferCleared, ("response_id",)),
)

COMMANDS = (
    Flat("input_audio_buffer.commit", c.CommitAudio),
    Flat("input_audio_buffer.clear", c.ClearAudio),
    Flat(
        "conversation.item.truncate",
        c.TruncateItem,
        ("item_id",),
        (),
        ("content_index", "audio_end_ms"),
    ),
    Flat("conversation.item.delete", c.DeleteItem, ("item_id",)),
    Flat("conversation.item.retrieve", c.RetrieveItem, ("item_id",)),
    Flat("response.cancel", c.CancelResponse, optional=("response_id",)),
    Flat("output_audio_buffer.clear", c.ClearOutput),
)


def read_arguments(fields: Fields) -> str | None:
    """Return the JSON text of an item's arguments; a tolerant reader writes it of an object."""
    if fields.strict:
        return fields.text("arguments")
    text, raw = fields.optional_text("arguments"), fields.raw.get("arguments")
    return orjson.dumps(raw).decode() if isinstance(raw, dict) else text


def _read_done(fields: Fields) -> e.ArgumentsDone:
    # Whatever stands in place of the arguments: that a tool was called is said all the same.
    written = isinstance(fields.raw.get("arguments"), dict)
    return e.ArgumentsDone(
        fields.ident("response_id"),
        fields.ident("item_id"),
        fields.index("output_index"),
        fields.ident("call_id"),
        (read_arguments(fields) or "") if written else fields.ident("arguments"),
        fields.optional_text("name"),
    )


def _write_done(event: e.ArgumentsDone) -> JsonObject:
    return {
        "response_id": event.response_id,
        "item_id": event.item_id,
        "output_index": event.output_index,
        "call_id": event.call_id,
        "arguments": event.arguments,
        "name": event.name,
    }


ARGUMENTS_DONE: Shaped = (
    "response.function_call_arguments.done",
    e.ArgumentsDone,
    _read_done,
    _write_done,
)
