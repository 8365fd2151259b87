"""The German order desk: where an address begins, and how sentences and days are said."""

from __future__ import annotations

import re
from pathlib import Path

from harness.agent.desk.speech_acts import desk_in
from harness.language.de.german import GERMAN
from harness.language.language import Language
from harness.language.values import ValueKind

_LEAD_IN = re.compile(
    r"^.*?\b(?:(?:adresse|anschrift),?(?: (?:ist|lautet|soll sein))?"
    r"|(?:liefern|schicken|senden) sie (?:sie|es|das paket) (?:bitte )?(?:an|in|nach)(?: die)?"
    r"|(?:sie|das) (?:ist|lautet)|auf|an|in)\s+(?=\S)",
    re.I,
)


def address_in(text: str, language: Language) -> str | None:
    """Return an address as written: what follows the lead-in, number words as digits."""
    words = _LEAD_IN.sub("", text, count=1).strip(" .,!?").split()
    if len(words) < 2:
        return None
    written = " ".join(_as_digits(word, language) for word in words)
    return re.sub(r"(?<=\b\d) (?=\d\b)", "", written)  # a postcode is said digit by digit


def _as_digits(word: str, language: Language) -> str:
    """Return a number word as figures; the text after it stays: "elf," is "11,"."""
    bare = word.rstrip(",.")
    number = language.numbers.parse([bare.lower()])
    return word if number is None or bare.isdigit() else f"{number}{word[len(bare) :]}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        day, month, *_ = language.speak(eta[:10], ValueKind.DATE).split()
        return f"am {day.removesuffix('r')}n {month}"
    begins = re.match(r"(?:am|bis|im|in|heute|morgen|übermorgen|diese|nächste)\w*\b", eta, re.I)
    return eta if begins else f"am {eta}"


GERMAN_DESK = desk_in(
    Path(__file__).parent, GERMAN, address=address_in, sentence=_sentence, day=_day
)
