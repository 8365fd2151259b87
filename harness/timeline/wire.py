"""What the messages of a call say about its responses: beginnings, claimed words, endings.

GA and beta names are read alike (Realtime API reference, "server events"); fields that a service
leaves out, or fills with something odd, are simply not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from harness.protocol.fields import Fields
from harness.recording.model import Direction, WireEvent
from harness.timeline.episodes import Episodes

ItemKey = tuple[str, str]
"""Response id and item id: some servers give all items one id."""

PartKey = tuple[str, str, int]
"""Response id, item id and content index: one stretch of agent speech."""


@dataclass(slots=True)
class WireFacts:
    """Facts collected from the messages; times are arrivals in seconds on the recording clock."""

    turn_ends_s: list[float] = field(default_factory=list)
    """Arrivals of speech_stopped, and our own commits (push to talk)."""
    created_s: dict[str, float] = field(default_factory=dict)
    cancelled_s: dict[str, float] = field(default_factory=dict)
    phases: dict[ItemKey, str] = field(default_factory=dict)
    transcripts: dict[PartKey, str] = field(default_factory=dict)
    deltas: dict[PartKey, list[tuple[float, str]]] = field(default_factory=dict)
    incomplete: set[ItemKey] = field(default_factory=set)
    """Items that the service stopped before they were whole."""
    texts: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    """Words of a response that are text and no speech, by response."""
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
        """Return whether the service stopped an item before it was whole."""
        return not self.incomplete.isdisjoint({key, ("", key[1])})


def bounds(events: Iterable[WireEvent]) -> Iterator[tuple[float, str, bool]]:
    """Yield when responses began (True) and ended (False), with their ids."""
    for event in events:
        kind = event.direction, event.message.get("type")
        if kind in (_CREATED, _DONE):
            yield event.at_s, _response_id(_read(event)), kind == _CREATED


def read_wire(events: Iterable[WireEvent], named: Episodes | None = None) -> WireFacts:
    """Collect the facts of all messages, in order of arrival; unknown messages are passed over."""
    facts = WireFacts(named=named or Episodes())
    for event in events:
        reader = _READERS.get((event.direction, str(event.message.get("type"))))
        if reader is not None:
            reader(facts, event.at_s, _read(event))
    return facts


def _read(event: WireEvent) -> Fields:
    """Return a message with what the call took for granted where the server left it out."""
    return Fields({**event.message, **event.assumed})


def _response_id(message: Fields) -> str:
    return message.part("response").ident("id") or message.ident("response_id")


def _turn_end(facts: WireFacts, at_s: float, message: Fields) -> None:
    facts.turn_ends_s.append(at_s)


def _created(facts: WireFacts, at_s: float, message: Fields) -> None:
    facts.created_s.setdefault(facts.named.name(_response_id(message), at_s), at_s)


def _done(facts: WireFacts, at_s: float, message: Fields) -> None:
    response, name = message.part("response"), facts.named.name(_response_id(message), at_s)
    if response.optional_text("status") == "cancelled":
        facts.cancelled_s[name] = at_s
    for item in response.each("output") or ():
        _take_item(facts, at_s, name, item)


def _item(facts: WireFacts, at_s: float, message: Fields) -> None:
    name = facts.named.name(message.ident("response_id"), at_s)
    _take_item(facts, at_s, name, message.part("item"))


def _take_item(facts: WireFacts, at_s: float, name: str, item: Fields) -> None:
    key = name, item.ident("id")
    phase = item.optional_text("phase")
    if phase:
        facts.phases[key] = phase
    if item.optional_text("status") == "incomplete":
        facts.incomplete.add(key)
    if item.optional_text("role") != "assistant":
        return
    for index, part in enumerate(item.each("content") or ()):
        transcript, text = part.optional_text("transcript"), part.optional_text("text")
        if transcript:
            facts.transcripts.setdefault((*key, index), transcript)
        if text and name:
            facts.texts.setdefault(name, []).append((at_s, text))


def _delta(facts: WireFacts, at_s: float, message: Fields) -> None:
    words = message.optional_text("delta")
    if words is not None:
        facts.deltas.setdefault(_key(facts, at_s, message), []).append((at_s, words))


def _transcript(facts: WireFacts, at_s: float, message: Fields) -> None:
    words = message.optional_text("transcript")
    if words is not None:
        facts.transcripts[_key(facts, at_s, message)] = words


def _text(facts: WireFacts, at_s: float, message: Fields) -> None:
    words = message.optional_text("text")
    if words:
        name = facts.named.name(message.ident("response_id"), at_s)
        facts.texts.setdefault(name, []).append((at_s, words))


def _key(facts: WireFacts, at_s: float, message: Fields) -> PartKey:
    name = facts.named.name(message.ident("response_id"), at_s)
    return name, message.ident("item_id"), message.index("content_index")


_Reader = Callable[[WireFacts, float, Fields], None]

_CREATED = (Direction.RECEIVED, "response.created")
_DONE = (Direction.RECEIVED, "response.done")

_READERS: dict[tuple[Direction, str], _Reader] = {
    (Direction.SENT, "input_audio_buffer.commit"): _turn_end,
    (Direction.RECEIVED, "input_audio_buffer.speech_stopped"): _turn_end,
    _CREATED: _created,
    _DONE: _done,
    (Direction.RECEIVED, "response.output_item.added"): _item,
    (Direction.RECEIVED, "response.output_item.done"): _item,
    (Direction.RECEIVED, "conversation.item.created"): _item,
    (Direction.RECEIVED, "conversation.item.added"): _item,
    (Direction.RECEIVED, "conversation.item.done"): _item,
    (Direction.RECEIVED, "response.output_audio_transcript.delta"): _delta,
    (Direction.RECEIVED, "response.audio_transcript.delta"): _delta,
    (Direction.RECEIVED, "response.output_audio_transcript.done"): _transcript,
    (Direction.RECEIVED, "response.audio_transcript.done"): _transcript,
    (Direction.RECEIVED, "response.output_text.done"): _text,
    (Direction.RECEIVED, "response.text.done"): _text,
}
