"""German: the desk as one object, and how it tells of an order."""

from __future__ import annotations

import re

from harness.agent.desk.de.hearing import GERMAN_INTENTS, GERMAN_NUMBER_WORDS, address_in
from harness.agent.desk.de.prompts import GERMAN_PROMPTS
from harness.agent.desk.de.sayings import GERMAN_LONG_ANSWER, GERMAN_REASONS, GERMAN_SAYINGS
from harness.agent.desk.toolbox import RecordWords
from harness.agent.desk.words import DeskWords
from harness.language.de.german import GERMAN
from harness.language.language import Language
from harness.language.values import ValueKind


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        day, month, *_ = language.speak(eta[:10], ValueKind.DATE).split()
        return f"am {day.removesuffix('r')}n {month}"
    begins = re.match(r"(?:am|bis|im|in|heute|morgen|übermorgen|diese|nächste)\w*\b", eta, re.I)
    return eta if begins else f"am {eta}"


_RECORDS = RecordWords(
    bad=r"fehler|fehlgeschlagen|gescheitert|zeitüberschreitung|nicht erreichbar|error|timeout",
    missing=r"not[ _]?found|nicht gefunden|gibt es nicht|existiert nicht|kein\w* bestellung",
    states={
        "in_transit": "ist unterwegs",
        "out_for_delivery": "wird heute zugestellt",
        "pending": "wird vorbereitet",
        "processing": "wird vorbereitet",
        "shipped": "ist verschickt",
        "delivered": "ist zugestellt",
        "cancelled": "ist storniert",
        "canceled": "ist storniert",
        "versandt": "ist verschickt",
        "verschickt": "ist verschickt",
        "unterwegs": "ist unterwegs",
        "in_bearbeitung": "wird vorbereitet",
        "zugestellt": "ist zugestellt",
        "storniert": "ist storniert",
    },
    other_state="ist {status}",
    arriving="Ihre Bestellung {state} und kommt voraussichtlich {when} an.",
    standing="Ihre Bestellung {state}.",
    expected="Ihre Bestellung kommt voraussichtlich {when} an.",
    found="Ich habe Ihre Bestellung gefunden.",
    day=_day,
)

GERMAN_DESK = DeskWords(
    language=GERMAN,
    voice="de+robert",
    sayings=GERMAN_SAYINGS,
    long_answer=GERMAN_LONG_ANSWER,
    reasons=GERMAN_REASONS,
    intents=GERMAN_INTENTS,
    numbers=GERMAN_NUMBER_WORDS,
    prompts=GERMAN_PROMPTS,
    records=_RECORDS,
    address=address_in,
    and_also=" und ",
    names_address=r"(?i)\b(?:auf|an)\b",
)
