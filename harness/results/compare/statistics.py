"""Exact tests, intervals and power for pairs and strata; the only user of scipy.stats here.

The unit is the pair: the same scenario, condition, repeat and seed, called with A and with B. A
difference is B minus A: -1, 0 or 1 for verdicts of a scorer, seconds for its times.

Assumptions. The scenarios of the suite are fixed: a result is about these scenarios, called again
with other seeds, not about other scenarios. Given its scenario, each call is independent. If A and
B behave alike, the two calls of any pair may then be swapped without an effect: the sign-flip test
and McNemar's need only that, however different the scenarios are and however many repeats each has.
If A was called several times, any of its calls may change places with B's, which is the same test
of matched sets. The gate against a baseline pairs no verdicts: any calls of a scenario may change
sides there, whatever their seeds, which is Fisher's test within each scenario (3 of 3 lost: 1 in
20, by pairs 1 in 8). Intervals are of the mean over the given pairs; differences between scenarios
widen them: for a fixed suite they are too wide rather than too narrow. Results are not clustered by
scenario: from a few scenarios a cluster bootstrap would claim to know others too.

Sources: Good, Permutation, Parametric and Bootstrap Tests of Hypotheses (sign flips, matched sets);
Phipson and Smyth 2010 (a drawn permutation is never 0); McNemar 1947, the exact form; Miettinen
1969 (several controls for each case); Fisher 1935 and Birch 1964 (2 x 2 tables within strata);
Tarone 1990, A modified Bonferroni method for discrete data; Agresti and Min 2005 (interval of
paired shares); Student 1908; Holm 1979. A bootstrap of seconds was tried and rejected: below 40
pairs its 95 % intervals covered the truth in 82 to 92 %, Student's in 94 to 96 %
(``benchmarks/gates.py``).

Two sets of calls without pairs (other callers) are two independent samples, and the unit is the
call: Fisher's exact test and Newcombe's interval of two shares, and of two means the permutation
test of Welch's statistic, which holds for unequal spreads, too, and Welch's interval.
Sources: Fisher 1935; Newcombe 1998, Interval estimation for the difference between independent
proportions (method 10); Welch 1947; Janssen 1997 (studentized permutation tests).
scipy is imported when first needed, so that commands without tests stay quick.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Default confidence of intervals and tests."""

DRAWS = 9_999
"""Random draws of a permutation test if there are too many permutations to try all."""

_CLOSE = 1e-9
"""Tolerance for sums of the same numbers in another order."""

Sets = Sequence[tuple[Sequence[float], float]]
"""Per caller: the values of A, at least 1, and the value of B."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference B - A over ``pairs`` pairs; its bounds are None with too few pairs."""

    mean: float
    low: float | None
    high: float | None
    pairs: int
    level: float = LEVEL


def paired_share(differences: Sequence[int], *, level: float = LEVEL) -> Interval:
    """Return the difference of two pass rates from pairs of -1, 0 and 1; 0.05 is 5 points.

    The interval is Agresti and Min's: half a pair is added to each of the four outcomes. So it has
    a width even if all pairs agree, as few pairs prove little.

    Raises:
        ValueError: no pairs.
    """
    from scipy.stats import norm

    pairs = _counted(differences)
    added = pairs + 2
    centre = sum(differences) / added
    deviation = math.sqrt((sum(abs(d) for d in differences) + 1) / added - centre * centre)
    reach = float(norm.ppf(0.5 + level / 2)) * deviation / math.sqrt(added)
    mean = sum(differences) / pairs
    low, high = max(-1.0, centre - reach), min(1.0, centre + reach)
    return Interval(mean, min(low, mean), max(high, mean), pairs, level)


def paired_mean(differences: Sequence[float], *, level: float = LEVEL) -> Interval:
    """Return a mean difference with Student's interval, in the unit of the differences.

    Below ``fewest_pairs(level)`` pairs it has no interval, as the test could not be significant.

    Raises:
        ValueError: no pairs.
    """
    from scipy.stats import t

    pairs = _counted(differences)
    mean = math.fsum(differences) / pairs
    if pairs < fewest_pairs(level):
        return Interval(mean, None, None, pairs, level)
    reach = float(t.ppf(0.5 + level / 2, pairs - 1)) * spread(differences) / math.sqrt(pairs)
    return Interval(mean, mean - reach, mean + reach, pairs, level)


