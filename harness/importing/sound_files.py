"""The files of sound of a stored call: looked at by their heads, and read as tracks of 24 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from harness.audio import media_file, wav
from harness.audio.pcm import Pcm
from harness.errors import FaultyFiles, RecordingDamaged, UsageError
from harness.units import RATE_HZ

LONGEST_S = 3600.0
"""Longer sound is refused: a call is judged in memory."""

_LEAST_HZ = 8_000
"""A telephone's. What has fewer samples a second holds no consonants, and is often a wrong head."""


def shape_of(path: Path) -> wav.Shape:
    """Return what the head of a file says; raises FaultyFiles for what is no call."""
    try:
        found: wav.Shape = _reader(path).shape(path, most_s=LONGEST_S)
    except UsageError as error:  # PyAV is missing
        raise FaultyFiles.at(path, str(error)) from error
    except RecordingDamaged as error:
        raise FaultyFiles.at(path, _no_sound(error)) from error
    if found.length_s > LONGEST_S:
        problem = (
            f"lasts {found.length_s / 60:.0f} minutes; at most {LONGEST_S / 60:.0f} are judged as "
            "one call, which is held in memory: cut it where one call ends and the next begins"
        )
        raise FaultyFiles.at(path, problem)
    if not found.length_s:
        raise FaultyFiles.at(
            path, "it holds no sound (0 samples): its recording was never finished"
        )
    if found.rate_hz < _LEAST_HZ:
        problem = f"{found.rate_hz} samples a second are too few for speech; at least {_LEAST_HZ}"
        raise FaultyFiles.at(path, problem)
    return found


def tracks_of(path: Path) -> Iterator[Pcm]:
    """Yield the channels of a file; raises FaultyFiles where it cannot be read to its end."""
    try:
        found = _reader(path).read_channels(path, most_s=LONGEST_S, rate_hz=RATE_HZ)
    except RecordingDamaged as error:
        raise FaultyFiles.at(path, _no_sound(error)) from error
    yield from found


def _reader(path: Path) -> ModuleType:
    """Return the module that reads files with this suffix."""
    return media_file if path.suffix.lower() in media_file.SUFFIXES else wav


def _no_sound(error: RecordingDamaged) -> str:
    known = "WAV, FLAC, OGG, Opus, MP3, WebM and M4A are read"
    return f"cannot be read as sound: {error.detail} ({known})"
