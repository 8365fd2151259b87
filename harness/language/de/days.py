"""German: days that are named by their distance from today: "Freitag in einer Woche", "am 7."."""

from __future__ import annotations

import re
from datetime import date, timedelta

from harness.language.bounded import few_spaces
from harness.language.calendar_days import existing, next_on_weekday, next_such
from harness.language.de.numbers import ORDINAL, SMALL, ordinal_value, parse_cardinal

MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
    "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
MONTH_NUMBERS = (
    {name.lower(): number for number, name in enumerate(MONTHS, 1)}
    | {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
    | {"jänner": 1, "feber": 2, "maerz": 3, "juno": 6, "julei": 7, "sept": 9}
)
"""Also "Juno" and "Julei", which are told apart on the telephone."""
MONTH = rf"(?:{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})(?!\w)\.?"
_NAMES = {
    "montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5,
    "sonnabend": 5, "sonntag": 6,
}  # fmt: skip
WEEKDAY = rf"(?:{'|'.join(_NAMES)})"
PART_OF_DAY = r"(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht)"
_COUNT = rf"(?:\d{{1,3}}|ein(?:e[mnr]?)?(?!\w)|{SMALL})"
_UNIT = r"(?:tage?n?|wochen?|monate?n?)(?!\w)"
_DAY = rf"(?:\d{{1,2}}(?:\.|te[rnms]?(?!\w))|{ORDINAL})"
_ENDS = rf"""(?!\s*(?:\d|{MONTH})|\s+{ORDINAL})(?:(?=\s*(?:[,;:!?)"”]|$|[-–—]\s))
    |(?<=\.)(?=\s+[A-ZÄÖÜ]\w+(?:\s|$))(?-i:(?=\s+(?:Ist|Passt|Geht|Stimmt|Soll|Das|Ich|Wir|Um|Danke)))
    |(?=\s*\.(?:\s|$))
    |(?=\s+(?:um|ab|gegen|und|oder|bis|bitte|passt|geht|ginge|ist|wäre|war|hätte|habe|haben|kann
        |könnte|komme|kommen|für|mit|bei|in|auf|an|zu|nach|statt|nicht|schon|noch|frei|morgens
        |vormittags|nachmittags|abends|früh|verschieben|verlegen|umbuchen|buchen|umziehen|dann
        |dieses|diesen|nächsten|kommenden|des|wieder|möglich|bestellt|liefern|geliefert)(?!\w)))"""
"""What may follow "am 7." where it is a day: "am ersten Schalter" is none."""
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
"""What tells the month of a day before it: "vom 1. bis 3. Oktober"."""
_BEHIND = re.compile(
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
_NEAR = {
    "heute": 0, "heut": 0, "morgen": 1, "übermorgen": 2, "überübermorgen": 3, "gestern": -1,
    "vorgestern": -2,
}  # fmt: skip


def days_meant(match: re.Match[str], today: date) -> tuple[date, ...]:
    """Return the days that a match of ``RELATIVE_DAYS`` may mean, the likeliest first."""
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "near" in part:
        day = today + timedelta(_NEAR[part["near"].split()[0]])
        if "near_count" not in part:
            return (day,)
        return _away(day, part["near_count"], part["near_unit"], 1)[:1]
    if "count" in part:
        return _away(today, part["count"], part["unit"], 1)[::-1]
    if "ago" in part:
        return _away(today, part["ago"], part["ago_unit"], -1)[-1:]
    return _of_week(part, today) or _of_month(match, part, today)


def _of_week(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read what names a day of the week."""
    week = part.get("week") or part.get("week2")
    if week is not None:
        ways = {"dies": 0, "über": 2, "letz": -1, "vori": -1, "verg": -1}
        weeks = ways.get(week[:4], 1)
        monday = today - timedelta(today.weekday())
        return (monday + timedelta(_NAMES[part.get("of_week") or part["of_week2"]] + 7 * weeks),)
    if "beyond" in part:
        return tuple(day + timedelta(7) for day in _with_word("nächsten", part["beyond"], today))
    if "nth" in part:
        return _nth_weekday(part, today)
    if "from_day" in part:
        days = _coming(part["from_day"], today)
        return tuple(
            later for day in days for later in _away(day, part["from_count"], part["from_unit"], 1)
        )[:1]
    if "weekday" in part:
        return _with_word(part["which"], part["weekday"], today)
    if "weekday_the" in part:
        return next_on_weekday(_NAMES[part["weekday_the"]], _day(part["the_day"]) or 0, today)
    if "alone" in part:
        coming = _coming(part["alone"], today)
        return (*coming, coming[0] - timedelta(7 if coming[0] != today else 0))
    return ()


def _away(start: date, count: str, unit: str, sign: int) -> tuple[date, ...]:
    """Return the day so far away; "acht Tage" are a week first, and eight days."""
    number = 1 if count.startswith("ein") and len(count) < 6 else _number(count)
    if number is None:
        return ()
    if unit.startswith("monat"):
        month = start.month - 1 + sign * number
        return existing(start.year + month // 12, month % 12 + 1, start.day)
    if unit.startswith("w"):
        return (start + timedelta(sign * 7 * number),)
    days = (7, 8) if number == 8 else (14,) if number == 14 else (number,)
    return tuple(start + timedelta(sign * one) for one in days)


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else parse_cardinal([text])


def _coming(weekday: str, today: date) -> tuple[date, ...]:
    """Return the next such day; where it is that day today, today and a week from it."""
    distance = (_NAMES[weekday] - today.weekday()) % 7
    return tuple(today + timedelta(one) for one in ((0, 7) if distance == 0 else (distance,)))


def _with_word(which: str, weekday: str, today: date) -> tuple[date, ...]:
    """Read "diesen", "nächsten" and "letzten" before a weekday.

    "Nächsten Freitag" is the one that comes next, and to many that of the next week.
    """
    coming = today + timedelta((_NAMES[weekday] - today.weekday()) % 7 or 7)
    if which[:5] in ("letzt", "verga", "vorig"):
        before = coming - timedelta(7 if coming - today != timedelta(7) else 14)
        return (before, before - timedelta(7))
    if which.startswith("über"):
        return (coming + timedelta(7), coming + timedelta(14))
    if which.startswith("nächst"):
        return (coming, coming + timedelta(7))
    return _coming(weekday, today)


def _nth_weekday(part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "erster Montag im Juni", "letzter Montag im März"; without a month it is no day."""
    if "nth_month" not in part:
        return ()
    month = MONTH_NUMBERS[part["nth_month"].rstrip(".")]
    years = (int(part["nth_year"]),) if "nth_year" in part else (today.year, today.year + 1)
    number = ordinal_value(part["nth"])
    days = []
    for year in years:
        of_month = [date(year, month, 1) + timedelta(one) for one in range(31)]
        such = [
            day
            for day in of_month
            if day.month == month and day.weekday() == _NAMES[part["nth_day"]]
        ]
        days += such[-1:] if number is None else such[number - 1 : number]
    return tuple(day for day in days if "nth_year" in part or day >= today)[:1]


def _of_month(match: re.Match[str], part: dict[str, str], today: date) -> tuple[date, ...]:
    """Read "am 7.", of this month, of the next, of the one beside it, or of what comes first."""
    number = _day(part.get("month_day") or part.get("led_day", ""))
    if number is None:
        return ()
    beside = _AHEAD.match(match.string, match.end()) or _BEHIND.search(
        match.string[: match.start()]
    )
    told = "" if beside is None else beside["month"].lower()
    if told.rstrip(".") in MONTH_NUMBERS:
        return next_such(MONTH_NUMBERS[told.rstrip(".")], number, today)
    if told:
        part = {**part, "month": told.removeprefix("des ")}
    this = existing(today.year, today.month, number)
    after = existing(today.year + today.month // 12, today.month % 12 + 1, number)
    of = part.get("month") or part.get("led_month", "")
    if of:
        return this if of.startswith("dies") else after
    return (*this, *after) if number >= today.day else (*after, *this)


def _day(text: str) -> int | None:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits is not None else ordinal_value(text)
