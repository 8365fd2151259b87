"""Calls without a transcription, or without any transcript: the words come from a recognizer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.stored_sound import RATE_HZ, track

from harness.audio.pcm import Pcm
from harness.importing.assemble import transcribed, with_callers_words
from harness.importing.model import Estimate, SourceKind, Speaker, StoredCall, StoredLine
from harness.speech.base import RecognizedSegment, VoiceChoice, synthesizer
from harness.speech.cache import cached_synthesizer


class Parrot:
    """Recognizer whose transcript is the length of its audio."""

    name, version = "parrot", "1"

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        return (RecognizedSegment(f"{audio.duration_s:.1f}", 0.0, audio.duration_s),)


CALL = StoredCall(
    "c",
    SourceKind.REALTIME,
    "c.jsonl",
    (
        StoredLine(Speaker.CALLER, None, 1.0, 2.0),
        StoredLine(Speaker.CALLER, "Told.", 3.0, 4.0),
    ),
    caller=track((1.0, 2.0), (3.0, 4.0), length_s=5.0),
)


def test_lines_without_words_get_what_is_heard_about_them() -> None:
    call = with_callers_words(CALL, Parrot())
    assert [line.text for line in call.lines] == ["1.6", "Told."]
    assert call.estimated == {Estimate.WORDS}
    assert call.notes == ("No transcription of the caller: the words are what parrot heard.",)


def test_nothing_is_heard_where_all_is_told_or_nothing_sounds() -> None:
    told = replace(CALL, lines=CALL.lines[1:])
    assert with_callers_words(told, Parrot()) == told
    silent = replace(CALL, caller=None)
    assert with_callers_words(silent, Parrot()) == silent


def speech(*begins_s: float) -> Pcm:
    """Return a track of ten seconds on which a sentence is said at each of some times."""
    voice = cached_synthesizer(synthesizer("pyttsx3"))
    said = voice.speak("Where is my order?", VoiceChoice("en-us"))
    samples = np.zeros(10 * RATE_HZ, np.int16)
    for begin_s in begins_s:
        start = round(begin_s * RATE_HZ)
        samples[start : start + len(said)] = said.samples
    return Pcm(samples, RATE_HZ)


def test_a_call_without_a_transcript_has_the_lines_that_are_heard_in_their_order() -> None:
    sound = replace(CALL, kind=SourceKind.AUDIO, lines=(), agent=speech(4.0))
    call = transcribed(replace(sound, caller=speech(1.0, 7.0)), Parrot())
    assert [line.who.value for line in call.lines] == ["caller", "agent", "caller"]
    assert [line.start_s for line in call.lines] == pytest.approx([1.0, 4.0, 7.0], abs=0.2)
    assert all(0.5 < float(line.text or "") < 2.0 for line in call.lines)
    assert call.estimated == {Estimate.WORDS}
    assert call.notes == ("No transcript: the words of both sides are what parrot heard.",)
