"""Numbers in words: cardinals, counts, amounts of money and dates.

Canonically an amount has two decimals ("49.90"), whatever the currency, and a date is 2026-04-25,
or --04-25 without a year as ISO 8601 wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from harness.language.sentences import Stretches, few_spaces
from harness.language.values import Found

# "49.9" in any language, also where people write "49,90".
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,2})?")
"""An amount as machines write it; tools and files of every language send it so."""

_CANONICAL = re.compile(r"(\d{1,15})\.(\d\d)")

Day = tuple[int | None, int, int]
"""Year, month and day; the year is None if it is left out, below 100 without its century."""

_LIKELY_BEFORE = 50
"""Two-digit years below it are likelier in this century."""

NEVER = r"(?!)"
"""An expression that never matches."""


def _no_days(match: re.Match[str], today: date) -> tuple[date, ...]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """How whole numbers are said and read.

    ``parse`` takes words in lower case without hyphens: "forty-nine" comes as ("forty", "nine").
    """

    digits: tuple[str, ...]
    """The names of 0 to 9."""
    largest: int
    """The largest number that has words."""
    cardinal: Callable[[int], str]
    """The words of a number from 0 to ``largest``; raises ValueError for another."""
    parse: Callable[[Sequence[str]], int | None]
    """The number that all the words form, None if they do not form exactly one number.

    A group of digits counts as a number word.
    """
    is_word: Callable[[str], bool]
    """Whether a word can be part of a number."""
    grouping: str = ","
    """The sign between thousands in figures."""


def as_digits(words: Sequence[str], numbers: Numbers) -> tuple[str, ...]:
    """Return a run of number words as a number if it forms one ("one hundred five" -> 105).

    If it does not ("one two"), each word becomes a number; other words stay.
    """
    whole = numbers.parse(words)
    if whole is not None:
        return (str(whole),)
    parts = ((word, numbers.parse((word,))) for word in words)
    return tuple(word if part is None else str(part) for word, part in parts)


def with_digits(words: Iterable[str], numbers: Numbers) -> list[str]:
    """Return words with every run of number words in digits, as ``as_digits`` does."""
    run: list[str] = []
    result: list[str] = []
    for word in words:
        if numbers.is_word(word):
            run.append(word)
            continue
        result += [*as_digits(run, numbers), word]
        run = []
    return [*result, *as_digits(run, numbers)]


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """How amounts of money are said and written."""

    numbers: Numbers
    expression: str
    """A verbose regular expression for an amount that names or signs its currency."""
    read: Callable[[re.Match[str]], tuple[int, int] | None]
    """Whole units and hundredths of a match of the expression, None for no amount."""
    read_bare: Callable[[str], tuple[int, int] | None]
    """The same of a written number without a currency, as the language groups its digits."""
    say: Callable[[int, int, str], str]
    """The words for whole units and hundredths; the third is the amount as it was written."""
    examples: str
    """How a file may write an amount."""
    decimal: str = NEVER
    """A verbose regular expression for a number with decimals that names no currency."""
    sign: str = ""
    """A regular expression for a sign or unit that every amount contains; empty: not known.

    The text far from all of them is then not searched, which saves most of the time.
    """
    decimal_sign: str = ""
    """The same for numbers with decimals."""

    def speak(self, value: str) -> str:
        """Return the words of an amount; any other text is returned unchanged."""
        match = _CANONICAL.fullmatch(self.normalize(value))
        return value if match is None else self.say(int(match[1]), int(match[2]), value)

    def normalize(self, value: str) -> str:
        """Return "49.90"; any other text is returned in lower case with single spaces."""
        text = " ".join(value.strip().rstrip(".").lower().split())
        if _PLAIN.fullmatch(text):
            whole, _, part = text.partition(".")
            return f"{int(whole)}.{part:0<2}"
        match = _compiled(self.expression).fullmatch(text)
        read = self.read_bare(text) if match is None else self.read(match)
        if read is not None:
            return _canonical(read)
        # The value is known to be an amount, so whole number words need no currency: "fifty".
        number = self.numbers.parse(re.split(r"[\s-]+", text))
        return text if number is None else _canonical((number, 0))

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every amount that names or signs its currency."""
        return tuple(
            Found(_canonical(read), match.start(), match.end())
            for match in _near(self.sign, self.expression, text)
            if (read := self.read(match)) is not None
        )

    def find_decimals(self, text: str) -> tuple[Found, ...]:
        """Return every number with decimals; only a known amount shows that it is an amount.

        "Four point nine nine", "4.99".
        """
        return tuple(
            Found(_canonical(read), match.start(), match.end())
            for match in _near(self.decimal_sign, self.decimal, text)
            if (read := self.read(match)) is not None
        )

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no amount, else None."""
        match, largest = _CANONICAL.fullmatch(self.normalize(value)), self.numbers.largest
        if match is not None and int(match[1]) <= largest:
            return None
        return f"expected an amount from 0 to {largest:,}, such as {self.examples}"


def scaled(amount: tuple[int, int] | None, scale: int) -> tuple[int, int] | None:
    """Return an amount in whole units and hundredths, times a scale: "2.5 thousand"."""
    return None if amount is None else divmod((100 * amount[0] + amount[1]) * scale, 100)


def with_places(whole: int, places: Sequence[int]) -> Fraction:
    """Return a number with its decimals said digit by digit: "one point two five"."""
    return whole + Fraction(int("".join(map(str, places))), 10 ** len(places))


def _canonical(read: tuple[int, int]) -> str:
    return f"{read[0]}.{read[1]:02d}"


_LONGEST_AMOUNT = 1_000
"""Characters; 21 number words before a unit and 21 after it have fewer."""


def _near(sign: str, expression: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of an expression around the signs that every match of it has."""
    pattern, reach = _compiled(expression), _LONGEST_AMOUNT
    if not sign:
        yield from pattern.finditer(text)
        return
    start = stop = 0
    for found in re.finditer(sign, text, re.IGNORECASE):
        # Signs that lie close together are searched as one stretch, so no match is found twice.
        if found.start() - reach > stop:
            yield from pattern.finditer(text, start, stop)
            start = found.start() - reach
        stop = min(found.end() + reach, len(text))
    yield from pattern.finditer(text, start, stop)


