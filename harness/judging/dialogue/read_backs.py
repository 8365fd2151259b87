"""The agent's read-backs: exact values in its words, and whether it asked about them.

Identifiers, dates and similar values are found by their pattern. Names, addresses and plain text
have no pattern: the values of tool calls are searched for in the words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from harness.judging.dialogue.argument_paths import is_findable, tool_named
from harness.judging.dialogue.asr_crosscheck import said_at, witness
from harness.judging.dialogue.model import Agreement, ReadBack
from harness.judging.dialogue.self_repairs import as_meant, taken_back, unclear
from harness.language.known_values import exact_places, near_value, spelled_otherwise
from harness.language.language import Language
from harness.language.phrasebook import plain
from harness.language.phrases import Phrases
from harness.language.places import day_in_figures, value_places
from harness.language.questions import asks_confirmation, is_question
from harness.language.spelling import scattered_places
from harness.language.values import Found, ValueKind
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.model import Scenario, Suite
from harness.timeline.model import AgentUtterance, Timeline

_SPELLED = (ValueKind.ID, ValueKind.PHONE)
"""Kinds whose characters may be separated in ways that no pattern covers."""

_NEAR = 200
"""Characters before a value in which words that rule it out are searched for."""

_MOST_WITNESSED = 20
"""In an answer with more values, ASR is asked only about values of tool calls: no other value can
pass, and each takes longer the longer the answer is."""

_WORDS_BETWEEN = 3
"""Most words between two values to choose from: "119, or is it 1-19"."""


@dataclass(frozen=True, slots=True)
class KnownValue:
    """An exact value that a tool was called with."""

    kind: ValueKind
    value: str
    """The value normalized for comparison."""
    given: str
    patterned: bool = False
    """Whether a pattern finds it in speech; other values are searched for in the words."""


def known_values(
    timeline: Timeline, scenario: Scenario, suite: Suite, language: Language
) -> Iterator[KnownValue]:
    """Yield the exact values of a call's tools, each once."""
    known: set[KnownValue] = set()
    for tool in timeline.tools:
        spec = tool_named(suite, tool.name)
        for argument in () if spec is None else spec.exact:
            given = (tool.arguments or {}).get(argument)
            kind = argument_kind(spec, argument, scenario, language)
            # Amounts are found by their currency, but prices are also said without a currency.
            findable = kind is not ValueKind.AMOUNT and is_findable(given, kind, language)
            if given is None:
                continue
            one = KnownValue(kind, comparable(given, kind, language), str(given), findable)
            if one not in known:
                known.add(one)
                yield one


def read_backs(
    utterance: AgentUtterance,
    number: int,
    *,
    kinds: tuple[ValueKind, ...],
    known: tuple[KnownValue, ...],
    language: Language,
    today: date | None = None,
) -> Iterator[ReadBack]:
    """Yield every exact value that an utterance was meant to contain and that was heard in part."""
    claimed = " ".join(utterance.claimed.split())
    heard = utterance.claimed_heard
    values = tuple(_exact_values(claimed, kinds, known, language=language, today=today))
    unsure = unclear(claimed, language)
    slips = {kind: taken_back(heard, (kind,), language, today) for kind in kinds}
    offered = _offered(claimed, values, language)
    used = {one.value for one in known} if len(values) > _MOST_WITNESSED else None
    for kind, found, near in values:
        if found.start >= len(heard) or _ruled_out(claimed[: found.start], language.phrases):
            continue
        slip = [one for one in slips.get(kind, ()) if one.holds(found.start, found.stop)]
        if any(one.sure for one in slip):
            continue
        place = said_at(utterance, found.start, found.stop)
        yield ReadBack(
            utterance=number,
            value=found.value,
            whole=found.stop <= len(heard),
            start_s=place.start_s,
            end_s=place.end_s,
            asked=_asked(heard, found, language),
            witness=(
                _witness(found.value, kind, utterance, language=language, today=today)
                if used is None or used.intersection(found.readings)
                else Agreement.NO_WITNESS
            ),
            kind=kind,
            said=as_meant(claimed[found.start : found.stop], (kind,), language),
            readings=found.readings,
            near=near or bool(slip) or any(one.overlaps(found.start, found.stop) for one in unsure),
            offered=(kind, found.start, found.stop) in offered,
        )


def _offered(
    claimed: str, values: tuple[tuple[ValueKind, Found, bool], ...], language: Language
) -> frozenset[tuple[ValueKind, int, int]]:
    """Return the values, by kind and place, that an "or" with few other words separates."""
    offered: set[tuple[ValueKind, int, int]] = set()
    for kind in {kind for kind, _, _ in values}:
        ordered = sorted((one for k, one, _ in values if k is kind), key=lambda one: one.start)
        for place, first in enumerate(ordered):
            for second in ordered[place + 1 :]:
                if second.start == first.start:
                    continue
                between = plain(claimed[first.stop : second.start])
                if len(between.split()) > _WORDS_BETWEEN:
                    break  # later values are further away
                if re.search(language.phrases.asking.alternative, between, re.IGNORECASE):
                    offered |= {(kind, one.start, one.stop) for one in (first, second)}
    return frozenset(offered)


