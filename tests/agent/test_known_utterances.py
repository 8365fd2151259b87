"""German utterances recognized by their audio alone: unchanged, disturbed, and cut."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from harness.agent.server.tts_and_asr import KnownUtterance, KnownUtterances
from harness.audio.activity import active_level_dbfs, voiced_bounds
from harness.audio.noise import bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float, join, silence
from harness.audio.resample import resample
from harness.speech.base import VoiceChoice, synthesizer
from harness.speech.cache import cached_synthesizer
from harness.units import RATE_HZ

NUMBER = "B, E, Minus, acht, zwei, sechs, drei, K."
UTTERANCES = (
    "Guten Tag, wo ist meine Bestellung? Die Nummer ist B, E, Minus, vier, sieben, eins, fünf, B.",
    f"Guten Tag, wo ist meine Bestellung? Die Nummer ist {NUMBER}",
    "Die Nummer ist B, E, Minus, acht, zwei, sechs,",
    f"Nein, die Nummer ist {NUMBER}",
    "Ja, das stimmt.",
    "Ja, bitte stornieren Sie sie.",
    "Nein, bitte nicht stornieren.",
    "Nein, danke, das war alles. Auf Wiederhören.",
    "Mhm.",
    "Ich möchte mit einem Menschen sprechen.",
)


@cache
def spoken(text: str) -> Pcm:
    clip = cached_synthesizer(synthesizer("pyttsx3")).speak(text, VoiceChoice("de+f2"))
    bounds = voiced_bounds(clip)
    assert bounds is not None
    return clip.cut(*bounds)


@cache
def ears() -> KnownUtterances:
    return KnownUtterances(KnownUtterance(one, spoken(one)) for one in UTTERANCES)


def pause(seconds: float) -> Pcm:
    return silence(round(seconds * RATE_HZ), RATE_HZ)


def as_turn(speech: Pcm) -> Pcm:
    """Return a turn as the detector cuts it: a little silence before, more after."""
    return join(pause(0.3), speech, pause(0.4))


def in_a_cafe(audio: Pcm, snr_db: float = 10.0) -> Pcm:
    noise = bed("cafe", len(audio), RATE_HZ, 3)
    gain = gain_for_snr(active_level_dbfs(audio), noise, snr_db)
    return from_float(audio.as_float() + noise.as_float() * gain, RATE_HZ)


def by_telephone(audio: Pcm) -> Pcm:
    return resample(audio, 8000)


def with_losses(audio: Pcm) -> Pcm:
    """One frame of 20 ms in twenty is silent."""
    lost = np.random.default_rng(1).random(-(-len(audio) // 480)) < 0.05
    return Pcm(audio.samples * ~np.repeat(lost, 480)[: len(audio)], RATE_HZ)


@pytest.mark.parametrize(
    "disturbed",
    [
        as_turn,
        lambda speech: as_turn(speech).gained(-12),
        lambda speech: in_a_cafe(as_turn(speech)),
        lambda speech: in_a_cafe(as_turn(speech), 5.0),
        lambda speech: by_telephone(in_a_cafe(as_turn(speech))),
        lambda speech: with_losses(as_turn(speech)),
    ],
    ids=["clean", "quiet", "cafe at 10 dB", "cafe at 5 dB", "cafe by telephone", "losses"],
)
def test_every_utterance_is_known_however_it_was_disturbed(disturbed: Callable[[Pcm], Pcm]) -> None:
    assert [ears().hear(disturbed(spoken(one))) for one in UTTERANCES] == list(UTTERANCES)


@pytest.mark.parametrize(
    "audio",
    [
        pause(2.0),
        pause(0.0),
        bed("cafe", 5 * RATE_HZ, RATE_HZ, 5),
        bed("street", 5 * RATE_HZ, RATE_HZ, 5),
        bed("hold_music", 5 * RATE_HZ, RATE_HZ, 5),
        as_turn(spoken("Können Sie mir bitte sagen, wie das Wetter morgen in Hamburg wird?")),
        as_turn(spoken("Ich habe leider keine Zeit.")),
        as_turn(spoken("Die Nummer ist X, Y, Minus, neun, neun, null, null, Q.")),
    ],
    ids=["silence", "nothing", "cafe", "street", "music", "weather", "no time", "another number"],
)
def test_what_is_none_of_the_utterances_is_not_understood(audio: Pcm) -> None:
    assert ears().hear(audio) == ""


def test_without_utterances_nothing_is_understood() -> None:
    assert KnownUtterances(()).hear(as_turn(spoken(UTTERANCES[0]))) == ""


@pytest.mark.parametrize(
    ("utterance", "first", "last", "words"),
    [
        (1, 0.0, 0.3, "Guten Tag, wo ist meine Bestellung?"),
        (1, 0.0, 0.7, "Guten Tag, wo ist meine Bestellung? Die Nummer ist B, E, Minus, acht,"),
        (1, 0.5, 1.0, "B, E, Minus, acht, zwei, sechs, drei, K."),
        (7, 0.0, 0.5, "Nein, danke, das war alles."),
        (7, 0.5, 1.0, "alles. Auf Wiederhören."),
    ],
)
def test_of_an_utterance_that_was_cut_only_the_words_that_were_said_are_told(
    utterance: int, first: float, last: float, words: str
) -> None:
    speech = spoken(UTTERANCES[utterance])
    part = speech.cut(round(first * len(speech)), round(last * len(speech)))
    assert ears().hear(as_turn(part)) == words


def test_two_utterances_in_one_turn_are_told_in_their_order() -> None:
    turn = join(as_turn(spoken(UTTERANCES[4])), as_turn(spoken(UTTERANCES[7])))
    assert ears().hear(turn) == f"{UTTERANCES[4]} {UTTERANCES[7]}"
