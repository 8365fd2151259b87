"""The calls of a run that were made so far, and second attempts at calls that were mistimed.

The three ways to make calls (``local``, ``real_time``, ``distributed``) keep their results here.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from harness.recording.provenance import CallStatus
from harness.results.model import CallResult
from harness.results.verdicts import FIRST_ATTEMPT
from harness.runs.plan import Job, RunPlan

TOO_LATE = CallStatus.TIMING_INVALID.value


class Progress(Protocol):
    """The progress events that a run reports."""

    def started(self, job: Job) -> None:
        """A call began, for the first time or again; a call that is never made only ends."""
        ...

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call in real time is over, and is being judged.

        ``again``: it was judged, and is to be made again since the harness was too late for it.
        """
        ...

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is over and judged."""
        ...


def folder_aside(job: Job, out: Path) -> Path:
    """Return the folder of the first attempt at a call once the call is made again."""
    folder = job.folder(out)
    return folder.with_name(f"{folder.name}{FIRST_ATTEMPT}")


def is_owed_another(plan: RunPlan, job: Job, made: CallResult) -> bool:
    """Whether a call is to be made again: not if an earlier process already did that.

    Nor if calls are due at a time: that would be more load than requested.
    """
    # The folder on disk is the record of a second attempt, because it also survives a kill.
    late = made.status == TOO_LATE and not plan.due_s
    return late and not folder_aside(job, plan.out).exists()


def set_aside(job: Job, out: Path, first: CallResult) -> CallResult | None:
    """Move the recording of a first attempt, so that the second takes its place; return the first.

    None if it cannot be moved: then it stays the only attempt.
    """
    aside = folder_aside(job, out)
    try:
        # What lies there is no whole recording, or no second attempt would be owed; rename needs
        # the place free.
        shutil.rmtree(aside, ignore_errors=True)
        job.folder(out).rename(aside)
    except OSError:
        return None
    return replace(first, recording=job.recording.with_name(aside.name).as_posix())


def put_back(job: Job, out: Path) -> bool:
    """Make the first attempt at a call the only attempt again; return whether it exists."""
    if not folder_aside(job, out).exists():
        return False
    try:
        shutil.rmtree(job.folder(out), ignore_errors=True)
        folder_aside(job, out).rename(job.folder(out))
    except OSError:
        return False
    return True


class MadeCalls:
    """The calls of a run that were made so far, whatever makes them.

    A call for which the harness was too late is made again at the end of the run, if the budget
    allows it; the first attempt is kept beside the second.
    """

    def __init__(self, plan: RunPlan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress
        self._first: dict[int, CallResult] = {}
        self._made: dict[int, CallResult] = {}

    @property
    def results(self) -> tuple[CallResult, ...]:
        """The results in the plan's order, first attempts before second attempts."""
        count = len(self._plan.jobs)
        # By the plan's order and not by the order of the ends, which differs from run to run.
        made = (each.get(i) for i in range(count) for each in (self._first, self._made))
        return tuple(result for result in made if result is not None)

    @property
    def latest(self) -> tuple[CallResult, ...]:
        """The last attempt of each call that was made."""
        return tuple(self._made.values())

    @property
    def closed(self) -> str:
        """Why the budget allows no further call, empty if it does."""
        return "" if self._plan.budget is None else self._plan.budget.closed or ""

    def paid(self, index: int, result: CallResult) -> None:
        """Count the costs of a call."""
        if self._plan.budget is not None:
            self._plan.budget.add(self._plan.jobs[index].target, result)

    def note(self, index: int, result: CallResult) -> bool:
        """Keep a result and report it; return whether the call is to be made again instead."""
        self._made[index] = result
        owed = is_owed_another(self._plan, self._plan.jobs[index], result)
        if not owed:
            self.report(index)
        return owed

    def keep(self, index: int, result: CallResult) -> None:
        """Keep a result as the final one and report it, even if the harness was too late."""
        self._made[index] = result
        self.report(index)

    def report(self, index: int) -> None:
        """Report the end of a call."""
        self._progress.ended(self._plan.jobs[index], self._made[index])

    def owed(self) -> list[int]:
        """Return the calls that are to be made again."""
        jobs = self._plan.jobs
        return [i for i, made in self._made.items() if is_owed_another(self._plan, jobs[i], made)]

    def begin_again(self, index: int) -> bool:
        """Make room for a second attempt; False if the first must remain the only one."""
        first = None
        if not self.closed:
            first = set_aside(self._plan.jobs[index], self._plan.out, self._made[index])
        if first is None:
            return False
        self._first[index] = first
        del self._made[index]
        return True

    def first_attempt(self, index: int) -> CallResult | None:
        """Return the first attempt as the only one, since no second will be made."""
        first, job = self._first.pop(index, None), self._plan.jobs[index]
        return None if first is None else replace(first, recording=job.recording.as_posix())
