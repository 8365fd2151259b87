"""A session without a transcription: the caller's words are what a recognizer hears."""

from __future__ import annotations

from dataclasses import replace

from support.stored_sound import track

from harness.audio.pcm import Pcm
from harness.importing.model import Estimate, SourceKind, Speaker, StoredCall, StoredLine
from harness.importing.transcribing import with_callers_words
from harness.speech.base import RecognizedSegment


class Parrot:
    """Hears how long what it is given is."""

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
