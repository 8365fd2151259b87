"""Processes for heavy work: deaf to Ctrl-C, replaced when one dies, gone when we are gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["BrokenProcessPool", "Workers"]

_NICENESS = 10
_MASKS = hasattr(signal, "pthread_sigmask")


class Workers:
    """A pool of worker processes; a context manager that waits for them at its end.

    When a worker dies (killed, out of memory), every job under way in the pool ends with
    BrokenProcessPool, and the next job gets a new pool. ``gives_way``: workers get the processor
    only when nobody else wants it, as live calls beside them do.
    """

    def __init__(self, count: int, *, gives_way: bool = False) -> None:
        self._count, self._gives_way = count, gives_way
        self._own = _OwnProcesses()
        self._pool = self._new_pool()

    def submit(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> Future[T]:
        """Hand over a job, which must be a function of a module."""
        try:
            return self._submit(job, *args, **named)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            return self._submit(job, *args, **named)

    def processes(self) -> tuple[SpawnProcess, ...]:
        """Return the workers that are alive."""
        return tuple(process for process in self._own.made if process.is_alive())

    def kill(self) -> None:
        """End the workers at once; what they were at ends with BrokenProcessPool."""
        for process in self.processes():
            process.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> Future[T]:
        with _deaf_children():
            return self._pool.submit(job, *args, **named)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._count, mp_context=self._own, initializer=_settle_in, initargs=(self._gives_way,)
        )


class _OwnProcesses(SpawnContext):
    """Makes a pool's processes, and remembers which they are: a program may have others.

    Not fork: engines hold threads and C state that must not be copied.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: list[SpawnProcess] = []

    def Process(self, *args: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        """Make one; the name is the one that pools call."""
        process = SpawnProcess(*args, **named)
        self.made = [one for one in self.made if one.exitcode is None]
        self.made.append(process)
        return process


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Start processes that never see Ctrl-C, which a terminal sends to all of a group.

    The mask is inherited, so that not even a worker that is only just starting is hit. Windows has
    no masks; there a worker stops heeding it as soon as it runs (``_settle_in``).
    """
    if not _MASKS:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle_in(gives_way: bool) -> None:
    if not _MASKS:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if gives_way and hasattr(os, "nice"):
        os.nice(_NICENESS)
    _end_with_parent()


def _end_with_parent() -> None:
    """Watch the parent: a worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
