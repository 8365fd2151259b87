"""How far the times of a call may be off because the harness itself was late.

Nothing of ours is ever early, so every wait is at most as long as it was measured:

- A frame of the caller's stream that left late let the agent hear the end of a turn later. What
  was due in a wait, or left in it, may have made it longer by as much.
- A message that lay unread came earlier than its stamp, and so did the sound in it.
- Sound that was taken from its queue later than it came plays later.
- While a tool runs, a message that was read late was answered late.

What was less late than the recording notes is taken to be just that late. Of a recording that is
older than such notes, only the latest frame is known: each of its times may be off by that. Virtual
time is exact; of calls made elsewhere nothing is known (None).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.recording.model import Recording
from harness.recording.provenance import SourceKind
from harness.timeline.lookup import SpanLookup

STALL_S = 0.2
"""A gap in the caller's words from which on an agent may have taken it for their end: services let
silence end a turn from 200 ms on (OpenAI's default is 500)."""

AWAY_S = 2.0
"""A gap anywhere in the stream from which on an agent may have asked whether anybody is there."""


_ROUNDED_S = 1e-6
"""Times of records are rounded to this."""


@dataclass(frozen=True, slots=True)
class LateStretch:
    """Something between two times was late, by ``late_s`` at most."""

    start_s: float
    end_s: float
    late_s: float


@dataclass(frozen=True, slots=True)
class OwnLateness:
    """What was late in one call; all else was as late as ``unnoted_s`` at most."""

    unnoted_s: float = 0.0
    frames: tuple[LateStretch, ...] = ()
    """By when they were due."""
    readings: tuple[LateStretch, ...] = ()
    """How long messages lay unread, by their stamps."""
    stamps: tuple[LateStretch, ...] = ()
    """How much earlier than their stamps messages came."""
    _left: SpanLookup = field(init=False, repr=False, compare=False)
    _read: SpanLookup = field(init=False, repr=False, compare=False)
    _stamped: SpanLookup = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort what is late: a busy machine notes thousands, and each wait asks for some."""
        left = SpanLookup((late.start_s, late.end_s + late.late_s) for late in self.frames)
        object.__setattr__(self, "_left", left)
        for name, some in (("_read", self.readings), ("_stamped", self.stamps)):
            lookup = SpanLookup((late.start_s, late.end_s) for late in some)
            object.__setattr__(self, name, lookup)

    @property
    def exact(self) -> bool:
        """Whether nothing was late at all, as in virtual time."""
        return self == OwnLateness()

    def left_late_s(self, from_s: float, until_s: float) -> float:
        """Return how late frames left that were due between two times, or left there."""
        near = (self.frames[number] for number in self._left.touching(from_s, until_s))
        late = (each.late_s for each in near if each.start_s < until_s)
        return max(late, default=self.unnoted_s)

    def stamped_late_s(self, from_s: float, until_s: float) -> float:
        """Return how much earlier than told what arrived between two times may have come."""
        return self._worst(self.stamps, self._stamped, from_s, until_s)

    def read_late_s(self, from_s: float, until_s: float) -> float:
        """Return how long what arrived between two times may have lain unread."""
        return self._worst(self.readings, self._read, from_s, until_s)

    def stall_s(self, spoken: Iterable[tuple[float, float]]) -> float:
        """Return how long the stream stood still where an agent may have taken it for more.

        ``spoken`` is where the caller spoke, from and to. 0.0 where it never stood still for so
        long.
        """
        words = tuple(spoken)
        amid = (
            each.late_s
            for each in self.frames
            if each.late_s >= AWAY_S
            or (each.late_s >= STALL_S and any(_touches(each, *span) for span in words))
        )
        return max(amid, default=0.0)

    def _worst(
        self, late: tuple[LateStretch, ...], places: SpanLookup, from_s: float, until_s: float
    ) -> float:
        from_s, until_s = from_s - _ROUNDED_S, until_s + _ROUNDED_S
        found = (late[number].late_s for number in places.touching(from_s, until_s))
        return max(found, default=self.unnoted_s)


def own_lateness(recording: Recording) -> OwnLateness | None:
    """Return what was late in a call, None where nobody knows."""
    manifest, rate_hz = recording.manifest, recording.caller.rate_hz
    origin, lateness = manifest.origin, manifest.lateness
    if origin is not None and origin.kind is not SourceKind.PERSON:
        return None
    if manifest.clock == "virtual":
        return OwnLateness()
    if lateness is None or lateness.max_s is None:
        return None
    if lateness.noted_s is None:
        return OwnLateness(lateness.max_s)
    frames = (
        LateStretch(each.start / rate_hz, (each.start + each.samples) / rate_hz, each.late_s)
        for each in recording.late_frames
    )
    came = [(e.start_s, e.end_s, e.read_late_s, e.stamp_late_s) for e in recording.late_arrivals]
    return OwnLateness(
        lateness.noted_s,
        tuple(frames),
        tuple(LateStretch(start_s, end_s, read_s) for start_s, end_s, read_s, _ in came),
        tuple(LateStretch(start_s, end_s, stamp_s) for start_s, end_s, _, stamp_s in came),
    )


def _touches(late: LateStretch, from_s: float, until_s: float) -> bool:
    return late.start_s < until_s and late.end_s + late.late_s > from_s
