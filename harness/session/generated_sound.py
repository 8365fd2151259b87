"""What the agent generates, as a recording has it: its sound on one track, in order of arrival.

The same for a live call and for the log of a session that somebody else held.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.audio.pcm import Int16Array
from harness.protocol.events import AudioDelta, AudioDone
from harness.recording.agent_sound import GeneratedItem
from harness.recording.lines import Neutral
from harness.recording.messages import AgentEvent, AudioRange, Violation
from harness.session.arriving import Arrived, part_of
from harness.session.queued_audio import ContentKey


@dataclass(frozen=True, slots=True)
class NotedArrival:
    """What is to be recorded of one message."""

    neutral: tuple[Neutral, ...]
    payloads: tuple[tuple[bytes, AudioRange], ...]
    """Its sound as it came, and where that lies on the track."""
    sounds: tuple[Int16Array, ...]
    """What the track goes on with."""
    over: tuple[GeneratedItem, ...]
    """Parts of which nothing more will come: a crash must not lose them."""


class GeneratedSound:
    """Feed it every message of a call, in order of arrival."""

    def __init__(self) -> None:
        self.samples = 0
        """How long the track is."""
        self._chunks: dict[ContentKey, list[tuple[float, int, int]]] = {}

    def noted(self, at_s: float, arrived: Arrived) -> NotedArrival:
        """Return what is to be recorded of a message that arrived at this time."""
        payloads: list[tuple[bytes, AudioRange]] = []
        neutral: list[Neutral] = []
        sounds: list[Int16Array] = []
        over: list[ContentKey] = []
        for each in arrived.events:
            where = None
            if isinstance(each.event, AudioDelta) and each.samples is not None:
                where = self._next(at_s, part_of(each.event), len(each.samples))
                payloads.append((each.event.audio, where))
                sounds.append(each.samples)
            elif isinstance(each.event, AudioDone):
                over.append(part_of(each.event))
            event = AgentEvent(at_s, each.event, where, each.assumed, inferred=each.inferred)
            neutral.append(event)
        decoded = arrived.decoded
        neutral.extend(
            Violation(at_s, decoded.kind, breach.detail, breach.effect)
            for breach in decoded.breaches
        )
        ended = (self._ended(key) for key in over if key in self._chunks)
        return NotedArrival(tuple(neutral), tuple(payloads), tuple(sounds), tuple(ended))

    def open(self) -> tuple[GeneratedItem, ...]:
        """Return where the audio of every item that the agent left open lies on the track."""
        return tuple(_item(key, chunks) for key, chunks in self._chunks.items())

    def _next(self, at_s: float, key: ContentKey, samples: int) -> AudioRange:
        where = AudioRange("agent_generated", self.samples, samples)
        self._chunks.setdefault(key, []).append((at_s, where.start, where.samples))
        self.samples += samples
        return where

    def _ended(self, key: ContentKey) -> GeneratedItem:
        return _item(key, self._chunks.pop(key))


def _item(key: ContentKey, chunks: list[tuple[float, int, int]]) -> GeneratedItem:
    return GeneratedItem(key.item_id, key.content_index, key.response_id, tuple(chunks))
