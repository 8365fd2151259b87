"""The client side of an OpenAI Realtime session: handshake, order, interruptions, errors.

The server speaks first (``session.created``), is configured once, and reports the result. Any error
before that refuses the session: with settings refused, the agent would not be the agent under test,
and on the dated endpoints of Azure the whole update is lost. So does audio in another format than
requested: it would play as noise.

The rules below decide when the caller's speech stops the agent's queued audio. A service that hears
the caller begin sends ``speech_started``. The WebSocket client's reaction depends on what the
service does with its answer (Realtime guide, "Voice activity detection" and "Interruption and
truncation"):

::

    interrupt_response   the active answer        playback
    false                any                      continues; only a cancel stops it
    true, or not set     whole (response.done)    stops at once: the answer cannot be cancelled any
                                                  more, and WebRTC services clear their buffer here
                         open                     continues until the service decides:
                                                    cancelled -> stops
                                                    more of it comes, or it is done -> plays on
                                                    another response begins by itself -> stops:
                                                    it answers the caller

So a service that hears "mm-hm", and talks on, is played; and a service that ignores an interruption
is heard to ignore it, instead of being silenced by the client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Protocol

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import Difference, SessionConfig, differences
from harness.protocol.dialect import (
    PASSED_OVER,
    UNHEARD,
    Breach,
    DialectSession,
    Followed,
    Incoming,
    Messages,
    Outgoing,
)
from harness.protocol.fields import JsonObject, Malformed, load
from harness.protocol.items import AudioFormat, ErrorInfo, Response, ResponseStatus
from harness.protocol.openai.conversation import Conversation
from harness.protocol.openai.responses import ServerTools

# Whether the served model differs from the requested model, judged by OpenAI's names.

_NAME = re.compile(
    r"gpt(-live|-(?:4o-|4o-mini-)?realtime(?:-mini|-preview)?)?(?:-(\d(?:\.\d+)?))?(-mini|-nano)?"
    r"(?:-\d{4}-\d{2}-\d{2})?"
)
"""Family, version, size and date of a model."""


def is_another(asked: str, served: str) -> bool:
    """Return whether two names are of different models; a deployment's own name is unknown.

    A name without a version means the newest version, and likewise for the date.
    """
    ours, theirs = _NAME.fullmatch(asked), _NAME.fullmatch(served)
    if ours is None or theirs is None:
        return False
    kinds = ours.group(1, 3), theirs.group(1, 3)
    return kinds[0] != kinds[1] or (None not in (ours[2], theirs[2]) and ours[2] != theirs[2])


CREATED, UPDATED = "session.created", "session.updated"
ACTIVE_RESPONSE = "conversation_already_has_active_response"

_EXPIRED = "session_expired"
_FATAL_CODES = frozenset(
    {
        _EXPIRED,
        "beta_api_shape_disabled",
        "invalid_api_key",
        "insufficient_quota",
        "model_not_found",
    }
)
_FATAL_TYPES = frozenset({"authentication_error", "permission_error"})
_UNTYPED = "a message without type"


class Interruption:
    """Whether playback stops; every method returns True if it must stop now."""

    def __init__(self) -> None:
        self._service_interrupts = True
        self._spoken_over = False

    def configured(self, session: SessionConfig) -> None:
        """Take the requested or served settings; settings that are absent keep their value."""
        if session.turn_detection is not None:
            self._service_interrupts = session.turn_detection.interrupt_response is not False

    def speech_started(self, open_responses: frozenset[str]) -> bool:
        """Note that the service heard the caller begin."""
        self._spoken_over = self._service_interrupts and bool(open_responses)
        return self._service_interrupts and not open_responses

    def response_created(self, *, asked_for: bool) -> bool:
        """Note a response; a response that the client requested does not answer the caller."""
        superseded = self._spoken_over and not asked_for
        self._spoken_over = self._spoken_over and asked_for
        return superseded

    def response_done(self, response: Response) -> bool:
        """Note the end of a response."""
        cancelled = response.status is ResponseStatus.CANCELLED
        self._spoken_over = self._spoken_over and not cancelled
        return cancelled


class RealtimeShape(Protocol):
    """Reads and writes the messages of a generation of the protocol."""

    def read(self, raw: JsonObject) -> tuple[e.ServerEvent, tuple[str, ...]]:
        """Return the event in a message, and its unusable fields; raises Malformed."""
        ...

    def encode_client(self, command: c.ClientCommand) -> bytes:
        """Return the message of a command."""
        ...

    def encode_append(self, audio: bytes) -> str:
        """Return the message that carries caller audio."""
        ...

    def explained(self, error: ErrorInfo) -> str:
        """Return the service's error text, with advice if any is known."""
        ...


