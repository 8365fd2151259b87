from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.english import ENGLISH

from harness.language.values import ValueKind

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ids = st.builds(
    lambda head, middle, tail: f"{head}-{middle}{tail}",
    st.text(LETTERS, min_size=1, max_size=4),
    st.text("0123456789", min_size=1, max_size=6),
    st.text(LETTERS, max_size=2),
)
phones = st.from_regex(r"[0-9]{3}-[0-9]{3}-[0-9]{4}|[0-9]{3}-[0-9]{4}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}([._+-][a-z0-9]{1,4})?", fullmatch=True)
emails = st.builds(
    lambda n, d: f"{n}@{d}", names, st.sampled_from(["example.com", "mail.co.uk", "x9.org"])
)
amounts = st.builds(
    lambda whole, part: f"${whole}.{part:02d}", st.integers(0, 99_999), st.integers(0, 99)
)
days = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat)
times = st.times().map(lambda time: f"{time:%H:%M}")
counts = st.integers(0, 9_999).map(str)
anything = st.one_of(
    st.tuples(times, st.just(ValueKind.TIME)),
    st.tuples(st.tuples(days, times).map("T".join), st.just(ValueKind.DATETIME)),
    st.tuples(counts, st.just(ValueKind.COUNT)),
    st.tuples(ids, st.just(ValueKind.ID)),
    st.tuples(phones, st.just(ValueKind.PHONE)),
    st.tuples(emails, st.just(ValueKind.EMAIL)),
    st.tuples(amounts, st.just(ValueKind.AMOUNT)),
    st.tuples(days, st.just(ValueKind.DATE)),
)


@settings(max_examples=300, deadline=None)
@given(anything)
def test_a_spoken_value_is_the_written_one(pair):
    value, kind = pair
    assert ENGLISH.normalize(ENGLISH.speak(value, kind), kind) == ENGLISH.normalize(value, kind)


@settings(max_examples=300, deadline=None)
@given(anything)
def test_exactly_the_spoken_value_is_found_in_a_question(pair):
    value, kind = pair
    spoken = ENGLISH.speak(value, kind)
    text = f"It is {spoken}. Is that right?"
    (found,) = ENGLISH.find(text, kind)
    assert found.value == ENGLISH.normalize(value, kind)
    assert text[found.start : found.stop] == spoken