def _ruled_out(before: str, phrases: Phrases) -> bool:
    """Return whether the words before a value name it only to rule it out."""
    return re.search(phrases.asking.ruled_out, before[-_NEAR:], re.IGNORECASE) is not None


def _exact_values(
    claimed: str,
    kinds: tuple[ValueKind, ...],
    known: tuple[KnownValue, ...],
    *,
    language: Language,
    today: date | None,
) -> Iterator[tuple[ValueKind, Found, bool]]:
    """Yield pattern matches, and the places of known values or of words near them."""
    there: list[tuple[ValueKind, Found]] = []
    for one in known:
        if one.patterned:
            continue
        others = spelled_otherwise(one.given, claimed, one.kind, language)
        places = exact_places(one.given, claimed, one.kind, language, today)
        there += [(one.kind, found) for found in others or places]
        near = near_value(one.given, claimed, one.kind, language)
        if near is not None and not places and not others:
            words = language.normalize(claimed[slice(*near)], one.kind)
            yield one.kind, Found(words, *near, (words, one.value)), True
    for kind, found in there:
        yield kind, found, False
    figures = tuple(_days_in_figures(claimed, known, language, today))
    yield from ((ValueKind.DATE, found, True) for found in figures)
    for kind in kinds:
        for found in language.find(claimed, kind, today):
            # A known value has no second reading: "5:30" is the half past five of the tool call.
            told = any(k is kind and found.overlaps(other) for k, other in there)
            if not told and not (kind is ValueKind.DATE and any(map(found.overlaps, figures))):
                yield kind, found, False
    yield from _scattered(claimed, known, language)


def _days_in_figures(
    claimed: str, known: tuple[KnownValue, ...], language: Language, today: date | None
) -> Iterator[Found]:
    """Yield the places where numbers alone may say a known day, and no pattern reads it."""
    read = language.find(claimed, ValueKind.DATE, today)
    for one in known:
        if one.kind is not ValueKind.DATE or any(r.may_be(one.value, one.kind) for r in read):
            continue
        for start, stop in day_in_figures(one.value, claimed, language):
            words = claimed[start:stop]
            over = (r for r in read if r.start < stop and start < r.stop)
            if not any(_named(r, claimed, start, stop) for r in over):
                yield Found(words, start, stop, (words, one.value))


def _named(found: Found, text: str, start: int, stop: int) -> bool:
    """Return whether a date has more than its numbers: a month, or a day of the week."""
    rest = f"{text[found.start : start]} {text[stop : found.stop]}"
    return re.search(r"[^\W\d_]{4}", rest) is not None


def _scattered(
    claimed: str, known: tuple[KnownValue, ...], language: Language
) -> Iterator[tuple[ValueKind, Found, bool]]:
    """Yield the places where separators split a value's characters, so that no pattern finds it."""
    for one in known:
        if not one.patterned or one.kind not in _SPELLED or language.find(claimed, one.kind):
            continue
        for start, stop in scattered_places(one.value, claimed, language.alphabet):
            words = claimed[start:stop]
            yield one.kind, Found(words, start, stop, (words, one.value)), True


def _witness(
    value: str,
    kind: ValueKind,
    utterance: AgentUtterance,
    *,
    language: Language,
    today: date | None,
) -> Agreement:
    """Ask the recognizer for a value; a value that it wrote exactly was heard."""
    hearings, weighed = utterance.hearings, utterance.weighed
    agreement = witness(value, kind, hearings, language, weighed=weighed)
    if agreement is Agreement.DISAGREE and not any(one.value == value for one in weighed):
        claimed = plain(utterance.claimed)
        written = any(
            plain(heard) == claimed or value_places(value, heard, kind, language, today)
            for heard in hearings
        )
        return Agreement.AGREE if written else agreement
    return agreement


def _asked(heard: str, found: Found, language: Language) -> bool:
    """Return whether the agent asked the caller about a value.

    The sentence with the value is a question, or a later sentence asks to confirm; a question about
    another subject ("anything else?") does not ask about the value.
    """
    asked = _asked_in(heard, language)
    if asked.confirms_until > found.start:
        return True
    first = bisect_right(asked.ends, found.start)
    # "4… 7… 1?" is a single value, but its pauses split it into sentences.
    return any(
        asking
        for start, asking in zip(asked.starts[first:], asked.questions[first:], strict=True)
        if start < found.stop
    )


@dataclass(frozen=True, slots=True)
class _AskedIn:
    """The sentences of a text by their places, and whether each is a question."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    questions: tuple[bool, ...]
    confirms_until: int
    """End of the last sentence that asks to confirm; 0 if there is none."""


@lru_cache(maxsize=1024)
def _asked_in(heard: str, language: Language) -> _AskedIn:
    starts: list[int] = []
    ends: list[int] = []
    confirms_until = 0
    sentences = language.sentences(heard)
    for sentence in sentences:
        starts.append(heard.index(sentence, ends[-1] if ends else 0))
        ends.append(starts[-1] + len(sentence))
        if asks_confirmation(sentence, language):
            confirms_until = ends[-1]
    questions = tuple(is_question(sentence, language) for sentence in sentences)
    return _AskedIn(tuple(starts), tuple(ends), questions, confirms_until)
