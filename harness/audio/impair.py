"""Damage to a caller's audio: a line that stops in the middle of a word."""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import Pcm, from_float

FADE_S = 0.002
"""A hard stop fades over this long, so that no click is heard that nobody made."""


def cut_at(track: Pcm, at: int) -> Pcm:
    """Return the first ``at`` samples, the last 2 ms of them faded out.

    A cut at or behind the end leaves the track as it is. Raises ValueError on a negative ``at``.
    """
    if at < 0:
        raise ValueError(f"cannot cut at sample {at}")
    if at >= len(track):
        return track
    kept = track.cut(0, at).as_float()
    fade = min(at, round(FADE_S * track.rate_hz))
    kept[at - fade :] *= np.linspace(1.0, 0.0, fade, endpoint=False)
    return from_float(kept, track.rate_hz)
