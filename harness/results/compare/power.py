"""Statistical power: the difference that a number of pairs detects, and the pairs needed for it.

It is estimated from the observed pairs.

Of shares: A fails now and then, and so does B if it is no worse. Pairs of such an agent with itself
differ with a share q of all. If B loses d more, the pairs that both would have passed are thinned:
of pairs, (q/2) (1 - d/p) are gained and that much and d lost, p being the pass rate (the failure
rate if that is larger). Pairs that differ are then q + d - q d/p of all: q + d (2p - 1) if the
calls are independent, q + d if the same seed decides both. The power is that of the exact test
itself, summed over the possible numbers of differing pairs, so it holds for few pairs, too.

Of seconds: the power of Student's test (noncentral t, by Johnson and Welch's normal form, which is
stable far out in the tail), averaged over the possible true deviations if it is estimated from few
pairs. Waits have long tails, and their deviation is known as badly as from a third of normal
values: ``_TAILS`` corrects for this (``benchmarks/gates.py`` measures the power).

If a finding must also exceed a smallest effect, so must the observed difference.

Sources: Miettinen 1968 and Connett, Smith and McHugh 1987 (power of McNemar's test); Johnson and
Welch 1940; O'Hagan, Stevens and Campbell 2005 (assurance: the power averaged over the unknown
parameter).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.results.compare.statistics import LEVEL, fewest_pairs, spread

POWER = 0.8
"""The probability of detecting a true difference, for minimum effects and sample sizes."""

PRIOR = 1 / 3
"""Pairs of either kind added to those seen (Tukey): 0 of 10 that differ is not 0 of 1,000."""

_TAILS = 3.0
"""Pairs of waits that estimate their deviation as well as one pair of normal values."""

MOST_PAIRS = 10_000_000
"""More pairs than any run makes: the search for a sample size ends here."""

_REACH = 9.0
"""Standard deviations beyond which a number of differing pairs practically never occurs."""


@dataclass(frozen=True, slots=True)
class Design:
    """The design of a comparison: its confidence, its number of tests, and its power.

    ``least`` is the observed effect that a finding must exceed, in addition to being significant.
    Sizes are computed for the strictest of Holm's steps, so they are rather too large.
    """

    level: float = LEVEL
    tests: int = 1
    power: float = POWER
    least: float = 0.0

    @property
    def alpha(self) -> float:
        """The error rate of one test, two-sided."""
        return (1 - self.level) / max(1, self.tests)

    @property
    def fewest(self) -> int:
        """The number of pairs below which no outcome could be a finding."""
        return fewest_pairs(self.level, tests=max(1, self.tests))


class Pilot(Protocol):
    """An estimate from observed pairs for future pairs."""

    def power(self, effect: float, pairs: int, design: Design) -> float:
        """Return how likely so many pairs find a true difference of this size."""
        ...

    def largest(self) -> float:
        """Return the largest difference that is possible."""
        ...


@dataclass(frozen=True, slots=True)
class Shares:
    """Verdicts: the rate that passes, and the share of pairs of A with itself that differ."""

    rate: float
    differing: float

    @staticmethod
    def seen(a: Sequence[float], b: Sequence[float]) -> Shares:
        """Return the estimate from verdicts, 1 and 0, of both sides; ``a`` may contain means."""
        differing = math.fsum(abs(y - x) for x, y in zip(a, b, strict=True))
        return Shares(fmean((*a, *b)), (differing + PRIOR) / (len(a) + 2 * PRIOR))

    def largest(self) -> float:
        """Return the largest possible difference: all passes, or all failures, change."""
        return max(self.rate, 1 - self.rate)

    def power(self, effect: float, pairs: int, design: Design) -> float:
        """Return how likely McNemar's exact test finds a difference, of this sign, of that size."""
        from scipy.stats import binom

        # Pairs that chance alone changes, half of them to either side, thinned by those that B
        # loses.
        gained = self.differing / 2 * (1 - effect / self.largest())
        lost = gained + effect
        share = min(1.0, gained + lost)
        numbers = _likely(pairs, share)
        # The fewest losses, of so many differing pairs, with which the exact test finds something.
        needed = binom.isf(design.alpha / 2, numbers, 0.5) + 1
        if design.least:
            # 1e-9: rounding must not add a pair that must be lost.
            beyond = np.floor((pairs * design.least + numbers) / 2 + 1e-9) + 1
            needed = np.maximum(needed, beyond)
        found = binom.sf(needed - 1, numbers, min(1.0, lost / (gained + lost)))
        # Over all numbers of differing pairs, each with its own probability.
        return float((binom.pmf(numbers, pairs, share) * found).sum())


