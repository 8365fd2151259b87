"""Runs calls on many machines with dask: a task per call, each call counted once.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came, as ``local`` has them. A
call whose worker dies is made again by any other worker. Its recording and its result come back as
a parcel, handed over once (``worker_results``), so no call is counted twice; the state of a dask
task is only a hint to look for the parcel.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import distributed
from distributed import KilledWorker

from harness.errors import OperationError
from harness.recording.provenance import EndCause
from harness.results.model import CallResult
from harness.runs.call_ledger import MadeCalls, Progress
from harness.runs.call_result import left_out, not_called, worker_died
from harness.runs.call_worker import WITHDRAWN, CallOrder, WorkerNeeds, fixtures_digest
from harness.runs.pacing import PacingDied
from harness.runs.pipeline import Embedded
from harness.runs.plan import Job, Machines, RunPlan
from harness.runs.processes import BrokenProcessPool, Stop, stop_signals
from harness.runs.worker_pool import Crew
from harness.runs.worker_results import FolderParcels, Parcels, UrlParcels
from harness.scenario.media_files import digest_of

# The calls of a run that remote workers make: pending, assigned, done.
#
# In virtual time, where a call takes a moment, each worker gets a call more than it makes at a
# time, so that it need not wait for the next; that call has not begun. In real time it gets no
# extra.
#
# On Ctrl-C, calls that have not begun are withdrawn; calls in virtual time that are under way are
# finished, calls in real time are hung up. A second Ctrl-C waits for none of them.
#
# A call for which a worker was too late (``timing_invalid``) is made again once, when the others
# are over and fewer run at a time. The first attempt comes back before the second.

_LOOK_S = 0.1
PATIENCE_S = 60.0
"""How long a run waits if there is no worker, or the scheduler does not answer."""
_TRIES = 5
"""How often a call is assigned before its workers' error becomes its result."""

Order = Callable[[int, Job, int], CallOrder]
"""Makes the order for a worker: the call's number in the plan, its job, and the attempt."""


@dataclass(slots=True)
class _Given:
    """A call that is assigned, or waits to be assigned again."""

    index: int
    order: CallOrder
    is_told: bool = False
    """Whether its start was reported to the progress display."""
    tries: int = 0
    task: Any = None
    workers: frozenset[str] = frozenset()


