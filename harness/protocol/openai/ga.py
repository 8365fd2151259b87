"""The GA dialect of the OpenAI Realtime API: strict when writing, tolerant when reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ClientCommand, Difference, SessionConfig, differences
from harness.protocol.dialect import (
    PASSED_OVER,
    UNHEARD,
    Breach,
    Dialect,
    DialectSession,
    Endpoint,
    Followed,
    Incoming,
    Messages,
    Outgoing,
)
from harness.protocol.events import ServerEvent
from harness.protocol.fields import Fields, JsonObject, Malformed, WireFault, load
from harness.protocol.items import AudioFormat, ErrorInfo, Response, ResponseStatus
from harness.protocol.openai.commands import APPEND, read_command, write_command
from harness.protocol.openai.conversation import Conversation
from harness.protocol.openai.events import event_class, read_event, write_event
from harness.protocol.openai.items import FORMATS
from harness.protocol.openai.responses import ServerTools
from harness.protocol.server_half import NewId, Served, ServerEnd

# The client side of an OpenAI Realtime session: handshake, order, interruptions, errors.
#
# The server speaks first (``session.created``), is configured once, and reports the result. Any
# error before that refuses the session: with settings refused, the agent would not be the agent
# under test, and on the dated endpoints of Azure the whole update is lost. So does audio in
# another format than requested: it would play as noise.
#
# The rules below decide when the caller's speech stops the agent's queued audio. A service that
# hears the caller begin sends ``speech_started``. The WebSocket client's reaction depends on what
# the service does with its answer (Realtime guide, "Voice activity detection" and "Interruption
# and truncation"):
#
# ::
#
#   interrupt_response   the active answer        playback
#   false                any                      continues; only a cancel stops it
#   true, or not set     whole (response.done)    stops at once: the answer cannot be cancelled any
#                                                 more, and WebRTC services clear their buffer here
#                        open                     continues until the service decides:
#                                                   cancelled -> stops
#                                                   more of it comes, or it is done -> plays on
#                                                   another response begins by itself -> stops:
#                                                   it answers the caller
#
# So a service that hears "mm-hm", and talks on, is played; and a service that ignores an
# interruption is heard to ignore it, instead of being silenced by the client.

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


# Models with a shutdown date announced by OpenAI, and their replacements.
#
# Sources: the types of its Python package (openai 3.57: ``RealtimeSessionCreateRequest.model``,
# ``AudioTranscription.model``) and its page of deprecations. Other models may be shut down, too.

_REALTIME, _WRITTEN = "2027-01-20", "2027-02-26"
_BY_NAME: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("gpt-realtime", "gpt-realtime-2025-08-28"), (_REALTIME, "gpt-realtime-2.1")),
    **dict.fromkeys(
        ("gpt-realtime-mini", "gpt-realtime-mini-2025-12-15"), (_REALTIME, "gpt-realtime-2.1-mini")
    ),
    **dict.fromkeys(
        (
            *("whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"),
            *("gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15"),
        ),
        (_WRITTEN, "gpt-transcribe or gpt-live-transcribe"),
    ),
}


def retiring(wanted: SessionConfig) -> Iterator[tuple[str, str]]:
    """Yield each requested model with an announced shutdown: the date, and the replacement."""
    for key, name in (
        ("model", wanted.model),
        ("session.input_transcription", wanted.transcription_model),
    ):
        if name in _BY_NAME:
            day, instead = _BY_NAME[name]
            yield f"{key} {name}: OpenAI has announced its shutdown for {day}", f"use {instead}"


# The server's end of an OpenAI Realtime session: each event is a message, and the reverse.


class ServedShape(Protocol):
    """Writes and reads a server's messages in a generation of the protocol."""

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        ...

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message; raises WireFault for the error to send."""
        ...


class RealtimeServer(ServerEnd):
    """Stateless: the agent itself uses these events and commands."""

    def __init__(self, shape: ServedShape, new_id: NewId) -> None:
        self._shape, self._new_id = shape, new_id

    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Return the command in a message; raises WireFault."""
        return Served(commands=(self._shape.decode_client(message),))

    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Return the message of an event."""
        return Served((self._shape.encode_server(event, self._new_id("event")).decode(),))


_AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_OLDER = frozenset({"session.type", "session.audio", "session.output_modalities"})
"""Fields of GA sessions that a server with the beta's shape does not know."""
_APPEND_HEAD = f'{{"type":"{APPEND}","audio":"'


