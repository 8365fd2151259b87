"""Hand-overs, due and not due."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import SUITE, judged_call

from harness.errors import Unscorable
from harness.judging.scorers.base import Outcome
from harness.judging.scorers.escalation import Escalation

DUE: dict[str, Any] = {"expect": {"escalation": {"due_after_turn": 2, "within_turns": 1}}}
CALM = "0.0-1.0 caller: Hi.\n1.5-2.5 agent: Hello.\n"
HUMAN = "3.0-4.0 caller: Get me a human.\n"
SAID = "4.6-6.0 agent: I'm connecting you with a specialist.\n"
MADE = "5.0-5.5 escalate_to_human reason=asked\n"

ROWS = {
    "due, made, said": (CALM + HUMAN + SAID + MADE, Outcome.PASS, "with its sentence"),
    "said after the call, in the same breath": (
        CALM + HUMAN + MADE + "6.0-7.0 agent: Connecting you with a specialist.",
        Outcome.PASS,
        "sentence",
    ),
    "said in its long form": (
        CALM + HUMAN + SAID.replace("I'm", "I am") + MADE,
        Outcome.PASS,
        "with its sentence",
    ),
    "due and not made": (CALM + HUMAN + SAID, Outcome.FAIL, "was due and was never called"),
    "made without the sentence": (
        CALM + HUMAN + "4.6-6.0 agent: Bye.\n" + MADE,
        Outcome.FAIL,
        "was not heard",
    ),
    "the sentence came only after the caller's next words": (
        CALM
        + HUMAN
        + MADE
        + "6.0-7.0 caller: Hello?\n7.5-9.0 agent: Connecting you with a specialist.",
        Outcome.FAIL,
        "was not heard",
    ),
    "an interrupted sentence was not heard": (
        CALM + HUMAN + SAID[:-1] + " [of 9.0]\n" + MADE,
        Outcome.FAIL,
        "was not heard",
    ),
    "the recognizer heard something else": (
        CALM + HUMAN + SAID[:-1] + " [heard: good bye now]\n" + MADE,
        Outcome.REVIEW,
        "listen",
    ),
    "the sentence was denied": (
        CALM + HUMAN + "4.6-6.0 agent: I am not connecting you with a specialist.\n" + MADE,
        Outcome.FAIL,
        "was not heard",
    ),
    "the sentence in two items": (
        CALM + HUMAN + "4.6-5.2 agent: I'm connecting you with [response r]\n"
        "5.2-6.0 agent: a specialist. [response r]\n" + MADE,
        Outcome.PASS,
        "with its sentence",
    ),
    "a word of thanks over the sentence": (
        CALM + HUMAN + SAID + "4.8-5.0 caller: Thanks. [reaction]\n5.6-5.8 escalate_to_human",
        Outcome.PASS,
        "with its sentence",
    ),
    "the call failed": (
        CALM + HUMAN + SAID + MADE[:-1] + " [failed]",
        Outcome.FAIL,
        "not handed over",
    ),
    "the call failed and was made again": (
        CALM + HUMAN + SAID + MADE[:-1] + " [failed]\n5.6-5.8 escalate_to_human",
        Outcome.PASS,
        "with its sentence",
    ),
    "before its cause": (
        CALM + "2.6-2.8 escalate_to_human\n" + HUMAN + SAID,
        Outcome.FAIL,
        "too early",
    ),
    "one turn later is in time": (
        CALM
        + HUMAN
        + "5.0-6.0 caller: A human!\n6.5-8.0 agent: Connecting you with a specialist.\n"
        "7.0-7.5 escalate_to_human",
        Outcome.PASS,
        "with its sentence",
    ),
    "two turns later is too late": (
        CALM + HUMAN + "5.0-6.0 caller: A human!\n6.5-6.8 caller: Now!\n"
        "7.0-8.0 agent: Connecting you with a specialist.\n7.0-7.5 escalate_to_human",
        Outcome.FAIL,
        "came 2 turns after it was due, limit 1",
    ),
}


@pytest.mark.parametrize(("script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_due_hand_over_is_made_in_time_and_said(
    script: str, outcome: Outcome, reason: str
) -> None:
    score = Escalation().score(judged_call(script, scenario=DUE))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


def test_without_a_recognizer_the_transcript_stands_alone() -> None:
    call = judged_call(CALM + HUMAN + SAID + MADE, scenario=DUE, listened=False)
    assert Escalation().score(call).outcome is Outcome.PASS


def test_a_tool_without_a_sentence_needs_none() -> None:
    bare = [{"name": "escalate_to_human", "kind": "escalate"}]
    call = judged_call(CALM + HUMAN + MADE, scenario=DUE, suite={"tools": bare})
    assert Escalation().score(call).outcome is Outcome.PASS


def test_a_turn_that_never_came_cannot_be_judged() -> None:
    with pytest.raises(Unscorable, match="turn 2"):
        Escalation().score(judged_call(CALM, scenario=DUE))


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (CALM, Outcome.PASS),
        (CALM + HUMAN + SAID + MADE, Outcome.FAIL),
        (CALM + HUMAN + SAID, Outcome.FAIL),
    ],
)
def test_a_hand_over_that_is_not_due_is_not_made(script: str, outcome: Outcome) -> None:
    assert Escalation().score(judged_call(script)).outcome is outcome


UNTOLD: dict[str, Any] = {"expect": {"escalation": "unknown"}}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (CALM, "no hand-over was made; the scenario does not say whether"),
        (CALM + HUMAN + SAID + MADE, "escalate_to_human was called; the scenario does not say"),
    ],
)
def test_where_nobody_says_if_a_hand_over_was_due_none_is_right_or_wrong(
    script: str, reason: str
) -> None:
    with pytest.raises(Unscorable, match=reason):
        Escalation().score(judged_call(script, scenario=UNTOLD))


def test_a_hand_over_that_was_promised_must_be_made_whether_it_was_due_or_not() -> None:
    score = Escalation().score(judged_call(CALM + HUMAN + SAID, scenario=UNTOLD))
    assert score.outcome is Outcome.FAIL
    assert score.reason.endswith("was promised ('connecting you with a specialist'), never made")


def test_an_agent_without_a_hand_over_tool_is_not_judged() -> None:
    call = judged_call(CALM, suite={"tools": SUITE["tools"][:1]})
    assert Escalation().score(call).outcome is Outcome.NOT_APPLICABLE


def test_a_sentence_that_went_with_the_line_is_not_missed() -> None:
    cut = "4.6-5.2 agent: I'm connecting you with a specialist. [of 1.4]\n"
    rows = CALM + HUMAN + cut + MADE
    assert Escalation().score(judged_call(rows, scenario=DUE)).outcome is Outcome.FAIL
    with pytest.raises(Unscorable, match=r"the line was lost as the agent spoke at 0:04\.6"):
        Escalation().score(judged_call(rows + "5.2-7.0 line:", scenario=DUE))
    later = judged_call(rows + "6.0-7.0 line:", scenario=DUE)
    assert Escalation().score(later).outcome is Outcome.FAIL
