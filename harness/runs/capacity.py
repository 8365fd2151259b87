"""How many calls at a time this machine paces in time: the search, without the measurement.

A number of calls is held if the 99th percentile of how late their frames left is below ``LATE_S``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.text import counted

LATE_S = 0.005
"""Frames of 20 ms that leave later distort the measurements (shared promise: p99 below)."""

STEPS = (5, 10, 25, 50, 75, 100)
"""Numbers of calls that are tried; fewer than the first have too few frames for a p99.

The last is the limit: made-up calls beyond it have not been checked against real calls.
"""

Measure = Callable[[int], float | None]
"""Returns the p99 of lateness in seconds at so many calls; None if they did not take place."""


@dataclass(frozen=True, slots=True)
class Trial:
    """So many calls, and how late their frames left (99th percentile, None: not paced at all)."""

    calls: int
    p99_s: float | None

    @property
    def held(self) -> bool:
        """Whether they were paced in time."""
        return self.p99_s is not None and self.p99_s < LATE_S


@dataclass(frozen=True, slots=True)
class Capacity:
    """The result: ``calls`` at a time are held; ``trials`` in the order they were made.

    ``calls`` is 1 if not even the smallest trial was held.
    """

    calls: int
    trials: tuple[Trial, ...]

    @property
    def p99_s(self) -> float | None:
        """Lateness at the calls that are held; None if no trial was held."""
        return next(
            (one.p99_s for one in self.trials if one.held and one.calls == self.calls), None
        )

    @property
    def beyond(self) -> Trial | None:
        """The fewest calls that were not held; None if every trial was held."""
        return min((one for one in self.trials if not one.held), key=_calls, default=None)


def find_capacity(measure: Measure, most: int) -> Capacity:
    """Return how many of 1 to ``most`` calls are held, by bisecting the steps between them.

    It makes as many trials as bisection needs: four at most.
    """
    steps = (*(step for step in STEPS if step < most), most)
    trials: list[Trial] = []
    low, high = 0, len(steps)  # steps below low are held, those from high on are not
    while low < high:
        middle = (low + high) // 2
        trials.append(Trial(steps[middle], measure(steps[middle])))
        if trials[-1].held:
            low = middle + 1
        else:
            high = middle
    return Capacity(steps[low - 1] if low else 1, tuple(trials))


def capacity_line(found: Capacity) -> str:
    """Return, in a line, how many calls at a time are made, and why."""
    beyond, told = (
        found.beyond,
        f"--concurrency auto: {counted(found.calls, 'call at a time', 'calls at a time')}",
    )
    if found.p99_s is not None:
        told += f", whose frames left {_late(found.p99_s)} late (p99)"
    if beyond is None:
        told = f"{told}; more were not asked for"
    elif beyond.p99_s is None:
        told = f"{told}; {beyond.calls} could not be paced at all"
    else:
        limit = f"this machine must stay below {LATE_S * 1000:g} ms"
        told = f"{told}; {beyond.calls} were {_late(beyond.p99_s)} late, and {limit}"
    return f"{told} (what the target takes was not measured)"


def _calls(trial: Trial) -> int:
    return trial.calls


def _late(late_s: float) -> str:
    return f"{late_s * 1000:.1f} ms"
