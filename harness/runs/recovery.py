"""Judges calls that were over when their run was killed, and not yet judged.

They are judged as their run would have judged them. A recording is whole once its manifest says how
the call ended. Then no new call is made: the call is transcribed, scored, and its tracks are
packed. A broken-off call, a call that the harness itself spoilt and an unreadable recording are
made again.

A call for which the harness was too late is made again too, once: its first attempt is set aside,
in a folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__
from harness.errors import RecordingDamaged
from harness.recording.manifest import load_manifest
from harness.recording.provenance import OWED, Manifest
from harness.results.model import CallResult
from harness.results.verdicts import FIRST_ATTEMPT
from harness.runs.call_ledger import TOO_LATE, folder_aside, set_aside
from harness.runs.call_result import OVER, UNJUDGED, scored
from harness.runs.local_run import run_in_workers
from harness.runs.pipeline import finish
from harness.runs.plan import Job, RunPlan
from harness.runs.plan_file import Journals
from harness.runs.processes import Workers
from harness.runs.routes import stored_target


@dataclass(frozen=True, slots=True)
class RescuedCalls:
    """The recorded calls of a plan: verdicts by run and recording, and first attempts."""

    results: dict[Path, CallResult]
    first: dict[Path, CallResult]
    """By the place of the call that they are attempts at."""


def is_done(folder: Path, call: CallResult) -> bool:
    """Whether a call in a run's journal is final; any other is made when the run continues.

    A call for which the harness was too late is final once an earlier process made it a second
    time.
    """
    if call.status in UNJUDGED or call.end_cause in OWED:
        return False
    return call.status != TOO_LATE or (folder / f"{call.recording}{FIRST_ATTEMPT}").exists()


def first_attempts(plan: RunPlan) -> dict[Path, CallResult]:
    """Return the first attempts that were set aside, judged, by the place of the call."""
    found = {}
    # The folder is the only record of a first attempt until the results are written.
    for job in plan.jobs:
        aside = folder_aside(job, plan.out)
        if (manifest := _recorded(plan, job, aside)) is not None:
            place = job.recording.with_name(aside.name).as_posix()
            found[_place(job)] = scored(plan.out / job.run, place, manifest)
    return found


class _Kept:
    """Notes the verdicts on recordings that turn out to be whole."""

    def __init__(self, over: dict[Path, Manifest], journals: Journals, last: set[Path]) -> None:
        self._over, self._journals, self._last = over, journals, last
        self.results: dict[Path, CallResult] = {}
        self.late: dict[Path, CallResult] = {}

    def started(self, job: Job) -> None:
        """No progress event: another process made the call."""

    def over(self, job: Job, *, again: bool = False) -> None:
        """No progress event either."""

    def ended(self, job: Job, result: CallResult) -> None:
        """Keep a verdict on a complete recording; a damaged recording has another status."""
        place = _place(job)
        status, late = self._over[place].status, result.status == TOO_LATE
        # A late call is owed a second attempt, unless this is the second.
        if late and place not in self._last:
            self.late[place] = result
        elif late or (status is not None and result.status == status.value):
            self._journals.ended(job, result)
            self.results[place] = result


def still_aside(plan: RunPlan, rescued: RescuedCalls) -> Iterator[CallResult]:
    """Yield the first attempts that were rescued, except those that are the only ones again."""
    for job in plan.jobs:
        first = rescued.first.get(_place(job))
        if first is not None and folder_aside(job, plan.out).exists():
            yield first


def judge_recorded(
    plan: RunPlan, journals: Journals, workers: Workers | None = None
) -> RescuedCalls:
    """Judge the complete recordings of a plan's calls, and set aside late first attempts.

    ``workers``: see ``local.run_in_workers``. After a stop, unjudged calls are left out.
    """
    first = first_attempts(plan)
    over = {
        _place(job): found
        for job in plan.jobs
        if (found := _recorded(plan, job, job.folder(plan.out))) is not None
    }
    jobs = tuple(job for job in plan.jobs if _place(job) in over)
    kept = _Kept(over, journals, set(first))
    if jobs:

        def order(job: Job) -> tuple[Path, Job]:
            return plan.out, job

        # Without a budget: these calls are made and paid already.
        those = replace(plan, jobs=jobs, budget=None)
        run_in_workers(those, _finished, order, kept, workers)
    for job in jobs:
        late = kept.late.get(_place(job))
        if late is not None and (moved := set_aside(job, plan.out, late)) is not None:
            first[_place(job)] = moved
    return RescuedCalls(kept.results, first)


def _finished(order: tuple[Path, Job]) -> CallResult:
    return finish(*order)


def _place(job: Job) -> Path:
    return Path(job.run) / job.recording


def _recorded(plan: RunPlan, job: Job, folder: Path) -> Manifest | None:
    """Return the manifest of a recording that is whole, and of just this call."""
    try:
        found = load_manifest(folder)
    except RecordingDamaged:
        return None
    loaded = job.loaded
    same = (
        found.harness_version == __version__
        and (found.scenario_hash, found.prompt_hash) == (loaded.hash, loaded.prompt_hash)
        and (found.seed, found.repeat) == (job.seed, job.repeat)
        and (found.condition, found.cell) == (job.condition, job.cell)
        and (found.clock == "virtual") is plan.virtual
        and found.fault == (plan.fault or "")
        and dict(found.target) == stored_target(job.target)
    )
    return found if same and found.status in OVER and found.origin is None else None
