"""Lines read back: messages when somebody asks, everything else at once."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from harness.errors import RecordingDamaged
from harness.protocol.commands import CommitAudio
from harness.protocol.events import SpeechStarted, SpeechStopped
from harness.recording.lines import Record, numbered, to_line
from harness.recording.messages import AgentEvent, Direction, SentCommand, Violation, WireMessage
from harness.recording.reading import read_lines, read_records, sorted_out

EVENTS = Path("events.jsonl")
SENT = WireMessage(0.5, Direction.SENT, {"type": "append"})
BROKEN = WireMessage(0.75, Direction.RECEIVED, {}, malformed="{oops")
CAME = WireMessage(1, Direction.RECEIVED, {"type": "über"})
RECORDS: tuple[Record, ...] = (
    AgentEvent(0.1, SpeechStarted()),
    SENT,
    SentCommand(0.5, CommitAudio()),
    BROKEN,
    CAME,
    AgentEvent(1.0, SpeechStopped()),
    AgentEvent(1.0, SpeechStarted()),
    Violation(1.0, "x", "too early"),
)
DATA = b"".join(map(to_line, RECORDS)) + b'{"kind":"smell"}\n{"kind":"wire","at'


def test_a_message_is_what_its_line_says_as_often_as_it_is_asked_for() -> None:
    messages = read_records(EVENTS, DATA).messages
    assert (len(messages), messages[0], messages[-1]) == (3, SENT, CAME)
    assert list(messages) == list(messages) == [SENT, BROKEN, CAME]
    assert messages[1:] == (BROKEN, CAME)
    assert messages == (SENT, BROKEN, CAME) == messages
    assert messages == read_records(EVENTS, DATA).messages
    assert messages != (SENT, CAME)
    assert messages != [SENT, BROKEN, CAME]
    assert pickle.loads(pickle.dumps(messages)) == messages
    assert repr(messages) == "<3 messages>"
    with pytest.raises(IndexError):
        messages[3]


def test_events_and_commands_have_the_number_of_the_message_before_them() -> None:
    found = read_records(EVENTS, DATA)
    assert (found.events, found.commands) == numbered(RECORDS)
    assert [each.message for each in found.events] == [None, 2, 2]
    assert [each.message for each in found.commands] == [0]
    assert found.of(Violation) == RECORDS[-1:]
    assert found.of(WireMessage) == ()


def test_records_that_are_there_already_are_sorted_out_alike() -> None:
    found, read = sorted_out(RECORDS), read_records(EVENTS, DATA)
    assert read.messages == found.messages
    assert (found.events, found.commands) == (read.events, read.commands)
    assert found.of(Violation) == read.of(Violation)


def test_every_line_has_its_record_and_a_foreign_one_none() -> None:
    assert read_lines(EVENTS, DATA) == [*RECORDS, None]


@pytest.mark.parametrize(
    "line",
    [
        b"{oops",
        b'{"kind":"wire","at_s":1.0,"direction":"up","message":{}}',
        b'{"kind":"wire","at_s":1.0,"direction":[],"message":{}}',
        b'{"kind":"wire","at_s":"1","direction":"sent","message":{}}',
        b'{"kind":"wire","at_s":true,"direction":"sent","message":{}}',
        b'{"kind":"wire","at_s":1.0,"direction":"sent","message":[]}',
        b'{"kind":"wire","at_s":1.0,"direction":"sent"}',
    ],
)
def test_a_damaged_message_is_found_when_the_lines_are_read(line: bytes) -> None:
    for read in (read_records, read_lines):
        with pytest.raises(RecordingDamaged, match=r"events\.jsonl: line 2"):
            read(EVENTS, to_line(SENT) + line + b"\n")
