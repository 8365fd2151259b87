"""Requests for approval of a remote server's tool: the answers, and the verdicts on the call.

The server speaks the vendor's messages (openai.types.realtime, ``RealtimeMcpApprovalRequest``) over
loopback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import SUITE, call_plan, manifest, scenario
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.judging.judge import Judged, judge
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.report.run.call_view import head_notes
from harness.scenario.model import RunBy
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual

ORDER = '{"order_id": "ORD-4715B"}'
REQUEST = {
    "id": "mcpr_1",
    "type": "mcp_approval_request",
    "server_label": "shop",
    "name": "lookup_order",
    "arguments": ORDER,
}
MCP_CALL = {
    "id": "mcp_1",
    "type": "mcp_call",
    "server_label": "shop",
    "name": "lookup_order",
    "arguments": ORDER,
    "approval_request_id": "mcpr_1",
}
PREAMBLE = Reply("Let me look that up.", 1.0, pace=float("inf"))
SHIPPED = Reply("It has shipped.", 1.0, delay_s=0.2)
BYE = Reply("You're welcome.", 1.0, delay_s=0.2)
NOBODY = "the service asked for approval of lookup_order and nobody gave it"
REFUSED = "approval of lookup_order was refused, and the caller heard no answer after it"

Behaviour = Callable[[Session], Awaitable[None]]


def asks(then: Behaviour | None = None, *, request: dict[str, Any] = REQUEST) -> Reply:
    """A response with a preamble and a request for approval, and the server's next steps."""

    async def raw(session: Session) -> None:
        response_id = session.new("resp")
        began = {"object": "realtime.response", "id": response_id, "output": []}
        await session.send("response.created", response={**began, "status": "in_progress"})
        await session.speak(response_id, PREAMBLE)
        place = {"response_id": response_id, "output_index": 1}
        await session.send("response.output_item.added", **place, item=request)
        await session.send("conversation.item.added", previous_item_id=None, item=request)
        await session.send("conversation.item.done", previous_item_id=None, item=request)
        await session.send("response.output_item.done", **place, item=request)
        await session.done(response_id, "completed", [request])
        if then is not None:
            await answer(session)
            await then(session)

    return Reply(raw=raw)


async def answer(session: Session) -> dict[str, Any]:
    """Return the client's answer to the request; the service repeats it as an item."""
    while True:
        for message in session.received:
            item = message.get("item", {})
            if item.get("type") == "mcp_approval_response":
                await session.send("conversation.item.added", previous_item_id=None, item=item)
                return item
        await asyncio.sleep(0.02)


async def runs_the_tool(session: Session) -> None:
    await asyncio.sleep(0.5)
    place = {"output_index": 0}
    begun = {**MCP_CALL, "arguments": ""}
    await session.send("conversation.item.added", previous_item_id=None, item=begun)
    await session.send("response.mcp_call.in_progress", **place, item_id="mcp_1")
    await asyncio.sleep(0.5)
    await session.send("response.mcp_call.completed", **place, item_id="mcp_1")
    done = {**MCP_CALL, "output": '{"status": "shipped"}'}
    await session.send("conversation.item.done", previous_item_id=None, item=done)


async def runs_the_tool_and_goes_on(session: Session) -> None:
    await runs_the_tool(session)
    session.open_id = session.new("resp")
    await session.reply(session.open_id, SHIPPED)


async def waits_for_a_response(session: Session) -> None:
    """A service that runs the tool inside the next response."""


def held(
    folder: Path, *replies: Reply, approval: str | None, turns: tuple[str, ...] = ("Where is it?",)
) -> tuple[Judged, list[dict[str, Any]]]:
    """Make a call; return it, and the messages that the server got after the settings."""
    wanted = scenario([{"say": text} for text in turns])
    tools = tuple(
        tool.model_copy(update={"run_by": RunBy.SERVER, "mock": None}) for tool in SUITE.tools
    )
    desk = SUITE.model_copy(update={"tools": tools})
    told = manifest(
        scenario=wanted.model_dump(mode="json", by_alias=True),
        suite=desk.model_dump(mode="json", by_alias=True),
        target={"dialect": "openai_ga"},
    )
    session = SessionSettings(prompt="keep", tools="keep", mcp_approval=approval)

    async def main() -> list[dict[str, Any]]:
        async with scripted_server(Script(list(replies))) as (url, sessions):
            plan = call_plan(url, wanted, session=session, suite=desk)
            writer = RecordingWriter(folder, told)
            await run_call(plan, clock=VirtualClock(), writer=writer)
            return sessions[0].received[1:]

    sent = run_virtual(main())
    return judge(read_recording(folder)), sent


