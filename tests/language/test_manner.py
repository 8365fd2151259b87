"""How values were said: digit by digit or not, with which signs."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.language.spelling import digit_by_digit, same_signs


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("6, 0, 2", True),
        ("6-0-2", True),
        ("six, oh, double two", True),
        ("K, D, six, oh, two", True),
        ("sixty-two", False),
        ("sixteen", False),
        ("six hundred two", False),
        ("602", None),
        ("KD-602", None),
        ("602 sixty-two", False),
    ],
)
def test_digits_are_said_one_by_one_or_not(said: str, told: bool | None) -> None:
    assert digit_by_digit(said, ENGLISH.alphabet) is told


@pytest.mark.parametrize(
    ("said", "value", "told"),
    [
        ("KD-602", "KD-602", True),
        ("KD–602", "KD-602", True),
        ("KD-602", "KD602", False),
        ("K, D, dash, 6, 0, 2", "KD-602", True),
        ("K, D, dash, 6, 0, 2", "KD602", False),
        ("K D minus double six", "KD-66", True),
        ("K D hyphen six", "KD6", False),
        ("K D slash six", "KD/6", True),
        ("K D slash six", "KD-6", False),
        ("K-D-6-0-2", "KD602", True),
        ("K-D-6-0-2", "KD-602", None),
        ("KD six oh two", "KD602", True),
        ("KD six oh two", "KD-602", False),
        ("one nineteen", "119", None),
        ("one nineteen", "1-19", None),
        ("one dash nineteen", "1-19", True),
        ("one one nine", "1-19", False),
        ("K D six", "KD7", None),
    ],
)
def test_signs_are_said_or_not(said: str, value: str, told: bool | None) -> None:
    assert same_signs(said, value, ENGLISH.alphabet) is told
