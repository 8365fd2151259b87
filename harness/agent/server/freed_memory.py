"""Gives the memory of ended sessions back to the system.

What a session held is freed when it ends, but glibc keeps the pages: buffers of many sizes lie
between each other, and each thread that spoke or listened has a heap of its own. After rounds of
300 answers at once that was several gigabytes of free memory.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from harness.session.clock import Clock, RealClock

_MOST_ENDED = 100
"""After so many ended sessions the memory is given back, even if others are open."""


class FreedMemory:
    """Counts the sessions of a server; gives memory back in a thread, in real time alone."""

    def __init__(self, clock: Clock, give_back: Callable[[], object] | None = None) -> None:
        self._give_back = give_back or _trim()
        self._gives_back = clock.name == RealClock.name
        self._open = self._ended = 0

    @contextmanager
    def session(self) -> Iterator[None]:
        """Count a session as open until the block ends."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._ended += 1
            if self._gives_back and (not self._open or self._ended >= _MOST_ENDED):
                self._ended = 0
                asyncio.get_running_loop().run_in_executor(None, self._give_back)


@cache
def _trim() -> Callable[[], object]:
    """Return the C library's function that gives free pages back; one without it does nothing."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return int
    return lambda: trim(0)
