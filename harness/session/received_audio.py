"""Audio at the edge: the target's format outside, PCM16 at 24 kHz inside; arrival, loss.

If the two are the same, audio is passed through unchanged. Otherwise both directions go through
``audio/resample.py``: a sample keeps its place in the track, and leaves or comes 2 ms later than it
would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from harness.audio.pcm import Int16Array
from harness.audio.resample import StreamResampler
from harness.protocol.audio_bytes import bytes_of, mistaken_for, samples_of
from harness.protocol.decoding import UNTYPED, Decoded, Decoder, Understood
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent, UnknownEvent
from harness.protocol.fields import error_words, load
from harness.protocol.items import AudioFormat, ContentKey
from harness.recording.lines import Neutral
from harness.recording.model import AgentEvent, AudioRange, GeneratedItem, Violation
from harness.text import counted
from harness.units import RATE_HZ

_LISTENED_S = 3.0
"""How much of the agent's first audio is checked for a wrong codec."""


class CallerSound:
    """The caller's outgoing stream."""

    def __init__(self, kind: AudioFormat) -> None:
        self._kind = kind
        self._stream = StreamResampler(RATE_HZ, kind.rate_hz)
        self._as_it_is = kind is AudioFormat.PCM16_24K
        self._last: tuple[Int16Array | None, bytes] = (None, b"")

    @property
    def has_memory(self) -> bool:
        """Whether the bytes of a piece depend on the pieces before it."""
        return not self._as_it_is

    def sent(self, samples: Int16Array) -> bytes:
        """Return the bytes of the next piece of the stream."""
        if self._as_it_is:
            last, data = self._last
            if samples is not last:  # silence is always the same frame
                data = bytes_of(samples, self._kind)
                self._last = samples, data
            return data
        return bytes_of(self._stream.feed(samples), self._kind)


@dataclass(slots=True)
class _PartStream:
    stream: StreamResampler
    odd: bytes = field(default=b"")
    """Half a sample that waits for the next piece."""


class AgentSound:
    """The agent's incoming audio, part by part."""

    def __init__(self, kind: AudioFormat) -> None:
        self._kind = kind
        self._parts: dict[ContentKey, _PartStream] = {}
        self._first = bytearray()

    def arrived(self, key: ContentKey, data: bytes) -> Int16Array:
        """Return the samples that the next bytes of a part complete."""
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = _PartStream(StreamResampler(self._kind.rate_hz, RATE_HZ))
        data = part.odd + data
        whole = len(data) // self._kind.sample_bytes * self._kind.sample_bytes
        data, part.odd = data[:whole], data[whole:]
        most = _LISTENED_S * self._kind.rate_hz * self._kind.sample_bytes
        if len(self._first) < most and data.count(data[:1]) < len(data):  # not silence
            self._first += data
        return part.stream.feed(samples_of(data, self._kind))

    def over(self, key: ContentKey) -> Int16Array:
        """Return the rest of a part that has ended."""
        part = self._parts.pop(key, None)
        return np.zeros(0, np.int16) if part is None else part.stream.end()

    @property
    def mistaken(self) -> str:
        """The likely format of the audio, if not the expected format; empty if it seems right."""
        likely = mistaken_for(bytes(self._first), self._kind)
        if likely is None:
            return ""
        known = " or ".join(kind.value for kind in AudioFormat if kind.codec == likely)
        advice = f"; the target's session.output_format may have to be {known}" if known else ""
        return f"the agent sounds like {likely} read as {self._kind.codec}{advice}"


# The server's messages as the call takes them: decoded, audio as PCM16 at 24 kHz, losses reported.

_NAMED = 3
"""Kinds of messages that are reported by name; a server with a different protocol sends few
kinds."""


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """One event; ``assumed`` names the ids that the server left out, ``samples`` are its audio."""

    event: ServerEvent
    assumed: tuple[str, ...] = ()
    samples: Int16Array | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """The content of a message: events and audio."""

    decoded: Decoded
    events: tuple[ArrivedEvent, ...]


