"""Pauses within a line, and sounds that are not for the agent, in calls to the reference agent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.results.model import ScoreResult
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
THINKING = 'turns: [{say: ["Hello. My number is,", {pause: 1.2s}, "let me see, one six."]}]'
LISTENING = """
facts: {order_id: {value: ORD-4715B, kind: id}}
turns:
  - say: "Hi, where is my order? It's {order_id}."
  - backchannel: "mm-hm"
  - silence: 1s
"""
SIDE = """
turns:
  - say: "Hi, I'd like to check on an order."
  - aside: {say: "Not now, my dear.", level_db: LEVEL}
"""


def judged(folder: Path, script: str, scorer: str, **detection: Any) -> ScoreResult:
    shutil.copytree(DESK / "prompts", folder / "prompts")
    shutil.copy(DESK / "suite.yaml", folder)
    (folder / "one.yaml").write_text(f"format: 1\nname: one\n{script}\n")
    session = {"turn_detection": {"type": "server_vad", **detection}}
    target = Target.model_validate({"format": 1, "target": "t", "session": session})
    (job,) = plan_jobs(find((folder / "one.yaml",)), Repeats(), target)
    call = call_virtually(VirtualOrder(job, folder / "run", embedded_agent, None))
    assert call.status == "completed"
    (score,) = (score for score in call.scores if score.scorer == scorer)
    return score


@pytest.mark.parametrize(
    ("silence_ms", "outcome", "reason"),
    [
        (500, "fail", "s into a pause of 1.20 s at 0:0"),
        (1500, "pass", "the caller kept the floor in all pauses within an utterance (1)"),
    ],
)
def test_an_agent_that_ends_turns_after_half_a_second_jumps_into_a_thinkers_pause(
    tmp_path: Path, silence_ms: int, outcome: str, reason: str
) -> None:
    score = judged(tmp_path, THINKING, "pause_handling", silence_duration_ms=silence_ms)
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("interrupts", "outcome", "reason"),
    [
        (True, "fail", "the agent stopped for the backchannel 'mm-hm' at 0:"),
        (False, "pass", "nothing that was not for the agent changed what it did (1)"),
    ],
)
def test_an_agent_whose_session_stops_for_all_speech_stops_for_a_backchannel(
    tmp_path: Path, *, interrupts: bool, outcome: str, reason: str
) -> None:
    score = judged(tmp_path, LISTENING, "selectivity", interrupt_response=interrupts)
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason


@pytest.mark.parametrize(
    ("level_db", "outcome", "reason"),
    [
        (0, "fail", "the agent answered the aside 'Not now, my dear.' at 0:0"),
        (-14, "pass", "nothing that was not for the agent changed what it did (1)"),
    ],
)
def test_somebody_who_is_as_loud_as_the_caller_is_answered(
    tmp_path: Path, level_db: int, outcome: str, reason: str
) -> None:
    score = judged(tmp_path, SIDE.replace("LEVEL", str(level_db)), "selectivity")
    assert (score.outcome, reason in score.reason) == (outcome, True), score.reason
