"""Whether a file holds MP3 frames at all: its decoder says so itself only in words of its own.

A frame begins with 11 bits that are set and says how long it is (ISO/IEC 11172-3, 2.4.1.3, and
13818-3 for the lower rates), so that two frames one behind the other are hardly chance.
"""

from __future__ import annotations

from pathlib import Path

from harness.storage import open_plain

_LOOK_BYTES = 65_536
"""How far behind a tag of titles and pictures (ID3) the first frame is looked for."""

_KBPS = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
"""Of layer III: at the lower rates, and at 32 kHz and above."""

_RATES_HZ = (44_100, 48_000, 32_000)
_OTHERS = (b"RIFF", b"fLaC", b"OggS", b"FORM")


def is_without_frames(path: Path) -> bool:
    """Whether a file that is called MP3, or begins as one, has no frames; raises OSError."""
    with open_plain(path) as file:
        head = file.read(10)
        if not head:
            return False  # what is empty has words of its own
        tagged = head.startswith(b"ID3") and len(head) == 10
        if not tagged and (path.suffix.lower() != ".mp3" or head.startswith(_OTHERS)):
            return False
        file.seek(10 + _synchsafe(head[6:]) if tagged else 0)
        sound = file.read(_LOOK_BYTES)
    return not any(_two_frames(sound, at) for at in _signs(sound))


def _synchsafe(four: bytes) -> int:
    """Return a number of which each byte holds seven bits."""
    return sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(four))


def _signs(sound: bytes) -> list[int]:
    found, at = [], sound.find(b"\xff")
    while at >= 0:
        found.append(at)
        at = sound.find(b"\xff", at + 1)
    return found


def _two_frames(sound: bytes, at: int) -> bool:
    length = _frame_bytes(sound[at : at + 4])
    return length is not None and _frame_bytes(sound[at + length : at + length + 4]) is not None


def _frame_bytes(head: bytes) -> int | None:
    """Return how long a frame is; None for what is none of layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return None
    high = version == 3
    rate_hz = _RATES_HZ[rate] >> (0 if high else 1 if version == 2 else 2)
    return (144_000 if high else 72_000) * _KBPS[high][bits] // rate_hz + ((head[2] >> 1) & 1)
