"""Durations as files may write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario.fields import seconds


@given(st.integers(0, 3_600_000))
def test_milliseconds_and_seconds_tell_the_same_time(count_ms: int) -> None:
    assert seconds(f"{count_ms} ms") == pytest.approx(seconds(f"{count_ms / 1000:.3f}s"))


@pytest.mark.parametrize(("value", "read"), [(6, 6.0), (0.25, 0.25), ("6s", 6.0), (" 1.5 s ", 1.5)])
def test_a_number_is_seconds(value: object, read: float) -> None:
    assert seconds(value) == read


@pytest.mark.parametrize("value", ["soon", "6", "6 min", "-1s", "1e3s", ""])
def test_other_text_is_refused_with_what_is_allowed(value: str) -> None:
    with pytest.raises(ValueError, match="expected seconds"):
        seconds(value)


@pytest.mark.parametrize("value", [True, None, [1]])
def test_what_is_no_text_is_left_to_the_type_check(value: object) -> None:
    assert seconds(value) is value
