"""Turns that wait for moments, turns that are left out, and a script that breaks off, in a call
to the reference agent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.cli.main import run_command
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
SCENARIO = """
format: 1
name: moments
facts: {order_id: {value: "ORD-4715B", kind: id}}
turns:
  - say: "Hi, where is my order? It's {order_id}."
  - say: "Wait, one more thing."
    barge_in: {after_words: 4}
  - say: "Yes, that's right."
    start: {after_answer_s: 2}
  - say: "Please cancel it."
    when: {heard: "elephant"}
  - say: "Are you there?"
    start: {on_tool: cancel_order, within: 8s}
answers: [{if_silent_for: 5s, say: "Hello?", times: 1}]
expect: {tools: [{name: cancel_order}], never: [refund_order]}
"""


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> tuple[CallResult, Recording, str]:
    folder = tmp_path_factory.mktemp("moments")
    shutil.copytree(DESK / "prompts", folder / "desk" / "prompts")
    shutil.copy(DESK / "suite.yaml", folder / "desk")
    (folder / "desk" / "moments.yaml").write_text(SCENARIO)
    run_command(["run", str(folder / "desk"), "--out", str(folder / "run")])
    (made,) = read_results(folder / "run" / RESULTS).calls
    place = folder / "run" / made.recording
    return made, read_recording(place), (place / "index.html").read_text()


def test_each_turn_comes_at_its_moment(call: tuple[CallResult, Recording, str]) -> None:
    said = {one.turn: one for one in call[1].utterances}
    assert sorted(said) == [0, 1, 2]
    assert [said[turn].barge_in for turn in said] == [False, True, False]
    answer = max(
        (span for span in call[1].played if span.start < said[2].start),
        key=lambda span: span.start + span.samples,
    )
    pause_s = (said[2].start - answer.start - answer.samples) / call[1].agent.rate_hz
    assert 2.0 <= pause_s < 2.1  # a border between frames, and the answer's trailing silence


def test_a_turn_that_was_left_out_is_told(call: tuple[CallResult, Recording, str]) -> None:
    assert [one.turn for one in call[1].left_out] == [3]
    assert "left out: what it asks for had not happened" in call[2]


def test_a_moment_that_never_comes_ends_the_call_with_a_reason(
    call: tuple[CallResult, Recording, str],
) -> None:
    manifest, made = call[1].manifest, call[0]
    assert (manifest.status, manifest.end_cause) == (
        CallStatus.COMPLETED, EndCause.CUE_NEVER_CAME,
    )  # fmt: skip
    assert manifest.status_detail == "turn 5 was never said: it waits for on_tool: 'cancel_order'"
    expected = next(one for one in made.scores if one.scorer == "expectations")
    assert expected.outcome == "fail"  # the tool that was waited for is the agent's own fault
    assert expected.reason == "cancel_order() was called 0 times, expected 1"
