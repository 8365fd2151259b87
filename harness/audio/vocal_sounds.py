"""What people do with their mouths beside speaking: coughs, laughs, sighs, made from numbers.

Every maker takes (rate_hz, generator) and returns float samples of any level: air through a throat,
that is noise, and the voice, that is a pulse train, both shaped by the resonances of an open mouth.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.audio.ambience import add_at, at_level_one, looked_up, periodic, shaped, wander
from harness.audio.pcm import FloatArray, Pcm, from_float
from harness.errors import UnknownName

_OPEN_MOUTH = ((700.0, 130.0), (1200.0, 150.0), (2600.0, 250.0))
"""Formants of an open vowel and their widths, in hertz."""

_AIR = ((60, -30), (300, -6), (700, 0), (1500, -2), (3500, -8), (8000, -16), (12_000, -28))
_SOFT_AIR = ((60, -40), (300, -10), (900, 0), (2500, -8), (6000, -22), (12_000, -40))
_NOSE_AIR = ((60, -40), (500, -18), (2500, 0), (5000, -2), (9000, -14), (12_000, -30))
_PEAK = 0.9


def _cough(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return one or two coughs: a burst as the throat opens, air, and a voice that dies away."""
    total = np.zeros(round(1.2 * rate_hz))
    moment_s = 0.0
    for loud in (1.0, 0.75)[: int(generator.integers(1, 3))]:
        length_s = float(generator.uniform(0.28, 0.4))
        at_s = np.arange(round(length_s * rate_hz)) / rate_hz
        air = shaped(len(at_s), rate_hz, generator, _AIR)
        burst = np.minimum(at_s / 0.004, 1.0) * (np.exp(-at_s / 0.025) + 0.35 * np.exp(-at_s / 0.1))
        voiced = np.clip((at_s - 0.05) / 0.04, 0, 1) * np.exp(-np.maximum(at_s - 0.09, 0) / 0.06)
        pitch_hz = float(generator.uniform(150, 210)) * (1.15 - 0.9 * at_s)
        throat = _voiced(pitch_hz, rate_hz, generator)
        add_at(total, round(moment_s * rate_hz), loud * (air * burst + 0.25 * throat * voiced))
        moment_s += length_s + float(generator.uniform(0.06, 0.14))
    return total


def _throat(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a throat that is cleared: a rough voice in two pushes, air between them."""
    total = np.zeros(round(0.9 * rate_hz))
    for moment_s, length_s, loud in ((0.0, 0.22, 0.7), (0.3, 0.38, 1.0)):
        count = round(length_s * rate_hz)
        shape = np.sin(np.pi * np.linspace(0, 1, count)) ** 0.6
        rough = 0.6 + 0.4 * np.sign(wander(count, rate_hz, generator, every_s=0.02))
        voice = _voiced(np.full(count, float(generator.uniform(85, 110))), rate_hz, generator)
        air = shaped(count, rate_hz, generator, _SOFT_AIR)
        add_at(total, round(moment_s * rate_hz), loud * shape * (voice * rough + 0.5 * air))
    return total


def _laugh(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a laugh: four to six syllables of breath and voice, lower and softer one by one."""
    total = np.zeros(round(1.6 * rate_hz))
    pitch_hz = float(generator.uniform(190, 250))
    moment_s = 0.0
    for number in range(int(generator.integers(4, 7))):
        length_s = float(generator.uniform(0.15, 0.19))
        at = np.linspace(0, 1, round(length_s * rate_hz))
        breath = np.exp(-at * 6.0) * shaped(len(at), rate_hz, generator, _SOFT_AIR)
        swell = np.sin(np.pi * np.clip((at - 0.25) / 0.75, 0, 1))
        glide_hz = pitch_hz * (1.1 - 0.2 * at) * 0.96**number
        voice = _voiced(glide_hz, rate_hz, generator)
        add_at(total, round(moment_s * rate_hz), 0.85**number * (0.5 * breath + voice * swell))
        moment_s += length_s + float(generator.uniform(0.03, 0.06))
    return total


def _sigh(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a long breath out that begins with a trace of voice."""
    count = round(float(generator.uniform(0.9, 1.3)) * rate_hz)
    at = np.linspace(0, 1, count)
    shape = np.minimum(at / 0.12, 1.0) * (1.0 - at) ** 1.2
    air = shaped(count, rate_hz, generator, _SOFT_AIR)
    voice = _voiced(150.0 - 45.0 * at, rate_hz, generator) * np.exp(-at / 0.2)
    return shape * (air + 0.35 * voice)


def _sniff(rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return air that is drawn in through the nose, and stops at once."""
    count = round(float(generator.uniform(0.25, 0.4)) * rate_hz)
    at = np.linspace(0, 1, count)
    return np.minimum((1.0 - at) / 0.05, 1.0) * at * shaped(count, rate_hz, generator, _NOSE_AIR)


def _voiced(pitch_hz: FloatArray, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return the voice of an open mouth at a pitch that may move, a little unsteady."""
    mean_hz = float(np.mean(pitch_hz))
    orders = np.arange(1, int(min(5000.0, 0.45 * rate_hz) / mean_hz) + 1)
    at_hz = orders * mean_hz
    levels = sum(1.0 / (1.0 + ((at_hz - hz) / width) ** 2) for hz, width in _OPEN_MOUTH)
    table = periodic(levels / np.sqrt(orders), generator.uniform(0, 2 * np.pi, len(orders)))
    shaken = pitch_hz * (1.0 + 0.02 * wander(len(pitch_hz), rate_hz, generator, every_s=0.03))
    return looked_up(table, np.cumsum(shaken) / rate_hz)


_MAKERS: dict[str, tuple[Callable[[int, np.random.Generator], FloatArray], float]] = {
    "cough": (_cough, 3.0),
    "throat": (_throat, -3.0),
    "laugh": (_laugh, 0.0),
    "sigh": (_sigh, -12.0),
    "sniff": (_sniff, -12.0),
}
"""Each sound, and how loud it is against speech in dB (active level, P.56)."""

VOCAL_SOUNDS: tuple[str, ...] = tuple(_MAKERS)


def vocal_sound(name: str, rate_hz: int, seed: int) -> tuple[Pcm, float]:
    """Return one sound without silence at its ends, and its level against speech in dB.

    Same arguments, same samples. Raises UnknownName for one that is not in VOCAL_SOUNDS.
    """
    if name not in _MAKERS:
        raise UnknownName("sound", name, VOCAL_SOUNDS)
    maker, level_db = _MAKERS[name]
    made = at_level_one(maker(rate_hz, np.random.default_rng([seed, *name.encode("ascii")])))
    made *= _PEAK / float(np.max(np.abs(made)))
    heard = np.flatnonzero(np.abs(made) > 1e-3)
    return from_float(made[heard[0] : heard[-1] + 1], rate_hz), level_db
