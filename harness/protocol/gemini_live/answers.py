"""Tracks turns in a Gemini Live session, from content and a few flags.

The service names no answer and no item; the harness fills in ids. An answer begins with its first
content: that is inferred, and marked so. Its end is reported:

::

    answer     message                        meaning
    none       content (audio, text, call)    an answer begins
               text without audio             see below: may belong to the answer that is over
               interrupted                    audio queued here will not be played; if the turn was
                                              not complete, the next turnComplete belongs to it
               turnComplete                   ignored: playback is taken to be over; a second
                                              in a row is an empty turn
    open       generationComplete             it is whole
               turnComplete                   it is whole (some models send nothing before)
               toolCall                       it is over: later content answers the result
               content after a tool's result  another answer
               interrupted                    it is cut: see below
    cut        content                        of the answer that was cut: it is not played
               turnComplete                   it ended as cancelled
               generationComplete, toolCall   the same, although its turnComplete was lost

Transcriptions are sent independently of the other messages, in no promised order (the vendor's
reference, ``BidiGenerateContentTranscription``). So text without audio, while no answer is open,
goes to the answer whose audio it fits: to the last answer while its turn is not over, and after
that if its audio still lacks text; to the next answer if the last answer's audio is too short for
the text, or was over long ago, or if the caller was transcribed, or interrupted, since. Text that
comes after the next answer's audio has begun is assigned to that answer, although it may be late.

An answer that continues after the caller's turn may be another answer, as ends are left out, and
text comes late. So a call that finds no answer then ends as an error of the agent's, not as its
silence.

After ``interrupted`` the vendor promises ``turnComplete``; content in between is old. If it never
comes, later answers are lost with it: their audio is reported as unheard, and a call that finds no
other answer ends as an error of the agent's, not as its silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import count

import orjson

from harness.language.sounds import FASTEST, USUAL, ends_sentence, is_read, usual_length_s
from harness.protocol import events as e
from harness.protocol.dialect import Inferred
from harness.protocol.fields import Fields
from harness.protocol.gemini_live import messages
from harness.protocol.gemini_live.setup import OUTPUT_FORMAT
from harness.protocol.items import (
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    Role,
)

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
