"""The dialect of OpenAI's GPT-Live sessions: full duplex, without turns or interruptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import orjson

from harness.audio.codec import decode_any_base64, encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import Difference, ResponseOptions, SessionConfig, differences
from harness.protocol.dialect import Breach, Dialect, DialectSession, Incoming, Messages, Outgoing
from harness.protocol.fields import (
    Fields,
    JsonObject,
    Malformed,
    WireFault,
    error_code,
    load,
    other_words,
)
from harness.protocol.items import AudioFormat, ErrorInfo, Item, ItemKind, ResponseUsage, Role
from harness.protocol.openai.ga import is_another
from harness.protocol.openai.items import read_arguments
from harness.protocol.openai_live.server import LiveServer
from harness.protocol.openai_live.settings import (
    BACKEND,
    FORMATS,
    MODEL,
    backend_words,
    served_session,
    write_change,
    write_session,
)
from harness.protocol.server_half import NewId, ServerEnd

# GPT-Live server messages as neutral events: audio, transcripts, delegated work, usage, ends.
#
# No event reports when a speaker begins or ends, and no reply has an id: later analysis infers both
# from the tracks (``timeline/episodes.py``). Of the backend's events, only tool calls and errors
# are used; its responses are no answers of the voice.

STARTED, UPDATED, CLOSED = "session.started", "session.updated", "session.closed"
AUDIO = "session.output_audio.delta"

CLOSED_BY: dict[str, str] = {
    "expired": "the session reached its longest time",
    "content": "the service ended the session for its content",
    "connection_lost": "the service lost the session",
}
"""Reasons of ``session.closed`` that are not a hang-up, as text."""

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
"""Known messages that are not read, with the reason."""

_BACKEND_FAILED = ("response.failed", "response.incomplete")
_NO_TOOL = ("message", "reasoning", "compaction")


def read_event(raw: JsonObject) -> tuple[tuple[e.ServerEvent, ...], tuple[str, ...]]:
    """Return the events in a message, and its unusable fields, as text.

    Raises:
        Malformed: a field that its type needs is missing or invalid.
    """
    fields = Fields(raw)
    kind = str(raw.get("type"))  # may be any JSON value: a list cannot be looked up
    reader = _READERS.get(kind)
    if kind in IGNORED:
        return (), ()
    if reader is None:
        return (e.UnknownEvent(kind, raw),), ()
    try:
        return tuple(reader(fields)), tuple(fields.noted)
    except WireFault as fault:
        malformed = Malformed(fault.code, fault.message, param=fault.param, event_type=kind)
        malformed.lost = e.AudioDelta if kind == AUDIO else None
        raise malformed from None


def read_error(fields: Fields) -> ErrorInfo:
    """Return the content of an ``error``; the id of its command is inside it or next to it."""
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
    """Work for the application is a tool call of which only the id is known."""
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
    """Yield a tool call of the backend: for the client to run, or already run by the backend."""
    item = event.part("item")
    kind = item.ident("type")
    if kind == "function_call":
        # The item's id is left out: the voice's next audio is no part of the backend's item.
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


# The caller's end of a GPT-Live session: it speaks first, and keeps the rules of the backend.
#
# ::
#
#     client                    server
#     session.start       ->
#                         <-    session.started (or error: there will be no session)
#     caller audio, gapless ->
#                         <-    the agent's track in real time, silence included; text; usage
#                         <-    response.event: response.created … output_item.done (a call)
#     response.item.create ->   once for every call
#                         <-    response.event: response.completed
#     response.create     ->    once all of that is there; it makes the backend continue
#     session.close       ->
#                         <-    session.closed, with the billed time
#
# An answer of the voice can neither be requested nor stopped; the client can only send a remark
# (``commentary``) for it to speak.

GREETING = "Greet the caller now, and ask how you can help."
APPEND = "session.input_audio.append"
_APPEND_HEAD = f'{{"type":"{APPEND}","audio":"'
_SHOWN = 60
"""Characters shown of an unknown format."""
OVER = ("response.completed", "response.failed", "response.incomplete")


class Backend:
    """Tracks the backend's active responses, and its calls that wait for results."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._unanswered: set[str] = set()
        self._owed = False

    @property
    def idle(self) -> bool:
        """Whether no response is active, no call waits for a result, and no request is owed."""
        return not (self._open or self._unanswered or self._owed)

    def follow(self, event: JsonObject) -> bool:
        """Take a Responses event; return whether the backend is to continue now."""
        kind, response = event.get("type"), event.get("response")
        response_id = str(response.get("id")) if isinstance(response, dict) else ""
        item = event.get("item")
        if kind == "response.created":
            self._open.add(response_id)
        elif kind in OVER:
            self._open.discard(response_id)
        elif kind == "response.output_item.done" and isinstance(item, dict):
            call_id = item.get("call_id")
            # A call without an id cannot be answered, so no result is awaited for it.
            if item.get("type") == "function_call" and isinstance(call_id, str):
                self._unanswered.add(call_id)
        return self._may_go_on()

    def answered(self, call_id: str | None) -> None:
        """Note that the result of a call was sent."""
        self._unanswered.discard(str(call_id))

    def asked(self) -> bool:
        """Note that the backend is to continue; return whether it may now."""
        self._owed = True
        return self._may_go_on()

    def _may_go_on(self) -> bool:
        may = self._owed and not self._open and not self._unanswered
        self._owed = self._owed and not may
        return may


