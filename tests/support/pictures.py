"""Pictures as files hold them, as small as they can be: PNG and JPEG."""

from __future__ import annotations

import struct
import zlib

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
"""The first bytes."""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 1) -> bytes:
    """A grey picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" + b"\x80" * width)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 1, end: bytes = b"\xff\xd9") -> bytes:
    """Return the parts of a picture (ITU-T T.81, B.2), with dummy tables."""
    frame = struct.pack(">HBHHBBBB", 11, 8, height, width, 1, 1, 0x11, 0)
    scan = struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0)
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    table = b"\xff\xff\xc4" + struct.pack(">H", 5) + bytes(3)
    return b"\xff\xd8" + app + table + b"\xff\xc0" + frame + b"\xff\xda" + scan + b"\x12" + end
