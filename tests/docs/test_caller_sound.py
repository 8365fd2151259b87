"""The guide to the caller's sound names every bed, in the words of the code."""

from __future__ import annotations

from pathlib import Path

from harness.audio.noise import SOUNDS
from harness.speech.pyttsx3_tts import VOICES

PAGE = Path(__file__).parents[2] / "docs/reference/caller-audio.md"


def test_the_guide_lists_every_bed_with_what_it_sounds_like() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    beds = rows[rows.index("| `white` | hiss, the same at all pitches |") :][: len(SOUNDS)]
    assert beds == [f"| `{name}` | {sound} |" for name, sound in SOUNDS.items()]


def test_the_guide_lists_every_voice_that_has_a_plain_name() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("| `woman` |"))
    rows = [line.rpartition(" | ")[0] for line in lines[first:][: len(VOICES)]]
    assert rows == [f"| `{name}` | {voice.about}" for name, voice in VOICES.items()]
