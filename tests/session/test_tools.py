"""Mocked tools: results, order, latency, failures."""

from __future__ import annotations

import json

import pytest
from support.call_plans import scenario

from harness.recording.tools import ToolOutcome
from harness.scenario.model import Suite, ToolKind
from harness.session.tools import ToolDesk


def desk(mock=None, *, override=None, facts=None, seed=7, kind="read"):
    tool = {"name": "look", "kind": kind} | ({"mock": mock} if mock is not None else {})
    values = {"format": 1, "suite": "s", "instructions": "p.md", "tools": (tool,)}
    wanted = scenario(
        [{"say": "Hi."}], mocks={"look": override} if override else {}, facts=facts or {}
    )
    return ToolDesk(Suite.model_validate(values, strict=False), wanted, seed=seed)


def outputs(tools: ToolDesk, *arguments: str) -> list:
    return [json.loads(tools.call("look", text).output) for text in arguments]


def test_arguments_and_facts_are_filled_in_at_any_depth():
    returns = {
        "id": "{id}",
        "n": "{n}",
        "deep": [{"said": "{id} for {who}"}],
        "odd": "{nope}",
        "k": 1,
    }
    tools = desk({"returns": returns}, facts={"who": {"value": "Ann"}})
    assert outputs(tools, '{"id": "A1", "n": 3}') == [
        {"id": "A1", "n": 3, "deep": [{"said": "A1 for Ann"}], "odd": "{nope}", "k": 1}
    ]


def test_a_list_is_used_one_after_another_and_the_last_stays():
    tools = desk(({"fails": "timeout"}, {"returns": {"n": 1}}, {"returns": {"n": 2}}))
    assert outputs(tools, *["{}"] * 4) == [{"error": "timeout"}, {"n": 1}, {"n": 2}, {"n": 2}]


def test_a_mock_with_when_only_fits_its_arguments():
    mocks = (
        {"returns": {"n": "first"}, "when": {"id": "{mine}"}},
        {"returns": {"n": "other"}},
    )
    tools = desk(mocks, facts={"mine": {"value": "A1"}})
    got = outputs(tools, '{"id": "B2"}', '{"id": "A1"}', '{"id": "B2"}')
    assert [row["n"] for row in got] == ["other", "first", "other"]


def test_no_fitting_mock_means_not_found():
    tools = desk({"returns": {}, "when": {"id": "A1"}})
    answer = tools.call("look", "{}")
    assert (answer.output, answer.outcome) == ('{"error":"not_found"}', ToolOutcome.FAILED)


def test_a_scenario_replaces_the_mocks_of_the_suite():
    assert outputs(desk({"returns": {"n": 1}}, override={"returns": {"n": 2}}), "{}") == [{"n": 2}]


def test_a_tool_without_a_mock_says_ok():
    assert outputs(desk(), "") == [{"ok": True}]


@pytest.mark.parametrize(
    ("fails", "outcome"),
    [
        ("timeout", ToolOutcome.TIMED_OUT),
        ("error", ToolOutcome.FAILED),
        ("not_found", ToolOutcome.FAILED),
        ("unavailable", ToolOutcome.FAILED),
    ],
)
def test_failures_are_json_errors_after_their_latency(fails, outcome):
    tools = desk({"fails": fails, "latency_s": 2.5}, kind="write")
    answer = tools.call("look", "{}")
    assert json.loads(answer.output) == {"error": fails}
    assert (answer.outcome, answer.latency_s) == (outcome, 2.5)
    assert tools.kind("look") is ToolKind.WRITE


@pytest.mark.parametrize("arguments", ["{", "[]", '"x"'])
def test_arguments_that_are_no_object_are_an_error(arguments):
    answer = desk().call("look", arguments)
    assert (answer.output, answer.outcome) == ('{"error":"invalid arguments"}', ToolOutcome.FAILED)


def test_an_unknown_tool_is_an_error():
    answer = desk().call("fly", "{}")
    assert answer.output == '{"error":"unknown tool"}'
    assert answer.outcome is ToolOutcome.UNKNOWN_TOOL
    assert desk().kind("fly") is None


def test_latencies_are_drawn_from_the_seed():
    def drawn(spread, seed):
        tools = desk({"returns": {}, "latency_s": spread}, seed=seed)
        return [tools.call("look", "{}").latency_s for _ in range(50)]

    even = drawn({"uniform": (0.5, 1.0)}, 7)
    assert even == drawn({"uniform": (0.5, 1.0)}, 7)
    assert even != drawn({"uniform": (0.5, 1.0)}, 8)
    assert len(set(even)) == 50
    assert all(0.5 <= x <= 1.0 for x in even)
    bell = drawn({"normal": (0.1, 0.5)}, 7)
    assert min(bell) == 0.0
    assert max(bell) > 0.5
