"""The caller's end of a Gemini Live session: handshake, what is sent, what comes.

The client speaks first (``setup``), and nothing else may be said before ``setupComplete``. Whose
turn it is, is told by content and a few flags (``answers.py``). A socket that closes is the
vendor's only way to tell of an error (``closing.py``).
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig
from harness.protocol.differences import Difference
from harness.protocol.fields import Fields
from harness.protocol.gemini_live import messages
from harness.protocol.gemini_live.answers import AnswerTrack
from harness.protocol.gemini_live.closing import meaning_of
from harness.protocol.gemini_live.setup import INPUT_FORMATS, OUTPUT_FORMAT, written_setup
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role
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
UNENDED = "an answer went on behind the caller's turn, and nothing told of an end: it may be two"


class GeminiSession(DialectSession):
    """One session."""

    def __init__(self, wanted: SessionConfig) -> None:
        self._wanted = wanted
        kind = wanted.input_format or INPUT_FORMATS[0]
        self._append_head = (
            f'{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm;rate={kind.rate_hz}","data":"'
        )
        self._standing = False
        self._track = AnswerTrack()
        self._leaving = ""
        self._differences: tuple[Difference, ...] = ()
        self._appended = b"", Outgoing(f'{self._append_head}"}}}}}}')

    # --- the handshake -------------------------------------------------------------------

    def opening(self) -> tuple[Outgoing, ...]:
        """Return the settings: the client speaks first, and sets them once."""
        return (_message(written_setup(self._wanted), c.ConfigureSession(self._wanted)),)

    @property
    def awaited(self) -> str | None:
        """``setupComplete``."""
        return None if self._standing else SETUP_COMPLETE

    @property
    def differences(self) -> tuple[Difference, ...]:
        """As what its sound comes; of nothing else that was asked for does the service tell."""
        return self._differences

    @property
    def undecided(self) -> str:
        """Where one answer ends, and whether words are its own, may be left out."""
        return UNENDED

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
        given, name = self._track.told_call(item.call_id or "")
        self._track.result_sent()
        told = orjson.loads(item.output or "null")
        response: JsonObject = {
            "name": name,
            "response": told if isinstance(told, dict) else {"output": told},
        }
        if given is not None:
            response = {"id": given, **response}
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
        """Take note of an event with its ids; the vendor has no rules of order to break."""
        self._track.follow(event)
        return Followed()

    def _events(self, raw: Fields, unheard: list[str]) -> Iterator[e.ServerEvent | Inferred]:
        """Yield what a message says: first its content, then its flags."""
        track = self._track
        if (stands := raw.inside(SETUP_COMPLETE)) is not None:
            self._standing = True
            yield e.SessionCreated(stands.optional_text("sessionId"), raw=stands.raw)
        yield from messages.activity(raw)
        content = raw.inside(messages.CONTENT) or Fields({})
        if (kind := messages.other_sound(content)) is not None:
            self._differences = (Difference("output_format", OUTPUT_FORMAT.value, kind),)
        yield from track.heard(content)
        yield from track.said(content, unheard)
        yield from track.called(raw.inside("toolCall") or Fields({}))
        yield from track.taken_back(raw.inside("toolCallCancellation") or Fields({}))
        yield from track.flags(content)
        if (usage := raw.inside("usageMetadata")) is not None:
            yield e.UsageTold(messages.usage_of(usage))
        if (leaving := raw.inside("goAway")) is not None:
            left = leaving.optional_text("timeLeft")
            self._leaving = left or "soon"
            yield e.GoingAway(messages.seconds_of(left))
        for name in messages.unknown_names(raw.raw):
            yield e.UnknownEvent(name, raw.raw)


def _message(body: JsonObject, says: c.ClientCommand) -> Outgoing:
    return Outgoing(orjson.dumps(body).decode(), says)


def _words(item: Item) -> str:
    return " ".join(part.text for part in item.content if part.text)