@pytest.mark.parametrize(
    ("value", "kind", "spoken"),
    [
        ("ORD-4715B", ValueKind.ID, "O, R, D, dash, four, seven, one, five, B"),
        ("ord-31", ValueKind.ID, "O, R, D, dash, three, one"),
        ("555-0142", ValueKind.PHONE, "five five five, zero one four two"),
        ("+4155550142", ValueKind.PHONE, "plus four one five, five five five, zero one four two"),
        ("john.doe@example.com", ValueKind.EMAIL, "j o h n dot d o e at example dot com"),
        ("$49.90", ValueKind.AMOUNT, "forty-nine dollars and ninety cents"),
        ("$1.01", ValueKind.AMOUNT, "one dollar and one cent"),
        ("£0.50", ValueKind.AMOUNT, "fifty pence"),
        ("1250", ValueKind.AMOUNT, "one thousand two hundred fifty dollars"),
        ("2026-04-25", ValueKind.DATE, "April twenty-fifth, twenty twenty-six"),
        ("2006-01-12", ValueKind.DATE, "January twelfth, two thousand six"),
        ("1905-12-31", ValueKind.DATE, "December thirty-first, nineteen oh five"),
        ("--05-01", ValueKind.DATE, "May first"),
        ("17:30", ValueKind.TIME, "five thirty p.m."),
        ("00:05", ValueKind.TIME, "twelve oh five a.m."),
        (
            "2026-04-25T09:00",
            ValueKind.DATETIME,
            "April twenty-fifth, twenty twenty-six, nine a.m.",
        ),
        ("12", ValueKind.COUNT, "twelve"),
        ("12 Oak Street", ValueKind.ADDRESS, "12 Oak Street"),
        ("soon", ValueKind.DATE, "soon"),
        ("a lot", ValueKind.AMOUNT, "a lot"),
    ],
)
def test_values_are_said_as_people_say_them(value, kind, spoken):
    assert ENGLISH.speak(value, kind) == spoken


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("O R D dash four seven one five B", ValueKind.ID, "ORD4715B"),
        ("ORD forty seven fifteen bravo", ValueKind.ID, "ORD4715B"),
        ("B as in Bravo, double five", ValueKind.ID, "B55"),
        ("Kilo, seven, Quebec, niner", ValueKind.ID, "K7Q9"),
        ("four zed nine zee", ValueKind.ID, "4Z9Z"),
        ("jay four kay two", ValueKind.ID, "J4K2"),
        ("oscar romeo delta four zero oh", ValueKind.ID, "ORD400"),
        ("forty-seven", ValueKind.ID, "47"),
        ("O-R-D, then 4-7-1-5, and the letter B", ValueKind.ID, "ORD4715B"),
        ("AND-4715B", ValueKind.ID, "AND4715B"),
        ("ONE-1234", ValueKind.ID, "ONE1234"),
        ("triple five oh one four two", ValueKind.PHONE, "5550142"),
        ("John dot Doe at Example dot com", ValueKind.EMAIL, "john.doe@example.com"),
        ("fifty bucks", ValueKind.AMOUNT, "50.00"),
        ("49.9", ValueKind.AMOUNT, "49.90"),
        ("$1,250", ValueKind.AMOUNT, "1250.00"),
        ("Apr 25th, 2026", ValueKind.DATE, "2026-04-25"),
        ("the twenty fifth of April 2026", ValueKind.DATE, "2026-04-25"),
        ("4/25/2026", ValueKind.DATE, "2026-04-25"),
        ("February 30th", ValueKind.DATE, "february 30th"),
        ("  Jane   O’Neil. ", ValueKind.NAME, "jane o'neil"),
    ],
)
def test_written_and_spoken_forms_have_one_normal_form(text, kind, value):
    assert ENGLISH.normalize(text, kind) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?", ["ORD4715B"]),
        ("Cancel ORD-4715B, ORD-2958M and a refund", ["ORD4715B", "ORD2958M"]),
        ("It's a B 4715 for you", ["B4715"]),
        ("Please take 4715B, I think", ["4715B"]),
        ("No, the other one, O R D dash nine two six four C.", ["ORD9264C"]),
        ("B as in Bravo, four seven one five D for Delta please", ["B4715D"]),
        ("I paid $1249.90 on April 25th, 2026", []),
        ("double five three four seven B one more time", ["55347B"]),
        ("my hotel 4715", ["4715"]),
        ("It is gate 471 on the left", []),
        ("It's O, R, D, dash, six, one, seven, three, F, not S.", ["ORD6173F"]),
        ("O. R. D. dash 4 7 1 5 B. A refund of it.", ["ORD4715B"]),
        ("Like this. Four. Seven. One. Five. Is it?", ["4715"]),
        ("There were two. Four of them had 4 7 1 5.", ["4715"]),
        ("4 7 1 5. 2 boxes came.", ["4715"]),
        ("4 . . . 7 . . . 1 . . . 5", ["4715"]),
        ("4; 7; 1; 5", ["4715"]),
        ("4, 7, 1, and 5.", ["4715"]),
        ("4, 7, 1, 5 and 2 boxes", ["4715"]),
        ("4 7 1 5 and 2", ["4715"]),
        ("Q for queen, 4 7 1, N for nut", ["Q471N"]),
        ("B for breakfast, 4 7 1 5", ["4715"]),
        ("double u, double-u, 4 7", ["WW47"]),
        ("It's O, R, D, dash, six, one", ["ORD61"]),
        ("Your 2 orders arrive at 10am on the 25th", []),
        ("One moment, I want to talk to someone for a minute.", []),
        ("", []),
        ("I have O-R-D, then 4-7-1-5, and B. Is that right?", ["ORD4715B"]),
        ("It's O R D dash four seven one five, letter B.", ["ORD4715B"]),
        ("ORD-4715, letter B?", ["ORD4715B"]),
        ("O, R, D, 4715 and the letter B. Right?", ["ORD4715B"]),
        ("ORD, the digits 4715, then the letter B", ["ORD4715B"]),
        ("letter O, letter R, letter D, four seven one five, letter B", ["ORD4715B"]),
        ("ORD-4715B and ORD-2958M", ["ORD4715B", "ORD2958M"]),
        ("O R D 4 7 1 5 B and O R D 2 9 5 8 M", ["ORD4715B", "ORD2958M"]),
        ("4715 and 2958", ["4715", "2958"]),
        ("ORD-4715B and I think a refund", ["ORD4715B"]),
        ("I have 4715 and I need help", ["4715"]),
        ("4715B, then the refund", ["4715B"]),
        ("It's ORD-4715B, then 12 Oak Street", ["ORD4715B"]),
        ("I heard 6… 0… 2… 9… 4. Is that right?", ["60294"]),
        ("I heard 6... 0... 2... 9... 4. Is that right?", ["60294"]),
        ("I heard six… zero… two… nine… four. Right?", ["60294"]),
        ("Q… T… Z… six… oh… two. Right?", ["QTZ602"]),
        ("It's 6-0-2-9-4, or six - oh - two - nine - four?", ["60294", "60294"]),
        ("602, 94, correct?", ["60294"]),
        ("sixty, two, ninety-four", ["60294"]),
        ("It's sixty thousand two hundred ninety-four, right?", ["60294"]),
        ("It's sixty thousand two hundred and ninety-four, right?", ["60294"]),
        ("seven thousand seven hundred twelve", ["7712"]),
        ("It's Q as in Quebec, T as in tiger, double four, triple zero", ["QT44000"]),
        ("Gate one eight hundred four five six please", ["1800456"]),
        ("hundred and thousand", []),
        ("It's 7-7-K-A then.", ["77KA"]),
        ("K as in Kim, the number four, L as in Lou, and M as in Max.", ["K4LM"]),
        ("That's K as in Kim, then L as in Lou, and the numbers four, five", ["KL45"]),
        ("It's flight 12 number 4715", ["4715"]),
        ("USB and 4 cables, one and two, and the letter said B", []),
    ],
)
def test_ids_are_found_without_the_words_around_them(text, values):
    assert [found.value for found in ENGLISH.find(text, ValueKind.ID)] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(312) 555-0168", "3125550168"),
        ("+1 (312) 555-0168", "13125550168"),
        ("3 1 2… 5 5 5… 0 1 6 8", "3125550168"),
        ("three one two, five five five, oh one six eight", "3125550168"),
        ("one eight hundred, five five five, oh one six eight", "18005550168"),
        ("one eight hundred five five five oh one six eight", "18005550168"),
        ("three twelve, triple five, oh one sixty-eight", "3125550168"),
    ],
)
def test_a_phone_number_is_found_in_every_grouping(text: str, value: str) -> None:
    (found,) = ENGLISH.find(f"I have {text}. Is that right?", ValueKind.PHONE)
    assert found.value == value


def test_a_number_that_may_be_parted_in_two_ways_has_both_readings() -> None:
    (found,) = ENGLISH.find("one eight hundred five five five", ValueKind.ID)
    assert found.readings == ("1800555", "180555")


def test_text_has_no_pattern_to_be_found_by():
    assert ENGLISH.find("12 Oak Street", ValueKind.ADDRESS) == ()
