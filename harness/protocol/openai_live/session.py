"""The caller's end of a GPT-Live session: it speaks first, and keeps the rules of the backend.

::

    we                        the server
    session.start       ->
                        <-    session.started (or error: there will be no session)
    caller audio, gapless ->
                        <-    the agent's track in real time, silence included; words; usage
                        <-    response.event: response.created … output_item.done (a call)
    response.item.create ->   once for every call
                        <-    response.event: response.completed
    response.create     ->    once all of that is there; it makes the backend go on
    session.close       ->
                        <-    session.closed, with what is billed

An answer of the voice can neither be asked for nor stopped; a remark (``commentary``) that it is to
speak first is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.differences import Difference, differences
from harness.protocol.fields import Fields
from harness.protocol.items import AudioFormat, ItemKind, Role
from harness.protocol.openai.models import is_another
from harness.protocol.openai_live.events import CLOSED, STARTED, read_event
from harness.protocol.openai_live.settings import (
    BACKEND,
    MODEL,
    backend_words,
    served_session,
    write_change,
    write_session,
)
from harness.protocol.session import Breach, DialectSession, Incoming, Outgoing
from harness.protocol.wire import JsonObject, load

GREETING = "Greet the caller now, and ask how you can help."
APPEND = "session.input_audio.append"
_APPEND_HEAD = f'{{"type":"{APPEND}","audio":"'
_SHOWN = 60
"""Characters of a format that nobody knows."""
OVER = ("response.completed", "response.failed", "response.incomplete")


class Backend:
    """Which responses of the backend run, and which of its calls wait for their results."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._unanswered: set[str] = set()
        self._owed = False

    @property
    def idle(self) -> bool:
        """Whether nothing runs there, and nothing waits for a result or for us."""
        return not (self._open or self._unanswered or self._owed)

    def follow(self, event: JsonObject) -> bool:
        """Take one Responses event; return whether the backend is to go on now."""
        kind, response = event.get("type"), event.get("response")
        response_id = str(response.get("id")) if isinstance(response, dict) else ""
        item = event.get("item")
        if kind == "response.created":
            self._open.add(response_id)
        elif kind in OVER:
            self._open.discard(response_id)
        elif kind == "response.output_item.done" and isinstance(item, dict):
            call_id = item.get("call_id")
            # One without an id cannot be answered; nothing waits for it.
            if item.get("type") == "function_call" and isinstance(call_id, str):
                self._unanswered.add(call_id)
        return self._may_go_on()

    def answered(self, call_id: str | None) -> None:
        """Note that the result of a call was sent."""
        self._unanswered.discard(str(call_id))

    def asked(self) -> bool:
        """Note that the backend is to go on; return whether it may now."""
        self._owed = True
        return self._may_go_on()

    def _may_go_on(self) -> bool:
        may = self._owed and not self._open and not self._unanswered
        self._owed = self._owed and not may
        return may


