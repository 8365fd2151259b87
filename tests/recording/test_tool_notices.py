"""A server's reports about its tools, as notices: every key, every time, every fault by its key."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recording.tool_notices import (
    CallNotice,
    NoticeFault,
    ToolNotice,
    epoch_s,
    read_notice,
    read_spans,
)

MOMENT = 1_777_112_102.25
"""2026-04-25T10:15:02.250Z."""


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-25T10:15:02.250Z",
        "2026-04-25T12:15:02.25+02:00",
        "2026-04-25 04:15:02,250-06:00",
        1_777_112_102.25,
        1_777_112_102_250,
        1_777_112_102_250_000,
        1_777_112_102_250_000_000,
        "1777112102250000000",
    ],
)
def test_a_time_is_read_in_every_form(written):
    assert epoch_s(written) == pytest.approx(MOMENT, abs=1e-6)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2026-04-25T10:15:02", "needs its offset"),
        ("yesterday", "expected a time like"),
        ("", "expected a time like"),
        (12.5, "since 1970, got 12.5"),
        ("12", "since 1970, got 12"),
        (-1_777_112_102, "since 1970"),
        (10**25, "since 1970"),
        (True, "expected a time"),
        ([2026], "expected a time"),
    ],
)
def test_what_is_no_time_is_refused(written, told):
    with pytest.raises(NoticeFault, match=told):
        epoch_s(written)


TOOL = {"call": "c1", "id": "t1", "name": "lookup_order", "arguments": {"order_id": "A-1"}}


@pytest.mark.parametrize(
    ("row", "notice"),
    [
        ({"call": "c1", "event": "hello"}, CallNotice("c1")),
        ({"event": "hello", "started_at": MOMENT}, CallNotice("", MOMENT)),
        (
            {**TOOL, "event": "started", "started_at": MOMENT},
            ToolNotice("c1", "t1", "lookup_order", '{"order_id":"A-1"}', MOMENT),
        ),
        (
            {**TOOL, "started_at": MOMENT, "ended_at": MOMENT + 1, "output": "shipped"},
            ToolNotice(
                "c1",
                "t1",
                "lookup_order",
                '{"order_id":"A-1"}',
                MOMENT,
                MOMENT + 1,
                ended=True,
                output="shipped",
            ),
        ),
        (
            {"call": "c1", "id": "t1", "error": {"code": "timeout"}, "level": "INFO"},
            ToolNotice("c1", "t1", "", ended=True, failed=True, output='{"code":"timeout"}'),
        ),
        ({"name": "wait", "event": "called"}, ToolNotice("", "", "wait")),
        ({"name": "wait", "event": "ended"}, ToolNotice("", "", "wait", ended=True)),
        (
            {"name": "wait", "arguments": "{not json", "output": 7},
            ToolNotice("", "", "wait", "{not json", ended=True, output="7"),
        ),
    ],
)
def test_a_record_tells_of_one_tool_or_of_the_call(row, notice):
    assert read_notice(row) == notice


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ([], "expected an object, got []"),
        ("lookup_order", 'expected an object, got "lookup_order"'),
        ({"event": "begun"}, "event: expected one of hello, started, ended, called, got"),
        ({"call": "c1"}, "name: expected the tool's name, got nothing"),
        ({"id": "t1", "event": "started"}, "name: expected the tool's name"),
        ({"name": " "}, 'name: expected text, got " "'),
        ({"call": 7, "name": "x"}, "call: expected text, got 7"),
        ({"name": "x", "started_at": "noon"}, "started_at: expected a time like"),
        (
            {"name": "x", "started_at": MOMENT, "ended_at": MOMENT - 2},
            "ended_at: lies 2.000 s before started_at",
        ),
        ({"name": "x", "event": "started", "output": "y"}, "event: a tool that has only started"),
        ({"event": "x" * 500}, 'got "xxx'),
    ],
)
def test_a_fault_names_its_key_in_one_short_line(row, told):
    with pytest.raises(NoticeFault) as fault:
        read_notice(row)
    assert told in str(fault.value)
    assert len(str(fault.value)) < 160
    assert "\n" not in str(fault.value)


# --- spans -----------------------------------------------------------------------------------

START, END = "1777112102250000000", "1777112102650000000"


def attribute(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def text(key: str, value: str) -> dict[str, Any]:
    return attribute(key, {"stringValue": value})


def spans(*rows: dict[str, Any], resource: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    of = {"attributes": resource or []}
    return {"resourceSpans": [{"resource": of, "scopeSpans": [{"spans": list(rows)}]}]}


def span(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    times = {"startTimeUnixNano": START, "endTimeUnixNano": END}
    return {"traceId": "aa", "spanId": "b1", "attributes": list(attributes), **times, **more}


GENAI = text("gen_ai.operation.name", "execute_tool")
NAME = text("gen_ai.tool.name", "lookup_order")
OPEN = text("openinference.span.kind", "TOOL")


def test_a_span_of_the_genai_conventions_is_a_tool_call():
    arguments = {"kvlistValue": {"values": [text("order_id", "A-1")]}}
    row = span(
        GENAI,
        NAME,
        text("gen_ai.tool.call.id", "t1"),
        attribute("gen_ai.tool.call.arguments", arguments),
        text("gen_ai.tool.call.result", '{"status": "shipped"}'),
        text("harness.call_id", "c1"),
    )
    (read,) = read_spans(spans(row))
    assert read.notice == ToolNotice(
        call="c1",
        id="t1",
        name="lookup_order",
        arguments='{"order_id":"A-1"}',
        started_s=MOMENT,
        ended_s=pytest.approx(MOMENT + 0.4, abs=1e-6),
        ended=True,
        output='{"status": "shipped"}',
    )


def test_a_span_of_openinference_is_a_tool_call():
    row = span(OPEN, text("tool.name", "x"), text("input.value", "{}"), text("session.id", "s1"))
    (read,) = read_spans(spans(row))
    assert isinstance(read.notice, ToolNotice)
    assert (read.notice.name, read.notice.arguments, read.notice.hint) == ("x", "{}", "s1")
    assert (read.notice.call, read.notice.id) == ("", "b1")  # no id but the span's own


@pytest.mark.parametrize(
    ("more", "output"),
    [
        ({"status": {"code": 2, "message": "no such order"}}, "no such order"),
        ({"status": {"code": "STATUS_CODE_ERROR"}}, "timeout"),
    ],
)
def test_a_span_with_the_status_error_is_a_tool_that_failed(more, output):
    (read,) = read_spans(spans(span(GENAI, NAME, text("error.type", "timeout"), **more)))
    assert isinstance(read.notice, ToolNotice)
    assert (read.notice.failed, read.notice.output) == (True, output)


def test_the_name_may_stand_in_the_name_of_the_span_alone():
    (read,) = read_spans(spans(span(GENAI, name="execute_tool lookup_order")))
    assert isinstance(read.notice, ToolNotice)
    assert read.notice.name == "lookup_order"


def test_the_call_is_named_by_the_span_by_its_trace_or_by_its_resource():
    other = span(text("gen_ai.conversation.id", "s1"), spanId="b2")
    tool, sign = read_spans(spans(span(GENAI, NAME), other))
    assert tool.notice is not None
    assert (tool.notice.call, tool.notice.hint) == ("", "s1")
    assert sign.notice == CallNotice("", MOMENT, "s1")
    apart = span(GENAI, NAME, traceId="cc")
    one, _ = read_spans(spans(apart, other, resource=[text("harness.call_id", "c9")]))
    assert one.notice is not None
    assert (one.notice.call, one.notice.hint) == ("c9", "")


def test_a_tool_that_has_not_ended_has_no_end():
    (read,) = read_spans(spans(span(GENAI, NAME, endTimeUnixNano="0")))
    assert isinstance(read.notice, ToolNotice)
    assert (read.notice.ended, read.notice.ended_s) == (False, None)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"boolValue": True}, "true"),
        ({"intValue": "12"}, "12"),
        ({"doubleValue": 1.5}, "1.5"),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": 2}]}}, '["a",2]'),
        ({}, None),
        (None, None),
    ],
)
def test_arguments_may_be_any_value_of_the_protocol(value, told):
    (read,) = read_spans(spans(span(GENAI, NAME, attribute("input.value", value))))
    assert isinstance(read.notice, ToolNotice)
    assert read.notice.arguments == told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (span(GENAI), "gen_ai.tool.name: expected the tool's name, got null"),
        (span(GENAI, attribute("gen_ai.tool.name", {"intValue": 3})), "got 3"),
        (span(GENAI, NAME, startTimeUnixNano=None), "startTimeUnixNano: expected the time"),
        (span(GENAI, NAME, startTimeUnixNano="12"), "startTimeUnixNano: expected seconds"),
        (span(GENAI, NAME, endTimeUnixNano=str(int(START) - 10**9)), "1.000 s before started_at"),
    ],
)
def test_a_faulty_span_is_told_with_its_place_and_spoils_no_other(row, told):
    fine, faulty = read_spans(spans(span(GENAI, NAME), row))
    assert fine.notice is not None
    assert (faulty.place, faulty.notice) == ("resourceSpans[0].scopeSpans[0].spans[1]", None)
    assert told in faulty.fault


@pytest.mark.parametrize(
    ("export", "told"),
    [
        ({}, "resourceSpans: expected a list, got null"),
        ([], "expected an object with resourceSpans, got []"),
        ({"resourceSpans": [3]}, "resourceSpans[0]: expected an object, got 3"),
        ({"resourceSpans": [{"resource": 3}]}, "resourceSpans[0].resource: expected an object"),
        (spans({"attributes": {}}), None),
        (spans({"attributes": 3}), "spans[0].attributes: expected a list, got 3"),
        (spans(span(attribute("x", 3))), "attributes[0].value: expected one like"),
        (spans(span(attribute("x", {"intValue": "a"}))), "expected a whole number"),
        (spans(span(attribute("x", {"intValue": "9" * 30}))), "a whole number of 64 bits, got"),
        (spans(span(attribute("x", {"intValue": []}))), "expected a whole number"),
        (spans(span(attribute("x", {"arrayValue": {"values": 3}}))), "expected values"),
    ],
)
def test_what_is_no_export_is_refused_as_a_whole(export, told):
    if told is None:
        assert len(read_spans(export)) == 1
        return
    with pytest.raises(NoticeFault) as fault:
        read_spans(export)
    assert told in str(fault.value)


def test_values_that_nest_without_end_are_refused():
    value: dict[str, Any] = {"stringValue": "a"}
    for _ in range(50):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(NoticeFault, match="expected one like"):
        read_spans(spans(span(attribute("x", value))))


def test_the_example_of_the_file_exporter_is_read():
    # https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/, "Examples", shortened
    line = Path(__file__).with_name("file_exporter.jsonl").read_text()
    (read,) = read_spans(json.loads(line))
    assert read.notice == CallNotice("", pytest.approx(1_581_452_772.000000321), "")


# --- whatever a server sends ---------------------------------------------------------------------

WHOLE = st.integers(-(2**63), 2**64 - 1)
"""The range that orjson reads as integers; greater numbers come as floats."""

SCALARS = st.none() | st.booleans() | WHOLE | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from(
    [
        *("call", "event", "id", "name", "arguments", "started_at", "ended_at", "output", "error"),
        *("resourceSpans", "resource", "scopeSpans", "spans", "attributes", "key", "value"),
        *("values", "intValue", "arrayValue", "kvlistValue", "stringValue", "status", "code"),
        *("traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"),
    ]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_no_record_does_more_than_tell_or_fault(row):
    with suppress(NoticeFault):
        read_notice(row)


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=4), max_size=3), JSON)
def test_no_span_does_more_than_tell_or_fault(rows, value):
    tool = span(GENAI, NAME, attribute("input.value", value))
    with suppress(NoticeFault):
        read_spans(spans(*rows, tool))
