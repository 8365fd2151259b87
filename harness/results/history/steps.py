"""Steps of a pass rate or measure over nightly runs: when, and how certain.

``find_splits`` finds the places. Both sides report only the scenarios that were called on both, so
that like is compared with like. The intervals treat a night's calls as a cluster: repeats of a
night are alike, as they meet the same prompt, the same build, the same bad hour of a service.
Treated as independent they make a rate look surer than it is. So the interval is Wilson's of fewer
calls: the valid calls divided by the design effect (Kish; Rao and Scott 1992, A simple method for
the analysis of clustered binary data), which is how much more the nights differ than independent
calls would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from harness.judging.scorers.base import Better, Measure
from harness.results import rates
from harness.results.model import Rate
from harness.results.rates import SECONDS

# Change points of a level, night by night: places, their plausible nights, and their certainty.
#
# Model: between two change points the surplus of each night has a constant mean. The place is the
# split at which a mean before and a mean after explain most, with at least ``NIGHTS`` nights on
# either side. Shuffling whole nights shows how often chance alone would be as clear. The step
# must also be found without the night that contributes most to it: a single bad night is no step.
# Both sides are searched again (binary segmentation, Vostrikova 1981), so "broken, then mended"
# is two steps. With no change anywhere the chance of finding any place is at most the level.
#
# Assumed: nights are exchangeable while only the choice of scenarios changes. Bad nights in a row
# for a reason of their own (an outage of three nights) look like a change, and are a change.
#
# Surplus: nights are compared like with like. A night that calls a hard scenario for the first
# time passes less, although the agent is no worse. So a night is compared with the mean of just
# those scenarios that it called, each over all of its nights: its surplus is the sum of its values
# less those means, in standard deviations. Summed up to a night, that is the numerator of Cochran,
# Mantel and Haenszel's test with the scenarios as strata, to which a scenario with nights on a
# single side adds 0. With the same scenarios and repeats every night it is just the night's sum.
#
# Chance: without a change the nights are exchangeable, so their order carries no information, and
# the share of orders that look as much like a step as the real order is the probability of a
# false alarm (a permutation test of whole nights: repeats of a night stay together). It is found
# in two ways, the cheap way first. A bound: the sum of k nights drawn without replacement varies
# no more than of k drawn with replacement (Hoeffding 1963, Probability inequalities for sums of
# bounded random variables, section 6), whose tail Chernoff's bound limits; summed over all places
# of a step it is never below the true share. It proves clear steps without random draws. Else
# orders are drawn until the answer is clear (Besag and Clifford 1991, Sequential Monte Carlo
# p-values): few if there is no step, and never more than ``MOST_DRAWS``, however strict the
# level. So the work grows with the number of series, and not with its square.

Surplus = npt.NDArray[np.float64]

NIGHTS = 3
"""Nights that must lie on either side of a step."""

FEWEST_DRAWS = 1_999
MOST_DRAWS = 19_999
"""The smallest share that draws can show is 1 in ``MOST_DRAWS`` + 1; the bound shows rarer ones."""

_FIRST_DRAWS, _BATCH = 200, 2_000
_AS_CLEAR = 1 - 1e-9
"""Factor that makes orders count as equally clear despite rounding."""

_TILTS = np.geomspace(0.02, 40.0, 60)
"""Chernoff's parameter, in units of the largest surplus; any value gives a bound."""

Table = npt.NDArray[np.float64]
"""A row for each scenario, a column for each night."""

_NOTHING = 1e-12
"""A variance below this is rounding."""

_NEAR = 10.59
"""Places are plausible whose likelihood ratio to the best, of normal errors by night, is no larger
(Hansen 2000, Sample splitting and threshold estimation, table 1). It is his 99 % value: pass rates
are not normal and vary less if they are high, so his 95 % value (7.35) covered the true night in
88 to 98 % of simulated histories, and this value in 95 % and more."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability of a false alarm, and how many orders were drawn to estimate it.

    ``p_value`` is never too small: if drawing ended early, or a bound was enough, it is above the
    true share.
    """

    p_value: float
    draws: int