@lru_cache(maxsize=64)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(few_spaces(expression), re.IGNORECASE | re.VERBOSE)


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """How dates are said and written."""

    expression: str
    """A verbose regular expression for a date that names at least a day and a month."""
    read: Callable[[re.Match[str]], Day | None]
    """The day of a match of the expression, None for no date."""
    say: Callable[[int | None, int, int], str]
    """The words for year, month and day."""
    relative: str = NEVER
    """A verbose regular expression for a day that is named by its distance: "next Friday"."""
    days_of: Callable[[re.Match[str], date], tuple[date, ...]] = _no_days
    """The days that such words may mean on a day, the likeliest first."""

    def speak(self, value: str) -> str:
        """Return the words of a date, without a year if it has none.

        Any other text, or a date that does not exist, is returned unchanged.
        """
        match = re.fullmatch(r"(\d{4}|-)-(\d\d)-(\d\d)", self.normalize(value))
        if match is None:
            return value
        # "--04-25" has "-" in place of the year.
        day = None if match[1] == "-" else int(match[1]), int(match[2]), int(match[3])
        return self.say(*day) if _checked(day) else value

    def normalize(self, value: str) -> str:
        """Return YYYY-MM-DD, or --MM-DD without a year.

        Any other text, or a date that does not exist, is returned in lower case with single spaces.
        """
        text = " ".join(value.strip().split())
        yearless = re.fullmatch(r"--(\d\d)-(\d\d)", text)
        if yearless:
            return _checked((None, int(yearless[1]), int(yearless[2]))) or text
        match = _date_pattern(self.expression).fullmatch(text.rstrip("."))
        read = () if match is None else self._readings(match)
        return read[0] if read else text.lower()

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every date that names at least a day and a month; by ``today`` relative ones."""
        named = [
            Found(read[0], match.start(), match.end(), read)
            for match in _date_pattern(self.expression).finditer(text)
            if (read := self._readings(match))
        ]
        if today is None or self.relative == NEVER:
            return tuple(named)
        taken = Stretches((one.start, one.stop) for one in named)
        for match in _compiled(self.relative).finditer(text):
            days = tuple(dict.fromkeys(day.isoformat() for day in self.days_of(match, today)))
            start, stop = match.span()
            if days and not taken.touch(start, stop):
                named.append(Found(days[0], start, stop, days))
        return tuple(sorted(named, key=lambda found: found.start))

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no date, else None."""
        canonical = self.normalize(value)
        # A date exists if its words are read back as the same date.
        if self.normalize(spoken := self.speak(canonical)) == canonical != spoken:
            return None
        return "expected a date of 1900 to 2099 (2026-04-25), or one without a year (--04-25)"

    def _readings(self, match: re.Match[str]) -> tuple[str, ...]:
        """Return the date, in either century if the year has none; only days that exist."""
        if match["iso"]:
            year, month, day = (int(part) for part in match["iso"].split("-"))
            days: tuple[Day, ...] = ((year, month, day),)
        else:
            read = self.read(match)
            days = () if read is None else _of_centuries(read)
        return tuple(checked for one in days if (checked := _checked(one)))


