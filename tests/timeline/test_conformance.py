"""What a recording says about the server's manners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.synthetic_run import good_call

from harness.protocol.openai.ga import OpenAiGa
from harness.recording.model import CallStatus, Direction, Recording, WireEvent
from harness.timeline.build import build
from harness.timeline.conformance import conformance
from harness.timeline.model import Violation

FOLDER = Path(__file__).parents[1] / "data" / "wire"
DIALOGUES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
PAYLOADS = {"input_audio_buffer.append": "audio", "response.output_audio.delta": "delta"}
STORED_AUDIO = {"track": "agent_generated", "start": 0, "samples": 2400}
GOOD = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)


def recorded(*events: WireEvent, dialect: str = "openai_ga") -> Recording:
    manifest = replace(GOOD.manifest, target={"target": "mine", "dialect": dialect})
    return replace(GOOD, manifest=manifest, events=events)


def violations(recording: Recording) -> tuple[Violation, ...] | None:
    return conformance(recording).violations


def documented(name: str) -> list[WireEvent]:
    """Return a documented dialogue as a recording keeps it: audio replaced by sample ranges."""
    events = []
    for number, line in enumerate((FOLDER / f"{name}.jsonl").read_bytes().splitlines()):
        row = orjson.loads(line)
        message: dict[str, Any] = row["message"]
        if message["type"] in PAYLOADS:
            message[PAYLOADS[message["type"]]] = STORED_AUDIO
        direction = Direction.SENT if row["from"] == "client" else Direction.RECEIVED
        events.append(WireEvent(float(number), direction, message))
    return events


def received(at_s: float, **message: object) -> WireEvent:
    return WireEvent(at_s, Direction.RECEIVED, message)


OPEN = received(0.0, type="session.created", session={"type": "realtime", "id": "s1"})


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_stored_dialogue_of_the_documentation_holds_no_violation(name: str) -> None:
    assert violations(recorded(*documented(name))) == ()


@pytest.mark.parametrize("name", [name for name in DIALOGUES if name != "beta_refused"])
def test_a_dialogue_without_its_beginning_holds_one(name: str) -> None:
    late = [event for event in documented(name) if event.message["type"] != "session.created"]
    found = violations(recorded(*late))
    assert found
    assert found[0].detail == "came before session.created"


def test_a_violation_has_the_vendors_name_and_the_time_of_its_message() -> None:
    delta = received(
        2.5,
        type="response.output_audio.delta",
        response_id="r1",
        item_id="m1",
        output_index=0,
        content_index=0,
        delta=STORED_AUDIO,
    )
    assert violations(recorded(OPEN, delta)) == (
        Violation(2.5, "response.output_audio.delta", "response r1 was not created"),
    )


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ({"type": "response.created"}, "Missing required parameter: 'response'."),
        ({"type": "response.output_audio.delta"}, "Missing required parameter: 'delta'."),
        (
            {"type": "conversation.item.added", "item": {"type": "message", "content": "Hello."}},
            "Invalid type for 'item.content': expected an array of objects, got a string.",
        ),
    ],
)
def test_what_could_not_be_used_of_a_message_is_said(message: dict[str, Any], detail: str) -> None:
    odd = WireEvent(1.0, Direction.RECEIVED, message)
    found = violations(recorded(OPEN, odd)) or ()
    assert (found[0].type, found[0].detail) == (message["type"], detail)


def test_text_that_is_no_json_object_is_a_violation() -> None:
    noise = WireEvent(1.0, Direction.RECEIVED, {}, malformed="<html>")
    assert violations(recorded(OPEN, noise)) == (
        Violation(
            1.0, "message", "the message is not a JSON object", "the message was passed over"
        ),
    )


def test_a_commit_is_legal_after_our_own_and_illegal_without_it() -> None:
    ours = WireEvent(1.0, Direction.SENT, {"type": "input_audio_buffer.commit"})
    theirs = received(1.1, type="input_audio_buffer.committed", item_id="u1")
    assert violations(recorded(OPEN, ours, theirs)) == ()
    assert len(violations(recorded(OPEN, theirs)) or ()) == 1


def test_what_we_sent_ourselves_is_never_held_against_the_server() -> None:
    odd = WireEvent(1.0, Direction.SENT, {"type": "session.teleport"})
    assert violations(recorded(OPEN, odd)) == ()


def test_a_recording_in_an_unknown_dialect_is_not_judged() -> None:
    assert violations(recorded(OPEN, dialect="nobody_speaks_it")) is None
    assert violations(GOOD) is None


def test_the_timeline_tells_the_violations_and_changes_nothing_else() -> None:
    early = recorded(received(0.5, type="input_audio_buffer.cleared"))
    timeline = build(early)
    assert [violation.detail for violation in timeline.violations or ()] == [
        "came before session.created"
    ]
    assert replace(timeline, violations=()) == build(recorded())


def test_a_message_too_deep_to_be_written_again_is_listed_and_passed_over() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    (found,) = violations(recorded(OPEN, received(1.0, type="error", error=deep))) or ()
    assert found.detail.startswith("The message cannot be written: ")
    sent = WireEvent(1.0, Direction.SENT, {"type": "input_audio_buffer.commit", "deep": deep})
    assert violations(recorded(OPEN, sent)) == ()


class _Plain:
    """A dialect of an older make: it reads, and does not say what it could not use."""

    name = "plain"
    decode_server = staticmethod(OpenAiGa().decode_server)
    decode_client = staticmethod(OpenAiGa().decode_client)


def test_a_dialect_that_notes_nothing_is_judged_by_its_order_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.timeline.conformance.dialect", lambda name: _Plain())
    odd = received(1.0, type="response.created", response={"id": "r", "output": "Hello."})
    assert violations(recorded(OPEN, odd, dialect="plain")) == ()


def test_what_the_call_took_for_granted_is_in_order_and_only_missed() -> None:
    told = {"response_id": "unnamed_1"}
    events = [
        WireEvent(1.0, Direction.RECEIVED, {"type": f"response.{kind}"}, assumed=told)
        for kind in ("created", "done")
    ]
    found = violations(recorded(OPEN, *events)) or ()
    assert {violation.detail for violation in found} == {
        "Missing required parameter: 'response'.",
        "Missing required parameter: 'response.id'.",
    }
