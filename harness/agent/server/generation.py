"""A response: its events with their times, and their order on the way to the client.

A response is planned as a script of (time, event) pairs as soon as its words and audio are known,
and played from the front. Cancelling closes its open parts and drops the rest.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias

from harness.agent.faults import BURST_EVERY_S, BURST_S
from harness.agent.server.memory import SpokenItem
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.events import (
    ArgumentsDelta,
    ArgumentsDone,
    AudioDelta,
    AudioDone,
    ItemAdded,
    ItemDone,
    OutputItemAdded,
    OutputItemDone,
    PartAdded,
    PartDone,
    ResponseDone,
    ServerEvent,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
)
from harness.units import RATE_HZ

# The events of a response and their times: words and audio on a schedule.
#
# Audio leaves at three times real time, unless its pace is another: 100 ms first, then 200 ms
# pieces; the transcript runs ahead of it word by word; the arguments of a call come in token-like
# pieces.

TimedEvent: TypeAlias = tuple[float, ServerEvent]
"""When an event leaves, in seconds of the session's clock, and the event."""

SPEED = 3.0
"""How much faster than real time audio is generated."""

FIRST_DELTA_S = 0.1
DELTA_S = 0.2
_AHEAD_S = 0.6
_ARGUMENT_PIECE = 6
_TEXT_WORD_S = 0.02


class Pace(Enum):
    """How fast audio leaves."""

    STEADY = "steady"
    """``SPEED`` times as fast as it plays."""
    AT_ONCE = "at once"
    CHOPPY = "choppy"
    """In bursts, and more slowly than it plays."""

    def leaves_s(self, start: int) -> float:
        """Return the time in seconds from the first sample until a sample leaves; rate 24 kHz."""
        if self is Pace.AT_ONCE:
            return 0.0
        if self is Pace.CHOPPY:
            return start / RATE_HZ // BURST_S * BURST_EVERY_S
        return start / RATE_HZ / SPEED


@dataclass(frozen=True, slots=True)
class Call:
    """A function call that a response makes; ``arguments`` is JSON."""

    item_id: str
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """The message of a response: ``audio`` is None in a text session."""

    item_id: str
    text: str
    phase: str | None
    spoken: SpokenItem | None = None
    audio: Pcm | None = None
    pace: Pace = Pace.STEADY


def plan_message(
    response: Response, message: Message, at_s: float
) -> tuple[list[TimedEvent], float]:
    """Return the events of a spoken or written message from ``at_s`` on, and their end time."""
    rid, part = response.id, part_of("", response)
    item = Item(
        message.item_id,
        ItemKind.MESSAGE,
        status=ItemStatus.IN_PROGRESS,
        role=Role.ASSISTANT,
        phase=message.phase,
    )
    opening: tuple[ServerEvent, ...] = (
        OutputItemAdded(rid, 0, item),
        ItemAdded(item),
        PartAdded(rid, message.item_id, 0, 0, part),
    )
    words, over_s = _plan_words(response, message, at_s)
    part = part_of(message.text, response)
    done = replace(item, status=ItemStatus.COMPLETED, content=(part,))
    closing: tuple[ServerEvent, ...] = (
        *part_ends(rid, message.item_id, 0, part),
        ItemDone(done),
        OutputItemDone(rid, 0, done),
    )
    script = [(at_s, event) for event in opening]
    return [*script, *words, *((over_s, event) for event in closing)], over_s


def _plan_words(
    response: Response, message: Message, at_s: float
) -> tuple[list[TimedEvent], float]:
    rid, pieces = response.id, _word_pieces(message.text)
    script: list[TimedEvent] = []
    if message.audio is None or message.spoken is None:
        for piece in pieces:
            script.append((at_s, TextDelta(rid, message.item_id, 0, 0, piece)))
            at_s += _TEXT_WORD_S
        return script, at_s
    said = _word_starts(pieces, message.spoken)
    samples, start = message.audio.samples, 0
    wire, bytes_per_sample = _wire(message.audio, response.audio_format)
    while start < len(samples):
        length_s = DELTA_S if start else FIRST_DELTA_S
        stop = min(len(samples), start + round(length_s * RATE_HZ))
        due_s = at_s + message.pace.leaves_s(start)
        while said and said[0][0] <= stop + _AHEAD_S * RATE_HZ:
            piece = said.popleft()[1]
            script.append((due_s, TranscriptDelta(rid, message.item_id, 0, 0, piece)))
        piece_bytes = wire[int(start * bytes_per_sample) : int(stop * bytes_per_sample)]
        script.append((due_s, AudioDelta(rid, message.item_id, 0, 0, piece_bytes)))
        start = stop
    last_s = at_s + message.pace.leaves_s(len(samples))
    for _, piece in said:
        script.append((last_s, TranscriptDelta(rid, message.item_id, 0, 0, piece)))
    return script, last_s


