"""Many calls on many machines: one task of dask per call, and each call counted once.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came, as ``local`` has them.
A call whose worker dies is made again, by whoever is there. Its recording and its result come back
as a parcel, handed over once (``parcels``), so nothing is counted twice; what dask says of a task
is only a sign to look for the parcel.

On Ctrl-C calls in virtual time that are under way are finished, those in real time are hung up; a
second Ctrl-C waits for none of them.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from distributed import KilledWorker

from harness.calls.call_worker import CallOrder, WorkerNeeds, fixtures_digest
from harness.calls.crew import Crew, local_cluster
from harness.calls.local import Progress
from harness.calls.pacing import PacingDied
from harness.calls.parcels import FolderParcels, Parcels, UrlParcels
from harness.calls.pipeline import Embedded
from harness.calls.plan import Job, Machines, RunPlan
from harness.calls.stopping import Stop, stop_signals
from harness.calls.uncalled import left_out, not_called, worker_died
from harness.calls.workers import BrokenProcessPool
from harness.errors import OperationError
from harness.results.model import CallResult
from harness.scenario.own_files import digest_of

_LOOK_S = 0.1
PATIENCE_S = 60.0
"""How long a run waits for a worker where there is none."""
_TRIES = 5
"""How often a call is given away before its worker's trouble is its result."""


