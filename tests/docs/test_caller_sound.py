"""The page on the caller's audio names every bed and every voice."""

from __future__ import annotations

from pathlib import Path

from support.pages import quoted

from harness.audio.noise import BEDS
from harness.speech.pyttsx3_tts import VOICES

PAGE = Path(__file__).parents[2] / "docs/reference/caller-audio.md"


def test_the_page_lists_every_bed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("| `bed` |"))
    assert set(quoted(line)) == {"bed", "harness list beds", *BEDS}


def test_the_guide_lists_every_voice_that_has_a_plain_name() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("| `woman` |"))
    rows = [line.rpartition(" | ")[0] for line in lines[first:][: len(VOICES)]]
    assert rows == [f"| `{name}` | {voice.about}" for name, voice in VOICES.items()]
