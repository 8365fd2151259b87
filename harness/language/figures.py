"""Known days that are said or written in numbers alone, in whatever order: "05/12", "the 5th".

No pattern reads them: which number is the month depends on the country, and "the 5th" may be of any
month. So they are no more than near a day that is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from harness.language.language import Language
from harness.language.places import spelled_places

_DAY = re.compile(r"(?P<year>\d{4}|-)-(?P<month>\d\d)-(?P<day>\d\d)")
_WRITTEN = re.compile(r"\d{1,2}\s?[./-]\s?\d{1,2}")


def day_in_figures(value: str, text: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return where numbers stand in a text that may mean a normalized date, [start, stop)."""
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
    places = whole or yearless or set(_ordinals(int(day["day"]), text, language))
    return tuple(_joined(sorted(places)))


def _joined(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield places in order, those that overlap as one."""
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
    """Yield where a day is named by its place alone: "the fifth", "the 5th"."""
    for form in language.counts.in_order(day):
        for match in re.finditer(rf"(?<![\w-]){re.escape(form)}(?!\w|-\w)", text, re.IGNORECASE):
            yield match.span()


def _without_signs(text: str, language: Language) -> str:
    """Blank out the names of signs between numbers: "oh two slash eleven"."""
    names = "|".join(map(re.escape, language.alphabet.signs.values()))
    named = re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
    return named.sub(lambda match: " " * len(match[0]), text)
