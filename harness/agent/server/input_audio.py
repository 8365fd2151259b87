"""The caller's side of the line: wire bytes in, turns with their audio out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import soxr

from harness.agent.server.turn_detection import (
    VAD_RATE_HZ,
    Settings,
    TurnDetector,
    VadChange,
)
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm, from_float
from harness.protocol.items import AudioFormat
from harness.protocol.sound import samples_of
from harness.units import seconds_to_ms

_NOTHING = np.zeros(0, np.int16)
_KEPT_S = 60
"""Audio before that is forgotten while nobody speaks; a push-to-talk turn may be this long."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said in one turn, at 16 kHz, and where on the input clock it lies."""

    audio: Pcm
    start_ms: int
    end_ms: int


class CallerTurns(Protocol):
    """What finds turns in the caller's audio."""

    received: int
    """Samples received at the wire's rate since the session began."""

    @property
    def speaking(self) -> bool:
        """Whether a turn is in progress."""
        ...

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        ...

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        ...

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        ...

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock goes on."""
        ...

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Ask, where it matters, whether the words before this pause go on; None without any."""
        ...

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield what changed; raises ValueError on half a sample."""
        ...

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return the audio between two times of the input clock."""
        ...

    def take(self) -> Utterance:
        """Return everything appended since the last turn, and begin a new one."""
        ...

    def clear(self) -> None:
        """Forget what was appended; the input clock goes on."""
        ...

    def turn_taken(self, end_ms: int) -> None:
        """Forget the audio of a turn that the detector ended."""
        ...


FindsTurns: TypeAlias = Callable[[AudioFormat, Settings | None], CallerTurns]
"""Makes what finds the turns of one session; without settings, it is push to talk."""


class InputAudio:
    """Decodes, resamples and keeps the caller's audio, and asks the turn detector about it.

    ``detection`` None is push to talk: nothing is detected, ``take`` gives all that was appended.
    """

    def __init__(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        self.received = 0
        """Samples received at the wire's rate since the session began."""
        self._received_s = 0.0
        self._format = audio_format
        self._detector = TurnDetector(detection or Settings())
        self._detects = detection is not None
        self._resample = _resampler(audio_format)
        self._kept: deque[Int16Array] = deque()
        self._kept_from = self._kept_to = 0
        self._appended_since_take = 0

    @property
    def speaking(self) -> bool:
        """Whether a turn is in progress."""
        return self._detector.speaking

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        return seconds_to_ms(self._received_s)

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        return self._appended_since_take / self._format.rate_hz

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        return self._detector.settings.prefix_padding_ms

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock goes on."""
        if audio_format is not self._format:
            self._format = audio_format
            self._resample = _resampler(audio_format)
        self._detects = detection is not None
        if detection is None:
            self._detector.end_turn()
        else:
            self._detector.settings = detection

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Ask, where it matters, whether the words before this pause go on; None without any."""
        self._detector.heard(goes_on)

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield what changed; raises ValueError on half a sample."""
        samples = samples_of(wire, self._format)
        self.received += len(samples)
        self._received_s += len(samples) / self._format.rate_hz
        self._appended_since_take += len(samples)
        at_16k = self._at_16k(samples) if len(samples) else samples
        self._kept.append(at_16k)
        self._kept_to += len(at_16k)
        self._forget()
        if self._detects:
            yield from self._detector.feed(at_16k)

    def _at_16k(self, samples: Int16Array) -> Int16Array:
        # In float: with int16 soxr dithers with random numbers, and no two calls are alike.
        chunk = self._resample.resample_chunk(samples / FULL_SCALE)
        return from_float(chunk, VAD_RATE_HZ).samples

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return the kept audio between two times of the input clock."""
        first = max(self._kept_from, start_ms * VAD_RATE_HZ // 1000)
        last = self._kept_to
        if end_ms is not None:
            last = min(last, end_ms * VAD_RATE_HZ // 1000)
        kept = np.concatenate([_NOTHING, *self._kept])
        samples = kept[first - self._kept_from : max(first, last) - self._kept_from]
        ends = max(first, last) * 1000 // VAD_RATE_HZ
        return Utterance(Pcm(samples.copy(), VAD_RATE_HZ), first * 1000 // VAD_RATE_HZ, ends)

    def take(self) -> Utterance:
        """Return everything appended since the last turn, and begin a new one."""
        utterance = self.between(self._kept_from * 1000 // VAD_RATE_HZ)
        self.clear()
        return utterance

    def clear(self) -> None:
        """Forget what was appended; the input clock goes on."""
        self._kept_from = self._kept_to
        self._kept.clear()
        self._appended_since_take = 0
        self._detector.end_turn()

    def turn_taken(self, end_ms: int) -> None:
        """Forget the audio of a turn that the detector ended, but keep room for padding."""
        self._drop_before(end_ms * VAD_RATE_HZ // 1000 - VAD_RATE_HZ)
        self._appended_since_take = 0

    def _forget(self) -> None:
        if not self._detector.speaking:
            keep_s = 2 if self._detects else _KEPT_S
            self._drop_before(self._kept_to - keep_s * VAD_RATE_HZ)

    def _drop_before(self, sample: int) -> None:
        drop = sample - self._kept_from
        if drop <= VAD_RATE_HZ // 2:
            return
        self._kept_from = min(sample, self._kept_to)
        while self._kept and drop >= len(self._kept[0]):
            drop -= len(self._kept.popleft())
        if self._kept:
            self._kept[0] = self._kept[0][drop:]


def _resampler(audio_format: AudioFormat) -> soxr.ResampleStream:
    return soxr.ResampleStream(audio_format.rate_hz, VAD_RATE_HZ, 1, dtype="float64", quality="MQ")