class LiveSession(DialectSession):
    """The client's end of a session."""

    appends_alike = True

    def __init__(self, wanted: SessionConfig) -> None:
        super().__init__(wanted)
        self._ids = count(1)
        self._started = self._over = False
        self._refused: str | None = None
        self._differences: tuple[Difference, ...] = ()
        self._backend = Backend()
        self._appended = b"", f'{_APPEND_HEAD}"}}'

    def opening(self) -> Messages:
        """Return ``session.start``, which is the only place for the voice's settings."""
        start = c.ConfigureSession(self.wanted)
        return (self._message("session.start", start, session=write_session(self.wanted)),)

    def closing(self) -> Messages:
        """Return ``session.close``, if there is a session."""
        return (self._message("session.close"),) if not self.over else ()

    @property
    def awaited(self) -> str | None:
        """``session.started``, then None."""
        return None if self._started else STARTED

    @property
    def refused(self) -> str | None:
        """Why the session could not be opened as requested."""
        return self._refused

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Differences reported by ``session.started``."""
        return self._differences

    @property
    def over(self) -> bool:
        """Whether the server has sent its last message, or the session never began."""
        return self._over or not self._started

    @property
    def hung_up(self) -> bool:
        """``session.closed`` came."""
        return self._over

    def receive(self, message: str | bytes) -> Incoming:
        """Decode a message; raises Malformed if it cannot be used."""
        raw = load(message)
        events, noted = read_event(raw)
        kind = str(raw.get("type"))
        if kind == STARTED:
            self._begin(raw)
        elif kind == CLOSED:
            self._over = True
        if not self._started:
            self._note_refusal(events)
        replies: Messages = ()
        backend = raw.get("event")
        if kind == "response.event" and isinstance(backend, dict):
            if self._backend.follow(backend):
                replies = (self._go_on(),)
            elif backend.get("type") in OVER and self._backend.idle:
                events = (*events, e.WorkDone())
        return Incoming(kind, events, tuple(Breach(each) for each in noted), replies, json=True)

    def greet(self) -> Messages:
        """Return a remark for the voice to speak: it never speaks first by itself."""
        asked = c.CreateResponse(ResponseOptions(instructions=GREETING))
        kind = "session.commentary.append"
        return (self._message(kind, asked, delegation_id=None, content=GREETING),)

    def request_response(self) -> Messages:
        """Make the backend continue once it may; the voice cannot be asked to answer."""
        return (self._go_on(),) if self._backend.asked() else ()

    def answer_tool(self, call_id: str, output: str) -> Messages:
        """Return the result of a tool call of the backend."""
        self._backend.answered(call_id)
        item = {"type": "function_call_output", "call_id": call_id, "output": output}
        return (self._message("response.item.create", item=item),)

    def add_text(self, text: str, role: Role, *, turn: bool) -> Messages:
        """Return a system message as instructions; other text cannot be added."""
        if role is not Role.SYSTEM:
            return ()
        kind = "session.instructions.append"
        return (self._message(kind, delegation_id=None, content=text),)

    def update_session(self, change: SessionConfig) -> Messages:
        """Return the change."""
        return (self._message("session.update", session=write_change(change)),)

    def append_audio(self, audio: bytes) -> str:
        """Return the message of caller audio."""
        # This is the hot path, and silence repeats often.
        if audio != self._appended[0]:
            self._appended = audio, f'{_APPEND_HEAD}{encode_base64(audio)}"}}'
        return self._appended[1]

    # --- inside --------------------------------------------------------------------------

    def _go_on(self) -> Outgoing:
        return self._message("response.create", c.CreateResponse())

    def _message(
        self, kind: str, says: c.ClientCommand | None = None, **fields: object
    ) -> Outgoing:
        own_id = f"client_{next(self._ids):06d}"
        body = orjson.dumps({"type": kind, "event_id": own_id, **fields})
        return Outgoing(body.decode(), says, own_id)

    def _begin(self, raw: JsonObject) -> None:
        session = Fields(raw).inside("session") or Fields({})
        told, ours = served_session(session), self.wanted.input_format or AudioFormat.PCM16_24K
        self._differences = tuple(self._unlike(session, told))
        if told.input_format in (None, ours):
            self._started = True
        else:
            self._refused = f"{STARTED} says {told.input_format.words}, we speak {ours.words}"

    def _unlike(self, session: Fields, told: SessionConfig) -> Iterator[Difference]:
        asked = self.wanted
        if asked.tools is not None:
            asked = replace(asked, backend_model=asked.backend_model or BACKEND)
        asked = replace(asked, model=asked.model or MODEL)
        yield from differences(asked, told, another=is_another)
        spoken = (session.inside("audio") or Fields({})).mapping("format")
        if spoken is not None and told.input_format is None:
            ours = self.wanted.input_format or AudioFormat.PCM16_24K
            yield Difference("input_format", ours.value, orjson.dumps(spoken).decode()[:_SHOWN])
        words = SessionConfig(instructions=backend_words(session))
        for found in differences(asked, words, another=is_another):
            yield replace(found, setting="instructions of the backend")

    def _note_refusal(self, events: tuple[e.ServerEvent, ...]) -> None:
        for event in events:
            if isinstance(event, e.ServerError):
                self._refused = self._refused or event.error.words


_TURNS = "its voice takes turns by itself, and nothing can be set about it; take it out"


class OpenAiLive(Dialect):
    """GPT-Live: wire JSON of ``/v1/live/sessions``, which are no version of Realtime."""

    name = "openai_live"
    session_class = LiveSession
    paths: tuple[str, ...] = ("/v1/live/sessions",)
    formats = tuple(FORMATS)
    roles = ("system",)
    reports_interruptions = True  # it reports none, and needs none: it sends audio in real time
    fixed = ("instructions", "voice", "transcription_model")
    lacks = (
        "type",
        *("noise_reduction", "tool_choice", "parallel_tool_calls", "max_output_tokens", "speed"),
        *("truncation", "tracing", "prompt", "include"),
    )

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield also the settings that the protocol lacks."""
        if wanted.turn_detection is not None or wanted.turn_detection_off:
            yield "turn_detection", f"{self.name}: {_TURNS}"
        if wanted.transcription_model is not None:
            yield "input_transcription", f"{self.name} always transcribes, with a model of its own"
        if wanted.output_format is not wanted.input_format:
            both = "has one format for both directions"
            yield "output_format", f"{self.name} {both}; set input_format to the same"
        yield from super().unfit(wanted)

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return LiveServer(new_id)
