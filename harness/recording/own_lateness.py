"""How late the harness itself was in a call: frames that left late, messages that were read late.

Real time only. What was less late than ``NOTED_S`` is not noted; what lies near to each other is
one record, as late as the worst of it, so that a busy machine leaves a few lines a second at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.units import FRAME_S, RATE_HZ

NOTED_S = 0.0005
"""What is less late is not noted: whoever judges takes it that all else was as late as that."""

JOINED_S = 0.2
"""What lies no farther from the one before is told with it."""

LONGEST_S = 1.0
"""Longest stretch that is told in one: far from it, nothing shall look as late as the worst."""

_FRAME = round(FRAME_S * RATE_HZ)


@dataclass(frozen=True, slots=True)
class LateFrames:
    """A stretch of the caller's stream, in samples, of which frames left up to ``late_s`` late."""

    start: int
    samples: int
    late_s: float


@dataclass(frozen=True, slots=True)
class LateArrivals:
    """A stretch of the call in which messages lay unread, and their stamps may be late."""

    start_s: float
    end_s: float
    read_late_s: float
    """How long they may have lain before they were read, at most."""
    stamp_late_s: float
    """How much earlier than their stamps they may have come, at most."""


@dataclass(frozen=True, slots=True)
class ReadArrival:
    """One message: its stamp, and how late it was read and stamped at most."""

    at_s: float
    read_late_s: float
    stamp_late_s: float


def late_frames(late_s: Sequence[float]) -> Iterator[LateFrames]:
    """Yield where frames left late; ``late_s`` says of every frame, from the first, how late."""
    late = [(k * FRAME_S, (k + 1) * FRAME_S, k) for k, by in enumerate(late_s) if by >= NOTED_S]
    for numbers in _joined(late):
        first, last = numbers[0], numbers[-1]
        worst = max(late_s[k] for k in numbers)
        yield LateFrames(first * _FRAME, (last + 1 - first) * _FRAME, round(worst, 6))


def late_arrivals(read: Sequence[ReadArrival]) -> Iterator[LateArrivals]:
    """Yield where messages were read, or stamped, late; ``read`` is in order of reading."""
    late = [
        (each.at_s, each.at_s, number)
        for number, each in enumerate(read)
        if max(each.read_late_s, each.stamp_late_s) >= NOTED_S
    ]
    for numbers in _joined(sorted(late)):
        one = [read[number] for number in numbers]
        yield LateArrivals(
            round(one[0].at_s, 6),
            round(one[-1].at_s, 6),
            round(max(each.read_late_s for each in one), 6),
            round(max(each.stamp_late_s for each in one), 6),
        )


def _joined(stretches: Iterable[tuple[float, float, int]]) -> Iterator[list[int]]:
    """Yield the numbers of stretches (start, end, number; in order) that are told in one."""
    group: list[int] = []
    began_s = ended_s = 0.0
    for start_s, end_s, number in stretches:
        if group and (start_s - ended_s > JOINED_S or end_s - began_s > LONGEST_S):
            yield group
            group = []
        if not group:
            began_s = start_s
        group.append(number)
        ended_s = end_s
    if group:
        yield group
