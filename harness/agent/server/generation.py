"""One response on its way to the client: what is sent, in which order, and when.

A response is planned as a script of (time, event) pairs as soon as its words and audio are known,
and played from the front. Cancelling closes what is open and forgets the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.agent.server.script import (
    Call,
    Message,
    TimedEvent,
    call_events,
    part_ends,
    part_of,
    plan_message,
    wire_samples,
)
from harness.protocol.events import (
    ArgumentsDelta,
    AudioDelta,
    ItemAdded,
    ItemDone,
    OutputItemAdded,
    OutputItemDone,
    ResponseDone,
    ServerEvent,
    TextDelta,
    TranscriptDelta,
)
from harness.protocol.items import (
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    ResponseUsage,
)
from harness.units import RATE_HZ


@dataclass(slots=True)
class Generation:
    """A response in progress; ``response`` is what response.created told about it."""

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
    """After how much audio, at 24 kHz, the service stops it; None for not at all."""
    stop_error: ErrorInfo | None = None
    """The error with which it then fails; None if it is stopped by a filter."""
    _script: deque[TimedEvent] = field(default_factory=deque)
    _done_items: list[Item] = field(default_factory=list)
    _open: Item | None = None
    _open_index: int = 0
    _words: str = ""

    def next_due(self) -> float | None:
        """Return when the next event leaves, None while nothing is planned."""
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
        """Return the response as it ends when an engine broke before anything was sent."""
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
