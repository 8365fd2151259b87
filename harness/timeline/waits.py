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
- A turn without an answer joins the next turn's wait (one wait, counted from the later end) where
  the caller gave the agent no chance or no cause: the turn was cut off, it was a barge-in, or the
  caller went on within ``CONTINUED_S``. Every other turn without an answer is unanswered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.recording.absence import Absence
from harness.recording.agent_sound import GeneratedItem, PlayedSpan
from harness.recording.model import Recording
from harness.timeline.claims import Claims
from harness.timeline.intervals import covered_s, on_grid, overlap
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

CLICK_S = 0.1
"""A shorter sound holds no syllable: the caller has heard no answer yet."""

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
    onsets_s = tuple(_onset_s(agent, index) for index in range(len(agent)))
    for at, (index, turn) in enumerate(speech):
        following = speech[at + 1][1] if at + 1 < len(speech) else None
        until_s = following.span.start_s if following else float("inf")
        found = _answer(turn.span, agent, onsets_s, until_s=until_s, created_s=created_s)
        if found is None and following is not None and _joins(turn, following):
            continue
        waits.append(_wait(index, turn.span, agent, found=found, tools=tools))
    return tuple(waits)


def fell_away(wait: Wait, caller: tuple[CallerTurn, ...], absences: tuple[Absence, ...]) -> bool:
    """Return whether the line was gone while a turn was said, or its answer was waited for."""
    turn = caller[wait.caller].span
    later = (t.span.start_s for t in caller[wait.caller + 1 :] if t.has_words)
    until_s = min(later, default=float("inf")) if wait.answered_s is None else wait.answered_s
    return any(gone.touches(turn.start_s, until_s) for gone in absences)


def cut_waits(
    waits: tuple[Wait, ...],
    caller: tuple[CallerTurn, ...],
    absences: tuple[Absence, ...],
    tools: tuple[ToolCall | NamelessCall, ...],
) -> Iterator[CutWait]:
    """Yield what was waited for when the line went, of turns that were said to their end before."""
    for wait in waits:
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


def _answer(
    turn: Span,
    agent: tuple[AgentUtterance, ...],
    onsets_s: tuple[float | None, ...],
    *,
    until_s: float,
    created_s: Mapping[str, float],
) -> int | None:
    """Return the index of the utterance that answers a turn, if any."""
    fresh = [
        index
        for index, utterance in enumerate(agent)
        if (onset_s := onsets_s[index]) is not None
        and turn.start_s <= onset_s < until_s
        and utterance.span.end_s > turn.end_s
        and on_grid(created_s.get(utterance.response_id, utterance.span.start_s)) >= turn.start_s
    ]
    return next(iter(fresh), None)


def _onset_s(agent: tuple[AgentUtterance, ...], index: int) -> float | None:
    """Return when an utterance begins to say something; None if it is a click alone."""
    if agent[index].as_text:
        return agent[index].span.start_s
    response_id = agent[index].response_id
    starts = [s.start_s for u in agent if u.response_id == response_id for s in u.sounds]
    for sound in agent[index].sounds:
        followed = any(sound.end_s <= at <= sound.end_s + ALONE_S for at in starts)
        if sound.duration_s >= CLICK_S or followed:
            return sound.start_s
    return None


def _wait(
    index: int,
    turn: Span,
    agent: tuple[AgentUtterance, ...],
    *,
    found: int | None,
    tools: tuple[ToolCall | NamelessCall, ...],
) -> Wait:
    answered_s = _onset_s(agent, found) if found is not None else None
    early_s = turn.end_s - answered_s if answered_s is not None else 0.0
    return Wait(
        caller=index,
        from_s=turn.end_s,
        answered_s=answered_s,
        utterance=found,
        talk_over_s=early_s if early_s > 0 else None,
        with_tool=answered_s is not None
        and any(turn.end_s <= tool.requested_s < answered_s for tool in tools),
        parts=None,
    )


