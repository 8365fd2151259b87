"""Removes secrets, whole or in pieces, from all output and storage.

A server that refuses a key repeats it, and not always as it was sent: percent-encoded in a URL,
escaped in JSON, in base64 as a part of "user:key" (so at any of three alignments), in hex, as HTML
entities, broken into lines. Spellings are mixed byte by byte, as encoders leave letters alone. So a
single pattern finds every spelling of a whole key. Pieces of a key, a reversed key, and base64 of
base64 are found by ``without_pieces``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import orjson

# Find pieces of secrets in texts: cut, reversed, respelled, or spread over the items of a list.
#
# Texts are compared without case, punctuation and escapes. A piece is recognized by ``PIECE``
# letters and digits in a row; if the secret is in base64 or hex, by a stretch that is twice as
# long. A first pass deletes the characters that are not compared, then each known stretch is
# searched as plain bytes: time is linear. Pieces with few different characters are ignored, since
# they would match silence and zeros.

PIECE = 12
"""Letters and digits of a secret in a row that are as sensitive as all of it."""

_FEWEST_DIFFERENT = 5

_OTHERS = bytes(n for n in range(256) if not chr(n).isalnum() or n > 127)
_LOWER = bytes(range(256)).lower()
_ESCAPED_CODE = re.compile(rb"(?:(?<!\\)\\++(?:u00|x)|%(?:25)*+)([0-9a-fA-F]{2})")
_KEY = re.compile(rb'"[^"\\]{0,60}":')
"""A key of an object: a piece may lie in the values on both sides of it."""
_BREAK = re.compile(rb"(?<!\\)\\++[nrt]")
_SIGN = re.compile(
    r"(?:(?<!\\)\\++(?:u00|x)|%(?:25)*+)(?P<code>[0-9a-fA-F]{2})"
    r"|(?<!\\)\\++[nrt]|(?P<plain>[0-9A-Za-z])"
)
"""A run of backslashes is matched once: some servers send 100,000 of them."""


@lru_cache(maxsize=64)
def _stretches(secrets: tuple[str, ...]) -> tuple[tuple[bytes, bytes, int], ...]:
    """Return the stretches that identify a secret: each with its whole form and its index."""
    found: dict[bytes, tuple[bytes, bytes, int]] = {}
    for secret in secrets:
        for form, step in _forms(secret.encode()):
            bare = _bare(form)
            for signs in (bare, bare[::-1]):
                for at in range(0, len(signs) - PIECE + 1, step):
                    one = signs[at : at + PIECE]
                    if len(set(one)) >= _FEWEST_DIFFERENT:
                        found.setdefault(one, (one, signs, at))
    return tuple(found.values())


@lru_cache(maxsize=64)
def _as_written(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return pieces with their punctuation: a secret may have few letters and digits."""
    both = (way for secret in secrets for way in (secret, secret[::-1]))
    return tuple(way[at : at + PIECE] for way in both for at in range(len(way) - PIECE + 1))


