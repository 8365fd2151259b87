"""The envelopes in which frameworks send a tool's result, and their status fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.importing.messages import outcome_of
from harness.recording.tools import ToolOutcome, ToolOutput, parsed_output, unpacked

RECORD = {"status": "shipped", "eta": "2026-04-25"}
TEXT = json.dumps(RECORD)
TOLD = {"type": "text", "text": "Two notes."}
PACKED: dict[str, Any] = {
    "as it is": RECORD,
    "JSON in a string": TEXT,
    "MCP": {"content": [{"type": "text", "text": TEXT}], "isError": False},
    "MCP, structured": {"content": [TOLD], "structuredContent": RECORD},
    "Anthropic": {"type": "tool_result", "tool_use_id": "t", "content": [TOLD | {"text": TEXT}]},
    "Anthropic, in text": {"type": "tool_result", "tool_use_id": "t", "content": TEXT},
    "Bedrock, text": {"toolUseId": "t", "status": "success", "content": [{"text": TEXT}]},
    "Bedrock, JSON": {"toolUseId": "t", "status": "success", "content": [{"json": RECORD}]},
    "Bedrock, both": {"status": "success", "content": [{"text": "One."}, {"json": RECORD}]},
    "Bedrock, outside": {"toolResult": {"toolUseId": "t", "content": [{"json": RECORD}]}},
    "Bedrock, blocks alone": [{"json": RECORD}],
    "Bedrock, text alone": [{"text": TEXT}],
    "LangChain": {"type": "tool", "content": TEXT, "tool_call_id": "c", "name": "x", "id": None},
    "LangChain, constructor": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "ToolMessage"],
        "kwargs": {"content": TEXT, "tool_call_id": "c", "status": "success"},
    },
    "AI SDK": {"type": "json", "value": RECORD},
    "an envelope": {"success": True, "message": "Found.", "data": RECORD},
    "an envelope, no error": {"error": None, "data": RECORD},
    "Lambda": {"statusCode": 200, "body": TEXT},
    "Gemini": {"result": RECORD},
}


@pytest.mark.parametrize("output", PACKED.values(), ids=PACKED)
def test_data_are_found_in_every_packing(output):
    assert unpacked(json.dumps(output)) == ToolOutput(RECORD)
    assert parsed_output(json.dumps(output)) == RECORD
    assert outcome_of(json.dumps(output)) is ToolOutcome.OK


NONE = "Error: order not found"
FAILURES: dict[str, tuple[Any, Any]] = {
    "MCP": ({"content": [{"type": "text", "text": NONE}], "isError": True}, NONE),
    "Anthropic": ({"type": "tool_result", "tool_use_id": "t", "content": NONE,
                   "is_error": True}, NONE),
    "Bedrock": ({"toolUseId": "t", "status": "error", "content": [{"text": "none"}]}, "none"),
    "LangChain": ({"type": "tool", "content": "none", "tool_call_id": "c",
                   "status": "error"}, "none"),
    "AI SDK": ({"type": "error-text", "value": "none"}, "none"),
    "AI SDK, JSON": ({"type": "error-json", "value": {"code": 4}}, {"code": 4}),
    "an envelope": (
        {"success": False, "message": "none", "data": None},
        {"success": False, "message": "none"},
    ),
    "Lambda": ({"statusCode": 404, "body": '{"message": "none"}'}, {"message": "none"}),
}  # fmt: skip


@pytest.mark.parametrize(("output", "value"), FAILURES.values(), ids=FAILURES)
def test_a_packing_tells_that_a_tool_failed(output, value):
    assert unpacked(json.dumps(output)) == ToolOutput(value, failed=True)
    assert outcome_of(json.dumps(output)) is ToolOutcome.FAILED


KEPT: tuple[Any, ...] = (
    {"result": "late", "status": "shipped"},
    {"content": [{"sku": 7}]},
    {"content": []},
    {"content": "A box.", "type": "note"},
    {"name": "total", "value": 12},
    {"id": "X1", "data": {"a": 1}},
    {"message": "Hi.", "data": {"a": 1}},
    {"error": "order not found", "data": None},
    {"subject": "Hello", "body": "Text."},
    {"body": "Text."},
    {"text": "A box.", "price": 3},
    {"type": "order", "json": 1, "more": 2},
    {"status": "error"},
    [{"sku": 7}, {"text": "A box."}],
    12,
    True,
    [],
)


@pytest.mark.parametrize("value", KEPT, ids=json.dumps)
def test_a_record_is_no_packing(value):
    assert unpacked(json.dumps(value)) == ToolOutput(value)


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ("Error: no", ToolOutcome.FAILED),
        ('[{"text": "error: no"}]', ToolOutcome.FAILED),
        ('{"error": "timeout"}', ToolOutcome.TIMED_OUT),
        ('{"ok": false}', ToolOutcome.FAILED),
        ('{"error": {"code": 1}}', ToolOutcome.FAILED),
        ("12", ToolOutcome.OK),
        ("It has shipped.", ToolOutcome.OK),
    ],
)
def test_the_outcome_of_a_stored_call(output, outcome):
    assert outcome_of(output) is outcome


def test_text_is_no_data_and_layers_have_an_end():
    assert parsed_output("It has shipped.") is None
    assert parsed_output(None) is None
    assert unpacked("[" * 5000) == ToolOutput("[" * 5000)
    deep = '{"result": ' * 9 + "1" + "}" * 9
    assert "result" in unpacked(deep).value
