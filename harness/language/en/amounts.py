"""English: amounts of money, signed or named, in words and digits."""

from __future__ import annotations

import re

from harness.language.en.numbers import (
    ENGLISH_NUMBERS,
    NUMBER_WORDS,
    TENS,
    UNITS,
    cardinal,
    parse_number,
)
from harness.language.numbers import Amounts

_CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_PLURALS = {"dollar": "dollars", "euro": "euros", "pound": "pounds", "cent": "cents"}
_SCALES = {"k": 1_000, "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "m": 1_000_000}
_WORD = rf"(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
_WORDS = rf"(?:a\s+(?=hundred|thousand|million))?{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD}){{0,20}}"
"""No number has more words; a row of them without end is read in no time."""
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2})?|\d{1,15}(?:\.\d{1,2})?)(?![.,]?\d)"
_UNIT = r"(?:dollars?|bucks?|euros?|pounds?|quid|usd|eur|gbp)"
_SMALL = r"(?:cents?|pence|penny|pennies)"
_TENS = rf"(?:{'|'.join(TENS)})(?:[\s-](?:{'|'.join(UNITS)}))?"
_PART = (
    rf"(?:half\s+a\s+(?:thousand|million)|\d{{1,6}}(?:\.\d{{1,6}})?\s+(?:thousand|million)"
    rf"|{_WORDS}(?:\s+point(?:\s+(?:{'|'.join(UNITS)})){{1,6}}|\s+and\s+a\s+half)"
    r"\s+(?:hundred|thousand|million))"
)
"""A number with a part of a scale: "one point two million"."""
_PLACES = rf"(?:\d{{1,2}}|(?:{'|'.join(UNITS)}|oh)(?:[\s-]+(?:{'|'.join(UNITS)}|oh))?|{_TENS})"
_POINTED = rf"(?P<pointed>\d{{1,15}}|{_WORDS})\s+point\s+(?P<places>{_PLACES})(?!\w)"
"""A number with its decimals said one by one: "thirty-four point five"."""
_FRACTIONAL = (
    rf"(?P<parted>\d{{1,6}}|{_WORDS})(?:\s+\w+)?[\s-]+and[\s-]+"
    r"(?:an?[\s-]+(?P<fraction>half|quarter)|(?P<quarters>three[\s-]+quarters))"
    r"(?!\s+(?:dollars?|bucks?))"
)
"""A number followed by a fraction: "twenty-seven and a half"."""
_NO_REST = r"(?<!point\s)(?<!half\s)(?<!half\sa\s)(?<!half\sof\s)" + "".join(
    rf"(?<!{part}\sof\s{article})" for part in ("quarter", "quarters") for article in ("", r"a\s")
)
"""The rest of a number whose head is not understood is no amount."""
_SCALE = rf"(?:{'|'.join(sorted(_SCALES, key=len, reverse=True))})"


def _read_amount(match: re.Match[str]) -> tuple[int, int] | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    written = part.get("written") or part.get("coded") or part.get("behind")
    if written is not None:
        return _scaled(_read_number(written), part.get("scale"))
    if "parted" in part:
        whole = _number(part["parted"])
        hundredths = 75 if "quarters" in part else 50 if part["fraction"] == "half" else 25
        return None if whole is None else (whole, hundredths)
    if "pointed" in part:
        whole, places = _number(part["pointed"]), _places(part["places"])
        return None if whole is None or places is None else (whole, places)
    if "grand" in part:
        if "." in part["grand"]:
            return _scaled(_read_number(part["grand"]), "k")
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
    small = 50 if "half" in part else _number(part.get("part") or part.get("bare") or "0")
    return None if whole is None or small is None or small > 99 else (whole, small)


def _places(text: str) -> int | None:
    """Return the hundredths of "five", "five zero", "fifty" and "05"."""
    digits = "".join("0" if word == "oh" else str(UNITS.get(word, word)) for word in text.split())
    if not digits.isdecimal():
        number = _number(text)
        digits = "" if number is None else str(number)
    return int(f"{digits:0<2}") if 0 < len(digits) <= 2 else None


def _scaled(amount: tuple[int, int] | None, scale: str | None) -> tuple[int, int] | None:
    if amount is None or scale is None:
        return amount
    return divmod((100 * amount[0] + amount[1]) * _SCALES[scale], 100)


def _read_number(text: str) -> tuple[int, int] | None:
    if not re.fullmatch(_NUMBER, text):
        return None
    whole, _, part = text.replace(",", "").partition(".")
    return int(whole), int(f"{part:0<2}")


def _number(text: str) -> int | None:
    return parse_number(re.split(r"[\s-]+", text.lower().replace(",", "")))


def _say_amount(whole: int, part: int, written: str) -> str:
    """Return "forty-nine dollars and ninety cents"; dollars where no currency is signed."""
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
            | (?P<one>an?)\s+(?:dollar|buck|euro|quid))\b
        (?:,?\s+(?:and|in)?\s*(?P<part>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
          |[\s,]+(?:and\s+)?(?!(?:\d+|{_WORDS})[\s-]+{_UNIT}\b)
            (?P<bare>{_WORDS}|\d\d(?!\d))(?![\w-]))?
      | {_NO_REST}(?P<grand>(?<![\w#-])\d{{1,3}}(?:\.\d{{1,2}})?(?=\s?(?-i:k)\b)
            |(?:\d{{1,6}}|{_WORDS})(?=\s+grand\b))(?:\s+grand|\s?k)\b(?:\s+{_UNIT}\b)?
      | (?P<cents>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
      | (?P<pence>(?<![\w-])\d\d(?=(?-i:p)\b)|{_TENS})\s?(?-i:p)\b(?![\s.]*m\b)
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
