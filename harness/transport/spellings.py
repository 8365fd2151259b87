"""Every way in which a key may be written: one pattern that finds it in bytes of text or JSON.

A server that refuses a key repeats it, and not always as it was sent: percent-encoded in a URL,
escaped in JSON, in base64 as a part of "user:key" (so at any of three alignments), in hex, as HTML
entities, broken into lines. Spellings are mixed byte by byte, as encoders leave letters alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import lru_cache

_GAP = r"(?:\s|\\+[rnt]|=\r?\n|%(?:25)*0[adAD])*"
"""What may stand between two characters: a line wrap, also one that is escaped."""

_RUN = r"(?<!\\)\\++"
"""A run of backslashes, looked at once and not from each of them: some servers send 100,000."""
_REST = r"\\*+"
"""What is left of such a run behind a backslash of the key."""

_ESCAPED = {'"': '"', "\\": "", "/": "/"}
"""What JSON writes with a backslash, or with more where JSON stands in JSON."""

_BASE64 = "[A-Za-z0-9+/_-]"
_PADDING = r"(?:=|%(?:25)*3[dD]|\\+u003[dD])*"
_SIGNS = {
    "+": rf"(?:[+-]|%(?:25)*(?i:2[bd])|{_RUN}u00(?i:2[bd]))",
    "/": rf"(?:[/_]|{_RUN}/|%(?:25)*(?i:2f|5f)|{_RUN}u00(?i:2f|5f))",
}


@lru_cache(maxsize=64)
def pattern_of(secrets: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return what finds these secrets in UTF-8, in every spelling; None where there are none.

    Of two that overlap, the longer one is found if it comes first.
    """
    ways = [way for secret in secrets for way in _ways(secret.encode())]
    # Latin-1 takes the pattern byte by byte, like the text that it is tried on.
    return re.compile("|".join(ways).encode("latin-1")) if ways else None


def _ways(secret: bytes) -> Iterable[str]:
    yield _GAP.join(map(_spelled, secret, b"\0" + secret))
    digits = (f"(?i:{byte:02x})" for byte in secret)
    yield r"(?:[\s:.,-]|0x|\\+x)*".join(digits)
    for before in range(3):
        yield _in_base64(secret, before)


def _spelled(byte: int, before: int) -> str:
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


def _in_base64(secret: bytes, before: int) -> str:
    """Return a secret as it stands in base64 behind so many bytes (0 to 2) of something else.

    Only whole signs are known; the neighbours on both sides hold some of its bits, and go too.
    """
    known = base64.b64encode(bytes(before) + secret).decode()
    first, bits = -(-8 * before // 6), 8 * (before + len(secret))
    signs = known[first : bits // 6]
    core = _GAP.join(_SIGNS.get(sign, sign) for sign in signs)
    lead = f"{_BASE64}?" if before else ""
    tail = f"{_GAP}{_BASE64}?" if bits % 6 else ""
    return f"{lead}{core}{tail}{_PADDING}"
