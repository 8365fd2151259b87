"""Tools that an agent's server reports outside the call, as JSON or OpenTelemetry spans.

A record is an object: a line of a file, or the body of a webhook request. It reports a tool call,
its beginning or its end, or (``"event": "hello"``) only that the server runs this call::

    {"call": "…", "event": "hello"}
    {"call": "…", "id": "call_1", "name": "lookup_order", "arguments": {"order_id": "ORD-4715B"},
     "started_at": "2026-04-25T10:15:02.250Z", "ended_at": "2026-04-25T10:15:02.650Z",
     "output": {"status": "shipped"}}

``call`` is the harness's id of the call, or the id of the service's session. Unknown keys are
ignored: they are the server's own. ``read_spans`` reads spans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from harness.protocol.fields import DEEPEST, is_too_deep

HELLO = "hello"
_EVENTS = (HELLO, "started", "ended", "called")
_UNITS = ((1e8, 1e11, 1), (1e11, 1e14, 1000), (1e14, 1e17, 1_000_000), (1e17, 1e20, 10**9))
"""Numbers of seconds, ms, µs and ns since 1970 (from, below) and how many of each are a second."""
_SHOWN = 60


class NoticeFault(ValueError):
    """An unusable record; its text contains the key, its value, and the allowed values."""


@dataclass(frozen=True, slots=True)
class CallNotice:
    """A sign that the server runs a call and reports it; the call is empty if it is unnamed."""

    call: str
    at_s: float | None = None
    """Unix time, if it is reported."""
    hint: str = ""
    """An id that may be the call's, or the server's own."""


@dataclass(frozen=True, slots=True)
class ToolNotice:
    """A record's report of a tool call; fields are empty, or None, if not reported."""

    call: str
    id: str
    """The tool call's own id."""
    name: str
    arguments: str | None = None
    """JSON text, as the server wrote it."""
    started_s: float | None = None
    """Unix time."""
    ended_s: float | None = None
    """Unix time."""
    ended: bool = False
    failed: bool = False
    output: str | None = None
    hint: str = ""
    """An id that may be the call's, or the server's own."""


Notice: TypeAlias = CallNotice | ToolNotice


def read_json(data: bytes) -> Any:
    """Return the JSON of a line or a body; raises NoticeFault, whose text describes the problem.

    JSON that is nested too deep could not be written again.
    """
    try:
        row = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NoticeFault(f"no JSON: {error}") from None
    if is_too_deep(row, data):
        raise NoticeFault(f"nested deeper than {DEEPEST} levels")
    return row


def read_notice(row: Any) -> Notice:
    """Return the notice in a record; raises NoticeFault."""
    if not isinstance(row, Mapping):
        raise NoticeFault(f"expected an object, got {shown(row)}")
    call, event = _text(row, "call"), row.get("event", "called")
    if event not in _EVENTS:
        raise NoticeFault(f"event: expected one of {', '.join(_EVENTS)}, got {shown(event)}")
    if event == HELLO:
        return CallNotice(call, _time(row, "started_at"))
    error = row.get("error")
    ended = event == "ended" or any(row.get(key) is not None for key in _ENDS)
    if event == "started" and ended:
        raise NoticeFault("event: a tool that has only started has no output, error or ended_at")
    found = ToolNotice(
        call=call,
        id=_text(row, "id"),
        name=_text(row, "name"),
        arguments=as_text(row.get("arguments")),
        started_s=_time(row, "started_at"),
        ended_s=_time(row, "ended_at"),
        ended=ended,
        failed=error is not None,
        output=as_text(row.get("output") if error is None else error),
    )
    return checked(found)


_ENDS = ("ended_at", "output", "error")


def checked(found: ToolNotice) -> ToolNotice:
    """Return a notice if it is valid for a tool call; raises NoticeFault."""
    if not found.name and not (found.id and found.ended):
        raise NoticeFault("name: expected the tool's name, got nothing")
    if found.started_s is not None and found.ended_s is not None:
        early_s = found.started_s - found.ended_s
        if early_s > 0:
            raise NoticeFault(f"ended_at: lies {early_s:.3f} s before started_at")
    return found


def as_text(value: Any) -> str | None:
    """Return a value as JSON text; text is returned unchanged."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def epoch_s(value: Any) -> float:
    """Return a moment as Unix time in seconds.

    ISO 8601 with an offset, or a number since 1970 whose size determines its unit (s, ms, µs, ns),
    also as text. Raises NoticeFault.
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        for low, high, per_second in _UNITS:
            if low <= value < high:
                return value / per_second
        raise NoticeFault(f"expected seconds, ms, µs or ns since 1970, got {shown(value)}")
    raise NoticeFault(f"expected a time, ISO 8601 or a number since 1970, got {shown(value)}")


