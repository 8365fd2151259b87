"""When the frames of the caller's stream must leave, and how late they did.

Frames leave on absolute deadlines: waiting a frame's length after each send drifts by tens of
milliseconds in seconds, a deadline that is counted from the start never does. A late frame is sent
at once, none is skipped.

A peer, or the way to it, may take nothing for a while. What was on its way then, and what was due
meanwhile, got there no earlier than the end of that while. That is noted of the frames: the agent
heard them late. It is no part of how late the harness was itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from harness.recording.own_lateness import LateFrames, late_frames
from harness.recording.provenance import Lateness
from harness.units import FRAME_S


class Pacer:
    """The deadlines of one stream that starts at ``start_s`` of the running loop.

    Frame ``k`` leaves at ``start_s + (k + 1) * FRAME_S``: not before its last sample was spoken.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._left_s: list[float] = []
        self._stuck_since_s: list[float] = []
        self._stuck_until_s: list[float] = []
        self.frames = 0
        """How many frames have been due."""

    @property
    def border_s(self) -> float:
        """Seconds from the start at which the next frame begins."""
        return self.frames * FRAME_S

    @property
    def deadline_s(self) -> float:
        """When the next frame must leave, in the loop's time."""
        return self._start_s + (self.frames + 1) * FRAME_S

    def begins(self, now_s: float) -> None:
        """Note that the next frame is taken up now, in the loop's time."""
        self._left_s.append(now_s)
        self.frames += 1

    def left(self, now_s: float) -> None:
        """Note that the frame which was due has left: what was done since then made it later."""
        self._left_s[-1] = now_s

    def passed(self, left_s: Sequence[float]) -> None:
        """Note when frames left that are counted already, the last ones."""
        self._left_s.extend(left_s)

    def stuck(self, since_s: float, until_s: float) -> None:
        """Note that nothing was taken until then of what was sent from ``since_s`` on."""
        before_s = self._stuck_since_s[-1] if self._stuck_since_s else since_s
        self._stuck_since_s.append(max(before_s, since_s))
        self._stuck_until_s.append(until_s)

    def late_frames(self) -> Iterator[LateFrames]:
        """Yield where on the stream frames left late, or were stuck."""
        return late_frames(list(map(self._late_s, range(1, len(self._left_s) + 1), self._left_s)))

    def lateness(self) -> Lateness:
        """Return how late the frames left by our own doing, to the microsecond."""
        if not self._left_s:
            return Lateness(0, None, None, None)
        late_s = sorted(map(self._own_late_s, range(1, len(self._left_s) + 1), self._left_s))
        shown = (round(_quantile(late_s, share), 6) for share in (0.5, 0.99, 1.0))
        return Lateness(len(late_s), *shown)

    def _late_s(self, number: int, left_s: float) -> float:
        """Return how late the peer can have had a frame, the first of which is number 1."""
        place = bisect_right(self._stuck_since_s, left_s) - 1
        there_s = left_s if place < 0 else max(left_s, self._stuck_until_s[place])
        return max(0.0, there_s - (self._start_s + number * FRAME_S))

    def _own_late_s(self, number: int, left_s: float) -> float:
        """Return how late it left, without the time in which it could not."""
        place = bisect_right(self._stuck_until_s, left_s) - 1
        due_s = self._start_s + number * FRAME_S
        return max(0.0, left_s - (due_s if place < 0 else max(due_s, self._stuck_until_s[place])))


def _quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of values in order, as numpy does, which takes a hundred times as long."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
