"""English times of day and relative days ("half past seven", "next Friday")."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from harness.language.en.numbers import ORDINALS, SMALL, UNITS, cardinal, parse_cardinal
from harness.language.tables import Tables, Words
from harness.language.times import TimeOfDay, Times
from harness.language.values import (
    coming,
    existing,
    in_this_and_next_month,
    next_on_weekday,
    next_such,
    nth_weekdays,
)

# The longest come first: an expression takes the first alternative that fits.
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
_TABLES = Tables(Path(__file__).parent / "times.toml", {"weekday": _WEEKDAY})
_HALF = r"(?:[ap]\s?\.\s?m\b\.?|[ap]\s?m\b)"
_CLOCK = r"o\s?['’´`\"”]?\s?clock\b"
_MINUTE = (
    r"(?:(?:[:.]|\s)(?P<minute{0}>[0-5]\d)(?!\d)|[\s-]+(?P<words{0}>" + _MINUTE_WORDS + r")\b)"
)
_CERTAIN = rf"""(?:\s*(?P<half{{0}}>{_HALF})
    | ,?\s+(?:(?:in|on)\s+the|at)\s+(?:early\s+|late\s+)?(?P<part{{0}}>{_PART})\b)"""
_LIKELY = rf"""(?:,?\s+(?:this|in|(?:tomorrow|today|(?:on\s+)?{_WEEKDAY})(?:\s+in\s+the)?)\s+
    (?:early\s+|late\s+)?(?P<likely{{0}}>{_PART})\b | ,?\s+(?P<tonight{{0}}>tonight)\b)"""

_FOLLOWED = _TABLES.read(str, "days.followed")


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
    # "Two hours before noon" names a distance, and no time.
    if "unknown" in part:
        return ()
    if "spot" in part:
        return _off(part, (0, 0) if "midnight" in part["spot"] else (12, 0))
    # A part of the day counts like "a.m." and "p.m.", wherever it is said.
    half = _half(part)
    # "1730", or "530 pm".
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
    # "2 to 4 pm": the half of the day stands only after the second hour.
    if "until" in part:
        return _ranged(_readings(hour, minute), _number(part["until"]), half)
    # "Eighteen hundred hours" and "05:30" count to 24, so no half of the day is open.
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
    # "quarter to 12 in the morning" is before noon, "quarter to 1 in the afternoon" after it.
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
    """Return the half of the day: "a", "p", a part of the day, or an empty string."""
    for name, told in part.items():
        if re.fullmatch(r"half[\dr]", name):
            return told[0]
        if re.fullmatch(r"(?:part|likely|tonight|early)[\dr]", name):
            return told
    return ""


def _readings(hour: int | None, minute: int | None) -> tuple[TimeOfDay, ...]:
    """Return the times that an hour and minute may be; office hours are likelier than others."""
    # 0 and 13 to 24 have a single reading.
    if hour is None or minute is None or not 0 < hour < 13 or minute > 59:
        return _exact(hour, minute)
    morning, later = (hour % 12, minute), (hour % 12 + 12, minute)
    # People who say "at nine" mostly mean the morning, with "at five" the afternoon.
    return (morning, later) if 7 <= hour < 12 else (later, morning)


def _within(times: tuple[TimeOfDay, ...], half: str) -> tuple[TimeOfDay, ...]:
    """Return the times that lie in the given half or part of the day."""
    if not half or len(times) < 2:
        return times
    if half in ("a", "morning"):
        return tuple(time for time in times if time[0] < 12)
    if half in ("night", "tonight"):
        # "Two at night" is after midnight, "nine at night" before it.
        return tuple(time for time in times if time[0] >= 17 or time[0] < 5)
    return tuple(time for time in times if time[0] >= 12)


def _ranged(times: tuple[TimeOfDay, ...], until: int | None, half: str) -> tuple[TimeOfDay, ...]:
    """Read the first time of "2 to 4 pm", which lies before the second: "11 to 2 pm" is not."""
    same = _within(times, half)
    # "11 to 2 pm" would end before it begins, so the 11 is in the morning.
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
"""Text that belongs to a day and to its time: "this evening at eight"."""

BETWEEN_DAY_AND_TIME = (
    r"[\s,]*(?:(?:at|on|by|around|about|for|from|for the|in the|of|and)\s+)*(?:the\s+)?"
)
"""Text that may come between a day and the time that belongs to it."""


# English: days that are named by their distance from today: "next Friday", "the 7th".

MONTHS = _TABLES.read(Words, "days.months")
MONTH_NUMBERS = (
    {name.lower(): number for number, name in enumerate(MONTHS, 1)}
    | {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
    | _TABLES.read(dict[str, int], "other_months")
)
MONTH = rf"(?:{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})\.?"
_WEEKDAYS = _TABLES.read(Words, "days.weekdays")
_NAMES = {name: number for number, name in enumerate(_WEEKDAYS)}
_ANY_DAY = rf"(?:{'|'.join(_WEEKDAYS)})"
_SMALL = rf"(?:(?:twenty|thirty)[\s-])?(?:{'|'.join(SMALL)})"
_COUNT = rf"(?:\d{{1,3}}|an?|a\s+couple\s+(?:of\s+)?|{_SMALL})"
_ORDINAL_WORDS = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(ORDINALS)})"
_LATE_WORDS = "|".join(word for word, number in ORDINALS.items() if 10 < number < 32)
_LATE = rf"(?:(?:twenty|thirty)[\s-]+(?:{'|'.join(ORDINALS)})|{_LATE_WORDS})"
"""Days of a month that are never the number of a choice: "the first one"."""
_ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{_ORDINAL_WORDS})"
_DAY_UNIT = r"(?:days?|weeks?|months?|fortnights?)"
_DIGIT_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"
_ENDS = _TABLES.read(str, "days.ends")

_TO = r"(?:to|through|thru|until|till|and|or|-|–)"
_MONTH_AHEAD = re.compile(
    rf"\s*{_TO}\s+(?:on\s+)?(?:the\s+)?{_ORDINAL}\s+(?:of\s+)?(?P<month>{MONTH})(?!\w)",
    re.IGNORECASE,
)
_MONTH_BEHIND = re.compile(
    rf"\b(?P<month>{MONTH})\s+(?:the\s+)?(?:\d{{1,2}}|{_ORDINAL})(?:,?\s+\d{{4}})?\s+{_TO}\s*$",
    re.IGNORECASE,
)

_NO_TIMES = r"(?<!for\s)(?<!once\s)(?<!twice\s)(?<!times\s)(?<!days\s)"
"""Before "a week on Monday": then the week is no distance."""
_NTHS = ("first", "second", "third", "fourth")
_NTH = (
    rf"(?:the\s+(?:{'|'.join(_NTHS)}|fifth)|(?:{'|'.join(_NTHS)})(?=\s+{_ANY_DAY}\s+(?:in|of)\b))"
)

RELATIVE_DAYS = rf"""(?<![\w/-])(?:
    (?P<before>(?:the\s+)?day\s+before\s+yesterday)
  | (?P<after>(?:the\s+)?day\s+after\s+tomorrow)
  | (?P<in>in)\s+(?P<in_count>{_COUNT})\s*(?P<in_unit>{_DAY_UNIT})(?:['’]?\s+time)?
  | (?P<count>{_COUNT})\s*(?P<unit>{_DAY_UNIT})\s+(?P<way>from|after|ago|before)
        (?:\s+(?:the\s+)?(?P<base>now|today|tomorrow|(?:(?:this|next)\s+)?{_ANY_DAY}))?
  | {_NO_TIMES}(?<![\w$€£])(?P<ahead>{_COUNT})\s*(?P<ahead_unit>weeks?|fortnights?)
        \s+(?:on\s+)?(?P<ahead_of>today|tomorrow|(?:(?:this|next)\s+)?{_ANY_DAY})
  | (?P<nth>{_NTH})\s+(?P<nth_day>{_ANY_DAY})(?:\s+(?:in|of)\s+(?P<nth_month>{MONTH}))?
  | (?:the\s+)?last\s+day\s+of\s+(?P<last_of>this|next|the)\s+month
  | (?P<weekday_of>{_ANY_DAY}),?\s+(?:of\s+)?(?P<week>this|next|the\s+following)\s+week
  | (?P<week2>this|next)\s+week,?\s+(?:on\s+)?(?P<weekday_of2>{_ANY_DAY})
  | (?:(?:this|next)\s+)?(?P<weekday_the>{_ANY_DAY}),?\s+(?:the\s+)?(?P<the_day>{_ORDINAL}){_ENDS}
  | (?:the\s+)?(?P<beyond>{_ANY_DAY})\s+after\s+next
  | (?P<weekday_week>{_ANY_DAY})\s+(?P<weeks>week|fortnight)\b
  | (?P<which>this\s+coming|this\s+past|this|coming|next|last|past|a)\s+(?P<weekday>{_ANY_DAY})
  | (?:the\s+)?(?P<month_day>{_ORDINAL})\s+(?:day\s+)?of\s+(?P<month>this|next|the)\s+month
  | (?:this\s+month|next\s+month)\s+on\s+the\s+(?P<month_day2>{_ORDINAL}){_ENDS}
  | (?:the|by|on)\s+(?P<digits>{_DIGIT_ORDINAL}){_ENDS}
  | (?:on|by|for|until|till|from|through|before|after|since)\s+the\s+
        (?P<words>{_ORDINAL_WORDS}){_ENDS}
  | the\s+(?P<late>{_LATE}){_ENDS}
  | (?P<today>later\s+today|today|tonight|this\s+(?:morning|afternoon|evening))
  | (?P<tomorrow>tomorrow)
  | (?P<yesterday>yesterday|last\s+night)
  | (?P<alone>{_ANY_DAY})(?!['’]s)
)(?!\w)"""


def days_meant(match: re.Match[str], today: date) -> tuple[date, ...]:
    """Return the days that a match of ``RELATIVE_DAYS`` may mean, the likeliest first."""
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    near = {"today": 0, "tomorrow": 1, "after": 2, "yesterday": -1, "before": -2}
    for name, distance in near.items():
        if name in part:
            return (today + timedelta(distance),)
    if "in" in part:
        return _away(today, part["in_count"], part["in_unit"], 1)
    if "count" in part or "ahead" in part:
        return _counted(part, today)
    return _of_week(part, today) or _of_month(match, part, today)


def _of_week(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read the name of a day of the week."""
    if "weekday_week" in part:
        away = timedelta(7 if part["weeks"] == "week" else 14)
        return tuple(day + away for day in coming(_NAMES[part["weekday_week"]], today))
    if "weekday_the" in part:
        return next_on_weekday(_NAMES[part["weekday_the"]], _day(part["the_day"]) or 0, today)
    week = part.get("week") or part.get("week2")
    if week is not None:
        weekday = part.get("weekday_of") or part["weekday_of2"]
        return _in_week(_NAMES[weekday], 0 if week == "this" else 1, today)
    if "beyond" in part:
        return tuple(day + timedelta(7) for day in _with_word("next", part["beyond"], today))
    if "weekday" in part:
        return _with_word(part["which"], part["weekday"], today)
    if "alone" in part:
        days = coming(_NAMES[part["alone"]], today)
        return (*days, days[0] - timedelta(7 if days[0] != today else 0))
    return ()


def _counted(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "two days from now", "a week from Monday", "three days ago"."""
    if "ahead" in part:
        ahead = {"count": part["ahead"], "unit": part["ahead_unit"], "base": part["ahead_of"]}
        return _counted(ahead | {"way": "from"}, today)
    base, way = part.get("base", ""), part["way"]
    # "three days after" names no day that it counts from.
    if way in ("from", "after", "before") and not base:
        return ()
    if way == "before" and base in ("now", "today"):
        return ()
    starts: tuple[date, ...] = (today,)
    if base == "tomorrow":
        starts = (today + timedelta(1),)
    elif base not in ("", "now", "today"):
        which, _, weekday = base.rpartition(" ")
        starts = _with_word(which.strip() or "this", weekday, today)
    sign = -1 if way in ("ago", "before") else 1
    return tuple(day for start in starts for day in _away(start, part["count"], part["unit"], sign))


def _away(start: date, count: str, unit: str, sign: int) -> tuple[date, ...]:
    number = _day_number(count)
    if number is None:
        return ()
    if unit.startswith("month"):
        month = start.month - 1 + sign * number
        return existing(start.year + month // 12, month % 12 + 1, start.day)
    days = {"d": 1, "w": 7, "f": 14}[unit[0]]
    return (start + timedelta(sign * number * days),)


def _day_number(text: str) -> int | None:
    words = re.split(r"[\s-]+", text.strip())
    if words[:2] == ["a", "couple"]:
        return 2
    return 1 if words[0] in ("a", "an") else parse_cardinal(words)


def _with_word(which: str, weekday: str, today: date) -> tuple[date, ...]:
    """Read "this", "next" and "last" before a weekday; "next" may be the coming day or its next."""
    distance = (_NAMES[weekday] - today.weekday()) % 7 or 7
    first = today + timedelta(distance)
    if which in ("last", "past", "this past"):
        before = first - timedelta(7 if distance != 7 else 14)
        return (before,) if distance == 7 else (before, before - timedelta(7))
    if which != "next":
        return coming(_NAMES[weekday], today)
    # "next Friday" is in the coming week; early in this week, some mean the coming Friday.
    same_week = today.weekday() + distance < 7
    return (first + timedelta(7), first) if same_week else (first,)


def _in_week(weekday: int, weeks: int, today: date) -> tuple[date, ...]:
    """Return a day of this or next week; a week may begin on Monday or, for Sunday, on it."""
    monday = today - timedelta(today.weekday())
    day = monday + timedelta(weekday + 7 * weeks)
    # "Sunday of next week" is the coming Sunday for those whose week begins on it.
    return (day, day - timedelta(7)) if weekday == 6 and weeks else (day,)


def _of_month(match: re.Match[str], part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "the 7th", of this month, of the next, or of whichever comes first."""
    text = match[0].lower()
    if "nth" in part:
        return _nth_weekday(part, today)
    if "last_of" in part:
        ahead = today.month + (part["last_of"] == "next")
        return (date(today.year + ahead // 12, ahead % 12 + 1, 1) - timedelta(1),)
    names = ("month_day", "month_day2", "digits", "words", "late")
    number = _day(next((part[name] for name in names if name in part), ""))
    if number is None:
        return ()
    named = _MONTH_AHEAD.match(match.string, match.end())
    named = named or _MONTH_BEHIND.search(match.string[: match.start()])
    if named is not None and "month" not in text:
        return next_such(MONTH_NUMBERS[named["month"].lower().rstrip(".")], number, today)
    this, after = in_this_and_next_month(number, today)
    if "next month" in text:
        return after
    if "month" in text:
        return this
    return (*this, *after) if number >= today.day else (*after, *this)


def _nth_weekday(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "the first Monday in June"; without a month it is no day that is known."""
    if "nth_month" not in part or "fifth" in part["nth"]:
        return ()
    nth = _NTHS.index(part["nth"].rpartition(" ")[2]) + 1
    month = MONTH_NUMBERS[part["nth_month"].rstrip(".")]
    days = nth_weekdays(nth, _NAMES[part["nth_day"]], month, (today.year, today.year + 1))
    return tuple(day for day in days if day >= today)[:1]


def _day(text: str) -> int | None:
    digits = re.match(r"\d+", text)
    if digits is not None:
        return int(digits[0])
    words = re.split(r"[\s-]+", text)
    if words[-1] not in ORDINALS:
        return None
    return parse_cardinal([*words[:-1], cardinal(ORDINALS[words[-1]])])
