"""What a dialect is, and the registry of dialects: wire messages to neutral events and back."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from harness.errors import UnknownName, UsageError
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.wire import Malformed, WireFault

__all__ = [
    "BUILTIN",
    "Dialect",
    "Malformed",
    "NotingDialect",
    "WireFault",
    "dialect",
    "known_dialects",
]

ENTRY_POINTS = "harness.dialects"


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


BUILTIN: tuple[Dialect, ...] = (OpenAiGa(),)


def known_dialects() -> tuple[str, ...]:
    """Return the names of all dialects, built in and installed, in alphabetical order."""
    installed = (point.name for point in entry_points(group=ENTRY_POINTS))
    return tuple(sorted({each.name for each in BUILTIN} | set(installed)))


def dialect(name: str) -> Dialect:
    """Return a dialect by name: built-in ones first, then entry points of ``harness.dialects``.

    Raises:
        UnknownName: no dialect has this name; the message lists those that exist.
        UsageError: its package cannot be loaded.
    """
    for each in BUILTIN:
        if each.name == name:
            return each
    offered = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if not offered:
        raise UnknownName("dialect", name, known_dialects())
    try:
        made: Dialect = offered[0].load()()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"dialect {name!r}: its package cannot be loaded: {error}") from error
    return made
