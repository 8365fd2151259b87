"""Where a known value stands exactly, where it is spelled otherwise, and what may mean it.

A read-back must hold all of a value and nothing more: "Robert" is not Roberts, and six digits are
no five. So this is stricter than ``places.value_places``, which finds what is meant by a write,
plural, initials and all; ``matching.place_of`` finds a phrase, whatever values stand in it.

What is in no form that is known here ("Chan" may be how a transcript writes Chen, "flat
four B" how someone says Apt 4B) is for a listener to settle; where a number is missing or letters
are spelled otherwise, it is another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from harness.language.identifiers import spelled_runs
from harness.language.language import Language
from harness.language.matching import contains_sounds, place_of
from harness.language.phrasebook import matches, plain
from harness.language.phrases import Phrases
from harness.language.places import value_places
from harness.language.repairs import MENDED_KINDS, repairs
from harness.language.spelled_tokens import tokens
from harness.language.stretches import Stretches
from harness.language.values import Found, ValueKind

_WORDED = (ValueKind.NAME, ValueKind.ADDRESS, ValueKind.TEXT)
_SPELLED = (ValueKind.NAME, ValueKind.ADDRESS, ValueKind.ID)
_TOLD_BY_PLACE = (ValueKind.TIME, ValueKind.DATETIME, ValueKind.COUNT)
"""Kinds whose words mean many things: "five thirty" is a time where that time is looked for."""
_LEAST = 3
"""Letters of a word that is spelled out."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
_SOUNDS_ALIKE = 0.25
"""Share of a name's sounds that may differ: Smyth is Smith, Boston is not Austin."""
_MOST_BY_SOUND = 20
"""Words of a value that is looked for by its sounds: each stretch of as many words is compared."""


def exact_places(
    value: str, text: str, kind: ValueKind, language: Language, today: date | None = None
) -> tuple[Found, ...]:
    """Return where a value that is known stands, all of it, in words or spelled."""
    wanted = language.normalize(value, kind)
    if kind in _TOLD_BY_PLACE:
        places = value_places(value, text, kind, language, today)
        return tuple(Found(wanted, *place) for place in places)
    if kind is ValueKind.AMOUNT:
        decimals = [one for one in language.amounts.find_decimals(text) if one.value == wanted]
        prices = (one for one in _prices(wanted, text, language))
        taken = Stretches((one.start, one.stop) for one in decimals)
        kept = [one for one in prices if not taken.touch(one.start, one.stop)]
        return tuple(sorted((*decimals, *kept), key=lambda one: one.start))
    if in_decimals := _decimals(value, text, kind, language):
        return in_decimals
    found: list[Found] = []
    made = repairs(text, language.alphabet, language.phrases) if kind in MENDED_KINDS else ()
    at = 0
    while (place := place_of(value, text[at:], (kind,), language)) is not None:
        start, at = at + place[0], at + place[1]
        if kind is not ValueKind.ADDRESS or not _numbered(text[:start], wanted, language):
            found.append(Found(wanted, start, at))
    if kind is ValueKind.ADDRESS and not found:
        return tuple(_streets(value, text, language))
    signs = language.normalize(value, ValueKind.ID)
    there = Stretches((one.start, one.stop) for one in found)
    for run in spelled_runs(text, language.alphabet):
        if signs and signs in run.readings and not there.touch(run.start, run.stop):
            readings = (wanted,) if run.value == signs else (run.value, wanted)
            found.append(Found(readings[0], run.start, run.stop, readings))
    mended = Stretches((one.start, one.stop) for one in made)
    found = [one for one in found if not mended.touch(one.start, one.stop)]
    found += [
        Found(r.readings[0], r.start, r.stop, r.readings) for r in made if wanted in r.readings
    ]
    return tuple(sorted(found, key=lambda one: one.start))


def _decimals(value: str, text: str, kind: ValueKind, language: Language) -> tuple[Found, ...]:
    """Return where a number with decimals that is no amount stands: "twelve point five percent"."""
    if kind not in (ValueKind.ID, ValueKind.TEXT) or not _DECIMAL.fullmatch(value.strip()):
        return ()
    wanted, amount = language.normalize(value, kind), language.amounts.normalize(value)
    places = language.amounts.find_decimals(text)
    return tuple(Found(wanted, one.start, one.stop) for one in places if one.value == amount)


def _prices(wanted: str, text: str, language: Language) -> Iterator[Found]:
    """Yield where an amount is said as prices are: "forty-seven fifty", by two numbers alone."""
    parts = wanted.split(".")
    for run in spelled_runs(text, language.alphabet):
        row = tokens(text[run.start : run.stop], language.alphabet)
        said = [token.characters for token in row]
        words = text[run.start : run.stop].lower().replace("-", " ").split()
        two = ["".join(said[:-1]), said[-1]] == parts and all(said)
        one = said == ["".join(parts)] and language.numbers.parse(words) is None
        if (two or one) and not any(token.text.isdecimal() for token in row):
            yield Found(wanted, run.start, run.stop)


def _streets(value: str, text: str, language: Language) -> Iterator[Found]:
    """Yield where an address stands with its numbers as people say them: "three fifty Fifth"."""
    wanted = [form for form, _, _ in _address_parts(value, language)]
    row = _address_parts(text, language)
    for at in range(len(row) - len(wanted) + 1):
        stretch = row[at : at + len(wanted)]
        start = stretch[0][1]
        known = [form for form, _, _ in stretch] == wanted
        if known and not _numbered(text[:start], wanted[0], language):
            yield Found(language.normalize(value, ValueKind.ADDRESS), start, stretch[-1][2])


