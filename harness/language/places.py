"""The places of a known value in a text, in any spoken or written form.

A search for a known value is easier than parsing: "one nineteen" matches if the value is 119, and
"basic economy" matches ``basic_economy``. All matches are whole words: "2012" does not contain 12.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import permutations

from harness.language.identifiers import MENDED_KINDS, repairs
from harness.language.language import Language
from harness.language.sentences import Stretches
from harness.language.spelling import SpelledPart, Token, times_repeated, tokens
from harness.language.values import ValueKind, WordForms, same_value

Place = tuple[int, int]
"""Characters [start, stop) of a text."""

_NEVER_SAID = frozenset({"", "true", "false", "none", "null"})
"""Values that have no spoken form to search for."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|&")
_FORMS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*"), ValueKind.DATETIME),
    (re.compile(r"\d{4}-\d\d-\d\d"), ValueKind.DATE),
    (re.compile(r"([01]\d|2[0-3]):[0-5]\d(:\d\d)?"), ValueKind.TIME),
    (re.compile(r"\d{1,6}"), ValueKind.COUNT),
    (re.compile(r"(?<!\d)\d+\.\d\d?"), ValueKind.AMOUNT),
)
"""Written forms that give the kind of a text value."""


def value_places(
    value: str, text: str, kind: ValueKind, language: Language, today: date | None = None
) -> tuple[Place, ...]:
    """Return all places of a known value in a text, in order; overlapping places are merged.

    Relative days count only with ``today``. Words that may mean several values are a place of each
    of these values.
    """
    if value.strip().lower() in _NEVER_SAID:
        return ()
    return _places(value.strip(), text, kind, language, today)


@lru_cache(maxsize=65_536)
def _places(
    value: str, text: str, kind: ValueKind, language: Language, today: date | None
) -> tuple[Place, ...]:
    if language.problem(value, kind) is not None:
        kind = ValueKind.TEXT  # an argument with the name of a count may hold a list of seats
    if kind is ValueKind.TEXT:
        kind = next((one for form, one in _FORMS if form.fullmatch(value)), kind)
    found = sorted(
        {*_read(value, text, kind, language, today), *_searched(value, text, kind, language)}
    )
    apart: list[Place] = []
    for start, stop in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(stop, apart[-1][1]))
        else:
            apart.append((start, stop))
    return tuple(apart)


def _read(
    value: str, text: str, kind: ValueKind, language: Language, today: date | None
) -> Iterator[Place]:
    """Yield the places of parsed values that may equal this value."""
    wanted = language.normalize(value, kind)
    found = language.find(text, kind, today)
    if kind is ValueKind.AMOUNT:
        found = (*found, *language.amounts.find_decimals(text))
    if kind is ValueKind.TIME:
        # A time is known to be there or not: numbers alone ("ten thirty") may be it, unless a time
        # is marked as one.
        found = found or language.times.find_expected(text)
    for one in found:
        if one.may_be(wanted, kind):
            yield one.start, one.stop
    if kind is ValueKind.DATETIME:
        yield from _apart(wanted, text, language, today)


def _apart(wanted: str, text: str, language: Language, today: date | None) -> Iterator[Place]:
    """Yield the places of a day and of its time separately, if the text contains both."""
    day, _, time = wanted.partition("T")
    days = _places(day, text, ValueKind.DATE, language, today)
    times = _places(time, text, ValueKind.TIME, language, today)
    # Half a moment is no place of it: the same day at another time is another value.
    if days and times:
        yield from (*days, *times)


def _searched(value: str, text: str, kind: ValueKind, language: Language) -> Iterator[Place]:
    """Yield the places of the forms of a value, by the search for its kind."""
    if kind in MENDED_KINDS:
        for signs in _signs(value, kind, language):
            yield from _put_right(signs, text, language)
    elif kind is ValueKind.AMOUNT:
        yield from _unsigned(language.normalize(value, kind), text, language)
    elif kind in (ValueKind.TEXT, ValueKind.NAME, ValueKind.ADDRESS):
        yield from _worded(value, text, kind, language)


