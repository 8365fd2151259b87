"""German numbers, counts and amounts of money, in words and digits.

Units precede tens ("siebenundvierzig"), and recognizers split a word ("sieben und vierzig", "zwei
tausend"), so both forms are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from harness.language.numbers import Amounts, CountWords, Numbers, scaled, with_places
from harness.language.tables import Tables, Words

_TABLES = Tables(Path(__file__).parent / "numbers.toml")
DIGITS = _TABLES.read(Words, "numbers.digits")
_TEENS = _TABLES.read(Words, "numbers.teens")
_TENS = _TABLES.read(Words, "numbers.tens")

_UNITS = {word: value for value, word in enumerate(DIGITS)} | {"ein": 1, "zwo": 2, "fuenf": 5}
_TEEN_VALUES = {word: 10 + index for index, word in enumerate(_TEENS)} | {
    "fuffzehn": 15, "zwoelf": 12, "fuenfzehn": 15,
}  # fmt: skip
_TEN_VALUES = {word: 20 + 10 * index for index, word in enumerate(_TENS)} | {
    "dreissig": 30, "fuffzig": 50, "fuenfzig": 50,
}  # fmt: skip
# Not in the table of units: `is_number_word` must not take each article for a number.
_ARTICLES = {"eine": 1, "einen": 1, "einem": 1, "einer": 1, "ein": 1}
"""The number 1; alone they are articles far more often than numbers."""
_MILLIONS = {
    "million": 1_000_000, "millionen": 1_000_000, "mio": 1_000_000, "milliarde": 1_000_000_000,
    "milliarden": 1_000_000_000,
}  # fmt: skip
SCALES = {"hundert": 100, "tausend": 1_000, **_MILLIONS}

_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_TEN = "|".join(sorted(_TEN_VALUES, key=len, reverse=True))
_TEEN = "|".join(sorted(_TEEN_VALUES, key=len, reverse=True))
_BELOW_HUNDRED = rf"(?:(?:{_UNIT})und(?:{_TEN})|{_TEN}|{_TEEN}|{_UNIT})"
_BELOW_THOUSAND = rf"(?:(?:{_BELOW_HUNDRED})?hundert(?:und)?(?:{_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
WORD = (
    rf"(?:(?:{_BELOW_THOUSAND})?tausend(?:und)?(?:{_BELOW_THOUSAND})?"
    rf"|{_BELOW_THOUSAND})(?!\w)"
)
"""An expression for any number that is a single word."""
SMALL = rf"(?:{_BELOW_HUNDRED})(?!\w)"
"""An expression for any number below a hundred in a single word."""
_WHOLE = re.compile(WORD)
# "anderthalb", "zweieinhalb".
_HALVES = re.compile(rf"(?P<whole>{_UNIT}|ander)(?:ein)?(?:einhalb|thalb)")

_MOST_DIGITS = 15
_MOST_WORDS = 24
"""No number has more, however a recognizer splits it; the limit keeps long rows cheap."""
_DECIMAL = re.compile(r"(\d{1,6})[.,](\d{1,6})")

LARGEST = 999_999_999


def cardinal(number: int) -> str:
    """Return "siebenundvierzig", "eintausendeinhundertdrei", "eine Million zwanzig".

    Raises ValueError outside 0 to ``LARGEST``.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"expected 0 to {LARGEST:,}, got {number}")
    millions, rest = divmod(number, 1_000_000)
    if not millions:
        return _joined(rest)
    head = "eine Million" if millions == 1 else f"{_joined(millions)} Millionen"
    return f"{head} {_joined(rest)}" if rest else head


