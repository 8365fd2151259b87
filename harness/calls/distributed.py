"""Many calls on many machines: one task of dask per call, and each call counted once.

Results come back in the plan's order, with True if Ctrl-C or SIGTERM came, as ``local`` has them.
A call whose worker dies is made again, by whoever is there. Its recording and its result come back
as a parcel, handed over once (``parcels``), so nothing is counted twice; what dask says of a task
is only a sign to look for the parcel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

from harness.calls.call_worker import CallOrder, WorkerNeeds, fixtures_digest
from harness.calls.crew import Crew
from harness.calls.distributed_run import DistributedRun
from harness.calls.local import Progress
from harness.calls.local_cluster import local_cluster
from harness.calls.parcels import FolderParcels, Parcels, UrlParcels
from harness.calls.pipeline import Embedded
from harness.calls.plan import Job, Machines, RunPlan
from harness.calls.stopping import stop_signals
from harness.results.model import CallResult
from harness.scenario.own_files import digest_of


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
