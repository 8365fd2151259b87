"""The audio of a scripted caller: a clip per turn and answer, and the bed under them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.audio.codec import encode_base64
from harness.audio.pcm import FloatArray, Int16Array, Pcm
from harness.scenario.model import PhoneLine


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture that is sent to the agent; ``kind`` is its media type."""

    data: bytes
    kind: str
    detail: str | None = None

    @property
    def url(self) -> str:
        """The picture inside an address."""
        return f"data:{self.kind};base64,{encode_base64(self.data)}"


@dataclass(frozen=True, slots=True)
class Clip:
    """A caller turn as audio at 24 kHz, before the call's noise bed is mixed in.

    ``audio`` is played, and ``clean`` is its speech alone (digital silence for noise and silence
    turns); both have the same length. ``voiced_start``/``voiced_stop`` bound the voiced samples of
    ``clean`` (first, last + 1; None without speech); silence around them is not part of the turn's
    timing. ``text``, ``spoken`` and ``intended`` are as in ``recording.caller.CallerUtterance``.
    """

    audio: Pcm
    clean: Pcm
    text: str
    spoken: str
    intended: str
    voiced_start: int | None
    voiced_stop: int | None
    cut_off: bool = False
    pauses: tuple[tuple[int, int], ...] = ()
    """Samples of ``clean`` (first, last + 1) in which the caller pauses within the line."""
    file: str = ""
    """The author's file that it was made from, as the scenario names it; empty if there is none."""
    sha256: str = ""
    """Of that file."""
    item: Pcm | None = None
    """Audio that is sent in a single piece; no audio is on the line then."""
    picture: SentPicture | None = None


_EDGE = 480
"""Samples over which a burst fades in and out: 20 ms, so that no click is heard."""


@dataclass(frozen=True, slots=True)
class BurstTimes:
    """When a bed sounds: ``length`` samples in every ``period``, at a place from the seed."""

    period: int
    length: int
    seed: int

    def first(self, number: int) -> int:
        """Return the sample of the call at which a burst begins, counted from 0."""
        # A generator per burst: any place of the call can be computed without those before it.
        generator = np.random.default_rng([self.seed, number])
        # A burst ends within its period: two never overlap, and ``end`` looks at a single one.
        return number * self.period + int(generator.integers(0, self.period - self.length + 1))

    def before(self, until: int) -> Iterator[tuple[int, int]]:
        """Yield the bursts that begin before a sample: first sample, and samples up to there."""
        for number in range(until // self.period + 1):
            first = self.first(number)
            if first < until:
                yield first, min(self.length, until - first)

    def end(self, at: int) -> int:
        """Return the end of the burst that a sample lies in, and ``at`` if it lies in none."""
        first = self.first(at // self.period)
        return first + self.length if first <= at < first + self.length else at

    def gate(self, start: int, count: int) -> NDArray[np.float64]:
        """Return how much of the bed is heard at each sample, 0 to 1."""
        heard = np.zeros(count)
        places = np.arange(start, start + count)
        # A burst lies within its period, so only the periods that the stretch touches count.
        for number in range(start // self.period, (start + count - 1) // self.period + 1):
            first = self.first(number)
            # A burst shorter than two fades has none in full; at least 1, because it is a divisor.
            edge = max(1, min(_EDGE, self.length // 2))
            inside = np.minimum(places - first + 1, first + self.length - places) / edge
            heard = np.maximum(heard, np.clip(inside, 0.0, 1.0))
        return heard


@dataclass(frozen=True, slots=True, eq=False)
class Bed:
    """The noise under a whole call, pauses included; repeats when a call outlasts it."""

    name: str
    samples: Int16Array
    bursts: BurstTimes | None = None
    """None if it never stops."""

    def at(self, start: int, count: int) -> Int16Array:
        """Return ``count`` samples of the bed from sample ``start`` of the call on."""
        if self.bursts is None:
            return self._round(start, count)
        heard = self.bursts.gate(start, count)
        if not heard.any():
            return np.zeros(count, np.int16)
        return np.rint(self._round(start, count) * heard).astype(np.int16)

    def _round(self, start: int, count: int) -> Int16Array:
        first = start % len(self.samples)
        parts = [self.samples[first : first + count]]
        # In a loop, because a long turn may be longer than the bed.
        while (missing := count - sum(len(part) for part in parts)) > 0:
            parts.append(self.samples[:missing])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False)
class OtherSentence:
    """A sentence of a person other than the caller, as audio at its level."""

    text: str
    samples: Int16Array


@dataclass(frozen=True, slots=True)
class SecondTalk:
    """The sentences of a person near the caller, in this order, repeated."""

    sentences: tuple[OtherSentence, ...]
    bursts: BurstTimes | None
    """None for a person who talks all the time."""
    seed: int


@dataclass(frozen=True, slots=True)
class PhoneLinePlan:
    """The impairments of the line of a call; same plan, same samples."""

    wanted: PhoneLine
    dropouts: BurstTimes | None
    seed: int
    band: FloatArray | None = None
    """The sections of ``audio.band`` if the line has a band."""
    stalls: BurstTimes | None = None
    """When the network holds everything up."""


@dataclass(frozen=True, slots=True)
class CallerScript:
    """Everything the caller may say in one call: same inputs and seed, same bytes.

    ``turns`` and ``answers`` are in the scenario's order, a clip each.
    """

    turns: tuple[Clip, ...]
    answers: tuple[Clip, ...]
    bed: Bed | None
    engines: dict[str, str]
    """Role to engine name and version, for the manifest."""
    line: PhoneLinePlan | None = None
    """None if the line leaves the audio unchanged."""
    second_talk: SecondTalk | None = None
    """None if no other person talks."""
