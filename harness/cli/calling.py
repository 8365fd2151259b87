"""From the words of a command line to a finished run: plan, progress, results written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.cli.embedded import agent_process, embedded_agent
from harness.cli.progress import progress_for
from harness.cli.room import make_room
from harness.errors import UnknownName, UsageError
from harness.execute.again import RESULTS
from harness.execute.local import Progress, run_real, run_virtual, workers_by_default
from harness.execute.pipeline import Route, route_to
from harness.execute.plan import Repeats, RunPlan, plan_jobs
from harness.execute.stopping import stop_signals
from harness.protocol.dialect import dialect
from harness.results.aggregate import summarize
from harness.results.model import FORMAT, CallResult, RunResults
from harness.results.store import write_results
from harness.scenario.catalog import default_paths, find
from harness.scenario.load import LoadedScenario, load_target
from harness.scenario.target import Target
from harness.scorers.registry import scorers_for

EMBEDDED = "reference"
"""Name of the target that the harness starts itself."""

REAL_TIME_CALLS = 2
"""Calls at a time in real time by default: the embedded agent's ears and voice need cores too."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of ``harness run``, as given."""

    paths: tuple[Path, ...] = ()
    target: str = EMBEDDED
    scenario: str | None = None
    tags: tuple[str, ...] = ()
    repeat: int | None = None
    seed: int | None = None
    concurrency: int | None = None
    real_time: bool = False
    out: Path | None = None
    force: bool = False
    fault: str | None = None


def planned(request: RunRequest) -> RunPlan:
    """Read the files and return what to do.

    Raises:
        InputError: anything wrong in files, options or environment; found before any call, and
            before an earlier run is replaced.
    """
    paths = request.paths or default_paths()
    scenarios = find(paths, name_glob=request.scenario, tags=request.tags)
    target = load_target(request.target, scenarios[0].suite.folder)
    embedded = target.url is None
    _check_target(target)
    _check_scorers(scenarios)
    if request.fault is not None:
        _check_fault(request.fault, embedded)
    virtual = embedded and not request.real_time
    return RunPlan(
        jobs=plan_jobs(scenarios, Repeats(request.repeat, request.seed)),
        target=target,
        out=request.out or Path("reports") / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S"),
        virtual=virtual,
        concurrency=request.concurrency or (workers_by_default() if virtual else REAL_TIME_CALLS),
        embedded=embedded,
        fault=request.fault,
    )


def _check_target(target: Target) -> None:
    """Find out now what would otherwise spoil every call: an unknown dialect, a missing key."""
    try:
        dialect(target.dialect)
    except UnknownName as error:
        raise UsageError(f"target {target.target}: {error}") from error
    if target.url is not None:
        route_to(target)


def _check_scorers(scenarios: tuple[LoadedScenario, ...]) -> None:
    """Find a broken set of scorers (two packages with one name) before anybody is called."""
    for loaded in scenarios:
        scorers_for(loaded.scenario)


def _check_fault(name: str, embedded: bool) -> None:
    from harness.agent.faults import fault

    if not embedded:
        raise UsageError("--fault works on the embedded reference agent only; drop --target")
    fault(name)


def carry_out(
    plan: RunPlan, *, force: bool = False, progress: Progress | None = None
) -> RunResults:
    """Make the calls and write results.json, also after Ctrl-C; returns what was written.

    Raises:
        UsageError: the folder holds another run and ``force`` is not set.
        OperationError: the embedded agent cannot start, or the folder cannot be written.
    """
    make_room(plan.out, force=force)
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    with progress_for(plan) if progress is None else _given(progress) as watcher:
        calls, interrupted = _calls(plan, watcher)
    results = RunResults(
        format=FORMAT,
        harness_version=__version__,
        started_at=started_at,
        target=plan.target.target,
        clock="virtual" if plan.virtual else "real",
        interrupted=interrupted,
        calls=calls,
        summary=summarize(calls),
    )
    with stop_signals():  # a third Ctrl-C must not cost what two have spared
        write_results(plan.out / RESULTS, results)
    return results


@contextmanager
def _given(progress: Progress) -> Iterator[Progress]:
    yield progress


def _calls(plan: RunPlan, progress: Progress) -> tuple[tuple[CallResult, ...], bool]:
    if plan.virtual:
        return run_virtual(plan, embedded_agent, progress)
    if plan.embedded:
        with agent_process(plan.fault) as url:
            return run_real(plan, Route(url, {}, plan.target, seeded=True), progress)
    return run_real(plan, route_to(plan.target), progress)
