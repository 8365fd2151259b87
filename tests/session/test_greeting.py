"""An agent that speaks first, as a whole call hears it: over loopback, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.recording.model import Recording
from harness.recording.provenance import EndCause
from harness.recording.store import read_recording
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

RATE = 24_000
OPENS = SessionSettings(opening="agent")
HELLO, ANSWER = Reply("Hello, order desk.", 2.0), Reply("It has shipped.", 1.0)


def held(
    folder: Path, server: Script, *, session: SessionSettings = OPENS, **more: Any
) -> tuple[Recording, list[str]]:
    """Make a call; return its recording, and the server's received messages without audio."""
    wanted = scenario(**({"turns": [{"say": "Where is my order?"}]} | more))

    async def main() -> list[str]:
        async with scripted_server(server) as (url, sessions):
            plan = call_plan(url, wanted, session=session)
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            return [message["type"] for message in sessions[0].received]

    asked = run_virtual(main())
    return read_recording(folder), asked


def ended(call: Recording) -> tuple[str, str]:
    """Return how a call ended."""
    assert call.manifest.status is not None
    return call.manifest.status.value, call.manifest.status_detail


def test_the_greeting_is_asked_for_and_heard_before_the_caller_speaks(tmp_path):
    call, asked = held(tmp_path, Script([HELLO, ANSWER]))
    assert ended(call) == ("completed", "")
    assert asked == ["session.update", "response.create"]
    facts = build(call)
    greeting, answer = facts.agent
    (said,) = facts.caller
    assert [greeting.claimed, answer.claimed] == [HELLO.text, ANSWER.text]
    assert greeting.span.start_s == pytest.approx(0.8, abs=0.03)
    # 0.6 s of quiet, and the 50 ms before the clip's first voiced sample.
    assert said.span.start_s == pytest.approx(greeting.span.end_s + 0.65, abs=0.03)
    (wait,) = facts.waits
    assert (wait.caller, wait.utterance) == (0, 1)


def test_without_the_setting_nothing_is_asked_for(tmp_path):
    call, asked = held(tmp_path, Script([ANSWER]), session=SessionSettings())
    assert asked == ["session.update"]
    assert call.utterances[0].start == RATE // 2


@pytest.mark.parametrize(
    ("scenarios", "targets", "asked"),
    [(None, "agent", True), ("agent", "caller", True), ("caller", "agent", False)],
)
def test_a_scenario_says_it_above_its_target(tmp_path, scenarios, targets, asked):
    settings = SessionSettings(opening=targets)
    _, sent = held(tmp_path, Script([HELLO, ANSWER]), session=settings, opening=scenarios)
    assert ("response.create" in sent) is asked


async def nothing(session: Session) -> None:
    """Replies of an agent that has no greeting."""


async def a_refusal(session: Session) -> None:
    error = {"type": "invalid_request_error", "message": "Nobody spoke.", "code": "no_input"}
    await session.send("error", error=error)


@pytest.mark.parametrize(
    ("reply", "how"),
    [
        (Reply(raw=nothing), ("agent_silent", "no greeting within 5 s")),
        (Reply("", 0.0), ("agent_silent", "no greeting within 5 s; its answer was empty")),
        (Reply(raw=a_refusal), ("agent_error", "Nobody spoke. (no_input)")),
        (Reply(fails="overloaded"), ("agent_error", "overloaded")),
    ],
)
def test_a_greeting_that_never_comes_ends_the_call_in_words(tmp_path, reply, how):
    call, _ = held(tmp_path, Script([reply, ANSWER]), limits={"answer_timeout_s": 5})
    assert ended(call) == how
    assert (call.manifest.end_cause is EndCause.NO_GREETING) is (how[0] == "agent_silent")
    assert call.utterances == ()
    assert build(call).waits == ()
    assert call.manifest.duration_s < 7


def test_an_agent_that_is_about_to_greet_by_itself_greets_once(tmp_path):
    slow = Reply("Good morning.", 1.0, delay_s=0.6)
    call, asked = held(tmp_path, Script([slow, ANSWER], greets=True))
    assert ended(call) == ("completed", "")
    assert asked == ["session.update", "response.create"]  # which it refuses
    assert [said.claimed for said in build(call).agent] == [slow.text, ANSWER.text]


def test_the_caller_may_interrupt_the_greeting(tmp_path):
    turns = [{"say": "Stop.", "barge_in": {"after_s": 1}}]
    long = Reply("Welcome to the order desk of a shop with a very long name.", 10.0)
    call, asked = held(tmp_path, Script([long, ANSWER]), turns=turns, opening="agent")
    assert ended(call) == ("completed", "")
    facts = build(call)
    (barge_in,) = facts.barge_ins
    assert (barge_in.caller, barge_in.utterance, barge_in.had_more) == (0, 0, True)
    assert asked[-1] == "conversation.item.truncate"
    (wait,) = facts.waits
    assert facts.agent[wait.utterance].claimed == ANSWER.text


def test_push_to_talk_waits_for_the_greeting_too(tmp_path):
    settings = SessionSettings(opening="agent", turn_detection="none")
    call, asked = held(tmp_path, Script([HELLO, ANSWER]), session=settings)
    assert ended(call) == ("completed", "")
    press = ["input_audio_buffer.clear", "input_audio_buffer.commit"]
    assert asked == ["session.update", "response.create", *press, "response.create"]
