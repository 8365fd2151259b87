"""Tracks the agent's tool calls: each call once, however many messages report it.

A call is reported when its item begins, when its arguments end, when its item ends, and at the end
of its response. Some services give its name and its id each time; others leave the name out of some
messages and the id out of others, so messages complete each other. Messages report the same call if
they share the ``call_id``, else the item's id, else the position: every kind of message reports the
calls of a response in the same order. An item that ends twice under the same id, with another name
or other arguments, is another call.

A call can be run once it has a name and an id to be answered under, and its item has ended whole:
the end of its arguments comes for interrupted calls, too. A call that still has no id when its
response is over gets a generated id. If no message announced the response, the first message that
has all of the call is final. A call without a name cannot be run, and is kept apart from a call
that was never made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import orjson

from harness.protocol.events import (
    ArgumentsDone,
    OutputItemAdded,
    OutputItemDone,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
)
from harness.protocol.items import Item, ItemKind, ItemStatus, ResponseStatus


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call as far as it is known; text fields are empty if not reported."""

    number: int
    """Its index among the calls of the session."""
    response_id: str
    call_id: str = ""
    item_id: str = ""
    name: str = ""
    arguments: str = ""
    whole: bool = False
    """Whether the agent has sent all of it."""
    ready: bool = False
    """Whether it can be run and answered."""

    @property
    def id(self) -> str:
        """The id to answer it under: the server's own, else a generated id."""
        return self.call_id or self.item_id or f"unnamed_call_{self.number + 1}"


class _Kind(Enum):
    BEGUN = "item added"
    ARGUMENTS = "arguments done"
    ITEM = "item done"
    RESPONSE = "response done"


@dataclass(frozen=True, slots=True)
class _ToldRequest:
    """The data of a single message about a single call."""

    kind: _Kind
    response_id: str
    call_id: str
    item_id: str = ""
    name: str = ""
    arguments: str = ""
    whole: bool = True


@dataclass(slots=True)
class _RequestingResponse:
    """The calls of a response by number, in order, and the count per kind of message."""

    calls: list[int] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)
    told: Counter[_Kind] = field(default_factory=Counter)


class ToolRequests:
    """Feed it every event, in order, ids filled in; call ``begin_anew`` for a new session."""

    def __init__(self) -> None:
        self._all: list[ToolRequest] = []
        self._named: dict[str, int] = {}
        self._ended: set[int] = set()
        """The calls whose items have ended."""
        self._responses: dict[str, _RequestingResponse] = {}
        self._announced: set[str] = set()

    def begin_anew(self) -> None:
        """Begin a new session: its ids mean other calls; call numbers continue."""
        self._named.clear()
        self._responses.clear()
        self._announced.clear()

    @property
    def begun(self) -> tuple[ToolRequest, ...]:
        """The named calls that the agent began and has not finished."""
        return tuple(each for each in self._all if each.name and not each.ready)

    @property
    def nameless(self) -> tuple[ToolRequest, ...]:
        """The calls that the agent has sent completely, except for their names."""
        return tuple(each for each in self._all if each.whole and not each.name)

    def told(self, event: ServerEvent) -> tuple[ToolRequest, ...]:
        """Return the calls that an event reports, as they are known now."""
        if isinstance(event, ResponseCreated):
            # Some servers give every response the same id, so the counts restart.
            self._responses.pop(event.response.id, None)
            self._announced.add(event.response.id)
        numbers = dict.fromkeys(self._take(each) for each in _told(event))
        if isinstance(event, ResponseDone) and event.response.status is ResponseStatus.COMPLETED:
            numbers |= dict.fromkeys(self._close(event.response.id))
        return tuple(self._all[number] for number in numbers)

    def _take(self, told: _ToldRequest) -> int:
        response = self._responses.setdefault(told.response_id, _RequestingResponse())
        number = self._known(response, told)
        if number is None:
            number = len(self._all)
            self._all.append(ToolRequest(number, told.response_id))
            response.calls.append(number)
        response.told[told.kind] += 1
        known = _learned(self._all[number], told)
        if told.kind is _Kind.ITEM:
            self._ended.add(number)
        if told.response_id not in self._announced and told.kind is not _Kind.BEGUN:
            all_told = told.kind is _Kind.ITEM or (told.call_id and told.name and told.arguments)
            known = replace(
                known, ready=known.ready or bool(all_told and known.whole and known.name)
            )
        self._all[number] = known
        if known.call_id:
            self._named[known.call_id] = number
        if known.item_id:
            response.items.setdefault(known.item_id, number)
        return number

    def _known(self, response: _RequestingResponse, told: _ToldRequest) -> int | None:
        """Return the number of the call that a message reports, None for a new call."""
        if told.call_id in self._named:
            named = self._named[told.call_id]
            return None if self._is_another(named, told) else named
        place = response.told[told.kind]
        number = response.items.get(told.item_id)
        if number is None and place < len(response.calls):
            number = response.calls[place]
        if number is None:
            return None
        known = self._all[number]
        pairs = ((known.call_id, told.call_id), (known.item_id, told.item_id))
        return None if any(one and other and one != other for one, other in pairs) else number

    def _is_another(self, number: int, told: _ToldRequest) -> bool:
        """Return whether the reported call differs from the ended call with the same id."""
        if told.kind is not _Kind.ITEM or number not in self._ended:
            return False
        known = self._all[number]
        renamed = bool(known.name and told.name and known.name != told.name)
        both = bool(known.arguments and told.arguments)
        return renamed or (both and not same_arguments(known.arguments, told.arguments))

    def _close(self, response_id: str) -> Iterator[int]:
        """Yield the calls of a response that is over; whole calls with a name are ready now."""
        for number in self._responses.get(response_id, _RequestingResponse()).calls:
            known = self._all[number]
            if known.whole and known.name:
                self._all[number] = replace(known, ready=True)
            yield number


