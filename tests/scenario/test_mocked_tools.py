"""Which records and mocks a call finds: values are compared by the kind of the argument."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_plans import scenario

from harness.scenario.mocked_tools import MockedTools
from harness.scenario.model import Suite

ROW = {
    "phone": "+1 555 010 7788",
    "born": "1984-07-19",
    "total": 40.0,
    "note": "A-1",
    "when": "2026-04-05",
    "vip": True,
    "who": "Ann",
}
TYPES = {"phone": "phone", "born": "date", "total": "amount", "caller": "phone", "when": "text"}


def _tools(mock: dict[str, Any], **facts: Any) -> MockedTools:
    tool = {
        "name": "look",
        "kind": "read",
        "kinds": TYPES,
        "parameters": {"type": "object", "properties": {name: {} for name in (*TYPES, "note")}},
        "mock": mock,
    }
    suite = {"format": 1, "suite": "s", "instructions": "p.md", "tools": (tool,)}
    world = {"people": {"key": "phone", "records": (ROW,)}}
    wanted = scenario([{"say": "Hi."}], world=world, facts=facts)
    return MockedTools(Suite.model_validate(suite, strict=False), wanted)


# the fields of a look-up, the arguments, and whether the record is found
FOUND: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {"phone": "15550107788"}, True),
    ({}, {"phone": 15550107788}, True),
    ({}, {"phone": "15550107789"}, False),
    ({}, {"phone": ""}, False),
    ({"phone": "{caller}"}, {"caller": "1-555-010-7788"}, True),
    ({"born": "{born}"}, {"born": "July 19, 1984"}, True),
    ({"born": "{born}"}, {"born": "July 18, 1984"}, False),
    ({"born": "{when}"}, {"when": "July 19, 1984"}, False),
    ({"total": "{total}"}, {"total": "$40"}, True),
    ({"total": "{total}"}, {"total": 40}, True),
    ({"total": "{total}"}, {"total": True}, False),
    ({"note": "{note}"}, {"note": "a1"}, True),
    ({"vip": "true"}, {}, True),
    ({"who": ["Kim", "ANN"]}, {}, True),
]


@pytest.mark.parametrize(("by", "arguments", "found"), FOUND)
def test_records_are_looked_up_by_the_kind_of_value(
    by: dict[str, Any], arguments: dict[str, Any], found: bool
) -> None:
    given = _tools({"world": {"find": "people", "by": by}}).call("look", arguments)
    assert (ROW in (given.output, *given.output.get("people", ()))) is found


@pytest.mark.parametrize(
    ("only_if", "refused"),
    [
        ({"born": "July 19, 1984"}, False),
        ({"born": ["May 1, 1984"]}, True),
        ({"phone": "1 555 010 77 88", "total": "40"}, False),
    ],
)
def test_conditions_are_compared_by_the_kind_of_value(
    only_if: dict[str, Any], refused: bool
) -> None:
    tools = _tools({"world": {"change": "people", "only_if": only_if, "set": {"note": "done"}}})
    assert tools.call("look", {"phone": "15550107788"}).failed is refused


def test_a_new_record_has_a_key_of_its_own_kind() -> None:
    tools = _tools({"world": {"add": "people", "set": {"phone": "{caller}"}}})
    assert tools.call("look", {"caller": "15550107788"}).output == {"error": "already_exists"}
    assert tools.call("look", {"caller": "15550107789"}).output == {"phone": "15550107789"}


@pytest.mark.parametrize(
    ("said", "fits"), [("15550107788", True), ("+1 (555) 010-7788", True), ("5550107788", False)]
)
def test_a_mock_with_when_fits_a_value_in_any_writing(said: str, fits: bool) -> None:
    mock = {"returns": {"n": 1}, "when": {"phone": "{mine}"}}
    given = _tools(mock, mine={"value": "+1 555 010 7788", "kind": "phone"})
    assert (given.call("look", {"phone": said}).output == {"n": 1}) is fits
