"""Separates answers by ids, and by audio if the server gives several answers the same name.

A service names every response anew. Others use the same id for all, or send audio without any
response event. Such an id is split: at the point at which it is created again after it has ended,
or, if it was never created, by its audio (``audio_turns``). The first stretch keeps the name, later
stretches are "name (2)" and so on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from harness.audio.activity import audible_spans
from harness.audio.pcm import Int16Array, Pcm
from harness.protocol.events import Interrupted
from harness.protocol.items import ContentKey
from harness.recording.model import GeneratedItem, PlayedSpan, Recording, UtteranceKind
from harness.recording.provenance import SourceKind
from harness.recording.tools import ToolRun
from harness.timeline.lookup import SpanLookup, next_after, next_from
from harness.timeline.model import Span

# Answers separated by their audio, if no event marks their beginning or end.
#
# Some vendors send a single track for the whole call, silence included, and no turn events. Then
# the two tracks decide: the agent's audio from a break to the next is an answer. A break is
#
# - a silence of ``ENDED_S``, whatever else happens;
# - a silence of ``PAUSE_S`` over which the caller's turn ended (or ended ``EARLY_S`` after it),
#   or a tool's result came: the audio that follows answers that;
# - any silence (``audio/activity.py`` bridges those inside words) in which a tool's result came;
# - a silence of ``GAVE_WAY_S`` while the caller spoke over the answer: the agent has given way;
# - a stop of playback, if the vendor reports it.
#
# This is an estimate, and reports mark it as an estimate. It cannot distinguish an agent that
# pauses after a caller's interruption and then continues from an agent that answers it; and two
# answers without ``PAUSE_S`` between them count as a single answer. Audio under ``AUDIBLE_DBFS`` is
# silence.
#
# Times are those at which audio plays at the caller's end if no other audio is queued there.

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
"""The rule and its limit, as text for readers."""

NEAR_S = 1.0
"""Words that come this near to two answers may belong to either."""


@dataclass(frozen=True, slots=True)
class AudioTurn:
    """One answer: its span, and when its first and last messages arrived."""

    span: Span
    first_s: float
    last_s: float

    def away_s(self, at_s: float) -> float:
        """Return how far from its arrival a moment lies; 0 within it."""
        return max(self.first_s - at_s, at_s - self.last_s, 0.0)


@dataclass(slots=True)
class _Stretch:
    """Chunks that play without a break: the first sample, and the arrival of each."""

    start: int
    chunks: list[Int16Array]
    stops: list[int]
    arrived_s: list[float]


def audio_turns(recording: Recording, names: Iterable[str]) -> Mapping[str, tuple[AudioTurn, ...]]:
    """Return the answers in the audio that came under each of the names, in order."""
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
    """Return the spans of caller speech that asks for an answer, in order."""
    rate_hz = recording.caller_clean.rate_hz
    return tuple(
        Span(said.voiced_start / rate_hz, said.voiced_stop / rate_hz)
        for said in recording.utterances
        if said.kind is UtteranceKind.SPEECH
        and said.voiced_start is not None
        and said.voiced_stop is not None
    )


class _Breaks:
    """The breaks that separate a call's answers."""

    def __init__(self, recording: Recording) -> None:
        dropped = (each.at_s for each in recording.events if isinstance(each.event, Interrupted))
        self.stops_s = sorted(dropped)
        """When the queue at the caller's end was dropped."""
        self._results_s = sorted(run.answered_s or run.requested_s for run in recording.tools)
        self._said = caller_turns(recording)
        self._places = SpanLookup((said.start_s, said.end_s) for said in self._said)

    def parted(self, turn: AudioTurn, sound: AudioTurn) -> bool:
        """Return whether a sound begins another answer than the answer before it."""
        if sound.first_s <= turn.last_s:
            return False  # the same message holds both
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
        """Yield caller speech since an answer began, or that was not over before its end."""
        for number in self._places.touching(turn.span.start_s, pause.end_s):
            said = self._said[number]
            later = said.start_s > turn.span.start_s or said.end_s >= pause.start_s
            if later and said.start_s < pause.end_s and said.end_s > turn.span.start_s:
                yield said


