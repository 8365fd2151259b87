"""Agent audio as it waits to be played: in runs without a break, each of one content part."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.audio.pcm import Int16Array

AUDIBLE_LEVEL = 328
"""Smallest absolute sample value that counts as audible: 1 % of full scale (-40 dBFS peak)."""


class ContentKey(NamedTuple):
    """One stretch of agent speech: item ids alone may come again in another response."""

    response_id: str
    item_id: str
    content_index: int


@dataclass(slots=True)
class QueuedRun:
    """Samples of one content part that play without a break, track samples ``start`` to ``stop``.

    The samples themselves are let go of once they are taken.
    """

    key: ContentKey
    item_start: int
    start: int
    stop: int
    before: int
    """Samples of the part that play before this run."""
    samples: Int16Array
    audible_at: int | None
    counts_to: int
    """Up to where this run, or one before it, keeps the caller listening."""


def audible_places(samples: Int16Array) -> NDArray[np.intp]:
    """Return the places of the samples that a caller hears."""
    return np.flatnonzero((samples >= AUDIBLE_LEVEL) | (samples <= -AUDIBLE_LEVEL))


def begun_by(runs: list[QueuedRun], now: int) -> int:
    """Return how many runs, in playing order, have begun before track sample ``now``."""
    return bisect_left(runs, now, key=lambda run: run.start)
