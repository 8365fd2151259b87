"""Numbers as words, and words as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.language.en.numbers import cardinal, ordinal, parse_cardinal


@given(st.integers(0, 999_999_999))
def test_the_words_of_a_number_say_that_number(number: int) -> None:
    assert parse_cardinal(cardinal(number).replace("-", " ").split()) == number


@pytest.mark.parametrize("number", [-1, 1_000_000_000])
def test_numbers_that_nobody_says_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"expected 0 to 999,999,999, got {number}"):
        cardinal(number)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("a hundred and five", 105),
        ("one thousand and twenty five", 1025),
        ("47", 47),
        ("two hundred 6", 206),
        ("twenty five hundred", 2500),
        ("one hundred one hundred", None),
        pytest.param("one hundred " * 3000, None, id="more digits than Python writes"),
        ("and five", None),
        ("five six", None),
        ("twenty zero", None),
        ("hundred", None),
        ("a", None),
        ("", None),
    ],
)
def test_words_say_exactly_one_number_or_none(words: str, number: int | None) -> None:
    assert parse_cardinal(words.split()) == number


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "first"), (12, "twelfth"), (20, "twentieth"), (21, "twenty-first"), (40, "fortieth")],
)
def test_ordinals_follow_their_last_word(number: int, word: str) -> None:
    assert ordinal(number) == word
