"""Nights compared like with like: what each has beyond what its own scenarios let one expect.

A night that calls a hard scenario for the first time passes less, and nothing got worse. So a
night is held against the mean of just those scenarios that it called, each over all of its nights:
its surplus is the sum of what was measured less those means, in standard deviations. Summed up to a
night that is the numerator of Cochran, Mantel and Haenszel's test with the scenarios as strata, to
which a scenario with nights on one side only adds nothing. With the same scenarios and repeats
every night it is the night's sum, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.history.chance import Surplus

Table = npt.NDArray[np.float64]
"""A row for each scenario, a column for each night."""

_NOTHING = 1e-12
"""A variance below this is rounding."""


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
