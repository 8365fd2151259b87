"""The author's own files in a scenario: audio and pictures, and whether they can be used.

A file is next to the scenario, or in the folder of its suite; ``{fact}`` in its name is filled in.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.files import open_plain, read_plain
from harness.scenario.document import KeyPath, stays_inside
from harness.scenario.fault_text import PLACEHOLDER, Found, items, mapping, shown
from harness.scenario.fields import Model, Text

if TYPE_CHECKING:
    from harness.audio.pcm import Pcm


# The author's own recordings as lines of the caller, and whether they are usable.

LEAST_HZ, LEAST_S, MOST_S = 8_000, 0.1, 60.0
"""The minimum rate and length of a recording, and its maximum length."""

_QUIETEST_DBFS = -60.0
_FLAT_TOPS = 5
"""This many places with several samples in a row at the largest value are clipping, not chance."""

_CLEAR_DB = 27.0
"""How far noise must be below speech for the end of the speech to be found in the audio."""

_EDGE_S = 0.02
_TAIL_S = 0.5
"""The last sound of a word may ring on this long after the detected end of voice activity."""

Channel = Literal["left", "right", "both"]


class OwnAudio(Model):
    """A recording that is played as a line, and the words in it."""

    file: Text
    """WAV, FLAC, OGG or MP3, beside the scenario's file or in the folder of its suite."""
    transcript: Text
    """What is said in it, with ``{fact}`` where a fact is said."""
    channel: Channel | None = None
    """Of a file with two channels: which one; ``both`` mixes them."""
    level: Literal["speech", "as_recorded"] = "speech"
    """``speech`` brings it to the level of all callers; ``as_recorded`` leaves it as it is."""
    clipped: bool = False
    """Whether it is meant to be clipped; else a clipped recording is refused."""


def one_channel(path: Path, channel: Channel | None) -> Pcm:
    """Return a recording as a single track, at its own rate.

    Raises RecordingDamaged for a file that is not audio, or does not have such channels.
    """
    from harness.audio.pcm import from_float  # late: it brings numpy, and --help must stay quick
    from harness.audio.wav import read_channels
    from harness.errors import RecordingDamaged

    sides = read_channels(path, most_s=MOST_S)
    if len(sides) > 2:
        raise RecordingDamaged(path, f"expected one channel or two, found {len(sides)}")
    if (len(sides) == 2) is (channel is None):
        told = "it has two channels; say 'channel: left', 'right' or 'both'"
        raise RecordingDamaged(path, told if channel is None else "it has no two channels")
    if channel == "both":
        left, right = (side.as_float() for side in sides)
        return from_float((left + right) / 2.0, sides[0].rate_hz)
    return sides[1 if channel == "right" else 0]


