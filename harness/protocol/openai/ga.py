"""The GA dialect of the OpenAI Realtime API: strict when writing, tolerant when reading."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from harness.audio.codec import encode_base64
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.fields import Fields
from harness.protocol.items import ErrorInfo
from harness.protocol.openai.commands import APPEND, read_command, write_command
from harness.protocol.openai.events import event_class, read_event, write_event
from harness.protocol.openai.items import FORMATS
from harness.protocol.openai.realtime import RealtimeSession
from harness.protocol.session import Dialect, DialectSession, Endpoint
from harness.protocol.settings import SessionConfig
from harness.protocol.wire import JsonObject, Malformed, WireFault, load

_APPEND_HEAD = f'{{"type":"{APPEND}","audio":"'


class OpenAiGa(Dialect):
    """Wire JSON of ``/v1/realtime`` (shape of 2025 and later); the names are the vendor's.

    A server reads its clients as strictly as the service does: unknown and missing fields are
    faults. A client reads its server tolerantly: extra fields pass, beta names are understood,
    fields that are odd count as absent, absent ids are empty and absent indexes 0, unknown types
    become ``UnknownEvent``.
    """

    name = "openai_ga"
    formats = tuple(FORMATS)

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL with ``?model=``, unless it names one, and the key as a bearer."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return Endpoint(with_model(url, model), headers)

    def session(self, wanted: SessionConfig) -> DialectSession:
        """Return the caller's end of a new session."""
        return RealtimeSession(self, wanted)

    # --- the client's half ---------------------------------------------------------------

    def decode_server(self, message: str | bytes) -> ServerEvent:
        """Return the event in a server's message; raises Malformed."""
        return self.decode_noting(message)[0]

    def decode_noting(self, message: str | bytes) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and what of it could not be used."""
        return self.read(load(message))

    def read(self, raw: JsonObject) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and in words what of it could not be used.

        Raises:
            Malformed: what its type is nothing without is missing or odd.
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
        """Return a client's message; only what is set is sent."""
        return orjson.dumps(write_command(command))

    def encode_append(self, audio: bytes) -> bytes:
        """Return the message that carries caller audio: base64 needs no escaping."""
        return f'{_APPEND_HEAD}{encode_base64(audio)}"}}'.encode("ascii")

    def explained(self, error: ErrorInfo) -> str:
        """Return what the service says, and what to do about a refused generation of the shape."""
        return error.words

    # --- the server's half ---------------------------------------------------------------

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        return orjson.dumps(write_event(event, event_id))

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message.

        Raises:
            WireFault: what the server's ``error`` event must say (Malformed for no JSON object).
        """
        return read_command(load(message))


def with_model(url: str, model: str | None) -> str:
    """Return the URL with ``?model=`` added; a model that the URL already names stays."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if model is None or any(key == "model" for key, _ in query):
        return url
    return urlunsplit(parts._replace(query=urlencode([*query, ("model", model)])))
