"""English: how words and letters sound, a sign for each phone, and the names of characters.

The rules for spelling are few and rough on purpose: they are only ever compared with each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.language.en.numbers import DIGITS, TEENS, TENS, UNITS, parse_cardinal
from harness.language.sounds import PhoneCosts, Sounds
from harness.language.spelling import Alphabet, SpelledPart, Token, is_single

_LETTERS = {
    "a": "A", "b": "bE", "c": "sE", "d": "dE", "e": "E", "f": "ef", "g": "jE", "h": "AC",
    "i": "I", "j": "jA", "k": "kA", "l": "el", "m": "em", "n": "en", "o": "O", "p": "pE",
    "q": "kU", "r": "ar", "s": "es", "t": "tE", "u": "U", "v": "vE", "w": "dubelU",
    "x": "eks", "y": "wI", "z": "zE",
}  # fmt: skip
_NUMBERS = {
    "zero": "zErO", "one": "wun", "two": "tU", "three": "TrE", "four": "for",
    "five": "fIv", "six": "siks", "seven": "seven", "eight": "At", "nine": "nIn",
}  # fmt: skip
_KNOWN = _LETTERS | _NUMBERS | {
    "oh": "O", "dash": "daS", "hyphen": "hIfen", "minus": "mInus", "be": "bE", "bee": "bE",
    "see": "sE", "sea": "sE", "dee": "dE", "de": "dE", "gee": "jE", "jay": "jA", "kay": "kA",
    "key": "kE", "el": "el", "em": "em", "en": "en", "ex": "eks", "pee": "pE", "queue": "kU",
    "cue": "kU", "are": "ar", "our": "ar", "ar": "ar", "tea": "tE", "tee": "tE", "you": "U",
    "why": "wI", "eye": "I", "eight": "At", "ate": "At", "won": "wun", "to": "tU", "too": "tU",
    "for": "for", "fore": "for", "the": "de", "he": "hE", "she": "SE", "we": "wE", "me": "mE",
    "o'er": "Or", "of": "uv", "or": "or", "double": "dubel", "free": "frE", "ah": "o",
    "already": "Oredi", "large": "larj", "hard": "hard", "zee": "zE", "zed": "zed", "at": "at",
    "eighty": "AtE", "nine": "nIn", "line": "lIn", "five": "fIv", "cash": "kaS", "and": "and",
}  # fmt: skip
"""Names of characters, and common words that the spelling rules would get wrong."""

_RULES = (
    ("tion", "Sun"), ("ough", "O"), ("igh", "I"), ("eigh", "A"), ("tch", "C"), ("sh", "S"),
    ("ch", "C"), ("th", "T"), ("ph", "f"), ("ck", "k"), ("qu", "kw"), ("wh", "w"), ("wr", "r"),
    ("kn", "n"), ("ee", "E"), ("ea", "E"), ("oo", "U"), ("ou", "o"), ("ow", "O"), ("oa", "O"),
    ("ai", "A"), ("ay", "A"), ("ey", "A"), ("oy", "O"), ("ew", "U"), ("ue", "U"), ("au", "o"),
    ("aw", "o"), ("ie", "E"), ("dge", "j"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ge", "je"),
    ("gi", "ji"), ("x", "ks"), ("c", "k"), ("y", "i"), ("q", "k"),
)  # fmt: skip
_RULE = re.compile("|".join(sorted((r[0] for r in _RULES), key=len, reverse=True)) + "|[a-z]")
_MEANING = dict(_RULES)

_ALIKE = (
    ("bdg", 0.5), ("ptk", 0.5), ("bp", 0.35), ("dt", 0.35), ("gk", 0.35), ("mn", 0.35),
    ("fsTS", 0.5), ("fT", 0.3), ("sz", 0.3), ("vb", 0.4), ("vf", 0.4), ("vz", 0.5), ("jC", 0.4),
    ("jdS", 0.5), ("CtS", 0.5), ("lr", 0.6), ("Td", 0.4), ("dz", 0.5), ("jz", 0.5), ("wu", 0.5),
)  # fmt: skip
_NEAR_VOWELS = (("eia", 0.25), ("iE", 0.2), ("oOu", 0.25), ("AIe", 0.3), ("uU", 0.25), ("Ei", 0.2))

_SAME_SOUND = {
    "0": ("oh", "O"), "1": ("won",), "2": ("to", "too"), "4": ("for",), "8": ("ate",), "B": ("be",),
    "C": ("see",), "O": ("oh",), "R": ("are",), "U": ("you",), "X": ("ex",), "Y": ("why",),
}  # fmt: skip
_WRITTEN = {
    str(digit): (word, *_SAME_SOUND.get(str(digit), ()), str(digit))
    for digit, word in enumerate(DIGITS)
} | {
    letter.upper(): (letter.upper(), letter, *_SAME_SOUND.get(letter.upper(), ()))
    for letter in _LETTERS
}

_NATO = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "xray", "yankee", "zulu", "alfa", "juliet", "whisky", "x-ray",
)  # fmt: skip
"""The spelling alphabet of ICAO and NATO, a word for each letter, with common misspellings."""

_SPELLING_WORDS = frozenset(
    {
        "able", "adam", "apple", "baker", "bob", "boy", "cat", "charles", "david", "dog", "easy",
        "edward", "egg", "elephant", "fox", "frank", "fred", "george", "girl", "goat", "harry",
        "hat", "henry", "house", "ida", "igloo", "ink", "isaac", "item", "jack", "jig", "john",
        "jug", "king", "kite", "larry", "lion", "lewis", "love", "mary", "monkey", "mother",
        "nan", "nancy", "nora", "nut", "ocean", "oboe", "orange", "paul", "peter", "pig", "prep",
        "queen", "red", "robert", "roger", "sam", "snake", "sugar", "sun", "tare", "tiger", "tom",
        "tommy", "umbrella", "uncle", "union", "van", "vest", "water", "whale", "william",
        "window", "yellow", "yoke", "young", "zebra", "zoo",
    }
)  # fmt: skip
"""Words of older spelling alphabets, and of those that people make up."""

_BEFORE_ONE = frozenset(
    {
        "this", "that", "the", "other", "another", "right", "wrong", "first", "second", "new",
        "old", "which", "last", "next", "correct", "only", "no",
    }
)  # fmt: skip
_AFTER_ONE = frozenset({"more", "of", "moment", "second", "minute", "time", "last", "thing"})


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_NUMBERS[DIGITS[int(digit)]] for digit in word)
    if word in _KNOWN:
        return _KNOWN[word]
    bare = word.replace("'", "")
    if not re.search(r"[aeiouy]", bare):
        return "".join(_LETTERS.get(letter, "") for letter in bare)
    spoken = re.sub(r"(?<=[a-z]{2})e$", "", bare)
    sounds = "".join(_MEANING.get(m[0], m[0]) for m in _RULE.finditer(spoken))
    return re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", sounds)


ENGLISH_SOUNDS = Sounds(
    phones_of=_phones_of,
    costs=PhoneCosts(
        vowels="aAeEiIoOuU",
        consonants="bdfghjklmnprstvwzCST",
        alike=(*_ALIKE, *_NEAR_VOWELS),
        vowel_cost=0.45,
        lost={"h": 0.35, "r": 0.5, "t": 0.7, "d": 0.7, "u": 0.35, "e": 0.45, "i": 0.45},
        lost_vowel=0.55,
        lost_consonant=0.9,
    ),
    other_ways=((" dash,", ""), ("zero", "oh")),
    written=_WRITTEN,
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


ENGLISH_ALPHABET = Alphabet(
    digits=DIGITS,
    signs={"-": "dash", "/": "slash", "_": "underscore", ".": "dot", "+": "plus", "#": "hash"},
    separators=frozenset({"hyphen", "minus", "stroke", "pound", "apostrophe"}),
    letters={word: word[0].upper() for word in (*_NATO, "zee", "zed", "kay", "jay")},
    numbers={
        word: str(value) for word, value in (UNITS | {"oh": 0, "niner": 9} | TEENS | TENS).items()
    },
    tens=frozenset(TENS),
    scales=frozenset({"hundred", "thousand", "million"}),
    cardinal=parse_cardinal,
    labels=frozenset({"letter", "letters", "digit", "digits", "number", "numbers"}),
    links=frozenset({"and", "then", "the"}),
    repeats={"double": 2, "triple": 3, "treble": 3},
    composed={("double", "u"): ("W", "UU"), ("double", "you"): ("W", "UU")},
    explaining=(("as", "in"), ("like",)),
    explaining_by_alphabet=(("for",),),
    spelling_words=_SPELLING_WORDS,
    capitals=frozenset(
        {"AM", "FAQ", "ID", "IDS", "NO", "OK", "PM", "TV", "UK", "US", "USA", "USD", "YES"}
    ),
    unspelled=r"(?<!\d)\d+(?:st|nd|rd|th|am|pm|x|h|s|ms)",
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)
