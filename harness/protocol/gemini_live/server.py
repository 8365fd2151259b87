"""The server side of a Gemini Live session, for the reference agent.

The agent thinks in requested responses, items and truncations; this protocol has none of them. So
this end also acts as a Realtime client: it requests the response that follows a tool's results, and
estimates how far the client has played, which no message reports.

- ``turnComplete`` is sent after enough time to play the generated audio.
- A caller who speaks before that interrupts: audio queued at the client is not played.
- Audio is taken at the rate that its type declares, even if that changes.
- There is no message for an error: the socket is closed with 1007 and a reason.
- A connection ends after ten minutes. ``goAway`` announces it, and a client that requested handles
  may resume in another connection: the conversation is saved whenever a turn is complete.

It reports no voice activity of the caller (few models do), and cancels no tool calls.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from harness.audio.codec import decode_any_base64, encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.fields import Fields, JsonObject, WireFault, load
from harness.protocol.gemini_live.messages import (
    camel,
    message,
    picture_of,
    rate_of,
    read,
    result_of,
)
from harness.protocol.gemini_live.session import GREETING
from harness.protocol.gemini_live.setup import INPUT_FORMATS, OUTPUT_FORMAT, read_change, read_setup
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.server_half import NewId, Served, ServerEnd
from harness.protocol.tool_requests import parsed_arguments

# Limits and usage counts of a Gemini Live server: connection time, and the cost of a turn.

CONNECTION_S = 600.0
"""How long a connection lasts (the vendor: about ten minutes)."""
WARNING_S = 60.0
"""How long before the end it is announced; half of the time for shorter connections."""
FORGIVEN_S = 1e-9


class Leaving:
    """When a connection ends, and when that is announced."""

    def __init__(self, begun_s: float = 0.0, limit_s: float | None = None) -> None:
        self._ends_s = None if limit_s is None else begun_s + limit_s
        self._warned = False
        self._warning_s = 0.0 if limit_s is None else min(WARNING_S, limit_s / 2)

    @property
    def next_s(self) -> float | None:
        """The time of the announcement, then of the end; None for a connection without a limit."""
        if self._ends_s is None or self._warned:
            return self._ends_s
        return self._ends_s - self._warning_s

    def is_over(self, now_s: float) -> bool:
        """Return, once, that the connection has reached its limit."""
        over = self._ends_s is not None and now_s >= self._ends_s - FORGIVEN_S
        self._ends_s = None if over else self._ends_s
        return over

    def told(self, now_s: float) -> float | None:
        """Return how many seconds are left, once: when the announcement is due."""
        due_s = self.next_s
        if due_s is None or self._warned or now_s < due_s - FORGIVEN_S:
            return None
        self._warned = True
        return self._warning_s


class Spent:
    """The tokens since the last report."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, response: Response) -> None:
        """Add the usage of a response, if it reports any."""
        spent = response.usage
        if spent is None:
            return
        for kind, count in (
            ("TEXT in", spent.input_text_tokens),
            ("AUDIO in", spent.input_audio_tokens),
            ("TEXT out", spent.output_text_tokens),
            ("AUDIO out", spent.output_audio_tokens),
        ):
            self._counts[kind] = self._counts.get(kind, 0) + count

    def told(self) -> JsonObject:
        """Return the counts as ``usageMetadata``, and reset them."""
        spent, self._counts = self._counts, {}
        return {
            "promptTokenCount": spent.get("TEXT in", 0) + spent.get("AUDIO in", 0),
            "responseTokenCount": spent.get("TEXT out", 0) + spent.get("AUDIO out", 0),
            "promptTokensDetails": _by_kind(spent, "in"),
            "responseTokensDetails": _by_kind(spent, "out"),
            "totalTokenCount": sum(spent.values()),
        }


def _by_kind(spent: dict[str, int], way: str) -> list[JsonObject]:
    found = ((kind, spent.get(f"{kind} {way}", 0)) for kind in ("TEXT", "AUDIO"))
    return [{"modality": kind, "tokenCount": count} for kind, count in found if count]


# Conversations that a Gemini Live server saves for clients that return with a handle.
#
# Each is saved as it was when its handle was given: with an older handle, later turns are lost, as
# at the service.

_MOST = 256
"""Number of saved handles; the oldest are dropped first."""


