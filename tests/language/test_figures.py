"""Days in numbers alone, and numbers with decimals, in languages that know them."""

from __future__ import annotations

import pytest

from harness.language.language import language_named
from harness.language.places import day_in_figures

DAYS = [
    ("2026-12-05", "on 05/12.", ["05/12"]),
    ("2026-12-05", "on 12-5, then", ["12-5"]),
    ("2026-12-05", "on 05.12.2026", ["05.12.2026"]),
    ("2026-12-05", "on 5/12/26", ["5/12/26"]),
    ("2026-12-05", "twelve, oh five, twenty twenty-six", ["twelve, oh five, twenty twenty-six"]),
    ("2026-12-05", "twelve slash five slash 2026", ["twelve slash five slash 2026"]),
    ("2026-12-05", "on the 5th or the 6th", ["5th"]),
    ("2026-12-05", "on the fifth", ["fifth"]),
    ("--12-05", "on 05/12 and 06/12", ["05/12"]),
    ("2026-12-05", "on 06/12", []),
    ("2026-12-05", "on 05/12/2025", []),
    ("2026-12-05", "order 5-12-7", []),
    ("2026-12-05", "for 5 of 12 people", []),
    ("2026-12-05", "code 512", []),
    ("2026-12-05", "on the twenty-fifth", []),
    ("2026-12-05", "", []),
    ("soon", "on 05/12", []),
]


@pytest.mark.parametrize(("value", "text", "found"), DAYS)
def test_a_known_day_is_near_numbers_in_any_order(value: str, text: str, found: list[str]) -> None:
    places = day_in_figures(value, text, language_named("en"))
    assert [text[start:stop] for start, stop in places] == found


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "four point nine nine, or 5.10", ["4.99", "5.10"]),
        ("en", "twelve point five percent", ["12.50"]),
        ("en", "version 1.12.5, at 5.30 pm", []),
        ("en", "one point two million", []),
        ("en", "one point two five nine", []),
        ("en", "12.5%", []),
        ("en", "size twenty-seven and a half, not 27", ["27.50"]),
        ("en", "ten and a quarter, or 11 and three quarters", ["10.25", "11.75"]),
        ("de", "vier Komma neun neun oder 5,10", ["4.99", "5.10"]),
        ("de", "zwölf Komma fünf Prozent", ["12.50"]),
        ("de", "1.234,50 und 12,345", ["1234.50"]),
    ],
)
def test_numbers_with_decimals_are_found_without_a_currency(
    language: str, text: str, values: list[str]
) -> None:
    found = language_named(language).amounts.find_decimals(text)
    assert [one.value for one in found] == values
