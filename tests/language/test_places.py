"""Positions of a known value in a text: in every form in which it is said, and nowhere else."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.english import ENGLISH

from harness.language.places import value_places
from harness.language.values import ValueKind

TODAY = date(2026, 4, 22)

STANDS = [
    ("HAT110", "flight hat one ten please", ValueKind.ID),
    ("HAT110", "on HAT 110.", ValueKind.ID),
    ("HAT110", "HAT110's gate", ValueKind.ID),
    ("HAT110", "flight H-A-T one one zero", ValueKind.ID),
    ("SFO", "from S F O, ok", ValueKind.ID),
    ("SFO", "s-f-o", ValueKind.ID),
    ("SFO", "to SFO.", ValueKind.ID),
    ("SFO", "S. F. O.", ValueKind.ID),
    ("SFO", "from SFO to LAX", ValueKind.TEXT),
    ("SFO", "s f o", ValueKind.TEXT),
    ("ORD-4715B", "order O R D dash four seven one five B", ValueKind.ID),
    ("ORD-4715B", "ord 4715 b", ValueKind.ID),
    ("ORD-4715B", "O as in Oscar, R as in Romeo, D as in Delta, 47 15 Bravo", ValueKind.ID),
    ("4471", "four four seven one", ValueKind.ID),
    ("4471", "forty-four seventy-one", ValueKind.ID),
    ("4471", "4 4 7 1", ValueKind.ID),
    ("4471", "4-4-7-1", ValueKind.ID),
    ("4471", "4… 4… 7… 1…", ValueKind.ID),
    ("4471", "double four seven one", ValueKind.ID),
    ("83521", "8… 3… 5… 2… 1. Is that right?", ValueKind.ID),
    ("119", "one nineteen", ValueKind.ID),
    ("119", "one hundred nineteen", ValueKind.ID),
    ("119", "one hundred and nineteen", ValueKind.ID),
    ("800", "eight hundred", ValueKind.ID),
    ("2000", "two thousand", ValueKind.ID),
    ("2012", "twenty twelve", ValueKind.ID),
    ("1005", "ten oh five", ValueKind.ID),
    ("12", "for 12.", ValueKind.COUNT),
    ("4", "4 people", ValueKind.COUNT),
    ("4", "four of us", ValueKind.COUNT),
    ("1", "just me", ValueKind.COUNT),
    ("2", "a couple of tickets", ValueKind.COUNT),
    ("25", "twenty-five guests", ValueKind.COUNT),
    ("1200", "1,200 units", ValueKind.COUNT),
    ("1", "1 ticket", ValueKind.TEXT),
    ("2", "two rooms", ValueKind.TEXT),
    ("basic_economy", "in basic economy?", ValueKind.TEXT),
    ("basic_economy", "Basic Economy seats", ValueKind.TEXT),
    ("temporary", "closed temporarily", ValueKind.TEXT),
    ("annual", "billed annually", ValueKind.TEXT),
    ("annual", "billed yearly", ValueKind.TEXT),
    ("neighbor", "left with a neighbour", ValueKind.TEXT),
    ("one_way", "a one-way ticket", ValueKind.TEXT),
    ("check-in", "check in", ValueKind.TEXT),
    ("window", "a window seat", ValueKind.TEXT),
    ("creditCard", "by credit card", ValueKind.TEXT),
    ("CREDIT_CARD", "your credit card", ValueKind.TEXT),
    ("gift_card", "with gift cards", ValueKind.TEXT),
    ("Full-size", "a full size car", ValueKind.TEXT),
    ("wifi", "with Wi-Fi", ValueKind.TEXT),
    ("e-mail", "by email", ValueKind.TEXT),
    ("non_smoking", "nonsmoking", ValueKind.TEXT),
    ("round_trip", "roundtrip", ValueKind.TEXT),
    ("in_progress", "in progress", ValueKind.TEXT),
    ("Bruno's", "at Brunos is", ValueKind.NAME),
    ("Nell's Soup & Bread", "nells soup and bread", ValueKind.NAME),
    ("The Grand Hotel", "at Grand Hotel", ValueKind.NAME),
    ("Zoë Müller", "zoe muller", ValueKind.NAME),
    ("O'Brien", "Mr. OBrien", ValueKind.NAME),
    ("Jean-Luc Picard", "Jean Luc Picard", ValueKind.NAME),
    ("Smith", "the Smiths", ValueKind.NAME),
    ("Dr. Jane Lee", "doctor Jane Lee", ValueKind.NAME),
    ("St. Mary Hospital", "Saint Mary Hospital", ValueKind.NAME),
    ("José", "Jose", ValueKind.NAME),
    ("McDonald's", "McDonald’s", ValueKind.NAME),
    ("jane smith", "Jane Smith's account", ValueKind.NAME),
    ("12 Oak Street", "12 Oak St.", ValueKind.ADDRESS),
    ("12 Oak Street", "twelve oak street", ValueKind.ADDRESS),
    ("350 Fifth Avenue", "350 5th Ave", ValueKind.ADDRESS),
    (
        "1600 Pennsylvania Ave NW",
        "sixteen hundred Pennsylvania Avenue Northwest",
        ValueKind.ADDRESS,
    ),
    ("4106 Harlan Road", "forty one oh six Harlan Rd", ValueKind.ADDRESS),
    (
        "12 Oak Street, Springfield, IL 62701",
        "12 Oak Street, Springfield, Illinois 62701",
        ValueKind.ADDRESS,
    ),
    ("221B Baker Street", "221 B Baker Street", ValueKind.ADDRESS),
    ("Los Angeles", "L.A.", ValueKind.ADDRESS),
    ("Los Angeles", "in LA", ValueKind.ADDRESS),
    ("New York City", "NYC", ValueKind.ADDRESS),
    ("17:30", "half past five", ValueKind.TIME),
    ("17:30", "five thirty", ValueKind.TIME),
    ("17:30", "5:30 pm", ValueKind.TIME),
    ("17:30", "at 5.30", ValueKind.TIME),
    ("17:00", "at 5", ValueKind.TIME),
    ("17:00", "for five please", ValueKind.TIME),
    ("17:00", "make it 5 instead", ValueKind.TIME),
    ("16:15", "four fifteen works", ValueKind.TIME),
    ("16:15", "quarter past four", ValueKind.TIME),
    ("12:00", "at noon", ValueKind.TIME),
    ("09:00", "nine o’clock", ValueKind.TIME),
    ("21:05", "nine oh five tonight", ValueKind.TIME),
    ("17:30", "17:30", ValueKind.TEXT),
    ("+1 415-555-0123", "(415) 555 0123", ValueKind.PHONE),
    ("4155550123", "+1 415 555 0123", ValueKind.PHONE),
    ("4155550123", "+14155550123", ValueKind.PHONE),
    ("4155550123", "four one five, triple five, oh one two three", ValueKind.PHONE),
    ("4155550123", "415.555.0123", ValueKind.PHONE),
    ("8005550123", "eight hundred five five five oh one two three", ValueKind.PHONE),
    ("250.00", "two-fifty", ValueKind.AMOUNT),
    ("250", "$250", ValueKind.AMOUNT),
    ("19.99", "nineteen ninety-nine", ValueKind.AMOUNT),
    ("49.90", "forty-nine ninety", ValueKind.AMOUNT),
    ("630", "630 total", ValueKind.AMOUNT),
    ("1020", "1,020", ValueKind.AMOUNT),
    ("317.42", "317.42", ValueKind.AMOUNT),
    ("317.42", "three hundred seventeen dollars and forty two cents", ValueKind.AMOUNT),
    ("1200", "twelve hundred", ValueKind.AMOUNT),
    ("105.09", "a hundred and five dollars and nine cents", ValueKind.AMOUNT),
    ("5.5", "$5.50", ValueKind.AMOUNT),
    ("2026-04-28", "next Tuesday", ValueKind.DATE),
    ("2026-04-28", "the 28th", ValueKind.DATE),
    ("2026-04-28", "April 28", ValueKind.DATE),
    ("2026-04-28", "on the twenty-eighth", ValueKind.DATE),
    ("2026-04-28", "28 April 2026", ValueKind.DATE),
    ("2026-04-23", "tomorrow", ValueKind.TEXT),
    ("2026-04-28T17:00", "next Tuesday at 5", ValueKind.DATETIME),
    ("2026-04-28T17:00:00", "April 28th, 5 pm", ValueKind.DATETIME),
    ("2026-04-28T17:00", "at 5 pm. That is on April 28th", ValueKind.DATETIME),
    ("chen@example.com", "c-h-e-n at example dot com", ValueKind.EMAIL),
    ("jo.lee@example.com", "jo dot lee at example dot com", ValueKind.EMAIL),
]
STANDS_NOT = [
    ("12", "in 2012", ValueKind.ID),
    ("12", "12:30", ValueKind.COUNT),
    ("4", "at 4 pm", ValueKind.COUNT),
    ("True", "true", ValueKind.TEXT),
    ("False", "that is false", ValueKind.TEXT),
    ("CAN", "you can do it", ValueKind.ID),
    ("IT", "is it ok", ValueKind.ID),
    ("Smith", "Smithson", ValueKind.NAME),
    ("John Smithson", "John Smith", ValueKind.NAME),
    ("17:30", "at 5:30 am", ValueKind.TIME),
    ("4990", "49.90 dollars", ValueKind.AMOUNT),
    ("49.90", "order 4990", ValueKind.AMOUNT),
    ("49.90", "4990", ValueKind.AMOUNT),
    ("5.00", "5:00 pm", ValueKind.AMOUNT),
    ("119", "1 and 19 kids", ValueKind.ID),
    ("4471", "44711", ValueKind.ID),
    ("4471", "24471", ValueKind.ID),
    ("4471", "4471B", ValueKind.ID),
    ("Economy", "economical", ValueKind.TEXT),
    ("monthly", "two months", ValueKind.TEXT),
    ("A_17", "number 17", ValueKind.TEXT),
    ("Main Street", "Street Main", ValueKind.TEXT),
    ("party", "a part of it", ValueKind.TEXT),
    ("no", "now", ValueKind.TEXT),
    ("2026-04-28", "April 28, 2025", ValueKind.DATE),
    ("2026-04-28", "May 28", ValueKind.DATE),
    ("9", "nineteen", ValueKind.COUNT),
    ("1", "this one", ValueKind.COUNT),
    ("3", "the 3rd", ValueKind.COUNT),
    ("3", "3:15", ValueKind.COUNT),
    ("20", "twenty-five", ValueKind.COUNT),
    ("100", "a hundred and five", ValueKind.COUNT),
    ("5", "fifty", ValueKind.COUNT),
    ("12 Oak Street", "112 Oak Street", ValueKind.ADDRESS),
    ("12 Oak Street", "12 Oak Avenue", ValueKind.ADDRESS),
    ("4155550123", "415 555 01234", ValueKind.PHONE),
    ("ord-31", "ORD-312", ValueKind.ID),
    ("HAT110", "HAT 1101", ValueKind.ID),
]


@pytest.mark.parametrize(("value", "text", "kind"), STANDS)
def test_a_known_value_is_found_in_every_form(value: str, text: str, kind: ValueKind) -> None:
    framed = f"Well then, {text}; is that right?"
    assert len(value_places(value, text, kind, ENGLISH, TODAY)) >= 1
    assert len(value_places(value, framed, kind, ENGLISH, TODAY)) >= 1


@pytest.mark.parametrize(("value", "text", "kind"), STANDS_NOT)
def test_another_value_or_a_part_of_a_word_is_no_place(
    value: str, text: str, kind: ValueKind
) -> None:
    assert value_places(value, text, kind, ENGLISH, TODAY) == ()


def test_every_place_is_told_in_order() -> None:
    text = "From Oslo to Bergen, then from Bergen back to Oslo"
    places = value_places("Oslo", text, ValueKind.ADDRESS, ENGLISH)
    assert [text[start:stop] for start, stop in places] == ["Oslo", "Oslo"]
    assert places[0][0] == 5


def test_a_relative_day_stands_nowhere_without_the_day_of_the_call() -> None:
    given = ("2026-04-23", "See you tomorrow.", ValueKind.DATE, ENGLISH)
    assert value_places(*given) == ()
    assert value_places(*given, TODAY) == ((8, 16),)


CODES = st.text(string.ascii_uppercase + string.digits, min_size=4, max_size=9).filter(
    lambda code: any(sign.isdigit() for sign in code) and any(sign.isalpha() for sign in code)
)


@settings(max_examples=150, deadline=None)
@given(CODES)
def test_a_code_is_found_as_written_and_as_spelled(code: str) -> None:
    for said in (code, code.lower(), " ".join(code), "-".join(code), "… ".join(code)):
        text = f"I have {said}, right?"
        assert value_places(code, text, ValueKind.ID, ENGLISH), said
    spoken = ENGLISH.speak(code, ValueKind.ID)
    assert value_places(code, f"It is {spoken}.", ValueKind.ID, ENGLISH)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_a_number_is_found_where_it_stands_and_no_other(one: int, other: int) -> None:
    text = f"We need {other} chairs."
    assert bool(value_places(str(one), text, ValueKind.COUNT, ENGLISH)) is (one == other)
    words = ENGLISH.speak(str(other), ValueKind.COUNT)
    assert value_places(str(other), f"We need {words} chairs.", ValueKind.COUNT, ENGLISH)


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("1" * 18 + "9", "one " * 60, ValueKind.TEXT),
        ("20" * 20 + "9", "twenty " * 60, ValueKind.TEXT),
        ("1" * 40 + "9", "one " * 60, ValueKind.PHONE),
    ],
)
def test_a_value_that_is_nearly_said_in_many_ways_is_given_up_at_once(
    value: str, text: str, kind: ValueKind
) -> None:
    # each word may be one of several forms: trying all ways to join them would never end
    assert value_places(value, text, kind, ENGLISH, None) == ()


def test_a_value_of_a_thousand_words_is_found_where_it_is_said() -> None:
    value = " ".join(f"w{number}" for number in range(1200))
    assert value_places(value, f"So: {value}.", ValueKind.TEXT, ENGLISH, None) == (
        (4, 4 + len(value)),
    )
