"""English: counts that are no plain number, and numbers that count nothing."""

from __future__ import annotations

from harness.language.counts import CountWords
from harness.language.en.numbers import ordinal

_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def _in_order(number: int) -> tuple[str, ...]:
    """Return "fifteenth", "15th"."""
    teens = 10 < number % 100 < 20
    suffix = "th" if teens else _SUFFIXES.get(number % 10, "th")
    return ordinal(number), f"{number}{suffix}"


_MONEY = r"dollars|bucks|cents|euros|pounds|pence"

ENGLISH_COUNTS = CountWords(
    named={
        "a couple": 2, "a couple of": 2, "a pair": 2, "a pair of": 2, "both of us": 2,
        "a dozen": 12, "one dozen": 12, "half a dozen": 6, "two dozen": 24, "a single": 1,
        "just me": 1, "only me": 1, "just myself": 1, "only myself": 1, "by myself": 1,
        "just for me": 1, "only for me": 1,
    },
    joining=frozenset({"and", "a", "half", "point"}),
    idle=(
        r"\b(?:this|that|these|the|other|another|right|wrong|first|second|third|new|old|which|"
        r"last|next|correct|every|each|any|some|no|good|great|nice|same|cheaper|cheapest|better|"
        r"best|earlier|later|latter|former)\s+one\b(?!\s+(?:person|ticket|room|night|day|seat|"
        r"guest|adult|passenger|bag)s?\b)"
        r"|\bone\s+(?:moment|sec|second|minute|of|more\s+(?:time|thing|question)|another|by|thing|"
        r"last|way)\b|(?<!just\s)(?<!only\s)(?<!for\s)\bone\s+(?:on|at|in|with|from|that|which|near|"
        r"around|like|is|was)\b|\bone-way\b|\bthe\s+two\s+of\s+(?:them|those|these)\b"
    ),
    before=(
        r"\b(?:point|half|(?:half|quarter\s+of)\s+an?)\s+|"
        r"[$€£+./:'-]|#\s?|\d[,.:]|\b(?:number|no\.|room|flight|line|page|option|step|suite|"
        r"apartment|unit|gate|platform|terminal|route|bus|highway|extension|version|"
        r"(?:ending|ends)\s+(?:in|with)|chapter|code|rated|rating(?:\s+of)?)\s+"
    ),
    in_order=_in_order,
    after=(
        r"\s+and\s+(?:a|three)\s+(?:half|quarters?)\b|\s+point\s+\S|"
        rf"\s*(?:%|percent\b|o'?clock\b|[ap]\.?m\b|(?:{_MONEY})\b)|(?:st|nd|rd|th)\b|[.:/]\d|,\d|"
        r"['’]s\b|[-\s]?ish\b|\s?[-–]\s?\d|[\s-](?:stars?|way)\b"
    ),
)  # fmt: skip
