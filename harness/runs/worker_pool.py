"""The workers of a distributed run: the fit workers, and the tasks that they get.

Workers are examined when they arrive: a worker with another harness, without the suite's files,
without the target's key or without the run's folder gets no call, and the reason is reported once.
The scheduler may go and come back, workers too. While it does not answer, the workers of its last
answer count as there.
"""

from __future__ import annotations

import queue
import time
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from distributed import KilledWorker
from distributed.client import FutureCancelledError

from harness.runs.call_worker import (
    WITHDRAWN,
    CallOrder,
    WorkerNeeds,
    examine,
    hang_up,
    identity,
    make_call,
)
from harness.runs.worker_serving import CONNECT_S, Answer, SchedulerLink

RETRIES = 2
"""How often dask makes a call again whose process died."""

SILENT_S = 5.0
"""How long a scheduler may take to answer before its silence is reported."""

_LOOK_S = 1.0
_LONE_LOOK_S = 0.1
_NOT_OURS = "was not started by `harness worker`"
_WHO = ("who is there",)

Say = Callable[[str], object]


class Crew:
    """The workers of a scheduler, from the view of one run."""

    def __init__(
        self, address: str, needs: WorkerNeeds, say: Say, keep: Callable[[], None] | None = None
    ) -> None:
        """``keep`` is called from time to time; raises OperationError: no scheduler answers."""
        self._address, self._needs, self.say, self._keep = address, needs, say, keep
        self._fit: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        """The reasons that present workers get no call, by their addresses."""
        self._new: dict[str, int] = {}
        """Workers under examination, with how many calls they make at a time."""
        self._stopped: set[str] = set()
        self._is_said = False
        self._looked_at = 0.0
        self._gone_at: float | None = None
        """Since when there has been no connection to the scheduler; None while there is one."""
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._link = SchedulerLink(address, self._inbox)

    @property
    def slots(self) -> int:
        """How many calls all fit workers make at a time."""
        return sum(self._fit.values())

    @property
    def count(self) -> int:
        """How many fit workers there are."""
        return len(self._fit)

    @property
    def is_undecided(self) -> bool:
        """Whether there are workers of which it is not known yet whether they are fit."""
        return bool(self._new)

    @property
    def is_silent(self) -> bool:
        """Whether the scheduler has not answered for a while."""
        gone_s = 0.0 if self._gone_at is None else time.monotonic() - self._gone_at
        return max(gone_s, self._link.open_s(_WHO) or 0.0) > SILENT_S

    def look(self) -> None:
        """Ask for the workers, once a second or until there are any; never waits for the answer."""
        now = time.monotonic()
        if now - self._looked_at >= (_LOOK_S if self._fit else _LONE_LOOK_S):
            self._looked_at = now
            if self._keep is not None:
                self._keep()
            # The answer comes into the inbox; a scheduler that hangs must not stop this loop.
            self._link.ask(_WHO, self._link.workers)
        if self.is_silent and not self._is_said:
            self._is_said = True
            self.say(f"{self._silence}; waiting for it")

    def ended(self, wait_s: float) -> list[Any]:
        """Return tasks that are over, in whatever way, after a moment at most.

        Answers to earlier questions are processed too.
        """
        found: list[Any] = []
        while True:
            try:
                news = self._inbox.get(timeout=wait_s)
            except queue.Empty:
                return found
            if isinstance(news, Answer):
                self._take(news)
            else:
                found.append(news)
            # Only the first look waits; then everything that is there is taken.
            wait_s = 0.0

    def refuse(self, address: str, why: str) -> None:
        """Give a worker no further call."""
        self._fit.pop(address, None)
        # A worker is looked at every second; its reason is said once.
        if address not in self.refused:
            self.refused[address] = why
            self.say(f"worker {address} {why}; it gets no call of this run")

    def submit(self, order: CallOrder, task: str) -> tuple[Any, frozenset[str]]:
        """Assign a call to the fit workers; return its task, and the workers that may take it."""
        workers = frozenset(self._fit)
        # pure=False: dask would take two equal calls for one, and make it once.
        future = self._link.client.submit(
            make_call, order, key=task, workers=list(workers), retries=RETRIES, pure=False
        )
        future.add_done_callback(self._inbox.put)
        return future, workers

    def has_any(self, workers: frozenset[str]) -> bool:
        """Return whether any of these workers is still there and fit."""
        return not workers.isdisjoint(self._fit)

    def told(self, task: Any) -> str:
        """Return a worker's reason for not making a call, empty if there is none.

        A task may also be lost, with its scheduler or its worker.
        """
        if task.status != "finished":
            return ""
        try:
            address, why = task.result(timeout=CONNECT_S)
        except (OSError, TimeoutError, CancelledError, FutureCancelledError, KilledWorker):
            return ""
        if why and why != WITHDRAWN:
            self.refuse(address, why)
        return str(why)

    @property
    def why_none(self) -> str:
        """The reason that no worker makes the calls."""
        if self.is_silent or self._gone_at is not None:
            return self._silence
        told = [f"worker {at} {why}" for at, why in self.refused.items()]
        told += [f"worker {at} does not answer" for at in self._new]
        if told:
            first, *more = told
            others = f" (and {len(more)} more)" if more else ""
            return f"no worker at {self._address} can make these calls: {first}{others}"
        return f"no worker at {self._address}; start one with `harness worker {self._address}`"

    def stop(self) -> None:
        """Stop the start of calls, and end those in real time; call repeatedly until the end."""
        for address in self._fit.keys() - self._stopped:
            self._ask_worker("stop", address, hang_up, self._needs.token)

    def close(self) -> None:
        """Leave the scheduler; tasks under way are forgotten."""
        self._link.close()

    # --- answers ------------------------------------------------------------------------

    def _take(self, answer: Answer) -> None:
        kind, address = answer.topic[0], answer.topic[-1]
        if kind == "stop":
            if not isinstance(answer.said, Exception):  # else it is asked again
                self._stopped.add(address)
        elif kind == "examine":
            self._examined(address, answer.said)
        elif not isinstance(answer.said, OSError):
            self._seen(answer.said)

    def _seen(self, there: Mapping[str, Any] | None) -> None:
        """Process the list of workers; while the scheduler is gone (None), no worker counts."""
        is_gone, there = there is None, there or {}
        if not is_gone:
            self._gone_at = None
        elif self._gone_at is None:
            self._gone_at = time.monotonic()
        if self._is_said and not is_gone:
            self._is_said = False
            self.say(f"the scheduler at {self._address} answers again")
        for known in (self._fit, self.refused, self._new):
            for address in known.keys() - there.keys():
                del known[address]
        for address, at in there.items():
            if address in self._fit or address in self.refused:
                continue
            # One in ``_new`` has not answered yet, or its answer was lost: it is asked again.
            if address in self._new or self._is_ours(address, str(at["name"])):
                self._new[address] = int(at["nthreads"])
                self._ask_worker("examine", address, examine, self._needs)

    def _examined(self, address: str, lacks: Any) -> None:
        """Process an examination; a worker that left meanwhile is asked again if it comes back."""
        # An error says nothing about its fitness: it stays new, and is asked at the next look.
        if address not in self._new or isinstance(lacks, OSError):
            return
        slots = self._new.pop(address)
        if lacks == "":
            self._fit[address] = slots
        else:
            self.refuse(address, str(lacks))

    def _ask_worker(self, kind: str, address: str, function: Any, given: Any) -> None:
        self._link.ask((kind, address), partial(_of_worker, address, function, given))

    def _is_ours(self, address: str, name: str) -> bool:
        if name.startswith(f"{identity()}, "):
            return True
        if name.startswith("harness "):
            theirs = name.rpartition(", ")[0]
            self.refuse(address, f"has {theirs}, and this is {identity()}")
        else:
            self.refuse(address, _NOT_OURS)
        return False

    @property
    def _silence(self) -> str:
        return f"the scheduler at {self._address} does not answer"


def _of_worker(address: str, function: Any, given: Any, client: Any) -> Any:
    """Return a function's result on a worker, or the error that it raised there."""
    found = client.run(function, given, workers=[address], on_error="return")
    return found.get(address, OSError("gone"))
