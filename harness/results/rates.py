"""Repeats of a scenario -> its pass rate, whether it is flaky, pass@k and pass^k.

Of n judged repeats c passed; k of them are drawn without putting back (the unbiased estimators):
pass@k = 1 - C(n-c, k) / C(n, k), the chance that at least one of k calls passes (Chen et al. 2021,
Evaluating Large Language Models Trained on Code), and pass^k = C(c, k) / C(n, k), the chance that
all k pass (Yao et al. 2024, tau-bench). Only calls whose status counts, and that have a verdict,
enter. Imported calls are no repeats of each other: they have a rate and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb, sqrt

from harness.results.convert import counts
from harness.results.model import CallResult, PassK, Rate, ScenarioSummary

MAX_K = 10
"""pass@k and pass^k are given for k up to this."""

_Z = 1.959963984540054
"""97.5 % of a normal distribution lie below."""

ScenarioKey = tuple[str, str, str]
"""Suite, scenario and condition: what is called again and again."""


def rate(passed: int, counted: int) -> Rate:
    """Return a share with its Wilson 95 % interval, all None where nothing was counted.

    Written out (Newcombe 1998, method 3) because every run needs it and nothing else of scipy,
    which takes longer to import than the harness itself.
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
    """Return what a call is a repeat of."""
    return call.suite, call.scenario, call.condition


def by_scenario(calls: Iterable[CallResult]) -> dict[ScenarioKey, list[CallResult]]:
    """Return the calls of each scenario, scenarios in the order of their first call."""
    groups: dict[ScenarioKey, list[CallResult]] = {}
    for call in calls:
        groups.setdefault(scenario_key(call), []).append(call)
    return groups


def scenario_summaries(calls: Iterable[CallResult]) -> tuple[ScenarioSummary, ...]:
    """Return one summary per scenario and condition, in the order of their first calls."""
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
