"""When the calls of a load test are due: open arrivals, whatever becomes of the calls before.

A closed test (so many callers, each calling again when its call is over) slows down with the agent
and so hides that it is slow ("coordinated omission"). Here the next call is due when it is due.

Arrivals are a Poisson process, as calls of people who know nothing of each other are. Its rate
grows evenly from 0 to ``rate_per_s`` over the ramp and stays there. Times are made by inverting the
integral of the rate at the points of a process of rate 1 (Lewis and Shedler 1979 name the way).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Arrivals:
    """So many calls a second in the end, for so long, the ramp included."""

    rate_per_s: float
    for_s: float
    ramp_s: float = 0.0
    even: bool = False
    """Whether calls are evenly spaced instead of by chance."""

    @property
    def expected(self) -> float:
        """How many calls are due on average."""
        return self._calls_until(self.for_s)

    def rate_at(self, at_s: float) -> float:
        """Return the calls a second that are due around a time."""
        return self.rate_per_s * min(1.0, at_s / self.ramp_s if self.ramp_s else 1.0)

    def due_s(self, seed: int) -> tuple[float, ...]:
        """Return the seconds from the start at which calls are due, in order; same seed, same."""
        return tuple(self._due_s(seed))

    def _due_s(self, seed: int) -> Iterator[float]:
        random = np.random.default_rng(seed)
        calls = 0.0
        while True:
            calls += 1.0 if self.even else float(random.exponential())
            due_s = self._when(calls)
            if due_s >= self.for_s:
                return
            yield due_s

    def _calls_until(self, at_s: float) -> float:
        """Return the integral of the rate."""
        ramped = min(at_s, self.ramp_s)
        grown = 0.5 * self.rate_per_s * ramped * ramped / self.ramp_s if self.ramp_s else 0.0
        return grown + self.rate_per_s * (at_s - ramped)

    def _when(self, calls: float) -> float:
        """Return when so many calls are due on average: the inverse of ``_calls_until``."""
        in_ramp = 0.5 * self.rate_per_s * self.ramp_s
        if calls < in_ramp:
            return math.sqrt(2 * calls * self.ramp_s / self.rate_per_s)
        return self.ramp_s + (calls - in_ramp) / self.rate_per_s
