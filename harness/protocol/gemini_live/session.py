"""The client side of a Gemini Live session: handshake, messages sent, messages received.

The client speaks first (``setup``), and must wait for ``setupComplete``. Turns follow from content
and a few flags (``answers.py``). Closing the socket is the vendor's only way to report an error
(``meaning_of``).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import count

import orjson

from harness.audio.codec import encode_base64
from harness.language.sounds import FASTEST, USUAL, ends_sentence, is_read, usual_length_s
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
from harness.protocol.gemini_live.setup import (
    INPUT_FORMATS,
    OUTPUT_FORMAT,
    written_change,
    written_setup,
)
from harness.protocol.items import (
    Content,
    ContentKind,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    Role,
)

# Tracks turns in a Gemini Live session, from content and a few flags.
#
# The service names no answer and no item; the harness fills in ids. An answer begins with its
# first content: that is inferred, and marked so. Its end is reported:
#
# ::
#
#   answer     message                        meaning
#   none       content (audio, text, call)    an answer begins
#              text without audio             see below: may belong to the answer that is over
#              interrupted                    audio queued here will not be played; if the turn was
#                                             not complete, the next turnComplete belongs to it
#              turnComplete                   ignored: playback is taken to be over; a second
#                                             in a row is an empty turn
#   open       generationComplete             it is whole
#              turnComplete                   it is whole (some models send nothing before)
#              toolCall                       it is over: later content answers the result
#              content after a tool's result  another answer
#              interrupted                    it is cut: see below
#   cut        content                        of the answer that was cut: it is not played
#              turnComplete                   it ended as cancelled
#              generationComplete, toolCall   the same, although its turnComplete was lost
#
# Transcriptions are sent independently of the other messages, in no promised order (the vendor's
# reference, ``BidiGenerateContentTranscription``). So text without audio, while no answer is
# open, goes to the answer whose audio it fits: to the last answer while its turn is not over, and
# after that if its audio still lacks text; to the next answer if the last answer's audio is too
# short for the text, or was over long ago, or if the caller was transcribed, or interrupted,
# since. Text that comes after the next answer's audio has begun is assigned to that answer,
# although it may be late.
#
# An answer that continues after the caller's turn may be another answer, as ends are left out,
# and text comes late. So a call that finds no answer then ends as an error of the agent's, not as
# its silence.
#
# After ``interrupted`` the vendor promises ``turnComplete``; content in between is old. If it
# never comes, later answers are lost with it: their audio is reported as unheard, and a call that
# finds no other answer ends as an error of the agent's, not as its silence.

INTERRUPTED = "interrupted"
_CUT = "came after interrupted, before turnComplete: taken for the answer that was cut"
_BYTES_PER_S = OUTPUT_FORMAT.rate_hz * OUTPUT_FORMAT.sample_bytes
_LATEST_S = 1.5
"""Text that comes later than this after its audio was played belongs to another answer."""
_LACKING, _LACKING_MID_SENTENCE = 0.5, 0.8
"""An answer lacks text if it usually takes less than this share of its audio, pauses included."""


class _Answer(Enum):
    NONE = "none"
    OPEN = "open"
    CUT = "cut"


class AnswerTrack:
    """The answers of a session; feed it the content of messages, in their order."""

    def __init__(self) -> None:
        self._answer = _Answer.NONE
        self._turn_over = True
        """Whether text belongs to the next answer, unless the last answer lacks text."""
        self._caller_since = True
        """Whether the caller was transcribed after the last answer, or interrupted it."""
        self.now_s = 0.0
        """Arrival time of the current message."""
        self._sounds_until_s = 0.0
        """When playback of the last answer ends, if it plays at once."""
        self._complete = True
        """Whether the last turn was reported complete."""
        self._old_turn = False
        """Whether the next turnComplete belongs to a turn that was over when it was cut."""
        self._cut_before_any = False
        """Whether an interruption came while no answer was open: a turnComplete may follow it."""
        self._empty_turns: list[str] = []
        self._result_sent = False
        self._sounded_s = 0.0
        """Seconds of audio received for the last answer."""
        self._words = ""
        """Text received for the last answer."""
        self._response_id = ""
        """Id of the last answer; it and the item id are empty until known."""
        self._item_id = ""
        self._nameless = count(1)
        self._calls: dict[str, tuple[str | None, str]] = {}
        """By the harness's call id: the service's own id, if it gave any, and the function."""

    def result_sent(self) -> None:
        """Note that a call was answered: later content answers the result."""
        self._result_sent = True

    def knows(self, call_id: str | None) -> bool:
        """Return whether the service made a call with this id in this session."""
        return call_id in self._calls

    def told_call(self, call_id: str) -> tuple[str | None, str]:
        """Return the service's id of a call, None if it has none, and the function."""
        return self._calls[call_id]

    def taken_back(self, told: Fields) -> Iterator[e.ServerEvent]:
        """Yield the calls that the service cancels; if an id was used twice, the last call."""
        for given in told.texts("ids") or ():
            ours = (each for each, (its, _) in self._calls.items() if its == given)
            yield e.ToolCallCancelled(next(reversed([*ours]), given))

    def follow(self, event: e.ServerEvent) -> None:
        """Remember the ids of the last answer: late text belongs to it."""
        if isinstance(event, e.ResponseCreated):
            if event.response.id not in self._empty_turns:
                self._response_id = event.response.id
        elif isinstance(event, e.AudioDelta | e.TranscriptDelta):
            self._item_id = event.item_id

    def heard(self, content: Fields) -> Iterator[e.ServerEvent]:
        """Yield the caller's transcript: its timing is up to the service."""
        told = content.inside("inputTranscription") or Fields({})
        if words := told.optional_text("text"):
            self._caller_since = self._caller_since or self._answer is _Answer.NONE
            yield e.InputTranscriptDelta(delta=words)

    def said(self, content: Fields, unheard: list[str]) -> Iterator[e.ServerEvent | Inferred]:
        """Yield the model's output; ``unheard`` collects why some of its audio cannot be played."""
        told = content.inside("outputTranscription") or Fields({})
        words = told.optional_text("text")
        sounds = list(messages.parts(content, unheard))
        if words and not sounds and self._is_late(words):
            self._words += words
            yield e.TranscriptDelta(self._response_id, self._item_id, delta=words)
            return
        found = [*sounds, *((e.TranscriptDelta(delta=words),) if words else ())]
        if found:
            yield from self._begin()
        heard = [each for each in sounds if isinstance(each, e.AudioDelta)]
        length_s = sum(len(each.audio) for each in heard) / _BYTES_PER_S
        self._sounded_s += length_s
        self._sounds_until_s = max(self._sounds_until_s, self.now_s) + length_s
        self._words += words or ""
        if self._answer is _Answer.CUT:
            unheard.extend(f"sound {_CUT}" for _ in heard)
        yield from found

    def called(self, told: Fields) -> Iterator[e.ServerEvent | Inferred]:
        """Yield the calls of a message; they end the answer that makes them."""
        calls = told.each("functionCalls") or ()
        if not calls:
            return
        if self._answer is _Answer.CUT:
            yield Inferred(self._over(ResponseStatus.CANCELLED, INTERRUPTED))
        yield from self._begin()
        for call in calls:
            name = call.optional_text("name") or ""
            call_id = self._named(call.optional_text("id"), name)
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
        self._turn_over = True

    def flags(self, content: Fields) -> Iterator[e.ServerEvent | Inferred]:
        """Yield the effects of a message's flags on the active answer."""
        if content.flag("interrupted", False):
            if self._answer is _Answer.OPEN:
                self._answer = _Answer.CUT
            elif self._answer is _Answer.NONE:
                self._old_turn, self._turn_over = not self._complete, True
                self._cut_before_any = self._caller_since = True
            yield e.Interrupted()
        if content.flag("generationComplete", False):
            yield from self._whole()
        if content.flag("turnComplete", False):
            wants_more = messages.wants_more(content)
            yield from self._turn_complete(messages.failed_turn(content), wants_more=wants_more)

    def _named(self, given: str | None, name: str) -> str:
        """Return the harness's id for a call: the service may use an id again."""
        call_id = given or f"unnamed_call_{next(self._nameless)}"
        if call_id in self._calls:
            call_id = f"{call_id}#{len(self._calls) + 1}"
        self._calls[call_id] = given, name
        return call_id

    def _is_late(self, words: str) -> bool:
        """Return whether text without audio belongs to an answer that is over."""
        if self._answer is not _Answer.NONE or self._caller_since:
            return False
        if self.now_s > self._sounds_until_s + _LATEST_S:
            return False
        if usual_length_s(self._words + words) > FASTEST / USUAL * self._sounded_s:
            return False
        return self._lacks_words() or not (self._turn_over or self._result_sent)

    def _lacks_words(self) -> bool:
        """Return whether the last answer has more audio than text."""
        if not is_read(self._words):
            return not self._words
        share = _LACKING if ends_sentence(self._words) else _LACKING_MID_SENTENCE
        return usual_length_s(self._words) < share * self._sounded_s

    def _begin(self) -> Iterator[Inferred]:
        """Begin an answer with the current content, unless it belongs to the open answer."""
        if self._answer is _Answer.OPEN and self._result_sent:
            yield Inferred(self._over(ResponseStatus.COMPLETED))
        if self._answer is _Answer.NONE:
            self._answer = _Answer.OPEN
            self._turn_over = self._caller_since = self._complete = self._result_sent = False
            self._response_id = self._item_id = self._words = ""
            self._cut_before_any = False
            self._sounded_s = 0.0
            yield Inferred(e.ResponseCreated())

    def _turn_complete(
        self, failure: str, *, wants_more: bool
    ) -> Iterator[e.ServerEvent | Inferred]:
        old, self._old_turn = self._old_turn, False
        cut, self._cut_before_any = self._cut_before_any, False
        began = not self._complete or self._answer is not _Answer.NONE
        empty = bool(self._response_id) and not (began or failure or cut or wants_more)
        self._complete = True
        # This flag ends the turn that was interrupted earlier, not the open answer.
        if old and self._answer is _Answer.OPEN and not failure:
            return
        if failure:
            yield from self._begin()
            yield self._over(ResponseStatus.INCOMPLETE, failure)
        elif empty:
            self._empty_turns.append(name := f"empty_turn_{len(self._empty_turns) + 1}")
            yield Inferred(e.ResponseCreated(Response(name)))
            yield e.ResponseDone(Response(name, ResponseStatus.COMPLETED))
        else:
            yield from self._whole()
        self._turn_over = True

    def _whole(self) -> Iterator[e.ServerEvent]:
        """Yield the end of an answer, if an answer is active."""
        if self._answer is _Answer.OPEN:
            if self._sounded_s:
                yield e.AudioDone()
            yield self._over(ResponseStatus.COMPLETED)
        elif self._answer is _Answer.CUT:
            yield self._over(ResponseStatus.CANCELLED, INTERRUPTED)
            self._turn_over = self._caller_since = True

    def _over(self, status: ResponseStatus, reason: str | None = None) -> e.ResponseDone:
        """End the active answer.

        Its id is given if known, although the harness made it: the message may begin another
        answer.
        """
        self._answer = _Answer.NONE
        cut = status is ResponseStatus.CANCELLED
        item = Item(self._item_id, ItemKind.MESSAGE, ItemStatus.INCOMPLETE, Role.ASSISTANT)
        return e.ResponseDone(
            Response(
                self._response_id,
                status,
                reason=reason,
                output=(item,) if cut and self._item_id else (),
            )
        )


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
