"""What the messages of a call say about its responses: beginnings, claimed words, endings.

GA and beta names are read alike (Realtime API reference, "server events"); fields that a service
leaves out are simply not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.recording.model import Direction, WireEvent

PartKey = tuple[str, int]
"""Item id and content index: one stretch of agent speech."""


@dataclass(slots=True)
class WireFacts:
    """Facts collected from the messages; times are arrivals in seconds on the recording clock."""

    turn_ends_s: list[float] = field(default_factory=list)
    """Arrivals of speech_stopped, and our own commits (push to talk)."""
    created_s: dict[str, float] = field(default_factory=dict)
    cancelled_s: dict[str, float] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)
    transcripts: dict[PartKey, str] = field(default_factory=dict)
    deltas: dict[PartKey, list[tuple[float, str]]] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    """Items that the service stopped before they were whole."""

    def transcript(self, key: PartKey) -> str:
        """Return the whole claimed text of a part: the final one, or the pieces that came."""
        if key in self.transcripts:
            return self.transcripts[key].strip()
        return "".join(text for _, text in self.deltas.get(key, ())).strip()


def read_wire(events: Iterable[WireEvent]) -> WireFacts:
    """Collect the facts of all messages, in order of arrival; unknown messages are passed over."""
    facts = WireFacts()
    for event in events:
        reader = _READERS.get((event.direction, str(event.message.get("type"))))
        if reader is not None:
            reader(facts, event.at_s, event.message)
    return facts


def _turn_end(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    facts.turn_ends_s.append(at_s)


def _created(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    facts.created_s.setdefault(str(_part(message, "response").get("id")), at_s)


def _done(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    response = _part(message, "response")
    if response.get("status") == "cancelled":
        facts.cancelled_s[str(response.get("id"))] = at_s
    for item in response.get("output") or ():
        _take_item(facts, item)


def _item(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    _take_item(facts, _part(message, "item"))


def _take_item(facts: WireFacts, item: Mapping[str, Any]) -> None:
    item_id = str(item.get("id"))
    if item.get("phase"):
        facts.phases[item_id] = str(item["phase"])
    if item.get("status") == "incomplete":
        facts.incomplete.add(item_id)
    if item.get("role") != "assistant":
        return
    for index, part in enumerate(item.get("content") or ()):
        if part.get("transcript"):
            facts.transcripts.setdefault((item_id, index), str(part["transcript"]))


def _delta(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    facts.deltas.setdefault(_key(message), []).append((at_s, str(message.get("delta", ""))))


def _transcript(facts: WireFacts, at_s: float, message: Mapping[str, Any]) -> None:
    facts.transcripts[_key(message)] = str(message.get("transcript", ""))


def _key(message: Mapping[str, Any]) -> PartKey:
    return str(message.get("item_id")), int(message.get("content_index", 0))


def _part(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = message.get(name)
    return part if isinstance(part, Mapping) else {}


_Reader = Callable[[WireFacts, float, Mapping[str, Any]], None]

_READERS: dict[tuple[Direction, str], _Reader] = {
    (Direction.SENT, "input_audio_buffer.commit"): _turn_end,
    (Direction.RECEIVED, "input_audio_buffer.speech_stopped"): _turn_end,
    (Direction.RECEIVED, "response.created"): _created,
    (Direction.RECEIVED, "response.done"): _done,
    (Direction.RECEIVED, "response.output_item.added"): _item,
    (Direction.RECEIVED, "response.output_item.done"): _item,
    (Direction.RECEIVED, "conversation.item.created"): _item,
    (Direction.RECEIVED, "conversation.item.added"): _item,
    (Direction.RECEIVED, "conversation.item.done"): _item,
    (Direction.RECEIVED, "response.output_audio_transcript.delta"): _delta,
    (Direction.RECEIVED, "response.audio_transcript.delta"): _delta,
    (Direction.RECEIVED, "response.output_audio_transcript.done"): _transcript,
    (Direction.RECEIVED, "response.audio_transcript.done"): _transcript,
}
