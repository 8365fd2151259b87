"""Frames on absolute deadlines, and how late they really left.

Waiting a frame's length after each send drifts by tens of milliseconds in seconds (performance.md);
a deadline that is counted from the start never does. A late frame is sent at once, none is skipped.
"""

from __future__ import annotations

import asyncio

import numpy as np

from harness.recording.model import Lateness
from harness.units import FRAME_S

LATE_P99_S = 0.010
"""Above this, in real time, the call's own timing cannot be trusted (``timing_invalid``)."""


class Pacer:
    """The deadlines of one stream that starts at ``start_s`` of the running loop.

    Frame ``k`` leaves at ``start_s + (k + 1) * FRAME_S``: not before its last sample was spoken.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._late_s: list[float] = []

    @property
    def frames(self) -> int:
        """How many frames have been due."""
        return len(self._late_s)

    @property
    def border_s(self) -> float:
        """Seconds from the start at which the next frame begins."""
        return self.frames * FRAME_S

    async def due(self) -> None:
        """Wait until the next frame must leave. Cancelling is safe."""
        loop = asyncio.get_running_loop()
        deadline_s = self._start_s + (self.frames + 1) * FRAME_S
        wait_s = deadline_s - loop.time()
        # A late frame leaves at once, but the receiver must still get its turn.
        await asyncio.sleep(max(0.0, wait_s))
        self._late_s.append(max(0.0, loop.time() - deadline_s))

    def lateness(self) -> Lateness:
        """Return how late the frames left, to the microsecond."""
        if not self._late_s:
            return Lateness(0, None, None, None)
        p50, p99 = np.percentile(self._late_s, [50, 99])
        worst = max(self._late_s)
        return Lateness(len(self._late_s), *(round(float(x), 6) for x in (p50, p99, worst)))
