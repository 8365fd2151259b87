"""Late frames near each other are one stretch; far from it, no time looks as late as the worst."""

from __future__ import annotations

import pytest

from harness.recording.model import (
    LateArrivals,
    LateFrames,
    ReadArrival,
    late_arrivals,
    late_frames,
)

FRAME = 480
QUIET = 0.0004


def frames(*late: tuple[int, float], count: int = 400) -> list[float]:
    by = dict(late)
    return [by.get(k, QUIET) for k in range(count)]


@pytest.mark.parametrize(
    ("late", "told"),
    [
        ((), []),
        (((7, 0.0005),), [LateFrames(7 * FRAME, FRAME, 0.0005)]),
        (((7, 0.03), (8, 0.01)), [LateFrames(7 * FRAME, 2 * FRAME, 0.03)]),
        # 10 frames between an end and the next start are still near
        (((7, 0.001), (18, 0.002)), [LateFrames(7 * FRAME, 12 * FRAME, 0.002)]),
        (
            ((7, 0.001), (19, 0.002)),
            [LateFrames(7 * FRAME, FRAME, 0.001), LateFrames(19 * FRAME, FRAME, 0.002)],
        ),
    ],
)
def test_frames_that_left_late_are_told_in_stretches(late, told):
    assert list(late_frames(frames(*late))) == told


def test_a_stream_that_is_always_late_is_a_line_a_second():
    told = list(late_frames([0.004] * 500))
    assert [each.samples for each in told] == [50 * FRAME] * 10
    assert [each.start for each in told] == [k * 50 * FRAME for k in range(10)]


def test_messages_that_were_read_late_are_told_in_stretches_in_order_of_their_stamps():
    read = [
        ReadArrival(5.0, 0.002, 0.0),
        ReadArrival(4.9, 0.0, 0.003),
        ReadArrival(5.1, QUIET, QUIET),
        ReadArrival(5.4, 0.0007, 0.0007),
    ]
    assert list(late_arrivals(read)) == [
        LateArrivals(4.9, 5.0, 0.002, 0.003),
        LateArrivals(5.4, 5.4, 0.0007, 0.0007),
    ]
