"""The playback model: which agent audio the caller has heard, and what is still queued.

Time and samples. Sample ``n`` of the agent track sounds from ``n / rate`` to ``(n + 1) / rate``.
Audio that arrives at ``t`` begins at sample ``ceil(t * rate)``, or right after the audio that is
still queued. At ``t`` the samples below ``floor(t * rate)`` have been heard, each to its end: a
flush keeps these and drops the rest, so audio that was not heard never counts as heard. Both
roundings forgive a millionth of a sample, so that times which are meant to be whole samples are.

Pure: every method takes the time, and times must not run backwards. A service may send minutes of
audio at once, in thousands of pieces, and some methods are called for every frame: these look only
at pieces that are new since the last call (except for a binary search).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

import numpy as np

from harness.audio.activity import audible_places
from harness.audio.pcm import Int16Array
from harness.protocol.items import ContentKey
from harness.recording.model import CLICK_S, PlayedSpan
from harness.units import FRAME_S, RATE_HZ

# Queued agent audio: runs without a break, each of a single content part.


@dataclass(slots=True)
class QueuedRun:
    """Samples of a content part that play without a break, track samples ``start`` to ``stop``.

    The samples themselves are released once they are taken.
    """

    key: ContentKey
    item_start: int
    start: int
    stop: int
    before: int
    """Samples of the part that play before this run."""
    samples: Int16Array
    audible_at: int | None
    audible_stop: int
    """The sample after the last audible sample; ``start`` if there is none."""
    counts_to: int
    """Up to where this run, or the run before it, keeps the caller listening."""


def begun_by(runs: list[QueuedRun], now: int) -> int:
    """Return how many runs, in playing order, have begun before track sample ``now``."""
    return bisect_left(runs, now, key=lambda run: run.start)


# Audio heard to its end, for the recording: each span is reported once, unbroken runs as one span.


class PlayedSpans:
    """Reads the runs of a call, which its ``Playout`` adds to and cuts at their end."""

    def __init__(self, runs: list[QueuedRun]) -> None:
        self._runs = runs
        self._told = 0
        self._looked = 0
        """Runs before this index are over, and the search for the ends of unbroken runs has passed
        them."""

    def ended(self, now: int) -> tuple[PlayedSpan, ...]:
        """Return spans that ended before track sample ``now`` and were not returned before.

        Spans that may still be continued are left out.
        """
        if not self.ends_by(now):
            return ()
        runs, border = self._runs, self._told
        while self._looked < len(runs) and runs[self._looked].stop < now:
            after = self._looked + 1
            if after == len(runs):
                border = after  # not passed: audio that continues here must still be examined
                break
            if not _continues(runs[self._looked], runs[after]):
                border = after
            self._looked = after
        return self._tell(border - self._told)

    def ends_by(self, now: int) -> bool:
        """Return whether ``ended`` may have spans that it has not returned yet."""
        runs, looked = self._runs, self._looked
        if looked == len(runs) or self._told == len(runs):
            return False
        return runs[looked].stop < now

    def rest(self) -> tuple[PlayedSpan, ...]:
        """Return all spans that ``ended`` has not returned."""
        return self._tell(len(self._runs) - self._told)

    def _tell(self, count: int) -> tuple[PlayedSpan, ...]:
        """Return the next ``count`` runs, unbroken runs joined."""
        spans: list[PlayedSpan] = []
        before: QueuedRun | None = None
        for run in self._runs[self._told : self._told + count]:
            length = run.stop - run.start
            if before is not None and _continues(before, run):
                spans[-1] = replace(spans[-1], samples=spans[-1].samples + length)
            else:
                response_id, item_id, index = run.key
                spans.append(
                    PlayedSpan(item_id, index, response_id, run.item_start, run.start, length)
                )
            before = run
        self._told += count
        return tuple(spans)


def _continues(last: QueuedRun, run: QueuedRun) -> bool:
    return (
        last.key == run.key
        and last.stop == run.start
        and last.item_start + last.stop - last.start == run.item_start
    )


_FORGIVEN = 1e-6
_LOOKED_AT = 64
"""Number of pieces to examine for how long playback continues."""
_NOTHING = np.zeros(0, np.int16)
_SILENCE = np.zeros(round(FRAME_S * RATE_HZ), np.int16)
_SILENCE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A content part that a flush cut: how much of it was heard before."""

    item_id: str
    content_index: int
    response_id: str
    heard_samples: int

    def audio_end_ms(self, rate_hz: int = RATE_HZ) -> int:
        """Return the heard length in the whole milliseconds of the wire, rounded down."""
        return self.heard_samples * 1000 // rate_hz


@dataclass(slots=True)
class _ResponseSound:
    """The audio of a response: its parts, and its runs that contain audible audio."""

    parts: dict[ContentKey, list[QueuedRun]] = field(default_factory=dict)
    generated: dict[ContentKey, int] = field(default_factory=dict)
    audible: list[QueuedRun] = field(default_factory=list)
    blocked: bool = False


