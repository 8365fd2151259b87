"""English: times of day, in words and digits, and what may stand between a day and its time."""

from __future__ import annotations

import re

from harness.language.en.numbers import SMALL, UNITS, cardinal, parse_cardinal
from harness.language.times import TimeOfDay, Times

_HOUR_WORDS = sorted((word for word, value in SMALL.items() if value < 24), key=len, reverse=True)
_HOUR = rf"(?:\d{{1,2}}|twenty[\s-]+(?:one|two|three)|{'|'.join(_HOUR_WORDS)})"
_TENS = r"(?:twenty|thirty|forty|fifty)"
_UNIT = rf"(?:{'|'.join(word for word, value in UNITS.items() if value)})"
_TEENS = rf"(?:{'|'.join(word for word, value in SMALL.items() if 9 < value < 20)})"
_MINUTE_WORDS = rf"(?:(?:oh|o|zero)[\s-]+{_UNIT}|{_TENS}(?:[\s-]+{_UNIT})?|{_TEENS})"
_MINUTES = rf"(?:\d{{1,2}}|{_TENS}(?:[\s-]+{_UNIT})?|{_TEENS}|{_UNIT}|a\s+quarter|quarter)"
_PART = r"(?:morning|afternoon|evening|night|tonight|noon)"
_HALF = r"(?:[ap]\s?\.\s?m\b\.?|[ap]\s?m\b)"
_PAST = r"(?:past|after|to|till|before|of)"
_CLOCK = r"o\s?['’´`\"”]?\s?clock\b"

_OF_DAY = rf"""(?:,?\s*(?P<{{name}}>{_HALF})
    | ,?\s+(?:(?:in|on)\s+the|at|this|in|tomorrow|today)\s+(?:early\s+|late\s+)?
        (?P<{{name}}_part>{_PART})\b
    | ,?\s+(?P<{{name}}_day>tonight)\b)"""


def _of_day(name: str) -> str:
    return _OF_DAY.replace("{name}", name)


_RELATIVE = rf"""(?:(?P<half>half)(?:\s+(?:past|after))?
    | (?P<minutes>{_MINUTES})(?:\s+minutes?)?\s+(?P<past>{_PAST}))\s+"""

_EXPRESSION = rf"""
    (?P<spot>(?:12\s+|twelve\s+)?(?:noon|midday|mid-day|midnight|noontime))\b
  | {_RELATIVE}(?P<of>{_HOUR})\b(?!:)(?:\s*{_CLOCK})?{_of_day("a")}?
  | (?P<part>{_PART})\s+(?:at\s+|around\s+|by\s+)?(?P<hour1>{_HOUR})\b
        (?::(?P<minute1>\d\d)\b|[\s-]+(?P<words1>{_MINUTE_WORDS})\b)?(?:\s*{_CLOCK})?{_of_day("b")}?
  | (?P<hour2>{_HOUR})(?:[:.](?P<minute2>\d\d)|[\s-]+(?P<words2>{_MINUTE_WORDS})\b)?
        (?:\s*{_CLOCK})?{_of_day("c")}
  | (?P<hour3>{_HOUR})\s*{_CLOCK}
  | (?P<hour4>\d{{1,2}}):(?P<minute4>\d\d)(?:\s*{_CLOCK})?
  | (?P<military>(?:(?:oh|zero)[\s-]+)?{_HOUR})\s+hundred(?:\s+hours)\b
"""

_FOLLOWED = r"""(?= \s*(?:[,;!?)]|\.(?!\d)|$|[-–—]\s)
    | \s+(?:on|in|please|for|and|or|if|with|today|tomorrow|tonight|this|next|then|would|will|is|
        works?|ok|okay|instead|sharp|so|until|till|from|but|because|thanks?|the|i|we|you|it|that|
        my|by|mon|tues|wednes|thurs|fri|satur|sun|at|as|right|correct)(?![\w]) )
    | (?=\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day)"""
"""What may follow a number that tells nothing of itself and still is a time."""

_BARE = rf"""(?P<hour5>{_HOUR})\b(?:[\s-]+(?P<words5>{_MINUTE_WORDS})\b)?(?![.,:]?\d)
    (?:{_FOLLOWED})"""
