"""Dates: 2026-04-25, "April 25th, 2026", "April twenty-fifth, twenty twenty-six"."""

from __future__ import annotations

import re
from datetime import date

from harness.language.found import Found
from harness.language.numerals import ORDINALS, SMALL, UNITS, cardinal, ordinal, parse_cardinal

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH_NUMBERS = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}
_SHORT = {name[:3].lower(): number for name, number in zip(_MONTHS, range(1, 13), strict=True)}
_BY_NAME = _MONTH_NUMBERS | _SHORT | {"sept": 9}

_MONTH = rf"(?:{'|'.join(sorted(_BY_NAME, key=len, reverse=True))})\.?"
_DAY_WORDS = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(ORDINALS)})"
_CARDINAL_DAY = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(SMALL)})"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_DAY_WORDS}|{_CARDINAL_DAY})"
_YEAR_WORD = rf"(?:oh|hundred|{'|'.join(SMALL)})"
_YEAR = (
    r"(?:\d{4}|two[\s-]+thousand(?:[\s-]+(?:and[\s-]+)?"
    rf"{_CARDINAL_DAY})?|(?:nineteen|twenty)(?:[\s-]+{_YEAR_WORD}){{1,2}})"
)
_DATE = re.compile(
    rf"""(?<![\w-])(?:
        (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
      | (?P<us>\d{{1,2}}/\d{{1,2}}/\d{{4}})
      | (?P<month>{_MONTH})\s+(?:the\s+)?(?P<day>{_DAY})(?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?
      | (?:the\s+)?(?P<day2>{_DAY})\s+(?:of\s+)?(?P<month2>{_MONTH})(?:,?\s+(?P<year2>{_YEAR}))?
    )(?![\w-])""",
    re.IGNORECASE | re.VERBOSE,
)


def speak_date(value: str) -> str:
    """Return "April twenty-fifth, twenty twenty-six"; a text that is no date comes back as it is.

    A date without a year, "--04-25" as ISO 8601 wrote it, is said without one.
    """
    canonical = normalize_date(value)
    match = re.fullmatch(r"(\d{4}|-)-(\d\d)-(\d\d)", canonical)
    # a text of this form that is no date ("1984-17-19") comes back as it was written
    if not match or not _checked(
        None if match[1] == "-" else int(match[1]), int(match[2]), int(match[3])
    ):
        return value
    spoken = f"{_MONTHS[int(match[2]) - 1]} {ordinal(int(match[3]))}"
    return spoken if match[1] == "-" else f"{spoken}, {_speak_year(int(match[1]))}"


def normalize_date(value: str) -> str:
    """Return YYYY-MM-DD, or --MM-DD without a year; slashes are read month first, as in the US.

    A text that is no date, or none that exists, comes back lower-case with single spaces.
    """
    text = " ".join(value.strip().split())
    yearless = re.fullmatch(r"--(\d\d)-(\d\d)", text)
    if yearless:
        return _checked(None, int(yearless[1]), int(yearless[2])) or text
    match = _DATE.fullmatch(text.rstrip("."))
    return (match and _read(match)) or text.lower()


def find_dates(text: str) -> tuple[Found, ...]:
    """Return every date that names at least a day and a month."""
    return tuple(
        Found(found, match.start(), match.end())
        for match in _DATE.finditer(text)
        if (found := _read(match))
    )


def _read(match: re.Match[str]) -> str | None:
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
        return _checked(year, month, day)
    if match["us"]:
        month, day, year = (int(part) for part in match["us"].split("/"))
        return _checked(year, month, day)
    name, day_text = match["month"] or match["month2"], match["day"] or match["day2"]
    year_text = match["year"] or match["year2"]
    found = _day(day_text)
    return (
        None
        if found is None
        else _checked(
            _year(year_text) if year_text else None, _BY_NAME[name.lower().rstrip(".")], found
        )
    )


def _checked(year: int | None, month: int, day: int) -> str | None:
    try:
        date(2024 if year is None else year, month, day)
    except ValueError:
        return None
    return f"--{month:02d}-{day:02d}" if year is None else f"{year:04d}-{month:02d}-{day:02d}"


def _day(text: str) -> int | None:
    words = re.split(r"[\s-]+", text.lower())
    if words[-1] in ORDINALS:
        words[-1] = cardinal(ORDINALS[words[-1]])
    elif words[0][0].isdigit():
        return int(re.sub(r"\D", "", words[0]))
    return parse_cardinal(words)


def _year(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word != "and"]
    if "thousand" in words or words[1:] == ["hundred"]:
        return parse_cardinal(words)
    century = SMALL[words[0]]
    if words[1] == "oh":
        return 100 * century + UNITS.get(words[-1], 0)
    rest = parse_cardinal(words[1:])
    return None if rest is None else 100 * century + rest


def _speak_year(year: int) -> str:
    century, rest = divmod(year, 100)
    if rest == 0 and century % 10:
        return f"{cardinal(century)} hundred"
    if year < 1100 or year % 1000 < 10:
        return cardinal(year)
    return f"{cardinal(century)} {f'oh {cardinal(rest)}' if rest < 10 else cardinal(rest)}"