def _of_centuries(day: Day) -> tuple[Day, ...]:
    """Return a day in the years that two digits may mean: 83 is likelier in the 1900s."""
    year, month, number = day
    if year is None or year > 99:
        return (day,)
    centuries = (2000, 1900) if year < _LIKELY_BEFORE else (1900, 2000)
    return tuple((century + year, month, number) for century in centuries)


def _checked(day: Day) -> str | None:
    year, month, number = day
    try:
        # 2024 is a leap year, so that --02-29 exists.
        date(2024 if year is None else year, month, number)
    except ValueError:
        return None
    return f"--{month:02d}-{number:02d}" if year is None else f"{year:04d}-{month:02d}-{number:02d}"


@lru_cache(maxsize=64)
def _date_pattern(expression: str) -> re.Pattern[str]:
    iso = r"(?P<iso>\d{4}-\d{2}-\d{2})"
    whole = rf"(?<![\w-])(?:{iso}|{expression})(?![\w-])"
    return re.compile(few_spaces(whole), re.IGNORECASE | re.VERBOSE)


# Counts: numbers of items, as whole numbers.

_NEAR = 200
"""Characters before a number that are searched for text that makes it not a count."""

_DIGITS = re.compile(r"\d{1,9}(?:\.0+)?")


def _not_in_order(number: int) -> tuple[str, ...]:
    """Return no form: a language may leave ordinal forms out."""
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class CountWords:
    """The vocabulary of a language for counts, apart from its numbers; expressions ignore case."""

    named: Mapping[str, int] = field(default_factory=dict)
    """Phrases for a count: "a couple", 2."""
    joining: frozenset[str] = frozenset()
    """Words within a number: "and"."""
    idle: str = NEVER
    """Regular expression for phrases with a number word that is not a count: "this one"."""
    before: str = NEVER
    """Regular expression for the text before a number that is not a count: "number", "$"."""
    after: str = NEVER
    """Regular expression for the text after a number that is not a count: "o'clock", "%", "th"."""
    in_order: Callable[[int], tuple[str, ...]] = _not_in_order
    """Ordinal forms of a number, spoken and written: "fifteenth", "15th"."""


