"""A person's words during a lost connection are broken off, as far as their bounds show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record
from support.stored_sound import track

from harness.audio.pcm import Pcm
from harness.importing.assemble import with_person_heard
from harness.language.language import language_named
from harness.recording.model import Absence, AbsenceCause
from harness.speech.base import RecognizedSegment


class Parrot:
    """Recognizer whose transcript is the length of its audio."""

    name, version = "parrot", "1"

    def hear(self, audio: Pcm) -> tuple[RecognizedSegment, ...]:
        return (RecognizedSegment(f"{audio.duration_s:.1f}", 0.0, audio.duration_s),)


@pytest.mark.parametrize(
    ("gone", "lost"),
    [
        (None, [False, False]),
        ((1.9, 2.5), [True, False]),  # its end was not heard
        ((2.2, 3.5), [True, False]),  # who stops so shortly before was cut, perhaps
        ((3.0, 4.0), [False, False]),
        ((3.0, 5.1), [False, True]),  # its beginning was not heard
        ((4.9, None), [False, True]),
    ],
)
def test_what_the_line_broke_off_is_lost(
    gone: tuple[float, float | None] | None, lost: list[bool]
) -> None:
    sound = track((1.0, 2.0), (5.0, 6.0), length_s=8.0)
    absences = () if gone is None else (Absence(*gone, AbsenceCause.EXPIRED),)
    call = replace(record("7.0-8.0 agent: Hi."), utterances=(), caller=sound, absences=absences)
    heard = with_person_heard(call, Parrot(), language_named("en"))
    assert [one.lost for one in heard.utterances] == lost
