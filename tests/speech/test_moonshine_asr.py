"""The recognizer on eSpeak's voice and on noise; words that it hears for sure."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from support.english import ENGLISH

from harness.audio.noise import active_level_dbfs, bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float, join, silence
from harness.audio.resample import resample
from harness.speech import moonshine_asr
from harness.speech import moonshine_asr as moonshine_model
from harness.speech.base import SpokenValue, VoiceChoice
from harness.speech.moonshine_asr import MoonshineRecognizer
from harness.speech.pyttsx3_tts import EspeakSynthesizer

RATE = 24_000


@pytest.fixture(scope="module")
def phrase() -> Pcm:
    return EspeakSynthesizer().speak("One, two, three.", VoiceChoice("en-us+robert"))


def test_words_are_heard(phrase: Pcm) -> None:
    (line,) = MoonshineRecognizer().hear(phrase)
    assert [word.strip(".,").lower() for word in line.text.split()] == ["one", "two", "three"]
    assert 0 <= line.start_s < line.end_s <= phrase.duration_s + 0.05


def test_what_was_heard_before_does_not_matter(phrase: Pcm) -> None:
    ears = MoonshineRecognizer()
    noise = np.random.default_rng(1).normal(0, 0.02, len(phrase))
    noisy = from_float(phrase.as_float() + noise, RATE)
    first = ears.hear(noisy)
    ears.hear(phrase)
    ears.hear(silence(RATE, RATE))
    assert ears.hear(noisy) == first == MoonshineRecognizer().hear(noisy)


def test_lines_stand_where_they_were_said(phrase: Pcm) -> None:
    track = join(silence(2 * RATE, RATE), phrase, silence(3 * RATE, RATE), phrase)
    second = 2.0 + phrase.duration_s + 3.0
    lines = MoonshineRecognizer().hear(track)
    assert [line.start_s for line in lines] == pytest.approx([2.0, second], abs=0.3)
    assert lines[0].text == lines[1].text


def test_any_rate_is_accepted(phrase: Pcm) -> None:
    low = MoonshineRecognizer().hear(resample(phrase, 8_000))
    assert "three" in low[0].text.lower()


@pytest.mark.parametrize(
    "audio",
    [
        silence(0, RATE),
        silence(10, RATE),
        silence(2 * RATE, RATE),
        Pcm(np.array([300], np.int16), RATE),
        Pcm(np.full(RATE, 3, np.int16), RATE),
        from_float(np.random.default_rng(0).normal(0, 0.05, RATE * 3), RATE),
    ],
    ids=["nothing", "ten samples", "two seconds", "one click", "offset", "white noise"],
)
def test_nothing_is_heard_where_nobody_speaks(audio: Pcm) -> None:
    assert MoonshineRecognizer().hear(audio) == ()


def claim(signs: str) -> SpokenValue:
    return SpokenValue("", (tuple(signs),), "", ENGLISH.sounds.written)


def test_a_value_is_weighed_against_what_it_is_not(phrase: Pcm) -> None:
    ears = MoonshineRecognizer()
    right = ears.weigh(phrase, claim("123"))
    assert right is not None
    assert right == ears.weigh(phrase, claim("123"))
    assert right.sure > 0.9
    for wrong in ("124", "12", "1233"):
        weighed = ears.weigh(phrase, claim(wrong))
        assert weighed is not None
        assert (weighed.sure < 0.9, weighed.rival) == (True, "123")


@pytest.mark.parametrize("wrong", ["12", "1223"])
def test_in_loud_babble_what_does_not_lead_is_not_sure(phrase: Pcm, wrong: str) -> None:
    noise = bed("babble", len(phrase), RATE, 1)
    gain = gain_for_snr(active_level_dbfs(phrase), noise, 5)
    noisy = from_float(0.7 * (phrase.as_float() + gain * noise.as_float()), RATE)
    weighed = MoonshineRecognizer().weigh(noisy, claim(wrong))
    assert weighed is not None
    assert weighed.sure <= 0.5


@pytest.mark.parametrize("audio", [silence(0, RATE), silence(RATE, RATE)])
def test_silence_is_not_weighed(audio: Pcm) -> None:
    assert MoonshineRecognizer().weigh(audio, claim("123")) is None


def test_a_click_is_no_value() -> None:
    weighed = MoonshineRecognizer().weigh(Pcm(np.array([300], np.int16), RATE), claim("123"))
    assert weighed is not None
    assert weighed.sure < 0.9


def test_without_the_runtime_nothing_is_weighed(
    phrase: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    moonshine_model.sessions.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    try:
        assert MoonshineRecognizer().weigh(phrase, claim("123")) is None
    finally:
        moonshine_model.sessions.cache_clear()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
def test_the_library_starts_no_threads_that_wait_by_spinning(
    phrase: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moonshine_asr, "_loaded", [])
    before = len(list(Path("/proc/self/task").iterdir()))
    MoonshineRecognizer().hear(phrase)
    assert len(list(Path("/proc/self/task").iterdir())) == before
