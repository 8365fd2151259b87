"""Values as a person reads them."""

from __future__ import annotations

import pytest
from support.call_script import SCENARIO, judged_call

from harness.language.spoken import ValueKind
from harness.scorers.facts import as_written

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
    assert as_written(value, kind, call.scenario) == shown
