"""English: the desk as one object, and how it tells of an order."""

from __future__ import annotations

import re

from harness.agent.desk.en.hearing import ENGLISH_INTENTS, ENGLISH_NUMBER_WORDS, address_in
from harness.agent.desk.en.prompts import ENGLISH_PROMPTS
from harness.agent.desk.en.sayings import ENGLISH_LONG_ANSWER, ENGLISH_REASONS, ENGLISH_SAYINGS
from harness.agent.desk.toolbox import RecordWords
from harness.agent.desk.words import DeskWords
from harness.language.en.english import ENGLISH
from harness.language.language import Language
from harness.language.values import ValueKind


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        return f"on {language.speak(eta[:10], ValueKind.DATE)}"
    begins = re.match(r"(?:on|by|in|today|tomorrow|this|next|within)\b", eta, re.I)
    return eta if begins else f"on {eta}"


_RECORDS = RecordWords(
    bad=r"\b(?:error|failed|failure|timed? ?out|timeout|unavailable|exception)\b",
    missing=r"\b(?:not[ _]?found|no such|does(?:n't| not) exist|no orders?\b.*\bfound)\b",
    states={
        "in_transit": "is on its way",
        "out_for_delivery": "is out for delivery",
        "pending": "is being prepared",
        "processing": "is being prepared",
        "shipped": "has shipped",
        "delivered": "is delivered",
        "cancelled": "is cancelled",
        "canceled": "is cancelled",
    },
    other_state="is {status}",
    arriving="Your order {state} and should arrive {when}.",
    standing="Your order {state}.",
    expected="Your order should arrive {when}.",
    found="I found your order.",
    day=_day,
)

ENGLISH_DESK = DeskWords(
    language=ENGLISH,
    voice="en-us+robert",
    sayings=ENGLISH_SAYINGS,
    long_answer=ENGLISH_LONG_ANSWER,
    reasons=ENGLISH_REASONS,
    intents=ENGLISH_INTENTS,
    numbers=ENGLISH_NUMBER_WORDS,
    prompts=ENGLISH_PROMPTS,
    records=_RECORDS,
    address=address_in,
    and_also=", and ",
    names_address=" to ",
)
