"""Audio files, read and written whole: the only door to soundfile."""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from harness.audio.growing_wav import wav_header
from harness.audio.mp3 import is_without_frames
from harness.audio.pcm import Int16Array, Pcm, from_float
from harness.audio.resample import WholeResampler
from harness.errors import RecordingDamaged
from harness.storage import open_plain, write_whole

_OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
_BLOCK = 1 << 20
_PIECE = 1 << 17
_PAGE = 2048
"""Samples of a page of memory (4 kB)."""
_OPEN = 1 << 62
"""How many frames libsndfile tells at least of a file whose head does not say it."""
_UNKNOWN_KIND = 1
"""SF_ERR_UNRECOGNISED_FORMAT of libsndfile."""
_WHOLE = 0.98
"""A file that holds less of what its head says is cut off; the head of an MP3 guesses."""
_QUICK = 0.375
"""libFLAC's effort 3 of 8: a third less time than its 5, for files that are 4 % larger."""
_OPUS_SMALL = 0.95
"""libsndfile's compression, 0 (most bits) to 1 (6 kbit/s per channel)."""


def read(path: Path) -> Pcm:
    """Return a mono file of any format that libsndfile reads, as PCM16 at the file's own rate.

    Raises RecordingDamaged for a file that is missing, unreadable or not mono.
    """
    with _opened(path) as file:
        if file.channels != 1:
            raise RecordingDamaged(path, f"expected one channel, found {file.channels}")
        rate_hz = int(file.samplerate)
        if file.subtype == "PCM_16":
            is_long = _BLOCK < file.frames < _OPEN
            return Pcm(_long(file) if is_long else file.read(dtype="int16"), rate_hz)
        return from_float(file.read(dtype="float64"), rate_hz)


def _long(file: soundfile.SoundFile) -> Int16Array:
    """Return all samples of a long PCM16 file, of which silence takes no memory.

    In a call nobody speaks for most of the time. Memory that the system hands out is zero, and is
    there only once it is written to: pages that would hold zeros are left alone.
    """
    private = {"flags": mmap.MAP_PRIVATE} if hasattr(mmap, "MAP_PRIVATE") else {}
    samples = np.frombuffer(mmap.mmap(-1, 2 * file.frames, **private), np.int16)
    block, found = np.empty(_PIECE, np.int16), 0
    while len(read := file.read(_PIECE, dtype="int16", out=block)):
        whole = len(read) // _PAGE * _PAGE
        pages = read[:whole].reshape(-1, _PAGE)
        sounding = pages.view(np.int64).any(axis=1)
        samples[found : found + whole].reshape(-1, _PAGE)[sounding] = pages[sounding]
        samples[found + whole : found + len(read)] = read[whole:]
        found += len(read)
    return samples[:found]


@dataclass(frozen=True, slots=True)
class Shape:
    """How many channels a file has, how many samples a second, and how long it lasts."""

    channels: int
    rate_hz: int
    length_s: float


def shape(path: Path, *, most_s: float) -> Shape:
    """Return what the head of a file says.

    No sound is read, unless the head leaves its length open (streamed FLAC): then as far as a
    little over ``most_s``. Raises RecordingDamaged for a file that is missing or no sound.
    """
    with _opened(path) as file:
        frames = file.frames if file.frames < _OPEN else sum(map(len, _blocks(path, file, most_s)))
        return Shape(int(file.channels), int(file.samplerate), frames / file.samplerate)


def read_channels(path: Path, *, most_s: float, rate_hz: int | None = None) -> tuple[Pcm, ...]:
    """Return every channel of a file of any format that libsndfile reads, at ``rate_hz`` if given.

    No more is read than a little over ``most_s`` seconds. Raises RecordingDamaged for a file that
    is missing, unreadable or cut off, or holds floats that are no numbers.
    """
    with _opened(path) as file:
        own_hz = int(file.samplerate)
        told_s = min(file.frames / own_hz, most_s) if file.frames < _OPEN else 0.0
        sides = [WholeResampler(own_hz, rate_hz or own_hz) for _ in range(file.channels)]
        found = 0
        for block in _blocks(path, file, most_s):
            for side, samples in zip(sides, block.T, strict=True):
                side.feed(samples)
            found += len(block)
    if found / own_hz < _WHOLE * told_s:
        problem = f"it is cut off: {found / own_hz:.1f} s of {told_s:.1f} s are there"
        raise RecordingDamaged(path, problem)
    return tuple(side.track() for side in sides)


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    try:
        open_plain(path).close()  # libsndfile would wait for a pipe
        if is_without_frames(path):
            raise RecordingDamaged(path, "it is no MP3 file, or damaged: no sound is in it")
        with soundfile.SoundFile(path) as file:
            yield file
    except (soundfile.SoundFileError, OSError) as error:
        raise RecordingDamaged(path, _reason(path, error)) from error


