"""What failed in an earlier run, planned once more: the same callers, seeds, target and conditions.

A call is made again if it failed, or did not count (connection, harness, caller, timing). One that
waits for a person's verdict is not: calling again would not answer for it. Scenario, prompt and
target are read anew, so that what was mended since is what is called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.calls.plan import RunPlan
from harness.errors import UsageError
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, read_results
from harness.scenario.targets import load_target
from harness.workflows.calling import RunRequest, plan_of
from harness.workflows.earlier_calls import EarlierTarget, jobs_of, scenarios_of, target_of
from harness.workflows.room import check_is_run


@dataclass(frozen=True, slots=True)
class FailedCalls:
    """The calls of an earlier run that did not pass, and the run."""

    folder: Path
    run: RunResults
    calls: tuple[CallResult, ...]


def failed_calls(folder: Path) -> FailedCalls:
    """Return what failed in the run of a folder.

    Raises:
        UsageError: the folder holds no run, nothing failed in it, or it holds calls of several
            agents (a pytest session's) or imported ones.
        RecordingDamaged: its results cannot be read.
    """
    check_is_run(folder)
    run = read_results(folder / RESULTS)
    if any(call.call for call in run.calls):
        raise UsageError(
            f"{folder} holds calls that were imported: nobody can call them again; `harness score "
            f"{folder}` judges them anew"
        )
    calls = tuple(call for call in run.calls if call.passed is False or not counts(call))
    if not calls:
        if run.interrupted:
            raise UsageError(
                f"nothing failed in {folder} before the run was stopped, and calls that were not "
                "made are not in it; make the whole run again"
            )
        raise UsageError(f"nothing failed in {folder}: there is no call to make again")
    if len({run.target, *run.target.split(", ")}) > 1 or ", " in run.fault:
        raise UsageError(
            f"{folder} holds calls of several agents ({run.target}{_planted(run)}), which one run "
            "cannot call; it is a pytest session's: `pytest --lf` calls again what failed"
        )
    return FailedCalls(folder, run, calls)


def plan_failed(failed: FailedCalls, request: RunRequest, *, target: str | None) -> RunPlan:
    """Return the plan that makes these calls again; ``target`` is another one to call, if any.

    Raises:
        InputError: anything wrong in files, options or environment; a scenario that is not there
            any more; or ``request.out`` is the earlier run's own folder.
    """
    run, folder = failed.run, failed.folder
    if request.out is not None and request.out.resolve() == folder.resolve():
        raise UsageError(f"--out {request.out} is the run that --failed reads; give another folder")
    scenarios = scenarios_of(folder, failed.calls)
    suite = next(iter(scenarios.values())).suite.folder
    earlier = EarlierTarget(run.target, run.target_settings)
    aim = load_target(target, suite) if target is not None else target_of(folder, earlier, suite)
    jobs = tuple(jobs_of(folder, failed.calls, scenarios, aim))
    asked = replace(
        request,
        fault=request.fault or run.fault or None,
        real_time=request.real_time or (aim.url is None and run.clock == "real"),
    )
    return plan_of(asked, jobs)


def _planted(run: RunResults) -> str:
    return f"; faults: {run.fault}" if ", " in run.fault else ""
