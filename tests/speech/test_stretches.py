"""Stretches of speech: cut at pauses, in bounds, never overlapping."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from harness.audio.pcm import join, silence
from harness.audio.resample import resample
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer
from harness.speech.segments import EARS_RATE_HZ, Stretch, speech_stretches


def spoken(*pauses_s: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    clip = EspeakSynthesizer().speak("Where is my order?", VoiceChoice("en-us"))
    parts = [clip]
    for pause_s in pauses_s:
        parts += [silence(round(pause_s * 24_000), 24_000), clip]
    return resample(join(*parts), EARS_RATE_HZ).as_float().astype(np.float32)


@pytest.mark.parametrize(
    ("pauses_s", "count"),
    [((), 1), ((0.05,), 1), ((1.5,), 2), ((4.0,), 2), ((4.0, 0.05), 2), ((1.5, 3.0, 5.0), 4)],
)
def test_a_long_pause_parts_and_a_short_one_does_not(
    pauses_s: tuple[float, ...], count: int
) -> None:
    assert len(speech_stretches(spoken(*pauses_s))) == count


def test_stretches_of_endless_speech_are_short_enough_and_leave_nothing_out() -> None:
    samples = spoken(*([0.0] * 30))
    parts = speech_stretches(samples)
    assert len(parts) > 1
    assert all(part.stop - part.start <= 20 * EARS_RATE_HZ for part in parts)
    assert all(a.stop == b.start for a, b in pairwise(parts))
    assert parts[-1].stop <= len(samples)


def test_silence_and_nothing_hold_no_stretch() -> None:
    assert speech_stretches(np.zeros(0, np.float32)) == ()
    assert speech_stretches(np.zeros(EARS_RATE_HZ, np.float32)) == ()


def test_a_stretch_begins_no_later_than_its_voice() -> None:
    samples = np.concatenate([np.zeros(3 * EARS_RATE_HZ, np.float32), spoken()])
    (part,) = speech_stretches(samples)
    loud = np.flatnonzero(np.abs(samples) > 0.05)
    assert isinstance(part, Stretch)
    assert part.start <= loud[0]
    assert part.stop >= loud[-1]


@pytest.mark.parametrize("chunks", [1, 7, 64])
def test_long_sound_is_looked_at_in_pieces_as_at_once(
    monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    samples = spoken(1.5, 4.0, 0.05)
    at_once = speech_stretches(samples)
    monkeypatch.setattr("harness.speech.segments._PIECE", 512 * chunks)
    assert speech_stretches(samples) == at_once
    assert len(at_once) == 3
