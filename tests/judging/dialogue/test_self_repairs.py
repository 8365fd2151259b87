"""Slips that a caller takes back in the same breath, and phrases that only look like slips."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.judging.dialogue.self_repairs import as_meant, surely_meant
from harness.language.language import language_named
from harness.language.values import ValueKind

ID, TIME, PHONE, COUNT = ValueKind.ID, ValueKind.TIME, ValueKind.PHONE, ValueKind.COUNT
AMOUNT = ValueKind.AMOUNT

ROWS = [
    (ID, "It's ORD-4718B, no, sorry, ORD-4715B.", "It's ORD-4715B."),
    (ID, "It's ORD-4718B. No, it's ORD-4715B.", "It's ORD-4715B."),
    (ID, "ORD-4718B, uh, I mean ORD-4716B, no, ORD-4715B, please.", "ORD-4715B, please."),
    (ID, "Yes, four seven one eight, no, four seven one five.", "Yes, four seven one five."),
    (TIME, "At five thirty, or rather at six thirty.", "At six thirty."),
    (ID, "It's four seven one five, no, one six.", "It's four seven one six."),
    (ID, "Order three one, no, three two.", "Order three two."),
    (ID, "It's four seven one, no, two five.", None),
    (PHONE, "It's 312 555 0168, scratch that, 312 555 0186.", "It's 312 555 0186."),
    (AMOUNT, "I'd pay 20, no, 15 dollars.", "I'd pay 15 dollars."),
    (AMOUNT, "I'd pay 20 dollars. No, I'd pay 15 dollars.", "I'd pay 15 dollars."),
    (COUNT, "Five pens, no, fifteen pens.", "fifteen pens."),
    (COUNT, "Five pens, no, fifteen.", "fifteen."),
    (TIME, "At seven p.m., no, seven thirty.", "At seven thirty."),
    # no slips
    (COUNT, "Five pens. Sorry, two items are missing.", None),
    (COUNT, "Five pens, no, fifteen pencils.", None),
    (COUNT, "Five pens, wait, one moment.", None),
    (COUNT, "For four, wait, one moment.", None),
    (AMOUNT, "It's 15 dollars. Sorry, 2 items are missing.", None),
    (TIME, "At six, sorry, two of you.", None),
    (ID, "It's not ORD-4718B, no, ORD-4715B.", None),
    (ID, "Not ORD-4718B, ORD-4715B.", None),
    (ID, "ORD-4718B? No, ORD-4715B.", None),
    (ID, "ORD-4718B and ORD-4715B.", None),
    (ID, "Cancel ORD-4718B, no, I want you to keep ORD-4715B.", None),
    (ID, "It's ORD-4718B, no.", None),
    (ID, "No, sorry, it's ORD-4715B.", None),
]


@pytest.mark.parametrize(("kind", "said", "meant"), ROWS)
def test_what_is_taken_back_at_once_was_not_said(
    kind: ValueKind, said: str, meant: str | None
) -> None:
    assert as_meant(said, (kind,), ENGLISH) == (said if meant is None else meant)


def test_german_callers_take_back_as_well() -> None:
    german = language_named("de")
    said = "Es ist BK-3682R, nein, Entschuldigung, BK-8263M."
    assert as_meant(said, (ID,), german) == "Es ist BK-8263M."
    kept = "Nicht BK-3682R, nein, BK-8263M."
    assert as_meant(kept, (ID,), german) == kept


def test_kinds_are_looked_at_one_by_one() -> None:
    said = "Five people, no, six, at ORD-4718B, sorry, ORD-4715B."
    assert as_meant(said, (ID,), ENGLISH) == "Five people, no, six, at ORD-4715B."


def test_of_the_agents_words_only_what_is_surely_taken_back_goes() -> None:
    said = "I'd pay 15 dollars, no, 20 dollars. Sorry, 25 dollars is the fee."
    meant = "I'd pay 20 dollars. Sorry, 25 dollars is the fee."
    assert surely_meant(said, (AMOUNT,), ENGLISH) == meant
    assert as_meant(said, (AMOUNT,), ENGLISH) == "I'd pay 25 dollars is the fee."
