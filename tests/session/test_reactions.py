"""Triggers of a caller's answer rules, in order and within their number of uses."""

from __future__ import annotations

from support.english import ENGLISH

from harness.language.values import ValueKind
from harness.scenario.model import Fact
from harness.scenario.script import Answer
from harness.session.director import Reactions

FACTS = {"order_id": Fact(value="ORD-4715B", kind=ValueKind.ID)}
ASKED = Answer(if_agent_asks="is that right", say="Yes.", times=2)
WRONG = Answer(if_agent_says_wrong="order_id", say="No, {order_id}.")


def test_the_first_rule_that_applies_is_chosen() -> None:
    read_back = "I have O, R, D, dash, 4, 7, 1, 5, D. Is that right?"
    assert Reactions((WRONG, ASKED), FACTS, ENGLISH).to_words(read_back) == 0
    assert Reactions((ASKED, WRONG), FACTS, ENGLISH).to_words(read_back) == 0
    assert (
        Reactions((WRONG, ASKED), FACTS, ENGLISH).to_words("I have ORD-4715B. Is that right?") == 1
    )


def test_a_rule_is_used_no_more_often_than_it_allows() -> None:
    reactions = Reactions((ASKED,), FACTS, ENGLISH)
    assert [reactions.to_words("IS THAT RIGHT?") for _ in range(3)] == [0, 0, None]


def test_words_that_hold_no_value_are_no_wrong_value() -> None:
    assert Reactions((WRONG,), FACTS, ENGLISH).to_words("One moment, please.") is None


def test_the_same_value_in_another_form_is_no_wrong_value() -> None:
    facts = {"phone": Fact(value="312-555-0168", kind=ValueKind.PHONE)}
    wrong = Answer(if_agent_says_wrong="phone", say="No, {phone}.")
    for said, index in (("+1 (312) 555-0168?", None), ("312 555 0186?", 0)):
        assert Reactions((wrong,), facts, ENGLISH).to_words(said) == index


def test_other_counts_and_times_beside_the_right_one_are_no_wrong_value() -> None:
    facts = {
        "guests": Fact(value="4", kind=ValueKind.COUNT),
        "time": Fact(value="19:00", kind=ValueKind.TIME),
    }
    guests = Answer(if_agent_says_wrong="guests", say="No, for {guests}.")
    time = Answer(if_agent_says_wrong="time", say="No, at {time}.")
    for said, index in (
        ("A table for four at 7, for two hours. Is that right?", None),
        ("A table for five at 7, for two hours. Is that right?", 0),
        ("A table for four at 8, for two hours. Is that right?", 1),
    ):
        assert Reactions((guests, time), facts, ENGLISH).to_words(said) == index


def test_silence_sets_nothing_off() -> None:
    assert (
        Reactions((Answer(if_agent_asks=".?", say="Hello?"),), FACTS, ENGLISH).to_words("") is None
    )
