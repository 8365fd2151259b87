"""Tools that a server runs itself, as its messages report them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support import openai_types
from support.pages import blocks, page

from harness.protocol.commands import AnswerApproval, CreateItem, SessionConfig
from harness.protocol.decoding import Decoder
from harness.protocol.events import ApprovalAsked, ServerToolCall
from harness.protocol.items import Item, ItemKind, Role
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.openai_beta.beta import OpenAiBeta

MCP = {"id": "mcp_1", "type": "mcp_call", "name": "look", "server_label": "desk", "arguments": ""}
PLACE = {"response_id": "r", "output_index": 0}
OUTPUT = {"id": "o", "type": "function_call_output", "call_id": "c", "output": "42"}


def told(*messages: dict[str, Any], sent: str = "", dialect: Any = OpenAiGa) -> list[Any]:
    """Return the reports of the server's tools after each message; ids of ours are answered."""
    decoder = Decoder(dialect(), SessionConfig())
    if sent:
        item = Item(None, ItemKind.FUNCTION_CALL_OUTPUT, call_id=sent, output="1")
        decoder.sent(CreateItem(item))
    found = (decoder.take(json.dumps(message), 0.0).events for message in messages)
    return [e.event for events in found for e in events if isinstance(e.event, ServerToolCall)]


def added(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", **PLACE, "item": item}


def done(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", **PLACE, "item": item}


BEGUN = ServerToolCall("mcp_1", "look", "", "r")


def test_a_call_of_a_remote_server_is_told_as_it_goes_on():
    arguments = {"type": "response.mcp_call_arguments.done", "item_id": "mcp_1", "arguments": "{}"}
    messages = (
        added(MCP),
        {"type": "conversation.item.added", "item": MCP},
        {"type": "response.mcp_call_arguments.delta", "item_id": "mcp_1", "delta": "{"},
        {**arguments, **PLACE},
        {"type": "response.mcp_call.in_progress", "item_id": "mcp_1", "output_index": 0},
        {"type": "response.mcp_call.completed", "item_id": "mcp_1", "output_index": 0},
        done({**MCP, "arguments": "{}", "output": "42"}),
        {
            "type": "response.done",
            "response": {"id": "r", "status": "completed", "output": [{**MCP, "output": "42"}]},
        },
    )
    assert told(*messages) == [
        BEGUN,
        ServerToolCall("mcp_1", "look", "{}", "r"),
        ServerToolCall("mcp_1", "look", "{}", "r", ended=True),
        ServerToolCall("mcp_1", "look", "{}", "r", ended=True, output="42"),
    ]


@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            done({**MCP, "error": {"type": "http_error", "code": 500}}),
            ServerToolCall(
                "mcp_1", "look", "", "r", ended=True, failed=True,
                output='{"type":"http_error","code":500}',
            ),
        ),
        (done({**MCP, "output": ""}), ServerToolCall("mcp_1", "look", "", "r", ended=True)),
        (
            done({**MCP, "arguments": {"a": 1}}),
            ServerToolCall("mcp_1", "look", '{"a":1}', "r"),
        ),
        (
            {"type": "response.mcp_call.failed", "item_id": "mcp_1"},
            ServerToolCall("mcp_1", ended=True, failed=True),
        ),
        (
            {"type": "conversation.item.added", "item": OUTPUT},
            ServerToolCall("c", ended=True, output="42"),
        ),
        (
            {"type": "conversation.item.retrieved", "item": OUTPUT},
            ServerToolCall("c", ended=True, output="42"),
        ),
    ],
)  # fmt: skip
def test_how_a_call_is_told_of(message, call):
    assert told(message) == [call]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "response.mcp_call.failed"},
        {"type": "response.mcp_call.failed", "item_id": 7},
        {"type": "mcp_list_tools.completed", "item_id": "mcp_1"},
        done({"type": "mcp_call", "name": "look"}),
        done({"id": "l", "type": "mcp_list_tools", "tools": []}),
        done({"id": "f", "type": "function_call", "name": "look", "call_id": "c"}),
        {"type": "conversation.item.added", "item": {**OUTPUT, "call_id": None}},
    ],
)
def test_what_tells_of_no_call(message):
    assert told(message) == []