class KeptSessions:
    """The conversations of a server, by their handles."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Item, ...]] = OrderedDict()

    def keep(self, handle: str, told: tuple[Item, ...]) -> None:
        """Keep a conversation under a new handle."""
        self._kept[handle] = told
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def of(self, handle: str) -> tuple[Item, ...] | None:
        """Return the conversation of a handle, None if the handle is unknown."""
        return self._kept.get(handle)


class Conversation:
    """The conversation of a session, from its agent's events."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def follow(self, event: e.ServerEvent) -> None:
        """Take note of an event of the agent's."""
        match event:
            case e.ItemAdded(item) | e.ItemDone(item) if item.id is not None:
                self._items[item.id] = item
            case e.InputTranscriptDone(item_id, transcript=words) if item_id in self._items:
                said = (Content(ContentKind.INPUT_TEXT, text=words),)
                self._items[item_id] = replace(self._items[item_id], content=said)
            case _:
                pass

    @property
    def told(self) -> tuple[Item, ...]:
        """The conversation as items that another session can receive."""
        plain = (_plain(item) for item in self._items.values())
        return tuple(item for item in plain if item.content or item.kind is not ItemKind.MESSAGE)


def _plain(item: Item) -> Item:
    """Return an item without its id and its audio: its text, or its image."""
    if item.kind is not ItemKind.MESSAGE:
        return replace(item, id=None, status=None)
    kind = ContentKind.OUTPUT_TEXT if item.role is Role.ASSISTANT else ContentKind.INPUT_TEXT
    parts = (
        part if part.image_url is not None else Content(kind, text=part.text or part.transcript)
        for part in item.content
    )
    told = tuple(part for part in parts if part.text or part.image_url is not None)
    return replace(item, id=None, status=None, content=told)


_CLIENT = frozenset({"setup", "realtimeInput", "clientContent", "toolResponse", "contextUpdate"})
_REALTIME = frozenset({"audio", "audioStreamEnd", "activityStart", "activityEnd", "text", "video"})
DEADLINE = "Deadline expired before operation could complete."
_INVALID, _INTERNAL = 1007, 1011
_FORMATS = {kind.rate_hz: kind for kind in INPUT_FORMATS}
_BYTES_S = OUTPUT_FORMAT.rate_hz * OUTPUT_FORMAT.sample_bytes
_MOST_REASON = 120
"""Bytes of a reason for closing (RFC 6455, 5.5.1: 123)."""


class Fragments:
    """Joins the transcript of a side: clients concatenate it, so a new item starts with a space."""

    def __init__(self) -> None:
        self._item_id: str | None = None

    def next(self, item_id: str, words: str) -> str:
        """Return a fragment of an item as it is sent."""
        begins = self._item_id not in (None, item_id)
        self._item_id = item_id
        return f" {words}" if begins and not words[:1].isspace() else words


