"""What calls measured: the values of each measure, and their distribution.

Percentiles are withheld where too few values stand behind them. A value that was owed and never
came (a turn that nobody answered) is worse than any other in them, or a silent agent would be a
quick one.

A time w is never shorter than the true one, and longer by its uncertainty u at most
(``timeline/own_lateness.py``). No value of a distribution rises when one of its times falls. So the
true figure (mean, percentile, extreme) lies between that of all w - u and that of all w, whatever
was late and however latenesses hang together: this is no estimate, and has no level of confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from harness.results.convert import counts
from harness.results.model import CallResult, MeasureSummary, Percentiles
from harness.scorers.measure import Better, Measure, MeasuredValue

P95_FROM, P99_FROM = 20, 100
"""How many values a percentile needs before it is shown."""

VALUES_NEEDED = {"p95": P95_FROM, "p99": P99_FROM}

DISTRIBUTION = ("mean", "min", "p50", "p95", "p99", "max")
"""What is told of values, fields of ``model.Percentiles``."""

SECONDS, SHARE = "s", "share"
"""Units of times, and of shares from 0 to 1; all others are words of a scorer's own."""

ValueKey = tuple[str, str, int]
"""What a value is of, its kind, and how many such there were before it in the call."""


class Ends(NamedTuple):
    """A value as it was measured, and what it truly is at least."""

    measured: float
    least: float


def mean_ends(values: Iterable[Ends]) -> Ends:
    """Return both ends of a mean; there must be values."""
    measured, least = zip(*values, strict=True)
    return Ends(fmean(measured), fmean(least))


def measures_of(calls: Iterable[CallResult]) -> tuple[Measure, ...]:
    """Return what these calls measured, in the order of their scorers."""
    found = {
        one.measure.name: one.measure
        for call in calls
        for score in call.scores
        for one in score.measurements
    }
    return tuple(found.values())


def values_of(call: CallResult, measure: str) -> tuple[MeasuredValue, ...]:
    """Return all values that a call gave of a measure, those that never came among them."""
    return tuple(value for _, value in _given(call, measure))


def _given(call: CallResult, measure: str) -> Iterator[tuple[str, MeasuredValue]]:
    """Yield the values of a measure, each with its unit."""
    for score in call.scores:
        for one in score.measurements:
            if one.measure.name == measure:
                yield from ((one.measure.unit, value) for value in one.values)


def numbers_of(call: CallResult, measure: str) -> tuple[float, ...]:
    """Return the values of a measure that came."""
    return tuple(one.value for one in values_of(call, measure) if one.value is not None)


def least_of(one: MeasuredValue, unit: str) -> float | None:
    """Return what a value truly is at least: a time may be shorter, and none is below nothing.

    Where nobody knows its uncertainty, it is taken as measured.
    """
    if one.value is None or not one.uncertainty_s or unit != SECONDS:
        return one.value
    return max(0.0, one.value - one.uncertainty_s)


def least_numbers_of(call: CallResult, measure: str) -> tuple[float, ...]:
    """Return the values that came, each as ``least_of`` has it, in the order of ``numbers_of``."""
    least = (least_of(one, unit) for unit, one in _given(call, measure))
    return tuple(one for one in least if one is not None)


def missing_in(call: CallResult, measure: str) -> int:
    """Return how many values of a measure were owed and never came."""
    return sum(one.value is None for one in values_of(call, measure))


def by_item(call: CallResult, measure: str) -> dict[ValueKey, Ends]:
    """Return the values that came by what they are of, to be held against another call's."""
    found: dict[ValueKey, Ends] = {}
    for unit, one in _given(call, measure):
        least = least_of(one, unit)
        if one.value is not None and least is not None:
            before = sum((one.of, one.kind) == key[:2] for key in found)
            found[one.of, one.kind, before] = Ends(one.value, least)
    return found


def measure_summaries(calls: Iterable[CallResult]) -> tuple[MeasureSummary, ...]:
    """Return the distribution of every measure over the calls that count."""
    counted = tuple(call for call in calls if counts(call))
    return tuple(MeasureSummary(one, spread_of(counted, one)) for one in measures_of(counted))


def spread_of(calls: Sequence[CallResult], measure: Measure) -> Percentiles:
    """Return the distribution of a measure over these calls."""
    return percentiles(
        (value for call in calls for value in numbers_of(call, measure.name)),
        least=(value for call in calls for value in least_numbers_of(call, measure.name)),
        missing=sum(missing_in(call, measure.name) for call in calls),
        better=measure.better,
    )


def percentiles(
    values: Iterable[float],
    *,
    least: Iterable[float] = (),
    missing: int = 0,
    better: Better = Better.LOWER,
) -> Percentiles:
    """Return a distribution; p95 needs 20 values, p99 needs 100.

    ``missing`` values stand beyond the worst one, and what falls on them is None. ``least`` is what
    each of the values is at least, in any order; none of them: all are exact.
    """
    beyond = [math.inf if better is Better.LOWER else -math.inf] * missing
    measured, shortest = (sorted([*some, *beyond]) for some in (values, least))
    exact = shortest in (beyond, measured)
    lower = None if exact else _distribution(shortest, missing)
    return _distribution(measured, missing, least=lower)


def _distribution(
    ordered: list[float], missing: int, *, least: Percentiles | None = None
) -> Percentiles:

    def told(metric: str) -> float | None:
        value = statistic(ordered, metric)
        return value if value is not None and math.isfinite(value) else None

    figures = {metric: told(metric) for metric in DISTRIBUTION}
    return Percentiles(count=len(ordered), missing=missing, least=least, **figures)


def statistic(ordered: Sequence[float], metric: str) -> float | None:
    """Return one of ``DISTRIBUTION`` of values in order, ±inf where it falls on such a value.

    None where too few values stand behind it. Quantiles are interpolated linearly (type 7 of
    Hyndman and Fan 1996, Sample Quantiles in Statistical Packages).
    """
    if len(ordered) < VALUES_NEEDED.get(metric, 1):
        return None
    if metric == "mean":
        return math.fsum(ordered) / len(ordered)
    share = {"min": 0.0, "max": 1.0}.get(metric)
    place = (len(ordered) - 1) * (float(metric[1:]) / 100 if share is None else share)
    low, rest = ordered[math.floor(place)], place % 1
    # no product with what has no end: 0 · inf is not a number
    return low if not rest or math.isinf(low) else low + rest * (ordered[math.ceil(place)] - low)
