"""Span arithmetic against a slow model: sets of whole ticks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.timeline.intervals import (
    covered_s,
    from_samples,
    gaps,
    hull,
    on_grid,
    overlap,
    subtract,
    union,
)
from harness.timeline.model import Span

SPAN = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda p: Span(float(p[0]), float(p[1]))
)
SPANS = st.lists(SPAN, max_size=6)


def ticks(spans: object) -> set[int]:
    return {t for span in spans for t in range(int(span.start_s), int(span.end_s))}  # type: ignore[attr-defined]


def is_tidy(spans: tuple[Span, ...]) -> bool:
    return all(span.duration_s > 0 for span in spans) and all(
        a.end_s < b.start_s for a, b in pairwise(spans)
    )


@given(SPANS, SPANS)
def test_operations_are_those_of_sets(left: list[Span], right: list[Span]) -> None:
    assert ticks(union(left)) == ticks(left)
    assert ticks(overlap(left, right)) == ticks(left) & ticks(right)
    assert ticks(subtract(left, right)) == ticks(left) - ticks(right)
    assert covered_s(left) == len(ticks(left))


@given(SPANS, SPANS)
def test_results_are_sorted_disjoint_and_never_empty(left: list[Span], right: list[Span]) -> None:
    assert all(is_tidy(r) for r in (union(left), overlap(left, right), subtract(left, right)))


@given(SPANS)
def test_gaps_and_spans_make_up_the_whole(spans: list[Span]) -> None:
    whole = Span(0.0, 40.0)
    assert ticks(gaps(spans, whole)) == set(range(40)) - ticks(spans)


@given(SPANS)
def test_the_hull_holds_all(spans: list[Span]) -> None:
    found = hull(spans)
    covered = ticks(spans)
    assert (found is None) == (not covered)
    if found is not None:
        assert (found.start_s, found.end_s) == (min(covered), max(covered) + 1)


@given(st.lists(st.floats(-10, 4000), min_size=2, max_size=8))
def test_times_on_the_grid_add_up_without_rounding(times: list[float]) -> None:
    bounds = sorted(on_grid(t) for t in times)
    parts = [b - a for a, b in pairwise(bounds)]
    assert sum(parts) == bounds[-1] - bounds[0]
    assert sum(map(Fraction, parts)) == Fraction(bounds[-1]) - Fraction(bounds[0])


def test_samples_become_times_within_half_a_nanosecond() -> None:
    span = from_samples(1, 24_001, rate_hz=24_000)
    assert span.start_s == pytest.approx(1 / 24_000, abs=5e-10)
    assert span.end_s == pytest.approx(24_001 / 24_000, abs=5e-10)