def sign_flip_p(differences: Sequence[float], *, seed: int = 0, alpha: float = 1 - LEVEL) -> float:
    """Return how likely a mean as far from zero is if A and B may be swapped in each pair.

    Two-sided. All flips are tried up to 13 pairs that differ (the probability is then exact), else
    ``DRAWS`` of them are drawn from ``seed``. Of n drawn, the smallest possible answer is
    1 / (n + 1), so a strict ``alpha`` draws more: a certain difference must fall below it.
    1.0 if no pair differs.
    """
    # a pair without a difference is the same after a flip; without it more tests are exact
    values = [(value, -value) for value in differences if value != 0]
    if not values:
        return 1.0
    seen = abs(math.fsum(differences))
    return _share_as_far(values, seen, seed=seed, alpha=alpha, both_sides=True)


def larger_p(sets: Sets, *, seed: int = 0, alpha: float = 1 - LEVEL) -> float:
    """Return how likely B's values are so much larger than A's if they may change places.

    One-sided: small if B is larger. Of matched sets of seconds, the permutation test; with one
    value of A in each, half of the sign-flip test.
    """
    # B's value v less the mean of the others is (n v - sum of all) / (n - 1) of n values
    differing = [(list(a), b) for a, b in sets if any(value != b for value in a)]
    if not differing:
        return 1.0
    options = []
    for a, b in differing:
        whole = math.fsum(a) + b
        options.append(tuple(((len(a) + 1) * value - whole) / len(a) for value in (b, *a)))
    seen = math.fsum(values[0] for values in options)
    return _share_as_far(options, seen, seed=seed, alpha=alpha)


@dataclass(frozen=True, slots=True)
class Stratum:
    """The calls of a scenario: how many each side has, and how many of them passed."""

    a: int
    a_passed: int
    b: int
    b_passed: int

    @property
    def fewest(self) -> int:
        """The smallest number of passes that B can have, given the total number."""
        return max(0, self.a_passed + self.b_passed - self.a)

    def law(self) -> NDArray[np.float64]:
        """Return the probabilities of ``fewest``, ``fewest`` + 1, ... passes of B.

        If any call of the scenario may change sides, they are hypergeometric (Fisher 1935).
        """
        return _hypergeometric(self.a + self.b, self.a_passed + self.b_passed, self.b)


def fewer_p(strata: Sequence[Stratum]) -> float:
    """Return how likely B passes so rarely if the calls of each scenario may change sides.

    One-sided and exact: small if B passes less. The statistic is the sum over scenarios of B's
    passes, given how many calls of each scenario passed on both sides together.
    """
    law = np.ones(1)
    for stratum in strata:
        law = np.convolve(law, stratum.law())
    above = sum(stratum.b_passed - stratum.fewest for stratum in strata)
    return float(min(1.0, law[: above + 1].sum()))


def min_attainable_p(strata: Iterable[Stratum]) -> float:
    """Return the smallest result of ``fewer_p`` for the given passes of both sides together."""
    return math.prod(float(stratum.law()[0]) for stratum in strata)


def tarone_divisor(min_ps: Sequence[float], alpha: float) -> int:
    """Return the divisor of ``alpha`` with which all tests together err as rarely (Tarone).

    ``min_ps`` has the smallest probability that each test can have. Tests that cannot reach the
    divided level cannot err either, and do not count. At least 1.
    """
    return next(k for k in count(1) if sum(p <= alpha / k for p in min_ps) <= k)


def testable(min_ps: Sequence[float], alpha: float) -> tuple[bool, ...]:
    """Return which tests can reach the level that ``tarone_divisor`` leaves to each.

    There are no more of them than the divisor.
    """
    level = alpha / tarone_divisor(min_ps, alpha)
    return tuple(p <= level for p in min_ps)


