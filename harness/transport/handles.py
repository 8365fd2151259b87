"""Keeping resumption handles out of what is shown and stored: each is a key to a conversation.

A service gives one behind every turn, and they may be long. So they are looked for as plain text
first, also behind the escapes of JSON and URLs and in base64; a pattern (``redaction.py``) is made
only for one that turns up. A service that repeats a handle may cut it: what begins like one for
sixteen characters, and then ends, goes too. What goes on in another way is something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from harness.transport.redaction import (
    SHORTEST_SECRET,
    in_base64,
    line_without,
    spelled,
)
from harness.transport.secret_pieces import base64_core

_PART = 16
_NESTED = 64
"""Characters behind the first ones that are compared; what then follows belongs to it."""
_SIGN = "[A-Za-z0-9_+/=-]"
_ENDS = f"(?!{_SIGN})"
_ESCAPE = re.compile(rb"(?<!\\)\\+u00([0-9a-fA-F]{2})|%(?:25)*([0-9a-fA-F]{2})|(?<!\\)\\+(?=[/\"])")
_ONE_ALPHABET = bytes.maketrans(b"-_", b"+/")


@dataclass(slots=True)
class Handles:
    """Those of one call, as they come; what hides them may run in another thread meanwhile."""

    _known: dict[str, None] = field(default_factory=dict, repr=False)

    def learn(self, handles: Iterable[str]) -> None:
        """Hide these from now on; shorter ones than six characters are no keys."""
        new = (each for each in handles if len(each) >= SHORTEST_SECRET)
        self._known.update(dict.fromkeys(new))

    def any(self) -> bool:
        """Return whether any came."""
        return bool(self._known)

    def concealed(self, line: bytes) -> bytes:
        """Return a line without any of them; JSON stays JSON."""
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
        """Return a text without any of them."""
        data = self.concealed(text.encode("utf-8", "surrogatepass"))
        return data.decode("utf-8", "surrogatepass")


def _plain(line: bytes) -> bytes:
    """Return a line as it would read without escapes, near enough to look for a handle in it."""
    if b"\\" not in line and b"%" not in line:
        return line
    return _ESCAPE.sub(lambda found: bytes.fromhex((found[1] or found[2] or b"").decode()), line)


@lru_cache(maxsize=1024)
def _probes(handle: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Return how a handle begins, as it is and in base64, whatever stands before it there."""
    begins = handle.encode()[:_PART]
    return begins, tuple(base64_core(begins, before).encode() for before in range(3))


@lru_cache(maxsize=64)
def _pattern(handle: str) -> re.Pattern[bytes]:
    """Return what finds a handle, or its beginning where it was cut."""
    data = handle.encode()
    signs = [spelled(byte, before) for byte, before in zip(data, b"\0" + data, strict=False)]
    rest = f"{_SIGN}*"
    for sign in reversed(signs[_PART : _PART + _NESTED]):
        rest = f"(?:{sign}{rest})?"
    ways = ["".join(signs), *(in_base64(data, before) for before in range(3))]
    if len(signs) > _PART:
        ways.append("".join(signs[:_PART]) + rest + _ENDS)
    return re.compile("|".join(ways).encode("latin-1"))
