"""Removes self-corrections: a value that the speaker takes back at once was not given.

A self-correction is a slip, an editing term, and the meant value (Levelt 1983: reparandum, editing
term, repair): "It's ORD-4718B, no, sorry, ORD-4715B." Only values of the same kind are compared,
with only editing terms between them. In "A? No, B" the no answers a question.
``language/identifiers.py`` handles corrections within a number ("four seven one five, no, one
six").

The agent's words are proposals and read-backs, so they must certainly take a value back:
"15 dollars. Sorry, 20 dollars is the fee" may do so, or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from harness.language.identifiers import (
    MENDED_KINDS,
    Repair,
    denied,
    is_over,
    repairs,
    takes_back,
)
from harness.language.language import Language
from harness.language.phrasebook import matches, plain, starts, without
from harness.language.values import Found, ValueKind

_ALSO = {
    ValueKind.AMOUNT: (ValueKind.AMOUNT, ValueKind.COUNT),
    ValueKind.COUNT: (ValueKind.AMOUNT, ValueKind.COUNT),
    ValueKind.DATETIME: (ValueKind.DATETIME, ValueKind.DATE, ValueKind.TIME),
}
"""Kinds in whose form a value of this kind may also be said: "20, no, 15 dollars"."""

_NUMBERS = (ValueKind.AMOUNT, ValueKind.COUNT)

_BREAK = re.compile(r"[,;!?–—]|\.(?=\s|$)")
_SENTENCE_END = re.compile(r"[.!?](?=\s)")
_FIRST_WORD = re.compile(r"\s*(?P<word>[^\W\d_]+)")

_LONGEST_REST = 6
"""Maximum number of words after the meant value; more may be a separate sentence."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A slip in ``text[start:stop]``, up to the meant value, which ends at ``end``."""

    start: int
    stop: int
    end: int
    sure: bool
    """Whether the words cannot have another meaning."""
    bare: bool = True
    """Whether only words of correction are between the two values."""

    def holds(self, start: int, stop: int) -> bool:
        """Whether another span of the text is a part of the slip."""
        return self.start <= start and stop <= self.stop


def as_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return the caller's words without slips that are taken back at once.

    If a correction is ambiguous, the words stay: see ``unclear``.
    """
    sought = tuple(kinds)
    if any(kind in sought for kind in MENDED_KINDS):
        for one in reversed(repairs(text, language.alphabet, language.phrases)):
            text = f"{text[: one.start]}{one.words}{text[one.stop :]}"
    made = taken_back(text, sought, language, today)
    return _without(text, (one for one in made if one.sure or one.bare))


def surely_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return the words of a side without values that it certainly takes back at once.

    Corrections within a number stay: the code that looks for numbers handles them.
    """
    made = taken_back(text, kinds, language, today)
    return _without(text, (one for one in made if one.sure))


def unclear(text: str, language: Language) -> tuple[Repair, ...]:
    """Return the ambiguous corrections of numbers by a caller."""
    made = repairs(text, language.alphabet, language.phrases)
    return tuple(one for one in made if not one.sure)


