"""A worker of a distributed run: makes a call per task, each in processes of its own.

A worker receives only the order for a call. Speech synthesis runs here, keys come from this
machine's environment, and the call is recorded in a scratch folder before it is handed over.

The process that talks to the scheduler makes no call: dask's messages would make frames late, and a
call that takes its process with it must not take the worker too. So it holds two pools, as a run on
one machine does: calls run in the first, speech synthesis and scoring in the second, at low
priority.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import platform
import tempfile
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dask
import distributed

import harness
from harness import __version__
from harness.caller.model import CallerScript
from harness.errors import HarnessError
from harness.files import read_plain
from harness.recording.provenance import CallStatus
from harness.results.model import CallResult
from harness.runs.call_result import worker_died
from harness.runs.local_run import workers_by_default
from harness.runs.pacing import PacingProcesses, PlaceOrder
from harness.runs.pipeline import Embedded, VirtualOrder, call_virtually, finish, prepare
from harness.runs.plan import Job
from harness.runs.processes import Workers
from harness.runs.real_time import CALLS_EACH
from harness.runs.routes import route_to
from harness.runs.worker_results import Parcels
from harness.scenario.target import Target
from harness.speech.fixture_tts import MANIFEST, fixtures_folder

for _name in ("distributed", "distributed.client", "distributed.worker", "distributed.scheduler"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # the harness logs the relevant part itself

dask.config.update_defaults(  # dashboard data costs a millisecond of CPU time per call
    {
        "distributed": {
            "worker": {"profile": {"enabled": False}},
            "admin": {"tick": {"interval": "1s"}},
        }
    }
)

_PLUGIN = "harness-calls"

WITHDRAWN = "withdrawn: the run begins no further call"
"""The answer for a call that had not begun when its run was stopped."""


@cache
def identity() -> str:
    """Return the harness identity: only workers with the same identity make the calls of a run.

    The version alone does not distinguish two checkouts, so it includes a digest of the code.
    """
    root = Path(harness.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + read_plain(path))
    python = ".".join(platform.python_version_tuple()[:2])
    return f"harness {__version__} ({digest.hexdigest()[:8]}), Python {python}"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """The data of a call that a worker receives; audio and key are not included."""

    key: str
    """The run's token, then the call's number and attempt."""
    job: Job
    parcels: Parcels
    embedded: Embedded | None
    """The agent to call in virtual time; None calls the job's target in real time."""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerNeeds:
    """The requirements of the run of a ``token`` on a worker, checked before the first call.

    ``files`` are the author's own with their SHA-256, ``fixtures`` the recorded voices that belong
    to folders of scenarios (None: there are none, and there must be none on the worker).
    """

    token: str
    targets: tuple[Target, ...]
    files: tuple[tuple[Path, str], ...]
    fixtures: tuple[tuple[Path, str | None], ...]
    parcels: Parcels
    place: str


def fixtures_digest(scenario_folder: Path) -> str | None:
    """Return the SHA-256 of the recorded voice for a folder's callers, None if there is none."""
    folder = fixtures_folder(scenario_folder)
    if folder is None:
        return None
    return hashlib.sha256(read_plain(folder / MANIFEST)).hexdigest()


def lacking(needs: WorkerNeeds) -> str:
    """Return the requirements of a run that this machine lacks, empty for none."""
    try:
        for target in needs.targets:
            route_to(target)
        if not needs.parcels.is_open():
            return f"does not see {needs.place}: share that folder, or give a URL as --out"
    except HarnessError as error:
        return str(error)
    here = Path.cwd()
    for path, digest in needs.files:
        if not path.is_file():
            return f"has no {path} in {here}: start it where the suite's files are"
        if hashlib.sha256(read_plain(path)).hexdigest() != digest:
            return f"has another {path} in {here}: bring it up to date"
    for folder, wanted in needs.fixtures:
        if fixtures_digest(folder) != wanted:
            return (
                f"has not the recorded voice (audio_fixtures/{MANIFEST}) that the callers of "
                f"{folder} have, in {here}: start it where the suite's files are"
            )
    return ""


