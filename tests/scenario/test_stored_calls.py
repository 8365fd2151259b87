"""A scenario for calls that were made elsewhere: no turns, kinds of facts, requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FaultyFiles
from harness.language.values import ValueKind
from harness.runs.run_suite import RunRequest, planned
from harness.scenario.load import load_scenario
from harness.scenario.model import Scenario

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
opening: agent
answers: [{if_agent_asks: sure, say: Yes.}]
tools:
  - name: cancel_order
    kind: write
    parameters: {type: object, properties: {order_id: {type: string}}}
"""

STORED = """\
format: 1
name: stored
stored: {facts: {order_id: id}}
expect:
  tools: [{name: cancel_order, arguments: {order_id: "{order_id}"}}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "prompt.md").write_text("Be brief.")
    (tmp_path / "suite.yaml").write_text(SUITE)
    return tmp_path


def loaded(desk: Path, text: str) -> Scenario:
    (desk / "stored.yaml").write_text(text)
    return load_scenario(desk / "stored.yaml").scenario


def test_it_needs_no_turns_and_takes_nothing_of_a_caller_from_the_suite(desk: Path) -> None:
    scenario = loaded(desk, STORED)
    assert scenario.stored is not None
    assert scenario.stored.facts == {"order_id": ValueKind.ID}
    assert (scenario.turns, scenario.answers, scenario.opening) == ((), (), None)
    again = Scenario.model_validate_json(scenario.model_dump_json(by_alias=True))
    assert again == scenario


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("stored: {facts: {order_id: id}}\n", "", "turns: this key is required (or 'stored', "),
        ("stored: {facts: {order_id: id}}", "turns: []", "turns: expected a list with at least"),
        ("stored: {", "turns: [{say: Hi}]\nstored: {", "turns: means nothing beside 'stored'"),
        ("name: stored", "name: stored\nrepeat: 3", "repeat: means nothing beside 'stored'"),
        ("order_id: id}", "order: id}", "unknown fact 'order_id'; known: order"),
        ("order_id: id}", "order_id: number}", "stored.facts.order_id: expected "),
        (
            "name: stored",
            "name: stored\nfacts: {order_id: {value: A1}}",
            "stored.facts.order_id: has a value under 'facts' already",
        ),
    ],
)
def test_faults_name_their_place(desk: Path, old: str, new: str, fault: str) -> None:
    assert old in STORED
    with pytest.raises(FaultyFiles) as faulty:
        loaded(desk, STORED.replace(old, new))
    assert any(fault in str(one) for one in faulty.value.faults)


HANDS_OVER = "  - {name: hand_over, kind: escalate}\n"


def test_nobody_knows_of_stored_calls_whether_a_hand_over_was_due_unless_it_is_said(
    desk: Path,
) -> None:
    (desk / "suite.yaml").write_text(SUITE + HANDS_OVER)
    wanted = STORED.replace("tools: [", "tools: [{name: hand_over}, ")
    assert loaded(desk, wanted).expect.escalation == "unknown"
    assert loaded(desk, STORED + "  escalation: none\n").expect.escalation == "none"
    with pytest.raises(FaultyFiles) as faulty:
        loaded(desk, wanted + "  escalation: none\n")
    assert "hands over, but expect.escalation is 'none'" in str(faulty.value.faults[0])


def test_nobody_can_call_with_it(desk: Path) -> None:
    loaded(desk, STORED)
    with pytest.raises(
        FaultyFiles, match=r"stored\.yaml:\d+: stored: 'stored' is for stored calls"
    ):
        planned(RunRequest(paths=(desk,)))


def test_a_scenario_with_turns_is_the_test_that_it_was_before_there_were_stored_ones() -> None:
    path = Path("scenarios/order_desk/lookup/straight.yaml")
    known = "e12cc05061a95ac0253ef7bae691b3abe38b996af30f5c149477e436bd7ca8f9"
    assert load_scenario(path).hash == known
