"""The WebSocket transport: arrival times of messages, and the causes of failures.

Sending and closing have time limits: a peer may stop reading and keep talking.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
)
from websockets.exceptions import ProxyError as RefusedByProxy
from websockets.http11 import Response

from harness.errors import ConnectFailed, UsageError
from harness.transport.base import Arrival, BrokenFrames, Closed, Stalled
from harness.transport.live_socket import MAX_MESSAGE_BYTES, LiveSocket
from harness.transport.redaction import scrubbed, shown_url, unsendable
from harness.transport.send_buffer import WRITE_LIMITS

# Why a WebSocket could not be opened, in a single line: the cause, and the remedy.

_BODY_CHARS = 200
_SHOWN_BYTES = 40
_TLS_RECORD = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
"""The start of a TLS answer: the kind of a record, then a version (RFC 8446, 5.1)."""

_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")
_TRUST = "to trust it, set SSL_CERT_FILE to the PEM file of"
_CERTIFICATE = {
    9: "its certificate is not valid yet: compare the clocks of both machines",
    10: "its certificate has expired: the server needs a new one",
    18: f"its certificate is signed by itself: {_TRUST} that certificate",
    19: f"its certificate comes from an authority unknown here: {_TRUST} that authority",
}
_CERTIFICATE |= dict.fromkeys((2, 20, 21), _CERTIFICATE[19])
_OTHER_HOST = (62, 64)
"""Verification errors of OpenSSL (x509_vfy.h) that users encounter."""

_ADVICE = {
    400: "the server wants something else of this URL: look at its path and query",
    401: "look at the key",
    403: "the key may not do this, or not from here",
    404: "look at the path of the URL",
    426: "look at the path of the URL",
    429: "too many sessions or requests: wait, or lower --concurrency",
}

_FULL = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Statuses of a server that may accept the same request later."""

Hide = Callable[[str], str]
"""Removes secrets from a text."""


def failure(error: Exception, url: str, *, first: bytes, hide: Hide) -> tuple[str, str]:
    """Return the kind of a failed connect and its message, in a single line without secrets.

    ``first`` are the first bytes that the server sent, if any came.
    """
    kind, detail = _named(error, url, first=first, hide=hide)
    return kind, hide(" ".join(detail.split()))


def answered(error: Exception) -> tuple[int | None, float | None]:
    """Return the HTTP status of a failed connect, and in how many seconds to retry.

    None if there is no such answer, and if a retry is useless; 0.0 if the server is full and
    reports no time. A date is compared with the server's own clock, if it reports that: the local
    clock may be wrong.
    """
    if not isinstance(error, InvalidStatus):
        return None, None
    status, headers = error.response.status_code, error.response.headers
    again = headers.get("Retry-After", "").strip()
    if status not in _FULL or (status != HTTPStatus.TOO_MANY_REQUESTS and not again):
        return status, None
    if again.isdecimal():
        return status, float(again)
    due, now = date_of(again), date_of(headers.get("Date", "")) or datetime.now(UTC)
    return status, 0.0 if due is None else max(0.0, (due - now).total_seconds())


