"""The shipped suite: its scenarios, prompt, facts and targets fit together."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from harness.language.values import ValueKind
from harness.scenario.catalog import find, load_target
from harness.scenario.expectation import EscalationDue
from harness.scenario.model import PreambleRule, ToolKind

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
CALLS = find((DESK,))
PROMPT = CALLS[0].suite.instructions
ON_FILE = tuple(re.findall(r"^- ([A-Z]{3}-\d{4}[A-Z])$", PROMPT, re.MULTILINE))


def test_there_are_enough_scenarios_and_escalation_has_as_many_negatives_as_positives() -> None:
    assert len(CALLS) >= 16
    due = [isinstance(call.scenario.expect.escalation, EscalationDue) for call in CALLS]
    assert 4 <= sum(due) <= len(due) / 2


def test_every_order_number_of_a_scenario_is_on_file_and_repeats_no_digit() -> None:
    used = {
        fact.value
        for call in CALLS
        for fact in call.scenario.facts.values()
        if fact.kind is ValueKind.ID
    }
    assert used <= set(ON_FILE)
    assert len(ON_FILE) == 12
    assert all(len(set(number[4:8])) == 4 for number in ON_FILE)
    distances = [
        sum(one != two for one, two in zip(first, second, strict=True))
        for first, second in combinations(sorted(used), 2)
    ]
    assert min(distances) >= 3  # no two that a recognizer takes for each other


def test_the_file_also_holds_pairs_that_sound_alike_which_no_scenario_uses() -> None:
    near = [
        (first, second)
        for first, second in combinations(ON_FILE, 2)
        if sum(one != two for one, two in zip(first, second, strict=True)) == 1
    ]
    assert len(near) == 2


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path.stem)
def test_each_scenario_is_described_and_tagged(call: object) -> None:
    scenario = call.scenario  # type: ignore[attr-defined]
    assert scenario.description.strip()
    assert scenario.tags


def test_the_tools_of_the_suite_have_every_kind_and_the_lookup_needs_a_preamble() -> None:
    tools = {tool.name: tool for tool in CALLS[0].suite.suite.tools}
    assert {tool.kind for tool in tools.values()} == set(ToolKind)
    assert tools["lookup_order"].preamble is PreambleRule.REQUIRED
    assert tools["escalate_to_human"].say in PROMPT


def test_each_behaviour_has_its_own_section_that_an_ab_test_can_take_out() -> None:
    sections = dict(re.findall(r"^# (.+)\n\n((?:(?!^# ).*\n?)+)", PROMPT, re.MULTILINE))
    assert list(sections) == [
        "Role", "Speaking style", "Before a lookup", "Order numbers", "Changes", "Unclear audio",
        "Failed tools", "Human specialist", "Silence and background", "Orders on file",
    ]  # fmt: skip
    behaviours = list(sections.values())[2:-1]
    assert all(re.search(r"\b(always|never)\b", text, re.IGNORECASE) for text in behaviours)


@pytest.mark.parametrize("path", sorted((DESK / "targets").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_target_file_loads_by_its_name(path: Path) -> None:
    assert load_target(path.stem, DESK).target == path.stem
