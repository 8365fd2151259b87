"""Times of day, days counted from today, and both together: phrases read and not read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.english import ENGLISH

from harness.language.values import ValueKind, same_value

TODAY = date(2026, 4, 22)
"""A Wednesday."""


def readings(text: str, kind: ValueKind, today: date | None = TODAY) -> list[list[str]]:
    return [list(found.readings) for found in ENGLISH.find(text, kind, today)]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("half past eight", ["08:30", "20:30"]),
        ("half past 3 in the afternoon", ["15:30"]),
        ("half ten tomorrow", ["10:30", "22:30"]),
        ("evening 7", ["19:00"]),
        ("quarter to 4", ["15:45", "03:45"]),
        ("a quarter to 12 in the morning", ["11:45"]),
        ("quarter past eleven at night", ["23:15"]),
        ("quarter of nine", ["08:45", "20:45"]),
        ("ten to six in the morning", ["05:50"]),
        ("twenty five past three", ["15:25", "03:25"]),
        ("five minutes to nine", ["08:55", "20:55"]),
        ("6PM", ["18:00"]),
        ("6 p.m.", ["18:00"]),
        ("3:25PM", ["15:25"]),
        ("7-ish", ["07:00", "19:00"]),
        ("at 0915", ["09:15"]),
        ("six p m", ["18:00"]),
        ("6 45 pm", ["18:45"]),
        ("645 pm", ["18:45"]),
        ("six forty-five a.m.", ["06:45"]),
        ("12 am", ["00:00"]),
        ("12 noon", ["12:00"]),
        ("midnight", ["00:00"]),
        ("half past noon", ["12:30"]),
        ("quarter to midnight", ["23:45"]),
        ("a minute to noon", ["11:59"]),
        ("three minutes past midnight", ["00:03"]),
        ("tonight, ten fifteen", ["22:15"]),
        ("morning half nine", ["09:30"]),
        ("twelve at night", ["00:00"]),
        ("three in the night", ["03:00"]),
        ("9:20", ["09:20", "21:20"]),
        ("09:20", ["09:20"]),
        ("21:20", ["21:20"]),
        ("nine o'clock", ["09:00", "21:00"]),
        ("1900 hours", ["19:00"]),
        ("oh seven hundred hours", ["07:00"]),
        ("at seventeen thirty", ["17:30"]),
        ("at ten thirty", ["10:30", "22:30"]),
        ("by five, please", ["17:00", "05:00"]),
        ("at around 7ish", ["07:00", "19:00"]),
        ("at nine oh five", ["09:05", "21:05"]),
        ("at 4.15", ["16:15", "04:15"]),
        ("at 8 tonight", ["20:00"]),
        ("at 8 tomorrow morning", ["08:00"]),
        ("8:30 Friday morning", ["08:30"]),
    ],
)
def test_a_time_is_read_in_any_words_with_all_that_it_may_mean(text: str, times: list[str]) -> None:
    assert readings(f"Shall we say {text}?", ValueKind.TIME) == [times]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("between 8 and 10 in the morning", ["08:00", "10:00"]),
        ("2-4 pm", ["14:00", "16:00"]),
        ("from 2:30 to 4 pm", ["14:30", "16:00"]),
        ("from eleven to two p.m.", ["11:00", "14:00"]),
        ("9 am to 5 pm", ["09:00", "17:00"]),
    ],
)
def test_both_times_of_a_range_take_what_is_said_once(text: str, times: list[str]) -> None:
    assert readings(f"We come {text}.", ValueKind.TIME) == [[time] for time in times]


@pytest.mark.parametrize(
    "text",
    [
        "a table for two tonight", "this evening 4 people", "eight hundred people", "$6.30",
        "6.30 dollars", "at 5 main street", "at 3 places", "between 2 and 4", "two to four people",
        "from 5 to 7", "one of two", "3.5 stars", "at 25", "at 10 %", "the score is 3 to 2",
        "ten thirty", "25:10", "12:75",
    ],
)  # fmt: skip
def test_numbers_that_are_no_time_are_left_alone(text: str) -> None:
    assert readings(f"It was {text}, I think.", ValueKind.TIME) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", ["2026-04-22"]),
        ("later today", ["2026-04-22"]),
        ("tomorrow evening", ["2026-04-23"]),
        ("the day after tomorrow", ["2026-04-24"]),
        ("the day before yesterday", ["2026-04-20"]),
        ("Friday", ["2026-04-24", "2026-04-17"]),
        ("Wednesday", ["2026-04-22", "2026-04-29"]),
        ("this Saturday", ["2026-04-25"]),
        ("next Friday", ["2026-05-01", "2026-04-24"]),
        ("next Monday", ["2026-04-27"]),
        ("next Wednesday", ["2026-04-29"]),
        ("last Monday", ["2026-04-20", "2026-04-13"]),
        ("the Monday after next", ["2026-05-04"]),
        ("Monday week", ["2026-05-04"]),
        ("Monday fortnight", ["2026-05-11"]),
        ("three weeks today", ["2026-05-13"]),
        ("a fortnight tomorrow", ["2026-05-07"]),
        ("a week on Friday", ["2026-05-01"]),
        ("the second Tuesday in May", ["2026-05-12"]),
        ("the first Wednesday of April", ["2027-04-07"]),
        ("the last day of this month", ["2026-04-30"]),
        ("the last day of next month", ["2026-05-31"]),
        ("Thursday of next week", ["2026-04-30"]),
        ("next week on Tuesday", ["2026-04-28"]),
        ("Sunday this week", ["2026-04-26"]),
        ("a week from Monday", ["2026-05-04"]),
        ("two weeks from tomorrow", ["2026-05-07"]),
        ("in ten days", ["2026-05-02"]),
        ("in a couple of weeks", ["2026-05-06"]),
        ("in a month", ["2026-05-22"]),
        ("5 days from now", ["2026-04-27"]),
        ("three days ago", ["2026-04-19"]),
        ("the 30th", ["2026-04-30", "2026-05-30"]),
        ("the 7th", ["2026-05-07", "2026-04-07"]),
        ("by the fifth", ["2026-05-05", "2026-04-05"]),
        ("the twenty-eighth", ["2026-04-28", "2026-05-28"]),
        ("the 3rd of next month", ["2026-05-03"]),
        ("25th of this month", ["2026-04-25"]),
        ("Tuesday the 5th", ["2026-05-05"]),
        ("Friday, May 1st", ["--05-01"]),
        ("the first of May", ["--05-01"]),
        ("Mon, Apr 27", ["--04-27"]),
        ("04/27/26", ["2026-04-27", "1926-04-27"]),
        ("04/27/71", ["1971-04-27", "2071-04-27"]),
        ("on 4/27", ["--04-27"]),
        ("August ninth, seventy-six", ["1976-08-09", "2076-08-09"]),
        ("Tue 4/28", ["--04-28"]),
        ("next Friday the 1st", ["2026-05-01"]),
        ("New Year's Eve", ["--12-31"]),
    ],
)
def test_a_day_counts_from_the_day_of_the_call(text: str, days: list[str]) -> None:
    assert readings(f"Can we do {text}?", ValueKind.DATE) == [days]


@pytest.mark.parametrize(
    "text", ["from the 3rd to the 9th of June", "June the 3rd through the 9th", "June 3 to the 9th"]
)
def test_one_month_is_said_for_both_days(text: str) -> None:
    days = [found[0][-5:] for found in readings(f"I stay {text}.", ValueKind.DATE)]
    assert days == ["06-03", "06-09"]


@pytest.mark.parametrize("text", ["the third Friday", "the fifth Monday in May"])
def test_the_rest_of_a_day_that_is_not_understood_is_no_day(text: str) -> None:
    assert readings(f"Can we do {text}?", ValueKind.DATE) == []


@pytest.mark.parametrize("text", ["an hour before midnight", "two hours after 5 pm"])
def test_the_rest_of_a_time_that_is_not_understood_is_no_time(text: str) -> None:
    assert readings(f"Can we do {text}?", ValueKind.TIME) == []


@pytest.mark.parametrize("text", ["this evening at seven", "this evening, seven", "tonight at 7"])
def test_a_part_of_the_day_belongs_to_the_day_and_to_the_time(text: str) -> None:
    assert readings(text, ValueKind.DATETIME) == [["2026-04-22T19:00"]]


def test_without_a_day_of_the_call_a_relative_day_has_no_value() -> None:
    text = "Tomorrow, next Friday, the 7th, in two weeks or April 9th"
    assert readings(text, ValueKind.DATE, today=None) == [["--04-09"]]


@pytest.mark.parametrize(
    "text",
    [
        "the 2nd floor", "5th Avenue", "the second option", "a day later", "for 3 days",
        "the first one", "TGI Friday's", "weekend", "24/7", "at 1/2 price", "February 30th",
    ],
)  # fmt: skip
def test_words_that_name_no_day_are_left_alone(text: str) -> None:
    assert readings(f"I took {text}.", ValueKind.DATE) == []


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("tomorrow at half past five", ["2026-04-23T17:30", "2026-04-23T05:30"]),
        ("tomorrow evening at 6", ["2026-04-23T18:00"]),
        ("5 pm on Tuesday the 5th", ["2026-05-05T17:00"]),
        ("April 25th, 2026 at noon", ["2026-04-25T12:00"]),
        ("2026-04-25T17:30:00Z", ["2026-04-25T17:30"]),
        ("May 2 at 9:15 am", ["--05-02T09:15"]),
    ],
)
def test_a_day_and_the_time_beside_it_are_one_moment(text: str, moments: list[str]) -> None:
    assert readings(f"See you {text}.", ValueKind.DATETIME) == [moments]


def test_a_day_and_a_time_that_stand_apart_are_no_moment() -> None:
    text = "I leave tomorrow. The shop closes at 6 pm."
    assert readings(text, ValueKind.DATETIME) == []


@pytest.mark.parametrize(
    ("one", "other", "kind", "same"),
    [
        ("2026-04-25", "--04-25", ValueKind.DATE, True),
        ("2026-04-25", "2025-04-25", ValueKind.DATE, False),
        ("17:30", "5:30", ValueKind.TIME, True),
        ("05:30", "5:30", ValueKind.TIME, True),
        ("17:30", "05:30", ValueKind.TIME, False),
        ("--04-25T05:30", "2026-04-25T5:30", ValueKind.DATETIME, True),
        ("--04-25T05:30", "2026-04-26T5:30", ValueKind.DATETIME, False),
        ("14155550123", "4155550123", ValueKind.PHONE, True),
        ("442079460958", "02079460958", ValueKind.PHONE, True),
        ("4155550123", "5550123", ValueKind.PHONE, False),
        ("4", "4", ValueKind.COUNT, True),
        ("4", "14", ValueKind.COUNT, False),
    ],
)
def test_values_are_the_same_as_far_as_both_tell(
    one: str, other: str, kind: ValueKind, same: bool
) -> None:
    assert same_value(one, other, kind) is same
    assert same_value(other, one, kind) is same


@settings(max_examples=200, deadline=None)
@given(st.times(), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_moment_that_is_said_is_found_whatever_today_is(time, today) -> None:
    value = f"2026-04-25T{time:%H:%M}"
    spoken = ENGLISH.speak(value, ValueKind.DATETIME)
    found = ENGLISH.find(f"It is {spoken}, right?", ValueKind.DATETIME, today)
    assert [one.value for one in found] == [value]
