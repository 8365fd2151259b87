"""Many calls in real time on this machine: planned and watched here, paced in other processes.

The calls run in pacing processes (``pacing``), which have no other work. The lines are spoken
before and the recordings judged afterwards by workers that give way to them. This process hands out
and collects, and may be late without making a frame late.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came. Calls that had not begun
by then are left out. A process that dies spoils its own calls, never the run.

A call for which the harness was too late (``timing_invalid``) is made again once. The first attempt
comes back before the second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, ParamSpec, TypeVar

from harness.caller.model import CallerScript
from harness.errors import OperationError
from harness.recording.manifest import MANIFEST
from harness.results.model import CallResult
from harness.runs.call_ledger import MadeCalls, Progress, put_back
from harness.runs.call_result import left_out, worker_died
from harness.runs.local_run import workers_by_default
from harness.runs.pacing import PacingDied, PacingProcesses, PlaceOrder
from harness.runs.pipeline import finish, prepare
from harness.runs.plan import Job, RunPlan
from harness.runs.processes import BrokenProcessPool, Stop, Workers, stop_signals
from harness.runs.routes import Route, hook_secret
from harness.transport.retry import Doors, own_turn

P = ParamSpec("P")
T = TypeVar("T")

CALLS_EACH = 50
"""Calls that one pacing process takes before another is started."""

PREPARED_S = 10.0
"""How long before a call is due its caller is prepared; calls that are due sooner are prepared
before the first second."""

MOST_UNDER_WAY = 1_000
"""Limit of calls at the same time; due calls beyond it are left out: more would only overload this
machine."""

_TOO_MANY = "{} calls were under way already, the most that one machine is asked for"

_HANG_UP_S = 5.0
"""How long calls may take to hang up after a second request; then their processes are killed."""

Routes = Callable[[Job], Route]
"""How to reach the agent of a call."""


def run_real(
    plan: RunPlan, routes: Routes, progress: Progress
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls in real time, each on its target's route.

    On Ctrl-C the calls under way are hung up at once and shown as interrupted with their partial
    recordings, and calls that were over are judged; a second Ctrl-C does not wait for that.

    Raises:
        OperationError: the listener for an agent's server tool reports cannot open.
    """
    # Preparing and judging must not delay the frames of the calls under way.
    heavy = Workers(max(2, workers_by_default()), gives_way=True)
    with stop_signals() as stop, heavy as workers:
        run = _RealRun(plan, routes, progress, workers=workers, stop=stop)
        try:
            asyncio.run(run.all_calls())
        except* OperationError as failed:
            raise failed.exceptions[0] from None
    return run.made.results, stop.asked > 0


