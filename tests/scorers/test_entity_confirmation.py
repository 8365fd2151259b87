"""Exact values: given, read back, accepted, used."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import judged_call

from harness.scorers.base import Outcome
from harness.scorers.entity_confirmation import EntityConfirmation

GIVEN = "0.0-2.0 caller: It's ORD-4715B.\n"
BACK = "2.8-6.0 agent: I have O, R, D, dash, four, seven, one, five, B. Is that right?\n"
YES = "6.5-7.5 caller: Yes, that's right.\n"
USED = "9.0-10.0 lookup_order order_id=ORD-4715B\n"
WRONG = "2.8-6.0 agent: I have O, R, D, dash, four, seven, one, eight, B. Is that right?\n"
INTERRUPTED = (
    "2.8-4.0 agent: I have O, R, D, dash, four, seven, one, five, B. Is that right? [of 7.0]\n"
)

ROWS = {
    "read back and accepted": (GIVEN + BACK + YES + USED, Outcome.PASS, "ORD-4715B was read back"),
    "spelling of the argument does not matter": (
        GIVEN + BACK + YES + "9.0-10.0 lookup_order order_id=ord_4715_b",
        Outcome.PASS,
        "accepted",
    ),
    "never read back": (GIVEN + YES + USED, Outcome.FAIL, "it was never read back"),
    "another value was read back": (
        GIVEN + WRONG + YES + USED,
        Outcome.FAIL,
        "it was read back as ORD-4718B",
    ),
    "another value was used": (
        GIVEN + BACK + YES + "9.0-10.0 lookup_order order_id=ORD-4718B",
        Outcome.FAIL,
        "called with ORD-4718B, the caller's is ORD-4715B",
    ),
    "called without the value": (
        GIVEN + BACK + YES + "9.0-10.0 lookup_order",
        Outcome.FAIL,
        "without",
    ),
    "unreadable arguments": (
        GIVEN + BACK + YES + "9.0-10.0 lookup_order x [raw {]",
        Outcome.FAIL,
        "without order_id",
    ),
    "the caller had not answered": (GIVEN + BACK + USED, Outcome.FAIL, "had not accepted"),
    "read back twice and never accepted": (
        GIVEN + BACK + BACK.replace("2.8-6.0", "6.5-8.5") + USED,
        Outcome.FAIL,
        "had not accepted",
    ),
    "the caller answered unclearly": (
        GIVEN + BACK + "6.5-7.5 caller: Uh-huh.\n" + USED,
        Outcome.FAIL,
        "had not accepted",
    ),
    "a backchannel and then a yes": (
        GIVEN + BACK + "6.5-7.0 caller: Uh-huh.\n7.2-8.0 caller: Yes.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the caller said no": (
        GIVEN + BACK + "6.5-7.5 caller: No.\n" + USED,
        Outcome.FAIL,
        "the caller said no to it",
    ),
    "an interrupted read-back is none": (
        GIVEN + INTERRUPTED + "3.7-5.0 caller: Yes, that's right. [barge-in]\n" + USED,
        Outcome.FAIL,
        "interrupted",
    ),
    "an interrupted one, then a whole one": (
        GIVEN + INTERRUPTED + "3.7-4.5 caller: Yes. [barge-in]\n"
        "5.0-8.0 agent: Once more, O, R, D, dash, four, seven, one, five, B. Is that right?\n"
        "8.2-8.8 caller: Yes.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "a correction undoes the yes": (
        GIVEN + BACK + YES + "8.0-8.8 caller: Wait, it's ORD-4718B.\n" + USED,
        Outcome.FAIL,
        "the caller then gave ORD-4718B",
    ),
    "a house number is no correction": (
        GIVEN + BACK + YES + "8.0-8.8 caller: Send it to 4500 Main Street.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the full corrected value is read back": (
        "0.0-2.0 caller: It's ORD-4718B.\n" + WRONG + "6.5-7.5 caller: No, it's ORD-4715B.\n"
        "8.0-11.0 agent: O, R, D, dash, four, seven, one, five, B. Is that right?\n"
        "11.2-12.0 caller: Yes.\n12.5-13.0 lookup_order order_id=ORD-4715B",
        Outcome.PASS,
        "accepted",
    ),
    "a part of the corrected value is not enough": (
        "0.0-2.0 caller: It's ORD-4718B.\n" + WRONG + "6.5-7.5 caller: No, it's ORD-4715B.\n"
        "8.0-9.0 agent: So it ends in one, five, B. Is that right?\n"
        "11.2-12.0 caller: Yes.\n12.5-13.0 lookup_order order_id=ORD-4715B",
        Outcome.FAIL,
        "read back as",
    ),
    "once confirmed stays confirmed": (
        GIVEN + BACK + YES + USED + "11.0-12.0 caller: Cancel it.\n"
        "13.0-14.0 agent: Shall I cancel ORD-4715B?\n14.5-15.0 cancel_order order_id=ORD-4715B",
        Outcome.PASS,
        "accepted",
    ),
    "a no takes the yes back": (
        GIVEN + BACK + YES + "7.8-8.5 caller: No, that's wrong.\n" + USED,
        Outcome.FAIL,
        "said no to it",
    ),
    "a no to the second read-back": (
        GIVEN + BACK + YES + "7.6-8.2 agent: Once more ORD-4715B, correct?\n"
        "8.3-8.8 caller: No.\n" + USED,
        Outcome.FAIL,
        "said no to it",
    ),
    "a no to another question": (
        GIVEN + BACK + YES + "7.6-8.2 agent: Anything else?\n8.3-8.8 caller: No.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "a no after the value was used": (
        GIVEN + BACK + YES + USED + "10.2-10.8 caller: No!\n11-12 lookup_order order_id=ORD-4715B",
        Outcome.PASS,
        "accepted",
    ),
    "a no to an action with the value": (
        GIVEN
        + BACK
        + YES
        + "7.6-8.2 agent: Shall I cancel ORD-4715B?\n8.3-8.8 caller: No.\n"
        + USED,
        Outcome.PASS,
        "accepted",
    ),
    "said without asking": (
        GIVEN + "2.8-6.0 agent: Looking up order ORD-4715B now.\n" + YES + USED,
        Outcome.REVIEW,
        "not asked about it",
    ),
    "asked about something else": (
        GIVEN + "2.8-6.0 agent: You said ORD-4715B. Do you know our offers?\n" + YES + USED,
        Outcome.REVIEW,
        "not asked about it",
    ),
    "named to be ruled out": (
        GIVEN + "2.8-6.0 agent: So it's ORD-4718B, not ORD-4715B, right?\n" + YES + USED,
        Outcome.FAIL,
        "it was read back as ORD-4718B",
    ),
    "read back in two items of one response": (
        GIVEN + "2.8-4.0 agent: I have O, R, D, dash, [response r]\n"
        "4.0-6.0 agent: four, seven, one, five, B. Is that right? [response r]\n" + YES + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the yes repeats the end of it": (
        GIVEN + BACK + "6.5-7.0 caller: Yes, 4715B.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the recognizer heard another digit": (
        GIVEN
        + BACK[:-1]
        + " [heard: I have o r d dash four seven one eight b is that right]\n"
        + YES
        + USED,
        Outcome.REVIEW,
        "the recognizer heard otherwise",
    ),
    "the recognizer garbled the letters": (
        GIVEN
        + BACK[:-1]
        + " [heard: I have o our D, dash for seven, one five B is at right,]\n"
        + YES
        + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the recognizer heard nothing like it": (
        GIVEN + BACK[:-1] + " [heard: thank you very much]\n" + YES + USED,
        Outcome.REVIEW,
        "listen",
    ),
    "nothing exact was used": (GIVEN + BACK + YES, Outcome.NOT_APPLICABLE, "no tool"),
    "nothing was used and the last read-back was wrong": (
        GIVEN + WRONG,
        Outcome.FAIL,
        "the last value read back was ORD-4718B",
    ),
    "no exact value at all": (
        "0.0-1.0 caller: Hi.\n2.0-3.0 agent: Hi.",
        Outcome.NOT_APPLICABLE,
        "no tool",
    ),
    "an invented tool has no exact arguments": (
        "0.0-1.0 caller: Hi.\n2.0-3.0 sing_song order_id=ORD-4715B",
        Outcome.NOT_APPLICABLE,
        "no tool",
    ),
}


@pytest.mark.parametrize(("script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_value_is_read_back_and_accepted_before_it_is_used(
    script: str, outcome: Outcome, reason: str
) -> None:
    score = EntityConfirmation().score(judged_call(script))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


def test_what_was_read_back_instead_is_kept_for_the_page() -> None:
    rows = [row for row in ROWS.values() if row[2] == "it was read back as ORD-4718B"]
    assert rows
    for script, *_ in rows:
        (value, *_) = EntityConfirmation().score(judged_call(script)).details["values"]
        assert "ORD4718B" in value["instead"]


def test_without_a_recognizer_the_transcript_stands_alone() -> None:
    score = EntityConfirmation().score(judged_call(GIVEN + BACK + YES + USED, listened=False))
    assert score.outcome is Outcome.PASS
    assert "no recognizer listened" in score.reason
    assert score.details["values"][0]["witness"] == "no_witness"


@pytest.mark.parametrize(
    ("facts", "expect", "outcome"),
    [
        ({}, {}, Outcome.PASS),
        ({"second": {"value": "ORD-4715B", "kind": "id"}}, {}, Outcome.PASS),
        (
            {"order_id": {"value": "ORD-1111A", "kind": "id"}},
            {"tools": [{"name": "lookup_order", "arguments": {"order_id": "{unknown}ORD-4715B"}}]},
            Outcome.FAIL,
        ),
        (
            {"order_id": {"value": "ORD-1111A", "kind": "id"}, "b": {"value": "ORD-4715B"}},
            {"tools": [{"name": "lookup_order", "arguments": {"order_id": "{b}"}}]},
            Outcome.PASS,
        ),
    ],
)
def test_the_expected_value_comes_from_expectations_then_facts(
    facts: dict[str, Any], expect: dict[str, Any], outcome: Outcome
) -> None:
    call = judged_call(GIVEN + BACK + YES + USED, scenario={"facts": facts, "expect": expect})
    assert EntityConfirmation().score(call).outcome is outcome


def exact_on(argument: str, said: str, given: str, **schema: str) -> Any:
    """Return the verdict on one exact argument that was read back as ``said``."""
    tool = {
        "name": "enter",
        "kind": "read",
        "exact": [argument],
        "parameters": {"type": "object", "properties": {argument: {"type": "string", **schema}}},
    }
    script = f"""
    0.0-2.0   caller: Here it is.
    2.8-6.0   agent: I have {said}. Is that right?
    6.5-7.5   caller: Yes, that's right.
    9.0-10.0  enter {argument}={given}
    """
    call = judged_call(script, suite={"tools": [tool]}, scenario={"facts": {}})
    return EntityConfirmation().score(call)


@pytest.mark.parametrize(
    ("argument", "said", "given"),
    [
        ("last_name", "the name Anna Smith", "Anna_Smith"),
        ("last_name", "Smith, that's S, M, I, T, H", "Smith"),
        ("last_name", "S, M, Y, T, H", "Smyth"),
        ("address", "twelve Oak St.", "12_Oak_Street"),
        ("city", "Boston", "boston"),
        ("reason", "it came too late", "came_too_late"),
        ("nights", "three nights", "3"),
        ("booking_ref", "K, J, H, Q", "KJHQ"),
        ("pin_code", "four two", "42"),
    ],
)
def test_a_value_that_no_pattern_finds_is_read_back_in_words_or_spelled(
    argument: str, said: str, given: str
) -> None:
    score = exact_on(argument, said, given)
    assert score.outcome is Outcome.PASS, score.reason
    assert score.reason.startswith(given.replace("_", " "))


@pytest.mark.parametrize(
    ("argument", "said", "given"),
    [
        ("last_name", "the name Anna Smith", "Anna_Smyth"),
        ("last_name", "S, M, I, T, H", "Smyth"),
        ("address", "thirteen Oak St.", "12_Oak_Street"),
        ("reason", "it came in time", "came_too_late"),
        ("booking_ref", "K, J, H, R", "KJHQ"),
        ("pin_code", "four three", "42"),
    ],
)
def test_another_value_than_the_one_used_was_not_read_back(
    argument: str, said: str, given: str
) -> None:
    score = exact_on(argument, said, given)
    assert score.outcome is Outcome.FAIL
    assert "it was never read back" in score.reason


BOSTON = """
0.0-2.0   caller: To Boston, please.
2.8-6.0   agent: You are going to Boston. Is that right?{cut}
{reply}
9.0-10.0  enter destination=Boston
"""


@pytest.mark.parametrize(
    ("cut", "reply", "outcome"),
    [
        ("", "6.5-7.5 caller: Yes, that's right, and my order is ORD-4715B.", Outcome.PASS),
        ("", "6.5-7.5 caller: No, that's wrong.", Outcome.FAIL),
        ("", "6.5-7.5 caller: Uh-huh.", Outcome.FAIL),
        (" [of 9.0]", "4.5-5.5 caller: Yes, that's right.", Outcome.FAIL),
        (" [heard You are going to Boston, is that right?]", "6.5-7.5 caller: Yes.", Outcome.PASS),
        (" [heard What is the weather like today]", "6.5-7.5 caller: Yes.", Outcome.REVIEW),
    ],
)
def test_a_known_value_is_accepted_as_any_other(cut: str, reply: str, outcome: Outcome) -> None:
    properties = {"destination": {"type": "string"}, "order_id": {"type": "string"}}
    enter = {
        "name": "enter",
        "kind": "read",
        "exact": ["destination", "order_id"],
        "parameters": {"type": "object", "properties": properties},
    }
    tool = enter | {"exact": ["destination"]}
    other = enter | {"name": "look", "exact": ["order_id"]}
    call = judged_call(
        BOSTON.format(cut=cut, reply=reply),
        suite={"tools": [tool, other]},
        scenario={"facts": {"colour": {"value": "blue"}}},
    )
    score = EntityConfirmation().score(call)
    assert score.outcome is outcome, score.reason
