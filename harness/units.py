"""Seconds, samples and hertz, the only conversions between them, and bounds of what is counted.

Everything that crosses a package border is seconds (names end in ``_s``) on the recording clock or
samples at a stated rate. Milliseconds exist only on the wire (names end in ``_ms``).
"""

from __future__ import annotations

import math
from typing import NewType

Seconds = NewType("Seconds", float)
Samples = NewType("Samples", int)
Hertz = NewType("Hertz", int)

RATE_HZ = Hertz(24_000)
"""Rate of PCM16 audio inside the harness and on the Realtime wire."""

FRAME_S = Seconds(0.02)
"""Length of one caller frame on the wire."""

WORTH_TELLING_S = Seconds(0.001)
"""A figure of many times is told with what it may be off from here on."""

MOST_SEED = 2**53 - 1
"""Largest seed: a whole number that every JSON reader keeps exactly, with room for repeats."""

MOST_REPEATS = 1000
"""How often a scenario may be called in one run."""


def to_samples(at_s: float, rate_hz: int) -> Samples:
    """Return the nearest whole sample to a time."""
    return Samples(round(at_s * rate_hz))


def to_seconds(count: int, rate_hz: int) -> Seconds:
    """Return how long ``count`` samples last."""
    return Seconds(count / rate_hz)


def ms_to_seconds(value_ms: float) -> Seconds:
    """Return wire milliseconds as seconds."""
    return Seconds(value_ms / 1000)


def seconds_to_ms(value_s: float) -> int:
    """Return whole wire milliseconds, rounded down: never claim more than was heard."""
    return int(value_s * 1000 + 1e-6)


def with_uncertainty(shown: str, uncertainty_s: float | None) -> str:
    """Return a time that is written already with what it may be off: "0.84 s ± 2 ms".

    Rounded up to whole milliseconds. As it is where it is exact, or where nobody knows (None).
    """
    return f"{shown} ± {math.ceil(uncertainty_s * 1000 - 1e-6)} ms" if uncertainty_s else shown


def clock(at_s: float) -> str:
    """Return a time in the call as "0:12.3"; times before the call's zero keep their sign."""
    tenths = round(abs(at_s) * 10)
    sign = "−" if at_s < 0 and tenths else ""
    return f"{sign}{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"