def processes_for(jobs: Iterable[Job], at_once: int) -> int:
    """Return the maximum number of processes that pace these calls, ``at_once`` at a time."""
    # The source of server tool reports is a single port or file for all calls of a target.
    if any(job.target.tools_from is not None for job in jobs):
        return 1
    return min(workers_by_default(), -(-at_once // CALLS_EACH))


class _DoorsOfRun(dict[str, Doors]):
    """The doors of each server that a run calls: as shut as an earlier run left them."""

    def __init__(self, plan: RunPlan) -> None:
        super().__init__()
        self._plan = plan

    def __missing__(self, server: str) -> Doors:
        doors = self[server] = Doors(self._plan.admissions[server], self._plan.rate)
        return doors


class _RealRun:
    """The calls of a run in real time, each a task that orders it and waits for its end."""

    def __init__(
        self, plan: RunPlan, routes: Routes, progress: Progress, *, workers: Workers, stop: Stop
    ) -> None:
        self._plan, self._routes, self._progress = plan, routes, progress
        self._workers, self._stop = workers, stop
        targets = {job.target.tools_from: job.target for job in plan.jobs}
        sources = [(told, hook_secret(its)) for told, its in targets.items() if told is not None]
        count = processes_for(plan.jobs, plan.concurrency)
        measured = {} if plan.capacity is None else {"measured_before": asdict(plan.capacity)}
        self._pacing = PacingProcesses(
            count,
            each=CALLS_EACH,
            sources=sources,
            noted={"at_once": plan.concurrency, **measured},
            doors=_DoorsOfRun(plan),
        )
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._over: set[int] = set()
        self._under_way = 0
        self._early: dict[int, CallerScript | CallResult] = {}
        """Callers that were prepared before the first second."""
        self.made = MadeCalls(plan, progress)

    async def all_calls(self) -> None:
        """Make the calls, ``concurrency`` at a time; ends early when asked to stop.

        Calls that are due at a time begin then, however many are under way, and no call is made
        again: that would be more load than requested.
        """
        loop = asyncio.get_running_loop()
        hang_up = partial(loop.call_soon_threadsafe, self._hang_up)
        async with self._pacing:
            with self._stop.listening(hang_up):
                count, due = len(self._plan.jobs), self._plan.due_s
                at_once = count if due else self._plan.concurrency
                if due:
                    await self._start_clock()
                await self._each(range(count), self._one, at_once)
                if due:
                    return
                # Late calls are repeated last and fewer at a time, for less load on the machine.
                await self._each(self.made.owed(), self._again, max(1, at_once // 2))

    async def _start_clock(self) -> None:
        """Start the clock for due calls, after all preparations."""
        soon = (i for i, due_s in enumerate(self._plan.due_s) if due_s <= PREPARED_S)
        async with asyncio.TaskGroup() as group:
            self._tasks = {i: group.create_task(self._prepare_early(i)) for i in soon}
            self._tasks[-1] = group.create_task(self._pacing.ready())
            if self._stop.asked:  # asked before this handler was set
                self._hang_up()
        self._tasks = {}
        self._plan.due_clock.began_s = time.monotonic()

    async def _prepare_early(self, index: int) -> None:
        self._early[index] = await self._prepared(self._plan.jobs[index])

    async def _each(
        self,
        indexes: Iterable[int],
        make: Callable[[int, Job, asyncio.Semaphore], Coroutine[Any, Any, None]],
        at_once: int,
    ) -> None:
        """Make some calls of the plan, so many at a time."""
        free = asyncio.Semaphore(at_once)
        async with asyncio.TaskGroup() as group:
            for index in indexes:
                job = self._plan.jobs[index]
                self._tasks[index] = group.create_task(make(index, job, free))
            if self._stop.asked:  # asked before this handler was set
                self._hang_up()

    def _hang_up(self) -> None:
        for index, task in self._tasks.items():
            if index not in self._over:
                task.cancel()
        if self._stop.asked > 1:
            self._workers.kill()
            asyncio.get_running_loop().call_later(_HANG_UP_S, self._pacing.kill)

    async def _one(self, index: int, job: Job, free: asyncio.Semaphore) -> None:
        await self._due(index, ahead_s=PREPARED_S)
        async with free:
            if reason := self.made.closed:
                result = await self._unpaid(index, job, reason)
            else:
                result = await self._call(index, job)
            if self.made.note(index, result):
                self._progress.over(job, again=True)

    async def _again(self, index: int, job: Job, free: asyncio.Semaphore) -> None:
        """Repeat a call for which the harness was too late, unless no further call may start."""
        async with free:
            if not self._stop.asked and self.made.begin_again(index):
                self._over.discard(index)
                self.made.keep(index, await self._call(index, job))
            else:
                self.made.report(index)

    async def _unpaid(self, index: int, job: Job, reason: str) -> CallResult:
        """Leave a call out because of the budget; a late first attempt remains the attempt."""
        if not put_back(job, self._plan.out):
            return left_out(job, reason)
        if (first := self.made.first_attempt(index)) is not None:
            return first
        return await self._work(finish, self._plan.out, job)  # recorded by a killed process

    async def _call(self, index: int, job: Job) -> CallResult:
        """Make a call; cancelling before it has begun raises, after that it is a result."""
        try:
            early = self._early.pop(index, None)
            script = await self._prepared(job) if early is None else early
            if isinstance(script, CallResult):
                return script
            await self._due(index)
            await own_turn(self._plan.rate)
            if reason := self.made.closed:  # it may have closed meanwhile
                return await self._unpaid(index, job, reason)
            if self._plan.due_s and self._under_way >= MOST_UNDER_WAY:
                return left_out(job, _TOO_MANY.format(MOST_UNDER_WAY))
            self._progress.started(job)
            await asyncio.sleep(0)  # the progress display may have asked us to stop
            result = await self._made(index, job, script)
            self.made.paid(index, result)
            return result
        except (BrokenProcessPool, PacingDied):
            return worker_died(job, stopped=self._stop.asked > 0)

    async def _made(self, index: int, job: Job, script: CallerScript) -> CallResult:
        order = PlaceOrder(self._pacing.number(), job, script, self._routes(job), self._plan.out)
        self._under_way += 1
        try:
            placed = await self._pacing.place(order)
        finally:
            self._under_way -= 1
        self._over.add(index)
        self._progress.over(job)
        if placed.interrupted:
            return self._interrupted(job)
        if placed.spoilt is not None:
            return placed.spoilt
        return await self._work(finish, self._plan.out, job)

    async def _prepared(self, job: Job) -> CallerScript | CallResult:
        try:
            return await self._work(prepare, job)
        except BrokenProcessPool:
            return worker_died(job, stopped=self._stop.asked > 0)

    async def _due(self, index: int, *, ahead_s: float = 0.0) -> None:
        """Wait until the call is due, less ``ahead_s``; at once if calls have no due times."""
        began_s = self._plan.due_clock.began_s
        if self._plan.due_s and began_s is not None:
            wait_s = self._plan.due_s[index] - ahead_s - (time.monotonic() - began_s)
            await asyncio.sleep(max(0.0, wait_s))

    def _interrupted(self, job: Job) -> CallResult:
        """Return the recorded part of a call that was hung up; raises if it had not begun."""
        if not (job.folder(self._plan.out) / MANIFEST).exists():
            raise asyncio.CancelledError
        return finish(self._plan.out, job)

    async def _work(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        return await asyncio.wrap_future(self._workers.submit(job, *args, **named))
