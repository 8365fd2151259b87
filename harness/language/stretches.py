"""Stretches of a text, held so that one of many is found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate


class Stretches:
    """Pairs of start and stop, in characters; the stop is the first character after it."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(places)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((stop for _, stop in ordered), max))

    def touch(self, start: int, stop: int) -> bool:
        """Return whether any of them shares a character with ``text[start:stop]``."""
        at = bisect_left(self._starts, stop)
        return at > 0 and self._furthest[at - 1] > start
