"""Calls that were over when their run was killed, and not yet judged: judged as the run would have.

A recording is whole once its manifest says how the call ended. Then nobody is called again: the
recognizer listens, the scorers judge, the tracks are packed. What broke off, what the harness
itself spoilt and what cannot be read is a call to make again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import __version__
from harness.calls.journal import Journals
from harness.calls.local import run_in_workers
from harness.calls.pipeline import finish
from harness.calls.plan import Job, RunPlan
from harness.calls.routes import stored_target
from harness.calls.workers import Workers
from harness.errors import RecordingDamaged
from harness.recording.manifest import load_manifest
from harness.recording.provenance import CallStatus, Manifest
from harness.results.model import CallResult

_OVER = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.AGENT_SILENT,
        CallStatus.SOCKET_CLOSED,
        CallStatus.AGENT_ERROR,
    }
)
"""Ends of a call that took place; any other is made again, as a run does by itself where it was too
late for a call."""


class _Kept:
    """Notes the verdicts on recordings that turn out to be whole."""

    def __init__(self, over: dict[Path, Manifest], journals: Journals) -> None:
        self._over, self._journals = over, journals
        self.results: dict[Path, CallResult] = {}

    def started(self, job: Job) -> None:
        """Nobody is told before it is known whether it must be called again."""

    def ended(self, job: Job, result: CallResult) -> None:
        """Keep a verdict on what the manifest tells; a damaged recording has another status."""
        status = self._over[_place(job)].status
        if status is not None and result.status == status.value:
            self._journals.started(job)
            self._journals.ended(job, result)
            self.results[_place(job)] = result


def judge_recorded(
    plan: RunPlan, journals: Journals, workers: Workers | None = None
) -> dict[Path, CallResult]:
    """Judge what is recorded whole of a plan's calls; their results by run and recording.

    ``workers``: see ``local.run_in_workers``. After a stop, what is not judged is left out.
    """
    over = {_place(job): found for job in plan.jobs if (found := _recorded(plan, job)) is not None}
    jobs = tuple(job for job in plan.jobs if _place(job) in over)
    kept = _Kept(over, journals)
    if jobs:

        def order(job: Job) -> tuple[Path, Job]:
            return plan.out, job

        those = replace(plan, jobs=jobs, budget=None)
        run_in_workers(those, _finished, order, kept, workers)
    return kept.results


def _finished(order: tuple[Path, Job]) -> CallResult:
    return finish(*order)


def _place(job: Job) -> Path:
    return Path(job.run) / job.recording


def _recorded(plan: RunPlan, job: Job) -> Manifest | None:
    """Return the manifest of a recording that is whole, and of just this call."""
    try:
        found = load_manifest(job.folder(plan.out))
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
    return found if same and found.status in _OVER and found.origin is None else None