class DistributedRun:
    """The jobs of a run, and the crew that makes them."""

    def __init__(
        self, plan: RunPlan, order: Order, progress: Progress, *, crew: Crew, stop: Stop
    ) -> None:
        self._plan, self._order, self._progress = plan, order, progress
        self._crew, self._stop = crew, stop
        self._most = plan.machines.at_once if plan.machines is not None else None
        self._queue: Iterator[tuple[int, Job]] = iter(enumerate(plan.jobs))
        self._to_come = len(plan.jobs)
        self._given: dict[str, _Given] = {}
        self._again: list[_Given] = []
        self._late: list[int] = []
        """Calls for which we were too late, to be made again at the end."""
        self._is_second_round = False
        self.made = MadeCalls(plan, progress)
        self._seen_at = time.monotonic()

    def first_look(self) -> None:
        """Wait for a worker; raises OperationError if all present workers are unfit."""
        while not self._stop.asked:
            self._crew.look()
            if self._crew.slots:
                return
            all_unfit = self._crew.refused and not self._crew.is_undecided
            if all_unfit or self._is_stranded():
                raise OperationError(self._crew.why_none)
            self._crew.ended(_LOOK_S)

    def step(self) -> bool:
        """Assign calls to free workers, wait a moment, collect results; False at the end."""
        self._crew.look()
        if self._stop.asked:
            self._stopping()
        self._feed()
        for given in self._ended():
            self._collect(given)
        if self._is_stranded():
            self._give_up()
        return bool(self._given or self._again) or self._more_to_come()

    def end(self) -> None:
        """Report the calls that would have been made again."""
        for index in self._late:
            self.made.report(index)
        self._late.clear()

    def _more_to_come(self) -> bool:
        return not self._stop.asked and bool(self._to_come or self._late)

    # --- assigning ---------------------------------------------------------------------------

    def _feed(self) -> None:
        self._take_back_from_the_gone()
        slots = self._crew.slots
        room = min(slots, self._most or slots)
        if self._is_second_round:
            room = min(room, max(1, room // 2))
        ahead = self._crew.count if self._may_queue(room) else 0
        while self._has_room(room, ahead) and (given := self._next()) is not None:
            task = f"{given.order.key}-{given.tries}"
            given.tries += 1
            given.task, given.workers = self._crew.submit(given.order, task)
            self._given[given.task.key] = given
        for given in islice(self._given.values(), room):
            self._tell(given)

    def _may_queue(self, room: int) -> bool:
        """Whether calls may queue at workers: no call costs money, and no worker is spared."""
        budget = self._plan.budget
        free = budget is None or budget.limit is None
        return self._plan.virtual and free and room == self._crew.slots

    def _has_room(self, room: int, ahead: int) -> bool:
        """Return whether another call may be assigned; the last calls go to idle workers first."""
        return len(self._given) < room + (ahead if self._to_come > room else 0)

    def _next(self) -> _Given | None:
        if self._stop.asked:
            return None
        if self._again:
            return self._again.pop()
        for index, job in self._queue:
            self._to_come -= 1
            if reason := self.made.closed:
                self._progress.started(job)
                self.made.note(index, left_out(job, reason))
                continue
            return _Given(index, self._order(index, job, 1))
        return self._next_late()

    def _next_late(self) -> _Given | None:
        """Return a second attempt, once the others are over."""
        while self._late and (self._is_second_round or not self._given):
            self._is_second_round = True
            index = self._late.pop(0)
            if self.made.begin_again(index):
                return _Given(index, self._order(index, self._plan.jobs[index], 2), is_told=True)
            self.made.report(index)
        return None

    def _tell(self, given: _Given) -> None:
        if not given.is_told:
            given.is_told = True
            self._progress.started(given.order.job)

    def _take_back_from_the_gone(self) -> None:
        for given in list(self._given.values()):
            if not self._crew.has_any(given.workers):
                self._give_again(given)

    def _give_again(self, given: _Given) -> None:
        """Forget the assignment: if a worker makes the call after all, only one of both counts."""
        self._forget(given)
        self._again.append(given)

    def _forget(self, given: _Given) -> None:
        del self._given[given.task.key]
        given.task.release()

    # --- collecting --------------------------------------------------------------------------

    def _ended(self) -> Iterator[_Given]:
        """Yield the calls that are over, after a moment at most."""
        for task in self._crew.ended(_LOOK_S):
            given = self._given.get(task.key)
            if given is not None and given.task is task:
                yield given

    def _collect(self, given: _Given) -> None:
        order = given.order
        if order.parcels.has(order.key):
            self._forget(given)
            self._take(given)
            return
        trouble, told = given.task.status == "error", self._crew.told(given.task)
        if told == WITHDRAWN:
            self._forget(given)
            return
        result = None
        if trouble:
            error = given.task.exception()
            if not isinstance(error, KilledWorker) or given.tries >= _TRIES:
                result = _of_error(order.job, error)
        elif told and given.tries >= _TRIES:
            result = not_called(order.job, OperationError(told))
        if result is None:
            self._give_again(given)
        else:
            self._forget(given)
            self.made.note(given.index, result)

    def _take(self, given: _Given) -> None:
        """Collect a result; a call for which a worker was too late is reported later."""
        order, job = given.order, given.order.job
        result = order.parcels.take(order.key, job.folder(Path()), self._plan.out)
        self.made.paid(given.index, result)
        self._tell(given)
        if self.made.note(given.index, result):
            self._late.append(given.index)

    # --- ending early --------------------------------------------------------------------------

    def _stopping(self) -> None:
        waiting = list(self._again)
        self._again.clear()
        if self._stop.asked > 1:
            waiting += self._given.values()
            self._given.clear()
        else:
            self._crew.stop()
        for given in waiting:
            if given.is_told:
                self.made.note(given.index, worker_died(given.order.job, stopped=True))

    def _is_stranded(self) -> bool:
        now = time.monotonic()
        if self._crew.slots and not self._crew.is_silent:
            self._seen_at = now
        return now - self._seen_at > PATIENCE_S

    def _give_up(self) -> None:
        """Give up after a long time without workers: unfinished calls can be made later.

        Results that were handed over are collected; no worker is left to report them.
        """
        reason, cause = self._crew.why_none, EndCause.NO_WORKER
        for given in (*self._given.values(), *self._again):
            if given.order.parcels.has(given.order.key):
                self._take(given)
            else:
                self.made.note(given.index, left_out(given.order.job, reason, cause))
        self._given.clear()
        self._again.clear()
        for index, job in self._queue:
            self._to_come -= 1
            self._progress.started(job)
            self.made.note(index, left_out(job, reason, cause))
        self.end()
        done = self.made.latest
        lost = sum(one.end_cause == cause.value for one in done)
        kept = f"{len(done) - lost} of {len(done)} calls are kept"
        self._crew.say(f"{reason}; {kept}, and {lost} were not made")


def _of_error(job: Job, error: Exception) -> CallResult:
    """Return the result of a call whose processes died repeatedly, or after a harness bug."""
    if isinstance(error, KilledWorker | BrokenProcessPool | PacingDied):
        return worker_died(job, stopped=False)
    return not_called(job, error)


# A scheduler and a worker on this machine, for a run without a scheduler address.

_END_S = 5.0


@contextmanager
def local_cluster(at_once: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Start a scheduler in this process and a worker process; both are gone at the end.

    Yields the scheduler's address, and a function that restarts a missing worker; call it from time
    to time.
    """
    with (
        distributed.LocalCluster(
            n_workers=0,
            protocol="tls://" if distributed.Security().require_encryption else "tcp://",
            host="127.0.0.1",
            processes=False,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        _LocalWorker(str(cluster.scheduler_address), at_once) as worker,
    ):
        yield str(cluster.scheduler_address), worker.keep


class _LocalWorker(AbstractContextManager["_LocalWorker"]):
    """A worker in a process of its own; it ends when its standard input does."""

    def __init__(self, scheduler: str, at_once: int) -> None:
        self._command = [sys.executable, "-m", "harness", "worker", scheduler]
        self._command += ["--calls", str(at_once), "--until-eof"]
        self._process = self._started()

    def keep(self) -> None:
        """Start it again if it was killed."""
        if self._process.poll() is not None:
            self._process = self._started()

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )


def run_distributed(
    plan: RunPlan, machines: Machines, embedded: Embedded, progress: Progress
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls on the workers of a scheduler.

    Raises:
        OperationError: no scheduler answers, none of its workers can make these calls, or their
            results cannot be stored.
        UsageError: the output URL holds a run, or cannot be used.
    """
    token = uuid4().hex[:12]
    parcels: Parcels = (
        UrlParcels(machines.url, token) if machines.url else FolderParcels.of(plan.out, token)
    )

    def order(index: int, job: Job, attempt: int) -> CallOrder:
        agent = embedded if plan.virtual else None
        return CallOrder(f"{token}-{index:05d}-{attempt}", job, parcels, agent, plan.fault)

    needs = needs_of(plan, machines, parcels, token)
    with stop_signals() as stop, _opened(parcels), _crew(plan, machines, needs) as crew:
        run = DistributedRun(plan, order, progress, crew=crew, stop=stop)
        run.first_look()
        while run.step():
            pass
        run.end()
    return run.made.results, stop.asked > 0


@contextmanager
def _opened(parcels: Parcels) -> Iterator[None]:
    parcels.open()
    try:
        yield
    finally:
        parcels.close()


@contextmanager
def _crew(plan: RunPlan, machines: Machines, needs: WorkerNeeds) -> Iterator[Crew]:
    if machines.scheduler is not None:
        with closing(Crew(machines.scheduler, needs, _say)) as crew:
            yield crew
        return
    with (
        local_cluster(plan.concurrency) as (address, keep),
        closing(Crew(address, needs, _say, keep)) as crew,
    ):
        yield crew


def _say(line: str) -> None:
    sys.stderr.write(f"harness: {line}\n")


def needs_of(plan: RunPlan, machines: Machines, parcels: Parcels, token: str) -> WorkerNeeds:
    """Return the requirements of a plan's calls on a worker."""
    loaded = {id(job.loaded): job.loaded for job in plan.jobs}.values()
    paths = {path for one in loaded for path in one.own_files().values() if path is not None}
    folders = {one.path.parent for one in loaded}
    outside = {id(job.target): job.target for job in plan.jobs if job.target.url is not None}
    return WorkerNeeds(
        token=token,
        targets=tuple(outside.values()),
        files=tuple((path, digest_of(path)) for path in sorted(paths)),
        fixtures=tuple((folder, fixtures_digest(folder)) for folder in sorted(folders)),
        parcels=parcels,
        place=machines.url or str(plan.out.resolve()),
    )