_MOST_WORDS = 24
"""No number has more; the limit keeps long rows cheap."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Whole numbers that count."""

    numbers: Numbers
    words: CountWords

    def speak(self, value: str) -> str:
        """Return the words of a number; any other text is returned unchanged."""
        number = self._number(value)
        if number is None or number > self.numbers.largest:
            return value
        return self.numbers.cardinal(number)

    def normalize(self, value: str) -> str:
        """Return the digits; any other text is returned in lower case with single spaces."""
        number = self._number(value)
        return " ".join(value.lower().split()) if number is None else str(number)

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every number that may be a count, in words or digits."""
        return tuple(sorted((*self._named(text), *self._numbers(text)), key=lambda one: one.start))

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed range if the value is not a count, else None."""
        number = self._number(value)
        if number is not None and number <= self.numbers.largest:
            return None
        return f"expected a whole number from 0 to {self.numbers.largest:,}"

    def _number(self, value: str) -> int | None:
        text = " ".join(value.strip().rstrip(".").lower().split())
        if _grouped(self.numbers.grouping).fullmatch(text):
            return int(text.replace(self.numbers.grouping, ""))
        # Programs may write a count as "3.0".
        if _DIGITS.fullmatch(text):
            return int(text.partition(".")[0])
        named = self.words.named.get(text)
        return self.numbers.parse(re.split(r"[\s-]+", text)) if named is None else named

    def _named(self, text: str) -> list[Found]:
        phrases = tuple(self.words.named)
        return [
            Found(str(self.words.named[" ".join(match[0].lower().split())]), *match.span())
            for match in (_phrases(phrases).finditer(text) if phrases else ())
            if re.match(self.words.after, text[match.end() :], re.IGNORECASE) is None
        ]

    def _numbers(self, text: str) -> list[Found]:
        """Return counts in digits or number words, from the longest runs that form a number."""
        # "This one" and similar phrases have a number word that counts nothing.
        idle = re.finditer(self.words.idle, text, re.IGNORECASE)
        taken = [(one.start, one.stop) for one in self._named(text)]
        taken += [one.span() for one in idle]
        pieces = [
            one for one in _pieces(self.numbers.grouping).finditer(text) if not _inside(one, taken)
        ]
        found: list[Found] = []
        at = 0
        while at < len(pieces):
            stop, number = self._longest(text, pieces, at)
            if number is not None:
                start, end = pieces[at].start(), pieces[stop - 1].end()
                found.append(Found(str(number), start, end))
            # If no number begins here, the next piece is tried.
            at = max(stop, at + 1)
        return [one for one in _apart(text, found) if self._counts(text, one.start, one.stop)]

    def _longest(self, text: str, pieces: list[re.Match[str]], at: int) -> tuple[int, int | None]:
        """Return the piece after the longest number from ``at``, and the number."""
        stop, best, words = at, None, list[str]()
        for index in range(at, min(at + _MOST_WORDS, len(pieces))):
            word = pieces[index][0].lower().replace(self.numbers.grouping, "")
            # "05" is a part of a time or a code, not a count.
            written = word.isdecimal() and not re.match(r"0\d", word)
            known = written or self.numbers.is_word(word) or word in self.words.joining
            gap = text[pieces[index - 1].end() : pieces[index].start()] if index > at else ""
            # A comma or a full stop ends a number: "two, three" are two.
            if not known or gap.strip(" -"):
                break
            words.append(word)
            number = self.numbers.parse(words)
            if number is not None:
                stop, best = index + 1, number
        return stop, best

    def _counts(self, text: str, start: int, stop: int) -> bool:
        near = text[max(0, start - _NEAR) : start]
        before = re.search(rf"(?:{self.words.before})\Z", near, re.IGNORECASE)
        after = re.match(self.words.after, text[stop:], re.IGNORECASE)
        return before is None and after is None


def _apart(text: str, found: list[Found]) -> list[Found]:
    """Leave out adjacent numbers: they are spelled digits, a price or a time."""
    gaps = [text[one.stop : other.start].strip(" -") for one, other in pairwise(found)]
    # Both numbers of an adjacent pair are left out.
    beside = {place + side for place, gap in enumerate(gaps) if not gap for side in (0, 1)}
    return [one for place, one in enumerate(found) if place not in beside]


def _inside(piece: re.Match[str], taken: list[tuple[int, int]]) -> bool:
    return any(start <= piece.start() < stop for start, stop in taken)


@lru_cache(maxsize=16)
def _grouped(sign: str) -> re.Pattern[str]:
    """Return an expression for digits with a thousands separator."""
    return re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+")


@lru_cache(maxsize=16)
def _pieces(sign: str) -> re.Pattern[str]:
    """Return an expression for digits or words that may be part of a number."""
    return re.compile(rf"(?<!\w){_grouped(sign).pattern}(?!\w)|(?<!\w)\d+(?!\w)|[^\W\d_]+")


@lru_cache(maxsize=16)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    # An expression takes the first alternative that fits: "a couple of" before "a couple".
    longest_first = sorted(phrases, key=len, reverse=True)
    words = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in longest_first)
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
