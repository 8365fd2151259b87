"""Reads and writes audio files, whole or while they grow; the only user of soundfile."""

from __future__ import annotations

import io
import mmap
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile

from harness.audio.pcm import Int16Array, Pcm, from_float
from harness.audio.resample import WholeResampler
from harness.errors import RecordingDamaged, StorageFailed
from harness.files import open_plain, write_whole

# A WAV that can be read while it grows: it stores the tracks of a call.

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


class WavWriter:
    """A mono PCM16 WAV that grows while a call runs.

    The sizes in the header are updated by ``flush`` and after every second of audio, data first:
    after a crash the file reads as everything up to that point. Every method raises StorageFailed
    if the disk refuses. Not safe for several threads.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        self.path, self.rate_hz = path, rate_hz
        self._count = 0
        self._flushed = 0
        try:
            # pieces are large, so buffering would gain nothing
            self._file = path.open("wb", buffering=0)
            self._file.write(wav_header(rate_hz, 0))
        except OSError as error:
            raise _refused(path, error) from error

    def __len__(self) -> int:
        return self._count

    def append(self, samples: Int16Array) -> None:
        """Add samples at the end; after ``close`` raises ValueError."""
        if samples.any():
            self._write(samples.astype("<i2", order="C", copy=False).data.cast("B"))
        elif len(samples):
            self._leave_out(2 * len(samples))
        self._count += len(samples)
        if self._count - self._flushed >= self.rate_hz:
            self.flush()

    def flush(self) -> None:
        """Make everything appended so far readable by others."""
        if self._flushed == self._count:
            return
        header = wav_header(self.rate_hz, 2 * self._count)
        try:
            if sys.platform == "win32":
                self._file.seek(0)
                self._file.write(header)
                self._file.seek(0, os.SEEK_END)
            else:
                os.pwrite(self._file.fileno(), header, 0)
        except OSError as error:
            raise _refused(self.path, error) from error
        self._flushed = self._count

    def _write(self, data: memoryview) -> None:
        try:
            while data:  # a disk that fills up may take a part
                data = data[self._file.write(data) :]
        except OSError as error:
            raise _refused(self.path, error) from error

    def _leave_out(self, silence: int) -> None:
        """Continue with silence that takes no disk space, if the system has sparse files."""
        try:
            self._file.truncate(self._file.seek(silence, os.SEEK_END))
        except OSError as error:
            raise _refused(self.path, error) from error

    def close(self) -> None:
        """Flush and close; has no effect if already closed."""
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
            raise _refused(self.path, error) from error

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def wav_header(rate_hz: int, data_bytes: int) -> bytes:
    """Return the canonical 44 bytes of a mono PCM16 WAV (RIFF, fmt, data)."""
    return _HEADER.pack(
        b"RIFF", _HEADER.size - 8 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16,
        b"data", data_bytes,
    )  # fmt: skip


def _refused(path: Path, error: OSError) -> StorageFailed:
    reason = error.strerror or str(error)
    return StorageFailed(path, reason if path.exists() else "no such file")


# Whether a file contains MP3 frames at all: the decoder reports it only in its own format.
#
# A frame begins with 11 set bits and contains its length (ISO/IEC 11172-3, 2.4.1.3, and 13818-3 for
# the lower rates), so that two frames in a row are hardly chance.

_LOOK_BYTES = 65_536
"""Range after a tag of titles and pictures (ID3) that is searched for the first frame."""

_KBPS = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
"""Of layer III: at the lower rates, and at 32 kHz and above."""

_RATES_HZ = (44_100, 48_000, 32_000)
_OTHERS = (b"RIFF", b"fLaC", b"OggS", b"FORM")


def is_without_frames(path: Path) -> bool:
    """Whether a file with an MP3 name or start contains no frames; raises OSError."""
    with open_plain(path) as file:
        head = file.read(10)
        if not head:
            return False  # empty files are reported separately
        tagged = head.startswith(b"ID3") and len(head) == 10
        if not tagged and (path.suffix.lower() != ".mp3" or head.startswith(_OTHERS)):
            return False
        file.seek(10 + _synchsafe(head[6:]) if tagged else 0)
        sound = file.read(_LOOK_BYTES)
    return not any(_two_frames(sound, at) for at in _signs(sound))


def _synchsafe(four: bytes) -> int:
    """Return a number whose bytes contain seven bits each."""
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
    """Return the length of a frame; None if it is not layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return None
    high = version == 3
    rate_hz = _RATES_HZ[rate] >> (0 if high else 1 if version == 2 else 2)
    return (144_000 if high else 72_000) * _KBPS[high][bits] // rate_hz + ((head[2] >> 1) & 1)


_OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
_BLOCK = 1 << 20
_PIECE = 1 << 17
_PAGE = 2048
"""Samples of a page of memory (4 kB)."""
_OPEN = 1 << 62
"""Smallest frame count that libsndfile reports for a file whose header lacks it."""
_UNKNOWN_KIND = 1
"""SF_ERR_UNRECOGNISED_FORMAT of libsndfile."""
_WHOLE = 0.98
"""A file with less than this share of the length in its header is cut off; MP3 headers guess."""
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
    """Return all samples of a long PCM16 file, in which silence takes no memory.

    A call is silent for most of the time. Memory from the system is zero, and is allocated only
    once it is written to: pages of zeros are not written.
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
    """Return the shape in the header of a file.

    No audio is read, unless the header leaves its length open (streamed FLAC): then as far as a
    little over ``most_s``. Raises RecordingDamaged for a file that is missing or no audio.
    """
    with _opened(path) as file:
        frames = file.frames if file.frames < _OPEN else sum(map(len, _blocks(path, file, most_s)))
        return Shape(int(file.channels), int(file.samplerate), frames / file.samplerate)


def read_channels(path: Path, *, most_s: float, rate_hz: int | None = None) -> tuple[Pcm, ...]:
    """Return every channel of a file of any format that libsndfile reads, at ``rate_hz`` if given.

    No more is read than a little over ``most_s`` seconds. Raises RecordingDamaged for a file that
    is missing, unreadable or cut off, or contains NaN or infinite samples.
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
    """Yield the frames of a file piece by piece: all of it as floats needs four times more."""
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
    """Return two tracks as a stereo WAV file, the shorter continued with silence.

    Raises ValueError on differing rates.
    """
    return _encoded(_side_by_side(left, right), left.rate_hz, "WAV")


def write_stereo(path: Path, left: Pcm, right: Pcm) -> None:
    """Write two tracks as a stereo file, FLAC or WAV by the path's suffix; raises StorageFailed.

    The shorter track is continued with silence. Raises ValueError on differing rates or on another
    suffix.
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
        # libsndfile allocates the room for its input on the stack.
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
    """Return the reason, without the path; libsndfile's own messages are about its internals."""
    if not path.exists():
        return "no such file"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if not path.stat().st_size:
        return "the file is empty"
    if getattr(error, "code", None) == _UNKNOWN_KIND:
        return "it is no sound file of a kind that is known here (WAV, FLAC, OGG, MP3)"
    return "it is damaged, or cut off"
