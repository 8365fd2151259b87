"""Engines by name, and the message for an unknown name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import UnknownName
from harness.speech.base import hears, recognizer, synthesizer
from harness.speech.cache import ClipCache, cached_hearing


@pytest.mark.parametrize("name", ["pyttsx3", "fixture"])
def test_built_in_synthesizers_are_there_under_their_own_name(name: str) -> None:
    assert synthesizer(name).name == name


def test_the_built_in_recognizer_is_there() -> None:
    ears = recognizer("moonshine")
    assert ears.name == "moonshine"
    assert "tiny-en" in ears.version


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="'festival'; known: fixture, pyttsx3"):
        synthesizer("festival")
    with pytest.raises(UnknownName, match="known: moonshine"):
        recognizer("whisper")


class AllEars:
    """A recognizer without a list of languages."""

    name, version = "all_ears", "1"

    def hear(self, audio: Any) -> tuple[()]:
        return ()


@pytest.mark.parametrize(
    ("engine", "tag", "known"),
    [
        (recognizer("moonshine"), "en", True),
        (recognizer("moonshine"), "en-GB", True),
        (recognizer("moonshine"), "EN_us", True),
        (recognizer("moonshine"), "de", False),
        (recognizer("moonshine"), "eng", False),
        (AllEars(), "de", True),
    ],
)
def test_an_engine_listens_only_to_languages_that_it_knows(
    engine: Any, tag: str, known: bool, tmp_path: Path
) -> None:
    assert hears(engine, tag) is known
    assert hears(cached_hearing(engine, ClipCache(tmp_path)), tag) is known
