"""The interface of a transport, which sends messages and receives them with their arrival times.

A package offers a transport as an entry point that names a function like ``websocket.connect``. A
dialect defines the messages; a transport only carries them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from harness.errors import OperationError
from harness.plugins import Registry


class Closed(OperationError):
    """The connection is closed; ``code`` and ``reason`` are the peer's (1006: it vanished)."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"connection closed: {code} {reason}".rstrip())

    @property
    def hung_up(self) -> bool:
        """Whether the peer closed it normally: code 1000 (RFC 6455, 7.4.1), or no code at all."""
        return self.code in (1000, 1005)


class Stalled(Closed):
    """The peer has stopped reading, although the connection is open."""

    def __init__(self) -> None:
        self.code, self.reason = 1006, "the server stopped reading"
        OperationError.__init__(self, self.reason)


class BrokenFrames(Closed):
    """The peer violated the WebSocket protocol: a masked frame, reserved bits, half a fragment."""

    def __init__(self, fault: str) -> None:
        self.code, self.reason = 1002, f"the server broke the WebSocket protocol: {fault}"
        OperationError.__init__(self, self.reason)


class Arrival(NamedTuple):
    """A message and the loop's time at which its last byte was read from the socket.

    Text is ``str``, with lone surrogates for invalid UTF-8; binary messages are ``bytes``.
    """

    at_s: float
    message: str | bytes
    read_late_s: float = 0.0
    """Upper bound for how long it lay unread."""
    stamp_late_s: float = 0.0
    """Upper bound for how much earlier than ``at_s`` it arrived."""


class Connection(Protocol):
    """An open connection of a session."""

    async def send(self, message: str | bytes) -> None:
        """Send text, or bytes as a binary message.

        Raises Closed, and Stalled if the peer does not take it in time.

        Cancelling is safe before it is buffered.
        """
        ...

    async def recv(self) -> Arrival:
        """Return the next message; raises Closed. Cancelling is safe: no message is lost."""
        ...

    async def close(self) -> None:
        """Close the connection and wait a limited time for it; has no effect if already closed."""
        ...


@runtime_checkable
class Droppable(Protocol):
    """A connection that can break without a close frame, as phone lines do; others are closed."""

    def drop(self) -> None:
        """Break the connection at once."""
        ...


@runtime_checkable
class SendsAtOnce(Protocol):
    """A connection with a non-blocking send, for when no other data waits to be sent."""

    def send_at_once(self, message: str | bytes) -> bool:
        """Send; return False, without sending, if ``send`` might wait, or raise."""
        ...


@runtime_checkable
class TellsStuck(Protocol):
    """A connection that knows since when sent data has not reached a peer that stopped reading."""

    def stuck_since(self) -> float | None:
        """Return since when, in the loop's time, sent data may not have reached the peer.

        The time may be too early, never too late; None if no data waits to be sent.
        """
        ...


class Connect(Protocol):
    """Opens the connection of a session."""

    async def __call__(
        self, url: str, *, headers: Mapping[str, str], open_timeout_s: float
    ) -> Connection:
        """Open a connection. Cancelling is safe: no connection is left half open.

        Raises:
            ConnectFailed: no connection within the time; its text contains no header and no key.
            UsageError: no URL for this transport.
        """
        ...


TRANSPORTS: Registry[Connect] = Registry(
    "transport", "harness.transports", {"websocket": "harness.transport.websocket:connect"}
)


def transport(name: str) -> Connect:
    """Return the function that opens a connection; raises like ``plugins.Registry.get``."""
    return TRANSPORTS.get(name)
