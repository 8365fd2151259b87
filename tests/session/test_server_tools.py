"""Tools that the server runs itself: no results are sent for them, and the verdicts.

The server speaks the vendor's messages (API reference, "MCP" and "conversation.item.added"), over
loopback; the expected outcome of each call is written by hand.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import SUITE, call_plan, manifest, scenario
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.judging.judge import Judged, judge
from harness.recording.manifest import load_manifest
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.recording.tool_notices import read_notice
from harness.recording.writer import RecordingWriter
from harness.scenario.model import RunBy, Suite
from harness.scenario.session_settings import SessionSettings
from harness.scenario.target import ToolsFrom, Webhook
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.tools import ToldTools
from harness.session.virtual_time import run_virtual
from harness.session.webhook import hooked

KEPT = SessionSettings(prompt="keep", tools="keep")
ORDER = '{"order_id": "ORD-4715B"}'
RESULT = '{"status": "shipped"}'
SHIPPED = Reply("It has shipped.", 1.0, delay_s=0.2)


def suite(run_by: RunBy) -> Suite:
    """The desk whose tools are all run by the same side."""
    tools = tuple(
        tool.model_copy(update={"run_by": run_by, "mock": None if run_by is RunBy.SERVER else mock})
        for tool, mock in ((tool, tool.mock) for tool in SUITE.tools)
    )
    return SUITE.model_copy(update={"tools": tools})


def held(
    folder: Path,
    *replies: Reply,
    run_by: RunBy = RunBy.SERVER,
    turns: tuple[str, ...] = ("Where is my order?",),
    expect: dict[str, Any] | None = None,
    tells: Callable[[ToldTools], Awaitable[None]] | None = None,
    calls: list[asyncio.Task[Any]] | None = None,
) -> tuple[Judged, list[str]]:
    """Make a call; return it, and the server's received messages without audio and settings.

    ``tells`` reports tools outside the call; ``calls`` gets the call's task.
    """
    wanted = scenario([{"say": text} for text in turns], expect=expect or {})
    desk = suite(run_by)
    told = manifest(
        scenario=wanted.model_dump(mode="json", by_alias=True),
        suite=desk.model_dump(mode="json", by_alias=True),
        target={"dialect": "openai_ga"},
    )

    async def main() -> list[str]:
        async with scripted_server(Script(list(replies))) as (url, sessions):
            plan = call_plan(url, wanted, session=KEPT, suite=desk)
            clock, writer = VirtualClock(), RecordingWriter(folder, told)
            if tells is None:
                await run_call(plan, clock=clock, writer=writer)
            else:
                async with hooked(ToolsFrom(webhook=Webhook()), clock, secret=None) as sources:
                    with sources.call([tool.name for tool in desk.tools]) as notices:
                        task = asyncio.create_task(tells(notices.told))
                        if calls is not None:
                            calls.append(asyncio.current_task())
                        await run_call(plan, clock=clock, writer=writer, notices=notices)
                        await task
            return [message["type"] for message in sessions[0].received[1:]]

    sent = run_virtual(main())
    return judge(read_recording(folder)), sent


def outcome(call: Judged, scorer: str) -> tuple[str, str]:
    """Return how a scorer judged, and why."""
    (found,) = [each for each in call.judgements if each.scorer.scorer_name == scorer]
    return found.score.outcome.value, found.score.reason


# --- reports of a server ---------------------------------------------------------------------

Shown = Callable[[Session, str], Awaitable[None]]


def shows(how: Shown, *, words: str = "", name: str = "lookup_order") -> Reply:
    """A response that calls a tool which the server runs, and the response with the answer."""

    async def raw(session: Session) -> None:
        response_id = session.new("resp")
        began = {"object": "realtime.response", "id": response_id, "output": []}
        await session.send("response.created", response={**began, "status": "in_progress"})
        if words:
            await session.speak(response_id, Reply(words, 1.0, pace=float("inf")))
        await how(session, name)
        await session.done(response_id, "completed", [])
        await session.reply(session.new("resp"), SHIPPED)

    return Reply(raw=raw)


async def an_mcp_call(session: Session, name: str, **ended: Any) -> None:
    place = {"response_id": "", "output_index": 1}
    item = {"id": "mcp_1", "type": "mcp_call", "name": name, "server_label": "desk"}
    begun = {**item, "arguments": ""}
    await session.send("response.output_item.added", **place, item=begun)
    await session.send("conversation.item.added", previous_item_id=None, item=begun)
    await session.send(
        "response.mcp_call_arguments.done", **place, item_id="mcp_1", arguments=ORDER
    )
    await session.send("response.mcp_call.in_progress", output_index=1, item_id="mcp_1")
    failed = "error" in ended
    kind = "response.mcp_call.failed" if failed else "response.mcp_call.completed"
    await session.send(kind, output_index=1, item_id="mcp_1")
    done = {**item, "arguments": ORDER, **(ended or {"output": RESULT})}
    await session.send("response.output_item.done", **place, item=done)


async def a_failed_mcp_call(session: Session, name: str) -> None:
    error = {"type": "tool_execution_error", "message": "no such order"}
    await an_mcp_call(session, name, error=error)


async def a_call_alone(session: Session, name: str) -> None:
    item = {"id": "item_fc", "type": "function_call", "status": "completed", "call_id": "call_fc"}
    await session.send(
        "response.output_item.done",
        response_id="",
        output_index=1,
        item={**item, "name": name, "arguments": ORDER},
    )


async def a_call_with_its_output(session: Session, name: str) -> None:
    await a_call_alone(session, name)
    output = {"id": "item_fo", "type": "function_call_output", "call_id": "call_fc"}
    await session.send(
        "conversation.item.added", previous_item_id=None, item={**output, "output": RESULT}
    )


async def an_output_alone(session: Session, name: str) -> None:
    output = {"id": "item_fo", "type": "function_call_output", "call_id": "call_fc"}
    await session.send("conversation.item.done", item={**output, "output": RESULT})


async def nothing(session: Session, name: str) -> None:
    """A server that runs its tools without a word."""


@pytest.mark.parametrize(
    ("how", "run_by", "outcome", "output"),
    [
        (an_mcp_call, RunBy.SERVER, "ok", RESULT),
        (an_mcp_call, RunBy.HARNESS, "ok", RESULT),
        (a_failed_mcp_call, RunBy.SERVER, "failed", "no such order"),
        (a_call_with_its_output, RunBy.SERVER, "ok", RESULT),
        (a_call_with_its_output, RunBy.HARNESS, "ok", RESULT),
        (a_call_alone, RunBy.SERVER, "unseen", None),
    ],
)
def test_what_the_server_runs_is_recorded_and_never_answered(
    tmp_path, how, run_by, outcome, output
):
    call, sent = held(tmp_path, shows(how), run_by=run_by)
    assert call.timeline.status.value == "completed"
    assert sent == []
    (tool,) = call.timeline.tools
    assert (tool.name, tool.arguments, tool.by_server) == (
        "lookup_order",
        {"order_id": "ORD-4715B"},
        True,
    )
    assert (tool.outcome.value, tool.answered_s is None) == (outcome, outcome == "unseen")
    assert tool.output == output or json.loads(tool.output)["message"] == output
    (wait,) = call.timeline.waits
    assert wait.with_tool
    assert [said.claimed for said in call.timeline.agent] == [SHIPPED.text]


def test_a_call_that_nobody_declares_or_answers_is_answered_by_the_mock(tmp_path):
    async def waits(session: Session, name: str) -> None:
        await a_call_alone(session, name)
        session.script.replies.insert(0, SHIPPED)

    async def raw(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await waits(session, "lookup_order")
        await session.done("r", "completed", [])

    call, sent = held(tmp_path, Reply(raw=raw), run_by=RunBy.HARNESS)
    assert sent == ["conversation.item.create", "response.create"]
    assert [(tool.outcome.value, tool.by_server) for tool in call.timeline.tools] == [("ok", False)]


@pytest.mark.parametrize(
    ("after_s", "sent", "by_server"),
    [
        # The mock takes 1.5 s: reported before that, the call is the server's; after it, ours.
        (0.5, [], True),
        (2.5, ["conversation.item.create", "response.create"], False),
        (None, ["conversation.item.create", "response.create"], False),
    ],
)
def test_a_call_is_answered_by_the_mock_unless_the_server_tells_of_it_first(
    tmp_path, after_s, sent, by_server
):
    called: list[asyncio.Event] = []

    async def raw(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await a_call_alone(session, "lookup_order")
        await session.done("r", "completed", [])
        called[0].set()
        if by_server:
            await asyncio.sleep(2)
            await session.reply(session.new("resp"), SHIPPED)
        else:
            session.script.replies.insert(0, SHIPPED)

    async def tells(told: ToldTools) -> None:
        called.append(asyncio.Event())
        await called[0].wait()
        if after_s is not None:
            await asyncio.sleep(after_s)
            row = {"call": told.call_id, "id": "call_fc", "name": "lookup_order"}
            told.tried("webhook", [read_notice({**row, "event": "started"})], told._wall())()
            told.tried("webhook", [read_notice({**row, "output": RESULT})], told._wall())()

    call, got = held(tmp_path, Reply(raw=raw), run_by=RunBy.HARNESS, tells=tells)
    assert (call.timeline.status.value, got) == ("completed", sent)
    (tool,) = call.timeline.tools
    assert (tool.by_server, tool.outcome.value) == (by_server, "ok")
    assert (tool.output == RESULT) is by_server


@pytest.mark.parametrize("name", ["lookup_order", "wait_for_user"])
def test_the_caller_goes_on_or_waits_for_a_tool_that_is_told_beside_the_call(tmp_path, name):
    # The events do not show the tool; it takes 4 s, and then the answer comes.
    called: list[asyncio.Event] = []

    async def slow(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await session.speak("r", Reply("Let me look that order up.", 1.0, pace=float("inf")))
        await session.done("r", "completed", [])
        called[0].set()
        if name == "lookup_order":
            await session.reply(session.new("resp"), Reply("It has shipped.", 1.0, delay_s=4))

    async def tells(told: ToldTools) -> None:
        called.append(asyncio.Event())
        await called[0].wait()
        await asyncio.sleep(0.1)  # the sent messages have arrived by then
        assert told.ids == {told.call_id, "sess_1"}
        row = {"call": told.call_id, "id": "t1", "name": name, "arguments": {}}
        told.tried("webhook", [read_notice({**row, "event": "started"})], told._wall())()
        await asyncio.sleep(4)
        told.tried("webhook", [read_notice({**row, "output": "{}"})], told._wall())()

    turns = ("Where is it?", "Thanks.")
    call, _ = held(tmp_path, Reply(raw=slow), Reply("Bye."), turns=turns, tells=tells)
    heard = [said.claimed for said in call.timeline.agent]
    if name == "lookup_order":
        assert heard == ["Let me look that order up.", "It has shipped.", "Bye."]
        assert call.timeline.caller[1].span.start_s > call.timeline.agent[1].span.end_s
    else:
        assert heard == ["Let me look that order up.", "Bye."]


def test_a_call_that_is_over_ended_as_it_did_whoever_does_not_wait_for_the_rest(tmp_path):
    over: list[asyncio.Task[Any]] = []

    async def tells(told: ToldTools) -> None:
        ended = told.ended

        def noted(end_s: float) -> None:
            ended(end_s)
            asyncio.get_running_loop().call_later(0.5, calling.cancel)

        told.ended = noted  # type: ignore[method-assign]
        calling = over[0]

    with pytest.raises(asyncio.CancelledError):
        held(tmp_path, SHIPPED, tells=tells, calls=over)
    assert load_manifest(tmp_path).status is CallStatus.COMPLETED


def test_the_caller_waits_for_what_the_server_makes_of_its_tool(tmp_path):
    # Words before it, and then a tool of 4 s: the caller does not speak into that silence.
    async def slow(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await session.speak("r", Reply("Let me look that order up.", 1.0, pace=float("inf")))
        await a_call_alone(session, "lookup_order")
        await session.done("r", "completed", [])
        await session.reply(session.new("resp"), Reply("It has shipped.", 1.0, delay_s=4))

    call, _ = held(tmp_path, Reply(raw=slow), Reply("Bye."), turns=("Where is it?", "Thanks."))
    first, answer, _ = call.timeline.agent
    assert answer.span.start_s - first.span.end_s > 2.9
    assert call.timeline.caller[1].span.start_s > answer.span.end_s


LOOKED_UP = {"tools": [{"name": "lookup_order", "arguments": {"order_id": "ORD-4715B"}}]}
OTHER = {"tools": [{"name": "lookup_order", "arguments": {"order_id": "ORD-1111A"}}]}
NEVER = {"never": ["cancel_order"]}
ORDERED = {"order": ["lookup_order", "cancel_order"]}
HIDDEN = "run by the server, which showed no call of its tools"


@pytest.mark.parametrize(
    ("how", "expect", "judged", "told"),
    [
        (an_mcp_call, LOOKED_UP, "pass", "everything expected happened"),
        (an_mcp_call, OTHER, "fail", "ORD-1111A) was called 0 times"),
        (a_call_alone, LOOKED_UP, "pass", "everything expected happened"),
        (an_mcp_call, NEVER, "pass", "everything expected happened"),
        (an_mcp_call, ORDERED, "fail", "cancel_order was never called"),
        (an_mcp_call, {"never": ["lookup_order"]}, "fail", "lookup_order was called and never"),
        (nothing, LOOKED_UP, "unscorable", HIDDEN),
        (nothing, NEVER, "unscorable", HIDDEN),
        (nothing, ORDERED, "unscorable", HIDDEN),
        (an_output_alone, NEVER, "unscorable", "cannot be told"),
    ],
)
def test_expectations_hold_what_is_shown_and_leave_open_what_is_not(
    tmp_path, how, expect, judged, told
):
    call, _ = held(tmp_path, shows(how), expect=expect)
    found, why = outcome(call, "expectations")
    assert (found, told in why) == (judged, True), why


@pytest.mark.parametrize(
    ("how", "judged", "told"),
    [
        (an_mcp_call, "fail", "cancel_order was called without being proposed"),
        (a_call_with_its_output, "fail", "cancel_order was called without being proposed"),
        (nothing, "unscorable", "cancel_order is run by the server, which showed no call"),
    ],
)
def test_a_write_of_the_servers_is_judged_like_any_other(tmp_path, how, judged, told):
    call, _ = held(tmp_path, shows(how, name="cancel_order"))
    found, why = outcome(call, "write_confirmation")
    assert (found, told in why) == (judged, True), why


def test_an_announcement_may_be_followed_by_a_call_that_nobody_shows(tmp_path):
    announced = "Let me look up your order."
    shown, _ = held(tmp_path / "shown", shows(an_mcp_call, words=announced))
    assert outcome(shown, "preamble")[0] == "not_applicable"
    hidden, _ = held(tmp_path / "hidden", shows(nothing, words=announced))
    assert outcome(hidden, "preamble")[0] == "unscorable"
    mocked, _ = held(tmp_path / "mocked", shows(nothing, words=announced), run_by=RunBy.HARNESS)
    assert outcome(mocked, "preamble")[0] == "fail"


def test_a_silent_tool_of_the_servers_is_an_answer(tmp_path):
    async def raw(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await a_call_alone(session, "wait_for_user")
        await session.done("r", "completed", [])

    turns = ("Hm.", "Where is my order?")
    call, sent = held(tmp_path, Reply(raw=raw), SHIPPED, turns=turns)
    assert (call.timeline.status.value, sent) == ("completed", [])
    tool = call.timeline.tools[0]
    assert call.timeline.caller[1].span.start_s - tool.requested_s < 1.2