_LED = r"(?:at|by|until|till|before|after|since)\s+(?:about\s+|around\s+|exactly\s+)?"

_PLACES = "12345"


def _read_time(match: re.Match[str]) -> tuple[TimeOfDay, ...]:
    part = match.groupdict()
    if part.get("spot"):
        return ((0, 0),) if "midnight" in part["spot"].lower() else ((12, 0),)
    if part.get("military"):
        return _exact(_minute(part["military"]), 0)
    if part.get("of"):
        return _beside(part)
    place = next(one for one in _PLACES if part.get(f"hour{one}"))
    written, said = part.get(f"minute{place}"), part.get(f"words{place}")
    minute = int(written) if written else _minute(said) if said else 0
    hour_text = part[f"hour{place}"]
    hour = _number(hour_text)
    padded = hour_text.startswith("0") and written is not None
    return _readings(hour, minute, _half(part), padded=padded)


def _beside(part: dict[str, str | None]) -> tuple[TimeOfDay, ...]:
    """Read "half past 5", "ten to six"."""
    hour = _number(part["of"] or "")
    if part["half"]:
        return _readings(hour, 30, _half(part))
    said = (part["minutes"] or "").lower()
    away = 15 if said.endswith("quarter") else _number(said)
    if away is None or hour is None or not 0 < away < 60 or hour > 12:
        return ()
    if part["past"] in ("past", "after"):
        return _readings(hour, away, _half(part))
    # "quarter to 12 at night" is before midnight, "quarter to 1 in the afternoon" behind noon.
    return tuple(_shifted(one, -away) for one in _readings(hour, 0, _half(part)))


def _shifted(time: TimeOfDay, minutes: int) -> TimeOfDay:
    total = (time[0] * 60 + time[1] + minutes) % (24 * 60)
    return divmod(total, 60)


def _half(part: dict[str, str | None]) -> str:
    """Return what tells the half of the day: "a", "p", a part of the day, or nothing."""
    for name in "abc":
        if part.get(name):
            return (part[name] or "")[0].lower()
        told = part.get(f"{name}_part") or part.get(f"{name}_day")
        if told:
            return told.lower()
    return (part.get("part") or "").lower()


def _readings(
    hour: int | None, minute: int | None, half: str, *, padded: bool = False
) -> tuple[TimeOfDay, ...]:
    """Return the times that an hour and minute may be, in the half of the day that is told."""
    if hour is None or minute is None or minute > 59 or hour > 12 or padded or hour == 0:
        return _exact(hour, minute)
    if not half:
        first, second = (hour % 12, hour % 12 + 12)
        likely, other = (first, second) if 7 <= hour < 12 else (second, first)
        return ((likely, minute), (other, minute))
    if half in ("a", "morning"):
        return ((hour % 12, minute),)
    if half in ("night", "tonight") and (hour == 12 or hour < 5):
        return ((hour % 12, minute),)
    return ((hour % 12 + 12, minute),)


def _exact(hour: int | None, minute: int | None) -> tuple[TimeOfDay, ...]:
    if hour is None or minute is None or minute > 59 or 60 * hour + minute > 24 * 60:
        return ()
    return ((hour % 24, minute),)


def _number(text: str) -> int | None:
    return parse_cardinal(re.split(r"[\s-]+", text.lower().strip()))


def _minute(text: str) -> int | None:
    return _number(re.sub(r"^(?:oh|o|zero)[\s-]+", "", text.lower()))


def _say_time(hour: int, minute: int) -> str:
    """Return "five thirty p.m.", "twelve oh five a.m."."""
    spoken = cardinal(hour % 12 or 12)
    if minute:
        spoken += f" {cardinal(minute)}" if minute > 9 else f" oh {cardinal(minute)}"
    return f"{spoken} {'a.m.' if hour < 12 else 'p.m.'}"


ENGLISH_TIMES = Times(expression=_EXPRESSION, bare=_BARE, led=_LED, read=_read_time, say=_say_time)

BETWEEN_DAY_AND_TIME = (
    r"[\s,]*(?:(?:at|on|by|around|about|for|from|for the|in the|of|and)\s+)*(?:the\s+)?"
)
"""What may stand between a day and the time that belongs to it."""