class LiveSession(DialectSession):
    """One session of one call."""

    appends_alike = True

    def __init__(self, wanted: SessionConfig) -> None:
        self._wanted = wanted
        self._ids = count(1)
        self._started = self._over = False
        self._refused: str | None = None
        self._differences: tuple[Difference, ...] = ()
        self._backend = Backend()
        self._appended = b"", Outgoing(f'{_APPEND_HEAD}"}}')

    def opening(self) -> tuple[Outgoing, ...]:
        """Return ``session.start``, which says all that can ever be said of the voice."""
        start = c.ConfigureSession(self._wanted)
        return (self._message("session.start", start, session=write_session(self._wanted)),)

    def closing(self) -> tuple[Outgoing, ...]:
        """Return ``session.close``, if there is a session."""
        return (self._message("session.close"),) if not self.over else ()

    @property
    def awaited(self) -> str | None:
        """``session.started``, then nothing."""
        return None if self._started else STARTED

    @property
    def refused(self) -> str | None:
        """Why the session could not be had as it was wanted."""
        return self._refused

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What ``session.started`` says otherwise."""
        return self._differences

    @property
    def over(self) -> bool:
        """Whether the server has said its last word, or never began."""
        return self._over or not self._started

    @property
    def hung_up(self) -> bool:
        """``session.closed`` came."""
        return self._over

    @property
    def greeting_request(self) -> c.ClientCommand:
        """A remark that the voice may speak: it says nothing unasked."""
        return c.CreateResponse(ResponseOptions(instructions=GREETING))

    def receive(self, message: str | bytes) -> Incoming:
        """Take one message; raises Malformed where it cannot be used."""
        raw = load(message)
        events, noted = read_event(raw)
        kind = str(raw.get("type"))
        if kind == STARTED:
            self._begin(raw)
        elif kind == CLOSED:
            self._over = True
        if not self._started:
            self._note_refusal(events)
        replies: tuple[Outgoing, ...] = ()
        backend = raw.get("event")
        if kind == "response.event" and isinstance(backend, dict):
            if self._backend.follow(backend):
                replies = (self._go_on(),)
            elif backend.get("type") in OVER and self._backend.idle:
                events = (*events, e.WorkDone())
        return Incoming(kind, events, tuple(Breach(each) for each in noted), replies, json=True)

    def send(self, command: c.ClientCommand) -> tuple[Outgoing, ...]:
        """Return the message of a command; the voice takes neither stops nor truncations."""
        if isinstance(command, c.AppendAudio):
            return (self.append(command.audio),)
        if isinstance(command, c.CreateItem) and command.item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
            return (self._result(command),)
        if isinstance(command, c.CreateItem) and command.item.role is Role.SYSTEM:
            words = " ".join(part.text for part in command.item.content if part.text)
            told = {"delegation_id": None, "content": words}
            return (self._message("session.instructions.append", command, **told),)
        if isinstance(command, c.ConfigureSession):
            change = write_change(command.config)
            return (self._message("session.update", command, session=change),)
        if isinstance(command, c.CreateResponse):
            remark = command.options.instructions
            if remark is not None:
                content = {"delegation_id": None, "content": remark}
                return (self._message("session.commentary.append", command, **content),)
            return (self._go_on(command),) if self._backend.asked() else ()
        return ()

    def append(self, audio: bytes) -> Outgoing:
        """Return the message of caller audio: the hot path; silence is frequent."""
        if audio != self._appended[0]:
            self._appended = audio, Outgoing(f'{_APPEND_HEAD}{encode_base64(audio)}"}}')
        return self._appended[1]

    # --- inside --------------------------------------------------------------------------

    def _result(self, command: c.CreateItem) -> Outgoing:
        item = command.item
        self._backend.answered(item.call_id)
        output = {"type": item.kind.value, "call_id": item.call_id, "output": item.output or ""}
        return self._message("response.item.create", command, item=output)

    def _go_on(self, command: c.CreateResponse | None = None) -> Outgoing:
        return self._message("response.create", command or c.CreateResponse())

    def _message(
        self, kind: str, says: c.ClientCommand | None = None, **fields: object
    ) -> Outgoing:
        own_id = f"client_{next(self._ids):06d}"
        body = orjson.dumps({"type": kind, "event_id": own_id, **fields})
        return Outgoing(body.decode(), says, own_id)

    def _begin(self, raw: JsonObject) -> None:
        session = Fields(raw).inside("session") or Fields({})
        told, ours = served_session(session), self._wanted.input_format or AudioFormat.PCM16_24K
        self._differences = tuple(self._unlike(session, told))
        if told.input_format in (None, ours):
            self._started = True
        else:
            self._refused = f"{STARTED} says {told.input_format.words}, we speak {ours.words}"

    def _unlike(self, session: Fields, told: SessionConfig) -> Iterator[Difference]:
        asked = self._wanted
        if asked.tools is not None:
            asked = replace(asked, backend_model=asked.backend_model or BACKEND)
        asked = replace(asked, model=asked.model or MODEL)
        yield from differences(asked, told, another=is_another)
        spoken = (session.inside("audio") or Fields({})).mapping("format")
        if spoken is not None and told.input_format is None:
            ours = self._wanted.input_format or AudioFormat.PCM16_24K
            yield Difference("input_format", ours.value, orjson.dumps(spoken).decode()[:_SHOWN])
        words = SessionConfig(instructions=backend_words(session))
        for found in differences(asked, words, another=is_another):
            yield replace(found, setting="instructions of the backend")

    def _note_refusal(self, events: tuple[e.ServerEvent, ...]) -> None:
        for event in events:
            if isinstance(event, e.ServerError):
                self._refused = self._refused or event.error.words
