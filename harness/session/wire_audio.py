"""The edge where audio changes its format: outside the target's, inside PCM16 at 24 kHz, always.

Where the two are the same nothing is touched. Else both ways go through ``audio/resample.py``: a
sample keeps its place in the track, and leaves or comes 2 ms later than it would.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from harness.audio.pcm import Int16Array
from harness.audio.resample import StreamResampler
from harness.protocol.items import AudioFormat
from harness.protocol.sound import bytes_of, mistaken_for, samples_of
from harness.session.queued_audio import ContentKey
from harness.units import RATE_HZ

_LISTENED_S = 3.0
"""How much of the agent's first sound is listened to for a wrong codec."""


class CallerSound:
    """The caller's stream on its way out."""

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
            if samples is not last:  # silence is one and the same frame, over and over
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
    """What the agent sends, part by part, on its way in."""

    def __init__(self, kind: AudioFormat) -> None:
        self._kind = kind
        self._parts: dict[ContentKey, _PartStream] = {}
        self._first = bytearray()

    def arrived(self, key: ContentKey, data: bytes) -> Int16Array:
        """Return the samples that are whole with the next bytes of a part."""
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = _PartStream(StreamResampler(self._kind.rate_hz, RATE_HZ))
        data = part.odd + data
        whole = len(data) // self._kind.sample_bytes * self._kind.sample_bytes
        data, part.odd = data[:whole], data[whole:]
        most = _LISTENED_S * self._kind.rate_hz * self._kind.sample_bytes
        if len(self._first) < most and data.count(data[:1]) < len(data):  # silence tells nothing
            self._first += data
        return part.stream.feed(samples_of(data, self._kind))

    def over(self, key: ContentKey) -> Int16Array:
        """Return what is left of a part that has ended."""
        part = self._parts.pop(key, None)
        return np.zeros(0, np.int16) if part is None else part.stream.end()

    @property
    def mistaken(self) -> str:
        """What the sound is more likely to be than what it is read as; empty if nothing is odd."""
        likely = mistaken_for(bytes(self._first), self._kind)
        if likely is None:
            return ""
        known = " or ".join(kind.value for kind in AudioFormat if kind.codec == likely)
        advice = f"; the target's session.output_format may have to be {known}" if known else ""
        return f"the agent sounds like {likely} read as {self._kind.codec}{advice}"
