"""Keeping keys out of what is shown and stored: URLs, server texts, messages without secrets."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import orjson

from harness.transport.spellings import pattern_of

HIDDEN = "***"
_STORED = "[redacted]"
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey", "negotiate"})
"""First words of an Authorization header: they say what follows, and are no secret."""
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


def secrets_of(
    url: str, headers: Mapping[str, str], *, plain: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the words that headers and URL hold in confidence, longest first.

    Words of fewer than six characters are no keys and would take ordinary text with them; what
    stands under ``plain`` names (in lower case) is no secret.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    words = (
        word
        for name, value in headers.items()
        if name.lower() not in plain
        for place, word in enumerate(value.split())
        if place or word.lower() not in _SCHEMES
    )
    found = {each for word in words for each in _meant(word)}
    found.update(value for key, value in query if key not in _HARMLESS and key.lower() not in plain)
    found.update((parts.password or "", unquote(parts.password or "")))
    long = (secret for secret in found if len(secret) >= _SHORTEST_SECRET)
    return tuple(sorted(long, key=lambda secret: (-len(secret), secret)))


def unsendable(value: str) -> str | None:
    """Say why a header cannot be sent as it stands, without showing it; None if it can."""
    if "\n" in value or "\r" in value:
        return "holds a line break"
    if not value.isascii() or not value.isprintable():
        return "holds a character that no header may hold"
    return None


def _meant(word: str) -> Iterator[str]:
    """Yield a word of a header, and the password where it is "user:password" in base64."""
    yield word
    try:
        pair = base64.b64decode(word, validate=True).decode()
    except ValueError:
        return
    if ":" in pair:
        yield pair.partition(":")[2]


def hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Return the text without these words, however they are written in it."""
    pattern = pattern_of(secrets)
    return text if pattern is None else _without(text, pattern, HIDDEN)


def concealer(secrets: tuple[str, ...]) -> Callable[[bytes], bytes]:
    """Return what takes these words out of lines; JSON stays JSON."""
    pattern = pattern_of(secrets)
    return bytes if pattern is None else partial(_line_without, pattern=pattern)


def _line_without(line: bytes, pattern: re.Pattern[bytes]) -> bytes:
    """Return a line whose texts hold no secret; a secret may begin inside an escape of JSON."""
    if not pattern.search(line):
        return line
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return pattern.sub(_STORED.encode(), line)
    ends = orjson.OPT_APPEND_NEWLINE if line.endswith(b"\n") else 0
    return orjson.dumps(_value_without(row, pattern), option=ends)


def _value_without(value: Any, pattern: re.Pattern[bytes]) -> Any:
    match value:
        case str():
            return _without(value, pattern, _STORED)
        case list():
            return [_value_without(each, pattern) for each in value]
        case dict():
            return {
                _without(key, pattern, _STORED): _value_without(each, pattern)
                for key, each in value.items()
            }
        case int() | float() if pattern.search(str(value).encode()):
            return _STORED
        case _:
            return value


def _without(text: str, pattern: re.Pattern[bytes], mark: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return pattern.sub(mark.encode(), data).decode("utf-8", "surrogatepass")


def scrubbed(text: str, url: str, headers: Mapping[str, str]) -> str:
    """Return the text without anything that the headers or the URL hold in confidence."""
    return _KEY_LOOK.sub(HIDDEN, hidden(text, secrets_of(url, headers)))
