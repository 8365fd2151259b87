"""A recording and its claims about answers, indexed by time.

Facts are looked up by key or by time, and computed once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from harness.protocol.commands import CancelResponse, CommitAudio, CreateResponse
from harness.protocol.events import (
    InputTimedOut,
    Interrupted,
    ItemAdded,
    ItemDone,
    OutputItemAdded,
    OutputItemDone,
    ResponseCreated,
    ResponseDone,
    ServerError,
    SpeechStopped,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import ContentKey, Item, ItemStatus, Response, ResponseStatus, Role
from harness.recording.model import AgentEvent, GeneratedItem, PlayedSpan, Recording
from harness.timeline.episodes import Episodes
from harness.timeline.intervals import Spans, on_grid, union
from harness.timeline.lookup import SpanLookup
from harness.timeline.model import Span

# The service's claims about the agent's answers, from events: beginnings, claimed words, endings.
#
# They are claims, as opposed to heard audio. A fact that a service does not report is unknown here,
# and must not count against the agent.

ItemKey: TypeAlias = tuple[str, str]
"""Response id and item id: some servers give all items the same id."""

"""Response id, item id and content index: a stretch of agent speech."""

_STOPPED = (ResponseStatus.CANCELLED, ResponseStatus.INCOMPLETE, ResponseStatus.FAILED)


@dataclass(slots=True)
class Claims:
    """Facts collected from the events; times are arrivals in seconds on the recording clock."""

    turn_ends_s: list[float] = field(default_factory=list)
    """Arrivals of the agent's own ends of turn, and the client's commits (push to talk)."""
    created_s: dict[str, float] = field(default_factory=dict)
    concluded: set[str] = field(default_factory=set)
    """Responses without an event for their beginning: known from their first content."""
    cancelled_s: dict[str, float] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    """Responses that the service reports as ended by themselves."""
    phases: dict[ItemKey, str] = field(default_factory=dict)
    transcripts: dict[ContentKey, str] = field(default_factory=dict)
    deltas: dict[ContentKey, list[tuple[float, str]]] = field(default_factory=dict)
    incomplete: set[ItemKey] = field(default_factory=set)
    """Items that the service stopped before they were whole."""
    ended: dict[str, tuple[float, Response]] = field(default_factory=dict)
    """How and when responses ended, as the service reports it."""
    texts: dict[ContentKey, list[tuple[float, str]]] = field(default_factory=dict)
    """Answers in text, not speech, each time they came whole."""
    pieces_of_text: dict[ContentKey, list[tuple[float, str]]] = field(default_factory=dict)
    whole_texts: set[ContentKey] = field(default_factory=set)
    """Parts whose whole text came, so that its pieces add no information."""
    doubted: set[str] = field(default_factory=set)
    """Answers that may own words which came near to several answers."""
    named: Episodes = field(default_factory=Episodes)
    """How answers with the same id from the server are separated."""

    def transcript(self, key: ContentKey) -> str:
        """Return the whole claimed text of a part: the final text, or the pieces that came.

        If only the conversation contains it, no response is named with it.
        """
        for name in (key, ContentKey("", *key[1:])):
            if name in self.transcripts:
                return self.transcripts[name].strip()
        return "".join(text for _, text in self.pieces(key)).strip()

    def pieces(self, key: ContentKey) -> list[tuple[float, str]]:
        """Return the pieces of a part's claimed text, with their arrivals."""
        return self.deltas.get(key) or self.deltas.get(ContentKey("", *key[1:])) or []

    def phase(self, key: ItemKey) -> str | None:
        """Return the phase that an item is marked with."""
        return self.phases.get(key) or self.phases.get(("", key[1]))

    def stopped(self, key: ItemKey) -> bool:
        """Return whether the service stopped an item, or its response, before it was whole."""
        _, response = self.ended.get(key[0], (0.0, None))
        ended_early = response is not None and response.status in _STOPPED
        return ended_early or not self.incomplete.isdisjoint({key, ("", key[1])})

    # --- collecting --------------------------------------------------------------------------

    def take(self, at_s: float, event: object, *, inferred: bool = False) -> None:
        """Take note of an event; events that are not about an answer are skipped."""
        match event:
            case SpeechStopped() if not inferred:  # the service may have noticed it earlier
                self.turn_ends_s.append(at_s)
            case ResponseCreated(response):
                self._created(at_s, response.id, inferred=inferred)
            case ResponseDone(response):
                self._done(at_s, response)
            case OutputItemAdded(response_id, _, item) | OutputItemDone(response_id, _, item):
                self._item(at_s, self.named.name(response_id, at_s), item)
            case ItemAdded(item) | ItemDone(item):
                self._item(at_s, self.named.name("", at_s), item)
            case TranscriptDelta(delta=words):
                self.deltas.setdefault(self._key(at_s, event), []).append((at_s, words))
            case TranscriptDone(transcript=words):
                self.transcripts[self._key(at_s, event)] = words
            case TextDelta(delta=words):
                key = self._key(at_s, event)
                self.pieces_of_text.setdefault(key, []).append((at_s, words))
            case TextDone(text=words) if words:
                key = self._key(at_s, event)
                self.whole_texts.add(key)
                self.texts.setdefault(key, []).append((at_s, words))
            case _:
                pass

    def _created(self, at_s: float, response_id: str, *, inferred: bool) -> None:
        name = self.named.name(response_id, at_s)
        self.created_s.setdefault(name, at_s)
        if inferred:
            self.concluded.add(name)

    def _done(self, at_s: float, response: Response) -> None:
        name = self.named.name(response.id, at_s)
        self.ended.setdefault(name, (at_s, response))
        if response.status is ResponseStatus.CANCELLED:
            self.cancelled_s[name] = at_s
        elif response.status is not ResponseStatus.INCOMPLETE:
            self.finished.add(name)
        for item in response.output:
            self._item(at_s, name, item)

    def _item(self, at_s: float, name: str, item: Item) -> None:
        key = name, item.id or ""
        if item.phase:
            self.phases[key] = item.phase
        if item.status is ItemStatus.INCOMPLETE:
            self.incomplete.add(key)
        if item.role is not Role.ASSISTANT:
            return
        for index, content in enumerate(item.content):
            part = ContentKey(*key, index)
            if content.transcript:
                self.transcripts.setdefault(part, content.transcript)
            if content.text and name:
                self.whole_texts.add(part)
                self.texts.setdefault(part, []).append((at_s, content.text))

    def _key(
        self, at_s: float, event: TranscriptDelta | TranscriptDone | TextDelta | TextDone
    ) -> ContentKey:
        name, others = self.named.of_words(event.response_id, at_s)
        if others:
            self.doubted |= {name, *others}
        return ContentKey(name, event.item_id, event.content_index)

    def over(self) -> None:
        """Take texts that came in pieces alone, after all events."""
        for key, pieces in self.pieces_of_text.items():
            words = "".join(text for _, text in pieces)
            if key not in self.whole_texts and words.strip():
                self.texts.setdefault(key, []).append((pieces[0][0], words))