@dataclass(frozen=True, slots=True)
class Spreads:
    """Measures: the standard deviation of a pair's difference, and from how many pairs."""

    deviation: float
    pairs: int

    @staticmethod
    def seen(differences: Sequence[float]) -> Spreads:
        """Return the estimate from differences of waits."""
        return Spreads(spread(differences), len(differences))

    def largest(self) -> float:
        """Return the largest possible difference: a wait has no upper limit."""
        return math.inf

    def power(self, effect: float, pairs: int, design: Design) -> float:
        """Return how likely the test of seconds finds a difference, of this sign, of that size."""
        from scipy.stats import norm, t

        errors = _known(self.pairs) * math.sqrt(pairs) / self.deviation
        limit = float(t.isf(design.alpha / 2, pairs - 1))
        # Johnson and Welch's normal form of the noncentral t distribution.
        width = math.sqrt(1 + limit**2 / (2 * (pairs - 1)))
        found = norm.cdf((effect * errors - limit * (1 - 1 / (4 * (pairs - 1)))) / width)
        beyond = norm.cdf((effect - design.least) * errors) if design.least else 1.0
        return float(np.minimum(found, beyond).mean())


def detectable_shares(rate: float, calls: tuple[int, int], design: Design) -> float | None:
    """Return the smallest loss (or gain) from ``rate`` that ``calls`` of A and B would detect.

    The direction is that in which more is possible. By the normal form with the correction for
    continuity, which approximates Fisher's exact test (Fleiss 1981; Casagrande, Pike and Smith
    1978). None if no possible difference would be found.
    """
    beyond, power = _quantiles(design)
    each = 1 / calls[0] + 1 / calls[1]
    rate = max(rate, 1 - rate)

    def is_found(difference: float) -> bool:
        other = rate - difference
        shared = (rate * calls[0] + other * calls[1]) / sum(calls)
        by_chance = math.sqrt(shared * (1 - shared) * each)
        true = math.sqrt(rate * (1 - rate) / calls[0] + other * (1 - other) / calls[1])
        return difference - each / 2 >= beyond * by_chance + power * true

    if not is_found(rate):
        return None
    # The probability rises with the difference, so halving the range finds where it is enough.
    low, high = 0.0, rate
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high


def detectable_means(error: float, design: Design) -> float | None:
    """Return the smallest true difference of two independent means that would be found.

    ``error`` is the standard error of the difference seen; None if it is 0.
    """
    return sum(_quantiles(design)) * error + design.least if error else None


def _quantiles(design: Design) -> tuple[float, float]:
    """Return the normal quantiles of the error rate, of both sides together, and of the power."""
    from scipy.stats import norm

    return float(norm.isf(design.alpha / 2)), float(norm.ppf(design.power))


def detectable(pilot: Pilot, pairs: int, design: Design) -> float | None:
    """Return the smallest true difference that so many pairs would find with the design's power.

    None if it is unknown: too few pairs for any finding, no possible difference would be found, or
    the waits never differed.
    """
    if pairs < design.fewest or _blind(pilot):
        return None
    low, high = 0.0, pilot.largest()
    if math.isinf(high):
        # Seconds have no largest difference: double until it would be found, then halve the range.
        high = 0.1
        while pilot.power(high, pairs, design) < design.power:
            high *= 2
    elif pilot.power(high, pairs, design) < design.power:
        return None
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (
            (middle, high) if pilot.power(middle, pairs, design) < design.power else (low, middle)
        )
    return high


def pairs_needed(pilot: Pilot, effect: float, design: Design) -> int:
    """Return how many pairs find a true difference of this size with the design's power.

    ``design.fewest`` if there is no data to estimate from, and for an effect of 0, which asks for
    any difference; more than ``MOST_PAIRS`` if no number does. The effect is beyond
    ``design.least``.
    """
    if not effect or _blind(pilot):
        return design.fewest
    effect = min(effect, pilot.largest())

    def enough(pairs: int) -> bool:
        return pilot.power(effect, pairs, design) >= design.power

    most = design.fewest
    while not enough(most):
        if most > MOST_PAIRS:
            return most
        most *= 2
    # Doubling above has found an upper end; the first number that is enough lies below it.
    return design.fewest + bisect_left(range(design.fewest, most), True, key=enough)


@cache
def _known(pairs: int) -> NDArray[np.float64]:
    """Return equally likely ratios of the deviation that so many pairs show to the true value."""
    from scipy.stats import chi2

    freedom = max(2.0, (pairs - 1) / _TAILS)
    # 40 quantiles of the distribution: enough for an average, and cheap.
    return np.sqrt(chi2.ppf((np.arange(40) + 0.5) / 40, freedom) / freedom)


def _blind(pilot: Pilot) -> bool:
    return isinstance(pilot, Spreads) and (pilot.deviation == 0 or pilot.pairs < 2)


def _likely(pairs: int, share: float) -> NDArray[np.int64]:
    """Return the numbers of differing pairs that can occur; of few pairs, all numbers."""
    reach = _REACH * math.sqrt(pairs * share * (1 - share)) + _REACH
    first, last = max(0, math.floor(pairs * share - reach)), math.ceil(pairs * share + reach)
    return np.arange(first, min(pairs, last) + 1)
