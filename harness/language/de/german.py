"""German as an object: its vocabulary, sounds, addresses and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

from harness.language.de.actions import GERMAN_ACTIONS
from harness.language.de.numbers import (
    DIGITS,
    GERMAN_AMOUNTS,
    GERMAN_COUNTS,
    GERMAN_NUMBERS,
    ORDINAL,
    SCALES,
    SMALL,
    WORD,
    NumberDigits,
    cardinal,
    ordinal,
    ordinal_value,
    parse_cardinal,
)
from harness.language.de.times import (
    BETWEEN_DAY_AND_TIME,
    BOTH_DAY_AND_TIME,
    GERMAN_TIMES,
    MONTH,
    MONTH_NUMBERS,
    MONTHS,
    RELATIVE_DAYS,
    WEEKDAY,
    days_meant,
)
from harness.language.email_addresses import EmailAddresses
from harness.language.en.english import ENGLISH_ARGUMENTS
from harness.language.language import Language, Streets
from harness.language.numbers import Dates, Day
from harness.language.phrases import Bystanders, phrases_in
from harness.language.sentences import Abbreviations
from harness.language.sounds import PhoneCosts, Sounds, speller, written_ways
from harness.language.spelling import Alphabet, SpelledPart, Token
from harness.language.tables import Tables, Words
from harness.language.values import WordForms, argument_names

_FOLDER = Path(__file__).parent

# German: how words and letters sound, and how characters are spelled.

_SOUNDS = Tables(_FOLDER / "sounds.toml")
_LETTERS = _SOUNDS.read(dict[str, str], "letters")
_KNOWN = _LETTERS | _SOUNDS.read(dict[str, str], "known")
_spelled = speller(_SOUNDS.read(dict[str, str], "rules"), further="äöü")
_ALPHABETS = _SOUNDS.read(dict[str, Words], "spelling")
_PLACES = frozenset((*_ALPHABETS["cities"], "zürich"))
_MEANT = _SOUNDS.read(frozenset[str], "ordinary.meant")
_STREETS = _SOUNDS.read(Words, "ordinary.streets")
_OF_STREET = r"(?:straße|strasse|platz|allee|ring|weg|ufer) (?:der|des|vom|zum|am)"
"""The beginnings of a street's name that ends in another word: "Straße der Einheit"."""


def _phones_of(word: str) -> str:
    if word.isdigit():
        return "".join(_phones_of(DIGITS[int(digit)]) for digit in word)
    if word in _KNOWN:
        return _KNOWN[word]
    if not re.search(r"[aeiouyäöü]", word):
        return "".join(_LETTERS.get(letter, "") for letter in word)
    # At the start of a word "st" and "sp" sound "scht" and "schp"; the mark keeps those inside a
    # word from the rule for it.
    spoken = re.sub(r"(?<=[^\W\d_])st|(?<=[^\W\d_])sp", lambda match: f"s’{match[0][1]}", word)
    # Final devoicing: "Rad" sounds like "Rat".
    return _spelled(re.sub(r"d$", "t", re.sub(r"b$", "p", re.sub(r"g$", "k", spoken))))


GERMAN_SOUNDS = _SOUNDS.fill(
    Sounds,
    "sounds",
    phones_of=_phones_of,
    costs=_SOUNDS.fill(PhoneCosts, "costs"),
    written=written_ways(DIGITS, _LETTERS, _SOUNDS.read(dict[str, tuple[str, ...]], "same_sound")),
)


def _ordinary_first(row: Sequence[Token], low: int, high: int) -> bool:
    """Return whether a run begins with a place or an ordinary word: "Hotel, 4 7 1 5"."""
    return _ordinary(row[low], row[low:high]) or _of_address(row, low)


def _of_address(row: Sequence[Token], low: int) -> bool:
    """Return whether a street's name precedes: "Gartenstraße 11, 10115 Berlin"."""
    # Back over the house number, postcode and their separators to the word before them.
    before = low
    while before >= 0 and _beside_street(row[before]):
        before -= 1
    if before == low:
        return False
    words = [token.text.lower() for token in row[max(0, before - 3) : before + 1]]
    # "Weg" alone is more often a way than a street: "auf dem Weg".
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
    # Cities and words of the NATO alphabet spell letters, if a second one is in the run.
    return sum(one.text.lower() in kind for one in run) < 2


GERMAN_ALPHABET = _SOUNDS.fill(
    Alphabet,
    "alphabet",
    digits=DIGITS,
    letters={word: word[0].upper() for words in _ALPHABETS.values() for word in words}
    | _SOUNDS.read(dict[str, str], "named_letters"),
    numbers=NumberDigits(),
    scales=frozenset(SCALES),
    cardinal=parse_cardinal,
    ordinary_first=_ordinary_first,
    ordinary_last=_ordinary_last,
)


# German: words, addresses and dates.

_TABLES = Tables(_FOLDER / "vocabulary.toml")

_TITLES = {"dr": "doktor", "prof": "professor", "st": "sankt"}
# "Str. der Einheit": at the beginning it is the street's own word, which the table of endings
# leaves alone.
_FIRST = re.compile(r"^str(?= (?:der|des|vom|am)\b)")
_COUNTRY = re.compile(r"\b(?:d (?=\d{5}\b)|(?:a|ch) (?=\d{4}\b))")
"""Text that may precede a postcode: "D-80331"."""
# "Hauptstraße Nummer 12", "12 a".
_NUMBER = re.compile(r"\b(?:hausnummer|nummer|nr) (?=\d)|(?<=\d) (?=[a-h]\b)")


