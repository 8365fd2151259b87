"""Kinds of values, their places in a text, calendar days, and redaction marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

from harness.language.phrasebook import name_words
from harness.language.tables import Tables, Words

_SAYABLE = re.compile(r"[^\W_]")
_EITHER_HALF = re.compile(r"[1-9]:[0-5]\d")

_WITHOUT_CODE, _ONE_DIGIT_CODE = 8, 10
"""Fewest digits of a whole number without its country code, for any code and a 1-digit code."""

_CODE = re.compile(
    "[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    "|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])[0-9]"
)
"""Codes of countries (ITU-T E.164)."""


class ValueKind(str, Enum):
    """How a value is spoken and compared."""

    TEXT = "text"
    ID = "id"
    PHONE = "phone"
    EMAIL = "email"
    AMOUNT = "amount"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    COUNT = "count"
    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Found:
    """``value`` in its normalized form, said or written in ``text[start:stop]``."""

    value: str
    start: int
    stop: int
    readings: tuple[str, ...] = ()
    """All that the words may mean, ``value`` first; ``value`` alone if left out."""

    def __post_init__(self) -> None:
        if not self.readings:
            object.__setattr__(self, "readings", (self.value,))

    def overlaps(self, other: Found) -> bool:
        """Whether two stretches of a text share a character."""
        return self.start < other.stop and other.start < self.stop

    def may_be(self, value: str, kind: ValueKind) -> bool:
        """Whether a normalized value is among those that the words may mean."""
        return any(same_value(reading, value, kind) for reading in self.readings)


def same_value(one: str, other: str, kind: ValueKind) -> bool:
    """Whether two normalized values of a kind are the same, as far as both are specific.

    A date without a year is that day of any year, a time with a single hour digit ("5:30") that of
    either half of the day, and a phone number the same with and without the code of its country.
    """
    if one == other:
        return True
    if kind is ValueKind.DATE:
        return _same_day(one, other)
    if kind is ValueKind.TIME:
        return _same_time(one, other)
    if kind is ValueKind.PHONE:
        return _same_phone(one, other)
    if kind is ValueKind.DATETIME and "T" in one and "T" in other:
        (day, time), (other_day, other_time) = one.split("T", 1), other.split("T", 1)
        return _same_day(day, other_day) and _same_time(time, other_time)
    return False


def _same_day(one: str, other: str) -> bool:
    yearless = one.startswith("--") or other.startswith("--")
    return one == other or (yearless and one[-5:] == other[-5:])


def _same_time(one: str, other: str) -> bool:
    return one == other or bool(_halves(one) & _halves(other))


def _halves(time: str) -> frozenset[str]:
    """Return the times that a time may be: "5:30" is in the morning or in the evening."""
    if not _EITHER_HALF.fullmatch(time):
        return frozenset((time,))
    return frozenset((f"0{time}", f"{int(time[0]) + 12}{time[1:]}"))


def _same_phone(one: str, other: str) -> bool:
    """Compare without the zeros that are dialled before a number, or before its country."""
    # 0 is dialled within a country and 00 before a country code.
    short, long = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    code = long.removesuffix(short)
    if short == long or not long.endswith(short):
        return short == long
    # Fewer digits could be a local number that happens to end the same way.
    least = _ONE_DIGIT_CODE if len(code) == 1 else _WITHOUT_CODE
    return _CODE.fullmatch(code) is not None and len(short) >= least


def can_be_said(text: str) -> bool:
    """Whether a text has anything that a voice can say."""
    return _SAYABLE.search(text) is not None


@dataclass(frozen=True, slots=True, eq=False)
class WordForms:
    """Which words of a language are the same in a search for a known text or name."""

    full: Mapping[str, str] = field(default_factory=dict)
    """Abbreviations to their full form: "dr", "doctor"."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Capitals in an address, to the name without spaces: "NY", "newyork"."""
    folded: Mapping[str, str] = field(default_factory=dict)
    """Letters to the two letters that replace them on other keyboards: "ü", "ue"."""
    articles: frozenset[str] = frozenset()
    """Words that may be left out at the beginning."""
    endings: str = r"(?!)"
    """A regular expression for text that may be added to a word: "'s", the plural."""


