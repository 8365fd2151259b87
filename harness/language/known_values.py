"""Whether a text contains a known value: exactly, spelled otherwise, or misheard.

A read-back must contain exactly the value: "Robert" is not Roberts, and six digits are no five. So
this is stricter than ``places.value_places``, which finds the value that a write means, with
plurals and initials; ``matching.place_of`` finds a phrase, whatever values it contains.

A listener must decide on a form that is not known here ("Chan" may be how a transcript writes Chen,
"flat four B" how someone says Apt 4B); if a number is missing or letters are spelled otherwise, it
is another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from harness.language.identifiers import MENDED_KINDS, repairs, spelled_runs
from harness.language.language import Language
from harness.language.numbers import as_digits
from harness.language.phrasebook import matches, plain
from harness.language.phrases import Phrases
from harness.language.places import value_places
from harness.language.sentences import Stretches
from harness.language.sounds import Sounds
from harness.language.spelling import tokens
from harness.language.values import Found, ValueKind

# Whether words contain a phrase or a value, as written or as a recognizer may write them.
#
# "Five dollars" is "$5", "I'm" is "I am", "April fifth" is a date said without its year, and a
# value of a kind (an order number) is the same spelled out as written.
#
# Recognizers write letters as the words they sound like ("over D", "already" for O R D), so their
# texts are compared as sounds: a weighted edit distance in which similar sounds cost little.

VALUES = (ValueKind.EMAIL, ValueKind.AMOUNT, ValueKind.DATE, ValueKind.ID, ValueKind.PHONE)
"""Kinds that are searched in phrases, the clearest first."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Match:
    """The closest candidate; distances run from 0 (the same) to 1 (entirely different).

    ``runner_up_distance`` is that of the next best candidate, 1.0 if there is no other.
    """

    value: str
    distance: float
    runner_up_distance: float


def sounds_distance(a: str, b: str, sounds: Sounds) -> float:
    """Return how far two normalized ids are apart, 0..1, relative to the longer id.

    Edit distance over characters; confusing two characters costs as much as their names differ in
    sound (B and D little, B and W all), zero and the letter O almost 0.
    """
    longer = max(len(a), len(b))
    if not longer:
        return 0.0
    row = [float(index) for index in range(len(b) + 1)]
    for first in a:
        before, row = row, [row[0] + 1.0]
        for index, second in enumerate(b):
            swapped = before[index] + _character_distance(first.lower(), second.lower(), sounds)
            row.append(min(before[index + 1] + 1.0, row[index] + 1.0, swapped))
    return row[-1] / longer


def heard_value(
    text: str, candidates: tuple[str, ...], kind: ValueKind, language: Language
) -> Match | None:
    """Return the candidate closest to any stretch of the text, None without text or candidates.

    The first candidate wins a tie. The distance has no threshold: the calling code decides from it
    and from the runner-up's whether the candidate is close enough.
    """
    if not candidates or not language.sounds.of(text):
        return None
    distances = [contains_value(text, candidate, kind, language) for candidate in candidates]
    order = sorted(range(len(candidates)), key=lambda index: distances[index])
    runner_up = distances[order[1]] if len(order) > 1 else 1.0
    return Match(candidates[order[0]], distances[order[0]], runner_up)


def contains_value(text: str, value: str, kind: ValueKind, language: Language) -> float:
    """Return how close the best stretch of the text comes to a value: 0 equal, 1 not at all.

    A value that the text contains as words or as written is 0 whatever its sounds.
    """
    wanted = language.normalize(value, kind)
    if any(found.value == wanted for found in language.find(text, kind)):
        return 0.0
    heard, sounds = language.sounds.of(text), language.sounds
    ways = _ways_to_say(value, kind, language)
    return min((_best_stretch(heard, said, sounds) for said in ways), default=1.0)


def contained_values(
    text: str, values: Sequence[str], kind: ValueKind, language: Language
) -> list[float]:
    """Return ``contains_value`` for each of some values, in a fraction of the time."""
    there = {found.value for found in language.find(text, kind)}
    heard, sounds = language.sounds.of(text), language.sounds
    best = [0.0 if language.normalize(value, kind) in there else 1.0 for value in values]
    ways = [
        (place, said)
        for place, value in enumerate(values)
        if best[place]
        for said in _ways_to_say(value, kind, language)
    ]
    for (place, _), distance in zip(
        ways, _best_stretches(heard, tuple(said for _, said in ways), sounds), strict=True
    ):
        best[place] = min(best[place], distance)
    return best


def contains_sounds(text: str, said: str, sounds: Sounds) -> float:
    """Return how close the best stretch of the text sounds to spoken words: 0 the same, 1 none."""
    heard, wanted = sounds.of(text), sounds.of(said)
    return _best_stretch(heard, wanted, sounds) if heard and wanted else 1.0


