"""Delivery: the agent reports a tool's result, and answers reach the caller whole."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, Score, ScoredCall
from harness.judging.scorers.delivery import PHANTOM_TURNS, RESULT_WAIT, WHOLE_ANSWERS, Delivery
from harness.recording.provenance import Estimate, Origin, SourceKind

PASS, FAIL, REVIEW = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW
NOT_APPLICABLE = Outcome.NOT_APPLICABLE

ASKED = "0.0-1.0 caller: Where is my order?\n"
PREAMBLE = ASKED + "1.5-2.7 agent: Let me look that up.\n"
LOOKED = PREAMBLE + "2.8-4.0 lookup_order\n"
SHIPPED = PREAMBLE + '2.8-4.0 lookup_order [output {"status": "shipped"}]\n'
ANSWER = "4.5-6.0 agent: It has shipped.\n"
STILL = "4.5-6.5 agent: One moment, I am still checking.\n"
HELLO = "12.0-13.0 caller: Hello?\n"
TURN = "cancelled turn_detected"


def score(call: ScoredCall, **limits: Any) -> Score:
    (found,) = verdicts(call, (Delivery(**limits),))
    return found.score


# --- a tool's result

RESULTS: dict[str, tuple[str, Outcome, str]] = {
    "an answer": (LOOKED + ANSWER, PASS,
        "all 2 answers were whole, slowest after a tool's result 0.50 s"),
    "exactly the limit": (LOOKED + "9.0-10.0 agent: It has shipped.", PASS, "5.00 s"),
    "one frame over the limit": (LOOKED + "9.02-10.0 agent: It has shipped.", FAIL,
        "the result of lookup_order came late: 5.0 s of silence from 0:04.0, limit 5 s"),
    "the caller asks again": (LOOKED + HELLO, FAIL,
        "the result of lookup_order never reached the caller: 8.0 s of silence from 0:04.0 until"
        " the caller spoke again"),
    "the call ends": (LOOKED + "12.0-13.0 bed:", FAIL,
        "the result of lookup_order never reached the caller: 10.0 s of silence from 0:04.0 until"
        " the call ended"),
    "only that it is still at it": (
        SHIPPED + "4.5-6.5 agent: Let me check that for you.\n7.0-8.0 caller: Hello?", FAIL,
        "the caller was never told the result of lookup_order: the agent only said 'Let me check"
        " that for you.'"),
    "still checking, and then goodbye": (
        SHIPPED + STILL + "9.0-9.9 caller: Thanks. Bye.\n"
        "10.5-12.0 agent: You are welcome. Goodbye.", FAIL,
        "was never told the result of lookup_order: the agent only said 'One moment, I am still"),
    "still checking, and more after the caller spoke": (
        LOOKED + STILL + "9.0-9.9 caller: Okay.\n10.5-12.0 agent: It has shipped.", REVIEW,
        "did the agent give the result of lookup_order? The agent only said"),
    "still checking what nobody knows": (
        LOOKED + "4.5-6.5 agent: I am still checking the warehouse.", REVIEW,
        "did the agent give the result of lookup_order? The agent only said"),
    "still checking, when the caller breaks in": (
        LOOKED + "4.5-6.5 agent: I am still checking that.\n"
        "6.0-8.0 caller: Hello?", REVIEW, "did the agent give the result of lookup_order?"),
    "still checking, as the result says": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"status": "pending"}]\n' + STILL, REVIEW,
        "did the agent give the result of lookup_order?"),
    "still checking, with a state that no list has": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"order_state": "on_hold"}]\n' + STILL, REVIEW,
        "did the agent give the result of lookup_order?"),
    "still checking, with a text that may say anything": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"note": "work on it ends 2026-05-01"}]\n'
        + STILL, REVIEW, "did the agent give the result of lookup_order?"),
    "still checking, with nothing that could be told": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"found": null}]\n' + STILL, REVIEW,
        "did the agent give the result of lookup_order?"),
    "still checking, with a value": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"arrives": "2026-05-01"}]\n' + STILL, FAIL,
        "was never told the result of lookup_order"),
    "still checking, though it is settled": (
        PREAMBLE + '2.8-4.0 lookup_order [output {"order_state": "shipped"}]\n' + STILL, FAIL,
        "was never told the result of lookup_order"),
    "still checking after a change": (
        PREAMBLE + "2.8-4.0 cancel_order\n" + STILL, REVIEW,
        "did the agent give the result of cancel_order?"),
    "still checking after a failure": (
        PREAMBLE + "2.8-4.0 lookup_order [failed]\n" + STILL, REVIEW,
        "did the agent give the result of lookup_order?"),
    "checks somebody in": (
        LOOKED + "4.5-6.5 agent: I'm checking you in now.", PASS, "whole"),
    "still at it, and then the answer": (
        LOOKED + "4.5-6.5 agent: Let me check that for you.\n6.7-8.0 agent: It has shipped.", PASS,
        "whole"),
    "still at it, with another call": (
        LOOKED + "4.5-6.5 agent: Let me check that for you.\n6.6-7.0 lookup_order\n"
        "7.1-8.5 agent: It has shipped.", PASS, "whole"),
    "a failed tool": (PREAMBLE + "2.8-4.0 lookup_order [failed]\n" + HELLO, FAIL,
        "the result of lookup_order (it failed) never reached the caller"),
    "twice": (LOOKED + HELLO + "13.5-14.0 lookup_order\n21.0-22.0 caller: Hello?", FAIL,
        "the result of lookup_order never reached the caller (2 times): 8.0 s of silence from"
        " 0:04.0 until"),
    "of two tools": (LOOKED + HELLO + "13.5-14.0 cancel_order\n22.0-23.0 caller: Hello?", FAIL,
        "the result of cancel_order never reached the caller: 8.0 s of silence from 0:14.0"),
    "a response without audio": (LOOKED + "4.2-4.4 response: completed\n" + HELLO, FAIL,
        "until the caller spoke again; a response came without a sound: completed"),
    "two responses without audio": (
        LOOKED + f"4.2-4.4 response: {TURN}\n6.0-6.2 response: {TURN}\n" + HELLO, FAIL,
        "; a response came without a sound: cancelled (turn_detected);"),
    "an error of the service": (LOOKED + "4.3- error: Too many requests\n" + HELLO, FAIL,
        "until the caller spoke again; the service reported: Too many requests"),
    # --- harmless look-alikes
    "a caller who speaks at once": (LOOKED + "4.2-5.0 caller: So?\n6.0-7.0 agent: Shipped.", PASS,
        "all 2 answers were whole"),
    "a caller who asks again within the limit": (
        LOOKED + "8.9-9.5 caller: Hello?\n10.0-11.0 agent: It has shipped.", PASS, "whole"),
    "a call that ends shortly after": (LOOKED + "6.0-6.1 bed:", PASS, "the answer was whole"),
    "a preamble that still plays": (
        ASKED + "1.5-4.6 agent: Let me look that up.\n1.8-4.0 lookup_order\n"
        "4.7-6.0 agent: It has shipped. [created 4.1]", PASS, "slowest after a tool's result 0.10"),
    "only a preamble that still plays": (
        ASKED + "1.5-4.6 agent: Let me look that up.\n1.8-4.0 lookup_order\n" + HELLO, FAIL,
        "never reached"),
    "parallel tools": (PREAMBLE + "2.8-4.0 lookup_order\n2.8-9.5 lookup_order\n"
        "10.0-11.0 agent: Both have shipped.", PASS, "slowest after a tool's result 0.50 s"),
    "parallel tools without an answer": (
        PREAMBLE + "2.8-4.0 lookup_order\n2.8-5.0 refund_order\n" + HELLO, FAIL,
        "the result of refund_order never reached the caller: 7.0 s"),
    "chained tools": (LOOKED + "4.2-9.5 cancel_order\n10.0-11.0 agent: It is cancelled.", PASS,
        "slowest after a tool's result 0.50 s"),
    "a chained tool that is called late takes over too": (
        LOOKED + "10.0-11.0 cancel_order\n11.5-12.0 agent: It is cancelled.", PASS, "0.50 s"),
    "chained tools with words between": (
        LOOKED + "4.3-5.0 agent: And I cancel it.\n5.0-6.0 cancel_order\n6.5-7.0 agent: Done.",
        PASS, "0.50 s"),
    "chained tools without an answer": (LOOKED + "4.2-5.0 cancel_order\n" + HELLO, FAIL,
        "the result of cancel_order never reached the caller: 7.0 s of silence from 0:05.0"),
    "a click as an answer": (LOOKED + "4.5-4.55 agent: Tick.\n" + HELLO, FAIL, "never reached"),
    "a handed over call": (PREAMBLE + "2.8-4.0 escalate_to_human\n" + HELLO, PASS,
        "the answer was whole"),
    "a decision to be quiet": (ASKED + "2.8-4.0 wait_for_user\n" + HELLO, NOT_APPLICABLE,
        "no tool was called, and no answer was begun"),
    "a decision to be quiet after a tool": (LOOKED + "4.3-4.4 wait_for_user\n" + HELLO, PASS,
        "the answer was whole"),
    "a tool that nobody answered": (PREAMBLE + "2.8- lookup_order\n" + HELLO, PASS, "whole"),
    "a call that was interrupted": (PREAMBLE + "2.8- lookup_order [begun]\n" + HELLO, PASS,
        "the answer was whole"),
    "a lost line": (LOOKED + "5.0-7.0 line:\n" + HELLO, PASS, "the answer was whole"),
    "a lost line, and a session that does not answer": (
        LOOKED + "5.0-7.0 line:\n12.2-13.0 caller: Hello?", FAIL,
        "the result of lookup_order never reached the caller: 5.2 s of silence from 0:07.0 until"
        " the caller spoke again"),
    "a lost line, and a session that answers": (
        LOOKED + "5.0-7.0 line:\n7.5-8.0 agent: It has shipped.", PASS, "0.50 s"),
    "a line that is lost after a long silence": (LOOKED + "12.0- line:", FAIL,
        "8.0 s of silence from 0:04.0 until the line was lost"),
    "an agent that hangs up": (LOOKED + "8.0- hangs_up:", PASS, "the answer was whole"),
    "an agent that hangs up late": (LOOKED + "9.5- hangs_up:", FAIL, "until the call ended"),
    "an answer in text": (LOOKED + "4.5-4.8 agent: It has shipped. [text]\n" + HELLO, PASS,
        "the answer was whole"),
    "an answer in text, long ago": (
        ASKED + "1.5-1.8 agent: Let me look. [text]\n2.8-4.0 lookup_order\n" + HELLO, FAIL,
        "never reached"),
    # --- tools of the server
    "the server's tool, answered in the same response": (
        ASKED + "1.5-6.0 agent: Let me look. It has shipped. [pause 2.7-4.5] [came 1.4 4.3]\n"
        "2.8-4.0 lookup_order [server]", PASS, "0.50 s"),
    "the server's tool, not answered": (PREAMBLE + "2.8-4.0 lookup_order [server]\n" + HELLO, FAIL,
        "the result of lookup_order never reached the caller: 8.0 s of silence from 0:04.0"),
    "the server's tool that never ends": (
        PREAMBLE + "2.8- lookup_order [server] [unseen]\n" + HELLO, FAIL,
        "lookup_order, which the server runs, never ended: its result never reached the caller:"
        " 9.2 s of silence from 0:02.8"),
    "the server's tool that never ends, and is answered": (
        PREAMBLE + "2.8- lookup_order [server] [unseen]\n" + ANSWER, PASS, "1.70 s"),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_owes_an_answer(name: str) -> None:
    script, outcome, reason = RESULTS[name]
    found = score(judged_call(script))
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


# --- whole answers

TOLD = ASKED + "1.5-3.0 agent: It was sent [done 3.0]\n4.5-6.0 agent: Your order has "
TEXT = "Your order has been found, and it has been shipped this morning."

ANSWERS: dict[str, tuple[str, Outcome, float | None, str]] = {
    "two whole ones": (TOLD + "[done 6.0]", PASS, 1.0, "all 2 answers were whole"),
    "one whole one": (ASKED + "4.5-6.0 agent: Yes.", PASS, 1.0, "the answer was whole"),
    "none": (ASKED, NOT_APPLICABLE, None, "no answer was begun"),
    "too long": (TOLD + "[ended 6.0 incomplete max_output_tokens]", FAIL, 0.5,
        "the service stopped an answer (max_output_tokens) at 0:04.5"),
    "failed": (TOLD + "[ended 6.0 failed overloaded]", FAIL, 0.5,
        "an answer failed (overloaded) at 0:04.5"),
    "failed without a reason": (TOLD + "[ended 6.0 failed]", FAIL, 0.5,
        "an answer failed (without a reason) at 0:04.5"),
    "cancelled": (TOLD + f"[ended 6.0 {TURN}]", FAIL, 0.5,
        "the agent stopped its answer as if interrupted, on a silent line at 0:04.5"),
    "hung up": (TOLD + "[of 5.0]\n6.0- hangs_up:", FAIL, 0.5,
        "the agent hung up during its own answer (1.5 s of 5.0 s was heard) at 0:04.5"),
    "less audio than text": (ASKED + f"4.5-5.0 agent: {TEXT}", FAIL, 0.0,
        "an answer had less audio than text (12 words, 0.5 s of audio) at 0:04.5"),
    "foreign audio": (TOLD + "\n7.5-8.5 agent: Hi. [stray] [response other]", REVIEW, 2 / 3,
        "audio came of a response that this session never began at 0:07.5"),
    "foreign audio and a break": (
        TOLD + f"[ended 6.0 {TURN}]\n7.5-8.5 agent: Hi. [stray] [response other]", FAIL, 1 / 3,
        "on a silent line at 0:04.5; audio came"),
    "foreign audio and a silence": (
        LOOKED + HELLO + "14.5-15.5 agent: Hi. [stray] [response other]", FAIL, 0.5, "never began"),
    "a text that stops inside a sentence": (
        ASKED + "1.5-3.0 agent: It was sent. [done 3.0]\n6.0-7.0 agent: It arrives on [done 7.0]",
        REVIEW, 0.5,
        'an answer may have ended inside a sentence ("It arrives on") at 0:06.0'),
    "a text that stops inside a sentence, and a break": (
        ASKED + "1.5-3.0 agent: It was sent. [done 3.0]\n6.0-7.0 agent: It arrives on [done 7.0]\n"
        "9.0-9.5 response: failed", FAIL, 1 / 3, "an answer may have ended inside a sentence"),
    "one kind twice": (
        ASKED + f"4.5-6.0 agent: Your [ended 6.0 {TURN}]\n"
        f"10.0-11.0 agent: Order [ended 11.0 {TURN}]", FAIL, 0.0,
        "on a silent line at 0:04.5, 2 times"),
    "two kinds": (
        ASKED + f"4.5-6.0 agent: Your [ended 6.0 {TURN}]\n8.0-8.5 response: failed overloaded",
        FAIL, 0.0, "silent line at 0:04.5; an answer failed (overloaded) at 0:08.5"),
    # --- harmless look-alikes
    "the caller interrupts": (
        TOLD + f"[of 9.0] [truncated 1500] [ended 5.8 {TURN}]\n5.5-6.5 caller: Stop! [barge-in]",
        PASS, 1.0, "whole"),
    "the button is pressed": (
        TOLD + "[cancels 5.5] [cancelled 5.6]\n5.5-6.5 caller: Stop! [pressed]", PASS, 1.0,
        "whole"),
    "the harness cancels": (TOLD + f"[cancels 5.8] [ended 6.0 {TURN}]", PASS, 1.0, "whole"),
    "a noise bed": (TOLD + f"[ended 6.0 {TURN}]\n0.0-7.0 bed:", PASS, 1.0, "whole"),
    "another response in its place": (
        ASKED + f"2.5-4.5 response: {TURN}\n5.5-6.0 agent: Shipped. [created 5.3]", PASS, 1.0,
        "the answer was whole"),
    "an agent that hangs up after its answer": (TOLD + "[done 6.0]\n6.5- hangs_up:", PASS, 1.0,
        "whole"),
    "a fast voice": (ASKED + f"4.5-6.5 agent: {TEXT}", PASS, 1.0, "whole"),
    "a slow voice": (ASKED + f"4.5-18.0 agent: {TEXT}", PASS, 1.0, "whole"),
    "digits": (ASKED + "4.5-6.0 agent: Your number is 4711 0815 2342.", PASS, 1.0, "whole"),
    "another script": (
        ASKED + "4.5-5.0 agent: Ваш заказ был отправлен сегодня утром и прибудет в четверг.",
        PASS, 1.0, "whole"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_whole(name: str) -> None:
    script, outcome, value, reason = ANSWERS[name]
    found = score(judged_call(script))
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason
    assert found.value == (None if value is None else pytest.approx(value))


def test_a_session_in_text_has_answers_too() -> None:
    script = ASKED + "2.8-4.0 lookup_order\n"
    answer = "4.5-4.8 agent: It has shipped. [text]\n"
    assert score(judged_call(script + answer, in_text=True)).outcome is PASS
    assert score(judged_call(script + HELLO, in_text=True)).outcome is FAIL


# --- limits and expectations


@pytest.mark.parametrize(
    ("script", "limits", "outcome"),
    [
        (LOOKED + "5.5-6.0 agent: Shipped.", {"result_s": 1.0}, FAIL),
        (LOOKED + "5.5-6.0 agent: Shipped.", {"result_s": 1.5}, PASS),
        (LOOKED + HELLO, {"result_s": 8.0}, PASS),
        (TOLD + "[ended 6.0 failed]", {"broken_answers": 1}, PASS),
        (TOLD + "[ended 6.0 failed]\n8.0-8.5 response: failed", {"broken_answers": 1}, FAIL),
        (LOOKED + HELLO + "14.0-14.5 response: failed", {"broken_answers": 1}, FAIL),
    ],
)
def test_a_scenario_may_set_the_limits(
    script: str, limits: dict[str, Any], outcome: Outcome
) -> None:
    found = score(judged_call(script), **limits)
    assert found.outcome is outcome, found.reason


def test_the_options_of_a_scenario_are_its_limits() -> None:
    call = judged_call(ASKED)
    options = Delivery.options(result_s=2.0, broken_answers=3)
    assert Delivery.from_scenario(call.scenario, options) == Delivery(2.0, 3)


def test_a_scenario_that_wants_no_reply_is_owed_none() -> None:
    quiet = {"expect": {"reply": "none"}}
    assert score(judged_call(LOOKED + HELLO, scenario=quiet)).outcome is PASS


# --- imported calls


def imported(*estimated: Estimate, kind: SourceKind = SourceKind.REALTIME) -> Origin:
    return Origin(kind, "call", sound=True, estimated=estimated)


@pytest.mark.parametrize(
    ("script", "origin", "outcome"),
    [
        (LOOKED + HELLO, imported(), FAIL),
        (LOOKED + HELLO, imported(Estimate.BOUNDS), FAIL),
        (LOOKED + HELLO, imported(Estimate.TIMES), PASS),
        (LOOKED + HELLO, imported(Estimate.TOOL_TIMES), PASS),
        (LOOKED + HELLO, imported(Estimate.TOOLS), PASS),
        (TOLD + f"[ended 6.0 {TURN}]", imported(), FAIL),
        (TOLD + f"[ended 6.0 {TURN}]", imported(Estimate.SIDES), PASS),
        (TOLD + "[ended 6.0 failed]", imported(Estimate.TIMES), FAIL),
        (ASKED + f"4.5-5.0 agent: {TEXT}", imported(kind=SourceKind.AUDIO), PASS),
    ],
    ids=[
        "timed",
        "bounds from the audio",
        "no times",
        "no times of tools",
        "no tools",
        "cancelled",
        "cancelled without a caller track",
        "failed without times",
        "a recognizer's text",
    ],
)
def test_what_the_source_of_a_call_does_not_tell_is_no_fault(
    script: str, origin: Origin, outcome: Outcome
) -> None:
    found = score(judged_call(script, origin=origin))
    assert found.outcome is outcome, found.reason


def test_waits_of_calls_without_times_are_not_measured() -> None:
    told = score(judged_call(LOOKED + ANSWER, origin=imported(Estimate.TIMES)))
    assert told.measurements[0].values == ()


# --- evidence and measures


def test_a_silence_is_shown_at_its_beginning_and_a_break_whole() -> None:
    found = score(judged_call(LOOKED + HELLO + f"14.0-16.0 agent: Your [ended 18.0 {TURN}]"))
    assert [(one.start_s, one.end_s, one.label) for one in found.evidence] == [
        (4.0, 9.0, "silence after a result"),
        (14.0, 16.0, "broken answer"),
    ]
    assert found.details["broken"] == [
        {"cause": "cancelled", "detail": "turn_detected", "start_s": 14.0, "end_s": 16.0}
    ]


def test_each_result_is_measured_once() -> None:
    script = (
        LOOKED + "4.2-5.0 cancel_order\n5.5-6.0 agent: Done.\n6.5-7.0 lookup_order\n"
        "7.2-8.0 caller: Well?\n8.5-9.0 escalate_to_human\n9.5-10.0 lookup_order\n18.0-19.0 bed:"
    )
    waits, whole, phantoms = score(judged_call(script)).measurements
    assert (waits.measure, whole.measure, phantoms.measure) == (
        RESULT_WAIT,
        WHOLE_ANSWERS,
        PHANTOM_TURNS,
    )
    found = [(one.value, one.of, one.at_s) for one in waits.values]
    assert found == [(pytest.approx(0.5), "cancel_order", 5.0), (None, "lookup_order", 10.0)]
    assert [one.value for one in whole.values] == [1.0]
    assert phantoms.values == ()


@pytest.mark.parametrize(
    ("vad", "per_minute"),
    [("", []), ("0.1-1.0 vad:\n", [0.0]), ("0.1-1.0 vad:\n10.0-11.0 vad:\n", [4.0])],
)
def test_phantom_turns_are_counted_by_the_minute(vad: str, per_minute: list[float]) -> None:
    found = score(judged_call(ASKED + vad + "3.0-14.0 agent: A long story about all orders."))
    assert [one.value for one in found.measurements[2].values] == per_minute


# --- former false alarms and missed faults

LOOKALIKES = {
    "the caller speaks as the result comes, and the agent lets them finish": (
        PREAMBLE + "2.8-4.0 lookup_order\n3.5-11.0 caller: Hello, are you there, as I have been"
        " waiting for such a long time?\n11.8-13.0 agent: It has shipped.",
        PASS,
    ),
    "a long preamble fills the time, and the answer follows it": (
        ASKED + "1.5-9.5 agent: Let me look that up for you, this may take a while, as our systems"
        " are slow today, and I thank you for your patience.\n2.8-4.0 lookup_order\n"
        "9.6-11.0 agent: It has shipped. [created 4.1]",
        PASS,
    ),
    "the server's tool runs while the agent speaks on": (
        ASKED
        + "1.5-9.5 agent: Let me look that up for you, this may take a while. Here it is: your"
        " order has been shipped, and it will be there on Thursday.\n2.8-3.0 lookup_order [server]",
        PASS,
    ),
    "a click after the server's tool": (
        PREAMBLE + "2.8-4.0 lookup_order [server]\n5.0-5.05 agent: Tick. [created 3.0]\n" + HELLO,
        FAIL,
    ),
    "an agent hangs up after its answer, and was interrupted in another before": (
        TOLD + "[of 9.0] [truncated 1500]\n5.5-6.5 caller: Stop! [barge-in]\n"
        "7.0-8.0 agent: Goodbye. [done 8.0]\n9.0- hangs_up:",
        PASS,
    ),
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_silence_and_breaks_are_those_that_a_caller_meets(name: str) -> None:
    script, outcome = LOOKALIKES[name]
    found = score(judged_call(script))
    assert found.outcome is outcome, found.reason


@pytest.mark.parametrize(
    "script",
    [
        ASKED + "4.5-6.0 agent: Your order has [of 5.0] [ended 5.9 failed busy]\n6.0- hangs_up:",
        ASKED + f"4.5-5.0 agent: {TEXT} [response r]\n5.2-5.7 agent: {TEXT} [response r]",
    ],
)
def test_a_share_is_never_below_nothing(script: str) -> None:
    assert score(judged_call(script)).value == 0.0


def test_a_result_that_the_harness_made_late_is_no_fault_of_the_agent() -> None:
    late = "4.0-9.5 late: [read 0.5] [stamps 0.5]"
    found = score(judged_call(f"{LOOKED}9.3-10.0 agent: It has shipped.\n{late}"))
    assert (found.outcome, found.by_own_lateness) == (Outcome.UNSCORABLE, True), found.reason
