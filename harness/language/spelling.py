"""Identifiers and phone numbers, character by character: how they are said, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class SpelledPart(Enum):
    """What a token can be within a spelled value."""

    CHARACTERS = "characters"
    """Letters or digits that stand for themselves, or a word for one."""
    SEPARATOR = "separator"
    """A dash, said or written."""
    REPEAT = "repeat"
    """double, triple: the next character again."""
    PAUSE = "pause"
    """Comma, semicolon, full stop or dots between characters."""
    LABEL = "label"
    """letter, digit: says what the next character is."""
    LINK = "link"
    """and, then: may lead on to the rest of the value."""
    WORD = "word"
    """Anything else: ends the value."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign of a text, and the characters that it stands for, if any."""

    text: str
    start: int
    stop: int
    part: SpelledPart
    characters: str = ""
    others: tuple[str, ...] = ()
    """What else it may stand for: "eight hundred five five" for 8005 and then 5, or 805 and 5."""


def is_single(token: Token) -> bool:
    """Whether a token is one letter or digit that stands for itself."""
    return token.part is SpelledPart.CHARACTERS and len(token.text) == 1


def _never(row: Sequence[Token], low: int, high: int) -> bool:
    return False


def _no_number(words: Sequence[str]) -> int | None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """What a language says for single characters; words are in lower case."""

    digits: tuple[str, ...]
    """The names of 0 to 9."""
    signs: Mapping[str, str]
    """What stands between characters ("-", "/", "+" …) to its name."""
    letters: Mapping[str, str]
    """Words of a spelling alphabet to their capital letters."""
    numbers: Mapping[str, str]
    """Single words for numbers to their digits."""
    tens: frozenset[str] = frozenset()
    """Those of them that the word for one more digit may follow: "forty seven"."""
    scales: frozenset[str] = frozenset()
    """Words that multiply the number before them: "hundred"."""
    cardinal: Callable[[Sequence[str]], int | None] = _no_number
    """The number that all the words say, None where they do not say exactly one."""
    separators: frozenset[str] = frozenset()
    """Further names of ``signs``."""
    labels: frozenset[str] = frozenset()
    """Words that say what the next character is: "letter"."""
    links: frozenset[str] = frozenset()
    """Words that may lead on to the rest of a value: "then"."""
    repeats: Mapping[str, int] = field(default_factory=dict)
    """Words that say the next character several times over: "double"."""
    repeated: frozenset[str] = frozenset()
    """What may stand between such a word and the character: "-", an article."""
    further_letters: frozenset[str] = frozenset()
    """Small letters beside those from a to z."""
    composed: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Two words that name one letter, to that letter and what else they may mean: "double u"."""
    explaining: tuple[tuple[str, ...], ...] = ()
    """Words between a letter and one that begins with it: "B as in boat"."""
    explaining_by_alphabet: tuple[tuple[str, ...], ...] = ()
    """The same, where only a word that people spell by can follow: "B for Bravo"."""
    spelling_words: frozenset[str] = frozenset()
    """Words that people spell by, beside those of ``letters``; alone they mean themselves."""
    capitals: frozenset[str] = frozenset()
    """Words written in capitals that are no part of an identifier."""
    unspelled: str = r"(?!)"
    """A regular expression, case ignored, for words with digits that are none: "21st", "5pm"."""
    ordinary_first: Callable[[Sequence[Token], int, int], bool] = _never
    """Whether the first token of ``row[low:high]`` is an ordinary word: "this one, 4 7 1 5"."""
    ordinary_last: Callable[[Sequence[Token], int, int], bool] = _never
    """Whether the last one is: "4 7 1 5 I need"."""


def speak_characters(value: str, alphabet: Alphabet) -> str:
    """Return a value letter by letter, with a comma for each breath: "O, R, D, dash, four".

    Commas because both engines then pause and every recognizer tried hears more of it right.
    """
    return ", ".join(_name(sign, alphabet) for sign in value.strip() if not sign.isspace())


def speak_groups(value: str, alphabet: Alphabet) -> str:
    """Return a phone number digit by digit, with a comma between its groups of three and four."""
    groups = [group for group in re.split(r"\D+", value) if group]
    parts = [part for group in groups for part in _breaths(group)]
    spoken = ", ".join(" ".join(alphabet.digits[int(d)] for d in part) for part in parts)
    return f"{alphabet.signs['+']} {spoken}" if value.strip().startswith("+") else spoken


def _breaths(group: str) -> list[str]:
    """Cut a long row of digits as North America does: threes, and four at the end."""
    if len(group) <= 5:
        return [group]
    rest, tail = group[:-4], group[-4:]
    head = len(rest) % 3
    return [
        p for p in (rest[:head], *(rest[i : i + 3] for i in range(head, len(rest), 3)), tail) if p
    ]


def _name(sign: str, alphabet: Alphabet) -> str:
    if sign.isascii() and sign.isdigit():
        return alphabet.digits[int(sign)]
    return alphabet.signs.get(sign, sign.upper())
