"""One call from a scenario and the options: planned, and made in a process of its own."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.agent.faults import fault
from harness.caller.model import CallerScript
from harness.calls.local import steady
from harness.calls.pipeline import VirtualOrder, call_virtually, finish, place, prepare
from harness.calls.plan import Job, Repeats, plan_jobs, sole
from harness.calls.rescuing import TOO_LATE, set_aside
from harness.calls.routes import Route
from harness.errors import UsageError
from harness.pytest_plugin.options import Options
from harness.results.model import CallResult
from harness.scenario.identity import within
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target
from harness.scenario.targets import load_target
from harness.workflows.calling import is_virtual
from harness.workflows.checking import check_target


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call; ``job.recording`` is the place it would like, and gets if that is free."""

    job: Job
    fault: str | None
    virtual: bool


def repeats_of(loaded: LoadedScenario, options: Options) -> int:
    """Return how often a scenario file is called."""
    return options.repeat if options.repeat is not None else loaded.scenario.repeat


def planned_call(
    loaded: LoadedScenario, options: Options, *, repeat: int = 0, seed_offset: int = 0
) -> PlannedCall:
    """Return the call of a scenario with that repeat, counted from 0.

    ``seed_offset`` is added to the seed that `harness run` gives this repeat.

    Raises:
        InputError: the target or the fault is not known, they do not go together, or the target
            needs a variable that is not set.
    """
    named = options.target
    target = load_target(named, loaded.suite.folder) if isinstance(named, str) else named
    if options.fault is not None:
        fault(options.fault)
        if target.url is not None:
            raise UsageError(
                f"fault {options.fault} can be switched on in the embedded reference agent only; "
                f"target {target.target} is another one"
            )
    check_target(sole(target))
    jobs = plan_jobs((loaded,), Repeats(repeat + 1, options.seed), target)
    virtual = is_virtual(target, real_time=options.real_time)
    job = replace(jobs[repeat], seed=within(jobs[repeat].seed + seed_offset))
    return PlannedCall(job, options.fault, virtual)


def aimed(config: pytest.Config, loaded: LoadedScenario, options: Options) -> Options:
    """Return the options with the target that a hook names, if one does."""
    said: str | Target | None = config.hook.pytest_harness_target(config=config, scenario=loaded)
    return options if said is None else replace(options, target=said)


@dataclass(frozen=True, slots=True)
class RealOrder:
    """A whole call in real time, as handed to a worker process."""

    job: Job
    out: Path
    route: Route


def make_call(order: VirtualOrder | RealOrder, folder: Path) -> tuple[CallResult, ...]:
    """Make and judge one call, again once if we were too late for it; the last attempt counts.

    ``folder`` is the one that relative paths are meant from: a test may have changed the folder of
    the process that this one was started from.
    """
    os.chdir(folder)
    if isinstance(order, VirtualOrder):
        return (call_virtually(order),)
    script = prepare(order.job)
    if isinstance(script, CallResult):
        return (script,)
    made = _attempt(order, script)
    first = set_aside(order.job, order.out, made) if made.status == TOO_LATE else None
    if first is None:
        return (made,)
    try:
        order.job.folder(order.out).mkdir()
    except FileExistsError:  # another test's call was quicker to take the place
        return (first,)
    return first, _attempt(order, script)


def _attempt(order: RealOrder, script: CallerScript) -> CallResult:
    with steady():
        spoilt = asyncio.run(place(order.job, script, order.route, order.out))
    return spoilt or finish(order.out, order.job)
