"""Ctrl-C and SIGTERM as a wish that a run looks at, instead of an exception that lands anywhere.

An exception in the middle of noting a result would lose that result; a count never does.

One wish may come as several signals: ``timeout`` sends SIGTERM to the command and then to its whole
group, and what starts commands (npm, docker) passes on the Ctrl-C that they have from the terminal.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)

ONE_WISH_S = 0.5
"""How long after the first signal others are the same wish: longer than it takes to pass them on,
and hardly longer than a person takes to press again."""


class Stop:
    """How often we were asked to stop: once means finish, more than once means at once."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self.asked = 0
        self._now_s, self._first_s = now_s, 0.0
        self._listeners: list[Callable[[], object]] = []

    @contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call ``listener`` at every wish inside the block, from a signal handler.

        It may only wake somebody, who must be there as long as the block lasts.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def ask(self, *_signal: object) -> None:
        """Wish for the end; also a signal handler. What comes right behind the first is it anew."""
        now_s = self._now_s()
        if not self.asked:
            self._first_s = now_s
        elif now_s - self._first_s < ONE_WISH_S:
            return
        self.asked += 1
        for listener in self._listeners:
            listener()


@contextmanager
def stop_signals(now_s: Callable[[], float] = time.monotonic) -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into wishes until the block ends.

    Only the main thread receives signals; in any other one nothing is changed. A block inside
    another shares its wishes and its clock: what is begun when somebody has already asked, ends at
    once.
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
