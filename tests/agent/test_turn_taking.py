"""A caller turn interrupts, is answered, or is left alone, as the session's settings say."""

from __future__ import annotations

import numpy as np
import pytest
from support.agent_driver import LOOKUP, PROMPT, Driver, types_of

from harness.agent.faults import TALKS_ON_S, AgentFault
from harness.agent.server.caller_side import Noticed
from harness.agent.server.turn_detection import Utterance
from harness.audio.pcm import Pcm
from harness.protocol.commands import (
    AppendAudio,
    ConfigureSession,
    CreateResponse,
    ServerVad,
    SessionConfig,
)

STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"


def begins(driver: Driver) -> list[str]:
    """Let the caller begin a turn; return the types of the events sent then."""
    driver.session.caller.noticed.append(Noticed("item_turn", 0))
    return types_of(driver.do(AppendAudio(b"")))


def ends(driver: Driver) -> list[str]:
    """Let the caller's turn end, its words recognized by then."""
    said = Utterance(Pcm(np.zeros(16_000, np.int16), 16_000), 0, 1000)
    job = driver.session.state.new_job()
    driver.session.recognized(job, lambda: driver.heard_text, driver.now)
    driver.session.caller.noticed.append(Noticed("item_turn", 0, 1000, said, job))
    return types_of(driver.do(AppendAudio(b"")))


def talking(detection: ServerVad) -> Driver:
    """Return a session whose agent has just begun to talk."""
    driver = Driver()
    config = SessionConfig(instructions=PROMPT, tools=(LOOKUP,), turn_detection=detection)
    driver.do(ConfigureSession(config))
    driver.do(CreateResponse())
    driver.wait(0.1)
    return driver


@pytest.mark.parametrize(
    ("interrupts", "told"),
    [
        (True, ["response.output_item.done", "response.done"]),
        (False, []),
    ],
)
def test_a_turn_interrupts_where_the_session_lets_it(interrupts: bool, told: list[str]) -> None:
    driver = talking(ServerVad(interrupt_response=interrupts))
    found = begins(driver)
    assert found[0] == STARTED
    assert found[1:][-2:] == told
    done = [event for event in driver.events if event["type"] == "response.done"]
    assert [each["response"]["status_details"]["reason"] for each in done] == (
        ["turn_detected"] * interrupts
    )


@pytest.mark.parametrize("answers", [True, False])
def test_a_turn_is_answered_where_the_session_says_so(answers: bool) -> None:
    driver = Driver()
    config = SessionConfig(turn_detection=ServerVad(create_response=answers))
    driver.do(ConfigureSession(config))
    begins(driver)
    found = ends(driver)
    assert found[:2] == [STOPPED, COMMITTED]
    assert ("response.created" in found) is answers


def test_a_session_that_transcribes_answers_nothing_and_keeps_no_turn() -> None:
    driver = Driver(transcribes=True)
    assert begins(driver) == [STARTED]
    assert "response.created" not in ends(driver)
    assert "response.created" not in types_of(driver.wait(30.0))
    assert driver.session.caller.pending == []


def test_a_turn_that_ends_while_the_agent_talks_on_is_told_as_an_error() -> None:
    driver = talking(ServerVad(interrupt_response=False))
    begins(driver)
    assert ends(driver)[-1] == "error"
    code = driver.events[-1]["error"]["code"]
    assert code == "conversation_already_has_active_response"


@pytest.mark.parametrize(("voice_s", "noticed_s"), [(3.0, 3.0), (12.0, TALKS_ON_S)])
def test_a_deaf_agent_notices_the_caller_once_its_words_are_over_or_in_the_end(
    voice_s: float, noticed_s: float
) -> None:
    driver = Driver(AgentFault.TALKS_OVER_BARGE_IN)
    driver.voice_s = voice_s
    driver.do(CreateResponse())
    assert begins(driver) == []
    assert STARTED not in types_of(driver.wait(noticed_s - 0.01))
    assert STARTED in types_of(driver.wait(0.02))


def test_nobody_is_idle_whose_turn_waits_for_its_answer() -> None:
    driver = talking(ServerVad(idle_timeout_ms=5000, create_response=False))
    driver.wait(4.0)
    begins(driver)
    ends(driver)
    assert driver.wait(20.0) == []
    driver.do(CreateResponse())
    assert "input_audio_buffer.timeout_triggered" in types_of(driver.wait(20.0))
