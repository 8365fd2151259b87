"""A tool's result owes the caller an answer: the caller's waits, and how the call ends.

The first half is the agent as the caller's end sees it; the second are calls over loopback, made in
virtual time and judged.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import SUITE, call_plan, manifest, scenario
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.judging.judge import Judged, judge
from harness.protocol.events import ResponseCreated, ResponseDone, TextDelta, TextDone
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Response, ResponseStatus
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.scenario.model import RunBy, Suite, ToolKind, ToolSpec
from harness.scenario.session_settings import SessionSettings
from harness.session.agent_side import AgentSide
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.playout import ContentKey, Playout
from harness.session.virtual_time import run_virtual
from harness.timeline.model import WaitEnd

LOOK = "lookup_order"
Step = Callable[[AgentSide], object]


def result(at_s: float, tool: str = LOOK, **more: Any) -> Step:
    return lambda side: side.result_came(at_s, tool, **more)


def begins(at_s: float, name: str = "r") -> Step:
    event = ResponseCreated(Response(name, ResponseStatus.IN_PROGRESS))
    return lambda side: side.received(at_s, event)


def sounds(at_s: float, name: str = "r", *, audible: bool = True, lasts_s: float = 0.5) -> Step:
    def arrives(side: AgentSide) -> None:
        told = side.sounded(at_s, name, audible=audible)
        samples = np.full(round(lasts_s * 24_000), 5000 if audible else 0, np.int16)
        side.playout.arrived(at_s, ContentKey(name, f"item_{name}", 0), samples, told=told)

    return arrives


def ends(at_s: float, name: str = "r", text: str = "") -> Step:
    said = (Content(ContentKind.OUTPUT_TEXT, text=text),) if text else ()
    output = (Item("i", ItemKind.MESSAGE, content=said),) if text else ()
    over = ResponseDone(Response(name, ResponseStatus.COMPLETED, output=output))
    return lambda side: side.received(at_s, over)


def writes(at_s: float, name: str = "r") -> Step:
    return lambda side: side.received(at_s, TextDone(name, "i", 0, 0, "It has shipped."))


NEVER = f"the result of {LOOK} never reached the caller"
UNENDED = f"{LOOK}, which the server runs, never ended, and the caller heard no result"
SERVER: dict[str, Any] = {"by_server": True}
RUNS: dict[str, Any] = {"by_server": True, "ended": False}

# the events, and the owed result then; empty for none
ROWS: dict[str, tuple[list[Step], str]] = {
    "a result": ([result(1.0)], NEVER),
    "no result": ([begins(1.0), sounds(1.5)], ""),
    "an answer that was begun after it": ([result(1.0), begins(1.5), sounds(2.0)], ""),
    "an answer that was begun with it": ([result(1.0), begins(1.0), sounds(2.0)], ""),
    "a response without a sound": ([result(1.0), begins(1.5), ends(2.0)], NEVER),
    "a response of silence": ([result(1.0), begins(1.5), sounds(2.0, audible=False)], NEVER),
    "a sound too short for a syllable": (
        [result(1.0), begins(1.5), sounds(2.0, lasts_s=0.06)],
        NEVER,
    ),
    "a short sound, and words": (
        [result(1.0), begins(1.5), sounds(2.0, lasts_s=0.06), sounds(2.06, lasts_s=0.06)],
        "",
    ),
    "a short sound that nobody announced": ([result(1.0), sounds(2.0, lasts_s=0.06)], NEVER),
    "an answer to the result before it": (
        [result(0.5, "cancel_order"), begins(0.6), sounds(0.7), result(2.0), sounds(2.2)],
        NEVER,
    ),
    "the preamble's audio": ([begins(0.2), sounds(0.5), result(1.0), sounds(1.2)], NEVER),
    "an answer after the preamble": (
        [begins(0.2), sounds(0.5), result(1.0), sounds(1.2), begins(1.5, "s"), sounds(2.0, "s")],
        "",
    ),
    "audio that nobody announced": ([result(1.0), sounds(2.0)], ""),
    "a track that nobody announced goes on": ([sounds(0.5), result(0.7), sounds(0.9)], ""),
    "a text that nobody hears": ([result(1.0), begins(1.5), writes(2.0)], NEVER),
    "a decision to be quiet": ([result(1.0), lambda side: side.answered_silently(1.5, "r")], ""),
    "a tool after which nothing is owed": ([result(1.0), result(2.0, "")], ""),
    "the last of two results": (
        [result(1.0, "cancel_order"), begins(1.2), result(2.0), sounds(2.5)],
        NEVER,
    ),
    # --- tools of the server
    "a result of the server's": ([result(1.0, **SERVER)], NEVER),
    "the same response may go on with it": (
        [begins(0.2), sounds(0.5), result(1.0, **SERVER), sounds(1.2)],
        "",
    ),
    "silence in the same response": (
        [begins(0.2), sounds(0.5), result(1.0, **SERVER), sounds(1.2, audible=False)],
        NEVER,
    ),
    "a result of the server's that is reported once it was told": (
        [begins(0.2), sounds(1.5), result(1.0, **SERVER)],
        "",
    ),
    "a result of a mock's cannot have been told before": (
        [begins(0.2), sounds(1.5), result(1.0)],
        NEVER,
    ),
    "a tool of the server's that runs": ([result(1.0, **RUNS)], UNENDED),
    "a tool of the server's that ended": ([result(1.0, **RUNS), result(2.0, **SERVER)], NEVER),
    "a tool of the server's that runs, and words": (
        [result(1.0, **RUNS), begins(1.5), sounds(2.0)],
        "",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_the_caller_is_owed(name: str) -> None:
    steps, words = ROWS[name]
    side = AgentSide(Playout())
    for step in steps:
        news = side.news
        step(side)
        assert side.news > news  # the caller decides anew
    assert ("" if side.owed_result is None else side.owed_result.words) == words


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([begins(1.5), writes(2.0), ends(2.1)], id="whole"),
        pytest.param([writes(2.0)], id="that nobody announced"),
        pytest.param(
            [begins(1.5), ends(2.1, text="It has shipped.")],
            id="with the end of its response",
        ),
        pytest.param(
            [
                begins(1.5),
                lambda side: side.received(2.0, TextDelta("r", "i", 0, 0, "It has shipped.")),
                ends(2.1),
            ],
            id="in pieces",
        ),
    ],
)
def test_in_a_text_session_a_result_is_read(steps: list[Step]) -> None:
    side = AgentSide(Playout(), reads=True)
    for step in (result(1.0), *steps):
        step(side)
    assert side.words(9.0, since_s=0.0) == "It has shipped."
    assert side.owed_result is None


# --- calls

KEPT = SessionSettings(prompt="keep", tools="keep")
HANDS_OVER = ToolSpec(name="escalate_to_human", kind=ToolKind.ESCALATE, say="connecting you")
DESK = SUITE.model_copy(update={"tools": (*SUITE.tools, HANDS_OVER)})
SERVERS = DESK.model_copy(
    update={
        "tools": tuple(
            tool.model_copy(update={"run_by": RunBy.SERVER, "mock": None}) for tool in DESK.tools
        )
    }
)
ASKS = [{"say": "Where is my order?"}]
CALLS = ((LOOK, '{"order_id": "ORD-4715B"}'),)
LOOKS = Reply("Let me look that up.", 1.2, CALLS)
SHIPPED = Reply("It has shipped.", 1.0)


def held(
    folder: Path,
    *replies: Reply,
    turns: list[dict[str, Any]] | None = None,
    desk: Suite = DESK,
    lasts_s: tuple[float, ...] = (),
) -> Judged:
    """Make one call over loopback, in virtual time; return it as it is judged.

    ``lasts_s`` is how long the first sessions last until they expire.
    """
    wanted = scenario(turns or ASKS)
    told = manifest(
        scenario=wanted.model_dump(mode="json", by_alias=True),
        suite=desk.model_dump(mode="json", by_alias=True),
        target={"dialect": "openai_ga"},
    )

    async def main() -> None:
        async with scripted_server(Script(list(replies), lasts_s=list(lasts_s))) as (url, _):
            session = KEPT if desk is SERVERS else None
            plan = call_plan(url, wanted, suite=desk, session=session, rejoins=bool(lasts_s))
            writer = RecordingWriter(folder, told)
            await run_call(plan, clock=VirtualClock(), writer=writer)

    run_virtual(main())
    return judge(read_recording(folder))


def ended(call: Judged) -> tuple[str, str]:
    """Return how a call ended, and the message about it."""
    manifest = call.recording.manifest
    assert manifest.status is not None
    return manifest.status.value, manifest.status_detail


def delivery(call: Judged) -> tuple[str, str]:
    (found,) = [one for one in call.judgements if one.scorer.scorer_name == "delivery"]
    return found.score.outcome.value, found.score.reason


def stops(status: str, **details: Any) -> Reply:
    """A response without audio that ends in some way."""

    async def raw(session: Session) -> None:
        response_id = session.new("resp")
        begun = {"object": "realtime.response", "id": response_id, "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await session.done(response_id, status, [], {"type": status, **details})

    return Reply(raw=raw)


async def _writes(session: Session) -> None:
    begun = {"object": "realtime.response", "id": "t", "output": []}
    await session.send("response.created", response={**begun, "status": "in_progress"})
    place = {"response_id": "t", "item_id": "i", "output_index": 0, "content_index": 0}
    await session.send("response.output_text.done", **place, text="It has shipped.")
    await session.done("t", "completed", [])


SILENT = f"{NEVER}: no answer within 12 s"
BUSY = {"type": "server_error", "code": "busy", "message": "Too many requests"}


@pytest.mark.parametrize(
    ("replies", "end", "judged"),
    [
        ([LOOKS, SHIPPED], ("completed", ""), "pass"),
        ([LOOKS], ("agent_silent", SILENT), "fail"),
        ([LOOKS, Reply("")], ("agent_silent", f"{SILENT}; its answer was empty"), "fail"),
        ([LOOKS, stops("cancelled", reason="turn_detected")], ("agent_silent", SILENT), "fail"),
        (
            [LOOKS, stops("incomplete", reason="max_output_tokens")],
            ("agent_silent", f"{SILENT}; the service stopped its answer: max_output_tokens"),
            "fail",
        ),
        (
            [LOOKS, stops("failed", error=BUSY)],
            ("agent_error", "Too many requests (busy)"),
            "fail",
        ),
        (
            [LOOKS, Reply(raw=_writes)],
            (
                "agent_silent",
                f"{SILENT}; the agent answered in text, which no caller hears: 'It has shipped.'",
            ),
            "pass",
        ),
    ],
    ids=["answered", "no response", "empty", "cancelled", "incomplete", "failed", "in text"],
)
def test_a_call_ends_as_silent_if_its_result_is_never_told(
    tmp_path: Path, replies: list[Reply], end: tuple[str, str], judged: str
) -> None:
    call = held(tmp_path, *replies)
    assert ended(call) == end
    outcome, reason = delivery(call)
    assert outcome == judged, reason
    assert (f"{NEVER}: 12." in reason) is (judged == "fail"), reason


def test_the_caller_says_nothing_into_the_silence_after_a_result(tmp_path: Path) -> None:
    """The preamble alone is no answer: the next turn waits for the result, 5 s later."""
    late = Reply("It has shipped.", 1.0, delay_s=5.0)
    call = held(tmp_path, LOOKS, late, Reply("Bye."), turns=[*ASKS, {"say": "Thanks."}])
    assert ended(call) == ("completed", "")
    _, answer, _ = call.call.timeline.agent
    assert call.call.timeline.caller[1].span.start_s > answer.span.end_s
    (wait,) = call.call.timeline.result_waits
    assert wait.took_s == pytest.approx(5.0, abs=0.1)


def test_the_second_of_two_chained_tools_is_owed_the_answer(tmp_path: Path) -> None:
    cancels = Reply("And I cancel it.", 1.2, (("cancel_order", "{}"),))
    assert ended(held(tmp_path / "told", LOOKS, cancels, SHIPPED)) == ("completed", "")
    call = held(tmp_path / "never", LOOKS, cancels)
    told = "the result of cancel_order never reached the caller: no answer within 12 s"
    assert ended(call) == ("agent_silent", told)
    assert delivery(call)[1].startswith("the result of cancel_order never reached the caller: 12.")


def test_a_call_of_a_response_that_was_never_begun_owes_no_answer(tmp_path: Path) -> None:
    async def raw(session: Session) -> None:
        await session.reply(session.new("resp"), SHIPPED)
        stray = {"type": "function_call", "id": "i", "call_id": "c", "name": "cancel_order"}
        place = {"response_id": "another_session", "output_index": 0}
        item = {**stray, "status": "completed", "arguments": "{}"}
        await session.send("response.output_item.done", **place, item=item)

    call = held(tmp_path, Reply(raw=raw))
    assert ended(call) == ("completed", "")
    assert [one.name for one in call.call.timeline.foreign_calls] == ["cancel_order"]
    assert not call.call.timeline.tools


@pytest.mark.parametrize("name", ["escalate_to_human", "wait_for_user"])
def test_a_hand_over_and_a_decision_to_be_quiet_owe_nothing(tmp_path: Path, name: str) -> None:
    says = Reply("I am connecting you.", 1.2, ((name, "{}"),))
    call = held(tmp_path, says)
    assert ended(call) == ("completed", "")
    assert delivery(call)[0] == "pass"


# --- a caller who breaks in

WAITS = {"say": "Hello?", "start": {"after_silence_s": 3}}


@pytest.mark.parametrize(
    ("replies", "end", "judged"),
    [
        # the caller's turn is answered: the result may be in that
        ([LOOKS, Reply(""), SHIPPED], ("completed", ""), "pass"),
        # neither the turn nor the result is
        ([LOOKS, Reply("")], ("agent_silent", SILENT), "pass"),
    ],
    ids=["answered", "never"],
)
def test_a_caller_who_breaks_in_is_owed_the_result_with_the_answer(
    tmp_path: Path, replies: list[Reply], end: tuple[str, str], judged: str
) -> None:
    call = held(tmp_path, *replies, turns=[*ASKS, WAITS])
    assert ended(call) == end
    (first, second) = call.call.timeline.caller
    assert second.span.start_s > first.span.end_s + 3
    assert delivery(call)[0] == judged  # the caller spoke before the agent was late


def test_a_result_that_the_line_cut_off_is_told_by_the_next_session(tmp_path: Path) -> None:
    call = held(tmp_path, LOOKS, Reply(""), SHIPPED, lasts_s=(6.0,))
    assert ended(call) == ("completed", "")
    assert [said.claimed for said in call.call.timeline.agent] == [LOOKS.text, SHIPPED.text]
    waits = call.call.timeline.result_waits  # between them, the silence was the line's
    assert [wait.end for wait in waits] == [WaitEnd.LINE, WaitEnd.HEARD]
    assert delivery(call)[0] == "pass"


# --- tools of the server


def runs(*, tool_ended: bool, answered: bool, words: str = "", name: str = LOOK) -> Reply:
    """A response in which the server runs a tool, and the answer after it."""

    async def raw(session: Session) -> None:
        response_id = session.new("resp")
        begun = {"object": "realtime.response", "id": response_id, "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        await session.speak(response_id, Reply("Let me look that up.", 1.2, pace=float("inf")))
        await asyncio.sleep(0.1)
        item = {"id": "mcp_1", "type": "mcp_call", "name": name, "server_label": "desk"}
        place = {"response_id": response_id, "output_index": 1}
        item |= {"arguments": '{"order_id": "ORD-4715B"}'}
        await session.send("response.output_item.added", **place, item=item)
        if tool_ended:
            await asyncio.sleep(1.0)
            await session.send("response.mcp_call.completed", output_index=1, item_id="mcp_1")
            item |= {"output": '{"status": "shipped"}'}
            await session.send("response.output_item.done", **place, item=item)
        if words:
            await asyncio.sleep(1.0)
            await session.speak(response_id, Reply(words, 1.0, pace=float("inf")))
        await session.done(response_id, "completed", [])
        if answered:
            await session.reply(session.new("resp"), SHIPPED)

    return Reply(raw=raw)


UNHEARD = f"{UNENDED}: no answer within 12 s"


@pytest.mark.parametrize(
    ("reply", "end", "judged", "reason"),
    [
        (runs(tool_ended=True, answered=True), ("completed", ""), "pass", "whole"),
        (
            runs(tool_ended=True, answered=False, words="It has shipped."),
            ("completed", ""),
            "pass",
            "whole",
        ),
        (runs(tool_ended=False, answered=True), ("completed", ""), "pass", "whole"),
        (
            runs(tool_ended=False, answered=False),
            ("agent_silent", UNHEARD),
            "fail",
            f"{LOOK}, which the server runs, never ended: its result never reached the caller",
        ),
        (runs(tool_ended=True, answered=False), ("agent_silent", SILENT), "fail", NEVER),
    ],
    ids=["answered", "in the same response", "never ended, answered", "never ended", "no answer"],
)
def test_the_caller_waits_for_what_the_server_makes_of_its_tool(
    tmp_path: Path, reply: Reply, end: tuple[str, str], judged: str, reason: str
) -> None:
    call = held(tmp_path, reply, desk=SERVERS)
    assert ended(call) == end
    outcome, why = delivery(call)
    assert (outcome, reason in why) == (judged, True), why


@pytest.mark.parametrize("tool_ended", [True, False])
@pytest.mark.parametrize("name", ["escalate_to_human", "wait_for_user"])
def test_a_hand_over_of_the_servers_owes_nothing_either(
    tmp_path: Path, name: str, tool_ended: bool
) -> None:
    reply = runs(tool_ended=tool_ended, answered=False, name=name)
    call = held(tmp_path, reply, desk=SERVERS)
    assert ended(call) == ("completed", "")
    assert delivery(call)[0] == "pass"


# --- an agent that hangs up


def leaves(after: Reply, *, wait_s: float) -> Reply:
    """A response, and the end of the call so long after all of it was sent."""

    async def raw(session: Session) -> None:
        await session.reply(session.new("resp"), after)
        await asyncio.sleep(wait_s)
        await session.socket.close(1000)

    return Reply(raw=raw)


AT_ONCE = Reply("It has shipped, and it will be there on Thursday.", 3.0, pace=float("inf"))


@pytest.mark.parametrize(
    ("wait_s", "judged", "reason"),
    [
        (4.0, "pass", "the answer was whole"),
        (1.0, "fail", "the agent hung up during its own answer (1.0 s of 3.0 s was heard)"),
        (2.95, "pass", "the answer was whole"),  # less than a syllable is left
        (0.0, "fail", "the agent hung up during its own answer (0.0 s of 3.0 s was heard)"),
    ],
    ids=["after its answer", "during its answer", "in its last breath", "as it began"],
)
def test_what_is_queued_when_the_agent_hangs_up_is_a_broken_answer(
    tmp_path: Path, wait_s: float, judged: str, reason: str
) -> None:
    call = held(tmp_path, leaves(AT_ONCE, wait_s=wait_s))
    assert ended(call)[0] == "completed"
    outcome, why = delivery(call)
    assert (outcome, reason in why) == (judged, True), why


def test_an_agent_that_hangs_up_in_the_silence_before_its_words_broke_its_answer(
    tmp_path: Path,
) -> None:
    async def raw(session: Session) -> None:
        begun = {"object": "realtime.response", "id": "r", "output": []}
        await session.send("response.created", response={**begun, "status": "in_progress"})
        place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
        sound = np.concatenate([np.zeros(24_000), np.full(48_000, 5000)]).astype("<i2")
        piece = base64.b64encode(sound.tobytes()).decode()
        await session.send("response.output_audio.delta", **place, delta=piece)
        await session.done("r", "completed", [])
        await asyncio.sleep(0.5)
        await session.socket.close(1000)

    call = held(tmp_path, Reply(raw=raw))
    assert ended(call) == ("completed", "the agent hung up")
    outcome, why = delivery(call)
    assert (outcome, "the agent hung up during its own answer" in why) == ("fail", True), why


def test_an_agent_that_hangs_up_after_a_tool_owes_no_more_words(tmp_path: Path) -> None:
    async def raw(session: Session) -> None:
        response_id = session.new("resp")
        await session.reply(response_id, Reply("Goodbye.", 1.0, CALLS, delay_s=0.0))
        await asyncio.sleep(3.5)
        await session.socket.close(1000)

    call = held(tmp_path, Reply(raw=raw))
    assert ended(call) == ("completed", "the agent hung up")
    assert delivery(call)[0] == "pass"
