"""The English order desk: where an address begins, and how sentences and days are said."""

from __future__ import annotations

import re
from pathlib import Path

from harness.agent.desk.speech_acts import desk_in
from harness.language.en.english import ENGLISH
from harness.language.language import Language
from harness.language.values import ValueKind

_LEAD_IN = re.compile(
    r"^.*?\b(?:address(?:es|'s|'d)?,?(?: (?:is|are|to be|should be|to))?"
    r"|(?:deliver|send|ship|change) it to|it'?s|it is|to)\s+(?=\S)",
    re.I,
)


def address_in(text: str, language: Language) -> str | None:
    """Return an address as written: what follows the lead-in, house numbers as digits."""
    rest = re.sub(r"(?<=ty)-(?=[a-z])", " ", _LEAD_IN.sub("", text, count=1)).strip(" .,!?")
    words = rest.split()
    if len(words) < 2:
        return None
    bare = [word.strip(",.").lower() for word in words]
    for count in (3, 2, 1):
        number = language.numbers.parse(bare[:count]) if count < len(words) else None
        if number is not None:
            return " ".join((str(number), *words[count:]))
    return " ".join(words)


def _sentence(words: str) -> str:
    if not words[:1].islower():
        return words
    return f"I'm {words}" if words.split()[0].endswith("ing") else words.capitalize()


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        return f"on {language.speak(eta[:10], ValueKind.DATE)}"
    begins = re.match(r"(?:on|by|in|today|tomorrow|this|next|within)\b", eta, re.I)
    return eta if begins else f"on {eta}"


ENGLISH_DESK = desk_in(
    Path(__file__).parent, ENGLISH, address=address_in, sentence=_sentence, day=_day
)
