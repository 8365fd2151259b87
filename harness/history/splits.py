"""Where a level changed, night by night: places, their plausible nights, and their certainty.

Model: between two places of change the surplus of each night has one mean. The
place is where a mean before and one after explain most, with at least ``NIGHTS`` nights on either
side. How often chance alone would be as clear is found by shuffling whole nights.
It must also be found when the one night that speaks loudest for it is left out: a single bad night
is none. Both sides are searched again (binary segmentation, Vostrikova 1981), so "broken, then
mended" is two. With no change anywhere the chance of any place is at most the level.

Assumed: nights are exchangeable while nothing changes but which scenarios they call. Bad nights
that come in rows for a reason of their own (an outage of three nights) do look like a change, and
are one.

Surplus: nights are compared like with like. A night that calls a hard scenario for the first time
passes less, and nothing got worse. So a night is held against the mean of just those scenarios that
it called, each over all of its nights: its surplus is the sum of what was measured less those
means, in standard deviations. Summed up to a night that is the numerator of Cochran, Mantel and
Haenszel's test with the scenarios as strata, to which a scenario with nights on one side only adds
nothing. With the same scenarios and repeats every night it is the night's sum, and nothing else.

Chance: if nothing changed the nights are exchangeable, so their order says nothing, and the share
of orders that look as much like a step as the real one is the probability of a false alarm (a
permutation test of whole nights: repeats of a night stay together). Two ways lead to that share,
the cheap one first. A bound: the sum of k nights drawn without putting back is no wilder than of k
drawn with it (Hoeffding 1963, Probability inequalities for sums of bounded random variables,
section 6), whose tail Chernoff's bound limits; summed over all places of a step it is never below
the true share. What is beyond all doubt is proven by it, with no dice. Else orders are drawn until
the answer is plain (Besag and Clifford 1991, Sequential Monte Carlo p-values): few where there is
nothing, and never more than ``MOST_DRAWS``, however strict the level. So the work for many series
grows as their number, and not as its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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

Table = npt.NDArray[np.float64]
"""A row for each scenario, a column for each night."""

_NOTHING = 1e-12
"""A variance below this is rounding."""

_NEAR = 10.59
"""Places are plausible whose likelihood ratio to the best, of normal errors by night, is no larger
(Hansen 2000, Sample splitting and threshold estimation, table 1). It is his 99 % value: pass rates
are not normal and vary less where they are high, so that his 95 % value (7.35) held the true night
in 88 to 98 % of simulated histories, and this one in 95 % and more."""


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


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, by scenario and night: sums, how many, and the sums of squares."""

    sums: Table
    counts: Table
    squares: Table

    def nights(self, first: int, end: int) -> Measured:
        """Return a stretch of nights."""
        return Measured(*(part[:, first:end] for part in (self.sums, self.counts, self.squares)))

    def surplus(self) -> Surplus:
        """Return each night's surplus; 0 where nothing of it can differ."""
        totals = (part.sum(axis=1) for part in (self.sums, self.counts, self.squares))
        return np.asarray(self._against(*(total[np.newaxis] for total in totals))[0])

    def surplus_without_each(self) -> Surplus:
        """Return a row for each night: the surplus of the others as if it had not been."""
        parts = (self.sums, self.counts, self.squares)
        others = (part.sum(axis=1)[np.newaxis] - part.T for part in parts)
        nights = self.sums.shape[1]
        left = ~np.eye(nights, dtype=bool)
        return np.asarray(self._against(*others)[left].reshape(nights, nights - 1))

    def _against(self, sums: Table, counts: Table, squares: Table) -> Surplus:
        """Return the nights' surplus against totals by scenario, for each row of totals."""
        there = np.maximum(counts, 1.0)
        means = sums / there
        variances = squares / there - means**2
        variances[variances < _NOTHING] = 0.0
        spread = np.sqrt(variances @ self.counts)
        above = self.sums.sum(axis=0) - means @ self.counts
        return np.asarray(np.where(spread > 0, above / np.where(spread > 0, spread, 1.0), 0.0))


def passes(passed: npt.ArrayLike, judged: npt.ArrayLike) -> Measured:
    """Return verdicts as measured: 1 for each pass, by scenario and night.

    Raises:
        ValueError: more passed than judged, or tables of two sizes.
    """
    good, seen = (np.atleast_2d(np.asarray(part, dtype=float)) for part in (passed, judged))
    if good.shape != seen.shape or (good > seen).any() or (good < 0).any():
        raise ValueError("a night has between 0 and all of its judged calls passed")
    return Measured(good, seen, good)


@dataclass(frozen=True, slots=True)
class Split:
    """A change: the first night after it, its earliest and latest plausible places, and its sign.

    ``up`` says whether more was measured after it.
    """

    at: int
    low: int
    high: int
    p_value: float
    up: bool


def find_splits(measured: Measured, level: float) -> tuple[Split, ...]:
    """Return the places of change in order of time.

    Nights at which nothing was measured are allowed and say nothing.
    """
    speaking = np.flatnonzero(measured.counts.sum(axis=0))
    parts = (part[:, speaking] for part in (measured.sums, measured.counts, measured.squares))
    found = _segment(Measured(*parts), 0, level)
    places = [[int(speaking[place]) for place in (one.at, one.low, one.high)] for one in found]
    return tuple(
        replace(one, at=at, low=low, high=high)
        for one, (at, low, high) in zip(found, places, strict=True)
    )


def _segment(measured: Measured, offset: int, level: float) -> list[Split]:
    """Return the splits of nights that all speak; ``offset`` is the first of them."""
    surplus = measured.surplus()
    p_value = chance(surplus, level).p_value
    if p_value > level or chance(_without_loudest(measured), level).p_value > level:
        return []
    clear = clearness(surplus)
    at = int(np.argmax(clear))
    low, high = _plausible(surplus, clear)
    up = bool(surplus[at:].mean() > surplus[:at].mean())
    return [
        *_segment(measured.nights(0, at), offset, level),
        Split(offset + at, offset + low, offset + high, p_value, up),
        *_segment(measured.nights(at, len(surplus)), offset + at, level),
    ]


def _without_loudest(measured: Measured) -> Surplus:
    """Return the surplus without the night whose loss costs the clearest place most."""
    left = measured.surplus_without_each()
    return np.asarray(left[int(np.argmin(clearness(left).max(axis=-1)))])


def _plausible(surplus: Surplus, clear: Surplus) -> tuple[int, int]:
    """Return the first and the last place that is not much less likely than the best."""
    nights = len(surplus)
    unexplained = surplus.var() * nights - nights * np.where(clear > 0, clear, 0.0) ** 2
    least = max(float(unexplained.min()), 1e-9)
    near = np.flatnonzero(np.isfinite(clear) & (nights * (unexplained / least - 1) <= _NEAR))
    return int(near[0]), int(near[-1])
