from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.language.values import ValueKind


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("Eleven Garden Road", "11 Garden Rd."),
        ("one hundred five Main Street", "105 Main St"),
        ("forty-two Lake Drive, Springfield", "42 lake dr springfield"),
        ("St James Avenue 7", "st james ave seven"),
        ("one two Oak Street", "1 2 Oak Street"),
        ("thousand Oaks Lane", "thousand oaks ln"),
    ],
)
def test_the_same_address_compares_equal_however_it_is_written(said: str, same: str) -> None:
    assert ENGLISH.normalize(said, ValueKind.ADDRESS) == ENGLISH.normalize(same, ValueKind.ADDRESS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("11 Garden Road", "12 Garden Road"),
        ("11 Garden Road", "11 Garden Street"),
        ("St James Street", "Street James Street"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert ENGLISH.normalize(one, ValueKind.ADDRESS) != ENGLISH.normalize(other, ValueKind.ADDRESS)
