"""The floor around a tool call: the agent's words that count as before it, and the caller's.

A caller who murmurs "mm-hm" in between has not taken the floor, unless the agent had asked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from harness.judging.scorers.base import ScoredCall
from harness.judging.scorers.missing_evidence import texts_in_one_breath, unheard
from harness.judging.scorers.time_to_first_audio import CLOCK_TOLERANCE_S
from harness.language.phrasebook import plain, without
from harness.language.questions import is_question
from harness.language.sounds import heard_words
from harness.recording.provenance import Estimate
from harness.scenario.model import ToolKind
from harness.timeline.intervals import covered_s, overlap
from harness.timeline.lookup import NEVER_S, next_after
from harness.timeline.model import AgentUtterance, CallerTurn, NamelessCall, Span, ToolCall

T = TypeVar("T", ToolCall, NamelessCall)

_ONE_INSTANT_S = 0.05
"""Audio sent ahead of a call becomes audible within this: synthetic speech has a lead-in."""

_EARLY_S = 0.05
"""A preamble may begin this long before the caller's end: so little is not heard as talk-over."""


def spoken_before(call: ScoredCall, tool: ToolCall) -> list[AgentUtterance]:
    """Return the utterances that begin, as heard, after the caller's turn and before the call.

    Of several responses in that time only the response that made the call counts, or the last
    response if that was silent (a chain of calls shares the words before the first).
    """
    since_s = floor_free_s(call, tool.requested_s) - _EARLY_S - CLOCK_TOLERANCE_S
    first, stop = (bisect_left(_begun_s(call), at_s) for at_s in (since_s, tool.requested_s))
    spoken = call.timeline.agent[first:stop]
    at_once = call.timeline.agent[stop : stop + 1]  # audio and call may arrive together
    if at_once and _in_one_instant(at_once[0], tool):
        spoken = (*spoken, *at_once)
    last = spoken[-1].response_id if spoken else None
    own = [u for u in spoken if u.response_id == tool.response_id]
    # A chain of calls shares the words before the first.
    return own or [u for u in spoken if u.response_id == last]


def _in_one_instant(said: AgentUtterance, tool: ToolCall) -> bool:
    """Return whether an utterance of a call's own response begins together with the call."""
    begins = said.span.start_s - tool.requested_s < _ONE_INSTANT_S
    return begins and tool.response_id is not None and said.response_id == tool.response_id


def text_in_place_of_words(call: ScoredCall, tool: ToolCall, spoken: list[AgentUtterance]) -> str:
    """Return the text answer in place of the words that count; empty if there is none."""
    if spoken and spoken[0].response_id == tool.response_id:
        return ""
    free_s = floor_free_s(call, tool.requested_s) - _EARLY_S
    from_s = spoken[-1].span.start_s if spoken else free_s
    return unheard(texts_in_one_breath(call, tool, from_s=from_s, until_s=tool.requested_s))


def calls_around(
    call: ScoredCall, utterance: AgentUtterance
) -> tuple[ToolCall | NamelessCall, ...]:
    """Return the calls around an utterance: since the caller spoke, until the next caller turn."""
    begun_s = utterance.span.start_s
    since_s = floor_free_s(call, begun_s)
    until_s = next_after(_floor(call).starts_s, begun_s)
    return _within(call.timeline.tools, since_s, until_s) + _within(
        call.timeline.nameless, since_s, until_s
    )


def begun_after(call: ScoredCall, utterance: AgentUtterance) -> bool:
    """Return whether the agent began a call around an utterance and did not finish it."""
    begun_s = utterance.span.start_s
    since_s = floor_free_s(call, begun_s)
    until_s = next_after(_floor(call).starts_s, begun_s)
    return any(since_s <= one.at_s < until_s for one in call.timeline.begun_calls)


def _within(tools: tuple[T, ...], since_s: float, until_s: float) -> tuple[T, ...]:
    """Return the calls between two times, from a sequence in order of time."""
    first, stop = (bisect_left(tools, at_s, key=_requested_s) for at_s in (since_s, until_s))
    return tools[first:stop]


def _requested_s(tool: ToolCall | NamelessCall) -> float:
    return tool.requested_s


