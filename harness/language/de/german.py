"""German as one object: the parts of this folder put together, and how programs name values."""

from __future__ import annotations

from harness.language.de.actions import GERMAN_ACTIONS
from harness.language.de.amounts import GERMAN_AMOUNTS
from harness.language.de.bystanders import GERMAN_BYSTANDERS
from harness.language.de.counts import GERMAN_COUNTS
from harness.language.de.forms import GERMAN_FORMS, STREET_ENDINGS, STREETS, GermanStreets
from harness.language.de.numbers import GERMAN_NUMBERS
from harness.language.de.phrases import GERMAN_PHRASES
from harness.language.de.sounds import GERMAN_ALPHABET, GERMAN_SOUNDS
from harness.language.de.times import BETWEEN_DAY_AND_TIME, BOTH_DAY_AND_TIME, GERMAN_TIMES
from harness.language.de.values import GERMAN_DATES, GERMAN_EMAILS
from harness.language.en.english import ENGLISH_ARGUMENTS
from harness.language.language import Language
from harness.language.sentences import Abbreviations
from harness.language.values import ArgumentNames, ValueKind

_KINDS = {
    ValueKind.PHONE: "telefon telefonnummer handynummer mobilnummer rufnummer handy rückrufnummer",
    ValueKind.EMAIL: "mailadresse emailadresse",
    ValueKind.AMOUNT: "betrag preis summe kosten gebühr kaution miete guthaben gesamtpreis",
    ValueKind.DATE: "datum geburtsdatum geburtstag tag anreise abreise lieferdatum termindatum",
    ValueKind.TIME: "uhrzeit zeit",
    ValueKind.DATETIME: "zeitpunkt",
    ValueKind.COUNT: (
        "anzahl menge personen gäste personenzahl nächte karten plätze zimmer kinder erwachsene"
        " stückzahl"
    ),
    ValueKind.ADDRESS: "adresse anschrift lieferadresse straße ort stadt wohnort",
    ValueKind.ID: (
        "nummer bestellnummer kundennummer auftragsnummer rechnungsnummer vertragsnummer kennung"
        " buchungsnummer vorgangsnummer postleitzahl plz kennzeichen buchungscode zählernummer"
        " artikelnummer sendungsnummer referenz mitgliedsnummer iban bic aktenzeichen"
    ),
    ValueKind.NAME: "nachname vorname familienname",
}
"""German names of arguments; programs that name theirs in English are read as such."""

GERMAN_ARGUMENTS = ArgumentNames(
    kinds={
        **ENGLISH_ARGUMENTS.kinds,
        **{word: kind for kind, words in _KINDS.items() for word in words.split()},
    },
    before={
        **ENGLISH_ARGUMENTS.before,
        ("e", "mail"): ValueKind.EMAIL,
        ("mail", "adresse"): ValueKind.EMAIL,
    },
    links=ENGLISH_ARGUMENTS.links | {"von", "der", "des", "pro"},
    counted=ENGLISH_ARGUMENTS.counted | {"anzahl", "zahl"},
    hundredths=(*ENGLISH_ARGUMENTS.hundredths, r"in cent"),
    days=ENGLISH_ARGUMENTS.days | {"tag"},
    ends={
        "rufnummer": ValueKind.PHONE,
        "telefonnummer": ValueKind.PHONE,
        "handynummer": ValueKind.PHONE,
        "faxnummer": ValueKind.PHONE,
        "nummer": ValueKind.ID,
        "kennzeichen": ValueKind.ID,
        "betrag": ValueKind.AMOUNT,
        "preis": ValueKind.AMOUNT,
        "gebühr": ValueKind.AMOUNT,
        "kosten": ValueKind.AMOUNT,
        "datum": ValueKind.DATE,
        "anzahl": ValueKind.COUNT,
        "anschrift": ValueKind.ADDRESS,
        "mailadresse": ValueKind.EMAIL,
        "adresse": ValueKind.ADDRESS,
    },
)

_CONTRACTIONS = {
    "geht's": "geht es", "gibt's": "gibt es", "ist's": "ist es", "wär's": "wäre es",
    "war's": "war es", "hab": "habe", "hab's": "habe es", "ich's": "ich es", "sie's": "sie es",
    "zum": "zu dem", "zur": "zu der", "im": "in dem", "am": "an dem", "ins": "in das",
    "vom": "von dem", "beim": "bei dem", "ans": "an das", "aufs": "auf das", "nen": "einen",
    "ne": "eine", "mach's": "mache es", "möcht": "möchte", "nich": "nicht", "is": "ist",
}  # fmt: skip

_MONTHS = (
    "Januar|Jänner|Februar|Feber|März|April|Mai|Juni|Juno|Juli|August|September|Oktober|November"
    "|Dezember|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sep|Sept|Okt|Nov|Dez"
)

_COMMON = """
der das ein eine einen zu sie ich ist es von und dass ihre ihr für auf mein mir wir sein
haben kann was diese sind nicht mit bei war würde wird wenn oder aus so den dem ja nein
bitte um im auch noch
"""

GERMAN = Language(
    name="de",
    voice="de",
    numbers=GERMAN_NUMBERS,
    alphabet=GERMAN_ALPHABET,
    amounts=GERMAN_AMOUNTS,
    dates=GERMAN_DATES,
    emails=GERMAN_EMAILS,
    streets=GermanStreets(
        GERMAN_NUMBERS, STREETS, endings=STREET_ENDINGS, leading=1, number_behind=True
    ),
    abbreviations=Abbreviations(
        frozenset(
            {
                "hr", "hrn", "fr", "dr", "prof", "str", "nr", "st", "ca", "evtl", "ggf", "inkl",
                "zzgl", "usw", "etc", "bzw", "z.b", "z", "b", "d.h", "u.a", "tel", "abs", "geb",
                "mwst", "mio", "mrd", "max", "min", "bspw", "vgl", "hausnr", "pl", "gmbh",
            }
        ),
        maybe_last=frozenset({"usw", "etc", "str", "mwst", "mio", "nr", "gmbh", "max", "pl"}),
        within=(
            rf"(?<![\d.,])\d{{1,2}}\.\s+(?:(?:{_MONTHS})\b|\d{{1,2}}\.|(?:Stock|Etage|Klasse|OG"
            r"|Obergeschoss|Quartal|Reihe|Platz|Advent|Rate|Mahnung)\b)|\b[zd]\.\s[bh]\."
            r"|\bz\.\s?B\.|\w{3}(?:str|pl)\.\s+\d"
        ),
    ),
    contractions=_CONTRACTIONS,
    sounds=GERMAN_SOUNDS,
    phrases=GERMAN_PHRASES,
    actions=GERMAN_ACTIONS,
    arguments=GERMAN_ARGUMENTS,
    times=GERMAN_TIMES,
    between_day_and_time=BETWEEN_DAY_AND_TIME,
    both_day_and_time=BOTH_DAY_AND_TIME,
    counts=GERMAN_COUNTS,
    word_forms=GERMAN_FORMS,
    bystanders=GERMAN_BYSTANDERS,
    common_words=frozenset(_COMMON.split()),
)  # fmt: skip
