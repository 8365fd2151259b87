"""Ctrl-C and SIGTERM as a wish that a run looks at, instead of an exception that lands anywhere.

An exception in the middle of noting a result would lose that result; a count never does.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """How often we were asked to stop: once means finish, more than once means at once."""

    def __init__(self) -> None:
        self.asked = 0
        self._listeners: list[Callable[[], object]] = []

    def listen(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` at every wish, from a signal handler: it may only wake somebody."""
        self._listeners.append(listener)

    def ask(self) -> None:
        """Wish for the end."""
        self.asked += 1
        for listener in self._listeners:
            listener()


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into wishes until the block ends.

    Only the main thread receives signals; in any other one nothing is changed.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.ask()) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
