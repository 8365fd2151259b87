"""Values as a person reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.call_script import SCENARIO, judged_call

from harness.judging.scorers.arguments import as_written, expected_values, fits, shown_arguments
from harness.language.values import ValueKind
from harness.scenario.expectation import ExpectedTool
from harness.scenario.model import ToolSpec

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
        (["ORD-1", {"one_of": ["{other}"]}], ("ORD1", "ORD2")),
        ({"contains": ["ORD-1"]}, ("ORD1",)),
        ({"fields": {"number": "ORD-1"}}, ("ORD4715B",)),
        ({"number": "ORD-1"}, ("ORD4715B",)),
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


TICKETS = {
    "name": "book",
    "kind": "write",
    "parameters": {
        "properties": {
            "stops": {"type": "array", "items": {"type": "string"}},
            "seats": {"type": "array", "uniqueItems": True},
            "class": {"enum": ["first", "second"], "default": "second"},
            "day": {"type": "object", "properties": {"date": {"format": "date"}}},
        }
    },
}
SEATS = {"any_order": [{"one_of": ["1A", "1B"]}, {"matches": "A"}]}
FITTING: list[tuple[object, object, bool]] = [
    ({"stops": ["Bonn", "Ulm"]}, {"stops": ["bonn", "Ulm"]}, True),
    ({"stops": ["Ulm", "Bonn"]}, {"stops": ["Bonn", "Ulm"]}, False),
    ({"stops": ["Bonn"]}, {"stops": ["Bonn", "Ulm"]}, False),
    ({"stops": "Bonn"}, {"stops": ["Bonn"]}, False),
    ({"stops": ["Ulm", "Bonn"]}, {"stops": {"any_order": ["Bonn", "Ulm"]}}, True),
    ({"stops": ["Ulm", "Bonn", "Köln"]}, {"stops": {"any_order": ["Bonn", "Ulm"]}}, False),
    ({"stops": ["Ulm", "Bonn", "Köln"]}, {"stops": {"contains": ["Köln", "Ulm"]}}, True),
    ({"stops": ["Ulm"]}, {"stops": {"contains": ["Ulm", "Ulm"]}}, False),
    ({"stops": "Ulm"}, {"stops": {"contains": ["Ulm"]}}, False),
    ({"seats": ["1B", "1A"]}, {"seats": ["1A", "1B"]}, True),  # a set by its schema
    ({"seats": ["1A", "1B"]}, {"seats": SEATS}, True),  # 1A must be left to the second rule
    ({"seats": ["1B", "1B"]}, {"seats": SEATS}, False),
    ({}, {"class": "second"}, True),  # the schema's default
    ({}, {"class": "first"}, False),
    ({"class": None}, {"class": {"one_of": ["second"]}}, True),
    ({}, {"stops": {"contains": ["Ulm"], "optional": True}}, True),
    ({"stops": ["Bonn"]}, {"stops": {"contains": ["Ulm"], "optional": True}}, False),
    ({}, {"stops": {"contains": ["Ulm"]}}, False),
    ({"day": {"date": "2026-05-03", "at": 9}}, {"day": {"date": "May 3rd, 2026"}}, True),
    ({"day": {"date": "2026-05-04"}}, {"day": {"date": "2026-05-03"}}, False),
    ({"day": "2026-05-03"}, {"day": {"date": "2026-05-03"}}, False),
    ({"day": {"min": 3}}, {"day": {"fields": {"min": {"max": 3}}}}, True),
    ({"day": {"min": 4}}, {"day": {"fields": {"min": {"max": 3}}}}, False),
    ({"who": [{"name": "Jo", "age": 7}]}, {"who": [{"name": "jo", "age": {"min": 7}}]}, True),
    ({"who": [{"name": "Jo", "age": 6}]}, {"who": [{"name": "jo", "age": {"min": 7}}]}, False),
    (None, {"stops": ["Bonn"]}, False),
]


def _expected(arguments: object) -> ExpectedTool:
    return ExpectedTool.model_validate_json(json.dumps({"name": "book", "arguments": arguments}))


@pytest.mark.parametrize(("sent", "wanted", "good"), FITTING)
def test_lists_and_objects_hold_what_is_expected_in_them(
    sent: dict[str, object] | None, wanted: object, good: bool
) -> None:
    assert _fits(sent, wanted, ToolSpec.model_validate_json(json.dumps(TICKETS))) is good


@pytest.mark.parametrize(
    ("sent", "wanted", "good"),
    [
        ({"seats": ["1B", "1A"]}, {"seats": ["1A", "1B"]}, False),
        ({"day": {"n": [1, {"m": "x"}]}}, {"day": {"n": [1, {"m": "X"}]}}, True),
        ({"day": {"n": [1, {"m": "x"}]}}, {"day": {"n": [1, {"m": "y"}]}}, False),
    ],
)
def test_a_tool_that_is_not_in_the_suite_has_no_schema(
    sent: dict[str, object], wanted: object, good: bool
) -> None:
    assert _fits(sent, wanted) is good


def _fits(sent: dict[str, object] | None, wanted: object, *tools: ToolSpec) -> bool:
    call = judged_call("", scenario={"facts": {}})
    call = replace(call, suite=call.suite.model_copy(update={"tools": tools}))
    return fits(call, sent, _expected(wanted))


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"stops": ["Bonn", 3, {"one_of": ["a", "b"]}]}, "stops=[Bonn, 3, a or b]"),
        ({"day": {"date": "{phone}", "n": {"min": 2}}}, "day={date=555-0142, n at least 2}"),
        ({"day": {"fields": {"min": 2}, "optional": True}}, "day={min=2} or nothing"),
        ({"seats": {"any_order": ["1A"]}}, "seats=[1A] in any order"),
        ({"seats": {"contains": [{"matches": "A"}]}}, "seats with [matching 'A']"),
    ],
)
def test_expected_lists_and_objects_are_shown_as_they_are_written(
    wanted: object, shown: str
) -> None:
    call = judged_call("", scenario={"facts": FACTS})
    assert shown_arguments(_expected(wanted), call.scenario) == shown
