"""What a scenario expects, and calls that do or do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import judged_call

from harness.scorers.base import Outcome
from harness.scorers.expectations import Expectations

LOOKUP = "1.0-2.0 lookup_order order_id=ord_4715_b\n"
ONCE: dict[str, Any] = {
    "tools": [{"name": "lookup_order", "arguments": {"order_id": "{order_id}"}}]
}
REFUND: dict[str, Any] = {"tools": [{"name": "refund_order", "arguments": {"amount": "$40"}}]}

ROWS = {
    "made once": (ONCE, LOOKUP, Outcome.PASS, "everything expected"),
    "not made": (ONCE, "", Outcome.FAIL, "was called 0 times, expected 1"),
    "made twice": (
        ONCE,
        LOOKUP + "3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.FAIL,
        "2 times",
    ),
    "made again after a failure": (
        ONCE,
        LOOKUP[:-1] + " [failed]\n3.0-4.0 lookup_order order_id=ORD4715B",
        Outcome.PASS,
        "",
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


@pytest.mark.parametrize(("expect", "script", "outcome", "reason"), ROWS.values(), ids=ROWS.keys())
def test_what_the_scenario_expects_is_judged(
    expect: dict[str, Any], script: str, outcome: Outcome, reason: str
) -> None:
    score = Expectations().score(judged_call(script, scenario={"expect": expect}))
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
