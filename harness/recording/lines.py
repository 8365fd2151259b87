"""The lines of ``events.jsonl``: records as JSON and back, with audio kept apart.

A line is a JSON object whose ``kind`` names the record; the other keys are the record's own fields
(``to_row``). After a ``wire`` line come the neutral events that the dialect made of the message (or
the command that it was made of), and its violations. Such a line has the fields of the event itself
in addition to ``at_s`` and ``type``::

    {"kind":"event","at_s":2.1,"type":"audio_delta","response_id":"r1","item_id":"i1",
     "audio":{"track":"agent_generated","start":0,"samples":4800}}
    {"kind":"command","at_s":2.5,"type":"truncate_item","item_id":"i1","audio_end_ms":350}
    {"kind":"violation","at_s":2.1,"type":"response.audio.delta","detail":"…"}

Unknown kinds and unknown types of events are for newer readers and are read as None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from reprlib import repr
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import orjson

from harness.audio.codec import decode_any_base64, encode_base64
from harness.protocol.commands import AppendAudio, ClientCommand
from harness.protocol.events import ServerEvent
from harness.protocol.items import VENDORS_OWN
from harness.recording.model import (
    Absence,
    AgentEvent,
    AudioRange,
    CallerUtterance,
    Direction,
    GeneratedItem,
    ImpairedSpan,
    LateArrivals,
    LateFrames,
    NoiseBurst,
    OtherSpeech,
    PlayedSpan,
    SentCommand,
    StepAnswer,
    StepTaken,
    Truncation,
    TurnLeftOut,
    Violation,
    WireMessage,
)
from harness.recording.tools import NoticeSource, ToolRun

# Dataclasses as rows of JSON and back, by the types of their fields: the same for all records.
#
# A row contains the fields that differ from their defaults. Enums are their values, a union member
# (``ServerVad | SemanticVad``) has its name under ``is``. Bytes and the vendor's own fields
# (``items.VENDORS_OWN``) are left out: tracks and raw messages contain them. On reading, unknown
# keys are ignored; a value of another type than its field's is an error.

Row: TypeAlias = dict[str, Any]
_Way: TypeAlias = Callable[[Any], Any]
_Ways: TypeAlias = tuple[_Way, _Way]
"""The write and read functions of a value."""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ABSENT = object()


def snake_case(kind: type) -> str:
    """Return the name of a class in rows: AudioDelta is "audio_delta"."""
    return _WORD.sub("_", kind.__name__).lower()


def to_row(value: Any) -> Row:
    """Return a dataclass as a row, without its defaults."""
    row: Row = {}
    kind: type = type(value)
    for column in _columns(kind):
        held = getattr(value, column.name)
        if held != column.default:
            row[column.name] = column.write(held)
    return row


def from_row(kind: type, row: Mapping[str, Any]) -> Any:
    """Return a dataclass from a row.

    Raises ValueError or TypeError for a field that is missing, or of another type.
    """
    if not isinstance(row, Mapping):
        raise TypeError(f"{snake_case(kind)} is not an object")
    values: Row = {}
    for column in _columns(kind):
        if column.name in row:
            values[column.name] = column.read(row[column.name])
        elif column.default is _ABSENT:
            raise ValueError(f"{snake_case(kind)} has no {column.name}")
    return kind(**values)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    default: Any
    write: _Way
    read: _Way


@cache
def _columns(kind: Any) -> tuple[_Column, ...]:
    """Return the fields of a dataclass that are stored in rows, with their functions."""
    hints = get_type_hints(kind)
    columns = []
    for each in fields(kind):
        hint = hints[each.name]
        if each.metadata == VENDORS_OWN or bytes in _choices(hint):
            continue
        default = _ABSENT if each.default is MISSING else each.default
        if each.default_factory is not MISSING:
            default = each.default_factory()
        columns.append(_Column(each.name, default, *_ways(hint, f"{snake_case(kind)}.{each.name}")))
    return tuple(columns)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _ways(hint: Any, place: str) -> _Ways:
    """Return the functions of a type; null is read if the type allows it."""
    choices = [each for each in _choices(hint) if each is not NoneType]
    write, read = _ways_of(choices, place)
    if len(choices) == len(_choices(hint)):
        return write, read
    return (
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _ways_of(choices: list[Any], place: str) -> _Ways:
    kinds: dict[Any, Any] = {
        snake_case(each): each for each in choices if isinstance(each, type) and is_dataclass(each)
    }
    if len(kinds) > 1:
        return _write_one_of, lambda value: _read_one_of(kinds, value, place)
    first = choices[0]
    if kinds:
        return to_row, lambda value: from_row(first, value)
    if get_origin(first) is tuple:
        return _tuple_ways(get_args(first), place)
    if isinstance(first, type) and issubclass(first, Enum):
        return lambda value: value.value, first
    allowed = tuple(kind for each in choices for kind in _kinds(each))
    return lambda value: value, lambda value: _checked(value, allowed, place)


def _tuple_ways(inner: tuple[Any, ...], place: str) -> _Ways:
    """Return the functions of a tuple of any length, or with a type for each position."""
    if inner[-1] is Ellipsis:
        write, read = _ways(inner[0], place)
        return (
            lambda value: [write(each) for each in value],
            lambda value: tuple(read(each) for each in _checked(value, (list,), place)),
        )
    reads = [_ways(each, place)[1] for each in inner]
    return list, lambda value: tuple(
        read(each) for read, each in zip(reads, _checked(value, (list,), place), strict=True)
    )


def _kinds(hint: Any) -> tuple[type, ...]:
    """Return the types of JSON that a value of a plain type may have."""
    if hint is float:
        return int, float
    plain = get_origin(hint) or hint
    return (plain,) if isinstance(plain, type) else (object,)


def _checked(value: Any, allowed: tuple[type, ...], place: str) -> Any:
    flag = isinstance(value, bool) and not {bool, object} & set(allowed)
    if flag or not isinstance(value, allowed):
        raise TypeError(f"{place} cannot be {repr(value)}")
    return value


def _write_one_of(value: Any) -> Row:
    return {"is": snake_case(type(value)), **to_row(value)}


def _read_one_of(kinds: Mapping[Any, Any], value: Any, place: str) -> Any:
    name = value.get("is") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"{place} is of no known kind: {repr(name)}")
    return from_row(kinds[name], value)


Neutral: TypeAlias = AgentEvent | SentCommand | Violation
"""Records that a dialect makes of messages: they can be made again."""

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
"""Key of an utterance's kind, since the line's own kind uses its name."""
_PLAIN_WIRE = frozenset(("at_s", "direction", "message"))
_DIRECTIONS = {direction.value: direction for direction in Direction}


def to_line(record: Record) -> bytes:
    """Return the record as a line of JSON, newline included."""
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

    A server may indent its JSON: line breaks inside a message are between its values only.
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
    """Read a line back; None for a kind that this version does not know.

    ``after`` is the number of the message before it, which events and commands keep. Raises
    ValueError, TypeError or KeyError for a line that is not such a record.
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
    """Return an ordinary message without the codec: nine of ten lines are ordinary messages."""
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
    """Return events and commands, each with the index of the message before it."""
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