def _forms(secret: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the spellings of a secret, and the largest distance between its stretches."""
    yield secret, 1
    for data in (secret, secret[::-1]):
        yield data.hex().encode(), PIECE
        for before in range(3):
            core = base64_core(data, before).encode()
            yield core, PIECE
            yield from ((base64_core(core, again).encode(), PIECE) for again in range(3))


def base64_core(secret: bytes, before: int) -> str:
    """Return the base64 characters that depend only on the secret, after so many other bytes."""
    known = base64.b64encode(bytes(before) + secret).decode()
    return known[-(-8 * before // 6) : 8 * (before + len(secret)) // 6]


def _bare(data: bytes) -> bytes:
    return data.translate(_LOWER, _OTHERS)


def may_hold_pieces(data: bytes, secrets: tuple[str, ...]) -> bool:
    """Return whether a text, or a line of JSON, may contain a piece of a secret."""
    if any(one.encode("utf-8", "surrogatepass") in data for one in _as_written(secrets)):
        return True
    if data[:1] in (b"{", b"["):
        data = _KEY.sub(b"", data)
    if b"\\" in data or b"%" in data:
        data = _BREAK.sub(b"", data)
        data = _ESCAPED_CODE.sub(lambda code: bytes((int(code[1], 16),)), data)
    bare = _bare(data)
    return any(one in bare for one, _, _ in _stretches(secrets))


def without_pieces(value: Any, secrets: tuple[str, ...], mark: str) -> Any:
    """Return a JSON value with each piece in its texts replaced by a mark.

    A piece may be spread over texts that follow each other.
    """
    texts = list(_texts(value))
    cuts = _cuts(texts, secrets)
    cleaned = iter([_cut(text, cuts.get(number, []), mark) for number, text in enumerate(texts)])
    return _with_texts(value, cleaned)


def _cuts(texts: list[str], secrets: tuple[str, ...]) -> dict[int, list[tuple[int, int]]]:
    """Return the spans to cut from each text, by its number, in characters."""
    signs: list[str] = []
    places: list[tuple[int, int, int]] = []
    hits: dict[int, set[tuple[int, int]]] = {}
    for number, text in enumerate(texts):
        hits[number] = set(_found_as_written(text, secrets))
        for sign in _SIGN.finditer(text):
            plain = sign["plain"] or (chr(int(sign["code"], 16)) if sign["code"] else "")
            if plain.isascii() and plain.isalnum():
                signs.append(plain.lower())
                places.append((number, sign.start(), sign.end()))
    for first, last in _runs("".join(signs).encode(), secrets):
        number, start, end = places[first]
        for at in range(first + 1, last):
            if places[at][0] != number:
                hits[number].add((start, end))
                number, start, _ = places[at]
            end = places[at][2]
        hits[number].add((start, end))
    return {number: _joined(sorted(spans)) for number, spans in hits.items() if spans}


def _found_as_written(text: str, secrets: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for one in _as_written(secrets):
        at = text.find(one)
        while at >= 0:
            yield at, at + PIECE
            at = text.find(one, at + 1)


def _runs(bare: bytes, secrets: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the spans of pieces, as long as each continues like its secret: [first, last)."""
    for one, signs, at in _stretches(secrets):
        found = bare.find(one)
        while found >= 0:
            first, last = found, found + PIECE
            before, after = at, at + PIECE
            while before and first and bare[first - 1] == signs[before - 1]:
                first, before = first - 1, before - 1
            while after < len(signs) and last < len(bare) and bare[last] == signs[after]:
                last, after = last + 1, after + 1
            yield first, last
            found = bare.find(one, last)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sorted spans; spans that overlap or touch are merged."""
    joined = spans[:1]
    for start, end in spans[1:]:
        if start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _cut(text: str, spans: list[tuple[int, int]], mark: str) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{mark}{text[end:]}"
    return text


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON value in their order; keys of objects are not included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _with_texts(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: _with_texts(inner, texts) for key, inner in value.items()}
    return [_with_texts(one, texts) for one in value] if isinstance(value, list) else value


_GAP = r"(?:\s|\\+[rnt]|=\r?\n|%(?:25)*0[adAD])*"
"""Text that may separate two characters: a line wrap, possibly escaped."""

_RUN = r"(?<!\\)\\++"
"""A run of backslashes, matched once and not from each of them: some servers send 100,000."""
_REST = r"\\*+"
"""The remainder of such a run after a backslash of the key."""

_ESCAPED = {'"': '"', "\\": "[rnt]?", "/": "/"}
"""Characters that JSON writes with a backslash, or with more if JSON is inside JSON.

After a backslash of the key, the run includes those of an escaped line break, too.
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
"""First words of an Authorization header: they name the scheme, and are no secret."""
_HARMLESS = frozenset({"model", "seed", "call_id", "intent", "api-version", "deployment"})
SHORTEST_SECRET = 6
"""Characters; shorter secrets would remove ordinary text."""
# Services repeat a key in their refusal, partly starred: "Incorrect API key provided: sk-ab***yz".
_KEY_START = r"\b(?:sk|ek|rk|api|key)[-_]"
_KEY_LOOK = re.compile(rf"{_KEY_START}[\w*.-]{{4,}}")
_WHOLE_KEY = re.compile(rf"{_KEY_START}(?=[\w-]{{0,40}}\d)[\w-]{{16,}}")
"""A key in the user's own text; "key_fields" is not a key."""


@lru_cache(maxsize=64)
def pattern_of(secrets: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return a pattern that finds these secrets in UTF-8, in every spelling; None without secrets.

    Of two overlapping secrets, the longer is found if it comes first.
    """
    ways = [way for secret in secrets for way in _ways(secret.encode())]
    # Latin-1 maps the pattern byte by byte, like the text that it is matched against.
    return re.compile("|".join(ways).encode("latin-1")) if ways else None


def _ways(secret: bytes) -> Iterable[str]:
    yield _GAP.join(map(spelled, secret, b"\0" + secret))
    digits = (f"(?i:{byte:02x})" for byte in secret)
    yield r"(?:[\s:.,-]|0x|\\+x)*".join(digits)
    for before in range(3):
        yield in_base64(secret, before)


def spelled(byte: int, before: int) -> str:
    """Return a pattern for a byte: in either case, or escaped (URL, JSON, Python, HTML, mail)."""
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
    """Return a pattern for a secret in base64 after so many other bytes (0 to 2).

    Only whole characters are known; the neighbours on both sides contain some of its bits, and are
    removed too.
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
    """Return the secret words in headers and URL, longest first.

    Words of fewer than six characters are no keys and would remove ordinary text; values under
    ``plain`` names (in lower case) are no secrets.
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
    """Return why a header cannot be sent, without showing it; None if it can."""
    if "\n" in value or "\r" in value:
        return "holds a line break"
    if not value.isascii() or not value.isprintable():
        return "holds a character that no header may hold"
    return None


def _meant(word: str) -> Iterator[str]:
    """Yield a word of a header, and the password if the word is "user:password" in base64."""
    yield word
    try:
        pair = base64.b64decode(word, validate=True).decode()
    except ValueError:
        return
    if ":" in pair:
        yield pair.partition(":")[2]


def hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Return the text without these secrets, in any spelling."""
    pattern = pattern_of(secrets)
    if pattern is None:
        return text
    text = _without(text, pattern, HIDDEN)
    if may_hold_pieces(text.encode("utf-8", "surrogatepass"), secrets):
        text = without_pieces(text, secrets, HIDDEN)
    return text


def without_keys(text: str, secrets: tuple[str, ...]) -> str:
    """Return the user's own text without these secrets, and without text like a key."""
    return _WHOLE_KEY.sub(HIDDEN, hidden(text, secrets))


def concealer(secrets: tuple[str, ...]) -> Callable[[bytes], bytes]:
    """Return a function that removes these secrets from lines; JSON stays JSON."""
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
    """Return a line whose texts contain no secret; a secret may begin inside an escape of JSON."""
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
    """Return the text without the secrets of the headers or the URL."""
    return _KEY_LOOK.sub(HIDDEN, hidden(text, secrets_of(url, headers)))


# Removes resumption handles from output and storage: each is a key to a conversation.
#
# A service sends a handle after every turn, and they may be long. So they are searched as plain
# text first, also with the escapes of JSON and URLs and in base64; a pattern (``_pattern``) is
# compiled only for a handle that is found. A service that repeats a handle may cut it: text that
# matches a handle's first sixteen characters, and then ends, is removed too. Text that continues
# differently is something else.

_PART = 16
_NESTED = 64
"""Characters after the first that are compared; the characters that follow belong to it."""
_HANDLE_SIGN = "[A-Za-z0-9_+/=-]"
_ENDS = f"(?!{_HANDLE_SIGN})"
_ESCAPE = re.compile(rb"(?<!\\)\\+u00([0-9a-fA-F]{2})|%(?:25)*([0-9a-fA-F]{2})|(?<!\\)\\+(?=[/\"])")
_ONE_ALPHABET = bytes.maketrans(b"-_", b"+/")


@dataclass(slots=True)
class Handles:
    """The handles of a call, as they come; hiding them may run in another thread."""

    _known: dict[str, None] = field(default_factory=dict, repr=False)

    def learn(self, handles: Iterable[str]) -> None:
        """Hide these from now on; handles shorter than six characters are no keys."""
        new = (each for each in handles if len(each) >= SHORTEST_SECRET)
        self._known.update(dict.fromkeys(new))

    def any(self) -> bool:
        """Return whether there are any handles."""
        return bool(self._known)

    def concealed(self, line: bytes) -> bytes:
        """Return a line without any handle; JSON stays JSON."""
        known = tuple(self._known)
        if not known:
            return line
        plain = _plain(line)
        packed = plain.translate(_ONE_ALPHABET)
        for handle in sorted(known, key=len, reverse=True):
            begins, cores = _probes(handle)
            if begins in plain or any(core in packed for core in cores):
                line = line_without(line, _pattern(handle))
        return line

    def hidden(self, text: str) -> str:
        """Return a text without any handle."""
        data = self.concealed(text.encode("utf-8", "surrogatepass"))
        return data.decode("utf-8", "surrogatepass")


def _plain(line: bytes) -> bytes:
    """Return a line without escapes, approximately, to search for a handle in it."""
    if b"\\" not in line and b"%" not in line:
        return line
    return _ESCAPE.sub(lambda found: bytes.fromhex((found[1] or found[2] or b"").decode()), line)


@lru_cache(maxsize=1024)
def _probes(handle: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the start of a handle, plain and in base64 at every alignment."""
    begins = handle.encode()[:_PART]
    return begins, tuple(base64_core(begins, before).encode() for before in range(3))


@lru_cache(maxsize=64)
def _pattern(handle: str) -> re.Pattern[bytes]:
    """Return a pattern that finds a handle, or its beginning if it was cut."""
    data = handle.encode()
    signs = [spelled(byte, before) for byte, before in zip(data, b"\0" + data, strict=False)]
    rest = f"{_HANDLE_SIGN}*"
    for sign in reversed(signs[_PART : _PART + _NESTED]):
        rest = f"(?:{sign}{rest})?"
    ways = ["".join(signs), *(in_base64(data, before) for before in range(3))]
    if len(signs) > _PART:
        ways.append("".join(signs[:_PART]) + rest + _ENDS)
    return re.compile("|".join(ways).encode("latin-1"))
