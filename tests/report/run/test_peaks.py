"""Outlines of tracks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.audio.pcm import Pcm
from harness.report.run.peaks import BINS_PER_S, MOST_BINS, common_scale, outline


def pcm(*samples: int, rate_hz: int = 100) -> Pcm:
    return Pcm(np.array(samples, np.int16), rate_hz)


def test_a_bin_holds_its_loudest_sample_of_either_sign() -> None:
    track = pcm(0, -16384, 8192, 0, 0, 0)
    assert outline(track, duration_s=0.06) == (0.5, 0.25, 0.0)


def test_the_axis_goes_on_where_the_track_has_ended() -> None:
    assert outline(pcm(16384, 16384), duration_s=0.08) == (0.5, 0.0, 0.0, 0.0)
    assert outline(pcm(), duration_s=0.04) == (0.0, 0.0)


def test_a_long_call_gets_wider_bins_and_not_more() -> None:
    assert len(outline(pcm(*range(100)), duration_s=600.0)) == MOST_BINS


def test_the_loudest_negative_sample_is_full_scale() -> None:
    assert outline(pcm(-32768, 0), duration_s=0.02) == (1.0,)


def test_one_scale_brings_the_louder_track_near_the_top_and_keeps_the_ratio() -> None:
    loud, quiet = pcm(16384, 0), pcm(8192, 0)
    scale = common_scale(loud, quiet, pcm())
    assert outline(loud, duration_s=0.02, scale=scale) == (0.95,)
    assert outline(quiet, duration_s=0.02, scale=scale) == pytest.approx((0.475,), abs=0.006)


def test_near_silence_stays_small_and_silence_has_a_scale() -> None:
    assert common_scale(pcm(33)) == 8.0
    assert common_scale(pcm(0), pcm()) == 1.0


@given(
    arrays.arrays(np.int16, st.integers(0, 3000)),
    st.floats(0.0, 40.0),
    st.sampled_from([8000, 24000, 100]),
)
def test_an_outline_is_shares_of_full_scale_one_per_bin(
    samples: np.ndarray, duration_s: float, rate_hz: int
) -> None:
    got = outline(Pcm(samples, rate_hz), duration_s=duration_s)
    assert len(got) == max(1, min(MOST_BINS, round(duration_s * BINS_PER_S)))
    assert all(0.0 <= share <= 1.0 for share in got)
    if len(samples) and duration_s >= len(samples) / rate_hz:
        loudest = np.abs(samples.astype(int)).max() / 32768
        assert max(got) == round(float(loudest), 2)
