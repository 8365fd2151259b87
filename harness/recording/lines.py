"""One line of ``events.jsonl`` for every record of a call, and the way back.

A line is a JSON object whose ``kind`` names the record; the other keys are the record's own fields
(``codec.py``). Behind a ``wire`` line stand the neutral events that the dialect made of the message
(or the command that it was made of), and what was illegal about it. Such a line has the fields of
the event itself beside ``at_s`` and ``type``::

    {"kind":"event","at_s":2.1,"type":"audio_delta","response_id":"r1","item_id":"i1",
     "audio":{"track":"agent_generated","start":0,"samples":4800}}
    {"kind":"command","at_s":2.5,"type":"truncate_item","item_id":"i1","audio_end_ms":350}
    {"kind":"violation","at_s":2.1,"type":"response.audio.delta","detail":"…"}

Unknown kinds, and types of events that nobody knows, are for newer readers and come back as None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, get_args

import orjson

from harness.protocol.commands import AppendAudio, ClientCommand
from harness.protocol.events import ServerEvent
from harness.recording.absence import Absence
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.caller import CallerUtterance, ImpairedSpan, OtherSpeech, TurnLeftOut
from harness.recording.codec import Row, from_row, snake_case, to_row
from harness.recording.messages import (
    AgentEvent,
    AudioRange,
    Direction,
    SentCommand,
    Violation,
    WireMessage,
)
from harness.recording.model import NoiseBurst
from harness.recording.own_lateness import LateArrivals, LateFrames
from harness.recording.steps import StepAnswer, StepTaken
from harness.recording.tools import NoticeSource, ToolRun

Neutral: TypeAlias = AgentEvent | SentCommand | Violation
"""What a dialect makes of messages: it can be made anew."""

Record: TypeAlias = (
    WireMessage
    | Neutral
    | CallerUtterance
    | ImpairedSpan
    | OtherSpeech
    | NoiseBurst
    | PlayedSpan
    | GeneratedItem
    | ToolRun
    | NoticeSource
    | Truncation
    | TurnLeftOut
    | StepTaken
    | StepAnswer
    | Absence
    | LateFrames
    | LateArrivals
)

KINDS: Mapping[str, type] = {
    "wire": WireMessage,
    "event": AgentEvent,
    "command": SentCommand,
    "violation": Violation,
    "utterance": CallerUtterance,
    "line_fault": ImpairedSpan,
    "other_speech": OtherSpeech,
    "noise_burst": NoiseBurst,
    "played": PlayedSpan,
    "generated": GeneratedItem,
    "tool": ToolRun,
    "tools_told": NoticeSource,
    "truncation": Truncation,
    "turn_left_out": TurnLeftOut,
    "absence": Absence,
    "late_frames": LateFrames,
    "late_arrivals": LateArrivals,
    "step": StepTaken,
    "step_answer": StepAnswer,
}
_NAMES = {record: name for name, record in KINDS.items()}
_EVENTS = {snake_case(kind): kind for kind in get_args(ServerEvent)}
_COMMANDS = {snake_case(kind): kind for kind in get_args(ClientCommand) if kind is not AppendAudio}
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
_RENAMED = "does"
"""Key of an utterance's kind: its own name is taken by the line's."""
_PLAIN_WIRE = frozenset(("at_s", "direction", "message"))
_DIRECTIONS = {direction.value: direction for direction in Direction}


def to_line(record: Record) -> bytes:
    """Return the record as one line of JSON, newline included."""
    row: Row
    match record:
        case AgentEvent(at_s, event, audio, assumed, inferred=inferred):
            row = {"kind": "event", "at_s": at_s, "type": snake_case(type(event)), **to_row(event)}
            if audio is not None:
                row["audio"] = to_row(audio)
            if assumed:
                row["assumed"] = assumed
            if inferred:
                row["inferred"] = True
        case SentCommand(at_s, command):
            name = snake_case(type(command))
            row = {"kind": "command", "at_s": at_s, "type": name, **to_row(command)}
        case CallerUtterance():
            row = to_row(record)
            row = {"kind": _NAMES[CallerUtterance], _RENAMED: row.pop("kind"), **row}
        case _:
            row = {"kind": _NAMES[type(record)], **to_row(record)}
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def wire_line(at_s: float, direction: Direction, message: bytes | str) -> bytes:
    """Return the line of a wire message that is known to be a JSON object.

    A server may indent what it sends: line breaks inside a message stand between its values only.
    """
    if isinstance(message, str):
        message = message.encode()
    if b"\n" in message or b"\r" in message:
        message = message.translate(_ONE_LINE)
    row: Row = {
        "kind": "wire",
        "at_s": at_s,
        "direction": direction.value,
        "message": orjson.Fragment(message),
    }
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def from_line(line: bytes, *, after: int | None = None) -> Record | None:
    """Read one line back; None for a kind that this version does not know.

    ``after`` is the number of the message that stands before it, which events and commands keep.
    Raises ValueError, TypeError or KeyError for a line that is not such a record.
    """
    row = orjson.loads(line)
    name = row.pop("kind")
    if name == "wire" and row.keys() == _PLAIN_WIRE:
        return _plain_wire(row)
    if name == "event":
        return _event(row, after)
    if name == "command":
        kind = _COMMANDS.get(row["type"])
        return None if kind is None else SentCommand(row["at_s"], from_row(kind, row), after)
    if name == "utterance":
        row["kind"] = row[_RENAMED]
    record: Record | None = from_row(KINDS[name], row) if name in KINDS else None
    return record


def _plain_wire(row: Row) -> WireMessage:
    """Return an ordinary message: nine of ten lines are one, so it does without the codec."""
    at_s, direction, message = row["at_s"], _DIRECTIONS.get(row["direction"]), row["message"]
    if direction is None or type(at_s) not in (float, int) or type(message) is not dict:
        raise TypeError(f"wire_message cannot be {row!r}")
    return WireMessage(at_s, direction, message)


def _event(row: Row, after: int | None) -> AgentEvent | None:
    kind = _EVENTS.get(row["type"])
    if kind is None:
        return None
    audio = row.get("audio")
    return AgentEvent(
        row["at_s"],
        from_row(kind, row),
        None if audio is None else from_row(AudioRange, audio),
        tuple(row.get("assumed", ())),
        after,
        inferred=bool(row.get("inferred")),
    )


def numbered(records: Iterable[Record]) -> tuple[tuple[AgentEvent, ...], tuple[SentCommand, ...]]:
    """Return events and commands, each with the place of the message that stands before it."""
    events: list[AgentEvent] = []
    commands: list[SentCommand] = []
    last: int | None = None
    for record in records:
        if isinstance(record, WireMessage):
            last = 0 if last is None else last + 1
        elif isinstance(record, AgentEvent):
            events.append(replace(record, message=last))
        elif isinstance(record, SentCommand):
            commands.append(replace(record, message=last))
    return tuple(events), tuple(commands)
