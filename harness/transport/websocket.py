"""The WebSocket transport: a thin client that stamps arrivals and names what went wrong.

No compression (deflate doubles the cost of base64 audio), no keepalive pings (they would run on the
session's clock, which may be virtual), and a limit on queued messages that only floods reach (a
paused socket makes arrival times lie, an unlimited queue takes all memory). Sending and closing are
bounded: a peer may stop reading and keep talking. Redirects are refused: a key must not travel to
another host.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidURI,
)

from harness.errors import ConnectFailed, UsageError
from harness.transport.base import Arrival, BrokenFrames, Closed, Stalled
from harness.transport.failures import answered, date_of, failure
from harness.transport.live_socket import MAX_MESSAGE_BYTES, LiveSocket
from harness.transport.redaction import scrubbed, shown_url, unsendable
from harness.transport.unsent import WRITE_LIMITS

CLOSE_TIMEOUT_S = 2.0

SEND_TIMEOUT_S = 5.0
"""How long a message may wait for a peer that does not read: longer than networks stutter."""

LEAST_BYTES_S = 64_000
"""What is long may wait longer: a peer that takes no more than this in a second cannot be called,
as the caller's sound is as much."""

_SETTINGS: dict[str, Any] = {
    "compression": None,
    "ping_interval": None,
    "close_timeout": CLOSE_TIMEOUT_S,
    "max_size": MAX_MESSAGE_BYTES,
    "write_limit": WRITE_LIMITS,
}

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Connect(websockets_connect):
    """Connects once, to the host that was named."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class WebSocketConnection:
    """One open WebSocket; a ``Connection``, an async context manager and an async iterator."""

    def __init__(self, socket: LiveSocket) -> None:
        self._socket = socket
        told = socket.response.headers.get("Date") if socket.response is not None else None
        day = date_of(told) if told else None
        self.server_time_s = None if day is None else day.timestamp()
        """The server's Unix time when it let us in, in whole seconds; None where it told none."""
        self.closed: Closed | None = None
        """Why the connection ended, once a call has noticed; None while it is open."""

    def send_at_once(self, message: str | bytes) -> bool:
        """Send without waiting; return False, with nothing sent, where ``send`` might wait."""
        if isinstance(message, str):
            return self._socket.send_at_once(message.encode(), binary=False)
        return self._socket.send_at_once(message, binary=True)

    def stuck_since(self) -> float | None:
        """Return since when what was sent may not have arrived; None if nothing waits."""
        return self._socket.stuck_since()

    @property
    def waiting(self) -> int:
        """How many messages have arrived that ``recv`` would return without waiting."""
        return self._socket.waiting

    async def send(self, message: str | bytes) -> None:
        """Send text, or bytes as a binary message; raises Closed."""
        if self.send_at_once(message):
            return
        data = message.encode() if isinstance(message, str) else message
        try:
            to_go = self._socket.will_write(data)
            async with asyncio.timeout(SEND_TIMEOUT_S + to_go / LEAST_BYTES_S):
                await self._socket.send(message)
        except TimeoutError:
            raise Stalled from None
        except ConnectionClosed as error:
            raise self._close(error) from None

    async def recv(self) -> Arrival:
        """Return the next message with its arrival time; raises Closed.

        Cancelling is safe: no message and no stamp is lost.
        """
        try:
            at_s, data, binary, late_s = await self._socket.next_message()
        except ConnectionClosed as error:
            raise self._close(error) from None
        taken = data if binary else data.decode("utf-8", "surrogateescape")
        return Arrival(at_s, taken, late_s, late_s)

    async def close(self) -> None:
        """Close the connection (1000) and wait up to 2 s for the peer's answer; then just leave."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()

    def drop(self) -> None:
        """Break the connection off: the peer gets no close frame."""
        self._socket.transport.abort()

    async def __aenter__(self) -> WebSocketConnection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield messages until the connection is closed; ``closed`` then says why."""
        while True:
            try:
                arrival = await self.recv()
            except Closed:
                return
            yield arrival

    def _close(self, error: ConnectionClosed) -> Closed:
        # Without a close frame the peer just vanished, which RFC 6455 (7.1.5) calls 1006.
        frame = error.rcvd or error.sent
        if self._socket.broken:
            self.closed = BrokenFrames(self._socket.broken)
        else:
            self.closed = Closed(1006, "") if frame is None else Closed(frame.code, frame.reason)
        return self.closed


async def connect(
    url: str, *, headers: Mapping[str, str], open_timeout_s: float
) -> WebSocketConnection:
    """Open a connection. Cancelling is safe: a half-open socket is closed.

    Raises:
        ConnectFailed: refused, dns, tls, rejected (with HTTP status and the start of its body),
            timeout or lost. Its text holds no header and no secret of the query.
        UsageError: the URL is no ws:// or wss:// URL, or a header cannot be sent.
    """
    _refuse_unsendable(headers)
    local = urlsplit(url).hostname in _LOOPBACK
    made: list[LiveSocket] = []

    def connection(*args: Any, **named: Any) -> LiveSocket:
        made.append(LiveSocket(*args, **named))
        return made[-1]

    try:
        socket = await _Connect(
            url,
            additional_headers=dict(headers),
            open_timeout=open_timeout_s,
            create_connection=connection,  # type: ignore[arg-type]  # called, as a class would be
            proxy=None if local else True,
            **_SETTINGS,
        )
    except InvalidURI:
        raise UsageError(f"not a WebSocket URL: {shown_url(url)!r}") from None
    except TimeoutError:
        detail = f"no session within {open_timeout_s:g} s"
        raise ConnectFailed(shown_url(url), "timeout", detail) from None
    except (OSError, InvalidHandshake, InvalidProxy) as error:
        first = made[-1].first_read if made else b""
        kind, detail = failure(
            error, url, first=first, hide=lambda text: scrubbed(text, url, headers)
        )
        status, again_s = answered(error)
        raise ConnectFailed(shown_url(url), kind, detail, status=status, again_s=again_s) from None
    assert isinstance(socket, LiveSocket)  # what create_connection makes
    return WebSocketConnection(socket)


def _refuse_unsendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if problem := unsendable(value):
            raise UsageError(f"header {name} {problem}, so nothing was sent")