def bounds(events: Iterable[AgentEvent]) -> Iterator[tuple[float, str, bool]]:
    """Yield when responses began (True) and ended (False), with their ids."""
    for each in events:
        if isinstance(each.event, ResponseCreated | ResponseDone):
            yield each.at_s, each.event.response.id, isinstance(each.event, ResponseCreated)


def read_claims(recording: Recording, named: Episodes | None = None) -> Claims:
    """Collect the facts of all events, in order of arrival, and of the client's commits."""
    claims = Claims(named=named or Episodes())
    for each in recording.events:
        claims.take(each.at_s, each.event, inferred=each.inferred)
    claims.over()
    commits = (s.at_s for s in recording.commands if isinstance(s.command, CommitAudio))
    claims.turn_ends_s = sorted((*claims.turn_ends_s, *commits))
    return claims


@dataclass(frozen=True, slots=True)
class ItemSound:
    """The generated and the played audio of an item."""

    parts: list[GeneratedItem] = field(default_factory=list)
    runs: list[PlayedSpan] = field(default_factory=list)

    def runs_of(self, content_index: int) -> list[PlayedSpan]:
        """Return the played runs of a part."""
        return [run for run in self.runs if run.content_index == content_index]

    @property
    def came_s(self) -> float | None:
        """When its first audio arrived, None if none did."""
        return min((part.chunks[0][0] for part in self.parts if part.chunks), default=None)

    @property
    def first(self) -> int | None:
        """The item's first sample on the agent's track, None if none was played."""
        return min((run.start for run in self.runs), default=None)

    @property
    def stop(self) -> int:
        """The sample after the item's last, silence included; 0 if none was played."""
        return max((run.start + run.samples for run in self.runs), default=0)


_UNHEARD = ItemSound()


def _last(asked_s: Sequence[float], by_s: float) -> float | None:
    """Return the last of sorted times up to a moment; ids start anew with each session."""
    place = bisect_right(asked_s, by_s)
    return asked_s[place - 1] if place else None


