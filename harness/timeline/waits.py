"""Waits: from the end of each caller turn to the agent's first audible sample after it.

Rules:

- Every speech turn with a voiced sample asks for an answer. Its wait ends where the first utterance
  of a response begins that was created after the caller began to speak; audio of an older response
  (still playing over a barge-in, or stale) is no answer, nor is one heard after the caller speaks
  again. Where no event tells when a response began, its audio alone decides.
- An utterance that begins inside the turn and sounds beyond its end is talk-over: it is the answer,
  kept apart. One that begins and ends inside the turn is no answer.
- A click is no answer: a sound shorter than ``CLICK_S`` that the same response leaves alone for
  more than ``ALONE_S``. The answer begins with its first other sound.
- A wait is one with a tool if a tool was called in it, or still ran when it began.
- A turn without an answer joins the next turn's wait (one wait, counted from the later end) where
  the caller gave the agent no chance or no cause: the turn was cut off, it was a barge-in, or the
  caller went on within ``CONTINUED_S``. Every other turn without an answer is unanswered.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.recording.absence import Absence
from harness.recording.audible import CLICK_S
from harness.timeline.claims import Claims
from harness.timeline.indexed_call import IndexedCall, ItemSound
from harness.timeline.intervals import covered_s, on_grid, overlap
from harness.timeline.lookup import SpanLookup, last_until, next_from
from harness.timeline.model import (
    AgentUtterance,
    CallerTurn,
    CutWait,
    LatencyParts,
    NamelessCall,
    Span,
    ToolCall,
    Wait,
)
from harness.timeline.own_lateness import OwnLateness

CONTINUED_S = 1.0
"""A caller who goes on within this pause has not left the floor to anybody."""

ALONE_S = 1.0
"""A click after which speech goes on within this pause belongs to that speech."""


def answer_waits(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    *,
    created_s: Mapping[str, float],
    tools: tuple[ToolCall | NamelessCall, ...] = (),
) -> tuple[Wait, ...]:
    """Return one wait per caller turn that asks for an answer, without latency parts."""
    speech = [(index, turn) for index, turn in enumerate(caller) if turn.has_words]
    waits: list[Wait] = []
    begun = _Begun(agent, created_s)
    worked = Worked(tools)
    for at, (index, turn) in enumerate(speech):
        following = speech[at + 1][1] if at + 1 < len(speech) else None
        until_s = following.span.start_s if following else float("inf")
        found = begun.answer(turn.span, until_s=until_s)
        if found is None and following is not None and _joins(turn, following):
            continue
        answered_s = None if found is None else begun.onsets_s[found]
        waits.append(_wait(index, turn.span, (found, answered_s), worked))
    return tuple(waits)


def fell_away(wait: Wait, caller: tuple[CallerTurn, ...], absences: tuple[Absence, ...]) -> bool:
    """Return whether the line was gone while a turn was said, or its answer was waited for."""
    if not absences:
        return False
    turn = caller[wait.caller].span
    until_s = wait.answered_s
    if until_s is None:
        later = (t.span.start_s for t in caller[wait.caller + 1 :] if t.has_words)
        until_s = min(later, default=float("inf"))
    return any(gone.touches(turn.start_s, until_s) for gone in absences)


def cut_waits(
    waits: tuple[Wait, ...],
    caller: tuple[CallerTurn, ...],
    absences: tuple[Absence, ...],
    tools: tuple[ToolCall | NamelessCall, ...],
) -> Iterator[CutWait]:
    """Yield what was waited for when the line went, of turns that were said to their end before."""
    for wait in waits if absences else ():
        turn = caller[wait.caller].span
        gone = [each for each in absences if each.touches(turn.start_s, float("inf"))]
        if not gone or not fell_away(wait, caller, absences):
            continue
        left_s = on_grid(min(each.left_s for each in gone))
        if left_s > turn.end_s:
            ran = any(turn.end_s <= tool.requested_s < left_s for tool in tools)
            cut = replace(wait, answered_s=None, utterance=None, talk_over_s=None, with_tool=ran)
            yield CutWait(cut, left_s)


def _joins(turn: CallerTurn, following: CallerTurn) -> bool:
    pause_s = following.span.start_s - turn.span.end_s
    return turn.cut_off or turn.barge_in or pause_s <= CONTINUED_S


class _Begun:
    """When utterances begin to say something, and which of them answers a turn."""

    def __init__(self, agent: tuple[AgentUtterance, ...], created_s: Mapping[str, float]) -> None:
        self._agent, self._created_s = agent, created_s
        self.onsets_s = onsets_s(agent)
        known = ((at_s, index) for index, at_s in enumerate(self.onsets_s) if at_s is not None)
        self._in_time = sorted(known)

    def answer(self, turn: Span, *, until_s: float) -> int | None:
        """Return the index of the utterance that answers a turn, if any."""
        first = bisect_left(self._in_time, (turn.start_s, -1))
        last = bisect_left(self._in_time, (until_s, -1))
        fresh = (
            index
            for _, index in self._in_time[first:last]
            if self._agent[index].span.end_s > turn.end_s
            and self._created(self._agent[index]) >= turn.start_s
        )
        return min(fresh, default=None)

    def _created(self, said: AgentUtterance) -> float:
        return on_grid(self._created_s.get(said.response_id, said.span.start_s))


def onsets_s(agent: tuple[AgentUtterance, ...]) -> tuple[float | None, ...]:
    """Return when each utterance begins to say something; None for a click alone."""
    starts_s: dict[str, list[float]] = {}
    for utterance in agent:
        starts = (sound.start_s for sound in utterance.sounds)
        starts_s.setdefault(utterance.response_id, []).extend(starts)
    for times_s in starts_s.values():
        times_s.sort()
    return tuple(_onset_s(said, starts_s[said.response_id]) for said in agent)


def _onset_s(said: AgentUtterance, starts_s: Sequence[float]) -> float | None:
    """Return when an utterance begins to say something; None if it is a click alone.

    ``starts_s`` is when sounds of its response begin, sorted.
    """
    if said.as_text:
        return said.span.start_s
    for sound in said.sounds:
        followed = next_from(starts_s, sound.end_s) <= sound.end_s + ALONE_S
        if sound.duration_s >= CLICK_S or followed:
            return sound.start_s
    return None


class Worked:
    """When tools were called, and how long they ran."""

    def __init__(self, tools: Iterable[ToolCall | NamelessCall]) -> None:
        every = tuple(tools)
        self._called_s = sorted(tool.requested_s for tool in every)
        ends = (tool.answered_s if isinstance(tool, ToolCall) else None for tool in every)
        spans = zip((tool.requested_s for tool in every), ends, strict=True)
        self._ran = SpanLookup((from_s, from_s if end is None else end) for from_s, end in spans)

    def during(self, from_s: float, until_s: float) -> bool:
        """Return whether a tool was called between two times, or still ran after the first."""
        if next_from(self._called_s, from_s) < until_s:
            return True
        return bool(self._ran.touching(math.nextafter(from_s, math.inf), from_s))


def _wait(index: int, turn: Span, answer: tuple[int | None, float | None], worked: Worked) -> Wait:
    found, answered_s = answer
    early_s = turn.end_s - answered_s if answered_s is not None else 0.0
    return Wait(
        caller=index,
        from_s=turn.end_s,
        answered_s=answered_s,
        utterance=found,
        talk_over_s=early_s if early_s > 0 else None,
        with_tool=answered_s is not None and worked.during(turn.end_s, answered_s),
        parts=None,
    )


def latency_parts(
    wait: Wait, turn: CallerTurn, *, agent: AgentUtterance, call: IndexedCall
) -> LatencyParts | None:
    """Split a wait at the events that bound its parts; None for a talk-over.

    Bounds never run backwards: an event that came before the bound in front of it (a service that
    ends the turn before the caller's last sample) makes a part of 0. The end of a turn is the last
    end of turn or commit after the turn began and before the answer's response was created.
    All bounds lie on the grid of ``intervals.TICK_S``: the parts add up to ``total_s`` exactly.
    """
    if wait.answered_s is None or wait.talk_over_s is not None:
        return None
    claims, sound = call.claims, call.item((agent.response_id, agent.item_id))
    concluded = agent.response_id in claims.concluded
    created_s = None if concluded else claims.created_s.get(agent.response_id)
    bounds = (
        _turn_end_s(claims, turn, before_s=wait.answered_s if created_s is None else created_s),
        created_s,
        sound.came_s,
        _first_play_s(call, sound),
    )
    at_s = wait.from_s
    parts: list[float | None] = []
    for bound in bounds:
        next_s = at_s if bound is None else min(max(at_s, on_grid(bound)), wait.answered_s)
        parts.append(None if bound is None else next_s - at_s)
        at_s = next_s
    endpointing_s, created_part_s, first_delta_s, playout_s = parts
    tool_s = _tool_s(call, wait.from_s + (endpointing_s or 0.0), created_part_s)
    if tool_s is not None and created_part_s is not None:
        created_part_s -= tool_s
    return LatencyParts(
        endpointing_s=endpointing_s,
        tool_s=tool_s,
        created_s=created_part_s,
        first_delta_s=first_delta_s,
        playout_s=playout_s,
        lead_in_s=wait.answered_s - at_s,
        total_s=wait.answered_s - wait.from_s,
    )


def off_by(
    wait: Wait, answer: AgentUtterance, *, call: IndexedCall, own: OwnLateness
) -> tuple[float, float]:
    """Return by how much an answered wait may be too long, and each of its parts off, in seconds.

    Where the harness sent a command in the wait (a tool's result, a request for the answer), it may
    have been late with that, too.
    """
    if own.exact or wait.answered_s is None:
        return 0.0, 0.0
    from_s, until_s = wait.from_s, wait.answered_s
    sound = call.item((answer.response_id, answer.item_id))
    ours_s = own.left_late_s(from_s, until_s) + _held_back_s(call, sound)
    if next_from(call.commanded_s, from_s) < until_s:
        ours_s += own.read_late_s(from_s, until_s)
    came_s = sound.came_s
    came_s = from_s if came_s is None else min(max(from_s, came_s), until_s)
    return (
        on_grid(ours_s + own.stamped_late_s(came_s, until_s)),
        on_grid(ours_s + own.stamped_late_s(from_s, until_s)),
    )


def _held_back_s(call: IndexedCall, sound: ItemSound) -> float:
    """Return how much later sound plays than it came, with nothing before it in the queue."""
    came_s, plays_s = sound.came_s, _first_play_s(call, sound)
    if came_s is None or plays_s is None:
        return 0.0
    held_s = plays_s - max(came_s, last_until(call.stops_s, plays_s))
    return held_s if held_s > 1 / call.recording.agent.rate_hz else 0.0


def _tool_s(call: IndexedCall, from_s: float, length_s: float | None) -> float | None:
    """Return how long a tool ran in the stretch up to the answer's response; None if none did."""
    if length_s is None:
        return None
    stretch = Span(from_s, from_s + length_s)
    return covered_s(overlap(call.tools_in(stretch), (stretch,))) or None


def _turn_end_s(claims: Claims, turn: CallerTurn, *, before_s: float) -> float | None:
    ended_s = last_until(claims.turn_ends_s, before_s)
    return ended_s if ended_s > turn.span.start_s else None


def _first_play_s(call: IndexedCall, sound: ItemSound) -> float | None:
    return None if sound.first is None else sound.first / call.recording.agent.rate_hz