class GermanStreets(Streets):
    """Street addresses: "Hauptstr. 12 a" and "Hauptstraße Hausnummer 12a" are the same place."""

    __slots__ = ()

    def normalize(self, value: str) -> str:
        """Return the address in full, without a word for the number, its letter joined to it."""
        words = _FIRST.sub("straße", super().normalize(value)).split()
        in_full = " ".join(_TITLES.get(word, word) for word in words)
        return _COUNTRY.sub("", _NUMBER.sub("", in_full))


_SPELLED_BY = tuple(
    f"mit {how}"
    for how in (
        *(f"{two} {letter}" for two in ("doppel", "doppel-", "zwei") for letter in ascii_lowercase),
        "u e", "o e", "a e", "ue", "oe", "ae",
    )
)  # fmt: skip
"""Remarks about a word of an address: "weiss mit Doppel-s", "mueller mit u e"."""

_EMAILS = _TABLES.fill(EmailAddresses, "emails", numbers=GERMAN_NUMBERS, alphabet=GERMAN_ALPHABET)

_FEASTS = _TABLES.read(dict[str, tuple[int, int]], "feasts")
_FEAST = "|".join(sorted((re.sub(" ", r"\\s+", one) for one in _FEASTS), key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:\.|te[rnms]?(?!\w))?|{ORDINAL})"
_YEAR = (
    rf"(?:\d{{4}}|(?=zweitausend|neunzehnhundert|achtzehnhundert){WORD}"
    rf"|(?:neunzehn|zwanzig)\s+{SMALL}|{SMALL}(?=\s*(?:[.,;!?]|$)))"
)
_LED = "|".join(rf"(?<=\b{word}\s)" for word in ("am", "vom", "bis", "zum", "der", "den", "dem"))


def _read_date(match: re.Match[str]) -> Day | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "feast" in part:
        return None, *_FEASTS[" ".join(part["feast"].split())]
    if "slash" in part:
        day, month, year = (int(one) for one in part["slash"].split("/"))
        return year, month, day
    found = _read_day(_first(part, "day"))
    said, year_text = _first(part, "month"), _first(part, "year")
    # "am dritten vierten": the month may be an ordinal, too.
    month_number = MONTH_NUMBERS.get(said.rstrip("."), _read_day(said))
    if found is None or month_number is None:
        return None
    return _read_year(year_text) if year_text else None, month_number, found


def _first(part: dict[str, str], name: str) -> str:
    return next((text for key, text in part.items() if key.startswith(name)), "")


def _read_day(text: str) -> int | None:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits is not None else ordinal_value(text)


def _read_year(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    century, _, rest = text.partition(" ")
    numbers = [parse_cardinal([word]) for word in (century, *rest.split())]
    known = [number for number in numbers if number is not None]
    # "zwanzig sechsundzwanzig" is 2026.
    return known[0] if len(known) == 1 else 100 * known[0] + known[1]


def _say_date(year: int | None, month: int, day: int) -> str:
    """Return "dritter März zweitausendsechsundzwanzig"."""
    spoken = f"{ordinal(day)} {MONTHS[month - 1]}"
    return spoken if year is None else f"{spoken} {_say_year(year)}"


def _say_year(year: int) -> str:
    century, rest = divmod(year, 100)
    # "zweitausendsechs", but "neunzehnhundertneunzig".
    if 1000 <= year < 1100 or 2000 <= year < 2100:
        return cardinal(year)
    return f"{cardinal(century)}hundert{cardinal(rest) if rest else ''}"


GERMAN_DATES = Dates(
    expression=rf"""(?P<slash>\d{{1,2}}/\d{{1,2}}/\d{{4}})
      | (?P<feast>{_FEAST})
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day>{_DAY})\s*(?P<month>{MONTH})
          (?:,?\s*(?P<year>{_YEAR}))?
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day3>\d{{1,2}})\.\s?(?P<month3>\d{{1,2}})\.
          (?:\s?(?P<year3>\d{{4}}|\d{{2}}(?!\s?[.:]?\d|\s*uhr)))?
      | (?:{_LED})(?P<day4>\d{{1,2}})\.(?P<month4>\d{{1,2}})(?![.:]?\d|\s*uhr)
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day2>{ORDINAL})\s+(?P<month2>{ORDINAL})
          (?:\s+(?P<year2>{_YEAR}))?
    """,
    read=_read_date,
    say=_say_date,
    relative=RELATIVE_DAYS,
    days_of=days_meant,
)


GERMAN = _TABLES.fill(
    Language,
    "language",
    numbers=GERMAN_NUMBERS,
    alphabet=GERMAN_ALPHABET,
    amounts=GERMAN_AMOUNTS,
    dates=GERMAN_DATES,
    emails=replace(_EMAILS, remarks=(*_EMAILS.remarks, *_SPELLED_BY)),
    streets=_TABLES.fill(GermanStreets, "streets", numbers=GERMAN_NUMBERS),
    abbreviations=_TABLES.fill(Abbreviations, "abbreviations"),
    sounds=GERMAN_SOUNDS,
    phrases=phrases_in(_FOLDER),
    actions=GERMAN_ACTIONS,
    arguments=argument_names(_TABLES, also=ENGLISH_ARGUMENTS),
    times=GERMAN_TIMES,
    between_day_and_time=BETWEEN_DAY_AND_TIME,
    both_day_and_time=BOTH_DAY_AND_TIME,
    counts=GERMAN_COUNTS,
    word_forms=_TABLES.fill(WordForms, "word_forms"),
    bystanders=_TABLES.fill(Bystanders, "bystanders"),
    dialogues=_FOLDER / "dialogues.yaml",
)
