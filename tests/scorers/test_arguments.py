"""Values as a person reads them."""

from __future__ import annotations

import pytest
from support.call_script import SCENARIO, judged_call

from harness.language.values import ValueKind
from harness.scorers.arguments import as_written, expected_values

FACTS = {
    "order_id": {"value": "ORD-4715B", "kind": "id"},
    "phone": {"value": "555-0142", "kind": "phone"},
    "address": {"value": "12 Oak Street", "kind": "address"},
}


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("ORD4715B", ValueKind.ID, "ORD-4715B"),
        ("ORD4718B", ValueKind.ID, "ORD-4718B"),
        ("4715", ValueKind.ID, "4715"),
        ("1234ABCD", ValueKind.ID, "1234ABCD"),
        ("5550149", ValueKind.PHONE, "555-0149"),
        ("12 oak street", ValueKind.ADDRESS, "12 Oak Street"),
        ("13 elm street", ValueKind.ADDRESS, "13 elm street"),
        ("40.00", ValueKind.AMOUNT, "40.00"),
    ],
)
def test_a_value_is_shown_as_the_scenario_writes_it(
    value: str, kind: ValueKind, shown: str
) -> None:
    call = judged_call("0.0-1.0 caller: Hi.", scenario={**SCENARIO, "facts": FACTS})
    assert as_written(value, kind, call) == shown


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        ("ORD-1", ("ORD1",)),
        ({"one_of": ["ORD-1", "{other}"]}, ("ORD1", "ORD2")),
        ({"matches": "^ORD"}, ("ORD4715B",)),
    ],
)
def test_the_right_values_are_the_expected_ones_else_the_fact_of_the_name(
    wanted: object, values: tuple[str, ...]
) -> None:
    other = {"value": "ORD-2", "kind": "id"}
    expect = {"tools": [{"name": "lookup_order", "arguments": {"order_id": wanted}}]}
    call = judged_call("", scenario={"facts": {**FACTS, "other": other}, "expect": expect})
    assert expected_values(call, call.suite.tools[0], "order_id", ValueKind.ID) == values


def test_a_rule_says_what_an_argument_without_a_fact_may_be() -> None:
    expect = {"tools": [{"name": "lookup_order", "arguments": {"code": {"matches": "^ORD"}}}]}
    call = judged_call("", scenario={"facts": FACTS, "expect": expect})
    assert expected_values(call, call.suite.tools[0], "code", ValueKind.ID) == ()


def test_plain_text_of_the_caller_says_nothing_about_another_text() -> None:
    facts = {"colour": {"value": "blue"}, "address": FACTS["address"]}
    call = judged_call("", scenario={"facts": facts, "expect": {}})
    tool = call.suite.tools[0]
    assert expected_values(call, tool, "reason", ValueKind.TEXT) == ()
    assert expected_values(call, tool, "colour", ValueKind.TEXT) == ("blue",)
    assert expected_values(call, tool, "new_address", ValueKind.ADDRESS) == ("12 oak street",)
