"""Whole messages to and from another process, by threads: no loop at either end waits for them."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

_END = object()


class PipeEnd(NamedTuple):
    """One end, as handed to a process: a way in, and a way out."""

    way_in: Connection[Any, Any]
    way_out: Connection[Any, Any]

    def close(self) -> None:
        """Close this process's copy."""
        self.way_in.close()
        self.way_out.close()


def pipe_ends() -> tuple[PipeEnd, PipeEnd]:
    """Return both ends of a new pipe."""
    first_in, second_out = multiprocessing.Pipe(duplex=False)
    second_in, first_out = multiprocessing.Pipe(duplex=False)
    return PipeEnd(first_in, first_out), PipeEnd(second_in, second_out)


class MessagePipe:
    """One end at work: what is sent is queued, what comes is handed to ``take``.

    ``take`` and ``gone`` are called from a thread; ``gone`` once, when the other end has closed its
    way out, or its process has died.
    """

    def __init__(
        self, end: PipeEnd, take: Callable[[Any], object], gone: Callable[[], object]
    ) -> None:
        self._end, self._take, self._gone = end, take, gone
        self._queued: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for job in (self._read, self._write):
            threading.Thread(target=job, name=f"pipe{job.__name__}", daemon=True).start()

    def send(self, message: Any) -> None:
        """Queue a message, which must be picklable; to an end that is gone it goes nowhere."""
        self._queued.put(message)

    def close(self) -> None:
        """Close the way out behind what is queued; the way in stays until the other end's does."""
        self._queued.put(_END)

    def _write(self) -> None:
        with suppress(OSError):
            while (message := self._queued.get()) is not _END:
                self._end.way_out.send(message)
        self._end.way_out.close()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._take(self._end.way_in.recv())
        self._end.way_in.close()
        self._gone()
