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
_NUMBER = rf"(?:\d{{1,2}}|{_TENS}(?:[\s-]+{_UNIT})?|{_TEENS}|{_UNIT})"
_AWAY = rf"""(?<!from\s)(?<!between\s)(?:(?:a\s+)?quarter(?=\s+(?:past|after|to|till|before|of)\b)
    | {_NUMBER}(?=\s+minutes?\s+(?:past|after|to|till|before)\b)
    | (?:five|ten|twenty(?:[\s-]+five)?)(?=\s+(?:to|till|past|after)\b)
    | (?:5|10|20|25)(?=\s+past\b))"""
"""So many minutes; "5 to 7" is more often a range."""
_PART = r"(?:morning|afternoon|evening|night)"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_HALF = r"(?:[ap]\s?\.\s?m\b\.?|[ap]\s?m\b)"
_CLOCK = r"o\s?['’´`\"”]?\s?clock\b"
_MINUTE = (
    r"(?:(?:[:.]|\s)(?P<minute{0}>[0-5]\d)(?!\d)|[\s-]+(?P<words{0}>" + _MINUTE_WORDS + r")\b)"
)
_CERTAIN = rf"""(?:\s*(?P<half{{0}}>{_HALF})
    | ,?\s+(?:(?:in|on)\s+the|at)\s+(?:early\s+|late\s+)?(?P<part{{0}}>{_PART})\b)"""
_LIKELY = rf"""(?:,?\s+(?:this|in|(?:tomorrow|today|(?:on\s+)?{_WEEKDAY})(?:\s+in\s+the)?)\s+
    (?:early\s+|late\s+)?(?P<likely{{0}}>{_PART})\b | ,?\s+(?P<tonight{{0}}>tonight)\b)"""

_FOLLOWED = rf"""(?: (?=\s*(?:[,;!?)]|\.(?!\d)|$|[-–—]\s))
    | (?=\s+(?:on|in|please|for|and|or|if|with|today|tomorrow|tonight|this|next|then|would|will|is|
        works?|ok|okay|instead|sharp|so|until|till|from|but|because|thanks?|the|i|we|you|it|that|
        my|by|at|as|right|correct|{_WEEKDAY})(?!\w)))"""
"""What may follow a number that tells nothing of itself and still is a time: no noun."""


def _numbered(piece: str, place: int | str) -> str:
    return piece.replace("{0}", str(place))


_SPOT = r"(?:12\s+|twelve\s+)?(?:noon|midday|mid-day|midnight|noontime)"

_EXPRESSION = rf"""
    (?:(?P<off>half(?=\s+(?:past|after)\b)|a\s+minute|{_AWAY}(?:\s+minutes?)?)
        \s+(?P<off_past>past|after|to|till|before|of)\s+)?(?P<spot>{_SPOT})\b
  | (?P<unknown>(?:{_NUMBER}|an?)\s+hours?\s+(?:past|after|before)\s+
        (?:{_SPOT}|{_HOUR}{_numbered(_MINUTE, 0)}?(?:\s*(?:{_HALF}|{_CLOCK}))?))
  | (?:(?P<early1>{_PART}|tonight),?\s+(?:at\s+)?)?
      (?:(?P<half>half\s+(?:past|after)|half(?=\s+[a-z]))
      | (?P<away>{_AWAY})(?:\s+minutes?)?\s+(?P<past>past|after|to|till|before|of))
      \s+(?P<hour1>{_HOUR})\b(?!:)(?:\s*{_CLOCK})?
      (?:{_numbered(_CERTAIN, 1)}|{_numbered(_LIKELY, 1)})?(?:{_FOLLOWED})
  | (?P<early2>{_PART}|tonight),?\s+(?:at\s+|around\s+|by\s+|about\s+)?(?P<hour2>{_HOUR})\b
      (?:{_numbered(_MINUTE, 2)}(?:\s*{_HALF})?|\s*(?:{_HALF}|{_CLOCK})|{_FOLLOWED}
          |(?=\s+(?:to|of\s+(?:this|next|the|{_WEEKDAY}))\b))
  | (?P<hourr>{_HOUR})(?::(?P<minuter>[0-5]\d))?(?=\s*(?:and|to|or|until|till|[-–])\s*
      (?P<until>{_HOUR})(?::[0-5]\d)?(?:\s*{_CLOCK})?{_numbered(_CERTAIN, "r")})
  | (?P<hour3>{_HOUR}){_numbered(_MINUTE, 3)}?(?:\s*{_CLOCK})?{_numbered(_CERTAIN, 3)}
  | (?P<hour4>{_HOUR})(?:{_numbered(_MINUTE, 4)}|\s*{_CLOCK}){_numbered(_LIKELY, 4)}
  | (?P<hour5>{_HOUR})\s*{_CLOCK}
  | (?P<hour6>\d{{1,2}}):(?P<minute6>[0-5]\d)(?::[0-5]\d)?
  | (?<!-)(?P<joined>[01]?\d[0-5]\d)(?:\s?(?P<half7>{_HALF})|\s+hours\b)
  | (?P<hour0>{_HOUR})[-\s]?ish\b(?:{_FOLLOWED})
  | (?:(?:oh|zero)[\s-]+)?(?P<hour8>{_HOUR})[\s-]+hundred\s+hours\b
"""

_BARE = rf"""(?<!-)(?:(?P<joined>[01]\d[0-5]\d|2[0-3][0-5]\d)
        | (?P<hour9>{_HOUR})(?:[-\s]?ish)?\b(?:{_numbered(_MINUTE, 9)})?)(?![.,:]?\d)
    (?:{_numbered(_LIKELY, 9)}|{_FOLLOWED})"""
