"""Amounts of money, canonically with two decimals ("49.90"), whatever the currency."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from harness.language.numbers import Numbers
from harness.language.values import Found

_PLAIN = re.compile(r"\d+(?:\.\d{1,2})?")
"""An amount as machines write it; tools and files of every language send it so."""

_CANONICAL = re.compile(r"(\d+)\.(\d\d)")


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """How amounts of money are said and written."""

    numbers: Numbers
    expression: str
    """A verbose regular expression for an amount that names or signs its currency."""
    read: Callable[[re.Match[str]], tuple[int, int] | None]
    """Whole units and hundredths of what the expression matched, None for no amount."""
    read_bare: Callable[[str], tuple[int, int] | None]
    """The same of a written number without a currency, as the language groups its digits."""
    say: Callable[[int, int, str], str]
    """The words for whole units and hundredths; the third is the amount as it was written."""
    examples: str
    """How a file may write one."""

    def speak(self, value: str) -> str:
        """Return the words of an amount; a text that is none comes back as it is."""
        match = _CANONICAL.fullmatch(self.normalize(value))
        return value if match is None else self.say(int(match[1]), int(match[2]), value)

    def normalize(self, value: str) -> str:
        """Return "49.90"; a text that is no amount comes back lower-case with single spaces."""
        text = " ".join(value.strip().rstrip(".").lower().split())
        if _PLAIN.fullmatch(text):
            whole, _, part = text.partition(".")
            return f"{int(whole)}.{part:0<2}"
        match = _compiled(self.expression).fullmatch(text)
        read = self.read_bare(text) if match is None else self.read(match)
        if read is not None:
            return _canonical(read)
        number = self.numbers.parse(re.split(r"[\s-]+", text))
        return text if number is None else _canonical((number, 0))

    def find(self, text: str) -> tuple[Found, ...]:
        """Return every amount that names or signs its currency."""
        return tuple(
            Found(_canonical(read), match.start(), match.end())
            for match in _compiled(self.expression).finditer(text)
            if (read := self.read(match)) is not None
        )

    def problem(self, value: str) -> str | None:
        """Say what an amount may be if this is none."""
        match, largest = _CANONICAL.fullmatch(self.normalize(value)), self.numbers.largest
        if match is not None and int(match[1]) <= largest:
            return None
        return f"expected an amount from 0 to {largest:,}, such as {self.examples}"


def _canonical(read: tuple[int, int]) -> str:
    return f"{read[0]}.{read[1]:02d}"


@lru_cache(maxsize=64)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.VERBOSE)
