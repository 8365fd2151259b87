import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.activity import (
    active_level_dbfs,
    audible_spans,
    flat_tops,
    snr_db,
    voiced_bounds,
)
from harness.audio.noise import bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float, join, silence
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer

RATE_HZ = 24_000

P56_APART_DB = 0.8
"""The standard counts 200 ms after each end of speech as active, so it measures less."""
MS = RATE_HZ // 1000


def tone(count, amplitude=0.3, hertz=440.0):
    return from_float(amplitude * np.cos(2 * np.pi * hertz * np.arange(count) / RATE_HZ), RATE_HZ)


@settings(max_examples=60, deadline=None)
@given(
    lead=st.integers(0, 30_000),
    length=st.integers(30 * MS, 20_000),
    tail=st.integers(0, 30_000),
    amplitude=st.floats(0.02, 0.9),
)
def test_a_planted_tone_is_found_to_the_millisecond(lead, length, tail, amplitude):
    track = join(silence(lead, RATE_HZ), tone(length, amplitude), silence(tail, RATE_HZ))
    for start, stop in (*audible_spans(track), voiced_bounds(track)):
        assert abs(start - lead) <= MS
        assert abs(stop - lead - length) <= MS
    assert len(audible_spans(track)) == 1


@pytest.mark.parametrize(("gap_ms", "spans"), [(20, 1), (199, 1), (201, 2), (1000, 2)])
def test_gaps_under_the_minimum_are_bridged(gap_ms, spans):
    track = join(tone(2400), silence(gap_ms * MS, RATE_HZ), tone(2400))
    assert len(audible_spans(track, min_gap_s=0.2)) == spans


def test_a_click_is_no_sound_and_a_short_word_is():
    click = join(silence(5000, RATE_HZ), tone(10 * MS), silence(9000, RATE_HZ))
    assert audible_spans(click) == ()
    assert len(audible_spans(click, min_sound_s=0.005)) == 1


def test_what_lies_under_the_threshold_is_silence():
    quiet = tone(RATE_HZ, amplitude=10 ** (-55 / 20) * np.sqrt(2))
    assert audible_spans(quiet) == ()
    assert audible_spans(quiet, threshold_dbfs=-60.0) == ((0, RATE_HZ),)


@pytest.mark.parametrize("count", [0, 1, 23, 24, 25, 10_000])
def test_silence_has_no_spans_no_bounds_and_the_level_of_silence(count):
    track = silence(count, RATE_HZ)
    assert audible_spans(track) == ()
    assert voiced_bounds(track) is None
    assert active_level_dbfs(track) == -120.0


def test_voiced_bounds_see_through_an_engines_noise_floor():
    floor = np.random.default_rng(1).normal(0, 3e-4, 3 * RATE_HZ)
    floor[RATE_HZ : 2 * RATE_HZ] += 0.3 * np.cos(2 * np.pi * 300 * np.arange(RATE_HZ) / RATE_HZ)
    start, stop = voiced_bounds(from_float(floor, RATE_HZ))
    assert abs(start - RATE_HZ) <= MS
    assert abs(stop - 2 * RATE_HZ) <= MS


@settings(max_examples=30, deadline=None)
@given(
    before=st.integers(0, 300).map(lambda n: 240 * n),
    after=st.integers(0, 300),
    db=st.floats(-40, -4),
)
def test_silence_around_speech_does_not_change_its_level(before, after, db):
    spoken = tone(RATE_HZ, 10 ** (db / 20) * np.sqrt(2) * 0.5)
    padded = join(silence(before, RATE_HZ), spoken, silence(after, RATE_HZ))
    assert active_level_dbfs(padded) == pytest.approx(active_level_dbfs(spoken), abs=0.05)


def test_long_pauses_do_not_count_into_the_level_and_short_ones_do():
    word = tone(RATE_HZ)
    long = join(word, silence(2 * RATE_HZ, RATE_HZ), word)
    short = join(word, silence(100 * MS, RATE_HZ), word)
    assert active_level_dbfs(long) == pytest.approx(word.level_dbfs(), abs=0.05)
    assert active_level_dbfs(short) < word.level_dbfs() - 0.1


@pytest.mark.parametrize(("below_db", "level_db"), [(15.7, -2.895), (16.1, 0.0)])
def test_speech_is_active_down_to_the_margin_of_p56(below_db, level_db):
    loud, soft = tone(RATE_HZ), tone(RATE_HZ, 0.3 * 10 ** (-below_db / 20))
    level = active_level_dbfs(join(loud, soft))
    assert level - loud.level_dbfs() == pytest.approx(level_db, abs=0.005)


