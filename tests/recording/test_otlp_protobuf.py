"""Exports in protobuf: the same spans as two exporters of OpenTelemetry 1.45 wrote them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.recording.otlp_protobuf import export_answer, read_export
from harness.recording.tool_notices import CallNotice, NoticeFault, ToolNotice, read_spans

DATA = Path(__file__).parents[1] / "data" / "otlp"
PACKED = (DATA / "export.pb").read_bytes()
SERVICE = "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
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


@pytest.mark.parametrize("data", [b"\x0a", PACKED[:-1], b'{"resourceSpans": []}'])
def test_what_is_no_export_says_why(data):
    with pytest.raises(NoticeFault, match=r"^no protobuf: \w"):
        read_export(data)


def test_an_empty_export_is_one():
    assert read_export(b"") == {"resourceSpans": []}


def test_a_missing_extra_is_one_line_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, SERVICE, None)
    with pytest.raises(NoticeFault, match=r"^protobuf, which needs .*\[otel\]'; or send JSON"):
        read_export(PACKED)


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
