"""Whether a phrase stands in a text: the same words, however numbers and values are written.

"Five dollars" is "$5", "I'm" is "I am", "April fifth" is a date said without its year, and a value
of a kind (an order number) is the same spelled out as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.language.addresses import STREETS
from harness.language.numerals import NUMBER_WORDS, parse_cardinal
from harness.language.spoken import ValueKind, find_values

VALUES = (ValueKind.EMAIL, ValueKind.AMOUNT, ValueKind.DATE, ValueKind.ID, ValueKind.PHONE)
"""Kinds that are looked for in phrases, the clearest first."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SHORT = {
    "i'm": "i am", "it's": "it is", "that's": "that is", "we're": "we are", "you're": "you are",
    "they're": "they are", "there's": "there is", "he's": "he is", "she's": "she is",
    "what's": "what is", "i'll": "i will", "we'll": "we will", "you'll": "you will",
    "i've": "i have", "we've": "we have", "you've": "you have", "i'd": "i would",
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not",
    "aren't": "are not", "wasn't": "was not", "won't": "will not", "can't": "can not",
    "cannot": "can not", "couldn't": "could not", "shouldn't": "should not",
    "wouldn't": "would not", "haven't": "have not", "hasn't": "has not", "let's": "let us",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word or value of a text, in the form in which it is compared."""

    form: str
    start: int
    stop: int


def place_of(phrase: str, text: str, kinds: tuple[ValueKind, ...]) -> tuple[int, int] | None:
    """Return where a phrase stands in a text, as characters [start, stop); None if it does not.

    ``kinds`` are those whose values are compared as values (``kinds_in``).
    """
    wanted, there = list(_pieces(phrase, kinds)), list(_pieces(text, kinds))
    for start in range(len(there) - len(wanted) + 1):
        stretch = there[start : start + len(wanted)]
        if wanted and all(_alike(a.form, b.form) for a, b in zip(wanted, stretch, strict=True)):
            return stretch[0].start, stretch[-1].stop
    return None


def kinds_in(phrase: str, named: Sequence[ValueKind]) -> tuple[ValueKind, ...]:
    """Return the kinds of the values in a phrase: those of its facts, and what can be found."""
    there = {kind for kind in VALUES if find_values(phrase, kind)}
    return tuple(kind for kind in ValueKind if kind in there or kind in named)


def _pieces(text: str, kinds: tuple[ValueKind, ...]) -> Iterator[_Piece]:
    """Yield values and words in order; what belongs to a value is no word."""
    values: list[_Piece] = []
    for kind in VALUES:
        for found in find_values(text, kind) if kind in kinds else ():
            if not any(found.start < one.stop and one.start < found.stop for one in values):
                values.append(_Piece(f"{kind.value}:{found.value}", found.start, found.stop))
    numbers: list[_Piece] = []
    for piece in sorted([*values, *_words(text, values)], key=lambda piece: piece.start):
        form = STREETS.get(piece.form, piece.form) if ValueKind.ADDRESS in kinds else piece.form
        if form in NUMBER_WORDS:
            numbers.append(piece)
            continue
        yield from _as_digits(numbers)
        numbers = []
        for part in _SHORT.get(form, form).split():
            yield _Piece(part, piece.start, piece.stop)
    yield from _as_digits(numbers)


def _words(text: str, values: list[_Piece]) -> Iterator[_Piece]:
    for match in _WORD.finditer(text):
        if not any(match.start() < one.stop and one.start < match.end() for one in values):
            form = match[0].replace("’", "'").lower()
            yield _Piece(form, match.start(), match.end())


def _as_digits(numbers: list[_Piece]) -> Iterator[_Piece]:
    """Yield a run of number words as one number where it says one, else word by word."""
    whole = parse_cardinal([piece.form for piece in numbers])
    if whole is not None:
        yield _Piece(str(whole), numbers[0].start, numbers[-1].stop)
        return
    for piece in numbers:
        number = parse_cardinal([piece.form])
        yield _Piece(piece.form if number is None else str(number), piece.start, piece.stop)


def _alike(one: str, other: str) -> bool:
    """Whether two forms are the same; a date without a year is the same day of any year."""
    if one == other:
        return True
    day = f"{ValueKind.DATE.value}:"
    if not (one.startswith(day) and other.startswith(day)):
        return False
    return one[-5:] == other[-5:] and f"{day}--" in (one[: len(day) + 2], other[: len(day) + 2])
