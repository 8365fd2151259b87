"""Why a WebSocket could not be opened, in one line: the cause, and what to do about it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin

import orjson
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidProxy, InvalidStatus
from websockets.exceptions import ProxyError as RefusedByProxy
from websockets.http11 import Response

from harness.transport.redaction import shown_url

_BODY_CHARS = 200
_SHOWN_BYTES = 40
_TLS_RECORD = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
"""How an answer in TLS begins: the kind of a record, then a version (RFC 8446, 5.1)."""

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
"""Verification errors of OpenSSL (x509_vfy.h), those that users meet."""

_ADVICE = {
    400: "the server wants something else of this URL: look at its path and query",
    401: "look at the key",
    403: "the key may not do this, or not from here",
    404: "look at the path of the URL",
    426: "look at the path of the URL",
    429: "too many sessions or requests: wait, or lower --concurrency",
}

_FULL = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""What a server answers that will take the same request later."""

Hide = Callable[[str], str]
"""Takes what is secret out of a text."""


def failure(error: Exception, url: str, *, first: bytes, hide: Hide) -> tuple[str, str]:
    """Return the kind of a failed connect and what to say about it, in one line without secrets.

    ``first`` are the first bytes that the server sent, if any came.
    """
    kind, detail = _named(error, url, first=first, hide=hide)
    return kind, hide(" ".join(detail.split()))


def answered(error: Exception) -> tuple[int | None, float | None]:
    """Return the HTTP status of a failed connect, and in how many seconds to ask again.

    None where there is no such answer, and where asking again is of no use; 0.0 where the server
    is full and does not say until when. A date is held against the server's own clock, if it tells
    that: ours may be wrong.
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
    """Return the time in a header of HTTP, None where it is none."""
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
    """Name a connection that ended, or went wrong, before there was an answer in HTTP."""
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
    # What is secret goes first: a key that is cut in two would not be known again.
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
    """Return what a refusal says: the message of a JSON error, else its text without markup."""
    text = body.decode("utf-8", "replace")
    try:
        error = orjson.loads(body)
        error = error.get("error", error)
        text = error if isinstance(error, str) else str(error["message"])
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        text = re.sub(r"(?s)<(style|script|title)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())


def _unreached(error: Exception) -> str:
    # Where a name has several addresses, the reasons of all stand in one text.
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "nobody listens at this address: is the server running, and the port right?"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