def call_events(response: Response, call: Call, index: int) -> Iterator[ServerEvent]:
    """Yield the events of a function call, all at once."""
    rid = response.id
    item = Item(
        call.item_id,
        ItemKind.FUNCTION_CALL,
        status=ItemStatus.IN_PROGRESS,
        call_id=call.call_id,
        name=call.name,
        arguments="",
    )
    yield OutputItemAdded(rid, index, item)
    yield ItemAdded(item)
    for start in range(0, len(call.arguments), _ARGUMENT_PIECE):
        piece = call.arguments[start : start + _ARGUMENT_PIECE]
        yield ArgumentsDelta(rid, call.item_id, index, call.call_id, piece)
    yield ArgumentsDone(rid, call.item_id, index, call.call_id, call.arguments, call.name)
    done = replace(item, status=ItemStatus.COMPLETED, arguments=call.arguments)
    yield ItemDone(done)
    yield OutputItemDone(rid, index, done)


def part_of(words: str, response: Response) -> Content:
    """Return the content part for these words: audio with a transcript, or text."""
    if "audio" in response.modalities:
        return Content(ContentKind.OUTPUT_AUDIO, transcript=words)
    return Content(ContentKind.OUTPUT_TEXT, text=words)


def part_ends(rid: str, item_id: str, index: int, part: Content) -> list[ServerEvent]:
    """Return the events that close a content part."""
    if part.kind is ContentKind.OUTPUT_TEXT:
        ends: list[ServerEvent] = [TextDone(rid, item_id, index, 0, part.text or "")]
    else:
        ends = [
            AudioDone(rid, item_id, index, 0),
            TranscriptDone(rid, item_id, index, 0, part.transcript or ""),
        ]
    return [*ends, PartDone(rid, item_id, index, 0, part)]


def _word_pieces(text: str) -> list[str]:
    words = text.split()
    return [word if index == 0 else f" {word}" for index, word in enumerate(words)]


def _word_starts(pieces: list[str], spoken: SpokenItem) -> deque[tuple[float, str]]:
    """Pair each word with the sample at which it is about to be said."""
    starts: deque[tuple[float, str]] = deque()
    per_char = spoken.samples / max(1, len(spoken.text))
    chars = 0
    for piece in pieces:
        starts.append((chars * per_char, piece))
        chars += len(piece)
    return starts


def _wire(audio: Pcm, audio_format: AudioFormat) -> tuple[bytes, float]:
    """Return the whole audio in the wire's format, and its bytes per sample at 24 kHz."""
    narrow = resample(audio, audio_format.rate_hz).samples
    width = audio_format.sample_bytes * audio_format.rate_hz / RATE_HZ
    return bytes_of(narrow, audio_format), width


def arguments_json(arguments: dict[str, object]) -> str:
    """Return tool arguments in the wire's format: compact JSON in the given order."""
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))


def wire_samples(audio: bytes, audio_format: AudioFormat) -> int:
    """Return how many samples at 24 kHz correspond to these wire bytes."""
    return len(audio) // audio_format.sample_bytes * RATE_HZ // audio_format.rate_hz


