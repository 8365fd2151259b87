"""German times of day and relative days ("halb acht", "Freitag in einer Woche")."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from harness.language.de.numbers import (
    ORDINAL,
    SMALL,
    cardinal,
    compound,
    ordinal_value,
    parse_cardinal,
)
from harness.language.sentences import few_spaces
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

_TABLES = Tables(Path(__file__).parent / "times.toml")

# German: days that are named by their distance from today: "Freitag in einer Woche", "am 7.".

MONTHS = _TABLES.read(Words, "days.months")
MONTH_NUMBERS = (
    {name.lower(): number for number, name in enumerate(MONTHS, 1)}
    | {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
    | _TABLES.read(dict[str, int], "other_months")
)
MONTH = rf"(?:{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})(?!\w)\.?"
_NAMES = _TABLES.read(dict[str, int], "weekdays")
WEEKDAY = rf"(?:{'|'.join(_NAMES)})"
PART_OF_DAY = r"(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht)"
_COUNT = rf"(?:\d{{1,3}}|ein(?:e[mnr]?)?(?!\w)|{SMALL})"
_UNIT = r"(?:tage?n?|wochen?|monate?n?)(?!\w)"
_DAY = rf"(?:\d{{1,2}}(?:\.|te[rnms]?(?!\w))|{ORDINAL})"
_NO_MONTH = rf"(?!\s*(?:\d|{MONTH})|\s+{ORDINAL})"
_ENDS = _NO_MONTH + _TABLES.read(str, "days.ends")

# "Guten Morgen", "jeden Morgen" and "Freitag Morgen" are not tomorrow.
_GREETING = "".join(
    rf"(?<!\b{word}\s)"
    for word in (
        "guten",
        "jeden",
        "am",
        "den",
        "der",
        "schönen",
        "diesen",
        "heute",
        "gestern",
        *_NAMES,
    )
)
_TODAY = r"heute?(?:\s+(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht))?"

_TO = r"(?:und|bis(?:\s+(?:zum|am))?|oder|-|–)"
_AHEAD = re.compile(
    rf"\s*{_TO}\s+{_DAY}\s*(?P<month>{MONTH}|(?:dieses|des\s+(?:nächsten|kommenden))\s+monats)",
    re.IGNORECASE | re.VERBOSE,
)
"""Text that gives the month of a day before it: "vom 1. bis 3. Oktober"."""
_DAY_BEHIND = re.compile(
    few_spaces(rf"{_DAY}\s*(?P<month>{MONTH})\s*{_TO}\s*$"), re.IGNORECASE | re.VERBOSE
)

RELATIVE_DAYS = rf"""(?<![\w/-])(?:
    (?P<near>{_TODAY}|überübermorgen|übermorgen|{_GREETING}morgen|vorgestern|gestern)
        (?:\s+(?:früh|vormittag|mittag|nachmittag|abend))?
        (?:\s+in\s+(?P<near_count>{_COUNT})\s+(?P<near_unit>{_UNIT}))?
  | (?P<nth>{ORDINAL}|letzte[nmrs]?(?=\s+\w+\s+(?:im|des)\s))\s+(?P<nth_day>{WEEKDAY})
        (?:\s+(?:im|des)\s+(?P<nth_month>{MONTH})(?:\s+(?P<nth_year>\d{{4}}))?)?
  | (?P<beyond>{WEEKDAY})\s+nach\s+dem\s+nächsten
  | (?P<which>diese[nmr]|kommende[nmr]|nächste[nmr]|übernächste[nmr]|letzte[nmr]|vergangene[nmr]
        |vorige[nmr]|kommende|nächste|folgende[nmr])\s+(?P<weekday>{WEEKDAY}){PART_OF_DAY}?
  | (?P<of_week>{WEEKDAY}){PART_OF_DAY}?\s+(?:in\s+)?(?:der\s+)?(?P<week>dieser|nächster|nächste
        |kommender|kommende|übernächster|nächsten|kommenden|letzter|voriger|vergangener)\s+woche
  | (?:in\s+der\s+)?(?P<week2>diese|dieser|nächste|nächster|nächsten|kommende|kommenden|übernächste
        |letzte|voriger?|vergangene)\s+woche,?\s+(?:am\s+)?(?P<of_week2>{WEEKDAY}){PART_OF_DAY}?
  | (?P<from_day>{WEEKDAY})\s+in\s+(?P<from_count>{_COUNT})\s+(?P<from_unit>{_UNIT})
  | (?P<weekday_the>{WEEKDAY}),?\s+(?:de[nmr]\s+)?(?P<the_day>{_DAY}){_ENDS}
  | in\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})
  | vor\s+(?P<ago>{_COUNT})\s+(?P<ago_unit>{_UNIT})
  | (?:am|bis\s+zum|zum|vom|ab\s+dem|auf\s+den|bis\s+am|dem|bis)\s+(?P<month_day>{_DAY})
        (?:\s+(?P<month>dieses|diesen|nächsten|des\s+nächsten|des\s+kommenden|kommenden)\s+monats?
        |{_ENDS})
  | (?P<led_month>diesen|nächsten|kommenden)\s+monat,?\s+
        (?:(?:am|zum|de[nmr])\s+)?(?P<led_day>{_DAY})
  | (?<!jeden\s)(?<!jeder\s)(?<!immer\s)(?P<alone>{WEEKDAY}){PART_OF_DAY}?
)(?!\w)"""
_NEAR = _TABLES.read(dict[str, int], "near_days")


def days_meant(match: re.Match[str], today: date) -> tuple[date, ...]:
    """Return the days that a match of ``RELATIVE_DAYS`` may mean, the likeliest first."""
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "near" in part:
        day = today + timedelta(_NEAR[part["near"].split()[0]])
        if "near_count" not in part:
            return (day,)
        return _away(day, part["near_count"], part["near_unit"], 1)[:1]
    if "count" in part:
        # Alone, "in acht Tagen" is more likely eight days, after a weekday a week: so reversed.
        return _away(today, part["count"], part["unit"], 1)[::-1]
    if "ago" in part:
        return _away(today, part["ago"], part["ago_unit"], -1)[-1:]
    return _of_week(part, today) or _of_month(match, part, today)


def _of_week(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read the name of a day of the week."""
    week = part.get("week") or part.get("week2")
    if week is not None:
        # By the first four letters, which all forms of a word have in common.
        ways = {"dies": 0, "über": 2, "letz": -1, "vori": -1, "verg": -1}
        weeks = ways.get(week[:4], 1)
        monday = today - timedelta(today.weekday())
        return (monday + timedelta(_NAMES[part.get("of_week") or part["of_week2"]] + 7 * weeks),)
    if "beyond" in part:
        return tuple(day + timedelta(7) for day in _with_word("nächsten", part["beyond"], today))
    if "nth" in part:
        return _nth_weekday(part, today)
    if "from_day" in part:
        days = coming(_NAMES[part["from_day"]], today)
        return tuple(
            later for day in days for later in _away(day, part["from_count"], part["from_unit"], 1)
        )[:1]
    if "weekday" in part:
        return _with_word(part["which"], part["weekday"], today)
    if "weekday_the" in part:
        return next_on_weekday(_NAMES[part["weekday_the"]], _day(part["the_day"]) or 0, today)
    if "alone" in part:
        days = coming(_NAMES[part["alone"]], today)
        # The past day last: "it was Friday" is possible, and never likelier.
        return (*days, days[0] - timedelta(7 if days[0] != today else 0))
    return ()


