"""Times and spans found by bisection equal those found by a linear search."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from harness.timeline.lookup import (
    NEVER_S,
    SpanLookup,
    last_before,
    last_until,
    next_after,
    next_from,
)

TIMES = st.integers(0, 12).map(lambda tick: tick / 2)
"""Few, so that bounds often meet."""
SPANS = st.lists(st.tuples(TIMES, TIMES).map(sorted).map(tuple), max_size=12)


@given(st.lists(TIMES, max_size=12), TIMES)
@example([], 0.0)
def test_the_neighbours_of_a_moment(times_s: list[float], at_s: float) -> None:
    times_s.sort()
    assert next_from(times_s, at_s) == min((t for t in times_s if t >= at_s), default=NEVER_S)
    assert next_after(times_s, at_s) == min((t for t in times_s if t > at_s), default=NEVER_S)
    assert last_until(times_s, at_s) == max((t for t in times_s if t <= at_s), default=-NEVER_S)
    assert last_before(times_s, at_s) == max((t for t in times_s if t < at_s), default=-NEVER_S)


@given(SPANS, TIMES, TIMES)
@example([(0.0, 9.0), (1.0, 2.0), (3.0, 4.0)], 5.0, 6.0)
@example([(2.0, 2.0), (1.0, 3.0)], 2.0, 2.0)
def test_the_spans_that_touch_a_stretch(
    spans: list[tuple[float, float]], one_s: float, other_s: float
) -> None:
    from_s, until_s = sorted((one_s, other_s))
    touching = [n for n, (start, end) in enumerate(spans) if start <= until_s and end >= from_s]
    assert SpanLookup(spans).touching(from_s, until_s) == touching
    assert SpanLookup(spans).touching(from_s, NEVER_S) == [
        number for number, (_, end_s) in enumerate(spans) if end_s >= from_s
    ]
