"""What one thing near the caller sounds like: a car from inside, a keyboard, a baby, a siren.

Makers as in ``ambience.py``: (count, rate_hz, generator) to ``count`` float samples of any level.
"""

from __future__ import annotations

import numpy as np

from harness.audio.ambience import (
    add_at,
    at_level_one,
    looked_up,
    periodic,
    shaped,
    wander,
)
from harness.audio.pcm import FloatArray

_SIREN_HZ = (620.0, 1350.0)
"""The ends of the wail of a North American electronic siren."""


def car(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a car from inside: the engine's orders, tyres on the road, and wind."""
    firing_hz = 62.0 * (1.0 + 0.18 * wander(count, rate_hz, generator, every_s=3.0))
    levels = (0.25, 1.0, 0.3, 0.6, 0.15, 0.3, 0.1, 0.12)
    table = periodic(levels, generator.uniform(0, 2 * np.pi, len(levels)))
    engine = looked_up(table, np.cumsum(firing_hz / 2) / rate_hz)
    road = shaped(count, rate_hz, generator, ((20, -3), (60, 0), (300, -10), (12_000, -60)))
    wind = shaped(count, rate_hz, generator, ((50, -20), (500, 0), (2000, -8), (12_000, -35)))
    gusts = 0.3 + 0.15 * wander(count, rate_hz, generator, every_s=1.5)
    return 0.5 * engine + road + gusts * wind


def keyboard(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return somebody who types: each key goes down and comes up again, in bursts of words."""
    total = 0.05 * shaped(count, rate_hz, generator, ((20, 0), (500, 0), (12_000, -30)))
    at_s = np.arange(round(0.06 * rate_hz)) / rate_hz
    moment_s = float(generator.uniform(0.0, 0.2))
    while moment_s * rate_hz < count:
        held_s = float(generator.uniform(0.06, 0.11))
        for later_s, loud in ((0.0, 1.0), (held_s, 0.45)):
            ring_hz = min(float(generator.uniform(1800, 4200)), 0.4 * rate_hz)
            click = np.exp(-at_s * 150.0) * generator.uniform(-1.7, 1.7, len(at_s))
            body = np.exp(-at_s * 70.0) * np.sin(2 * np.pi * ring_hz * at_s)
            level = loud * float(generator.uniform(0.6, 1.0))
            add_at(total, round((moment_s + later_s) * rate_hz), level * (click + 0.6 * body))
        pause_s = float(generator.uniform(0.3, 0.9)) if generator.random() < 0.14 else 0.0
        moment_s += float(generator.uniform(0.11, 0.22)) + pause_s
    return total


def baby(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a baby that cries: rising and falling wails of about a second, a breath between."""
    total = np.zeros(count)
    mean_hz = float(generator.uniform(380, 480))
    harmonics = np.arange(1, int(min(6000, 0.45 * rate_hz) / (1.4 * mean_hz)) + 1)
    formed = 1.0 / (1.0 + ((harmonics * mean_hz - 1200.0) / 900.0) ** 2) + 0.1
    levels = formed.astype(np.float64)
    table = periodic(levels, generator.uniform(0, 2 * np.pi, len(levels)))
    moment_s = float(generator.uniform(0.0, 0.3))
    while moment_s * rate_hz < count:
        length_s = float(generator.uniform(0.6, 1.3))
        shape = np.sin(np.pi * np.linspace(0, 1, round(length_s * rate_hz)))
        shaking = wander(len(shape), rate_hz, generator, every_s=0.05)
        pitch_hz = mean_hz * (0.85 + 0.35 * shape + 0.02 * shaking)
        wail = looked_up(table, np.cumsum(pitch_hz) / rate_hz) * np.sqrt(shape)
        rough = 0.12 * generator.standard_normal(len(shape)) * shape
        loud = float(generator.uniform(0.6, 1.0))
        add_at(total, round(moment_s * rate_hz), loud * (wail + rough))
        moment_s += length_s + float(generator.uniform(0.15, 0.5))
    return total


def siren(count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return the wail of an ambulance that comes nearer and goes, over the sound of its street."""
    low_hz, high_hz = _SIREN_HZ
    turns = np.arange(count) / rate_hz / 4.5 + float(generator.uniform(0, 1))
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * turns)
    pitch_hz = low_hz * (high_hz / low_hz) ** swing
    table = periodic((1.0, 0.1, 0.5, 0.05, 0.2), generator.uniform(0, 2 * np.pi, 5))
    near = 0.6 + 0.4 * wander(count, rate_hz, generator, every_s=8.0)
    street = shaped(count, rate_hz, generator, ((20, 0), (120, 0), (1000, -24), (12_000, -50)))
    return near * looked_up(table, np.cumsum(pitch_hz) / rate_hz) + 0.2 * at_level_one(street)