def parsed_arguments(raw: str) -> dict[str, Any] | None:
    """Return the arguments of a call, None if they are no JSON object.

    An empty text is an empty object: services send it for tools without parameters.
    """
    try:
        arguments = orjson.loads(raw or "{}")
    except orjson.JSONDecodeError:
        return None
    return arguments if isinstance(arguments, dict) else None


def same_arguments(one: str, other: str) -> bool:
    """Return whether two texts are the same arguments, however they are written."""
    parsed = parsed_arguments(one)
    return one == other if parsed is None else parsed == parsed_arguments(other)


def _learned(known: ToolRequest, told: _ToldRequest) -> ToolRequest:
    """Return a call with the data that a message adds; the first value of a field is kept."""
    found = replace(
        known,
        call_id=known.call_id or told.call_id,
        item_id=known.item_id or told.item_id,
        name=known.name or told.name,
        arguments=known.arguments or told.arguments,
        whole=told.whole if told.kind is _Kind.ITEM else known.whole or told.whole,
    )
    ended = told.kind is not _Kind.ARGUMENTS and told.whole
    ready = ended and bool(found.name and (found.call_id or found.item_id))
    return replace(found, ready=known.ready or ready)


def _told(event: ServerEvent) -> Iterator[_ToldRequest]:
    match event:
        case OutputItemAdded(response_id, _, item):
            for told in _of_item(_Kind.BEGUN, response_id, item):
                yield replace(told, arguments="", whole=False)
        case ArgumentsDone(response_id, _, _, call_id, arguments, name):
            # Its item id may be inferred from earlier events (``Gaps``), so it identifies no call.
            yield _ToldRequest(
                _Kind.ARGUMENTS, response_id, call_id, name=name or "", arguments=arguments
            )
        case OutputItemDone(response_id, _, item):
            yield from _of_item(_Kind.ITEM, response_id, item)
        case ResponseDone(response) if response.status is ResponseStatus.COMPLETED:
            for item in response.output:
                yield from _of_item(_Kind.RESPONSE, response.id, item)
        case _:
            pass


def _of_item(kind: _Kind, response_id: str, item: Item) -> Iterator[_ToldRequest]:
    if item.kind is ItemKind.FUNCTION_CALL:
        yield _ToldRequest(
            kind,
            response_id,
            item.call_id or "",
            item.id or "",
            item.name or "",
            item.arguments or "",
            whole=item.status is not ItemStatus.INCOMPLETE,
        )