def clearness(surplus: Surplus) -> Surplus:
    """Return how clearly each night is the first after a change, -inf if it may not be.

    It is the distance between both sides' means over its standard deviation, up to a constant;
    its square is the variance that a step before that night explains. The last axis is the nights.
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
    """Return how often chance is as clear as the clearest place; 1.0 if no step is possible.

    Deterministic: the draws are seeded.
    """
    if surplus.size < 2 * NIGHTS or not np.ptp(surplus):
        return Chance(1.0, 0)
    clearest = float(clearness(surplus).max())
    bound = _bound(surplus - surplus.mean(), clearest)
    return Chance(bound, 0) if bound <= level else _drawn(surplus, clearest, level)


def _drawn(surplus: Surplus, clearest: float, level: float) -> Chance:
    """Draw orders until more are as clear as the level allows, or enough are drawn."""
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
    """Return an upper bound of the chance of such a clear step (Hoeffding, Chernoff)."""
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
    """Values by scenario and night: their sums, counts, and sums of squares."""

    sums: Table
    counts: Table
    squares: Table

    def nights(self, first: int, end: int) -> Measured:
        """Return a stretch of nights."""
        return Measured(*(part[:, first:end] for part in (self.sums, self.counts, self.squares)))

    def surplus(self) -> Surplus:
        """Return each night's surplus; 0 if none of its values can differ."""
        totals = (part.sum(axis=1) for part in (self.sums, self.counts, self.squares))
        return np.asarray(self._against(*(total[np.newaxis] for total in totals))[0])

    def surplus_without_each(self) -> Surplus:
        """Return a row for each night: the surplus of the others without this night."""
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
    """Return verdicts as values: 1 for each pass, by scenario and night.

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

    ``up`` is whether values are larger after it.
    """

    at: int
    low: int
    high: int
    p_value: float
    up: bool


def find_splits(measured: Measured, level: float) -> tuple[Split, ...]:
    """Return the change points in order of time.

    Nights without values are allowed and carry no information.
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
    """Return the splits of nights that all have values; ``offset`` is the first of them."""
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
    """Return the surplus without the night whose removal weakens the clearest place most."""
    left = measured.surplus_without_each()
    return np.asarray(left[int(np.argmin(clearness(left).max(axis=-1)))])


def _plausible(surplus: Surplus, clear: Surplus) -> tuple[int, int]:
    """Return the first and the last place that is not much less likely than the best."""
    nights = len(surplus)
    unexplained = surplus.var() * nights - nights * np.where(clear > 0, clear, 0.0) ** 2
    least = max(float(unexplained.min()), 1e-9)
    near = np.flatnonzero(np.isfinite(clear) & (nights * (unexplained / least - 1) <= _NEAR))
    return int(near[0]), int(near[-1])


rate_of = cache(rates.rate)
"""``results.rates.rate``, remembered: a page asks for the same counts night after night."""

FEW_NIGHTS = 10
"""With fewer nights it is unknown how alike repeats are: each night counts as a single call."""

_Z = 1.959963984540054
"""95 % of a normal distribution lie so many standard deviations around its mean."""

LEVEL = 0.05
"""The chance of finding any false step."""

LEAST = {SECONDS: 0.02}
"""The smallest reported step in times: an audio frame, as smaller steps are inaudible."""

Values = Mapping[tuple[int, int], Sequence[float]]
"""Values of a measure by scenario and night, both counted from 0."""


def rate_by_night(passed: Sequence[int], judged: Sequence[int]) -> Rate:
    """Return a share with its 95 % interval from the counts of each night.

    All None if no call was judged.
    """
    counted = sum(judged)
    if not counted:
        return Rate(0, 0, None, None, None)
    share = sum(passed) / counted
    low, high = _wilson(share, counted / _design_effect(passed, judged))
    return Rate(sum(passed), counted, share, min(low, share), max(high, share))


def _design_effect(passed: Sequence[int], judged: Sequence[int]) -> float:
    """Return the design effect of the calls, from 1 (independent) to that of equal repeats."""
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


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the pass rate.

    ``index`` is the first night after it, ``low`` and ``high`` its earliest and latest plausible
    places (95 %); ``before`` and ``after`` are the rates up to the neighbouring steps, of the
    scenarios judged on both sides.
    """

    index: int
    low: int
    high: int
    p_value: float
    before: Rate
    after: Rate
    down: bool
    """Whether it got worse, scenario for scenario."""