@lru_cache(maxsize=4096)
def _ways_to_say(value: str, kind: ValueKind, language: Language) -> tuple[str, ...]:
    """Return the sounds of a value, in every way to say it."""
    ways = {language.speak(value, kind)}
    # Doubles the ways each time, so that "zero" and "oh" may be mixed with other alternatives.
    for usual, instead in language.sounds.other_ways:
        ways |= {way.replace(usual, instead) for way in ways}
    return tuple(sounds for way in sorted(ways) if (sounds := language.sounds.of(way)))


@lru_cache(maxsize=65_536)
def _best_stretch(heard: str, said: str, sounds: Sounds) -> float:
    """Return the least edit cost of turning a stretch of ``heard`` into ``said``, 0..1.

    The stretch may begin and end anywhere (Sellers 1980); the cost is relative to that of hearing
    no part of ``said``.
    """
    return _best_stretches(heard, (said,), sounds)[0]


def _best_stretches(heard: str, ways: tuple[str, ...], sounds: Sounds) -> list[float]:
    """Return ``_best_stretch`` of each of several ways to say something, all at once.

    A row for each; the shorter rows are padded at their end, which does not change the text before.
    """
    if not ways:
        return []
    costs = sounds.costs
    gaps, swaps = costs.gaps, costs.substitutions
    lengths = np.array([len(said) for said in ways])
    wanted = np.zeros((len(ways), int(lengths.max())), np.intp)
    for row_of_one, said in zip(wanted, ways, strict=True):
        row_of_one[: len(said)] = costs.indices(said)
    # Cost of leaving out the first n sounds of each way to say it, n from 0.
    missing = np.concatenate((np.zeros((len(ways), 1)), np.cumsum(gaps[wanted], axis=1)), axis=1)
    ends = np.arange(len(ways)), lengths
    row = missing.copy()
    best = row[ends]
    for sound in costs.indices(heard).tolist():
        added = row + gaps[sound]
        # 0: the stretch may begin anywhere in the text.
        added[:, 0] = 0.0
        added[:, 1:] = np.minimum(added[:, 1:], row[:, :-1] + swaps[sound, wanted])
        # Leaving out sounds moves along the row, each step adding its gap. With the sums of gaps
        # taken off, that is a running minimum, which numpy computes without a loop.
        row = np.minimum.accumulate(added - missing, axis=1) + missing
        # At each sound of the text: the stretch may end anywhere, too.
        best = np.minimum(best, row[ends])
    # 1.0 is as far as hearing no part of it.
    return [min(1.0, share) for share in (best / missing[ends]).tolist()]


