"""The caller's end of a Gemini Live session: whose turn it is, told from content and a few flags.

The client speaks first (``setup``), and nothing else may be said before ``setupComplete``. From
then on the service names no answer, no item and no error; ids here are filled in by us. An answer
begins with its first content: that is concluded, and marked so. Its end is told:

::

    answer     what comes                     what it means
    none       content (sound, words, call)   an answer begins
               words after generationComplete they belong to the answer that is over, until the
                                              turn is over, too, or the caller is heard
               interrupted                    what is queued here will not be heard; the next
                                              turnComplete is that of the turn before
               turnComplete                   nothing: playback is taken to be over
    open       generationComplete             it is whole
               turnComplete                   it is whole (some models say nothing before)
               toolCall                       it is over: what comes after answers the result
               content after a tool's result  another answer
               interrupted                    it is cut: see below
    cut        content                        of the answer that was cut: nobody hears it
               turnComplete                   it ended as cancelled
               generationComplete, toolCall   so it did, although its turnComplete was lost

Words after ``generationComplete`` whose turn is never ended, and before which nothing of the caller
was transcribed, are taken for the last answer's although they may be the next one's. An answer that
goes on behind words of the caller may be another: they are transcribed when the service likes. So a
call that finds no answer then ends as an error of the agent's, not as its silence.

After ``interrupted`` the vendor promises ``turnComplete``; what comes between is old. Were it to
stay out, later answers would be lost with it: their sound is told as unheard, and a call that finds
no other answer ends as an error of the agent's, not as its silence.

A socket that closes is the vendor's only way to tell of an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import count

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig
from harness.protocol.fields import Fields
from harness.protocol.gemini_live import messages
from harness.protocol.gemini_live.closing import meaning_of
from harness.protocol.gemini_live.setup import INPUT_FORMATS, written_setup
from harness.protocol.items import (
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.session import (
    UNHEARD,
    Breach,
    CloseMeaning,
    DialectSession,
    Followed,
    Incoming,
    Inferred,
    Outgoing,
)
from harness.protocol.wire import JsonObject, load

SETUP_COMPLETE = "setupComplete"
GREETING = "The caller has just been connected. Greet the caller."
"""What makes an agent speak first: it answers input, and nothing else."""
INTERRUPTED = "interrupted"

UNENDED = "the service did not end an answer before it heard the caller again: it may be two"

_CUT = "came after interrupted, before turnComplete: taken for the answer that was cut"


class _Answer(Enum):
    NONE = "none"
    OPEN = "open"
    CUT = "cut"


class GeminiSession(DialectSession):
    """One session."""

    def __init__(self, wanted: SessionConfig) -> None:
        self._wanted = wanted
        kind = wanted.input_format or INPUT_FORMATS[0]
        self._append_head = (
            f'{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm;rate={kind.rate_hz}","data":"'
        )
        self._standing = False
        self._answer = _Answer.NONE
        self._turn_over = True
        """Whether words belong to the next answer, and no longer to the last one."""
        self._old_turn = False
        """Whether the next turnComplete is that of a turn that was over when it was cut."""
        self._result_sent = False
        self._sounded = self._spoken_into = self._went_on = False
        self._response_id = ""
        """Of the last answer; empty until it is known, and so is that of its item."""
        self._item_id = ""
        self._names: dict[str, str] = {}
        self._nameless = count(1)
        self._leaving = ""
        self._appended = b"", Outgoing("")

    # --- the handshake -------------------------------------------------------------------

    def opening(self) -> tuple[Outgoing, ...]:
        """Return the settings: the client speaks first, and sets them once."""
        return (_message(written_setup(self._wanted), c.ConfigureSession(self._wanted)),)

    @property
    def awaited(self) -> str | None:
        """``setupComplete``."""
        return None if self._standing else SETUP_COMPLETE

    @property
    def undecided(self) -> str:
        """An answer went on behind words of the caller: it may have been two."""
        return UNENDED if self._went_on else ""

    @property
    def greeting_request(self) -> c.ClientCommand:
        """A line of text: this agent answers input, and nothing else."""
        words = (Content(ContentKind.INPUT_TEXT, text=GREETING),)
        return c.CreateItem(Item(kind=ItemKind.MESSAGE, role=Role.USER, content=words))

    def closed(self, code: int, reason: str) -> CloseMeaning | None:
        """Return what the service says by closing the socket."""
        return meaning_of(code, reason, leaving=self._leaving)

    # --- what we send --------------------------------------------------------------------

    def send(self, command: c.ClientCommand) -> tuple[Outgoing, ...]:
        """Return the message of a command; most of what is asked of others is not asked here.

        With push to talk, what is dropped and committed elsewhere is marked here: the beginning
        and the end of what the caller says.
        """
        match command:
            case c.AppendAudio(audio):
                return (self.append(audio),)
            case c.ClearAudio():
                return (_message({"realtimeInput": {"activityStart": {}}}, command),)
            case c.CommitAudio():
                return (_message({"realtimeInput": {"activityEnd": {}}}, command),)
            case c.CreateItem(item) if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
                return (_message(self._result(item), command),)
            case c.CreateItem(item) if words := _words(item):
                return (_message({"realtimeInput": {"text": words}}, command),)
            case _:
                return ()

    def append(self, audio: bytes) -> Outgoing:
        """Return the message of caller audio: the hot path; silence is frequent."""
        if audio != self._appended[0]:
            text = f'{self._append_head}{encode_base64(audio)}"}}}}}}'
            self._appended = audio, Outgoing(text)
        return self._appended[1]

    def _result(self, item: Item) -> JsonObject:
        call_id = item.call_id or ""
        self._result_sent = True
        told = orjson.loads(item.output or "null")
        response: JsonObject = {
            "name": self._names.get(call_id, ""),
            "response": told if isinstance(told, dict) else {"output": told},
        }
        if not call_id.startswith(_OURS):
            response = {"id": call_id, **response}
        return {"toolResponse": {"functionResponses": [response]}}

    # --- what comes ----------------------------------------------------------------------

    def receive(self, message: str | bytes) -> Incoming:
        """Take one message, text or binary; raises Malformed where it is no JSON object."""
        raw: JsonObject = messages.camel(load(message))
        fields = Fields(raw)
        unheard: list[str] = []
        events = tuple(self._events(fields, unheard))
        breaches = (
            *(Breach(each) for each in fields.noted),
            *(Breach(each, UNHEARD) for each in unheard),
        )
        return Incoming(messages.kind_of(raw), events, breaches, json=True)

    def follow(self, event: e.ServerEvent) -> Followed:
        """Remember under which ids the last answer is known: late words belong to it."""
        if isinstance(event, e.ResponseCreated):
            self._response_id = event.response.id
        elif isinstance(event, e.AudioDelta | e.TranscriptDelta):
            self._item_id = event.item_id
        return Followed()

    def _events(self, raw: Fields, unheard: list[str]) -> Iterator[e.ServerEvent | Inferred]:
        """Yield what a message says: first its content, then its flags."""
        if (stands := raw.inside(SETUP_COMPLETE)) is not None:
            self._standing = True
            yield e.SessionCreated(stands.optional_text("sessionId"), raw=stands.raw)
        yield from messages.activity(raw)
        content = raw.inside(messages.CONTENT) or Fields({})
        yield from self._heard(content)
        yield from self._said(content, unheard)
        yield from self._called(raw.inside("toolCall") or Fields({}))
        for call_id in (raw.inside("toolCallCancellation") or Fields({})).texts("ids") or ():
            yield e.ToolCallCancelled(call_id)
        yield from self._flags(content)
        if (usage := raw.inside("usageMetadata")) is not None:
            yield e.UsageTold(messages.usage_of(usage))
        if (leaving := raw.inside("goAway")) is not None:
            left = leaving.optional_text("timeLeft")
            self._leaving = left or "soon"
            yield e.GoingAway(messages.seconds_of(left))
        for name in messages.unknown_names(raw.raw):
            yield e.UnknownEvent(name, raw.raw)

    def _heard(self, content: Fields) -> Iterator[e.ServerEvent]:
        told = content.inside("inputTranscription") or Fields({})
        if words := told.optional_text("text"):
            between = self._answer is _Answer.NONE
            self._turn_over = self._turn_over or between
            self._spoken_into, self._went_on = not between, self._went_on and not between
            yield e.InputTranscriptDelta(delta=words)

    def _said(self, content: Fields, unheard: list[str]) -> Iterator[e.ServerEvent | Inferred]:
        told = content.inside("outputTranscription") or Fields({})
        words = told.optional_text("text")
        sounds = list(messages.parts(content, unheard))
        if words and not sounds and self._is_late():
            yield e.TranscriptDelta(self._response_id, self._item_id, delta=words)
            return
        found = [*sounds, *((e.TranscriptDelta(delta=words),) if words else ())]
        if found:
            yield from self._begin()
        heard = [each for each in sounds if isinstance(each, e.AudioDelta)]
        self._sounded = self._sounded or bool(heard)
        self._went_on = self._went_on or (self._spoken_into and bool(heard))
        if self._answer is _Answer.CUT:
            unheard.extend(f"sound {_CUT}" for _ in heard)
        yield from found

    def _is_late(self) -> bool:
        """Return whether words without sound are those of an answer that is over."""
        over = self._answer is _Answer.NONE and not self._turn_over
        return over and not self._result_sent

    def _begin(self) -> Iterator[Inferred]:
        """Begin an answer with what comes now, unless it belongs to the one that is open."""
        if self._answer is _Answer.OPEN and self._result_sent:
            yield Inferred(self._over(ResponseStatus.COMPLETED))
        if self._answer is _Answer.NONE:
            self._answer, self._turn_over = _Answer.OPEN, False
            self._result_sent = self._sounded = self._spoken_into = False
            self._response_id = self._item_id = ""
            yield Inferred(e.ResponseCreated())

    def _called(self, told: Fields) -> Iterator[e.ServerEvent | Inferred]:
        calls = told.each("functionCalls") or ()
        if not calls:
            return
        if self._answer is _Answer.CUT:
            yield Inferred(self._over(ResponseStatus.CANCELLED))
        yield from self._begin()
        for call in calls:
            call_id = call.optional_text("id") or f"{_OURS}{next(self._nameless)}"
            name = call.optional_text("name") or ""
            self._names[call_id] = name
            arguments = orjson.dumps(call.mapping("args") or {}).decode()
            item = Item(
                kind=ItemKind.FUNCTION_CALL,
                status=ItemStatus.COMPLETED,
                call_id=call_id,
                name=name,
                arguments=arguments,
            )
            yield e.OutputItemDone("", 0, item)
        yield Inferred(self._over(ResponseStatus.COMPLETED))

    def _flags(self, content: Fields) -> Iterator[e.ServerEvent | Inferred]:
        if content.flag("interrupted", False):
            if self._answer is _Answer.OPEN:
                self._answer = _Answer.CUT
            elif self._answer is _Answer.NONE:
                self._old_turn = self._turn_over = True
            yield e.Interrupted()
        if content.flag("generationComplete", False):
            yield from self._whole()
        if content.flag("turnComplete", False):
            yield from self._turn_complete(messages.failed_turn(content))

    def _turn_complete(self, failure: str) -> Iterator[e.ServerEvent | Inferred]:
        old, self._old_turn = self._old_turn, False
        if old and self._answer is _Answer.OPEN and not failure:
            return
        if failure:
            yield from self._begin()
            error = ErrorInfo("turn_complete", f"the turn ended with {failure}", failure)
            yield self._over(ResponseStatus.FAILED, error)
        else:
            yield from self._whole()
        self._turn_over = True

    def _whole(self) -> Iterator[e.ServerEvent]:
        """Yield the end of an answer, if one is under way."""
        if self._answer is _Answer.OPEN:
            if self._sounded:
                yield e.AudioDone()
            yield self._over(ResponseStatus.COMPLETED)
        elif self._answer is _Answer.CUT:
            yield self._over(ResponseStatus.CANCELLED)
            self._turn_over = True

    def _over(self, status: ResponseStatus, error: ErrorInfo | None = None) -> e.ResponseDone:
        """End the answer that is under way.

        Its id is told where it is known, although it is one of ours: the message may begin another.
        """
        self._answer = _Answer.NONE
        cut = status is ResponseStatus.CANCELLED
        item = Item(self._item_id, ItemKind.MESSAGE, ItemStatus.INCOMPLETE, Role.ASSISTANT)
        return e.ResponseDone(
            Response(
                self._response_id,
                status,
                reason=INTERRUPTED if cut else None,
                error=error,
                output=(item,) if cut and self._item_id else (),
            )
        )


_OURS = "unnamed_call_"
"""How ids begin that we give to calls without one; they are not told to the service."""


def _message(body: JsonObject, says: c.ClientCommand) -> Outgoing:
    return Outgoing(orjson.dumps(body).decode(), says)


def _words(item: Item) -> str:
    return " ".join(part.text for part in item.content if part.text)
