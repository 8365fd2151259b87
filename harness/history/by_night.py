"""A pass rate over many nights, with an interval that takes the calls of a night together.

The repeats of one night are alike: they meet the same prompt, the same build, the same bad hour of
a service. Taken for independent they make a rate look surer than it is. So the interval is Wilson's
of fewer calls: the counted ones divided by the design effect (Kish; Rao and Scott 1992, A simple
method for the analysis of clustered binary data), which is how much more the nights differ than
independent calls would.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from harness.results import rates
from harness.results.model import Rate

rate = cache(rates.rate)
"""``results.rates.rate``, remembered: a page asks for the same counts night after night."""

FEW_NIGHTS = 10
"""Below this many nights nobody knows how alike repeats are: each night counts as one call."""

_Z = 1.959963984540054
"""95 % of a normal distribution lie so many standard deviations around its mean."""


def rate_by_night(passed: Sequence[int], judged: Sequence[int]) -> Rate:
    """Return a share with its 95 % interval from the counts of each night.

    All None where nothing was judged.
    """
    counted = sum(judged)
    if not counted:
        return Rate(0, 0, None, None, None)
    share = sum(passed) / counted
    low, high = _wilson(share, counted / _design_effect(passed, judged))
    return Rate(sum(passed), counted, share, min(low, share), max(high, share))


def _design_effect(passed: Sequence[int], judged: Sequence[int]) -> float:
    """Return by how much less each call tells, from 1 (independent) to that of equal repeats."""
    good, seen = (np.asarray(part, dtype=float) for part in (passed, judged))
    good, seen = good[seen > 0], seen[seen > 0]
    counted, nights = seen.sum(), len(seen)
    share = good.sum() / counted
    most = float((seen**2).sum() / counted)
    if nights < FEW_NIGHTS or share in (0.0, 1.0):
        return most
    between = nights / (nights - 1) * ((good - share * seen) ** 2).sum()
    return float(np.clip(between / (counted * share * (1 - share)), 1.0, most))


def _wilson(share: float, calls: float) -> tuple[float, float]:
    widening = _Z**2 / calls
    centre = (share + widening / 2) / (1 + widening)
    reach = _Z * np.sqrt(share * (1 - share) / calls + widening / (4 * calls)) / (1 + widening)
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))
