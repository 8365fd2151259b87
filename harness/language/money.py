"""Amounts of money: "$49.90", "forty-nine dollars and ninety cents", and 49.90."""

from __future__ import annotations

import re

from harness.language.found import Found
from harness.language.numerals import NUMBER_WORDS, cardinal, parse_cardinal

_SIGNS = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_PLURALS = {"dollar": "dollars", "euro": "euros", "pound": "pounds", "cent": "cents"}
_WORD = rf"(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
_WORDS = rf"(?:a\s+(?=hundred|thousand|million))?{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD})*"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_UNIT = r"(?:dollars?|bucks?|euros?|pounds?|usd|eur|gbp)"
_SMALL = r"(?:cents?|pence|penny|pennies)"
_AMOUNT = re.compile(
    rf"""(?<![\w.])(?:
        (?P<sign>[$€£])\s?(?P<written>{_NUMBER})(?:\s+{_UNIT}\b)?
      | (?P<whole>{_NUMBER}|{_WORDS})[\s-]+{_UNIT}\b
        (?:,?\s+(?:and|in)?\s*(?P<part>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
          |[\s,]+(?:and\s+)?(?P<bare>{_WORDS})(?![\w-]))?
      | (?P<cents>\d{{1,2}}|{_WORDS})[\s-]+{_SMALL}\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def speak_amount(value: str) -> str:
    """Return "forty-nine dollars and ninety cents"; a text that is no amount comes back as it is.

    Without a currency sign the amount is in dollars.
    """
    canonical = normalize_amount(value)
    if not re.fullmatch(r"\d+\.\d\d", canonical):
        return value
    sign = next((sign for sign in _SIGNS if sign in value), "$")
    major, minor = _SIGNS[sign]
    whole, part = (int(digits) for digits in canonical.split("."))
    spoken = [f"{cardinal(whole)} {_counted(major, whole)}"] if whole or not part else []
    if part:
        spoken.append(f"{cardinal(part)} {_counted(minor, part)}")
    return " and ".join(spoken)


def normalize_amount(value: str) -> str:
    """Return the amount with two decimals ("49.90"), whatever the currency.

    A text that is no amount comes back lower-case with single spaces.
    """
    text = " ".join(value.strip().rstrip(".").lower().split())
    match = _AMOUNT.fullmatch(text)
    if match and (amount := _read(match)) is not None:
        return amount
    if re.fullmatch(_NUMBER, text):
        return _decimal(text)
    number = parse_cardinal(re.split(r"[\s-]+", text))
    return text if number is None else f"{number}.00"


def find_amounts(text: str) -> tuple[Found, ...]:
    """Return every amount that names or signs its currency."""
    return tuple(
        Found(amount, match.start(), match.end())
        for match in _AMOUNT.finditer(text)
        if (amount := _read(match)) is not None
    )


def _read(match: re.Match[str]) -> str | None:
    if match["written"]:
        return _decimal(match["written"])
    if match["cents"]:
        part = _number(match["cents"])
        return None if part is None or part > 99 else f"0.{part:02d}"
    if "." in match["whole"]:
        return _decimal(match["whole"])
    whole = _number(match["whole"])
    part = _number(match["part"] or match["bare"] or "0")
    return None if whole is None or part is None or part > 99 else f"{whole}.{part:02d}"


def _number(text: str) -> int | None:
    return parse_cardinal(re.split(r"[\s-]+", text.lower().replace(",", "")))


def _decimal(text: str) -> str:
    whole, _, part = text.replace(",", "").partition(".")
    return f"{int(whole)}.{part:0<2}"


def _counted(unit: str, count: int) -> str:
    if unit == "penny":
        return unit if count == 1 else "pence"
    return unit if count == 1 else _PLURALS[unit]