@lru_cache(maxsize=2048)
def _character_distance(a: str, b: str, sounds: Sounds) -> float:
    """Return the distance between the sounds of two characters' names, 0..1."""
    if a == b:
        return 0.0
    # Their names differ in sound, and people say one for the other.
    if {a, b} == {"0", "o"}:
        return 0.1
    first, second = sounds.phones_of(a), sounds.phones_of(b)
    if not first or not second:
        return 1.0
    gaps, swaps = sounds.costs.gaps, sounds.costs.substitutions
    left, right = sounds.costs.indices(first), sounds.costs.indices(second)
    row = np.concatenate(([0.0], np.cumsum(gaps[right])))
    for sound in left.tolist():
        before, row = row, np.full(len(right) + 1, row[0] + gaps[sound])
        for place, other in enumerate(right.tolist()):
            row[place + 1] = min(
                before[place] + swaps[sound, other],
                before[place + 1] + gaps[sound],
                row[place] + gaps[other],
            )
    return min(1.0, float(row[-1]) / max(len(first), len(second)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word or value of a text, in the form in which it is compared."""

    form: str
    start: int
    stop: int


def place_of(
    phrase: str, text: str, kinds: tuple[ValueKind, ...], language: Language
) -> tuple[int, int] | None:
    """Return the place of a phrase in a text, as characters [start, stop); None if it is absent.

    ``kinds`` are those whose values are compared as values (``kinds_in``).
    """
    wanted, there = (list(_pieces(said, kinds, language)) for said in (phrase, text))
    for start in range(len(there) - len(wanted) + 1):
        stretch = there[start : start + len(wanted)]
        if wanted and all(
            _sounding_alike(a.form, b.form) for a, b in zip(wanted, stretch, strict=True)
        ):
            return stretch[0].start, stretch[-1].stop
    return None


def kinds_in(phrase: str, named: Sequence[ValueKind], language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds of the values in a phrase: those of its facts, and those found in it."""
    there = {kind for kind in VALUES if language.find(phrase, kind)}
    return tuple(kind for kind in ValueKind if kind in there or kind in named)


def _pieces(text: str, kinds: tuple[ValueKind, ...], language: Language) -> Iterator[_Piece]:
    """Yield values and words in order; the words of a value are not words of their own."""
    values: list[_Piece] = []
    for kind in VALUES:
        for found in language.find(text, kind) if kind in kinds else ():
            if not any(found.start < one.stop and one.start < found.stop for one in values):
                values.append(_Piece(f"{kind.value}:{found.value}", found.start, found.stop))
    numbers: list[_Piece] = []
    for piece in sorted([*values, *_words(text, values)], key=lambda piece: piece.start):
        form = piece.form
        if ValueKind.ADDRESS in kinds:
            form = language.streets.in_full(form)
        if language.numbers.is_word(form):
            numbers.append(piece)
            continue
        yield from _as_digits(numbers, language)
        numbers = []
        for part in language.contractions.get(form, form).split():
            yield _Piece(part, piece.start, piece.stop)
    yield from _as_digits(numbers, language)


def _words(text: str, values: list[_Piece]) -> Iterator[_Piece]:
    for match in _WORD.finditer(text):
        if not any(match.start() < one.stop and one.start < match.end() for one in values):
            form = match[0].replace("’", "'").lower()
            yield _Piece(form, match.start(), match.end())


def _as_digits(run: list[_Piece], language: Language) -> Iterator[_Piece]:
    """Yield a run of number words as a number if it forms one, else word by word."""
    forms = as_digits([piece.form for piece in run], language.numbers)
    if len(forms) == 1:
        yield _Piece(forms[0], run[0].start, run[-1].stop)
        return
    for form, piece in zip(forms, run, strict=True):
        yield _Piece(form, piece.start, piece.stop)


def _sounding_alike(one: str, other: str) -> bool:
    """Whether two forms are the same; a date without a year is the same day of any year."""
    if one == other:
        return True
    day = f"{ValueKind.DATE.value}:"
    if not (one.startswith(day) and other.startswith(day)):
        return False
    return one[-5:] == other[-5:] and f"{day}--" in (one[: len(day) + 2], other[: len(day) + 2])


_WORDED = (ValueKind.NAME, ValueKind.ADDRESS, ValueKind.TEXT)
_SPELLED = (ValueKind.NAME, ValueKind.ADDRESS, ValueKind.ID)
_TOLD_BY_PLACE = (ValueKind.TIME, ValueKind.DATETIME, ValueKind.COUNT)
"""Kinds whose words mean many things: "five thirty" is a time if that time is searched."""
_LEAST = 3
"""Letters of a word that is spelled out."""
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
_SOUNDS_ALIKE = 0.25
"""Share of a name's sounds that may differ: Smyth is Smith, Boston is not Austin."""
_MOST_BY_SOUND = 20
"""Words of a value that is searched by its sounds: each stretch of as many words is compared."""


def exact_places(
    value: str, text: str, kind: ValueKind, language: Language, today: date | None = None
) -> tuple[Found, ...]:
    """Return the places of a known value, all of it, in words or spelled."""
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
    """Return places of a number with decimals that is no amount: "twelve point five percent"."""
    if kind not in (ValueKind.ID, ValueKind.TEXT) or not _DECIMAL.fullmatch(value.strip()):
        return ()
    wanted, amount = language.normalize(value, kind), language.amounts.normalize(value)
    places = language.amounts.find_decimals(text)
    return tuple(Found(wanted, one.start, one.stop) for one in places if one.value == amount)


def _prices(wanted: str, text: str, language: Language) -> Iterator[Found]:
    """Yield the places of an amount said as a price, by two numbers alone: "forty-seven fifty"."""
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
    """Yield the places of an address with its numbers as people say them: "three fifty Fifth"."""
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
    """Return whether a house number precedes a street that is known without a number."""
    last = (before.split() or [""])[-1].lower()
    number = last.isdecimal() or language.numbers.is_word(last.rpartition("-")[2])
    return number and not wanted[:1].isdigit()


def near_value(
    value: str, text: str, kind: ValueKind, language: Language
) -> tuple[int, int] | None:
    """Return the place of words that may be a known value in an unknown form; None if none may.

    Either they sound like it, or they hold at least half of its words, all its numbers, and
    something else in place of the rest. A part of a value alone is not near it.
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
    """Return the letters that are spelled out in place of a known value of letters.

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
    """Return the place of words that sound like the wanted words, as many of them.

    None for a value with a digit, and for a value with so many words that it is a text.
    """
    said = " ".join(wanted)
    if len(wanted) > _MOST_BY_SOUND or any(sign.isdigit() for sign in said):
        return None
    words = list(_WORD.finditer(text))
    for start in range(len(words) - len(wanted) + 1):
        stretch = words[start : start + len(wanted)]
        heard = " ".join(word[0].lower() for word in stretch)
        ways = ((said, heard), (heard, said))
        # In both directions: a short word is contained in many long ones, but does not contain
        # them.
        apart = max(contains_sounds(one, other, language.sounds) for one, other in ways)
        if apart <= _SOUNDS_ALIKE:
            return stretch[0].start(), stretch[-1].end()
    return None


def _other_form(
    wanted: Sequence[str], text: str, kind: ValueKind, language: Language
) -> tuple[int, int] | None:
    """Return the sentence with most words of a value, and other words in place of the rest."""
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
        # A missing number makes it another value; at least half of the words must be there.
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
