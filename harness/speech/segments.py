"""The stretches of speech in an audio track, cut at pauses, for a recognizer.

Long digital silence is skipped for free; the Silero voice activity model judges the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARS_RATE_HZ = 16_000
"""Rate of all audio in this module: the rate of the voice activity model and recognizers."""

_CHUNK = 512
"""Samples the voice activity model judges at a time: 32 ms."""

_PIECE = 2048 * _CHUNK
"""Samples that are processed together: places and copies of an hour at once are gigabytes."""

_SILENT = 16 / 32_768
"""Samples up to this value count as digital silence (codec residue included)."""

_ISLAND_GAP = EARS_RATE_HZ
"""Digital silence of a second separates two islands of audio."""

_SPEECH = 0.4
"""Probability from which on a chunk is speech."""

_MERGE_CHUNKS = 22
"""Pauses up to 0.7 s stay inside a stretch: people who spell pause between characters."""

_LEAD_CHUNKS, _TAIL_CHUNKS = 4, 5
"""The model reacts late and lets go early: widen by 0.13 s before and 0.16 s after."""

_LONGEST_CHUNKS = 625
"""20 s: past that the recognizer drops words, so longer stretches are cut at their best pause."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples ``start`` up to ``stop`` at 16 kHz hold speech."""

    start: int
    stop: int


def speech_stretches(samples: NDArray[np.float32]) -> tuple[Stretch, ...]:
    """Return the stretches of speech in mono float samples at 16 kHz, in order, not touching."""
    return tuple(part for island in _islands(samples) for part in _in_island(samples, island))


def _islands(samples: NDArray[np.float32]) -> Iterator[Stretch]:
    """Yield the parts between long digital silences."""
    start = last = -1
    for at in range(0, len(samples), _PIECE):
        loud = at + np.flatnonzero(np.abs(samples[at : at + _PIECE]) > _SILENT)
        if not len(loud):
            continue
        before = np.concatenate(([last if start >= 0 else loud[0]], loud[:-1]))
        start = int(loud[0]) if start < 0 else start
        for index in np.flatnonzero(loud - before > _ISLAND_GAP):
            yield Stretch(start, int(before[index]) + 1)
            start = int(loud[index])
        last = int(loud[-1])
    if start >= 0:
        yield Stretch(start, last + 1)


def _in_island(samples: NDArray[np.float32], island: Stretch) -> Iterator[Stretch]:
    probabilities = _probabilities(samples[island.start : island.stop])
    for first, last in _split_long(_runs(probabilities >= _SPEECH), probabilities):
        stop = island.start + (last + 1) * _CHUNK
        yield Stretch(island.start + first * _CHUNK, min(island.stop, stop))


def _probabilities(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the speech probability of every 32 ms chunk, the last one filled with silence."""
    from harness.speech.silero import SileroVoiceActivityDetector

    # A new detector for each island: the same audio always gives the same stretches.
    detector = SileroVoiceActivityDetector()
    found: list[float] = []
    for start in range(0, len(samples), _PIECE):
        part = samples[start : start + _PIECE]
        padded = np.pad(part, (0, -len(part) % _CHUNK))
        pcm = np.clip(np.rint(padded * 32_768), -32_768, 32_767).astype("<i2")
        found += [detector.process_chunk(chunk.tobytes()) for chunk in pcm.reshape(-1, _CHUNK)]
    return np.array(found, np.float64)


def _runs(speech: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, last) chunk of each run of speech, widened, short pauses bridged."""
    found = np.flatnonzero(speech)
    if not len(found):
        return []
    breaks = np.flatnonzero(np.diff(found) > _MERGE_CHUNKS)
    firsts = [int(found[0]), *(int(found[i + 1]) for i in breaks)]
    lasts = [*(int(found[i]) for i in breaks), int(found[-1])]
    end = len(speech) - 1
    return [
        (max(0, first - _LEAD_CHUNKS), min(end, last + _TAIL_CHUNKS))
        for first, last in zip(firsts, lasts, strict=True)
    ]


def _split_long(
    runs: list[tuple[int, int]], probabilities: NDArray[np.float64]
) -> Iterator[tuple[int, int]]:
    """Cut runs that are too long at the least speech-like half second of their second half."""
    for first, last in runs:
        start = first
        while last - start + 1 > _LONGEST_CHUNKS:
            low, high = start + _LONGEST_CHUNKS // 2, start + _LONGEST_CHUNKS
            calm = np.convolve(probabilities[low:high], np.ones(5), mode="same")
            cut = low + int(np.argmin(calm))
            yield start, cut - 1
            start = cut
        yield start, last
