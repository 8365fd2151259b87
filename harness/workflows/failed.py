"""What failed in an earlier run, planned once more: the same callers, seeds, target and conditions.

A call is made again if it failed, or did not count (connection, harness, caller, timing). One that
waits for a person's verdict is not: calling again would not answer for it. Scenario, prompt and
target are read anew, so that what was mended since is what is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from pydantic import ValidationError

from harness.calls.plan import Job, RunPlan
from harness.errors import RecordingDamaged, UnknownName, UsageError
from harness.recording.manifest import load_manifest
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, place_in_run, read_results
from harness.scenario.catalog import find
from harness.scenario.condition import Condition
from harness.scenario.load import LoadedScenario
from harness.scenario.sound import Caller
from harness.scenario.target import Target
from harness.scenario.targets import load_target
from harness.scorers.registry import known_options
from harness.transport.redaction import HIDDEN
from harness.workflows.calling import RunRequest, plan_of
from harness.workflows.room import check_is_run

_SHOWN = 5


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
    run = failed.run
    if request.out is not None and request.out.resolve() == failed.folder.resolve():
        raise UsageError(f"--out {request.out} is the run that --failed reads; give another folder")
    scenarios = _scenarios(failed)
    suite = next(iter(scenarios.values())).suite.folder
    aim = load_target(target, suite) if target is not None else _earlier_target(failed, suite)
    jobs = tuple(_jobs(failed, scenarios, aim))
    asked = replace(
        request,
        fault=request.fault or run.fault or None,
        real_time=request.real_time or (aim.url is None and run.clock == "real"),
    )
    return plan_of(asked, jobs)


def _scenarios(failed: FailedCalls) -> dict[tuple[str, str], LoadedScenario]:
    """Return the scenarios that failed, by suite and name, as their files have them now."""
    wanted = {(call.suite, call.scenario): Path(call.scenario_path) for call in failed.calls}
    gone = sorted({str(path) for path in wanted.values() if not path.is_file()})
    if gone:
        raise UsageError(
            f"{failed.folder} called scenarios that are not here any more: {_listed(gone)}; "
            "run this where that run was made"
        )
    found = {
        (one.suite.suite.suite, one.scenario.name): one
        for one in find(tuple(dict.fromkeys(wanted.values())), scorers=known_options())
    }
    missing = sorted(f"{name!r} in {wanted[suite, name]}" for suite, name in wanted.keys() - found)
    if missing:
        raise UsageError(
            f"{failed.folder} called scenarios that are not there any more: {_listed(missing)}"
        )
    return {key: found[key] for key in wanted}


def _jobs(
    failed: FailedCalls, scenarios: Mapping[tuple[str, str], LoadedScenario], target: Target
) -> Iterator[Job]:
    for call in failed.calls:
        loaded = scenarios[call.suite, call.scenario]
        place = Path(place_in_run(failed.folder, call))
        if call.condition != call.cell:
            loaded = _condition(failed.folder / place, call).applied(loaded)
        name, cell = _cell(target, call)
        yield Job(
            loaded,
            call.repeat,
            call.seed,
            place,
            cell,
            condition=call.condition,
            cell=name,
        )


def _cell(target: Target, call: CallResult) -> tuple[str, Target]:
    """Return the cell of the target's matrix in which a call was made, and its name.

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


def _condition(folder: Path, call: CallResult) -> Condition:
    """Return the condition of a recorded call: how its caller was, whatever the file says."""
    try:
        manifest = load_manifest(folder)
        caller = Caller.model_validate_json(orjson.dumps(manifest.scenario.get("caller", {})))
        known = manifest.condition == call.condition
    except (RecordingDamaged, ValidationError):
        known = False
    if not known:
        raise UsageError(
            f"{folder}: {call.scenario!r} was called under {call.condition!r}, and nothing here "
            "says what that is; call it again by what made that run"
        )
    voice_rate = caller.voice.rate
    return Condition(
        name=call.condition,
        noise=caller.noise,
        line=caller.line,
        second_talker=caller.second_talker,
        voice=caller.voice.name,
        voice_rate=voice_rate,
    )


def _earlier_target(failed: FailedCalls, suite: Path) -> Target:
    """Return the target of the earlier run by its name, else with the settings that it had."""
    run = failed.run
    try:
        return load_target(run.target, suite)
    except UnknownName as unknown:
        url = str(run.target_settings.get("url") or "")
        try:
            if url and HIDDEN not in url:
                return Target.model_validate_json(orjson.dumps(run.target_settings))
        except ValidationError:
            pass
        raise UsageError(
            f"{failed.folder} called {run.target!r}, which is not known here; "
            "name whom to call: --target"
        ) from unknown


def _planted(run: RunResults) -> str:
    return f"; faults: {run.fault}" if ", " in run.fault else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
