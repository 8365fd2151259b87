"""The tool calls in a session's messages: events in a row, and the calls that can be run."""

from __future__ import annotations

import pytest

from harness.protocol import events as e
from harness.protocol.items import Item, ItemKind, ItemStatus, Response, ResponseStatus
from harness.protocol.tool_requests import ToolRequest, ToolRequests

CALL, MESSAGE = ItemKind.FUNCTION_CALL, ItemKind.MESSAGE
LOOK = '{"a":1}'


def call(
    item: str | None = None,
    call_id: str | None = None,
    name: str | None = None,
    arguments: str | None = LOOK,
    status: ItemStatus | None = None,
) -> Item:
    return Item(item, CALL, status, call_id=call_id, name=name, arguments=arguments)


def added(item: Item, response: str = "r") -> e.ServerEvent:
    return e.OutputItemAdded(response, 0, item)


def told(call_id: str = "", name: str | None = None, arguments: str = LOOK) -> e.ServerEvent:
    # ``gaps`` assumes this item, and it may be another
    return e.ArgumentsDone("r", "message", 0, call_id, arguments, name)


def done(item: Item, response: str = "r") -> e.ServerEvent:
    return e.OutputItemDone(response, 0, item)


def begun(response: str = "r") -> e.ServerEvent:
    return e.ResponseCreated(Response(response, ResponseStatus.IN_PROGRESS))


def over(*items: Item, status: ResponseStatus = ResponseStatus.COMPLETED) -> e.ServerEvent:
    return e.ResponseDone(Response("r", status, output=items))


CUT = ItemStatus.INCOMPLETE
CANCELLED = ResponseStatus.CANCELLED

