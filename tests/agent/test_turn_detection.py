from __future__ import annotations

import numpy as np
import pytest
import soxr

from harness.agent.server.session_state import DEFAULTS, updated
from harness.agent.server.turn_detection import (
    CHUNK_MS,
    MAX_TURN_MS,
    VAD_RATE_HZ,
    Settings,
    TurnDetector,
    VadChange,
    VadEvent,
    settings_of,
)
from harness.audio.pcm import Int16Array
from harness.protocol.commands import SemanticVad, ServerVad, SessionConfig
from harness.speech.base import VoiceChoice, synthesizer


@pytest.fixture(scope="module")
def speech() -> Int16Array:
    spoken = synthesizer("pyttsx3").speak(
        "Hello, I would like to know where my order is.", VoiceChoice("en-us")
    )
    at_16k: Int16Array = soxr.resample(spoken.samples, spoken.rate_hz, VAD_RATE_HZ)
    loud = np.flatnonzero(np.abs(at_16k.astype(int)) > 300)
    return at_16k[loud[0] : loud[-1] + 1]


def _silence(seconds: float) -> Int16Array:
    return np.zeros(round(seconds * VAD_RATE_HZ), np.int16)


def _noise(seconds: float, level: int) -> Int16Array:
    made = np.random.default_rng(1).normal(0, level, round(seconds * VAD_RATE_HZ))
    return np.clip(made, -32_000, 32_000).astype(np.int16)


def _changes(audio: Int16Array, settings: Settings, piece: int = 320) -> list[VadChange]:
    detector = TurnDetector(settings)
    parts = (audio[start : start + piece] for start in range(0, len(audio), piece))
    return [change for part in parts for change in detector.feed(part)]


def _turns(changes: list[VadChange]) -> list[VadChange]:
    return [change for change in changes if change.event in (VadEvent.STARTED, VadEvent.STOPPED)]


@pytest.mark.parametrize("silence_ms", [200, 500, 900])
def test_a_turn_begins_at_its_first_sound_and_ends_after_the_sessions_silence(
    speech: Int16Array, silence_ms: int
) -> None:
    audio = np.concatenate([_silence(1.0), speech, _silence(2.0)])
    turns = _turns(_changes(audio, Settings(silence_ms=silence_ms)))
    end_ms = 1000 + len(speech) * 1000 / VAD_RATE_HZ
    assert turns[0].event is VadEvent.STARTED
    assert abs(turns[0].at_ms - 1000) <= 160
    assert turns[-1].event is VadEvent.STOPPED
    assert abs(turns[-1].at_ms - silence_ms - end_ms) <= 200
    assert all(turn.at_ms % CHUNK_MS == 0 for turn in turns)


def test_the_pause_is_noticed_before_the_end_is_decided(speech: Int16Array) -> None:
    changes = _changes(np.concatenate([speech, _silence(1.5)]), Settings())
    assert [change.event for change in changes[-2:]] == [VadEvent.PAUSED, VadEvent.STOPPED]
    assert changes[-1].at_ms - changes[-2].at_ms >= 200


def test_the_same_audio_gives_the_same_changes_however_it_is_cut(speech: Int16Array) -> None:
    audio = np.concatenate([_silence(0.5), speech, _silence(1.0)])
    assert _changes(audio, Settings(), 160) == _changes(audio, Settings(), 4801)


@pytest.mark.parametrize("level", [0, 5, 300, 3000])
def test_steady_noise_and_silence_are_no_turn(level: int) -> None:
    assert _turns(_changes(_noise(6.0, level), Settings())) == []


def test_a_turn_ends_in_steady_noise(speech: Int16Array) -> None:
    audio = np.concatenate([_silence(1.0), speech, _silence(2.0)])
    noisy = np.clip(audio.astype(int) + _noise(len(audio) / VAD_RATE_HZ, 400), -32768, 32767)
    turns = _turns(_changes(noisy.astype(np.int16), Settings()))
    assert [turn.event for turn in turns] == [VadEvent.STARTED, VadEvent.STOPPED]


@pytest.mark.parametrize(
    ("quieter_db", "settings", "turns"),
    [
        (12, Settings(), 1),
        (12, Settings(hears_everybody=True), 2),
        (5, Settings(), 2),
    ],
    ids=["somebody else", "a fault", "the caller, less loud"],
)
def test_who_is_much_less_loud_than_the_caller_begins_no_turn(
    speech: Int16Array, quieter_db: float, settings: Settings, turns: int
) -> None:
    other = (speech[: 2 * VAD_RATE_HZ] * 10 ** (-quieter_db / 20)).astype(np.int16)
    audio = np.concatenate([speech, _silence(1.5), other, _silence(1.5)])
    changes = _changes(audio, settings)
    assert sum(change.event is VadEvent.STARTED for change in changes) == turns


def test_who_speaks_on_from_further_away_is_the_caller_after_all(speech: Int16Array) -> None:
    far = (np.concatenate([speech] * 3) * 0.2).astype(np.int16)
    audio = np.concatenate([speech, _silence(1.5), far, _silence(1.5), far])
    starts = [c.at_ms for c in _changes(audio, Settings()) if c.event is VadEvent.STARTED]
    before_ms = 1000 * (len(speech) + 24_000) // VAD_RATE_HZ
    late = [at_ms - before_ms for at_ms in starts if at_ms > before_ms]
    assert late[0] > 3000  # not taken for the caller at first
    again_ms = before_ms + 1000 * (len(far) + 24_000) // VAD_RATE_HZ
    assert any(abs(at_ms - again_ms) <= 500 for at_ms in starts)  # and now at once


def test_nobody_holds_a_turn_for_ever(speech: Int16Array) -> None:
    endless = np.concatenate([speech] * 12)
    turns = _turns(_changes(endless, Settings(silence_ms=2000)))
    assert turns[1].event is VadEvent.STOPPED
    assert turns[1].at_ms - turns[0].at_ms <= MAX_TURN_MS + CHUNK_MS


def test_settings_come_from_either_kind_of_detection() -> None:
    assert settings_of(ServerVad(0.7, 200, 800)) == Settings(0.7, 200, 800)
    patient, eager = (settings_of(SemanticVad(e)).silence_ms for e in ("low", "high"))
    assert patient > settings_of(SemanticVad()).silence_ms > eager


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        (ServerVad(silence_duration_ms=700), ServerVad(0.5, 300, 700, True, True)),
        (ServerVad(create_response=False), ServerVad(0.5, 300, 500, False, True)),
        (SemanticVad(), SemanticVad("auto", True, True)),
        (SemanticVad("low", interrupt_response=False), SemanticVad("low", True, False)),
    ],
)
def test_turn_detection_that_was_not_said_is_served_as_it_is_documented(asked, served):
    settings = updated(DEFAULTS, SessionConfig(turn_detection=asked), has_spoken=False)
    assert settings.turn_detection == served
