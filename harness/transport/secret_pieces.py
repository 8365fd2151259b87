"""Find pieces of secrets in texts: cut, reversed, respelled, or spread over the items of a list.

Texts are compared without case, punctuation and escapes. A piece is known by ``PIECE`` letters and
digits in a row; where the secret is in base64 or hex, by a stretch that is twice as long. One pass
deletes what is not compared, then each known stretch is searched as plain bytes: time is linear.
Pieces of few different characters are left alone, as they would be found in silence and in zeros.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

PIECE = 12
"""Letters and digits of a secret in a row that are as good as all of it."""

_FEWEST_DIFFERENT = 5

_OTHERS = bytes(n for n in range(256) if not chr(n).isalnum() or n > 127)
_LOWER = bytes(range(256)).lower()
_ESCAPED = re.compile(rb"(?:(?<!\\)\\++(?:u00|x)|%(?:25)*+)([0-9a-fA-F]{2})")
_KEY = re.compile(rb'"[^"\\]{0,60}":')
"""A key of an object: a piece may lie in the values on both sides of it."""
_BREAK = re.compile(rb"(?<!\\)\\++[nrt]")
_SIGN = re.compile(
    r"(?:(?<!\\)\\++(?:u00|x)|%(?:25)*+)(?P<code>[0-9a-fA-F]{2})"
    r"|(?<!\\)\\++[nrt]|(?P<plain>[0-9A-Za-z])"
)
"""A run of backslashes is looked at once: some servers send 100,000 of them."""


@lru_cache(maxsize=64)
def _stretches(secrets: tuple[str, ...]) -> tuple[tuple[bytes, bytes, int], ...]:
    """Return the stretches that give a secret away: each, the form that has it, and its place."""
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
    """Yield what a secret is written as, and how far apart its stretches may lie."""
    yield secret, 1
    for data in (secret, secret[::-1]):
        yield data.hex().encode(), PIECE
        for before in range(3):
            core = base64_core(data, before).encode()
            yield core, PIECE
            yield from ((base64_core(core, again).encode(), PIECE) for again in range(3))


def base64_core(secret: bytes, before: int) -> str:
    """Return the signs that hold nothing but this secret, behind so many bytes of another."""
    known = base64.b64encode(bytes(before) + secret).decode()
    return known[-(-8 * before // 6) : 8 * (before + len(secret)) // 6]


def _bare(data: bytes) -> bytes:
    return data.translate(_LOWER, _OTHERS)


def may_hold_pieces(data: bytes, secrets: tuple[str, ...]) -> bool:
    """Return whether a text, or a line of JSON, may hold a piece of a secret."""
    if any(one.encode("utf-8", "surrogatepass") in data for one in _as_written(secrets)):
        return True
    if data[:1] in (b"{", b"["):
        data = _KEY.sub(b"", data)
    if b"\\" in data or b"%" in data:
        data = _BREAK.sub(b"", data)
        data = _ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), data)
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
    """Return what is to be cut out of each text, by its number: stretches of characters."""
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
    """Yield where pieces are, as long as each continues like its secret: [first, last)."""
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
    """Return sorted stretches, with those that overlap or touch as one."""
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
    """Yield the texts of a JSON value in their order; keys of objects are none."""
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
