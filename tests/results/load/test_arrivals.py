"""When the calls of a load test are due."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results.load.model import Arrivals


@pytest.mark.parametrize(
    ("arrivals", "due_s"),
    [
        (Arrivals(2.0, 2.4, even=True), (0.5, 1.0, 1.5, 2.0)),
        # In the ramp so many calls are due as the area under the rate: t² / 8 up to 4 s.
        (Arrivals(1.0, 6.5, 4.0, even=True), (math.sqrt(8), 4.0, 5.0, 6.0)),
        (Arrivals(0.1, 5.0, even=True), ()),
    ],
)
def test_even_calls_are_due_where_the_rate_adds_up_to_whole_calls(
    arrivals: Arrivals, due_s: tuple[float, ...]
) -> None:
    assert arrivals.due_s(0) == pytest.approx(due_s)


@given(
    rate=st.floats(0.1, 50), for_s=st.floats(1, 60), ramp=st.floats(0, 1), seed=st.integers(0, 99)
)
def test_calls_are_due_in_order_inside_the_test_and_the_same_for_a_seed(
    rate: float, for_s: float, ramp: float, seed: int
) -> None:
    arrivals = Arrivals(rate, for_s, ramp * for_s)
    due_s = arrivals.due_s(seed)
    assert list(due_s) == sorted(due_s)
    assert all(0 < at_s < for_s for at_s in due_s)
    assert due_s == arrivals.due_s(seed)


@pytest.mark.parametrize("ramp_s", [0.0, 30.0, 100.0])
def test_random_calls_are_as_many_and_as_uneven_as_a_poisson_process(ramp_s: float) -> None:
    arrivals = Arrivals(5.0, 100.0, ramp_s)
    counts = [len(arrivals.due_s(seed)) for seed in range(400)]
    expected = 5.0 * (100.0 - ramp_s / 2)
    assert arrivals.expected == pytest.approx(expected)
    # The mean of 400 Poisson counts lies within 4 of its deviations, their variance near the mean.
    assert np.mean(counts) == pytest.approx(expected, abs=4 * math.sqrt(expected / 400))
    assert np.var(counts) / expected == pytest.approx(1.0, abs=0.3)


def test_the_rate_grows_evenly_over_the_ramp() -> None:
    arrivals = Arrivals(8.0, 100.0, 50.0)
    due = np.array([at_s for seed in range(100) for at_s in arrivals.due_s(seed)])
    halves = [((due >= low) & (due < low + 25)).sum() / 100 for low in (0, 25, 50, 75)]
    assert halves == pytest.approx([50, 150, 200, 200], rel=0.05)
