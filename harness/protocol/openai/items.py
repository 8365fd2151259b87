"""Conversation items and their contents in the GA Realtime API, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from harness.audio.codec import decode_any_base64, decode_base64, encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.fields import (
    Fields,
    JsonObject,
    WireFault,
    error_code,
    other_words,
    without_none,
)
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Role,
)

# The GA messages whose fields are plain values, as a table for both ways; arguments of calls.


@dataclass(frozen=True, slots=True)
class Flat:
    """A message: its wire type, its class, and its id, string, integer and nullable fields."""

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
        """Return the fields to send with the type; nullable fields are sent as null."""
        return {name: getattr(message, name) for name in self.names}

    @property
    def names(self) -> tuple[str, ...]:
        """All field names of the message."""
        return (*self.ids, *self.texts, *self.counts, *self.optional)


Shaped: TypeAlias = tuple[str, type, Callable[..., Any], Callable[..., JsonObject]]
"""A message that is not flat: its wire type, its class, its reader and its writer."""

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
    """Return the JSON text of an item's arguments; a tolerant reader also accepts an object."""
    if fields.strict:
        return fields.text("arguments")
    text, raw = fields.optional_text("arguments"), fields.raw.get("arguments")
    return orjson.dumps(raw).decode() if isinstance(raw, dict) else text


def _read_done(fields: Fields) -> e.ArgumentsDone:
    # Invalid arguments are accepted, since the message still reports a tool call.
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


FORMATS: dict[AudioFormat, JsonObject] = {
    AudioFormat.PCM16_24K: {"type": "audio/pcm", "rate": 24_000},
    AudioFormat.PCMU: {"type": "audio/pcmu"},
    AudioFormat.PCMA: {"type": "audio/pcma"},
}
_FORMAT_NAMES = {raw["type"]: name for name, raw in FORMATS.items()}
_BETA_NAMES = {
    "pcm16": AudioFormat.PCM16_24K,
    "g711_ulaw": AudioFormat.PCMU,
    "g711_alaw": AudioFormat.PCMA,
}
"""The beta's format names, as plain text: accepted, never sent."""

_COMMON = frozenset({"id", "object", "type", "status"})
_KNOWN = {
    ItemKind.MESSAGE: _COMMON | {"role", "content", "phase"},
    ItemKind.FUNCTION_CALL: _COMMON | {"call_id", "name", "arguments"},
    ItemKind.FUNCTION_CALL_OUTPUT: _COMMON | {"call_id", "output"},
}
MCP_CALL, APPROVAL_REQUEST, APPROVAL_RESPONSE = (
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
)
_OTHER_TYPES = (
    "item_reference",
    APPROVAL_REQUEST,
    APPROVAL_RESPONSE,
    "mcp_list_tools",
    MCP_CALL,
)
_OWN_KINDS = {kind.value: kind for kind in _KNOWN}
_CONTENT_KEYS = frozenset({"type", "text", "transcript", "audio", "image_url", "detail"})
_LEGAL_CONTENT = {
    Role.SYSTEM: (ContentKind.INPUT_TEXT,),
    Role.USER: (ContentKind.INPUT_TEXT, ContentKind.INPUT_AUDIO, ContentKind.INPUT_IMAGE),
    Role.ASSISTANT: (ContentKind.OUTPUT_TEXT, ContentKind.OUTPUT_AUDIO),
}
_CONTENT_KINDS = {kind.value: kind for kind in ContentKind}
# Parts of a response use "text" and "audio" in the vendor's own types, as do older servers.
_SHORT_KINDS = {"text": ContentKind.OUTPUT_TEXT, "audio": ContentKind.OUTPUT_AUDIO}
_PART_NAMES = {kind: name for name, kind in _SHORT_KINDS.items()}
_AUDIO_KINDS = (ContentKind.INPUT_AUDIO, ContentKind.OUTPUT_AUDIO)
_TEXT_KINDS = (ContentKind.INPUT_TEXT, ContentKind.OUTPUT_TEXT)


# --- contents ------------------------------------------------------------------------------


