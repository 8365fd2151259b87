"""How many calls are started in a minute, by a clock that is an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.runs.plan import StartRate


@pytest.mark.parametrize(
    ("per_minute", "asked_s", "turns_s"),
    [
        (60, [0.0, 0.0, 0.0], [0.0, 1.0, 2.0]),
        (6, [0.0, 1.0, 30.0, 30.0], [0.0, 10.0, 30.0, 40.0]),
        (1, [5.0, 5.0], [5.0, 65.0]),
        (6000, [0.0, 1.0], [0.0, 1.0]),
    ],
)
def test_turns_are_given_evenly_and_at_once_to_who_comes_late(per_minute, asked_s, turns_s):
    rate = StartRate(per_minute)
    assert [rate.turn_s(at_s) for at_s in asked_s] == turns_s


@given(st.integers(1, 6000), st.lists(st.floats(0, 30), max_size=60))
def test_no_minute_has_more_starts_and_none_is_before_its_time(per_minute, waits_s):
    rate, now_s, turns_s = StartRate(per_minute), 0.0, []
    for wait_s in waits_s:
        now_s += wait_s
        turns_s.append(rate.turn_s(now_s))
        assert turns_s[-1] >= now_s
    for first_s in turns_s:
        assert sum(first_s <= at_s < first_s + 60 - 1e-6 for at_s in turns_s) <= per_minute
