"""The agent's audio: tones, voices, and voices with faults.

A voice is a buzz of about 140 Hz with 40 harmonics and some breath, in syllables of 0.2 s, each of
another pitch and loudness. All is the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 24_000
_SYLLABLE_S = 0.2
Samples = NDArray[np.int16]


def _tone(count: int) -> Samples:
    return np.tile(np.array([8000, -8000], np.int16), count // 2 + 1)[:count]


def _voice(count: int, level: float = 8000.0) -> Samples:
    times = np.arange(count) / RATE_HZ
    syllable = (times / _SYLLABLE_S).astype(int)
    pitch_hz = 140 + 12 * np.sin(1.7 * syllable)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    buzz = sum(np.sin(k * phase) / k for k in range(1, 41))
    breath = 0.02 * np.random.default_rng(3).normal(size=count)
    swell = 0.2 + 0.8 * np.sin(np.pi * times / _SYLLABLE_S) ** 2
    return _rounded(level * (0.75 + 0.25 * np.sin(2.3 * syllable)) * swell * (buzz + breath))


def _noise(count: int, level: float = 3000.0) -> Samples:
    return _rounded(np.random.default_rng(7).normal(0, level, count))


def _hissing(count: int) -> Samples:
    """Return a voice with a sibilant of 0.3 s in each second."""
    sound, times = _voice(count), np.arange(count) / RATE_HZ
    sibilant = times % 1.0 < 0.3
    sound[sibilant] = _noise(count)[sibilant]
    return sound


def _telephone_noise(count: int) -> Samples:
    """Return noise up to 3.4 kHz, as a telephone line lets it through."""
    spectrum = np.fft.rfft(_noise(count).astype(float))
    spectrum[np.fft.rfftfreq(count, 1 / RATE_HZ) > 3400] = 0
    return _rounded(2.0 * np.fft.irfft(spectrum, count))


def _clipped(count: int) -> Samples:
    """Return a voice with a gain of 20 dB too much."""
    return _rounded(10.0 * _voice(count))


def _peaking(count: int) -> Samples:
    """Return a voice in which a sample every 100 ms touches full scale."""
    sound = _voice(count)
    sound[:: RATE_HZ // 10] = 32_767
    return sound


def _one_byte_off(count: int) -> Samples:
    whole = _voice(count + 1).astype("<i2").tobytes()
    return np.frombuffer(whole[1 : 2 * count + 1], "<i2").astype(np.int16)


def _overflowing(count: int) -> Samples:
    """Return a voice whose samples lost their six highest bits."""
    return (_voice(count).astype(np.int16) << 6).astype(np.int16)


def _cut(count: int) -> Samples:
    """Return a voice with 20 ms of silence in each 120 ms."""
    sound, times = _voice(count), np.arange(count) / RATE_HZ
    sound[times % 0.12 >= 0.1] = 0
    return sound


def _cut_long(count: int) -> Samples:
    """Return a voice with 260 ms of silence in each 700 ms, as 13 packets in a row are lost."""
    sound, times = _voice(count), np.arange(count) / RATE_HZ
    sound[times % 0.7 >= 0.44] = 0
    return sound


def _pausing(count: int) -> Samples:
    """Return a voice that fades within 2 ms before and after pauses of 260 ms."""
    times = np.arange(count) / RATE_HZ % 0.7
    return _rounded(_voice(count) * np.clip(np.minimum(times, 0.44 - times) / 0.002, 0, 1))


def _cut_odd(count: int) -> Samples:
    """Return a voice with 23 ms of silence eight times a second: no packet lasts so long."""
    sound = _voice(count)
    for at in range(RATE_HZ // 8, count, RATE_HZ // 8):
        sound[at : at + round(0.023 * RATE_HZ)] = 0
    return sound


def _cut_anyhow(count: int) -> Samples:
    """Return a voice with silences that are each longer than the last."""
    sound = _voice(count)
    for number, start in enumerate(range(RATE_HZ // 8, count, RATE_HZ // 8)):
        sound[start : start + 240 + 40 * number] = 0
    return sound


def _channels(left: Samples, right: Samples) -> Samples:
    return np.stack([left, right], axis=1).reshape(-1)


def _music(count: int) -> Samples:
    """Return chords with a drum on each half second."""
    times = np.arange(count) / RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * times) for hz in (262.0, 330.0, 392.0, 523.0, 1046.0))
    drum = np.random.default_rng(5).normal(size=count) * np.exp(-(times % 0.5) / 0.05)
    return _rounded(1500.0 * chord + 3000.0 * drum)


def _laughter(count: int) -> Samples:
    """Return voiced bursts with a breath after each."""
    sound, times = _voice(count), np.arange(count) / RATE_HZ
    breath = times % 0.25 >= 0.12
    sound[breath] = _noise(count, 1200.0)[breath]
    return sound


def _rounded(sound: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16)


SOUNDS: dict[str, Callable[[int], Samples]] = {
    "silence": lambda count: np.zeros(count, np.int16),
    "tone": _tone,
    "voice": _voice,
    "quiet": lambda count: _voice(count, 300.0),
    "noise": _noise,
    "faint-noise": lambda count: _noise(count, 150.0),
    "telephone-noise": _telephone_noise,
    "hissing": _hissing,
    "clipped": _clipped,
    "peaking": _peaking,
    "swapped": lambda count: _voice(count).byteswap(),
    "one-byte-off": _one_byte_off,
    "overflowing": _overflowing,
    "cut": _cut,
    "cut-anyhow": _cut_anyhow,
    "cut-long": _cut_long,
    "cut-odd": _cut_odd,
    "pausing": _pausing,
    "music": _music,
    "laughter": _laughter,
    "left": lambda count: _channels(_voice(count // 2 + 1), _voice(count // 2 + 1) * 0)[:count],
    "two-voices": lambda count: _channels(
        _voice(count // 2 + 1), _voice(count)[: count // 2 + 1][::-1]
    )[:count],
    "louder-left": lambda count: _channels(_voice(count // 2 + 1), _voice(count // 2 + 1, 6000.0))[
        :count
    ],
    "stereo": lambda count: np.repeat(_voice(count // 2 + 1), 2)[:count],
    "stereo-off-by-one": lambda count: np.repeat(_voice(count // 2 + 1), 2)[1 : count + 1],
}
