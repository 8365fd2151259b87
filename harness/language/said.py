"""Whether a phrase stands in a text: the same words, however numbers and values are written.

"Five dollars" is "$5", "I'm" is "I am", "April fifth" is a date said without its year, and a value
of a kind (an order number) is the same spelled out as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.language.identifiers import spelled_runs
from harness.language.language import Language
from harness.language.numbers import as_digits
from harness.language.values import ValueKind

VALUES = (ValueKind.EMAIL, ValueKind.AMOUNT, ValueKind.DATE, ValueKind.ID, ValueKind.PHONE)
"""Kinds that are looked for in phrases, the clearest first."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


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


def value_place(
    value: str, text: str, kind: ValueKind, language: Language
) -> tuple[int, int] | None:
    """Return where a value that is known stands in a text, said in words or spelled; else None.

    It is for values that no pattern finds: names, addresses, text, and identifiers of few signs.
    """
    place = place_of(value, text, (kind,), language)
    if place is not None:
        return place
    signs = language.normalize(value, ValueKind.ID)
    runs = (run for run in spelled_runs(text, language.alphabet) if signs and run.value == signs)
    return next(((run.start, run.stop) for run in runs), None)


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
    streets = language.streets.abbreviations if ValueKind.ADDRESS in kinds else {}
    numbers: list[_Piece] = []
    for piece in sorted([*values, *_words(text, values)], key=lambda piece: piece.start):
        form = streets.get(piece.form, piece.form)
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
