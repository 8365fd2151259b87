"""What the caller has HEARD: a playback model of agent audio that arrives faster than it plays.

Time and samples. Sample ``n`` of the agent track sounds from ``n / rate`` to ``(n + 1) / rate``.
Audio that arrives at ``t`` begins at sample ``ceil(t * rate)``, or right behind the audio that is
still queued. At ``t`` the samples below ``floor(t * rate)`` have been heard, each to its end: a
flush keeps these and drops the rest, so nothing is ever claimed that was not heard. Both roundings
forgive a millionth of a sample, so that times which are meant to be whole samples are.

Pure: every method takes the time, and times must not run backwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from harness.audio.pcm import Int16Array
from harness.recording.model import PlayedSpan
from harness.units import RATE_HZ

AUDIBLE_LEVEL = 328
"""Smallest absolute sample value that counts as audible: 1 % of full scale (-40 dBFS peak)."""

_FORGIVEN = 1e-6
ContentKey: TypeAlias = tuple[str, int]
"""Item id and content index."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """One content part that a flush cut: how much of it was heard before."""

    item_id: str
    content_index: int
    response_id: str
    heard_samples: int

    def audio_end_ms(self, rate_hz: int = RATE_HZ) -> int:
        """Return what was heard in the whole milliseconds of the wire, never more than that."""
        return self.heard_samples * 1000 // rate_hz


@dataclass(slots=True)
class _Run:
    """Samples of one content part that play without a break from track sample ``start`` on."""

    key: ContentKey
    response_id: str
    item_start: int
    start: int
    samples: Int16Array
    audible_at: int | None

    @property
    def stop(self) -> int:
        return self.start + len(self.samples)


class Playout:
    """The caller's loudspeaker for one call."""

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self.rate_hz = rate_hz
        self._runs: list[_Run] = []
        self._arrived: dict[ContentKey, int] = {}
        self._blocked: set[str] = set()
        self._taken = 0
        self._taken_run = 0
        self._told = 0

    def arrived(
        self, at_s: float, key: ContentKey, *, response_id: str, samples: Int16Array
    ) -> bool:
        """Queue agent audio; return False if it belongs to a flushed response and stays unheard."""
        item_start = self._arrived.get(key, 0)
        self._arrived[key] = item_start + len(samples)
        if response_id in self._blocked or not len(samples):
            return False
        start = max(self._first_sample(at_s), self._runs[-1].stop if self._runs else 0)
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= AUDIBLE_LEVEL)
        audible_at = start + int(loud[0]) if len(loud) else None
        self._runs.append(_Run(key, response_id, item_start, start, samples, audible_at))
        return True

    def flush(
        self,
        at_s: float,
        *,
        open_responses: frozenset[str] = frozenset(),
        complete: frozenset[ContentKey] = frozenset(),
    ) -> list[Unheard]:
        """Stop at once; return the parts that were not heard to their end, in playing order.

        That includes parts of ``open_responses`` that played dry but are not ``complete``: more of
        them was on its way. Audio of the cut and of the open responses is dropped from now on.
        """
        now = self._heard_until(at_s)
        cut: dict[ContentKey, str] = {
            run.key: run.response_id
            for run in self._runs
            if run.stop > now or (run.response_id in open_responses and run.key not in complete)
        }
        self._blocked.update(cut.values(), open_responses)
        self._runs = [self._shortened(run, now) for run in self._runs if run.start < now]
        return [
            Unheard(*key, response_id, self._heard(key, now)) for key, response_id in cut.items()
        ]

    def heard_samples(self, key: ContentKey, at_s: float) -> int:
        """Return how many samples of a content part have been heard."""
        return self._heard(key, self._heard_until(at_s))

    def arrived_samples(self, key: ContentKey) -> int:
        """Return how many samples of a content part were generated, heard or not."""
        return self._arrived.get(key, 0)

    def playing_at(self, at_s: float) -> bool:
        """Return True while queued audio is not yet heard to its end."""
        return bool(self._runs) and self._runs[-1].stop > self._heard_until(at_s)

    def first_audible_s(
        self, response_id: str, at_s: float, *, after_s: float = 0.0
    ) -> float | None:
        """Return when the caller first heard something of a response after ``after_s``.

        None if not yet. A run of audio that began before and goes on counts from ``after_s``.
        """
        now = self._heard_until(at_s)
        for run in self._runs:
            if run.response_id != response_id or run.audible_at is None:
                continue
            if run.stop / self.rate_hz > after_s:
                first_s = max(run.audible_at / self.rate_hz, after_s)
                return first_s if run.audible_at < now and first_s <= at_s else None
        return None

    def last_heard_s(self, at_s: float) -> float | None:
        """Return when the last audio heard so far ended: ``at_s`` itself while it plays."""
        now = self._heard_until(at_s)
        stops = [min(run.stop, now) for run in self._runs[-2:] if run.start < now]
        return max(stops) / self.rate_hz if stops else None

    def take(self, at_s: float) -> Int16Array:
        """Return the track as heard since the last take, silence where nothing played."""
        first, stop = self._taken, max(self._taken, self._heard_until(at_s))
        track = np.zeros(stop - first, np.int16)
        while self._taken_run < len(self._runs) and self._runs[self._taken_run].stop <= first:
            self._taken_run += 1
        for run in self._runs[self._taken_run :]:
            begin, end = max(run.start, first), min(run.stop, stop)
            if begin < end:
                track[begin - first : end - first] = run.samples[
                    begin - run.start : end - run.start
                ]
        self._taken = stop
        return track

    def ended(self, at_s: float) -> tuple[PlayedSpan, ...]:
        """Return what was heard to its end by ``at_s`` and was not returned before.

        Unbroken runs are joined, so what still plays is left out, and what may yet be continued.
        ``at_s`` may lie behind the times of other calls.
        """
        now = self._heard_until(at_s)
        runs = self._runs[self._told :]
        borders = [
            place
            for place, run in enumerate(runs, start=1)
            if run.stop < now and not (place < len(runs) and _continues(run, runs[place]))
        ]
        return self._tell(borders[-1] if borders else 0)

    def finish(self, at_s: float) -> tuple[PlayedSpan, ...]:
        """Hang up: drop what is unheard, and return all that ``ended`` has not returned."""
        self.flush(at_s)
        return self._tell(len(self._runs) - self._told)

    def _tell(self, count: int) -> tuple[PlayedSpan, ...]:
        """Return the next so many runs, unbroken ones joined."""
        spans: list[PlayedSpan] = []
        before: _Run | None = None
        for run in self._runs[self._told : self._told + count]:
            if before is not None and _continues(before, run):
                spans[-1] = replace(spans[-1], samples=spans[-1].samples + len(run.samples))
            else:
                key, samples = run.key, len(run.samples)
                spans.append(PlayedSpan(*key, run.response_id, run.item_start, run.start, samples))
            before = run
        self._told += count
        return tuple(spans)

    def _first_sample(self, at_s: float) -> int:
        return max(0, math.ceil(at_s * self.rate_hz - _FORGIVEN))

    def _heard_until(self, at_s: float) -> int:
        return max(0, math.floor(at_s * self.rate_hz + _FORGIVEN))

    def _heard(self, key: ContentKey, now: int) -> int:
        return sum(max(0, min(run.stop, now) - run.start) for run in self._runs if run.key == key)

    def _shortened(self, run: _Run, now: int) -> _Run:
        if run.stop > now:
            run.samples = run.samples[: now - run.start]
            if run.audible_at is not None and run.audible_at >= now:
                run.audible_at = None
        return run


def _continues(last: _Run, run: _Run) -> bool:
    return (
        last.key == run.key
        and last.response_id == run.response_id
        and last.stop == run.start
        and last.item_start + len(last.samples) == run.item_start
    )
