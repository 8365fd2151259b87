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

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from harness.audio.activity import audible_spans
from harness.audio.pcm import Int16Array, Pcm
from harness.protocol.events import Interrupted
from harness.recording.caller import UtteranceKind
from harness.recording.model import Recording
from harness.timeline.model import Span

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


def audio_turns(recording: Recording, response_id: str) -> tuple[AudioTurn, ...]:
    """Return the answers in the sound that came under one name, in order."""
    turns: list[AudioTurn] = []
    for sound in _sounds(recording, response_id):
        if turns and not _parted(recording, turns[-1], sound):
            last = turns[-1]
            span = Span(last.span.start_s, sound.span.end_s)
            turns[-1] = replace(last, span=span, last_s=sound.last_s)
        else:
            turns.append(sound)
    return tuple(turns)


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


def _parted(recording: Recording, turn: AudioTurn, sound: AudioTurn) -> bool:
    """Return whether a sound begins another answer than the one before it."""
    if sound.first_s <= turn.last_s:
        return False  # one message holds both
    if any(turn.last_s < at_s <= sound.first_s for at_s in _stops_s(recording)):
        return True
    pause = Span(turn.span.end_s, sound.span.start_s)
    results = [run.answered_s or run.requested_s for run in recording.tools]
    if any(pause.start_s <= at_s < pause.end_s for at_s in results):
        return True
    if pause.duration_s < PAUSE_S or pause.duration_s >= ENDED_S:
        return pause.duration_s >= ENDED_S
    if any(turn.span.start_s < at_s <= pause.end_s for at_s in results):
        return True
    since = (
        said
        for said in caller_turns(recording)
        if said.start_s < pause.end_s
        and (said.start_s > turn.span.start_s or said.end_s >= pause.start_s)
        and said.end_s > turn.span.start_s
    )
    return any(
        said.end_s <= pause.end_s + EARLY_S
        or (said.end_s > pause.start_s and pause.duration_s >= GAVE_WAY_S)
        for said in since
    )


def _sounds(recording: Recording, response_id: str) -> Iterator[AudioTurn]:
    """Yield what sounds of a name, pauses inside words bridged."""
    rate_hz = recording.agent_generated.rate_hz
    for stretch in _stretches(recording, response_id):
        for start, stop in audible_spans(Pcm(np.concatenate(stretch.chunks), rate_hz)):
            first, last = np.searchsorted(stretch.stops, (start, stop - 1), side="right")
            yield AudioTurn(
                Span((stretch.start + start) / rate_hz, (stretch.start + stop) / rate_hz),
                stretch.arrived_s[first],
                stretch.arrived_s[last],
            )


def _stops_s(recording: Recording) -> list[float]:
    """Return when what was queued at the caller's end was dropped."""
    return [each.at_s for each in recording.events if isinstance(each.event, Interrupted)]


def _stretches(recording: Recording, response_id: str) -> Iterator[_Stretch]:
    """Yield the audio of a name as a caller's end plays it: at once, or behind what is queued."""
    track = recording.agent_generated
    chunks = sorted(
        chunk
        for part in recording.generated
        if part.response_id == response_id
        for chunk in part.chunks
    )
    stops_s = _stops_s(recording)
    stretch: _Stretch | None = None
    for arrived_s, first, samples in chunks:
        audio = track.samples[first : first + samples]
        queued_to = stretch.start + stretch.stops[-1] if stretch is not None else 0
        cut = stretch is not None and any(stretch.arrived_s[-1] < s <= arrived_s for s in stops_s)
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