def syllables():
    word = tone(300 * MS)
    return join(*(part for _ in range(12) for part in (word, silence(150 * MS, RATE_HZ))))


@pytest.mark.parametrize("name", ["white", "babble"])
@pytest.mark.parametrize("below_db", [10, 15, 20, 30])
def test_noise_is_found_as_far_below_speech_as_it_lies(name, below_db):
    clean = syllables()
    noise = bed(name, len(clean), RATE_HZ, 1)
    gain = gain_for_snr(active_level_dbfs(clean), noise, below_db)
    noisy = from_float(clean.as_float() + gain * noise.as_float(), RATE_HZ)
    assert snr_db(noisy) == pytest.approx(below_db, abs=4)


def test_clean_pauses_are_far_below_speech_and_silence_is_not_above_itself():
    assert snr_db(syllables()) > 60
    assert snr_db(silence(RATE_HZ, RATE_HZ)) == 0.0


def test_the_last_partial_window_counts():
    track = Pcm(np.concatenate([np.zeros(2410, np.int16), np.full(475, 9000, np.int16)]), RATE_HZ)
    assert audible_spans(track, min_sound_s=0.01) == ((2410, 2885),)


@pytest.mark.parametrize("piece", [1, 500, 7000])
def test_a_long_track_is_looked_at_in_pieces_as_at_once(monkeypatch, piece):
    random = np.random.default_rng(7)
    loud = np.repeat(random.integers(0, 2, 40), 1200) * random.integers(-9000, 9000, 48_000)
    track = Pcm(loud.astype(np.int16), 24_000)
    at_once = audible_spans(track), active_level_dbfs(track)
    monkeypatch.setattr("harness.audio.activity._PIECE", piece)
    assert (audible_spans(track), active_level_dbfs(track)) == at_once


def _p56(track: Pcm) -> float:
    """ITU-T P.56, method B, as its text says it: 16 thresholds, an envelope of two stages."""
    samples, rate_hz = track.as_float(), track.rate_hz
    slow = np.exp(-1.0 / (rate_hz * 0.03))
    hangover = round(0.2 * rate_hz)
    first = second = 0.0
    envelope = np.empty(len(samples))
    for n, sample in enumerate(np.abs(samples).tolist()):
        first = slow * first + (1 - slow) * sample
        second = slow * second + (1 - slow) * first
        envelope[n] = second
    power = float(np.sum(samples**2))
    before: tuple[float, float] | None = None
    for threshold in 2.0 ** np.arange(-15, 1):
        above = np.flatnonzero(envelope >= threshold)
        if not len(above):
            break
        active = hangover + int(np.minimum(np.diff(above), hangover).sum())
        level = 10 * np.log10(power / min(active, len(samples)))
        margin = level - 20 * np.log10(threshold)
        if margin <= 15.9 and before is not None:  # between the two, as method B interpolates
            share = (before[1] - 15.9) / (before[1] - margin)
            return float(before[0] + share * (level - before[0]))
        before = level, margin
    raise AssertionError("no threshold lies 15.9 dB under its level")


@pytest.mark.parametrize("pause_s", [0.0, 0.1, 0.5, 3.0])
def test_the_active_level_is_that_of_the_standard_whatever_the_pauses(pause_s: float) -> None:
    spoken = EspeakSynthesizer().speak("I'd like to check an order, please.", VoiceChoice("en-us"))
    pause = silence(round(pause_s * spoken.rate_hz), spoken.rate_hz)
    track = join(spoken, pause, spoken.gained(-3.0), pause)
    assert 0 <= active_level_dbfs(track) - _p56(track) <= P56_APART_DB


@pytest.mark.parametrize(
    ("samples", "places"),
    [
        ([0, 0, 0, 0], 0),
        ([], 0),
        ([5, 5], 0),
        ([9, 9, 9], 1),
        ([1, 9, 9, 9, 9, 1, -9, -9, -9, 1, 9, 1], 2),
        ([32_767, 32_767, -32_768, 3], 1),
        ([8, 9, 8, 9, 8], 0),
    ],
)
def test_a_flat_top_is_three_samples_of_the_largest_value(samples: list[int], places: int) -> None:
    assert flat_tops(Pcm(np.array(samples, np.int16), 8000)) == places
