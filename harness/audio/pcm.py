"""Mono PCM16 audio in memory: a value with a rate, and arithmetic that never wraps around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32_768
SILENCE_DBFS = -120.0
"""Level reported for digital silence: finite, so that it can be compared and stored."""

Int16Array = NDArray[np.int16]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """A mono track: ``samples`` is a read-only int16 array of shape (n,) at ``rate_hz``."""

    samples: Int16Array
    rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise ValueError(
                f"expected int16 of shape (n,), got {self.samples.dtype} {self.samples.shape}"
            )
        if self.rate_hz <= 0:
            raise ValueError(f"rate must be positive, got {self.rate_hz}")
        self.samples.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pcm):
            return NotImplemented
        return self.rate_hz == other.rate_hz and np.array_equal(self.samples, other.samples)

    __hash__ = None  # type: ignore[assignment]  # holds an array

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def cut(self, start: int, stop: int | None = None) -> Pcm:
        """Return samples ``start`` to ``stop`` (Python slice rules)."""
        return Pcm(self.samples[start:stop].copy(), self.rate_hz)

    def padded_to(self, count: int) -> Pcm:
        """Return at least ``count`` samples, with silence appended if needed."""
        missing = count - len(self.samples)
        if missing <= 0:
            return self
        return Pcm(np.concatenate([self.samples, np.zeros(missing, np.int16)]), self.rate_hz)

    def gained(self, gain_db: float) -> Pcm:
        """Return the track amplified by ``gain_db``, saturating at full scale."""
        return from_float(self.as_float() * 10.0 ** (gain_db / 20.0), self.rate_hz)

    def as_float(self) -> FloatArray:
        """Return float64 samples in [-1, 1)."""
        return self.samples.astype(np.float64) / FULL_SCALE

    def level_dbfs(self) -> float:
        """Return the RMS level relative to full scale, ``SILENCE_DBFS`` for digital silence."""
        if not len(self.samples):
            return SILENCE_DBFS
        power = float(np.mean(np.square(self.as_float())))
        return max(SILENCE_DBFS, 10.0 * float(np.log10(power))) if power > 0 else SILENCE_DBFS

    def to_bytes(self) -> bytes:
        """Return little-endian PCM16, as on the wire."""
        return self.samples.astype("<i2").tobytes()


def from_bytes(data: bytes, rate_hz: int) -> Pcm:
    """Read little-endian PCM16; raises ValueError on an odd number of bytes."""
    return Pcm(np.frombuffer(data, "<i2").astype(np.int16), rate_hz)


def from_float(samples: FloatArray, rate_hz: int) -> Pcm:
    """Return float samples in [-1, 1) as PCM16, rounded to nearest and saturated, never wrapped."""
    scaled = np.rint(samples * FULL_SCALE)
    return Pcm(np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16), rate_hz)


def silence(count: int, rate_hz: int) -> Pcm:
    """Return ``count`` samples of digital silence."""
    return Pcm(np.zeros(count, np.int16), rate_hz)


def join(*parts: Pcm) -> Pcm:
    """Return the parts in sequence; raises ValueError on none or on differing rates."""
    rates = {part.rate_hz for part in parts}
    if len(rates) != 1:
        raise ValueError(f"expected parts of one rate, got {sorted(rates)}")
    return Pcm(np.concatenate([part.samples for part in parts]), rates.pop())
