"""A WAV that can be read while it grows: how the tracks of a call come to the disk."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from types import TracebackType

from harness.audio.pcm import Int16Array
from harness.errors import StorageFailed

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


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
            self._file = path.open("wb", buffering=0)  # pieces are large: nothing is gained by it
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
        """Go on with bytes of silence that need no room on the disk, where the system can do so."""
        try:
            self._file.truncate(self._file.seek(silence, os.SEEK_END))
        except OSError as error:
            raise _refused(self.path, error) from error

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
