"""Server events of the GA Realtime API, both ways, with transcriptions of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.audio.codec import encode_base64
from harness.protocol import events as e
from harness.protocol.fields import Fields, JsonObject, without_none
from harness.protocol.items import ResponseStatus, TranscriptionUsage
from harness.protocol.openai.items import (
    ARGUMENTS_DONE,
    EVENTS,
    Shaped,
    read_audio,
    read_content,
    read_error,
    read_item,
    write_error,
    write_item,
    write_part,
)
from harness.protocol.openai.responses import MCP_EVENTS, read_response, write_response
from harness.protocol.openai.settings import read_session, write_session

# Transcriptions of the caller's audio as the GA Realtime API serves them, both ways.

_DAY_S = 86_400
"""Upper limit for the length of a transcription."""


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


# Types of the Realtime API that are known and not read, each with the reason.
#
# A type in this table is kept and listed, but not reported as a message that was not understood.
# ``docs/research/protocol-coverage.md`` is made from it.

IGNORED: Mapping[str, str] = {
    "conversation.created": "the id of the conversation: there is one in a session",
    "conversation.item.input_audio_transcription.segment": (
        "who of several people spoke when; the whole transcription follows, and the caller is one"
    ),
    "input_audio_buffer.dtmf_event_received": (
        "a key pressed on a SIP call, told to who watches beside it; over WebSocket keys are sound"
    ),
    "mcp_list_tools.in_progress": "the service asks a remote server for its tools",
    "mcp_list_tools.completed": "the service knows a remote server's tools; its calls are told",
    "mcp_list_tools.failed": "the service has no tools of a remote server, and so calls none",
    "response.cancelled": (
        "in a guide, and in no list of events: response.done says it with its status"
    ),
    "response.mcp_call.in_progress": "a remote tool runs: its item began before, and ends later",
    "response.mcp_call_arguments.delta": "a piece of arguments that the next event has whole",
    "transcription_session.updated": (
        "the beta's answer to transcription_session.update, which is never sent"
    ),
}


_ALIASES = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "conversation.item.created": "conversation.item.added",
}
"""Names of the beta and of servers that mix both shapes: accepted, never sent."""


def read_event(fields: Fields) -> e.ServerEvent:
    """Return the event in a message; UnknownEvent for types without a neutral event.

    Unusable fields are noted in ``fields.noted``.

    Raises:
        WireFault: a field that the event needs is missing or of the wrong type.
    """
    name = fields.text("type")
    reader = _READERS.get(_ALIASES.get(name, name))
    if reader is None:
        known = name in IGNORED or name in MCP_EVENTS
        return e.UnknownEvent(name, fields.raw, known=known)
    return reader(fields)


def event_class(name: str | None) -> type | None:
    """Return the neutral event for a message type, None for types without an event."""
    return _CLASSES.get(_ALIASES.get(name or "", name or ""))


def write_event(event: e.ServerEvent, event_id: str) -> JsonObject:
    """Return the message of an event."""
    name, writer = _WRITERS[type(event)]
    return {"type": name, "event_id": event_id, **writer(event)}


# --- sessions ------------------------------------------------------------------------------


def _read_created(fields: Fields) -> e.SessionCreated:
    session = fields.part("session")
    return e.SessionCreated(session.optional_text("id"), read_session(session), session.raw)


def _read_updated(fields: Fields) -> e.SessionUpdated:
    session = fields.part("session")
    return e.SessionUpdated(session.optional_text("id"), read_session(session), session.raw)


def _write_session(event: e.SessionCreated | e.SessionUpdated) -> JsonObject:
    # Settings without a neutral counterpart (expires_at, tracing) come from raw, as served.
    session = {
        "object": "realtime.session",
        **event.raw,
        **without_none(id=event.session_id),
        **write_session(event.config, served=True),
    }
    audio, served = session.get("audio"), event.raw.get("audio")
    if audio is not None and served is not None:
        session["audio"] = {
            side: {**(served.get(side) or {}), **(audio.get(side) or {})}
            for side in ("input", "output")
            if side in served or side in audio
            if side in served or side in audio
        }
    return {"session": session}


# --- items ---------------------------------------------------------------------------------


def _read_added(fields: Fields) -> e.ItemAdded:
    return e.ItemAdded(read_item(fields.part("item")), fields.optional_text("previous_item_id"))


def _read_done(fields: Fields) -> e.ItemDone:
    return e.ItemDone(read_item(fields.part("item")), fields.optional_text("previous_item_id"))


def _write_placed(event: e.ItemAdded | e.ItemDone) -> JsonObject:
    return {
        "previous_item_id": event.previous_item_id,
        "item": write_item(event.item, served=True),
    }


def _read_retrieved(fields: Fields) -> e.ItemRetrieved:
    return e.ItemRetrieved(read_item(fields.part("item")))


def _write_retrieved(event: e.ItemRetrieved) -> JsonObject:
    return {"item": write_item(event.item, served=True)}


# --- responses -----------------------------------------------------------------------------


def _read_response_created(fields: Fields) -> e.ResponseCreated:
    response = read_response(fields.part("response"), default=ResponseStatus.IN_PROGRESS)
    return e.ResponseCreated(response)


def _read_response_done(fields: Fields) -> e.ResponseDone:
    # A response that ends without a status counts as completed.
    response = read_response(fields.part("response"), default=ResponseStatus.COMPLETED)
    return e.ResponseDone(response)


def _write_response(event: e.ResponseCreated | e.ResponseDone) -> JsonObject:
    return {"response": write_response(event.response)}


def _read_output_added(fields: Fields) -> e.OutputItemAdded:
    item = read_item(fields.part("item"))
    return e.OutputItemAdded(fields.ident("response_id"), fields.index("output_index"), item)


def _read_output_done(fields: Fields) -> e.OutputItemDone:
    item = read_item(fields.part("item"))
    return e.OutputItemDone(fields.ident("response_id"), fields.index("output_index"), item)


def _write_output(event: e.OutputItemAdded | e.OutputItemDone) -> JsonObject:
    return {
        "response_id": event.response_id,
        "output_index": event.output_index,
        "item": write_item(event.item, served=True),
    }


def _part_reader(
    build: type[e.PartAdded] | type[e.PartDone],
) -> Callable[[Fields], e.ServerEvent]:
    def read(fields: Fields) -> e.ServerEvent:
        part = read_content(fields.part("part"))
        if part is None:
            return e.UnknownEvent(fields.text("type"), fields.raw)
        return build(
            fields.ident("response_id"),
            fields.ident("item_id"),
            fields.index("output_index"),
            fields.index("content_index"),
            part,
        )

    return read


def _write_part(event: e.PartAdded | e.PartDone) -> JsonObject:
    return {
        "response_id": event.response_id,
        "item_id": event.item_id,
        "output_index": event.output_index,
        "content_index": event.content_index,
        "part": write_part(event.part),
    }


def _read_audio_delta(fields: Fields) -> e.AudioDelta:
    return e.AudioDelta(
        fields.ident("response_id"),
        fields.ident("item_id"),
        fields.index("output_index"),
        fields.index("content_index"),
        read_audio(fields, "delta"),
    )


def _write_audio_delta(event: e.AudioDelta) -> JsonObject:
    return {
        "response_id": event.response_id,
        "item_id": event.item_id,
        "output_index": event.output_index,
        "content_index": event.content_index,
        "delta": encode_base64(event.audio),
    }


# --- the rest ------------------------------------------------------------------------------


def _read_limits(fields: Fields) -> e.RateLimitsUpdated:
    return e.RateLimitsUpdated(
        tuple(
            e.RateLimit(
                name=each.optional_text("name") or "",
                limit=each.count("limit"),
                remaining=each.count("remaining"),
                reset_seconds=each.number("reset_seconds", 0.0),
            )
            for each in fields.each("rate_limits") or ()
        )
    )


def _write_limits(event: e.RateLimitsUpdated) -> JsonObject:
    return {
        "rate_limits": [
            {
                "name": each.name,
                "limit": each.limit,
                "remaining": each.remaining,
                "reset_seconds": each.reset_seconds,
            }
            for each in event.limits
        ]
    }


def _read_server_error(fields: Fields) -> e.ServerError:
    return e.ServerError(read_error(fields, "error"))


def _write_server_error(event: e.ServerError) -> JsonObject:
    return {"error": {**write_error(event.error), "event_id": event.error.event_id}}


def _write_unknown(event: e.UnknownEvent) -> JsonObject:
    return {
        **{key: value for key, value in event.raw.items() if key != "event_id"},
        "type": event.name,
    }


_SHAPED: tuple[Shaped, ...] = (
    ("session.created", e.SessionCreated, _read_created, _write_session),
    ("session.updated", e.SessionUpdated, _read_updated, _write_session),
    ("conversation.item.added", e.ItemAdded, _read_added, _write_placed),
    ("conversation.item.done", e.ItemDone, _read_done, _write_placed),
    ("conversation.item.retrieved", e.ItemRetrieved, _read_retrieved, _write_retrieved),
    *TRANSCRIPTIONS,
    ("response.created", e.ResponseCreated, _read_response_created, _write_response),
    ("response.done", e.ResponseDone, _read_response_done, _write_response),
    ("response.output_item.added", e.OutputItemAdded, _read_output_added, _write_output),
    ("response.output_item.done", e.OutputItemDone, _read_output_done, _write_output),
    ("response.content_part.added", e.PartAdded, _part_reader(e.PartAdded), _write_part),
    ("response.content_part.done", e.PartDone, _part_reader(e.PartDone), _write_part),
    ARGUMENTS_DONE,
    ("response.output_audio.delta", e.AudioDelta, _read_audio_delta, _write_audio_delta),
    ("rate_limits.updated", e.RateLimitsUpdated, _read_limits, _write_limits),
    ("error", e.ServerError, _read_server_error, _write_server_error),
)

_READERS: dict[str, Callable[[Fields], e.ServerEvent]] = {
    **{flat.type: flat.read for flat in EVENTS},
    **{name: read for name, _, read, _ in _SHAPED},
}
_CLASSES: dict[str, Any] = {
    **{flat.type: flat.build for flat in EVENTS},
    **{name: build for name, build, _, _ in _SHAPED},
}
_WRITERS: dict[object, tuple[str, Callable[..., JsonObject]]] = {
    **{flat.build: (flat.type, flat.write) for flat in EVENTS},
    **{build: (name, write) for name, build, _, write in _SHAPED},
    e.UnknownEvent: ("", _write_unknown),
}
