"""``--concurrency auto``: how many calls are made at a time, measured just before the run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.calls.capacity import STEPS, Capacity, capacity_line, find_capacity
from harness.calls.capacity_trial import trial_calls
from harness.calls.local import workers_by_default
from harness.calls.plan import Job
from harness.calls.real_time import processes_for
from harness.load.model import OwnLimit
from harness.workflows.calling import REAL_TIME_CALLS


@dataclass(frozen=True, slots=True)
class CallsAtOnce:
    """How many calls at a time, ``why`` in one line, and what was measured for it, if anything."""

    calls: int
    why: str
    capacity: Capacity | None = None


def calls_at_once(jobs: tuple[Job, ...], *, virtual: bool) -> CallsAtOnce:
    """Return how many of these calls are made at a time; takes up to ten seconds in real time.

    Measured is this machine, not the agent, who is not called. Where it holds no call in time, it
    is one.
    """
    if virtual:
        calls = workers_by_default()
        why = "one for each core: in virtual time nothing is late"
    elif any(job.target.url is None for job in jobs):
        calls = REAL_TIME_CALLS
        why = "the embedded agent's own speech engines need this machine too"
    else:
        capacity = measured_capacity(jobs, min(len(jobs), STEPS[-1]))
        return CallsAtOnce(capacity.calls, capacity_line(capacity), capacity)
    return CallsAtOnce(calls, f"--concurrency auto: {calls} at a time: {why}")


def own_limit(jobs: tuple[Job, ...]) -> OwnLimit:
    """Return how many calls at a time this machine paces in time, whoever is called.

    Up to ``STEPS[-1]`` calls are tried, in as many processes as that many calls of a run get.
    """
    found = measured_capacity(jobs, min(len(jobs), STEPS[-1]))
    beyond = None if found.beyond is None else found.beyond.calls
    return OwnLimit(found.calls, processes_for(jobs, found.calls), found.p99_s, beyond)


def measured_capacity(jobs: Iterable[Job], most: int) -> Capacity:
    """Return how many of up to ``most`` calls this machine paces in time, by making some up."""
    kept = tuple(jobs)
    with trial_calls(processes_for(kept, most)) as trials:
        return find_capacity(lambda calls: trials.measure(calls, processes_for(kept, calls)), most)
