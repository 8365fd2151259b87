"""Stretches of a text or of time, held so that one is found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate


class Stretches:
    """Pairs of start and stop: characters, of which the stop is the first one after it, or s."""

    def __init__(self, places: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(places)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((stop for _, stop in ordered), max))

    def touch(self, start: float, stop: float) -> bool:
        """Return whether any of them shares a character with ``text[start:stop]``.

        One moment, as start and stop, lies inside of what it touches.
        """
        at = bisect_left(self._starts, stop)
        return at > 0 and self._furthest[at - 1] > start
