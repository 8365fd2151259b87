"""The shapes in which clients and their frameworks send a tool's output."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import Desk
from harness.agent.desk.toolbox import Returned, Terms, failure, parsed

RECORD = {"status": "shipped", "eta": "2026-04-25"}
TEXT = json.dumps(RECORD)
PART = {"type": "text", "text": TEXT}


def _answer(tool: str, output: str) -> str:
    return Desk(ENGLISH_DESK, seed=7).respond([Returned(tool, {}, output)], None, Terms()).say


OF_A_RECORD: dict[str, Any] = {
    "an object": RECORD,
    "JSON in a string": TEXT,
    "JSON in a string in a string": json.dumps(TEXT),
    "a content list": [PART],
    "a part alone": PART,
    "an MCP result": {"content": [PART], "isError": False},
    "an MCP result, structured as well": {"content": [PART], "structuredContent": RECORD},
    "a result": {"result": RECORD},
    "a result in a string": {"result": TEXT},
    "an output": {"output": RECORD},
    "a result with a content list": {"result": [PART]},
    "a list of one record": [RECORD],
    "Bedrock's blocks": {"toolUseId": "t", "status": "success", "content": [{"json": RECORD}]},
    "a block without a type": [{"text": TEXT}],
    "an envelope": {"success": True, "data": RECORD},
}


@pytest.mark.parametrize("output", OF_A_RECORD.values(), ids=OF_A_RECORD)
def test_a_record_is_found_in_every_packing(output: Any) -> None:
    assert parsed(json.dumps(output), ENGLISH_DESK.records) == RECORD


OTHERS: list[tuple[str, dict[str, Any], str | None]] = [
    ("null", {}, None),
    ("", {}, None),
    ("[]", {}, None),
    ("{}", {}, None),
    ("12", {"message": "12"}, None),
    ("12.5", {"message": "12.5"}, None),
    ("1234567", {"message": "1234567"}, None),
    ('{"content": [{"sku": 7}]}', {"content": [{"sku": 7}]}, None),
    ("true", {"ok": True}, None),
    ("false", {"ok": False}, "error"),
    ("it has shipped", {"message": "it has shipped"}, None),
    ('"it has shipped"', {"message": "it has shipped"}, None),
    ('["box", "bag"]', {"message": "box, bag"}, None),
    ('{"result": "it has shipped"}', {"message": "it has shipped"}, None),
    ('{"result": null}', {}, None),
    ("Error: timeout", {"error": "Error: timeout"}, "Error: timeout"),
    ('"Error: timeout"', {"error": "Error: timeout"}, "Error: timeout"),
    (
        '{"content": [{"type": "text", "text": "no such order"}], "isError": true}',
        {"error": "no such order"},
        "no such order",
    ),
    (
        '{"status": "error", "content": [{"text": "Order not found"}]}',
        {"error": "Order not found"},
        "Order not found",
    ),
    (
        '{"status": "error", "content": [{"text": "Late."}]}',
        {"error": "Late."},
        "Late.",
    ),
    ('{"isError": true, "content": []}', {"error": "error"}, "error"),
    (
        '[{"text": "Error: order not found"}]',
        {"error": "Error: order not found"},
        "Error: order not found",
    ),
    ("Order not found", {"error": "Order not found"}, "Order not found"),
    (
        '{"success": false, "message": "No such order"}',
        {"success": False, "message": "No such order"},
        "No such order",
    ),
    ('{"error": {"message": "late"}}', {"error": {"message": "late"}}, "late"),
    ('{"result": "late", "status": "shipped"}', {"result": "late", "status": "shipped"}, None),
    ("[" * 5000, {"message": "[" * 5000}, None),
]


@pytest.mark.parametrize(("output", "value", "why"), OTHERS, ids=lambda value: str(value)[:30])
def test_other_outputs_are_read_for_what_they_say(
    output: str, value: dict[str, Any], why: str | None
) -> None:
    assert parsed(output, ENGLISH_DESK.records) == value
    assert failure(value) == why


@pytest.mark.parametrize("output", ["null", "[]", "", '{"result": null}'])
def test_a_lookup_that_gives_nothing_found_no_order_and_a_change_that_gives_nothing_is_done(
    output: str,
) -> None:
    found = _answer("lookup_order", output)
    assert "number" in found
    done = _answer("cancel_order", output)
    assert "is cancelled" in done


@pytest.mark.parametrize(
    "output",
    [
        "Error: order not found",
        '[{"text": "Error: Order Not Found"}]',
        '{"status": "error", "content": [{"text": "There is no such order."}]}',
        '{"toolUseId": "t", "status": "error", "content": [{"json": {"error": "not_found"}}]}',
        '{"success": false, "message": "Order does not exist", "data": null}',
    ],
)
def test_an_order_that_is_not_found_is_asked_for_again(output: str) -> None:
    asked = _answer("lookup_order", '{"error": "not_found"}')
    assert _answer("lookup_order", output) == asked


@pytest.mark.parametrize("output", [json.dumps(each) for each in OF_A_RECORD.values()])
def test_the_answer_tells_what_a_record_says(output: str) -> None:
    said = (
        Desk(ENGLISH_DESK, seed=7)
        .respond([Returned("lookup_order", {}, output)], None, Terms())
        .say
    )
    assert "shipped" in said
    assert "April" in said
