"""Lines read back: messages when somebody asks, everything else at once."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from support.profiled import functions_called

from harness.errors import RecordingDamaged
from harness.protocol.commands import CommitAudio
from harness.protocol.events import SpeechStarted, SpeechStopped
from harness.recording.lines import Record, numbered, to_line
from harness.recording.model import AgentEvent, Direction, SentCommand, Violation, WireMessage
from harness.recording.store import StoredMessages, read_lines, read_records

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


APPEND = '{"type":"append","audio":{"track":"caller","start":%d,"samples":%d}}'
GEMINI = '{"in":{"data":{"track":"caller","start":%d,"samples":%d},"mimeType":"audio/pcm"}}'
SOUND = '{"track":"caller","start":1,"samples":2}'


def sent(at_s: str, message: str, *, direction: str = "sent", rest: str = "") -> bytes:
    """Return the line of a message."""
    head = f'{{"kind":"wire","at_s":{at_s},"direction":"{direction}","message":{message}'
    return f"{head}{rest}}}\n".encode()


def sounds(*lines: bytes) -> list[tuple[float, int]]:
    """Return the facts known about messages without reading them, after checking them."""
    data = b"".join(lines)
    messages = read_records(EVENTS, data).messages
    assert isinstance(messages, StoredMessages)
    assert messages == tuple(read_lines(EVENTS, data))
    return list(messages.sent_sounds())


@pytest.mark.parametrize("message", [APPEND, GEMINI])
def test_of_a_frame_of_sound_time_and_length_are_known(message: str) -> None:
    lines = [sent(f"{0.02 * n:.2f}", message % (480 * n, 480 - n)) for n in range(5)]
    other = sent("0.05", '{"type":"commit"}')
    known = [(0.0, 480), (0.02, 479), (0.04, 478), (0.06, 477), (0.08, 476)]
    assert sounds(*lines) == known
    assert sounds(*lines[:3], other, *lines[3:]) == [*known[:3], (0.0, 0), *known[3:]]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(sent("1.5", APPEND % (0, 480), direction="received"), id="not sent"),
        pytest.param(sent("1", APPEND % (0, 480)), id="whole seconds"),
        pytest.param(sent("1.5e1", APPEND % (0, 480)), id="an exponent"),
        pytest.param(sent("1.5", APPEND % (0, 0)), id="empty"),
        pytest.param(sent("1.5", f'{{"a":{SOUND},"b":{SOUND}}}'), id="two sounds"),
        pytest.param(sent("1.5", f'{{"a":{SOUND},"a":1}}'), id="a key twice"),
        pytest.param(sent("1.5", APPEND % (0, 1), rest=',"at_s":2.5'), id="two times"),
        pytest.param(sent("1.5", APPEND % (0, 1), rest=',"direction":"received"'), id="two ways"),
        pytest.param(sent("1.5", APPEND % (0, 1), rest=',"malformed":"x"'), id="malformed"),
        pytest.param(sent("1.5", f'{{"a":"{"x" * 300}","b":{SOUND}}}'), id="long"),
    ],
)
def test_of_every_other_message_nothing_is_known_before_it_is_read(line: bytes) -> None:
    assert sounds(line, line) == [(0.0, 0)] * 2


def test_frames_that_differ_in_more_than_numbers_are_read_one_by_one() -> None:
    lines = [sent("0.5", f'{{"id":"{n}","audio":{SOUND}}}') for n in range(20)]
    known = sounds(*lines)
    assert known == [(0.5, 2)] * 8 + [(0.0, 0)] * 12


@pytest.mark.parametrize("broken", [b"1.5.5", b"01.5", b"0x1.5", b"-1.5-"])
def test_a_broken_number_amid_frames_is_found(broken: bytes) -> None:
    whole = sent("1.5", APPEND % (0, 480))
    with pytest.raises(RecordingDamaged, match=r"events\.jsonl: line 3"):
        read_records(EVENTS, whole + whole + whole.replace(b"1.5", broken))


def test_of_a_thousand_frames_one_is_read_as_json() -> None:
    data = b"".join(sent(f"{n / 50:.2f}", APPEND % (480 * n, 480)) for n in range(1_000))
    with functions_called() as called:
        messages = read_records(EVENTS, data).messages
    assert (len(messages), called["from_line"]) == (1_000, 1)
