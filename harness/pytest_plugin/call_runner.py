"""Plans and makes the calls of a pytest process in worker processes.

A pytest process may be the only process or an xdist worker: they share the folder of the run. A
call never runs in the process of the tests, whose loop, clock and threads belong to the tests.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock

from harness.agent.faults import fault
from harness.caller.model import CallerScript
from harness.errors import StorageFailed, UsageError
from harness.pytest_plugin.gates import KeptCall, keep
from harness.pytest_plugin.outcome import CallOutcome
from harness.pytest_plugin.session import Options, PluginRun
from harness.results.model import CallResult
from harness.runs.call_ledger import TOO_LATE, set_aside
from harness.runs.call_result import worker_died
from harness.runs.embedded import (
    ENGLISH,
    GA,
    Callers,
    agent_process,
    callers_of,
    embedded_agent,
)
from harness.runs.local_run import steady
from harness.runs.pipeline import VirtualOrder, call_virtually, finish, place, prepare
from harness.runs.plan import Job, Repeats, plan_jobs, sole
from harness.runs.preflight import check_target
from harness.runs.processes import BrokenProcessPool, Workers
from harness.runs.routes import Route, embedded_route, route_to, stored_target
from harness.runs.run_folder import make_room, room_for
from harness.runs.run_results import now
from harness.runs.run_suite import calls_at_a_time, is_virtual
from harness.scenario.catalog import load_target
from harness.scenario.identity import within
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target

# A call from a scenario and the options: planned, and made in a process of its own.


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A planned call; it is stored at ``job.recording`` unless that place is taken."""

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
    """Return the options with the target that a hook returns, if any."""
    said: str | Target | None = config.hook.pytest_harness_target(config=config, scenario=loaded)
    return options if said is None else replace(options, target=said)


@dataclass(frozen=True, slots=True)
class RealOrder:
    """A whole call in real time, as handed to a worker process."""

    job: Job
    out: Path
    route: Route


def make_call(order: VirtualOrder | RealOrder, folder: Path) -> tuple[CallResult, ...]:
    """Make and judge a call, once more if the harness was too late for it; the last attempt counts.

    ``folder`` is the base of relative paths: a test may have changed the working folder of the
    process that started this one.
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


@dataclass(slots=True, eq=False)
class _UnderWay:
    job: Job
    future: Future[tuple[CallResult, ...]]
    virtual: bool
    at_once: int = 1
    """Most calls that this process made at a time, including this call, while it lasted."""


def switchboard(session: PluginRun) -> Switchboard:
    """Return this process's switchboard, made on first use."""
    stash = session.config.stash
    if _BOARD not in stash:
        stash[_BOARD] = Switchboard(session.config, session)
        session.at_end(stash[_BOARD].close)
    return stash[_BOARD]


