"""Which suites the shipped reference agent can do the work of."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.trade import trade_note

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


@pytest.mark.parametrize(
    ("suites", "url", "named"),
    [
        ((suite("lookup_order"),), None, ""),
        ((suite("book_visit", "refund_order"),), None, "these tools: book_visit."),
        ((suite("book_visit"),), None, "these tools: book_visit."),
        ((suite("book_visit", kind="write"),), None, "these tools: book_visit."),
        ((suite("book_visit"),), URL, ""),
        ((suite(),), None, ""),
        ((suite("lookup_order"), suite("a", "b")), None, "these tools: a, b."),
        ((cancelling("order_id", "Reason"),), None, ""),
        ((cancelling("order_id", "phone"),), None, "these tools: cancel."),
        (
            (DENTIST,),
            None,
            "tools: find_times, book_appointment, cancel_appointment, call_the_dentist.",
        ),
        ((suite("bestellung_suchen", "bestellung_stornieren"),), None, ""),
        ((suite("lieferadresse_ändern", "betrag_erstatten"),), None, ""),
        ((suite("termin_buchen"),), None, "these tools: termin_buchen."),
        ((cancelling("bestellnummer", "grund"),), None, ""),
        ((cancelling("bestellnummer", "telefonnummer"),), None, "these tools: cancel."),
        (({},), None, ""),
    ],
)
def test_the_tools_that_the_desk_cannot_use_are_told_before_its_verdicts(
    suites: tuple[dict[str, Any], ...], url: str | None, named: str
) -> None:
    note = trade_note(suites, url)
    assert bool(note) is bool(named)
    assert named in note
