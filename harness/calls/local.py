"""Many calls on this machine: bounded concurrency, progress, and nothing lost on Ctrl-C.

Virtual time: each call runs whole in a worker process, one call per process at a time, so calls
never share a clock. Real time: all calls share one event loop that does nothing but call; speaking
the lines, listening and scoring go to worker processes, because work of more than a millisecond
beside the pacing loop would make frames late, and no garbage is collected meanwhile.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came. Calls that had not begun
by then are left out. A worker that dies spoils the calls it was at, never the run.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AsyncExitStack, contextmanager, nullcontext
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from harness.calls.pipeline import (
    Embedded,
    VirtualOrder,
    call_virtually,
    finish,
    left_out,
    place,
    prepare,
    worker_died,
)
from harness.calls.plan import Job, RunPlan
from harness.calls.routes import Route, hook_secret
from harness.calls.stopping import Stop, stop_signals
from harness.calls.workers import BrokenProcessPool, Workers
from harness.results.model import CallResult
from harness.scenario.tools_from import ToolsFrom
from harness.session.clock import RealClock
from harness.session.tool_sources import ToolSources
from harness.session.webhook import hooked

P = ParamSpec("P")
T = TypeVar("T")
P1 = TypeVar("P1")

_LOOK_S = 0.1
"""How often a run in virtual time looks whether it should stop."""


@contextmanager
def steady() -> Iterator[None]:
    """Keep Python's cyclic collector still inside the block; reference counting goes on.

    With everything imported, one full collection takes 10 to 40 ms, in which no loop reads a
    socket. What calls leave behind in cycles is little and is collected at the end of the block.
    Nothing happens where the collector is off already.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def started(self, job: Job) -> None:
        """A call began."""
        ...

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is over and judged."""
        ...


def workers_by_default() -> int:
    """Return how many calls run at the same time in virtual time: one per usable core."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_virtual(
    plan: RunPlan, embedded: Embedded, progress: Progress, workers: Workers | None = None
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls in virtual time; ``workers``: see ``run_in_workers``.

    On Ctrl-C the calls under way are finished (they take about a second); a second Ctrl-C kills
    them, and they are shown as interrupted.
    """

    def order(job: Job) -> VirtualOrder:
        return VirtualOrder(job, plan.out, embedded, plan.fault)

    return run_in_workers(plan, call_virtually, order, progress, workers)


def run_in_workers(
    plan: RunPlan,
    work: Callable[[P1], CallResult],
    order: Callable[[Job], P1],
    progress: Progress,
    workers: Workers | None = None,
) -> tuple[tuple[CallResult, ...], bool]:
    """Have each job done whole in a worker process; ``work`` is a function of a module.

    ``workers`` are used and left running; without them there are new ones, gone at the end. On
    Ctrl-C what is under way is finished; a second Ctrl-C kills it.
    """
    those = Workers(plan.concurrency) if workers is None else nullcontext(workers)
    with stop_signals() as stop, those as pool:

        def submit(job: Job) -> Future[CallResult]:
            return pool.submit(work, order(job))

        run = _WorkerRun(plan, submit, progress, workers=pool, stop=stop)
        run.feed()
        while run.step():
            pass
    return run.results(), stop.asked > 0


class _WorkerRun:
    """The jobs of a run that workers do whole: to come, under way, done."""

    def __init__(
        self,
        plan: RunPlan,
        submit: Callable[[Job], Future[CallResult]],
        progress: Progress,
        *,
        workers: Workers,
        stop: Stop,
    ) -> None:
        self._plan, self._submit, self._progress = plan, submit, progress
        self._workers, self._stop = workers, stop
        self._queue: Iterator[tuple[int, Job]] = iter(enumerate(plan.jobs))
        self._waiting: dict[Future[CallResult], int] = {}
        self._done: dict[int, CallResult] = {}

    def feed(self) -> None:
        """Keep just as many calls under way as there are workers, so that a stop has no backlog."""
        while len(self._waiting) < self._plan.concurrency and not self._stop.asked:
            index, job = next(self._queue, (None, None))
            if index is None or job is None:
                return
            self._progress.started(job)
            plan = self._plan
            if plan.budget is not None and (reason := plan.budget.closed):
                self._note(index, left_out(job, reason))
                continue
            self._waiting[self._submit(job)] = index

    def step(self) -> bool:
        """Wait a moment, take what is ready, and hand out more; return False at the end."""
        ready, _ = wait(self._waiting, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        if self._stop.asked > 1:
            self._workers.kill()
        for future in ready:
            self._collect(future, self._waiting.pop(future))
        self.feed()
        return bool(self._waiting)

    def results(self) -> tuple[CallResult, ...]:
        """Return what is done, in the plan's order."""
        return tuple(self._done[index] for index in sorted(self._done))

    def _collect(self, future: Future[CallResult], index: int) -> None:
        job = self._plan.jobs[index]
        try:
            result = future.result()
        except BrokenProcessPool:
            result = worker_died(job, stopped=self._stop.asked > 0)
        if self._plan.budget is not None:
            self._plan.budget.add(job.target, result)
        self._note(index, result)

    def _note(self, index: int, result: CallResult) -> None:
        self._done[index] = result
        self._progress.ended(self._plan.jobs[index], result)