def _unsigned(amount: str, text: str, language: Language) -> Iterator[Place]:
    """Yield the places of an amount without its currency: "630", "forty-nine ninety"."""
    whole, _, part = amount.partition(".")
    if not part.isdecimal():
        return
    # "630" for 630.00, "forty-nine ninety" for 49.90.
    cents = part != "00"
    for start, stop in spelled_places(whole + part if cents else whole, text, language):
        said = text[start:stop]
        if not (said.isdecimal() if cents else re.search(r"\d\.\d", said)):
            yield start, stop


def _signs(value: str, kind: ValueKind, language: Language) -> tuple[str, ...]:
    """Return the characters of an identifier, or of a number with and without country code."""
    signs = language.normalize(value, kind)
    if kind is ValueKind.ID:
        return (signs,) if signs else ()
    # Country codes have one to three digits (E.164).
    shorter = (signs[code:] for code in range(1, 4) if len(signs) - code >= 9)
    return (signs, *(one for one in shorter if same_value(one, signs, kind)))


def _put_right(signs: str, text: str, language: Language) -> Iterator[Place]:
    """Yield the places of characters that are not corrected, or are a correction themselves."""
    made = repairs(text, language.alphabet, language.phrases)
    said = spelled_places(signs, text, language)
    mended = Stretches((one.start, one.stop) for one in made)
    yield from (place for place in said if not mended.touch(*place))
    yield from ((one.start, one.stop) for one in made if signs in one.readings)


def spelled_places(signs: str, text: str, language: Language) -> Iterator[Place]:
    """Yield the places of consecutive characters, spoken or written, in groups or numbers."""
    said = _said(text, language)
    for at in sorted({*said.beginning.get(signs[:1], ()), *said.beginning.get("", ())}):
        stop = _spelled_to(signs, said, at)
        if stop is None:
            continue
        place = said.row[at].start, said.row[stop - 1].stop
        if _stands_alone(text, *place) and not _plain_word(signs, text[slice(*place)]):
            yield place


def _spelled_to(signs: str, said: _Said, at: int) -> int | None:
    """Return the index after the token that completes the characters, if they begin at ``at``."""

    def said_from(left: str, place: int) -> Iterator[tuple[int, str]]:
        return iter(said.forms[place if place == at else said.spoken[place]])

    return _made_up(signs, at, said_from)


@dataclass(frozen=True, slots=True)
class _Said:
    """The characters that the tokens of a text may mean, for any searched value."""

    row: tuple[Token, ...]
    forms: tuple[tuple[tuple[int, str], ...], ...]
    """By token, and empty at the end: pairs of the token after a form, and its characters."""
    spoken: tuple[int, ...]
    """By token, and at the end: the first token from there that has a letter or digit."""
    beginning: Mapping[str, tuple[int, ...]]
    """By the first character of a form: the tokens at which such a form begins, in order."""


@lru_cache(maxsize=1024)
def _said(text: str, language: Language) -> _Said:
    """Return the forms of a text, computed once for all values that are searched in it."""
    row = tokens(text, language.alphabet)
    words = [[word for word in one.text.lower().split("-") if word] for one in row]
    forms = tuple(tuple(_said_at(row, words, at, language)) for at in range(len(row) + 1))
    spoken = [len(row)]
    for at in range(len(row) - 1, -1, -1):
        spoken.append(at if any(map(str.isalnum, row[at].text)) else spoken[-1])
    beginning: dict[str, list[int]] = {}
    for at, each in enumerate(forms):
        for first in {said[:1] for _, said in each}:
            beginning.setdefault(first, []).append(at)
    places = {first: tuple(found) for first, found in beginning.items()}
    return _Said(row, forms, tuple(reversed(spoken)), places)


def _made_up(
    signs: str, at: int, said_from: Callable[[str, int], Iterator[tuple[int, str]]]
) -> int | None:
    """Return the index after the piece that completes the characters, if they begin at ``at``.

    ``said_from`` takes the remaining characters and a piece, and yields the forms from that piece.
    Each pair of remainder and piece is tried once, which bounds the time for long rows.
    """
    # A depth-first search with a stack of its own: long rows would exceed Python's limit of
    # recursion.
    ways, tried = [(signs, said_from(signs, at))], set[tuple[int, int]]()
    while ways:
        left, forms = ways[-1]
        for stop, said in forms:
            if said == left:
                return stop
            rest = left.removeprefix(said)
            if left.startswith(said) and (len(rest), stop) not in tried:
                tried.add((len(rest), stop))
                ways.append((rest, said_from(rest, stop)))
                break
        else:
            ways.pop()
    return None