# events; the calls that can be run, each with the number of the event that says so; how many calls
# are whole and have no name
ROWS: dict[str, tuple[list[e.ServerEvent], list[tuple[int, str, str, str]], int]] = {
    "the same call in every message": (
        [
            begun(),
            added(call("i", "c", "look", "")),
            told("c", "look"),
            done(call("i", "c", "look")),
            over(call("i", "c", "look")),
        ],
        [(3, "c", "look", LOOK)],
        0,
    ),
    "arguments that end as the caller interrupts them": (
        [
            begun(),
            told("c", "look", '{"a'),
            done(call("i", "c", "look", '{"a', CUT)),
            over(status=CANCELLED),
        ],
        [],
        0,
    ),
    "whole arguments of a response that is cancelled before the call has ended": (
        [begun(), told("c", "look"), over(status=CANCELLED)],
        [],
        0,
    ),
    "a call that ends in its response alone": (
        [over(Item("m", MESSAGE), call("i", "c", "look"))],
        [(0, "c", "look", LOOK)],
        0,
    ),
    "arguments without a name wait for the item": (
        [told("c"), done(call("i", "c", "look")), over(call("i", "c", "look"))],
        [(1, "c", "look", LOOK)],
        0,
    ),
    "arguments that are missing are those of the item": (
        [told("c", "look", ""), done(call("i", "c", "look"))],
        [(1, "c", "look", LOOK)],
        0,
    ),
    "arguments without an id wait for the item": (
        [told("", "look"), done(call("i", "c", "look")), over(call("i", "c", "look"))],
        [(1, "c", "look", LOOK)],
        0,
    ),
    "an item without a call id is the call that its arguments named": (
        [told("c", "look"), done(call("i", None, "look")), over(call("i", None, "look"))],
        [(0, "c", "look", LOOK)],
        0,
    ),
    "an item without a call id is answered under its own": (
        [done(call("i", None, "look")), over(call("i", None, "look"))],
        [(0, "i", "look", LOOK)],
        0,
    ),
    "a name that only the beginning of the item gives": (
        [added(call("i", "c", "look", "")), told("c"), done(call("i", "c"))],
        [(2, "c", "look", LOOK)],
        0,
    ),
    "a name that only the end of the response gives": (
        [done(call("i", "c")), over(call("i", "c", "look"))],
        [(1, "c", "look", LOOK)],
        0,
    ),
    "an id that only the end of the response gives": (
        [begun(), done(call(None, None, "look")), over(call("i", "c", "look"))],
        [(2, "c", "look", LOOK)],
        0,
    ),
    "no id at all: one of ours, once the response is over": (
        [begun(), told("", "look"), done(call(None, None, "look")), over(call(None, None, "look"))],
        [(3, "unnamed_call_1", "look", LOOK)],
        0,
    ),
    "no id, and nobody announced a response: one of ours at once": (
        [
            told("", "look"),
            done(call(None, None, "look")),
            done(call(None, None, "look")),
            done(call(None, None, "look", status=CUT)),
            done(call(None, None, None)),
        ],
        [(1, "unnamed_call_1", "look", LOOK), (2, "unnamed_call_2", "look", LOOK)],
        1,
    ),
    "two calls without ids, told in one order": (
        [
            begun(),
            done(call(None, None, "look")),
            done(call(None, None, "book", "{}")),
            over(call(None, None, "look"), call(None, None, "book", "{}")),
        ],
        [(3, "unnamed_call_1", "look", LOOK), (3, "unnamed_call_2", "book", "{}")],
        0,
    ),
    "two calls with ids, told in two orders": (
        [
            told("c", "look"),
            told("d", "book"),
            done(call("j", "d", "book")),
            done(call("i", "c", "look")),
            over(call("i", "c", "look"), call("j", "d", "book")),
        ],
        [(0, "c", "look", LOOK), (1, "d", "book", LOOK)],
        0,
    ),
    "two items of one id are two calls where their call ids differ": (
        [done(call("i", "c", "look")), done(call("i", "d", "look"))],
        [(0, "c", "look", LOOK), (1, "d", "look", LOOK)],
        0,
    ),
    "two calls under one call id are two where they differ": (
        [
            done(call(None, "c", "look")),
            done(call(None, "c", "look")),
            done(call(None, "c", "look", "{}")),
            done(call(None, "c", "book", "{}")),
            done(call(None, "c", "book", "{}")),
        ],
        [(0, "c", "look", LOOK), (2, "c", "look", "{}"), (3, "c", "book", "{}")],
        0,
    ),
    "one call whose arguments are written in two ways, and one of no JSON": (
        [
            done(call(None, "c", "look", '{"a": 1, "b": 2}')),
            done(call(None, "c", "look", '{"b":2,"a":1.0}')),
            done(call(None, "c", "look", '{"b":')),
        ],
        [(0, "c", "look", '{"a": 1, "b": 2}'), (2, "c", "look", '{"b":')],
        0,
    ),
    "responses of one name": (
        [
            begun(),
            done(call(None, None, "look")),
            over(call(None, None, "look")),
            begun(),
            done(call(None, None, "look")),
            over(),
        ],
        [(2, "unnamed_call_1", "look", LOOK), (5, "unnamed_call_2", "look", LOOK)],
        0,
    ),
    "no name at all": (
        [begun(), added(call("i", "c")), told("c"), done(call("i", "c")), over(call("i", "c"))],
        [],
        1,
    ),
    "arguments alone, without a name": ([told("c"), over()], [], 1),
    "neither name nor id": ([told(), done(call()), over(call(), call())], [], 2),
    "an empty name is none": ([done(call("i", "c", ""))], [], 1),
    "a call that was begun and never ended": ([added(call("i", "c"))], [], 0),
    "a call that was cut short": (
        [told("c"), done(call("i", "c", "look", status=CUT)), over(call("i", "c", status=CUT))],
        [],
        0,
    ),
    "what a cancelled response holds was never asked for": (
        [over(call("i", "c", "look"), status=CANCELLED)],
        [],
        0,
    ),
    "a cancelled response gives no ids": (
        [begun(), done(call(None, None, "look")), over(status=CANCELLED)],
        [],
        0,
    ),
    "other events and items": ([e.InputCleared(), done(Item("m", MESSAGE))], [], 0),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_call_is_run_once_and_as_soon_as_it_is_known(name: str) -> None:
    events, wanted, nameless = ROWS[name]
    requests = ToolRequests()
    run: dict[int, tuple[int, ToolRequest]] = {}
    for place, event in enumerate(events):
        for request in requests.told(event):
            if request.ready:
                run.setdefault(request.number, (place, request))
    assert [(place, one.id, one.name, one.arguments) for place, one in run.values()] == wanted
    assert len(requests.nameless) == nameless


@pytest.mark.parametrize(
    ("events", "names"),
    [
        ([begun(), added(call("i", "c", "look", ""))], ["look"]),
        ([begun(), added(call("i", "c", "look", "")), done(call("i", "c", "look"))], []),
        ([begun(), told("c", "look")], ["look"]),
        ([begun(), told("c", "look"), over()], []),
        ([begun(), told("c", "look"), over(status=CANCELLED)], ["look"]),
        ([begun(), done(call("i", "c", "look", status=CUT))], ["look"]),
        ([begun(), done(call("i", "c", "look", status=CUT)), over()], ["look"]),
        ([begun(), added(call("i", "c", None, ""))], []),
        ([told("c", "look")], []),  # the response was not announced: it is the only event
    ],
)
def test_calls_that_were_not_finished_are_begun(
    events: list[e.ServerEvent], names: list[str]
) -> None:
    requests = ToolRequests()
    for event in events:
        requests.told(event)
    assert [one.name for one in requests.begun] == names