def _address_parts(text: str, language: Language) -> list[tuple[str, int, int]]:
    """Return the words of a text and the numbers that are said or written in it, with places."""
    runs = [run for run in spelled_runs(text, language.alphabet) if not run.value.isalpha()]
    parts = [(run.value.lower(), run.start, run.stop) for run in runs]
    for word in _WORD.finditer(text):
        if not any(word.start() < run.stop and run.start < word.end() for run in runs):
            full = language.streets.in_full(word[0].lower())
            parts.append((full, word.start(), word.end()))
    return sorted(parts, key=lambda part: part[1])


def _numbered(before: str, wanted: str, language: Language) -> bool:
    """Return whether a house number stands in front of a street that is known without one."""
    last = (before.split() or [""])[-1].lower()
    number = last.isdecimal() or language.numbers.is_word(last.rpartition("-")[2])
    return number and not wanted[:1].isdigit()


def near_value(
    value: str, text: str, kind: ValueKind, language: Language
) -> tuple[int, int] | None:
    """Return where words stand that may be a known value in an unknown form; None if none may.

    Either they sound like it, or they hold at least half of its words, all its numbers, and
    something else where the rest should be. A part of a value alone is not near it.
    """
    if kind is ValueKind.ID and " " in value.strip():
        kind = ValueKind.TEXT  # words, whatever they are called
    wanted = language.normalize(value, kind).split()
    if kind not in _WORDED or not wanted:
        return None
    loose = value_places(value, text, kind, language)
    if loose:
        return loose[0]
    return _alike(wanted, text, language) or _other_form(wanted, text, kind, language)


def spelled_otherwise(
    value: str, text: str, kind: ValueKind, language: Language
) -> tuple[Found, ...]:
    """Return the letters that are spelled out where a known value of letters should be.

    They are as many as its letters, or nearly, and most of them the same.
    """
    words = [word.upper() for word in language.normalize(value, kind).split()]
    words = [word for word in words if word.isalpha() and len(word) >= _LEAST]
    if kind not in _SPELLED or not words:
        return ()
    wholes = {*words, "".join(words)}
    return tuple(
        Found(language.normalize(run.value, kind), run.start, run.stop)
        for run in spelled_runs(text, language.alphabet)
        if run.value.isalpha() and run.stop - run.start > len(run.value) and run.value not in wholes
        if any(edits(run.value, whole) <= 1 + len(whole) // 4 for whole in wholes)
    )


def edits(one: str, other: str) -> int:
    """Return how many letters must be changed, added or left out (Levenshtein 1965)."""
    row = list(range(len(other) + 1))
    for number, first in enumerate(one, 1):
        before, row = row, [number]
        for place, second in enumerate(other):
            row.append(min(before[place] + (first != second), before[place + 1] + 1, row[-1] + 1))
    return row[-1]


def _alike(wanted: Sequence[str], text: str, language: Language) -> tuple[int, int] | None:
    """Return where words stand that sound like those that are wanted, as many of them.

    None for a value with a digit, and for one with so many words that it is a text.
    """
    said = " ".join(wanted)
    if len(wanted) > _MOST_BY_SOUND or any(sign.isdigit() for sign in said):
        return None
    words = list(_WORD.finditer(text))
    for start in range(len(words) - len(wanted) + 1):
        stretch = words[start : start + len(wanted)]
        heard = " ".join(word[0].lower() for word in stretch)
        ways = ((said, heard), (heard, said))
        apart = max(contains_sounds(one, other, language.sounds) for one, other in ways)
        if apart <= _SOUNDS_ALIKE:
            return stretch[0].start(), stretch[-1].end()
    return None


def _other_form(
    wanted: Sequence[str], text: str, kind: ValueKind, language: Language
) -> tuple[int, int] | None:
    """Return the sentence that holds most words of a value, and others in place of the rest."""
    at = 0
    for sentence in language.sentences(text):
        at = text.index(sentence, at)
        said = _without_question(sentence, language.phrases)
        words = language.normalize(said, kind).split()
        there = [word for word in wanted if word in words]
        missing = [word for word in wanted if word not in words]
        if _another_street(missing, words, language):
            return None
        numbers = any(sign.isdigit() for word in missing for sign in word)
        if len(wanted) > 1 and not numbers and 2 * len(there) >= len(wanted):
            behind = words[max(words.index(word) for word in there) + 1 :]
            between = words[words.index(there[0]) : len(words) - len(behind)]
            if not missing or behind or any(word not in wanted for word in between):
                return at, at + len(said)
        at += len(sentence)
    return None


def _another_street(missing: Sequence[str], said: Sequence[str], language: Language) -> bool:
    """Return whether an avenue was said for a street."""
    streets = {*language.streets.abbreviations.values()}
    return bool(streets & {*missing}) and bool(streets & {*said})


def _without_question(sentence: str, phrases: Phrases) -> str:
    """Leave out the question at the end of a sentence: "…, is that right?"."""
    asking = (*phrases.asking.tags, *phrases.asking.confirming)
    head, comma, tail = sentence.rpartition(",")
    return head if comma and matches(asking, plain(tail)) else sentence
