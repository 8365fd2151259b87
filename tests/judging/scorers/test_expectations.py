"""Expectations of a scenario, and calls that do or do not fit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.scorers.base import Outcome
from harness.judging.scorers.expectations import Expectations
from harness.protocol.items import ResponseStatus
from harness.recording.model import StepAnswer, StepKind, StepTaken

LOOKUP = "1.0-2.0 lookup_order order_id=ord_4715_b\n"
ONCE: dict[str, Any] = {
    "tools": [{"name": "lookup_order", "arguments": {"order_id": "{order_id}"}}]
}
CANCEL = "1.0-2.0 cancel_order\n"


def counted(**how: Any) -> dict[str, Any]:
    return {"tools": [ONCE["tools"][0] | how]}


REFUND: dict[str, Any] = {"tools": [{"name": "refund_order", "arguments": {"amount": "$40"}}]}

ROWS = {
    "made once": (ONCE, LOOKUP, Outcome.PASS, "everything expected"),
    "not made": (ONCE, "", Outcome.FAIL, "was called 0 times, expected at least 1"),
    "a look-up made twice": (
        ONCE,
        LOOKUP + "3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.PASS,
        "",
    ),
    "made twice": (
        counted(times=1),
        LOOKUP + "3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.FAIL,
        "2 times, expected 1",
    ),
    "made twice, at least once wanted": (
        counted(times=">=1"),
        LOOKUP + "3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.PASS,
        "",
    ),
    "made three times, up to two wanted": (
        counted(times="0..2"),
        LOOKUP + LOOKUP + LOOKUP,
        Outcome.FAIL,
        "3 times, expected 0 to 2",
    ),
    "not made, and need not be": (counted(times="0..2"), "", Outcome.PASS, ""),
    "a write made twice": (
        {"tools": [{"name": "cancel_order"}]},
        CANCEL + CANCEL,
        Outcome.FAIL,
        "2 times, expected 1",
    ),
    "made, and it failed": (
        ONCE,
        LOOKUP[:-1] + " [failed]",
        Outcome.FAIL,
        "0 times, expected at least 1 (1 more failed; 'outcome: any' counts all)",
    ),
    "made, and it failed as wanted": (
        counted(outcome="failed"),
        LOOKUP[:-1] + " [failed]",
        Outcome.PASS,
        "",
    ),
    "made, and it should have failed": (
        counted(outcome="failed"),
        LOOKUP,
        Outcome.FAIL,
        "(1 more did not fail;",
    ),
    "made again after a failure": (
        ONCE,
        LOOKUP[:-1] + " [failed]\n3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.PASS,
        "",
    ),
    "made again after three failures": (
        ONCE,
        "\n".join(f"{at}.0-{at}.5 lookup_order order_id=ORD-4715B [failed]" for at in (1, 2, 3))
        + "\n4.0-5.0 lookup_order order_id=ORD4715B",
        Outcome.PASS,
        "",
    ),
    "made again after four failures": (
        counted(times=1, outcome="any"),
        "\n".join(f"{at}.0-{at}.5 lookup_order order_id=ORD-4715B [failed]" for at in (1, 2, 3, 4))
        + "\n5.0-6.0 lookup_order order_id=ORD4715B",
        Outcome.FAIL,
        "5 times, expected 1, with at most 3 retries in a row",
    ),
    "made with another value": (
        ONCE,
        "1.0-2.0 lookup_order order_id=ORD-4718B",
        Outcome.FAIL,
        'called with {"order_id": "ORD-4718B"}',
    ),
    "made without the value": (ONCE, "1.0-2.0 lookup_order", Outcome.FAIL, "0 times"),
    "a number is an amount": (REFUND, "1.0-2.0 refund_order amount=40", Outcome.PASS, ""),
    "an invented tool is compared as text": (
        {"tools": [{"name": "sing", "arguments": {"song": "La La"}}]},
        "1.0-2.0 sing song=la_la",
        Outcome.PASS,
        "",
    ),
    "never, and not made": ({"never": ["cancel_order"]}, LOOKUP, Outcome.PASS, ""),
    "never, and made": (
        {"never": ["lookup_order"]},
        LOOKUP,
        Outcome.FAIL,
        "lookup_order was called and never should be",
    ),
    "quiet was kept": ({"reply": "none"}, "0.0-5.0 caller: x [noise]", Outcome.PASS, ""),
    "quiet was broken": (
        {"reply": "none"},
        "0.0-5.0 caller: x [noise]\n1.0-2.0 agent: Hello?",
        Outcome.FAIL,
        "spoke 1 times",
    ),
    "nothing expected": ({}, LOOKUP, Outcome.NOT_APPLICABLE, "nothing in particular"),
}


REFUNDS = "1.0-2.0 refund_order amount=40\n"
BOTH = LOOKUP + "3.0-4.0 cancel_order order_id=ORD4715B\n"
ANY = {"one_of": [{"name": "cancel_order"}, *ONCE["tools"]]}
IN_ORDER = {"order": ["lookup_order", "cancel_order"]}

# the expected argument of a tool, the sent argument, and whether it fits
ARGUMENTS = [
    ("amount", 40, 40, True),
    ("amount", 40.5, 40.50, True),
    ("amount", "$40", 40, True),
    ("amount", 41, 40, False),
    ("count", 2, 2.0, True),
    ("count", "2", 2, True),
    ("share", 2.5, 2.5, True),
    ("urgent", True, True, True),
    ("urgent", "true", True, True),
    ("urgent", False, True, False),
    ("order_id", {"one_of": ["ORD-1", "{order_id}"]}, "ord 4715 b", True),
    ("order_id", {"one_of": ["ORD-1", "ORD-2"]}, "ORD-3", False),
    ("order_id", {"matches": r"^ord-\d{4}[a-z]$"}, "ORD-4715B", True),
    ("order_id", {"matches": r"^\d+$"}, "ORD-4715B", False),
    ("amount", {"matches": "^4"}, 40, True),
    ("amount", {"min": 40}, 40, True),
    ("amount", {"min": 40.01}, 40, False),
    ("amount", {"max": 40}, 40, True),
    ("amount", {"max": 39}, 40, False),
    ("amount", {"min": 1, "max": 50}, "$40", True),
    ("amount", {"between": [1, 39]}, 40, False),
    ("amount", {"between": [1, 40]}, "much", False),
    ("amount", {"max": 50}, True, False),
    ("day", {"between": ["2026-04-01", "2026-04-30"]}, "2026-04-30", True),
    ("day", {"between": ["2026-04-01", "2026-04-30"]}, "April 5, 2026", True),
    ("day", {"max": "2026-04-30"}, "2026-05-01", False),
    ("day", {"min": "2026-04-01"}, "soon", False),
]


@pytest.mark.parametrize(("name", "wanted", "sent", "fits"), ARGUMENTS)
def test_an_argument_is_a_value_one_of_several_a_pattern_or_in_a_range(
    name: str, wanted: Any, sent: Any, fits: bool
) -> None:
    expect = {"tools": [{"name": "refund_order", "arguments": {name: wanted}}]}
    score = Expectations().score(
        judged_call(
            f"1.0-2.0 refund_order [raw: {json.dumps({name: sent})}]", scenario={"expect": expect}
        )
    )
    assert (score.outcome is Outcome.PASS) is fits, score.reason


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"one_of": [1, "{order_id}"]}, "refund_order(x=1 or ORD-4715B)"),
        ({"matches": "a"}, "refund_order(x matching 'a')"),
        ({"min": 1, "max": 2.5}, "refund_order(x at least 1 and at most 2.5)"),
        ({"max": "2026-04-30"}, "refund_order(x at most 2026-04-30)"),
    ],
)
def test_a_reason_tells_the_rule(wanted: Any, shown: str) -> None:
    expect = {"tools": [{"name": "refund_order", "arguments": {"x": wanted}}]}
    score = Expectations().score(judged_call("", scenario={"expect": expect}))
    assert score.reason == f"{shown} was called 0 times, expected 1"


ROWS |= {
    "one of several calls": ({"tools": [ANY]}, LOOKUP, Outcome.PASS, ""),
    "none of several calls": ({"tools": [ANY]}, REFUNDS, Outcome.FAIL, "none of these held"),
    "in order": (IN_ORDER, BOTH, Outcome.PASS, ""),
    "out of order": (
        {"order": ["cancel_order", "lookup_order"]}, BOTH, Outcome.FAIL,
        "lookup_order was called before cancel_order",
    ),
    "in order, with more of the first": (
        IN_ORDER, BOTH + LOOKUP.replace("1.0-2", "5.0-6"), Outcome.PASS, "",
    ),
    "in order, one missing": (IN_ORDER, LOOKUP, Outcome.FAIL, "cancel_order was never called"),
    "quiet in a silence": (
        {"quiet": [1]}, "0.0-3.0 caller: [silence]\n4.0-5.0 caller: Hi.\n5.5-6.0 agent: Hello.",
        Outcome.PASS, "everything expected",
    ),
    "words into a silence": (
        {"quiet": [1]}, "0.0-3.0 caller: [silence]\n3.5-4.0 agent: I'm here.", Outcome.FAIL,
        'quiet after turn 1: the agent said "I\'m here."',
    ),
    "a silence that never came": ({"quiet": [2]}, LOOKUP, Outcome.UNSCORABLE, "turn 2 never came"),
    "in order, all missing": (
        IN_ORDER,
        "",
        Outcome.FAIL,
        "lookup_order, cancel_order were never called",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("expect", "script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_what_the_scenario_expects_is_judged(
    expect: dict[str, Any], script: str, outcome: Outcome, reason: str
) -> None:
    score = Expectations().score(judged_call(script, scenario={"expect": expect}))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


WAITED = "turn 2 was never said: it waits for on_tool: 'lookup_order'"
WAITING = [{"say": "Where is my order?"}, {"say": "Wait.", "start": {"on_tool": "lookup_order"}}]
ASKED = "0.0-1.0 caller: Where is my order?\n1.5-2.5 agent: One moment.\n"

# the expectation of a call whose script broke off, the tool calls, and the verdict
BROKEN_OFF = {
    "a tool that was to come later": ({"tools": [{"name": "cancel_order"}]}, "", "review"),
    "the tool that was waited for": (ONCE, "", "fail"),
    "words that were to come later": ({"says": ["it is on its way"]}, "", "review"),
    "words that were heard": ({"says": ["one moment"]}, "", "review"),
    "an order of later tools": ({"order": ["cancel_order", "refund_order"]}, "", "review"),
    "an order with the one waited for": (IN_ORDER, "", "fail"),
    "nothing": ({}, "", "review"),
    "a hand-over": ({"tools": [{"name": "escalate_to_human"}]}, "", "review"),
    "what never should be": ({"never": ["cancel_order"]}, BOTH, "fail"),
}  # fmt: skip


@pytest.mark.parametrize(("expect", "tools", "outcome"), BROKEN_OFF.values(), ids=BROKEN_OFF.keys())
def test_what_a_broken_off_script_did_not_come_to_is_no_fault(
    expect: dict[str, Any], tools: str, outcome: str
) -> None:
    score = Expectations().score(
        judged_call(ASKED + tools, scenario={"turns": WAITING, "expect": expect}, unsaid=WAITED)
    )
    assert score.outcome.value == outcome, score.reason
    assert (WAITED in score.reason) is (outcome == "review")


STEPS = [
    {"say": "Hi."},
    {"out_of_band": {"instructions": "Mood?", "expect": "angry"}, "when": {"heard": "x"}},
    {"inject": {"role": "system", "text": "Be kind."}},
]
BEFORE = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Hello, how may I help?"
BEHIND = "\n5.0-6.0 agent: I'm so sorry."

# the expectation, the agent's words, the out-of-band answer, and the verdict
STEPS_TAKEN: dict[str, tuple[dict[str, Any], str, tuple[str, str] | None, Outcome, str]] = {
    "the right answer": ({}, "", ("completed", "Very ANGRY."), Outcome.PASS, "everything"),
    "another": ({}, "", ("completed", "calm"), Outcome.FAIL, "was 'calm', expected 'angry'"),
    "none": ({}, "", None, Outcome.UNSCORABLE, "out of band in turn 2: there was no answer"),
    "cut short": ({}, "", ("incomplete", "angry"), Outcome.UNSCORABLE, "no answer"),
    "without words": ({}, "", ("completed", ""), Outcome.UNSCORABLE, "no answer"),
    "words behind a step": (
        {"says": [{"phrase": "I'm so sorry", "turn": 3}]}, BEHIND, ("completed", "angry"),
        Outcome.PASS, "",
    ),
    "words before a step": (
        {"says": [{"phrase": "Hello", "turn": 3}]}, BEHIND, ("completed", "angry"),
        Outcome.FAIL, "in answer to turn 3: was not heard",
    ),
    "a step ends no answer": (
        {"says": [{"phrase": "I'm so sorry", "turn": 1}]}, BEHIND, ("completed", "angry"),
        Outcome.PASS, "",
    ),
    "quiet after a step": ({"quiet": [3]}, "", ("completed", "angry"), Outcome.PASS, ""),
    "not quiet after a step": (
        {"quiet": [3]}, BEHIND, ("completed", "angry"), Outcome.FAIL, "the agent said \"I'm so",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("expect", "said", "answer", "outcome", "reason"), STEPS_TAKEN.values(), ids=STEPS_TAKEN.keys()
)
def test_what_follows_a_step_is_judged(
    expect: dict[str, Any], said: str, answer: tuple[str, str] | None, outcome: Outcome, reason: str
) -> None:
    call = judged_call(BEFORE + said, scenario={"turns": STEPS, "expect": expect})
    answers = [] if answer is None else [StepAnswer(3.5, 1, ResponseStatus(answer[0]), answer[1])]
    taken = (StepTaken(3.0, 1, StepKind.OUT_OF_BAND, ""), StepTaken(4.0, 2, StepKind.INJECT, ""))
    facts = replace(call.timeline, steps=taken, step_answers=tuple(answers))
    score = Expectations().score(replace(call, timeline=facts))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


def test_what_should_never_be_called_is_told_before_what_was_not() -> None:
    expect = {**ONCE, "never": ["cancel_order"]}
    call = judged_call(CANCEL, scenario={"expect": expect})
    never, missing = Expectations().score(call).reason.split("; ")
    assert never == "cancel_order was called and never should be"
    assert "was called 0 times" in missing


def test_a_question_that_was_left_out_is_not_judged() -> None:
    call = judged_call(BEFORE, scenario={"turns": STEPS, "expect": {}})
    assert Expectations().score(call).outcome is Outcome.NOT_APPLICABLE


def test_an_expression_without_end_is_judged_by_nobody() -> None:
    slow = {"instructions": "Mood?", "expect": "(a+)+$"}
    call = judged_call(BEFORE, scenario={"turns": [{"say": "Hi."}, {"out_of_band": slow}]})
    answer = StepAnswer(3.5, 1, ResponseStatus.COMPLETED, "a" * 5000 + "b")
    score = Expectations().score(
        replace(call, timeline=replace(call.timeline, step_answers=(answer,)))
    )
    assert score.outcome is Outcome.UNSCORABLE
    assert "(a+)+$" in score.reason


@pytest.mark.parametrize(
    ("made", "told"), [("", "was called 0 times, allowed 0 to 2"), (LOOKUP, "was called")]
)
def test_a_call_that_may_be_left_out_is_not_said_to_be_made(made: str, told: str) -> None:
    score = Expectations().score(judged_call(made, scenario={"expect": counted(times="0..2")}))
    (check,) = score.details["expected"]
    assert check["reason"].endswith(told)
