"""Calls of an earlier run as jobs: failed calls again, and the rest of a stopped run.

Shared by the plan of failed calls and the resumed run, both below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import __version__
from harness.errors import RecordingDamaged, UnknownName, UsageError
from harness.judging.scorers.registry import known_options
from harness.recording.manifest import load_manifest
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, place_in_run, read_results
from harness.results.verdicts import counts
from harness.runs.plan import AskedGates, Job, Machines, RunPlan
from harness.runs.plan_file import (
    COMPARE,
    JOURNAL,
    LOAD_TEST,
    PLAN,
    PlannedCall,
    StoredPlan,
    read_journal,
    read_plan,
    stored_plan,
)
from harness.runs.recovery import first_attempts, is_done
from harness.runs.run_folder import Keep, check_is_run, is_comparison, is_run
from harness.runs.run_suite import Resumed, RunRequest, plan_of
from harness.scenario.catalog import find, load_target
from harness.scenario.load import Condition, LoadedScenario
from harness.scenario.model import Caller
from harness.scenario.target import Target
from harness.transport.redaction import HIDDEN

EarlierCall = CallResult | PlannedCall
"""A call as its run reports it: judged, or planned."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class EarlierTarget:
    """The target of an earlier run: name, stored settings, and the file, if there was one."""

    name: str
    settings: Mapping[str, Any]
    file: str = ""


def scenarios_of(
    folder: Path, calls: Iterable[EarlierCall]
) -> dict[tuple[str, str], LoadedScenario]:
    """Return the scenarios of calls, by suite and name, as their files have them now.

    Raises UsageError for a scenario that does not exist any more, FaultyFiles for one with faults.
    """
    wanted = {(call.suite, call.scenario): Path(call.scenario_path) for call in calls}
    gone = sorted({str(path) for path in wanted.values() if not path.is_file()})
    if gone:
        raise UsageError(
            f"{folder} called scenarios that are not here any more: {listed(gone)}; "
            "run this where that run was made"
        )
    found = {
        (one.suite.suite.suite, one.scenario.name): one
        for one in find(tuple(dict.fromkeys(wanted.values())), scorers=known_options())
    }
    missing = sorted(f"{name!r} in {wanted[suite, name]}" for suite, name in wanted.keys() - found)
    if missing:
        raise UsageError(
            f"{folder} called scenarios that are not there any more: {listed(missing)}"
        )
    return {key: found[key] for key in wanted}


def jobs_of(
    folder: Path,
    calls: Iterable[EarlierCall],
    scenarios: Mapping[tuple[str, str], LoadedScenario],
    target: Target,
) -> Iterator[Job]:
    """Yield the calls of a run's folder as jobs, with the same seeds and places as before.

    Raises UsageError for a condition or a cell that is not defined any more.
    """
    under: dict[tuple[str, str, str], LoadedScenario] = {}
    for call in calls:
        key = call.suite, call.scenario, call.condition
        if key not in under:
            under[key] = _called(folder, call, scenarios[call.suite, call.scenario])
        name, cell = _cell(target, call)
        yield Job(
            under[key],
            call.repeat,
            call.seed,
            Path(place_in_run(folder, call)),
            cell,
            condition=call.condition,
            cell=name,
        )


def target_of(folder: Path, earlier: EarlierTarget, suite: Path) -> Target:
    """Return the target of an earlier run by its file or name, else with its stored settings.

    Raises UsageError if neither is known here, or its address holds a secret.
    """
    try:
        return load_target(earlier.file or earlier.name, suite)
    except UnknownName as unknown:
        url = str(earlier.settings.get("url") or "")
        try:
            if url and HIDDEN not in url:
                return Target.of(dict(earlier.settings))
        except ValidationError:
            pass
        raise UsageError(
            f"{folder} called {earlier.name!r}, which is not known here; "
            "name whom to call: --target"
        ) from unknown