def covers_a_call(call: ScoredCall, at_s: float) -> bool:
    """Return whether a tool ran at a moment, so that words fill an existing wait."""
    called = bisect_right(call.timeline.tools, at_s, key=_requested_s)
    return called > 0 and at_s < _latest_answers_s(call)[called - 1]


def _latest_answers_s(call: ScoredCall) -> list[float]:
    """Return for each tool call when it and all before it were answered; inf for never."""
    if _latest_answers_s not in call.worked_out:
        ends_s = (NEVER_S if t.answered_s is None else t.answered_s for t in call.timeline.tools)
        call.worked_out[_latest_answers_s] = list(accumulate(ends_s, max))
    latest_s: list[float] = call.worked_out[_latest_answers_s]
    return latest_s


def handed_over(call: ScoredCall, at_s: float) -> bool:
    """Return whether the agent had called a person by a moment: until then, the caller waits."""
    if handed_over not in call.worked_out:
        handing = {tool.name for tool in call.suite.tools if tool.kind is ToolKind.ESCALATE}
        called_s = (tool.requested_s for tool in call.timeline.tools if tool.name in handing)
        call.worked_out[handed_over] = min(called_s, default=NEVER_S)
    handed_s: float = call.worked_out[handed_over]
    return handed_s <= at_s


def floor_free_s(call: ScoredCall, before_s: float) -> float:
    """Return when the caller last stopped before a moment, in seconds; 0 if there is no turn."""
    floor = _floor(call)
    turn = bisect_right(floor.starts_s, before_s)
    return floor.ends_s[turn - 1] if turn else 0.0


@dataclass(frozen=True, slots=True)
class _Floor:
    """The start and end times of the caller's turns that expect an answer, in order."""

    starts_s: list[float]
    ends_s: list[float]


def _floor(call: ScoredCall) -> _Floor:
    """Return the times of turns that expect an answer: no silence, no noise, no backchannel.

    Computed once per call, because every utterance and every tool call needs it.
    """
    if _floor not in call.worked_out:
        turns = call.timeline.caller
        taken = [turn.span for turn in turns if turn.has_words and not _only_listens(call, turn)]
        call.worked_out[_floor] = _Floor([s.start_s for s in taken], [s.end_s for s in taken])
    floor: _Floor = call.worked_out[_floor]
    return floor


def _begun_s(call: ScoredCall) -> list[float]:
    """Return when utterances begin, in order; computed once per call."""
    if _begun_s not in call.worked_out:
        call.worked_out[_begun_s] = [said.span.start_s for said in call.timeline.agent]
    begun_s: list[float] = call.worked_out[_begun_s]
    return begun_s


def _only_listens(call: ScoredCall, turn: CallerTurn) -> bool:
    """Return whether a turn is a backchannel: such words, and the agent had asked no question."""
    before = bisect_left(_begun_s(call), turn.span.start_s)
    if not before or is_question(words_of(call.timeline.agent[before - 1]), call.language):
        return False
    return not without(call.language.phrases.backchannel, plain(turn.spoken))


def runs_on(call: ScoredCall, utterance: AgentUtterance, tool: ToolCall) -> bool:
    """Return whether an answer with bounds from audio alone continues after the tool's result."""
    by_sound = utterance.inferred or call.timeline.estimates(Estimate.BOUNDS)
    answered_s = tool.answered_s
    return by_sound and answered_s is not None and utterance.span.end_s > answered_s


def words_before(call: ScoredCall, utterance: AgentUtterance, tool: ToolCall) -> str:
    """Return the words of an utterance, only those that ended before the result if it runs on."""
    text = words_of(utterance)
    if not runs_on(call, utterance, tool) or tool.answered_s is None:
        return text
    # Its last words may report the result, and no boundary separates them from the words before
    # the call.
    until = Span(utterance.span.start_s, tool.answered_s)
    said_s = covered_s(overlap(utterance.sounds, (until,)))
    return heard_words(text, heard_s=said_s, generated_s=covered_s(utterance.sounds))


def words_of(utterance: AgentUtterance) -> str:
    """Return the words of an utterance: the recognizer's if the vendor sends no transcript."""
    return utterance.claimed or utterance.recognized or ""
