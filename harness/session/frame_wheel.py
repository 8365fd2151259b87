"""One timer for the streams of all calls of a loop, instead of a sleeping task for every frame.

A stream says when its next frame is due and what is to be done then. Whatever is due by the time
that the loop wakes up is done in one go, in order of the deadlines. With many calls the loop wakes
once a millisecond, and not once a call and frame.

Calls that begin together would all be due at the same instant, and the last of them late. So a call
asks for a phase of its own: the moment within a frame at which the fewest others are due.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from harness.session.virtual import VirtualLoop
from harness.transport.loop_lag import lag_of
from harness.units import FRAME_S

PHASES = 20
"""So many moments within a frame are told apart: one a millisecond."""

_FORGIVEN_S = 1e-9
"""What a sum of times may be off: loops fire their timers as much too early."""


class FrameWheel:
    """What is due next in one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._serials = count()
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._taken = [0] * PHASES

    def at(self, deadline_s: float, work: Callable[[], None]) -> None:
        """Have something done once, as soon as the loop can after its time; it must not raise.

        What is to be withdrawn must see by itself that it is of no use any more.
        """
        first = not self._due or deadline_s < self._due[0][0]
        heappush(self._due, (deadline_s, next(self._serials), work))
        if first and not self._running:
            self._arm()

    def take_phase(self, now_s: float) -> tuple[int, float]:
        """Take a free phase; return it with how long to wait until a stream may begin in it."""
        here = self._phase(now_s)
        least = min(self._taken)
        wait = next(n for n in range(PHASES) if self._taken[(here + n) % PHASES] == least)
        phase = (here + wait) % PHASES
        self._taken[phase] += 1
        return phase, wait * FRAME_S / PHASES

    def leave_phase(self, phase: int) -> None:
        """Give a phase back."""
        self._taken[phase] -= 1

    def _phase(self, now_s: float) -> int:
        return int(now_s / FRAME_S % 1.0 * PHASES) % PHASES

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = self._loop()
        if self._due and loop is not None:
            self._timer = loop.call_at(self._due[0][0], self._wake)

    def _wake(self) -> None:
        """Work; in virtual time those go first that are ready in the same instant."""
        self._timer, self._running = None, True
        loop = self._loop()
        assert loop is not None
        if isinstance(loop, VirtualLoop):
            loop.call_soon(self._work)
        else:  # what there is to read was read before the timers
            self._work()

    def _work(self) -> None:
        loop, due = self._loop(), self._due
        assert loop is not None
        while due and due[0][0] <= loop.time() + _FORGIVEN_S:
            heappop(due)[2]()
        self._running = False
        lag_of(loop).look()  # most work of this turn of the loop is done
        self._arm()


_WHEELS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, FrameWheel] = (
    weakref.WeakKeyDictionary()
)


def wheel_of(loop: asyncio.AbstractEventLoop) -> FrameWheel:
    """Return the wheel of a loop."""
    wheel = _WHEELS.get(loop)
    if wheel is None:
        wheel = _WHEELS[loop] = FrameWheel(loop)
    return wheel
