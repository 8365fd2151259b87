"""Processes for heavy work: deaf to signals, replaced when one dies, gone when we are gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import ParamSpec, TypeVar

from harness.calls.processes import OwnProcesses, settle_in, starting
from harness.calls.stages import Board, Shared, write_on

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["BrokenProcessPool", "Workers"]


class Workers:
    """A pool of worker processes; a context manager that waits for them at its end.

    When a worker dies (killed, out of memory), every job under way in the pool ends with
    BrokenProcessPool, and the next job gets a new pool. ``gives_way``: workers get the processor
    only when nobody else wants it, as live calls beside them do.
    """

    def __init__(self, count: int, *, gives_way: bool = False) -> None:
        self._count, self._gives_way = count, gives_way
        self._own = OwnProcesses()
        self._board = Board()
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
        with starting():
            return self._pool.submit(job, *args, **named)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._count,
            mp_context=self._own,
            initializer=_begin,
            initargs=(self._gives_way, dict(os.environ), self._board.shared),
        )


def _begin(gives_way: bool, environment: dict[str, str], board: Shared | None) -> None:
    settle_in(gives_way, environment)
    write_on(board)
