"""Waits of the caller: after each turn, and after each tool result.

Rules:

- Every speech turn with a voiced sample asks for an answer. Its wait ends when the first utterance
  of a response begins that was created after the caller began to speak; audio of an older response
  (still playing over a barge-in, or stale) is no answer, nor is audio heard after the caller speaks
  again. If no event reports when a response began, its audio alone decides.
- An utterance that begins inside the turn and sounds beyond its end is talk-over: it is the answer,
  kept apart. An utterance that begins and ends inside the turn is no answer.
- A click is no answer: a sound shorter than ``CLICK_S`` that the same response leaves alone for
  more than ``ALONE_S``. The answer begins with its first other sound.
- A wait counts as a tool wait if a tool was called in it, or still ran when it began.
- A turn without an answer joins the next turn's wait (a single wait, from the later end) if
  the caller gave the agent no chance or no cause: the turn was cut off, it was a barge-in, or the
  caller continued within ``CONTINUED_S``. Every other turn without an answer is unanswered.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.protocol.commands import AnswerApproval
from harness.protocol.events import ApprovalAsked
from harness.protocol.items import Response
from harness.recording.model import CLICK_S, Absence
from harness.timeline.indexed_call import Claims, IndexedCall, ItemSound
from harness.timeline.intervals import TICK_S, covered_s, on_grid, overlap
from harness.timeline.lookup import NEVER_S, SpanLookup, last_until, next_after, next_from
from harness.timeline.model import (
    AgentUtterance,
    ApprovalRequest,
    CallerTurn,
    CutWait,
    LatencyParts,
    NamelessCall,
    ResultWait,
    Span,
    Timeline,
    ToolCall,
    Wait,
    WaitEnd,
)
from harness.timeline.own_lateness import OwnLateness

CONTINUED_S = 1.0
"""A caller who continues within this pause has not left the floor."""

ALONE_S = 1.0
"""A click after which speech continues within this pause belongs to that speech."""


def answer_waits(
    caller: tuple[CallerTurn, ...],
    agent: tuple[AgentUtterance, ...],
    *,
    created_s: Mapping[str, float],
    tools: tuple[ToolCall | NamelessCall, ...] = (),
) -> tuple[Wait, ...]:
    """Return a wait per caller turn that asks for an answer, without latency parts."""
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
        # Without an answer, a tool that was called before the caller's next words delayed it.
        ran = worked.during(turn.span.end_s, until_s if answered_s is None else answered_s)
        waits.append(_wait(index, turn.span, (found, answered_s), with_tool=ran))
    return tuple(waits)


def fell_away(wait: Wait, caller: tuple[CallerTurn, ...], absences: tuple[Absence, ...]) -> bool:
    """Return whether the line was gone during a turn, or during the wait for its answer."""
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
    """Yield the waits that a lost line cut, of turns that were finished before."""
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
    """When utterances begin with speech, and which of them answers a turn."""

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
    """Return when each utterance begins with speech; None for a click alone."""
    starts_s: dict[str, list[float]] = {}
    for utterance in agent:
        starts = (sound.start_s for sound in utterance.sounds)
        starts_s.setdefault(utterance.response_id, []).extend(starts)
    for times_s in starts_s.values():
        times_s.sort()
    return tuple(_onset_s(said, starts_s[said.response_id]) for said in agent)


def _onset_s(said: AgentUtterance, starts_s: Sequence[float]) -> float | None:
    """Return when an utterance begins with speech; None if it is a click alone.

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


def _wait(
    index: int, turn: Span, answer: tuple[int | None, float | None], *, with_tool: bool
) -> Wait:
    found, answered_s = answer
    early_s = turn.end_s - answered_s if answered_s is not None else 0.0
    return Wait(
        caller=index,
        from_s=turn.end_s,
        answered_s=answered_s,
        utterance=found,
        talk_over_s=early_s if early_s > 0 else None,
        with_tool=with_tool,
        parts=None,
    )


