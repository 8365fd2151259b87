"""Kinds of tool arguments, and the form in which they are compared."""

from __future__ import annotations

from typing import Any

import pytest
from support.english import ENGLISH

from harness.dialogue.arguments import argument_kind, comparable, properties, tool_named
from harness.language.values import ValueKind
from harness.scenario.model import Fact, Scenario, Suite, ToolKind, ToolSpec, Turn

SCENARIO = Scenario(
    format=1,
    name="x",
    turns=(Turn(say="Hi."),),
    facts={"code": Fact(value="a@b.c", kind=ValueKind.EMAIL)},
)
TOOL = ToolSpec(name="t", kind=ToolKind.READ, exact=("token",))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("code", ValueKind.EMAIL),
        ("order_id", ValueKind.ID),
        ("callback_phone", ValueKind.PHONE),
        ("amount", ValueKind.AMOUNT),
        ("new_address", ValueKind.ADDRESS),
        ("birth_date", ValueKind.DATE),
        ("last_name", ValueKind.NAME),
        ("token", ValueKind.ID),
        ("reason", ValueKind.TEXT),
    ],
)
def test_a_fact_decides_then_the_name_then_exactness(name: str, kind: ValueKind) -> None:
    assert argument_kind(TOOL, name, SCENARIO) is kind


def test_an_argument_of_an_invented_tool_is_text() -> None:
    assert argument_kind(None, "token", SCENARIO) is ValueKind.TEXT
    assert tool_named(Suite(format=1, suite="s", instructions="p"), "t") is None


@pytest.mark.parametrize(
    ("value", "kind", "form"),
    [
        ("ord-4715b", ValueKind.ID, "ORD4715B"),
        (40.0, ValueKind.AMOUNT, "40.00"),
        (40, ValueKind.AMOUNT, "40.00"),
        ("12 Oak Street", ValueKind.ADDRESS, "12 oak street"),
    ],
)
def test_values_are_compared_in_one_form(value: Any, kind: ValueKind, form: str) -> None:
    assert comparable(value, kind, ENGLISH) == form


def test_a_schema_without_properties_has_no_arguments() -> None:
    assert properties(ToolSpec(name="t", kind=ToolKind.READ, parameters={"properties": []})) == ()
