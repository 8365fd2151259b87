"""English numbers, counts and amounts of money, in words and digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from harness.language.numbers import Amounts, CountWords, Numbers, scaled, with_places
from harness.language.tables import Tables, Words

_TABLES = Tables(Path(__file__).parent / "numbers.toml")
DIGITS = _TABLES.read(Words, "numbers.digits")
_TEENS = _TABLES.read(Words, "numbers.teens")
_TENS = _TABLES.read(Words, "numbers.tens")
_ORDINALS = _TABLES.read(dict[str, str], "ordinals")
_SCALES = ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))

UNITS: dict[str, int] = {word: value for value, word in enumerate(DIGITS)}
"""zero to nine."""
TEENS: dict[str, int] = {word: 10 + index for index, word in enumerate(_TEENS)}
TENS: dict[str, int] = {word: 20 + 10 * index for index, word in enumerate(_TENS)}
SMALL: dict[str, int] = UNITS | TEENS | TENS
"""Every single word for a number under one hundred."""

_MULTIPLIERS = {word: scale for scale, word in _SCALES}
NUMBER_WORDS: frozenset[str] = frozenset({*SMALL, *_MULTIPLIERS})


_MOST_DIGITS = 15
"""Longer rows of digits are no numbers: they are codes, or noise."""

_DECIMAL = re.compile(r"\d{1,6}\.\d{1,6}")

LARGEST = 999_999_999
"""The largest number that has words here."""


def cardinal(number: int) -> str:
    """Return "forty-nine", "one thousand two hundred three".

    Raises ValueError outside 0 to ``LARGEST``.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"expected 0 to {LARGEST:,}, got {number}")
    for scale, word in _SCALES:
        if number >= scale:
            rest = f" {cardinal(number % scale)}" if number % scale else ""
            return f"{cardinal(number // scale)} {word}{rest}"
    if number >= 20:
        unit = f"-{DIGITS[number % 10]}" if number % 10 else ""
        return _TENS[number // 10 - 2] + unit
    return _TEENS[number - 10] if number >= 10 else DIGITS[number]


def ordinal(number: int) -> str:
    """Return "twenty-fifth", "twelfth"."""
    head, dash, last = cardinal(number).rpartition("-")
    # "twenty-first": only the last word of a number takes the form.
    if last in _ORDINALS:
        return head + dash + _ORDINALS[last]
    return head + dash + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


ORDINALS: dict[str, int] = {ordinal(n): n for n in (*range(1, 20), *range(20, 100, 10))}
"""Ordinals of a single word: first to nineteenth, twentieth, thirtieth …"""


def parse_cardinal(words: Sequence[str]) -> int | None:
    """Return the number that all the words form, None if they do not form exactly one number.

    Words are lower-case, without hyphens: ("one", "thousand", "two", "hundred", "and", "three"). A
    group of digits counts as a number word. "and" may follow a scale, "a" may precede a scale.
    """
    total, group, last = 0, 0, 0
    spoken = False
    for index, word in enumerate(words):
        # "one hundred and five"; "five and six" are two numbers.
        if word == "and" and index and words[index - 1] in _MULTIPLIERS:
            continue
        if word == "a" and index + 1 < len(words) and words[index + 1] in _MULTIPLIERS:
            word = "one"
        if word in _MULTIPLIERS and spoken:
            scale = _MULTIPLIERS[word]
            if scale == 100 and group >= 100:  # "one hundred one hundred": two numbers
                return None
            total, group = _scaled(total, group, scale)
            last = scale
            continue
        written = word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS
        value = int(word) if written else SMALL.get(word)
        if value is None or not _fits(value, last, spoken):
            return None
        group, last, spoken = group + value, value, True
    return total + group if spoken else None


def parse_number(words: Sequence[str]) -> int | None:
    """Return the number that all the words say, also with a part of a scale.

    ("one", "and", "a", "half", "thousand"), ("one", "point", "two", "million"), ("2.5", "million").
    """
    return _parsed(tuple(words))


@lru_cache(maxsize=8192)  # every run of words is read in several searches of the same text
def _parsed(words: tuple[str, ...]) -> int | None:
    whole = parse_cardinal(words)
    if whole is not None or not words or words[-1] not in _MULTIPLIERS:
        return whole
    part = _with_part(list(words[:-1]))
    number = None if part is None else part * _MULTIPLIERS[words[-1]]
    return int(number) if number is not None and number.denominator == 1 else None


def _with_part(words: list[str]) -> Fraction | None:
    """Read "half a", "one and a half", "one point two five" and "2.5"."""
    if words == ["half", "a"]:
        return Fraction(1, 2)
    if len(words) == 1 and _DECIMAL.fullmatch(words[0]):
        return Fraction(words[0])
    if words[-3:] == ["and", "a", "half"]:
        whole = parse_cardinal(words[:-3])
        return None if whole is None else whole + Fraction(1, 2)
    at = words.index("point") if "point" in words else 0
    whole, places = parse_cardinal(words[:at]), words[at + 1 :]
    if whole is None or not places or not all(word in UNITS for word in places):
        return None
    return with_places(whole, [UNITS[word] for word in places])


def _scaled(total: int, group: int, scale: int) -> tuple[int, int]:
    return (total, group * scale) if scale == 100 else (total + group * scale, 0)


def _fits(value: int, last: int, spoken: bool) -> bool:
    """Say whether ``value`` may follow ``last``: units after tens, anything small after a scale."""
    # After a scale only a smaller number: "one hundred two hundred" are two.
    if not spoken or last >= 100:
        return not spoken or value < last
    return last in TENS.values() and 0 < value < 10


ENGLISH_NUMBERS = Numbers(
    digits=DIGITS,
    largest=LARGEST,
    cardinal=cardinal,
    parse=parse_number,
    is_word=NUMBER_WORDS.__contains__,
)


# English: counts that are no plain number, and numbers that are no count.

_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def _in_order(number: int) -> tuple[str, ...]:
    """Return "fifteenth", "15th"."""
    teens = 10 < number % 100 < 20
    suffix = "th" if teens else _SUFFIXES.get(number % 10, "th")
    return ordinal(number), f"{number}{suffix}"


ENGLISH_COUNTS = _TABLES.fill(CountWords, "counts", in_order=_in_order)


# English: amounts of money, signed or named, in words and digits.

_CURRENCIES = _TABLES.read(dict[str, Words], "currencies")
_PLURALS = {"dollar": "dollars", "euro": "euros", "pound": "pounds", "cent": "cents"}
_AMOUNT_SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "million": 1_000_000,
    "m": 1_000_000,
}
_WORD = rf"(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
_WORDS = rf"(?:a\s+(?=hundred|thousand|million))?{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD}){{0,20}}"
"""No number has more words; the limit keeps long rows cheap."""
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2})?|\d{1,15}(?:\.\d{1,2})?)(?![.,]?\d)"
_UNIT = r"(?:dollars?|bucks?|euros?|pounds?|quid|usd|eur|gbp)"
_SMALL = r"(?:cents?|pence|penny|pennies)"
_AMOUNT_TENS = rf"(?:{'|'.join(TENS)})(?:[\s-](?:{'|'.join(UNITS)}))?"
_PART = (
    rf"(?:half\s+a\s+(?:thousand|million)|\d{{1,6}}(?:\.\d{{1,6}})?\s+(?:thousand|million)"
    rf"|{_WORDS}(?:\s+point(?:\s+(?:{'|'.join(UNITS)})){{1,6}}|\s+and\s+a\s+half)"
    r"\s+(?:hundred|thousand|million))"
)
"""A number with a part of a scale: "one point two million"."""
_PLACES = (
    rf"(?:\d{{1,2}}|(?:{'|'.join(UNITS)}|oh)(?:[\s-]+(?:{'|'.join(UNITS)}|oh))?|{_AMOUNT_TENS})"
)
_POINTED = rf"(?P<pointed>\d{{1,15}}|{_WORDS})\s+point\s+(?P<places>{_PLACES})(?!\w)"
"""A number with its decimals said singly: "thirty-four point five"."""
_FRACTIONAL = (
    rf"(?P<parted>\d{{1,6}}|{_WORDS})(?:\s+\w+)?[\s-]+and[\s-]+"
    r"(?:an?[\s-]+(?P<fraction>half|quarter)|(?P<quarters>three[\s-]+quarters))"
    r"(?!\s+(?:dollars?|bucks?))"
)
"""A number followed by a fraction: "twenty-seven and a half"."""
_NO_REST = r"(?<!point\s)(?<!half\s)(?<!half\sa\s)(?<!half\sof\s)(?<![a-z\d]\soh\s)" + "".join(
    rf"(?<!{part}\sof\s{article})" for part in ("quarter", "quarters") for article in ("", r"a\s")
)
"""The rest of a number whose head is not understood is no amount: "twelve oh five dollars"."""
_NO_COIN = (
    r"(?!\s+and\s+(?:a\s+(?:penny|nickel|dime|quarter|half)|two\s+(?:bits|quarters|dimes))\b)"
)
"""Nor is a number to which a coin is added: "three dollars and a nickel"."""
_SCALE = rf"(?:{'|'.join(sorted(_AMOUNT_SCALES, key=len, reverse=True))})"


