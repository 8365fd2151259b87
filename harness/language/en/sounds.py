"""English: how words and letters sound, one sign a phone, and how alike two phones are.

The rules for spelling are few and rough on purpose: they are only ever compared with each other.
"""

from __future__ import annotations

import re

from harness.language.en.numbers import DIGITS
from harness.language.sounds import PhoneCosts, Sounds

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
)