@dataclass(frozen=True, slots=True, eq=False)
class ArgumentNames:
    """The words with which programs name their arguments, in a language; all in lower case."""

    kinds: Mapping[str, ValueKind]
    """Last words that give the kind: "price" in ``total_price``."""
    before: Mapping[tuple[str, str], ValueKind]
    """Two last words that say it together: "phone", "number"."""
    links: frozenset[str]
    """Words after which the kind is no longer named: "of" in ``date_of_birth``."""
    counted: frozenset[str]
    """Words that count the noun after such a link: "number" in ``number_of_guests``."""
    hundredths: tuple[str, ...] = ()
    """Patterns in a name's words or a description: the amount is in hundredths, "cents"."""
    days: frozenset[str] = frozenset()
    """Words whose number is said by its place: "day" in ``day_of_month``, "the fifteenth"."""
    ends: Mapping[str, ValueKind] = field(default_factory=dict)
    """Ends of words that give the kind if a language joins words: "nummer" in "kartennummer"."""

    def kind_of(self, argument: str) -> ValueKind | None:
        """Return the kind that a name in snake_case, camelCase or kebab-case gives, if any.

        The last word decides (``mailbox_id`` is an identifier, ``phone_model`` no number), or the
        last before a link (``date_of_birth``).
        """
        words = name_words(argument)
        link = next((at for at, word in enumerate(words) if at and word in self.links), None)
        if link is not None and words[link - 1] in self.counted:
            return ValueKind.COUNT
        first, last = ("", *words[:link])[-2:] if words else ("", "")
        known = self.before.get((first, last), self.kinds.get(last))
        return known or next((self.ends[one] for one in self.ends if last.endswith(one)), None)


def argument_names(tables: Tables, also: ArgumentNames | None = None) -> ArgumentNames:
    """Return the names of arguments from the tables ``arguments`` and ``argument_kinds``.

    ``also`` are names in another language that are read as well. Raises as ``Tables`` does.
    """
    words = tables.read(dict[ValueKind, Words], "argument_kinds")
    kinds = {tuple(one.split()): kind for kind, some in words.items() for one in some}
    own = tables.fill(
        ArgumentNames,
        "arguments",
        kinds={one[0]: kind for one, kind in kinds.items() if len(one) == 1},
        before={(one[0], one[1]): kind for one, kind in kinds.items() if len(one) == 2},
    )
    if also is None:
        return own
    return ArgumentNames(
        kinds={**also.kinds, **own.kinds},
        before={**also.before, **own.before},
        links=also.links | own.links,
        counted=also.counted | own.counted,
        hundredths=(*also.hundredths, *own.hundredths),
        days=also.days | own.days,
        ends={**also.ends, **own.ends},
    )


# Calendar days that words of any language name in part: a weekday, a day, a month.


def existing(year: int, month: int, day: int) -> tuple[date, ...]:
    """Return a day, or an empty tuple if the calendar has no such day."""
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


def next_such(month: int, day: int, today: date) -> tuple[date, ...]:
    """Return the next such day of a month, empty if this year and the next have none."""
    days = (one for year in (0, 1) for one in existing(today.year + year, month, day))
    return tuple(one for one in days if one >= today)[:1]


