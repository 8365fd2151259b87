"""German: how words and letters sound, a sign for each phone, and the names of characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.language.de.numbers import DIGITS, SCALES, NumberDigits, parse_cardinal
from harness.language.sounds import PhoneCosts, Sounds, speller, written_ways
from harness.language.spelling import Alphabet, SpelledPart, Token
from harness.language.tables import Tables, Words

_TABLES = Tables(Path(__file__).parent / "sounds.toml")
_LETTERS = _TABLES.read(dict[str, str], "letters")
_KNOWN = _LETTERS | _TABLES.read(dict[str, str], "known")
_spelled = speller(_TABLES.read(dict[str, str], "rules"), further="äöü")
_ALPHABETS = _TABLES.read(dict[str, Words], "spelling")
_PLACES = frozenset((*_ALPHABETS["cities"], "zürich"))
_MEANT = _TABLES.read(frozenset[str], "ordinary.meant")
_STREETS = _TABLES.read(Words, "ordinary.streets")
_OF_STREET = r"(?:straße|strasse|platz|allee|ring|weg|ufer) (?:der|des|vom|zum|am)"
"""The beginnings of a street's name that ends in another word: "Straße der Einheit"."""


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_phones_of(DIGITS[int(digit)]) for digit in word)
    if word in _KNOWN:
        return _KNOWN[word]
    if not re.search(r"[aeiouyäöü]", word):
        return "".join(_LETTERS.get(letter, "") for letter in word)
    spoken = re.sub(r"(?<=[^\W\d_])st|(?<=[^\W\d_])sp", lambda match: f"s’{match[0][1]}", word)
    return _spelled(re.sub(r"d$", "t", re.sub(r"b$", "p", re.sub(r"g$", "k", spoken))))


GERMAN_SOUNDS = _TABLES.fill(
    Sounds,
    "sounds",
    phones_of=_phones_of,
    costs=_TABLES.fill(PhoneCosts, "costs"),
    written=written_ways(DIGITS, _LETTERS, _TABLES.read(dict[str, tuple[str, ...]], "same_sound")),
)


def _ordinary_first(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run begins with a place or an ordinary word: "Hotel, 4 7 1 5"."""
    return _ordinary(row[low], row[low:high]) or _of_address(row, low)


def _of_address(row: Sequence[Token], low: int) -> bool:
    """Return whether a street's name precedes: "Gartenstraße 11, 10115 Berlin"."""
    before = low
    while before >= 0 and _beside_street(row[before]):
        before -= 1
    if before == low:
        return False
    words = [token.text.lower() for token in row[max(0, before - 3) : before + 1]]
    if words and words[-1].endswith(_STREETS) and words[-1] != "weg":
        return True
    return re.search(rf"(?:^| )(?:{_OF_STREET})(?: \w+){{1,2}}$", " ".join(words)) is not None


def _beside_street(token: Token) -> bool:
    """Return whether a token may follow a street's name: "12a, D-80331"."""
    if token.part in (SpelledPart.PAUSE, SpelledPart.SEPARATOR):
        return True
    return re.fullmatch(r"\d+[A-H]?|[DA]|CH", token.characters) is not None


def _ordinary_last(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run ends with such a word: "10115 Berlin"."""
    return _ordinary(row[high - 1], row[low:high])


def _ordinary(token: Token, run: Sequence[Token]) -> bool:
    word = token.text.lower()
    if word not in _PLACES and word not in _MEANT:
        return False
    kind = _PLACES if word in _PLACES else frozenset(_ALPHABETS["nato"])
    return sum(one.text.lower() in kind for one in run) < 2


GERMAN_ALPHABET = _TABLES.fill(
    Alphabet,
    "alphabet",
    digits=DIGITS,
    letters={word: word[0].upper() for words in _ALPHABETS.values() for word in words}
    | _TABLES.read(dict[str, str], "named_letters"),
    numbers=NumberDigits(),
    scales=frozenset(SCALES),
    cardinal=parse_cardinal,
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)