@cache
def _hypergeometric(calls: int, passed: int, drawn: int) -> NDArray[np.float64]:
    fewest, most = max(0, passed + drawn - calls), min(passed, drawn)
    ways = (
        math.comb(passed, k) * math.comb(calls - passed, drawn - k) / math.comb(calls, drawn)
        for k in range(fewest, most + 1)
    )
    return np.fromiter(ways, dtype=np.float64)


def _share_as_far(
    options: Sequence[Sequence[float]],
    seen: float,
    *,
    seed: int,
    alpha: float,
    both_sides: bool = False,
) -> float:
    """Return the share of sums, of a value per set, that are as large as the observed sum."""
    draws = max(DRAWS, math.ceil(4 / alpha))
    few = len(options) <= _TRIED
    every = few and math.prod(len(values) for values in options) <= DRAWS
    sums = np.zeros(1 if every else draws)
    random = np.random.default_rng(seed)
    for values in options:  # set by set: memory does not grow with their number
        row = np.asarray(values)
        if every:
            sums = (sums[:, None] + row).ravel()
        else:
            sums += row[random.integers(0, len(row), draws)]
    reached = np.abs(sums) if both_sides else sums
    close = _CLOSE * max(1.0, abs(seen))
    number = int((reached >= seen - close).sum())
    return number / len(sums) if every else (number + 1) / (draws + 1)


_TRIED = 13
"""Most sets for which all choices are tried: more pairs have more choices than ``DRAWS``."""


def mcnemar_p(differences: Sequence[int]) -> float:
    """Return McNemar's exact two-sided probability from pairs of -1, 0 and 1.

    It is the sign-flip test of such pairs, exact for any number of them.
    """
    from scipy.stats import binomtest

    worse, better = (sum(1 for d in differences if d == sign) for sign in (-1, 1))
    return float(binomtest(worse, worse + better).pvalue) if worse + better else 1.0


def independent_shares(a: Sequence[float], b: Sequence[float], *, level: float = LEVEL) -> Interval:
    """Return the difference B - A of two pass rates of independent calls; verdicts are 1 and 0.

    The interval is Newcombe's hybrid of both Wilson intervals.

    Raises:
        ValueError: a side without calls.
    """
    (first, low_a, high_a), (second, low_b, high_b) = (_wilson(side, level) for side in (a, b))
    mean = second - first
    low = mean - math.hypot(second - low_b, high_a - first)
    high = mean + math.hypot(high_b - second, first - low_a)
    return Interval(mean, low, high, 0, level)


def _wilson(verdicts: Sequence[float], level: float) -> tuple[float, float, float]:
    """Return a share with Wilson's interval."""
    from scipy.stats import binomtest

    passed, number = round(sum(verdicts)), _counted(verdicts)
    interval = binomtest(passed, number).proportion_ci(level, method="wilson")
    return passed / number, float(interval.low), float(interval.high)


def fisher_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Return Fisher's exact two-sided probability of two sets of verdicts, 1 and 0."""
    from scipy.stats import fisher_exact

    table = np.array([[round(sum(side)), len(side) - round(sum(side))] for side in (a, b)])
    return float(fisher_exact(table).pvalue)


def independent_means(a: Sequence[float], b: Sequence[float], *, level: float = LEVEL) -> Interval:
    """Return the difference B - A of two means with Welch's interval, in the unit of the values.

    Without bounds if a side has one call, or no value differs on either side.

    Raises:
        ValueError: a side without calls.
    """
    from scipy.stats import t

    (first, error_a), (second, error_b) = (_mean_error(side) for side in (a, b))
    mean, squared = second - first, error_a + error_b
    if min(len(a), len(b)) < 2 or not squared:
        return Interval(mean, None, None, 0, level)
    freedom = squared**2 / (error_a**2 / (len(a) - 1) + error_b**2 / (len(b) - 1))
    reach = float(t.ppf(0.5 + level / 2, freedom)) * math.sqrt(squared)
    return Interval(mean, mean - reach, mean + reach, 0, level)


