"""The GA dialect of the OpenAI Realtime API: strict when writing, tolerant when reading."""

from __future__ import annotations

import orjson

from harness.audio.codec import encode_base64
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.fields import Fields
from harness.protocol.openai.commands import APPEND, read_command, write_command
from harness.protocol.openai.events import event_class, read_event, write_event
from harness.protocol.wire import Malformed, WireFault, load

_APPEND_HEAD = f'{{"type":"{APPEND}","audio":"'


class OpenAiGa:
    """Wire JSON of ``/v1/realtime`` (shape of 2025 and later); the names are the vendor's.

    A server reads its clients as strictly as the service does: unknown and missing fields are
    faults. A client reads its server tolerantly: extra fields pass, beta names are understood,
    fields that are odd count as absent, absent ids are empty and absent indexes 0, unknown types
    become ``UnknownEvent``.
    """

    name = "openai_ga"

    def decode_server(self, message: str | bytes) -> ServerEvent:
        """Return the event in a server's message.

        Raises:
            Malformed: no JSON object, or what its type is nothing without is missing or odd.
        """
        return self.decode_noting(message)[0]

    def decode_noting(self, message: str | bytes) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and in words what of it could not be used.

        Raises:
            Malformed: as ``decode_server``.
        """
        fields = Fields(load(message))
        try:
            return read_event(fields), tuple(fields.noted)
        except WireFault as fault:
            malformed = Malformed(fault.code, fault.message, param=fault.param)
            claimed = fields.raw.get("type")
            malformed.event_type = claimed if isinstance(claimed, str) else None
            malformed.lost = event_class(malformed.event_type)
            raise malformed from None

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        return orjson.dumps(write_event(event, event_id))

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message.

        Raises:
            WireFault: what the server's ``error`` event must say (Malformed for no JSON object).
        """
        return read_command(load(message))

    def encode_client(self, command: ClientCommand) -> bytes:
        """Return a client's message; only what is set is sent."""
        return orjson.dumps(write_command(command))

    def encode_append(self, audio: bytes) -> bytes:
        """Return the message that appends caller audio: the hot path, base64 needs no escaping."""
        return f'{_APPEND_HEAD}{encode_base64(audio)}"}}'.encode("ascii")
