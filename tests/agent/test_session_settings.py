"""The values that a session takes, how they are switched off, and how others are refused."""

from __future__ import annotations

from typing import Any

import pytest
from support.agent_driver import Driver

from harness.protocol.commands import CommitAudio

HEARD, SPOKEN = "audio.input", "audio.output"

SWITCHES = [
    (f"{HEARD}.transcription", {"model": "gpt-4o-transcribe", "language": "en"}),
    (f"{HEARD}.noise_reduction", {"type": "near_field"}),
    (f"{HEARD}.turn_detection", {"type": "semantic_vad", "eagerness": "low"}),
    ("tracing", "auto"),
    ("tracing", {"workflow_name": "calls", "metadata": {"team": "a"}}),
    ("include", ["item.input_audio_transcription.logprobs"]),
]


def _update(driver: Driver, path: str, value: Any) -> dict[str, Any]:
    session: dict[str, Any] = {"type": "realtime"}
    *outer, last = path.split(".")
    inner = session
    for key in outer:
        inner = inner.setdefault(key, {})
    inner[last] = value
    (answer,) = driver.send(type="session.update", session=session, event_id="mine")
    return answer


def _at(session: dict[str, Any], path: str) -> Any:
    found: Any = session
    for key in path.split("."):
        found = found[key]
    return found


@pytest.mark.parametrize(("path", "value"), SWITCHES)
def test_null_switches_off_and_is_served_as_null(path: str, value: Any) -> None:
    driver = Driver()
    on = _update(driver, path, value)["session"]
    for name, told in value.items() if isinstance(value, dict) else ():
        assert _at(on, f"{path}.{name}") == told
    off = _update(driver, path, None)
    assert (off["type"], _at(off["session"], path)) == ("session.updated", None)
    other = _update(driver, "instructions", "Be brief.")["session"]
    assert _at(other, path) is None


def test_a_transcription_that_is_switched_off_tells_no_words() -> None:
    driver = Driver()
    driver.push_to_talk()
    told = []
    for value in ({"model": "whisper-1"}, None):
        _update(driver, f"{HEARD}.transcription", value)
        driver.talk()
        told.append([each["type"] for each in driver.do(CommitAudio())])
    done = "conversation.item.input_audio_transcription.completed"
    assert [done in types for types in told] == [True, False]


def test_what_is_off_in_a_new_session_is_served_as_null() -> None:
    session = Driver().events[0]["session"]
    off = [path for path, _ in SWITCHES if path != f"{HEARD}.turn_detection"]
    assert [_at(session, path) for path in off] == [None] * len(off)


def test_a_transcription_comes_with_all_that_belongs_to_it() -> None:
    driver = Driver()
    _update(driver, f"{HEARD}.transcription", {"model": "whisper-1", "language": "de"})
    done = _update(driver, f"{HEARD}.transcription", {"model": "gpt-4o-transcribe"})
    told = done["session"]["audio"]["input"]["transcription"]
    assert (told["model"], told["language"]) == ("gpt-4o-transcribe", None)


REFUSED = [
    (f"{SPOKEN}.voice", "onyx", "'shimmer', 'verse', 'marin', 'cedar'"),
    (f"{SPOKEN}.voice", "Marin", "'marin'"),
    (f"{SPOKEN}.speed", 3, "between 0.25 and 1.5"),
    (f"{HEARD}.transcription.model", "moonshine", "'whisper-1'"),
    (f"{HEARD}.noise_reduction.type", "loud", "'near_field', 'far_field'"),
    (f"{HEARD}.turn_detection", {"type": "semantic_vad", "eagerness": "eager"}, "low, medium"),
    ("truncation", "never", "'auto', 'disabled'"),
    ("truncation", {"type": "ratio"}, "'retention_ratio'"),
    ("truncation", {"type": "retention_ratio", "retention_ratio": 2}, "between 0.0 and 1.0"),
    ("tracing", "always", "'auto'"),
    ("tracing", {"workflow": "calls"}, "session.tracing.workflow"),
    ("reasoning.effort", "huge", "'xhigh'"),
    ("include", ["everything"], "logprobs"),
    ("tool_choice", "maybe", "'required'"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), REFUSED)
def test_a_value_that_is_not_served_is_refused_with_what_is(
    path: str, value: Any, allowed: str
) -> None:
    driver = Driver()
    refused = _update(driver, path, value)
    assert (refused["type"], refused["error"]["event_id"]) == ("error", "mine")
    assert refused["error"]["param"].startswith(f"session.{path.split('.')[0]}")
    assert allowed in refused["error"]["message"]
    before = driver.events[0]["session"]
    after = _update(driver, "instructions", "Be brief.")["session"]
    assert {**after, "instructions": before["instructions"]} == before


@pytest.mark.parametrize("voice", ["cedar", {"id": "voice_123"}])
def test_voices_of_the_service_and_custom_ones_are_taken(voice: Any) -> None:
    done = _update(Driver(), f"{SPOKEN}.voice", voice)
    assert done["session"]["audio"]["output"]["voice"] == voice


WRITES = {"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}


def test_a_session_that_writes_down_what_is_said_has_an_input_alone() -> None:
    driver = Driver(transcribes=True)
    (updated,) = driver.send(type="session.update", session=WRITES)
    for event in (driver.events[0], updated):
        session = event["session"]
        assert (session["type"], session["object"]) == (
            "transcription",
            "realtime.transcription_session",
        )
        assert set(session) == {"type", "object", "id", "include", "audio", "expires_at"}
        assert set(session["audio"]) == {"input"}
    assert updated["session"]["audio"]["input"]["transcription"]["model"] == "whisper-1"
    (refused,) = driver.send(type="response.create")
    assert refused["error"]["message"] == (
        "Responses cannot be created in a transcription session."
    )


@pytest.mark.parametrize(
    ("transcribes", "session", "param", "message"),
    [
        (True, {"type": "realtime"}, "session.type",
         "Passing a realtime session update event to a transcription session is not allowed."),
        (False, WRITES, "session.type",
         "Passing a transcription session update event to a realtime session is not allowed."),
        (True, {**WRITES, "instructions": "Hi."}, "session.instructions",
         "Unknown parameter: 'session.instructions'."),
    ],
)  # fmt: skip
def test_a_session_is_of_one_type(
    transcribes: bool, session: dict[str, Any], param: str, message: str
) -> None:
    (answer,) = Driver(transcribes=transcribes).send(type="session.update", session=session)
    assert (answer["error"]["param"], answer["error"]["message"]) == (param, message)
