"""Change the rate of a track: soxr in high quality, the same bytes for the same input."""

from __future__ import annotations

import numpy as np
import soxr

from harness.audio.pcm import Pcm, from_float


def resample(track: Pcm, rate_hz: int) -> Pcm:
    """Return the track at ``rate_hz``; the very same object where the rate is right already.

    The length is ``len(track) * rate_hz / track.rate_hz`` rounded by soxr to a whole sample, and
    the filter's delay is compensated: a sound stays at its time. Raises ValueError on a rate
    that is not positive.
    """
    if rate_hz <= 0:
        raise ValueError(f"rate must be positive, got {rate_hz}")
    if rate_hz == track.rate_hz:
        return track
    if not len(track):
        return Pcm(np.zeros(0, np.int16), rate_hz)
    # In float: from int16 to int16 soxr dithers with a new random row each time.
    samples = soxr.resample(track.as_float(), track.rate_hz, rate_hz, quality="HQ")
    return from_float(np.asarray(samples, np.float64), rate_hz)
