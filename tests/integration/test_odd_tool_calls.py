"""Servers that leave something out of their tool calls: each call is run, or said to be unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from support.odd_server import Held, Manner, Sent, hold
from support.scripted_server import Reply

from harness.recording.model import Direction
from harness.timeline.build import build

ARGUMENTS = "response.function_call_arguments.done"
ITEM, OVER = "response.output_item.done", "response.done"
CALL = Reply("Let me look.", 1.0, calls=(("lookup_order", '{"order_id": "A1"}'),))
TURNS: list[dict[str, Any]] = [{"say": "Where is my order?"}]
EXPECT: dict[str, Any] = {"tools": [{"name": "lookup_order", "arguments": {"order_id": "A1"}}]}
NEVER: dict[str, Any] = {"never": ["cancel_order"]}


def without(*names: str, kinds: tuple[str, ...] = (ARGUMENTS, ITEM, OVER)) -> Manner:
    """Leave fields out of the end of a call's arguments, and of the call in these messages."""

    def cut(message: dict[str, Any]) -> Iterable[Sent]:
        message = json.loads(json.dumps(message))
        items = [message.get("item", {}), *message.get("response", {}).get("output", [])]
        told = [item for item in items if item.get("type") == "function_call"]
        if message["type"] == ARGUMENTS:
            message = {k: v for k, v in message.items() if k.removeprefix("item_") not in names}
        for item in told if message["type"] in kinds else ():
            for name in names:
                item.pop(name, None)
        return [message]

    return cut


def held(folder: Path, manner: Manner, *, after: Reply | None = None, **more: Any) -> Held:
    replies = [CALL, after or Reply("It is on its way.", 1.0)]
    return hold(folder, manner, turns=TURNS, replies=replies, **more)


def outputs(call: Held) -> list[str]:
    """Return the ids under which results were sent to the server."""
    sent = [e.message for e in call.recording.messages if e.direction is Direction.SENT]
    items = [m["item"] for m in sent if m["type"] == "conversation.item.create"]
    return [item["call_id"] for item in items if item["type"] == "function_call_output"]


RUN: dict[str, tuple[Manner, Callable[[str], bool]]] = {
    "no name with the arguments": (
        without("name", kinds=()), lambda call_id: call_id.startswith("call_")
    ),
    "no name with the item": (
        without("name", kinds=(ITEM,)), lambda call_id: call_id.startswith("call_")
    ),
    "no call id": (without("call_id"), lambda call_id: call_id.startswith("item_")),
    "no call id with the item": (
        without("call_id", kinds=(ITEM,)), lambda call_id: call_id.startswith("item_")
    ),
    "no id": (without("id", "call_id"), lambda call_id: call_id == "unnamed_call_1"),
    "no id with the item": (
        without("id", "call_id", kinds=(ITEM,)), lambda call_id: call_id.startswith("call_")
    ),
    "no arguments event": (
        lambda message: () if message["type"] == ARGUMENTS else (message,),
        lambda call_id: call_id.startswith("call_"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUN)
def test_a_call_that_is_named_somewhere_is_run_once_and_answered(tmp_path: Path, name: str) -> None:
    manner, answered = RUN[name]
    call = held(tmp_path, manner, expect=EXPECT)
    assert (call.result.status, call.result.status_detail) == ("completed", "")
    assert [answered(call_id) for call_id in outputs(call)] == [True]
    assert call.outcome("expectations") == "pass", call.reason("expectations")
    assert len(build(call.recording).agent) == 2


@pytest.mark.parametrize(("expect", "asked"), [(EXPECT, "lookup_order("), (NEVER, "cancel_order")])
def test_a_call_that_nobody_named_is_unknown_to_the_scorers_and_on_the_page(
    tmp_path: Path, expect: dict[str, Any], asked: str
) -> None:
    call = held(tmp_path, without("name"), expect=expect)
    assert call.result.status == "completed"
    detail = "1 tool call came without a name and could not be answered"
    assert call.result.status_detail == detail
    assert call.outcome("expectations") == "unscorable"
    reason = call.reason("expectations")
    assert reason.startswith("a tool call came without a name at 0:0")
    assert f"whether {asked}" in reason
    assert "<strong>which tool was called cannot be told</strong>" in call.page
    assert "no score depends on it" not in call.page
    assert not outputs(call)


def test_an_agent_that_waits_for_a_call_that_nobody_could_read_is_not_called_silent(
    tmp_path: Path,
) -> None:
    quiet = Reply(calls=CALL.calls)
    call = hold(tmp_path, without("name"), turns=TURNS, replies=[quiet], expect=NEVER)
    assert call.result.status == "agent_error"
    assert "1 tool call came without a name and could not be answered" in call.result.status_detail
    assert call.result.passed is None


def test_calls_of_one_id_in_two_responses_are_two_calls(tmp_path: Path) -> None:
    def alike(message: dict[str, Any]) -> Iterable[Sent]:
        (cut,) = without("call_id")(message)
        return (json.loads(re.sub(r'"item_0\d+"', '"item_1"', json.dumps(cut))),)

    turns: list[dict[str, Any]] = [{"say": "Where is it?"}, {"say": "And the other?"}]
    replies = [Reply("One moment.", 1.0, CALL.calls), CALL, *map(Reply, ("It is here.", "Bye."))]
    call = hold(tmp_path, alike, turns=turns, replies=replies, expect={"tools": [
        {"name": "lookup_order", "times": 2}]})  # fmt: skip
    assert call.result.status == "completed", call.result.status_detail
    assert outputs(call) == ["item_1", "item_1"]
    assert call.outcome("expectations") == "pass", call.reason("expectations")
