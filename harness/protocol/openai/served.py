"""The server's end of an OpenAI Realtime session: every event is one message, and the reverse."""

from __future__ import annotations

from typing import Protocol

from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.serving import NewId, Served, ServerEnd


class ServedShape(Protocol):
    """How one generation of the protocol writes and reads what a server does."""

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        ...

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message; raises WireFault (what to answer)."""
        ...


class RealtimeServer(ServerEnd):
    """Keeps nothing: the agent itself thinks in these events and commands."""

    def __init__(self, shape: ServedShape, new_id: NewId) -> None:
        self._shape, self._new_id = shape, new_id

    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Return the command in a message; raises WireFault."""
        return Served(commands=(self._shape.decode_client(message),))

    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Return the message of an event."""
        return Served((self._shape.encode_server(event, self._new_id("event")).decode(),))
