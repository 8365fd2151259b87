"""When a pass rate changed: steps in counts of passes, night by night.

Model: between two steps every judged call passes with one probability. The best place of a step is
the one with the highest likelihood (binomial, before against after), with at least ``NIGHTS``
nights on either side. How often chance alone would do as well is found by a permutation test of
whole nights (Besag and Clifford, 1991; scipy.stats.permutation_test): a night's calls stay
together, so a service that has better and worse nights does not look like a step. A step must also
remain when the one night that speaks loudest for it is left out: a single bad night is none. Where
a step is found, both sides are searched again (binary segmentation, Vostrikova 1981), so "broken,
then mended" is two steps. With no change anywhere the chance of any step is at most ``level``.

Assumed: nights are exchangeable while nothing changes. Bad nights that come in rows for a reason of
their own (an outage of three nights) do look like steps, and are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.results.model import Rate
from harness.results.rates import rate

Counts = npt.NDArray[np.int64]
Likelihoods = npt.NDArray[np.float64]

NIGHTS = 3
"""Nights that must lie on either side of a step."""

LEVEL = 0.05
"""The chance of finding any step where there is none."""

_NEAR = 3.68
"""Log-likelihoods this near to the best make the 95 % set of places: half of 7.35, the critical
value of the likelihood ratio of a place of change (Hansen 2000, Sample splitting and threshold
estimation, table 1). The 1.92 of an ordinary parameter would leave the true night out too often."""

_FEW_DRAWS, _MANY_DRAWS = 199, 1999


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the pass rate.

    ``index`` is the first night after it, ``low`` and ``high`` its earliest and latest plausible
    places (95 %); ``before`` and ``after`` are the rates up to the neighbouring steps.
    """

    index: int
    low: int
    high: int
    p_value: float
    before: Rate
    after: Rate

    @property
    def down(self) -> bool:
        """Whether it got worse."""
        return (self.after.rate or 0.0) < (self.before.rate or 0.0)


def find_steps(
    passed: Sequence[int], judged: Sequence[int], *, level: float = LEVEL
) -> tuple[Step, ...]:
    """Return the steps in order of time; ``level`` is shared out by the caller over many series.

    Nights without a judged call are allowed and say nothing.

    Raises:
        ValueError: more passed than judged, or lists of two lengths.
    """
    table = np.array([passed, judged], dtype=np.int64).reshape(2, -1)
    if (table[0] > table[1]).any() or (table[0] < 0).any():
        raise ValueError("a night has between 0 and all of its judged calls passed")
    speaking = np.flatnonzero(table[1])
    splits = _segment(table[:, speaking], 0, level)
    edges = [0, *(split.at for split in splits), len(speaking)]
    return tuple(
        Step(
            index=int(speaking[split.at]),
            low=int(speaking[split.low]),
            high=int(speaking[split.high]),
            p_value=split.p_value,
            before=_rate(table[:, speaking[edges[number] : split.at]]),
            after=_rate(table[:, speaking[split.at : edges[number + 2]]]),
        )
        for number, split in enumerate(splits)
    )


@dataclass(frozen=True, slots=True)
class _Split:
    at: int
    low: int
    high: int
    p_value: float


def _segment(table: Counts, offset: int, level: float) -> list[_Split]:
    """Return the splits of a stretch of nights that all speak; ``offset`` is its first night."""
    p_value = _chance(table, level)
    if p_value > level or _chance(_without_loudest(table), level) > level:
        return []
    gains = _gains(table)
    at = int(np.argmax(gains))
    near = np.flatnonzero(gains >= gains[at] - _NEAR)
    split = _Split(offset + at, offset + int(near[0]), offset + int(near[-1]), p_value)
    return [
        *_segment(table[:, :at], offset, level),
        split,
        *_segment(table[:, at:], offset + at, level),
    ]


def _without_loudest(table: Counts) -> Counts:
    """Return the nights without the one whose loss costs the best step most."""
    nights = table.shape[1]
    left = [np.delete(table, night, axis=1) for night in range(nights)]
    return left[int(np.argmin([_gains(one).max() for one in left]))]


def _chance(table: Counts, level: float) -> float:
    """Return the permutation p-value of the best step, 1.0 where there can be none.

    Where a few draws show that it is far from any level, no more are made (Besag and Clifford).
    """
    total = table.sum(axis=1)
    if table.shape[1] < 2 * NIGHTS or total[0] in (0, total[1]):
        return 1.0
    roughly = _permuted(table, _FEW_DRAWS)
    return roughly if roughly > LEVEL else _permuted(table, max(_MANY_DRAWS, int(4 / level)))


def _permuted(table: Counts, draws: int) -> float:
    from scipy.stats import permutation_test

    def best(order: Counts, axis: int = -1) -> Likelihoods:
        return np.asarray(_gains(table[:, order]).max(axis=-1))

    tested = permutation_test(
        (np.arange(table.shape[1]),),
        best,
        permutation_type="pairings",
        vectorized=True,
        alternative="greater",
        n_resamples=draws,
        batch=2000,
        random_state=np.random.default_rng(0),
    )
    return float(tested.pvalue)


def _gains(table: Counts) -> Likelihoods:
    """Return what a step before each night gains in log-likelihood, -inf where none may be.

    The last axis is the nights; those before it are kept.
    """
    from scipy.special import xlogy

    sums = np.cumsum(table, axis=-1)
    whole = sums[..., -1:]
    before = np.zeros_like(sums)
    before[..., 1:] = sums[..., :-1]
    counts = np.arange(int(whole[1].max()) + 1)
    logs = np.asarray(
        xlogy(counts, counts), dtype=np.float64
    )  # n log n for every count that can be
    gain = _fit(before, logs) + _fit(whole - before, logs) - _fit(whole, logs)
    gain[..., :NIGHTS] = -np.inf
    gain[..., gain.shape[-1] - NIGHTS + 1 :] = -np.inf
    return gain


def _fit(table: Counts, logs: Likelihoods) -> Likelihoods:
    """Return the log-likelihood of passed and judged calls at their best probability."""
    passed, judged = table
    return np.asarray(logs[passed] + logs[judged - passed] - logs[judged])


def _rate(table: Counts) -> Rate:
    passed, judged = table.sum(axis=1)
    return rate(int(passed), int(judged))
