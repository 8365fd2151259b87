"""The same spoken call in every turn and response mode, in every format, and in text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.judging.scorers.missing_evidence import IN_TEXT
from harness.protocol.commands import CreateResponse
from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"


@pytest.mark.parametrize(
    ("turns", "sound"),
    [
        ({"type": "server_vad", "create_response": False}, "pcmu"),
        ({"type": "semantic_vad", "create_response": False, "eagerness": "high"}, "pcma"),
        ("none", "pcm16_24k"),
    ],
)
def test_whoever_asks_for_the_answers_the_same_tools_are_called(
    tmp_path: Path, turns: Any, sound: str
) -> None:
    settings = {"turn_detection": turns, "input_format": sound, "output_format": sound}
    target = Target.model_validate({"format": 1, "target": "modes", "session": settings})
    (job,) = plan_jobs(find((DESK / "lookup" / "straight.yaml",)), Repeats(), target)
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, None))
    assert (call.status, call.passed, call.differences) == ("completed", True, ())
    recording = read_recording(tmp_path / call.recording)
    assert [run.name for run in recording.tools] == ["lookup_order"]
    asks = sum(isinstance(sent.command, CreateResponse) for sent in recording.commands)
    assert asks == len(recording.utterances) + len(recording.tools)


def test_through_all_modes_and_formats_the_same_tools_are_called(tmp_path: Path) -> None:
    modes = {"turn_detection": ("server_vad", "semantic_vad", "none"), "format": ("pcma", "pcmu")}
    target = Target.model_validate({"format": 1, "target": "modes", "matrix": modes})
    jobs = plan_jobs(find((DESK / "lookup" / "straight.yaml",)), Repeats(), target)
    assert len({job.recording for job in jobs}) == len({job.condition for job in jobs}) == 6
    called = []
    for job in jobs:
        call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, None))
        assert (call.status, call.passed, call.condition) == ("completed", True, job.condition)
        assert call.cell == job.cell == job.condition
        tools = read_recording(tmp_path / call.recording).tools
        called.append([(run.name, run.arguments) for run in tools])
    assert called == [called[0]] * 6


@pytest.mark.parametrize(
    ("scenario", "tool"),
    [
        ("lookup/straight.yaml", "lookup_order"),
        ("turn_taking/yes_over_read_back.yaml", "lookup_order"),
        ("write/confirmed_cancellation.yaml", "cancel_order"),
    ],
)
def test_a_session_in_text_is_judged_by_its_text(tmp_path: Path, scenario: str, tool: str) -> None:
    target = Target.model_validate(
        {"format": 1, "target": "text", "session": {"output": "text", "turn_detection": "none"}}
    )
    (job,) = plan_jobs(find((DESK / scenario,)), Repeats(), target)
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, None))
    assert (call.status, call.passed, call.differences) == ("completed", True, ())
    recording = read_recording(tmp_path / call.recording)
    assert tool in [run.name for run in recording.tools]
    assert (recording.played, recording.recognition) == ((), None)
    outcomes = {score.scorer: score.outcome for score in call.scores}
    judged = "write_confirmation" if tool == "cancel_order" else "preamble"
    assert outcomes[judged] == outcomes["entity_confirmation"] == "pass"
    silent = [score for score in call.scores if score.reason == IN_TEXT]
    assert {score.scorer for score in silent} == {
        "time_to_first_audio",
        "barge_in_yield",
        "pause_handling",
        "audio_quality",
    }
    assert all(score.outcome == "not_applicable" for score in silent)