def _read_amount(match: re.Match[str]) -> tuple[int, int] | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    written = part.get("written") or part.get("coded") or part.get("behind")
    if written is not None:
        return scaled(_read_number(written), _AMOUNT_SCALES.get(part.get("scale", ""), 1))
    if "parted" in part:
        whole = _number(part["parted"])
        hundredths = 75 if "quarters" in part else 50 if part["fraction"] == "half" else 25
        return None if whole is None else (whole, hundredths)
    if "pointed" in part:
        whole, places = _number(part["pointed"]), _places(part["places"])
        return None if whole is None or places is None else (whole, places)
    if "grand" in part:
        if "." in part["grand"]:
            return scaled(_read_number(part["grand"]), 1_000)
        whole = _number(part["grand"])
        return None if whole is None else (1_000 * whole, 0)
    if "cents" in part or "pence" in part:
        cents = _number(part.get("cents") or part["pence"])
        return None if cents is None or cents > 99 else (0, cents)
    if "one" in part:
        whole = 1
    elif re.fullmatch(_NUMBER, part["whole"]) and "." in part["whole"]:
        return _read_number(part["whole"])
    else:
        whole = _number(part["whole"])
    # "Five and a half dollars".
    small = 50 if "half" in part else _number(part.get("part") or part.get("bare") or "0")
    return None if whole is None or small is None or small > 99 else (whole, small)


