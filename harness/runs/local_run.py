"""Runs calls, and other jobs, on this machine: concurrency, progress, safe Ctrl-C.

Virtual time: each call runs whole in a worker process, one call per process at a time, so calls
never share a clock. Real time: ``real_time``.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came. Calls that had not begun
by then are left out. A worker that dies spoils the calls it was at, never the run.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, nullcontext
from itertools import chain, islice
from typing import TypeVar

from harness.results.model import CallResult
from harness.runs.call_ledger import MadeCalls, Progress
from harness.runs.call_result import left_out, worker_died
from harness.runs.pipeline import Embedded, VirtualOrder, call_virtually
from harness.runs.plan import Job, RunPlan
from harness.runs.processes import BrokenProcessPool, Stop, Workers, stop_signals

P1 = TypeVar("P1")

_GIVES_WAY_S = 0.0005
_LOOK_S = 0.1
"""How often a run in virtual time checks whether it should stop."""


@contextmanager
def steady() -> Iterator[None]:
    """Keep frames on time inside the block: no cyclic collector, and threads that yield soon.

    If the collector is off already, it stays off.
    """
    collects, interval_s = gc.isenabled(), sys.getswitchinterval()
    # With everything imported, a full collection takes 10 to 40 ms, during which no loop reads a
    # socket. Calls leave little in reference cycles; it is collected at the end of the block.
    gc.disable()
    # A thread that computes gives way after half a millisecond, not five.
    sys.setswitchinterval(min(interval_s, _GIVES_WAY_S))
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if collects:
            gc.enable()
            gc.collect()


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
    Ctrl-C jobs under way are finished; a second Ctrl-C kills them.
    """
    those = Workers(plan.concurrency) if workers is None else nullcontext(workers)
    with stop_signals() as stop, those as pool:

        def submit(job: Job) -> Future[CallResult]:
            return pool.submit(work, order(job))

        run = _WorkerRun(plan, submit, progress, workers=pool, stop=stop)
        run.feed()
        while run.step():
            pass
    return run.made.results, stop.asked > 0


class _WorkerRun:
    """The jobs of a run that workers do completely: pending, under way, done."""

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
        self.made = MadeCalls(plan, progress)

    def feed(self) -> None:
        """Keep just as many calls under way as there are workers, so that a stop has no backlog."""
        while len(self._waiting) < self._plan.concurrency and not self._stop.asked:
            index, job = next(self._queue, (None, None))
            if index is None or job is None:
                return
            if reason := self.made.closed:
                self.made.keep(index, left_out(job, reason))
                continue
            self._progress.started(job)
            self._waiting[self._submit(job)] = index

    def step(self) -> bool:
        """Wait a moment, collect results, and submit more jobs; return False at the end."""
        ready, _ = wait(self._waiting, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        if self._stop.asked > 1:
            self._workers.kill()
        for future in ready:
            self._collect(future, self._waiting.pop(future))
        self.feed()
        return bool(self._waiting)

    def _collect(self, future: Future[CallResult], index: int) -> None:
        job = self._plan.jobs[index]
        try:
            result = future.result()
        except BrokenProcessPool:
            result = worker_died(job, stopped=self._stop.asked > 0)
        self.made.paid(index, result)
        self.made.keep(index, result)


# The same job for many items, on all cores: judging stored calls, drawing their pages.

Thing = TypeVar("Thing")
Made = TypeVar("Made")

MANY = 40
"""From this many items on, other processes are worth their start of a second."""

_AT_ONCE = 8
"""Items that a worker is handed together."""


def spread(
    job: Callable[[Thing], Made], things: Iterable[Thing], *, many: int = MANY
) -> Iterator[Made]:
    """Yield the result of a job for each item, in their order; replaces ``map``.

    Items are taken when they are due, and released when they are done. From ``many`` on, worker
    processes of low priority do the job, one per usable core: then it must be a function of a
    module (or a ``partial`` of such a function), and all arguments and results cross a pipe. Items
    of a killed worker are done here. Raises the exceptions of the job.
    """
    count, things = workers_by_default(), iter(things)
    first = deque(islice(things, many))
    few = len(first) < many
    things = chain(emptied(first), things)
    if few or count == 1:
        yield from map(job, things)
        return
    with Workers(count, gives_way=True) as workers:
        waiting: deque[tuple[Future[list[Made]], tuple[Thing, ...]]] = deque()
        while part := tuple(islice(things, _AT_ONCE)):
            waiting.append((workers.submit(_each, job, part), part))
            # The queue is bounded, however many items there are.
            if len(waiting) > 2 * count:
                yield from _made(job, *waiting.popleft())
        while waiting:
            yield from _made(job, *waiting.popleft())


def emptied(things: deque[Thing]) -> Iterator[Thing]:
    """Yield items in order, and remove each before it is yielded."""
    while things:
        yield things.popleft()


def _each(job: Callable[[Thing], Made], part: tuple[Thing, ...]) -> list[Made]:
    return [job(thing) for thing in part]


def _made(
    job: Callable[[Thing], Made], future: Future[list[Made]], part: tuple[Thing, ...]
) -> list[Made]:
    try:
        return future.result()
    except BrokenProcessPool:
        return _each(job, part)