def read_audio(fields: Fields, key: str) -> bytes:
    """Return the decoded bytes of a required base64 field."""
    text = fields.text(key)
    try:
        return decode_base64(text) if fields.strict else decode_any_base64(text)
    except ValueError:
        raise fields.refuse(
            "invalid_value", key, f"Invalid '{fields.at(key)}': not valid base64."
        ) from None


def read_content(fields: Fields) -> Content | None:
    """Return a content part, None if a tolerant reader does not know its type."""
    name = fields.text("type") if fields.strict else fields.ident("type")
    kind = _CONTENT_KINDS.get(name) or (None if fields.strict else _SHORT_KINDS.get(name))
    if kind is None:
        return None
    fields.only(_CONTENT_KEYS)
    return Content(
        kind=kind,
        text=fields.optional_text("text"),
        transcript=fields.optional_text("transcript"),
        audio=_read_part_audio(fields),
        image_url=fields.optional_text("image_url"),
        detail=fields.optional_text("detail"),
    )


def _read_part_audio(fields: Fields) -> bytes | None:
    """Return the audio of an item; a tolerant reader does not need it."""
    if fields.raw.get("audio") is None:
        return None
    try:
        return read_audio(fields, "audio")
    except WireFault as fault:
        if fields.strict:
            raise
        fields.noted.append(fault.message)
        return None


def write_content(content: Content, *, served: bool) -> JsonObject:
    """Return a content part of an item; servers write an unknown transcript as null."""
    raw = {"type": content.kind.value, **_content_fields(content)}
    if served and content.kind in _AUDIO_KINDS:
        raw.setdefault("transcript", None)
    return raw


def write_part(content: Content) -> JsonObject:
    """Return a part for a response's content_part events."""
    return {"type": _PART_NAMES[content.kind], **_content_fields(content)}


def _content_fields(content: Content) -> JsonObject:
    return without_none(
        text=content.text,
        transcript=content.transcript,
        audio=None if content.audio is None else encode_base64(content.audio),
        image_url=content.image_url,
        detail=content.detail,
    )


def _read_contents(fields: Fields, role: Role | None) -> tuple[Content, ...]:
    contents: list[Content] = []
    for entry in fields.each("content") or ():
        if entry.strict and role is not None:
            kind = ContentKind(entry.choice("type", [each.value for each in _LEGAL_CONTENT[role]]))
            if kind in _TEXT_KINDS:
                entry.text("text")
        content = read_content(entry)
        # A part of an unknown type is left out here and stays in the recorded raw message.
        if content is not None:
            contents.append(content)
    return tuple(contents)


# --- items ---------------------------------------------------------------------------------


def read_item(fields: Fields) -> Item:
    """Return a conversation item; kinds without a neutral name keep their fields in extra."""
    if fields.strict:
        fields.choice("type", (*_OWN_KINDS, *_OTHER_TYPES))
    kind = _OWN_KINDS.get(fields.ident("type"))
    if kind is None:
        extra = {key: value for key, value in fields.raw.items() if key != "id"}
        return Item(id=fields.optional_text("id"), kind=ItemKind.OTHER, extra=extra)
    known = _KNOWN[kind]
    fields.only(known)
    role = _read_role(fields) if kind is ItemKind.MESSAGE else None
    call = kind is ItemKind.FUNCTION_CALL
    return Item(
        id=fields.optional_text("id"),
        kind=kind,
        status=_read_status(fields),
        role=role,
        content=_read_contents(fields, role) if kind is ItemKind.MESSAGE else (),
        call_id=None if kind is ItemKind.MESSAGE else _read_call_id(fields, required=not call),
        name=_read_own(fields, "name") if call else None,
        arguments=read_arguments(fields) if call else None,
        output=_read_own(fields, "output") if kind is ItemKind.FUNCTION_CALL_OUTPUT else None,
        phase=fields.optional_text("phase") if kind is ItemKind.MESSAGE else None,
        extra={key: value for key, value in fields.raw.items() if key not in known},
    )


def _read_own(fields: Fields, key: str) -> str | None:
    """Return a string that the item's kind requires; None if a tolerant reader finds none."""
    return fields.text(key) if fields.strict else fields.optional_text(key)