def test_what_the_client_has_answered_comes_back_as_an_echo():
    echo = {"type": "conversation.item.added", "item": OUTPUT}
    assert told(echo, sent="c") == []
    assert told(echo, sent="another") == [ServerToolCall("c", ended=True, output="42")]


def test_words_that_the_client_adds_are_no_answer():
    decoder = Decoder(OpenAiGa(), SessionConfig())
    decoder.sent(CreateItem(Item(None, ItemKind.MESSAGE, role=Role.USER)))
    found = decoder.take(json.dumps({"type": "conversation.item.added", "item": OUTPUT}), 0.0)
    assert found.events[-1].event == ServerToolCall("c", ended=True, output="42")


def test_the_older_shape_tells_of_outputs_too():
    created = {"type": "conversation.item.created", "item": OUTPUT}
    assert told(created, dialect=OpenAiBeta) == [ServerToolCall("c", ended=True, output="42")]


def test_the_dialect_of_the_page_tells_when_a_tool_begins_and_when_it_has_ended():
    found = blocks(page("extend/dialect.md"), "python")
    (gateway,) = (code for code in found if "(OpenAiGa)" in code)
    names: dict[str, Any] = {}
    exec(gateway, names)
    began = {"type": "gateway.tool_began", "id": "t", "tool": "look", "arguments": "{}"}
    ended = {"type": "gateway.tool_ended", "id": "t", "failed": True, "output": "closed"}
    assert told(began, ended, {"type": "gateway.other"}, dialect=names["GatewayDialect"]) == [
        ServerToolCall("t", "look", "{}"),
        ServerToolCall("t", ended=True, failed=True, output="closed"),
    ]
    wanted = SessionConfig(vendor=names["GatewaySettings"](region="mars"))
    assert list(names["GatewayDialect"]().unfit(wanted)) == [("vendor.region", "expected eu or us")]


# --- approvals -----------------------------------------------------------------------------------

REQUEST = {
    "id": "mcpr_1",
    "type": "mcp_approval_request",
    "server_label": "desk",
    "name": "look",
    "arguments": '{"a": 1}',
}
ASKED = ApprovalAsked("mcpr_1", "look", '{"a": 1}', "desk")
ANSWER = {"id": "i", "type": "mcp_approval_response", "approval_request_id": "mcpr_1"}


def in_conversation(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "conversation.item.done", "item": item}


@pytest.mark.parametrize("dialect", [OpenAiGa, OpenAiBeta])
@pytest.mark.parametrize(
    ("messages", "asked"),
    [
        ([added(REQUEST)], []),
        ([added(REQUEST), in_conversation(REQUEST), done(REQUEST)], [ASKED]),
        ([done({**REQUEST, "arguments": {"a": 1}})], [replace(ASKED, arguments='{"a":1}')]),
        ([done({"id": "mcpr_1", "type": "mcp_approval_request"})], [ApprovalAsked("mcpr_1")]),
        ([done({**REQUEST, "id": None})], []),
        (
            [done(REQUEST), in_conversation({**ANSWER, "approve": False})],
            [ASKED, replace(ASKED, approved=False)],
        ),
        (
            [done(REQUEST), added({**MCP, "approval_request_id": "mcpr_1"})],
            [ASKED, replace(ASKED, approved=True)],
        ),
        ([done(REQUEST), in_conversation({**ANSWER, "approve": "yes"})], [ASKED]),
        ([in_conversation({**ANSWER, "approve": True})], []),
        ([done(REQUEST), added({**MCP, "approval_request_id": None})], [ASKED]),
    ],
)
def test_a_request_for_approval_is_reported_with_its_answer(messages, asked, dialect):
    decoder = Decoder(dialect(), SessionConfig())
    found = [decoder.take(json.dumps(message), 0.0).events for message in messages]
    events = [each.event for events in found for each in events]
    assert [event for event in events if isinstance(event, ApprovalAsked)] == asked


@pytest.mark.parametrize("approve", [True, False])
def test_the_answer_is_an_item_that_the_official_sdk_accepts(approve):
    (message,) = Decoder(OpenAiGa(), SessionConfig()).sent(AnswerApproval("mcpr_1", approve))
    openai_types.check_client(message.message)
    assert json.loads(message.message)["item"] == {
        "id": f"approval_{message.id}",
        "type": "mcp_approval_response",
        "approval_request_id": "mcpr_1",
        "approve": approve,
    }