def _from_text(value: str) -> float:
    try:
        return epoch_s(int(value))
    except NoticeFault:
        raise
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        expected = "expected a time like 2026-04-25T10:15:02.250Z"
        raise NoticeFault(f"{expected}, got {shown(value)}") from None
    if moment.tzinfo is None:
        raise NoticeFault(f"a time needs its offset (Z, +02:00), got {shown(value)}")
    return moment.timestamp()


def shown(value: Any) -> str:
    """Return a JSON value as a short line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise NoticeFault(f"{key}: expected text, got {shown(value)}")
    return value


def _time(row: Mapping[str, Any], key: str) -> float | None:
    if row.get(key) is None:
        return None
    try:
        return epoch_s(row[key])
    except NoticeFault as fault:
        raise NoticeFault(f"{key}: {fault}") from None


# Tool calls in OpenTelemetry spans: OTLP as JSON, a line of a file or the body of an export.
#
# Protobuf is converted into that first (``otlp_protobuf.py``).
#
# Two conventions are read. GenAI semantic conventions (v1.41.0 and their later home,
# ``semantic-conventions-genai``, status Development), span ``execute_tool {gen_ai.tool.name}``:
# ``gen_ai.operation.name`` is "execute_tool", with ``gen_ai.tool.name``, ``gen_ai.tool.call.id``,
# ``gen_ai.tool.call.arguments`` and ``gen_ai.tool.call.result``. OpenInference: the span kind
# ``TOOL`` with ``tool.name``, ``tool.id``, ``input.value`` and ``output.value``. A failed tool has
# the status error. Times are those of the span.
#
# ``harness.call_id`` names the call. ``gen_ai.conversation.id`` and ``session.id`` may be the
# server's own, so they only hint at it. A span that has none takes the id of another span of its
# trace in the same export, or of its resource. Every other span is a sign that the call is
# reported.

SPANS = "resourceSpans"
"""Key that identifies an export of spans."""

CALL_ID = "harness.call_id"
_HINTS = ("gen_ai.conversation.id", "session.id")
_SPAN_NAME = "execute_tool "
_NAMES = ("gen_ai.tool.name", "tool.name")
_IDS = ("gen_ai.tool.call.id", "tool.id", "tool_call.id")
_ARGUMENTS = ("gen_ai.tool.call.arguments", "input.value")
_RESULTS = ("gen_ai.tool.call.result", "output.value")
_ERROR = (2, "STATUS_CODE_ERROR")
_DEEPEST = 32
_WHOLE = 2**63


@dataclass(frozen=True, slots=True)
class SpanRead:
    """A span: its notice, or why it is unusable; ``place`` is its path in the export."""

    place: str
    notice: Notice | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Span:
    place: str
    row: Mapping[str, Any]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]

    @property
    def trace(self) -> str:
        return str(self.row.get("traceId", ""))


def read_spans(export: Any) -> tuple[SpanRead, ...]:
    """Return the notice of each span of an ExportTraceServiceRequest.

    Raises NoticeFault if the export itself has another shape.
    """
    if not isinstance(export, Mapping):
        raise NoticeFault(f"expected an object with {SPANS}, got {shown(export)}")
    spans = tuple(_spans(export))
    named: dict[tuple[str, str], str] = {}
    for span in spans:
        for key in (CALL_ID, *_HINTS):
            if value := span.attributes.get(key):
                named.setdefault((span.trace, key), str(value))
    return tuple(_read(span, named) for span in spans)


def _spans(export: Any) -> Iterator[_Span]:
    for at, resource in _items(export, SPANS, ""):
        own = _attributes(_object(resource, "resource", at), f"{at}.resource")
        for scope_at, scope in _items(resource, "scopeSpans", at):
            for span_at, row in _items(scope, "spans", scope_at):
                yield _Span(span_at, row, _attributes(row, span_at), own)


def _read(span: _Span, named: Mapping[tuple[str, str], str]) -> SpanRead:
    try:
        return SpanRead(span.place, _notice(span, named))
    except NoticeFault as fault:
        return SpanRead(span.place, None, str(fault))


def _notice(span: _Span, named: Mapping[tuple[str, str], str]) -> Notice:
    call = _of_call(span, (CALL_ID,), named)
    hint = _of_call(span, _HINTS, named)
    started_s, ended_s = (_span_time(span.row, f"{end}TimeUnixNano") for end in ("start", "end"))
    if not _is_tool(span.attributes):
        return CallNotice(call, started_s, hint)
    if started_s is None:
        raise NoticeFault("startTimeUnixNano: expected the time of its beginning, got nothing")
    status = _object(span.row, "status", span.place)
    failed = status.get("code") in _ERROR
    result = _first(span.attributes, _RESULTS)
    if result is None and failed:
        result = status.get("message") or span.attributes.get("error.type")
    told = ToolNotice(
        call=call,
        id=str(_first(span.attributes, _IDS) or span.row.get("spanId") or ""),
        name=_name(span),
        arguments=as_text(_first(span.attributes, _ARGUMENTS)),
        started_s=started_s,
        ended_s=ended_s,
        ended=ended_s is not None,
        failed=failed,
        output=as_text(result),
        hint=hint,
    )
    return checked(told)


def _is_tool(attributes: Mapping[str, Any]) -> bool:
    kind = str(attributes.get("openinference.span.kind", "")).upper()
    return attributes.get("gen_ai.operation.name") == "execute_tool" or kind == "TOOL"


def _name(span: _Span) -> str:
    """Return the tool's name: its attribute, else the part of the span's name by convention."""
    name = _first(span.attributes, _NAMES)
    told = str(span.row.get("name", ""))
    if name is None and told.startswith(_SPAN_NAME):
        name = told.removeprefix(_SPAN_NAME)
    if not isinstance(name, str) or not name.strip():
        raise NoticeFault(f"{_NAMES[0]}: expected the tool's name, got {shown(name)}")
    return name


def _of_call(span: _Span, keys: tuple[str, ...], named: Mapping[tuple[str, str], str]) -> str:
    own = _first(span.attributes, keys)
    traced = (named.get((span.trace, key)) for key in keys if span.trace)
    found = own or next(filter(None, traced), None) or _first(span.resource, keys)
    return str(found or "")


def _first(attributes: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((attributes[key] for key in keys if attributes.get(key) is not None), None)


def _span_time(row: Mapping[str, Any], key: str) -> float | None:
    if row.get(key) in (None, 0, "0", ""):
        return None
    try:
        return epoch_s(row[key])
    except NoticeFault as fault:
        raise NoticeFault(f"{key}: {fault}") from None


# --- JSON of protobuf ------------------------------------------------------------------------


def _items(row: Mapping[str, Any], key: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    at = f"{place}.{key}" if place else key
    found = row.get(key)
    if found is None and place:
        return
    if not isinstance(found, list):
        raise NoticeFault(f"{at}: expected a list, got {shown(found)}")
    for number, item in enumerate(found):
        if not isinstance(item, Mapping):
            raise NoticeFault(f"{at}[{number}]: expected an object, got {shown(item)}")
        yield f"{at}[{number}]", item


def _object(row: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    found = row.get(key) or {}
    if not isinstance(found, Mapping):
        raise NoticeFault(f"{place}.{key}: expected an object, got {shown(found)}")
    return found


def _attributes(row: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {
        str(item.get("key", "")): _value(item.get("value"), at)
        for at, item in _items({"attributes": row.get("attributes") or []}, "attributes", place)
    }


def _value(value: Any, place: str, depth: int = 0) -> Any:
    """Return an AnyValue as plain JSON; whole numbers may be text there."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        raise NoticeFault(
            f"{place}.value: expected one like {{stringValue: …}}, got {shown(value)}"
        )
    for kind, held in value.items():
        if kind == "arrayValue":
            return [_value(each, place, depth + 1) for each in _values(held, place)]
        if kind == "kvlistValue":
            pairs = (pair for pair in _values(held, place) if isinstance(pair, Mapping))
            return {
                str(pair.get("key", "")): _value(pair.get("value"), place, depth + 1)
                for pair in pairs
            }
        if kind == "intValue":
            return _whole(held, place)
        return held
    return None


def _values(held: Any, place: str) -> list[Any]:
    found = held.get("values", []) if isinstance(held, Mapping) else held
    if not isinstance(found, list):
        raise NoticeFault(f"{place}.value: expected values, got {shown(held)}")
    return found


def _whole(held: Any, place: str) -> int:
    with suppress(TypeError, ValueError, OverflowError):
        found = int(held)
        if -_WHOLE <= found < _WHOLE:
            return found
    raise NoticeFault(f"{place}.value: expected a whole number of 64 bits, got {shown(held)}")
