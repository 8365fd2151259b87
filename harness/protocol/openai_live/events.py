"""What GPT-Live's server says, as neutral events: sound, words, work handed over, usage, ends.

No event tells when somebody begins or ends to speak, and no reply has an id: that is not missed
here, but inferred from the tracks by who judges (``timeline/audio_turns.py``). Of the backend's
events those count that name a tool call or a trouble; its responses are no answers of the voice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.audio.codec import decode_any_base64
from harness.protocol import events as e
from harness.protocol.error_reports import error_code, other_words
from harness.protocol.fields import Fields
from harness.protocol.items import ErrorInfo, Item, ItemKind, ResponseUsage
from harness.protocol.openai.flat import read_arguments
from harness.protocol.openai_live.settings import served_session
from harness.protocol.wire import JsonObject, Malformed, WireFault

STARTED, UPDATED, CLOSED = "session.started", "session.updated", "session.closed"
AUDIO = "session.output_audio.delta"

CLOSED_BY: dict[str, str] = {
    "expired": "the session reached its longest time",
    "content": "the service ended the session for its content",
    "connection_lost": "the service lost the session",
}
"""Reasons of ``session.closed`` that are no hanging up, in words."""

_PLACED = "where in the session a text was put in; what the agent does with it is heard"
_UNASKED = "answers a message that is never sent"
_BESIDE = "told to who watches beside a call on the telephone, and not on this connection"
IGNORED: dict[str, str] = {
    "session.instructions.appended": _PLACED,
    "session.thinking.appended": _UNASKED,
    "session.commentary.appended": _PLACED,
    "session.input_audio.muted": _UNASKED,
    "session.input_audio.unmuted": _UNASKED,
    "session.output_audio.fixture.playing": _UNASKED,
    "session.output_audio.fixture.played": _UNASKED,
    "decision.event": _UNASKED,
    "decision.item.created": _UNASKED,
    "decision.item.deleted": _UNASKED,
    "info": "a remark of the service to developers",
    "session.input_audio.append": _BESIDE,
    "transport.answered": _BESIDE,
    "transport.dtmf.received": _BESIDE,
    "transport.dtmf.send": _BESIDE,
    "transport.dtmf.sent": _BESIDE,
    "transport.failed": _BESIDE,
    "transport.ringing": _BESIDE,
}
"""What is known and says nothing of the conversation, and why nothing is read of it."""

_BACKEND_FAILED = ("response.failed", "response.incomplete")
_NO_TOOL = ("message", "reasoning", "compaction")


def read_event(raw: JsonObject) -> tuple[tuple[e.ServerEvent, ...], tuple[str, ...]]:
    """Return the events in a message, and in words what of it could not be used.

    Raises:
        Malformed: what its type is nothing without is missing or odd.
    """
    fields = Fields(raw)
    kind = str(raw.get("type"))  # whatever it is: a list cannot be looked up
    reader = _READERS.get(kind)
    if kind in IGNORED:
        return (), ()
    if reader is None:
        return (e.UnknownEvent(kind, raw),), ()
    try:
        return tuple(reader(fields)), tuple(fields.noted)
    except WireFault as fault:
        malformed = Malformed(fault.code, fault.message, param=fault.param)
        malformed.event_type = kind
        malformed.lost = e.AudioDelta if kind == AUDIO else None
        raise malformed from None


def read_error(fields: Fields) -> ErrorInfo:
    """Return what an ``error`` says; the command that it is about is named inside or beside it."""
    error = fields.part("error")
    return ErrorInfo(
        type=error.optional_text("type") or "",
        message=error.optional_text("message") or other_words(fields.raw.get("error", fields.raw)),
        code=error_code(error),
        param=error.optional_text("param"),
        event_id=error.optional_text("client_event_id") or fields.optional_text("client_event_id"),
    )


def _started(fields: Fields) -> Iterator[e.ServerEvent]:
    session = fields.part("session")
    yield e.SessionCreated(session.optional_text("id"), served_session(session), session.raw)


def _updated(fields: Fields) -> Iterator[e.ServerEvent]:
    session = fields.part("session")
    yield e.SessionUpdated(session.optional_text("id"), served_session(session), session.raw)


def _audio(fields: Fields) -> Iterator[e.ServerEvent]:
    text = fields.text("delta")
    try:
        yield e.AudioDelta(audio=decode_any_base64(text))
    except ValueError:
        raise fields.refuse("invalid_value", "delta", "Invalid 'delta': not base64.") from None


def _said(fields: Fields) -> Iterator[e.ServerEvent]:
    yield e.TranscriptDelta(delta=fields.text("delta"))


def _heard(fields: Fields) -> Iterator[e.ServerEvent]:
    yield e.InputTranscriptDelta(delta=fields.text("delta"))


def _delegated(fields: Fields) -> Iterator[e.ServerEvent]:
    """Work for the application is a tool call of which only the id is told."""
    delegation = fields.part("delegation")
    if delegation.optional_text("target") == "client":
        yield e.ServerToolCall(call_id=delegation.ident("id"))


def _backend(fields: Fields) -> Iterator[e.ServerEvent]:
    event = fields.part("event")
    kind = event.optional_text("type")
    if kind == "response.output_item.done":
        yield from _item(event)
    elif kind in _BACKEND_FAILED:
        yield e.ServerError(_trouble(event.part("response"), str(kind)))
    elif kind == "response.completed":
        usage = event.part("response").inside("usage")
        if usage is not None:
            yield e.UsageTold(_tokens(usage))


def _item(event: Fields) -> Iterator[e.ServerEvent]:
    """Yield a tool call of the backend: ours to run, or one that it has run itself."""
    item = event.part("item")
    kind = item.ident("type")
    if kind == "function_call":
        # Its own id stays out: what the voice says next is no part of the backend's item.
        call = Item(
            kind=ItemKind.FUNCTION_CALL,
            call_id=item.optional_text("call_id"),
            name=item.optional_text("name"),
            arguments=read_arguments(item) or "",
        )
        yield e.OutputItemDone("", 0, call)
    elif kind not in _NO_TOOL:
        yield e.ServerToolCall(
            call_id=item.ident("id"),
            name=item.optional_text("name") or kind,
            arguments=item.optional_text("arguments") or "",
            ended=True,
            failed=item.raw.get("error") is not None or item.raw.get("status") == "failed",
            output=item.optional_text("output"),
        )


def _trouble(response: Fields, kind: str) -> ErrorInfo:
    error = response.inside("error")
    details = response.inside("incomplete_details")
    told = None if error is None else error.optional_text("message")
    reason = None if details is None else details.optional_text("reason")
    code = None if error is None else error.optional_text("code")
    return ErrorInfo(kind, told or f"the backend's response ended: {reason or kind}", code)


def _tokens(usage: Fields) -> ResponseUsage:
    cached = usage.inside("input_tokens_details")
    input_tokens, output_tokens = usage.count("input_tokens"), usage.count("output_tokens")
    cached_tokens = 0 if cached is None else cached.count("cached_tokens")
    return ResponseUsage(
        total_tokens=usage.count("total_tokens"),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        input_text_tokens=input_tokens,
        output_text_tokens=output_tokens,
        cached_tokens=cached_tokens,
        cached_text_tokens=cached_tokens,
    )


def _seconds(fields: Fields) -> Iterator[e.ServerEvent]:
    usage = fields.part("usage")
    yield e.SessionLasted(usage.number("seconds", 0.0, least=0.0))


def _closed(fields: Fields) -> Iterator[e.ServerEvent]:
    yield from _seconds(fields)
    reason = fields.ident("reason")
    if reason in CLOSED_BY:
        error = ErrorInfo("session_closed", CLOSED_BY[reason], reason)
        yield e.ServerError(error, fatal=True, expired=reason == "expired")


def _error(fields: Fields) -> Iterator[e.ServerEvent]:
    yield e.ServerError(read_error(fields))


_READERS: dict[str, Callable[[Fields], Iterator[e.ServerEvent]]] = {
    STARTED: _started,
    UPDATED: _updated,
    AUDIO: _audio,
    "session.output_transcript.delta": _said,
    "session.input_transcript.delta": _heard,
    "session.delegation.created": _delegated,
    "response.event": _backend,
    "session.usage.updated": _seconds,
    CLOSED: _closed,
    "error": _error,
}
