"""Who had the floor around a tool call: the words that count as said before it, and the caller's.

A caller who murmurs "mm-hm" in between has not taken the floor, unless the agent had asked.
"""

from __future__ import annotations

from harness.language.phrasebook import plain, without
from harness.language.questions import is_question
from harness.recording.provenance import Estimate
from harness.scenario.model import ToolKind
from harness.scorers.base import ScoredCall
from harness.scorers.time_to_first_audio import CLOCK_TOLERANCE_S
from harness.scorers.unheard import texts_in_one_breath, unheard
from harness.timeline.intervals import covered_s, overlap
from harness.timeline.model import AgentUtterance, CallerTurn, NamelessCall, Span, ToolCall
from harness.timeline.utterances import heard_words

_EARLY_S = 0.05
"""How long before the caller's end a preamble may begin: nobody hears that as talking over."""


def spoken_before(call: ScoredCall, tool: ToolCall) -> list[AgentUtterance]:
    """Return what was heard to begin after the caller's turn and before the call.

    Of several responses in that time only the one that made the call counts, or the last one where
    the call's own response was silent (a chain of calls shares the words before the first).
    """
    since_s = floor_free_s(call, tool.requested_s) - _EARLY_S - CLOCK_TOLERANCE_S
    spoken = [
        utterance
        for utterance in call.timeline.agent
        if since_s <= utterance.span.start_s < tool.requested_s
    ]
    last = spoken[-1].response_id if spoken else None
    own = [u for u in spoken if u.response_id == tool.response_id]
    return own or [u for u in spoken if u.response_id == last]


def text_in_place_of_words(call: ScoredCall, tool: ToolCall, spoken: list[AgentUtterance]) -> str:
    """Return what came as text in place of the words that count, empty if nothing did."""
    if spoken and spoken[0].response_id == tool.response_id:
        return ""
    free_s = floor_free_s(call, tool.requested_s) - _EARLY_S
    from_s = spoken[-1].span.start_s if spoken else free_s
    return unheard(texts_in_one_breath(call, tool, from_s=from_s, until_s=tool.requested_s))


def calls_around(
    call: ScoredCall, utterance: AgentUtterance
) -> tuple[ToolCall | NamelessCall, ...]:
    """Return the calls around an utterance: since the caller spoke, until he speaks again."""
    begun_s = utterance.span.start_s
    later = [span.start_s for span in _floor_taken(call) if span.start_s > begun_s]
    since_s = floor_free_s(call, begun_s)
    until_s = min(later, default=float("inf"))
    return tuple(tool for tool in call.timeline.called if since_s <= tool.requested_s < until_s)


def covers_a_call(call: ScoredCall, at_s: float) -> bool:
    """Return whether a tool ran at a moment, so that words fill a wait that is there."""
    return any(
        tool.requested_s <= at_s and (tool.answered_s is None or at_s < tool.answered_s)
        for tool in call.timeline.tools
    )


def handed_over(call: ScoredCall, at_s: float) -> bool:
    """Return whether a person had been called by a moment: until they come, the caller waits."""
    handing = {tool.name for tool in call.suite.tools if tool.kind is ToolKind.ESCALATE}
    return any(t.name in handing and t.requested_s <= at_s for t in call.timeline.tools)


def floor_free_s(call: ScoredCall, before_s: float) -> float:
    """Return when the caller last stopped before a moment, in seconds; 0 where there is no turn."""
    turns = [span for span in _floor_taken(call) if span.start_s <= before_s]
    return turns[-1].end_s if turns else 0.0


def _floor_taken(call: ScoredCall) -> list[Span]:
    """Return where the caller spoke to be answered: no silence, no noise, no sign of listening.

    Worked out once for a call: it is asked around every utterance and every tool.
    """
    if _floor_taken not in call.worked_out:
        call.worked_out[_floor_taken] = [
            turn.span
            for turn in call.timeline.caller
            if turn.has_words and not _only_listens(call, turn)
        ]
    taken: list[Span] = call.worked_out[_floor_taken]
    return taken


def _only_listens(call: ScoredCall, turn: CallerTurn) -> bool:
    """Return whether a turn is a backchannel: such words, and the agent had asked nothing."""
    before = [u for u in call.timeline.agent if u.span.start_s < turn.span.start_s]
    if not before or is_question(words_of(before[-1]), call.language):
        return False
    return not without(call.language.phrases.backchannel, plain(turn.spoken))


def runs_on(call: ScoredCall, utterance: AgentUtterance, tool: ToolCall) -> bool:
    """Return whether an answer that sound alone bounds goes on when the tool's result is there.

    Then its last words may tell of the result: nothing parts them from those before the call.
    """
    by_sound = utterance.inferred or call.timeline.estimates(Estimate.BOUNDS)
    answered_s = tool.answered_s
    return by_sound and answered_s is not None and utterance.span.end_s > answered_s


def words_before(call: ScoredCall, utterance: AgentUtterance, tool: ToolCall) -> str:
    """Return the words of an utterance, only those that ended before the result if it runs on."""
    text = words_of(utterance)
    if not runs_on(call, utterance, tool) or tool.answered_s is None:
        return text
    until = Span(utterance.span.start_s, tool.answered_s)
    said_s = covered_s(overlap(utterance.sounds, (until,)))
    return heard_words(text, heard_s=said_s, generated_s=covered_s(utterance.sounds))


def words_of(utterance: AgentUtterance) -> str:
    """Return the words of an utterance: the recognizer's where the vendor tells none."""
    return utterance.claimed or utterance.recognized or ""
