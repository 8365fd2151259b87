"""Whether a file is a picture that a service takes, as far as its parts tell: nothing is decoded.

PNG (W3C, section 5: signature, then chunks of length, type, data and checksum, from IHDR to IEND)
and JPEG (ITU-T T.81, annex B: segments from SOI to EOI, one of which is the frame with its size).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

from harness.storage import open_plain, read_plain

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_IMAGES = {_PNG: "image/png", _JPEG: "image/jpeg"}
"""What the service takes (API reference, conversation.item.create), by the first bytes."""

_OTHERS = (
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (4, b"ftyp", "HEIC, AVIF or MP4"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (0, b"BM", "BMP"),
)
"""What people try, by bytes at a place."""

_HEAD_BYTES = 16
_NO_FRAME = (0xC4, 0xC8, 0xCC)
"""Markers among those of frames that stand for tables, or for nothing yet."""


def image_type(path: Path) -> str | None:
    """Return what kind of picture a file is, by its first bytes; None for any other file."""
    with open_plain(path) as file:
        head = file.read(_HEAD_BYTES)
    return next((kind for magic, kind in _IMAGES.items() if head.startswith(magic)), None)


def picture_problem(path: Path) -> str | None:
    """Say why a file is no PNG or JPEG picture; None for one that is whole, with a size."""
    data = read_plain(path)
    kind = image_type(path)
    if kind is None:
        named = (name for at, magic, name in _OTHERS if data[at : at + len(magic)] == magic)
        other = next(named, None)
        what = "the service takes no other" if other is None else f"this one is {other}: convert it"
        return f"expected a PNG or JPEG picture, and {what}"
    name, size = ("PNG", _png_size) if kind == "image/png" else ("JPEG", _jpeg_size)
    return _measured(data, name, size)


def _measured(
    data: bytes, name: str, size: Callable[[bytes], tuple[int, int] | None]
) -> str | None:
    found = size(data)
    if found is None:
        return f"begins as a {name} picture, and is damaged or cut off"
    width, height = found
    return None if width and height else f"a {name} picture of {width} x {height} pixels is none"


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height; None where a chunk is broken, or one that must be there is not."""
    at, size = len(_PNG), (0, 0)
    seen: set[bytes] = set()
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        told = data[at + 8 + length : at + 12 + length]
        if len(told) < 4 or zlib.crc32(kind + body) != int.from_bytes(told):
            return None
        if not seen and (kind != b"IHDR" or length != 13):
            return None
        if kind == b"IHDR":
            size = int.from_bytes(body[:4]), int.from_bytes(body[4:8])
        seen.add(kind)
        if kind == b"IEND":
            return size if b"IDAT" in seen else None
        at += 12 + length
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height; None where no frame comes before the scan, or no end behind it."""
    at, size = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == 0xDA:
            return size if data.find(b"\xff\xd9", at) > 0 else None
        length = int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME and at + 9 <= len(data):
            size = int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + length
    return None
