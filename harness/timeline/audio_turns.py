"""Answers told apart by their sound, where nothing says when one begins or ends.

Some vendors send one track for the whole call, silence included, and no event of any turn. Then the
two tracks tell: what the agent says from one break to the next is one answer. A break is

- a silence of ``ENDED_S``, whatever else happens;
- a silence of ``PAUSE_S`` over which the caller's turn ended (or ended ``EARLY_S`` after it), or a
  tool's result came: what follows answers that;
- any silence (``audio/activity.py`` bridges those inside words) in which a tool's result came;
- a silence of ``GAVE_WAY_S`` while the caller spoke over the answer: the agent has given way;
- a stop of playback, where the vendor tells of one.

This is an estimate, and whoever shows it says so. It cannot tell an agent that pauses behind a
caller's interruption and then goes on from one that answers it; and an answer that is followed by
the next without ``PAUSE_S`` between them is one with it. Sound under ``AUDIBLE_DBFS`` is silence.

Times are those at which sound plays at the caller's end if nothing but this is queued there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from harness.audio.activity import audible_spans
from harness.audio.pcm import Int16Array, Pcm
from harness.protocol.events import Interrupted
from harness.recording.caller import UtteranceKind
from harness.recording.model import Recording
from harness.timeline.lookup import SpanLookup, next_after, next_from
from harness.timeline.model import Span

_Chunk: TypeAlias = tuple[float, int, int]
"""Arrival in seconds, first sample on the generated track, samples."""

PAUSE_S = 0.5
ENDED_S = 2.0
EARLY_S = 0.5
GAVE_WAY_S = 1.0

RULE = (
    "nothing told when an answer began or ended. One ends with "
    f"{ENDED_S:g} s of silence, or with {PAUSE_S:g} s in which the caller's turn ended or a tool's "
    "result came. An agent that pauses behind an interruption and then goes on cannot be told from "
    "one that answers it."
)
"""The rule and its limit, for people to read."""

NEAR_S = 1.0
"""Words that come this near to two answers may belong to either."""


@dataclass(frozen=True, slots=True)
class AudioTurn:
    """One answer: where it sounds, and when the first and the last message of it arrived."""

    span: Span
    first_s: float
    last_s: float

    def away_s(self, at_s: float) -> float:
        """Return how far from its arrival a moment lies; 0 within it."""
        return max(self.first_s - at_s, at_s - self.last_s, 0.0)


@dataclass(slots=True)
class _Stretch:
    """Chunks that play without a break: where they begin, and when each arrived."""

    start: int
    chunks: list[Int16Array]
    stops: list[int]
    arrived_s: list[float]


def audio_turns(recording: Recording, names: Iterable[str]) -> Mapping[str, tuple[AudioTurn, ...]]:
    """Return the answers in the sound that came under each of some names, in order."""
    chunks: dict[str, list[_Chunk]] = {name: [] for name in names}
    for part in recording.generated:
        if part.response_id in chunks:
            chunks[part.response_id].extend(part.chunks)
    breaks = _Breaks(recording)
    track = recording.agent_generated
    return {name: tuple(_turns(breaks, _sounds(track, breaks, chunks[name]))) for name in chunks}


def _turns(breaks: _Breaks, sounds: Iterable[AudioTurn]) -> list[AudioTurn]:
    turns: list[AudioTurn] = []
    for sound in sounds:
        if turns and not breaks.parted(turns[-1], sound):
            last = turns[-1]
            span = Span(last.span.start_s, sound.span.end_s)
            turns[-1] = replace(last, span=span, last_s=sound.last_s)
        else:
            turns.append(sound)
    return turns


def caller_turns(recording: Recording) -> tuple[Span, ...]:
    """Return where the caller spoke to be answered, in order."""
    rate_hz = recording.caller_clean.rate_hz
    return tuple(
        Span(said.voiced_start / rate_hz, said.voiced_stop / rate_hz)
        for said in recording.utterances
        if said.kind is UtteranceKind.SPEECH
        and said.voiced_start is not None
        and said.voiced_stop is not None
    )


class _Breaks:
    """What parts one answer of a call from the next."""

    def __init__(self, recording: Recording) -> None:
        dropped = (each.at_s for each in recording.events if isinstance(each.event, Interrupted))
        self.stops_s = sorted(dropped)
        """When what was queued at the caller's end was dropped."""
        self._results_s = sorted(run.answered_s or run.requested_s for run in recording.tools)
        self._said = caller_turns(recording)
        self._places = SpanLookup((said.start_s, said.end_s) for said in self._said)

    def parted(self, turn: AudioTurn, sound: AudioTurn) -> bool:
        """Return whether a sound begins another answer than the one before it."""
        if sound.first_s <= turn.last_s:
            return False  # one message holds both
        if next_after(self.stops_s, turn.last_s) <= sound.first_s:
            return True
        pause = Span(turn.span.end_s, sound.span.start_s)
        if next_from(self._results_s, pause.start_s) < pause.end_s:
            return True
        if pause.duration_s < PAUSE_S or pause.duration_s >= ENDED_S:
            return pause.duration_s >= ENDED_S
        if next_after(self._results_s, turn.span.start_s) <= pause.end_s:
            return True
        return any(
            said.end_s <= pause.end_s + EARLY_S
            or (said.end_s > pause.start_s and pause.duration_s >= GAVE_WAY_S)
            for said in self._since(turn, pause)
        )

    def _since(self, turn: AudioTurn, pause: Span) -> Iterator[Span]:
        """Yield what the caller said since an answer began, or that was not over before its end."""
        for number in self._places.touching(turn.span.start_s, pause.end_s):
            said = self._said[number]
            later = said.start_s > turn.span.start_s or said.end_s >= pause.start_s
            if later and said.start_s < pause.end_s and said.end_s > turn.span.start_s:
                yield said


def _sounds(track: Pcm, breaks: _Breaks, chunks: list[_Chunk]) -> Iterator[AudioTurn]:
    """Yield what sounds of a name, pauses inside words bridged."""
    rate_hz = track.rate_hz
    for stretch in _stretches(track, breaks, chunks):
        for start, stop in audible_spans(Pcm(np.concatenate(stretch.chunks), rate_hz)):
            first, last = np.searchsorted(stretch.stops, (start, stop - 1), side="right")
            yield AudioTurn(
                Span((stretch.start + start) / rate_hz, (stretch.start + stop) / rate_hz),
                stretch.arrived_s[first],
                stretch.arrived_s[last],
            )


def _stretches(track: Pcm, breaks: _Breaks, chunks: list[_Chunk]) -> Iterator[_Stretch]:
    """Yield the audio of a name as a caller's end plays it: at once, or behind what is queued."""
    stretch: _Stretch | None = None
    for arrived_s, first, samples in sorted(chunks):
        audio = track.samples[first : first + samples]
        queued_to = stretch.start + stretch.stops[-1] if stretch is not None else 0
        cut = stretch is not None and next_after(breaks.stops_s, stretch.arrived_s[-1]) <= arrived_s
        start = max(round(arrived_s * track.rate_hz), 0 if cut else queued_to)
        if stretch is None or start > queued_to or cut:
            if stretch is not None:
                yield stretch
            stretch = _Stretch(start, [], [], [])
        stretch.chunks.append(audio)
        stretch.stops.append((stretch.stops[-1] if stretch.stops else 0) + samples)
        stretch.arrived_s.append(arrived_s)
    if stretch is not None:
        yield stretch
