"""Kinds of tool arguments, and the form in which they are compared."""

from __future__ import annotations

from typing import Any

import pytest
from support.english import ENGLISH

from harness.judging.dialogue.argument_paths import properties, tool_named
from harness.language.values import ValueKind
from harness.scenario import argument_checks
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.fault_text import SlowExpression
from harness.scenario.model import Fact, Scenario, Suite, ToolKind, ToolSpec
from harness.scenario.script import Turn

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
    assert argument_kind(TOOL, name, SCENARIO, ENGLISH) is kind


def test_an_argument_of_an_invented_tool_is_text() -> None:
    assert argument_kind(None, "token", SCENARIO, ENGLISH) is ValueKind.TEXT
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


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (
            "consumer_id mailbox_id costumeId updateId price_id address-id candidate_no",
            ValueKind.ID,
        ),
        ("orderNumber confirmationCode booking_ref vin HTTPReference", ValueKind.ID),
        ("candidate_name petName surname mailbox_name", ValueKind.NAME),
        ("phone phone_number homePhone callback_number contact-number", ValueKind.PHONE),
        ("email e_mail customerEmail mail_address", ValueKind.EMAIL),
        ("check_in_date dateOfBirth due-date dob", ValueKind.DATE),
        ("total_amount totalCost price price_per_night", ValueKind.AMOUNT),
        ("number_of_guests noOfNights num_rooms party_size guest-count qty", ValueKind.COUNT),
        ("pickup_time arrivalTime", ValueKind.TIME),
        ("start_date_time timestamp", ValueKind.DATETIME),
        ("billing_address city cityOfBirth", ValueKind.ADDRESS),
        ("summary consumer update candidate mailbox capacity velocity costume", ValueKind.TEXT),
        ("ip_address date_range price_range phone_model roommates", ValueKind.TEXT),
        ("total_baggages cost_center id_type nameplate named of 42", ValueKind.TEXT),
    ],
)
def test_a_name_tells_its_kind_by_whole_words_and_the_last_one_decides(
    names: str, kind: ValueKind
) -> None:
    plain = ToolSpec(name="t", kind=ToolKind.READ)
    found = {name: argument_kind(plain, name, SCENARIO, ENGLISH) for name in names.split()}
    assert found == dict.fromkeys(names.split(), kind)


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("when", {"type": "string", "format": "date"}, ValueKind.DATE),
        ("reach", {"format": "email"}, ValueKind.EMAIL),
        ("key", {"format": "uuid"}, ValueKind.ID),
        ("start_date", {"format": "date-time"}, ValueKind.DATETIME),
        ("country_code", {"enum": ["US", "CA"]}, ValueKind.TEXT),
        ("riders", {"type": "string", "enum": ["1", "2", "3"]}, ValueKind.COUNT),
        ("price", {"const": "low"}, ValueKind.TEXT),
        ("total", {"type": "boolean"}, ValueKind.TEXT),
        ("opens", {"type": "string", "format": "time"}, ValueKind.TIME),
        ("nights", {"type": "integer"}, ValueKind.COUNT),
        ("floor", {"type": "integer"}, ValueKind.COUNT),
        ("rating", {"type": "number"}, ValueKind.TEXT),
        ("wait_time", {"type": "integer"}, ValueKind.TEXT),
        ("date", {"type": "integer"}, ValueKind.TEXT),
        ("amount", {"type": "number"}, ValueKind.AMOUNT),
        ("order_id", {"type": "integer"}, ValueKind.ID),
        ("order_ids", {"type": "array", "items": {"type": "string"}}, ValueKind.ID),
        ("seats", {"type": "array", "items": {"pattern": "^[0-9]+[A-F]$"}}, ValueKind.ID),
        ("visit", {"pattern": r"^\d{4}-\d\d-\d\d$"}, ValueKind.DATE),
        ("contact", {"pattern": "^[^ @]+@[^ @]+$"}, ValueKind.EMAIL),
        ("slot", {"pattern": r"^\d\d:\d\d$"}, ValueKind.TIME),
        ("locator", {"pattern": "^[A-Z0-9]{6}$"}, ValueKind.ID),
        ("callback_number", {"pattern": "^[0-9]{10}$"}, ValueKind.PHONE),
        ("street_name", {"pattern": "^.+$"}, ValueKind.NAME),
        ("remark", {"pattern": "("}, ValueKind.TEXT),
        ("order_id", True, ValueKind.ID),
    ],
)
def test_a_schema_tells_more_than_a_name(name: str, schema: Any, kind: ValueKind) -> None:
    tool = ToolSpec(name="t", kind=ToolKind.READ, parameters={"properties": {name: schema}})
    assert argument_kind(tool, name, SCENARIO, ENGLISH) is kind


def test_a_pattern_without_end_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(expression: str, text: str) -> bool:
        raise SlowExpression(expression)

    monkeypatch.setattr(argument_checks, "search", endless)
    tool = ToolSpec(
        name="t", kind=ToolKind.READ, parameters={"properties": {"remark": {"pattern": "^(a+)+$"}}}
    )
    assert argument_kind(tool, "remark", SCENARIO, ENGLISH) is ValueKind.TEXT


def test_what_the_suite_says_of_a_tool_comes_first() -> None:
    tool = ToolSpec(name="t", kind=ToolKind.READ, kinds={"code": ValueKind.ID})
    assert argument_kind(tool, "code", SCENARIO, ENGLISH) is ValueKind.ID