_LED = r"(?:at|by|until|till|(?<!hour\s)(?<!hours\s)(?:before|after)|since)\s+" + (
    r"(?:about\s+|around\s+|exactly\s+)?"
)


def _read_time(match: re.Match[str]) -> tuple[TimeOfDay, ...]:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "unknown" in part:
        return ()
    if "spot" in part:
        return _off(part, (0, 0) if "midnight" in part["spot"] else (12, 0))
    half = _half(part)
    if "joined" in part:
        joined = int(part["joined"][:-2]), int(part["joined"][-2:])
        return _within(_readings(*joined), half) if half else _exact(*joined)
    place = next(name[-1] for name in part if name.startswith("hour"))
    hour_text, minute_text = part[f"hour{place}"], part.get(f"minute{place}")
    hour = _number(hour_text)
    if "away" in part or "half" in part:
        return _beside(part, hour, half)
    said = part.get(f"words{place}")
    minute = int(minute_text) if minute_text else _minute(said) if said else 0
    if "until" in part:
        return _ranged(_readings(hour, minute), _number(part["until"]), half)
    if place == "8" or (hour_text.startswith("0") and minute_text):
        return _exact(hour, minute)
    return _within(_readings(hour, minute), half)


def _beside(part: dict[str, str], hour: int | None, half: str) -> tuple[TimeOfDay, ...]:
    """Read "half past 5", "ten to six"."""
    said = part.get("away", "")
    away = 15 if said.endswith("quarter") else 30 if "half" in part else _number(said)
    if away is None or not 0 < away < 60:
        return ()
    if part.get("past", "past") in ("past", "after"):
        return _within(_readings(hour, away), half)
    # "quarter to 12 in the morning" is before noon, "quarter to 1 in the afternoon" behind it.
    return _within(tuple(_earlier(time, away) for time in _readings(hour, 0)), half)


def _off(part: dict[str, str], spot: TimeOfDay) -> tuple[TimeOfDay, ...]:
    """Read "noon", "half past midday", "a minute to midnight"."""
    said = re.sub(r"(?<!\s)\s+minutes?$", "", part.get("off", ""))
    away = 0 if not said else 15 if "quarter" in said else 30 if said == "half" else _number(said)
    if said == "a":
        away = 1
    if away is None:
        return ()
    return (_earlier(spot, -away if part.get("off_past") in ("past", "after") else away),)


def _earlier(time: TimeOfDay, minutes: int) -> TimeOfDay:
    return divmod((time[0] * 60 + time[1] - minutes) % (24 * 60), 60)


def _half(part: dict[str, str]) -> str:
    """Return what tells the half of the day: "a", "p", a part of the day, or nothing."""
    for name, told in part.items():
        if re.fullmatch(r"half[\dr]", name):
            return told[0]
        if re.fullmatch(r"(?:part|likely|tonight|early)[\dr]", name):
            return told
    return ""


def _readings(hour: int | None, minute: int | None) -> tuple[TimeOfDay, ...]:
    """Return the times that an hour and minute may be; office hours are likelier than others."""
    if hour is None or minute is None or not 0 < hour < 13 or minute > 59:
        return _exact(hour, minute)
    morning, later = (hour % 12, minute), (hour % 12 + 12, minute)
    return (morning, later) if 7 <= hour < 12 else (later, morning)


def _within(times: tuple[TimeOfDay, ...], half: str) -> tuple[TimeOfDay, ...]:
    """Return those of the times that lie in the half or part of the day that is told."""
    if not half or len(times) < 2:
        return times
    if half in ("a", "morning"):
        return tuple(time for time in times if time[0] < 12)
    if half in ("night", "tonight"):
        return tuple(time for time in times if time[0] >= 17 or time[0] < 5)
    return tuple(time for time in times if time[0] >= 12)


def _ranged(times: tuple[TimeOfDay, ...], until: int | None, half: str) -> tuple[TimeOfDay, ...]:
    """Read the first time of "2 to 4 pm", which lies before the second: "11 to 2 pm" is not."""
    same = _within(times, half)
    if until is None or len(same) != 1 or len(times) < 2 or same[0][0] % 12 < until % 12:
        return same
    return tuple(time for time in times if time not in same)


def _exact(hour: int | None, minute: int | None) -> tuple[TimeOfDay, ...]:
    if hour is None or minute is None or minute > 59 or 60 * hour + minute > 24 * 60:
        return ()
    return ((hour % 24, minute),)


def _number(text: str) -> int | None:
    return parse_cardinal(re.split(r"[\s-]+", text.strip()))


def _minute(text: str) -> int | None:
    return _number(re.sub(r"^(?:oh|o|zero)[\s-]+", "", text))


def _say_time(hour: int, minute: int) -> str:
    """Return "five thirty p.m.", "twelve oh five a.m."."""
    spoken = cardinal(hour % 12 or 12)
    if minute:
        spoken += f" {cardinal(minute)}" if minute > 9 else f" oh {cardinal(minute)}"
    return f"{spoken} {'a.m.' if hour < 12 else 'p.m.'}"


ENGLISH_TIMES = Times(expression=_EXPRESSION, bare=_BARE, led=_LED, read=_read_time, say=_say_time)

BOTH_DAY_AND_TIME = rf"(?:{_PART}|tonight)"
"""What belongs to a day and to its time: "this evening at eight"."""

BETWEEN_DAY_AND_TIME = (
    r"[\s,]*(?:(?:at|on|by|around|about|for|from|for the|in the|of|and)\s+)*(?:the\s+)?"
)
"""What may stand between a day and the time that belongs to it."""
