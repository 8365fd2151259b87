"""Coughs and the like: seeded, without silence at their ends, each with the shape of its kind."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from harness.audio.ambience import VOCAL_SOUNDS, vocal_sound
from harness.audio.pcm import Pcm
from harness.errors import UnknownName
from harness.scenario.script import VocalSound

RATE = 24_000
LENGTHS_S = {
    "cough": (0.25, 1.0), "throat": (0.6, 0.7), "laugh": (0.7, 1.5), "sigh": (0.8, 1.3),
    "sniff": (0.2, 0.4),
}  # fmt: skip
SEEDS = range(1, 9)


def middle_hz(track: Pcm) -> float:
    """Return the mean pitch of a sound, weighted by power."""
    power = np.square(np.abs(np.fft.rfft(track.as_float())))
    return float(np.average(np.fft.rfftfreq(len(track), 1 / track.rate_hz), weights=power))


def test_a_scenario_may_name_all_of_them() -> None:
    assert get_args(VocalSound) == VOCAL_SOUNDS


@pytest.mark.parametrize("name", VOCAL_SOUNDS)
def test_a_sound_is_its_seeds_and_begins_and_ends_with_itself(name: str) -> None:
    made = [vocal_sound(name, RATE, seed)[0] for seed in SEEDS]
    assert made[0] == vocal_sound(name, RATE, 1)[0]
    assert len({track.to_bytes() for track in made}) == len(SEEDS)
    for track in made:
        low_s, high_s = LENGTHS_S[name]
        assert low_s <= track.duration_s <= high_s
        assert np.max(np.abs(track.as_float())) == pytest.approx(0.9, abs=0.001)
        assert abs(track.as_float()[[0, -1]]).min() > 5e-4


def test_a_cough_is_louder_than_speech_and_a_breath_far_softer() -> None:
    levels_db = {name: vocal_sound(name, RATE, 1)[1] for name in VOCAL_SOUNDS}
    assert levels_db == {"cough": 3, "throat": -3, "laugh": 0, "sigh": -12, "sniff": -12}


def test_a_cough_begins_at_once_a_sniff_swells_and_is_brighter() -> None:
    for seed in SEEDS:
        cough, sniff = (vocal_sound(name, RATE, seed)[0] for name in ("cough", "sniff"))
        loudest = [int(np.argmax(np.abs(track.samples))) / len(track) for track in (cough, sniff)]
        assert int(np.argmax(np.abs(cough.samples))) < 0.6 * len(cough)
        assert loudest[1] > 0.5
        assert middle_hz(sniff) > 2 * middle_hz(vocal_sound("sigh", RATE, seed)[0])


def test_a_laugh_comes_in_syllables() -> None:
    for seed in SEEDS:
        track = vocal_sound("laugh", RATE, seed)[0].as_float()
        power = np.square(track[: len(track) // 480 * 480]).reshape(-1, 480).mean(axis=1)
        shape = np.convolve(power, np.ones(3) / 3, "same")
        peaks = (shape[1:-1] > shape[:-2]) & (shape[1:-1] >= shape[2:])
        assert 3 <= np.count_nonzero(peaks & (shape[1:-1] > 0.05 * shape.max())) <= 14


def test_a_sound_that_nobody_makes_is_told() -> None:
    with pytest.raises(UnknownName, match="yodel"):
        vocal_sound("yodel", RATE, 1)
