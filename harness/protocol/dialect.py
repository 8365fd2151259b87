"""What a dialect is, and the registry of dialects: wire messages to neutral events and back."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.plugins import Factories
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.wire import Malformed, WireFault

__all__ = [
    "DIALECTS",
    "Dialect",
    "Malformed",
    "NotingDialect",
    "WireFault",
    "dialect",
]


class Dialect(Protocol):
    """Names and shapes of one vendor's wire, for both ends of it."""

    @property
    def name(self) -> str:
        """Registry name."""
        ...

    def decode_server(self, message: str | bytes) -> ServerEvent:
        """Return the event in a server's message; raises Malformed."""
        ...

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        ...

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message; raises WireFault (what to answer)."""
        ...

    def encode_client(self, command: ClientCommand) -> bytes:
        """Return a client's message."""
        ...

    def encode_append(self, audio: bytes) -> bytes:
        """Return the message that appends caller audio, the same as encode_client but faster."""
        ...


@runtime_checkable
class NotingDialect(Dialect, Protocol):
    """A dialect that also says what of a server's message it could not use."""

    def decode_noting(self, message: str | bytes) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and such things in words; raises Malformed."""
        ...


DIALECTS: Factories[Dialect] = Factories(
    "dialect",
    "harness.dialects",
    {
        "openai_ga": "harness.protocol.openai.ga:OpenAiGa",
        "openai_beta": "harness.protocol.openai_beta.beta:OpenAiBeta",
    },
)
"""Packages offer a callable without arguments."""


def dialect(name: str) -> Dialect:
    """Return a dialect by name; raises like ``plugins.Factories.make``."""
    return DIALECTS.make(name)
