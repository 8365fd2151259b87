"""The client side of a Gemini Live session: handshake, messages sent, messages received.

The client speaks first (``setup``), and must wait for ``setupComplete``. Turns follow from content
and a few flags (``answers.py``). Closing the socket is the vendor's only way to report an error
(``meaning_of``).
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import Difference, SessionConfig
from harness.protocol.dialect import (
    UNHEARD,
    Breach,
    CloseMeaning,
    DialectSession,
    Followed,
    Incoming,
    Inferred,
    Outgoing,
)
from harness.protocol.fields import Fields, JsonObject, load
from harness.protocol.gemini_live import messages
from harness.protocol.gemini_live.answers import AnswerTrack
from harness.protocol.gemini_live.messages import message, pictures, response_of, words_of, written
from harness.protocol.gemini_live.setup import (
    INPUT_FORMATS,
    OUTPUT_FORMAT,
    written_change,
    written_setup,
)
from harness.protocol.items import Content, ContentKind, Item, ItemKind

# Meanings of a close by a Gemini Live server, which has no other way to report an error.
#
# The vendor does not document the codes; the meanings are observed. ``goAway`` comes about a minute
# before the end of a connection (about ten minutes) or of a session (15 minutes).

_ERRORS = {
    1007: "the service takes no such message: look at the model, the key and the settings",
    1008: "the service refuses: look at the name of the model, the key and what it may do",
    1011: "an error inside the service, or its deadline passed",
}
_LIMITS = "a connection lasts about 10 minutes"


def meaning_of(code: int, reason: str, *, leaving: str) -> CloseMeaning | None:
    """Return the meaning of a close; ``leaving`` is the time left from ``goAway``, if it came."""
    if leaving:
        told = f"goAway, time left {leaving}; {_LIMITS}"
        words = f"the service ended the session, as it had said ({told})"
        return CloseMeaning(words, failed=False, expired=True)
    if code not in _ERRORS:
        return None
    told = f": {reason}" if reason else ""
    return CloseMeaning(f"the service closed the session with {code}{told} ({_ERRORS[code]})")


SETUP_COMPLETE, RESUMPTION = "setupComplete", "sessionResumptionUpdate"
HIDDEN = "***"
"""Replaces a handle in a recording, since a handle is a key to the conversation."""
GREETING = "The caller has just been connected. Greet the caller."
"""Makes an agent speak first, which only answers input."""
UNENDED = "an answer went on behind the caller's turn, and nothing told of an end: it may be two"


class GeminiSession(DialectSession):
    """The client's end of a session."""

    appends_alike = True

    def __init__(self, wanted: SessionConfig, resumption: str | None = None) -> None:
        self._wanted = wanted
        self._handle = self._begun_with = resumption
        self._given: dict[str, None] = {}
        self._past_calls: dict[str, str] = {}
        """Functions that were called in an earlier session, by call id."""
        self._unasked = False
        """Whether text was added without a request for an answer."""
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
        asked, says = written_setup(self._wanted), c.ConfigureSession(self._wanted)
        given = self._begun_with
        if given is None:
            return (_message(asked, says),)
        shown = _with_handle(asked, HIDDEN)
        return (Outgoing(_text(_with_handle(asked, given)), says, shown=_text(shown)),)

    @property
    def resumption(self) -> str | None:
        """The newest handle that the service gave."""
        return self._handle

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every handle that the service gave in this session, also in unusable messages."""
        return tuple(self._given)

    @property
    def awaited(self) -> str | None:
        """``setupComplete``."""
        return None if self._standing else SETUP_COMPLETE

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The audio format, if it differs: the service reports no other setting."""
        return self._differences

    @property
    def undecided(self) -> str:
        """Why answers may be two: the service may leave out an answer's end or its text."""
        return UNENDED

    @property
    def greeting_request(self) -> c.ClientCommand:
        """A line of text: this agent only answers input."""
        words = message((Content(ContentKind.INPUT_TEXT, text=GREETING),))
        return c.CreateItem(words, turn=True)

    def closed(self, code: int, reason: str) -> CloseMeaning | None:
        """Return the meaning of the service's close code."""
        return meaning_of(code, reason, leaving=self._leaving)

    # --- sending ---------------------------------------------------------------------------

    def send(self, command: c.ClientCommand) -> tuple[Outgoing, ...]:
        """Return the message of a command; many commands of other vendors have none here.

        With push to talk, the clear and commit commands mark the beginning and the end of the
        caller's speech. The service answers speech by itself; an answer to text that was only added
        must be requested.
        """
        match command:
            case c.AppendAudio(audio):
                return (self.append(audio),)
            case c.ClearAudio():
                return (_message({"realtimeInput": {"activityStart": {}}}, command),)
            case c.CommitAudio():
                self._unasked = False
                return (_message({"realtimeInput": {"activityEnd": {}}}, command),)
            case c.CreateItem(item) if self._track.knows(item.call_id) and item.output is not None:
                self._unasked = False
                return (_message(self._result(item), command),)
            case c.CreateItem(item) if item.kind is ItemKind.MESSAGE and not item.content:
                return ()
            case c.CreateItem(item, turn=True):
                self._unasked = False
                return self._said(item, command)
            case c.CreateItem(item):
                self._unasked = True
                return (_message(self._put_in(item), command),)
            case c.CreateResponse() if self._unasked:
                self._unasked = False
                return (_message({"clientContent": {"turnComplete": True}}, command),)
            case c.ConfigureSession(config):
                return (_message({"contextUpdate": written_change(config)}, command),)
            case _:
                return ()

    def append(self, audio: bytes) -> Outgoing:
        """Return the message of caller audio."""
        # This is the hot path, and silence repeats often.
        if audio != self._appended[0]:
            text = f'{self._append_head}{encode_base64(audio)}"}}}}}}'
            self._appended = audio, Outgoing(text)
        return self._appended[1]

    def _said(self, item: Item, command: c.CreateItem) -> tuple[Outgoing, ...]:
        """Return the caller's typed turn; images come before the text about them.

        Text is answered at once. An image without text is no turn, so it is written as content.
        """
        words = words_of(item)
        if not words:
            return (_message(_content(written(item), complete=True), command),)
        shown = tuple(_message({"realtimeInput": {"video": each}}) for each in pictures(item))
        return (*shown, _message({"realtimeInput": {"text": words}}, command))

    def _put_in(self, item: Item) -> JsonObject:
        if item.kind is ItemKind.FUNCTION_CALL:
            self._past_calls[item.call_id or ""] = item.name or ""
        return _content(written(item, self._past_calls.get(item.call_id or "", "")))

    def _result(self, item: Item) -> JsonObject:
        given, name = self._track.told_call(item.call_id or "")
        self._track.result_sent()
        response: JsonObject = {"name": name, "response": response_of(item)}
        if given is not None:
            response = {"id": given, **response}
        return {"toolResponse": {"functionResponses": [response]}}

    # --- receiving -------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> Incoming:
        """Decode a message, text or binary; raises Malformed if it is no JSON object."""
        self._given.update(dict.fromkeys(messages.handles_in(message)))
        raw: JsonObject = messages.camel(load(message))
        fields = Fields(raw)
        unheard: list[str] = []
        self._track.now_s = self.now_s
        events = tuple(self._events(fields, unheard))
        breaches = (
            *(Breach(each) for each in fields.noted),
            *(Breach(each, UNHEARD) for each in unheard),
        )
        shown = self._kept(raw)
        return Incoming(messages.kind_of(raw), events, breaches, json=True, shown=shown)

    def _kept(self, raw: JsonObject) -> str | None:
        """Take the newest handle; return the message without it, None if there is none."""
        told = raw.get(RESUMPTION)
        handle = told.get("newHandle") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(handle, str) or not handle:
            return None
        if told.get("resumable") is True:
            self._handle = handle
        return _text({**raw, RESUMPTION: {**told, "newHandle": HIDDEN}})

    def follow(self, event: e.ServerEvent) -> Followed:
        """Take note of an event with its ids; the vendor has no rules of order to break."""
        if isinstance(event, e.ResponseCreated):
            self._unasked = False
        self._track.follow(event)
        return Followed()

    def _events(self, raw: Fields, unheard: list[str]) -> Iterator[e.ServerEvent | Inferred]:
        """Yield the events of a message: first its content, then its flags."""
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


def _message(body: JsonObject, says: c.ClientCommand | None = None) -> Outgoing:
    return Outgoing(_text(body), says)


def _text(body: JsonObject) -> str:
    return orjson.dumps(body).decode()


def _content(turn: JsonObject, *, complete: bool = False) -> JsonObject:
    return {"clientContent": {"turns": [turn], "turnComplete": complete}}


def _with_handle(asked: JsonObject, handle: str) -> JsonObject:
    return {"setup": {**asked["setup"], "sessionResumption": {"handle": handle}}}
