"""Which order the caller meant: recognized words against the numbers on file.

A number counts only if nearly all of it was heard. The recognizer writes letters as words ("so
hard to" for O R D), so numbers are compared as sounds (``language.matching``); what the caller then
confirms is the number as it stands on file. Without numbers on file, only what was heard clearly
as characters counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from harness.language.language import Language
from harness.language.matching import contains_value, heard_value
from harness.language.values import ValueKind

_CLEAR = 0.17
_POSSIBLE = 0.30
_NOISY = 0.40
_FAR_APART = 0.12
_MARGIN = 0.05
_CUT = 0.06
_LEAST_CHARACTERS = 5
_AMOUNTS = tuple(str(amount) for amount in (5, *range(10, 101, 5), *range(110, 301, 10), 400, 500))
"""Sums that people ask for; others count only if the recognizer wrote them down as such."""

_AMOUNT_WITHIN = 0.20


class Certainty(Enum):
    """How well a number was heard."""

    NONE = "none"
    """Nothing that could be a number."""
    PARTIAL = "partial"
    """The beginning of a number: cut off."""
    UNSURE = "unsure"
    """A number, but not which one."""
    HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in the caller's words; ``value`` is set when HEARD, and a best guess when UNSURE."""

    certainty: Certainty
    value: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NumberWords:
    """How numbers and sums show in one language: regular expressions, case ignored."""

    sign: str
    """One character of a number, as a figure or as a word."""
    bare_amount: str
    """A sum in figures, group 1, without its currency."""
    near_amount: str
    """A currency, and the words before it, which may be a misheard sum."""
    joined: str
    """What stands between two numbers that are both meant."""
    currency: str
    """What makes a sum of the number that answers the question how much."""


def mentioned(
    text: str, on_file: tuple[str, ...], language: Language, words: NumberWords
) -> Mention:
    """Return what the words say about an order number."""
    if not on_file:
        return _without_file(text, language)
    match = heard_value(text, on_file, ValueKind.ID, language)
    signs = len(re.findall(words.sign, text, re.I))
    if match is None or (match.distance > _NOISY and signs < 2):
        return Mention(Certainty.NONE)
    apart = match.runner_up_distance - match.distance
    if match.distance > _POSSIBLE and not (match.distance <= _NOISY and apart >= _FAR_APART):
        looks_like_one = signs >= 3 or match.distance < 0.5
        return Mention(Certainty.PARTIAL if looks_like_one else Certainty.NONE)
    if match.distance > 0 and _is_cut(text, match.value, language):
        return Mention(Certainty.PARTIAL)
    if apart < _MARGIN or (match.distance > _CLEAR and apart < 2 * _MARGIN):
        return Mention(Certainty.UNSURE, match.value)
    return Mention(Certainty.HEARD, match.value)


def several(
    text: str, on_file: tuple[str, ...], language: Language, words: NumberWords
) -> tuple[str, ...]:
    """Return the numbers of a list, in order; nothing where not each of two or more was heard."""
    parts = re.split(words.joined, text, flags=re.I)
    if len(parts) < 2 or any(len(re.findall(words.sign, part, re.I)) < 3 for part in parts):
        return ()
    mentions = [mentioned(part, on_file, language, words) for part in parts]
    if any(each.certainty is not Certainty.HEARD for each in mentions):
        return ()
    values = tuple(dict.fromkeys(each.value for each in mentions if each.value is not None))
    return values if len(values) > 1 else ()


def amount_in(text: str, language: Language, words: NumberWords) -> float | None:
    """Return the sum of money that was named, by its words or by its sound before a currency."""
    found = language.find(text, ValueKind.AMOUNT)
    if found:
        return float(found[-1].value)
    bare = re.search(words.bare_amount, text, re.I)
    if bare is not None:
        return float(bare[1].replace(",", "."))
    near = re.search(words.near_amount, text, re.I)
    if near is None:
        return None
    match = heard_value(near[0], _AMOUNTS, ValueKind.AMOUNT, language)
    return float(match.value) if match is not None and match.distance <= _AMOUNT_WITHIN else None


def _is_cut(text: str, value: str, language: Language) -> bool:
    """Whether at least the last two characters are missing: leaving them out fits better, twice."""
    distances = [contains_value(text, value[:end], ValueKind.ID, language) for end in (-1, -2)]
    return distances[0] - distances[1] > _CUT


def _without_file(text: str, language: Language) -> Mention:
    found = [each.value for each in language.find(text, ValueKind.ID)]
    whole = [value for value in found if len(value) >= _LEAST_CHARACTERS]
    if whole:
        return Mention(Certainty.HEARD, whole[-1])
    return Mention(Certainty.PARTIAL if found else Certainty.NONE)
