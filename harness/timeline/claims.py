"""What a call's events say about the agent's answers: beginnings, claimed words, endings.

These are claims of the service, as opposed to what was heard. What a service does not say is not
known here, and nobody may hold that against the agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.protocol.commands import CommitAudio
from harness.protocol.events import (
    ItemAdded,
    ItemDone,
    OutputItemAdded,
    OutputItemDone,
    ResponseCreated,
    ResponseDone,
    SpeechStopped,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
)
from harness.protocol.items import Item, ItemStatus, Response, ResponseStatus, Role
from harness.recording.messages import AgentEvent
from harness.recording.model import Recording
from harness.timeline.episodes import Episodes

ItemKey: TypeAlias = tuple[str, str]
"""Response id and item id: some servers give all items one id."""

PartKey: TypeAlias = tuple[str, str, int]
"""Response id, item id and content index: one stretch of agent speech."""

_STOPPED = (ResponseStatus.CANCELLED, ResponseStatus.INCOMPLETE, ResponseStatus.FAILED)


@dataclass(slots=True)
class Claims:
    """Facts collected from the events; times are arrivals in seconds on the recording clock."""

    turn_ends_s: list[float] = field(default_factory=list)
    """Arrivals of the agent's own ends of turn, and our commits (push to talk)."""
    created_s: dict[str, float] = field(default_factory=dict)
    concluded: set[str] = field(default_factory=set)
    """Responses of which nothing tells when they began: known from the first that came of them."""
    cancelled_s: dict[str, float] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    """Responses of which the service says that they ended by themselves."""
    phases: dict[ItemKey, str] = field(default_factory=dict)
    transcripts: dict[PartKey, str] = field(default_factory=dict)
    deltas: dict[PartKey, list[tuple[float, str]]] = field(default_factory=dict)
    incomplete: set[ItemKey] = field(default_factory=set)
    """Items that the service stopped before they were whole."""
    ended: dict[str, tuple[float, Response]] = field(default_factory=dict)
    """How responses ended, as the service says, and when."""
    texts: dict[PartKey, list[tuple[float, str]]] = field(default_factory=dict)
    """Words that are text and no speech, as often as they came whole."""
    pieces_of_text: dict[PartKey, list[tuple[float, str]]] = field(default_factory=dict)
    whole_texts: set[PartKey] = field(default_factory=set)
    """Parts of which the whole text came, so that its pieces tell nothing."""
    doubted: set[str] = field(default_factory=set)
    """Answers that words may belong to which came near to more than one."""
    named: Episodes = field(default_factory=Episodes)
    """How answers are told apart to which the server gives one id."""

    def transcript(self, key: PartKey) -> str:
        """Return the whole claimed text of a part: the final one, or the pieces that came.

        Where only the conversation tells it, no response is named with it.
        """
        for name in (key, ("", *key[1:])):
            if name in self.transcripts:
                return self.transcripts[name].strip()
        return "".join(text for _, text in self.pieces(key)).strip()

    def pieces(self, key: PartKey) -> list[tuple[float, str]]:
        """Return the pieces of a part's claimed text, with their arrivals."""
        return self.deltas.get(key) or self.deltas.get(("", *key[1:])) or []

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
        """Take note of one event; those that say nothing of an answer are passed over."""
        match event:
            case SpeechStopped():
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
        for index, part in enumerate(item.content):
            if part.transcript:
                self.transcripts.setdefault((*key, index), part.transcript)
            if part.text and name:
                self.whole_texts.add((*key, index))
                self.texts.setdefault((*key, index), []).append((at_s, part.text))

    def _key(
        self, at_s: float, event: TranscriptDelta | TranscriptDone | TextDelta | TextDone
    ) -> PartKey:
        name, others = self.named.of_words(event.response_id, at_s)
        if others:
            self.doubted |= {name, *others}
        return name, event.item_id, event.content_index

    def over(self) -> None:
        """Take texts that came in pieces alone, once all events were seen."""
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
    """Collect the facts of all events, in order of arrival, and of our own commits."""
    claims = Claims(named=named or Episodes())
    for each in recording.events:
        claims.take(each.at_s, each.event, inferred=each.inferred)
    claims.over()
    commits = (s.at_s for s in recording.commands if isinstance(s.command, CommitAudio))
    claims.turn_ends_s = sorted((*claims.turn_ends_s, *commits))
    return claims
