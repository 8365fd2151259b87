"""Right and wrong tool calls, and the agent's statements about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.scorers.tool_use import ToolUse, ToolUseOptions
from harness.recording.provenance import Estimate, Origin, SourceKind
from harness.recording.tools import ToolOutcome
from harness.timeline.intervals import on_grid

WISH = "0.0-2.0 caller: Please cancel my order ORD-4715B.\n"
SHALL = "2.6-5.6 agent: I would cancel order ORD-4715B for good. Shall I go ahead?\n"
YES = "6.0-7.0 caller: Yes, please.\n"
CANCEL = "8.0-9.0 cancel_order order_id=ORD-4715B\n"
FAILED = "8.0-9.0 cancel_order order_id=ORD-4715B [failed]\n"
AGREED = WISH + SHALL + YES
DONE = "9.5-11.0 agent: Your order is cancelled.\n"
AHEAD = "7.4-9.4 agent: Your order is cancelled.\n"
OTHER = CANCEL.replace("ORD-4715B", "ORD-4715B [response other]")
LOOKUP = '2.0-8.0 lookup_order order_id=ORD-4715B [output {"total": 40}]\n'
ASKED = "0.0-1.8 caller: Where is my order ORD-4715B?\n"
AGAIN = "".join(f"{8 + n}.0-{8 + n}.5 cancel_order order_id=ORD-4715B [failed]\n" for n in range(3))
NOTHING = (
    ASKED + '2.0-3.0 lookup_order order_id=ORD-4715B [failed] [output {"error": "not_found"}]\n'
)
EMPTY = ASKED + '2.0-3.0 lookup_order order_id=ORD-4715B [output {"orders": null}]\n'
DUE = (
    ASKED + "2.0-3.0 lookup_order order_id=ORD-4715B"
    ' [output {"eta": "2026-04-25T10:00:00", "status": "shipped"}]\n'
)
COST = ASKED + '2.0-3.0 lookup_order order_id=ORD-4715B [output {"price": 40, "of": {"n": "x"}}]\n'
SORRY = "11.5-14.0 agent: I could not cancel it. Shall I connect you with a specialist?\n"

ROWS = {
    "a call that fits, and a claim after it": (AGREED + CANCEL + DONE, "pass", "right (1)"),
    "no tool": (ASKED + "3.0-4.0 agent: It is on its way.\n", "not_applicable", "no tool"),
    "arguments that lack a value": (
        "1.0-2.0 change_address order_id=ORD-4715B\n", "fail", "'address' is a required property",
    ),
    "arguments of another type": (
        '1.0-2.0 refund_order [raw {"amount": "forty"}]\n', "fail",
        "amount: 'forty' is not of type 'number'",
    ),
    "arguments that are no object": ("1.0-2.0 lookup_order [raw [1]]\n", "fail", "no JSON object"),
    "empty arguments of a tool without parameters": (
        "1.0-2.0 wait_for_user [raw ]\n", "pass", "right",
    ),
    "an optional argument left out": ("1.0-2.0 escalate_to_human\n", "pass", "right (1)"),
    "a claim, and its call in the same response": (
        AGREED + AHEAD + CANCEL, "fail",
        "cancel_order was called only afterwards, and the agent said 'Your order is cancelled.'",
    ),
    "a claim that is heard before its call": (
        AGREED + AHEAD.replace("7.4-9.4", "7.2-7.9") + OTHER, "fail", "only afterwards",
    ),
    "a claim in other words before its call": (
        AGREED + AHEAD.replace("cancelled", "called off") + CANCEL, "review", "only afterwards",
    ),
    "a claim before its call, and nothing agreed": (
        WISH + AHEAD + CANCEL, "review", "only afterwards",
    ),
    "an announcement before its call": (
        AGREED + "7.4-9.4 agent: I'm cancelling your order now.\n" + CANCEL, "pass", "right",
    ),
    "a status before the call": (
        AGREED + '7.1-7.3 lookup_order [raw {"order_id": "A"}]\n' + AHEAD + CANCEL, "pass", "right",
    ),
    "the first is done, and then the second is called": (
        AGREED + "7.1-7.3 cancel_order order_id=ORD-8263K\n" + AHEAD + CANCEL, "pass", "right (2)",
    ),
    "a claim, and a call once the caller spoke": (
        AGREED + "7.2-7.6 agent: It is cancelled.\n7.7-7.9 caller: Then do.\n" + OTHER, "pass",
        "right (1)",
    ),
    "a claim in the response in which the server ran the call": (
        AGREED + "7.4-7.8 agent: One moment. [response a]\n"
        "8.0-8.4 cancel_order order_id=ORD-4715B [server] [response a]\n"
        "9.5-11.0 agent: Your order is cancelled. [response a]\n", "pass", "right (1)",
    ),
    "a retry": (AGREED + FAILED + CANCEL.replace("8.0-9.0", "9.2-9.6") + DONE, "pass", "right"),
    "three calls in vain": (
        AGREED + AGAIN + SORRY, "fail",
        "cancel_order failed and was called again in the same way 2 times, allowed 1",
    ),
    "a claim after a failure": (AGREED + FAILED + DONE, "fail", "had failed at 0:08.0"),
    "a claim in general words after a failure": (
        AGREED + FAILED + "9.5-11.0 agent: All done.\n", "fail", "'All done.'",
    ),
    "a failure that is told": (AGREED + FAILED + SORRY, "pass", "right"),
    "bad news after a failure": (
        AGREED + FAILED + "9.5-13.5 agent: Sorry, but your order is cancelled. Anything else?\n",
        "review", "had failed",
    ),
    "a claim in other words without the call that was agreed to": (
        AGREED + "9.5-11.0 agent: Your order has been called off.\n", "review", "never called",
    ),
    "a claim before the result": (
        AGREED + "8.0-12.0 cancel_order order_id=ORD-4715B\n" + DONE, "fail", "no result yet",
    ),
    "a call of which nothing tells the end": (
        AGREED + "8.0- cancel_order order_id=ORD-4715B\n" + DONE, "pass", "right (1)",
    ),
    "a claim without the call that was agreed to": (AGREED + DONE, "fail", "never called"),
    "a claim without a call, and nothing agreed": (
        WISH + "3.0-4.5 agent: I have refunded your order.\n", "review", "claimed without a call",
    ),
    "a status that the look-up told": (
        ASKED + "2.0-3.0 lookup_order order_id=ORD-4715B [output {\"status\": \"cancelled\"}]\n"
        "3.5-5.0 agent: Your order is cancelled.\n", "pass", "right",
    ),
    "a condition": (
        ASKED + "3.0-6.0 agent: If your order was cancelled, we pay it back.\n", "not_applicable",
        "",
    ),
    "nothing was done": (
        WISH + "3.0-4.5 agent: Nothing was cancelled.\n", "not_applicable", "",
    ),
    "a promise": (
        WISH + "3.0-6.0 agent: I'll check and call you tomorrow.\n", "not_applicable", "",
    ),
    "an amount before the result": (
        ASKED + LOOKUP + "4.0-6.0 agent: It costs forty dollars.\n", "review", "'forty dollars'",
    ),
    "an amount after the result": (
        ASKED + LOOKUP + "8.5-10.5 agent: It costs forty dollars.\n", "pass", "right",
    ),
    "an amount that the caller named": (
        ASKED.replace("?", ", for forty dollars?") + LOOKUP
        + "4.0-6.0 agent: I look for the forty dollars.\n", "pass", "right",
    ),
    "an error code aloud": (
        AGREED + FAILED + "9.5-12.5 agent: Error code 503. Shall I try again?\n", "fail", "503",
    ),
    "a key aloud": (
        AGREED + FAILED + "9.5-12.5 agent: It says not_found. Shall I try again?\n", "fail",
        "'not_found'",
    ),
    "no next step": (
        AGREED + FAILED + "9.5-12.5 agent: I could not cancel your order.\n", "review",
        "next step",
    ),
    "the caller is blamed": (
        AGREED + FAILED
        + "9.5-14.5 agent: You must have given me a wrong number. Shall I try again?\n",
        "fail", "the caller was blamed: 'You must have given me a wrong number.'",
    ),
    "the caller owned up to it": (
        "0.0-2.0 caller: I gave you a wrong number.\n" + SHALL + YES + FAILED
        + "9.5-13.5 agent: You gave me a wrong number. Is it ORD-4715B?\n", "review", "blamed",
    ),
    "the caller did nothing wrong": (
        AGREED + FAILED + "9.5-13.5 agent: You did nothing wrong. Shall I try again?\n", "pass",
        "right",
    ),
    "an e-mail address after a failure": (
        AGREED + FAILED + "9.5-13.5 agent: Is jane_doe@example.com right?\n", "pass", "right",
    ),
    "an argument's underscore after a failure": (
        '6.0-7.0 lookup_order [raw {"order_id": "A_1"}] [failed]\n'
        "9.5-13.5 agent: I could not find A underscore one. Is that right?\n", "pass", "right",
    ),
    "the caller may be blamed": (
        AGREED + FAILED + "9.5-13.5 agent: Your number is invalid. Shall I try again?\n",
        "review", "is the caller blamed",
    ),
    "the agent asks whether it made the mistake": (
        AGREED + FAILED + "9.5-13.0 agent: I failed. Did I note your number wrong?\n", "pass", "",
    ),
    "the caller is told that it is not their fault": (
        AGREED + FAILED
        + "9.5-13.5 agent: It failed, and it is not your fault. Shall I try again?\n",
        "pass", "right",
    ),
    "no fault of the caller's, and a number that is wrong": (
        AGREED + FAILED
        + "9.5-13.5 agent: It is not your fault, but your number is wrong. Shall I try again?\n",
        "review", "is the caller blamed",
    ),
    "the agent takes it on itself": (
        AGREED + FAILED + "9.5-13.5 agent: I may have your number wrong. Is it ORD-4715B?\n",
        "pass", "right",
    ),
    "no blame after a success": (
        AGREED + CANCEL + "9.5-12.5 agent: You gave me a wrong number at first.\n", "pass", "",
    ),
    "nothing found, and another value is asked for": (
        NOTHING + "3.5-6.5 agent: I found nothing. Do you have another number?\n", "review",
        "was 'ORD-4715B' read back after lookup_order found nothing? 'I found nothing. Do",
    ),
    "nothing found, in a result that is empty": (
        EMPTY + "3.5-6.5 agent: I found nothing. Do you have another number?\n", "review",
        "found nothing?",
    ),
    "nothing found, with its value": (
        NOTHING
        + "3.5-9.5 agent: There is no order O R D dash four seven one five B. Is that correct?\n",
        "pass", "right",
    ),
    "nothing found, and nothing asked": (
        NOTHING + "3.5-6.5 agent: I found nothing. I'm connecting you.\n"
        "6.0-6.5 escalate_to_human\n", "pass", "right",
    ),
    "nothing found, and a hand-over offered": (
        NOTHING + "3.5-6.5 agent: I found nothing. Shall I connect you?\n", "pass", "right",
    ),
    "nothing found at first": (
        NOTHING + "3.1-3.4 lookup_order order_id=ORD-8263K\n"
        "3.5-6.5 agent: It is on its way. Do you have another number?\n", "pass", "right",
    ),
    "another failure than nothing found": (
        NOTHING.replace("not_found", "busy")
        + "3.5-6.5 agent: It did not answer. Do you have time to wait?\n", "pass", "right",
    ),
    "something found": (
        EMPTY.replace("null", "7") + "3.5-6.5 agent: It is on its way. Anything else?\n", "pass",
        "right",
    ),
    "a result that is no JSON": (
        EMPTY.replace('{"orders": null}', "nothing") + "3.5-6.5 agent: There is none. Okay?\n",
        "pass", "right",
    ),
    "a result without a word": (
        EMPTY.replace('{"orders": null}', "{}")
        + "3.5-6.5 agent: There is none. Okay?\n", "pass", "",
    ),
    "a result that says that there is nothing": (
        EMPTY.replace('{"orders": null}', '{"found": false, "n": 0}')
        + "3.5-6.5 agent: There is none. Another number?\n", "review", "found nothing?",
    ),
    "a change that finds nothing": (
        AGREED + FAILED.replace("[failed]", '[failed] [output {"error": "not_found"}]')
        + "9.5-13.5 agent: It has no free seat. Shall I connect you?\n", "pass", "right",
    ),
    "another day than the result": (
        DUE + "3.5-6.5 agent: It will arrive on May third.\n", "review",
        "did the agent say 'May third' at 0:03.5, although lookup_order returned 2026-04-25?",
    ),
    "the day of the result": (DUE + "3.5-6.5 agent: It arrives on April 25.\n", "pass", "right"),
    "a day that is counted": (DUE + "3.5-6.5 agent: It will arrive tomorrow.\n", "pass", "right"),
    "a question for another day": (
        DUE + "3.5-6.5 agent: Would May third suit you better?\n", "pass", "right",
    ),
    "another state than the result": (
        DUE + "3.5-6.5 agent: Your order has already been cancelled.\n", "review",
        "did the agent say 'cancelled' at 0:03.5, although lookup_order returned 'shipped'?",
    ),
    "the state in other words": (
        DUE + "3.5-6.5 agent: Your order is on its way.\n", "pass", "right",
    ),
    "a state that is denied": (
        DUE + "3.5-6.5 agent: It is shipped and has not been delivered.\n", "pass", "right",
    ),
    "a state under a condition": (
        DUE + "3.5-6.5 agent: We mail you when it is delivered.\n", "pass", "right",
    ),
    "a question for a state": (
        DUE + "3.5-6.5 agent: It is on its way. Has the other one been delivered?\n", "pass", "",
    ),
    "a state that the caller named": (
        ASKED.replace("?", ", which was delivered?") + DUE.removeprefix(ASKED)
        + "3.5-6.5 agent: I see that it was delivered.\n", "pass", "right",
    ),
    "a state later in the call": (
        DUE + "3.5-6.5 agent: It is on its way.\n7.0-8.0 caller: And the other?\n"
        "8.5-10.5 agent: The other one is delivered.\n", "pass", "right",
    ),
    "a state after another tool": (
        DUE + "3.2-3.4 wait_for_user\n3.5-6.5 agent: Your order is delivered.\n", "pass", "right",
    ),
    "a state before any result": (
        ASKED + "2.5-4.0 agent: Your order is delivered.\n"
        "4.5-5.0 lookup_order order_id=ORD-4715B\n", "pass", "right",
    ),
    "a state that nobody knows": (
        DUE.replace("shipped", "label_made") + "3.5-6.5 agent: Your order is delivered.\n", "pass",
        "right",
    ),
    "a state with its look-up failed": (
        DUE[:-1] + " [failed]\n3.5-6.5 agent: It is delivered. Shall I try again?\n", "pass", "",
    ),
    "another day later": (
        DUE + "3.5-6.5 agent: It arrives on April 25.\n7.0-8.0 caller: And the other?\n"
        "8.5-10.5 agent: That came on May third.\n", "pass", "right",
    ),
    "another amount than the result": (
        COST + "3.5-6.5 agent: It costs nine hundred dollars.\n", "review",
        "did the agent say 'nine hundred dollars' at 0:03.5, although lookup_order returned 40.00",
    ),
    "a multiple of the amount": (
        COST + "3.5-6.5 agent: Two of them cost eighty dollars.\n", "pass", "right",
    ),
    "a result with two amounts": (
        COST.replace("40,", '40, "amount": 7,')
        + "3.5-6.5 agent: It costs nine hundred dollars.\n", "pass", "right",
    ),
    "a next step without a question": (
        AGREED + FAILED
        + "9.5-12.5 agent: I could not cancel your order. You can call us again in an hour.\n",
        "pass", "right",
    ),
    "a hand-over as next step": (
        AGREED + FAILED + "9.5-12.5 agent: I could not cancel it. I'm connecting you.\n"
        "12.0-12.5 escalate_to_human\n", "pass", "right",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_calls_and_claims_are_held_against_what_happened(
    script: str, outcome: str, reason: str
) -> None:
    score = ToolUse().score(judged_call(script))
    assert (score.outcome.value, reason in score.reason) == (outcome, True), score.reason


def test_a_false_claim_is_told_before_faults_of_less_harm() -> None:
    score = ToolUse().score(judged_call(AGREED + AGAIN + DONE.replace("9.5-11.0", "11.5-13.0")))
    claim, vain = score.reason.split("; ")
    assert "and the agent said 'Your order is cancelled.'" in claim
    assert vain.endswith("2 times, allowed 1")
    assert score.evidence[0].start_s == 11.5


def test_a_claim_before_a_call_whose_time_is_estimated_is_a_question() -> None:
    call = judged_call(AGREED + AHEAD + CANCEL)
    origin = Origin(SourceKind.REALTIME, "x", sound=True, estimated=(Estimate.TOOL_TIMES,))
    call = replace(call, timeline=replace(call.timeline, origin=origin))
    assert ToolUse().score(call).outcome.value == "review"


def test_an_invented_tool_fails() -> None:
    call = judged_call("1.0-2.0 lookup_order order_id=ORD-4715B\n")
    (tool,) = call.timeline.tools
    invented = replace(tool, name="search_orders", outcome=ToolOutcome.UNKNOWN_TOOL)
    score = ToolUse().score(replace(call, timeline=replace(call.timeline, tools=(invented,))))
    assert (score.outcome.value, score.reason) == (
        "fail", "search_orders is no tool of this session"
    )  # fmt: skip


def test_a_call_of_another_session_is_a_question() -> None:
    call = judged_call("1.0-2.0 lookup_order order_id=ORD-4715B\n")
    tools = call.timeline.tools
    call = replace(call, timeline=replace(call.timeline, tools=(), foreign_calls=tools))
    score = ToolUse().score(call)
    assert (score.outcome.value, score.reason) == (
        "review", "lookup_order was called in a response that this session never began"
    )  # fmt: skip
    without = ToolUse(ToolUseOptions(invented_tools=False)).score(call)
    assert without.outcome.value == "not_applicable"


OFF: list[tuple[str, dict[str, Any]]] = [
    ("arguments that lack a value", {"arguments": False}),
    ("three calls in vain", {"retries": 5}),
    ("a claim after a failure", {"claims": False, "next_step": False}),
    ("an amount before the result", {"before_result": False}),
    ("an error code aloud", {"raw_errors": False}),
    ("no next step", {"next_step": False}),
    ("the caller is blamed", {"blame": False}),
    ("nothing found, and another value is asked for", {"read_back": False}),
    ("another day than the result", {"against_result": False}),
]


@pytest.mark.parametrize(("row", "options"), OFF)
def test_each_rule_can_be_switched_off(row: str, options: dict[str, Any]) -> None:
    call = judged_call(ROWS[row][0])
    assert ToolUse(ToolUseOptions(**options)).score(call).outcome.value == "pass"


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ('{"orders": [{"eta": "2026-04-25"}]}', "review"),
        ('{"orders": [{"eta": "2026-04-25"}, {"eta": "2026-04-26"}]}', "pass"),
        ('[{"eta": "2026-05-03 09:00"}]', "pass"),
        ("", "pass"),
    ],
)
def test_a_day_is_held_against_the_only_one_in_a_list(output: str, outcome: str) -> None:
    call = judged_call(DUE + "3.5-6.5 agent: It will arrive on May third.\n")
    (tool,) = call.timeline.tools
    call = replace(call, timeline=replace(call.timeline, tools=(replace(tool, output=output),)))
    assert ToolUse().score(call).outcome.value == outcome


HOURS = ASKED + "2.0-3.0 lookup_order order_id=ORD-4715B\n"
OPEN = '{"opens": "09:00", "closes": "17:00"}'
DELAYED = '{"leaves": "2026-04-25T12:30:00", "delay_minutes": 270, "late": true}'
# a result, the answer, and whether a person is asked about its times of day
TIMES: dict[str, tuple[str, str, str]] = {
    "other times": (OPEN, "We are open from ten until six.", "say 'six' at"),
    "the same times in other words": (
        OPEN,
        "We are open from nine in the morning to five p.m.",
        "",
    ),
    "one of the two": (OPEN, "We close at five.", ""),
    "one that fits, and another": (OPEN, "Come at eleven, we are open until five.", ""),
    "a question": (OPEN, "Shall I call you at six p.m.?", ""),
    "no time": (OPEN, "We are open today.", ""),
    "more than two times in the result": (
        '{"slots": ["09:00", "10:00", "11:00"]}',
        "I have a place at six p.m.",
        "",
    ),
    "a time counted from the result": (DELAYED, "It leaves at about five p.m.", ""),
    "a time that cannot be counted": (DELAYED, "It leaves at about six p.m.", "returned 12:30"),
    "a result with a time zone": (
        '{"leaves": "2026-04-25T12:30:00Z"}',
        "It leaves at six p.m.",
        "",
    ),
    "times in words": (
        '{"opens": "8 a.m. to 4 p.m."}',
        "We open at ten a.m.",
        "returned 08:00 and 16:00",
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_of_day_are_held_against_the_result(name: str) -> None:
    output, answer, reason = TIMES[name]
    call = judged_call(HOURS + f"3.5-6.5 agent: {answer}\n")
    (tool,) = call.timeline.tools
    call = replace(call, timeline=replace(call.timeline, tools=(replace(tool, output=output),)))
    score = ToolUse().score(call)
    assert (score.outcome.value, reason in score.reason) == ("review" if reason else "pass", True)


def test_a_time_of_day_that_another_result_has_is_not_asked_about() -> None:
    call = judged_call(HOURS + "3.1-3.3 lookup_order\n3.5-6.5 agent: It leaves at six p.m.\n")
    first, second = call.timeline.tools
    tools = (
        replace(first, output='{"leaves": "2026-04-25T18:00:00Z"}'), replace(second, output=OPEN),
    )  # fmt: skip
    call = replace(call, timeline=replace(call.timeline, tools=tools))
    assert ToolUse().score(call).outcome.value == "pass"


BOTH = "0.0-2.8 caller: Where are ORD-4715B and ORD-8263K?\n"
FIRST = "3.0-4.0 lookup_order order_id=ORD-4715B\n"
SECOND = "lookup_order order_id=ORD-8263K\n"
PARALLEL = {
    "one after another": (BOTH + FIRST + "4.5-5.5 " + SECOND, "fail"),
    "side by side": (BOTH + FIRST + "3.0-5.5 " + SECOND, "pass"),
    "the second was named later": (
        ASKED + FIRST + "4.2-4.9 caller: And ORD-8263K?\n5.0-5.5 " + SECOND, "pass",
    ),
    "the second was not named": (ASKED + FIRST + "4.5-5.5 " + SECOND, "pass"),
    "a call of the caller between": (
        BOTH + FIRST + "4.2-4.9 caller: Thanks.\n5.0-5.5 " + SECOND, "pass",
    ),
    "a retry": (BOTH + FIRST[:-1] + " [failed]\n4.5-5.5 " + FIRST[8:], "pass"),
    "other tools": (BOTH + FIRST + "4.5-5.5 cancel_order order_id=ORD-8263K\n", "pass"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "outcome"), PARALLEL.values(), ids=PARALLEL.keys())
def test_look_ups_of_values_named_together_run_side_by_side_if_asked_for(
    script: str, outcome: str
) -> None:
    call = judged_call(script)
    assert ToolUse(ToolUseOptions(parallel=True)).score(call).outcome.value == outcome
    assert ToolUse().score(call).outcome.value == "pass"


def test_an_answer_that_begins_with_the_result_is_not_before_it() -> None:
    """Times of answers are multiples of a nanosecond, those of tools are as they were recorded."""
    call = judged_call(DUE + "3.5-6.5 agent: It will arrive on May third.\n")
    (said,), (tool,) = call.timeline.agent, call.timeline.tools
    for late_s, told in ((3e-10, "although"), (0.1, "returned only at")):
        timeline = replace(
            call.timeline,
            agent=(replace(said, created_s=on_grid(3.4)),),
            tools=(replace(tool, answered_s=on_grid(3.4) + late_s),),
        )
        reason = ToolUse().score(replace(call, timeline=timeline)).reason
        assert (told in reason, "returned only at" in reason) == (True, late_s > 0.01), reason


@pytest.mark.parametrize(("retries", "times", "at_s"), [(0, "2 times", 9.0), (1, "2 times", 10.0)])
def test_how_often_a_call_was_repeated_is_told_once(retries: int, times: str, at_s: float) -> None:
    score = ToolUse(ToolUseOptions(retries=retries)).score(judged_call(AGREED + AGAIN + SORRY))
    assert score.reason.endswith(f"in the same way {times}, allowed {retries}")
    assert [one.start_s for one in score.evidence] == [at_s]


def test_one_repeat_may_be_one_too_many() -> None:
    twice = "\n".join(AGAIN.splitlines()[:2]) + "\n"
    score = ToolUse(ToolUseOptions(retries=0)).score(judged_call(AGREED + twice + SORRY))
    assert score.reason.endswith("in the same way once, allowed 0")