@dataclass(slots=True)
class Generation:
    """A response in progress; ``response`` is the object that response.created reported."""

    response: Response
    input_audio_tokens: int = 0
    input_text_tokens: int = 0
    in_conversation: bool = True
    first_audio_s: float | None = None
    """When the first audio left, None before."""
    sent_samples: int = 0
    """Audio that left, at 24 kHz."""
    message: Message | None = None
    text_sent: str = ""
    """Words of a written message that left."""
    calls_sent: bool = False
    stop_samples: int | None = None
    """The amount of audio, at 24 kHz, after which the service stops it; None for no stop."""
    stop_error: ErrorInfo | None = None
    """The error with which it then fails; None if it is stopped by a filter."""
    _script: deque[TimedEvent] = field(default_factory=deque)
    _done_items: list[Item] = field(default_factory=list)
    _open: Item | None = None
    _open_index: int = 0
    _words: str = ""

    def next_due(self) -> float | None:
        """Return when the next event leaves, None if no event is planned."""
        return self._script[0][0] if self._script else None

    def plan(self, message: Message | None, calls: tuple[Call, ...], at_s: float) -> None:
        """Decide everything that this response sends, beginning now."""
        self.message = message
        script = self._script
        if message is not None:
            events, at_s = plan_message(self.response, message, at_s)
            script.extend(events)
        for index, call in enumerate(calls, start=1 if message is not None else 0):
            script.extend((at_s, event) for event in call_events(self.response, call, index))
        script.append((at_s, ResponseDone(self.response)))

    def due(self, now_s: float) -> Iterator[ServerEvent]:
        """Yield the events whose time has come."""
        while self._script and self._script[0][0] <= now_s + 1e-9:
            at_s, event = self._script.popleft()
            yield from self._leave(event, at_s)
            if isinstance(event, AudioDelta | TextDelta | ArgumentsDelta):
                reason = self._stop_reason()
                if reason is not None:
                    if self.stop_error is None:
                        yield from self._end(ResponseStatus.INCOMPLETE, reason)
                    else:
                        yield from self._end(ResponseStatus.FAILED, None)

    def cancel(self, reason: str) -> list[ServerEvent]:
        """Stop at once and return the events that close the response."""
        return self._end(ResponseStatus.CANCELLED, reason)

    def _end(self, status: ResponseStatus, reason: str | None) -> list[ServerEvent]:
        self._script.clear()
        return [*self._close_open(), ResponseDone(self._finished(status, reason))]

    def _stop_reason(self) -> str | None:
        """Return the reason to stop now, such as the client's limit of tokens; None to continue."""
        if self.stop_samples is not None and self.sent_samples >= self.stop_samples:
            return "content_filter"
        limit = self.response.max_output_tokens
        if isinstance(limit, int) and self._audio_tokens() + self._text_tokens() >= limit:
            return "max_output_tokens"
        return None

    def failed(self, error: ErrorInfo) -> Response:
        """Return the response as it ends if an engine failed before the first event was sent."""
        return replace(self._finished(ResponseStatus.FAILED, None), error=error)

    def _leave(self, event: ServerEvent, at_s: float) -> Iterator[ServerEvent]:
        if isinstance(event, ItemAdded | ItemDone):
            if not self.in_conversation:
                return
        elif isinstance(event, ResponseDone):
            event = ResponseDone(self._finished(ResponseStatus.COMPLETED, None))
        else:
            self._follow(event, at_s)
        yield event

    def _follow(self, event: ServerEvent, at_s: float) -> None:
        if isinstance(event, OutputItemAdded):
            self._open, self._open_index, self._words = event.item, event.output_index, ""
            self.calls_sent |= event.item.kind is ItemKind.FUNCTION_CALL
        elif isinstance(event, OutputItemDone):
            self._open = None
            self._done_items.append(event.item)
        elif isinstance(event, TranscriptDelta | TextDelta | ArgumentsDelta):
            self._words += event.delta
            if isinstance(event, TextDelta):
                self.text_sent += event.delta
        elif isinstance(event, AudioDelta):
            if self.first_audio_s is None:
                self.first_audio_s = at_s
            self.sent_samples += wire_samples(event.audio, self.response.audio_format)

    def _close_open(self) -> list[ServerEvent]:
        item = self._open
        if item is None or item.id is None:
            return []
        index, rid = self._open_index, self.response.id
        closed = replace(item, status=ItemStatus.INCOMPLETE)
        events: list[ServerEvent] = []
        if item.kind is ItemKind.MESSAGE:
            part = part_of(self._words, self.response)
            closed = replace(closed, content=(part,))
            events += part_ends(rid, item.id, index, part)
        else:
            closed = replace(closed, arguments=self._words)
        if self.in_conversation:
            events.append(ItemDone(closed))
        self._open = None
        self._done_items.append(closed)
        events.append(OutputItemDone(rid, index, closed))
        return events

    def _finished(self, status: ResponseStatus, reason: str | None) -> Response:
        return replace(
            self.response,
            status=status,
            reason=reason,
            error=self.stop_error if status is ResponseStatus.FAILED else None,
            output=tuple(self._done_items),
            usage=self._usage(),
        )

    def _usage(self) -> ResponseUsage:
        if not self._done_items:
            return ResponseUsage()
        audio, text = self._audio_tokens(), self._text_tokens()
        inputs = self.input_audio_tokens + self.input_text_tokens
        return ResponseUsage(
            total_tokens=inputs + audio + text,
            input_tokens=inputs,
            output_tokens=audio + text,
            input_text_tokens=self.input_text_tokens,
            input_audio_tokens=self.input_audio_tokens,
            output_text_tokens=text,
            output_audio_tokens=audio,
        )

    def _audio_tokens(self) -> int:
        return self.sent_samples * 20 // RATE_HZ

    def _text_tokens(self) -> int:
        open_words = len(self._words.split()) if self._open is not None else 0
        words = open_words + sum(len(_words_of(item).split()) for item in self._done_items)
        return words + words // 3


def _words_of(item: Item) -> str:
    parts = " ".join((part.transcript or part.text or "") for part in item.content)
    return f"{parts} {item.arguments or ''}"