class RealtimeSession(DialectSession):
    """The client's end of a session; the shape of its messages is separate."""

    appends_alike = True

    def __init__(self, shape: RealtimeShape, wanted: SessionConfig) -> None:
        super().__init__(wanted)
        self._shape = shape
        self._conversation = Conversation()
        self._interruption = Interruption()
        self._interruption.configured(wanted)
        self._awaited: str | None = CREATED
        self._refused: str | None = None
        self._differences: tuple[Difference, ...] = ()
        self._tools = ServerTools()
        self._ids = count(1)
        self._open: set[str] = set()
        self._asked: str | None = None
        self._sending: c.ClientCommand = c.CreateResponse()
        """The command whose messages are made, with its id."""
        self._appended = b"", shape.encode_append(b"")

    @property
    def awaited(self) -> str | None:
        """``session.created``, then ``session.updated``, then None."""
        return self._awaited

    @property
    def refused(self) -> str | None:
        """Why the session could not be opened as requested."""
        return self._refused

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Differences reported by the first ``session.updated``."""
        return self._differences

    def receive(self, message: str | bytes) -> Incoming:
        """Decode a message; raises Malformed if it is no JSON object."""
        raw = load(message)
        kind = str(raw.get("type", _UNTYPED))
        try:
            event, noted = self._shape.read(raw)
        except Malformed as fault:
            self._unread(kind, fault)
            # The session before its configuration may be anything.
            replies = self._configure() if kind == CREATED else ()
            effect = UNHEARD if fault.lost is e.AudioDelta else PASSED_OVER
            return Incoming(kind, (), (Breach(fault.message, effect),), replies, json=True)
        if isinstance(event, e.ServerError):
            event = self._judged(event)
        replies = self._configure() if isinstance(event, e.SessionCreated) else ()
        if isinstance(event, e.SessionUpdated) and self._awaited == UPDATED:
            self._configured(event.config)
        breaches = tuple(Breach(each) for each in noted)
        events = (event, *self._tools.told(event))
        return Incoming(kind, events, breaches, replies, json=True)

    def follow(self, event: e.ServerEvent) -> Followed:
        """Check an event against the rules of order, and of interruption."""
        breaches = self._conversation.received(event)
        if self._is_out_of_band(event):
            return Followed(breaches)
        stops = self._stops_playback(event)
        match event:
            case e.ResponseCreated(response):
                self._open.add(response.id)
                self._asked = None
            case e.ResponseDone(response):
                self._open.discard(response.id)
            case _:
                pass
        return Followed(breaches, stops)

    def _is_out_of_band(self, event: e.ServerEvent) -> bool:
        """Return whether an unplayed response begins or ends: it does not interrupt playback."""
        if not isinstance(event, e.ResponseCreated | e.ResponseDone):
            return False
        return self._conversation.is_out_of_band(event.response.id)

    def send(self, command: c.ClientCommand) -> Messages:
        """Return the message of a command, with a new event id unless it has an id."""
        own_id = command.event_id or f"client_{next(self._ids):06d}"
        self._sending = command = replace(command, event_id=own_id)
        self._conversation.sent(command)
        if isinstance(command, c.CreateResponse):
            if command.options.conversation != "none":
                self._asked = own_id
        elif isinstance(command, c.CreateItem):
            self._tools.answered(command.item)
        return super().send(command)

    def _whole(self, *_: object, **__: object) -> Messages:
        """Return the command that is being sent: this protocol has a message for each."""
        command = self._sending
        data = self._shape.encode_client(command).decode()
        return (Outgoing(data, command, command.event_id or ""),)

    begin_turn = end_turn = request_response = cancel_response = truncate = _whole
    add_text = add_audio = add_tool_call = answer_tool = answer_approval = _whole
    update_session = ask_out_of_band = _whole

    def greet(self) -> Messages:
        """Request a response without caller input; the service makes none unasked."""
        return self.send(c.CreateResponse())

    def append_audio(self, audio: bytes) -> str:
        """Return the message of caller audio, without an event id."""
        # This is the hot path, and silence repeats often.
        if audio != self._appended[0]:
            self._appended = audio, self._shape.encode_append(audio)
        return self._appended[1]

    # --- the handshake -------------------------------------------------------------------

    def _configure(self) -> tuple[Outgoing, ...]:
        if self._awaited != CREATED:
            return ()
        self._awaited = UPDATED
        # The model is in the URL.
        return self.send(c.ConfigureSession(replace(self.wanted, model=None)))

    def _configured(self, found: SessionConfig) -> None:
        self._differences = differences(self.wanted, found, another=is_another)
        wrong = "; ".join(self._unlike(found))
        if wrong:
            self._refused = self._refused or wrong
        else:
            self._awaited = None

    def _unlike(self, found: SessionConfig) -> Iterator[str]:
        asked = self.wanted
        if asked.type is not None and found.type != asked.type:
            yield f"{UPDATED} says no session of type {asked.type}, which was asked for"
        for side, ours, theirs in (
            ("input", asked.input_format, found.input_format),
            ("output", asked.output_format, found.output_format),
        ):
            ours = ours or AudioFormat.PCM16_24K
            if theirs not in (None, ours):
                yield f"{UPDATED} says {side} format {theirs.value}, we speak {ours.words}"

    def _unread(self, kind: str, fault: Malformed) -> None:
        if kind == UPDATED and self._awaited == UPDATED:
            spoken = (self.wanted.output_format or AudioFormat.PCM16_24K).words
            self._refused = f"{UPDATED} cannot be used: {fault.message} We speak {spoken}."

    def _judged(self, event: e.ServerError) -> e.ServerError:
        error = event.error
        if self._awaited is not None:
            self._refused = self._refused or self._shape.explained(error)
        fatal = error.code in _FATAL_CODES or error.type in _FATAL_TYPES
        answering = error.code == ACTIVE_RESPONSE
        if answering or (self._asked is not None and error.event_id == self._asked):
            self._asked = None
        expired = error.code == _EXPIRED
        return replace(event, fatal=fatal, answering=answering, expired=expired)

    # --- interruption --------------------------------------------------------------------

    def _stops_playback(self, event: e.ServerEvent) -> bool:
        rule = self._interruption
        match event:
            case e.SessionUpdated(config=session):
                rule.configured(session)
            case e.SpeechStarted():
                return rule.speech_started(frozenset(self._open))
            case e.ResponseCreated():
                return rule.response_created(asked_for=self._asked is not None)
            case e.ResponseDone(response):
                return rule.response_done(response)
            case _:
                pass
        return False


class GaSession(RealtimeSession):
    """The client's end of a session that takes images, too."""

    add_image = RealtimeSession._whole
