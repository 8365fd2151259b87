"""Exact values: given, read back, accepted, used."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.scorers.base import Outcome
from harness.judging.scorers.entity_confirmation import EntityConfirmation

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
    "a slip in the first words is no value": (
        "0.0-2.0 caller: It's ORD-4718B, no, sorry, ORD-4715B.\n" + BACK + YES + USED,
        Outcome.PASS,
        "accepted",
    ),
    "an agent that took the slip": (
        "0.0-2.0 caller: It's ORD-4718B, no, sorry, ORD-4715B.\n"
        + WRONG
        + YES
        + "9.0-10.0 lookup_order order_id=ORD-4718B",
        Outcome.FAIL,
        "called with ORD-4718B, the caller's is ORD-4715B",
    ),
    "a slip beside the yes, taken back in the same breath": (
        GIVEN + BACK + "6.5-8.0 caller: Yes, ORD-4718B, no, sorry, ORD-4715B.\n" + USED,
        Outcome.PASS,
        "accepted",
    ),
    "said digit by digit": (
        GIVEN
        + BACK
        + "6.5-8.0 caller: Yes, four seven one eight, uh, no, four seven one five, B.\n"
        + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the right one taken back in the same breath": (
        GIVEN + BACK + YES + "8.0-8.8 caller: It's ORD-4715B, no, wait, ORD-4718B.\n" + USED,
        Outcome.FAIL,
        "the caller then gave ORD-4718B",
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
        "8.0-9.14 agent: So it ends in one, five, B. Is that right?\n"
        "11.2-12.0 caller: Yes.\n12.5-13.0 lookup_order order_id=ORD-4715B",
        Outcome.FAIL,
        "read back as",
    ),
    "once confirmed stays confirmed": (
        GIVEN + BACK + YES + USED + "11.0-12.0 caller: Cancel it.\n"
        "13.0-14.52 agent: Shall I cancel ORD-4715B?\n14.5-15.0 cancel_order order_id=ORD-4715B",
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
        + "7.6-9.12 agent: Shall I cancel ORD-4715B?\n8.3-8.8 caller: No.\n"
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
    "the recognizer is sure of it": (
        GIVEN + BACK[:-1] + " [heard: mumble] [sure ORD4715B 0.99]\n" + YES + USED,
        Outcome.PASS,
        "accepted",
    ),
    "the recognizer cannot tell": (
        GIVEN + BACK[:-1] + " [sure ORD4715B 0.3]\n" + YES + USED,
        Outcome.REVIEW,
        "the recognizer could not tell: listen",
    ),
    "the recognizer weighed it and found another": (
        GIVEN + BACK[:-1] + " [sure ORD4715B 0.001]\n" + YES + USED,
        Outcome.REVIEW,
        "the recognizer heard otherwise",
    ),
    "only the recognizer heard it": (
        GIVEN + "3.0-6.0 agent: Got it. [heard: got o r d dash four seven one five b]\n" + USED,
        Outcome.REVIEW,
        "",
    ),
    "only the recognizer heard it, after the call": (
        GIVEN + USED + "9.5-11.0 agent: Got it. [heard: got o r d dash four seven one five b]\n",
        Outcome.FAIL,
        "never read back",
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


TICKET = "3.0-5.5 agent: Your ticket is T, K, dash, nine, nine, one, seven.\n"
GIVEN_AGAIN = "6.0-7.5 caller: As I said, ORD-4715B.\n"


@pytest.mark.parametrize(
    ("script", "spans", "considered"),
    [
        (GIVEN + TICKET + GIVEN_AGAIN + USED, [(2.0, 9.0), (9.0, 9.0)], ["TK9917"]),
        (GIVEN + GIVEN_AGAIN + USED, [(2.0, 9.0), (9.0, 9.0)], []),
        ("0.0-2.0 caller: Where is my order?\n" + USED, [(0.0, 9.0), (9.0, 9.0)], []),
    ],
)
def test_a_missing_read_back_is_heard_from_where_the_value_was_given_to_its_use(
    script: str, spans: list[tuple[float, float]], considered: list[str]
) -> None:
    score = EntityConfirmation().score(judged_call(script))
    assert "it was never read back" in score.reason
    assert [(one.start_s, one.end_s) for one in score.evidence] == spans
    assert [one.label for one in score.evidence] == ["no read-back", "lookup_order"]
    (value,) = score.details["values"]
    assert [back["read_back"] for back in value["considered"]] == considered


def test_a_missing_read_back_lists_the_last_of_many_others() -> None:
    numbers = "".join(
        f"{2.1 + at:.1f}-{2.9 + at:.1f} agent: Your ticket is TK-991{at}.\n" for at in range(6)
    )
    (value,) = EntityConfirmation().score(judged_call(GIVEN + numbers + USED)).details["values"]
    assert [back["read_back"] for back in value["considered"]] == [
        "TK9911", "TK9912", "TK9913", "TK9914", "TK9915",
    ]  # fmt: skip


def test_only_a_missing_read_back_lists_the_read_backs_that_were_considered() -> None:
    for script in (GIVEN + BACK + YES + USED, GIVEN + WRONG + YES + USED):
        score = EntityConfirmation().score(judged_call(script))
        assert "considered" not in score.details["values"][0]
        assert score.evidence[0].label == "read-back"


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
    """Return the verdict on an exact argument that was read back as ``said``."""
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
    ("argument", "said", "given", "reason"),
    [
        ("last_name", "the name Anna Gomez", "Ben_Keller", "never read back"),
        ("last_name", "S, M, I, T, H", "Smyth", "read back as smith"),
        ("last_name", "Smyth, spelled S-M-I-T-H", "Smyth", "read back as smith"),
        ("address", "thirteen Oak St.", "12_Oak_Street", "never read back"),
        ("address", "12 Oak Avenue", "12_Oak_Street", "never read back"),
        ("address", "12 Oak Street", "12_Oak_Street_Riverton", "never read back"),
        ("reason", "it came in time", "came_too_late", "never read back"),
        ("booking_ref", "K, J, H, R", "KJHQ", "read back as KJHR"),
        ("booking_ref", "K, J, H", "KJHQ", "read back as KJH"),
        ("pin_code", "four three", "42", "never read back"),
        ("pin_code", "four two one", "42", "never read back"),
    ],
)
def test_another_value_than_the_one_used_was_not_read_back(
    argument: str, said: str, given: str, reason: str
) -> None:
    score = exact_on(argument, said, given)
    assert (score.outcome, reason in score.reason) == (Outcome.FAIL, True), score.reason


@pytest.mark.parametrize(
    ("argument", "said", "given", "question"),
    [
        ("last_name", "Anna Smith", "Anna_Smyth", "did the agent read back 'Anna Smyth' at 0:0"),
        ("last_name", "Chan", "Chen", "The words: 'Chan'"),
        ("last_name", "Robert", "Roberts", "The words: 'Robert'"),
        ("last_name", "Anna Schmidt", "Anna_Smith", "did the agent read back"),
        ("address", "12 Oak Street in Old Town", "12_Oak_Street_Riverton", "did the agent"),
        ("reason", "too late is how it came", "came_too_late", "did the agent read back"),
        ("email", "ana koza at example dot net", "anakoza@example.net", "did the agent read back"),
        ("ticket_id", "4-O-7-1", "4071", "did the agent read back '4071' at"),
    ],
)
def test_words_that_nobody_can_read_for_sure_are_for_a_listener(
    argument: str, said: str, given: str, question: str
) -> None:
    score = exact_on(argument, said, given)
    assert (score.outcome, question in score.reason) == (Outcome.REVIEW, True), score.reason


def booked(
    rows: str,
    *,
    facts: dict[str, Any] | None = None,
    tool: dict[str, Any] | None = None,
    **suite: Any,
) -> Any:
    """Return the verdict on a call of a desk that looks up bookings by an exact reference."""
    properties = {"ref": {"type": "string"}}
    look = {
        "name": "look",
        "kind": "read",
        "exact": ["ref"],
        "kinds": {"ref": "id"},
        "parameters": {"type": "object", "properties": properties},
    }
    tools = [look | (tool or {})]
    call = judged_call(rows, suite={"tools": tools, **suite}, scenario={"facts": facts or {}})
    return EntityConfirmation().score(call)


SAID = """
0.0-2.0   caller: It's {given}.
2.8-6.0   agent: I have {said}. Is that right?
6.5-7.5   caller: {reply}
9.0-10.0  look ref={used}
"""


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ("six, zero, two, nine, four", Outcome.PASS, "was read back"),
        ("6… 0… 2… 9… 4", Outcome.PASS, "was read back"),
        ("six, oh, two, nine, four", Outcome.PASS, "was read back"),
        ("60294", Outcome.REVIEW, "read back one by one at 0:0"),
        ("602, 94", Outcome.REVIEW, "The words: '602, 94'"),
        ("sixty, two, ninety-four", Outcome.FAIL, "it was not read back digit by digit"),
        ("sixty thousand two hundred ninety-four", Outcome.FAIL, "not read back digit by digit"),
    ],
)
def test_digits_are_read_back_one_by_one_where_the_suite_wants_it(
    said: str, outcome: Outcome, reason: str
) -> None:
    rows = SAID.format(given="60294", said=said, reply="Yes.", used="60294")
    score = booked(rows, digit_by_digit="required")
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
    assert booked(rows).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("given", "said", "used", "outcome", "reason"),
    [
        ("KD-987", "K, D, dash, nine, eight, seven", "KD-987", Outcome.PASS, "read back"),
        ("KD-987", "K, D, hyphen, nine, eight, seven", "KD-987", Outcome.PASS, "read back"),
        ("KD-987", "KD-987", "KD-987", Outcome.PASS, "read back"),
        ("KD987", "K-D-9-8-7", "KD987", Outcome.PASS, "read back"),
        ("KD987", "K, D, nine, eight, seven", "KD987", Outcome.PASS, "read back"),
        ("KD-987", "K, D, nine, eight, seven", "KD-987", Outcome.FAIL, "with other signs"),
        ("KD987", "K, D, dash, nine, eight, seven", "KD987", Outcome.FAIL, "with other signs"),
        ("KD-987", "K, D, slash, nine, eight, seven", "KD-987", Outcome.FAIL, "other signs"),
        ("KD-987", "KD-987", "KD987", Outcome.FAIL, "called with KD987, the caller's is KD-987"),
        ("the usual", "K-D-9-8-7", "KD-987", Outcome.REVIEW, "the signs of KD-987 said at 0:0"),
        ("one nineteen", "one nineteen", "1-19", Outcome.REVIEW, "the signs of 1-19 said at 0:0"),
        ("one dash nineteen", "one nineteen", "1-19", Outcome.PASS, "read back"),
        ("one, one, nine", "one nineteen", "119", Outcome.PASS, "read back"),
        ("one, one, nine", "one one nine", "1-19", Outcome.FAIL, "with other signs"),
    ],
)
def test_signs_between_characters_count_where_the_suite_keeps_them(
    given: str, said: str, used: str, outcome: Outcome, reason: str
) -> None:
    rows = SAID.format(given=given, said=said, reply="Yes.", used=used)
    facts = {"ref": {"value": given, "kind": "id"}} if given.startswith("KD") else {}
    score = booked(rows, facts=facts, tool={"separators": {"ref": "keep"}})
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        ("1-19.", Outcome.PASS, "read back"),
        ("Yes, 1-19.", Outcome.PASS, "read back"),
        ("Yes.", Outcome.REVIEW, "did the caller choose 1-19 at 0:0"),
    ],
)
def test_a_choice_between_two_readings_is_settled_by_naming_one(
    reply: str, outcome: Outcome, reason: str
) -> None:
    rows = SAID.format(given="one nineteen", said="119 or 1-19", reply=reply, used="1-19")
    score = booked(rows, tool={"separators": {"ref": "keep"}})
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("rows", "outcome", "reason"),
    [
        ("6.5-7.5 caller: Tickety-boo.", Outcome.REVIEW, "did the caller accept 60294 at 0:0"),
        ("6.5-7.5 caller: Mm-hm.", Outcome.FAIL, "had not accepted"),
        ("6.5-7.5 caller: What do you need it for?", Outcome.FAIL, "had not accepted"),
        ("6.5-7.5 caller: 60294.", Outcome.PASS, "was read back"),
        ("6.5-7.5 caller: No, 60249.", Outcome.FAIL, "the caller then gave 60249"),
    ],
)
def test_an_answer_that_nobody_understands_is_for_a_listener(
    rows: str, outcome: Outcome, reason: str
) -> None:
    said = "2.8-6.0 agent: I have 6, 0, 2, 9, 4. Is that right?\n" + rows
    score = booked(f"0.0-2.0 caller: Hi.\n{said}\n9.0-10.0 look ref=60294")
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("given", "outcome"),
    [("four zero seven one", Outcome.PASS), ("the one on my card", Outcome.REVIEW)],
)
def test_what_the_caller_gave_settles_words_with_several_readings(
    given: str, outcome: Outcome
) -> None:
    rows = SAID.format(given=given, said="4-O-7-1", reply="Yes.", used="4071")
    score = booked(rows)
    assert score.outcome is outcome, score.reason


def test_a_corrected_value_needs_no_second_question() -> None:
    rows = """
    0.0-2.0   caller: 60294.
    2.8-6.0   agent: I have 6… 0… 2… 4… 9. Is that right?
    6.5-7.5   caller: {no}
    7.72-9.1  agent: Got it, 6… 0… 2… 9… 4.{more}
    9.2-9.9   caller: Yes, that's it.
    11-12     look ref=60294
    """
    assert booked(rows.format(no="No, nine four at the end.", more="")).outcome is Outcome.PASS
    assert booked(rows.format(no="No.", more=" Anything else?")).outcome is Outcome.REVIEW
    assert booked(rows.format(no="Hm.", more="")).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    ("kind", "fact", "said", "used", "outcome"),
    [
        ("phone", "3125550168", "+1 (312) 555-0168", "13125550168", Outcome.PASS),
        ("phone", "3125550168", "three one two… 555… 0168", "3125550168", Outcome.PASS),
        ("phone", "3125550168", "(312) 555-0186", "3125550168", Outcome.FAIL),
        ("phone", "3125550168", "555-0168", "3125550168", Outcome.FAIL),
        ("time", "17:30", "half past five in the afternoon", "17:30", Outcome.PASS),
        ("time", "17:30", "5:30 PM", "17:30", Outcome.PASS),
        ("time", "17:30", "5:30 AM", "17:30", Outcome.FAIL),
        ("date", "2026-03-02", "the second of March", "2026-03-02", Outcome.PASS),
        ("date", "2026-03-02", "the third of March", "2026-03-02", Outcome.FAIL),
        ("count", "4", "four people", "4", Outcome.PASS),
        ("count", "4", "five people", "4", Outcome.FAIL),
        ("amount", "248.16", "$248.16", "248.16", Outcome.PASS),
        ("amount", "48.60", "forty-eight sixty", "48.6", Outcome.PASS),
        ("amount", "48.60", "forty-eight sixteen", "48.6", Outcome.FAIL),
        ("amount", "248.60", "two forty-eight sixty", "248.6", Outcome.PASS),
        ("amount", "248.60", "two forty-eight sixteen", "248.6", Outcome.FAIL),
        ("amount", "48.60", "forty-eight, sixty", "48.6", Outcome.FAIL),
        ("amount", "48.60", "forty-six eighty", "48.6", Outcome.FAIL),
        ("amount", "248.16", "two hundred forty-eight dollars", "248.16", Outcome.FAIL),
        ("name", "Ada Chen", "Ada Chen, that's C-H-E-N", "Ada_Chen", Outcome.PASS),
        ("name", "Ada Chen", "Ada Chen, that's C-H-A-N", "Ada_Chen", Outcome.FAIL),
        ("address", "12 Oak Street", "twelve Oak St.", "12_Oak_Street", Outcome.PASS),
        ("address", "470 Fifth Ave", "four seventy Fifth Avenue", "470_Fifth_Ave", Outcome.PASS),
        ("address", "470 Fifth Ave", "four seventeen Fifth Avenue", "470_Fifth_Ave", Outcome.FAIL),
        ("address", "31B Elm Road", "thirty-one B Elm Road", "31B_Elm_Road", Outcome.PASS),
        ("address", "31B Elm Road", "thirty-one D Elm Road", "31B_Elm_Road", Outcome.FAIL),
        ("address", "9 Calder St", "9 Calder Street, C-A-L-D-E-R", "9_Calder_St", Outcome.PASS),
        ("address", "9 Calder St", "9 Calder Street, C-A-L-D-A-R", "9_Calder_St", Outcome.FAIL),
        ("address", "Elm Road 9", "Elm Rd. nine", "Elm_Road_9", Outcome.PASS),
        ("address", "Elm Road", "9 Elm Road", "Elm_Road", Outcome.REVIEW),
    ],
)
def test_facts_of_every_kind_are_read_back(
    kind: str, fact: str, said: str, used: str, outcome: Outcome
) -> None:
    rows = SAID.format(given="that", said=said, reply="Yes, that's right.", used=used)
    score = booked(
        rows, facts={"ref": {"value": fact, "kind": kind}}, tool={"kinds": {"ref": kind}}
    )
    assert score.outcome is outcome, score.reason


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


@pytest.mark.parametrize(
    ("kind", "used", "read_back", "outcome"),
    [
        ("time", "17:30", "five thirty", Outcome.PASS),
        ("time", "17:30", "half past five in the afternoon", Outcome.PASS),
        ("time", "17:30", "half past six in the afternoon", Outcome.FAIL),
        ("time", "05:30", "5:30", Outcome.PASS),
        ("date", "2026-05-01", "Friday next week", Outcome.PASS),
        ("date", "2026-05-01", "May first", Outcome.PASS),
        ("date", "2026-05-01", "the 2nd of May", Outcome.FAIL),
        ("datetime", "2026-05-01T09:00", "May first at nine", Outcome.PASS),
        ("count", "4", "a table for four", Outcome.PASS),
        ("count", "4", "a table for five", Outcome.FAIL),
    ],
)
def test_times_days_and_counts_are_read_back_in_any_words(
    kind: str, used: str, read_back: str, outcome: Outcome
) -> None:
    rows = SAID.format(given="soon", said=read_back, reply="Yes, that's right.", used=used)
    score = booked(rows, tool={"kinds": {"ref": kind}}, today="2026-04-22")
    assert score.outcome is outcome, score.reason
