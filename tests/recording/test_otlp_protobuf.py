"""Exports in protobuf: the same spans as two exporters of OpenTelemetry 1.45 wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.recording.otlp_protobuf import export_answer, read_export
from harness.recording.tool_notices import CallNotice, NoticeFault, ToolNotice, read_spans

DATA = Path(__file__).parents[1] / "data" / "otlp"
PACKED = (DATA / "export.pb").read_bytes()
T = 1777112102.25


def test_an_export_tells_the_same_in_protobuf_as_in_json():
    packed = read_spans(read_export(PACKED))
    assert packed == read_spans(json.loads((DATA / "export.json").read_text()))
    lookup, cancel, root = (each.notice for each in packed)
    assert lookup == ToolNotice(
        call="call_1",
        id="t1",
        name="lookup_order",
        arguments='{"order_id": "ORD-4715B"}',
        started_s=T,
        ended_s=T + 0.4,
        ended=True,
        output='{"status": "shipped"}',
    )
    assert isinstance(cancel, ToolNotice)
    assert (cancel.name, cancel.failed, cancel.output) == ("cancel_order", True, "timeout")
    assert root == CallNotice("call_1", T)


def held(value: bytes) -> bytes:
    """An export with one attribute of a resource that holds this value."""
    for key in (b"\x12", b"\x0a", b"\x0a", b"\x0a"):
        value = key + bytes([len(value)]) + value
    return value


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (b"\x0a\x03\xc3\xa9\xff", {"stringValue": "é\ufffd"}),
        (b"\x10\x00", {"boolValue": False}),
        (b"\x18" + b"\xff" * 9 + b"\x01", {"intValue": -1}),
        (b"\x21" + b"\x00" * 6 + b"\xf8\x3f", {"doubleValue": 1.5}),
        (b"\x2a\x04\x0a\x02\x10\x01", {"arrayValue": {"values": [{"boolValue": True}]}}),
        (b"\x32\x05\x0a\x03\x0a\x01k", {"kvlistValue": {"values": [{"key": "k"}]}}),
        (b"\x3a\x02\x00\xff", {"bytesValue": "00ff"}),
        (b"\x1d\x00\x00\x00\x00\x98\x06\x01\x08\x01", {}),  # other fields, and other wire types
        (b"", {}),
    ],
)
def test_a_value_is_read_whatever_its_kind(value, read):
    (resource,) = read_export(held(value))["resourceSpans"]
    assert resource == {"resource": {"attributes": [{"value": read}]}}


DEEP = b"\x0a\x00"
for _ in range(60):
    DEEP = b"\x0a" + bytes([len(DEEP) & 0x7F | 0x80, len(DEEP) >> 7]) + DEEP
    DEEP = b"\x2a" + bytes([len(DEEP) & 0x7F | 0x80, len(DEEP) >> 7]) + DEEP


def long(key: bytes, value: bytes) -> bytes:
    return key + bytes([len(value) & 0x7F | 0x80, len(value) >> 7]) + value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x0a", "no protobuf: a number without an end"),
        (b"\xff" * 11, "no protobuf: a number without an end"),
        (b"\x0a\x05\x00", "no protobuf: it ends within a field"),
        (b"\x09\x00", "no protobuf: it ends within a field"),
        (b"\x0b", "no protobuf: wire type 3 at byte 1"),
        (PACKED[:-1], "no protobuf: it ends within a field"),
        (b'{"resourceSpans": []}', "no protobuf: "),
        (
            long(b"\x0a", long(b"\x0a", long(b"\x0a", long(b"\x12", DEEP)))),
            "nested deeper than 100 levels",
        ),
    ],
)
def test_what_is_no_export_says_why(data, reason):
    with pytest.raises(NoticeFault, match=reason):
        read_export(data)


def test_an_empty_export_is_one():
    assert read_export(b"") == {"resourceSpans": []}


@pytest.mark.parametrize(
    ("rejected", "error", "data"),
    [
        (0, "", b""),
        (1, "é", b"\x0a\x06\x08\x01\x12\x02\xc3\xa9"),
        (300, "x" * 200, b"\x0a\xce\x01\x08\xac\x02\x12\xc8\x01" + b"x" * 200),
    ],
)
def test_the_answer_counts_what_was_not_taken(rejected, error, data):
    assert export_answer(rejected, error) == data
