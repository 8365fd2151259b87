"""Somebody near the caller who talks: which sentence is heard when, frame by frame, with a seed.

Words are whole: of a burst's time as many sentences are said as fit, and at least one. Without
bursts they come one after the other, with the pauses of somebody who talks to a third.
"""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import Int16Array
from harness.caller.model import SecondTalk
from harness.recording.caller import OtherSpeech
from harness.units import RATE_HZ

_PAUSES_S = (0.3, 1.5)
_BREATH_S = (0.15, 0.4)
"""Between sentences of one burst."""


class SecondTalker:
    """Takes the frames in order; the schedule does not depend on their length."""

    def __init__(self, talk: SecondTalk) -> None:
        self._talk = talk
        self._chance = np.random.default_rng([talk.seed, *b"pauses"])
        self._planned: list[tuple[int, int]] = []
        """First samples, and which sentence."""
        self._bursts = 0
        self._end = 0

    def at(self, start: int, count: int) -> Int16Array:
        """Return what is heard of them in a frame."""
        found = np.zeros(count, np.int16)
        while self._end < start + count:
            self._plan_more()
        for first, number in reversed(self._planned):
            sound = self._talk.sentences[number].samples
            if first + len(sound) <= start:
                break
            part = sound[max(0, start - first) : max(0, start + count - first)]
            offset = max(0, first - start)
            found[offset : offset + len(part)] = part
        return found

    def said(self, until: int) -> tuple[OtherSpeech, ...]:
        """Return what was said before a sample of the call, what was begun up to there."""
        found = []
        for first, number in self._planned:
            sentence = self._talk.sentences[number]
            if first < until:
                heard = min(len(sentence.samples), until - first)
                found.append(OtherSpeech(first, heard, sentence.text))
        return tuple(found)

    def _plan_more(self) -> None:
        """Plan the next sentence, or all those of the next burst; ``_end`` is known after it."""
        if self._talk.bursts is None:
            self._say(self._end + self._wait(_PAUSES_S))
            return
        first = max(self._end, self._talk.bursts.first(self._bursts))
        last = first + self._talk.bursts.length
        self._bursts += 1
        self._say(first)
        while (next_ := self._end + self._wait(_BREATH_S)) + self._length() <= last:
            self._say(next_)
        self._end = max(self._end, self._bursts * self._talk.bursts.period)

    def _say(self, first: int) -> None:
        self._end = first + self._length()
        self._planned.append((first, len(self._planned) % len(self._talk.sentences)))

    def _length(self) -> int:
        """Return how long the next sentence is."""
        place = len(self._planned) % len(self._talk.sentences)
        return len(self._talk.sentences[place].samples)

    def _wait(self, between_s: tuple[float, float]) -> int:
        return round(self._chance.uniform(*between_s) * RATE_HZ)