def _joined(number: int) -> str:
    for scale, word in ((1_000, "tausend"), (100, "hundert")):
        if number >= scale:
            head, rest = divmod(number, scale)
            # "einhundert", not "einshundert".
            first = _joined(head).removesuffix("s") if head % 10 == 1 and head != 11 else None
            return f"{first or _joined(head)}{word}{_joined(rest) if rest else ''}"
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return _TEENS[number - 10]
    unit = DIGITS[number % 10].removesuffix("s") if number % 10 == 1 else DIGITS[number % 10]
    return (f"{unit}und" if number % 10 else "") + _TENS[number // 10 - 2]


@lru_cache(maxsize=4096)
def compound(word: str) -> int | None:
    """Return the number of a word in lower case, None for any other word."""
    if word in SCALES and word not in _MILLIONS:
        return SCALES[word]
    # The expression decides what is a number, so that the cuts below need no checks.
    if _WHOLE.fullmatch(word) is None:
        return None
    thousands, parted, rest = word.rpartition("tausend")
    rest = rest.removeprefix("und") if parted else rest
    total = 1_000 * (_hundreds(thousands) if thousands else 1) if parted else 0
    return total + (_hundreds(rest) if rest else 0)


def _hundreds(word: str) -> int:
    head, parted, rest = word.partition("hundert")
    if not parted:
        return _small(word)
    return 100 * (_small(head) if head else 1) + (_small(rest.removeprefix("und")) if rest else 0)


def _small(word: str) -> int:
    for values in (_UNITS, _TEEN_VALUES, _TEN_VALUES):
        if word in values:
            return values[word]
    unit, _, ten = word.partition("und")
    return _UNITS[unit] + _TEN_VALUES[ten]


def is_number_word(word: str) -> bool:
    """Return whether a word can be part of a number; "ein" and its forms are articles first."""
    return word not in _ARTICLES and (word in SCALES or compound(word) is not None)


class NumberDigits(Mapping[str, str]):
    """Every number that is a single word, to its digits; there are a million of them."""

    def __getitem__(self, word: str) -> str:
        value = compound(word) if is_number_word(word) else None
        if value is None:
            raise KeyError(word)
        return str(value)

    def __iter__(self) -> Iterator[str]:
        return (cardinal(number) for number in range(len(self)))

    def __len__(self) -> int:
        return 1_000_000


def parse_cardinal(words: Sequence[str]) -> int | None:
    """Return the number that all the words form, None if they do not form exactly one number.

    A group of digits counts as a number word. "und" may join a unit to a ten, and follow a scale.
    """
    total, group, last, spoken = 0, 0, 0, False
    for word in _with_joined(words):
        # "tausend und eins"; after a ten, "und" was joined before.
        if word == "und" and last >= 100:
            continue
        scale = SCALES.get(word)
        if scale is not None and spoken and (group or scale >= 1_000_000):
            # "hundert hundert" are two numbers.
            if scale == 100 and group > 99:
                return None
            total, group = (total, group * scale) if scale == 100 else (total + group * scale, 0)
            last = scale
            continue
        value = _value(word)
        # A number may follow a larger scale only: "drei fünf" are two numbers.
        if value is None or (spoken and not value < last):
            return None
        group, last, spoken = group + value, _scale_of(value), True
    return total + group if spoken else None


def _value(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word) if len(word) <= _MOST_DIGITS else None
    value = compound(word)
    return _ARTICLES.get(word) if value is None else value


def _scale_of(value: int) -> int:
    """Return the scale after which more may follow: 1000 of 3000, none of 47."""
    return next((scale for scale in (1_000, 100) if value and value % scale == 0), 0)


def _with_joined(words: Sequence[str]) -> list[str]:
    """Return the words with "sieben und vierzig" as a single word."""
    joined: list[str] = []
    for word in words:
        # "sieben und vierzig", as recognizers split it.
        parted = word in _TEN_VALUES and joined[-1:] == ["und"] and joined[-2:-1] != []
        if parted and joined[-2] in _UNITS:
            joined[-2:] = [f"{joined[-2]}und{word}"]
        else:
            joined.append(word)
    return joined


def parse_number(words: Sequence[str]) -> int | None:
    """Return the number that all the words say, also with a part of a scale.

    ("eineinhalb", "tausend"), ("anderthalbtausend",), ("zwei", "komma", "fünf", "millionen").
    """
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    whole = parse_cardinal(words)
    if whole is not None:
        return whole
    words = [part for word in words for part in _scale_apart(word)]
    scale = SCALES.get(words[-1])
    part = _with_part(words[:-1]) if scale is not None else None
    number = None if part is None or scale is None else part * scale
    return int(number) if number is not None and number.denominator == 1 else None


def _scale_apart(word: str) -> list[str]:
    scale = next((one for one in SCALES if word.endswith(f"halb{one}")), None)
    return [word] if scale is None else [word.removesuffix(scale), scale]


def _with_part(words: Sequence[str]) -> Fraction | None:
    """Read "anderthalb", "zweieinhalb", "zwei komma fünf" and "2,5"."""
    # "eine halbe Million", without its last word.
    if list(words) in (["eine", "halbe"], ["ne", "halbe"]):
        return Fraction(1, 2)
    if len(words) == 1:
        written, half = _DECIMAL.fullmatch(words[0]), _HALVES.fullmatch(words[0])
        if written is not None:
            return Fraction(f"{written[1]}.{written[2]}")
        if half is not None:
            return _UNITS.get(half["whole"], 1) + Fraction(1, 2)
    at = list(words).index("komma") if "komma" in words else 0
    whole, places = parse_cardinal(words[:at]), words[at + 1 :]
    if whole is None or not places or not all(word in _UNITS for word in places):
        return None
    return with_places(whole, [_UNITS[word] for word in places])


# The ordinals that do not follow the rule; "zwot" and "siebent" are read, never said.
_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
_OTHER_ORDINALS = {"zwot": 2, "siebent": 7}


def ordinal(number: int, ending: str = "er") -> str:
    """Return "dritter", "fünfundzwanzigster"."""
    return _ordinal_stem(number) + ending


def _ordinal_stem(number: int) -> str:
    rest = number % 100
    if 0 < rest < 20 or number == 0:
        head = _joined(number - rest) if number > rest else ""
        return head + _ORDINALS.get(rest, _joined(rest) + "t")
    return _joined(number) + "st"


ORDINALS: dict[str, int] = {_ordinal_stem(number): number for number in range(1, 100)}
ORDINALS |= _OTHER_ORDINALS
"""Stems of the ordinals to 99: "dritt", "zwanzigst"."""
ORDINAL = rf"(?:{'|'.join(sorted(ORDINALS, key=len, reverse=True))})(?:e[rnms]?)(?!\w)"
"""An expression for an ordinal in any case."""


def ordinal_value(word: str) -> int | None:
    """Return the number of an ordinal in lower case, whatever its ending."""
    return ORDINALS.get(re.sub(r"e[rnms]?$", "", word))


GERMAN_NUMBERS = Numbers(
    digits=DIGITS,
    largest=LARGEST,
    cardinal=cardinal,
    parse=parse_number,
    is_word=is_number_word,
    grouping=".",
)


# German: counts that are no plain number, and numbers that are no count.


def _in_order(number: int) -> tuple[str, ...]:
    """Return "fünfzehnter", "fünfzehnten", "15."."""
    return *(ordinal(number, ending) for ending in ("er", "en", "e")), f"{number}."


_COUNTS = _TABLES.fill(CountWords, "counts", in_order=_in_order)
_SINGLE = {
    f"{one} {thing}": 1
    for thing in _TABLES.read(Words, "single.things")
    for one in ("ein", "eine", "einen", "einem")
}
GERMAN_COUNTS = replace(_COUNTS, named={**_COUNTS.named, **_SINGLE})


# German: amounts of money, signed or named, in words and digits; the comma parts the cents.

_CURRENCIES = _TABLES.read(dict[str, Words], "currencies")
_SCALES = r"(?:tausend|mio\.?|million(?:en)?|milliarden?)"
_ONE = r"(?:ein(?:e[mnr]?)?)(?!\w)"
_HALF = r"(?:(?:ander|ein|zwei|drei|vier|fünf)(?:t|ein)halb)"
_WORDS = (
    rf"(?:{_HALF}\s*{_SCALES}|eine\s+halbe\s+million"
    rf"|(?:{WORD}|{_ONE})(?:\s+(?:und\s+)?(?:{WORD}|{_SCALES})){{0,12}}"
    rf"|{WORD}\s+komma\s+{WORD}\s+{_SCALES})"
)
_POINT = rf"{WORD}\s+komma\s+{WORD}(?:\s+{WORD})?"
"""Whole units and hundredths as a number of the decimal system: "dreißig Komma fünf"."""
"""A number of several words; no number has more."""
_NUMBER = (
    r"(?:\d{1,3}(?:\.\d{3}){1,4}(?:,\d{1,2}|,[-–—]{1,2})?"
    r"|\d{1,3}(?:['’]\d{3}){1,4}(?:[.,]\d{1,2}|[.,][-–—]{1,2})?"
    r"|\d{1,15}(?:[.,]\d{1,2}|[.,][-–—]{1,2})?)(?![.,'’]?\d)"
)
"""The Swiss part thousands by an apostrophe, and the cents by a full stop."""
_FRANCS = r"s?fr\.?\s?(?!(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])(?!\d))"
"""Francs before a number; "Fr. 12.3." may be a Friday."""
_CURRENCY = r"(?:euros?|eur|dollar|pfund|franken|chf|sfr|fr\.|stutz|usd|gbp)"
_SMALL = r"(?:cents?|rappen|pence)"


def _read_amount(match: re.Match[str]) -> tuple[int, int] | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    written = part.get("written") or part.get("behind")
    if written is not None:
        return scaled(_read_number(written), SCALES.get(part.get("scale", "").rstrip("."), 1))
    if "point" in part:
        return _read_bare(part["point"])
    if "cents" in part:
        cents = _number(part["cents"])
        return None if cents is None or cents > 99 else (0, cents)
    whole = _number(part["whole"])
    # "zwölf Euro und fünfzig Cent" or "zwölf Euro fünfzig".
    small = _number(part.get("part") or part.get("bare") or "0")
    return None if whole is None or small is None or small > 99 else (whole, small)


def _read_number(text: str) -> tuple[int, int] | None:
    if not re.fullmatch(_NUMBER, text):
        return None
    whole, _, part = re.sub(r"[.'’](?=\d{3}(?!\d))", "", text).replace(",", ".").partition(".")
    return int(whole), int(f"{part.strip('-–—'):0<2}")


def _read_bare(text: str) -> tuple[int, int] | None:
    """Read a number without a currency: "30,5", "dreißig Komma fünf"."""
    head, point, tail = text.partition(" komma ")
    places = [compound(word) for word in tail.split()]
    if not point or any(place is None for place in places):
        return _read_number(text)
    whole, digits = _number(head), "".join(str(place) for place in places)
    return None if whole is None or len(digits) > 2 else (whole, int(f"{digits:0<2}"))


def _number(text: str) -> int | None:
    return parse_number(re.split(r"[\s-]+", text.lower().strip()))


def _say_amount(whole: int, part: int, written: str) -> str:
    """Return "neunundvierzig Euro und neunzig Cent"; euros if no currency is signed."""
    sign = next((sign for sign in _CURRENCIES if sign in written), "€")
    major, minor = _CURRENCIES[sign]
    spoken = [f"{_counting(whole)} {major}"] if whole or not part else []
    if part:
        spoken.append(f"{_counting(part)} {minor}")
    return " und ".join(spoken)


def _counting(number: int) -> str:
    """Return a number before the noun that it counts: "ein Euro"."""
    words = cardinal(number)
    return words.removesuffix("s") if words.endswith("eins") else words


GERMAN_AMOUNTS = Amounts(
    numbers=GERMAN_NUMBERS,
    expression=rf"""(?<![\w.,'’])(?:
        (?:[€$£]|eur|chf|usd|gbp|{_FRANCS})\s?(?P<written>{_NUMBER})
      | (?P<behind>{_NUMBER})\s?(?:(?P<scale>{_SCALES})\s+)?(?:[€$£](?!\s?\d)|{_CURRENCY}(?!\w))
        (?!\s+(?:und\s+)?\d\d(?!\d)|\s+(?:und\s+)?{WORD}\s+{_SMALL})
      | (?P<point>{_POINT})\s+{_CURRENCY}(?!\w)
      | (?P<whole>{_NUMBER}|{_WORDS})[\s-]+{_CURRENCY}(?!\w)
        (?:,?\s+(?:und\s+)?(?P<part>\d{{1,2}}|{WORD})[\s-]+{_SMALL}(?!\w)
          |[\s,]+(?:und\s+)?(?!(?:\d+|{_WORDS})[\s-]+{_CURRENCY}(?!\w))
            (?P<bare>{WORD}|\d\d(?!\d))(?![\w-]))?
      | (?P<cents>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}(?!\w)
    )""",
    read=_read_amount,
    read_bare=_read_bare,
    say=_say_amount,
    examples="49,90 or 49,90 €",
    decimal=rf"""(?<![\w.,'’:/-])(?:
        (?P<point>{_POINT}) | (?P<written>\d{{1,3}}(?:\.\d{{3}})*,\d{{1,2}}|\d{{1,15}},\d{{1,2}})
    )(?![\w%:/]|[.,]\d)""",
    sign=rf"[€$£]|fr\.?|{_CURRENCY}|{_SMALL}",
    decimal_sign=r"komma|,\d",
)