class Playout:
    """The caller's loudspeaker for one call."""

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self.rate_hz = rate_hz
        self._runs: list[QueuedRun] = []
        self._responses: dict[str, _ResponseSound] = {}
        self._taken = 0
        self._taken_run = 0
        self._counts_to = 0
        self._spans = PlayedSpans(self._runs)

    def begin(self, response_id: str) -> None:
        """Note a new response; it is independent of an earlier response with the same id."""
        self._responses.pop(response_id, None)

    def arrived(
        self, at_s: float, key: ContentKey, samples: Int16Array, *, told: bool = True
    ) -> bool:
        """Queue agent audio; return False if it belongs to a flushed response and stays unheard.

        ``told`` means that the response's beginning and end are announced. Otherwise long silence
        may follow: the agent counts as playing up to its last audible sample.
        """
        response = self._responses.setdefault(key.response_id, _ResponseSound())
        item_start = response.generated.get(key, 0)
        response.generated[key] = item_start + len(samples)
        if response.blocked or not len(samples):
            return False
        queued = self._runs[-1].stop if self._runs else 0
        # A message may be processed later than it arrived: audio taken by then is over.
        start = max(self._first_sample(at_s), queued, self._taken)
        loud = audible_places(samples, self.rate_hz)
        audible_at = start + int(loud[0]) if len(loud) else None
        audible_stop = start + int(loud[-1]) + 1 if len(loud) else start
        stop = start + len(samples)
        sounds_to = stop if told else start + int(loud[-1]) + 1 if len(loud) else 0
        self._counts_to = max(self._counts_to, sounds_to)
        part = response.parts.setdefault(key, [])
        before = part[-1].before + part[-1].stop - part[-1].start if part else 0
        run = QueuedRun(
            key, item_start, start, stop, before, samples, audible_at, audible_stop, self._counts_to
        )
        self._runs.append(run)
        part.append(run)
        if audible_at is not None:
            response.audible.append(run)
        return True

    def is_stopped(self, response_id: str) -> bool:
        """Return True if a flush dropped a response, and drops the rest of it."""
        response = self._responses.get(response_id)
        return response is not None and response.blocked

    def flush(
        self,
        at_s: float,
        *,
        open_responses: frozenset[str] = frozenset(),
        complete: frozenset[ContentKey] = frozenset(),
    ) -> list[Unheard]:
        """Stop at once; return the parts that were not heard to their end, in playing order.

        That includes parts of ``open_responses`` that ran out of audio but are not ``complete``:
        more audio was on its way. Audio of the cut and of the open responses is dropped from now
        on.
        """
        now = max(self._taken, self._heard_until(at_s))
        dry = {
            key: part[0].start
            for name in open_responses
            if name in self._responses and not self._responses[name].blocked
            for key, part in self._responses[name].parts.items()
            if part and key not in complete
        }
        cut = {**self._cut_off(now), **dry}
        for name in (*(key.response_id for key in cut), *open_responses):
            self._responses.setdefault(name, _ResponseSound()).blocked = True
        return [
            Unheard(key.item_id, key.content_index, key.response_id, self._heard(key, now))
            for key in sorted(cut, key=lambda key: cut[key])
        ]

    def heard_samples(self, key: ContentKey, at_s: float) -> int:
        """Return how many samples of a content part have been heard."""
        return self._heard(key, self._heard_until(at_s))

    def arrived_samples(self, key: ContentKey) -> int:
        """Return how many samples of a content part were generated, heard or not."""
        response = self._responses.get(key.response_id)
        return response.generated.get(key, 0) if response is not None else 0

    def arrived_parts(self, response_id: str) -> dict[ContentKey, int]:
        """Return how many samples of each part of a response were generated so far."""
        response = self._responses.get(response_id)
        return {} if response is None else dict(response.generated)

    def playing_at(self, at_s: float) -> bool:
        """Return True while queued audio is not yet heard to its end.

        For an unannounced response, the end is its last audible sample.
        """
        return self._counts_to > self._heard_until(at_s)

    def sounds_at(self, at_s: float) -> bool:
        """Return True within a run that plays; False may be either.

        Faster than ``playing_at`` and ``last_heard_s``; it is true only if the first is true and
        the second returns "now".
        """
        if self._taken_run == len(self._runs):
            return False
        now, run = self._heard_until(at_s), self._runs[self._taken_run]
        return run.start < now < run.stop and now <= run.counts_to

    def sounds_until_s(self, at_s: float) -> float | None:
        """Return until when playback continues without a break; None if no audio plays.

        It may continue for longer: only a limited number of pieces is examined.
        """
        now = self._heard_until(at_s)
        place = begun_by(self._runs, now + 1) - 1
        if place < 0 or self._runs[place].stop <= now:
            return None
        run = self._runs[place]
        for after in self._runs[place + 1 : place + _LOOKED_AT]:
            if after.start != run.stop:
                break
            run = after
        return min(run.stop, run.counts_to) / self.rate_hz

    def first_audible_s(
        self, response_id: str, at_s: float, *, after_s: float = 0.0
    ) -> float | None:
        """Return when the caller first heard audio of a response after ``after_s``.

        None if not yet. A run of audio that began before and continues counts from ``after_s``.
        """
        response = self._responses.get(response_id)
        if response is None:
            return None
        at = bisect_right(response.audible, after_s, key=lambda run: run.stop / self.rate_hz)
        run = response.audible[at] if at < len(response.audible) else None
        if run is None or run.audible_at is None:
            return None
        if self._is_click(response.audible[at:]):
            return None
        first_s = max(run.audible_at / self.rate_hz, after_s)
        return first_s if first_s < self._heard_until(at_s) / self.rate_hz else None

    def holds_speech(self, response_id: str, *, after_s: float) -> bool:
        """Return whether more than a click of a response was queued to play after ``after_s``."""
        response = self._responses.get(response_id, _ResponseSound())
        at = bisect_right(response.audible, after_s, key=lambda run: run.stop / self.rate_hz)
        return at < len(response.audible) and not self._is_click(response.audible[at:])

    def _is_click(self, runs: list[QueuedRun]) -> bool:
        """Return whether the audible part of a response is too short for a syllable so far."""
        last = max(run.audible_stop for run in runs[:_LOOKED_AT])
        return last - (runs[0].audible_at or 0) < CLICK_S * self.rate_hz

    def last_heard_s(self, at_s: float) -> float | None:
        """Return when the last audio heard so far ended: ``at_s`` itself while it plays.

        None if no audio was heard. Silence of an unannounced response is not audio.
        """
        now = self._heard_until(at_s)
        begun = begun_by(self._runs, now)
        last = min(self._runs[begun - 1].counts_to, now) if begun else 0
        return last / self.rate_hz if last else None

    def take(self, at_s: float) -> Int16Array:
        """Return the track as heard since the last take, silence if no audio played."""
        first, stop = self._taken, max(self._taken, self._heard_until(at_s))
        place = self._taken_run
        run = self._runs[place] if place < len(self._runs) else None
        if run is None or run.start >= stop:
            self._taken = stop
            return _SILENCE if stop - first == len(_SILENCE) else np.zeros(stop - first, np.int16)
        if run.start <= first and stop < run.stop:
            self._taken = stop
            return run.samples[first - run.start : stop - run.start]
        track = np.zeros(stop - first, np.int16)
        while place < len(self._runs) and self._runs[place].start < stop:
            run = self._runs[place]
            begin, end = max(run.start, first), min(run.stop, stop)
            if begin < end:
                track[begin - first : end - first] = run.samples[
                    begin - run.start : end - run.start
                ]
            if run.stop > stop:
                break
            run.samples = _NOTHING
            place += 1
        self._taken, self._taken_run = stop, place
        return track

    def ended(self, at_s: float) -> tuple[PlayedSpan, ...]:
        """Return spans heard to their end by ``at_s`` that were not returned before.

        Unbroken runs are joined, so a run that still plays, or may still be continued, is left out.
        ``at_s`` may be earlier than the times of other calls.
        """
        return self._spans.ended(self._heard_until(at_s))

    def ends_by(self, at_s: float) -> bool:
        """Return whether ``ended`` may have spans that it has not returned yet."""
        return self._spans.ends_by(self._heard_until(at_s))

    def finish(self, at_s: float) -> tuple[PlayedSpan, ...]:
        """Hang up: drop unheard audio, and return all spans that ``ended`` has not returned."""
        self.flush(at_s)
        return self._spans.rest()

    def _first_sample(self, at_s: float) -> int:
        return max(0, math.ceil(at_s * self.rate_hz - _FORGIVEN))

    def _heard_until(self, at_s: float) -> int:
        return max(0, math.floor(at_s * self.rate_hz + _FORGIVEN))

    def _heard(self, key: ContentKey, now: int) -> int:
        response = self._responses.get(key.response_id)
        part = response.parts.get(key, []) if response is not None else []
        begun = begun_by(part, now)
        if not begun:
            return 0
        run = part[begun - 1]
        return run.before + min(run.stop, now) - run.start

    def _cut_off(self, now: int) -> dict[ContentKey, int]:
        """Drop runs from ``now`` on, shorten the playing run; return the keys that were cut."""
        cut: dict[ContentKey, int] = {}
        while self._runs and self._runs[-1].stop > now:
            run = self._runs.pop()
            cut[run.key] = run.start
            self._forget(run, now)
            if run.start < now:
                run.stop, run.samples = now, run.samples[: now - run.start]
                run.counts_to = min(run.counts_to, now)
                run.audible_stop = min(run.audible_stop, now)
                self._runs.append(run)
        self._counts_to = min(self._counts_to, now)
        return cut

    def _forget(self, run: QueuedRun, now: int) -> None:
        """Subtract the part of the last run after ``now`` from its response's totals."""
        response = self._responses.get(run.key.response_id, _ResponseSound())
        if response.audible and response.audible[-1] is run and (run.audible_at or 0) >= now:
            response.audible.pop()
        part = response.parts.get(run.key)
        if part and part[-1] is run and run.start >= now:
            part.pop()
