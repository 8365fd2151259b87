"""The workers of a distributed run: which of them can make its calls, and the tasks they are given.

Workers are looked at when they come: one with another harness, without the suite's files, without
the target's key or without the run's folder gets no call, and why is said once. The scheduler may
go and come back, workers too.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import distributed
from distributed import KilledWorker
from distributed.client import FutureCancelledError

from harness.calls.call_worker import (
    CallOrder,
    WorkerNeeds,
    examine,
    hang_up,
    identity,
    make_call,
)
from harness.errors import OperationError

RETRIES = 2
"""How often dask makes a call again whose process died."""

CONNECT_S = 5.0
_LOOK_S = 1.0
_END_S = 5.0
_NOT_OURS = "was not started by `harness worker`"

Say = Callable[[str], object]


class Crew:
    """The workers of a scheduler, as one run sees them."""

    def __init__(
        self, address: str, needs: WorkerNeeds, say: Say, keep: Callable[[], None] | None = None
    ) -> None:
        """``keep`` is called from time to time; raises OperationError: no scheduler answers."""
        self._address, self._needs, self._say, self._keep = address, needs, say, keep
        self._fit: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        """Why workers that are there get no call, by their addresses."""
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        """Tasks that are over, in whatever way."""
        self._looked_at = 0.0
        self._client = self._connected()

    @property
    def slots(self) -> int:
        """How many calls all fit workers make at a time."""
        return sum(self._fit.values())

    def look(self) -> None:
        """See who is there, once a second or as long as nobody is; examine who is new."""
        if self._fit and time.monotonic() - self._looked_at < _LOOK_S:
            return
        if self._keep is not None:
            self._keep()
        there = self._there()
        self._looked_at = time.monotonic()
        known = self._fit.keys() | self.refused.keys()
        for address in known - there.keys():
            self._fit.pop(address, None)
            self.refused.pop(address, None)
        new = {address: at for address, at in there.items() if address not in known}
        ours = [address for address, at in new.items() if self._is_ours(address, str(at["name"]))]
        if not ours:
            return
        try:
            found = self._client.run(examine, self._needs, workers=ours, on_error="return")
        except (OSError, ValueError):  # it went meanwhile: the next look tells
            return
        for address, lacks in found.items():
            if lacks == "":
                self._fit[address] = int(new[address]["nthreads"])
            elif not isinstance(lacks, OSError):  # gone meanwhile
                self.refuse(address, str(lacks))

    def refuse(self, address: str, why: str) -> None:
        """Give a worker no further call."""
        self._fit.pop(address, None)
        if address not in self.refused:
            self.refused[address] = why
            self._say(f"worker {address} {why}; it gets no call of this run")

    def submit(self, order: CallOrder, task: str) -> tuple[Any, frozenset[str]]:
        """Give a call to one of the fit workers; return its task, and who may have it."""
        workers = frozenset(self._fit)
        future = self._client.submit(
            make_call, order, key=task, workers=list(workers), retries=RETRIES, pure=False
        )
        future.add_done_callback(self.ended.put)
        return future, workers

    def has_any(self, workers: frozenset[str]) -> bool:
        """Say whether one of these is still there and fit."""
        return not workers.isdisjoint(self._fit)

    def trouble(self, task: Any) -> str:
        """Return why a worker could not make a call, empty where it is only to be made again.

        That worker gets no further call. A task may also be lost, with its scheduler or its worker.
        """
        if task.status != "finished":
            return ""
        try:
            address, why = task.result(timeout=CONNECT_S)
        except (OSError, TimeoutError, CancelledError, FutureCancelledError, KilledWorker):
            return ""
        if why:
            self.refuse(address, why)
        return str(why)

    @property
    def why_none(self) -> str:
        """Why nobody makes the calls."""
        told = [f"worker {at} {why}" for at, why in self.refused.items()]
        if told:
            first, *more = told
            others = f" (and {len(more)} more)" if more else ""
            return f"no worker at {self._address} can make these calls: {first}{others}"
        return f"no worker at {self._address}; start one with `harness worker {self._address}`"

    def hang_up(self) -> None:
        """End the calls in real time of this run."""
        with suppress(OSError, ValueError):
            token = self._needs.token
            self._client.run(hang_up, token, workers=list(self._fit), on_error="ignore")

    def close(self) -> None:
        """Leave the scheduler; what is under way is forgotten."""
        self._client.close(timeout=_END_S)

    def _is_ours(self, address: str, name: str) -> bool:
        if name.startswith(f"{identity()}, "):
            return True
        if name.startswith("harness "):
            theirs = name.rpartition(", ")[0]
            self.refuse(address, f"has {theirs}, and this is {identity()}")
        else:
            self.refuse(address, _NOT_OURS)
        return False

    def _there(self) -> dict[str, Any]:
        if self._client.status == "closed":
            try:
                self._client = self._connected()
            except OperationError:
                return {}
        if self._client.status != "running":
            return {}
        try:
            return dict(self._client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, KeyError):
            return {}

    def _connected(self) -> Any:
        try:
            return distributed.Client(self._address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise not_there(self._address, error) from error


def not_there(address: str, error: Exception) -> OperationError:
    """Return the error of a scheduler that does not answer."""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or "no answer"
    return OperationError(
        f"no dask scheduler answers at {address}: {reason}; start one there with "
        "`dask scheduler`, or leave out --scheduler to use this machine alone"
    )


@contextmanager
def local_cluster(at_once: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Start a scheduler in this process and a worker beside it; both are gone at the end.

    Yields the scheduler's address, and what sees to it that the worker is there: it is to be called
    from time to time.
    """
    with (
        distributed.LocalCluster(
            n_workers=0,
            protocol="tcp://",
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
