"""Agent audio as it waits to be played: in runs without a break, each of one content part."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from harness.audio.pcm import Int16Array


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
    audible_stop: int
    """One past the last audible sample; ``start`` if there is none."""
    counts_to: int
    """Up to where this run, or one before it, keeps the caller listening."""


def begun_by(runs: list[QueuedRun], now: int) -> int:
    """Return how many runs, in playing order, have begun before track sample ``now``."""
    return bisect_left(runs, now, key=lambda run: run.start)
