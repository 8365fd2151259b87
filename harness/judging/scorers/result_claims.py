"""Values that the agent says before the tool result arrives, or that contradict the result."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.judging.dialogue.argument_paths import whole_units
from harness.judging.dialogue.asr_crosscheck import said_at
from harness.judging.scorers.base import Evidence, Outcome, ScoredCall
from harness.language.phrasebook import matches, name_words, plain
from harness.language.questions import is_question
from harness.language.values import Found, ValueKind
from harness.recording.provenance import Estimate
from harness.recording.tools import ToolOutcome, parsed_output
from harness.scenario.model import ToolKind
from harness.timeline.intervals import on_grid
from harness.timeline.model import AgentUtterance, Span, ToolCall, Transcript
from harness.units import clock

# The input and output of the rules of ``tool_use``: the agent's sentences as heard, findings.


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken, or may be."""

    outcome: Outcome
    reason: str
    evidence: Evidence
    by_words: bool = True


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the agent, as far as it was heard."""

    text: str
    span: Span
    begun_s: float
    """When its response began, in seconds; inf if that is not known."""
    response_id: str = ""
    """Its response; empty if only audio separates responses."""


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
    """Yield the agent's sentences that may not have been heard, in order.

    The agent was interrupted at an unknown place; or their text does not fit their audio; or there
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


_TOLD = (ValueKind.AMOUNT, ValueKind.DATE)
"""Kinds of value that a lookup returns and that a caller acts on."""

_HELD = (*_TOLD, ValueKind.TIME)
"""Kinds of value that are compared with a result."""

_MOST_TIMES = 2
"""Times of day in a result that are compared with the answer: from and to."""

_MOST_WORDS = 3
"""A value of more words is free text."""

