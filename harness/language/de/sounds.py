"""German: how words and letters sound, a sign for each phone, and the names of characters.

The rules for spelling are few and rough on purpose: they are only ever compared with each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.language.de.numbers import DIGITS, SCALES, NumberDigits, parse_cardinal
from harness.language.sounds import PhoneCosts, Sounds
from harness.language.spelling import Alphabet, SpelledPart, Token

_LETTERS = {
    "a": "A", "b": "bE", "c": "zE", "d": "dE", "e": "E", "f": "ef", "g": "gE", "h": "hA",
    "i": "I", "j": "jot", "k": "kA", "l": "el", "m": "em", "n": "en", "o": "O", "p": "pE",
    "q": "kU", "r": "er", "s": "es", "t": "tE", "u": "U", "v": "fau", "w": "vE", "x": "iks",
    "y": "üpsilon", "z": "zet", "ä": "Ä", "ö": "Ö", "ü": "Ü", "ß": "eszet",
}  # fmt: skip
_KNOWN = {
    "be": "bE", "ce": "zE", "de": "dE", "ge": "gE", "ha": "hA", "ka": "kA", "pe": "pE", "ku": "kU",
    "kuh": "kU", "te": "tE", "tee": "tE", "see": "sE", "geh": "gE", "weh": "vE", "vau": "fau",
    "zett": "zet", "jot": "jot", "er": "er", "es": "es", "em": "em", "el": "el", "en": "en",
    "ypsilon": "üpsilon", "uhr": "Ur", "ja": "jA",
}  # fmt: skip
"""Names of characters, and common words that the spelling rules would get wrong."""
_RULES = (
    ("tsch", "C"), ("sch", "S"), ("chs", "ks"), ("ch", "x"), ("ck", "k"), ("ph", "f"), ("qu", "kv"),
    ("th", "t"), ("tz", "z"), ("st", "St"), ("sp", "Sp"), ("ei", "I"), ("ai", "I"), ("ey", "I"),
    ("ay", "I"), ("eu", "oi"), ("äu", "oi"), ("ie", "i"), ("ee", "E"), ("aa", "A"), ("oo", "O"),
    ("ah", "A"), ("eh", "E"), ("ih", "i"), ("oh", "O"), ("uh", "U"), ("äh", "Ä"), ("öh", "Ö"),
    ("üh", "Ü"), ("dt", "t"), ("v", "f"), ("w", "v"), ("ß", "s"), ("y", "ü"), ("x", "ks"),
    ("c", "k"), ("q", "k"), ("é", "e"),
)  # fmt: skip
_RULE = re.compile(
    "|".join(sorted((rule[0] for rule in _RULES), key=len, reverse=True)) + "|[a-zäöü]"
)
_MEANING = dict(_RULES)
_VOWELS, _CONSONANTS = "aeiouäöüAEIOUÄÖÜ", "bdfghjklmnprstvzCSx"
_ALIKE = (
    ("bdg", 0.5), ("ptk", 0.5), ("bp", 0.3), ("dt", 0.3), ("gk", 0.3), ("mn", 0.3), ("fv", 0.3),
    ("sz", 0.35), ("sS", 0.45), ("Sx", 0.45), ("xk", 0.6), ("zC", 0.5), ("CS", 0.4), ("lr", 0.7),
    ("jg", 0.6), ("xS", 0.45),
)  # fmt: skip
_NEAR_VOWELS = (
    ("aA", 0.1),
    ("eEäÄ", 0.2),
    ("iü", 0.25),
    ("oO", 0.1),
    ("uU", 0.1),
    ("öÖ", 0.1),
    ("üÜ", 0.1),
    ("eö", 0.25),
    ("EÖ", 0.25),
    ("iE", 0.3),
    ("IiÜ", 0.4),
    ("ouU", 0.3),
)

_NAMES = (
    "anton", "ärger", "berta", "cäsar", "dora", "emil", "friedrich", "gustav", "heinrich", "ida",
    "julius", "kaufmann", "konrad", "ludwig", "martha", "nordpol", "otto", "ökonom", "österreich",
    "paula", "quelle", "richard", "samuel", "siegfried", "theodor", "ulrich", "übermut", "übel",
    "viktor", "wilhelm", "xanthippe", "xaver", "ypsilon", "zacharias", "zeppelin", "cesar",
    "marta", "theo",
)  # fmt: skip
"""The alphabet of the Post and of DIN 5009 to 2022, with the words of Austria."""
_SWISS = (
    "anna",
    "daniel",
    "jakob",
    "kaiser",
    "leopold",
    "marie",
    "niklaus",
    "peter",
    "quasi",
    "rosa",
    "sophie",
    "yverdon",
    "zürich",
    "daniela",
    "quader",
)
_CITIES = (
    "aachen", "berlin", "chemnitz", "düsseldorf", "essen", "frankfurt", "goslar", "hamburg",
    "ingelheim", "jena", "köln", "leipzig", "münchen", "nürnberg", "offenbach", "potsdam",
    "quickborn", "rostock", "salzwedel", "tübingen", "unna", "völklingen", "wuppertal", "xanten",
    "zwickau",
)  # fmt: skip
"""The cities of DIN 5009:2022; alone they are places."""
_NATO = (
    "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
    "juliett", "juliet", "kilo", "lima", "mike", "november", "oscar", "oskar", "papa", "quebec",
    "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "whisky", "xray", "x-ray",
    "yankee", "zulu",
)  # fmt: skip
_NAMED_LETTERS = {
    "jot": "J",
    "zett": "Z",
    "vau": "V",
    "eszett": "SS",
    "ß": "SS",
    "zet": "Z",
    "ge-em-ix": "GMX",
}
_SPELLING_WORDS = frozenset(
    {
        "apfel", "auto", "affe", "bus", "birne", "bahn", "dach", "elefant", "esel", "fisch",
        "garten", "haus", "hund", "igel", "jäger", "katze", "kirche", "löwe", "maus", "maria",
        "nase", "ofen", "oma", "opa", "pferd", "quark", "rad", "sonne", "tisch", "tor", "uhr",
        "vogel", "vater", "wasser", "wolke", "xylophon", "yoga", "zebra", "zug", "caesar",
        "übung", "öl", "äpfel", "schule", "charlotte", "umlaut",
    }
)  # fmt: skip
_PLACES = frozenset(_CITIES) | {"zürich"}
_STREETS = (
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer",
    "chaussee", "steig", "pfad", "hausnummer",
)  # fmt: skip
_OF_STREET = r"(?:straße|strasse|platz|allee|ring|weg|ufer) (?:der|des|vom|zum|am)"
"""The beginnings of a street's name that ends in another word: "Straße der Einheit"."""
_MEANT = frozenset({"hotel", "november", "india", "lima", "essen", "golf", "kilo", "kaiser"})
"""Words of the alphabets that are ordinary words as well."""


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_phones_of(DIGITS[int(digit)]) for digit in word)
    if word in _LETTERS or word in _KNOWN:
        return _LETTERS.get(word) or _KNOWN[word]
    if not re.search(r"[aeiouyäöü]", word):
        return "".join(_LETTERS.get(letter, "") for letter in word)
    spoken = re.sub(r"(?<=[^\W\d_])st|(?<=[^\W\d_])sp", lambda match: f"s’{match[0][1]}", word)
    spoken = re.sub(r"d$", "t", re.sub(r"b$", "p", re.sub(r"g$", "k", spoken)))
    sounds = "".join(_MEANING.get(m[0], m[0]) for m in _RULE.finditer(spoken))
    return re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", sounds)