def run_distributed(
    plan: RunPlan, machines: Machines, embedded: Embedded, progress: Progress
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls on the workers of a scheduler.

    Raises:
        OperationError: no scheduler is there, none of its workers can make these calls, or what
            they hand over cannot be stored.
        UsageError: the output URL holds a run, or cannot be used.
    """
    token = uuid4().hex[:12]
    parcels: Parcels = (
        UrlParcels(machines.url, token) if machines.url else FolderParcels.of(plan.out, token)
    )

    def order(index: int, job: Job) -> CallOrder:
        agent = embedded if plan.virtual else None
        return CallOrder(f"{token}-{index:05d}", job, parcels, agent, plan.fault)

    needs = needs_of(plan, machines, parcels, token)
    with stop_signals() as stop, _opened(parcels), _crew(plan, machines, needs) as crew:
        run = _DistributedRun(plan, order, progress, crew=crew, stop=stop)
        run.first_look()
        while run.step():
            pass
    return run.results(), stop.asked > 0


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
    """Return what the calls of a plan ask of a worker."""
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


@dataclass(slots=True)
class _Given:
    """A call that is under way somewhere, or waits to be given away again."""

    index: int
    order: CallOrder
    tries: int = 0
    task: Any = None
    workers: frozenset[str] = frozenset()


class _DistributedRun:
    """The jobs of a run that workers elsewhere do: to come, given away, done."""

    def __init__(
        self,
        plan: RunPlan,
        order: Callable[[int, Job], CallOrder],
        progress: Progress,
        *,
        crew: Crew,
        stop: Stop,
    ) -> None:
        self._plan, self._order, self._progress = plan, order, progress
        self._crew, self._stop = crew, stop
        self._most = plan.machines.at_once if plan.machines is not None else None
        self._queue: Iterator[tuple[int, Job]] = iter(enumerate(plan.jobs))
        self._given: dict[str, _Given] = {}
        self._again: list[_Given] = []
        self._done: dict[int, CallResult] = {}
        self._seen_at = self._hung_up_at = time.monotonic()

    def first_look(self) -> None:
        """Wait for a worker; raises OperationError if those that are there are all unfit."""
        while not self._stop.asked:
            self._crew.look()
            if self._crew.slots:
                return
            if self._crew.refused or self._is_stranded():
                raise OperationError(self._crew.why_none)
            time.sleep(_LOOK_S)

    def step(self) -> bool:
        """Hand out what there is room for, wait a moment, take what is ready; False at the end."""
        self._crew.look()
        if self._stop.asked:
            self._stopping()
        self._feed()
        for given in self._ended() if self._given else ():
            self._collect(given)
        if self._is_stranded():
            self._give_up()
        return bool(self._given or self._again) or self._more_to_come()

    def results(self) -> tuple[CallResult, ...]:
        """Return what is done, in the plan's order."""
        return tuple(self._done[index] for index in sorted(self._done))

    def _more_to_come(self) -> bool:
        return not self._stop.asked and len(self._done) < len(self._plan.jobs)

    # --- giving away ---------------------------------------------------------------------------

    def _feed(self) -> None:
        """Keep just as many calls under way as workers make, so that a stop has no backlog."""
        room = min(self._crew.slots, self._most or self._crew.slots)
        self._take_back_from_the_gone()
        while len(self._given) < room and (given := self._next()) is not None:
            task = f"{given.order.key}-{given.tries}"
            given.tries += 1
            given.task, given.workers = self._crew.submit(given.order, task)
            self._given[given.task.key] = given

    def _next(self) -> _Given | None:
        if self._again:
            return self._again.pop()
        while not self._stop.asked:
            index, job = next(self._queue, (None, None))
            if index is None or job is None:
                return None
            self._progress.started(job)
            budget = self._plan.budget
            if budget is not None and (reason := budget.closed):
                self._note(index, left_out(job, reason))
                continue
            return _Given(index, self._order(index, job))
        return None

    def _take_back_from_the_gone(self) -> None:
        for given in list(self._given.values()):
            if not self._crew.has_any(given.workers):
                self._give_again(given)

    def _give_again(self, given: _Given) -> None:
        """What was given is forgotten: if somebody makes it after all, one of both counts."""
        del self._given[given.task.key]
        given.task.release()
        self._again.append(given)

    # --- taking --------------------------------------------------------------------------------

    def _ended(self) -> list[_Given]:
        """Return what is over, after a moment at most."""
        found: list[_Given] = []
        wait_s: float = _LOOK_S
        while True:
            try:
                task = self._crew.ended.get(timeout=wait_s)
            except queue.Empty:
                return found
            given = self._given.get(task.key)
            if given is not None and given.task is task:
                found.append(given)
            wait_s = 0.0

    def _collect(self, given: _Given) -> None:
        order, job = given.order, given.order.job
        if order.parcels.has(order.key):
            place = job.folder(Path())
            result = order.parcels.take(order.key, place, self._plan.out)
            if self._plan.budget is not None:
                self._plan.budget.add(job.target, result)
        elif given.task.status == "error":
            result = _of_error(job, given.task.exception())
        else:
            trouble = self._crew.trouble(given.task)
            if not trouble or given.tries < _TRIES:
                self._give_again(given)
                return
            result = not_called(job, OperationError(trouble))
        del self._given[given.task.key]
        given.task.release()
        self._note(given.index, result)

    def _note(self, index: int, result: CallResult) -> None:
        self._done[index] = result
        self._progress.ended(self._plan.jobs[index], result)

    # --- ending early --------------------------------------------------------------------------

    def _stopping(self) -> None:
        real = not self._plan.virtual
        if self._stop.asked > 1:
            for given in (*self._given.values(), *self._again):
                self._note(given.index, worker_died(given.order.job, stopped=True))
            self._given.clear()
            self._again.clear()
        elif real:
            for given in self._again:
                self._note(given.index, worker_died(given.order.job, stopped=True))
            self._again.clear()
            if time.monotonic() - self._hung_up_at > _LOOK_S:  # one may only just have begun
                self._crew.hang_up()
                self._hung_up_at = time.monotonic()

    def _is_stranded(self) -> bool:
        now = time.monotonic()
        if self._crew.slots:
            self._seen_at = now
        return now - self._seen_at > PATIENCE_S

    def _give_up(self) -> None:
        """Nobody has been there for long: what is not done is not made, and can be later."""
        reason = self._crew.why_none
        for given in (*self._given.values(), *self._again):
            self._note(given.index, left_out(given.order.job, reason))
        self._given.clear()
        self._again.clear()
        for index, job in self._queue:
            self._progress.started(job)
            self._note(index, left_out(job, reason))


def _of_error(job: Job, error: Exception) -> CallResult:
    """Return the result of a call whose processes died again and again, or of a bug of ours."""
    if isinstance(error, KilledWorker | BrokenProcessPool | PacingDied):
        return worker_died(job, stopped=False)
    return not_called(job, error)