def latency_parts(
    wait: Wait, turn: CallerTurn, *, agent: AgentUtterance, call: IndexedCall
) -> LatencyParts | None:
    """Split a wait at the events that bound its parts; None for a talk-over.

    Bounds never run backwards: an event that came before the previous bound (a service that ends
    the turn before the caller's last sample) makes a part of 0. The end of a turn is the last end
    of turn or commit after the turn began and before the answer's response was created. All bounds
    are on the grid of ``intervals.TICK_S``: the parts add up to ``total_s`` exactly.
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

    If the harness sent a command in the wait (a tool's result, a request for the answer), it may
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
    """Return how much later audio plays than it came, with an empty queue before it."""
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


# The caller's waits after each tool: the agent owes an answer with the result.
#
# Rules:
#
# - The answer is the first audible speech of a response that began after the result. Speech of an
#   earlier response, such as a preamble that still plays, is no answer. A tool that the server
#   runs may be answered in the same response: then speech counts that begins after the result,
#   and of which audio arrived after it.
# - A wait is as long as the silence in it: the rest of a preamble, or of a caller who
#   spoke as the result came, is not silence.
# - The last of several tools is owed the answer: a tool that still runs, or is called before the
#   agent speaks, takes over.
# - A sound without a syllable is no answer (``waits.py``).
# - A wait ends when the line is lost, and another begins when it is back: the next session knows
#   the result, and owes the answer.
# - A request for approval of a tool is owed an answer, too: speech of a response that began after
#   the request was answered. If the tool is called, its own wait takes over.


def result_waits(told: Timeline, call: IndexedCall) -> Iterator[ResultWait]:
    """Yield a wait per tool that has ended, and per tool of the server that never did."""
    claims = call.claims
    answers, tools = _Answers(told.agent, call), _Tools(told.tools)
    spoken_s = sorted(turn.span.start_s for turn in told.caller if turn.has_words)
    empty = sorted(_silent_ends(told, claims))

    def waited(number: int, tool: ToolCall, from_s: float) -> ResultWait:
        gone = _next_absence(told.absences, from_s)
        ends = {
            WaitEnd.TOOL: tools.next_s(from_s),
            WaitEnd.HEARD: answers.first_s(from_s, by_server=tool.by_server),
            WaitEnd.CALLER: next_after(spoken_s, from_s),
            WaitEnd.CALL: max(from_s, told.duration_s),
            WaitEnd.LINE: NEVER_S if gone is None else max(from_s, on_grid(gone.left_s)),
        }
        end = min(ends, key=lambda which: ends[which])
        first, stop = bisect_left(empty, (from_s,)), bisect_right(empty, (ends[end], "\uffff"))
        silent = tuple(words for _, words in empty[first:stop])
        silent_s = max(from_s, answers.silent_from_s(ends[end]), _still_spoke_s(told, from_s))
        silent_s = min(silent_s, ends[end])
        late_s = _late_s(told, from_s, ends[end])
        return ResultWait(number, from_s, ends[end], end, silent_s, silent, late_s)

    for number, tool in enumerate(told.tools):
        from_s = _result_s(tool)
        while from_s is not None:
            wait = waited(number, tool, from_s)
            yield wait
            gone = _next_absence(told.absences, from_s) if wait.end is WaitEnd.LINE else None
            from_s = None if gone is None else gone.back_s


def _next_absence(absences: tuple[Absence, ...], from_s: float) -> Absence | None:
    """Return the first absence that is not over at ``from_s``; None if there is none."""
    return next((gone for gone in absences if (gone.back_s or NEVER_S) > from_s), None)


def _still_spoke_s(told: Timeline, from_s: float) -> float:
    """Return the end of the words that the caller was saying at a moment."""
    spans = (turn.span for turn in told.caller if turn.has_words)
    return max((s.end_s for s in spans if s.start_s <= from_s < s.end_s), default=from_s)


def _late_s(told: Timeline, from_s: float, until_s: float) -> float:
    """Return how late the harness may have given the result, or have heard the answer."""
    own = told.own_lateness
    if own is None or own.exact:
        return 0.0
    window = from_s, until_s
    ours_s = own.left_late_s(*window) + own.read_late_s(*window) + own.stamped_late_s(*window)
    return on_grid(ours_s)


def approval_requests(told: Timeline, call: IndexedCall) -> Iterator[ApprovalRequest]:
    """Yield every request for approval of a tool, in order, except those during a lost line."""
    recording = call.recording
    asked_s: dict[str, float] = {}
    tools: dict[str, str] = {}
    answers_s = {
        each.command.item_id: (on_grid(each.at_s), each.command.approve)
        for each in recording.commands
        if isinstance(each.command, AnswerApproval)
    }
    for each in recording.events:
        if isinstance(event := each.event, ApprovalAsked):
            asked_s.setdefault(event.item_id, on_grid(each.at_s))
            tools[event.item_id] = event.tool
            if event.approved is not None:
                answers_s.setdefault(event.item_id, (on_grid(each.at_s), event.approved))
    if not asked_s:
        return
    heard = _Answers(told.agent, call)
    spoken_s = sorted(turn.span.start_s for turn in told.caller if turn.has_words)
    requested_s = sorted(tool.requested_s for tool in told.tools)
    for item_id, at_s in asked_s.items():
        from_s, approved = answers_s.get(item_id, (at_s, None))
        ends = {
            WaitEnd.TOOL: next_after(requested_s, from_s),
            # Strictly later: the request's own response may have begun at the same instant.
            WaitEnd.HEARD: heard.first_s(from_s + TICK_S, by_server=False),
            WaitEnd.CALLER: next_after(spoken_s, from_s),
            WaitEnd.CALL: max(from_s, told.duration_s),
        }
        end = min(ends, key=lambda which: ends[which])
        if not _line_was_gone(told.absences, from_s, ends[end]):
            yield ApprovalRequest(tools[item_id], at_s, approved, from_s, ends[end], end)


def _result_s(tool: ToolCall) -> float | None:
    """Return when the result arrived; the time of the call for a server's tool that never ended."""
    if tool.answered_s is not None:
        return tool.answered_s
    return tool.requested_s if tool.by_server else None


