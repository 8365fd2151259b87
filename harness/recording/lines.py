"""One line of ``events.jsonl`` for every record of a call, and the way back.

A line is a JSON object whose ``kind`` names the record; the other keys are the record's own fields
with enums as their values. Unknown kinds are for newer readers and come back as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, TypeAlias

import orjson

from harness.recording.model import (
    CallerUtterance,
    Direction,
    GeneratedItem,
    PlayedSpan,
    ToolOutcome,
    ToolRun,
    Truncation,
    UtteranceKind,
    WireEvent,
)

Record: TypeAlias = WireEvent | CallerUtterance | PlayedSpan | GeneratedItem | ToolRun | Truncation

KINDS: Mapping[str, type[Record]] = {
    "wire": WireEvent,
    "utterance": CallerUtterance,
    "played": PlayedSpan,
    "generated": GeneratedItem,
    "tool": ToolRun,
    "truncation": Truncation,
}
_NAMES = {record: name for name, record in KINDS.items()}
_ENUMS: Mapping[tuple[str, str], type[Enum]] = {
    ("wire", "direction"): Direction,
    ("utterance", "kind"): UtteranceKind,
    ("tool", "outcome"): ToolOutcome,
}
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
_RENAMED = {("utterance", "kind"): "does"}
"""Fields whose own name is taken by the line's ``kind``."""
_FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    name: tuple(
        (field.name, _RENAMED.get((name, field.name), field.name)) for field in fields(kind)
    )
    for name, kind in KINDS.items()
}
"""For each kind, its fields and the keys under which they stand in a line."""


def to_line(record: Record) -> bytes:
    """Return the record as one line of JSON, newline included."""
    name = _NAMES[type(record)]
    row: dict[str, Any] = {"kind": name}
    for field, key in _FIELDS[name]:
        value = getattr(record, field)
        if field == "assumed" and not value:
            continue
        row[key] = value.value if isinstance(value, Enum) else value
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def wire_line(
    at_s: float,
    direction: Direction,
    message: bytes | str,
    assumed: Mapping[str, str] | None = None,
) -> bytes:
    """Return the line of a wire event whose message is known to be a JSON object.

    A server may indent what it sends: line breaks inside a message stand between its values only.
    """
    if isinstance(message, str):
        message = message.encode()
    if b"\n" in message or b"\r" in message:
        message = message.translate(_ONE_LINE)
    row: dict[str, Any] = {
        "kind": "wire",
        "at_s": at_s,
        "direction": direction.value,
        "message": orjson.Fragment(message),
        "malformed": None,
    }
    if assumed:
        row["assumed"] = assumed
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def from_line(line: bytes) -> Record | None:
    """Read one line back; None for a kind that this version does not know.

    Raises ValueError, TypeError or KeyError for a line that is not such a record.
    """
    row = orjson.loads(line)
    name = row.pop("kind")
    if name not in KINDS:
        return None
    values: dict[str, Any] = {}
    for field, key in _FIELDS[name]:
        if key in row:
            values[field] = _value(name, field, row[key])
    return KINDS[name](**values)


def _value(name: str, field: str, value: Any) -> Any:
    if (name, field) in _ENUMS:
        return _ENUMS[name, field](value)
    if (name, field) == ("generated", "chunks"):
        return tuple((float(at_s), start, samples) for at_s, start, samples in value)
    return value
