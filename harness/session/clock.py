"""The clock is an argument: the time functions of a live call and the reference agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeVar

T = TypeVar("T")

_YEAR_2000_S = 946_684_800.0
"""Its Unix time: virtual calls have no real date."""


class Clock(Protocol):
    """Monotonic seconds, and slow engines that must not disturb them."""

    @property
    def name(self) -> str:
        """ "real" or "virtual", as stored in the manifest."""
        ...

    def now(self) -> float:
        """Return monotonic seconds (the running loop's time)."""
        ...

    def wall(self) -> float:
        """Return the time of day as Unix time, as other machines write it next to an event."""
        ...

    async def engine(self, job: Callable[[], T], charged_s: float) -> T:
        """Run a slow, blocking job and return its result.

        Real time: in a thread, as long as it takes. Virtual time: at once while the clock is
        stopped, then exactly ``charged_s`` pass. Cancelling is safe; the job itself runs to its
        end.
        """
        ...

    async def engine_if_asked(self, job: Callable[[], T], charged_s: float) -> Callable[[], T]:
        """Run a slow, blocking job and return a function that gives its result or raises its error.

        For results that are often not needed. Real time: as ``engine``, and the result is ready.
        Virtual time: ``charged_s`` pass, and the job runs at the first request, while the clock is
        stopped: only the processor load differs. Cancelling is safe.
        """
        ...


class RealClock:
    """Wall-clock time of the running loop; slow jobs go to a thread."""

    name = "real"

    def now(self) -> float:
        """Return monotonic seconds of the running loop."""
        return asyncio.get_running_loop().time()  # not all loops go by time.monotonic

    def wall(self) -> float:
        """Return this machine's Unix time."""
        return time.time()

    async def engine(self, job: Callable[[], T], charged_s: float) -> T:
        """Run the job in a thread, as long as it takes; ``charged_s`` is ignored.

        Cancelling is safe: the thread runs to its end, its result is dropped.
        """
        return await asyncio.get_running_loop().run_in_executor(None, job)

    async def engine_if_asked(self, job: Callable[[], T], charged_s: float) -> Callable[[], T]:
        """Run the job in a thread at once: the requester must not wait. See ``engine``."""
        result = await self.engine(job, charged_s)
        return lambda: result


class VirtualClock:
    """Time of a ``VirtualLoop``: stops while a job runs, then is charged for it."""

    name = "virtual"

    def now(self) -> float:
        """Return the virtual seconds of the running loop."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Return the virtual seconds, counted from the beginning of the year 2000."""
        return _YEAR_2000_S + self.now()

    async def engine(self, job: Callable[[], T], charged_s: float) -> T:
        """Run the job at once while the clock is stopped, then let ``charged_s`` pass.

        Cancelling is safe: it can only happen while the charged time passes.
        """
        result = job()
        await asyncio.sleep(charged_s)
        return result

    async def engine_if_asked(self, job: Callable[[], T], charged_s: float) -> Callable[[], T]:
        """Let ``charged_s`` pass; the job runs once, with the clock stopped, if requested.

        Cancelling is safe.
        """
        await asyncio.sleep(charged_s)
        return cache(job)


class RecordingClock:
    """Seconds from zero of a recording on. Before zero is set, it is the present moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start_s: float | None = None

    def start(self) -> float:
        """Set zero to now, and return it in the loop's time."""
        self._start_s = self._clock.now()
        return self._start_s

    @property
    def started(self) -> bool:
        """Whether zero is set."""
        return self._start_s is not None

    def now_s(self) -> float:
        """Return the time."""
        return self.at_s(self._clock.now())

    def at_s(self, loop_s: float) -> float:
        """Return a time of the loop on this clock."""
        start_s = self._start_s if self._start_s is not None else self._clock.now()
        return round(loop_s - start_s, 6)
