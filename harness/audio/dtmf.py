"""Keys of a telephone as tones (DTMF): ITU-T Q.23 for their pitches, Q.24 for their lengths."""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import Pcm, from_float, join, silence

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
