"""Brings the recordings of all calls of a loop to the disk while they last: one thread for all.

Several threads would take the interpreter from the loop again and again, and frames would be late.
The calls take turns, so that never all of them are written at once, and nobody is told when that is
done: whoever was refused by the disk learns of it the next time.

Where the loop runs in real time the thread takes one priority less: at the same one the system
lets it finish its slice, on the loop's own core, while frames are due.
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
"""How often a recording goes to the disk: what a crash may lose."""

TURNS = 10
"""So many times within that the calls whose turn it is are written."""


@dataclass(slots=True)
class _Book:
    """A recording that grows."""

    settle: Callable[[], None]
    flush: Callable[[], None]
    broken: asyncio.Future[None]
    turn: int
    writing: Future[None] | None = None


class Scribe:
    """Of one loop; to be used in its thread."""

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
        """Flush a recording now and then until this is cancelled; raises what ``flush`` does.

        ``settle`` is called before, in the loop. Cancelling is safe; a flush may still go on.
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
                self._timer.cancel()  # it would keep the loop for ever
                self._timer = None

    async def write(self, job: Callable[[], T]) -> T:
        """Do something behind all that is still to be written.

        Once begun it is waited for, a matter of milliseconds, as nobody else may touch the files:
        a cancellation, or several, are passed on when it is done.
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
        """Write those whose turn it is."""
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
                return  # the disk is slow: what is noted meanwhile waits
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
    """Give way to the thread that started this one, where both are in real time."""
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
