"""How often chance alone would set nights apart as clearly as they are, at a bounded price.

Given is one number for each night, its surplus: what passed beyond what was to be expected
(``surplus.py``). If nothing changed the nights are exchangeable, so their order says nothing, and
the share of orders that look as much like a step as the real one is the probability of a false
alarm (a permutation test of whole nights: repeats of a night stay together).

Two ways lead to that share, the cheap one first. A bound: the sum of k nights drawn without
putting back is no wilder than of k drawn with it (Hoeffding 1963, Probability inequalities for
sums of bounded random variables, section 6), whose tail Chernoff's bound limits; summed over all
places of a step it is never below the true share. What is beyond all doubt is proven by it, with no
dice. Else orders are drawn until the answer is plain (Besag and Clifford 1991, Sequential Monte
Carlo p-values): few where there is nothing, and never more than ``MOST_DRAWS``, however strict the
level. So the work for many series grows as their number, and not as its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt

Surplus = npt.NDArray[np.float64]

NIGHTS = 3
"""Nights that must lie on either side of a step."""

FEWEST_DRAWS = 1_999
MOST_DRAWS = 19_999
"""The smallest share that dice can show is 1 in so many and one; what is rarer, the bound shows."""

_FIRST_DRAWS, _BATCH = 200, 2_000
_AS_CLEAR = 1 - 1e-9
"""Orders that are as clear but for rounding count as clear."""

_TILTS = np.geomspace(0.02, 40.0, 60)
"""Chernoff's parameter, in units of the largest surplus; any value gives a bound."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability of a false alarm, and how many orders were drawn to know it.

    ``p_value`` is never too small: where drawing ended early, or a bound was enough, it is above
    the true share.
    """

    p_value: float
    draws: int


def clearness(surplus: Surplus) -> Surplus:
    """Return how clearly each night is the first of something new, -inf where it may not be.

    It is the distance between both sides' means over its standard deviation, but for a constant:
    squared, what a step before that night explains. The last axis is the nights.
    """
    nights = surplus.shape[-1]
    places = np.arange(nights)
    before = np.zeros_like(surplus)
    before[..., 1:] = np.cumsum(surplus, axis=-1)[..., :-1]
    gap = before - surplus.sum(axis=-1, keepdims=True) * places / nights
    allowed = (places >= NIGHTS) & (places <= nights - NIGHTS)
    weights = np.where(allowed, places * (nights - places), 1.0)
    return np.where(allowed, np.abs(gap) / np.sqrt(weights), -np.inf)


def chance(surplus: Surplus, level: float) -> Chance:
    """Return how often chance is as clear as the clearest place; 1.0 where there can be no step.

    Deterministic: the dice are seeded.
    """
    if surplus.size < 2 * NIGHTS or not np.ptp(surplus):
        return Chance(1.0, 0)
    clearest = float(clearness(surplus).max())
    bound = _bound(surplus - surplus.mean(), clearest)
    return Chance(bound, 0) if bound <= level else _drawn(surplus, clearest, level)


def _drawn(surplus: Surplus, clearest: float, level: float) -> Chance:
    """Draw orders until more are as clear as the level allows, or there are enough of them."""
    most = min(max(FEWEST_DRAWS, ceil(4 / level)), MOST_DRAWS)
    allowed = floor(level * (most + 1)) - 1
    drawn = as_clear = 0
    for orders in _orders(surplus, most):
        as_clear += int((clearness(orders).max(axis=-1) >= clearest * _AS_CLEAR).sum())
        drawn += len(orders)
        if as_clear > allowed:
            break
    return Chance((as_clear + 1) / (drawn + 1), drawn)


def _orders(surplus: Surplus, most: int) -> Iterator[Surplus]:
    dice = np.random.default_rng(0)
    left, batch = most, _FIRST_DRAWS
    while left:
        many = np.tile(surplus, (min(batch, left), 1))
        yield dice.permuted(many, axis=1)
        left, batch = left - len(many), _BATCH


def _bound(centred: Surplus, clearest: float) -> float:
    """Return what the chance of such a clear step is at most, by Hoeffding's and Chernoff's."""
    nights = centred.size
    unit = np.abs(centred).max()
    places = np.arange(NIGHTS, nights - NIGHTS + 1)
    reach = clearest * _AS_CLEAR * np.sqrt(places * (nights - places)) / unit
    total = 0.0
    for side in (centred / unit, -centred / unit):
        logs = np.log(np.exp(np.outer(_TILTS, side)).mean(axis=1))
        exponents = np.outer(places, logs) - np.outer(reach, _TILTS)
        tails = np.exp(np.minimum(exponents.min(axis=1), 0.0))
        # The first k nights are as far above as the others are below: the better bound of the two.
        mirrored = np.outer(nights - places, _mirror(side)) - np.outer(reach, _TILTS)
        total += float(np.minimum(tails, np.exp(np.minimum(mirrored.min(axis=1), 0.0))).sum())
    return min(1.0, total)


def _mirror(side: Surplus) -> Surplus:
    return np.asarray(np.log(np.exp(np.outer(_TILTS, -side)).mean(axis=1)))