def date_of(text: str) -> datetime | None:
    """Return the time in an HTTP header, None if it is invalid."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(error: Exception, url: str, *, first: bytes, hide: Hide) -> tuple[str, str]:
    match error:
        case ssl.SSLError():
            return "tls", _tls(error)
        case socket.gaierror():
            return "dns", "the host name is unknown"
        case InvalidStatus(response=response):
            return "rejected", _refusal(response, url, hide)
        case RefusedByProxy() | InvalidProxy():
            return "refused", f"the proxy did not connect: {error}"
        case InvalidMessage() | ConnectionResetError() | ConnectionAbortedError():
            return _cut_short(url, first)
        case InvalidHandshake():
            return "rejected", f"no WebSocket server answers here: {error}"
    return "refused", _unreached(error)


def _tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_HOST:
            return f"its certificate is for another host: {error.verify_message}"
        known = _CERTIFICATE.get(error.verify_code)
        return known or f"its certificate cannot be trusted: {error.verify_message}"
    if any(sign in (error.reason or str(error)) for sign in _NO_TLS):
        return "the server does not speak TLS at this port: write ws:// instead of wss://"
    return f"the TLS handshake failed: {error.reason or error}"


def _cut_short(url: str, first: bytes) -> tuple[str, str]:
    """Describe a connection that ended, or failed, before an HTTP answer."""
    if _TLS_RECORD.match(first):
        return "tls", "the server speaks TLS at this port: write wss:// instead of ws://"
    if first:
        shown = first[:_SHOWN_BYTES].decode("ascii", "backslashreplace")
        return "rejected", f"no HTTP server answers here; it sent {shown!r}: look at the port"
    if url.startswith("wss:"):
        return "tls", "the server closed the connection in the TLS handshake"
    return "lost", "the server closed the connection before it answered"


def _refusal(response: Response, url: str, hide: Hide) -> str:
    status, headers = response.status_code, response.headers
    if 300 <= status < 400 and headers.get("Location"):
        where = shown_url(urljoin(url, headers["Location"]))
        return (
            f"HTTP {status}: it points to {where}; write that address: redirects are not followed,"
            " because the key would travel with them"
        )
    # Secrets are removed first: a key that is cut in two would not be recognized.
    said = hide(_text_of(bytes(response.body or b"")))[:_BODY_CHARS]
    advice = _ADVICE.get(status, "")
    if 200 <= status < 300:
        advice = "this is an ordinary web page: look at the path of the URL"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "the server, or what stands before it, is in trouble: try again later"
    again = headers.get("Retry-After", "")
    if again:
        advice = f"try again in {again} s" if again.isdecimal() else f"not before {again}"
    told = f": {said}" if said else ""
    return f"HTTP {status}{told}" + (f" ({advice})" if advice else "")


def _text_of(body: bytes) -> str:
    """Return the text of a refusal: the message of a JSON error, else its text without markup."""
    text = body.decode("utf-8", "replace")
    try:
        error = orjson.loads(body)
        error = error.get("error", error)
        text = error if isinstance(error, str) else str(error["message"])
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        text = re.sub(r"(?s)<(style|script|title)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())


def _unreached(error: Exception) -> str:
    # If a name has several addresses, a single text contains the reasons of all.
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "nobody listens at this address: is the server running, and the port right?"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


CLOSE_TIMEOUT_S = 2.0

SEND_TIMEOUT_S = 5.0
"""How long a message may wait for a peer that does not read: longer than network stalls."""

LEAST_BYTES_S = 64_000
"""Long messages may wait longer, at this rate.

A peer that takes no more bytes than this in a second cannot be called, since the caller's audio
needs as much.
"""

_SETTINGS: dict[str, Any] = {
    # Deflate doubles the cost of base64 audio.
    "compression": None,
    # Pings would run on the session's clock, which may be virtual.
    "ping_interval": None,
    "close_timeout": CLOSE_TIMEOUT_S,
    "max_size": MAX_MESSAGE_BYTES,
    "write_limit": WRITE_LIMITS,
}

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Connect(websockets_connect):
    """Connects without redirects: a key must not travel to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class WebSocketConnection:
    """An open WebSocket; a ``Connection``, an async context manager and an async iterator."""

    def __init__(self, socket: LiveSocket) -> None:
        self._socket = socket
        told = socket.response.headers.get("Date") if socket.response is not None else None
        day = date_of(told) if told else None
        self.server_time_s = None if day is None else day.timestamp()
        """The server's Unix time at the handshake, in whole seconds; None if it sent none."""
        self.closed: Closed | None = None
        """Why the connection ended, once a method has noticed; None while it is open."""

    def send_at_once(self, message: str | bytes) -> bool:
        """Send without waiting; return False, without sending, if ``send`` might wait."""
        if isinstance(message, str):
            return self._socket.send_at_once(message.encode(), binary=False)
        return self._socket.send_at_once(message, binary=True)

    def stuck_since(self) -> float | None:
        """Return since when sent data may not have arrived; None if no data waits."""
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
        """Close the connection (1000) and wait up to 2 s for the peer's answer; then abort."""
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
        """Yield messages until the connection is closed; ``closed`` then contains the reason."""
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
    """Open a WebSocket connection, for ``ws://`` and ``wss://``.

    Cancelling is safe: a half-open socket is closed.

    Raises:
        ConnectFailed: refused, dns, tls, rejected (with HTTP status and the start of its body),
            timeout or lost. Its text contains no header and no secret of the query.
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
    assert isinstance(socket, LiveSocket)  # made by create_connection
    return WebSocketConnection(socket)


def _refuse_unsendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if problem := unsendable(value):
            raise UsageError(f"header {name} {problem}, so nothing was sent")
