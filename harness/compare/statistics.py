"""Paired differences into probabilities, intervals and sample sizes; the door to scipy.stats here.

The unit is the pair: the same scenario, condition, repeat and seed, called with A and with B. A
difference is B minus A: -1, 0 or 1 where a scorer says pass or fail, seconds where it measures.

What is taken for granted, and what for it. The scenarios of the suite are fixed: a result speaks
about these scenarios, called again with other seeds, not about scenarios nobody wrote. Given its
scenario, each call stands for itself. If A and B behave alike, their two calls of a pair may then
be swapped without changing anything, in each pair on its own: that is all the sign-flip test and
McNemar's need, however different the scenarios are and however many repeats each has. Intervals are
of the mean over the pairs as they are; pairs are resampled across scenarios, so differences between
scenarios widen them: they are rather too wide than too narrow for a fixed suite. Nothing here is
clustered by scenario: from a few scenarios a cluster bootstrap would claim to know others too.

Sources: Good, Permutation, Parametric and Bootstrap Tests of Hypotheses (sign flips); McNemar 1947,
the exact form; Agresti and Min 2005 (interval of paired shares); Efron 1987 (BCa); Holm 1979.
scipy and statsmodels are imported when first needed, so that commands which do not test stay quick.
"""

from __future__ import annotations

import math
import warnings
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Confidence of intervals and tests where nobody asks for another."""

POWER = 0.8
"""How likely a difference of the named size is found, in minimum effects and sample sizes."""

RESAMPLES = 9_999
"""Draws of a bootstrap, and of a permutation test where the pairs are too many to try all flips."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference B - A over ``pairs`` pairs; its bounds are None where pairs are too few."""

    mean: float
    low: float | None
    high: float | None
    pairs: int
    level: float = LEVEL

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero; False without an interval."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


def paired_share(differences: Sequence[int], *, level: float = LEVEL) -> Interval:
    """Return the difference of two pass rates from pairs of -1, 0 and 1; 0.05 is 5 points.

    The interval is Agresti and Min's: half a pair is added to each of the four outcomes. Unlike a
    bootstrap it has a width where all pairs agree, which is what few pairs mean.

    Raises:
        ValueError: no pairs.
    """
    from scipy.stats import norm

    pairs = _counted(differences)
    reach = float(norm.ppf(0.5 + level / 2)) * share_spread(differences) / math.sqrt(pairs + 2)
    centre = sum(differences) / (pairs + 2)
    mean = sum(differences) / pairs
    low, high = max(-1.0, centre - reach), min(1.0, centre + reach)
    return Interval(mean, min(low, mean), max(high, mean), pairs, level)


def paired_mean(differences: Sequence[float], *, seed: int = 0, level: float = LEVEL) -> Interval:
    """Return a mean difference with its BCa bootstrap interval, in the unit of the differences.

    The same differences and seed give the same interval. Below ``fewest_pairs(level)`` pairs no
    interval is given: a bootstrap of five values only repeats them.

    Raises:
        ValueError: no pairs.
    """
    pairs = _counted(differences)
    values = np.asarray(differences, dtype=float)
    mean = float(values.mean())
    if pairs < fewest_pairs(level):
        return Interval(mean, None, None, pairs, level)
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, pairs, level)
    low, high = _bootstrapped(values, level, seed, method="BCa")
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = _bootstrapped(values, level, seed, method="percentile")
    return Interval(mean, low, high, pairs, level)