class Arriving:
    """Reads the messages of a call, in order of arrival."""

    def __init__(self, decoder: Decoder, kind: AudioFormat) -> None:
        self._decoder = decoder
        self._sound = AgentSound(kind)
        self._unheard: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def begin_anew(self, decoder: Decoder) -> None:
        """Read the messages of another session from here on."""
        self._decoder = decoder

    def take(self, message: str | bytes, at_s: float) -> Arrived:
        """Return the content of a message; ``at_s`` is in the loop's time. Raises DialectBroke."""
        decoded = self._decoder.take(message, at_s)
        if decoded.unheard:
            self._unheard[decoded.unheard] += 1
        if decoded.kind == UNTYPED and decoded.json and not decoded.events:
            self._unknown[f"{UNTYPED}: {error_words(load(message))}"] += 1
        events = (arrived for each in decoded.events for arrived in self._events(each))
        return Arrived(decoded, tuple(events))

    @property
    def unheard(self) -> str:
        """Describe incoming audio that could not be used, and why; empty if all could."""
        if not self._unheard:
            return ""
        count = self._unheard.total()
        came = counted(count, "audio message was", "audio messages were")
        return f"{came} not heard: {_listed(self._unheard)}"

    @property
    def unknown(self) -> str:
        """The message types that the dialect does not know; empty if there were none."""
        if not self._unknown:
            return ""
        return f"the server sent message types that are not known here: {_listed(self._unknown)}"

    @property
    def mistaken(self) -> str:
        """The likely codec of the agent's audio, if it is not the configured codec."""
        return self._sound.mistaken

    def _events(self, each: Understood) -> Iterator[ArrivedEvent]:
        event, samples = each.event, None
        if isinstance(event, AudioDelta):
            samples = self._sound.arrived(event.key, event.audio)
        elif isinstance(event, AudioDone):
            rest = self._sound.over(event.key)
            if len(rest):
                yield ArrivedEvent(_rest_of(event), samples=rest, inferred=True)
        elif isinstance(event, UnknownEvent) and not event.known:
            self._unknown[event.name] += 1
        yield ArrivedEvent(event, tuple(each.assumed), samples, each.inferred)


def _rest_of(event: AudioDone) -> AudioDelta:
    return AudioDelta(event.response_id, event.item_id, event.output_index, event.content_index)


def _listed(counted: Counter[str]) -> str:
    named = [
        text if count == 1 else f"{text} ({count} times)"
        for text, count in counted.most_common(_NAMED)
    ]
    more = len(counted) - len(named)
    return "; ".join([*named, *((f"and {more} more",) if more else ())])


# The agent's generated audio for the recording: on a single track, in order of arrival.
#
# The same for a live call and for an imported session log.


@dataclass(frozen=True, slots=True)
class NotedArrival:
    """The records of a message."""

    neutral: tuple[Neutral, ...]
    payloads: tuple[tuple[bytes, AudioRange], ...]
    """The payloads as they arrived, and their ranges on the track."""
    sounds: tuple[Int16Array, ...]
    """Audio to append to the track."""
    over: tuple[GeneratedItem, ...]
    """Parts that are complete: a crash must not lose them."""


class GeneratedSound:
    """The agent's track; feed it every message of a call, in order of arrival."""

    def __init__(self) -> None:
        self.samples = 0
        """Length of the track."""
        self._chunks: dict[ContentKey, list[tuple[float, int, int]]] = {}

    def noted(self, at_s: float, arrived: Arrived) -> NotedArrival:
        """Return the records of a message that arrived at this time."""
        payloads: list[tuple[bytes, AudioRange]] = []
        neutral: list[Neutral] = []
        sounds: list[Int16Array] = []
        over: list[ContentKey] = []
        for each in arrived.events:
            where = None
            if isinstance(each.event, AudioDelta) and each.samples is not None:
                where = self._next(at_s, each.event.key, len(each.samples))
                payloads.append((each.event.audio, where))
                sounds.append(each.samples)
            elif isinstance(each.event, AudioDone):
                over.append(each.event.key)
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
        """Return where the audio of every item that the agent left open is on the track."""
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