def _places(text: str) -> int | None:
    """Return the hundredths of "five", "five zero", "fifty" and "05"."""
    # Digits one by one first ("five zero"); a single number ("fifty") is tried after that.
    digits = "".join("0" if word == "oh" else str(UNITS.get(word, word)) for word in text.split())
    if not digits.isdecimal():
        number = _number(text)
        digits = "" if number is None else str(number)
    return int(f"{digits:0<2}") if 0 < len(digits) <= 2 else None


def _read_number(text: str) -> tuple[int, int] | None:
    if not re.fullmatch(_NUMBER, text):
        return None
    whole, _, part = text.replace(",", "").partition(".")
    return int(whole), int(f"{part:0<2}")


def _number(text: str) -> int | None:
    return parse_number(re.split(r"[\s-]+", text.lower().replace(",", "")))


def _say_amount(whole: int, part: int, written: str) -> str:
    """Return "forty-nine dollars and ninety cents"; dollars if no currency is signed."""
    sign = next((sign for sign in _CURRENCIES if sign in written), "$")
    major, minor = _CURRENCIES[sign]
    spoken = [f"{cardinal(whole)} {_counted(major, whole)}"] if whole or not part else []
    if part:
        spoken.append(f"{cardinal(part)} {_counted(minor, part)}")
    return " and ".join(spoken)


def _counted(unit: str, count: int) -> str:
    if unit == "penny":
        return unit if count == 1 else "pence"
    return unit if count == 1 else _PLURALS[unit]


ENGLISH_AMOUNTS = Amounts(
    numbers=ENGLISH_NUMBERS,
    expression=rf"""(?<![\w.])(?:
        (?P<sign>[$€£])\s?(?P<written>{_NUMBER})
            (?:\s?(?P<scale>{_SCALE})\b)?(?:\s+{_UNIT}\b)?
      | (?:usd|eur|gbp)\s?(?P<coded>{_NUMBER})
      | (?P<behind>{_NUMBER})\s?[$€£](?!\s?\d)
      | {_NO_REST}{_POINTED}[\s-]+{_UNIT}\b
      | {_NO_REST}(?:(?P<whole>{_PART}|{_NUMBER}|{_WORDS})(?P<half>\s+and\s+a\s+half)?[\s-]+{_UNIT}
            | (?P<one>an?)\s+(?:dollar|buck|euro|quid))\b{_NO_COIN}
        (?:,?\s+(?:and|in)?\s*(?P<part>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
          |[\s,]+(?:and\s+)?(?!(?:\d+|{_WORDS})[\s-]+{_UNIT}\b)
            (?P<bare>{_WORDS}|\d\d(?!\d))(?![\w-]))?
      | {_NO_REST}(?P<grand>(?<![\w#-])\d{{1,3}}(?:\.\d{{1,2}})?(?=\s?(?-i:k)\b)
            |(?:\d{{1,6}}|{_WORDS})(?=\s+grand\b))(?:\s+grand|\s?k)\b(?:\s+{_UNIT}\b)?
      | (?P<cents>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
      | (?P<pence>(?<![\w-])\d\d(?=(?-i:p)\b)|{_AMOUNT_TENS})\s?(?-i:p)\b(?![\s.]*m\b)
    )""",
    read=_read_amount,
    read_bare=_read_number,
    say=_say_amount,
    examples="49.90 or $49.90",
    decimal=rf"""(?<![\w.,$€£:/-])(?:
        {_NO_REST}{_POINTED} | {_NO_REST}{_FRACTIONAL}
      | (?P<written>\d{{1,3}}(?:,\d{{3}})*\.\d{{1,2}}|\d{{1,15}}\.\d{{1,2}})
    )(?![\w%:/]|[.,]\d|[\s-]+(?:point|{"|".join(UNITS)}|{_SCALE})\b|\s?[ap]\.?m\b)""",
    sign=rf"[$€£]|{_UNIT}|{_SMALL}|grand|\dk\b|\bk\b|p\b",
    decimal_sign=r"point|half|quarter|\.\d",
)