def _sounds(track: Pcm, breaks: _Breaks, chunks: list[_Chunk]) -> Iterator[AudioTurn]:
    """Yield the sounds of a name, pauses inside words bridged."""
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
    """Yield the audio of a name as a caller's end plays it: at once, or after queued audio."""
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


"""Response id, item id and content index."""

_Range: TypeAlias = tuple[int, int]
"""First sample and the sample after the last, of all audio generated under a key."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """The beginnings of the stretches of an id, in seconds on the recording clock."""

    begins_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ids shared by several answers: the beginning of the second, the third and so on."""
    heard: Mapping[str, tuple[AudioTurn, ...]] = field(default_factory=dict)
    """For ids without an event for their beginning: their answers, separated by audio."""

    def name(self, response_id: str, at_s: float) -> str:
        """Return the name of the answer that content of this id belongs to at a time."""
        return _nth(response_id, bisect_right(self.begins_s.get(response_id, ()), at_s))

    def whole(self, name: str) -> str:
        """Return the id that the server gave to the answer of that name."""
        before, parted, _ = name.rpartition(" (")
        return before if parted and before in self.begins_s else name

    def of_words(self, response_id: str, at_s: float) -> tuple[str, frozenset[str]]:
        """Return the answer that words of this time belong to, and other possible answers.

        If only audio separates the answers, words belong to the audio that arrives closest to them.
        """
        turns = self.heard.get(response_id, ())
        if not turns:
            return self.name(response_id, at_s), frozenset()
        # Answers arrive in sequence: the nearest is adjacent to the moment.
        beside = bisect_right(turns, at_s, key=lambda turn: turn.first_s)
        first = bisect_left(turns, at_s - 2 * NEAR_S, key=lambda turn: turn.last_s)
        last = bisect_right(turns, at_s + 2 * NEAR_S, key=lambda turn: turn.first_s)
        around = range(min(first, max(0, beside - 1)), min(len(turns), max(last, beside + 1)))
        away = sorted((turns[number].away_s(at_s), number) for number in around)
        near = frozenset(_nth(response_id, number) for far_s, number in away[1:] if far_s < NEAR_S)
        return _nth(response_id, away[0][1]), near


def _nth(response_id: str, number: int) -> str:
    return f"{response_id} ({number + 1})" if number else response_id


def episodes(recording: Recording, bounds: Iterable[tuple[float, str, bool]]) -> Episodes:
    """Return the ids that are shared by several answers.

    ``bounds`` are the beginnings (True) and ends of responses by their events, in order.
    """
    begun: dict[str, list[float]] = {}
    over: set[str] = set()
    for at_s, name, is_begin in bounds:
        times = begun.setdefault(name, [])
        if not is_begin:
            over.add(name)
        elif not times or name in over:
            times.append(at_s)
            over.discard(name)
    begins = {name: tuple(times[1:]) for name, times in begun.items() if len(times) > 1}
    names = dict.fromkeys(part.response_id for part in recording.generated)
    silent = () if _imported(recording) else [name for name in names if not begun.get(name)]
    heard = {name: turns for name, turns in audio_turns(recording, silent).items() if turns}
    for name, turns in heard.items():
        if len(turns) > 1:
            begins[name] = tuple(turn.first_s for turn in turns[1:])
    return Episodes(begins, heard)


def _imported(recording: Recording) -> bool:
    """Return whether the import already separated the answers."""
    origin = recording.manifest.origin
    return origin is not None and origin.kind not in (SourceKind.REALTIME, SourceKind.PERSON)


def told_apart(recording: Recording, found: Episodes) -> Recording:
    """Return the recording with a response id of its own for every answer.

    Silence between answers that only audio separates belongs to none of them.
    """
    if not found.begins_s and not found.heard:
        return recording
    ranges: dict[ContentKey, dict[str, _Range]] = {}
    counts: dict[ContentKey, int] = {}
    generated = tuple(
        part for whole in recording.generated for part in _parts(whole, counts, found, ranges)
    )
    said = caller_turns(recording)
    return replace(
        recording,
        generated=generated,
        played=tuple(_played(recording, ranges, found)),
        tools=tuple(replace(run, response_id=_maker(run, said, found)) for run in recording.tools),
    )


