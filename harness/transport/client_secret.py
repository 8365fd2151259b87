"""A separate key for every connection, created by a POST just before, as browsers get theirs.

The service's answer contains it as ``value`` (``client_secret.value`` in the shape of 2024). It is
sent as ``Authorization: Bearer`` in place of the key that created it, and is valid for minutes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from harness.errors import ConnectFailed
from harness.transport.base import Connect, Connection
from harness.transport.redaction import hidden, secrets_of, shown_url

_KEYS = frozenset({"authorization", "api-key"})
_SHOWN = 200
_MOST_BYTES = 65_536


class _NoRedirect(HTTPRedirectHandler):
    """Refuses redirects, since the lasting key would be sent to another host."""

    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect: the answer is an error."""


_OPENER = build_opener(_NoRedirect)


class _Reads(Protocol):
    def read1(self, amount: int, /) -> bytes: ...


@dataclass(slots=True)
class Mint:
    """The URL and session for which keys are created; ``issued`` are the keys so far."""

    url: str
    session: Mapping[str, Any]
    issued: list[str] = field(default_factory=list, repr=False)

    def connecting(self, connect: Connect) -> Connect:
        """Return a connect function that uses a new key each time; raises as ``connect`` does."""

        async def minted(
            url: str, *, headers: Mapping[str, str], open_timeout_s: float
        ) -> Connection:
            bearing = await self.minted(headers, timeout_s=open_timeout_s)
            return await connect(url, headers=bearing, open_timeout_s=open_timeout_s)

        return minted

    async def minted(self, headers: Mapping[str, str], *, timeout_s: float) -> Mapping[str, str]:
        """Return the headers of a connection, with a new key instead of the lasting key.

        Raises ConnectFailed. Cancelling is safe; a key that then arrives is unused.
        """
        key = await asyncio.to_thread(_post, self.url, headers, self.session, timeout_s)
        self.issued.append(key)
        others = {name: said for name, said in headers.items() if name.lower() not in _KEYS}
        return {**others, "Authorization": f"Bearer {key}"}


def secrets_url(url: str) -> str:
    """Return the URL at which the service creates keys for sessions at a WebSocket URL."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "wss" else "http"
    path = f"{parts.path.rstrip('/')}/client_secrets"
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def _post(
    url: str, headers: Mapping[str, str], session: Mapping[str, Any], timeout_s: float
) -> str:
    """Request a key; raises ConnectFailed, whose text contains no secrets."""
    sent = {**headers, "Content-Type": "application/json"}
    asked = Request(url, orjson.dumps({"session": session}), sent, method="POST")
    secrets, until_s = secrets_of(url, headers), time.monotonic() + timeout_s
    try:
        with _OPENER.open(asked, timeout=timeout_s) as answer:  # the target's own URL
            return _key_in(_body(answer, until_s), url)
    except HTTPError as error:
        with error:
            said = hidden(_body(error, until_s).decode("utf-8", "replace"), secrets)[:_SHOWN]
        if 300 <= error.code < 400:
            said = f"it points to {shown_url(error.headers.get('Location', 'nowhere'))}; name that"
        told = f"no key was minted: HTTP {error.code}: {' '.join(said.split())}"
        again_s = _again_s(error) if error.code == 429 else None
        raise ConnectFailed(
            shown_url(url), "rejected", told, status=error.code, again_s=again_s
        ) from None
    except TimeoutError:
        told = f"no key was minted within {timeout_s:g} s"
        raise ConnectFailed(shown_url(url), "timeout", told) from None
    except (OSError, HTTPException, ValueError) as error:
        told = hidden(f"no key was minted: {error}", secrets)
        raise ConnectFailed(shown_url(url), "refused", told) from None


def _body(answer: _Reads, until_s: float) -> bytes:
    """Return a server's answer, up to the size that a key needs; raises TimeoutError."""
    body = b""
    while len(body) < _MOST_BYTES and (piece := answer.read1(_MOST_BYTES - len(body))):
        body += piece
        if time.monotonic() > until_s:
            raise TimeoutError
    return body


def _again_s(error: HTTPError) -> float:
    after = error.headers.get("Retry-After", "").strip()
    return float(after) if after.isdecimal() else 0.0


def _key_in(body: bytes, url: str) -> str:
    """Return the key in an answer; raises ConnectFailed if there is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    answer = found if isinstance(found, dict) else {}
    older = answer.get("client_secret")
    key = answer.get("value") or (older.get("value") if isinstance(older, dict) else None)
    if not (isinstance(key, str) and key.strip() and key.isascii() and key.isprintable()):
        raise ConnectFailed(shown_url(url), "rejected", "no key was minted: no `value` came")
    return key.strip()
