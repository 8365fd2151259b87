"""The session changes in the middle of a call to the reference agent, and the agent with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.protocol.commands import CreateItem
from harness.protocol.events import SessionUpdated
from harness.protocol.items import ResponseStatus, Role
from harness.recording.model import Recording, StepKind, StepTaken
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.expectation import Words
from harness.scenario.script import Turn
from harness.scenario.target import Target
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
ALONE = {"session_update": {"tools": ["lookup_order"]}}
TOLD = {
    "inject": {"role": "system", "text": "The caller is angry."},
    "start": {"on_event": "response.created"},
}
GONE = {"disconnect": {"for": "1s", "how": "drop"}, "start": {"after_answer_s": 1.5}}
ASKED = {"out_of_band": {"instructions": "How does the caller feel?", "expect": r"\w"}}


def called(folder: Path) -> tuple[CallResult, Recording]:
    """Ask for a human, of an agent that has lost the tool for it; steps around the only turn."""
    (loaded,) = find((DESK / "escalation" / "asked_for_human.yaml",))
    (asked,) = loaded.scenario.turns
    before, *behind = (
        Turn.model_validate(each, strict=False) for each in (ALONE, TOLD, ASKED, GONE)
    )
    wanted = (Words(matches=r"\w", turn=2), Words(matches=r"\w", turn=3))
    expect = loaded.scenario.expect.model_copy(update={"says": wanted})
    scenario = loaded.scenario.model_copy(
        update={"turns": (before, asked, *behind), "expect": expect}
    )
    target = Target(format=1, target="reference")
    (job,) = plan_jobs((replace(loaded, scenario=scenario),), Repeats(), target)
    call = call_virtually(VirtualOrder(job, folder, embedded_agent, None))
    return call, read_recording(folder / call.recording)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[CallResult, Recording]]:
    return [called(tmp_path_factory.mktemp(name)) for name in ("first", "again")]


def test_the_agent_is_another_from_the_step_on(
    calls: list[tuple[CallResult, Recording]],
) -> None:
    call, recording = calls[0]
    assert (call.status, recording.tools) == ("completed", ())
    assert len(build(recording).agent) == 1
    expected = next(score for score in call.scores if score.scorer == "expectations")
    assert expected.outcome == "pass"


def test_steps_are_recorded_with_their_moment(
    calls: list[tuple[CallResult, Recording]],
) -> None:
    recording = calls[0][1]
    created = next(e.at_s for e in recording.events if type(e.event).__name__ == "ResponseCreated")
    assert recording.steps[:2] == (
        StepTaken(0.5, 0, StepKind.SESSION_UPDATE, "tools"),
        StepTaken(
            pytest.approx(created, abs=0.021), 2, StepKind.INJECT, "system: The caller is angry."
        ),
    )


def test_a_question_beside_the_conversation_is_answered_and_no_part_of_it(
    calls: list[tuple[CallResult, Recording]],
) -> None:
    recording = calls[0][1]
    (answer,) = recording.step_answers
    assert (answer.turn, answer.status) == (3, ResponseStatus.COMPLETED)
    assert build(recording).texts == ()
    assert build(recording).violations == ()


def test_the_line_is_lost_and_the_agent_is_told_again(
    calls: list[tuple[CallResult, Recording]],
) -> None:
    recording = calls[0][1]
    (gone,) = recording.absences
    told = [
        (sent.command.item.role, sent.command.item.content[0].text)
        for sent in recording.commands
        if isinstance(sent.command, CreateItem) and sent.at_s > gone.left_s
    ]
    said = build(recording)
    assert told == [
        (Role.USER, said.caller[0].text),
        (Role.ASSISTANT, said.agent[0].claimed_heard),
        (Role.SYSTEM, "The caller is angry."),
    ]
    assert len(said.waits) == 1
    first, second = [e.event for e in recording.events if isinstance(e.event, SessionUpdated)][::2]
    tools = [[tool.name for tool in each.config.tools or ()] for each in (first, second)]
    assert (len(tools[0]) > 1, tools[1]) == (True, ["lookup_order"])


def test_the_same_call_again_is_the_same(calls: list[tuple[CallResult, Recording]]) -> None:
    first, again = (recording for _, recording in calls)
    assert first.messages == again.messages
    assert first.agent == again.agent
