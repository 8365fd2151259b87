"""Seconds, samples and hertz, the only conversions between them, and bounds of counts.

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
"""Length of a caller frame on the wire."""

WORTH_TELLING_S = Seconds(0.001)
"""Smallest uncertainty that is shown with a figure computed from many times."""

MOST_SEED = 2**53 - 1
"""Largest seed: a whole number that every JSON reader keeps exactly, with room for repeats."""

MOST_REPEATS = 1000
"""How often a scenario may be called in a run."""


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
    """Return a formatted time with its uncertainty: "0.84 s ± 2 ms".

    The uncertainty is rounded up to whole milliseconds. If it is 0 or unknown (None), the time is
    returned unchanged.
    """
    return f"{shown} ± {math.ceil(uncertainty_s * 1000 - 1e-6)} ms" if uncertainty_s else shown


def clock(at_s: float) -> str:
    """Return a time in the call as "0:12.3"; times before the call's zero keep their sign."""
    tenths = round(abs(at_s) * 10)
    sign = "−" if at_s < 0 and tenths else ""
    return f"{sign}{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"