def _mean_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of values and the square of its standard error."""
    return math.fsum(values) / _counted(values), spread(values) ** 2 / len(values)


def exchange_p(
    a: Sequence[float], b: Sequence[float], *, seed: int = 0, alpha: float = 1 - LEVEL
) -> float:
    """Return how likely means as far apart are if the calls of both sides may change places.

    Two-sided, of Welch's statistic. All permutations are tried if there are few, else ``DRAWS`` are
    drawn from ``seed``, more for a strict ``alpha``. 1.0 if a side has one call.
    """
    from scipy.stats import permutation_test

    if min(len(a), len(b)) < 2:
        return 1.0

    def statistic(x: NDArray[np.float64], y: NDArray[np.float64], axis: int) -> Any:
        squared = x.var(axis, ddof=1) / x.shape[axis] + y.var(axis, ddof=1) / y.shape[axis]
        apart = np.abs(x.mean(axis) - y.mean(axis))
        # without any spread, means are equal, or infinitely far apart
        error = np.sqrt(np.maximum(squared, np.finfo(float).tiny))
        return np.where(apart < _CLOSE, 0.0, apart / error)

    found = permutation_test(
        (np.asarray(a, dtype=float), np.asarray(b, dtype=float)),
        statistic,
        vectorized=True,
        # of the absolute value, because twice the smaller tail of a skewed law errs too often
        alternative="greater",
        n_resamples=max(DRAWS, math.ceil(4 / alpha)),
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


_BATCH = 1_000
"""Draws that are held in memory at a time, as runs may have many calls."""


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities adjusted for being many (Holm), in the same order.

    From the smallest on, each is multiplied by the number left, and is at least its predecessor's
    result. Written here because scipy only has the corrections of false discovery rates, and
    statsmodels would add 75 MB.
    """
    many = len(probabilities)
    adjusted = [0.0] * many
    least = 0.0
    for rank, place in enumerate(sorted(range(many), key=probabilities.__getitem__)):
        least = max(least, min(1.0, (many - rank) * probabilities[place]))
        adjusted[place] = least
    return tuple(adjusted)


def holm_tarone(
    probabilities: Sequence[float], min_ps: Sequence[float], alpha: float
) -> tuple[float, ...]:
    """Return the probabilities after Holm's correction over the tests that can be significant.

    The others (Tarone: ``testable``) are 1. ``min_ps`` has the smallest probability that each test
    can have, whatever the signs of the differences or the sides of the calls. It does not depend on
    these, so the tests that are left have a family-wise error rate of at most ``alpha``.
    """
    can = testable(min_ps, alpha)
    among = iter(holm([p for p, may in zip(probabilities, can, strict=True) if may]))
    return tuple(next(among) if may else 1.0 for may in can)


def min_flip_p(differences: Sequence[float]) -> float:
    """Return the smallest two-sided probability that pairs can have by their signs.

    It is that of McNemar's and of the sign-flip test: all pairs that differ have the same sign.
    """
    return min(1.0, 2.0 * 0.5 ** sum(value != 0 for value in differences))


def min_fisher_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the smallest result of ``fisher_p`` for the passes that both sides have together."""
    passed = round(sum(a) + sum(b))
    ends = (max(0, passed - len(b)), min(passed, len(a)))
    return min(
        fisher_p(*([1.0] * n + [0.0] * (len(side) - n) for n, side in ((k, a), (passed - k, b))))
        for k in ends
    )


def min_exchange_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Return a lower bound of the results of ``exchange_p`` for the values of both sides."""
    alike = len({*a, *b}) == 1
    return 1.0 if alike else 1 / math.comb(len(a) + len(b), len(a))


def spread(differences: Sequence[float]) -> float:
    """Return the standard deviation of differences; 0.0 for fewer than two."""
    return float(np.std(differences, ddof=1)) if len(differences) > 1 else 0.0


def fewest_pairs(level: float = LEVEL, *, tests: int = 1) -> int:
    """Return the number of pairs below which no outcome could reach significance.

    If all pairs differ in the same direction, the probability is 2 · 0.5^pairs.
    """
    return math.ceil(math.log2(2 * tests / (1 - level)) - 1e-9)


def _counted(differences: Sequence[float]) -> int:
    if not len(differences):
        raise ValueError("no pairs to compare")
    return len(differences)