def next_on_weekday(weekday: int, day: int, today: date) -> tuple[date, ...]:
    """Return the next such day of any month that falls on a weekday (0 is Monday).

    "Tuesday the 5th"; empty if no month of the coming year has such a day.
    """
    for months in range(12):
        month = today.month - 1 + months
        for one in existing(today.year + month // 12, month % 12 + 1, day):
            if one >= today and one.weekday() == weekday:
                return (one,)
    return ()


def coming(weekday: int, today: date) -> tuple[date, ...]:
    """Return the next such day of the week (0 is Monday); if it is today, also a week from it."""
    distance = (weekday - today.weekday()) % 7
    return tuple(today + timedelta(one) for one in ((0, 7) if distance == 0 else (distance,)))


def in_this_and_next_month(day: int, today: date) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Return such a day of this month and of the next, each empty if the month has none."""
    following = (today.year + today.month // 12, today.month % 12 + 1)
    return existing(today.year, today.month, day), existing(*following, day)


def nth_weekdays(
    nth: int | None, weekday: int, month: int, years: Iterable[int]
) -> tuple[date, ...]:
    """Return the first (1) to fifth such day of a month in each year, or the last (None)."""
    found: list[date] = []
    for year in years:
        days = [one for day in range(1, 32) for one in existing(year, month, day)]
        such = [day for day in days if day.weekday() == weekday]
        found += such[-1:] if nth is None else such[nth - 1 : nth]
    return tuple(found)


# Marks that a platform leaves in a transcript or an argument in place of a removed value.
#
# "[PII]" and "[ORDER_NUMBER_1]" (Amazon Contact Lens, Deepgram), "<PERSON>" (Presidio), "####"
# (AssemblyAI), "****" and "XXXX-1234" (numbers of cards), "<redacted>", "[phone number]". The
# value is not known then: it is neither confirmed nor contradicted.

_NAMES = "PII|PHI|PCI|REDACTED|MASKED|REMOVED|HIDDEN|ANONYMI[SZ]ED|DELETED|SENSITIVE|BLEEP"
_KINDS = (
    "NAME|PHONE|EMAIL|ADDRESS|DATE|TIME|NUMBER|ACCOUNT|CARD|SSN|DOB|BIRTH|ID|AMOUNT|LOCATION|PIN"
    "|PERSON|PASSWORD|CVV|EXPIRY|IBAN|ZIP|PASSPORT|ORGANI[SZ]ATION"
)
_HEARD = "BLANK[_ ]AUDIO|NO[_ ]SPEECH|BACKGROUND[_ ]NOISE"
"""Marks of recognizers for audio without speech."""
_TAGGED = (
    rf"(?!(?:{_HEARD})\b)(?:(?-i:[A-Z]+(?:[_ -][A-Z]+)*[_ -]\d+|[A-Z]+(?:_[A-Z]+)+|{_KINDS})"
    rf"|(?:{_NAMES})\b[^\]>}}]*+)"
)
_LOWER = rf"(?:[a-z]+[_ ]){{0,6}}(?:{_KINDS.lower()})(?:[_ ][a-z]+){{0,6}}(?:_\d+)?"
"""In brackets alone: a name in curly braces is a placeholder that the agent did not fill."""
_STARS = r"\*{4,}|\*{2,}(?:[-\s/.]\*+)+|\*{2,}-\*+|(?<!\w)\*{2,3}(?=\w*\d)\w{2,6}\b(?![^*\n]*\*)"
"""Not "**ORD-4715B**": Markdown for bold text."""
_HASHES = r"(?:(?<=\S)|(?<=\S[ \t]))#{3,}|^#{3,}(?![#\s]*\w)"
"""Not at the beginning of a line before words: that is a heading."""
_MARK = re.compile(
    rf"\[\s*(?:{_TAGGED})\s*\]|<\s*(?:{_TAGGED})\s*/?>|\{{\{{?\s*(?:{_TAGGED})\s*\}}?\}}"
    rf"|(?-i:\[\s*(?:{_LOWER}|\*+|#+|-{{3,}})\s*\])|\(\s*(?:REDACTED|MASKED)\s*\)"
    rf"|{_STARS}|{_HASHES}|(?-i:(?<![A-Za-z])(?:X{{3,}}|x{{4,}}))(?![A-Za-z])"
    r"|[█▇■•]{2,}",
    re.IGNORECASE | re.MULTILINE,
)


@lru_cache(maxsize=4096)  # called for each turn, for each value of each write
def is_redacted(text: str) -> bool:
    """Return whether a value was removed from a text, by the marks that are left."""
    return _MARK.search(text) is not None