class OpenAiGa(Dialect):
    """OpenAI Realtime: wire JSON of ``/v1/realtime``, in the shape of 2025 and later.

    A server reads its clients as strictly as the service does: unknown and missing fields are
    faults. A client reads its server tolerantly: extra fields pass, beta names are understood,
    fields that are odd count as absent, absent ids are empty and absent indexes 0, unknown types
    become ``UnknownEvent``.
    """

    name = "openai_ga"
    session_class: type[RealtimeSession] = GaSession
    paths: tuple[str, ...] = ("/v1/realtime",)
    formats = tuple(FORMATS)
    outputs = ("audio", "text")
    lacks: tuple[str, ...] = ("backend_model",)
    reports_interruptions = True

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL with ``?model=``, unless it has a model, and the header of the key."""
        return Endpoint(named_in(url, model, "model"), key_header(url, key))

    def retiring(self, wanted: SessionConfig, url: str) -> Iterator[tuple[str, str]]:
        """Yield the models whose shutdown is announced; Azure has its own dates and names."""
        return iter(()) if _is_azure(url) else retiring(wanted)

    def session(self, wanted: SessionConfig) -> DialectSession:
        """Return the caller's end of a new session."""
        return self.session_class(self, wanted)

    # --- the client's half ---------------------------------------------------------------

    def read(self, raw: JsonObject) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and its unusable fields, as text.

        Raises:
            Malformed: a field that its type needs is missing or invalid.
        """
        fields = Fields(raw)
        try:
            return read_event(fields), tuple(fields.noted)
        except WireFault as fault:
            claimed = raw.get("type")
            kind = claimed if isinstance(claimed, str) else None
            malformed = Malformed(fault.code, fault.message, param=fault.param, event_type=kind)
            malformed.lost = event_class(malformed.event_type)
            raise malformed from None

    def encode_client(self, command: ClientCommand) -> bytes:
        """Return a client's message; only settings that are set are sent."""
        return orjson.dumps(write_command(command))

    def encode_append(self, audio: bytes) -> str:
        """Return the message that carries caller audio."""
        # base64 needs no JSON escaping
        return f'{_APPEND_HEAD}{encode_base64(audio)}"}}'

    def explained(self, error: ErrorInfo) -> str:
        """Return the service's error text, with advice if the service uses an older shape."""
        if error.code == "unknown_parameter" and error.param in _OLDER:
            return f"{error.words}; this endpoint speaks the beta's shape: use dialect: openai_beta"
        return error.words

    # --- the server's half ---------------------------------------------------------------

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return RealtimeServer(self, new_id)

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        return orjson.dumps(write_event(event, event_id))

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message.

        Raises:
            WireFault: for the server's ``error`` event (Malformed if it is no JSON object).
        """
        return read_command(load(message))


def named_in(url: str, model: str | None, name: str) -> str:
    """Return the URL with the model in its query; a model that the URL already has is kept."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if model is None or any(key == name for key, _ in query):
        return url
    return urlunsplit(parts._replace(query=urlencode([*query, (name, model)])))


def key_header(url: str, key: str | None) -> dict[str, str]:
    """Return the header that carries a key: Azure has its own header."""
    if key is None:
        return {}
    return {"api-key": key} if _is_azure(url) else {"Authorization": f"Bearer {key}"}


def _is_azure(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(_AZURE)
