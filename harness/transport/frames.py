"""WebSocket frames as bytes (RFC 6455, 5.2): writing client frames, and finding frame ends.

Nearly every message of a call is a whole, unmasked frame of text or bytes. Those are cut from the
stream here. Everything else (control frames, messages in fragments, protocol violations) is parsed
only as far as needed to find its end: a full implementation reads it.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

_TEXT, _BINARY, _TO_BE_CONTINUED, _LAST_PART = 0x81, 0x82, (0x01, 0x02), 0x80
"""First bytes: the last (or only) frame of a message has the upper bit."""
_MASKED = 0x80
_SHORT, _MIDDLE, _LONG = 125, 126, 127
"""The second byte is the length, or says that two or eight bytes with the length follow."""
_KEYS = 1024


class CutFrame(NamedTuple):
    """A whole message, or (``other``) bytes of the stream that are something else."""

    data: bytes
    binary: bool = False
    other: bool = False


class FrameCutter:
    """Cuts frames; feed it all bytes after the handshake, in order."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = bytearray()
        self._needed = 0
        self._in_parts = self._gave_up = False

    def cut(self, data: bytes) -> list[CutFrame]:
        """Return the frames that these bytes complete.

        After a frame that is masked or longer than allowed, no frame is cut any more.
        """
        if self._gave_up:
            return [CutFrame(data, other=True)]
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return []
            data = bytes(self._held)
            self._held.clear()
        found: list[CutFrame] = []
        at, stop = 0, len(data)
        while at < stop and not self._gave_up:
            begins, ends = self._bounds(data, at)
            if self._gave_up:
                found.append(CutFrame(data[at:], other=True))
            elif ends > stop:
                self._held += data[at:]
                self._needed = ends - at
                break
            else:
                found.append(self._frame(data, at, begins, ends))
            at = ends
        return found

    def _frame(self, data: bytes, at: int, begins: int, ends: int) -> CutFrame:
        first = data[at]
        if not self._in_parts and first in (_TEXT, _BINARY):
            return CutFrame(data[begins:ends], first == _BINARY)
        if first in _TO_BE_CONTINUED:
            self._in_parts = True
        elif first == _LAST_PART:
            self._in_parts = False
        return CutFrame(data[at:ends], other=True)

    def _bounds(self, data: bytes, at: int) -> tuple[int, int]:
        """Return the start and end of the frame's payload, as far as its head has arrived."""
        if len(data) - at < 2:
            return at + 2, at + 2
        length, begins = data[at + 1], at + 2
        self._gave_up = length >= _MASKED
        if length == _MIDDLE:
            begins += 2
            length = int.from_bytes(data[at + 2 : begins]) if begins <= len(data) else 0
        elif length == _LONG:
            begins += 8
            length = int.from_bytes(data[at + 2 : begins]) if begins <= len(data) else 0
        self._gave_up = self._gave_up or length > self._most
        return begins, begins + length


class MaskKeys:
    """Unpredictable keys (RFC 6455, 5.3), fetched from the system by the thousand."""

    def __init__(self) -> None:
        self._left = b""
        self._at = 0

    def next(self) -> bytes:
        """Return four bytes that were not returned before."""
        at = self._at
        if at >= len(self._left):
            self._left, at = os.urandom(4 * _KEYS), 0
        self._at = at + 4
        return self._left[at : at + 4]


def head_of(length: int, *, binary: bool) -> bytes:
    """Return the head of a whole, masked message; its key comes next."""
    first = _BINARY if binary else _TEXT
    if length <= _SHORT:
        return struct.pack("!BB", first, _MASKED | length)
    if length < 1 << 16:
        return struct.pack("!BBH", first, _MASKED | _MIDDLE, length)
    return struct.pack("!BBQ", first, _MASKED | _LONG, length)
