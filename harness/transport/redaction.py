"""Keeping keys out of what is shown: URLs and server texts without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

HIDDEN = "***"
_HARMLESS = frozenset({"model", "seed", "call_id", "intent", "api-version", "deployment"})
_SHORTEST_SECRET = 6
# Services repeat a key in their refusal, partly starred: "Incorrect API key provided: sk-ab***yz".
_KEY_LOOK = re.compile(r"\b(?:sk|ek|rk|api|key)[-_][\w*.-]{4,}")


def shown_url(url: str) -> str:
    """Return the URL without user info, and with the values of unknown query keys hidden."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(
        f"{key}={value if key in _HARMLESS else HIDDEN}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def secrets_of(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words that headers and URL hold in confidence, longest first.

    Words of fewer than six characters are no keys and would take ordinary text with them.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    found = {word for value in headers.values() for word in value.split()}
    found.update(value for key, value in query if key not in _HARMLESS)
    found.add(parts.password or "")
    long = (secret for secret in found if len(secret) >= _SHORTEST_SECRET)
    return tuple(sorted(long, key=lambda secret: (-len(secret), secret)))


def hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Return the text without these words."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def scrubbed(text: str, url: str, headers: Mapping[str, str]) -> str:
    """Return the text without anything that the headers or the URL hold in confidence."""
    return _KEY_LOOK.sub(HIDDEN, hidden(text, secrets_of(url, headers)))
