"""The calls of a session, kept on disk as they end, and combined into a run at the session's end.

With xdist each worker keeps its own calls in the same folder. So a worker that dies loses no
finished call, and the workers send no results to the controller.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from harness.report.run.html import write_report
from harness.results.aggregate import Made, results_of
from harness.results.gates.judged import Judge, default_gate
from harness.results.model import CallResult, RunResults
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.store import RESULTS, write_results
from harness.runs.plan import Job

_SUFFIX = ".call"


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A finished call, with the run's facts about its calls."""

    result: CallResult
    ended_at: str
    target: str
    target_settings: dict[str, Any]
    virtual: bool
    at_once: int = 1
    """How many calls its process made at a time while it lasted."""
    fault: str = ""
    job: Job | None = None
    """The planned call, to call again if its scenario looks worse than a baseline."""


def keep(folder: Path, call: KeptCall) -> None:
    """Store a call that is over."""
    with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        pickle.dump(call, file)
    part = Path(file.name)
    # Renamed when complete: a worker may die while it writes.
    part.rename(part.with_suffix(_SUFFIX))


def kept(folder: Path) -> tuple[KeptCall, ...]:
    """Return all calls of a session, in an order that does not depend on who made which."""
    calls = [pickle.loads(path.read_bytes()) for path in folder.glob(f"*{_SUFFIX}")]
    return tuple(sorted(calls, key=_place))


def write_run(
    run_folder: Path,
    calls: tuple[KeptCall, ...],
    *,
    interrupted: bool,
    judge: Judge = default_gate,
) -> RunResults:
    """Write results.json and the pages of a session's calls; return the content of results.json.

    It is written before ``judge``, which may make calls, and again after it.

    Raises:
        OperationError: the folder cannot be written, or the agent cannot be called again.
    """
    run = run_of(calls, interrupted=interrupted)
    write_results(run_folder / RESULTS, run)
    judged = judge(run)
    if judged is not run:
        write_results(run_folder / RESULTS, judged)
    write_report(run_folder)
    return judged


def run_of(calls: tuple[KeptCall, ...], *, interrupted: bool) -> RunResults:
    """Return the results of calls of a session, not yet judged by gates."""
    settings = [call.target_settings for call in calls]
    made = Made(
        started_at=min(call.ended_at for call in calls),
        target=", ".join(dict.fromkeys(call.target for call in calls)),
        clock=", ".join(dict.fromkeys("virtual" if call.virtual else "real" for call in calls)),
        target_settings=settings[0] if all(one == settings[0] for one in settings) else {},
        interrupted=interrupted,
        fault=", ".join(dict.fromkeys(call.fault for call in calls if call.fault)),
    )
    return results_of(told_apart(calls), made)


def told_apart(calls: tuple[KeptCall, ...]) -> tuple[CallResult, ...]:
    """Return the results of a session's calls; calls that are not repeats get different names.

    Tests may call the same scenario with several agents, faults, clocks or texts: together they
    would make one rate, and a pass^k, of different things. Such calls get the difference as
    condition.
    """
    groups: dict[ScenarioKey, list[KeptCall]] = {}
    for call in calls:
        groups.setdefault(scenario_key(call.result), []).append(call)
    differing = {key: _differing(group) for key, group in groups.items()}
    return tuple(_named(call, differing[scenario_key(call.result)]) for call in calls)


def _differing(group: list[KeptCall]) -> tuple[int, ...]:
    """Return the indexes of ``_circumstances`` that distinguish the calls of a scenario."""
    rows = list(map(_circumstances, group))
    taken: tuple[int, ...] = ()
    for column in range(len(rows[0])):
        more = (*taken, column)
        if len({tuple(row[n] for n in more) for row in rows}) > len(
            {tuple(row[n] for n in taken) for row in rows}
        ):
            taken = more
    return taken


def _named(call: KeptCall, differing: tuple[int, ...]) -> CallResult:
    told = [_circumstances(call)[n] for n in differing]
    return replace(call.result, condition=", ".join(filter(None, (call.result.condition, *told))))


def _circumstances(call: KeptCall) -> tuple[str, ...]:
    settings = sha256(orjson.dumps(call.target_settings, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return (
        f"target {call.target}",
        f"fault {call.fault}" if call.fault else "no fault",
        "virtual time" if call.virtual else "real time",
        f"settings {settings[:8]}",
        f"scenario {call.result.scenario_hash[:8]}",
        f"prompt {call.result.prompt_hash[:8]}",
    )


def _place(call: KeptCall) -> tuple[str, str, int, int, str]:
    result = call.result
    return result.scenario_path, result.scenario, result.repeat, result.seed, result.recording
