"""Audio files: the only door to soundfile, and a WAV that can be read while it grows."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import soundfile

from harness.audio.pcm import Int16Array, Pcm, from_float
from harness.errors import RecordingDamaged, StorageFailed
from harness.storage import write_whole

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RIFF_SIZE_AT = 4
_DATA_SIZE_AT = 40
_OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
_OPUS_SMALL = 0.95
"""libsndfile's compression, 0 (most bits) to 1 (6 kbit/s per channel)."""


def read(path: Path) -> Pcm:
    """Return a mono file of any format that libsndfile reads, as PCM16 at the file's own rate.

    Raises RecordingDamaged for a file that is missing, unreadable or not mono.
    """
    try:
        with soundfile.SoundFile(path) as file:
            if file.channels != 1:
                raise RecordingDamaged(path, f"expected one channel, found {file.channels}")
            rate_hz = int(file.samplerate)
            if file.subtype == "PCM_16":
                return Pcm(file.read(dtype="int16"), rate_hz)
            return from_float(file.read(dtype="float64"), rate_hz)
    except (soundfile.SoundFileError, OSError) as error:
        raise RecordingDamaged(path, _reason(path, error)) from error


def shape(path: Path) -> tuple[int, float]:
    """Return how many channels a file has, and how many seconds it lasts; no sound is read.

    Raises RecordingDamaged for a file that is missing or no sound.
    """
    try:
        with soundfile.SoundFile(path) as file:
            return int(file.channels), file.frames / file.samplerate
    except (soundfile.SoundFileError, OSError) as error:
        raise RecordingDamaged(path, _reason(path, error)) from error


def read_channels(path: Path) -> tuple[Pcm, ...]:
    """Return every channel of a file of any format that libsndfile reads; raises as ``read``."""
    try:
        with soundfile.SoundFile(path) as file:
            rate_hz = int(file.samplerate)
            if file.subtype == "PCM_16":
                frames = file.read(dtype="int16", always_2d=True)
                return tuple(Pcm(np.ascontiguousarray(one), rate_hz) for one in frames.T)
            frames = file.read(dtype="float32", always_2d=True)
            return tuple(from_float(one.astype(np.float64), rate_hz) for one in frames.T)
    except (soundfile.SoundFileError, OSError) as error:
        raise RecordingDamaged(path, _reason(path, error)) from error


def write(path: Path, track: Pcm) -> None:
    """Write a PCM16 WAV that appears whole or not at all; raises StorageFailed."""
    header = _header(track.rate_hz, 2 * len(track))
    write_whole(path, header + track.to_bytes())


def write_flac(path: Path, track: Pcm) -> None:
    """Write lossless FLAC that appears whole or not at all; raises StorageFailed."""
    write_whole(path, _encoded(track.samples, track.rate_hz, "FLAC"))


def write_stereo(path: Path, left: Pcm, right: Pcm) -> None:
    """Write two tracks as one stereo file, FLAC or WAV by the path's suffix; raises StorageFailed.

    The shorter track is continued with silence. Raises ValueError on differing rates or on
    another suffix.
    """
    kinds = {".flac": "FLAC", ".wav": "WAV"}
    if path.suffix.lower() not in kinds:
        raise ValueError(f"expected .flac or .wav, got {path.suffix!r}")
    frames = _side_by_side(left, right)
    write_whole(path, _encoded(frames, left.rate_hz, kinds[path.suffix.lower()]))


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
    count = max(len(left), len(right))
    return np.stack([left.padded_to(count).samples, right.padded_to(count).samples], axis=1)


class WavWriter:
    """A mono PCM16 WAV that grows while a call runs.

    The sizes in the header are brought up to date by ``flush`` and after every second of audio,
    data first: after a crash the file reads as everything up to that point. Every method raises
    StorageFailed when the disk refuses. Not safe for several threads.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        self.path, self.rate_hz = path, rate_hz
        self._count = 0
        self._flushed = 0
        try:
            self._file: BinaryIO = path.open("wb")
            self._file.write(_header(rate_hz, 0))
            self._file.flush()
        except OSError as error:
            raise StorageFailed(path, _reason(path, error)) from error

    def __len__(self) -> int:
        return self._count

    def append(self, samples: Int16Array) -> None:
        """Add samples at the end; after ``close`` raises ValueError."""
        data = samples.astype("<i2").tobytes()
        try:
            self._file.write(data)
        except OSError as error:
            raise StorageFailed(self.path, _reason(self.path, error)) from error
        self._count += len(samples)
        if self._count - self._flushed >= self.rate_hz:
            self.flush()

    def flush(self) -> None:
        """Make everything appended so far readable by others."""
        try:
            self._file.flush()
            self._put_size(_RIFF_SIZE_AT, _HEADER.size - 8 + 2 * self._count)
            self._put_size(_DATA_SIZE_AT, 2 * self._count)
            self._file.seek(0, os.SEEK_END)
            self._file.flush()
        except OSError as error:
            raise StorageFailed(self.path, _reason(self.path, error)) from error
        self._flushed = self._count

    def close(self) -> None:
        """Flush and close; a second time does nothing."""
        if self._file.closed:
            return
        try:
            self.flush()
        finally:
            self._release()

    def _release(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise StorageFailed(self.path, _reason(self.path, error)) from error

    def _put_size(self, at: int, value: int) -> None:
        self._file.seek(at)
        self._file.write(struct.pack("<I", value))

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _header(rate_hz: int, data_bytes: int) -> bytes:
    """Return the canonical 44 bytes of a mono PCM16 WAV (RIFF, fmt, data)."""
    return _HEADER.pack(
        b"RIFF", _HEADER.size - 8 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16,
        b"data", data_bytes,
    )  # fmt: skip


def _encoded(samples: Int16Array, rate_hz: int, kind: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, subtype="PCM_16", format=kind)
    return buffer.getvalue()


def _reason(path: Path, error: Exception) -> str:
    """Return why, without the path: libsndfile hides a missing file behind 'System error'."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if not path.exists():
        return "no such file"
    text = str(getattr(error, "error_string", error))
    return text.rstrip(".")
