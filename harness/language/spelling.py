"""Identifiers and phone numbers, character by character: how they are said, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from harness.language.numerals import DIGITS, TEENS, TENS, UNITS

NATO = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
)  # fmt: skip
"""The spelling alphabet of ICAO and NATO, one word a letter."""

_NATO_LETTERS = {word: word[0].upper() for word in NATO} | {
    "alfa": "A",
    "juliet": "J",
    "whisky": "W",
    "x-ray": "X",
}
_SEPARATORS = {"-": "dash", "/": "slash", "_": "underscore", ".": "dot", "+": "plus", "#": "hash"}
_SEPARATOR_WORDS = frozenset({*_SEPARATORS.values(), "hyphen", "minus", "stroke", "pound"})
_LABELS = frozenset({"letter", "letters", "digit", "digits"})
_LINKS = frozenset({"and", "then", "the"})
_REPEATS = {"double": 2, "triple": 3}
_DIGIT_WORDS = UNITS | {"oh": 0}
_CAPITAL_WORDS = frozenset(
    {"AM", "FAQ", "ID", "IDS", "NO", "OK", "PM", "TV", "UK", "US", "USA", "USD", "YES"}
)
"""Written in capitals and yet no part of an identifier."""

_TOKEN = re.compile(r"x-ray\b|[A-Za-z0-9]+(?:['’][A-Za-z]+)?|[^\sA-Za-z0-9]", re.IGNORECASE)
_ORDINAL_OR_TIME = re.compile(r"\d+(?:st|nd|rd|th|am|pm|x|h|s|ms)", re.IGNORECASE)


class SpelledPart(Enum):
    """What a token can be within a spelled value."""

    CHARACTERS = "characters"
    """Letters or digits that stand for themselves, or a word for one."""
    SEPARATOR = "separator"
    """A dash, said or written."""
    REPEAT = "repeat"
    """double, triple: the next character again."""
    PAUSE = "pause"
    """Comma or full stop between characters."""
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


def speak_characters(value: str) -> str:
    """Return a value letter by letter, with a comma for each breath: "O, R, D, dash, four".

    Commas because both engines then pause and every recognizer tried hears more of it right.
    """
    return ", ".join(_name(sign) for sign in value.strip() if not sign.isspace())


def speak_groups(value: str) -> str:
    """Return a phone number digit by digit, with a comma between its groups of three and four."""
    groups = [group for group in re.split(r"\D+", value) if group]
    spoken = ["plus"] if value.strip().startswith("+") else []
    for group in groups:
        spoken += [" ".join(DIGITS[int(d)] for d in part) for part in _breaths(group)]
    return ", ".join(spoken).replace("plus, ", "plus ")


def _breaths(group: str) -> list[str]:
    """Cut a long row of digits as North America does: threes, and four at the end."""
    if len(group) <= 5:
        return [group]
    rest, tail = group[:-4], group[-4:]
    head = len(rest) % 3
    return [
        p for p in (rest[:head], *(rest[i : i + 3] for i in range(head, len(rest), 3)), tail) if p
    ]


def _name(sign: str) -> str:
    if sign.isascii() and sign.isdigit():
        return DIGITS[int(sign)]
    return _SEPARATORS.get(sign, sign.upper())


def characters(value: str) -> str:
    """Return the upper-case letters and digits of one value, written or spoken.

    A value without spaces or commas is written, unless it is all number words ("forty-seven").
    Words that stand for no character are taken letter by letter ("ORD four" -> "ORD4").
    """
    if not re.search(r"[\s,]", value.strip()) and not _only_number_words(value):
        return _alphanumerics(value)
    return spelled_out(
        Token(
            token.text, token.start, token.stop, SpelledPart.CHARACTERS, _alphanumerics(token.text)
        )
        if token.part is SpelledPart.WORD
        else token
        for token in tokens(value)
    )


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words and signs of a text with what each can mean in a spelled value."""
    matches = list(_TOKEN.finditer(text))
    result: list[Token] = []
    index = 0
    while index < len(matches):
        words = [match[0] for match in matches[index : index + 4]]
        used, part, meaning = _read(words)
        first, last = matches[index], matches[index + used - 1]
        start, stop = first.start(), last.end()
        result.append(Token(text[start:stop], start, stop, part, meaning))
        index += used
    return tuple(result)


