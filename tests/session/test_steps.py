"""Steps of the script: items and settings sent mid-call, refused or not, and the reactions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.call_plans import RATE, call_plan, clip, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.audio.pcm import silence
from harness.caller.model import CallerScript, Clip
from harness.protocol.events import ResponseCreated
from harness.protocol.items import ResponseStatus
from harness.recording.model import Recording, StepAnswer, StepKind, StepTaken
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.units import FRAME_S

STILL = silence(0, RATE)
REPLIES = (Reply("Which one?", 1.0), Reply("It has shipped.", 1.0))
INJECTED = {"inject": {"role": "system", "text": "Speak of {order} only."}}
CHANGED = {"session_update": {"instructions": "Be rude.", "tools": ["lookup_order"]}}
SAID = ({"say": "Where is it?"}, {"say": "ORD-7."})


def held(
    folder: Path, turns: list[dict[str, Any]], **manners: Any
) -> tuple[Recording, list[dict[str, Any]]]:
    """Make a call; return its recording, and the server's received messages without audio."""
    wanted = scenario(
        turns, facts={"order": {"value": "ORD-7", "kind": "id"}}, limits={"answer_timeout_s": 3}
    )
    clips = tuple(
        clip(turn.say) if isinstance(turn.say, str) else Clip(STILL, STILL, "", "", "", None, None)
        for turn in wanted.turns
    )

    async def main() -> list[dict[str, Any]]:
        async with scripted_server(Script(list(REPLIES), **manners)) as (url, sessions):
            plan = call_plan(url, wanted, script=CallerScript(clips, (), None, {}))
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return sessions[0].received

    received = run_virtual(main())
    return read_recording(folder), received


def test_steps_are_sent_between_turns_and_only_what_is_set(tmp_path: Path) -> None:
    call, received = held(tmp_path, [SAID[0], INJECTED, CHANGED, SAID[1]])
    assert call.manifest.status_detail == ""
    item, update = received[-2:]
    words = [{"type": "input_text", "text": "Speak of ORD-7 only."}]
    assert item["item"] == {"type": "message", "role": "system", "content": words}
    tools = update["session"].pop("tools")
    assert [tool["name"] for tool in tools] == ["lookup_order"]
    assert update["session"] == {"type": "realtime", "instructions": "Be rude."}
    first, second = call.steps
    assert first == StepTaken(first.at_s, 1, StepKind.INJECT, "system: Speak of ORD-7 only.")
    assert second == StepTaken(second.at_s, 2, StepKind.SESSION_UPDATE, "instructions, tools")
    sent = [command.at_s for command in call.commands[-2:]]
    assert sent == [step.at_s for step in call.steps]


def test_a_step_takes_no_time_and_no_floor(tmp_path: Path) -> None:
    whole, _ = held(tmp_path / "whole", [SAID[0], INJECTED, CHANGED, SAID[1]])
    plain, _ = held(tmp_path / "plain", list(SAID))
    starts = [[one.start for one in call.utterances] for call in (plain, whole)]
    assert starts[1] == [starts[0][0], starts[0][1] + 2 * RATE // 50]
    assert build(whole).waits[0] == build(plain).waits[0]
    assert [wait.took_s for wait in build(whole).waits] == [
        wait.took_s for wait in build(plain).waits
    ]


def test_a_step_may_come_at_a_moment_of_its_own_or_be_left_out(tmp_path: Path) -> None:
    cued = INJECTED | {"start": {"on_event": "response.created"}}
    skipped = CHANGED | {"when": {"heard": "elephant"}}
    call, received = held(tmp_path, [SAID[0], cued, skipped, SAID[1]])
    assert [message["type"] for message in received].count("session.update") == 1
    assert [one.turn for one in call.left_out] == [2]
    created_s = next(each.at_s for each in call.events if isinstance(each.event, ResponseCreated))
    assert call.steps[0].at_s == round(created_s + FRAME_S, 6)
    assert len(call.utterances) == 2


REFUSED = [
    # (the step, which role is refused, how the call ends, in words)
    (INJECTED, "system", CallStatus.CALLER_INVALID, "turn 2 (inject) was refused: No such role."),
    (INJECTED, "user", CallStatus.COMPLETED, ""),
]


@pytest.mark.parametrize(("step", "role", "status", "told"), REFUSED)
def test_what_the_service_refuses_ends_the_call_and_names_the_turn(
    tmp_path: Path, step: dict[str, Any], role: str, status: CallStatus, told: str
) -> None:
    call, _ = held(tmp_path, [SAID[0], step, SAID[1]], refuse_role=role)
    assert call.manifest.status is status
    assert call.manifest.status_detail.startswith(told)


ASKED = {"out_of_band": {"instructions": "Which mood?", "input": "none", "expect": "calm"}}


def test_an_out_of_band_question_is_nobodys_answer(tmp_path: Path) -> None:
    over = ASKED | {"start": {"on_event": "response.created"}}
    turns = [SAID[0], over, SAID[1]]
    call, received = held(tmp_path / "asked", turns, out_of_band=[("completed", " calm ")])
    plain, _ = held(tmp_path / "plain", list(SAID))
    assert call.manifest.status_detail == ""
    assert received[-1]["response"] == {
        "conversation": "none",
        "instructions": "Which mood?",
        "output_modalities": ["text"],
        "metadata": {"harness_turn": "1"},
        "tool_choice": "none",
        "input": [],
    }
    (answer,) = call.step_answers
    assert answer == StepAnswer(answer.at_s, 1, ResponseStatus.COMPLETED, "calm")
    facts, others = build(call), build(plain)
    assert facts.step_answers == (answer,)
    assert [said.claimed for said in facts.agent] == [said.claimed for said in others.agent]
    assert (facts.waits, facts.texts) == (others.waits, ())
    assert not [one for one in facts.violations or () if "in progress" in one.detail]
    assert [one.start for one in call.utterances] == [one.start for one in plain.utterances]


@pytest.mark.parametrize(
    ("out_of_band", "answers", "length_s"),
    [([("failed", "")], 1, 7.54), ([], 0, 9.42), ([("completed", "calm")], 1, 7.54)],
)
def test_the_caller_waits_for_a_last_question_as_for_an_answer(
    tmp_path: Path, out_of_band: list[tuple[str, str]], answers: int, length_s: float
) -> None:
    call, _ = held(tmp_path, [*SAID, ASKED], out_of_band=out_of_band)
    assert call.manifest.status is CallStatus.COMPLETED
    assert len(call.step_answers) == answers
    assert call.manifest.duration_s == length_s  # a frame after the answer; 3 s after the agent


def test_the_last_turn_may_be_a_step(tmp_path: Path) -> None:
    call, _ = held(tmp_path, [*SAID, INJECTED])
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    assert [step.turn for step in call.steps] == [2]