def sign_flip_p(differences: Sequence[float], *, seed: int = 0, alpha: float = 1 - LEVEL) -> float:
    """Return how likely a mean as far from zero is if A and B may be swapped in each pair.

    Two-sided. All flips are tried up to 13 pairs that differ (the probability is then exact), else
    ``RESAMPLES`` of them are drawn from ``seed``. Of n drawn, the smallest possible answer is
    2 / (n + 1), so a strict ``alpha`` draws more: what is beyond all chance must fall below it.
    1.0 where no pair differs.
    """
    from scipy.stats import permutation_test

    # a pair without a difference is the same after a flip; without it more tests are exact
    values = np.asarray([value for value in differences if value != 0], dtype=float)
    if not len(values):
        return 1.0
    if len(values) == 1:
        return 1.0  # either sign is as far from zero; scipy wants two
    tested = permutation_test(
        (values,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=max(RESAMPLES, math.ceil(4 / alpha)),
        batch=1_000,  # all at once is slower, and much memory for many pairs
        rng=np.random.default_rng(seed),
    )
    return float(min(1.0, tested.pvalue))


def mcnemar_p(differences: Sequence[int]) -> float:
    """Return McNemar's exact two-sided probability from pairs of -1, 0 and 1.

    It is the sign-flip test of such pairs, exact for any number of them.
    """
    from scipy.stats import binomtest

    worse, better = (sum(1 for d in differences if d == sign) for sign in (-1, 1))
    return float(binomtest(worse, worse + better).pvalue) if worse + better else 1.0


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities adjusted for being many (Holm), in the same order."""
    if not probabilities:
        return ()
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(list(probabilities), method="holm")[1]
    return tuple(float(p) for p in adjusted)


def spread(differences: Sequence[float]) -> float:
    """Return the standard deviation of differences; 0.0 for fewer than two."""
    return float(np.std(differences, ddof=1)) if len(differences) > 1 else 0.0


def share_spread(differences: Sequence[int], effect: float = 0.0) -> float:
    """Return the standard deviation of pairs of -1, 0 and 1, after Agresti and Min: never 0.

    With ``effect``, what it is at least if the true difference is that large: pairs that all agree
    so far would have to differ now and then, and the deviation with them.
    """
    pairs = len(differences) + 2
    differing = sum(abs(d) for d in differences) + 1
    mean = sum(differences) / pairs
    return math.sqrt(max(differing / pairs - mean * mean, abs(effect) - effect * effect))


@dataclass(frozen=True, slots=True)
class Design:
    """What a comparison must stand up to: its confidence, how many stand beside it, and its power.

    Sizes are worked out for the strictest of Holm's steps, so they are rather too large.
    """

    level: float = LEVEL
    tests: int = 1
    power: float = POWER

    @property
    def alpha(self) -> float:
        """The error rate that one of the tests may use."""
        return (1 - self.level) / max(1, self.tests)


def minimum_detectable(deviation: float, pairs: int, design: Design) -> float | None:
    """Return the smallest true difference that ``pairs`` pairs would find with the design's power.

    ``deviation`` is the standard deviation of a pair's difference, in whose unit the answer is.
    None where nothing can be said: too few pairs for any finding, or no deviation to go by.
    """
    if pairs < fewest_pairs(design.level, tests=design.tests) or deviation == 0:
        return None
    return deviation * _shift_found(pairs, design) / math.sqrt(pairs)


def detectable_share(differences: Sequence[int], design: Design) -> float | None:
    """Return ``minimum_detectable`` for pairs of -1, 0 and 1, whose deviation grows with it."""
    found = minimum_detectable(share_spread(differences), len(differences), design)
    if found is None:
        return None
    per_deviation = found / share_spread(differences)
    # where the deviation is that of the effect itself: effect = per_deviation · √(effect - effect²)
    return max(found, per_deviation**2 / (1 + per_deviation**2))


def pairs_needed(effect: float, deviation: float, design: Design) -> int:
    """Return how many pairs it takes to find a true difference of this size (above zero).

    Without a deviation, ``fewest_pairs``.
    """
    fewest = fewest_pairs(design.level, tests=design.tests)
    if not deviation:
        return fewest

    def enough(pairs: int) -> bool:
        # a shift too large to be computed is NaN: any pairs are enough
        return not _power(effect / deviation * math.sqrt(pairs), pairs, design) < design.power

    most = fewest
    while not enough(most):
        most *= 2
    return fewest + bisect_left(range(fewest, most), True, key=enough)


def fewest_pairs(level: float = LEVEL, *, tests: int = 1) -> int:
    """Return the number of pairs below which no outcome whatever could reach significance.

    If all pairs differ in the same direction, the probability is 2 · 0.5^pairs.
    """
    return math.ceil(math.log2(2 * tests / (1 - level)) - 1e-9)


def _bootstrapped(
    values: NDArray[np.float64], level: float, seed: int, *, method: Literal["BCa", "percentile"]
) -> tuple[float, float]:
    """Return the bounds for the mean; NaN where BCa is degenerate."""
    from scipy.stats import bootstrap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate BCa is seen in its result
        found = bootstrap(
            (values,),
            np.mean,
            confidence_level=level,
            n_resamples=RESAMPLES,
            method=method,
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return float(found.low), float(found.high)


def _counted(differences: Sequence[float]) -> int:
    if not len(differences):
        raise ValueError("no pairs to compare")
    return len(differences)


def _power(shift: float, pairs: int, design: Design) -> float:
    """Return how likely a paired t-test finds a mean that is ``shift`` standard errors from zero.

    Only on its own side of zero. On the other side scipy's distribution is NaN here and there, and
    statsmodels' solvers, which add both, then answer NaN, -1, or half of what is right.
    """
    from scipy.stats import nct, t

    return float(nct.sf(t.isf(design.alpha / 2, pairs - 1), pairs - 1, shift))


def _shift_found(pairs: int, design: Design) -> float:
    from scipy.optimize import brentq

    most = 1.0
    while _power(most, pairs, design) < design.power:
        most *= 2
    return float(brentq(lambda shift: _power(shift, pairs, design) - design.power, 0.0, most))
