"""Values for the distractor benchmark: the tool argument, and its spoken forms.

``draw`` makes dates, times, amounts, counts, phone numbers, e-mail addresses, codes and street
addresses, or picks from a list. All phone numbers and domains are reserved for fiction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

TODAY = date(2026, 8, 3)
"""Date of all calls; drawn dates are two weeks to four months later."""

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_LETTERS = "ABCDEFGHJKMNPRSTUVWXYZ"
_FIRST = ["clara", "jonas", "mara", "felix", "nina", "oscar", "petra", "simon", "tessa", "viktor"]
_LAST = ["winter", "aldous", "benning", "corso", "delacroix", "eastman", "fiedler", "grayson"]
_HOSTS = ("example.org", "example.net", "example.com")
_STREETS = (
    "Elm Street", "Mill Lane", "Harbor Road", "Quarry Hill", "Station Avenue", "Juniper Court",
    "Old Bridge Street", "Chapel Row",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an argument, and its spoken forms."""

    value: Any
    said: tuple[str, ...]


def draw(spec: Any, how_many: int, rng: random.Random) -> list[Value]:
    """Return different values of a spec: a list to pick from, or ``{make: KIND, ...}``."""
    if isinstance(spec, list):
        return [listed(item) for item in rng.sample(spec, how_many)]
    made: dict[Any, Value] = {}
    while len(made) < how_many:
        value = _MAKERS[spec["make"]](spec, rng)
        made.setdefault(value.value, value)
    return list(made.values())


def listed(item: Any) -> Value:
    """Return an item of a list: text that is said as it is, or ``{value:, said: [...]}``."""
    if isinstance(item, Mapping):
        return Value(item["value"], tuple(item["said"]))
    return Value(item, (item,))


def number_words(number: int) -> str:
    """Return a number below 10,000 in words."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return f"{number_words(many)} {name}" + (f" {number_words(rest)}" if rest else "")
    raise AssertionError(number)


def _date(_spec: Mapping[str, Any], rng: random.Random) -> Value:
    day = TODAY + timedelta(days=rng.randrange(14, 120))
    month = f"{day:%B}"
    ordinal = _ordinal_words(day.day)
    figures = f"{day.day}{_suffix(day.day)}"
    said = (f"{month} {figures}", f"{month} {ordinal}", f"the {ordinal} of {month}")
    return Value(day.isoformat(), said)


def _ordinal_words(number: int) -> str:
    head, dash, last = number_words(number).rpartition("-")
    if last in _ORDINALS:
        return head + dash + _ORDINALS[last]
    return head + dash + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def _suffix(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _time(spec: Mapping[str, Any], rng: random.Random) -> Value:
    hour, minute = rng.randrange(spec["from"], spec["to"]), rng.choice((0, 0, 15, 30, 45))
    twelve, half = (hour - 1) % 12 + 1, "AM" if hour < 12 else "PM"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    if minute == 0:
        word = number_words(twelve)
        said: tuple[str, ...] = (f"{twelve} {half}", f"{word} {half}", f"{twelve} o'clock {part}")
    else:
        name = {15: "quarter past", 30: "half past", 45: "quarter to"}[minute]
        words = f"{number_words(twelve)} {number_words(minute)} {half}"
        hour_named = number_words(twelve if minute < 45 else twelve % 12 + 1)
        said = (f"{twelve}:{minute} {half}", words, f"{name} {hour_named} {part}")
        if minute == 45 and hour in (11, 17):  # "quarter to six in the afternoon" is odd
            said = said[:2]
    return Value(f"{hour:02}:{minute:02}", said if hour != 12 else said[:2])


def _amount(spec: Mapping[str, Any], rng: random.Random) -> Value:
    steps = int((spec["to"] - spec["from"]) / spec["step"])
    amount = spec["from"] + rng.randrange(steps + 1) * spec["step"]
    dollars, cents = int(amount), round(100 * (amount % 1))
    if not cents:
        said = (f"${dollars}", f"{dollars} dollars", f"{number_words(dollars)} dollars")
        return Value(dollars, said)
    words = f"{number_words(dollars)} dollars and {number_words(cents)} cents"
    return Value(amount, (f"${amount:.2f}", f"{amount:.2f} dollars", words))


def _count(spec: Mapping[str, Any], rng: random.Random) -> Value:
    count = rng.randrange(spec["from"], spec["to"] + 1)
    return Value(count, (str(count), number_words(count), number_words(count)))


def _phone(_spec: Mapping[str, Any], rng: random.Random) -> Value:
    parts = (rng.choice(("212", "415", "617", "303", "206")), "555", f"01{rng.randrange(100):02}")
    spelled = ", ".join(" ".join(_SMALL[int(digit)] for digit in part) for part in parts)
    return Value("-".join(parts), ("-".join(parts), " ".join(parts), spelled))


def _email(_spec: Mapping[str, Any], rng: random.Random) -> Value:
    address = f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}@{rng.choice(_HOSTS)}"
    return Value(address, (address, address.replace(".", " dot ").replace("@", " at ")))


def _code(spec: Mapping[str, Any], rng: random.Random) -> Value:
    drawn = {"L": lambda: rng.choice(_LETTERS), "#": lambda: str(rng.randrange(10))}
    code = "".join(drawn[sign]() for sign in spec["pattern"])
    return Value(code, (code, " ".join(code)))


def _address(_spec: Mapping[str, Any], rng: random.Random) -> Value:
    address = f"{rng.randrange(2, 90)} {rng.choice(_STREETS)}"
    return Value(address, (address,))


_MAKERS: dict[str, Callable[[Mapping[str, Any], random.Random], Value]] = {
    "date": _date,
    "time": _time,
    "amount": _amount,
    "count": _count,
    "phone": _phone,
    "email": _email,
    "code": _code,
    "address": _address,
}
