"""Counts: numbers of items, as whole numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from harness.language.numbers import NEVER, Numbers
from harness.language.values import Found

_NEAR = 200
"""Characters before a number that are searched for text that makes it not a count."""

_DIGITS = re.compile(r"\d{1,9}(?:\.0+)?")


def _not_in_order(number: int) -> tuple[str, ...]:
    """Return no form: a language may leave ordinal forms out."""
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class CountWords:
    """The vocabulary of a language for counts, apart from its numbers; expressions ignore case."""

    named: Mapping[str, int] = field(default_factory=dict)
    """Phrases for a count: "a couple", 2."""
    joining: frozenset[str] = frozenset()
    """Words within a number: "and"."""
    idle: str = NEVER
    """Regular expression for phrases with a number word that is not a count: "this one"."""
    before: str = NEVER
    """Regular expression for the text before a number that is not a count: "number", "$"."""
    after: str = NEVER
    """Regular expression for the text after a number that is not a count: "o'clock", "%", "th"."""
    in_order: Callable[[int], tuple[str, ...]] = _not_in_order
    """Ordinal forms of a number, spoken and written: "fifteenth", "15th"."""


_MOST_WORDS = 24
"""No number has more; a row of them without end takes no time."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Whole numbers that count."""

    numbers: Numbers
    words: CountWords

    def speak(self, value: str) -> str:
        """Return the words of a number; any other text is returned unchanged."""
        number = self._number(value)
        if number is None or number > self.numbers.largest:
            return value
        return self.numbers.cardinal(number)

    def normalize(self, value: str) -> str:
        """Return the digits; any other text is returned in lower case with single spaces."""
        number = self._number(value)
        return " ".join(value.lower().split()) if number is None else str(number)

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every number that may be a count, in words or digits."""
        return tuple(sorted((*self._named(text), *self._numbers(text)), key=lambda one: one.start))

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed range if the value is not a count, else None."""
        number = self._number(value)
        if number is not None and number <= self.numbers.largest:
            return None
        return f"expected a whole number from 0 to {self.numbers.largest:,}"

    def _number(self, value: str) -> int | None:
        text = " ".join(value.strip().rstrip(".").lower().split())
        if _grouped(self.numbers.grouping).fullmatch(text):
            return int(text.replace(self.numbers.grouping, ""))
        if _DIGITS.fullmatch(text):
            return int(text.partition(".")[0])
        named = self.words.named.get(text)
        return self.numbers.parse(re.split(r"[\s-]+", text)) if named is None else named

    def _named(self, text: str) -> list[Found]:
        phrases = tuple(self.words.named)
        return [
            Found(str(self.words.named[" ".join(match[0].lower().split())]), *match.span())
            for match in (_phrases(phrases).finditer(text) if phrases else ())
            if re.match(self.words.after, text[match.end() :], re.IGNORECASE) is None
        ]

    def _numbers(self, text: str) -> list[Found]:
        """Return counts in digits or number words, from the longest runs that form a number."""
        idle = re.finditer(self.words.idle, text, re.IGNORECASE)
        taken = [(one.start, one.stop) for one in self._named(text)]
        taken += [one.span() for one in idle]
        pieces = [
            one for one in _pieces(self.numbers.grouping).finditer(text) if not _inside(one, taken)
        ]
        found: list[Found] = []
        at = 0
        while at < len(pieces):
            stop, number = self._longest(text, pieces, at)
            if number is not None:
                start, end = pieces[at].start(), pieces[stop - 1].end()
                found.append(Found(str(number), start, end))
            at = max(stop, at + 1)
        return [one for one in _apart(text, found) if self._counts(text, one.start, one.stop)]

    def _longest(self, text: str, pieces: list[re.Match[str]], at: int) -> tuple[int, int | None]:
        """Return the piece after the longest number from ``at``, and the number."""
        stop, best, words = at, None, list[str]()
        for index in range(at, min(at + _MOST_WORDS, len(pieces))):
            word = pieces[index][0].lower().replace(self.numbers.grouping, "")
            written = word.isdecimal() and not re.match(r"0\d", word)
            known = written or self.numbers.is_word(word) or word in self.words.joining
            gap = text[pieces[index - 1].end() : pieces[index].start()] if index > at else ""
            if not known or gap.strip(" -"):
                break
            words.append(word)
            number = self.numbers.parse(words)
            if number is not None:
                stop, best = index + 1, number
        return stop, best

    def _counts(self, text: str, start: int, stop: int) -> bool:
        near = text[max(0, start - _NEAR) : start]
        before = re.search(rf"(?:{self.words.before})\Z", near, re.IGNORECASE)
        after = re.match(self.words.after, text[stop:], re.IGNORECASE)
        return before is None and after is None


def _apart(text: str, found: list[Found]) -> list[Found]:
    """Leave out adjacent numbers: they are spelled digits, a price or a time."""
    gaps = [text[one.stop : other.start].strip(" -") for one, other in pairwise(found)]
    beside = {place + side for place, gap in enumerate(gaps) if not gap for side in (0, 1)}
    return [one for place, one in enumerate(found) if place not in beside]


def _inside(piece: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(start <= piece.start() < stop for start, stop in taken)


@lru_cache(maxsize=16)
def _grouped(sign: str) -> re.Pattern[str]:
    """Return an expression for digits with a thousands separator."""
    return re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+")


@lru_cache(maxsize=16)
def _pieces(sign: str) -> re.Pattern[str]:
    """Return an expression for digits or words that may be part of a number."""
    return re.compile(rf"(?<!\w){_grouped(sign).pattern}(?!\w)|(?<!\w)\d+(?!\w)|[^\W\d_]+")


@lru_cache(maxsize=16)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    words = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in longest_first)
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
