"""Keys of a telephone as tones: their pitches, lengths and levels, measured."""

from __future__ import annotations

import numpy as np
import pytest

from harness.audio.activity import audible_spans
from harness.audio.codec import KEYS, tones

PITCHES = {
    "1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "A": (697, 1633),
    "4": (770, 1209), "5": (770, 1336), "6": (770, 1477), "B": (770, 1633),
    "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "C": (852, 1633),
    "*": (941, 1209), "0": (941, 1336), "#": (941, 1477), "D": (941, 1633),
}  # fmt: skip


@pytest.mark.parametrize("rate_hz", [8000, 24_000])
@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_key_is_its_two_pitches_and_nothing_else(key: str, rate_hz: int) -> None:
    tone = tones(key, rate_hz, tone_s=1.0).as_float()
    power = np.square(np.abs(np.fft.rfft(tone * np.hanning(len(tone)))))
    at_hz = np.fft.rfftfreq(len(tone), 1 / rate_hz)
    low, high = (power[abs(at_hz - hz) < 4].sum() for hz in PITCHES[key])
    assert 10 * np.log10(high / low) == pytest.approx(2.0, abs=0.05)
    assert (low + high) / power.sum() > 0.9999


def test_keys_come_one_after_the_other_as_long_as_asked_for() -> None:
    track = tones("12#", 24_000, tone_s=0.1, pause_s=0.05)
    spans = audible_spans(track, min_gap_s=0.01)
    assert len(track) == 24_000 * 4 // 10
    assert [start / 24_000 for start, _ in spans] == pytest.approx([0, 0.15, 0.3], abs=0.001)
    assert [stop / 24_000 for _, stop in spans] == pytest.approx([0.1, 0.25, 0.4], abs=0.001)


def test_a_tone_begins_and_ends_without_a_click() -> None:
    tone = np.abs(tones("5", 24_000, tone_s=0.1).as_float())
    edge = round(0.002 * 24_000)
    assert tone[0] == tone[-1] == 0.0
    for sound in (tone, tone[::-1]):
        assert sound[: edge // 4].max() < 0.3 * tone.max() < sound[edge : 3 * edge].max()


@pytest.mark.parametrize("keys", ["", "12 3", "x"])
def test_what_no_telephone_has_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="expected keys of a telephone"):
        tones(keys, 8000)
