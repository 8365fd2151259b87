"""Callers by plain names: each is a voice that eSpeak has, and each sounds different."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import VOICES, EspeakSynthesizer, espeak_voice, voice_problem

AGENTS = "en-us+robert"
"""The reference agent's own voice."""


@pytest.fixture(scope="module")
def spoken() -> dict[str, Pcm]:
    """The same sentence in every voice, and in the agent's."""
    engine, text = EspeakSynthesizer(), "Hello, my number is four seven one."
    return {name: engine.speak(text, VoiceChoice(name)) for name in (*VOICES, AGENTS)}


@pytest.mark.parametrize("accent", ["en-us", "en-gb-x-rp", "de"])
def test_every_name_is_a_voice_that_espeak_has(accent: str) -> None:
    voices = {name: espeak_voice(name, accent) for name in VOICES}
    assert {name: voice_problem(voice) for name, voice in voices.items()} == dict.fromkeys(VOICES)
    of_the_suite = [voices[name] for name, voice in VOICES.items() if voice.accent is None]
    assert {voice.rpartition("+")[0] for voice in of_the_suite} == {accent}
    assert len(set(of_the_suite)) == len(of_the_suite) == 6


def test_twelve_voices_and_the_agents_are_all_heard_as_others(spoken: dict[str, Pcm]) -> None:
    assert len(VOICES) == 12
    alike = [
        pair for pair in combinations(spoken, 2) if apart_db(*(spoken[name] for name in pair)) < 0.5
    ]
    assert alike == []


def test_women_speak_higher_than_men(spoken: dict[str, Pcm]) -> None:
    women = {name for name in VOICES if name.endswith("woman")}
    assert {name for name in VOICES if pitch_hz(spoken[name]) > 150} == women
    assert len(women) == 6


def test_espeaks_own_names_stay_what_they_are() -> None:
    assert espeak_voice("en-us+f3", "de") == "en-us+f3"


def test_a_plain_name_speaks_as_the_voice_that_it_means() -> None:
    engine = EspeakSynthesizer()
    plain = engine.speak("Hello.", VoiceChoice("scottish_man"))
    assert plain == engine.speak("Hello.", VoiceChoice("en-gb-scotland+m3"))
    assert plain != engine.speak("Hello.", VoiceChoice("british_man"))


def apart_db(one: Pcm, other: Pcm) -> float:
    """Return how far the mean spectra of two tracks are apart (RMS over 24 bands)."""
    return float(np.sqrt(np.mean(np.square(_bands_db(one) - _bands_db(other)))))


def _bands_db(track: Pcm) -> np.ndarray:
    power = np.square(np.abs(np.fft.rfft(track.as_float())))
    at_hz = np.fft.rfftfreq(len(track), 1 / track.rate_hz)
    edges_hz = np.geomspace(100, 8000, 25)
    bands = np.histogram(at_hz, edges_hz, weights=power)[0]
    return 10.0 * np.log10(bands / bands.sum() + 1e-9)


def pitch_hz(track: Pcm) -> float:
    """Return the median pitch of the voiced frames of 50 ms, found by autocorrelation."""
    size, found = track.rate_hz // 20, []
    for frame in track.as_float()[: len(track) // size * size].reshape(-1, size):
        alike = np.correlate(frame, frame, "full")[size - 1 :]
        lags = slice(track.rate_hz // 350, track.rate_hz // 60)
        best = lags.start + int(np.argmax(alike[lags]))
        if alike[0] > 1.0 and alike[best] > 0.5 * alike[0]:
            found.append(track.rate_hz / best)
    return float(np.median(found))
