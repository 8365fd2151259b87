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
    Messages,
    Outgoing,
)
from harness.protocol.fields import Fields, JsonObject, load
from harness.protocol.gemini_live import messages
from harness.protocol.gemini_live.answers import AnswerTrack
from harness.protocol.gemini_live.setup import (
    INPUT_FORMATS,
    OUTPUT_FORMAT,
    written_change,
    written_setup,
)
from harness.protocol.items import Content, ContentKind, Role

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
        super().__init__(wanted)
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
        self._appended = b"", f'{self._append_head}"}}}}}}'

    # --- the handshake -------------------------------------------------------------------

    def opening(self) -> Messages:
        """Return the settings: the client speaks first, and sets them once."""
        asked, says = written_setup(self.wanted), c.ConfigureSession(self.wanted)
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

    def closed(self, code: int, reason: str) -> CloseMeaning | None:
        """Return the meaning of the service's close code."""
        return meaning_of(code, reason, leaving=self._leaving)

    # --- sending ---------------------------------------------------------------------------

    # The service answers speech by itself; an answer to text that was only added must be requested.

    def greet(self) -> Messages:
        """Return a line of text: this agent only answers input."""
        item = messages.message((Content(ContentKind.INPUT_TEXT, text=GREETING),))
        return self.send(c.CreateItem(item, turn=True))

    def begin_turn(self) -> Messages:
        """Mark the beginning of the caller's speech."""
        return (_message({"realtimeInput": {"activityStart": {}}}),)

    def end_turn(self) -> Messages:
        """Mark the end of the caller's speech."""
        self._unasked = False
        return (_message({"realtimeInput": {"activityEnd": {}}}),)

    def request_response(self) -> Messages:
        """Request the answer to added text."""
        if not self._unasked:
            return ()
        self._unasked = False
        return (_message({"clientContent": {"turnComplete": True}}),)

    def add_text(self, text: str, role: Role, *, turn: bool) -> Messages:
        """Return the caller's typed turn, which is answered at once, or other text."""
        if not text:
            return ()
        if not turn:
            return self._put_in(messages.written(role, ({"text": text},)))
        self._unasked = False
        return (_message({"realtimeInput": {"text": text}}),)

    def add_image(self, url: str, text: str, *, turn: bool) -> Messages:
        """Return an image; in a turn it comes before the text about it.

        An image without text is no turn, so it is written as content.
        """
        words: JsonObject = {"text": text}
        picture = messages.picture(url)
        parts = (*((words,) if text else ()), {"inlineData": picture})
        if not turn:
            return self._put_in(messages.written(Role.USER, parts))
        self._unasked = False
        if not text:
            return (_message(_content(messages.written(Role.USER, parts), complete=True)),)
        return tuple(_message({"realtimeInput": each}) for each in ({"video": picture}, words))

    def add_tool_call(self, call_id: str, name: str, arguments: str) -> Messages:
        """Return a call of an earlier session as content of the model."""
        self._past_calls[call_id] = name
        return self._put_in(messages.written_call(call_id, name, arguments))

    def answer_tool(self, call_id: str, output: str) -> Messages:
        """Return the result of a call, of this session or of an earlier one."""
        response = messages.response_of(output)
        if not self._track.knows(call_id):
            name = self._past_calls.get(call_id, "")
            result = {"id": call_id, "name": name, "response": response}
            return self._put_in(messages.written(Role.USER, ({"functionResponse": result},)))
        self._unasked = False
        given, name = self._track.told_call(call_id)
        self._track.result_sent()
        answer: JsonObject = {"name": name, "response": response}
        if given is not None:
            answer = {"id": given, **answer}
        return (_message({"toolResponse": {"functionResponses": [answer]}}),)

    def update_session(self, change: SessionConfig) -> Messages:
        """Return the change."""
        return (_message({"contextUpdate": written_change(change)}),)

    def append_audio(self, audio: bytes) -> str:
        """Return the message of caller audio."""
        # This is the hot path, and silence repeats often.
        if audio != self._appended[0]:
            self._appended = audio, f'{self._append_head}{encode_base64(audio)}"}}}}}}'
        return self._appended[1]

    def _put_in(self, turn: JsonObject) -> Messages:
        self._unasked = True
        return (_message(_content(turn)),)

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
