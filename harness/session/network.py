"""The caller's way to the agent: frames that come late and in bursts, by a plan with a seed.

Frames leave when they are due (``stream.Pacer``), independent of this module: a delayed frame waits
in front of the connection. The harness's own lateness is counted separately.
"""

from __future__ import annotations

from collections import deque
from functools import partial

import numpy as np

from harness.caller.model import PhoneLinePlan
from harness.recording.model import ImpairedSpan, Impairment
from harness.session.caller_stream import FRAME, Frame
from harness.session.recorded_connection import RecordedConnection, Rest
from harness.units import RATE_HZ

HELD_UP = 0.1
"""Share of frames that jitter delays; the frames after them are late with them."""


class Network:
    """The simulated network between the caller's stream and a connection."""

    def __init__(self, connection: RecordedConnection, line: PhoneLinePlan | None) -> None:
        self._connection = connection
        wanted = None if line is None else line.wanted.network
        self._stalls = None if line is None else line.stalls
        jitter_ms = 0.0 if wanted is None else wanted.jitter_ms or 0.0
        self._jitter = jitter_ms / 1000.0 * RATE_HZ
        self.passes = not self._jitter and self._stalls is None
        """Whether no frame is ever delayed."""
        self._chance = np.random.default_rng([0 if line is None else line.seed, *b"network"])
        self._held: deque[tuple[int, Frame, bool]] = deque()
        self._free = self._now = 0
        self._faults: list[ImpairedSpan] = []

    def frame(self, frame: Frame, *, heard: bool) -> Rest | None:
        """Take the frame that is due, and send frames that get through; return work to await."""
        if self.passes:
            return self._connection.frame(frame, heard=heard)
        return partial(self._late, frame, heard=heard)

    async def _late(self, frame: Frame, *, heard: bool) -> None:
        self._now = frame.start + FRAME
        # Frames keep their order: the frames after a delayed frame wait too.
        self._free = max(self._free, self._through(self._now))
        self._held.append((self._free, frame, heard))
        # A delayed frame leaves with a later frame, so lateness is in steps of a frame.
        while self._held and self._held[0][0] <= self._now:
            await self._send()

    async def flush(self) -> None:
        """Send all delayed frames: a commit must not overtake its audio. Raises Closed."""
        while self._held:
            await self._send()

    def session_lost(self) -> None:
        """Forget the delayed frames: they were for a session that is gone."""
        for _, frame, _ in self._held:
            self._note(frame)
        self._held.clear()

    def faults(self) -> tuple[ImpairedSpan, ...]:
        """Return the late spans so far, in order; waiting frames count as late up to now."""
        self.session_lost()
        return tuple(self._faults)

    async def _send(self) -> None:
        _, frame, heard = self._held.popleft()
        self._note(frame)
        rest = self._connection.frame(frame, heard=heard)
        if rest is not None:
            await rest()

    def _through(self, due: int) -> int:
        """Return when a frame that is due at ``due`` gets through."""
        at = due
        if self._jitter and self._chance.random() < HELD_UP:
            at += round(self._chance.uniform(0.0, self._jitter))
        while self._stalls is not None and at < (end := self._stalls.end(at)):
            at = end
        return at

    def _note(self, frame: Frame) -> None:
        late = self._now - (frame.start + FRAME)
        if late <= 0:
            return
        start, samples, late_s = frame.start, FRAME, round(late / RATE_HZ, 6)
        if self._faults and self._faults[-1].start + self._faults[-1].samples == start:
            last = self._faults.pop()
            start, samples = last.start, last.samples + FRAME
            late_s = max(last.late_s, late_s)
        self._faults.append(ImpairedSpan(Impairment.LATE, start, samples, late_s))