def spelled_out(run: Iterable[Token]) -> str:
    """Return the characters of a run of tokens, with "double" and "triple" carried out."""
    value, repeat = "", 1
    for token in run:
        if token.part is SpelledPart.REPEAT:
            repeat = _REPEATS[token.text.lower()]
        elif token.part is SpelledPart.CHARACTERS:
            value += token.characters[:1] * (repeat - 1) + token.characters
            repeat = 1
    return value


def _read(words: list[str]) -> tuple[int, SpelledPart, str]:
    """Return how many words belong together, what they are, and their characters."""
    word, after = words[0], [w.lower() for w in words[1:]]
    if len(word) == 1 and word.isascii() and word.isalpha():
        return 1 + _explained(word.lower(), after), SpelledPart.CHARACTERS, word.upper()
    if word.lower() in TENS:
        return _read_tens(word.lower(), after)
    if word.lower() in _REPEATS:
        return 1, SpelledPart.REPEAT if after and _is_character(words[1]) else SpelledPart.WORD, ""
    return 1, *_read_one(word)


def _read_one(word: str) -> tuple[SpelledPart, str]:
    lower = word.lower()
    if lower in _SEPARATOR_WORDS or word in "-–—_/#":
        return SpelledPart.SEPARATOR, ""
    if word in ",.":
        return SpelledPart.PAUSE, ""
    glued = word.isupper() and word.isalpha() and len(word) <= 4 and word not in _CAPITAL_WORDS
    if lower in _DIGIT_WORDS:
        return SpelledPart.CHARACTERS, str(_DIGIT_WORDS[lower])
    if lower in TEENS:
        return SpelledPart.CHARACTERS, str(TEENS[lower])
    if lower in _NATO_LETTERS:
        return SpelledPart.CHARACTERS, _NATO_LETTERS[lower]
    if not glued and lower in _LABELS | _LINKS:
        return SpelledPart.LABEL if lower in _LABELS else SpelledPart.LINK, ""
    if glued or (any(c.isdigit() for c in word) and not _ORDINAL_OR_TIME.fullmatch(word)):
        return SpelledPart.CHARACTERS, _alphanumerics(word)
    return SpelledPart.WORD, ""


def _read_tens(tens: str, after: list[str]) -> tuple[int, SpelledPart, str]:
    """Read "forty", "forty seven" and "forty-seven"."""
    hyphen = 1 if after[:1] == ["-"] else 0
    unit = UNITS.get(after[hyphen], 0) if len(after) > hyphen else 0
    return (2 + hyphen if unit else 1), SpelledPart.CHARACTERS, str(TENS[tens] + unit)


def _explained(letter: str, after: list[str]) -> int:
    """Return how many words explain a letter: "as in Bravo", "like dog", "for Bravo"."""
    for lead in (["as", "in"], ["like"], ["for"]):
        named = after[len(lead)] if len(after) > len(lead) else ""
        fits = named in _NATO_LETTERS if lead == ["for"] else len(named) > 1
        if after[: len(lead)] == lead and fits and named.startswith(letter):
            return len(lead) + 1
    return 0


def _is_character(word: str) -> bool:
    return _read_one(word)[0] is SpelledPart.CHARACTERS or (len(word) == 1 and word.isalpha())


def _alphanumerics(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())


def _only_number_words(value: str) -> bool:
    known = _DIGIT_WORDS.keys() | TEENS.keys() | TENS.keys()
    return all(word in known for word in value.strip().split("-"))
