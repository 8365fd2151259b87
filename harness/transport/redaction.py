"""Keeping keys out of what is shown and stored: URLs, server texts, messages without secrets.

A server that refuses a key repeats it, and not always as it was sent: percent-encoded in a URL,
escaped in JSON, in base64 as a part of "user:key" (so at any of three alignments), in hex, as HTML
entities, broken into lines. Spellings are mixed byte by byte, as encoders leave letters alone. So
one pattern finds every way in which a whole key may be written. Pieces of a key, a reversed one,
and base64 of base64 are found by ``secret_pieces``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import orjson

from harness.transport.secret_pieces import base64_core, may_hold_pieces, without_pieces

_GAP = r"(?:\s|\\+[rnt]|=\r?\n|%(?:25)*0[adAD])*"
"""What may stand between two characters: a line wrap, also one that is escaped."""

_RUN = r"(?<!\\)\\++"
"""A run of backslashes, looked at once and not from each of them: some servers send 100,000."""
_REST = r"\\*+"
"""What is left of such a run behind a backslash of the key."""

_ESCAPED = {'"': '"', "\\": "[rnt]?", "/": "/"}
"""What JSON writes with a backslash, or with more where JSON stands in JSON.

Behind a backslash of the key, the run has those of a line break that is escaped, too.
"""

_BASE64 = "[A-Za-z0-9+/_-]"
_PADDING = r"(?:=|%(?:25)*3[dD]|\\+u003[dD])*"
_SIGNS = {
    "+": rf"(?:[+-]|%(?:25)*(?i:2[bd])|{_RUN}u00(?i:2[bd]))",
    "/": rf"(?:[/_]|{_RUN}/|%(?:25)*(?i:2f|5f)|{_RUN}u00(?i:2f|5f))",
}

HIDDEN = "***"
_STORED = "[redacted]"
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey", "negotiate"})
"""First words of an Authorization header: they say what follows, and are no secret."""
_HARMLESS = frozenset({"model", "seed", "call_id", "intent", "api-version", "deployment"})
SHORTEST_SECRET = 6
"""Characters; shorter ones would take ordinary text with them."""
# Services repeat a key in their refusal, partly starred: "Incorrect API key provided: sk-ab***yz".
_KEY_START = r"\b(?:sk|ek|rk|api|key)[-_]"
_KEY_LOOK = re.compile(rf"{_KEY_START}[\w*.-]{{4,}}")
_WHOLE_KEY = re.compile(rf"{_KEY_START}(?=[\w-]{{0,40}}\d)[\w-]{{16,}}")
"""A key in the user's own text, where "key_fields" is not a key."""


@lru_cache(maxsize=64)
def pattern_of(secrets: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return what finds these secrets in UTF-8, in every spelling; None where there are none.

    Of two that overlap, the longer one is found if it comes first.
    """
    ways = [way for secret in secrets for way in _ways(secret.encode())]
    # Latin-1 takes the pattern byte by byte, like the text that it is tried on.
    return re.compile("|".join(ways).encode("latin-1")) if ways else None


def _ways(secret: bytes) -> Iterable[str]:
    yield _GAP.join(map(spelled, secret, b"\0" + secret))
    digits = (f"(?i:{byte:02x})" for byte in secret)
    yield r"(?:[\s:.,-]|0x|\\+x)*".join(digits)
    for before in range(3):
        yield in_base64(secret, before)


def spelled(byte: int, before: int) -> str:
    """Return one byte in either case, or in an escape of URLs, JSON, Python, HTML or mail."""
    sign, run = chr(byte), _REST if before == ord("\\") else _RUN
    ways = [
        f"%(?:25)*(?i:{byte:02x})",
        rf"{run}u00(?i:{byte:02x})",
        rf"{run}x(?i:{byte:02x})",
        f"&#0*{byte};",
        f"&#[xX]0*(?i:{byte:02x});",
        f"=(?i:{byte:02x})",
    ]
    if sign in _ESCAPED:
        ways.append(run + _ESCAPED[sign])
    if sign != "\\":
        ways.insert(0, f"(?i:{re.escape(sign)})")
    return f"(?:{'|'.join(ways)})"


def in_base64(secret: bytes, before: int) -> str:
    """Return a secret as it stands in base64 behind so many bytes (0 to 2) of something else.

    Only whole signs are known; the neighbours on both sides hold some of its bits, and go too.
    """
    core = _GAP.join(_SIGNS.get(sign, sign) for sign in base64_core(secret, before))
    lead = f"{_BASE64}?" if before else ""
    tail = f"{_GAP}{_BASE64}?" if 8 * (before + len(secret)) % 6 else ""
    return f"{lead}{core}{tail}{_PADDING}"


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
    long = (secret for secret in found if len(secret) >= SHORTEST_SECRET)
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
    if pattern is None:
        return text
    text = _without(text, pattern, HIDDEN)
    if may_hold_pieces(text.encode("utf-8", "surrogatepass"), secrets):
        text = without_pieces(text, secrets, HIDDEN)
    return text


def without_keys(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text of the user's own without these words, and without what looks like a key."""
    return _WHOLE_KEY.sub(HIDDEN, hidden(text, secrets))


def concealer(secrets: tuple[str, ...]) -> Callable[[bytes], bytes]:
    """Return what takes these words out of lines; JSON stays JSON."""
    return partial(_line_without, secrets=secrets) if secrets else bytes


def _line_without(line: bytes, secrets: tuple[str, ...]) -> bytes:
    pattern = pattern_of(secrets)
    if pattern is None:
        return line
    line = line_without(line, pattern)
    if not may_hold_pieces(line, secrets):
        return line
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        text = line.decode("utf-8", "surrogateescape")
        return str(without_pieces(text, secrets, _STORED)).encode("utf-8", "surrogateescape")
    ends = orjson.OPT_APPEND_NEWLINE if line.endswith(b"\n") else 0
    return orjson.dumps(without_pieces(row, secrets, _STORED), option=ends)


def line_without(line: bytes, pattern: re.Pattern[bytes]) -> bytes:
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
