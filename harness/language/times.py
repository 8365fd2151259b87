"""Times of day, and days with a time: how they are said, read and found.

Canonically a time is 17:30 and a moment 2026-04-25T17:30. A time without "am" or "pm" has two
readings, the likeliest first; a single digit for the hour ("5:30") leaves the half of the day open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from harness.language.numbers import NEVER, Dates
from harness.language.sentences import Stretches, few_spaces
from harness.language.values import Found

TimeOfDay = tuple[int, int]
"""Hour and minute, 0:00 to 23:59."""

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?")
_HALF_OPEN = re.compile(r"[1-9]:[0-5]\d")
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|--\d\d-\d\d)[T ](?P<time>\d\d:\d\d)"
    r"(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?"
)


def _no_times(match: re.Match[str]) -> tuple[TimeOfDay, ...]:
    return ()


def _no_words(hour: int, minute: int) -> str:
    return f"{hour}:{minute:02d}"


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """How times of day are said and written; without data only 17:30 is read."""

    expression: str = NEVER
    """A verbose regular expression for a time that is marked as a time: "5 pm", "half past 5"."""
    bare: str = NEVER
    """A regular expression for numbers that are a time if a time is expected: "5", "ten thirty"."""
    led: str = NEVER
    """Text before such numbers that makes them a time anyhow: "at"."""
    read: Callable[[re.Match[str]], tuple[TimeOfDay, ...]] = _no_times
    """The readings of a match of either expression, the likeliest first; none for no time."""
    say: Callable[[int, int], str] = _no_words
    """The words for hour and minute that have a single reading."""

    def speak(self, value: str) -> str:
        """Return the words of a time; any other text is returned unchanged."""
        match = _WRITTEN.fullmatch(self.normalize(value))
        return value if match is None else self.say(int(match[1]), int(match[2]))

    def normalize(self, value: str) -> str:
        """Return "17:30", or "5:30" if the half of the day is open.

        Any other text is returned in lower case with single spaces.
        """
        text = " ".join(value.strip().rstrip(".").lower().split())
        written = _WRITTEN.fullmatch(text)
        if written is not None:
            return f"{written[1]}:{written[2]}"
        if _HALF_OPEN.fullmatch(text):
            return text
        # The whole text is known to be a time, so a bare number is one, too.
        for expression in (self.expression, self.bare):
            match = _compiled(expression).fullmatch(text)
            read = self.read(match) if match is not None else ()
            if read:
                return _canonical(read[0]) if len(read) == 1 else _open(read)
        return text

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every time that is marked as a time, by its own words or those before it."""
        return self._found(text, led=self.led)

    def find_expected(self, text: str) -> tuple[Found, ...]:
        """Return also every number that would be a time if a time is expected: "ten thirty"."""
        return self._found(text, led="")

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no time, else None."""
        if _WRITTEN.fullmatch(self.normalize(value)):
            return None
        return "expected a time from 00:00 to 23:59 (17:30, or 5:30 pm)"

    def _found(self, text: str, led: str) -> tuple[Found, ...]:
        found = self._matches(self.expression, text)
        taken = Stretches((one.start, one.stop) for one in found)
        # A number within a marked time ("5" in "5 pm") is not found a second time.
        bare = self._matches(rf"(?:{led})(?P<time>{self.bare})" if led else self.bare, text)
        found += [one for one in bare if not taken.touch(one.start, one.stop)]
        return tuple(sorted(found, key=lambda one: one.start))

    def _matches(self, expression: str, text: str) -> list[Found]:
        matches = _compiled(expression).finditer(text)
        return [
            Found(times[0], match.start(place), match.end(place), times)
            for match in matches
            if (times := tuple(dict.fromkeys(_canonical(one) for one in self.read(match))))
            # With words before it ("at five"), only the time itself is marked as found.
            for place in ("time" if "time" in match.re.groupindex else 0,)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Days with a time of day: day and time are adjacent, in any order."""

    dates: Dates
    times: Times
    between: str = r"[\s,]*"
    """A regular expression, case ignored, for the text that may come between the two: " at "."""

    shared: str = NEVER
    """A regular expression for text that may belong to both: "tonight" in "tonight at nine"."""

    def speak(self, value: str) -> str:
        """Return the words of the day, then those of the time; any other text unchanged."""
        match = _MOMENT.fullmatch(self.normalize(value))
        if match is None:
            return value
        return f"{self.dates.speak(match['day'])}, {self.times.speak(match['time'])}"

    def normalize(self, value: str) -> str:
        """Return "2026-04-25T17:30", without seconds and offset.

        Any other text is returned in lower case with single spaces.
        """
        text = " ".join(value.strip().split())
        match = _MOMENT.fullmatch(text)
        written = None if match is None else self._written(match)
        if written is not None:
            return written
        # It must be the whole text: "Friday at five, please" stays as it is.
        found = self.find(text.rstrip("."))
        whole = [one for one in found if (one.start, one.stop) == (0, len(text.rstrip(".")))]
        return whole[0].value if whole else text.lower()

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every day with an adjacent time; readings join those of both."""
        written = [
            Found(value, match.start(), match.end())
            for match in _MOMENT.finditer(text)
            if (value := self._written(match))
        ]
        days, times = self.dates.find(text, today), self.times.find(text)
        found = list(written)
        for day in days:
            # The parts of a written moment are not found a second time.
            time = next((one for one in times if self._beside(text, day, one)), None)
            if time is not None and not any(one.start <= day.start < one.stop for one in written):
                readings = tuple(f"{d}T{t}" for d in day.readings for t in time.readings)
                start, stop = min(day.start, time.start), max(day.stop, time.stop)
                found.append(Found(readings[0], start, stop, readings))
        return tuple(sorted(found, key=lambda one: one.start))

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is no moment, else None."""
        match = _MOMENT.fullmatch(self.normalize(value))
        if match is not None:
            return None
        return "expected a day and a time (2026-04-25T17:30, or April 25, 2026 at 5:30 pm)"

    def _written(self, match: re.Match[str]) -> str | None:
        """Return the form that programs write, None if there is no such day or time."""
        day, time = match["day"], match["time"]
        exists = self.dates.problem(day) is None and self.times.problem(time) is None
        return f"{day}T{time}" if exists else None

    def _beside(self, text: str, one: Found, other: Found) -> bool:
        first, second = sorted((one, other), key=lambda found: found.start)
        # They overlap: "tonight" in "tonight at nine" is both the day and the half of the day.
        if second.start < first.stop:
            shared = text[second.start : first.stop]
            return _compiled_plain(self.shared).fullmatch(shared) is not None
        between = text[first.stop : second.start]
        return _compiled_plain(self.between).fullmatch(between) is not None


def _canonical(time: TimeOfDay) -> str:
    return f"{time[0]:02d}:{time[1]:02d}"


def _open(readings: tuple[TimeOfDay, ...]) -> str:
    """Return a time with a single hour digit if the half of the day is open, or the likeliest."""
    # A single hour digit is the written form of "may be either half"; from 10 on there is no such
    # form.
    hour, minute = min(readings)
    return f"{hour}:{minute:02d}" if 0 < hour < 10 else _canonical(readings[0])


@lru_cache(maxsize=64)
def _compiled(expression: str) -> re.Pattern[str]:
    # No time begins within an amount ("$5"), a number ("#5"), a decimal or another time.
    whole = rf"(?<![\w:.$€£#])(?:{few_spaces(expression)})(?![\w])"
    return re.compile(whole, re.IGNORECASE | re.VERBOSE)


@lru_cache(maxsize=16)
def _compiled_plain(expression: str) -> re.Pattern[str]:
    return re.compile(few_spaces(expression), re.IGNORECASE)
