"""Telling answers apart that a server gives one name: ids that return, or that never began.

A service names every response anew. Others use one id for all, or send audio without any response
event. Such an id is split: where it is created again after it has ended, or, where it was never
created, where the caller has ended a turn. The first stretch keeps the name, later ones are
"name (2)" and so on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from harness.protocol.gaps import ids_of
from harness.recording.model import GeneratedItem, PlayedSpan, Recording, UtteranceKind

_Key: TypeAlias = tuple[str, str, int]
"""Response id, item id and content index."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Where the stretches of an id begin, in seconds on the recording clock."""

    begins_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ids that stand for several answers: the beginning of the second, the third and so on."""

    def name(self, response_id: str, at_s: float) -> str:
        """Return the name of the answer to which something of that id belongs at a time."""
        number = bisect_right(self.begins_s.get(response_id, ()), at_s)
        return f"{response_id} ({number + 1})" if number else response_id

    def whole(self, name: str) -> str:
        """Return the id that the server gave to the answer of that name."""
        before, parted, _ = name.rpartition(" (")
        return before if parted and before in self.begins_s else name


def episodes(recording: Recording, bounds: Iterable[tuple[float, str, bool]]) -> Episodes:
    """Return which ids stand for several answers.

    ``bounds`` are the beginnings (True) and ends of responses by their events, in order.
    """
    turns = _turn_ends_s(recording)
    begun: dict[str, list[float]] = {}
    over: set[str] = set()
    for at_s, name, begins in bounds:
        times = begun.setdefault(name, [])
        if not begins:
            over.add(name)
        elif not times or name in over:
            times.append(at_s)
            over.discard(name)
    ours = set(_named_by_us(recording))
    again = {name: tuple(times[1:]) for name, times in begun.items() if len(times) > 1}
    for name, first_s in _first_sounds_s(recording).items():
        later = tuple(at_s for at_s in turns if at_s > first_s)
        if later and name not in ours and not begun.get(name):
            again[name] = later
    return Episodes(again)


def _named_by_us(recording: Recording) -> Iterator[str]:
    """Yield the ids that the call gave to responses itself: each is one answer already."""
    for each in recording.events:
        if "response_id" in each.assumed:
            yield ids_of(each.event)["response_id"]


def _first_sounds_s(recording: Recording) -> dict[str, float]:
    firsts: dict[str, float] = {}
    for part in recording.generated:
        for at_s, _, _ in part.chunks[:1]:
            firsts[part.response_id] = min(at_s, firsts.get(part.response_id, at_s))
    return firsts


def _turn_ends_s(recording: Recording) -> tuple[float, ...]:
    stops = [
        said.voiced_stop
        for said in recording.utterances
        if said.kind is UtteranceKind.SPEECH and said.voiced_stop is not None
    ]
    return tuple(sorted(stop / recording.caller_clean.rate_hz for stop in stops))


def told_apart(recording: Recording, found: Episodes) -> Recording:
    """Return the recording with a response id of its own for every answer."""
    if not found.begins_s:
        return recording
    generated = tuple(part for whole in recording.generated for part in _parts(whole, found))
    return replace(
        recording,
        generated=generated,
        played=tuple(_played(recording, generated, found)),
        tools=tuple(
            replace(run, response_id=found.name(run.response_id, run.requested_s))
            if run.response_id is not None
            else run
            for run in recording.tools
        ),
    )


def _parts(whole: GeneratedItem, found: Episodes) -> Iterator[GeneratedItem]:
    """Yield what was generated in each answer."""
    chunks: dict[str, list[tuple[float, int, int]]] = {}
    for chunk in whole.chunks:
        chunks.setdefault(found.name(whole.response_id, chunk[0]), []).append(chunk)
    for name, own in chunks.items():
        yield replace(whole, response_id=name, chunks=tuple(own))


def _played(
    recording: Recording, generated: tuple[GeneratedItem, ...], found: Episodes
) -> Iterator[PlayedSpan]:
    """Yield the played runs, cut where the audio of one answer ends and another's begins.

    A recorder either counts the samples of an id on through all its answers, or begins anew; then
    the time at which a run was played tells the answer.
    """
    names: dict[_Key, dict[str, int]] = {}
    for part in generated:
        whole = found.whole(part.response_id)
        own = names.setdefault((whole, part.item_id, part.content_index), {})
        own[part.response_id] = own.get(part.response_id, 0) + part.samples
    counted = {key: _counts_on([r for r in recording.played if _key(r) == key]) for key in names}
    for run in recording.played:
        own = names.get(_key(run), {})
        if len(own) > 1 and counted[_key(run)]:
            yield from _cut(run, own)
        elif len(own) > 1:
            at_s = run.start / recording.agent.rate_hz
            yield replace(run, response_id=found.name(run.response_id, at_s))
        else:
            yield replace(run, response_id=next(iter(own), run.response_id))


def _counts_on(runs: list[PlayedSpan]) -> bool:
    return all(
        before.item_start + before.samples <= after.item_start for before, after in pairwise(runs)
    )


def _key(run: PlayedSpan) -> _Key:
    return run.response_id, run.item_id, run.content_index


def _cut(run: PlayedSpan, names: Mapping[str, int]) -> Iterator[PlayedSpan]:
    """Yield the pieces of a run; ``names`` are the answers with their samples, in order."""
    at, offset = 0, run.item_start
    for name, samples in names.items():
        begin, stop = max(at, offset), min(at + samples, offset + run.samples)
        if begin < stop:
            yield replace(
                run,
                response_id=name,
                item_start=begin - at,
                start=run.start + begin - offset,
                samples=stop - begin,
            )
        at += samples