def _away(start: date, count: str, unit: str, sign: int) -> tuple[date, ...]:
    """Return the day so far away; "acht Tage" are a week first, and eight days."""
    number = 1 if count.startswith("ein") and len(count) < 6 else _day_number(count)
    if number is None:
        return ()
    if unit.startswith("monat"):
        month = start.month - 1 + sign * number
        return existing(start.year + month // 12, month % 12 + 1, start.day)
    if unit.startswith("w"):
        return (start + timedelta(sign * 7 * number),)
    # "Acht Tage" are a week and "vierzehn Tage" two, as Germans count.
    days = (7, 8) if number == 8 else (14,) if number == 14 else (number,)
    return tuple(start + timedelta(sign * one) for one in days)


def _day_number(text: str) -> int | None:
    return int(text) if text.isdigit() else parse_cardinal([text])


def _with_word(which: str, weekday: str, today: date) -> tuple[date, ...]:
    """Read "diesen", "nächsten" and "letzten" before a weekday.

    "Nächsten Freitag" is the coming Friday, and for many speakers the Friday of the next week.
    """
    first = today + timedelta((_NAMES[weekday] - today.weekday()) % 7 or 7)
    if which[:5] in ("letzt", "verga", "vorig"):
        # `first` is a week ahead if today is such a day, so "last" is two weeks before it.
        before = first - timedelta(7 if first - today != timedelta(7) else 14)
        return (before, before - timedelta(7))
    if which.startswith("über"):
        return (first + timedelta(7), first + timedelta(14))
    if which.startswith("nächst"):
        return (first, first + timedelta(7))
    return coming(_NAMES[weekday], today)


def _nth_weekday(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "erster Montag im Juni", "letzter Montag im März"; without a month it is no day."""
    if "nth_month" not in part:
        return ()
    month = MONTH_NUMBERS[part["nth_month"].rstrip(".")]
    years = (int(part["nth_year"]),) if "nth_year" in part else (today.year, today.year + 1)
    nth = ordinal_value(part["nth"])
    days = nth_weekdays(nth, _NAMES[part["nth_day"]], month, years)
    return tuple(day for day in days if "nth_year" in part or day >= today)[:1]


def _of_month(match: re.Match[str], part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "am 7.", of this month, the next, a month named next to it, or the first to come."""
    number = _day(part.get("month_day") or part.get("led_day", ""))
    if number is None:
        return ()
    beside = _AHEAD.match(match.string, match.end()) or _DAY_BEHIND.search(
        match.string[: match.start()]
    )
    # A month next to the day decides: "vom 1. bis 3. Oktober".
    told = "" if beside is None else beside["month"].lower()
    if told.rstrip(".") in MONTH_NUMBERS:
        return next_such(MONTH_NUMBERS[told.rstrip(".")], number, today)
    if told:
        part = {**part, "month": told.removeprefix("des ")}
    this, after = in_this_and_next_month(number, today)
    of = part.get("month") or part.get("led_month", "")
    if of:
        return this if of.startswith("dies") else after
    return (*this, *after) if number >= today.day else (*after, *this)


def _day(text: str) -> int | None:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits is not None else ordinal_value(text)


# "siebene" is said "siebne".
_BROAD = {f"{cardinal(hour)}e".replace("siebene", "siebne"): hour for hour in range(4, 13)}
"""Hours as the South says them: "um achte"."""
_HOURS = {cardinal(hour): hour for hour in range(25)} | {"ein": 1, "zwo": 2} | _BROAD
_HOUR = rf"(?:[01]?\d|2[0-4]|{'|'.join(sorted(_HOURS, key=len, reverse=True))})(?!\w|,\d)"
_MINUTES = sorted((cardinal(minute) for minute in range(60)), key=len, reverse=True)
_MINUTE = rf"(?:[0-5]?\d|{'|'.join(_MINUTES)})(?!\w|,\d)"
_PART = r"(?:morgens|früh|vormittags|mittags|nachmittags|abends|nachts)"
_BEHIND = (
    rf"(?:\s+(?:am\s+|in\s+der\s+)?(?P<part{{0}}>{_PART}|(?:früh|abend|nachmittag|vormittag"
    rf"|mittag|nacht)(?!\w)))?"
)
_EARLY = (
    rf"(?:{_PART}|(?:heute\s+|am\s+)morgen|(?:am\s+)?(?:früh|vormittag|mittag|nachmittag|abend)"
    rf"|{WEEKDAY}{PART_OF_DAY}|(?<=heute\s)nacht)"
)
_AT = r"(?:um|gegen|ab|so\s+um|so\s+gegen|circa|etwa|punkt|bis|kurz\s+vor|kurz\s+nach)"
_FOLLOWED = _TABLES.read(str, "days.followed")


def _with(piece: str, place: int) -> str:
    return piece.replace("{0}", str(place))


_EXPRESSION = rf"""
    (?:(?P<early1>{_EARLY}),?\s+(?:{_AT}\s+)?)?
      (?:(?P<away>{_MINUTE})(?:\s+minuten?)?\s+(?P<way>vor|nach)\s+)?
      (?P<half>halb)\s+(?P<hour1>{_HOUR})(?:\s*uhr(?!\w))?{_with(_BEHIND, 1)}
  | (?:(?P<early2>{_EARLY}),?\s+(?:{_AT}\s+)?)?
      (?P<quarter>drei\s?viertel|viertel(?:\s+(?P<way2>vor|nach|über))?)\s+(?P<hour2>{_HOUR})
      (?:\s*uhr(?!\w))?{_with(_BEHIND, 2)}
  | (?:(?P<early3>{_EARLY}),?\s+(?:{_AT}\s+)?)?
      (?P<away3>(?:fünf|zehn|zwanzig|5|10|20)(?=\s+(?:vor|nach))|{_MINUTE}(?=\s+minuten?\s+(?:vor|nach)))
      (?:\s+minuten?)?\s+(?P<way3>vor|nach)\s+(?P<hour3>{_HOUR})(?:\s*uhr|{_FOLLOWED})
      {_with(_BEHIND, 3)}
  | (?:(?P<early4>{_EARLY}),?\s+(?:{_AT}\s+)?)?
      (?P<hour4>(?:{_HOUR})(?=\s*uhr)|[012]?\d(?=\s?h\b))\s*(?:uhr|h)(?!\w)
      (?:\s+(?:und\s+)?(?P<minute4>{_MINUTE})(?:\s+minuten)?
          (?:{_FOLLOWED}|(?=\s+{_PART})|(?-i:(?=\s+[a-zäöü]))))?
      {_with(_BEHIND, 4)}
  | (?:(?P<early5>{_EARLY}),?\s+(?:{_AT}\s+)?)?
      (?P<hour5>[01]?\d|2[0-4])(?::(?P<minute5>[0-5]\d)(?::[0-5]\d)?(?:\s*uhr(?!\w))?
      |\.(?P<minute6>[0-5]\d)\s*uhr(?!\w)){_with(_BEHIND, 5)}
  | (?P<hour10>[01]?\d|2[0-4])\s?h\s?(?P<minute10>[0-5]\d)
  | (?P<early7>{_EARLY}),?\s+(?:{_AT}\s+)?(?P<hour7>{_HOUR})(?:{_FOLLOWED})
  | (?P<hour8>{_HOUR})\s+
      (?P<part8>{_PART}|(?:am|in\s+der)\s+(?:frühe?|morgen|vormittag|nachmittag|abend|nacht)(?!\w))
  | (?P<spot>mitternacht)
"""
_BARE = (
    rf"(?P<hour9>{_HOUR})(?:\s+(?P<minute9>(?:[0-5]\d"
    rf"|{'|'.join(_MINUTES)})(?!\w|,\d)))?(?:{_FOLLOWED})"
)
_LED = rf"(?:{_AT}|spätestens\s+um|zwischen|vor|nach)\s+"


def _read_time(match: re.Match[str]) -> tuple[TimeOfDay, ...]:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "spot" in part:
        return ((0, 0),)
    told = next((text for name, text in part.items() if name.startswith(("early", "part"))), "")
    hour_text = next(text for name, text in part.items() if name.startswith("hour"))
    hour, minute = _number(hour_text), _minute_of(part)
    if hour is None or minute is None:
        return ()
    # "ein Uhr fünf" is how timetables say 1:05, which is then the likeliest; "fünf nach eins" is
    # more likely 13:05.
    official = "minute4" in part and hour > 0
    return _within(_readings(hour, minute, official=official), told)


def _minute_of(part: dict[str, str]) -> int | None:
    """Return the minutes after the hour that is named, below 0 before it."""
    if "half" in part:
        away = _number(part["away"]) if "away" in part else 0
        return None if away is None else -30 + (away if part.get("way") == "nach" else -away)
    if "quarter" in part:
        if "way2" in part:
            return -15 if part["way2"] == "vor" else 15
        # In the South "viertel acht" is 7:15 and "drei viertel acht" 7:45: quarters of the eighth
        # hour.
        return -15 if part["quarter"].startswith("drei") else -45
    if "away3" in part:
        away = _number(part["away3"])
        return None if away is None else away if part["way3"] == "nach" else -away
    return _number(next((text for name, text in part.items() if name.startswith("minute")), "0"))


def _readings(hour: int, minute: int, *, official: bool) -> tuple[TimeOfDay, ...]:
    """Return the times that an hour and minutes after or before it may be.

    Office hours are likelier than others; "ein Uhr fünf" is on the 24-hour clock of the railway.
    """
    if not -60 < minute < 60 or 60 * hour + minute > 24 * 60:
        return ()
    time = divmod((60 * hour + minute) % (24 * 60), 60)
    if not 0 < hour < 13:
        return (time,)
    other = (time[0] + 12) % 24, time[1]
    if official:
        return time, other
    morning, later = sorted((time, other))
    return (morning, later) if 7 <= morning[0] < 12 else (later, morning)


def _within(times: tuple[TimeOfDay, ...], told: str) -> tuple[TimeOfDay, ...]:
    """Return the times that lie in the given part of the day."""
    if not told or len(times) < 2:
        return times
    for words, hours in (
        (("nachmittag",), range(12, 19)),
        (("vormittag", "früh", "morgen"), range(3, 12)),
        (("mittag",), range(11, 16)),
        (("abend",), range(16, 24)),
        (("nacht", "nachts"), (*range(20, 24), *range(6))),
    ):
        if any(word in told for word in words):
            return tuple(time for time in times if time[0] in hours) or times
    return times


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else _BROAD.get(text) or compound(text)


def _say_time(hour: int, minute: int) -> str:
    """Return "siebzehn Uhr dreißig", "ein Uhr fünf"."""
    spoken = "ein Uhr" if hour == 1 else f"{cardinal(hour)} Uhr"
    return f"{spoken} {cardinal(minute)}" if minute else spoken


GERMAN_TIMES = Times(expression=_EXPRESSION, bare=_BARE, led=_LED, read=_read_time, say=_say_time)

BOTH_DAY_AND_TIME = (
    rf"(?:{_PART}|(?:heute|morgen|übermorgen)?\s*{PART_OF_DAY}|heute|{WEEKDAY}{PART_OF_DAY})"
)
"""Text that belongs to a day and to its time: "Freitagabend um acht"."""

BETWEEN_DAY_AND_TIME = (
    r"[\s,]*(?:(?:um|gegen|ab|so|etwa|circa|am|von|bis|und\s+zwar|den|dem|punkt|kurz\s+vor"
    r"|kurz\s+nach)"
    r"\s+)*"
)
"""Text that may come between a day and the time that belongs to it."""
