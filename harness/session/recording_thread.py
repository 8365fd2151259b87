"""Writes the recordings of all calls of a loop to disk while they last, in a single thread.

Several threads would take the interpreter from the loop again and again, and frames would be late.
The calls take turns, so that they are never all written at once, and there is no notification of
completion: a call whose write failed gets the error at its next turn.

If the loop runs in real time, the thread takes the next lower priority: at equal priority the
system lets it finish its slice, on the loop's own core, while frames are due.
"""

from __future__ import annotations

import asyncio
import os
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

T = TypeVar("T")

SCRIBE_S = 0.5
"""How often a recording is flushed to disk: the most that a crash may lose."""

TURNS = 10
"""Number of groups of calls that are written in turn within ``SCRIBE_S``."""


@dataclass(slots=True)
class _Book:
    """A recording that grows."""

    settle: Callable[[], None]
    flush: Callable[[], None]
    broken: asyncio.Future[None]
    turn: int
    writing: Future[None] | None = None


class Scribe:
    """The scribe of a loop; use it in the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="scribe", initializer=_behind_the_loop
        )
        self._books: dict[int, _Book] = {}
        self._numbers = count()
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        weakref.finalize(loop, self._thread.shutdown, wait=False)

    async def keep(self, settle: Callable[[], None], flush: Callable[[], None]) -> None:
        """Flush a recording regularly until this is cancelled; raises the errors of ``flush``.

        ``settle`` is called before, in the loop. Cancelling is safe; a flush may still continue.
        """
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        book = _Book(settle, flush, loop.create_future(), (self._turn + number) % TURNS)
        self._books[number] = book
        if self._timer is None:
            self._timer = loop.call_later(SCRIBE_S / TURNS, self._next)
        try:
            await book.broken
        finally:
            del self._books[number]
            if not self._books and self._timer is not None:
                self._timer.cancel()  # the timer would keep the loop alive
                self._timer = None

    async def write(self, job: Callable[[], T]) -> T:
        """Run a job after all pending writes.

        Once begun it is awaited, for a few milliseconds, as no other code may touch the files:
        cancellations are passed on when it is done.
        """
        job_done = asyncio.get_running_loop().run_in_executor(self._thread, job)
        cancelled: asyncio.CancelledError | None = None
        while not job_done.done():
            try:
                await asyncio.wait([job_done])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled from job_done.exception()
        return job_done.result()

    def _next(self) -> None:
        """Write the group whose turn it is."""
        loop, self._timer = self._loop(), None
        if loop is None or not self._books:
            return
        self._timer = loop.call_later(SCRIBE_S / TURNS, self._next)
        self._turn = (self._turn + 1) % TURNS
        for book in self._books.values():
            if book.turn == self._turn and not book.broken.done():
                self._write(book)

    def _write(self, book: _Book) -> None:
        if book.writing is not None:
            if not book.writing.done():
                return  # the disk is slow: new records wait
            if (error := book.writing.exception()) is not None:
                book.broken.set_exception(error)
                return
        try:
            book.settle()
        except Exception as error:  # noqa: BLE001  # the border of one recording: raised where it is kept
            book.broken.set_exception(error)
            return
        book.writing = self._thread.submit(book.flush)


def _behind_the_loop() -> None:
    """Lower this thread's priority below the loop's, if both are in real time."""
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_RR:
        least = os.sched_get_priority_min(os.SCHED_RR)
        priority = max(least, os.sched_getparam(0).sched_priority - 1)
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))


_SCRIBES: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Scribe] = weakref.WeakKeyDictionary()


def scribe_of(loop: asyncio.AbstractEventLoop) -> Scribe:
    """Return the scribe of a loop in real time."""
    if loop not in _SCRIBES:
        _SCRIBES[loop] = Scribe(loop)
    return _SCRIBES[loop]
