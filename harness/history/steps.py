"""Steps: when a pass rate, or what a scorer measures, changed, from what to what.

Where they are is ``splits.py``. Both sides are told of the scenarios that were called on both, so
that like is held against like, and with intervals that take a night's calls together: the repeats
of one night are alike, as they meet the same prompt, the same build, the same bad hour of a
service. Taken for independent they make a rate look surer than it is. So the interval is Wilson's
of fewer calls: the counted ones divided by the design effect (Kish; Rao and Scott 1992, A simple
method for the analysis of clustered binary data), which is how much more the nights differ than
independent calls would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from harness.history import splits
from harness.history.splits import Measured, Split, Table, find_splits, passes
from harness.results import rates
from harness.results.measured import SECONDS
from harness.results.model import Rate
from harness.scorers.measure import Better, Measure

rate = cache(rates.rate)
"""``results.rates.rate``, remembered: a page asks for the same counts night after night."""

FEW_NIGHTS = 10
"""Below this many nights nobody knows how alike repeats are: each night counts as one call."""

_Z = 1.959963984540054
"""95 % of a normal distribution lie so many standard deviations around its mean."""

NIGHTS = splits.NIGHTS
"""Nights that must lie on either side of a step."""

LEVEL = 0.05
"""The chance of finding any step where there is none."""

LEAST = {SECONDS: 0.02}
"""A step in times is told from one audio frame on; below is nothing that anybody hears."""

Values = Mapping[tuple[int, int], Sequence[float]]
"""Values of a measure by scenario and night, both counted from 0."""


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
    """A change of what is measured; as ``Step``, with medians in the measure's unit."""

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
    """Return the steps in order of time; ``level`` is shared out by the caller over many series.

    Counts are by night, or of several scenarios, a row for each. Nights without a judged call are
    allowed and say nothing.

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
    so one very long wait is no step. ``least`` is what the values are at least, None: all are
    exact. A change of medians that may be too small without our own lateness is no step either.
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