def _read_role(fields: Fields) -> Role | None:
    names = [each.value for each in Role]
    name = fields.choice("role", names) if fields.strict else fields.known("role", names)
    if fields.strict and "content" not in fields.raw:
        raise fields.refuse(
            "missing_required_parameter",
            "content",
            f"Missing required parameter: '{fields.at('content')}'.",
        )
    return None if name is None else Role(name)


def _read_call_id(fields: Fields, *, required: bool) -> str | None:
    if required and fields.strict:
        return fields.text("call_id")
    return fields.optional_text("call_id")


def _read_status(fields: Fields) -> ItemStatus | None:
    name = fields.known("status", [each.value for each in ItemStatus])
    return None if name is None else ItemStatus(name)


def write_item(item: Item, *, served: bool) -> JsonObject:
    """Return a conversation item; only servers write its ``object`` name."""
    if item.kind is ItemKind.OTHER:
        return {**without_none(id=item.id), **item.extra}
    raw = {
        **item.extra,
        **without_none(
            id=item.id,
            object="realtime.item" if served else None,
            type=item.kind.value,
            status=None if item.status is None else item.status.value,
            role=None if item.role is None else item.role.value,
            call_id=item.call_id,
            name=item.name,
            arguments=item.arguments,
            output=item.output,
            phase=item.phase,
        ),
    }
    if item.kind is ItemKind.MESSAGE:
        raw["content"] = [write_content(content, served=served) for content in item.content]
    return raw


# --- values that sessions and responses share ----------------------------------------------


def read_error(around: Fields, key: str) -> ErrorInfo:
    """Return the error under a key; servers leave out unknown fields.

    Some servers send only a message, or put the error into the event itself, or use their own field
    names.
    """
    raw = around.raw.get(key)
    if isinstance(raw, str):
        return ErrorInfo("", raw)
    fields = around if raw is None else around.part(key)
    return ErrorInfo(
        type=fields.optional_text("type") or "",
        message=fields.optional_text("message") or other_words(around.raw if raw is None else raw),
        code=error_code(fields),
        param=fields.optional_text("param"),
        event_id=fields.optional_text("event_id"),
    )


def write_error(error: ErrorInfo) -> JsonObject:
    """Return an error object; unknown fields are null, as servers write it."""
    return {
        "type": error.type,
        "code": error.code,
        "message": error.message,
        "param": error.param,
    }


def read_format(fields: Fields) -> AudioFormat | None:
    """Return the ``format`` of an audio direction, None if it is left to the server.

    A tolerant reader ignores an unknown name, but never another rate.
    """
    if not fields.strict and isinstance(fields.raw.get("format"), str):
        return _known_format(fields, "format", _BETA_NAMES)
    inner = fields.inside("format")
    if inner is None or inner.raw.get("type") is None:
        return None
    inner.only(("type", "rate"))
    if inner.raw.get("rate") is not None and inner.integer("rate") != 24_000:
        raise inner.refuse(
            "invalid_value", "rate", f"Invalid '{inner.at('rate')}': only 24000 is supported."
        )
    if not inner.strict:
        return _known_format(inner, "type", {**_FORMAT_NAMES, **_BETA_NAMES})
    return _FORMAT_NAMES[inner.choice("type", _FORMAT_NAMES)]


def read_beta_format(fields: Fields, key: str) -> AudioFormat | None:
    """Return the audio format that is given as plain text in the settings, None if absent."""
    return None if fields.raw.get(key) is None else _known_format(fields, key, _BETA_NAMES)


def _known_format(fields: Fields, key: str, names: Mapping[str, AudioFormat]) -> AudioFormat | None:
    name = fields.known(key, names)
    return None if name is None else names[name]


def read_token_limit(fields: Fields) -> int | str | None:
    """Return ``max_output_tokens``: a number, "inf", or None if it is left to the server."""
    value = fields.raw.get("max_output_tokens")
    if value is None or value == "inf":
        return "inf" if value == "inf" else None
    return fields.integer("max_output_tokens", least=1)
