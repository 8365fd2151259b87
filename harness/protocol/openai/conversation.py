"""The order rules of a Realtime conversation and of its responses, without I/O.

Three state machines run side by side, almost independently, as the service handles them
independently:

1. **The session**: ``session.created`` comes first and once; an ``error`` may precede it (a server
   that refuses the session), but no other event.
2. **The caller's input**: speech starts, stops and becomes a user item. A stop names the item of
   its start. A commit follows a stop, an idle time-out or the client's own commit. Speech may
   start at any time, also while a response is in progress (that is a barge-in) and also before
   the previous ``audio_end_ms`` (prefix padding is already subtracted). Transcriptions run
   independently and may come even after the response's end.
3. **Responses**: a single active response in the conversation, plus any number out of band
   (requested with ``conversation: "none"``). Their inner order is in ``ResponseTrack``. A
   response that could not begin may end (status failed) without having been created.

::

    state of the input      event               next state     illegal when
    ------------------      -----               ----------     ------------
    quiet                   speech_started      speaking       already speaking
    speaking                speech_stopped      ended          quiet, other item id, end < start
    ended                   committed           quiet          no ended speech, item known already
    any                     timeout_triggered   ended
    any                     cleared             quiet
    any + client commit     committed           quiet

Allowed anywhere after the session began: rate limits, errors, output buffer events, unknown events.
There is no event for "response cancelled": a cancelled response ends with ``response.done``.
Violations are listed, never raised: the call continues, and its page shows the tolerated
violations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.protocol import commands as c
from harness.protocol import events as e
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
from harness.protocol.items import Item, ItemKind, ItemStatus, Response, ResponseStatus, Role

# A response as its events arrive: which items and parts are open, and what is out of order.
#
# A response is a tree that the server opens and closes from the root to the leaves and back::
#
#     response.created
#       output_item.added                   item i, in sequence, several may be open at once
#         content_part.added                part j of a message
#           audio / transcript / text deltas, each stream ended by its own done
#         content_part.done
#         arguments deltas, arguments done  of a function call
#       output_item.done
#     response.done
#
# A node is opened once and closed once, no event comes inside a closed node, and no node is closed
# over open children. Siblings are independent: the audio of an item may end after the next item's
# first deltas, and streams of the same part mix at will (both observed with the real service).

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
    """State of a response; every ``received`` yields protocol violations as text."""

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
        """Take an event of this response; yield its violations."""
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
        """Take the final description of the response; yield its violations."""
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
    """Compare a finished call with its arguments; a call that was cut needs none."""
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
        # Opened now, so that a missing event is reported once and not with every delta.
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


class Conversation:
    """Finds order violations of the server; feed it every received and sent message."""

    def __init__(self) -> None:
        self._session_id: str | None = None
        self._created = False
        self._early = False
        self._items: dict[str, Item] = {}
        self._known_ids: set[str] = set()
        self._added: set[str] = set()
        self._done: set[str] = set()
        self._tracks: dict[str, ResponseTrack] = {}
        self._speech: e.SpeechStarted | None = None
        self._ended: set[str] = set()
        self._commits_sent = 0
        self._asked_out_of_band: list[Mapping[str, str] | None] = []
        """The metadata of out-of-band requests that have not begun."""
        self._transcribed: set[tuple[str, int]] = set()

    def sent(self, command: c.ClientCommand) -> None:
        """Take note of a command that went out."""
        if isinstance(command, c.CommitAudio):
            self._commits_sent += 1
        elif isinstance(command, c.CreateResponse) and command.options.conversation == "none":
            self._asked_out_of_band.append(command.options.metadata)

    def received(self, event: e.ServerEvent) -> tuple[str, ...]:
        """Take an event; return its violations as text, empty if it is legal."""
        details: list[str] = []
        opening = isinstance(event, e.SessionCreated | e.ServerError | e.UnknownEvent)
        if not (self._created or self._early or opening):
            # Reported once: a missing event must not make a violation of all later events.
            self._early = True
            details.append("came before session.created")
        if isinstance(event, e.ResponseEvent):
            details.extend(self._in_response(event))
        else:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                details.extend(handler(self, event))
        return tuple(details)

    # --- the session ---------------------------------------------------------------------

    def _session_created(self, event: e.SessionCreated) -> Iterator[str]:
        if self._created:
            yield "the session was created before"
        self._created = True
        self._session_id = event.session_id

    def _session_updated(self, event: e.SessionUpdated) -> Iterator[str]:
        if event.session_id not in (None, self._session_id) and self._created:
            yield f"session {event.session_id} is not {self._session_id}"

    # --- the caller's input --------------------------------------------------------------

    def _speech_started(self, event: e.SpeechStarted) -> Iterator[str]:
        if self._speech is not None:
            yield f"item {self._speech.item_id} is still speaking"
        self._speech = event
        self._known_ids.add(event.item_id)

    def _speech_stopped(self, event: e.SpeechStopped) -> Iterator[str]:
        start, self._speech = self._speech, None
        if start is None:
            yield "no speech was started"
        elif start.item_id != event.item_id:
            yield f"item {event.item_id}, but {start.item_id} was started"
        else:
            yield from _in_order(start.audio_start_ms, event.audio_end_ms)
        self._ended.add(event.item_id)

    def _input_timed_out(self, event: e.InputTimedOut) -> Iterator[str]:
        yield from _in_order(event.audio_start_ms, event.audio_end_ms)
        self._ended.add(event.item_id)

    def _input_cleared(self, event: e.InputCleared) -> Iterator[str]:
        self._speech = None
        self._ended.clear()
        yield from ()

    def _input_committed(self, event: e.InputCommitted) -> Iterator[str]:
        if event.item_id in self._added:
            yield f"item {event.item_id} is already in the conversation"
        elif event.item_id in self._ended:
            self._ended.discard(event.item_id)
        elif self._commits_sent:
            self._commits_sent -= 1
            self._speech = None
        else:
            yield f"nothing ended speech item {event.item_id}, and no commit was sent"
        yield from self._placed_after(event.previous_item_id)
        self._known_ids.add(event.item_id)

    def _transcript_delta(self, event: e.InputTranscriptDelta) -> Iterator[str]:
        if (event.item_id, event.content_index) in self._transcribed:
            yield f"the transcription of item {event.item_id} is already complete"
        yield from self._must_know(event.item_id)

    def _transcript_ended(
        self, event: e.InputTranscriptDone | e.InputTranscriptFailed
    ) -> Iterator[str]:
        if (event.item_id, event.content_index) in self._transcribed:
            yield f"the transcription of item {event.item_id} is already complete"
        self._transcribed.add((event.item_id, event.content_index))
        yield from self._must_know(event.item_id)

    # --- items ---------------------------------------------------------------------------

    def _item_added(self, event: e.ItemAdded) -> Iterator[str]:
        item_id = event.item.id
        if item_id is None:
            yield "the item has no id"
            return
        if item_id in self._added:
            yield f"item {item_id} was added before"
        yield from self._placed_after(event.previous_item_id)
        self._added.add(item_id)
        self._keep(item_id, event.item)

    def _item_done(self, event: e.ItemDone) -> Iterator[str]:
        item_id = event.item.id
        if item_id is None:
            yield "the item has no id"
            return
        if item_id not in self._added:
            yield f"item {item_id} was not added"
        if item_id in self._done:
            yield f"item {item_id} is already done"
        self._done.add(item_id)
        self._keep(item_id, event.item)

    def _item_retrieved(self, event: e.ItemRetrieved) -> Iterator[str]:
        yield from self._must_know(event.item.id)

    def _item_deleted(self, event: e.ItemDeleted) -> Iterator[str]:
        yield from self._must_know(event.item_id)
        self._items.pop(event.item_id, None)

    def _item_truncated(self, event: e.ItemTruncated) -> Iterator[str]:
        yield from self._must_know(event.item_id)
        item = self._items.get(event.item_id)
        if item is not None and item.role is not Role.ASSISTANT:
            yield f"item {event.item_id} is not the agent's"

    def _keep(self, item_id: str, item: Item) -> None:
        self._known_ids.add(item_id)
        self._items[item_id] = item

    def _must_know(self, item_id: str | None) -> Iterator[str]:
        if item_id not in self._known_ids:
            yield f"item {item_id} is unknown"

    def _placed_after(self, item_id: str | None) -> Iterator[str]:
        if item_id not in (None, "root") and item_id not in self._known_ids:
            yield f"previous item {item_id} is unknown"

    # --- responses -----------------------------------------------------------------------

    def _response_created(self, event: e.ResponseCreated) -> Iterator[str]:
        response = event.response
        out_of_band = self._was_asked_out_of_band(response)
        if response.id in self._tracks:
            yield f"response {response.id} was created before"
            return
        active = self._active_response()
        if active is not None and not out_of_band:
            yield f"response {active} is still in progress"
        if response.status is not ResponseStatus.IN_PROGRESS:
            yield f"a new response cannot be {response.status.value}"
        self._tracks[response.id] = ResponseTrack(response, out_of_band=out_of_band)

    def _was_asked_out_of_band(self, response: Response) -> bool:
        """Return whether a response was requested out of band; metadata is echoed."""
        if response.conversation_id is not None:
            return False
        asked = self._asked_out_of_band
        mine = next((each for each in asked if each is None or each == response.metadata), ...)
        if mine is ...:
            return False
        asked.remove(mine)
        return True

    def is_out_of_band(self, response_id: str) -> bool:
        """Return whether a response that was created is out of band."""
        track = self._tracks.get(response_id)
        return track is not None and track.out_of_band

    def _response_done(self, event: e.ResponseDone) -> Iterator[str]:
        response = event.response
        track = self._tracks.get(response.id)
        if track is None:
            if response.status is not ResponseStatus.FAILED:
                yield f"response {response.id} was not created"
            track = self._tracks[response.id] = ResponseTrack(response, out_of_band=False)
            track.done = True
            return
        yield from track.ended(response)

    def _active_response(self) -> str | None:
        """Return the active response of the conversation, without out-of-band responses."""
        for response_id, track in reversed(self._tracks.items()):
            if not track.done and not track.out_of_band:
                return response_id
        return None

    def _in_response(self, event: e.ResponseEvent) -> Iterator[str]:
        track = self._tracks.get(event.response_id)
        if track is None:
            yield f"response {event.response_id} was not created"
            return
        yield from track.received(event)
        if isinstance(event, e.OutputItemAdded | e.OutputItemDone) and event.item.id is not None:
            self._keep(event.item.id, event.item)

    def _output_buffer(
        self, event: e.OutputBufferStarted | e.OutputBufferStopped | e.OutputBufferCleared
    ) -> Iterator[str]:
        if event.response_id not in self._tracks:
            yield f"response {event.response_id} was not created"


def _in_order(start_ms: int | None, end_ms: int | None) -> Iterator[str]:
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        yield f"ends at {end_ms} ms, before its start at {start_ms} ms"


_HANDLERS: dict[type, Callable[[Conversation, Any], Iterator[str]]] = {
    e.SessionCreated: Conversation._session_created,
    e.SessionUpdated: Conversation._session_updated,
    e.SpeechStarted: Conversation._speech_started,
    e.SpeechStopped: Conversation._speech_stopped,
    e.InputTimedOut: Conversation._input_timed_out,
    e.InputCleared: Conversation._input_cleared,
    e.InputCommitted: Conversation._input_committed,
    e.InputTranscriptDelta: Conversation._transcript_delta,
    e.InputTranscriptDone: Conversation._transcript_ended,
    e.InputTranscriptFailed: Conversation._transcript_ended,
    e.ItemAdded: Conversation._item_added,
    e.ItemDone: Conversation._item_done,
    e.ItemRetrieved: Conversation._item_retrieved,
    e.ItemDeleted: Conversation._item_deleted,
    e.ItemTruncated: Conversation._item_truncated,
    e.ResponseCreated: Conversation._response_created,
    e.ResponseDone: Conversation._response_done,
    e.OutputBufferStarted: Conversation._output_buffer,
    e.OutputBufferStopped: Conversation._output_buffer,
    e.OutputBufferCleared: Conversation._output_buffer,
}