def taken_back(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> tuple[TakenBack, ...]:
    """Return the values of some kinds that are taken back, or may be, in order."""
    if not matches(language.phrases.answers.mending, plain(text)):
        return ()
    groups = dict.fromkeys(_ALSO.get(kind, (kind,)) for kind in kinds if kind not in MENDED_KINDS)
    found = {one for group in groups for one in _slips(text, group, language, today)}
    return tuple(sorted(found, key=lambda one: (one.start, one.stop)))


def _without(text: str, slips: Iterable[TakenBack]) -> str:
    for start, stop in sorted({(one.start, one.stop) for one in slips}, reverse=True):
        text = text[:start] + text[stop:]
    return text


def _slips(
    text: str, kinds: tuple[ValueKind, ...], language: Language, today: date | None
) -> Iterator[TakenBack]:
    found = [(kind, one) for kind in kinds for one in language.find(text, kind, today)]
    told = {(one.start, one.stop) for _, one in found}
    if kinds == (ValueKind.TIME,):
        found = [(ValueKind.TIME, one) for one in language.times.find_expected(text)]
    elif kinds == _NUMBERS:
        found.sort(key=lambda pair: pair[1].start)
    for (kind, slip), (meant_kind, meant) in pairwise(found):
        alike = kind is meant_kind or kinds == _NUMBERS
        if not alike or meant.start < slip.stop or (slip.start, slip.stop) not in told:
            continue
        # "Not A, B" is no slip.
        if denied(text[: slip.start], language.phrases):
            continue
        one = _bare((kind, slip), (meant_kind, meant), text, language)
        if one is None and kind is meant_kind:
            one = _said_again(slip, meant, text, language)
            if one is None and kind is ValueKind.COUNT:
                one = _counted(slip, meant, text, language)
        # "at six, sorry, two of you": a bare number is a time only if no words follow.
        if one is not None and (one.sure or (meant.start, meant.stop) in told):
            yield one


def _bare(
    slip: tuple[ValueKind, Found], meant: tuple[ValueKind, Found], text: str, language: Language
) -> TakenBack | None:
    """Return a value that only words of correction separate from the meant value."""
    (kind, old), (new_kind, new) = slip, meant
    between, behind = text[old.stop : new.start], text[new.stop :]
    counted = new_kind is ValueKind.COUNT and not is_over(behind, language.phrases)
    if not takes_back(between, language.phrases):
        return None
    if counted and (kind is ValueKind.AMOUNT or new.value == "1"):
        return None  # "15 dollars. Sorry, 2 items are missing", "for four, wait, one moment"
    sure = not counted and _goes_on(between, behind, language)
    return TakenBack(old.start, new.start, new.stop, sure)


def _said_again(slip: Found, meant: Found, text: str, language: Language) -> TakenBack | None:
    """Return a value that is said again with the words before it: "No, I'd pay 6 euros"."""
    between, behind = text[slip.stop : meant.start], text[meant.stop :]
    if not _begins_again(text[: slip.start], between, language):
        return None
    sure = _goes_on("", behind, language)
    return TakenBack(slip.start, meant.start, meant.stop, sure, bare=False)


def _begins_again(before: str, between: str, language: Language) -> bool:
    """Whether words of correction repeat those before a value: "I'd pay 5 €. No, I'd pay 6 €"."""
    answers = language.phrases.answers
    taken = "?" not in between and matches(answers.mending, plain(between))
    again = without(answers.mending, plain(between))
    return taken and bool(again) and f" {plain(before)}".endswith(f" {again}")


def _counted(slip: Found, meant: Found, text: str, language: Language) -> TakenBack | None:
    """Return a number that is taken back with its noun: "five pens, no, fifteen pens"."""
    between, behind = text[slip.stop : meant.start], text[meant.stop :]
    noun, other = _FIRST_WORD.match(between), _FIRST_WORD.match(behind)
    if noun is None or not takes_back(between[noun.end() :], language.phrases):
        return None
    same = other is not None and _same(other["word"].lower(), noun["word"].lower(), language)
    rest = behind[other.end() :] if other is not None and same else behind
    sure = (same or is_over(behind, language.phrases)) and _goes_on(between, rest, language)
    if not sure and (_SENTENCE_END.search(between) is not None or meant.value == "1"):
        return None
    return TakenBack(slip.start, meant.start, meant.stop, sure, bare=False)


def _same(one: str, other: str, language: Language) -> bool:
    return language.same_noun(one, other) or language.same_noun(other, one)


def _goes_on(between: str, behind: str, language: Language) -> bool:
    """Whether a slip's sentence ends after the meant value, or continues: "to your savings".

    Other words after it may be another sentence: "sorry, at seven we are full".
    """
    if is_over(behind, language.phrases):
        return True
    rest = plain(_BREAK.split(behind, maxsplit=1)[0])
    carried = starts(language.phrases.answers.carrying_on, rest) > 0
    within = _SENTENCE_END.search(between) is None
    return within and carried and len(rest.split()) <= _LONGEST_REST