def listed(names: Sequence[str]) -> str:
    """Return the first names, and the number of further names."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _called(folder: Path, call: EarlierCall, loaded: LoadedScenario) -> LoadedScenario:
    if call.condition == call.cell:
        return loaded
    return _condition(folder / place_in_run(folder, call), call).applied(loaded)


def _cell(target: Target, call: EarlierCall) -> tuple[str, Target]:
    """Return the name of a call's cell in the target's matrix, and the cell.

    Results that are older than the field hold a cell as the call's condition.
    """
    if not target.matrix:
        return call.cell, target
    name, cells = call.cell or call.condition, dict(target.cells())
    if name in cells:
        return name, cells[name]
    raise UsageError(
        f"target {target.target}: its matrix has no cell {name!r} any more; make the whole run "
        "again"
    )


def _condition(folder: Path, call: EarlierCall) -> Condition:
    """Return the condition of a call as it was then, whatever the file contains now."""
    try:
        caller = Caller.of(_caller(folder, call))
    except (RecordingDamaged, ValidationError):
        caller = None
    if caller is None:
        raise UsageError(
            f"{folder}: {call.scenario!r} was called under {call.condition!r}, and nothing here "
            "says what that is; call it again by what made that run"
        )
    return Condition(
        name=call.condition,
        noise=caller.noise,
        line=caller.line,
        second_talker=caller.second_talker,
        voice=caller.voice.name,
        voice_rate=caller.voice.rate,
    )


def _caller(folder: Path, call: EarlierCall) -> Mapping[str, Any] | None:
    """Return the caller's audio settings from the plan or the recording; None if both lack them."""
    if isinstance(call, PlannedCall):
        return call.caller
    manifest = load_manifest(folder)
    return manifest.scenario.get("caller", {}) if manifest.condition == call.condition else None


# The failed calls of an earlier run, planned once more: the same callers, seeds, target and
# conditions.
#
# A call is made again if it failed, or was not valid (connection, harness, caller, timing). A call
# that waits for a person's verdict is not: a new call would not answer its question. Scenario,
# prompt and target are read anew, so that corrections since then take effect.


@dataclass(frozen=True, slots=True)
class FailedCalls:
    """The calls of an earlier run that did not pass, and the run."""

    folder: Path
    run: RunResults
    calls: tuple[CallResult, ...]


def failed_calls(folder: Path) -> FailedCalls:
    """Return the failed calls in the run of a folder.

    Raises:
        UsageError: the folder holds no run, no call failed, or it holds calls of several
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
    """Return the plan that makes these calls again; ``target`` replaces the earlier one, if given.

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


# ``harness run --resume``: the finished calls of a run that was stopped or killed, and the missing
# calls.
#
# Only the plan of the run itself is continued: with the same harness, scenarios, prompt, target and
# seeds, else a table would mix verdicts of two tests. Calls in the journal are not made again,
# except calls that the stop itself cut short or left out, or whose recording could not be written
# to the disk. A complete recording without a verdict is judged. Every other call is made, in the
# plan's order.


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """A run to continue: its plan as its files have it now, and its finished calls."""

    plan: RunPlan
    keep: Keep
    done: Resumed


def is_finished(folder: Path) -> bool:
    """Return whether a run is complete up to its last page, so that it needs no resume."""
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
    """Return the plan that completes a run; ``target`` names it if it is not known here.

    ``machines`` make the calls, even if others made the earlier ones.

    Raises:
        OperationError: no scheduler answers at the address of the machines.
        UsageError: the folder holds no run, none with a plan, a comparison's, or a run whose files,
            target or harness have changed.
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
    """Return those of these calls that a run's journal has, and that need not be made again.

    Raises UsageError if it holds another call than the plan.
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
    """Refuse a plan that differs from the stored plan; the message names all differences."""
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
    """Return the gates of a resumed run: gates from the command line override its own."""
    return replace(
        stored, file=typed.file or stored.file, baseline=typed.baseline or stored.baseline
    )