def sound_faults(path: Path, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the faults of a recording: the key that each is about, and the reason."""
    from harness.audio.activity import active_level_dbfs, flat_tops, snr_db, voiced_bounds
    from harness.audio.wav import shape
    from harness.errors import RecordingDamaged

    channel = own.get("channel")
    try:
        told = shape(path, most_s=MOST_S)
    except RecordingDamaged as damaged:
        yield "file", f"no sound can be read from it: {damaged.detail}"
        return
    try:
        if told.rate_hz < LEAST_HZ:
            yield "file", f"expected at least {LEAST_HZ} samples a second, got {told.rate_hz}"
            return
        if not LEAST_S <= told.length_s <= MOST_S:
            length = f"expected {LEAST_S:g} to {MOST_S:g} s of sound"
            yield "file", f"{length}, got {told.length_s:.2f} s"
            return
        sound = one_channel(path, channel if channel in ("left", "right", "both") else None)
    except RecordingDamaged as damaged:
        yield "channel" if "channel" in own else "file", damaged.detail
        return
    bounds = voiced_bounds(sound)
    if bounds is None or active_level_dbfs(sound) < _QUIETEST_DBFS:
        yield "file", f"nobody is heard in it: it is silent, or below {_QUIETEST_DBFS:g} dBFS"
        return
    tops = flat_tops(sound)
    if tops >= _FLAT_TOPS and own.get("clipped") is not True:
        told_so = f"it is clipped in {tops} places; record it lower, or write 'clipped: true'"
        yield "file", told_so
    rings_s = (len(sound) - bounds[1]) / sound.rate_hz
    if rings_s < _EDGE_S and snr_db(sound) < _CLEAR_DB and _quiet_end_s(sound) > _TAIL_S:
        yield "file", "noise goes on behind the speech, so nobody can tell where it ends; cut it"


def _quiet_end_s(sound: Pcm) -> float:
    """Return the length of the silence at the end of a recording."""
    from harness.audio.resample import resample
    from harness.speech.segments import EARS_RATE_HZ, speech_stretches

    ears = resample(sound, EARS_RATE_HZ)
    spoken = speech_stretches(ears.as_float().astype("float32"))
    return (len(ears) - (spoken[-1].stop if spoken else 0)) / EARS_RATE_HZ


# Whether a file is a picture that a service takes, as far as its parts show: it is not decoded.
#
# PNG (W3C, section 5: signature, then chunks of length, type, data and checksum, from IHDR to IEND)
# and JPEG (ITU-T T.81, annex B: segments from SOI to EOI, with the frame and its size among them).

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_IMAGES = {_PNG: "image/png", _JPEG: "image/jpeg"}
"""The types that the service takes (API reference, conversation.item.create), by first bytes."""

_OTHERS = (
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (4, b"ftyp", "HEIC, AVIF or MP4"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (0, b"BM", "BMP"),
)
"""Other types that people try, by bytes at a position."""

_HEAD_BYTES = 16
_NO_FRAME = (0xC4, 0xC8, 0xCC)
"""Markers in the range of frames that mean tables, or are reserved."""


def image_type(path: Path) -> str | None:
    """Return the type of a picture file, by its first bytes; None for any other file."""
    with open_plain(path) as file:
        head = file.read(_HEAD_BYTES)
    return next((kind for magic, kind in _IMAGES.items() if head.startswith(magic)), None)


def picture_problem(path: Path) -> str | None:
    """Return why a file is not a PNG or JPEG picture; None for a complete picture, with a size."""
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
    """Return width and height; None if a chunk is broken, or a required chunk is missing."""
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
    """Return width and height; None without a frame before the scan, or an end after it."""
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


MOST_IMAGE_BYTES = 10_000_000
"""In base64 that is as much as the service takes in one message (15 MiB)."""


class Picture(Model):
    """A picture that is sent to the agent."""

    file: Text
    """PNG or JPEG, beside the scenario's file or in the folder of its suite."""
    detail: Literal["auto", "low", "high"] | None = None
    """How closely the agent looks at it; left out, the service decides."""


def own_file(name: str, folders: tuple[Path, ...]) -> Path | None:
    """Return the file of this name in the first folder that has it; None if none has."""
    return next((folder / name for folder in folders if (folder / name).exists()), None)


def folders_of(scenario_file: Path, suite_folder: Path) -> tuple[Path, ...]:
    """Return the folders that are searched for a scenario's files."""
    return tuple(dict.fromkeys((scenario_file.parent, suite_folder)))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(read_plain(path)).hexdigest()


def filled(text: str, data: Mapping[str, Any]) -> str | None:
    """Return a text with the facts of a file's data in it; None if a fact has no value there."""
    facts = mapping(data, "facts")
    values = {name: mapping(facts, name).get("value") for name in PLACEHOLDER.findall(text)}
    if not all(isinstance(value, str) for value in values.values()):
        return None
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)


def own_file_faults(data: Mapping[str, Any], folders: tuple[Path, ...], suite: Path) -> Found:
    """Check the files that a scenario or suite names; they are searched for in ``folders``.

    A name with a fact that has no value here is skipped.
    """
    for part in ("turns", "answers"):
        for number, item in items(data, part):
            said, image = mapping(item, "say"), item.get("image")
            at: KeyPath = (part, number)
            if isinstance(said.get("file"), str):
                yield from _recording((*at, "say"), said, data, (folders, suite))
            written = image.get("file") if isinstance(image, dict) else image
            if isinstance(written, str):
                key = (*at, "image", "file") if isinstance(image, dict) else (*at, "image")
                yield from _image(key, written, data, (folders, suite))


_Places = tuple[tuple[Path, ...], Path]


def _recording(
    at: KeyPath, own: Mapping[str, Any], data: Mapping[str, Any], places: _Places
) -> Found:
    for found in _found(str(own["file"]), data, places):
        if isinstance(found, str):
            yield (*at, "file"), found
        else:
            yield from (((*at, key), problem) for key, problem in sound_faults(found, own))


def _image(key: KeyPath, name: str, data: Mapping[str, Any], places: _Places) -> Found:
    for found in _found(name, data, places):
        if isinstance(found, str):
            yield key, found
        elif (size := found.stat().st_size) > MOST_IMAGE_BYTES:
            yield key, f"expected at most {MOST_IMAGE_BYTES:,} bytes, got {size:,}"
        elif problem := picture_problem(found):
            yield key, f"{problem}; got {shown(found.name)}"


def _found(name: str, data: Mapping[str, Any], places: _Places) -> Iterator[Path | str]:
    """Yield the file of this name, or why it cannot be used; no item if that is unknown."""
    folders, suite = places
    meant = filled(name, data)
    if meant is None:
        return
    path = own_file(meant, folders)
    if path is None:
        looked = " or ".join(folder.as_posix() or "." for folder in folders)
        yield f"no such file in {looked}; got {shown(meant)}"
    elif not stays_inside(path, suite):
        yield f"must stay inside the folder of the suite, got {shown(meant)}"
    elif not path.is_file():
        yield f"expected a plain file, got {shown(meant)}"
    else:
        yield path
