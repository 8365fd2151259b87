"""Processes for heavy work: deaf to Ctrl-C, replaced when one dies, gone when we are gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["BrokenProcessPool", "Workers"]

_NICENESS = 10
_MASKS = hasattr(signal, "pthread_sigmask")

_METHOD = "forkserver" if sys.platform == "linux" and hasattr(os, "fork") else "spawn"
"""Never fork from here: engines hold threads and C state that must not be copied.

A fork server has loaded what a call needs, and no engine. To load it takes longer than a short
call, and is done once for all workers of a program, instead of in each.
"""

_LOADED = ("harness.calls.pipeline",)
_SAFE_PATH = "PYTHONSAFEPATH"


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

    def processes(self) -> tuple[BaseProcess, ...]:
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
        with _starting():
            return self._pool.submit(job, *args, **named)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._count,
            mp_context=self._own,
            initializer=_settle_in,
            initargs=(self._gives_way, dict(os.environ)),
        )


class _OwnProcesses(BaseContext):
    """Makes a pool's processes, and remembers which they are: a program may have others."""

    _name = _METHOD

    def __init__(self) -> None:
        super().__init__()
        self.made: list[BaseProcess] = []
        self.set_forkserver_preload(list(_LOADED))

    def Process(self, *args: Any, **named: Any) -> BaseProcess:
        """Make one; the name is the one that pools call."""
        context: Any = multiprocessing.get_context(_METHOD)  # typeshed knows no common Process
        process: BaseProcess = context.Process(*args, **named)
        self.made = [one for one in self.made if one.exitcode is None]
        self.made.append(process)
        return process


@contextmanager
def _starting() -> Iterator[None]:
    """Start processes that never see Ctrl-C, and load nothing from the current folder.

    A terminal sends Ctrl-C to all of a group. The mask is inherited, so that not even a worker
    that is only just starting is hit. Windows has no masks; there a worker stops heeding it as
    soon as it runs (``_settle_in``).
    """
    safe = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _MASKS else None
    try:
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if safe is None:
            os.environ.pop(_SAFE_PATH, None)
        else:
            os.environ[_SAFE_PATH] = safe


def _settle_in(gives_way: bool, environment: dict[str, str]) -> None:
    os.environ.clear()  # a fork server's is as old as the server
    os.environ.update(environment)
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
