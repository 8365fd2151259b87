"""Dates, canonically 2026-04-25, or --04-25 without a year as ISO 8601 wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from harness.language.values import Found

Day = tuple[int | None, int, int]
"""Year, month and day; the year is None where it is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """How dates are said and written."""

    expression: str
    """A verbose regular expression for a date that names at least a day and a month."""
    read: Callable[[re.Match[str]], Day | None]
    """What the expression matched, None for no date."""
    say: Callable[[int | None, int, int], str]
    """The words for year, month and day."""

    def speak(self, value: str) -> str:
        """Return the words of a date, without a year where it has none.

        A text that is no date, or none that exists, comes back as it is.
        """
        match = re.fullmatch(r"(\d{4}|-)-(\d\d)-(\d\d)", self.normalize(value))
        if match is None:
            return value
        day = None if match[1] == "-" else int(match[1]), int(match[2]), int(match[3])
        return self.say(*day) if _checked(day) else value

    def normalize(self, value: str) -> str:
        """Return YYYY-MM-DD, or --MM-DD without a year.

        A text that is no date, or none that exists, comes back lower-case with single spaces.
        """
        text = " ".join(value.strip().split())
        yearless = re.fullmatch(r"--(\d\d)-(\d\d)", text)
        if yearless:
            return _checked((None, int(yearless[1]), int(yearless[2]))) or text
        match = _compiled(self.expression).fullmatch(text.rstrip("."))
        return (match and self._read(match)) or text.lower()

    def find(self, text: str) -> tuple[Found, ...]:
        """Return every date that names at least a day and a month."""
        return tuple(
            Found(found, match.start(), match.end())
            for match in _compiled(self.expression).finditer(text)
            if (found := self._read(match))
        )

    def problem(self, value: str) -> str | None:
        """Say what a date may be if this is none."""
        canonical = self.normalize(value)
        if self.normalize(spoken := self.speak(canonical)) == canonical != spoken:
            return None
        return "expected a date of 1900 to 2099 (2026-04-25), or one without a year (--04-25)"

    def _read(self, match: re.Match[str]) -> str | None:
        if match["iso"]:
            year, month, day = (int(part) for part in match["iso"].split("-"))
            return _checked((year, month, day))
        read = self.read(match)
        return None if read is None else _checked(read)


def _checked(day: Day) -> str | None:
    year, month, number = day
    try:
        date(2024 if year is None else year, month, number)
    except ValueError:
        return None
    return f"--{month:02d}-{number:02d}" if year is None else f"{year:04d}-{month:02d}-{number:02d}"


@lru_cache(maxsize=64)
def _compiled(expression: str) -> re.Pattern[str]:
    iso = r"(?P<iso>\d{4}-\d{2}-\d{2})"
    whole = rf"(?<![\w-])(?:{iso}|{expression})(?![\w-])"
    return re.compile(whole, re.IGNORECASE | re.VERBOSE)
