"""Whether words hold a phrase or a value: as they are written, or as a recognizer may write them.

"Five dollars" is "$5", "I'm" is "I am", "April fifth" is a date said without its year, and a value
of a kind (an order number) is the same spelled out as written.

Recognizers write letters as the words they sound like ("over D", "already" for O R D), so their
texts are compared as sounds: a weighted edit distance in which alike sounds cost little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from harness.language.language import Language
from harness.language.numbers import as_digits
from harness.language.sounds import Sounds
from harness.language.values import ValueKind

VALUES = (ValueKind.EMAIL, ValueKind.AMOUNT, ValueKind.DATE, ValueKind.ID, ValueKind.PHONE)
"""Kinds that are looked for in phrases, the clearest first."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Match:
    """The candidate that comes closest; distances run from 0 (the same) to 1 (nothing alike).

    ``runner_up_distance`` is that of the next best candidate, 1.0 where there is only one.
    """

    value: str
    distance: float
    runner_up_distance: float


def sounds_distance(a: str, b: str, sounds: Sounds) -> float:
    """Return how far two normalized ids are apart, 0..1, relative to the longer one.

    Edit distance over characters; confusing two characters costs as much as their names differ
    in sound (B and D little, B and W all), zero and the letter O almost nothing.
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

    Ties go to the candidate that stands first. The distance has no threshold: whoever asks
    decides from it and from the runner-up's what is close enough.
    """
    if not candidates or not language.sounds.of(text):
        return None
    distances = [contains_value(text, candidate, kind, language) for candidate in candidates]
    order = sorted(range(len(candidates)), key=lambda index: distances[index])
    runner_up = distances[order[1]] if len(order) > 1 else 1.0
    return Match(candidates[order[0]], distances[order[0]], runner_up)


def contains_value(text: str, value: str, kind: ValueKind, language: Language) -> float:
    """Return how close the best stretch of the text comes to a value: 0 for it, 1 for nothing.

    A value that stands in the text as words or as written is 0 whatever its sounds.
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
    """Return the sounds of a value, in all the ways in which it is said."""
    ways = {language.speak(value, kind)}
    for usual, instead in language.sounds.other_ways:
        ways |= {way.replace(usual, instead) for way in ways}
    return tuple(sounds for way in sorted(ways) if (sounds := language.sounds.of(way)))


@lru_cache(maxsize=65_536)
def _best_stretch(heard: str, said: str, sounds: Sounds) -> float:
    """Return the least edit cost of turning a stretch of ``heard`` into ``said``, 0..1.

    The stretch may begin and end anywhere (Sellers 1980); the cost is relative to that of
    hearing nothing of ``said`` at all.
    """
    return _best_stretches(heard, (said,), sounds)[0]


def _best_stretches(heard: str, ways: tuple[str, ...], sounds: Sounds) -> list[float]:
    """Return ``_best_stretch`` of each of several ways to say something, all at once.

    One row for each; the shorter ones are filled up at their end, which changes nothing before it.
    """
    if not ways:
        return []
    costs = sounds.costs
    gaps, swaps = costs.gaps, costs.substitutions
    lengths = np.array([len(said) for said in ways])
    wanted = np.zeros((len(ways), int(lengths.max())), np.intp)
    for row_of_one, said in zip(wanted, ways, strict=True):
        row_of_one[: len(said)] = costs.indices(said)
    missing = np.concatenate((np.zeros((len(ways), 1)), np.cumsum(gaps[wanted], axis=1)), axis=1)
    ends = np.arange(len(ways)), lengths
    row = missing.copy()
    best = row[ends]
    for sound in costs.indices(heard).tolist():
        added = row + gaps[sound]
        added[:, 0] = 0.0
        added[:, 1:] = np.minimum(added[:, 1:], row[:, :-1] + swaps[sound, wanted])
        row = np.minimum.accumulate(added - missing, axis=1) + missing
        best = np.minimum(best, row[ends])
    return [min(1.0, share) for share in (best / missing[ends]).tolist()]


@lru_cache(maxsize=2048)
def _character_distance(a: str, b: str, sounds: Sounds) -> float:
    """Return how unlike the names of two characters sound, 0..1."""
    if a == b:
        return 0.0
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
    """One word or value of a text, in the form in which it is compared."""

    form: str
    start: int
    stop: int


def place_of(
    phrase: str, text: str, kinds: tuple[ValueKind, ...], language: Language
) -> tuple[int, int] | None:
    """Return where a phrase stands in a text, as characters [start, stop); None if it does not.

    ``kinds`` are those whose values are compared as values (``kinds_in``).
    """
    wanted, there = (list(_pieces(said, kinds, language)) for said in (phrase, text))
    for start in range(len(there) - len(wanted) + 1):
        stretch = there[start : start + len(wanted)]
        if wanted and all(_alike(a.form, b.form) for a, b in zip(wanted, stretch, strict=True)):
            return stretch[0].start, stretch[-1].stop
    return None


def kinds_in(phrase: str, named: Sequence[ValueKind], language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds of the values in a phrase: those of its facts, and what can be found."""
    there = {kind for kind in VALUES if language.find(phrase, kind)}
    return tuple(kind for kind in ValueKind if kind in there or kind in named)


def _pieces(text: str, kinds: tuple[ValueKind, ...], language: Language) -> Iterator[_Piece]:
    """Yield values and words in order; what belongs to a value is no word."""
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
    """Yield a run of number words as one number where it says one, else word by word."""
    forms = as_digits([piece.form for piece in run], language.numbers)
    if len(forms) == 1:
        yield _Piece(forms[0], run[0].start, run[-1].stop)
        return
    for form, piece in zip(forms, run, strict=True):
        yield _Piece(form, piece.start, piece.stop)


def _alike(one: str, other: str) -> bool:
    """Whether two forms are the same; a date without a year is the same day of any year."""
    if one == other:
        return True
    day = f"{ValueKind.DATE.value}:"
    if not (one.startswith(day) and other.startswith(day)):
        return False
    return one[-5:] == other[-5:] and f"{day}--" in (one[: len(day) + 2], other[: len(day) + 2])
