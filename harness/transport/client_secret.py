"""A key of its own for every connection: minted by a POST just before, as browsers get theirs.

The service's answer holds it as ``value`` (``client_secret.value`` in the shape of 2024). It is
sent as ``Authorization: Bearer`` in place of the key that minted it, and lives for minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import orjson

from harness.errors import ConnectFailed
from harness.transport.base import Connect, Connection
from harness.transport.redaction import hidden, secrets_of, shown_url

_KEYS = frozenset({"authorization", "api-key"})
_SHOWN = 200


@dataclass(slots=True)
class Mint:
    """Where keys are minted, and for which session; ``issued`` are those that were."""

    url: str
    session: Mapping[str, Any]
    issued: list[str] = field(default_factory=list, repr=False)

    def connecting(self, connect: Connect) -> Connect:
        """Return how to connect with a new key each time; raises as ``connect`` does."""

        async def minted(
            url: str, *, headers: Mapping[str, str], open_timeout_s: float
        ) -> Connection:
            answer = asyncio.to_thread(_post, self.url, headers, self.session, open_timeout_s)
            key = await answer
            self.issued.append(key)
            others = {name: said for name, said in headers.items() if name.lower() not in _KEYS}
            bearer = {"Authorization": f"Bearer {key}"}
            return await connect(url, headers={**others, **bearer}, open_timeout_s=open_timeout_s)

        return minted


def beside(url: str) -> str:
    """Return where the service mints keys for sessions at a WebSocket URL."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "wss" else "http"
    path = f"{parts.path.rstrip('/')}/client_secrets"
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def _post(
    url: str, headers: Mapping[str, str], session: Mapping[str, Any], timeout_s: float
) -> str:
    """Ask for a key; raises ConnectFailed, whose words hold nothing secret."""
    sent = {**headers, "Content-Type": "application/json"}
    asked = Request(url, orjson.dumps({"session": session}), sent, method="POST")
    secrets = secrets_of(url, headers)
    try:
        with urlopen(asked, timeout=timeout_s) as answer:  # the target's own URL
            return _key_in(answer.read(), url)
    except HTTPError as error:
        said = hidden(error.read().decode("utf-8", "replace"), secrets)[:_SHOWN]
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


def _again_s(error: HTTPError) -> float:
    after = error.headers.get("Retry-After", "").strip()
    return float(after) if after.isdecimal() else 0.0


def _key_in(body: bytes, url: str) -> str:
    """Return the key in an answer; raises ConnectFailed where there is none."""
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
