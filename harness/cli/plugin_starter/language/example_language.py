"""The language "example_tag": English, with two parts replaced.

Replace one part after the other; a part that is left out stays English. `Language` has them all,
and `harness/language/en` and `harness/language/de` are complete examples, a file for each part.
"""

from __future__ import annotations

from dataclasses import replace

from harness.language.en.english import ENGLISH
from harness.language.numbers import CountWords
from harness.language.sentences import Abbreviations

ABBREVIATIONS = Abbreviations(frozenset({"fr", "approx", "e.g"}))
"""No sentence ends after these: "Ask Fr. Brown." is one sentence."""

COUNTS = CountWords(named={"a brace of": 2, "a score of": 20})
"""Phrases that are a number: "a brace of rooms" are 2."""

LANGUAGE = replace(
    ENGLISH,
    name="example_name",
    voice="en-us",  # eSpeak's voice for the callers; `harness list voices --json` has all names
    abbreviations=ABBREVIATIONS,
    counts=COUNTS,
    # English would take a text without its common words for another language, and not judge it.
    common_words=frozenset(),
)
