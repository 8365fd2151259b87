"""What the server sends, as the call takes it: ids filled in, samples whole, what is lost told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from harness.audio.pcm import Int16Array
from harness.protocol.dialect import Dialect, Malformed
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent, UnknownEvent
from harness.protocol.gaps import Gaps
from harness.session.playout import ContentKey

_SAMPLE_BYTES = 2
_NAMED = 3
"""Kinds of messages that are told by name; a server that is out of step sends few."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event; ``assumed`` are the ids that the server left out, ``samples`` its audio if any."""

    event: ServerEvent
    assumed: dict[str, str] = field(default_factory=dict)
    samples: Int16Array | None = None


class Arriving:
    """Reads the messages of one call, in order of arrival."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._gaps = Gaps()
        self._odd: dict[ContentKey, bytes] = {}
        self._unheard: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def take(self, message: bytes) -> Arrived:
        """Return the event in a message; raises Malformed if there is none."""
        try:
            event = self._dialect.decode_server(message)
        except Malformed as fault:
            if fault.lost is AudioDelta:
                self._unheard[fault.message] += 1
            raise
        if isinstance(event, UnknownEvent):
            self._unknown[event.type] += 1
        event, assumed = self._gaps.filled(event)
        if isinstance(event, AudioDelta):
            return Arrived(event, assumed, self._samples(event))
        if isinstance(event, AudioDone):
            self._odd.pop(part_of(event), None)
        return Arrived(event, assumed)

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
