"""Calls of an earlier run as jobs: its scenarios, conditions and target as the files have them now.

For what is called again because it failed (``failed.py``), and for what a killed run still owes
(``resumed_run.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from harness.calls.plan import Job
from harness.calls.plan_file import PlannedCall
from harness.errors import RecordingDamaged, UnknownName, UsageError
from harness.recording.manifest import load_manifest
from harness.results.model import CallResult
from harness.results.store import place_in_run
from harness.scenario.catalog import find
from harness.scenario.condition import Condition
from harness.scenario.load import LoadedScenario
from harness.scenario.sound import Caller
from harness.scenario.target import Target
from harness.scenario.targets import load_target
from harness.scorers.registry import known_options
from harness.transport.redaction import HIDDEN

EarlierCall = CallResult | PlannedCall
"""A call as its run tells of it: judged, or planned."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class EarlierTarget:
    """Whom an earlier run called: the name, the stored settings, and the file, where it had one."""

    name: str
    settings: Mapping[str, Any]
    file: str = ""


def scenarios_of(
    folder: Path, calls: Iterable[EarlierCall]
) -> dict[tuple[str, str], LoadedScenario]:
    """Return the scenarios of calls, by suite and name, as their files have them now.

    Raises UsageError for one that is not there any more, FaultyFiles for one with faults.
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
    """Yield the calls of a run's folder as jobs, with the seeds and places that they had.

    Raises UsageError for a condition or a cell that nobody knows any more.
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

    Raises UsageError where neither is known here, or its address holds a secret.
    """
    try:
        return load_target(earlier.file or earlier.name, suite)
    except UnknownName as unknown:
        url = str(earlier.settings.get("url") or "")
        try:
            if url and HIDDEN not in url:
                return Target.model_validate_json(orjson.dumps(dict(earlier.settings)))
        except ValidationError:
            pass
        raise UsageError(
            f"{folder} called {earlier.name!r}, which is not known here; "
            "name whom to call: --target"
        ) from unknown


def listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _called(folder: Path, call: EarlierCall, loaded: LoadedScenario) -> LoadedScenario:
    if call.condition == call.cell:
        return loaded
    return _condition(folder / place_in_run(folder, call), call).applied(loaded)


def _cell(target: Target, call: EarlierCall) -> tuple[str, Target]:
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


def _condition(folder: Path, call: EarlierCall) -> Condition:
    """Return the condition of a call: how its caller was, whatever the file says now."""
    try:
        caller = Caller.model_validate_json(orjson.dumps(_caller(folder, call)))
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
    """Return how a caller sounded, by the plan or by the recording; None where neither says it."""
    if isinstance(call, PlannedCall):
        return call.caller
    manifest = load_manifest(folder)
    return manifest.scenario.get("caller", {}) if manifest.condition == call.condition else None
