"""What is said in the language, and what is read from it: a row for each, then the rule."""

from __future__ import annotations

import pytest
from example_language import LANGUAGE

from harness.language.language import language_named
from harness.language.values import ValueKind


def test_suites_find_it_by_its_tag() -> None:
    assert language_named("example_tag") is LANGUAGE


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("I need a brace of rooms.", ValueKind.COUNT, ["2"]),
        ("We are a score of people.", ValueKind.COUNT, ["20"]),
        ("It is O R D dash four seven B.", ValueKind.ID, ["ORD47B"]),
        ("It costs 49.90 dollars.", ValueKind.AMOUNT, ["49.90"]),
    ],
)
def test_values_are_found(text: str, kind: ValueKind, values: list[str]) -> None:
    assert [found.value for found in LANGUAGE.find(text, kind)] == values


@pytest.mark.parametrize(
    ("value", "kind"), [("ORD-47B", ValueKind.ID), ("49.90", ValueKind.AMOUNT)]
)
def test_spoken_value_is_read_back(value: str, kind: ValueKind) -> None:
    spoken = LANGUAGE.speak(value, kind)
    assert LANGUAGE.normalize(spoken, kind) == LANGUAGE.normalize(value, kind)


def test_abbreviation_ends_no_sentence() -> None:
    assert len(LANGUAGE.sentences("Ask Fr. Brown. He knows.")) == 2
