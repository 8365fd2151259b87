"""German: what is written short, letters that are written as two, endings that change no name."""

from __future__ import annotations

import re

from harness.language.language import Streets
from harness.language.values import WordForms

STREETS = {"str": "straße", "pl": "platz", "strasse": "straße", "hausnr": "hausnummer"}
"""Abbreviations that stand behind a street's name."""
STREET_ENDINGS = {"str": "straße", "strasse": "straße", "pl": "platz"}
"""The same at the end of a name that is one word."""
_NUMBER = re.compile(r"\b(?:hausnummer|nummer|nr) (?=\d)|(?<=\d) (?=[a-h]\b)")


class GermanStreets(Streets):
    """Street addresses: "Hauptstr. 12 a" and "Hauptstraße Hausnummer 12a" are the same place."""

    __slots__ = ()

    def normalize(self, value: str) -> str:
        """Return the address in full, without a word for the number, its letter joined to it."""
        return _NUMBER.sub("", super().normalize(value))


GERMAN_FORMS = WordForms(
    full={
        "&": "und", "u": "und", "dr": "doktor", "hr": "herr", "hrn": "herrn", "fr": "frau",
        "prof": "professor", "st": "sankt", "str": "straße", "jährlich": "jahr",
    },
    folded={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"},
    articles=frozenset({"der", "die", "das", "ein", "eine", "den", "dem", "einen", "einem"}),
    endings=r"(?<=[^\W\d]{4})(?:en|e|n|s|es|er|em)$",
)  # fmt: skip