_MULTIPLES = range(1, 10)
"""An amount times a number in this range is no new amount: two tickets at 75 dollars."""

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d\S*")
_TIME = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?")
_TIME_OF_MOMENT = re.compile(r"\d[T ](\d\d:\d\d)")
_ZONED = re.compile(r"\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def told_early(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield dates and amounts that were said before the result of the lookup arrived."""
    # Without exact times the order of speech and result is unknown.
    if call.timeline.estimates(Estimate.TIMES) or call.timeline.estimates(Estimate.TOOL_TIMES):
        return
    reads = {spec.name for spec in call.suite.tools if spec.kind is ToolKind.READ}
    for one in sentences:
        running = [
            tool
            for tool in call.timeline.tools
            if tool.name in reads
            and tool.requested_s < one.span.start_s
            and tool.answered_s is not None
            and one.begun_s < on_grid(tool.answered_s)
        ]
        if not running or is_question(one.text, call.language):
            continue
        if new := next(_new_values(call, one, _TOLD), None):
            reason = (
                f"{new[1]!r} was told at {clock(one.span.start_s)}, and {running[0].name} returned"
                f" only at {clock(running[0].answered_s or 0.0)}: {one.text!r}"
            )
            place = Evidence(one.span.start_s, one.span.end_s, "told before the result")
            yield Finding(Outcome.REVIEW, reason, place)


def against_result(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield values without a source in the answer to a result that has others of their kind."""
    for tool in call.timeline.tools:
        if tool.outcome is not ToolOutcome.OK or tool.answered_s is None:
            continue
        returned = _returned(call, tool)
        for one in answer_to(call, sentences, tool.answered_s) if returned else ():
            if is_question(one.text, call.language):
                continue
            kinds = tuple(kind for kind, values in returned.items() if _decides(kind, values))
            for kind, words in _new_values(call, one, kinds):
                if _may_be_counted(call, one, kind, words):
                    continue
                values = returned[kind]
                if kind is ValueKind.TIME and _tells_one(call, one, words, values, tool):
                    continue
                reason = (
                    f"did the agent say {words!r} at {clock(one.span.start_s)}, although"
                    f" {tool.name} returned {' and '.join(sorted(values))}? {one.text!r}"
                )
                place = Evidence(one.span.start_s, one.span.end_s, "told against the result")
                yield Finding(Outcome.REVIEW, reason, place)


def _decides(kind: ValueKind, values: set[str]) -> bool:
    """Return whether a result has few enough values of a kind to identify the meant value."""
    return 1 <= len(values) <= (_MOST_TIMES if kind is ValueKind.TIME else 1)


def _tells_one(
    call: ScoredCall, one: Sentence, words: str, times: set[str], tool: ToolCall
) -> bool:
    """Return whether a sentence contains any of a result's times, or a time counted from them."""
    said = call.language.find(one.text, ValueKind.TIME, call.today)
    if any(found.may_be(time, ValueKind.TIME) for found in said for time in times):
        return True
    fields = (value for _, value in _fields(parsed_output(tool.output), ""))
    numbers = [one for one in fields if isinstance(one, int | float) and not isinstance(one, bool)]
    minutes = {round(number * scale) for number in numbers for scale in (1, 60)}
    # A flight at 12:30 with a delay of 270 minutes leaves at 17:00.
    counted = {
        f"{(moved // 60) % 24:02}:{moved % 60:02}"
        for time in times
        for by in minutes
        for moved in (_minutes(time) + by, _minutes(time) - by)
    }
    told = [found for found in said if one.text[found.start : found.stop] == words]
    return any(found.may_be(time, ValueKind.TIME) for found in told for time in counted)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def another_state(call: ScoredCall, sentences: tuple[Sentence, ...]) -> Iterator[Finding]:
    """Yield states said right after a result whose only state is another."""
    asking = call.language.phrases.asking
    for one in sentences:
        tool = _last_result(call, one.span.start_s)
        state = None if tool is None else _state(call, tool)
        words = plain(one.text)
        right = next((alike for alike in asking.states if state in alike), frozenset())
        also = any(re.search(rf"\b{word}\b", words) for word in right)
        if state is None or tool is None or also or _supposes(call, one.text):
            continue
        for alike in asking.states:
            for told in alike if state not in alike else ():
                if re.search(rf"{asking.in_state} {told}\b", words) and not _heard_of(call, told):
                    reason = (
                        f"did the agent say {told!r} at {clock(one.span.start_s)}, although"
                        f" {tool.name} returned {state!r}? {one.text!r}"
                    )
                    place = Evidence(one.span.start_s, one.span.end_s, "told against the result")
                    yield Finding(Outcome.REVIEW, reason, place)


def _last_result(call: ScoredCall, at_s: float) -> ToolCall | None:
    """Return the tool whose result came last, if the caller has not spoken since."""
    if _last_result not in call.worked_out:
        ended = [tool for tool in call.timeline.tools if tool.answered_s is not None]
        call.worked_out[_last_result] = sorted(ended, key=_answered_s)
    answered: list[ToolCall] = call.worked_out[_last_result]
    place = bisect_right(answered, at_s, key=_answered_s)
    last = answered[place - 1] if place else None
    return last if last is not None and next_words_s(call, _answered_s(last)) > at_s else None


def _answered_s(tool: ToolCall) -> float:
    return tool.answered_s or 0.0


def _state(call: ScoredCall, tool: ToolCall) -> str | None:
    """Return the only state in a result, if it is a known word."""
    found = states_in(tool) if tool.outcome is ToolOutcome.OK else frozenset()
    (state,) = found if len(found) == 1 else (None,)
    known = any(state in alike for alike in call.language.phrases.asking.states)
    return state if known else None


def is_settled(call: ScoredCall, tool: ToolCall) -> bool:
    """Return whether a result certainly has the caller's answer, and no work in progress.

    It has values, or known states that do not mean work in progress. Free text, and a state that
    no list contains, may mean anything.
    """
    asking, fields = call.language.phrases.asking, tuple(_fields(parsed_output(tool.output), ""))
    states = states_in(tool)
    known = frozenset().union(*asking.states)
    free = any(isinstance(value, str) and len(value.split()) > _MOST_WORDS for _, value in fields)
    values = any(_returned(call, tool).values())
    return states <= known and not free and (bool(states) or values)


def states_in(tool: ToolCall) -> frozenset[str]:
    """Return the values of all fields of a result with the name status or state."""
    return frozenset(
        str(value).lower().replace("_", " ")
        for name, value in _fields(parsed_output(tool.output), "")
        if name_words(name)[-1:] in (("status",), ("state",))
    )


def _supposes(call: ScoredCall, text: str) -> bool:
    """Return whether a sentence may state that something is not so, or would be."""
    asking, words = call.language.phrases.asking, plain(text)
    return (
        is_question(text, call.language)
        or re.search(asking.negating, f"{words} ") is not None
        or matches(asking.subordinate, words)
        or matches(asking.denying, words)
    )


def _heard_of(call: ScoredCall, state: str) -> bool:
    """Return whether the caller, or a result, also has a state: it may describe something else."""
    told = [turn.text for turn in call.timeline.caller]
    told += [tool.output or "" for tool in call.timeline.tools]
    return any(state in plain(text.replace("_", " ")) for text in told)


def _returned(call: ScoredCall, tool: ToolCall) -> dict[ValueKind, set[str]]:
    """Return the dates, amounts and times of day in a result, by kind.

    Without times if any of them has a time zone.
    """
    language, found = call.language, {kind: set[str]() for kind in _HELD}
    fields = tuple(_fields(parsed_output(tool.output), ""))
    # The agent may say a time with a time zone in another zone.
    zoned = any(isinstance(value, str) and _ZONED.search(value) for _, value in fields)
    for name, value in fields:
        if isinstance(value, str):
            found[ValueKind.TIME] |= set() if zoned else _times(call, value)
            text = _MOMENT.sub(r"\1", value)
            days = language.find(text, ValueKind.DATE, call.today)
            found[ValueKind.DATE] |= {day.value for day in days}
        if language.arguments.kind_of(name) is ValueKind.AMOUNT and _NUMBER.search(str(value)):
            whole = str(whole_units(name, None, value, language))
            found[ValueKind.AMOUNT].add(language.normalize(whole, ValueKind.AMOUNT))
    return found


def _times(call: ScoredCall, value: str) -> set[str]:
    """Return the times of day in a field of a result, as HH:MM."""
    if whole := _TIME.fullmatch(value.strip()):
        return {whole[1]}
    found = call.language.find(value, ValueKind.TIME, call.today)
    return {one.value for one in found if _TIME.fullmatch(one.value)}


def _fields(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every value of a result with the name of its field."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name)
    else:
        yield name, value


def _new_values(
    call: ScoredCall, one: Sentence, kinds: tuple[ValueKind, ...]
) -> Iterator[tuple[ValueKind, str]]:
    """Yield the values of a sentence that are not in the prompt or earlier in the call."""
    told = None
    for kind in kinds:
        for found in call.language.find(one.text, kind, call.today):
            told = _told_before(call, one) if told is None else told
            if not any(_has(call, text, found, kind) for text in told):
                yield kind, one.text[found.start : found.stop]


def _told_before(call: ScoredCall, one: Sentence) -> list[str]:
    start_s = one.span.start_s  # in a session in text, the moment of the result itself
    told = [call.instructions, *(fact.value for fact in call.scenario.facts.values())]
    told += [turn.text for turn in call.timeline.caller if turn.span.start_s < start_s]
    told += [said.claimed_heard for said in call.timeline.agent if said.span.end_s <= start_s]
    for tool in call.timeline.tools:
        told += [tool.raw_arguments] if tool.requested_s <= start_s else []
        if tool.answered_s is not None and tool.answered_s <= start_s:
            told.append(_MOMENT.sub(r"\1", tool.output or ""))
            told.append(", ".join(_TIME_OF_MOMENT.findall(tool.output or "")))
    return told


def _has(call: ScoredCall, text: str, found: Found, kind: ValueKind) -> bool:
    there = call.language.find(text, kind, call.today)
    return any(found.may_be(other.value, kind) for other in there)


def _may_be_counted(call: ScoredCall, one: Sentence, kind: ValueKind, words: str) -> bool:
    """Return whether a value may be derived from others.

    So may a day without a number ("tomorrow"), and a multiple of an amount (two tickets at 75
    dollars).
    """
    if kind is ValueKind.DATE:
        return not re.search(r"\d", call.language.normalize(words, kind))
    if kind is ValueKind.TIME:
        return False
    told = _told_before(call, one)
    amounts = {
        float(found.value) for text in told for found in call.language.find(text, kind, call.today)
    }
    outputs = [tool.output or "" for tool in call.timeline.tools]
    amounts |= {float(number) for text in outputs for number in _NUMBER.findall(text)}
    multiples = {f"{amount * many:.2f}" for amount in amounts for many in _MULTIPLES}
    return call.language.normalize(words, kind) in multiples
