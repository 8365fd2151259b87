"""A recording alone is enough to be scored."""

from __future__ import annotations

import pytest
from support.call_script import record

from harness.errors import Unscorable
from harness.scorers.call import scored_call


def test_scenario_and_suite_come_from_the_manifest() -> None:
    call = scored_call(record("0.0-1.0 caller: Hi."))
    assert call.scenario.facts["order_id"].value == "ORD-4715B"
    assert [tool.name for tool in call.suite.tools][:2] == ["lookup_order", "cancel_order"]


def test_a_stored_scenario_that_does_not_fit_any_more_is_named() -> None:
    recording = record("0.0-1.0 caller: Hi.", scenario={"turns": []})
    with pytest.raises(Unscorable, match="stored scenario is not valid here: turns"):
        scored_call(recording)
