"""``load.json``: the options of a load test, and when its calls were due and made."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.results.store import read_json, write_json

LOAD, FORMAT = "load.json", 1


@dataclass(frozen=True, slots=True)
class LoadAsked:
    """The options of a load test; times in seconds, the ramp is part of ``for_s``."""

    rate_per_s: float
    for_s: float
    ramp_s: float
    even: bool
    seed: int


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """How many calls at a time this machine held before the test, in how many processes.

    ``p99_s`` is how late the frames of so many calls left (99th percentile); None if not even the
    fewest tried were held. ``beyond`` is the fewest that were not held; None if all tried were
    held, so that the limit is unknown.
    """

    calls: int
    processes: int
    p99_s: float | None
    beyond: int | None = None


@dataclass(frozen=True, slots=True)
class LoadedCall:
    """When a call was due, began and ended, in seconds from the start of the test.

    None if it never began. ``late_p99_s`` is how late the harness's own frames left in it.
    """

    recording: str
    due_s: float
    began_s: float | None
    ended_s: float | None
    late_p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class LoadTest:
    """A load test as it is stored."""

    asked: LoadAsked
    limit: OwnLimit | None
    calls: tuple[LoadedCall, ...]
    light: bool = False
    """Whether the light reference agent was called, whose results do not describe any agent."""
    format: int = FORMAT


def read_load(path: Path) -> LoadTest:
    """Read ``load.json``; raises RecordingDamaged if it is missing, newer or malformed."""
    return read_json(path, LoadTest, FORMAT)


def write_load(path: Path, test: LoadTest) -> None:
    """Replace ``load.json``, or leave it as it was; raises StorageFailed."""
    write_json(path, test)


# When the calls of a load test are due: open arrivals, independent of the calls before.
#
# A closed test (so many callers, each calling again when its call is over) slows down with the
# agent and so hides that it is slow ("coordinated omission"). Here the next call is due when it
# is due.
#
# Arrivals are a Poisson process, like calls of independent people. Its rate grows evenly from 0 to
# ``rate_per_s`` over the ramp and stays there. Times are made by inverting the integral of the rate
# at the points of a process of rate 1 (Lewis and Shedler 1979 describe the method).


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The final rate of calls, and the duration with the ramp included."""

    rate_per_s: float
    for_s: float
    ramp_s: float = 0.0
    even: bool = False
    """Whether calls are evenly spaced instead of by chance."""

    @property
    def expected(self) -> float:
        """How many calls are due on average."""
        return self._calls_until(self.for_s)

    def due_s(self, seed: int) -> tuple[float, ...]:
        """Return the seconds from the start at which calls are due, in order, fixed by ``seed``."""
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
