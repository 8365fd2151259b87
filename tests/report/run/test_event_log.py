"""The event log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from support.call_script import record
from support.profiled import functions_called

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig
from harness.protocol.items import (
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.recording.lines import numbered, to_line
from harness.recording.model import (
    AgentEvent,
    AudioRange,
    Direction,
    SentCommand,
    Violation,
    WireMessage,
)
from harness.recording.store import read_records
from harness.report.run.event_log import EventRow, event_rows, pretty, violation_rows

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED
ITEM = Item("i", ItemKind.MESSAGE, role=Role.USER)
NOTHING = record("")


def log(*told: AgentEvent | SentCommand | WireMessage) -> tuple[EventRow, ...]:
    """Return the log of a call; a message comes before the events decoded from it."""
    events, commands = numbered(told)
    messages = tuple(each for each in told if isinstance(each, WireMessage))
    return event_rows(replace(NOTHING, messages=messages, events=events, commands=commands))


def raw(at_s: float, direction: Direction = RECEIVED, **message: object) -> WireMessage:
    return WireMessage(at_s, direction, message)


def frame(at_s: float) -> WireMessage:
    place = {"track": "caller", "start": 0, "samples": 480}
    return raw(at_s, SENT, kind="a frame", audio=place)


def sound(at_s: float) -> AgentEvent:
    return AgentEvent(at_s, e.AudioDelta(), AudioRange("agent_generated", 0, 4800))


def test_interleaved_audio_becomes_one_row_per_kind_until_something_else_happens() -> None:
    over = AgentEvent(0.05, e.ResponseDone(Response("r", ResponseStatus.COMPLETED)))
    rows = log(
        *(frame(0.0), raw(0.01), sound(0.01), frame(0.02), raw(0.03), sound(0.03)),
        *(raw(0.05, end="r"), over, frame(0.06)),
    )
    assert [row.type for row in rows] == [
        *("caller audio", "audio delta", "response done", "caller audio"),
    ]
    assert rows[0].summary == "2 × audio sent in 0.02 s: 0.04 s of audio"
    assert rows[1].summary == "2 × audio received in 0.02 s: 0.40 s of audio"
    assert (rows[2].summary, pretty({"end": "r"})) == ("completed", rows[2].body)
    assert '"samples": 480' in rows[3].body


def test_of_stored_messages_only_those_are_read_that_the_page_shows() -> None:
    over = AgentEvent(0.5, e.ResponseDone(Response("r", ResponseStatus.COMPLETED)))
    told = (
        *(frame(n / 50) for n in range(25)),
        *(each for n in range(9) for each in (raw(0.5), sound(0.5))),
        *(raw(0.5, end="r"), over, raw(0.52, what="is it"), frame(0.54)),
    )
    found = read_records(Path("events.jsonl"), b"".join(map(to_line, told)))
    stored = replace(NOTHING, messages=found.messages, events=found.events, commands=found.commands)
    with functions_called() as called:
        rows = event_rows(stored)
    assert rows == log(*told)
    assert [bool(row.body) for row in rows] == [False, False, True, True, True]
    assert called["from_line"] == 4  # messages that are not understood are read twice


def test_transcript_pieces_are_joined() -> None:
    rows = log(*(AgentEvent(n / 10, e.TranscriptDelta(delta=w)) for n, w in enumerate("ab")))
    assert [row.summary for row in rows] == ["2 × transcript in pieces in 0.10 s: ab"]


SUMMARIES: list[tuple[AgentEvent | SentCommand, str, str]] = [
    (
        AgentEvent(0, e.ServerError(ErrorInfo("x", "no such item"))),
        "server error",
        "no such item",
    ),
    (AgentEvent(0, e.InputTranscriptFailed(error=ErrorInfo("x"))), "input transcript failed", "x"),
    (AgentEvent(0, e.SpeechStarted("i", 120)), "speech started", "audio_start_ms 120"),
    (AgentEvent(0, e.SpeechStopped()), "speech stopped", ""),
    (AgentEvent(0, e.ItemDone(ITEM)), "item done", "message user"),
    (AgentEvent(0, e.UnknownEvent("mcp.done")), "unknown event", "mcp.done"),
    (AgentEvent(0, e.UnknownEvent("a", known=True)), "unused event", "a"),
    (SentCommand(0, c.ConfigureSession(SessionConfig())), "configure session", ""),
    (SentCommand(0, c.CreateItem(Item(output="{}"))), "create item", "other {}"),
    (SentCommand(0, c.TruncateItem("i", 0, 700)), "truncate item", "audio_end_ms 700"),
]


@pytest.mark.parametrize(("told", "kind", "summary"), SUMMARIES)
def test_each_kind_of_event_shows_what_a_reader_looks_for(
    told: AgentEvent | SentCommand, kind: str, summary: str
) -> None:
    (row,) = log(told)
    assert (row.type, row.summary, row.body) == (kind, summary, "")
    (row,) = log(raw(0, its="own name"), told)
    assert (row.type, row.body) == (kind, pretty({"its": "own name"}))


def test_a_message_of_which_nothing_was_understood_is_shown_as_it_came() -> None:
    (row,) = log(raw(1.0, type="a.b"))
    assert (row.type, row.summary, row.body) == ("not understood", "", pretty({"type": "a.b"}))


def test_what_json_does_not_know_is_written_as_text() -> None:
    assert pretty({"a": MappingProxyType({"b": 1}), "c": 2j}).split() == [
        "{", '"a":', "{", '"b":', "1", "},", '"c":', '"2j"', "}",
    ]  # fmt: skip


def test_malformed_text_is_kept_and_shown() -> None:
    (row,) = log(WireMessage(1.0, RECEIVED, {}, malformed="{oops"))
    assert (row.type, row.summary, row.body) == ("malformed", "not JSON", "{oops")


def test_an_enormous_message_is_cut_and_says_so() -> None:
    (row,) = log(raw(0, type="x", note="y" * 100_000))
    assert len(row.body) < 5_000
    assert "characters in all" in row.body


def test_a_violation_that_comes_again_is_one_row_with_its_count() -> None:
    delta = "response.output_audio.delta"
    rows = violation_rows(
        (
            Violation(1.0, delta, "item m1 was not added"),
            Violation(1.2, "response.done", "unfinished items: m1"),
            Violation(1.4, delta, "item m1 was not added"),
        )
    )
    assert [(row.at_s, row.type, row.text) for row in rows] == [
        (1.0, delta, "item m1 was not added (2 times)"),
        (1.2, "response.done", "unfinished items: m1"),
    ]
