import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.audio.noise import FADE_S, cut_at
from harness.audio.pcm import Pcm, from_bytes, from_float, join, silence
from harness.audio.resample import resample

RATE_HZ = 24_000
tracks = arrays.arrays(np.int16, st.integers(0, 2000)).map(lambda samples: Pcm(samples, RATE_HZ))


@given(tracks)
def test_bytes_and_floats_give_the_same_track_back(track):
    assert from_bytes(track.to_bytes(), RATE_HZ) == track
    assert from_float(track.as_float(), RATE_HZ) == track


@given(tracks, st.integers(0, 2000))
def test_the_parts_of_a_cut_join_to_the_whole(track, at):
    assert join(track.cut(0, at), track.cut(at)) == track


@given(tracks, st.floats(-90, 90))
def test_gain_saturates_and_never_changes_a_sign(track, gain_db):
    louder = track.gained(gain_db).samples.astype(int)
    assert (louder * track.samples.astype(int) >= 0).all()


@given(tracks, st.integers(0, 3000))
def test_padding_adds_only_silence(track, count):
    padded = track.padded_to(count)
    assert len(padded) == max(len(track), count)
    assert padded.cut(0, len(track)) == track
    assert not padded.samples[len(track) :].any()


def test_samples_are_read_only_and_of_the_right_kind():
    with pytest.raises(ValueError, match="read-only"):
        silence(3, RATE_HZ).samples[0] = 1
    with pytest.raises(ValueError, match="int16"):
        Pcm(np.zeros(3), RATE_HZ)
    with pytest.raises(ValueError, match="rate"):
        silence(3, 0)
    with pytest.raises(ValueError, match="one rate"):
        join(silence(1, 8000), silence(1, 24000))


@settings(deadline=None, max_examples=30)
@given(tracks, st.sampled_from([8000, 16000, 22050, 24000, 48000]))
def test_resampling_keeps_the_duration_and_repeats_exactly(track, rate_hz):
    changed = resample(track, rate_hz)
    assert changed.rate_hz == rate_hz
    assert abs(len(changed) - len(track) * rate_hz / RATE_HZ) <= 1
    assert changed == resample(track, rate_hz)


def test_resampling_to_the_same_rate_gives_the_very_same_track():
    track = silence(5, RATE_HZ)
    assert resample(track, RATE_HZ) is track
    with pytest.raises(ValueError, match="positive"):
        resample(track, 0)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
def test_a_resampled_tone_is_the_same_tone_at_the_same_time(rate_hz):
    def tone(rate):
        return from_float(0.4 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate), rate)

    error = resample(tone(RATE_HZ), rate_hz).as_float() - tone(rate_hz).as_float()
    middle = slice(rate_hz // 10, -rate_hz // 10)
    assert np.abs(error[middle]).max() < 1e-3


@given(tracks, st.integers(0, 3000))
def test_a_cut_keeps_all_before_the_fade_and_nothing_behind(track, at):
    kept = cut_at(track, at)
    assert len(kept) == min(at, len(track))
    fade = 0 if at >= len(track) else round(FADE_S * RATE_HZ)
    whole = max(0, len(kept) - fade)
    assert kept.cut(0, whole) == track.cut(0, whole)


def test_a_cut_fades_out_and_refuses_a_negative_place():
    loud = Pcm(np.full(4000, 20_000, np.int16), RATE_HZ)
    end = cut_at(loud, 1000).samples[-48:]
    assert (np.diff(end) <= 0).all()
    assert end[-1] < 500
    with pytest.raises(ValueError, match="-1"):
        cut_at(loud, -1)