Routes = Callable[[Job], Route]
"""How to reach the agent of a call."""


def run_real(
    plan: RunPlan, routes: Routes, progress: Progress
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls in real time, each on its target's route.

    On Ctrl-C the calls under way are hung up at once and shown as interrupted with what was
    recorded of them, and calls that were over are judged; a second Ctrl-C does not wait for that.
    """
    # Preparing and judging must not delay the frames of the calls under way.
    heavy = Workers(max(2, workers_by_default()), gives_way=True)
    with steady(), stop_signals() as stop, heavy as workers:
        run = _RealRun(plan, routes, progress, workers=workers, stop=stop)
        asyncio.run(run.all_calls())
    return run.results(), stop.asked > 0


class _RealRun:
    """The calls of a run in real time, each a task of one event loop."""

    def __init__(
        self, plan: RunPlan, routes: Routes, progress: Progress, *, workers: Workers, stop: Stop
    ) -> None:
        self._plan, self._routes, self._progress = plan, routes, progress
        self._workers, self._stop = workers, stop
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._sources: dict[ToolsFrom, ToolSources] = {}
        self._over: set[int] = set()
        self._done: dict[int, CallResult] = {}

    def results(self) -> tuple[CallResult, ...]:
        """Return what is done, in the plan's order."""
        return tuple(self._done[index] for index in sorted(self._done))

    async def all_calls(self) -> None:
        """Make the calls, ``concurrency`` at a time; ends early when asked to stop."""
        free = asyncio.Semaphore(self._plan.concurrency)
        loop = asyncio.get_running_loop()
        hang_up = partial(loop.call_soon_threadsafe, self._hang_up)
        async with AsyncExitStack() as stack:
            await self._open_sources(stack)
            stack.enter_context(self._stop.listening(hang_up))
            async with asyncio.TaskGroup() as group:
                for index, job in enumerate(self._plan.jobs):
                    self._tasks[index] = group.create_task(self._one(index, job, free))
                if self._stop.asked:  # before anybody listened
                    self._hang_up()

    async def _open_sources(self, stack: AsyncExitStack) -> None:
        """Open what tells of the tools of agents' servers, once for all calls of a target."""
        targets = {job.target.tools_from: job.target for job in self._plan.jobs}
        for settings, target in targets.items():
            if settings is not None:
                own = hooked(settings, RealClock(), secret=hook_secret(target))
                self._sources[settings] = await stack.enter_async_context(own)

    def _hang_up(self) -> None:
        for index, task in self._tasks.items():
            if index not in self._over:
                task.cancel()
        if self._stop.asked > 1:
            self._workers.kill()

    async def _one(self, index: int, job: Job, free: asyncio.Semaphore) -> None:
        async with free:
            self._progress.started(job)
            budget = self._plan.budget
            if budget is not None and (reason := budget.closed):
                result = left_out(job, reason)
            else:
                result = await self._call(index, job)
                if budget is not None:
                    budget.add(job.target, result)
            self._done[index] = result
            self._progress.ended(job, result)

    async def _call(self, index: int, job: Job) -> CallResult:
        """Make one call; cancelling before it has begun raises, after that it is a result."""
        try:
            script = await self._work(prepare, job)
            if isinstance(script, CallResult):
                return script
            try:
                sources = (
                    self._sources.get(job.target.tools_from) if job.target.tools_from else None
                )
                route, out = self._routes(job), self._plan.out
                spoilt = await place(job, script, route, out, sources=sources)
            except asyncio.CancelledError:
                # The call itself has finished its recording: it is shown as interrupted.
                return finish(self._plan.out, job)
            self._over.add(index)
            if spoilt is not None:
                return spoilt
            return await self._work(finish, self._plan.out, job)
        except BrokenProcessPool:
            return worker_died(job, stopped=self._stop.asked > 0)

    async def _work(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        return await asyncio.wrap_future(self._workers.submit(job, *args, **named))
