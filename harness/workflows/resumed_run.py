"""``harness run --resume``: what a run that was stopped or killed has, and the calls it still owes.

The plan of the run is the only one that is gone on with: with the same harness, scenarios, prompt,
target and seeds, else verdicts of two tests would stand in one table. What the journal holds is
not called again, but for calls that the stop itself cut short or left out, or whose recording the
disk did not take. What was recorded whole and not judged is judged. Everything else is called, in
the plan's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__
from harness.calls.journal import JOURNAL, read_journal
from harness.calls.plan import AskedGates, Job, Machines, RunPlan
from harness.calls.plan_file import (
    COMPARE,
    LOAD_TEST,
    PLAN,
    PlannedCall,
    StoredPlan,
    read_plan,
    stored_plan,
)
from harness.calls.rescuing import first_attempts, is_done
from harness.errors import UsageError
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results
from harness.scenario.targets import load_target
from harness.workflows.calling import Resumed, RunRequest, plan_of
from harness.workflows.earlier_calls import (
    EarlierTarget,
    jobs_of,
    listed,
    scenarios_of,
    target_of,
)
from harness.workflows.room import Keep, is_comparison, is_run


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """A run to go on with: its plan as its files have it now, and what is done of it."""

    plan: RunPlan
    keep: Keep
    done: Resumed


def is_finished(folder: Path) -> bool:
    """Say whether a run was carried through to its last page: nothing of it is to be resumed."""
    if (folder / JOURNAL).exists() or not (folder / RESULTS).exists():
        return False
    return not read_results(folder / RESULTS).interrupted


def resumed_run(
    folder: Path,
    *,
    target: str | None,
    concurrency: int | None = None,
    machines: Machines | None = None,
) -> ResumedRun:
    """Return what to do to carry a run to its end; ``target`` names it where it is not known here.

    ``machines`` make the calls, whoever made those before.

    Raises:
        OperationError: nobody answers at the address of the machines' scheduler.
        UsageError: the folder holds no run, none with a plan, a comparison's, or one whose files,
            target or harness are others than they were.
        RecordingDamaged: the plan or the journal cannot be read.
        InputError: anything wrong in files or environment.
    """
    _check_has_plan(folder)
    stored = read_plan(folder)
    if stored.command == COMPARE:
        raise UsageError(
            f"{folder} is the run of one agent in a comparison; the same `harness compare` with "
            f"--out {folder.parent} --resume goes on with it"
        )
    if stored.command == LOAD_TEST:
        raise UsageError(
            f"{folder} is a load test, whose calls were due at their time: nothing goes on with "
            f"it; `harness score {folder}` judges what is recorded, or make the test again"
        )
    _check_version(folder, stored)
    plan = replace(
        _planned_now(folder, stored, target, machines),
        concurrency=concurrency or stored.concurrency,
    )
    _check_same(folder, stored, plan)
    done = done_calls(folder, plan.jobs)
    plan = replace(plan, gates=stored.gates, budget=stored.budget())
    finished = replace(plan, jobs=tuple(job for job in plan.jobs if job.recording in done))
    first = first_attempts(finished)
    if plan.budget is not None:
        for job in finished.jobs:
            for paid in (first.get(job.recording), done[job.recording]):
                if paid is not None:
                    plan.budget.add(job.target, paid)
    resumed = Resumed(stored.started_at, done, tuple(first.values()))
    return ResumedRun(plan, Keep(stored.keep), resumed)


def done_calls(folder: Path, jobs: Sequence[Job]) -> dict[Path, CallResult]:
    """Return what the journal of a run has of these calls, and need not be made again.

    Raises UsageError where it holds another call than the plan.
    """
    there = read_journal(folder)
    planned = {job.recording.as_posix(): job for job in jobs}
    for place, call in there.items():
        job = planned.get(place)
        if job is None or (call.seed, call.scenario_hash, call.prompt_hash) != (
            job.seed,
            job.loaded.hash,
            job.loaded.prompt_hash,
        ):
            raise UsageError(
                f"{folder / JOURNAL} holds {call.scenario!r} ({place}, seed {call.seed}), which is "
                f"not in {folder / PLAN}: they are not of one run; make the run again"
            )
    return {Path(place): call for place, call in there.items() if is_done(folder, call)}


def _check_has_plan(folder: Path) -> None:
    if (folder / PLAN).exists():
        return
    if is_comparison(folder):
        raise UsageError(
            f"{folder} holds a comparison; the same `harness compare` with --out {folder} --resume "
            "goes on with it"
        )
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run to resume: there is no {PLAN} in it")
    raise UsageError(
        f"{folder} holds a run without {PLAN} (of an older harness, an import or a test session), "
        f"so nobody knows what it was asked; `harness score {folder}` judges what is recorded"
    )


def _check_version(folder: Path, stored: StoredPlan) -> None:
    if stored.harness_version != __version__:
        raise UsageError(
            f"{folder} was begun by harness {stored.harness_version}, and this is {__version__}: "
            "one run is not judged by two; resume it with that version, or make the run again"
        )


def _planned_now(
    folder: Path, stored: StoredPlan, target: str | None, machines: Machines | None
) -> RunPlan:
    """Return the plan with its scenarios and target as their files have them now."""
    scenarios = scenarios_of(folder, stored.calls)
    suite = next(iter(scenarios.values())).suite.folder
    earlier = EarlierTarget(stored.target, stored.target_settings, stored.target_file)
    aim = load_target(target, suite) if target is not None else target_of(folder, earlier, suite)
    jobs = tuple(jobs_of(folder, stored.calls, scenarios, aim))
    real_time = aim.url is None and stored.clock == "real"
    asked = RunRequest(
        fault=stored.fault or None, real_time=real_time, out=folder, machines=machines
    )
    return plan_of(asked, jobs)


def _check_same(folder: Path, stored: StoredPlan, plan: RunPlan) -> None:
    """Refuse a plan that is not the stored one any more; the line names all that differs."""
    now = stored_plan(plan, command="", started_at="", keep="")
    differs = list(_differences(stored, now))
    if differs:
        raise UsageError(
            f"{folder} cannot be resumed, since it was begun these have changed: "
            f"{'; '.join(differs)}. Put that back, or make the run again with another --out"
        )


def _differences(stored: StoredPlan, now: StoredPlan) -> Iterator[str]:
    if stored.target_settings != now.target_settings:
        yield f"the target {stored.target} ({_named_keys(stored, now)})"
    if stored.clock != now.clock:
        yield f"the clock ({stored.clock} then, {now.clock} now)"
    pairs = list(zip(stored.calls, now.calls, strict=True))
    tests = [was for was, call in pairs if was.scenario_hash != call.scenario_hash]
    if tests:
        yield f"what is tested: {listed(_names(tests))}"
    told = [was for was, call in pairs if was.prompt_hash != call.prompt_hash]
    if told:
        yield f"what the agent is told (prompt or tools): suite {listed(_suites(told))}"


def _named_keys(stored: StoredPlan, now: StoredPlan) -> str:
    was, has = stored.target_settings, now.target_settings
    return ", ".join(key for key in sorted({*was, *has}) if was.get(key) != has.get(key))


def _names(calls: Sequence[PlannedCall]) -> list[str]:
    return list(dict.fromkeys(f"{call.scenario!r} ({call.scenario_path})" for call in calls))


def _suites(calls: Sequence[PlannedCall]) -> list[str]:
    return list(dict.fromkeys(call.suite for call in calls))


def gates_of(stored: AskedGates, typed: AskedGates) -> AskedGates:
    """Return the gates of a resumed run: those that were typed stand above its own."""
    return replace(
        stored, file=typed.file or stored.file, baseline=typed.baseline or stored.baseline
    )
