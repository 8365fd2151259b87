"""The input and output of the rules of ``tool_use``: the agent's sentences as heard, findings."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from harness.dialogue.witness import said_at
from harness.scorers.base import Evidence, Outcome, ScoredCall
from harness.timeline.intervals import on_grid
from harness.timeline.model import AgentUtterance, Span, ToolCall, Transcript


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, or may be."""

    outcome: Outcome
    reason: str
    evidence: Evidence
    by_words: bool = True


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the agent, as far as it was heard."""

    text: str
    span: Span
    begun_s: float
    """When its response began, in seconds; inf if that is not known."""
    response_id: str = ""
    """Its response; empty if responses are told apart by their audio alone."""


def answer_to(
    call: ScoredCall, sentences: tuple[Sentence, ...], from_s: float
) -> Iterator[Sentence]:
    """Yield the sentences from ``from_s`` (seconds) until the caller spoke again."""
    first = bisect_left(sentences, from_s, key=_start_s)
    yield from sentences[first : bisect_left(sentences, next_words_s(call, from_s), key=_start_s)]


def _start_s(one: Sentence) -> float:
    return one.span.start_s


def next_words_s(call: ScoredCall, from_s: float) -> float:
    """Return when the caller next began to speak after ``from_s``, in seconds; inf if never."""
    if next_words_s not in call.worked_out:
        turns = (turn.span.start_s for turn in call.timeline.caller if turn.has_words)
        call.worked_out[next_words_s] = sorted(turns)
    starts: list[float] = call.worked_out[next_words_s]
    place = bisect_right(starts, from_s)
    return starts[place] if place < len(starts) else math.inf


def heard_sentences(call: ScoredCall) -> Iterator[Sentence]:
    """Yield the sentences that were heard, in order; without those whose words are uncertain."""
    for said in call.timeline.agent:
        if said.transcript in (Transcript.TOLD, Transcript.PLACED):
            yield from _of(said, call)


def doubtful_sentences(call: ScoredCall) -> Iterator[Sentence]:
    """Yield the sentences that the agent was to say and that may not have been heard, in order.

    It was interrupted, and nothing tells where; or their text does not fit their audio; or there
    is no audio of them.
    """
    for said in call.timeline.agent:
        if said.transcript in _DOUBTFUL:
            yield from _of(said, call)


_DOUBTFUL = (Transcript.OVERLAID, Transcript.UNEQUAL, Transcript.UNRECORDED)


def _of(said: AgentUtterance, call: ScoredCall) -> Iterator[Sentence]:
    at = 0
    for sentence in call.language.sentences(said.claimed_heard):
        start = max(at, said.claimed_heard.find(sentence, at))
        at = start + len(sentence)
        span = said_at(said, start, at)
        begun_s = span.start_s if said.created_s is None else on_grid(said.created_s)
        # An answer known from its audio alone has no known begin: a result may have come during it.
        known = (math.inf, "") if said.inferred else (begun_s, said.response_id)
        yield Sentence(sentence, span, *known)


def place_of_call(tool: ToolCall) -> Evidence:
    """Return the moment of a call, labelled with its name."""
    return Evidence(tool.requested_s, tool.requested_s, tool.name)
