"""Tool calls that a recording mentions but does not hold: their tools, and the losses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record
from support.stored_messages import decoded, received

from harness.recording.model import Violation, WireMessage
from harness.recording.provenance import Origin, SourceKind
from harness.recording.tools import ToolOutcome, ToolRun
from harness.timeline.build import build
from harness.timeline.model import NamelessCall, Timeline

DONE = "response.output_item.done"
CALL: dict[str, Any] = {"type": "function_call", "arguments": '{"order_id":"A1"}'}
NO_NAME = ("the tool call has no name", "which tool was called cannot be told")
NO_ID = ("the tool call has no id", "the call was not answered")


def item(at_s: float, **fields: Any) -> WireMessage:
    return received(at_s, DONE, response_id="r", item={**CALL, **fields})


def over(at_s: float, *calls: dict[str, Any]) -> WireMessage:
    output = [{**CALL, **fields} for fields in calls]
    return received(at_s, "response.done", response={"id": "r", "output": output})


def heard(
    *events: WireMessage, dialect: str = "openai_ga", runs: tuple[ToolRun, ...] = ()
) -> Timeline:
    call = record("0.0-1.0 caller: Cancel it.")
    return build(decoded(replace(call, tools=runs), events, dialect))


def lost(timeline: Timeline) -> list[tuple[float, str, str, str]]:
    """Return the violations by which something was lost."""
    found: tuple[Violation, ...] = timeline.violations or ()
    return [(one.at_s, one.type, one.detail, one.effect) for one in found if one.effect]


RUN = ToolRun("unnamed_call_1", "look", "{}", "r", 2.0, 2.5, ToolOutcome.OK, "{}")

# messages, tool runs, calls without a name, the calls of tools, the losses
ROWS: dict[str, tuple[list[WireMessage], tuple[ToolRun, ...], list[Any], list[Any], list[Any]]] = {
    "no name": (
        [item(2.0, id="i", call_id="c"), over(2.1, {"id": "i", "call_id": "c"})],
        (),
        [NamelessCall(2.0, {"order_id": "A1"})],
        [],
        [(2.0, "output item done", *NO_NAME)],
    ),
    "no name and no arguments": (
        [received(2.0, "response.function_call_arguments.done", call_id="c", arguments="?")],
        (),
        [NamelessCall(2.0, None)],
        [],
        [(2.0, "arguments done", *NO_NAME)],
    ),
    "a name that comes with the end of the response": (
        [item(2.0, id="i", call_id="c"), over(2.1, {"id": "i", "call_id": "c", "name": "look"})],
        (replace(RUN, call_id="c"),),
        [],
        [("c", "look", ToolOutcome.OK)],
        [],
    ),
    "arguments of a call that was cut short": (
        [
            received(2.0, "response.function_call_arguments.done", call_id="c", arguments="{}"),
            item(2.1, id="i", call_id="c", status="incomplete"),
        ],
        (),
        [],
        [],
        [],
    ),
    "no id, and never run": (
        [item(2.0, name="look")],
        (),
        [],
        [("unnamed_call_1", "look", ToolOutcome.UNANSWERED)],
        [(2.0, "output item done", *NO_ID)],
    ),
    "no id, and run under one of ours": (
        [item(2.0, name="look"), over(2.0, {"name": "look"})],
        (RUN,),
        [],
        [("unnamed_call_1", "look", ToolOutcome.OK)],
        [],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_calls_that_nobody_could_run_are_told_and_not_forgotten(name: str) -> None:
    events, runs, nameless, tools, effects = ROWS[name]
    found = heard(*events, runs=runs)
    assert list(found.nameless) == nameless
    assert [(tool.call_id, tool.name, tool.outcome) for tool in found.tools] == tools
    assert lost(found) == effects
    assert found.called == (*found.tools, *found.nameless)


def test_what_was_lost_is_listed_where_it_came() -> None:
    early = received(1.0, "response.output_audio.delta")
    late = received(3.0, "response.output_audio.delta")
    found = lost(heard(early, item(2.0, id="i"), late))
    assert [at_s for at_s, *_ in found] == [1.0, 2.0, 3.0]


def test_a_call_without_an_id_keeps_what_is_known_of_it() -> None:
    (tool,) = heard(item(2.0, name="look")).tools
    assert (tool.arguments, tool.response_id) == ({"order_id": "A1"}, "r")
    assert (tool.requested_s, tool.answered_s, tool.output) == (2.0, None, None)


def test_nothing_is_told_of_a_dialect_that_is_not_known_here() -> None:
    found = heard(item(2.0, id="i"), item(2.0, name="look"), dialect="nobody's")
    assert (found.violations, found.nameless, found.tools) == (None, (), ())


# --- calls that the agent began and did not finish

ADDED = "response.output_item.added"
CREATED = received(1.5, "response.created", response={"id": "r", "status": "in_progress"})


def added(at_s: float, **fields: Any) -> WireMessage:
    return received(at_s, ADDED, response_id="r", item={**CALL, "arguments": "", **fields})


def arguments(at_s: float, **fields: Any) -> WireMessage:
    kind = "response.function_call_arguments.done"
    return received(at_s, kind, response_id="r", arguments="{}", **fields)


def cancelled(at_s: float) -> WireMessage:
    return received(at_s, "response.done", response={"id": "r", "status": "cancelled"})


LOOK = {"id": "i", "call_id": "c", "name": "look"}

# messages, the calls that were begun
BEGUN: dict[str, tuple[list[WireMessage], list[tuple[str, float]]]] = {
    "begun alone": ([CREATED, added(2.0, **LOOK)], [("look", 2.0)]),
    "begun and finished": ([CREATED, added(2.0, **LOOK), item(2.5, **LOOK)], []),
    "begun, and the caller interrupts": (
        [CREATED, added(2.0, **LOOK), item(2.5, **LOOK, status="incomplete"), cancelled(2.6)],
        [("look", 2.0)],
    ),
    "its arguments end as it is interrupted": (
        [CREATED, arguments(2.0, call_id="c", name="look"), cancelled(2.6)],
        [("look", 2.0)],
    ),
    "its arguments end, and its response after them": (
        [CREATED, arguments(2.0, call_id="c", name="look"), over(2.6)],
        [],
    ),
    "one of two": (
        [CREATED, item(2.0, **LOOK), added(2.2, id="j", call_id="d", name="book"), cancelled(2.6)],
        [("book", 2.2)],
    ),
    "begun without a name": ([CREATED, added(2.0, id="i", call_id="c")], []),
}


@pytest.mark.parametrize("name", BEGUN)
def test_calls_that_were_begun_are_told_apart_from_those_that_were_made(name: str) -> None:
    events, begun = BEGUN[name]
    found = heard(*events)
    assert [(one.name, round(one.at_s, 6)) for one in found.begun_calls] == begun


@pytest.mark.parametrize(("name", "tools"), [("begun and finished", ["look"]), ("begun alone", [])])
def test_a_call_that_was_interrupted_is_none_though_an_older_harness_ran_it(
    name: str, tools: list[str]
) -> None:
    found = heard(*BEGUN[name][0], runs=(replace(RUN, call_id="c"),))
    assert [tool.name for tool in found.tools] == tools


STRAY = {"id": "k", "call_id": "x", "name": "cancel", "arguments": "{}"}
ENDED = received(2.2, "response.done", response={"id": "r", "status": "completed"})
ANOTHER = received(3.5, "response.done", response={"id": "s", "status": "completed"})


def stray(at_s: float, response_id: str = "old") -> WireMessage:
    return received(at_s, DONE, response_id=response_id, item={**CALL, **STRAY})


# messages, and the names of the calls that are another session's
FOREIGN: dict[str, tuple[list[WireMessage], list[str]]] = {
    "of a response that was never begun": (
        [CREATED, item(2.0, **LOOK), ENDED, stray(3.0)],
        ["cancel"],
    ),
    "of a response that was begun": ([CREATED, stray(2.0, "r"), ENDED], []),
    "of no response": ([CREATED, ENDED, stray(3.0, "")], []),
    "of a response that ends all the same": ([CREATED, ENDED, stray(3.0, "s"), ANOTHER], []),
    "where no response is begun": ([stray(3.0)], []),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_call_of_another_session_is_none_of_this_one(name: str) -> None:
    events, foreign = FOREIGN[name]
    run = ToolRun("x", "cancel", "{}", "old", 3.0, 3.5, ToolOutcome.OK, "{}")
    found = heard(*events, runs=(run,))
    assert [one.name for one in found.foreign_calls] == foreign
    assert [one.name for one in found.tools] == ([] if foreign else ["cancel"])


def test_an_imported_log_may_lack_the_beginning_of_a_response() -> None:
    run = ToolRun("x", "cancel", "{}", "old", 3.0, 3.5, ToolOutcome.OK, "{}")
    call = replace(record("0.0-1.0 caller: Cancel it."), tools=(run,))
    origin = Origin(SourceKind.REALTIME, "call.jsonl", sound=True)
    call = replace(call, manifest=replace(call.manifest, origin=origin))
    found = build(decoded(call, (CREATED, ENDED, stray(3.0)), "openai_ga"))
    assert [one.name for one in found.tools] == ["cancel"]
    assert not found.foreign_calls
