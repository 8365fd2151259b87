"""German: amounts of money, signed or named, in words and digits; the comma parts the cents."""

from __future__ import annotations

import re

from harness.language.de.numbers import (
    GERMAN_NUMBERS,
    SCALES,
    WORD,
    cardinal,
    compound,
    parse_number,
)
from harness.language.numbers import Amounts

_CURRENCIES = {
    "€": ("Euro", "Cent"), "$": ("Dollar", "Cent"), "£": ("Pfund", "Pence"),
    "CHF": ("Franken", "Rappen"),
}  # fmt: skip
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
_UNIT = r"(?:euros?|eur|dollar|pfund|franken|chf|sfr|fr\.|stutz|usd|gbp)"
_SMALL = r"(?:cents?|rappen|pence)"


def _read_amount(match: re.Match[str]) -> tuple[int, int] | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    written = part.get("written") or part.get("behind")
    if written is not None:
        return _scaled(_read_number(written), part.get("scale"))
    if "point" in part:
        return _read_bare(part["point"])
    if "cents" in part:
        cents = _number(part["cents"])
        return None if cents is None or cents > 99 else (0, cents)
    whole = _number(part["whole"])
    small = _number(part.get("part") or part.get("bare") or "0")
    return None if whole is None or small is None or small > 99 else (whole, small)


def _scaled(amount: tuple[int, int] | None, scale: str | None) -> tuple[int, int] | None:
    if amount is None or scale is None:
        return amount
    return divmod((100 * amount[0] + amount[1]) * SCALES[scale.rstrip(".")], 100)


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
    """Return "neunundvierzig Euro und neunzig Cent"; euros where no currency is signed."""
    sign = next((sign for sign in _CURRENCIES if sign in written), "€")
    major, minor = _CURRENCIES[sign]
    spoken = [f"{_counting(whole)} {major}"] if whole or not part else []
    if part:
        spoken.append(f"{_counting(part)} {minor}")
    return " und ".join(spoken)


def _counting(number: int) -> str:
    """Return a number before what it counts: "ein Euro"."""
    words = cardinal(number)
    return words.removesuffix("s") if words.endswith("eins") else words


GERMAN_AMOUNTS = Amounts(
    numbers=GERMAN_NUMBERS,
    expression=rf"""(?<![\w.,'’])(?:
        (?:[€$£]|eur|chf|usd|gbp|{_FRANCS})\s?(?P<written>{_NUMBER})
      | (?P<behind>{_NUMBER})\s?(?:(?P<scale>{_SCALES})\s+)?(?:[€$£](?!\s?\d)|{_UNIT}(?!\w))
        (?!\s+(?:und\s+)?\d\d(?!\d)|\s+(?:und\s+)?{WORD}\s+{_SMALL})
      | (?P<point>{_POINT})\s+{_UNIT}(?!\w)
      | (?P<whole>{_NUMBER}|{_WORDS})[\s-]+{_UNIT}(?!\w)
        (?:,?\s+(?:und\s+)?(?P<part>\d{{1,2}}|{WORD})[\s-]+{_SMALL}(?!\w)
          |[\s,]+(?:und\s+)?(?!(?:\d+|{_WORDS})[\s-]+{_UNIT}(?!\w))
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
    sign=rf"[€$£]|fr\.?|{_UNIT}|{_SMALL}",
    decimal_sign=r"komma|,\d",
)
