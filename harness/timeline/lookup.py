"""Times and spans with frequent range queries: found by binary search, not by a scan.

A call of two hours has thousands of each, and each is compared with its neighbours.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

NEVER_S = float("inf")


def next_from(times_s: Sequence[float], at_s: float) -> float:
    """Return the first of sorted times that is not before a moment, infinity if none is."""
    place = bisect_left(times_s, at_s)
    return times_s[place] if place < len(times_s) else NEVER_S


def next_after(times_s: Sequence[float], at_s: float) -> float:
    """Return the first of sorted times after a moment, infinity if none is."""
    place = bisect_right(times_s, at_s)
    return times_s[place] if place < len(times_s) else NEVER_S


def last_until(times_s: Sequence[float], at_s: float) -> float:
    """Return the last of sorted times that is not after a moment, minus infinity if none is."""
    place = bisect_right(times_s, at_s)
    return times_s[place - 1] if place else -NEVER_S


def last_before(times_s: Sequence[float], at_s: float) -> float:
    """Return the last of sorted times before a moment, minus infinity if none is."""
    place = bisect_left(times_s, at_s)
    return times_s[place - 1] if place else -NEVER_S


class SpanLookup:
    """Finds the spans that touch a stretch."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        """Take the beginnings and ends, in any order; no end lies before its beginning."""
        bounds = list(spans)
        self._numbers = sorted(range(len(bounds)), key=lambda number: bounds[number][0])
        self._starts = [bounds[number][0] for number in self._numbers]
        self._ends = [bounds[number][1] for number in self._numbers]
        self._latest_ends = list(accumulate(self._ends, max))

    def touching(self, from_s: float, until_s: float) -> list[int]:
        """Return the indices of the spans that touch a stretch, sorted.

        These begin at ``until_s`` or before, and end not before ``from_s``.
        """
        first = bisect_left(self._latest_ends, from_s)
        last = bisect_right(self._starts, until_s)
        return sorted(
            self._numbers[place] for place in range(first, last) if self._ends[place] >= from_s
        )