_SAME_SOUND = {"2": ("zwo",), "B": ("be",), "G": ("geh",), "T": ("Tee",), "C": ("Zeh", "See")}
_WRITTEN = {
    str(digit): (word, *_SAME_SOUND.get(str(digit), ()), str(digit))
    for digit, word in enumerate(DIGITS)
} | {
    letter.upper(): (letter.upper(), letter, *_SAME_SOUND.get(letter.upper(), ()))
    for letter in _LETTERS
    if letter != "ß"
}

GERMAN_SOUNDS = Sounds(
    phones_of=_phones_of,
    costs=PhoneCosts(
        vowels=_VOWELS,
        consonants=_CONSONANTS,
        alike=(*_ALIKE, *_NEAR_VOWELS),
        vowel_cost=0.5,
        lost={"h": 0.4, "r": 0.5, "e": 0.4},
        lost_vowel=0.6,
        lost_consonant=0.9,
    ),
    other_ways=((" Bindestrich,", ""), ("zwei", "zwo")),
    written=_WRITTEN,
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
    kind = _PLACES if word in _PLACES else frozenset(_NATO)
    return sum(one.text.lower() in kind for one in run) < 2


GERMAN_ALPHABET = Alphabet(
    digits=DIGITS,
    signs={
        "-": "Bindestrich", "/": "Schrägstrich", "_": "Unterstrich", ".": "Punkt", "+": "plus",
        "#": "Raute",
    },
    separators=frozenset(
        {
            "strich", "bindestrich", "schrägstrich", "unterstrich", "minus", "slash", "punkt",
            "raute", "mittelstrich", "querstrich", "underscore", "durchwahl", "klappe",
            "nebenstelle",
        }
    ),
    letters={word: word[0].upper() for word in (*_NAMES, *_SWISS, *_CITIES, *_NATO)}
    | _NAMED_LETTERS,
    numbers=NumberDigits(),
    scales=frozenset(SCALES) - {"hundert", "tausend"} | {"hundert", "tausend"},
    cardinal=parse_cardinal,
    labels=frozenset({"buchstabe", "buchstaben", "ziffer", "ziffern", "zahl", "nummer"}),
    links=frozenset({"und", "dann", "die", "der", "das", "ein"}),
    repeats={"doppel": 2, "doppelt": 2, "zweimal": 2, "dreimal": 3, "viermal": 4, "dreifach": 3},
    repeated=frozenset({"die", "der", "das", "-"}),
    composed={
        ("scharfes", "s"): ("SS",), ("umlaut", "a"): ("Ä",), ("umlaut", "o"): ("Ö",),
        ("umlaut", "u"): ("Ü",), ("a", "umlaut"): ("Ä",), ("o", "umlaut"): ("Ö",),
        ("u", "umlaut"): ("Ü",), ("umlaut", "aachen"): ("Ä",), ("umlaut", "offenbach"): ("Ö",),
        ("umlaut", "unna"): ("Ü",),
    },
    further_letters=frozenset("äöü"),
    explaining=(("wie",), ("wie", "in")),
    spelling_words=_SPELLING_WORDS,
    capitals=frozenset({"OK", "ID", "IDS", "EU", "TV", "JA", "NEIN", "UHR", "EUR", "AG", "KG",
    "PLZ"}),
    unspelled=r"(?<!\d)\d+(?:er|te|ten|ste|sten|x|h\d*|mal|fach|uhr|tägig|jährig)",
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)  # fmt: skip
