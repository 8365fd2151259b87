"""Results of tau-bench and tau2-bench: a call for every simulation, its reward as a tag."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.importing.model import OfferedTool, SourceKind, StoredCall
from harness.importing.tau_bench import is_tau, read_tau
from harness.recording.provenance import CallStatus
from harness.recording.tools import ToolOutcome

TAU: list[Any] = [
    {
        "task_id": 3,
        "reward": 1.0,
        "info": {"task": {"instruction": "…"}, "source": "user"},
        "traj": [
            {"role": "system", "content": "Policy.\nThe current time is 2024-05-15 15:00:00 EST."},
            {"role": "user", "content": "Cancel my boat."},
            {"role": "assistant", "content": "Shall I cancel boat 7?", "tool_calls": None},
            {"role": "user", "content": "Yes."},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_a",
                        "type": "function",
                        "function": {"name": "cancel_boat", "arguments": '{"boat": "7"}'},
                    }
                ],
            },
            {
                "role": "tool",
                "tool_call_id": "call_a",
                "name": "cancel_boat",
                "content": "Error: x",
            },
            {"role": "assistant", "content": "That did not work."},
            {"role": "user", "content": "Never mind. ###STOP###"},
        ],
        "trial": 1,
    },
    {"task_id": 4, "reward": 0.0, "info": {"error": "timed out"}, "traj": [], "trial": 0},
]

DEFINITION = {"name": "cancel_boat", "doc": "Cancels.", "params": {"type": "object"}}
TAU2: dict[str, Any] = {
    "timestamp": "2025-10-31T07:16:27",
    "info": {
        "environment_info": {
            "domain_name": "boats",
            "policy": "# Boats",
            "tool_defs": {
                "cancel_boat": {
                    "name": "cancel_boat",
                    "doc": "Cancels.",
                    "params": {"type": "object"},
                }
            },
        }
    },
    "tasks": [],
    "simulations": [
        {
            "id": "b1",
            "task_id": "create_7",
            "trial": 0,
            "start_time": "2025-10-31T07:16:30",
            "termination_reason": "user_stop",
            "reward_info": {"reward": 0.5},
            "messages": [
                {"role": "assistant", "content": "Hi! How can I help?", "turn_idx": 0},
                {
                    "role": "user",
                    "content": None,
                    "tool_calls": [
                        {"id": "u1", "name": "check_phone", "arguments": {}, "requestor": "user"}
                    ],
                },
                {"id": "u1", "role": "tool", "content": "no signal", "requestor": "user"},
                {"role": "user", "content": "Cancel it."},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "t1", "name": "cancel_boat", "arguments": {"boat": "7"}},
                        {"id": "t2", "name": "cancel_boat", "arguments": {"boat": "8"}},
                    ],
                },
                {
                    "role": "tool",
                    "tool_messages": [
                        {"id": "t1", "role": "tool", "content": "{}", "error": False},
                        {"id": "t2", "role": "tool", "content": "gone", "error": True},
                    ],
                },
                {"role": "user", "content": "###TRANSFER###"},
            ],
        }
    ],
}


def read(folder: Path, data: object) -> tuple[StoredCall, ...]:
    path = folder / "results.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return read_tau(path)


def test_a_run_of_tau_bench_is_a_call(tmp_path: Path) -> None:
    call, broken = read(tmp_path, TAU)
    assert (call.name, call.kind, call.tags) == (
        "task-3-trial-1",
        SourceKind.TAU,
        ("task-3", "reward-1"),
    )
    assert [line.text for line in call.lines] == [
        "Cancel my boat.",
        "Shall I cancel boat 7?",
        "Yes.",
        "That did not work.",
        "Never mind.",
    ]
    (tool,) = call.tools
    assert (tool.name, tool.after_line, tool.outcome) == ("cancel_boat", 3, ToolOutcome.FAILED)
    assert call.today == date(2024, 5, 15)
    assert call.instructions is not None
    assert call.instructions.startswith("Policy.")
    assert (broken.status, broken.status_detail) == (
        CallStatus.HARNESS_ERROR,
        "the benchmark broke: timed out",
    )


def test_a_simulation_of_tau2_bench_is_a_call(tmp_path: Path) -> None:
    (call,) = read(tmp_path, TAU2)
    assert call.name == "task-create_7-trial-0"
    assert call.tags == ("task-create_7", "boats", "reward-0.5")
    assert [line.text for line in call.lines] == ["Hi! How can I help?", "Cancel it."]
    assert [(tool.arguments, tool.outcome) for tool in call.tools] == [
        ('{"boat": "7"}', ToolOutcome.OK),
        ('{"boat": "8"}', ToolOutcome.FAILED),
    ]
    assert (call.instructions, call.started_at) == ("# Boats", "2025-10-31T07:16:30")
    assert [tool.name for tool in call.offered] == ["cancel_boat"]
    assert call.offered[0].parameters == {"type": "object"}
    assert call.notes == ("1 calls of the caller's own tools passed over",)


def test_simulations_in_files_of_their_own_share_what_the_results_beside_them_say(
    tmp_path: Path,
) -> None:
    (tmp_path / "simulations").mkdir()
    run = TAU2["simulations"][0]
    (tmp_path / "simulations/b1.json").write_text(json.dumps(run), encoding="utf-8")
    listing = TAU2 | {"simulations": [], "simulation_index": [{"id": "b1", "task_id": "create_7"}]}
    assert read(tmp_path, listing) == ()
    (call,) = read_tau(tmp_path / "simulations/b1.json")
    whole = tmp_path / "whole"
    whole.mkdir()
    (same,) = read(whole, TAU2)
    assert replace(call, source=same.source) == same
    with pytest.raises(FaultyFiles, match="in the folder 'simulations' beside it"):
        read(whole, listing)


def test_tools_that_no_file_describes_are_those_that_gave_a_result(tmp_path: Path) -> None:
    call, _ = read(tmp_path, TAU)
    assert call.offered == (OfferedTool("cancel_boat"),)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("user_stop", CallStatus.COMPLETED),
        ("max_steps", CallStatus.COMPLETED),
        ("agent_error", CallStatus.AGENT_ERROR),
        ("user_error", CallStatus.CALLER_INVALID),
        ("too_many_errors", CallStatus.HARNESS_ERROR),
    ],
)
def test_how_a_simulation_ended_tells_whether_it_counts(
    tmp_path: Path, reason: str, status: CallStatus
) -> None:
    run = TAU2["simulations"][0] | {"termination_reason": reason}
    (call,) = read(tmp_path, TAU2 | {"simulations": [run]})
    assert call.status is status


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "results.json: no results of tau-bench"),
        ({"a": 1}, "results.json: no results of tau-bench"),
        ([TAU[0], 7], "results.json: [1]: expected a simulation ({task_id, messages}), got 7"),
        ([{"task_id": 0, "traj": 1}], "results.json: [0].traj: expected messages, got 1"),
        (
            {"simulations": [{"task_id": 0, "messages": [{"role": "tool", "id": "x"}]}]},
            "results.json: simulations[0].messages[0].tool_call_id: 'x' is the result of no call",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, data: object, problem: str) -> None:
    try:
        (fault,) = (fault for call in read(tmp_path, data) for fault in call.faults)
        told = str(fault)
    except FaultyFiles as faulty:
        told = str(faulty)
    assert told.removeprefix(f"{tmp_path}/").startswith(problem)


@pytest.mark.parametrize(
    ("data", "tau"),
    [
        (TAU, True),
        (TAU2, True),
        ([], False),
        ([{"role": "user"}], False),
        ({"messages": []}, False),
    ],
)
def test_results_are_known_by_their_shape(data: object, tau: bool) -> None:
    assert is_tau(data) is tau