class CallMaker(distributed.WorkerPlugin):  # type: ignore[misc]  # untyped there
    """Makes calls on this worker; tasks look it up on the worker that they run on."""

    name = _PLUGIN

    def __init__(self, at_once: int, scratch: Path) -> None:
        """Must be created in a running loop: real-time calls are ordered from it."""
        self.scratch = scratch
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[str, asyncio.Task[Any]] = {}
        self._stopped: set[str] = set()
        count = min(workers_by_default(), -(-at_once // CALLS_EACH))
        self.pacing = PacingProcesses(count, each=CALLS_EACH)
        self._calling = Workers(at_once)
        self._heavy = Workers(max(1, min(at_once, os.cpu_count() or 1)), gives_way=True)

    def make(self, order: CallOrder) -> str:
        """Make a call and hand it over; return why this worker cannot, empty on success.

        ``WITHDRAWN`` if the run was stopped before.

        Raises:
            BrokenProcessPool, PacingDied: the call's process died.
        """
        if not order.parcels.is_open() or order.parcels.has(order.key):
            return ""
        if self._is_stopped(order):
            return WITHDRAWN
        try:
            with tempfile.TemporaryDirectory(prefix=f"{order.key}-", dir=self.scratch) as own:
                result = self._made(order, Path(own))
                if result.status == CallStatus.HARNESS_ERROR.value and own in result.status_detail:
                    return result.status_detail  # its own disk fails: the call counts as not made
                order.parcels.hand_over(order.key, order.job.folder(Path(own)), result)
        except (OSError, HarnessError) as error:
            return str(error)
        return ""

    def hang_up(self, token: str) -> None:
        """Begin no further call of a run; calls in real time end and return as interrupted."""
        self._stopped.add(token)
        for key, call in self._under_way.items():
            if key.startswith(f"{token}-"):
                call.cancel()

    def end(self) -> None:
        """End the processes; a call under way is lost here, and made elsewhere."""
        self.pacing.kill()
        for pool in (self._calling, self._heavy):
            pool.kill()

    def _made(self, order: CallOrder, own: Path) -> CallResult:
        job = order.job
        if order.embedded is not None:
            virtual = VirtualOrder(job, own, order.embedded, order.fault)
            return self._calling.submit(call_virtually, virtual).result()
        script = self._heavy.submit(prepare, job).result()
        if isinstance(script, CallResult):
            return script
        try:
            placing = self._placed(order, script, own)
            spoilt = asyncio.run_coroutine_threadsafe(placing, self._loop).result()
        except CancelledError:  # hung up before it had begun
            return worker_died(job, stopped=True)
        return spoilt or self._heavy.submit(finish, own, job).result()

    async def _placed(self, order: CallOrder, script: CallerScript, own: Path) -> CallResult | None:
        if self._is_stopped(order):  # stopped during speech synthesis
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None
        self._under_way[order.key] = task
        number, route = self.pacing.number(), route_to(order.job.target)
        try:
            return (
                await self.pacing.place(PlaceOrder(number, order.job, script, route, own))
            ).spoilt
        finally:
            del self._under_way[order.key]

    def _is_stopped(self, order: CallOrder) -> bool:
        return order.key.partition("-")[0] in self._stopped


def make_call(order: CallOrder) -> tuple[str, str]:
    """Make a call on the worker that runs this task; return its address, and ``CallMaker.make``."""
    worker = distributed.get_worker()
    return str(worker.address), _maker(worker).make(order)


def examine(needs: WorkerNeeds, dask_worker: Any) -> str:
    """Return the requirements that a worker lacks; dask runs it there and passes the worker."""
    try:
        return lacking(needs)
    except OSError as error:  # an OSError of ours would be taken for a lost connection
        return f"cannot read what the calls need: {error}"


def hang_up(token: str, dask_worker: Any) -> None:
    """End the calls of a run on a worker; dask runs it there and passes the worker."""
    _maker(dask_worker).hang_up(token)


def _maker(worker: Any) -> CallMaker:
    maker: CallMaker = worker.plugins[_PLUGIN]
    return maker
