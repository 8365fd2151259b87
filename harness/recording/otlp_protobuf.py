"""An export of OpenTelemetry spans as protobuf: read as the JSON of the same export, and answered.

Only the fields that ``tool_notices.py`` reads have a row in the tables; other fields are ignored,
as protobuf defines it. Field numbers: opentelemetry-proto 1.10, ``collector/trace/v1``,
``trace/v1``, ``common/v1``, ``resource/v1``, all of them stable.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.protocol.fields import DEEPEST
from harness.recording.tool_notices import NoticeFault

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_LONGEST = 10
"""Most bytes of a 64-bit number."""
_SIGN = 1 << 63


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: its name in JSON, its wire type, its content."""

    name: str
    wire: int
    read: Callable[[Any], Any] | None = None
    """Converts the wire value into JSON; None for a message."""
    inside: dict[int, _Field] | None = None
    many: bool = False


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _signed(value: int) -> int:
    return value - 2 * _SIGN if value >= _SIGN else value


def _nanoseconds(data: bytes) -> str:
    return str(int.from_bytes(data, "little"))


def _double(data: bytes) -> float:
    return float(struct.unpack("<d", data)[0])


_ANY: dict[int, _Field] = {
    1: _Field("stringValue", _BYTES, _text),
    2: _Field("boolValue", _VARINT, bool),
    3: _Field("intValue", _VARINT, _signed),
    4: _Field("doubleValue", _FIXED64, _double),
    7: _Field("bytesValue", _BYTES, bytes.hex),
}
_KEY_VALUE = {1: _Field("key", _BYTES, _text), 2: _Field("value", _BYTES, inside=_ANY)}
_ANY[5] = _Field("arrayValue", _BYTES, inside={1: _Field("values", _BYTES, inside=_ANY, many=True)})
_ANY[6] = _Field(
    "kvlistValue", _BYTES, inside={1: _Field("values", _BYTES, inside=_KEY_VALUE, many=True)}
)
_ATTRIBUTES = _Field("attributes", _BYTES, inside=_KEY_VALUE, many=True)
_STATUS = {2: _Field("message", _BYTES, _text), 3: _Field("code", _VARINT, int)}
_SPAN = {
    1: _Field("traceId", _BYTES, bytes.hex),
    2: _Field("spanId", _BYTES, bytes.hex),
    5: _Field("name", _BYTES, _text),
    7: _Field("startTimeUnixNano", _FIXED64, _nanoseconds),
    8: _Field("endTimeUnixNano", _FIXED64, _nanoseconds),
    9: _ATTRIBUTES,
    15: _Field("status", _BYTES, inside=_STATUS),
}
_SCOPE_SPANS = {2: _Field("spans", _BYTES, inside=_SPAN, many=True)}
_RESOURCE_SPANS = {
    1: _Field("resource", _BYTES, inside={1: _ATTRIBUTES}),
    2: _Field("scopeSpans", _BYTES, inside=_SCOPE_SPANS, many=True),
}
_EXPORT = {1: _Field("resourceSpans", _BYTES, inside=_RESOURCE_SPANS, many=True)}


def read_export(data: bytes) -> dict[str, Any]:
    """Return an ExportTraceServiceRequest as its JSON; raises NoticeFault."""
    return {"resourceSpans": [], **_message(data, _EXPORT, 1)}


def export_answer(rejected: int, error: str) -> bytes:
    """Return an ExportTraceServiceResponse: empty if all spans were taken."""
    if not rejected:
        return b""
    text = error.encode()
    partial = b"\x08" + _varint(rejected) + b"\x12" + _varint(len(text)) + text
    return b"\x0a" + _varint(len(partial)) + partial


def _message(data: bytes, fields: dict[int, _Field], depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        raise NoticeFault(f"nested deeper than {DEEPEST} levels")
    found: dict[str, Any] = {}
    for number, wire, value in _parts(data):
        known = fields.get(number)
        if known is None or known.wire != wire:
            continue
        if known.inside is not None:
            held: Any = _message(value, known.inside, depth + 1)
        else:
            assert known.read is not None  # every field other than a message has a reader
            held = known.read(value)
        if known.many:
            found.setdefault(known.name, []).append(held)
        else:
            found[known.name] = held
    return found


def _parts(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Yield number, wire type and value of every field of a message."""
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _number(data, at)
            yield number, wire, value
            continue
        if wire == _BYTES:
            size, at = _number(data, at)
        elif wire in _WIDTHS:
            size = _WIDTHS[wire]
        else:
            raise NoticeFault(f"no protobuf: wire type {wire} at byte {at}")
        if at + size > len(data):
            raise NoticeFault("no protobuf: it ends within a field")
        yield number, wire, data[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at an index, and the index after it."""
    value = 0
    for place in range(_LONGEST):
        if at + place >= len(data):
            break
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & (2 * _SIGN - 1), at + place + 1
    raise NoticeFault("no protobuf: a number without an end")


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