@dataclass(frozen=True, slots=True)
class ValueStep:
    """A change of a measure; as ``Step``, with medians in the measure's unit."""

    measure: Measure
    index: int
    low: int
    high: int
    p_value: float
    before: float
    after: float
    down: bool
    """Whether it got worse, scenario for scenario."""


def find_steps(
    passed: npt.ArrayLike, judged: npt.ArrayLike, *, level: float = LEVEL
) -> tuple[Step, ...]:
    """Return the steps in order of time; the caller divides ``level`` over many series.

    Counts are by night, or of several scenarios, a row for each. Nights without a judged call are
    allowed and carry no information.

    Raises:
        ValueError: more passed than judged, or tables of two sizes.
    """
    measured = passes(passed, judged)
    splits = find_splits(measured, level)
    return tuple(
        Step(
            index=split.at,
            low=split.low,
            high=split.high,
            p_value=split.p_value,
            before=_rate(measured, before, both),
            after=_rate(measured, after, both),
            down=not split.up,
        )
        for split, before, after, both in _sides(splits, measured.counts)
    )


def find_value_steps(
    measure: Measure,
    values: Values,
    size: tuple[int, int],
    *,
    least: Values | None = None,
    level: float = LEVEL,
) -> tuple[ValueStep, ...]:
    """Return the steps of a measure in order of time; ``size`` is scenarios and nights.

    Values count by their rank among those of their scenario (van Elteren's stratified rank test),
    so one very long wait is no step. ``least`` has the lower bounds of the values, None if all
    are exact. A change of medians that may be too small without the harness's own lateness is no
    step either.
    """
    measured, lows = _ranked(values, size), values if least is None else least
    steps = []
    for split, earlier, later, both in _sides(find_splits(measured, level), measured.counts):
        before, after = (_median(values, nights, both) for nights in (earlier, later))
        before_low, after_low = (_median(lows, nights, both) for nights in (earlier, later))
        if max(after_low - before, before_low - after) < LEAST.get(measure.unit, 0.0):
            continue
        step = ValueStep(
            measure=measure,
            index=split.at,
            low=split.low,
            high=split.high,
            p_value=split.p_value,
            before=before,
            after=after,
            down=split.up is (measure.better is Better.LOWER),
        )
        steps.append(step)
    return tuple(steps)


def _sides(
    splits: Sequence[Split], counts: Table
) -> list[tuple[Split, slice, slice, npt.NDArray[np.bool_]]]:
    """Return each split with the nights up to its neighbours, and the scenarios of both sides."""
    edges = [0, *(split.at for split in splits), counts.shape[1]]
    found = []
    for number, split in enumerate(splits):
        before, after = slice(edges[number], split.at), slice(split.at, edges[number + 2])
        both = counts[:, before].any(axis=1) & counts[:, after].any(axis=1)
        found.append((split, before, after, np.asarray(both)))
    return found


def _rate(measured: Measured, nights: slice, scenarios: npt.NDArray[np.bool_]) -> Rate:
    parts = (measured.sums, measured.counts)
    passed, judged = (part[scenarios, nights].sum(axis=0).astype(int).tolist() for part in parts)
    return rate_by_night(passed, judged)


def _ranked(values: Values, size: tuple[int, int]) -> Measured:
    from scipy.stats import rankdata

    sums, counts, squares = (np.zeros(size) for _ in range(3))
    rows: dict[int, list[tuple[int, float]]] = {}
    for (scenario, night), some in values.items():
        rows.setdefault(scenario, []).extend((night, value) for value in some)
    for scenario, row in rows.items():
        nights = np.array([night for night, _ in row])
        scores = rankdata([value for _, value in row]) / (len(row) + 1) - 0.5
        for table, terms in ((sums, scores), (counts, np.ones(len(row))), (squares, scores**2)):
            np.add.at(table[scenario], nights, terms)
    return Measured(sums, counts, squares)


def _median(values: Values, nights: slice, scenarios: npt.NDArray[np.bool_]) -> float:
    return float(
        np.median(
            [
                value
                for (scenario, night), some in values.items()
                if scenarios[scenario] and nights.start <= night < nights.stop
                for value in some
            ]
        )
    )
