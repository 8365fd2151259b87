"""One response as its events arrive: which items and parts are open, and what is out of order.

A response is a tree that the server opens and closes from the root to the leaves and back::

    response.created
      output_item.added                   item i, one after another, several may be open at once
        content_part.added                part j of a message
          audio / transcript / text deltas, each stream ended by its own done
        content_part.done
        arguments deltas, arguments done  of a function call
      output_item.done
    response.done

A node is opened once and closed once, nothing happens inside a closed node, and nothing is closed
over open children. Siblings are free: the audio of one item may end after the next item's first
deltas, and streams of one part mix at will (both observed with the real service).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.protocol.events import (
    ArgumentsDelta,
    ArgumentsDone,
    AudioDelta,
    AudioDone,
    OutputItemAdded,
    OutputItemDone,
    PartAdded,
    PartDone,
    ResponseEvent,
    StreamEvent,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import Item, ItemKind, ItemStatus, Response, ResponseStatus

_STREAMS = {
    AudioDelta: "audio",
    AudioDone: "audio",
    TranscriptDelta: "transcript",
    TranscriptDone: "transcript",
    TextDelta: "text",
    TextDone: "text",
}
_DELTAS = (AudioDelta, TranscriptDelta, TextDelta)


@dataclass(slots=True)
class _OpenPart:
    open_streams: set[str] = field(default_factory=set)
    ended_streams: set[str] = field(default_factory=set)
    done: bool = False


@dataclass(slots=True)
class _Output:
    item: Item
    index: int
    parts: dict[int, _OpenPart] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    arguments: str | None = None
    done: bool = False


class ResponseTrack:
    """State of one response; every ``received`` yields what was illegal, in words."""

    def __init__(self, response: Response, *, out_of_band: bool) -> None:
        self.response = response
        self.out_of_band = out_of_band
        self.done = False
        self._outputs: dict[str, _Output] = {}

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all output items, in order."""
        return tuple(self._outputs)

    def received(self, event: ResponseEvent) -> Iterator[str]:
        """Take one event of this response; yield what is wrong with it."""
        if self.done:
            yield f"response {self.response.id} is already done"
        elif isinstance(event, OutputItemAdded):
            yield from self._item_added(event)
        elif isinstance(event, OutputItemDone):
            yield from self._item_done(event)
        else:
            output = self._outputs.get(event.item_id)
            if output is None:
                yield f"item {event.item_id} was not added to response {self.response.id}"
                return
            if output.index != event.output_index:
                yield f"item {event.item_id} is output {output.index}, not {event.output_index}"
            if output.done:
                yield f"item {event.item_id} is already done"
            elif isinstance(event, ArgumentsDelta | ArgumentsDone):
                yield from _arguments(output, event)
            elif isinstance(event, PartAdded):
                yield from _part_added(output, event)
            else:
                yield from _inside_part(output, event)

    def ended(self, response: Response) -> Iterator[str]:
        """Take the final description of the response; yield what is wrong with it."""
        if self.done:
            yield f"response {response.id} is already done"
            return
        self.response, self.done = response, True
        if response.status is ResponseStatus.IN_PROGRESS:
            yield "a response that is done cannot be in progress"
        unfinished = [item_id for item_id, output in self._outputs.items() if not output.done]
        if unfinished:
            yield f"unfinished items: {', '.join(unfinished)}"
        listed = tuple(item.id for item in response.output)
        if listed != self.item_ids:
            yield f"lists items {_names(listed)}, but {_names(self.item_ids)} were sent"

    def _item_added(self, event: OutputItemAdded) -> Iterator[str]:
        item = event.item
        if item.id is None:
            yield "the item has no id"
            return
        if item.id in self._outputs:
            yield f"item {item.id} was added before"
            return
        if event.output_index != len(self._outputs):
            yield f"output_index {event.output_index}, expected {len(self._outputs)}"
        self._outputs[item.id] = _Output(item, event.output_index)

    def _item_done(self, event: OutputItemDone) -> Iterator[str]:
        item = event.item
        output = None if item.id is None else self._outputs.get(item.id)
        if output is None:
            yield f"item {item.id} was not added to response {self.response.id}"
            return
        if output.done:
            yield f"item {item.id} is already done"
            return
        if item.status is ItemStatus.IN_PROGRESS:
            yield f"item {item.id} is done but says in_progress"
        open_parts = [index for index, part in output.parts.items() if not part.done]
        if open_parts:
            yield f"item {item.id} is done over open content parts {open_parts}"
        output.item, output.done = item, True
        if item.kind is ItemKind.FUNCTION_CALL:
            yield from _call_done(output, item)


def _call_done(output: _Output, item: Item) -> Iterator[str]:
    """Compare a finished call with its arguments; one that was cut short owes none."""
    if item.status is ItemStatus.INCOMPLETE:
        return
    if output.arguments is None:
        yield "a function call is done without its arguments done event"
    elif output.arguments != (item.arguments or ""):
        yield "the arguments differ from those of their own done event"


def _arguments(output: _Output, event: ArgumentsDelta | ArgumentsDone) -> Iterator[str]:
    if output.item.kind is not ItemKind.FUNCTION_CALL:
        yield f"item {event.item_id} is no function call"
        return
    if event.call_id and output.item.call_id not in (None, event.call_id):
        yield f"call_id {event.call_id}, but the item has {output.item.call_id}"
    if output.arguments is not None:
        yield f"the arguments of item {event.item_id} are already done"
    elif isinstance(event, ArgumentsDelta):
        output.pieces.append(event.delta)
    else:
        if output.pieces and "".join(output.pieces) != event.arguments:
            yield "the arguments differ from their deltas"
        output.arguments = event.arguments


def _part_added(output: _Output, event: PartAdded) -> Iterator[str]:
    if event.content_index in output.parts:
        yield f"content part {event.content_index} of item {event.item_id} was added before"
        return
    if event.content_index != len(output.parts):
        yield f"content_index {event.content_index}, expected {len(output.parts)}"
    output.parts[event.content_index] = _OpenPart()


def _inside_part(output: _Output, event: PartDone | StreamEvent) -> Iterator[str]:
    part = output.parts.get(event.content_index)
    if part is None:
        yield f"content part {event.content_index} of item {event.item_id} was not added"
        # Opened now, so that one missing event is reported once and not with every delta.
        part = output.parts[event.content_index] = _OpenPart()
    if part.done:
        yield f"content part {event.content_index} of item {event.item_id} is already done"
    elif isinstance(event, PartDone):
        if part.open_streams:
            yield f"done while its {', '.join(sorted(part.open_streams))} is not"
        part.done = True
    else:
        yield from _stream(part, event)


def _stream(part: _OpenPart, event: StreamEvent) -> Iterator[str]:
    name = _STREAMS[type(event)]
    if name in part.ended_streams:
        yield f"the {name} of item {event.item_id} is already done"
    elif isinstance(event, _DELTAS):
        part.open_streams.add(name)
    else:
        part.open_streams.discard(name)
        part.ended_streams.add(name)


def _names(ids: tuple[str | None, ...]) -> str:
    return "[" + ", ".join(str(each) for each in ids) + "]"
