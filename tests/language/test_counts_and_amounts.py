"""Counts, amounts and phone numbers: numbers that are read, and words that are no count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.english import ENGLISH
from support.german_rows import GERMAN

from harness.language.language import Language
from harness.language.places import value_places
from harness.language.values import ValueKind


def values(text: str, kind: ValueKind) -> list[str]:
    return [found.value for found in ENGLISH.find(text, kind)]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("two people", ["2"]),
        ("a table for 6", ["6"]),
        ("make that 3 boxes", ["3"]),
        ("a couple of nights", ["2"]),
        ("just me", ["1"]),
        ("half a dozen eggs", ["6"]),
        ("two adults and three kids", ["2", "3"]),
        ("twenty-five guests", ["25"]),
        ("one hundred and five chairs", ["105"]),
        ("1,200 units", ["1200"]),
        ("three at 5 pm on May 2nd", ["3"]),
        ("One.", ["1"]),
        ("this one", []),
        ("one moment", []),
        ("the cheaper one of them", []),
        ("no one", []),
        ("the code is one two three four", []),
        ("nine fifteen", []),
        ("7-ish", []),
        ("extension 0900", []),
        ("I would like one on the aisle", []),
        ("just one on the aisle", ["1"]),
        ("room 204", []),
        ("gate 12", []),
        ("4.5 stars", []),
        ("a five-star place", []),
        ("10%", []),
        ("$12", []),
        ("the 5th", []),
        ("2-4 people", []),
        ("at 12:30", []),
        ("a card ending in 7334", []),
        ("two and a half thousand badges", ["2500"]),
        ("half a million stickers", ["500000"]),
        ("one point five thousand views", ["1500"]),
        ("one point five million views", []),
        ("three and a half", []),
        ("two point four", []),
        ("half two", []),
        ("a hundred cups", ["100"]),
    ],
)
def test_only_numbers_that_count_something_are_counts(text: str, counts: list[str]) -> None:
    assert values(text, ValueKind.COUNT) == counts


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$1,315", ["1315.00"]),
        ("three point four million dollars", ["3400000.00"]),
        ("half a thousand euros", ["500.00"]),
        ("one and a half million pounds", ["1500000.00"]),
        ("2.5 million dollars", ["2500000.00"]),
        ("one point three one two five thousand dollars", []),
        ("six point five dollars", ["6.50"]),
        ("half a dollar", []),
        ("a quarter of a million dollars", []),
        ("forty p", ["0.40"]),
        ("forty p m", []),
        ("50p", ["0.50"]),
        ("K-X-7-Q-9-P", []),
        ("seven q nine p", []),
        ("at 30 P", []),
        ("30 k", ["30000.00"]),
        ("60k a year", ["60000.00"]),
        ("order ORD-8263K", []),
        ("code 4715 K", []),
        ("seven two k", []),
        ("€20.5", ["20.50"]),
        ("USD 75", ["75.00"]),
        ("75 USD", ["75.00"]),
        ("45$", ["45.00"]),
        ("$20k", ["20000.00"]),
        ("$1.5 million", ["1500000.00"]),
        ("two grand", ["2000.00"]),
        ("seven hundred bucks", ["700.00"]),
        ("eleven hundred dollars", ["1100.00"]),
        ("a hundred and five dollars and nine cents", ["105.09"]),
        ("twelve oh five dollars", []),
        ("it says nine oh nine dollars", []),
        ("oh, five dollars", ["5.00"]),
        ("six dollars and a dime", []),
        ("120 dollars, and 90 dollars for the piano", ["120.00", "90.00"]),
        ("twenty dollars and ninety-five dollars", ["20.00", "95.00"]),
        ("twenty dollars and ninety-five", ["20.95"]),
        ("three dollars fifty", ["3.50"]),
        ("49 dollars 90", ["49.90"]),
        ("five and a half dollars", ["5.50"]),
        ("a buck fifty", ["1.50"]),
        ("ninety-nine cents", ["0.99"]),
        ("€1.250,00", []),
        ("two fifty", []),
        ("300 people", []),
    ],
)
def test_amounts_are_read_whole_or_not_at_all(text: str, amounts: list[str]) -> None:
    assert values(f"It comes to {text} in all.", ValueKind.AMOUNT) == amounts


@pytest.mark.parametrize(
    "text",
    [
        "(212) 555-0187", "212.555.0187", "212/555-0187", "212 555 0187",
        "two one two, five five five, oh one eight seven",
        "two one two triple five zero one eight seven",
        "two twelve, five fifty-five, oh one eighty-seven",
    ],
)  # fmt: skip
def test_a_phone_number_is_read_however_it_is_grouped(text: str) -> None:
    assert values(f"Call {text} please.", ValueKind.PHONE) == ["2125550187"]


@pytest.mark.parametrize("text", ["7" * 5000, "$" + "7" * 5000, "1," * 3000, "7" * 5000 + ".50"])
def test_rows_of_digits_without_end_are_no_number(text: str) -> None:
    for kind in (ValueKind.COUNT, ValueKind.AMOUNT, ValueKind.TIME, ValueKind.DATE):
        assert values(text, kind) == []
        assert ENGLISH.problem(text, kind) is not None
        assert value_places("12345.67", text, kind, ENGLISH) == ()


def test_eight_hundred_is_how_a_number_begins() -> None:
    assert values("It's one eight hundred, 555, 0187.", ValueKind.PHONE) == ["18005550187"]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("20 grand", ["20000.00"]),
        ("twenty grand", ["20000.00"]),
        (
            "nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred"
            " ninety-nine dollars",
            ["999999999.00"],
        ),
        ("one " * 8000, []),
    ],
)
def test_amounts_in_thousands_and_in_rows_of_numbers_without_end(
    text: str, amounts: list[str]
) -> None:
    assert values(text, ValueKind.AMOUNT) == amounts


def test_treble_says_a_digit_three_times() -> None:
    assert values("oh seven treble four one two nine", ValueKind.PHONE) == ["07444129"]


_MONEY_WORDS = [
    "one", "two", "forty", "hundred", "and", "a", "half", "point", "five", "dollars", "cents",
    "grand", "k", "p", "$", "49.90", "12", "3.5", "usd", "eur", "20", "quarter", "three",
    "quarters", ",", "pence", "million", "£", "5k", "20p", "dollar", "an", "quid", "komma",
    "fünf", "euro", "tausend", "fr.", "rappen", "30,5", "49,-", "drei", "und", "ein", "halbe",
    "Fr", "10'000.50", "zwanzig", "5", "€",
]  # fmt: skip


@settings(max_examples=60)
@given(
    words=st.lists(st.sampled_from(_MONEY_WORDS), max_size=24),
    between=st.sampled_from(("", "five seven and " * 100, "the order is on its way " * 60)),
    others=st.lists(st.sampled_from(_MONEY_WORDS), max_size=12),
    language=st.sampled_from((ENGLISH, GERMAN)),
)
def test_looking_only_near_a_sign_misses_no_amount(
    words: list[str], between: str, others: list[str], language: Language
) -> None:
    amounts = language.amounts
    everywhere = replace(amounts, sign="", decimal_sign="")
    text = " ".join((*words, between, *others))

    assert amounts.find(text) == everywhere.find(text)
    assert amounts.find_decimals(text) == everywhere.find_decimals(text)
