"""Words before tool calls, and tool calls before which there must be none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.errors import Unscorable
from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, ScoredCall
from harness.judging.scorers.preamble import Preamble

YES = "0.0-1.0 caller: Yes, that's right.\n"
LOOKUP = "2.5-4.0 lookup_order order_id=ORD-4715B\n"

ROWS = {
    "a sentence heard before the call": (
        YES + "1.8-3.0 agent: Let me look that up for you.\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "announced, and no call": (
        YES + "1.8-3.0 agent: Let me look that up for you.\n" + "5.0-6.0 caller: Hello?",
        Outcome.FAIL,
        "announced, but no tool was called",
    ),
    "announced, and the call was interrupted": (
        YES + "1.8-3.0 agent: Let me look that up for you.\n2.5- lookup_order [begun]\n"
        "2.6-3.6 caller: Wait!",
        Outcome.NOT_APPLICABLE,
        "no tool with a rule",
    ),
    "announced, and a call was interrupted a turn later": (
        YES + "1.8-3.0 agent: Let me look that up for you.\n4.0-5.0 caller: Wait!\n"
        "6.0- lookup_order [begun]",
        Outcome.FAIL,
        "announced, but no tool was called",
    ),
    "announced, and a call was interrupted a turn before": (
        "0.2- lookup_order [begun]\n" + YES + "1.8-3.0 agent: Let me look that up for you.",
        Outcome.FAIL,
        "announced, but no tool was called",
    ),
    "silence": (YES + LOOKUP, Outcome.FAIL, "nothing was heard before lookup_order"),
    "text before the call, heard only after it": (
        YES + "2.6-4.0 agent: Let me look that up for you. [created 1.2]\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "words that begin with the call": (
        YES + "2.5-4.0 agent: Let me look that up for you. [created 1.2]\n" + LOOKUP,
        Outcome.PASS,
        "heard before the call",
    ),
    "words before the caller spoke do not count": (
        "0.0-1.0 agent: Let me look that up.\n1.2-2.0 caller: Yes.\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "half a value": (
        "0.0-1.0 caller: Check ORD-47 [cut-off: Check ORD-4715B]\n"
        "1.8-3.0 agent: Let me look that up for you.\n" + LOOKUP,
        Outcome.FAIL,
        "lookup_order was announced though the caller was cut off at 'Check ORD-47'",
    ),
    "cut off behind the value": (
        "0.0-1.0 caller: Check ORD-4715B [cut-off: Check ORD-4715B, please]\n"
        "1.8-3.0 agent: Let me look that up for you.\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "a filler": (YES + "1.8-2.6 agent: One moment please.\n" + LOOKUP, Outcome.FAIL, "a filler"),
    "words that do not say what happens": (
        YES + "1.8-2.6 agent: The weather is nice today.\n" + LOOKUP,
        Outcome.REVIEW,
        "does 'The weather is nice today.' say what lookup_order is about to do? listen",
    ),
    "three sentences": (
        YES + "1.8-3.05 agent: It is late. I am Ann. Let me look it up.\n" + LOOKUP,
        Outcome.FAIL,
        "3 sentences",
    ),
    "fillers around a sentence are no sentences": (
        YES + "1.8-3.15 agent: Perfect, thank you. Let me look that up. One moment.\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "three sentences between fillers": (
        YES + "1.8-3.36 agent: Sure. I am Ann. Let me look it up. It is late. Okay.\n" + LOOKUP,
        Outcome.FAIL,
        "3 sentences",
    ),
    "nothing but fillers": (
        YES + "1.8-3.05 agent: Perfect, thank you. Just a moment. Bear with me.\n" + LOOKUP,
        Outcome.FAIL,
        "a filler",
    ),
    "again, before the same tool": (
        YES
        + "1.8-2.42 agent: Let me look that up.\n2.0-3.0 lookup_order [failed]\n"
        + "3.2-4.13 agent: That didn't work, let me try again.\n3.8-4.5 lookup_order",
        Outcome.PASS,
        "try again",
    ),
    "again, before a tool that was never called": (
        YES
        + "1.8-2.2 agent: Okay.\n2.0-3.0 cancel_order\n"
        + "3.2-4.13 agent: That didn't work, let me try again.\n3.8-4.5 lookup_order",
        Outcome.REVIEW,
        "what lookup_order is about",
    ),
    "other words than again before the same tool": (
        YES
        + "1.8-2.42 agent: Let me look that up.\n2.0-3.0 lookup_order [failed]\n"
        + "3.2-4.0 agent: That didn't work, sadly.\n3.8-4.5 lookup_order",
        Outcome.REVIEW,
        "what lookup_order is about",
    ),
    "a backchannel does not take the floor": (
        YES + "1.8-2.42 agent: Let me look that up.\n2.25-2.4 caller: Mm-hm. [reaction]\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "a backchannel over the preamble": (
        YES + "1.8-2.4 agent: Let me look that up.\n2.0-2.3 caller: Okay, thanks.\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "more than a backchannel takes the floor": (
        YES + "1.8-2.42 agent: Let me look that up.\n2.25-2.4 caller: Okay, but hurry.\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "an okay to a question takes the floor": (
        "0.0-1.0 agent: Shall I look that up?\n1.2-2.0 caller: Okay.\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "a hello before the agent has spoken takes the floor": (
        "1.0-2.0 caller: Hello.\n1.1-2.3 agent: Let me look that up.\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "a noise does not take the floor": (
        YES + "1.8-2.42 agent: Let me look that up.\n2.25-2.4 caller: music [noise]\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "50 ms before the caller's end": (
        "0.0-1.4 caller: Yes.\n1.35-2.0 agent: Let me look that up.\n" + LOOKUP,
        Outcome.PASS,
        "look that up",
    ),
    "51 ms before the caller's end": (
        "0.0-1.4 caller: Yes.\n1.349-2.0 agent: Let me look that up.\n" + LOOKUP,
        Outcome.FAIL,
        "nothing was heard",
    ),
    "a long sentence": (
        YES + "1.8-5.6 agent: Let me look that up" + " and up" * 12 + ".\n" + LOOKUP,
        Outcome.FAIL,
        "words before lookup_order, at most 25",
    ),
    "the same words twice": (
        YES
        + "1.8-3.0 agent: Let me look that up.\n"
        + LOOKUP
        + "4.5-5.0 caller: Again.\n5.5-6.0 agent: Let me look that up.\n5.8-6.5 lookup_order",
        Outcome.FAIL,
        "the same words twice",
    ),
    "other words the second time": (
        YES
        + "1.8-3.0 agent: Let me look that up.\n"
        + LOOKUP
        + "4.5-5.0 caller: Again.\n5.5-6.0 agent: I'll check that order.\n5.8-6.5 lookup_order",
        Outcome.PASS,
        "check that order",
    ),
    "two calls in one breath share one sentence": (
        YES + "1.8-3.0 agent: Let me look that up.\n" + LOOKUP + "2.6-4.0 lookup_order order_id=X",
        Outcome.PASS,
        "look that up",
    ),
    "a chain of calls shares the words before the first": (
        YES
        + "1.8-3.0 agent: Let me look that up.\n"
        + LOOKUP
        + "4.2-5.0 lookup_order [response second]",
        Outcome.PASS,
        "look that up",
    ),
    "a tool that forbids one": (
        YES + "1.8-2.6 agent: I will wait. [response a]\n2.0-2.1 wait_for_user",
        Outcome.FAIL,
        "wait_for_user forbids a preamble",
    ),
    "a tool that forbids one, in silence": (YES + "2.0-2.1 wait_for_user", Outcome.PASS, "nothing"),
    "an announcement that nothing follows": (
        YES + "1.8-2.6 agent: Let me look that up for you.\n4.0-5.0 caller: And?",
        Outcome.FAIL,
        "no tool was called",
    ),
    "commentary that nothing follows": (
        YES + "1.8-2.6 agent: Working. [phase commentary]",
        Outcome.FAIL,
        "no tool was called",
    ),
    "an offer announces nothing": (
        YES + "1.8-2.84 agent: Shall I look that up? I'll check it then.",
        Outcome.NOT_APPLICABLE,
        "no tool",
    ),
    "a condition announces nothing": (
        YES + "1.8-3.84 agent: Once you confirm, I'll cancel order ORD-4715B.",
        Outcome.NOT_APPLICABLE,
        "no tool",
    ),
    "a look is a lookup": (
        YES + "1.8-2.4 agent: Let me have a look.\n" + LOOKUP,
        Outcome.PASS,
        "have a look",
    ),
    "a direct answer": (YES + "1.8-2.6 agent: Thank you.", Outcome.NOT_APPLICABLE, "no tool"),
    "a call before anybody spoke": ("1.0-2.0 lookup_order", Outcome.FAIL, "nothing was heard"),
}


@pytest.mark.parametrize(("script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_preamble_is_heard_before_the_call(script: str, outcome: Outcome, reason: str) -> None:
    score = Preamble().score(judged_call(script))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("said", "answered_s", "outcome", "reason"),
    [
        ("Let me look that up for you. Your order has shipped.", 2.6, "pass", "look that up"),
        ("Let me see. Let me look. It is here. It has shipped.", 2.6, "pass", "Let me look"),
        ("Thank you. It is here. It is ours. It has shipped.", 3.2, "unscorable", "nothing tells"),
        ("Thank you. It is here. It has shipped today.", 1.4, "unscorable", "nothing tells"),
    ],
)
def test_an_answer_that_runs_on_is_judged_by_what_was_said_before_the_result(
    said: str, answered_s: float, outcome: str, reason: str
) -> None:
    script = YES + f"1.3-4.0 agent: {said}\n1.4-{answered_s} lookup_order order_id=ORD-4715B"
    call = judged_call(script)
    agent = tuple(replace(one, inferred=True) for one in call.timeline.agent)
    call = replace(call, timeline=replace(call.timeline, agent=agent))
    assert (said_outcome := outcome_of(call))[0] == outcome, said_outcome
    assert reason in said_outcome[1]


def outcome_of(call: ScoredCall) -> tuple[str, str]:
    try:
        score = Preamble().score(call)
    except Unscorable as error:
        return "unscorable", str(error)
    return score.outcome.value, score.reason


def trade(name: str, description: str, *, kind: str = "read", rule: str = "required") -> Any:
    """Return a suite with a tool of a domain, and a silent tool."""
    tool = {"name": name, "kind": kind, "description": description, "preamble": rule}
    return {"tools": [tool, {"name": "wait_for_user", "kind": "no_op", "preamble": "forbidden"}]}


CHART = ("get_chart", "Returns a patient's chart.")
SLOTS = ("available_slots", "Free times of a day.")
BALANCE = ("getAccountBalance", "The balance of an account.")
VERIFY = ("verify_identity", "Checks who is calling.")
ROOMS = ("hotel__search_rooms", "Search for rooms.")
METER = ("ReadMeter", "")
DIAGNOSTICS = ("run_diagnostics", "Run diagnostics on a router.")
QX = ("qx_sync", "")

# a tool, the words before its call, and the verdict
TRADES: list[tuple[tuple[str, str], str, Outcome]] = [
    (CHART, "Let me pull up your chart.", Outcome.PASS),
    (CHART, "I'm just looking that up for you.", Outcome.PASS),
    (CHART, "I'll verify that before we make any changes.", Outcome.PASS),
    (CHART, "I am now going to access the tool.", Outcome.FAIL),
    (CHART, "I'll call get_chart for you.", Outcome.FAIL),
    (CHART, "One moment while I process your request.", Outcome.FAIL),
    (CHART, "Thanks for your patience.", Outcome.FAIL),
    (CHART, "I'm so sorry to hear that.", Outcome.FAIL),
    (CHART, "I'd be happy to help with that.", Outcome.FAIL),
    (CHART, "Your knee, then.", Outcome.REVIEW),
    (SLOTS, "Checking availability now.", Outcome.PASS),
    (SLOTS, "I'm going to see what appointments are open.", Outcome.PASS),
    (SLOTS, "Hmm, let me think about that.", Outcome.FAIL),
    (SLOTS, "I promise I'll find you a time.", Outcome.FAIL),
    (SLOTS, "Friday might be full.", Outcome.REVIEW),
    (BALANCE, "Let me check your balance.", Outcome.PASS),
    (BALANCE, "One moment, I'm checking your balance.", Outcome.PASS),
    (BALANCE, "One moment, please hold.", Outcome.FAIL),
    (BALANCE, "I'm querying the accounts database.", Outcome.FAIL),
    (VERIFY, "I need to make sure it's you first.", Outcome.PASS),
    (VERIFY, "I was instructed to check that first.", Outcome.FAIL),
    (ROOMS, "Let me see which rooms are free.", Outcome.PASS),
    (ROOMS, "I'll use the search function.", Outcome.FAIL),
    (ROOMS, "May is lovely there.", Outcome.REVIEW),
    (METER, "I'm reading your meter now.", Outcome.PASS),
    (METER, "I need to think about which of my instructions fits.", Outcome.FAIL),
    (DIAGNOSTICS, "I'm going to run a quick diagnostic on the router.", Outcome.PASS),
    (DIAGNOSTICS, "The lights on the router, right.", Outcome.REVIEW),
    (QX, "I'll bring your calendar up to date.", Outcome.REVIEW),
    (QX, "Bear with me.", Outcome.FAIL),
]


@pytest.mark.parametrize(("tool", "said", "outcome"), TRADES)
def test_known_faults_fail_in_any_trade_and_unknown_words_are_a_question(
    tool: tuple[str, str], said: str, outcome: Outcome
) -> None:
    script = f"{YES}1.8-4.0 agent: {said}\n2.5-4.0 {tool[0]}"
    score = Preamble().score(judged_call(script, suite=trade(*tool)))
    assert score.outcome is outcome, score.reason


# words although none are owed: before an optional tool, and before or instead of an answer
UNOWED = [
    ("1.8-2.4 agent: Please hold on.\n2.5-4.0 get_clock", "fail"),
    ("1.8-2.4 agent: Let me check the time.\n2.5-4.0 get_clock", "not_applicable"),
    ("1.8-2.4 agent: Okay.\n2.5-4.0 get_clock", "not_applicable"),
    ("1.8-2.4 agent: I am calling the clock function.\n2.5-4.0 get_clock", "fail"),
    ("2.5-4.0 get_clock", "not_applicable"),
    ("1.8-2.4 agent: Hmm, let me think. Nine to five.", "fail"),
    ("1.8-2.4 agent: My instructions say that I may tell you. Nine to five.", "fail"),
    ("1.8-2.4 agent: Sure. Nine to five.", "not_applicable"),
    ("1.8-2.4 agent: Um, from nine to five.", "not_applicable"),
    ("1.8-2.4 agent: Use our online tool for that.", "not_applicable"),
    ("1.8-4.0 get_clock\n2.5-3.0 agent: Just a moment.", "not_applicable"),
    ("1.8-2.0 get_clock\n2.5-3.0 agent: One moment. It's ten.", "not_applicable"),
]


@pytest.mark.parametrize(("rows", "outcome"), UNOWED)
def test_time_is_not_asked_for_where_no_words_are_owed(rows: str, outcome: str) -> None:
    suite = trade("get_clock", "Get the current time.", rule="optional")
    score = Preamble().score(judged_call(YES + rows, suite=suite))
    assert score.outcome.value == outcome, score.reason


def test_who_waits_for_a_person_is_asked_to_wait() -> None:
    rows = (
        "1.8-2.0 escalate_to_human reason=angry\n"
        "2.1-3.24 agent: I'm connecting you with a specialist.\n"
        "3.5-4.0 caller: When do you open?\n"
        "4.2-5.65 agent: It will only take a moment. Please stay on the line.\n"
    )
    assert Preamble().score(judged_call(YES + rows)).outcome is Outcome.NOT_APPLICABLE
    asked = judged_call(YES + rows.replace("escalate_to_human reason=angry", "wait_for_user"))
    assert Preamble().score(asked).outcome is Outcome.FAIL


ANNOUNCED = [
    ("I'll check your balance.", Outcome.FAIL),
    ("Let me quickly look that up.", Outcome.FAIL),
    ("I'll get back to you.", Outcome.NOT_APPLICABLE),
    ("I'll make sure that you are paid.", Outcome.NOT_APPLICABLE),
    ("Let me give you the number.", Outcome.NOT_APPLICABLE),
    ("I'll see you on Monday.", Outcome.NOT_APPLICABLE),
]


@pytest.mark.parametrize(("said", "outcome"), ANNOUNCED)
def test_only_plain_words_for_a_tool_announce_its_call(said: str, outcome: Outcome) -> None:
    call = judged_call(f"{YES}1.8-3.0 agent: {said}\n4.0-5.0 caller: And?", suite=trade(*BALANCE))
    assert Preamble().score(call).outcome is outcome


def test_an_announcement_that_went_with_the_line_may_have_had_its_call() -> None:
    script = f"{YES}1.8-3.0 agent: I'll check your balance.\n3.0-3.5 line:\n4.0-5.0 caller: And?"
    (one,) = verdicts(judged_call(script, suite=trade(*BALANCE)), (Preamble(),))
    assert one.score.outcome is Outcome.UNSCORABLE
    assert "the line was lost as the agent spoke at 0:01.8" in one.score.reason