class GeminiServer(ServerEnd):
    """A connection."""

    def __init__(self, new_id: NewId, kept: KeptSessions) -> None:
        self._new_id, self._kept = new_id, kept
        self._session_id = new_id("sess")
        self._resumable = False
        """Whether the client asked for handles."""
        self._conversation = Conversation()
        self._leaving = Leaving()
        self._set_up = self._standing = False
        self._interrupts = True
        self._input: AudioFormat | None = None
        self._active = self._caller_speaks = False
        self._calls: list[JsonObject] = []
        self._unanswered: set[str] = set()
        self._owed_s: float | None = None
        """Since when a response to tool results is owed."""
        self._plays_to_s: float | None = None
        """Until when the audio of this turn plays; None before any was sent."""
        self._generated = False
        """Whether the turn is over except for its playback."""
        self._spent = Spent()
        self._agents, self._callers = Fragments(), Fragments()

    def opened(self, now_s: float, limit_s: float | None) -> None:
        """Note when the connection must end: after ten minutes by default."""
        self._leaving = Leaving(now_s, CONNECTION_S if limit_s is None else limit_s)

    # --- client messages -------------------------------------------------------------------

    def receive(self, message: str | bytes, now_s: float) -> Served:
        """Take a client's message; raises WireFault, which closes the session."""
        raw: JsonObject = camel(load(message))
        fields = Fields(raw, strict=True)
        fields.only(_CLIENT)
        if (setup := fields.mapping("setup")) is not None:
            return self._configured(setup)
        if not self._standing:
            raise WireFault("invalid_value", "The first message must be setup.", param="setup")
        told = fields.inside("realtimeInput") or Fields({})
        if (change := fields.inside("contextUpdate")) is not None:
            return Served(commands=(c.ConfigureSession(read_change(change)),))
        messages = self._pressed(now_s) if told.inside("activityStart") is not None else ()
        commands = (
            *self._realtime(told),
            *self._typed(fields.inside("clientContent") or Fields({})),
            *self._results(fields.inside("toolResponse") or Fields({}), now_s),
        )
        return Served(messages, commands)

    def _configured(self, setup: JsonObject) -> Served:
        if self._set_up:
            raise WireFault("invalid_value", "setup may come once, and first.", param="setup")
        config = read_setup(setup)
        earlier = self._resumed(Fields(setup, path="setup", strict=True))
        vad = config.turn_detection
        self._interrupts = vad is None or vad.interrupt_response is not False
        self._set_up = True
        told = (c.CreateItem(item) for item in earlier)
        return Served(commands=(c.ConfigureSession(config), *told))

    def _resumed(self, setup: Fields) -> tuple[Item, ...]:
        """Return the conversation of the resumed session; raises WireFault."""
        asked = setup.inside("sessionResumption")
        self._resumable = asked is not None
        handle = None if asked is None else asked.optional_text("handle")
        if asked is None or handle is None:
            return ()
        kept = self._kept.of(handle)
        if kept is None:
            raise asked.refuse("invalid_value", "handle", "No session has this handle.")
        return kept

    def _pressed(self, now_s: float) -> tuple[str, ...]:
        """Return the effect on playback of a caller's turn that begins by push to talk."""
        self._caller_speaks = True
        return self._cut_short(now_s)

    def _realtime(self, told: Fields) -> Iterator[c.ClientCommand]:
        told.only(_REALTIME)
        if told.inside("activityStart") is not None:
            yield c.ClearAudio()
            if self._active:
                yield c.CancelResponse()
        if (blob := told.inside("audio")) is not None:
            yield from self._audio(blob)
        if told.inside("activityEnd") is not None:
            self._caller_speaks = False
            yield c.CommitAudio()
            yield c.CreateResponse()
        if (blob := told.inside("video")) is not None:
            yield c.CreateItem(message((picture_of(blob),)))
        if words := told.optional_text("text"):
            yield from self._said(words)

    def _audio(self, blob: Fields) -> Iterator[c.ClientCommand]:
        kind = blob.text("mimeType")
        found = _FORMATS.get(rate_of(kind) or INPUT_FORMATS[0].rate_hz)
        if not kind.startswith("audio/pcm") or found is None:
            raise blob.refuse("invalid_value", "mimeType", f"{kind} is not taken.")
        try:
            audio = decode_any_base64(blob.text("data"))
        except ValueError:
            raise blob.refuse("invalid_value", "data", "This is no base64.") from None
        if found is not self._input:
            self._input = found
            yield c.ConfigureSession(c.SessionConfig(input_format=found))
        yield c.AppendAudio(audio)

    def _typed(self, told: Fields) -> Iterator[c.ClientCommand]:
        """Yield the commands for typed content: it stops the agent's response."""
        if told.raw and self._active:
            yield c.CancelResponse()
        for turn in told.each("turns") or ():
            yield from (c.CreateItem(item) for item in read(turn))
        if told.flag("turnComplete", False):
            yield c.CreateResponse()

    def _said(self, words: str) -> Iterator[c.ClientCommand]:
        """Yield the commands for a line of text; the greeting request adds no item."""
        if self._active:
            yield c.CancelResponse()
        if words != GREETING:
            yield c.CreateItem(message((Content(ContentKind.INPUT_TEXT, text=words),)))
        yield c.CreateResponse()

    def _results(self, told: Fields, now_s: float) -> Iterator[c.ClientCommand]:
        for result in told.each("functionResponses") or ():
            item = result_of(result)
            yield c.CreateItem(item)
            self._unanswered.discard(item.call_id or "")
            if not self._unanswered:
                self._owed_s = now_s

    # --- agent events ----------------------------------------------------------------------

    def send(self, event: e.ServerEvent, now_s: float) -> Served:
        """Return the messages for an event of the agent; most events have none."""
        messages: tuple[str, ...] = ()
        self._conversation.follow(event)
        match event:
            case e.SessionUpdated() if not self._standing:
                self._standing = True
                messages = (_message(setupComplete={"sessionId": self._session_id}),)
            case e.ResponseCreated():
                self._active, self._owed_s = True, None
                messages = self._turn_complete() if self._generated else ()
                messages += self._not_resumable()
            case e.AudioDelta(audio=audio):
                messages = (self._sound(audio, now_s),)
            case e.TranscriptDelta(item_id=item_id, delta=words):
                self._plays_to_s = self._plays_to_s or now_s
                told = {"text": self._agents.next(item_id, words)}
                messages = (_content(outputTranscription=told),)
            case e.OutputItemDone(item=item) if item.kind is ItemKind.FUNCTION_CALL:
                self._call(item)
            case e.ResponseDone(response):
                return self._done(response, now_s)
            case e.SpeechStarted() | e.SpeechStopped():
                self._caller_speaks = isinstance(event, e.SpeechStarted)
                messages = self._cut_short(now_s) if self._caller_speaks else ()
            case e.InputTranscriptDelta(item_id=item_id, delta=words):
                told = {"text": self._callers.next(item_id, words)}
                messages = (_content(inputTranscription=told),)
            case e.ServerError(error):
                return _closing(_INVALID, error.message)
            case _:
                pass
        return Served(messages)

    def next_due(self) -> float | None:
        """Return when playback is taken to be over, or a response may be requested."""
        planned = [self._leaving.next_s, self._owed_s if self._may_ask else None]
        if self._generated:
            planned.append(self._plays_to_s)
        return min((time for time in planned if time is not None), default=None)

    def tick(self, now_s: float) -> Served:
        """End a turn whose playback is over, request the response that is owed, and disconnect."""
        if self._leaving.is_over(now_s):
            return _closing(_INTERNAL, DEADLINE)
        left_s = self._leaving.told(now_s)
        going = () if left_s is None else (_message(goAway={"timeLeft": f"{left_s:g}s"}),)
        over = self._generated and (self._plays_to_s or now_s) <= now_s + FORGIVEN_S
        messages = (*going, *(self._turn_complete() if over else ()))
        if not self._may_ask:
            return Served(messages)
        self._owed_s = None
        return Served(messages, (c.CreateResponse(),))

    @property
    def _may_ask(self) -> bool:
        """Whether an owed response can be requested now: a speaking caller is answered anyway."""
        return self._owed_s is not None and not self._active and not self._caller_speaks

    def _sound(self, audio: bytes, now_s: float) -> str:
        self._plays_to_s = max(now_s, self._plays_to_s or now_s) + len(audio) / _BYTES_S
        mime = f"audio/pcm;rate={OUTPUT_FORMAT.rate_hz}"
        blob = {"mimeType": mime, "data": encode_base64(audio)}
        return _content(modelTurn={"role": "model", "parts": [{"inlineData": blob}]})

    def _call(self, item: Item) -> None:
        call_id = item.call_id or ""
        arguments = parsed_arguments(item.arguments or "") or {}
        self._calls.append({"id": call_id, "name": item.name, "args": arguments})

    def _done(self, response: Response, now_s: float) -> Served:
        self._active = False
        calls, self._calls = self._calls, []
        self._spent.add(response)
        if response.status is ResponseStatus.FAILED:
            return _closing(_INTERNAL, "Internal error encountered.")
        if response.status is ResponseStatus.CANCELLED:
            return Served(self._cut())
        if calls:
            self._unanswered |= {call["id"] for call in calls}
            return Served((_message(toolCall={"functionCalls": calls}),))
        generated = () if self._plays_to_s is None else (_content(generationComplete=True),)
        self._generated, self._plays_to_s = True, self._plays_to_s or now_s
        return Served(generated)

    def _cut_short(self, now_s: float) -> tuple[str, ...]:
        """Return the messages for a caller who speaks during playback after generation.

        The agent itself cancels an active response, and reports that.
        """
        playing = self._plays_to_s is not None and now_s < self._plays_to_s
        return self._cut() if playing and self._interrupts and not self._active else ()

    def _cut(self) -> tuple[str, ...]:
        """Return the end of a turn that was cut; empty if none of it was sent."""
        if self._plays_to_s is None:
            return ()
        return (_content(interrupted=True), *self._turn_complete())

    def _turn_complete(self) -> tuple[str, ...]:
        """Return the end of a turn, with its usage."""
        self._generated, self._plays_to_s = False, None
        content = {"turnComplete": True}
        complete = _message(serverContent=content, usageMetadata=self._spent.told())
        return (complete, *self._kept_so_far())

    def _kept_so_far(self) -> tuple[str, ...]:
        """Return the handle of the current conversation, if the client wants any."""
        if not self._resumable:
            return ()
        handle = self._new_id("handle")
        self._kept.keep(handle, self._conversation.told)
        return (_message(sessionResumptionUpdate={"newHandle": handle, "resumable": True}),)

    def _not_resumable(self) -> tuple[str, ...]:
        told = {"resumable": False}
        return (_message(sessionResumptionUpdate=told),) if self._resumable else ()


def _closing(code: int, reason: str) -> Served:
    cut = reason.encode()[:_MOST_REASON].decode(errors="ignore")
    return Served(over=True, code=code, reason=cut)


def _content(**content: Any) -> str:
    return _message(serverContent=content)


def _message(**message: Any) -> str:
    return orjson.dumps(message).decode()
