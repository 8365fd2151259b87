"""Which suites the shipped reference agent can do the work of."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.domain import fact_for, trade_note

URL = "wss://example.com"

DENTIST = {
    "tools": [
        {"name": "find_times", "kind": "read"},
        {"name": "book_appointment", "kind": "write"},
        {"name": "cancel_appointment", "kind": "write", "parameters": {"required": ["phone"]}},
        {"name": "call_the_dentist", "kind": "escalate"},
        {"name": "hold_on", "kind": "no_op"},
    ]
}


def suite(*names: str, kind: str = "read") -> dict[str, Any]:
    human = {"name": "escalate_to_human", "kind": "escalate"}
    return {"tools": [*({"name": name, "kind": kind} for name in names), human]}


def cancelling(*required: str) -> dict[str, Any]:
    tool = {"name": "cancel", "kind": "write", "parameters": {"required": list(required)}}
    return {"tools": [tool]}


def coded(kinds: dict[str, str]) -> dict[str, Any]:
    tool = {"name": "cancel", "kind": "write", "parameters": {"required": ["booking_code"]}}
    return {"tools": [tool | {"kinds": kinds}]}


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ({}, "cancel (it knows nothing to put into booking_code)."),
        ({"booking_code": "id"}, ""),
        ({"booking_code": "phone"}, "cancel (it knows nothing to put into booking_code)."),
        ({"booking_code": "text"}, "cancel (it knows nothing to put into booking_code)."),
    ],
)
def test_the_kind_of_an_argument_tells_what_it_is(kinds: dict[str, str], why: str) -> None:
    note = trade_note((coded(kinds),), None)
    assert bool(note) is bool(why)
    assert why in note


@pytest.mark.parametrize(
    ("name", "kinds", "fact"),
    [
        ("order_id", {}, "order_id"),
        ("order_id", {"order_id": "phone"}, None),
        ("reason", {"reason": "text"}, "reason"),
        ("price", {"price": "amount"}, "amount"),
        ("place", {"place": "address"}, "address"),
        ("place", None, None),
    ],
)
def test_a_kind_decides_before_a_name(
    name: str, kinds: dict[str, str] | None, fact: str | None
) -> None:
    assert fact_for(name, kinds) == fact


@pytest.mark.parametrize(
    ("suites", "url", "named"),
    [
        ((suite("lookup_order"),), None, ""),
        ((suite("book_visit", "refund_order"),), None, "these tools: book_visit (does nothing"),
        ((suite("book_visit"),), None, "these tools: book_visit (does nothing"),
        ((suite("book_visit", kind="write"),), None, "these tools: book_visit (does nothing"),
        ((suite("book_visit"),), URL, ""),
        ((suite(),), None, ""),
        (
            (suite("lookup_order"), suite("a", "b")),
            None,
            "these tools: a, b (does nothing",
        ),
        ((cancelling("order_id", "Reason"),), None, ""),
        (
            (cancelling("order_id", "phone"),),
            None,
            "tools: cancel (it knows",
        ),
        (
            (DENTIST,),
            None,
            "tools: find_times, book_appointment, call_the_dentist "
            "(does nothing that an order desk does); "
            "cancel_appointment (it knows nothing to put into phone).",
        ),
        ((suite("bestellung_suchen", "bestellung_stornieren"),), None, ""),
        ((suite("lieferadresse_ändern", "betrag_erstatten"),), None, ""),
        ((suite("termin_buchen"),), None, "these tools: termin_buchen (does"),
        ((cancelling("bestellnummer", "grund"),), None, ""),
        (
            (cancelling("bestellnummer", "telefonnummer"),),
            None,
            "tools: cancel (it knows",
        ),
        (({},), None, ""),
    ],
)
def test_the_tools_that_the_desk_cannot_use_are_told_before_its_verdicts(
    suites: tuple[dict[str, Any], ...], url: str | None, named: str
) -> None:
    note = trade_note(suites, url)
    assert bool(note) is bool(named)
    assert named in note
