"""Telling answers apart that a server gives one name: ids that return, or that never began.

A service names every response anew. Others use one id for all, or send audio without any response
event. Such an id is split: where it is created again after it has ended, or, where it was never
created, by its sound (``audio_turns``). The first stretch keeps the name, later ones are
"name (2)" and so on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from harness.recording.agent_sound import GeneratedItem, PlayedSpan
from harness.recording.model import Recording
from harness.recording.provenance import SourceKind
from harness.recording.tools import ToolRun
from harness.timeline.audio_turns import NEAR_S, AudioTurn, audio_turns, caller_turns
from harness.timeline.lookup import SpanLookup
from harness.timeline.model import Span

_Key: TypeAlias = tuple[str, str, int]
"""Response id, item id and content index."""

_Range: TypeAlias = tuple[int, int]
"""First sample and one past the last, of all that was generated under one key."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Where the stretches of an id begin, in seconds on the recording clock."""

    begins_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ids that stand for several answers: the beginning of the second, the third and so on."""
    heard: Mapping[str, tuple[AudioTurn, ...]] = field(default_factory=dict)
    """For ids of which no event tells when they began: their answers by their sound."""

    def name(self, response_id: str, at_s: float) -> str:
        """Return the name of the answer to which something of that id belongs at a time."""
        return _nth(response_id, bisect_right(self.begins_s.get(response_id, ()), at_s))

    def whole(self, name: str) -> str:
        """Return the id that the server gave to the answer of that name."""
        before, parted, _ = name.rpartition(" (")
        return before if parted and before in self.begins_s else name

    def of_words(self, response_id: str, at_s: float) -> tuple[str, frozenset[str]]:
        """Return the answer that words belong to which came at a time, and others that they may.

        Where sound alone tells answers apart, words belong to what arrives next to them.
        """
        turns = self.heard.get(response_id, ())
        if not turns:
            return self.name(response_id, at_s), frozenset()
        # Answers arrive one after the other: the nearest lies beside the moment.
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
    """Return which ids stand for several answers.

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
    """Return whether the answers were told apart when the call was imported."""
    origin = recording.manifest.origin
    return origin is not None and origin.kind not in (SourceKind.REALTIME, SourceKind.PERSON)


def told_apart(recording: Recording, found: Episodes) -> Recording:
    """Return the recording with a response id of its own for every answer.

    Silence between answers that sound alone tells apart belongs to none of them.
    """
    if not found.begins_s and not found.heard:
        return recording
    ranges: dict[_Key, dict[str, _Range]] = {}
    counts: dict[_Key, int] = {}
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
    """Return the answer that made a tool call; None where nothing tells of any.

    Sound that the caller has replied to since made no call.
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
    counts: dict[_Key, int],
    found: Episodes,
    ranges: dict[_Key, dict[str, _Range]],
) -> Iterator[GeneratedItem]:
    """Yield what was generated in each answer, and note where it lies.

    Parts of one key follow each other: an id may come again. ``counts`` is how many samples came
    of each.
    """
    chunks: dict[str, list[tuple[float, int, int]]] = {}
    own = ranges.setdefault(_key(whole), {})
    at = counts.get(_key(whole), 0)
    for chunk in whole.chunks:
        name = _answer_of(whole.response_id, chunk[0], found)
        if name is not None:
            chunks.setdefault(name, []).append(chunk)
            own[name] = (own.get(name, (at, at))[0], at + chunk[2])
        at += chunk[2]
    counts[_key(whole)] = at
    for name, of_name in chunks.items():
        yield replace(whole, response_id=name, chunks=tuple(of_name))


def _answer_of(response_id: str, at_s: float, found: Episodes) -> str | None:
    """Return the answer that audio belongs to which arrived at a time; None for silence between."""
    if response_id not in found.heard:
        return found.name(response_id, at_s)
    turns = found.heard[response_id]
    number = bisect_left(turns, at_s, key=lambda turn: turn.last_s)
    within = number < len(turns) and turns[number].first_s <= at_s
    return _nth(response_id, number) if within else None


def _played(
    recording: Recording, ranges: Mapping[_Key, Mapping[str, _Range]], found: Episodes
) -> Iterator[PlayedSpan]:
    """Yield the played runs, cut where the audio of one answer ends and another's begins.

    A recorder either counts the samples of an id on through all its answers, or begins anew; then
    the time at which a run was played tells the answer.
    """
    runs: dict[_Key, list[PlayedSpan]] = {key: [] for key in ranges}
    for run in recording.played:
        runs.setdefault(_key(run), []).append(run)
    counted = {key: _counts_on(runs[key]) for key in ranges}
    places = {key: SpanLookup(own.values()) for key, own in ranges.items()}
    for run in recording.played:
        own = ranges.get(_key(run), {})
        heard = run.response_id in found.heard
        if own and counted[_key(run)] and (heard or len(own) > 1):
            yield from _cut(run, own, places[_key(run)])
        elif len(own) > 1:
            at_s = run.start / recording.agent.rate_hz
            yield replace(run, response_id=found.name(run.response_id, at_s))
        elif own or not heard:
            yield replace(run, response_id=next(iter(own), run.response_id))


def _counts_on(runs: list[PlayedSpan]) -> bool:
    return all(
        before.item_start + before.samples <= after.item_start for before, after in pairwise(runs)
    )


def _key(part: GeneratedItem | PlayedSpan) -> _Key:
    return part.response_id, part.item_id, part.content_index


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
