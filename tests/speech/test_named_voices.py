"""Callers by plain names: every one is a voice that eSpeak has, and they differ."""

from __future__ import annotations

import pytest

from harness.speech.base import VoiceChoice
from harness.speech.named_voices import VOICES, espeak_voice
from harness.speech.pyttsx3_tts import EspeakSynthesizer, voice_problem

AGENTS = ("en-us+robert",)
"""The reference agent's own voice."""


@pytest.mark.parametrize("accent", ["en-us", "en-gb-x-rp", "de"])
def test_every_name_is_a_voice_of_its_own(accent: str) -> None:
    voices = [espeak_voice(name, accent) for name in VOICES]
    assert len({*voices, *AGENTS}) >= len(set(voices)) + 1
    assert all(voice_problem(voice) is None for voice in voices)
    own = {espeak_voice(name, accent) for name, voice in VOICES.items() if voice.accent is None}
    assert len(own) >= 6
    assert all(voice.startswith(f"{accent}+") for voice in own)


def test_espeaks_own_names_stay_what_they_are() -> None:
    assert espeak_voice("en-us+f3", "de") == "en-us+f3"


def test_a_plain_name_speaks_as_the_voice_that_it_means() -> None:
    engine = EspeakSynthesizer()
    plain = engine.speak("Hello.", VoiceChoice("scottish_man"))
    assert plain == engine.speak("Hello.", VoiceChoice("en-gb-scotland+m3"))
    assert plain != engine.speak("Hello.", VoiceChoice("british_man"))
