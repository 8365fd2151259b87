"""What a scripted caller puts on the line: a clip per turn and answer, and the bed under it all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.audio.pcm import Int16Array, Pcm


@dataclass(frozen=True, slots=True)
class Clip:
    """One caller turn as audio at 24 kHz, before the call's noise bed is mixed in.

    ``audio`` is what is played and ``clean`` its speech alone (digital silence for noise and
    silence turns); both have the same length. ``voiced_start``/``voiced_stop`` bound the voiced
    samples of ``clean`` (first, one past the last; None without speech); silence around them is
    not part of the turn's timing. ``text``, ``spoken`` and ``intended`` are as in
    ``recording.model.CallerUtterance``.
    """

    audio: Pcm
    clean: Pcm
    text: str
    spoken: str
    intended: str
    voiced_start: int | None
    voiced_stop: int | None
    cut_off: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bed:
    """The noise under a whole call, pauses included; repeats when a call outlasts it."""

    name: str
    samples: Int16Array

    def at(self, start: int, count: int) -> Int16Array:
        """Return ``count`` samples of the bed from sample ``start`` of the call on."""
        first = start % len(self.samples)
        parts = [self.samples[first : first + count]]
        while (missing := count - sum(len(part) for part in parts)) > 0:
            parts.append(self.samples[:missing])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class CallerScript:
    """Everything the caller may say in one call: same inputs and seed, same bytes.

    ``turns`` and ``answers`` are in the scenario's order, one clip each.
    """

    turns: tuple[Clip, ...]
    answers: tuple[Clip, ...]
    bed: Bed | None
    engines: dict[str, str]
    """Role to engine name and version, for the manifest."""
