"""What the server sends, as the call takes it: decoded, its sound as ours, what is lost told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.audio.pcm import Int16Array
from harness.protocol.decoding import UNTYPED, Decoded, Decoder, Understood
from harness.protocol.error_reports import error_words
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent, UnknownEvent
from harness.protocol.items import AudioFormat
from harness.protocol.wire import load
from harness.session.queued_audio import ContentKey
from harness.session.wire_audio import AgentSound

_NAMED = 3
"""Kinds of messages that are told by name; a server that is out of step sends few."""


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """One event; ``assumed`` names the ids that the server left out, ``samples`` are its audio."""

    event: ServerEvent
    assumed: tuple[str, ...] = ()
    samples: Int16Array | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one message came to."""

    decoded: Decoded
    events: tuple[ArrivedEvent, ...]


class Arriving:
    """Reads the messages of one call, in order of arrival."""

    def __init__(self, decoder: Decoder, kind: AudioFormat) -> None:
        self._decoder = decoder
        self._sound = AgentSound(kind)
        self._unheard: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def begin_anew(self, decoder: Decoder) -> None:
        """Read the messages of another session from here on."""
        self._decoder = decoder

    def take(self, message: str | bytes, at_s: float) -> Arrived:
        """Return what a message holds; ``at_s`` is in the loop's time. Raises DialectBroke."""
        decoded = self._decoder.take(message, at_s)
        if decoded.unheard:
            self._unheard[decoded.unheard] += 1
        if decoded.kind == UNTYPED and decoded.json and not decoded.events:
            self._unknown[f"{UNTYPED}: {error_words(load(message))}"] += 1
        events = (arrived for each in decoded.events for arrived in self._events(each))
        return Arrived(decoded, tuple(events))

    @property
    def unheard(self) -> str:
        """What audio came that could not be used, and why; empty if all could."""
        if not self._unheard:
            return ""
        count = self._unheard.total()
        came = "1 audio message was" if count == 1 else f"{count} audio messages were"
        return f"{came} not heard: {_listed(self._unheard)}"

    @property
    def unknown(self) -> str:
        """Which types of messages came that the dialect does not know; empty if none did."""
        if not self._unknown:
            return ""
        return f"the server sent message types that are not known here: {_listed(self._unknown)}"

    @property
    def mistaken(self) -> str:
        """What codec the agent's sound seems to be in, if it is another than was said."""
        return self._sound.mistaken

    def _events(self, each: Understood) -> Iterator[ArrivedEvent]:
        event, samples = each.event, None
        if isinstance(event, AudioDelta):
            samples = self._sound.arrived(part_of(event), event.audio)
        elif isinstance(event, AudioDone):
            rest = self._sound.over(part_of(event))
            if len(rest):
                yield ArrivedEvent(_rest_of(event), samples=rest, inferred=True)
        elif isinstance(event, UnknownEvent) and not event.known:
            self._unknown[event.name] += 1
        yield ArrivedEvent(event, tuple(each.assumed), samples, each.inferred)


def part_of(event: AudioDelta | AudioDone) -> ContentKey:
    """Return the stretch of speech that an event belongs to."""
    return ContentKey(event.response_id, event.item_id, event.content_index)


def _rest_of(event: AudioDone) -> AudioDelta:
    return AudioDelta(event.response_id, event.item_id, event.output_index, event.content_index)


def _listed(counted: Counter[str]) -> str:
    named = [
        text if count == 1 else f"{text} ({count} times)"
        for text, count in counted.most_common(_NAMED)
    ]
    more = len(counted) - len(named)
    return "; ".join([*named, *((f"and {more} more",) if more else ())])
