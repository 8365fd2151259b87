"""English: counts that are no plain number, and numbers that count nothing."""

from __future__ import annotations

from harness.language.counts import CountWords

ENGLISH_COUNTS = CountWords(
    named={
        "a couple": 2, "a couple of": 2, "just the couple of us": 2, "a pair": 2, "a pair of": 2,
        "a dozen": 12, "one dozen": 12, "half a dozen": 6, "two dozen": 24, "a single": 1,
        "just me": 1, "only me": 1, "just myself": 1, "only myself": 1, "by myself": 1,
        "just for me": 1, "only for me": 1, "both of us": 2,
    },
    joining=frozenset({"and"}),
    before=(
        r"\b(?:this|that|the|other|another|right|wrong|first|second|new|old|which|last|next|"
        r"correct|every|each|any|some|no)\s+(?=$)(?<!\bthe\s)|[$€£#+./:'-]|\d[,.:]|"
        r"\b(?:number|no\.|room|flight|line|page|option|step|suite|apartment|unit|gate|platform|"
        r"terminal|route|bus|highway|extension|version|ending in|ends in|chapter|zip|code)"
    ),
    after=r"\s*(?:%|percent|o'?clock|[ap]\.?m\b)|(?:st|nd|rd|th)\b|[.:/]\d|,\d|\s*(?:dollars|bucks|cents|euros|pounds)\b|['’]s\b",
)  # fmt: skip