class Switchboard:
    """Makes the calls of the tests of a process; ``close`` it at the end."""

    def __init__(self, config: pytest.Config, session: PluginRun) -> None:
        self._config, self._session = config, session
        self._open = ExitStack()
        self._workers: dict[bool, Workers] = {}
        """Those for virtual time and those for real time, which are few: see calls_at_a_time."""
        self._agents: dict[tuple[str | None, str, Callers], str] = {}
        self._under_way: set[_UnderWay] = set()
        self._one_at_a_time = threading.Lock()

    def call(self, planned: PlannedCall) -> CallOutcome:
        """Make a call and wait for its verdict.

        Raises:
            InputError: the folder of the run holds another run, or a target's key is not set.
            OperationError: that folder cannot be written, or the embedded agent cannot start.
        """
        return self._over(planned, self._place(planned))

    async def call_async(self, planned: PlannedCall) -> CallOutcome:
        """Make a call while the running loop continues; raises like ``call``.

        Cancelling does not hang up: the call continues and its result is dropped.
        """
        under_way = await asyncio.to_thread(self._place, planned)
        # asyncio.wait leaves the future alone if this task is cancelled; awaiting it would cancel
        # it.
        await asyncio.wait([asyncio.wrap_future(under_way.future)])
        return self._over(planned, under_way)

    def agent_url(self, fault: str | None, spoken: str = GA, callers: Callers = ENGLISH) -> str:
        """Return the URL of a reference agent in real time, shared by all calls of this process.

        ``spoken`` is the dialect that it is called in, by ``callers``.

        Raises:
            OperationError: it does not start.
        """
        key = fault, spoken, callers
        if key not in self._agents:
            agent = agent_process(fault, spoken, callers=callers)
            self._agents[key] = self._open.enter_context(agent)
        return self._agents[key]

    def close(self) -> None:
        """End the workers and the agents; calls still under way are given up."""
        if any(not one.future.done() for one in self._under_way):
            for workers in self._workers.values():
                workers.kill()
        self._open.close()

    def _place(self, planned: PlannedCall) -> _UnderWay:
        with self._one_at_a_time:
            self._make_room()
            job = replace(planned.job, recording=self._free_place(planned.job.recording))
            order = self._order(job, planned)
            workers = self._workers_for(virtual=planned.virtual)
            future = workers.submit(make_call, order, self._config.invocation_params.dir)
            under_way = _UnderWay(job, future, planned.virtual)
            self._under_way.add(under_way)
            self._count()
            return under_way

    def _workers_for(self, *, virtual: bool) -> Workers:
        if virtual not in self._workers:
            workers = Workers(calls_at_a_time(virtual=virtual))
            self._workers[virtual] = self._open.enter_context(workers)
        return self._workers[virtual]

    def _count(self) -> None:
        """Note of every call under way how many there are, but for those that wait their turn."""
        lasting = [one for one in tuple(self._under_way) if not one.future.done()]
        at_once = sum(
            min(sum(one.virtual is virtual for one in lasting), calls_at_a_time(virtual=virtual))
            for virtual in (True, False)
        )
        for one in lasting:
            one.at_once = max(one.at_once, at_once)

    def _order(self, job: Job, planned: PlannedCall) -> VirtualOrder | RealOrder:
        out = self._session.run_folder
        if planned.virtual:
            return VirtualOrder(job, out, embedded_agent, planned.fault)
        if job.target.url is not None:
            return RealOrder(job, out, route_to(job.target))
        callers = callers_of((job.loaded,))
        url = self.agent_url(planned.fault, job.target.dialect, callers)
        return RealOrder(job, out, embedded_route(url, job.target, fault=planned.fault))

    def _make_room(self) -> None:
        """Make the folder of the run, once, whichever process comes first."""
        made = self._session.folder / "room"
        with FileLock(self._session.folder / "room.lock"):  # the workers of xdist share the folder
            if not made.exists():
                folder = self._open.enter_context(room_for(self._session.run_folder, by="pytest"))
                make_room(folder, force=self._session.options.replace)
                made.touch()

    def _free_place(self, wanted: Path) -> Path:
        """Take a folder for a recording that no other call has, whichever process makes it."""
        calls, slug, number = wanted.parts
        attempt = 0
        while True:
            attempt += 1
            place = Path(calls, slug if attempt == 1 else f"{slug}-{attempt}", number)
            try:
                # mkdir claims the place: it fails if another process has made the folder
                (self._session.run_folder / place).mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise StorageFailed(
                    self._session.run_folder / place, error.strerror or str(error)
                ) from error
            return place

    def _over(self, planned: PlannedCall, under_way: _UnderWay) -> CallOutcome:
        job = under_way.job
        try:
            attempts = under_way.future.result()
        except BrokenProcessPool:
            attempts = (worker_died(job, stopped=False),)
        self._under_way.discard(under_way)
        result = attempts[-1]
        settings = stored_target(job.target)
        for one in attempts:
            keep(
                self._session.folder,
                KeptCall(
                    one,
                    now(),
                    job.target.target,
                    settings,
                    planned.virtual,
                    under_way.at_once,
                    planned.fault or "",
                    job,
                ),
            )
        outcome = CallOutcome(
            result=result,
            loaded=job.loaded,
            folder=self._session.run_folder / result.recording,
            target=job.target.target,
            asked=self._session.note,
            note="" if planned.virtual else self._session.doubt(under_way.at_once),
        )
        self._session.note(outcome)
        self._config.hook.pytest_harness_call_finished(
            config=self._config, result=result, recording_folder=outcome.folder
        )
        return outcome


_BOARD = pytest.StashKey[Switchboard]()
