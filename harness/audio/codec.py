"""Audio as bytes and text on the wire: base64, and G.711 µ-law and A-law as exact tables.

The tables follow ITU-T G.711 in the reading that telephone software shares (Sun's g711.c, CPython's
``audioop``).
"""

from __future__ import annotations

import binascii

import numpy as np
import pybase64
from numpy.typing import NDArray

from harness.audio.pcm import Int16Array, Pcm, from_float, join, silence

_URL_SAFE = str.maketrans("-_", "+/")
_ULAW_BIAS = 33
_ULAW_PEAK = 8159
_ALAW_PEAK = 4095
_ALAW_TOGGLE = 0x55
_SIGN = 0x80


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding and no line breaks."""
    return pybase64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes; raises ValueError on any character or padding outside standard base64."""
    try:
        return bytes(pybase64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


def decode_any_base64(text: str) -> bytes:
    """Return the bytes of base64 in any variant: URL-safe letters, no padding, line breaks.

    Raises ValueError if it is no base64 in any variant.
    """
    try:
        return decode_base64(text)
    except ValueError:
        bare = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
        return decode_base64(bare + "=" * (-len(bare) % 4))


def encode_pcmu(samples: Int16Array) -> bytes:
    """Return a µ-law byte for each sample."""
    return _ULAW_BYTES[samples.view(np.uint16)].tobytes()


def decode_pcmu(data: bytes) -> Int16Array:
    """Return a sample for each µ-law byte."""
    return _ULAW_SAMPLES[np.frombuffer(data, np.uint8)]


def encode_pcma(samples: Int16Array) -> bytes:
    """Return an A-law byte for each sample."""
    return _ALAW_BYTES[samples.view(np.uint16)].tobytes()


def decode_pcma(data: bytes) -> Int16Array:
    """Return a sample for each A-law byte."""
    return _ALAW_SAMPLES[np.frombuffer(data, np.uint8)]


def _every_sample() -> NDArray[np.int64]:
    """Return all samples in the order of their unsigned bit patterns, to index tables with."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int64)


def _ulaw_bytes() -> NDArray[np.uint8]:
    # µ-law keeps the upper 14 bits of a sample, rounded towards minus infinity.
    value = _every_sample() >> 2
    magnitude = np.minimum(np.abs(value), _ULAW_PEAK) + _ULAW_BIAS
    segment = np.log2(magnitude).astype(np.int64) - 5
    code = np.where(segment < 8, segment << 4 | (magnitude >> (segment + 1)) & 0x0F, 0x7F)
    return (code ^ np.where(value < 0, 0x7F, 0xFF)).astype(np.uint8)


def _ulaw_samples() -> Int16Array:
    code = 0xFF - np.arange(256)
    magnitude: NDArray[np.int64] = (((code & 0x0F) << 3) + (_ULAW_BIAS << 2)) << (code >> 4 & 7)
    magnitude -= _ULAW_BIAS << 2
    return np.where(code & _SIGN, -magnitude, magnitude).astype(np.int16)


def _alaw_bytes() -> NDArray[np.uint8]:
    # A-law keeps the upper 13 bits of a sample, rounded towards minus infinity.
    value = _every_sample() >> 3
    magnitude = np.minimum(np.where(value < 0, -value - 1, value), _ALAW_PEAK)
    segment = np.maximum(np.log2(np.maximum(magnitude, 1)).astype(np.int64) - 4, 0)
    code = segment << 4 | (magnitude >> np.maximum(segment, 1)) & 0x0F
    return (code ^ _ALAW_TOGGLE ^ np.where(value < 0, 0, _SIGN)).astype(np.uint8)


def _alaw_samples() -> Int16Array:
    code = np.arange(256) ^ _ALAW_TOGGLE
    segment = code >> 4 & 7
    step = ((code & 0x0F) << 4) + 8
    magnitude: NDArray[np.int64] = np.where(segment, step + 0x100, step)
    magnitude = magnitude << np.maximum(segment - 1, 0)
    return np.where(code & _SIGN, magnitude, -magnitude).astype(np.int16)


_ULAW_BYTES = _ulaw_bytes()
_ULAW_SAMPLES = _ulaw_samples()
_ALAW_BYTES = _alaw_bytes()
_ALAW_SAMPLES = _alaw_samples()


# Keys of a telephone as tones (DTMF): ITU-T Q.23 for their pitches, Q.24 for their lengths.

_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_ROWS = ("123A", "456B", "789C", "*0#D")

KEYS = frozenset("".join(_ROWS))

_LOW_DBFS, _HIGH_DBFS = -17.0, -15.0
"""RMS of the two tones: the higher tone is 2 dB louder, since lines attenuate it more."""

_EDGE_S = 0.002


def tones(keys: str, rate_hz: int, *, tone_s: float = 0.07, pause_s: float = 0.07) -> Pcm:
    """Return the tones of keys pressed in sequence, from the first tone to the last.

    Raises ValueError for a character that is not in KEYS, and for an empty text.
    """
    if not keys or not KEYS.issuperset(keys):
        raise ValueError(f"expected keys of a telephone (0-9, A-D, *, #), got {keys!r}")
    pause = silence(round(pause_s * rate_hz), rate_hz)
    parts = [part for key in keys for part in (_tone(key, rate_hz, tone_s), pause)]
    return join(*parts[:-1])


def _tone(key: str, rate_hz: int, tone_s: float) -> Pcm:
    (row,) = (number for number, keys in enumerate(_ROWS) if key in keys)
    pitches = (_LOW_HZ[row], _LOW_DBFS), (_HIGH_HZ[_ROWS[row].index(key)], _HIGH_DBFS)
    at_s = np.arange(round(tone_s * rate_hz)) / rate_hz
    edge = np.clip(np.minimum(at_s, at_s[-1] - at_s) / _EDGE_S, 0.0, 1.0)
    waves = (
        10.0 ** (level_dbfs / 20.0) * np.sqrt(2.0) * np.sin(2 * np.pi * pitch_hz * at_s)
        for pitch_hz, level_dbfs in pitches
    )
    return from_float(edge * sum(waves), rate_hz)
