"""English: the names of characters, and which words beside a spelled value are none of it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.language.en.numbers import DIGITS, TEENS, TENS, UNITS
from harness.language.spelling import Alphabet, SpelledPart, Token, is_single

_NATO = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "xray", "yankee", "zulu", "alfa", "juliet", "whisky", "x-ray",
)  # fmt: skip
"""The spelling alphabet of ICAO and NATO, one word a letter, and how it is misspelled."""

_BEFORE_ONE = frozenset(
    {
        "this", "that", "the", "other", "another", "right", "wrong", "first", "second", "new",
        "old", "which", "last", "next", "correct", "only", "no",
    }
)  # fmt: skip
_AFTER_ONE = frozenset({"more", "of", "moment", "second", "minute", "time", "last", "thing"})


def _ordinary_first(row: Sequence[Token], low: int, high: int) -> bool:
    """Say whether a run begins with "a", "I", "oh", or the "one" of "this one"."""
    token = row[low]
    after = row[low + 1] if low + 1 < high else None
    if token.text in ("a", "A", "i", "I"):
        joined = after is not None and after.part in (SpelledPart.PAUSE, SpelledPart.SEPARATOR)
        spelled = (
            after is not None
            and is_single(after)
            and token.text.isupper() == (after.text.isupper() or after.text.isdigit())
        )
        return not joined and not (spelled and (token.text != "I" or after is not None))
    if token.text == "Oh":
        return True
    return token.text.lower() == "one" and low > 0 and row[low - 1].text.lower() in _BEFORE_ONE


def _ordinary_last(row: Sequence[Token], low: int, high: int) -> bool:
    """Say whether a run ends with the "a" or "I" of what follows, or the "one" of "one more"."""
    token = row[high - 1]
    after = row[high] if high < len(row) else None
    worded = after is not None and after.part in (
        SpelledPart.WORD,
        SpelledPart.LINK,
        SpelledPart.LABEL,
    )
    if after is None or not worded or not after.text[0].isalpha():
        return False
    if token.text in ("a", "i"):
        return True
    if token.text == "I":
        return after.text.lower() not in ("is", "was")
    if token.text == "A":  # a new sentence
        return high - 2 >= low and row[high - 2].text == "."
    return token.text.lower() == "one" and after.text.lower() in _AFTER_ONE


ENGLISH_ALPHABET = Alphabet(
    digits=DIGITS,
    signs={"-": "dash", "/": "slash", "_": "underscore", ".": "dot", "+": "plus", "#": "hash"},
    separators=frozenset({"hyphen", "minus", "stroke", "pound"}),
    letters={word: word[0].upper() for word in _NATO},
    numbers={word: str(value) for word, value in (UNITS | {"oh": 0} | TEENS | TENS).items()},
    tens=frozenset(TENS),
    labels=frozenset({"letter", "letters", "digit", "digits"}),
    links=frozenset({"and", "then", "the"}),
    repeats={"double": 2, "triple": 3},
    explaining=(("as", "in"), ("like",)),
    explaining_by_alphabet=(("for",),),
    capitals=frozenset(
        {"AM", "FAQ", "ID", "IDS", "NO", "OK", "PM", "TV", "UK", "US", "USA", "USD", "YES"}
    ),
    unspelled=r"\d+(?:st|nd|rd|th|am|pm|x|h|s|ms)",
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)
