"""Semantic turn ends: the agent waits for an unfinished sentence, but not for a finished one."""

from __future__ import annotations

import numpy as np
import pytest
from support.agent_driver import RATE, Driver

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.intents import goes_on
from harness.agent.desk.speech_acts import DeskWords
from harness.audio.pcm import Int16Array
from harness.protocol.commands import (
    AppendAudio,
    ConfigureSession,
    SemanticVad,
    ServerVad,
    SessionConfig,
)
from harness.speech.base import VoiceChoice, synthesizer

GO_ON = {
    ENGLISH_DESK: (
        *("My order number is", "My order number is.", "I'd like to, um", "I'd like to, um."),
        *("It's", "Hi, I'm calling about", "Hello, I wanted to", "Can you tell me if"),
        *("Where is the", "I ordered it from", "Yes, but", "No, because", "It's O R D dash"),
        *("Hold on", "Let me see.", "I need", "Well,", "I was going", "The refund of", "And I"),
        *("So I", "It came with a", "I would like to return my", "My e-mail is bob at"),
        *("It was delivered to", "Could you...", "The address is 12 \u2014"),
    ),
    GERMAN_DESK: (
        *("Meine Bestellnummer ist", "Ich möchte gern", "Ich hätte da eine", "Es geht um die"),
        *("Ja, aber", "Moment", "ORD minus", "Ich wollte fragen, ob", "Also,", "Die Nummer lautet"),
    ),
}
FINISHED = {
    ENGLISH_DESK: (
        *("Where is my order?", "My order number is ORD-4715B.", "Yes.", "No, thanks.", "Hello."),
        *("Yes, that's right.", "Please cancel it.", "I don't think so.", "That's all I need."),
        *("Yes, I am.", "No, we can.", "Is that what it's for?", "As soon as you can.", "Goodbye"),
        *("I want a refund of 30 dollars.", "It is 12 Park Street.", "You too.", "I like it."),
        "No, that's all good-by.",
        *("That's what it is.", "I don't have it here.", "What can you do?", "Thank you so much."),
    ),
    GERMAN_DESK: (
        *("Wo ist meine Bestellung?", "Ja.", "Ja, das stimmt.", "Nein, danke.", "Guten Tag."),
        *(
            "Bitte stornieren Sie sie.",
            "Die Nummer ist ORD-4715B.",
            "Das war alles.",
            "Ja, ich bin",
        ),
    ),
}


def _rows(table: dict[DeskWords, tuple[str, ...]]) -> list[tuple[DeskWords, str]]:
    return [(desk, said) for desk, sayings in table.items() for said in sayings]


@pytest.mark.parametrize(("desk", "said"), _rows(GO_ON))
def test_words_that_go_on_are_known(desk: DeskWords, said: str) -> None:
    assert goes_on(said, desk.intents)


@pytest.mark.parametrize(("desk", "said"), _rows(FINISHED))
def test_words_that_are_finished_are_known(desk: DeskWords, said: str) -> None:
    assert not goes_on(said, desk.intents)


@pytest.fixture(scope="module")
def speech() -> Int16Array:
    spoken = synthesizer("pyttsx3").speak("Hello, my order number is", VoiceChoice("en-us"))
    loud = np.flatnonzero(np.abs(spoken.samples.astype(int)) > 300)
    assert spoken.rate_hz == RATE
    samples: Int16Array = spoken.samples[loud[0] : loud[-1] + 1]
    return samples


def _ends_s(driver: Driver, *parts: Int16Array) -> list[float]:
    """Send sound in pieces of 100 ms; return when turns ended, in seconds of the sound."""
    sound = np.concatenate(parts)
    for start in range(0, len(sound), RATE // 10):
        driver.do(AppendAudio(sound[start : start + RATE // 10].tobytes()))
    stopped = (e for e in driver.events if e["type"] == "input_audio_buffer.speech_stopped")
    return [event["audio_end_ms"] / 1000 for event in stopped]


def _silence(seconds: float) -> Int16Array:
    return np.zeros(round(seconds * RATE), np.int16)


def _listening(detection: SemanticVad | ServerVad, heard: str) -> Driver:
    driver = Driver()
    driver.heard_text = heard
    driver.do(ConfigureSession(SessionConfig(turn_detection=detection)))
    return driver


WAITS = [
    ("low", "Where is my order?", 0.9),
    ("low", "", 1.6),
    ("low", "My order number is", 8.0),
    ("medium", "Where is my order?", 0.5),
    ("medium", "", 1.0),
    ("medium", "My order number is", 4.0),
    ("auto", "Where is my order?", 0.5),
    (None, "My order number is", 4.0),
    ("high", "Where is my order?", 0.3),
    ("high", "", 0.5),
    ("high", "My order number is", 2.0),
]


@pytest.mark.parametrize(("eagerness", "heard", "waits_s"), WAITS)
def test_the_silence_that_ends_a_turn_depends_on_words_and_eagerness(
    speech: Int16Array, eagerness: str | None, heard: str, waits_s: float
) -> None:
    driver = _listening(SemanticVad(eagerness), heard)
    (ended_s,) = _ends_s(driver, _silence(0.5), speech, _silence(9.0))
    assert ended_s - 0.5 - len(speech) / RATE == pytest.approx(waits_s, abs=0.2)


@pytest.mark.parametrize(
    ("detection", "heard", "turns"),
    [
        (SemanticVad(), "My order number is", 1),
        (SemanticVad(), "Where is my order?", 2),
        (ServerVad(), "My order number is", 2),
    ],
)
def test_a_pause_to_think_splits_a_sentence_only_for_those_who_do_not_listen(
    speech: Int16Array, detection: SemanticVad | ServerVad, heard: str, turns: int
) -> None:
    driver = _listening(detection, heard)
    ends = _ends_s(driver, _silence(0.5), speech, _silence(1.5), speech, _silence(5.0))
    assert len(ends) == turns


def test_what_was_heard_before_a_pause_counts_for_that_pause_alone(speech: Int16Array) -> None:
    driver = _listening(SemanticVad(), "My order number is")
    assert _ends_s(driver, _silence(0.5), speech, _silence(1.5)) == []
    driver.heard_text = "My order number is ORD-4715B."
    (ended_s,) = _ends_s(driver, speech, _silence(3.0))
    spoken_s = 0.5 + 1.5 + 2 * len(speech) / RATE
    assert ended_s - spoken_s == pytest.approx(0.5, abs=0.2)


def test_words_before_pauses_that_end_nothing_are_never_asked_for(speech: Int16Array) -> None:
    driver = _listening(ServerVad(), "It's O R D dash")
    ends = _ends_s(driver, _silence(0.5), speech, _silence(0.3), speech, _silence(2.0))
    assert len(ends) == 1
    assert len(driver.heard_audio_s) > 1
    assert driver.asked_for_s == driver.heard_audio_s[-1:]


def test_a_recognizer_that_fails_when_it_is_asked_has_understood_nothing(
    speech: Int16Array,
) -> None:
    driver = _listening(ServerVad(), "never heard")
    driver.do(ConfigureSession(SessionConfig(transcription_model="any")))
    driver.deaf = True
    _ends_s(driver, _silence(0.5), speech, _silence(2.0))
    told = [event for event in driver.events if "input_audio_transcription" in event["type"]]
    assert [(one["type"].rpartition(".")[2], one["error"]["message"]) for one in told] == [
        ("failed", "speech engine ears failed: deaf")
    ]