def latency_parts(
    wait: Wait, turn: CallerTurn, *, agent: AgentUtterance, recording: Recording, claims: Claims
) -> LatencyParts | None:
    """Split a wait at the events that bound its parts; None for a talk-over.

    Bounds never run backwards: an event that came before the bound in front of it (a service that
    ends the turn before the caller's last sample) makes a part of 0. The end of a turn is the last
    end of turn or commit after the turn began and before the answer's response was created.
    All bounds lie on the grid of ``intervals.TICK_S``: the parts add up to ``total_s`` exactly.
    """
    if wait.answered_s is None or wait.talk_over_s is not None:
        return None
    concluded = agent.response_id in claims.concluded
    created_s = None if concluded else claims.created_s.get(agent.response_id)
    bounds = (
        _turn_end_s(claims, turn, before_s=wait.answered_s if created_s is None else created_s),
        created_s,
        _first_delta_s(recording, agent),
        _first_play_s(recording, agent),
    )
    at_s = wait.from_s
    parts: list[float | None] = []
    for bound in bounds:
        next_s = at_s if bound is None else min(max(at_s, on_grid(bound)), wait.answered_s)
        parts.append(None if bound is None else next_s - at_s)
        at_s = next_s
    endpointing_s, created_part_s, first_delta_s, playout_s = parts
    tool_s = _tool_s(recording, wait.from_s + (endpointing_s or 0.0), created_part_s)
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
    wait: Wait, answer: AgentUtterance, *, recording: Recording, own: OwnLateness
) -> tuple[float, float]:
    """Return by how much an answered wait may be too long, and each of its parts off, in seconds.

    Where the harness sent a command in the wait (a tool's result, a request for the answer), it may
    have been late with that, too.
    """
    if own.exact or wait.answered_s is None:
        return 0.0, 0.0
    from_s, until_s = wait.from_s, wait.answered_s
    ours_s = own.left_late_s(from_s, until_s) + _held_back_s(recording, answer)
    if any(from_s <= told.at_s < until_s for told in recording.commands):
        ours_s += own.read_late_s(from_s, until_s)
    came_s = _first_delta_s(recording, answer)
    came_s = from_s if came_s is None else min(max(from_s, came_s), until_s)
    return (
        on_grid(ours_s + own.stamped_late_s(came_s, until_s)),
        on_grid(ours_s + own.stamped_late_s(from_s, until_s)),
    )


def _held_back_s(recording: Recording, answer: AgentUtterance) -> float:
    """Return how much later sound plays than it came, with nothing before it in the queue."""
    came_s, plays_s = _first_delta_s(recording, answer), _first_play_s(recording, answer)
    if came_s is None or plays_s is None:
        return 0.0
    rate_hz = recording.agent.rate_hz
    stops_s = ((run.start + run.samples) / rate_hz for run in recording.played)
    free_s = max((at_s for at_s in stops_s if at_s <= plays_s), default=came_s)
    held_s = plays_s - max(came_s, free_s)
    return held_s if held_s > 1 / rate_hz else 0.0


def _tool_s(recording: Recording, from_s: float, length_s: float | None) -> float | None:
    """Return how long a tool ran in the stretch up to the answer's response; None if none did."""
    if length_s is None:
        return None
    runs = [
        Span(on_grid(run.requested_s), on_grid(run.answered_s))
        for run in recording.tools
        if run.answered_s is not None
    ]
    return covered_s(overlap(runs, (Span(from_s, from_s + length_s),))) or None


def _turn_end_s(claims: Claims, turn: CallerTurn, *, before_s: float) -> float | None:
    ends = [at_s for at_s in claims.turn_ends_s if turn.span.start_s < at_s <= before_s]
    return max(ends, default=None)


def _first_delta_s(recording: Recording, agent: AgentUtterance) -> float | None:
    arrivals = [
        part.chunks[0][0] for part in recording.generated if _is_of(part, agent) and part.chunks
    ]
    return min(arrivals, default=None)


def _first_play_s(recording: Recording, agent: AgentUtterance) -> float | None:
    starts = [run.start for run in recording.played if _is_of(run, agent)]
    return min(starts) / recording.agent.rate_hz if starts else None


def _is_of(part: GeneratedItem | PlayedSpan, agent: AgentUtterance) -> bool:
    return (part.response_id, part.item_id) == (agent.response_id, agent.item_id)
