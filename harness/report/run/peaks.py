"""The outline of a track: few numbers per second that a player draws without reading the audio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.audio.pcm import FULL_SCALE, Pcm

BINS_PER_S = 50
MOST_BINS = 3_000
"""A page stays small however long the call is: beyond a minute the bins become wider."""


def outline(track: Pcm, *, duration_s: float, scale: float = 1.0) -> tuple[float, ...]:
    """Return the loudest sample of each bin as a share of full scale times ``scale``, 0 to 1.

    The bins divide ``duration_s`` evenly, so that tracks of different lengths share one time axis;
    where the track has ended the outline is 0. Two digits: a waveform is 60 pixels high.
    """
    bins = max(1, min(MOST_BINS, round(duration_s * BINS_PER_S)))
    edges = np.rint(np.linspace(0, duration_s * track.rate_hz, bins + 1)).astype(np.int64)
    if not len(track):
        return (0.0,) * bins
    level = np.append(np.abs(track.samples.astype(np.int32)), 0)
    starts = np.minimum(edges[:-1], len(track))
    loudest = np.maximum.reduceat(level, starts)
    loudest[edges[1:] <= edges[:-1]] = 0
    shares = np.minimum(1.0, loudest / FULL_SCALE * scale)
    return tuple(np.round(shares, 2).tolist())


def common_scale(*tracks: Pcm) -> float:
    """Return the factor that brings the loudest sample of all tracks to nearly full height.

    One factor for all tracks keeps them comparable; it is limited to 8 so that near-silence stays
    small.
    """
    loudest = max(
        (int(np.abs(t.samples.astype(np.int32)).max()) for t in tracks if len(t)), default=0
    )
    return min(8.0, 0.95 * FULL_SCALE / loudest) if loudest else 1.0


SILHOUETTE_BINS = 240
"""Enough for a sheet of paper: 0.7 mm each."""


@dataclass(frozen=True, slots=True)
class Silhouette:
    """An outline as the path of a picture that is 1 wide per bin and 100 high."""

    bins: int
    path: str


def silhouette(peaks: Sequence[float]) -> Silhouette:
    """Return what is printed, and what stands there until (or where no) script draws more."""
    width = max(1, math.ceil(len(peaks) / SILHOUETTE_BINS))
    groups = [peaks[at : at + width] for at in range(0, len(peaks), width)]
    heights = [max(1, round(50 * max(group))) for group in groups]
    path = "".join(f"M{at + 0.5} {50 - high}v{2 * high}" for at, high in enumerate(heights))
    return Silhouette(len(groups), path)
