"""Audio that was made at another sample rate than it was played at."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from support.agent_sounds import SOUNDS
from support.call_script import record

from harness.audio.activity import audible_spans
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.language.sounds import syllables
from harness.recording.model import Recording
from harness.recording.provenance import Origin, SourceKind
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer
from harness.timeline.build import build
from harness.timeline.model import WrongRate
from harness.timeline.sample_rate import fitted_rate
from harness.units import RATE_HZ

TEXT = "I have found your order, and it was shipped this morning. It should reach you on Thursday."
GERMAN = "Ich habe Ihre Bestellung gefunden, sie wurde heute morgen verschickt."


@cache
def spoken(voice: str, rate: float, text: str = TEXT) -> Pcm:
    return EspeakSynthesizer().speak(text, VoiceChoice(voice, rate))


def played(sound: Pcm, made_hz: int, played_hz: int) -> Pcm:
    """Return audio of a rate as it sounds if it is played at another, without its pauses."""
    heard = resample(Pcm(resample(sound, made_hz).samples, played_hz), RATE_HZ)
    pieces = [heard.samples[start:stop] for start, stop in audible_spans(heard)]
    return Pcm(np.concatenate(pieces), RATE_HZ)


@pytest.mark.parametrize("rate", [0.8, 1.0, 1.3, 1.73], ids="{:.0%}".format)
@pytest.mark.parametrize(
    "voice", ["en-us", "en-us+f3", "en-us+m3", "en-us+f1", "en-us+Annie", "en-us+whisper", "de"]
)
def test_no_right_voice_is_wrong_however_fast(voice: str, rate: float) -> None:
    text = GERMAN if voice == "de" else TEXT
    speech = played(spoken(voice, rate, text), RATE_HZ, RATE_HZ)
    assert fitted_rate(speech, syllables(text) or 0.0, played_hz=RATE_HZ) is None


@pytest.mark.parametrize(
    ("voice", "made_hz", "played_hz", "sure"),
    [
        ("en-us", 48_000, 24_000, True),
        ("en-us+Annie", 48_000, 24_000, True),
        ("en-us+f1", 48_000, 24_000, False),
        ("en-us+Annie", 16_000, 24_000, True),
        ("en-us", 16_000, 24_000, False),  # a man at this speed may be a woman with a low voice
        ("en-us+whisper", 16_000, 24_000, False),
        ("en-us", 24_000, 16_000, True),
        ("en-us+Annie", 8_000, 16_000, True),
        ("en-us+Annie", 24_000, 48_000, True),
    ],
)
def test_voice_pitch_and_speed_tell_the_rate(
    voice: str, made_hz: int, played_hz: int, sure: bool
) -> None:
    speech = played(spoken(voice, 1.0), made_hz, played_hz)
    found = fitted_rate(speech, syllables(TEXT) or 0.0, played_hz=played_hz)
    assert found == WrongRate(made_hz, played_hz, sure)


def test_a_voice_that_cannot_be_told_is_too_fast_by_its_speed_alone() -> None:
    speech = played(spoken("en-us+m3", 1.3), 16_000, RATE_HZ)
    count = 8.0 * speech.duration_s
    found = fitted_rate(speech, count, played_hz=RATE_HZ)
    assert found is not None
    assert (found.made_hz, found.sure) == (16_000, False)


@pytest.mark.parametrize("sound", ["noise", "tone", "music"])
def test_what_is_no_voice_has_no_rate(sound: str) -> None:
    speech = Pcm(SOUNDS[sound](4 * RATE_HZ), RATE_HZ)
    for per_s in (1.8, 4.0, 7.0):
        assert fitted_rate(speech, 4 * per_s, played_hz=RATE_HZ) is None


def test_a_hum_has_no_formants() -> None:
    hum = 8000 * np.sin(2 * np.pi * 200 * np.arange(4 * RATE_HZ) / RATE_HZ)
    for per_s in (1.8, 7.0):
        found = fitted_rate(Pcm(hum.astype(np.int16), RATE_HZ), 4 * per_s, played_hz=RATE_HZ)
        assert found is None


@pytest.mark.parametrize(
    ("count", "length_s"),
    [(11.9, 4.0), (30.0, 2.4), (30.0, 0.01)],
)
def test_too_little_speech_tells_nothing(count: float, length_s: float) -> None:
    slow = played(spoken("en-us", 1.0), 48_000, RATE_HZ)
    part = slow.cut(0, round(length_s * RATE_HZ))
    assert fitted_rate(part, count, played_hz=RATE_HZ) is None


def test_clicks_have_neither_pitch_nor_formants() -> None:
    samples = np.zeros(4 * RATE_HZ, np.int16)
    samples[:: RATE_HZ // 2] = 20_000
    assert fitted_rate(Pcm(samples, RATE_HZ), 8.0 * 4, played_hz=RATE_HZ) is None


# --- in a call


def call(text: str = TEXT, options: str = "", **more: Any) -> Recording:
    """Return a call in which 48 kHz is played as 24 kHz."""
    slow = resample(spoken("en-us", 1.0), 48_000).samples
    end_s = 1.0 + len(slow) / RATE_HZ
    found = record(f"1.0-{end_s:.3f} agent: {text} {options}", **more)
    samples = found.agent.samples.copy()
    samples[RATE_HZ:][: len(slow)] = slow[: max(0, len(samples) - RATE_HZ)]
    return replace(found, agent=Pcm(samples, RATE_HZ))


def wrong(recording: Recording) -> WrongRate | None:
    found = build(recording).sound_quality
    assert found is not None
    return found.wrong_rate


def with_format(recording: Recording, form: str) -> Recording:
    target = {**recording.manifest.target, "session": {"output_format": form}}
    return replace(recording, manifest=replace(recording.manifest, target=target))


def test_the_rate_of_a_call_is_that_of_its_session() -> None:
    assert wrong(call()) == WrongRate(48_000, 24_000, sure=True)
    assert wrong(with_format(call(), "pcm16_24k")) == WrongRate(48_000, 24_000, sure=True)
    assert wrong(with_format(call(), "pcm16_8k")) == WrongRate(16_000, 8_000, sure=True)


@pytest.mark.parametrize(
    "recording",
    [
        with_format(call(), "pcmu"),
        call(origin=Origin(SourceKind.AUDIO, "c.wav", sound=True)),
        call("I found 4715 and 2342 and 0815 and 4716 and 1111 and 1234."),
        call("Ваш заказ был отправлен сегодня утром и прибудет в четверг, не раньше полудня."),
        call(options="[of 30.0]"),
        call(""),
    ],
    ids=["G.711", "a recording", "figures", "another script", "interrupted", "no words"],
)
def test_without_a_rate_or_words_nothing_is_told(recording: Recording) -> None:
    assert wrong(recording) is None
