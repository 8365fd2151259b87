"""What a transport is: messages out, messages in with their time of arrival; and which there are.

A package offers a transport as an entry point that names a function like ``websocket.connect``. A
dialect names what is sent; a transport only carries it.
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
        """Whether the peer ended it in good order: RFC 6455, 7.4.1: 1000, or no code at all."""
        return self.code in (1000, 1005)


class Stalled(Closed):
    """The peer takes nothing any more, although the connection stands."""

    def __init__(self) -> None:
        self.code, self.reason = 1006, "the server stopped reading"
        OperationError.__init__(self, self.reason)


class BrokenFrames(Closed):
    """The peer sent what no WebSocket may: a masked frame, reserved bits, half a fragment."""

    def __init__(self, fault: str) -> None:
        self.code, self.reason = 1002, f"the server broke the WebSocket protocol: {fault}"
        OperationError.__init__(self, self.reason)


class Arrival(NamedTuple):
    """One message and the loop's time at which its last byte was read from the socket.

    Text is ``str``, with lone surrogates where it is not UTF-8; binary messages are ``bytes``.
    """

    at_s: float
    message: str | bytes
    read_late_s: float = 0.0
    """For how long it may have lain unread, at most."""
    stamp_late_s: float = 0.0
    """How much earlier than ``at_s`` it may have come, at most."""


class Connection(Protocol):
    """An open connection of one session."""

    async def send(self, message: str | bytes) -> None:
        """Send text, or bytes as a binary message.

        Raises Closed, and Stalled if the peer does not take it in time.

        Cancelling is safe before it is buffered.
        """
        ...

    async def recv(self) -> Arrival:
        """Return the next message; raises Closed. Cancelling is safe: nothing is lost."""
        ...

    async def close(self) -> None:
        """Close the connection and wait a while for it; again on a closed one does nothing."""
        ...


@runtime_checkable
class Droppable(Protocol):
    """A connection that can break without a goodbye, as lines do; others are closed instead."""

    def drop(self) -> None:
        """Break it off at once."""
        ...


@runtime_checkable
class SendsAtOnce(Protocol):
    """A connection that need not be awaited where nothing waits to be sent."""

    def send_at_once(self, message: str | bytes) -> bool:
        """Send; return False, with nothing sent, where ``send`` might wait, or raise."""
        ...


@runtime_checkable
class TellsStuck(Protocol):
    """A connection that knows what of the sent has not arrived when its peer takes nothing."""

    def stuck_since(self) -> float | None:
        """Return since when, in the loop's time, what was sent may not have reached the peer.

        Rather early than late; None where nothing waits to be sent.
        """
        ...


class Connect(Protocol):
    """How a transport opens the connection of one session."""

    async def __call__(
        self, url: str, *, headers: Mapping[str, str], open_timeout_s: float
    ) -> Connection:
        """Open it. Cancelling is safe: nothing is left half open.

        Raises:
            ConnectFailed: no connection within the time; its text holds no header and no key.
            UsageError: no URL for this transport.
        """
        ...


TRANSPORTS: Registry[Connect] = Registry(
    "transport", "harness.transports", {"websocket": "harness.transport.websocket:connect"}
)


def transport(name: str) -> Connect:
    """Return how to open a connection; raises like ``plugins.Registry.get``."""
    return TRANSPORTS.get(name)
