"""Pass rates, pass@k and pass^k of repeats, and distributions of measured values.

Of n judged repeats c passed; k of them are drawn without replacement (the unbiased estimators):
pass@k = 1 - C(n-c, k) / C(n, k), the chance that at least one of k calls passes (Chen et al. 2021,
Evaluating Large Language Models Trained on Code), and pass^k = C(c, k) / C(n, k), the chance that
all k pass (Yao et al. 2024, tau-bench). Only valid calls with a verdict enter. Imported calls are
no repeats of each other: they have only a rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from math import comb, sqrt
from statistics import fmean
from typing import NamedTuple

from harness.judging.scorers.base import Better, Measure, MeasuredValue
from harness.results.model import (
    CallResult,
    MeasureSummary,
    PassK,
    Percentiles,
    Rate,
    ScenarioSummary,
)
from harness.results.verdicts import counts

MAX_K = 10
"""pass@k and pass^k are given for k up to this."""

_Z = 1.959963984540054
"""97.5 % of a normal distribution lie below."""

ScenarioKey = tuple[str, str, str]
"""Suite, scenario and condition: the unit that is repeated."""


def rate(passed: int, counted: int) -> Rate:
    """Return a share with its Wilson 95 % interval, all None if no call was counted.

    Written out (Newcombe 1998, method 3) because every run needs only this part of scipy, which
    takes longer to import than the harness itself.
    """
    if counted == 0:
        return Rate(0, 0, None, None, None)
    share = passed / counted
    whole = 2 * (counted + _Z**2)
    middle = (2 * counted * share + _Z**2) / whole
    reach = _Z / whole * sqrt(4 * counted * share * (1 - share) + _Z**2)
    low = 0.0 if passed == 0 else middle - reach
    high = 1.0 if passed == counted else middle + reach
    return Rate(passed, counted, share, low, high)


def pass_at(k: int, *, passed: int, judged: int) -> float:
    """Return pass@k; raises ValueError unless 1 <= k <= judged."""
    _check(k, passed, judged)
    return 1 - comb(judged - passed, k) / comb(judged, k)


def pass_hat(k: int, *, passed: int, judged: int) -> float:
    """Return pass^k; raises ValueError unless 1 <= k <= judged."""
    _check(k, passed, judged)
    return comb(passed, k) / comb(judged, k)


def scenario_key(call: CallResult) -> ScenarioKey:
    """Return the suite, scenario and condition of which the call is a repeat."""
    return call.suite, call.scenario, call.condition


def by_scenario(calls: Iterable[CallResult]) -> dict[ScenarioKey, list[CallResult]]:
    """Return the calls of each scenario, scenarios in the order of their first call."""
    groups: dict[ScenarioKey, list[CallResult]] = {}
    for call in calls:
        groups.setdefault(scenario_key(call), []).append(call)
    return groups


def scenario_summaries(calls: Iterable[CallResult]) -> tuple[ScenarioSummary, ...]:
    """Return a summary per scenario and condition, in the order of their first calls."""
    return tuple(_summary(key, group) for key, group in by_scenario(calls).items())


def mean_pass_k(scenarios: Sequence[ScenarioSummary]) -> tuple[PassK, ...]:
    """Return pass@k and pass^k of a run: for each k, the mean of the scenarios that have it."""
    found = []
    for k in range(1, MAX_K + 1):
        having = [one for scenario in scenarios for one in scenario.pass_k if one.k == k]
        if having:
            at_least_one = sum(one.at_least_one for one in having) / len(having)
            each = sum(one.each for one in having) / len(having)
            found.append(PassK(k, len(having), at_least_one, each))
    return tuple(found)


def _summary(key: ScenarioKey, calls: Sequence[CallResult]) -> ScenarioSummary:
    counted = [call for call in calls if counts(call)]
    verdicts = [call.passed for call in counted if call.passed is not None]
    passed, judged = sum(verdicts), len(verdicts)
    repeated = not any(call.call for call in calls)
    suite, scenario, condition = key
    return ScenarioSummary(
        suite=suite,
        scenario=scenario,
        condition=condition,
        pass_rate=rate(passed, judged),
        flaky=repeated and 0 < passed < judged,
        unjudged=len(counted) - judged,
        uncounted=len(calls) - len(counted),
        pass_k=tuple(
            PassK(
                k,
                1,
                pass_at(k, passed=passed, judged=judged),
                pass_hat(k, passed=passed, judged=judged),
            )
            for k in range(1, (min(judged, MAX_K) if repeated else 0) + 1)
        ),
    )


def _check(k: int, passed: int, judged: int) -> None:
    if not (1 <= k <= judged and 0 <= passed <= judged):
        raise ValueError(f"no {k} calls can be drawn from {judged}, {passed} of them passed")


# The values of each measure, and their distribution.
#
# Percentiles are withheld if there are too few values. A value that was expected and never came
# (an unanswered turn) is worse than any other value, or a silent agent would look quick.
#
# A time w is never shorter than the true time, and longer by its uncertainty u at most
# (``timeline/own_lateness.py``). No figure of a distribution rises when any of its times falls. So
# the true figure (mean, percentile, extreme) lies between that of all w - u and that of all w,
# whatever was late and however latenesses correlate: this is no estimate, and has no confidence
# level.

P95_FROM, P99_FROM = 20, 100
"""How many values a percentile needs before it is shown."""

VALUES_NEEDED = {"p95": P95_FROM, "p99": P99_FROM}

DISTRIBUTION = ("mean", "min", "p50", "p95", "p99", "max")
"""The figures of a distribution, fields of ``model.Percentiles``."""

SECONDS, SHARE = "s", "share"
"""Units of times, and of shares from 0 to 1; all other units are defined by a scorer."""

ValueKey = tuple[str, str, int]
"""The item of a value, its kind, and the number of earlier values of both in the call."""


class Ends(NamedTuple):
    """A value as it was measured, and its lower bound."""

    measured: float
    least: float


def mean_ends(values: Iterable[Ends]) -> Ends:
    """Return both ends of a mean; there must be values."""
    measured, least = zip(*values, strict=True)
    return Ends(fmean(measured), fmean(least))


def measures_of(calls: Iterable[CallResult]) -> tuple[Measure, ...]:
    """Return the measures of these calls, in the order of their scorers."""
    found = {
        one.measure.name: one.measure
        for call in calls
        for score in call.scores
        for one in score.measurements
    }
    return tuple(found.values())


def values_of(call: CallResult, measure: str) -> tuple[MeasuredValue, ...]:
    """Return all values of a measure in a call, including those that never came."""
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
    """Return the lower bound of a value: a time may be shorter, but never below 0.

    If its uncertainty is unknown, it is taken as measured.
    """
    if one.value is None or not one.uncertainty_s or unit != SECONDS:
        return one.value
    return max(0.0, one.value - one.uncertainty_s)


def least_numbers_of(call: CallResult, measure: str) -> tuple[float, ...]:
    """Return ``least_of`` each value that came, in the order of ``numbers_of``."""
    least = (least_of(one, unit) for unit, one in _given(call, measure))
    return tuple(one for one in least if one is not None)


def missing_in(call: CallResult, measure: str) -> int:
    """Return how many values of a measure were expected and never came."""
    return sum(one.value is None for one in values_of(call, measure))


def by_item(call: CallResult, measure: str) -> dict[ValueKey, Ends]:
    """Return the values that came by their item, to compare them with another call's."""
    found: dict[ValueKey, Ends] = {}
    for unit, one in _given(call, measure):
        least = least_of(one, unit)
        if one.value is not None and least is not None:
            before = sum((one.of, one.kind) == key[:2] for key in found)
            found[one.of, one.kind, before] = Ends(one.value, least)
    return found


def measure_summaries(calls: Iterable[CallResult]) -> tuple[MeasureSummary, ...]:
    """Return the distribution of every measure over the valid calls."""
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

    ``missing`` values are worse than the worst value, and a figure that falls on them is None.
    ``least`` has the lower bounds of the values, in any order; empty if all are exact.
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
    """Return a figure of ``DISTRIBUTION`` of sorted values, ±inf if it falls on such a value.

    None if there are too few values. Quantiles are interpolated linearly (type 7 of
    Hyndman and Fan 1996, Sample Quantiles in Statistical Packages).
    """
    if len(ordered) < VALUES_NEEDED.get(metric, 1):
        return None
    if metric == "mean":
        return math.fsum(ordered) / len(ordered)
    share = {"min": 0.0, "max": 1.0}.get(metric)
    place = (len(ordered) - 1) * (float(metric[1:]) / 100 if share is None else share)
    low, rest = ordered[math.floor(place)], place % 1
    # no product with infinity: 0 · inf is not a number
    return low if not rest or math.isinf(low) else low + rest * (ordered[math.ceil(place)] - low)
