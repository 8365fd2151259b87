"""What a run says of itself while it runs: calls running, rate, lateness, failures, ETA, cost.

Times are an argument, seconds of a clock that only goes forward. A call that is over is not running
any more, though it is still to be judged, or to be made again since we were too late for it. A call
that is never made only ends.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.calls.budget import Budget
from harness.calls.plan import Job, RunPlan
from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.results.convert import counts
from harness.results.model import CallResult

RATE_S = 60.0
"""Over how long the rate of starts is taken."""
_RATE_FROM_S = 10.0
"""A run that is younger has no rate: its first calls start all at once."""
_KEPT = 200
"""Calls, the last ones, whose length and lateness count."""


@dataclass(frozen=True, slots=True)
class _Running:
    job: Job
    since_s: float


class LiveFigures:
    """Follows the calls of a plan; ``line`` says how it stands."""

    def __init__(self, plan: RunPlan, now_s: float) -> None:
        self._plan, self._start_s = plan, now_s
        self.total, self.done, self.begun = len(plan.jobs), 0, 0
        self.failed = self.uncounted = 0
        self._running: dict[Path, _Running] = {}
        self._judging: set[Path] = set()
        self._again: set[Path] = set()
        self._starts: deque[float] = deque()
        self._took: deque[float] = deque(maxlen=_KEPT)
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._worst_s = 0.0

    def started(self, job: Job, now_s: float) -> None:
        """A call begins, for the first time or again."""
        place = job.folder(Path())
        self.begun += place not in self._again
        self._again.discard(place)
        self._running[place] = _Running(job, now_s)
        self._starts.append(now_s)

    def over(self, job: Job, now_s: float, *, again: bool = False) -> None:
        """A call is over, and is being judged; or was, and is to be made ``again``."""
        place = job.folder(Path())
        if (running := self._running.pop(place, None)) is not None:
            self._took.append(now_s - running.since_s)
        self._judging.discard(place)
        (self._again if again else self._judging).add(place)

    def ended(self, job: Job, result: CallResult, now_s: float, late_s: float | None) -> None:
        """A call is judged; ``late_s`` is how late its frames left (p99), None for unknown."""
        self.over(job, now_s)
        place = job.folder(Path())
        self._judging.discard(place)
        self._again.discard(place)
        self.done += 1
        if self._plan.due_s:  # a load test asks whether calls come about, not what is said
            self.failed += result.status != CallStatus.COMPLETED.value
        else:
            self.failed += result.passed is False
            self.uncounted += not counts(result)
        if late_s is not None:
            self._late.append(late_s)
            self._worst_s = max(self._worst_s, late_s)

    @property
    def running(self) -> int:
        """The number of calls under way."""
        return len(self._running)

    def line(self, now_s: float) -> str:
        """Return all of it in words, but for what is done and the time left."""
        return "; ".join(self._told(now_s))

    def age_s(self, now_s: float) -> float:
        """Return how long the run has been running."""
        return now_s - self._start_s

    def eta(self, now_s: float) -> str:
        """Return "0:40" as the time that is left, or a dash while nobody knows."""
        return figures.length(self.left_s(now_s))

    def oldest(self, now_s: float) -> str:
        """Return the call that has been running the longest, and for how long; may be empty."""
        oldest = min(self._running.values(), key=lambda one: one.since_s, default=None)
        if oldest is None:
            return ""
        return f"{oldest.job.label} {figures.length(now_s - oldest.since_s)}"

    def left_s(self, now_s: float) -> float | None:
        """Return how long the run will take yet; None before the first call is over."""
        if self.done == self.total:
            return 0.0
        if not self._took:
            return None
        mean_s, plan = statistics.fmean(self._took), self._plan
        rests = [max(0.0, mean_s - (now_s - one.since_s)) for one in self._running.values()]
        if plan.due_s:
            began_s = plan.due_clock.began_s
            from_s = now_s if began_s is None else began_s
            last_s = max(0.0, from_s + plan.due_s[-1] - now_s)
            return last_s + mean_s if self._to_begin else max(rests, default=0.0)
        shared_s = (sum(rests) + mean_s * self._to_begin) / plan.concurrency
        if plan.rate is not None:
            shared_s = max(shared_s, self._to_begin * 60.0 / plan.rate.per_minute)
        return max([shared_s, *rests])

    @property
    def _to_begin(self) -> int:
        waiting = self.total - self.done - len(self._running) - len(self._judging)
        return max(0, waiting)

    def _told(self, now_s: float) -> Iterator[str]:
        parts = [f"{self.running} running"]
        parts += [f"{len(self._judging)} being judged"] if self._judging else []
        parts += [f"{len(self._again)} to be made again"] if self._again else []
        yield ", ".join(parts)
        if (rate := self._a_minute(now_s)) is not None:
            yield f"{rate:.0f} started a minute"
        if self.failed or self.uncounted:
            failed = f"{self.failed} failed"
            yield f"{failed}, {self.uncounted} did not count" if self.uncounted else failed
        if self._late:
            late_ms, worst_ms = 1000 * statistics.median(self._late), 1000 * self._worst_s
            yield f"frames {late_ms:.1f} ms late (p99; worst call {worst_ms:.1f})"
        if self._plan.budget is not None:
            yield spent_line(self._plan.budget)

    def _a_minute(self, now_s: float) -> float | None:
        age_s = self.age_s(now_s)
        while self._starts and self._starts[0] <= now_s - RATE_S:
            self._starts.popleft()
        return None if age_s < _RATE_FROM_S else len(self._starts) * 60.0 / min(age_s, RATE_S)


def spent_line(budget: Budget) -> str:
    """Return what has been spent, and of how much."""
    currency = budget.prices.currency
    spent = figures.money(budget.spent, budget.spent, currency)
    limit = "" if budget.limit is None else f" of {budget.limit:g} {currency}"
    return f"{spent}{limit}{' and more, not all is priced' if budget.untold else ''}"
