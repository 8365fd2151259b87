"""A small suite called by the workers of a scheduler, and the progress of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.small_desk import small_desk

from harness.results.model import CallResult
from harness.runs.distributed import run_distributed
from harness.runs.embedded import embedded_agent
from harness.runs.plan import Job, Machines, Repeats, RunPlan, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target

REFERENCE = Target(format=1, target="reference", model="reference")


class Watch:
    """Records a run's progress, and calls ``at_start`` when a call begins."""

    def __init__(self, at_start: Callable[[Job], object] | None = None) -> None:
        self.calls: list[str] = []
        self._at_start = at_start

    def started(self, job: Job) -> None:
        if self._at_start is not None:
            self._at_start(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        pass

    def ended(self, job: Job, _result: CallResult) -> None:
        self.calls.append(job.label)


def planned(folder: Path, out: Path, machines: Machines, **seconds: float) -> RunPlan:
    jobs = plan_jobs(find((small_desk(folder / "desk", **seconds),)), Repeats(), REFERENCE)
    return RunPlan(jobs, out, virtual=True, concurrency=1, machines=machines)


def carried_out(plan: RunPlan, watch: Watch | None = None) -> tuple[tuple[CallResult, ...], bool]:
    assert plan.machines is not None
    return run_distributed(plan, plan.machines, embedded_agent, watch or Watch())


def outcomes(results: tuple[CallResult, ...]) -> list[tuple[str, str]]:
    return [(one.scenario, one.status) for one in results]
