"""Which written values are values of their kind: those that pass can be spoken and found again."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.language.en.numbers import LARGEST
from harness.language.values import ValueKind, can_be_said

GOOD = {
    ValueKind.DATE: ("2026-04-05", "--04-25", "--02-29", "April 5, 2026", "04/25/2026",
                     "April fifth, twenty twenty-six", "2099-12-31", "1900-01-01", "2005-06-07"),
    ValueKind.AMOUNT: ("20", "$20.50", "€3", "1,000", "twenty", f"{LARGEST}.99", "0"),
    ValueKind.PHONE: ("555-0123", "+1 (555) 012.3456", "911"),
    ValueKind.EMAIL: ("a@b.co", "jo.x+y_z%1@mail.example.com", "JO@EXAMPLE.COM"),
    ValueKind.ID: ("ORD-4715B", "#12", "a b 1", "42", "x_1/2.3+4"),
    ValueKind.TEXT: ("blue", "7"),
    ValueKind.NAME: ("Zoë",),
    ValueKind.TIME: ("17:30", "00:00", "09:05", "5:30 pm", "noon", "half past 6 in the morning"),
    ValueKind.DATETIME: ("2026-04-25T17:30", "2026-04-25 09:00:00", "2026-12-01T08:15:00+02:00",
                         "--04-25T12:00", "May 2nd, 2026 at 7 am"),
    ValueKind.COUNT: ("4", "0", "twelve", "a couple", "3.0"),
    ValueKind.ADDRESS: ("12 Oak St.",),
}  # fmt: skip
BAD = {
    ValueKind.DATE: ("1984-17-19", "2026-02-30", "25/04/2026", "tomorrow", "0000-01-01", "--13-01",
                     "2026-04", "1850-01-01", "12:30"),
    ValueKind.AMOUNT: ("-5", "1000000000", "12.345", "free", "$", "1 or 2"),
    ValueKind.PHONE: ("555-CALL", "12", "1" * 16, "+", "five five five"),
    ValueKind.EMAIL: ("a@b", "a b@c.de", "x", "a@b.co c@d.co", "@b.co"),
    ValueKind.ID: ("Ä12", "---", "A*1", "４２"),
    ValueKind.TEXT: ("?!", "…"),
    ValueKind.NAME: ("-",),
    ValueKind.TIME: ("24:10", "5:30", "17:65", "later", "2026-04-25"),
    ValueKind.DATETIME: ("2026-04-25", "17:30", "2026-02-30T10:00", "tomorrow at 5 pm"),
    ValueKind.COUNT: ("-1", "2.5", "many", "1 or 2"),
    ValueKind.ADDRESS: (",",),
}  # fmt: skip


@pytest.mark.parametrize("kind", ValueKind)
def test_a_good_value_is_spoken_in_words_that_say_it(kind: ValueKind) -> None:
    for value in GOOD[kind]:
        assert ENGLISH.problem(value, kind) is None, value
        spoken = ENGLISH.speak(value, kind)
        assert can_be_said(spoken)
        if kind not in (ValueKind.ADDRESS, ValueKind.EMAIL):
            assert ENGLISH.normalize(spoken, kind) == ENGLISH.normalize(value, kind), value


@pytest.mark.parametrize("kind", ValueKind)
def test_what_is_no_such_value_is_told_what_is_allowed_and_still_breaks_nothing(
    kind: ValueKind,
) -> None:
    for value in BAD[kind]:
        problem = ENGLISH.problem(value, kind)
        assert problem is not None, value
        assert problem.startswith("expected ")


@pytest.mark.parametrize("value", [day for day in BAD[ValueKind.DATE] if day[:2] != "18"])
def test_a_date_that_does_not_exist_is_spoken_as_it_stands(value: str) -> None:
    assert ENGLISH.speak(value, ValueKind.DATE) == value
