"""Engines by name, and what an unknown name is told."""

from __future__ import annotations

import pytest

from harness.errors import UnknownName
from harness.speech.base import recognizer, synthesizer


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
