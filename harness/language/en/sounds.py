"""English: how words and letters sound, a sign for each phone, and the names of characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.language.en.numbers import DIGITS, TEENS, TENS, UNITS, parse_cardinal
from harness.language.sounds import PhoneCosts, Sounds, speller, written_ways
from harness.language.spelling import Alphabet, SpelledPart, Token, is_single
from harness.language.tables import Tables, Words

_TABLES = Tables(Path(__file__).parent / "sounds.toml")
_LETTERS = _TABLES.read(dict[str, str], "letters")
_NUMBERS = _TABLES.read(dict[str, str], "numbers")
_KNOWN = _LETTERS | _NUMBERS | _TABLES.read(dict[str, str], "known")
_spelled = speller(_TABLES.read(dict[str, str], "rules"))
_BEFORE_ONE = _TABLES.read(frozenset[str], "ordinary.before_one")
_AFTER_ONE = _TABLES.read(frozenset[str], "ordinary.after_one")


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_NUMBERS[DIGITS[int(digit)]] for digit in word)
    if word in _KNOWN:
        return _KNOWN[word]
    bare = word.replace("'", "")
    if not re.search(r"[aeiouy]", bare):
        return "".join(_LETTERS.get(letter, "") for letter in bare)
    return _spelled(re.sub(r"(?<=[a-z]{2})e$", "", bare))


ENGLISH_SOUNDS = _TABLES.fill(
    Sounds,
    "sounds",
    phones_of=_phones_of,
    costs=_TABLES.fill(PhoneCosts, "costs"),
    written=written_ways(DIGITS, _LETTERS, _TABLES.read(dict[str, tuple[str, ...]], "same_sound")),
)


def _ordinary_first(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run begins with "a", "I", "oh", or the "one" of "this one"."""
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
    """Return whether a run ends with "a" or "I" of the next words, or the "one" of "one more"."""
    token = row[high - 1]
    after = row[high] if high < len(row) else None
    worded = after is not None and after.part in (
        SpelledPart.WORD,
        SpelledPart.LINK,
        SpelledPart.LABEL,
    )
    if after is None or not worded or not after.text[0].isalpha():
        return False
    if high - 2 >= low and row[high - 2].text == "-":
        return False
    if token.text in ("a", "i"):
        return True
    if token.text == "I":
        return after.text.lower() not in ("is", "was")
    if token.text == "A":  # a new sentence
        return high - 2 >= low and row[high - 2].text == "."
    return token.text.lower() == "one" and after.text.lower() in _AFTER_ONE


ENGLISH_ALPHABET = _TABLES.fill(
    Alphabet,
    "alphabet",
    digits=DIGITS,
    letters={
        word: word[0].upper()
        for word in (*_TABLES.read(Words, "spelling.nato"), "zee", "zed", "kay", "jay")
    },
    numbers={
        word: str(value) for word, value in (UNITS | {"oh": 0, "niner": 9} | TEENS | TENS).items()
    },
    tens=frozenset(TENS),
    cardinal=parse_cardinal,
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)