@dataclass(frozen=True)
class IndexedCall:
    """A call as recorded and as claimed by the service."""

    recording: Recording
    claims: Claims

    @cached_property
    def items(self) -> Mapping[ItemKey, ItemSound]:
        """The audio of every item; played items first, in the order of playback."""
        found: dict[ItemKey, ItemSound] = {}
        for run in self.recording.played:
            found.setdefault((run.response_id, run.item_id), ItemSound()).runs.append(run)
        for part in self.recording.generated:
            found.setdefault((part.response_id, part.item_id), ItemSound()).parts.append(part)
        return found

    def item(self, key: ItemKey) -> ItemSound:
        """Return the sound of an item, even if it has none."""
        return self.items.get(key, _UNHEARD)

    def unplayed_s(self, response_id: str) -> float:
        """Return how much of a response's generated audio was never heard."""
        return max(0, self._unplayed.get(response_id, 0)) / self.recording.agent.rate_hz

    @cached_property
    def _unplayed(self) -> Mapping[str, int]:
        """Generated samples of each response, minus the played samples."""
        found: dict[str, int] = {}
        for part in self.recording.generated:
            found[part.response_id] = found.get(part.response_id, 0) + part.samples
        for run in self.recording.played:
            found[run.response_id] = found.get(run.response_id, 0) - run.samples
        return found

    def queued_s(self, at_s: float) -> float:
        """Return how much audio had come by then and was not heard yet, if nothing could stop it.

        Playback can be stopped by a report of an interruption, and by the caller's button.
        """
        if self._stoppable:
            return 0.0
        rate_hz = self.recording.agent.rate_hz
        chunks = (chunk for part in self.recording.generated for chunk in part.chunks)
        came = sum(samples for came_s, _, samples in chunks if came_s <= at_s)
        now = round(at_s * rate_hz)
        heard = sum(min(run.samples, max(0, now - run.start)) for run in self.recording.played)
        return max(0, came - heard) / rate_hz

    @cached_property
    def _stoppable(self) -> bool:
        if self.recording.manifest.reports_interruptions or self.recording.truncations:
            return True
        return any(isinstance(each.event, Interrupted) for each in self.recording.events)

    @cached_property
    def stops_s(self) -> list[float]:
        """When runs of the agent's audio ended, sorted."""
        rate_hz = self.recording.agent.rate_hz
        return sorted((run.start + run.samples) / rate_hz for run in self.recording.played)

    def tools_in(self, stretch: Span) -> list[Span]:
        """Return the full spans of tools that ran during a stretch."""
        return [self._ran[n] for n in self._ran_in.touching(stretch.start_s, stretch.end_s)]

    @cached_property
    def _ran(self) -> Spans:
        return union(
            Span(on_grid(run.requested_s), on_grid(run.answered_s))
            for run in self.recording.tools
            if run.answered_s is not None
        )

    @cached_property
    def _ran_in(self) -> SpanLookup:
        return SpanLookup((span.start_s, span.end_s) for span in self._ran)

    @cached_property
    def commanded_s(self) -> list[float]:
        """When the harness sent a command, sorted."""
        return sorted(told.at_s for told in self.recording.commands)

    @cached_property
    def refusals(self) -> tuple[tuple[str, str], ...]:
        """The commands that the service refused: their ids, and its error text."""
        told = (each.event for each in self.recording.events)
        errors = (event.error for event in told if isinstance(event, ServerError))
        return tuple((error.event_id, error.words) for error in errors if error.event_id)

    @cached_property
    def cancelled_s(self) -> list[float]:
        """When the harness stopped the agent, sorted."""
        sent = self.recording.commands
        return sorted(each.at_s for each in sent if isinstance(each.command, CancelResponse))

    @cached_property
    def asked_s(self) -> list[float]:
        """When the harness requested an answer and was not refused, sorted.

        A refused request brings no answer: the next utterance has another cause.
        """
        asked = sorted(
            (told.at_s, told.command.event_id or "")
            for told in self.recording.commands
            if isinstance(told.command, CreateResponse)
        )
        by_name: dict[str, list[float]] = {}
        for at_s, name in asked:
            by_name.setdefault(name, []).append(at_s)
        errors = (
            (told.at_s, told.event.error.event_id)
            for told in self.recording.events
            if isinstance(told.event, ServerError)
        )
        refused = {(_last(by_name.get(name, ()), at_s), name) for at_s, name in errors if name}
        return [one[0] for one in asked if one not in refused]

    @cached_property
    def idle_s(self) -> list[float]:
        """When the service reported that the caller had been silent for too long, sorted."""
        told = self.recording.events
        return sorted(each.at_s for each in told if isinstance(each.event, InputTimedOut))
