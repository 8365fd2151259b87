"""The GA dialect of the OpenAI Realtime API: strict when writing, tolerant when reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from harness.audio.codec import encode_base64
from harness.protocol.commands import ClientCommand, SessionConfig
from harness.protocol.dialect import Dialect, DialectSession, Endpoint, NewId, Served, ServerEnd
from harness.protocol.events import ServerEvent
from harness.protocol.fields import Fields, JsonObject, Malformed, WireFault, load
from harness.protocol.items import ErrorInfo
from harness.protocol.openai.commands import APPEND, read_command, write_command
from harness.protocol.openai.events import event_class, read_event, write_event
from harness.protocol.openai.items import FORMATS
from harness.protocol.openai.realtime import GaSession, RealtimeSession

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
    """Wire JSON of ``/v1/realtime`` (shape of 2025 and later); the names are the vendor's.

    A server reads its clients as strictly as the service does: unknown and missing fields are
    faults. A client reads its server tolerantly: extra fields pass, beta names are understood,
    fields that are odd count as absent, absent ids are empty and absent indexes 0, unknown types
    become ``UnknownEvent``.
    """

    name = "openai_ga"
    session_class: type[RealtimeSession] = GaSession
    paths: tuple[str, ...] = ("/v1/realtime",)
    formats = tuple(FORMATS)
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
            malformed = Malformed(fault.code, fault.message, param=fault.param)
            claimed = raw.get("type")
            malformed.event_type = claimed if isinstance(claimed, str) else None
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