def _said_at(
    row: tuple[Token, ...], words: list[list[str]], at: int, language: Language
) -> Iterator[tuple[int, str]]:
    """Yield the forms of the tokens from ``at``: the token after a form, and its characters.

    ``words`` are the words of each token, in lower case.
    """
    if at >= len(row):
        return
    token = row[at]
    if token.part is SpelledPart.REPEAT and at + 1 < len(row):
        times = times_repeated(token, language.alphabet)
        yield at + 2, row[at + 1].characters[:1] * (times - 1) + row[at + 1].characters
        return
    if token.characters:
        yield at + 1, token.characters
    own = token.text.replace("’", "'").partition("'")[0].upper()
    written = own if own.isalnum() else "".join(sign for sign in own if sign.isalnum())
    if written and written != token.characters:
        yield at + 1, written
    run: list[str] = []
    # Numbers of up to six words: "one hundred and twenty three".
    for stop in range(at, min(at + 6, len(row))):
        run += words[stop]
        number = language.numbers.parse(run)
        if number is not None and str(number) != token.characters:
            yield stop + 1, str(number)


def _stands_alone(text: str, start: int, stop: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[stop : stop + 2]
    joined = re.search(r"[^\W_]$|\d[.,:]$", before) or re.match(r"[^\W_]|[.,:]\d", after)
    return joined is None


def _plain_word(signs: str, said: str) -> bool:
    """Whether the letters of a code are an ordinary word there: "can" is not the code CAN."""
    return signs.isalpha() and len(signs) < 5 and said.isalpha() and not said.isupper()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of a text, normalized for comparison (``form``) and in lower case (``word``)."""

    form: str
    word: str
    start: int
    stop: int


def _worded(value: str, text: str, kind: ValueKind, language: Language) -> Iterator[Place]:
    """Yield the places of the words of a value, joined or separated in any way."""
    wanted = [piece.form for piece in _pieces(_parted(value), kind, language)]
    # "the grand hotel" is found without its article, "Plan A" only as a whole.
    if len(wanted) > 1 and wanted[0] in language.word_forms.articles and wanted[-1].isalpha():
        wanted = wanted[1:]
    row = _pieces(text, kind, language)
    key = "".join(wanted)
    for at in range(len(row)) if key else ():
        form = row[at].form
        if not key[0].isdecimal() and not (form and key.startswith(form)):
            continue  # the value cannot begin here
        stop = _worded_to(key, row, at, language)
        if stop is not None:
            yield row[at].start, row[stop - 1].stop
    if kind is not ValueKind.NAME and len(wanted) > 1:
        yield from _by_initials("".join(word[0] for word in wanted).upper(), text, language)


def _worded_to(key: str, row: tuple[_Piece, ...], at: int, language: Language) -> int | None:
    """Return the index after the word that completes a value, if it begins at ``at``."""
    return _made_up(key, at, lambda left, place: _forms_at(left, row, place, language))


def _forms_at(
    key: str, row: tuple[_Piece, ...], at: int, language: Language
) -> Iterator[tuple[int, str]]:
    """Yield the forms of the words from ``at``: a single word, or numbers of several words."""
    if at == len(row):
        return
    if row[at].form:
        yield at + 1, row[at].form
    if not key[0].isdecimal():
        return
    digits = language.alphabet.numbers.get(row[at].word)
    if digits is not None:
        yield at + 1, digits
    for stop in range(at + 1, min(at + 6, len(row)) + 1):
        number = language.numbers.parse([piece.word for piece in row[at:stop]])
        if number is not None:
            yield stop, str(number)


def _by_initials(initials: str, text: str, language: Language) -> Iterator[Place]:
    """Yield the places of the initials of a name of several words: "L.A."."""
    if not initials.isalpha() or initials in language.alphabet.capitals:
        return
    for match in re.finditer(rf"(?<![\w.]){r'[.]?'.join(initials)}(?!\w)", text):
        yield match.start(), match.end()


def _parted(value: str) -> str:
    """Return a name such as "basic_economy" or "windowSeat" as separate words."""
    if re.search(r"\s", value):
        return value
    return re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", value)


@lru_cache(maxsize=2048)
def _pieces(text: str, kind: ValueKind, language: Language) -> tuple[_Piece, ...]:
    """Return the words of a text, normalized for comparison."""
    forms = language.word_forms
    full: Mapping[str, str] = forms.full
    if kind is ValueKind.ADDRESS:
        full = {**forms.full, **language.streets.abbreviations, **forms.regions}
    found: list[_Piece] = []
    for match in _WORD.finditer(text):
        word = match[0].replace("’", "'")
        lower = word.lower()
        whole = full.get(word) or full.get(lower) or lower
        if kind is ValueKind.ADDRESS:
            whole = language.streets.in_full(whole)
        found.append(_Piece(_bare(whole, forms), lower, match.start(), match.end()))
    return tuple(found)


@lru_cache(maxsize=16_384)
def _bare(word: str, forms: WordForms) -> str:
    """Return a word without accents, possessive or plural."""
    folded = "".join(forms.folded.get(sign, sign) for sign in word)
    # Takes the accents off: "é" becomes "e" and a combining sign, which the next line drops.
    parted = unicodedata.normalize("NFKD", folded)
    plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    return re.sub(forms.endings, "", plain).replace("'", "")


# Known days that are said or written in numbers alone, in whatever order: "05/12", "the 5th".
#
# No pattern reads them: which number is the month depends on the country, and "the 5th" may be of
# any month. So they are no more than near a day that is known.

_DAY = re.compile(r"(?P<year>\d{4}|-)-(?P<month>\d\d)-(?P<day>\d\d)")
_WRITTEN = re.compile(r"\d{1,2}\s?[./-]\s?\d{1,2}")


def day_in_figures(value: str, text: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return the places of numbers in a text that may mean a normalized date, [start, stop)."""
    day = _DAY.fullmatch(value)
    if day is None:
        return ()
    text = _without_signs(text, language)
    whole = {
        place
        for signs in _ways(day)
        for place in spelled_places(signs, text, language)
        if day["year"] != "-" or _WRITTEN.fullmatch(text[slice(*place)])
    }
    month_and_day = sorted((int(day["month"]), int(day["day"])))
    yearless = {
        match.span()
        for match in _WRITTEN.finditer(text)
        if sorted(map(int, re.findall(r"\d+", match[0]))) == month_and_day
        and not re.match(r"\s?[./-]?\d", text[match.end() :])
        and not re.search(r"\d[./-]?$", text[: match.start()])
    }
    # The clearest form decides: a whole date, then day and month, then the day alone.
    places = whole or yearless or set(_ordinals(int(day["day"]), text, language))
    return tuple(_joined(sorted(places)))


def _joined(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield places in order; overlapping places are merged."""
    while places:
        start, stop = places.pop(0)
        while places and places[0][0] < stop:
            stop = max(stop, places.pop(0)[1])
        yield start, stop


def _ways(day: re.Match[str]) -> set[str]:
    """Return the digits of a date in every order of its parts, with zeros in front or without."""
    years = {"-": ("",)}.get(day["year"], (day["year"], day["year"][2:]))
    return {
        "".join(order)
        for year in years
        for month in {day["month"], day["month"].lstrip("0")}
        for number in {day["day"], day["day"].lstrip("0")}
        for order in permutations((year, month, number))
        if year in (order[0], order[-1])
    }


def _ordinals(day: int, text: str, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the places of a day that is named by its ordinal alone: "the fifth", "the 5th"."""
    for form in language.counts.in_order(day):
        for match in re.finditer(rf"(?<![\w-]){re.escape(form)}(?!\w|-\w)", text, re.IGNORECASE):
            yield match.span()


def _without_signs(text: str, language: Language) -> str:
    """Blank out the names of signs between numbers: "oh two slash eleven"."""
    names = "|".join(map(re.escape, language.alphabet.signs.values()))
    named = re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
    return named.sub(lambda match: " " * len(match[0]), text)