def delivery(call: Judged) -> tuple[str, str]:
    (found,) = [each for each in call.judgements if each.scorer.scorer_name == "delivery"]
    return found.score.outcome.value, found.score.reason


def said(call: Judged) -> list[str]:
    return [each.claimed for each in call.timeline.agent]


def test_a_request_that_nobody_answers_ends_the_call(tmp_path):
    call, sent = held(tmp_path, asks(), BYE, approval=None, turns=("Where is it?", "Thanks."))
    assert sent == []
    recording = read_recording(tmp_path)
    assert recording.manifest.status_detail.startswith(f"{NOBODY}: no answer within ")
    assert call.timeline.status.value == "agent_silent"
    assert said(call) == [PREAMBLE.text]
    found, why = delivery(call)
    assert (found, why.partition(":")[0]) == ("fail", NOBODY)
    (note,) = head_notes(call.timeline)
    assert note.endswith("the service asked for approval of lookup_order, and nobody gave it")
    (asked,) = [e.event for e in recording.events if type(e.event).__name__ == "ApprovalAsked"]
    assert (asked.item_id, asked.tool, asked.arguments, asked.server, asked.approved) == (
        "mcpr_1",
        "lookup_order",
        ORDER,
        "shop",
        None,
    )


@pytest.mark.parametrize(
    ("then", "asked_for"),
    [(runs_the_tool, True), (waits_for_a_response, True), (runs_the_tool_and_goes_on, False)],
)
def test_an_approved_tool_runs_and_its_answer_is_asked_for(tmp_path, then, asked_for):
    later = [SHIPPED, BYE] if asked_for else [BYE]
    turns = ("Where is it?", "Thanks.")
    call, sent = held(tmp_path, asks(then), *later, approval="approve", turns=turns)
    assert call.timeline.status.value == "completed"
    assert said(call) == [PREAMBLE.text, SHIPPED.text, BYE.text]
    assert [message["type"] for message in sent[:2]] == [
        "conversation.item.create",
        "response.create",
    ]
    item = sent[0]["item"]
    assert item.pop("id")
    assert item == {
        "type": "mcp_approval_response",
        "approval_request_id": "mcpr_1",
        "approve": True,
    }
    assert [asked.approved for asked in call.timeline.approvals] == [True]
    assert delivery(call)[0] == "pass"
    assert not any("approval" in note for note in head_notes(call.timeline))


def test_an_approved_tool_that_never_runs_is_named(tmp_path):
    call, _ = held(tmp_path, asks(waits_for_a_response), approval="approve")
    detail = read_recording(tmp_path).manifest.status_detail
    assert detail.startswith("lookup_order, which the server runs, never ended")
    found, why = delivery(call)
    assert found == "fail"
    assert why.startswith("lookup_order was approved and its result never reached the caller")


@pytest.mark.parametrize("silent", [False, True])
def test_a_refused_tool_is_answered_in_words(tmp_path, silent):
    sorry = Reply("I cannot look that up.", 1.0, delay_s=0.2)
    later = [] if silent else [sorry]
    call, sent = held(tmp_path, asks(waits_for_a_response), *later, approval="refuse")
    assert [message["type"] for message in sent] == ["conversation.item.create", "response.create"]
    assert sent[0]["item"]["approve"] is False
    assert head_notes(call.timeline)[0].endswith("approval of lookup_order, and it was refused")
    if silent:
        assert read_recording(tmp_path).manifest.status_detail.startswith(REFUSED)
        assert delivery(call)[1].startswith(f"{REFUSED}: ")
    else:
        assert (call.timeline.status.value, delivery(call)[0]) == ("completed", "pass")
        assert said(call) == [PREAMBLE.text, sorry.text]


def test_a_request_for_a_tool_without_an_answer_owes_none(tmp_path):
    request = {**REQUEST, "name": "wait_for_user"}
    call, _ = held(tmp_path, asks(request=request), approval=None)
    assert (call.timeline.status.value, delivery(call)[0]) == ("completed", "pass")