class _Tools:
    """The tool that takes over an answer owed to another tool."""

    def __init__(self, tools: tuple[ToolCall, ...]) -> None:
        self._requested_s = sorted(tool.requested_s for tool in tools)
        self._ends_s = [tool.answered_s or tool.requested_s for tool in tools]
        begun_s = (tool.requested_s for tool in tools)
        self._running = SpanLookup(zip(begun_s, self._ends_s, strict=True))

    def next_s(self, from_s: float) -> float:
        """Return when a tool takes over: at once if a tool still runs, else at the next call."""
        if any(self._ends_s[number] > from_s for number in self._running.touching(from_s, from_s)):
            return from_s
        return next_after(self._requested_s, from_s)


class _Answers:
    """When the agent's speech begins, by response."""

    def __init__(self, agent: tuple[AgentUtterance, ...], call: IndexedCall) -> None:
        self._call = call
        self._one_track = any(said.inferred for said in agent)
        """Whether only audio separates the answers: an answer may hold two."""
        known = zip(onsets_s(agent), agent, strict=True)
        self._begun = sorted(((at_s, said) for at_s, said in known if at_s is not None), key=_at)
        self._begun_s = [at_s for at_s, _ in self._begun]
        loud = [
            (sound, said)
            for said in agent
            for sound in said.sounds
            if sound.duration_s >= CLICK_S or said.as_text
        ]
        self._sounds = sorted(((sound.start_s, said) for sound, said in loud), key=_at)
        self._ends_s = sorted(sound.end_s for sound, _ in loud)

    def first_s(self, from_s: float, *, by_server: bool) -> float:
        """Return when the answer to a result is first heard; infinity if never."""
        place = bisect_right(self._begun_s, from_s)
        later = (at_s for at_s, said in self._begun[place:] if self._created(said) >= from_s)
        first_s = next(later, NEVER_S)
        if by_server or self._one_track:  # the same response may continue with the result
            place = bisect_right(self._sounds, from_s, key=_at)
            goes_on = (at for at, said in self._sounds[place:] if self._came(said) >= from_s)
            first_s = min(first_s, next(goes_on, NEVER_S))
        return first_s

    def silent_from_s(self, until_s: float) -> float:
        """Return when the last sound before a moment ended; minus infinity if there was none."""
        return last_until(self._ends_s, until_s)

    def _created(self, said: AgentUtterance) -> float:
        return on_grid(self._call.claims.created_s.get(said.response_id, said.span.start_s))

    def _came(self, said: AgentUtterance) -> float:
        """Return when the last audio of an utterance arrived; its end if unknown."""
        parts = self._call.item((said.response_id, said.item_id)).parts
        arrived = (chunk[0] for part in parts for chunk in part.chunks)
        return on_grid(max(arrived, default=said.span.end_s))


def _at(begun: tuple[float, AgentUtterance]) -> float:
    return begun[0]


def _silent_ends(told: Timeline, claims: Claims) -> Iterator[tuple[float, str]]:
    """Yield how responses ended that had no audio and called no tool."""
    loud = {said.response_id for said in told.agent}
    calling = {tool.response_id for tool in told.tools}
    for name, (at_s, response) in claims.ended.items():
        if name not in loud and name not in calling:
            yield at_s, ended_as(response)


def ended_as(response: Response) -> str:
    """Return how a response ended: "cancelled (turn_detected)"."""
    reason = response.reason or (response.error.words if response.error is not None else "")
    return f"{response.status.value} ({reason})" if reason else response.status.value


def _line_was_gone(absences: tuple[Absence, ...], from_s: float, until_s: float) -> bool:
    return any(gone.touches(from_s, until_s) for gone in absences)