# Audio in messages: removed when a message is recorded, and replaced to decode it again.
#
# The field that contains a message's audio depends on the vendor; here it is found by its value.

_RANGE = frozenset({"track", "start", "samples"})
_BINARY = "binary"


def without_payloads(
    message: bytes | str, payloads: Sequence[tuple[bytes, AudioRange]]
) -> bytes | str:
    """Return a message with the position on the track in place of each audio payload.

    A payload in another encoding than base64 is kept.
    """
    data = message.encode() if isinstance(message, str) else message
    for audio, where in payloads:
        if audio:
            data = _without(data, audio, to_row(where))
    return data


def _without(data: bytes, audio: bytes, place: Mapping[str, Any]) -> bytes:
    text = b'"' + encode_base64(audio).encode() + b'"'
    if text in data:
        return data.replace(text, orjson.dumps(place), 1)
    row = orjson.loads(data)  # in another alphabet, with line breaks or without padding
    return orjson.dumps(_changed(row, lambda value: place if _holds(value, audio) else value))


def _holds(value: Any, audio: bytes) -> bool:
    if not isinstance(value, str) or 3 * len(value) < 4 * len(audio):
        return False
    try:
        return decode_any_base64(value) == audio
    except ValueError:
        return False


def binary_row(data: bytes, payloads: Sequence[tuple[bytes, AudioRange]]) -> Mapping[str, Any]:
    """Return the stored form of a binary message: its position on a track if it is only audio."""
    for audio, where in payloads:
        if audio == data:
            return {_BINARY: to_row(where)}
    return {_BINARY: encode_base64(data)}


def as_served(message: WireMessage) -> str | bytes:
    """Return a stored message as it came, with empty audio in place of its audio.

    Raises ValueError for JSON that is too deep to be written again.
    """
    if message.malformed is not None:
        return message.malformed
    if message.binary:
        held = message.message.get(_BINARY)
        return decode_any_base64(held) if isinstance(held, str) else b""
    bare = _changed(message.message, lambda value: "" if is_range(value) else value)
    try:
        return orjson.dumps(bare).decode()
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise ValueError(f"the message cannot be written: {error}") from None


def ranges(message: Mapping[str, Any]) -> tuple[AudioRange, ...]:
    """Return the ranges of the audio in a stored message, in the order of the message."""
    found: list[AudioRange] = []
    _find_ranges(message, found)
    return tuple(found)


def _find_ranges(value: Any, found: list[AudioRange]) -> None:
    """Add the ranges in a JSON value; a call has thousands of messages, mostly with a range."""
    kind = type(value)  # exact types, as JSON is read
    if kind is dict:
        if len(value) == len(_RANGE) and is_range(value):
            found.append(AudioRange(value["track"], value["start"], value["samples"]))
            return
        value = value.values()
    elif kind is not list:
        return
    for each in value:
        if type(each) is dict or type(each) is list:
            _find_ranges(each, found)


def is_range(value: Any) -> bool:
    """Return whether a value replaces audio in a stored message."""
    if not isinstance(value, dict | Mapping) or value.keys() != _RANGE:
        return False
    return type(value["start"]) is int and type(value["samples"]) is int


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a JSON value with every value in it changed, from the outside in."""
    changed = change(value)
    if changed is not value or is_range(value):
        return changed
    if isinstance(value, Mapping):
        return {key: _changed(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    return value
