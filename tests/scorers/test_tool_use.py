"""Calls of tools that are right and wrong, and what the agent says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.recording.tools import ToolOutcome
from harness.scorers.tool_use import ToolUse, ToolUseOptions

WISH = "0.0-2.0 caller: Please cancel my order ORD-4715B.\n"
SHALL = "2.6-5.6 agent: I would cancel order ORD-4715B for good. Shall I go ahead?\n"
YES = "6.0-7.0 caller: Yes, please.\n"
CANCEL = "8.0-9.0 cancel_order order_id=ORD-4715B\n"
FAILED = "8.0-9.0 cancel_order order_id=ORD-4715B [failed]\n"
AGREED = WISH + SHALL + YES
DONE = "9.5-11.0 agent: Your order is cancelled.\n"
LOOKUP = '2.0-8.0 lookup_order order_id=ORD-4715B [output {"total": 40}]\n'
ASKED = "0.0-1.8 caller: Where is my order ORD-4715B?\n"
AGAIN = "".join(f"{8 + n}.0-{8 + n}.5 cancel_order order_id=ORD-4715B [failed]\n" for n in range(3))
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
    "a retry": (AGREED + FAILED + CANCEL.replace("8.0-9.0", "9.2-9.6") + DONE, "pass", "right"),
    "three calls in vain": (AGREED + AGAIN + SORRY, "fail", "more than 1x"),
    "a claim after a failure": (AGREED + FAILED + DONE, "fail", "had failed at 0:08.0"),
    "a claim in general words after a failure": (
        AGREED + FAILED + "9.5-11.0 agent: All done.\n", "fail", "'All done.'",
    ),
    "a failure that is told": (AGREED + FAILED + SORRY, "pass", "right"),
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


def test_an_invented_tool_fails() -> None:
    call = judged_call("1.0-2.0 lookup_order order_id=ORD-4715B\n")
    (tool,) = call.timeline.tools
    invented = replace(tool, name="search_orders", outcome=ToolOutcome.UNKNOWN_TOOL)
    score = ToolUse().score(replace(call, timeline=replace(call.timeline, tools=(invented,))))
    assert (score.outcome.value, score.reason) == (
        "fail", "search_orders is no tool of this session"
    )  # fmt: skip


OFF: list[tuple[str, dict[str, Any]]] = [
    ("arguments that lack a value", {"arguments": False}),
    ("three calls in vain", {"retries": 5}),
    ("a claim after a failure", {"claims": False, "next_step": False}),
    ("an amount before the result", {"before_result": False}),
    ("an error code aloud", {"raw_errors": False}),
    ("no next step", {"next_step": False}),
]


@pytest.mark.parametrize(("row", "options"), OFF)
def test_each_rule_can_be_switched_off(row: str, options: dict[str, Any]) -> None:
    call = judged_call(ROWS[row][0])
    assert ToolUse(ToolUseOptions(**options)).score(call).outcome.value == "pass"
