"""What the server sends, as the call takes it: decoded, samples whole, what is lost told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from harness.audio.pcm import Int16Array
from harness.protocol.commands import ClientCommand
from harness.protocol.decoding import Breach, Decoded, Decoder
from harness.protocol.dialect import Dialect, Malformed
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent, UnknownEvent
from harness.session.playout import ContentKey

_SAMPLE_BYTES = 2
_NAMED = 3
"""Kinds of messages that are told by name; a server that is out of step sends few."""


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """One event; ``assumed`` names the ids that the server left out, ``samples`` are its audio."""

    event: ServerEvent
    assumed: tuple[str, ...] = ()
    samples: Int16Array | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one message came to; ``fault`` is why it is no event, if it is none."""

    events: tuple[ArrivedEvent, ...]
    breaches: tuple[Breach, ...]
    fault: Malformed | None


class Arriving:
    """Reads the messages of one call, in order of arrival."""

    def __init__(self, dialect: Dialect) -> None:
        self._decoder = Decoder(dialect)
        self._odd: dict[ContentKey, bytes] = {}
        self._unheard: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def sent(self, command: ClientCommand) -> None:
        """Take note of a command that goes out."""
        self._decoder.sent(command)

    def take(self, message: bytes, at_s: float) -> Arrived:
        """Return what a message holds; ``at_s`` is in the loop's time."""
        decoded = self._decoder.take(message, at_s)
        fault = decoded.fault
        if fault is not None and fault.lost is AudioDelta:
            self._unheard[fault.message] += 1
        return Arrived(tuple(self._events(decoded)), decoded.breaches, fault)

    def _events(self, decoded: Decoded) -> list[ArrivedEvent]:
        events = []
        for each in decoded.events:
            event, samples = each.event, None
            match event:
                case AudioDelta():
                    samples = self._samples(event)
                case AudioDone():
                    self._odd.pop(part_of(event), None)
                case UnknownEvent(name):
                    self._unknown[name] += 1
                case _:
                    pass
            events.append(ArrivedEvent(event, tuple(each.assumed), samples))
        return events

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

    def _samples(self, event: AudioDelta) -> Int16Array:
        """Return the whole samples so far; half of one waits for the next piece of its part."""
        key = part_of(event)
        data = self._odd.pop(key, b"") + event.audio
        whole = len(data) // _SAMPLE_BYTES * _SAMPLE_BYTES
        if whole < len(data):
            self._odd[key] = data[whole:]
        return np.frombuffer(data[:whole], "<i2").astype(np.int16)


def part_of(event: AudioDelta | AudioDone) -> ContentKey:
    """Return the stretch of speech that an event belongs to."""
    return ContentKey(event.response_id, event.item_id, event.content_index)


def _listed(counted: Counter[str]) -> str:
    named = [
        text if count == 1 else f"{text} ({count} times)"
        for text, count in counted.most_common(_NAMED)
    ]
    more = len(counted) - len(named)
    return "; ".join([*named, *((f"and {more} more",) if more else ())])
