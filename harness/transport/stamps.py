"""Times at which bytes were read and written, and the delay of the event loop."""

from __future__ import annotations

import os
import time
import weakref
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from websockets.asyncio.connection import Connection
from websockets.frames import Frame, Opcode

# How long bytes may have lain unread while the loop's thread was busy, or waited for a processor.
#
# Bytes that come while the thread sleeps wake it. So bytes that are read now came no earlier than
# the end of the last sleep: they have waited at most for the time since then, in which the thread
# computed, or was kept from computing by other work of the machine. Linux reports both (CPU time,
# and the ``run_delay`` of ``/proc/thread-self/schedstat``), so a sleep shows as time that is
# neither. If a system does not report them, all the time since the last look counts.

SCHEDSTAT = Path("/proc/thread-self/schedstat")

_SLEPT_S = 50e-6
"""The readings are microseconds apart: less is no sleep."""


class LoopLag:
    """The last sleep of a thread, as far as it can be measured; call ``look`` regularly."""

    def __init__(self, wall_s: Callable[[], float], awake_s: Callable[[], float] | None) -> None:
        """``awake_s`` is the thread's computing and waiting time, None if the system lacks it."""
        self._wall_s, self._awake_s = wall_s, awake_s
        self._last_wall_s = wall_s()
        self._last_awake_s = self._since_s = 0.0 if awake_s is None else awake_s()

    def look(self) -> float:
        """Return for how many seconds data read now may have lain unread, at most."""
        passed_s = self._wall_s() - self._last_wall_s
        if self._awake_s is None:
            self._last_wall_s = self._wall_s()
            return passed_s
        awake_s, awake_before_s = self._awake_s(), self._last_awake_s
        # Read again: being kept from the processor between two readings must not look like sleep.
        self._last_awake_s, self._last_wall_s = awake_s, self._wall_s()
        if passed_s - (awake_s - awake_before_s) > _SLEPT_S:
            self._since_s = awake_before_s
        return max(0.0, awake_s - self._since_s)


_LAGS: weakref.WeakKeyDictionary[AbstractEventLoop, LoopLag] = weakref.WeakKeyDictionary()


def lag_of(loop: AbstractEventLoop) -> LoopLag:
    """Return the lag of a running loop, shared by all of its sockets; call it in its thread."""
    if loop not in _LAGS:
        _LAGS[loop] = LoopLag(time.monotonic, _awake_time(loop))
    return _LAGS[loop]


def _awake_time(loop: AbstractEventLoop) -> Callable[[], float] | None:
    try:
        stat = os.open(SCHEDSTAT, os.O_RDONLY)
    except OSError:
        return None
    weakref.finalize(loop, os.close, stat)

    def awake_s() -> float:
        waited_ns = int(os.pread(stat, 64, 0).split()[1])
        return time.thread_time() + waited_ns * 1e-9

    return awake_s


_DATA = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)


class Stamp(NamedTuple):
    """When the last byte of a message was read, and whether the message is binary."""

    at_s: float
    binary: bool
    late_s: float = 0.0
    """Upper bound for how long it lay unread."""


class Stamped(Connection):
    """An end of a WebSocket that notes the loop's time of the data through its socket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stamps: deque[Stamp] = deque()
        """Stamps of the messages that were not taken yet."""
        self.written_at_s = 0.0
        """When the last bytes were handed to the socket: after encoding, before the kernel."""
        self._lag = lag_of(self.loop)
        self._read_at_s = self._late_s = 0.0
        self._binary = False

    def data_received(self, data: bytes) -> None:
        """Note the time, then parse."""
        self._read_at_s = self.loop.time()
        self._late_s = self._lag.look()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        """Note the time of a whole message, then queue it."""
        if isinstance(event, Frame) and event.opcode in _DATA:
            if event.opcode is not Opcode.CONT:
                self._binary = event.opcode is Opcode.BINARY
            if event.fin:
                self.stamps.append(Stamp(self._read_at_s, self._binary, self._late_s))
        super().process_event(event)

    def send_data(self) -> None:
        """Note the time, then write; also called after each read, mostly without data to write."""
        writes = bool(self.protocol.writes)
        if writes:
            self.written_at_s = self.loop.time()
        super().send_data()
        if writes:
            self._lag.look()  # most work of this iteration of the loop is done
