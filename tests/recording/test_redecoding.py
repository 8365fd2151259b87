"""Stored messages decoded again: the events in them, and the server's behaviour in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.stored_messages import decoded, received
from support.synthetic_run import good_call

from harness.errors import Unscorable
from harness.judging.judge import judge
from harness.protocol.decoding import PASSED_OVER
from harness.protocol.dialect import Dialect, DialectSession, Incoming
from harness.protocol.events import SessionCreated
from harness.protocol.fields import load
from harness.protocol.openai.ga import OpenAiGa
from harness.recording.model import Direction, Recording, Violation, WireMessage
from harness.recording.provenance import CallStatus
from harness.runs.call_result import scores_of
from harness.timeline.build import build

FOLDER = Path(__file__).parents[1] / "data" / "wire"
DIALOGUES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
PAYLOADS = {"input_audio_buffer.append": "audio", "response.output_audio.delta": "delta"}
STORED_AUDIO = {"track": "agent_generated", "start": 0, "samples": 2400}
GOOD = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)


def recorded(*messages: WireMessage, dialect: str = "openai_ga") -> Recording:
    return decoded(GOOD, messages, dialect)


def documented(name: str) -> list[WireMessage]:
    """Return a documented dialogue as a recording keeps it: audio replaced by sample ranges."""
    events = []
    for number, line in enumerate((FOLDER / f"{name}.jsonl").read_bytes().splitlines()):
        row = orjson.loads(line)
        message: dict[str, Any] = row["message"]
        if message["type"] in PAYLOADS:
            message[PAYLOADS[message["type"]]] = STORED_AUDIO
        direction = Direction.SENT if row["from"] == "client" else Direction.RECEIVED
        events.append(WireMessage(float(number), direction, message))
    return events


OPEN = received(0.0, "session.created", session={"type": "realtime", "id": "s1"})


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_stored_dialogue_of_the_documentation_holds_no_violation(name: str) -> None:
    assert recorded(*documented(name)).violations == ()


@pytest.mark.parametrize("name", [name for name in DIALOGUES if name != "beta_refused"])
def test_a_dialogue_without_its_beginning_holds_one(name: str) -> None:
    late = [event for event in documented(name) if event.message["type"] != "session.created"]
    found = recorded(*late).violations
    assert found
    assert found[0].detail == "came before session.created"


def test_a_violation_has_the_vendors_name_and_the_time_of_its_message() -> None:
    delta = received(
        2.5,
        "response.output_audio.delta",
        response_id="r1",
        item_id="m1",
        output_index=0,
        content_index=0,
        delta=STORED_AUDIO,
    )
    assert recorded(OPEN, delta).violations == (
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
    odd = WireMessage(1.0, Direction.RECEIVED, message)
    found = recorded(OPEN, odd).violations or ()
    assert (found[0].type, found[0].detail) == (message["type"], detail)


def test_text_that_is_no_json_object_is_a_violation() -> None:
    noise = WireMessage(1.0, Direction.RECEIVED, {}, malformed="<html>")
    (found,) = recorded(OPEN, noise).violations or ()
    assert found.detail.startswith("The message is not valid JSON: ")
    assert (found.at_s, found.type, found.effect) == (1.0, "not a JSON object", PASSED_OVER)


def test_a_commit_is_legal_after_our_own_and_illegal_without_it() -> None:
    ours = WireMessage(1.0, Direction.SENT, {"type": "input_audio_buffer.commit"})
    theirs = received(1.1, "input_audio_buffer.committed", item_id="u1")
    assert recorded(OPEN, ours, theirs).violations == ()
    assert len(recorded(OPEN, theirs).violations or ()) == 1


def test_what_we_sent_ourselves_is_never_held_against_the_server() -> None:
    odd = WireMessage(1.0, Direction.SENT, {"type": "session.teleport"})
    assert recorded(OPEN, odd).violations == ()


def test_a_recording_in_an_unknown_dialect_is_no_evidence_and_says_so() -> None:
    call = recorded(OPEN, dialect="nobody_speaks_it")
    assert (len(call.messages), call.events) == (1, ())
    assert call.damage.startswith("the messages of this recording cannot be read: unknown dialect")
    with pytest.raises(Unscorable, match="nobody_speaks_it"):
        scores_of(judge(call))


def test_the_timeline_tells_the_violations_and_changes_nothing_else() -> None:
    early = recorded(received(0.5, "input_audio_buffer.cleared"))
    timeline = build(early)
    assert [violation.detail for violation in timeline.violations or ()] == [
        "came before session.created"
    ]
    assert replace(timeline, violations=()) == build(recorded())


def test_a_message_too_deep_to_be_written_again_is_listed_and_passed_over() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    (found,) = recorded(OPEN, received(1.0, "error", error=deep)).violations or ()
    assert found.detail.startswith("the message cannot be written: ")
    sent = WireMessage(1.0, Direction.SENT, {"type": "input_audio_buffer.commit", "deep": deep})
    assert recorded(OPEN, sent).violations == ()


class _PlainSession(DialectSession):
    """Reads, and knows no rules and no notes."""

    def receive(self, message: str | bytes) -> Incoming:
        return Incoming("message", (OpenAiGa().read(load(message))[0],), json=True)

    def append_audio(self, audio: bytes) -> bytes:
        return audio


class _BrokenSession(_PlainSession):
    """Has a bug."""

    def receive(self, message: str | bytes) -> Incoming:
        if "response.created" in str(message):
            raise KeyError("id")
        return super().receive(message)


class _Plain(Dialect):
    """A dialect of another make."""

    name = "plain"
    session_class: type[DialectSession] = _PlainSession


class _Broken(_Plain):
    session_class = _BrokenSession


ODD_RESPONSE = received(1.0, "response.created", response={"id": "r", "output": "Hello."})


def test_a_dialect_that_notes_nothing_and_knows_no_order_finds_no_violation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.recording.redecoding.dialect", lambda name: _Plain())
    assert recorded(ODD_RESPONSE, dialect="plain").violations == ()


def test_a_dialect_that_breaks_on_a_message_is_at_fault_and_not_the_agent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.recording.redecoding.dialect", lambda name: _Broken())
    call = recorded(OPEN, ODD_RESPONSE, ODD_RESPONSE, dialect="broken")
    begins = '{"type":"response.created","response":{"'
    problem = f"dialect 'plain' broke on a message that begins {begins}…: KeyError: 'id'"
    assert call.damage == (
        f"the messages of this recording cannot be read: {problem} (and on 1 more)"
    )
    assert [type(each.event) for each in call.events] == [SessionCreated]
