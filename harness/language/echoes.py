"""Words and values in a form in which a reply can be held against the question before it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from harness.language.language import Language
from harness.language.numbers import with_digits
from harness.language.phrasebook import matches, plain, without
from harness.language.values import ValueKind

_DIGITS = re.compile(r"\d+")
_AMOUNT = re.compile(r"\d+\.\d\d")
_ALIKE = 5
"""So many letters in common at the start make two forms of one word: "reserve", "reservation"."""


def content_words(words: str, language: Language) -> frozenset[str]:
    """Return the words with a meaning of their own."""
    return frozenset(without(language.phrases.wishes.small_words, words).split())


def echoed(word: str, words: frozenset[str]) -> bool:
    """Say whether a word is one of the words, in whatever form: "booking" is "book"."""
    return word in words or word[:_ALIKE] in _beginnings(words)


@lru_cache(maxsize=1024)
def _beginnings(words: frozenset[str]) -> frozenset[str]:
    """Return how the words begin that may have another form."""
    return frozenset(word[:_ALIKE] for word in words if len(word) >= _ALIKE)


def spoken_values(text: str, language: Language) -> frozenset[str]:
    """Return the numbers and days in words, each in one form that can be held against another.

    A number stands for itself and, with the word behind it, for how many: "3", "3 ticke".
    """
    wishes = language.phrases.wishes
    words = without(wishes.no_values, plain(text))
    said = with_digits(re.split(r"[ -]", words), language.numbers)
    numbers = (number.lstrip("0") for number in _DIGITS.findall(" ".join(said)))
    counted = (
        f"{number} {unit[:_ALIKE]}"
        for number, unit in pairwise(said)
        if number.isdigit() and unit.isalpha() and without(wishes.small_words, unit)
    )
    days = (found.value for found in language.find(text, ValueKind.DATE))
    named = (word for word in words.split() if matches(wishes.named_values, word))
    return frozenset((*numbers, *counted, *days, *named))


def spoken_codes(text: str, language: Language) -> frozenset[str]:
    """Return the codes and amounts in words, in one form each."""
    kinds = (ValueKind.AMOUNT, ValueKind.ID)
    return frozenset(found.value for kind in kinds for found in language.find(text, kind))


def other_codes(said: frozenset[str], asked: frozenset[str]) -> bool:
    """Say whether codes of the form of what was asked are said, and no part of that.

    All amounts are of one form, and none is a part of another.
    """
    known = any(_same_code(one, other) for one in said for other in asked)
    alike = any(_form(one) == _form(other) for one in said for other in asked)
    return alike and not known


def _same_code(one: str, other: str) -> bool:
    if _AMOUNT.fullmatch(one) and _AMOUNT.fullmatch(other):
        return one == other
    return one in other or other in one


def _form(code: str) -> tuple[bool, ...]:
    return () if _AMOUNT.fullmatch(code) else tuple(letter.isdigit() for letter in code)


def new_values(said: frozenset[str], asked: frozenset[str]) -> frozenset[str]:
    """Return what is said and was not asked; how many of a thing only where that was asked."""
    units = _units(asked)
    return frozenset(v for v in said - asked if " " not in v or v.partition(" ")[2] in units)


@lru_cache(maxsize=1024)
def _units(asked: frozenset[str]) -> frozenset[str]:
    return frozenset(value.partition(" ")[2] for value in asked)
