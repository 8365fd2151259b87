"""Converts samples to and from the bytes of an audio format, and detects bytes of another format.

The detector measures roughness: half the energy of a signal's first difference over its own (1
minus the correlation of neighbours, 1 for white noise), as the median over the frames with sound,
each without its mean. Speech is smooth, misread bytes are not: measured on synthesized speech in
four voices it is 0.02 to 0.34 at 48 to 8 kHz, up to 0.55 under white noise as loud as the speech,
and 0.4 to 1 if µ-law, A-law and PCM16 are mistaken for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from harness.audio.codec import decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from harness.audio.pcm import FULL_SCALE, Int16Array
from harness.protocol.items import AudioFormat

NOISE = 1.0
"""The roughness of white noise, and the value for audio without audible frames."""

_FRAME = 240
_SOUNDING = 1e-3
"""Power relative to the loudest frame: frames 30 dB below it are pauses."""
_LEAST_POWER = (FULL_SCALE * 10 ** (-50 / 20)) ** 2

_READ = {AudioFormat.PCMU: decode_pcmu, AudioFormat.PCMA: decode_pcma}
_WRITE = {AudioFormat.PCMU: encode_pcmu, AudioFormat.PCMA: encode_pcma}

_ROUGH = 0.35
"""Speech in its own format is smoother, unless it is drowned in noise."""
_SMOOTH = 0.4
_SMOOTHER = 1.6
"""How many times smoother another reading must be.

In its own format speech never came over 1.56, with white noise from 20 dB under to 10 dB over it
and 35 dB of gain taken away; misread as another format of G.711 and PCM16 it was over 2 in nine of
ten clips.
"""


def roughness(samples: Int16Array) -> float:
    """Return the roughness of the frames with sound; ``NOISE`` if there are none."""
    whole = len(samples) // _FRAME * _FRAME
    frames = samples[:whole].reshape(-1, _FRAME).astype(np.float32)
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.einsum("ij,ij->i", frames, frames)
    loudest = float(energy.max(initial=0.0))
    if loudest < _LEAST_POWER * _FRAME:
        return NOISE
    steps = np.diff(frames[energy >= _SOUNDING * loudest], axis=1)
    moved = np.einsum("ij,ij->i", steps, steps)
    return float(np.median(moved / (2 * energy[energy >= _SOUNDING * loudest])))


def samples_of(data: bytes, kind: AudioFormat) -> Int16Array:
    """Return the samples in bytes, at the format's own rate; raises ValueError on half a sample."""
    read = _READ.get(kind)
    return np.frombuffer(data, "<i2").astype(np.int16) if read is None else read(data)


def bytes_of(samples: Int16Array, kind: AudioFormat) -> bytes:
    """Return the bytes of samples that have the format's rate."""
    write = _WRITE.get(kind)
    return samples.astype("<i2").tobytes() if write is None else write(samples)


def mistaken_for(data: bytes, kind: AudioFormat) -> str | None:
    """Return the codec that the bytes probably have if not ``kind``; None if ``kind`` fits.

    The result is text: "µ-law". It is None for bytes that are noise in every reading: they may be
    real noise.
    """
    own = roughness(_READINGS[kind.codec](data))
    if own < _ROUGH:  # true for nearly all speech, so other readings are skipped
        return None
    others = {name: roughness(read(data)) for name, read in _READINGS.items() if name != kind.codec}
    best = min(others, key=others.__getitem__)
    return best if others[best] <= min(_SMOOTH, own / _SMOOTHER) else None


def _words(data: bytes, order: str, skipped: int) -> Int16Array:
    whole = (len(data) - skipped) // 2
    return np.frombuffer(data, f"{order}i2", max(0, whole), min(skipped, len(data))).astype(
        np.int16
    )


_READINGS: Mapping[str, Callable[[bytes], Int16Array]] = {
    "PCM16": lambda data: _words(data, "<", 0),
    "PCM16 with a byte too many": lambda data: _words(data, "<", 1),
    "PCM16 with its bytes swapped": lambda data: _words(data, ">", 0),
    "µ-law": decode_pcmu,
    "A-law": decode_pcma,
}
