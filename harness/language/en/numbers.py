"""English numbers: digits to words, and words to numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from harness.language.numbers import Numbers

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth",
    "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip

UNITS: dict[str, int] = {word: value for value, word in enumerate(DIGITS)}
"""zero to nine."""
TEENS: dict[str, int] = {word: 10 + index for index, word in enumerate(_TEENS)}
TENS: dict[str, int] = {word: 20 + 10 * index for index, word in enumerate(_TENS)}
SMALL: dict[str, int] = UNITS | TEENS | TENS
"""Every single word for a number under one hundred."""

_MULTIPLIERS = {word: scale for scale, word in _SCALES}
NUMBER_WORDS: frozenset[str] = frozenset({*SMALL, *_MULTIPLIERS})


_MOST_DIGITS = 15
"""Longer rows of digits are no numbers: they are codes, or noise."""

_DECIMAL = re.compile(r"\d{1,6}\.\d{1,6}")

LARGEST = 999_999_999
"""The largest number that has words here."""


def cardinal(number: int) -> str:
    """Return "forty-nine", "one thousand two hundred three".

    Raises ValueError outside 0 to ``LARGEST``.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"expected 0 to {LARGEST:,}, got {number}")
    for scale, word in _SCALES:
        if number >= scale:
            rest = f" {cardinal(number % scale)}" if number % scale else ""
            return f"{cardinal(number // scale)} {word}{rest}"
    if number >= 20:
        unit = f"-{DIGITS[number % 10]}" if number % 10 else ""
        return _TENS[number // 10 - 2] + unit
    return _TEENS[number - 10] if number >= 10 else DIGITS[number]


def ordinal(number: int) -> str:
    """Return "twenty-fifth", "twelfth"."""
    head, dash, last = cardinal(number).rpartition("-")
    if last in _ORDINALS:
        return head + dash + _ORDINALS[last]
    return head + dash + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


ORDINALS: dict[str, int] = {ordinal(n): n for n in (*range(1, 20), *range(20, 100, 10))}
"""Ordinals of one word: first to nineteenth, twentieth, thirtieth …"""


def parse_cardinal(words: Sequence[str]) -> int | None:
    """Return the number that all the words say, None where they do not say exactly one.

    Words are lower-case, without hyphens: ("one", "thousand", "two", "hundred", "and", "three").
    A group of digits counts as a number word. "and" may stand after a scale, "a" before one.
    """
    total, group, last = 0, 0, 0
    spoken = False
    for index, word in enumerate(words):
        if word == "and" and index and words[index - 1] in _MULTIPLIERS:
            continue
        if word == "a" and index + 1 < len(words) and words[index + 1] in _MULTIPLIERS:
            word = "one"
        if word in _MULTIPLIERS and spoken:
            scale = _MULTIPLIERS[word]
            if scale == 100 and group >= 100:  # "one hundred one hundred": two numbers
                return None
            total, group = _scaled(total, group, scale)
            last = scale
            continue
        written = word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS
        value = int(word) if written else SMALL.get(word)
        if value is None or not _fits(value, last, spoken):
            return None
        group, last, spoken = group + value, value, True
    return total + group if spoken else None


def parse_number(words: Sequence[str]) -> int | None:
    """Return the number that all the words say, also with a part of a scale.

    ("one", "and", "a", "half", "thousand"), ("one", "point", "two", "million"), ("2.5", "million").
    """
    return _parsed(tuple(words))


@lru_cache(maxsize=8192)  # every run of words is read in several searches of the same text
def _parsed(words: tuple[str, ...]) -> int | None:
    whole = parse_cardinal(words)
    if whole is not None or not words or words[-1] not in _MULTIPLIERS:
        return whole
    part = _with_part(list(words[:-1]))
    number = None if part is None else part * _MULTIPLIERS[words[-1]]
    return int(number) if number is not None and number.denominator == 1 else None


def _with_part(words: list[str]) -> Fraction | None:
    """Read "half a", "one and a half", "one point two five" and "2.5"."""
    if words == ["half", "a"]:
        return Fraction(1, 2)
    if len(words) == 1 and _DECIMAL.fullmatch(words[0]):
        return Fraction(words[0])
    if words[-3:] == ["and", "a", "half"]:
        whole = parse_cardinal(words[:-3])
        return None if whole is None else whole + Fraction(1, 2)
    at = words.index("point") if "point" in words else 0
    whole, places = parse_cardinal(words[:at]), words[at + 1 :]
    if whole is None or not places or not all(word in UNITS for word in places):
        return None
    return whole + Fraction(int("".join(str(UNITS[word]) for word in places)), 10 ** len(places))


def _scaled(total: int, group: int, scale: int) -> tuple[int, int]:
    return (total, group * scale) if scale == 100 else (total + group * scale, 0)


def _fits(value: int, last: int, spoken: bool) -> bool:
    """Say whether ``value`` may follow ``last``: units after tens, anything small after a scale."""
    if not spoken or last >= 100:
        return not spoken or value < last
    return last in TENS.values() and 0 < value < 10


ENGLISH_NUMBERS = Numbers(
    digits=DIGITS,
    largest=LARGEST,
    cardinal=cardinal,
    parse=parse_number,
    is_word=NUMBER_WORDS.__contains__,
)
