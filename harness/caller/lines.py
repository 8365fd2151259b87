"""What a scripted caller says, in words: as written, as spoken, and where a line breaks off."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.language.spoken import ValueKind, speak_value
from harness.scenario.checks import PLACEHOLDER
from harness.scenario.load import spoken_text
from harness.scenario.model import CutOff, Fact, Scenario

_SPOKEN_IN_PARTS = (
    ValueKind.ID,
    ValueKind.PHONE,
    ValueKind.TEXT,
    ValueKind.NAME,
    ValueKind.ADDRESS,
)
"""Kinds whose beginning is spoken as the beginning of the whole: sign by sign or as written."""


@dataclass(frozen=True, slots=True)
class CallerLine:
    """One line: ``text`` with values as written, ``spoken`` as given to the synthesizer.

    Both stop where a cut-off line breaks off in the words; ``intended`` is the whole text.
    ``stop_s`` is a cut by time, which only the audio can place: the words are then still whole.
    """

    text: str
    spoken: str
    intended: str
    cut_off: bool = False
    stop_s: float | None = None


def turn_lines(scenario: Scenario) -> tuple[CallerLine | None, ...]:
    """Return a line per turn, None for turns without words.

    Raises:
        UnknownName: a line names a fact that is not there.
    """
    return tuple(
        _line(turn.say, turn.cut_off, scenario.facts) if turn.say is not None else None
        for turn in scenario.turns
    )


def answer_lines(scenario: Scenario) -> tuple[CallerLine, ...]:
    """Return a line per answer; raises UnknownName as ``turn_lines`` does."""
    return tuple(_line(answer.say, None, scenario.facts) for answer in scenario.answers)


def _line(say: str, cut: CutOff | None, facts: Mapping[str, Fact]) -> CallerLine:
    text, spoken = spoken_text(say, facts)
    if cut is None:
        return CallerLine(text, spoken, text)
    if cut.after_s is not None:
        return CallerLine(text, spoken, text, cut_off=True, stop_s=cut.after_s)
    if cut.after_word is not None:
        part = _first_words(text, cut.after_word), _first_words(spoken, cut.after_word)
    else:
        part = _up_to_character(say, cut.after_chars or 0, facts)
    # The comma keeps the voice up, as in the middle of a line, where a full text ends falling.
    return CallerLine(part[0], f"{part[1].rstrip(' ,.;:!?')},", text, cut_off=True)


def _up_to_character(say: str, count: int, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Return text and words up to the ``count``-th letter or digit of the line's first fact."""
    place = PLACEHOLDER.search(say)
    if place is None:
        part = _first_characters(say, count)
        return part, part
    text, spoken = spoken_text(say[: place.start()], facts)
    fact = facts[place[1]]
    part = _first_characters(fact.value, count)
    return text + part, spoken + _part_spoken(fact, part)


def _part_spoken(fact: Fact, part: str) -> str:
    """Return the words of a value's beginning; where it has none of its own, its share of them."""
    if fact.spoken is None and fact.kind in _SPOKEN_IN_PARTS:
        return speak_value(part, fact.kind)
    whole = fact.spoken if fact.spoken is not None else speak_value(fact.value, fact.kind)
    share = _count(part) / max(1, _count(fact.value))
    return _first_words(whole, max(1, math.floor(share * len(whole.split()))))


def _first_characters(value: str, count: int) -> str:
    """Return the beginning of a value that holds ``count`` letters and digits."""
    places = [match.end() for match in re.finditer(r"[^\W_]", value)]
    return value[: places[min(count, len(places)) - 1]] if places and count else ""


def _first_words(text: str, count: int) -> str:
    """Return the first words and what stands around them, without what follows."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[min(count, len(ends)) - 1]] if ends else text


def _count(value: str) -> int:
    return len(re.findall(r"[^\W_]", value))