def _maker(run: ToolRun, said: tuple[Span, ...], found: Episodes) -> str | None:
    """Return the answer that made a tool call; None if unknown.

    Audio that the caller has replied to since made no call.
    """
    if run.response_id is None or run.response_id not in found.heard:
        return run.response_id and found.name(run.response_id, run.requested_s)
    turns = found.heard[run.response_id]
    begun = bisect_right(turns, run.requested_s, key=lambda turn: turn.first_s)
    if not begun:
        return None
    since_s = turns[begun - 1].span.start_s
    replied = any(since_s < each.start_s and each.end_s <= run.requested_s for each in said)
    return None if replied else _nth(run.response_id, begun - 1)


def _parts(
    whole: GeneratedItem,
    counts: dict[ContentKey, int],
    found: Episodes,
    ranges: dict[ContentKey, dict[str, _Range]],
) -> Iterator[GeneratedItem]:
    """Yield the generated parts of each answer, and note their ranges.

    Parts of the same key follow each other: an id may come again. ``counts`` is how many samples
    came of each.
    """
    chunks: dict[str, list[tuple[float, int, int]]] = {}
    own = ranges.setdefault(whole.key, {})
    at = counts.get(whole.key, 0)
    for chunk in whole.chunks:
        name = _answer_of(whole.response_id, chunk[0], found)
        if name is not None:
            chunks.setdefault(name, []).append(chunk)
            own[name] = (own.get(name, (at, at))[0], at + chunk[2])
        at += chunk[2]
    counts[whole.key] = at
    for name, of_name in chunks.items():
        yield replace(whole, response_id=name, chunks=tuple(of_name))


def _answer_of(response_id: str, at_s: float, found: Episodes) -> str | None:
    """Return the answer that audio with this arrival time belongs to; None for silence between."""
    if response_id not in found.heard:
        return found.name(response_id, at_s)
    turns = found.heard[response_id]
    number = bisect_left(turns, at_s, key=lambda turn: turn.last_s)
    within = number < len(turns) and turns[number].first_s <= at_s
    return _nth(response_id, number) if within else None


def _played(
    recording: Recording, ranges: Mapping[ContentKey, Mapping[str, _Range]], found: Episodes
) -> Iterator[PlayedSpan]:
    """Yield the played runs, cut at the borders between the audio of two answers.

    A recorder either continues the sample count of an id through all its answers, or begins anew;
    then the time at which a run was played identifies the answer.
    """
    runs: dict[ContentKey, list[PlayedSpan]] = {key: [] for key in ranges}
    for run in recording.played:
        runs.setdefault(run.key, []).append(run)
    counted = {key: _counts_on(runs[key]) for key in ranges}
    places = {key: SpanLookup(own.values()) for key, own in ranges.items()}
    for run in recording.played:
        own = ranges.get(run.key, {})
        heard = run.response_id in found.heard
        if own and counted[run.key] and (heard or len(own) > 1):
            yield from _cut(run, own, places[run.key])
        elif len(own) > 1:
            at_s = run.start / recording.agent.rate_hz
            yield replace(run, response_id=found.name(run.response_id, at_s))
        elif own or not heard:
            yield replace(run, response_id=next(iter(own), run.response_id))


def _counts_on(runs: list[PlayedSpan]) -> bool:
    return all(
        before.item_start + before.samples <= after.item_start for before, after in pairwise(runs)
    )


def _cut(run: PlayedSpan, own: Mapping[str, _Range], places: SpanLookup) -> Iterator[PlayedSpan]:
    """Yield the pieces of a run that belong to answers."""
    ranges = tuple(own.items())
    for number in places.touching(run.item_start, run.item_start + run.samples):
        name, (first, last) = ranges[number]
        begin, stop = max(first, run.item_start), min(last, run.item_start + run.samples)
        if begin < stop:
            yield replace(
                run,
                response_id=name,
                item_start=begin - first,
                start=run.start + begin - run.item_start,
                samples=stop - begin,
            )
