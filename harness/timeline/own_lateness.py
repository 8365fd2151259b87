"""How far the times of a call may be off because the harness itself was late.

The harness is never early, so every wait is at most as long as measured:

- A late frame of the caller's stream let the agent hear the end of a turn later. A frame that
  was due in a wait, or left in it, may have made the wait longer by as much.
- A message that stayed unread came earlier than its stamp, and so did its audio.
- Audio that was taken from its queue later than it came plays later.
- While a tool runs, a message that was read late was answered late.

Virtual time is exact; for calls made elsewhere the lateness is unknown (None).
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
"""A gap anywhere in the stream after which an agent may have asked whether the caller is there."""


_ROUNDED_S = 1e-6
"""Times of records are rounded to this."""


@dataclass(frozen=True, slots=True)
class LateStretch:
    """A late stretch between two times, by ``late_s`` at most."""

    start_s: float
    end_s: float
    late_s: float


@dataclass(frozen=True, slots=True)
class OwnLateness:
    """The lateness in a call; all else was late by ``unnoted_s`` at most."""

    unnoted_s: float = 0.0
    frames: tuple[LateStretch, ...] = ()
    """Late frames, by the times at which they were due."""
    readings: tuple[LateStretch, ...] = ()
    """How long messages stayed unread, by their stamps."""
    stamps: tuple[LateStretch, ...] = ()
    """How much earlier than their stamps messages came."""
    _left: SpanLookup = field(init=False, repr=False, compare=False)
    _read: SpanLookup = field(init=False, repr=False, compare=False)
    _stamped: SpanLookup = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the late spans: a busy machine notes thousands, and each wait queries some."""
        left = SpanLookup((late.start_s, late.end_s + late.late_s) for late in self.frames)
        object.__setattr__(self, "_left", left)
        for name, some in (("_read", self.readings), ("_stamped", self.stamps)):
            lookup = SpanLookup((late.start_s, late.end_s) for late in some)
            object.__setattr__(self, name, lookup)

    @property
    def exact(self) -> bool:
        """Whether there was no lateness at all, as in virtual time."""
        return self == OwnLateness()

    def left_late_s(self, from_s: float, until_s: float) -> float:
        """Return how late frames left that were due between two times, or left then."""
        near = (self.frames[number] for number in self._left.touching(from_s, until_s))
        late = (each.late_s for each in near if each.start_s < until_s)
        return max(late, default=self.unnoted_s)

    def stamped_late_s(self, from_s: float, until_s: float) -> float:
        """Return how much earlier than stamped the messages between two times may have come."""
        return self._worst(self.stamps, self._stamped, from_s, until_s)

    def read_late_s(self, from_s: float, until_s: float) -> float:
        """Return how long the messages between two times may have stayed unread."""
        return self._worst(self.readings, self._read, from_s, until_s)

    def stall_s(self, spoken: Iterable[tuple[float, float]]) -> float:
        """Return how long the stream stopped at a point at which an agent may have noticed it.

        ``spoken`` are the spans (from, to) in which the caller spoke. 0.0 if it never stopped for
        so long.
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
    """Return the harness's own lateness in a call, None if unknown."""
    manifest, rate_hz = recording.manifest, recording.caller.rate_hz
    origin, lateness = manifest.origin, manifest.lateness
    if origin is not None and origin.kind is not SourceKind.PERSON:
        return None
    if manifest.clock == "virtual":
        return OwnLateness()
    if lateness is None or lateness.max_s is None or lateness.noted_s is None:
        return None
    frames = (
        LateStretch(each.start / rate_hz, (each.start + each.samples) / rate_hz, each.late_s)
        for each in recording.late_frames
    )
    came = [(e.start_s, e.end_s, e.read_late_s, e.stamp_late_s) for e in recording.late_arrivals]
    # Lateness below the threshold of the notes counts as the threshold.
    return OwnLateness(
        lateness.noted_s,
        tuple(frames),
        tuple(LateStretch(start_s, end_s, read_s) for start_s, end_s, read_s, _ in came),
        tuple(LateStretch(start_s, end_s, stamp_s) for start_s, end_s, _, stamp_s in came),
    )


def _touches(late: LateStretch, from_s: float, until_s: float) -> bool:
    return late.start_s < until_s and late.end_s + late.late_s > from_s
