import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.units import ms_to_seconds, seconds_to_ms, to_samples, to_seconds


@pytest.mark.parametrize(
    ("at_s", "rate_hz", "count"),
    [(0.0, 24_000, 0), (0.02, 24_000, 480), (0.02, 8_000, 160), (1 / 3, 24_000, 8_000)],
)
def test_a_time_is_the_nearest_sample(at_s, rate_hz, count):
    assert to_samples(at_s, rate_hz) == count


@given(st.integers(0, 10**8), st.sampled_from([8_000, 16_000, 22_050, 24_000, 48_000]))
def test_samples_survive_the_way_through_seconds(count, rate_hz):
    assert to_samples(to_seconds(count, rate_hz), rate_hz) == count


@given(st.integers(0, 10**7))
def test_milliseconds_survive_the_way_through_seconds(value_ms):
    assert seconds_to_ms(ms_to_seconds(value_ms)) == value_ms


def test_milliseconds_never_claim_more_than_was_heard():
    assert seconds_to_ms(0.0199) == 19