def _blocks(path: Path, file: soundfile.SoundFile, most_s: float) -> Iterator[Int16Array]:
    """Yield the frames of a file piece by piece: as floats all of it would need four times more."""
    kind = "int16" if file.subtype == "PCM_16" else "float32"
    left = round(most_s * file.samplerate) + _BLOCK
    while left > 0 and len(block := file.read(_BLOCK, dtype=kind, always_2d=True)):
        left -= len(block)
        if kind == "float32":
            if not np.isfinite(block).all():
                raise RecordingDamaged(path, "it holds samples that are no numbers (NaN)")
            sides = [from_float(one.astype(np.float64), file.samplerate) for one in block.T]
            block = np.stack([one.samples for one in sides], axis=1)
        yield block


def write(path: Path, track: Pcm) -> None:
    """Write a PCM16 WAV that appears whole or not at all; raises StorageFailed."""
    header = wav_header(track.rate_hz, 2 * len(track))
    write_whole(path, header + track.to_bytes())


def write_flac(path: Path, track: Pcm) -> None:
    """Write lossless FLAC that appears whole or not at all; raises StorageFailed."""
    write_whole(path, flac_bytes(track))


def flac_bytes(track: Pcm) -> bytes:
    """Return a track as a lossless FLAC file."""
    return _encoded(track.samples, track.rate_hz, "FLAC")


def stereo_bytes(left: Pcm, right: Pcm) -> bytes:
    """Return two tracks as one stereo WAV file, the shorter continued with silence.

    Raises ValueError on differing rates.
    """
    return _encoded(_side_by_side(left, right), left.rate_hz, "WAV")


def write_stereo(path: Path, left: Pcm, right: Pcm) -> None:
    """Write two tracks as one stereo file, FLAC or WAV by the path's suffix; raises StorageFailed.

    The shorter track is continued with silence. Raises ValueError on differing rates or on
    another suffix.
    """
    kinds = {".flac": "FLAC", ".wav": "WAV"}
    if path.suffix.lower() not in kinds:
        raise ValueError(f"expected .flac or .wav, got {path.suffix!r}")
    frames, buffer = _side_by_side(left, right), io.BytesIO()
    kind = kinds[path.suffix.lower()]
    effort = _QUICK if kind == "FLAC" else None
    with soundfile.SoundFile(
        buffer, "w", left.rate_hz, 2, "PCM_16", format=kind, compression_level=effort
    ) as file:
        file.write(frames)
    write_whole(path, buffer.getvalue())


def opus_stereo(left: Pcm, right: Pcm) -> bytes:
    """Return two tracks as Ogg Opus of about 38 kbit/s, the shorter continued with silence.

    Speech stays clear at a twentieth of its size. Raises ValueError on differing rates and on a
    rate that Opus does not know (8, 12, 16, 24 and 48 kHz).
    """
    if left.rate_hz not in _OPUS_RATES_HZ:
        raise ValueError(f"expected one of {_OPUS_RATES_HZ} Hz, got {left.rate_hz}")
    frames = _side_by_side(left, right)
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", left.rate_hz, 2, "OPUS", format="OGG", compression_level=_OPUS_SMALL
    ) as file:
        # libsndfile takes the room for what it is given at once from the stack.
        for start in range(0, len(frames), left.rate_hz):
            file.write(frames[start : start + left.rate_hz])
    return buffer.getvalue()


def _side_by_side(left: Pcm, right: Pcm) -> Int16Array:
    if left.rate_hz != right.rate_hz:
        raise ValueError(f"expected one rate, got {left.rate_hz} and {right.rate_hz}")
    frames = np.zeros((max(len(left), len(right)), 2), np.int16)
    frames[: len(left), 0], frames[: len(right), 1] = left.samples, right.samples
    return frames


def _encoded(samples: Int16Array, rate_hz: int, kind: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, subtype="PCM_16", format=kind)
    return buffer.getvalue()


def _reason(path: Path, error: Exception) -> str:
    """Return why, without the path, in our words: libsndfile's are of its own inside."""
    if not path.exists():
        return "no such file"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if not path.stat().st_size:
        return "the file is empty"
    if getattr(error, "code", None) == _UNKNOWN_KIND:
        return "it is no sound file of a kind that is known here (WAV, FLAC, OGG, MP3)"
    return "it is damaged, or cut off"
