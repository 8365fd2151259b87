"""How words sound, coarsely: one sign per English phone, and how alike two phones are.

A recognizer that hears "O R D" as "already" or "o'er de" has written down the right sounds in the
wrong words. So what was heard and what should have been said are compared as sounds. The rules for
spelling are few and rough on purpose: they are only ever compared with each other.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from harness.language.numerals import DIGITS

FloatGrid = NDArray[np.float64]

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

VOWELS = "aAeEiIoOuU"
CONSONANTS = "bdfghjklmnprstvwzCSTk"
_SIGNS = "".join(dict.fromkeys(VOWELS + CONSONANTS))
_ALIKE = (
    ("bdg", 0.5), ("ptk", 0.5), ("bp", 0.35), ("dt", 0.35), ("gk", 0.35), ("mn", 0.35),
    ("fsTS", 0.5), ("fT", 0.3), ("sz", 0.3), ("vb", 0.4), ("vf", 0.4), ("vz", 0.5), ("jC", 0.4),
    ("jdS", 0.5), ("CtS", 0.5), ("lr", 0.6), ("Td", 0.4), ("dz", 0.5), ("jz", 0.5), ("wu", 0.5),
)  # fmt: skip
_VOWEL_COST = 0.45
_NEAR_VOWELS = (("eia", 0.25), ("iE", 0.2), ("oOu", 0.25), ("AIe", 0.3), ("uU", 0.25), ("Ei", 0.2))
_WEAK = {"h": 0.35, "r": 0.5, "t": 0.7, "d": 0.7, "u": 0.35, "e": 0.45, "i": 0.45}
_DROPPED_VOWEL = 0.55


def phones_of(word: str) -> str:
    """Return the sounds of one lower-case word or group of digits, one sign each."""
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


def spoken_phones(text: str) -> str:
    """Return the sounds of a text; letters and digits that are glued ("4715B") are taken apart."""
    sounds: list[str] = []
    for piece in re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+", text):
        capitals = piece.isupper() and len(piece) <= 5
        names = list(piece.lower()) if capitals else [piece.lower().replace("’", "'")]
        sounds += [phones_of(name) for name in names]
    return "".join(sounds)


def indices(sounds: str) -> NDArray[np.intp]:
    """Return phones as indices into ``substitution_costs`` and ``gap_costs``."""
    return np.array([_INDEX[sign] for sign in sounds], np.intp)


@lru_cache(maxsize=1)
def substitution_costs() -> FloatGrid:
    """Return what hearing one phone as another costs, 0 to 1, shape (phones, phones)."""
    costs = np.ones((len(_SIGNS), len(_SIGNS)))
    for group, cost in ((VOWELS, _VOWEL_COST), *_ALIKE, *_NEAR_VOWELS):
        places = [_INDEX[sign] for sign in group]
        for place in places:
            costs[place, places] = np.minimum(costs[place, places], cost)
    np.fill_diagonal(costs, 0.0)
    return costs


@lru_cache(maxsize=1)
def gap_costs() -> NDArray[np.float64]:
    """Return what leaving out or adding each phone costs."""
    usual = dict.fromkeys(VOWELS, _DROPPED_VOWEL) | _WEAK
    return np.array([usual.get(sign, 0.9) for sign in _SIGNS])


_INDEX = {sign: place for place, sign in enumerate(_SIGNS)}
