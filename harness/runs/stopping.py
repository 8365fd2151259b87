"""Ctrl-C and SIGTERM as a stop request that a run polls, instead of an exception at any place."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)

ONE_WISH_S = 0.5
"""How long after the first signal others are the same request: longer than forwarding takes, and
hardly longer than a person takes to press again."""


class Stop:
    """The number of stop requests: once means finish, more than once means at once."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        # An exception while a result is written would lose that result; a counter never does.
        self.asked = 0
        self._now_s, self._first_s = now_s, 0.0
        self._listeners: list[Callable[[], object]] = []

    @contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call ``listener`` at every request inside the block, from a signal handler.

        It may only wake a waiter, which must exist as long as the block lasts.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def ask(self, *_signal: object) -> None:
        """Request the end; also a signal handler.

        Signals right after the first are the same request.
        """
        now_s = self._now_s()
        if not self.asked:
            self._first_s = now_s
        # A request may come as several signals: ``timeout`` sends SIGTERM to the command and then
        # to its whole group, and programs that start commands (npm, docker) forward the Ctrl-C from
        # the terminal.
        elif now_s - self._first_s < ONE_WISH_S:
            return
        self.asked += 1
        for listener in self._listeners:
            listener()


@contextmanager
def stop_signals(now_s: Callable[[], float] = time.monotonic) -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into requests until the block ends.

    Only the main thread receives signals; in any other thread they stay unchanged. A block inside
    another shares its requests and its clock: work that begins after a request ends at once.
    """
    handler = signal.getsignal(SIGNALS[0])
    outer = getattr(handler, "__self__", None)
    stop = outer if isinstance(outer, Stop) else Stop(now_s)
    if stop is outer or threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
