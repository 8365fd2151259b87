"""German as an object: vocabulary, dates, word forms, bystanders."""

from __future__ import annotations

import re
from pathlib import Path
from string import ascii_lowercase

from harness.language.de.actions import GERMAN_ACTIONS
from harness.language.de.numbers import (
    GERMAN_AMOUNTS,
    GERMAN_COUNTS,
    GERMAN_NUMBERS,
    ORDINAL,
    SMALL,
    WORD,
    cardinal,
    ordinal,
    ordinal_value,
    parse_cardinal,
)
from harness.language.de.phrases import GERMAN_PHRASES
from harness.language.de.sounds import GERMAN_ALPHABET, GERMAN_SOUNDS
from harness.language.de.times import (
    BETWEEN_DAY_AND_TIME,
    BOTH_DAY_AND_TIME,
    GERMAN_TIMES,
    MONTH,
    MONTH_NUMBERS,
    MONTHS,
    RELATIVE_DAYS,
    WEEKDAY,
    days_meant,
)
from harness.language.email_addresses import EmailAddresses
from harness.language.en.english import ENGLISH_ARGUMENTS
from harness.language.language import Language, Streets
from harness.language.numbers import Dates, Day
from harness.language.phrases import Bystanders
from harness.language.sentences import Abbreviations
from harness.language.values import ArgumentNames, ValueKind, WordForms

# German sentences of other speakers around a caller.

GERMAN_BYSTANDERS = Bystanders(
    news=(
        "Der Stadtrat hat sich auf einen neuen Plan für den alten Hafen geeinigt.",
        "Im Norden bleibt es kalt, gegen Abend fällt ein wenig Regen.",
        "Und nun zum Sport: Die Gastgeber konnten ihre Führung nicht halten.",
        "Besucher sagen, das neue Museum sei einen langen Spaziergang wert.",
        "Nach dem Sturm vom Wochenende fahren die Züge wieder.",
        "Bleiben Sie dran, nach einer kurzen Pause sind wir wieder da.",
    ),
    hold=(
        "Danke, dass Sie warten. Ihr Anruf ist uns wichtig.",
        "Im Moment sind alle Plätze besetzt. Bitte bleiben Sie in der Leitung.",
        "Sie werden mit dem nächsten freien Mitarbeiter verbunden.",
    ),
    chat=(
        "Und dann hat sie gesagt, sie bleibt lieber zu Hause.",
        "Reichst du mir bitte das Brot?",
        "Das habe ich ihm im Sommer schon gesagt, aber er hört ja nie zu.",
        "Wir sollten wirklich wieder einmal ans Meer fahren.",
        "Nein, das war die andere, die mit der grünen Tür.",
        "Hast du gesehen, wie spät es war, als sie heimkamen?",
    ),
)


# German: abbreviations, letters that are written as two, endings that change no name.

STREETS = {"str": "straße", "pl": "platz", "strasse": "straße", "hausnr": "hausnummer"}
"""Abbreviations that follow a street's name."""
STREET_ENDINGS = {"str": "straße", "strasse": "straße", "pl": "platz"}
"""The same at the end of a name that is a single word."""
_TITLES = {"dr": "doktor", "prof": "professor", "st": "sankt"}
_FIRST = re.compile(r"^str(?= (?:der|des|vom|am)\b)")
_COUNTRY = re.compile(r"\b(?:d (?=\d{5}\b)|(?:a|ch) (?=\d{4}\b))")
"""Text that may precede a postcode: "D-80331"."""
_NUMBER = re.compile(r"\b(?:hausnummer|nummer|nr) (?=\d)|(?<=\d) (?=[a-h]\b)")


class GermanStreets(Streets):
    """Street addresses: "Hauptstr. 12 a" and "Hauptstraße Hausnummer 12a" are the same place."""

    __slots__ = ()

    def normalize(self, value: str) -> str:
        """Return the address in full, without a word for the number, its letter joined to it."""
        words = _FIRST.sub("straße", super().normalize(value)).split()
        in_full = " ".join(_TITLES.get(word, word) for word in words)
        return _COUNTRY.sub("", _NUMBER.sub("", in_full))


GERMAN_FORMS = WordForms(
    full={
        "&": "und", "u": "und", "dr": "doktor", "hr": "herr", "hrn": "herrn", "fr": "frau",
        "prof": "professor", "st": "sankt", "str": "straße", "jährlich": "jahr",
    },
    folded={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"},
    articles=frozenset({"der", "die", "das", "ein", "eine", "den", "dem", "einen", "einem"}),
    endings=r"(?<=[^\W\d]{4})(?:en|e|n|s|es|er|em)$",
)  # fmt: skip


# German: dates and the signs of e-mail addresses.

_REMARKS = tuple(
    f"{lead}{rest}"
    for lead in ("", "alles ", "und ", "und alles ", "ganz ")
    for rest in (
        "klein", "klein geschrieben", "kleingeschrieben", "in kleinbuchstaben", "ohne leerzeichen",
        "ohne punkt und komma",
    )
)  # fmt: skip
"""Remarks about an address that are no part of it."""
_SPELLED_BY = tuple(
    f"mit {how}"
    for how in (
        *(f"{two} {letter}" for two in ("doppel", "doppel-", "zwei") for letter in ascii_lowercase),
        "u e", "o e", "a e", "ue", "oe", "ae",
    )
)  # fmt: skip
"""The same about a word in it with spelled letters: "weiss mit Doppel-s", "mueller mit u e"."""

GERMAN_EMAILS = EmailAddresses(
    numbers=GERMAN_NUMBERS,
    names={".": "Punkt", "-": "Bindestrich", "_": "Unterstrich", "+": "plus", "@": "at"},
    others={
        "punkt": ".", "dot": ".", "bindestrich": "-", "minus": "-", "strich": "-",
        "mittelstrich": "-", "minuszeichen": "-", "unterstrich": "_", "underscore": "_",
        "tiefstrich": "_", "plus": "+", "pluszeichen": "+", "at": "@", "ät": "@", "ett": "@",
        "et": "@", "klammeraffe": "@", "affenschwanz": "@", "at zeichen": "@", "ät zeichen": "@",
        "at - zeichen": "@", "( at )": "@", "( ät )": "@",
    },
    alphabet=GERMAN_ALPHABET,
    remarks=(*_REMARKS, *_SPELLED_BY),
    one_word=("zusammengeschrieben", "in einem wort", "alles zusammen", "alles in einem wort"),
)  # fmt: skip

_FEASTS = {
    "heiligabend": (12, 24), "heiliger abend": (12, 24), "heiligen abend": (12, 24),
    "silvester": (12, 31), "neujahr": (1, 1), "neujahrstag": (1, 1),
    "nikolaus": (12, 6), "nikolaustag": (12, 6),
    "valentinstag": (2, 14), "tag der arbeit": (5, 1), "tag der deutschen einheit": (10, 3),
    "allerheiligen": (11, 1), "erster weihnachtstag": (12, 25), "ersten weihnachtstag": (12, 25),
    "zweiter weihnachtstag": (12, 26), "zweiten weihnachtstag": (12, 26), "halloween": (10, 31),
}  # fmt: skip
"""Feasts that fall on the same day of every year."""
_FEAST = "|".join(sorted((re.sub(" ", r"\\s+", one) for one in _FEASTS), key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:\.|te[rnms]?(?!\w))?|{ORDINAL})"
_YEAR = (
    rf"(?:\d{{4}}|(?=zweitausend|neunzehnhundert|achtzehnhundert){WORD}"
    rf"|(?:neunzehn|zwanzig)\s+{SMALL}|{SMALL}(?=\s*(?:[.,;!?]|$)))"
)
_LED = "|".join(rf"(?<=\b{word}\s)" for word in ("am", "vom", "bis", "zum", "der", "den", "dem"))


def _read_date(match: re.Match[str]) -> Day | None:
    part = {name: text.lower() for name, text in match.groupdict().items() if text}
    if "feast" in part:
        return None, *_FEASTS[" ".join(part["feast"].split())]
    if "slash" in part:
        day, month, year = (int(one) for one in part["slash"].split("/"))
        return year, month, day
    found = _read_day(_first(part, "day"))
    said, year_text = _first(part, "month"), _first(part, "year")
    month_number = MONTH_NUMBERS.get(said.rstrip("."), _read_day(said))
    if found is None or month_number is None:
        return None
    return _read_year(year_text) if year_text else None, month_number, found


def _first(part: dict[str, str], name: str) -> str:
    return next((text for key, text in part.items() if key.startswith(name)), "")


def _read_day(text: str) -> int | None:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits is not None else ordinal_value(text)


def _read_year(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    century, _, rest = text.partition(" ")
    numbers = [parse_cardinal([word]) for word in (century, *rest.split())]
    known = [number for number in numbers if number is not None]
    return known[0] if len(known) == 1 else 100 * known[0] + known[1]


def _say_date(year: int | None, month: int, day: int) -> str:
    """Return "dritter März zweitausendsechsundzwanzig"."""
    spoken = f"{ordinal(day)} {MONTHS[month - 1]}"
    return spoken if year is None else f"{spoken} {_say_year(year)}"


def _say_year(year: int) -> str:
    century, rest = divmod(year, 100)
    if 1000 <= year < 1100 or 2000 <= year < 2100:
        return cardinal(year)
    return f"{cardinal(century)}hundert{cardinal(rest) if rest else ''}"


GERMAN_DATES = Dates(
    expression=rf"""(?P<slash>\d{{1,2}}/\d{{1,2}}/\d{{4}})
      | (?P<feast>{_FEAST})
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day>{_DAY})\s*(?P<month>{MONTH})
          (?:,?\s*(?P<year>{_YEAR}))?
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day3>\d{{1,2}})\.\s?(?P<month3>\d{{1,2}})\.
          (?:\s?(?P<year3>\d{{4}}|\d{{2}}(?!\s?[.:]?\d|\s*uhr)))?
      | (?:{_LED})(?P<day4>\d{{1,2}})\.(?P<month4>\d{{1,2}})(?![.:]?\d|\s*uhr)
      | (?:{WEEKDAY},?\s+)?(?:de[nmr]\s+)?(?P<day2>{ORDINAL})\s+(?P<month2>{ORDINAL})
          (?:\s+(?P<year2>{_YEAR}))?
    """,
    read=_read_date,
    say=_say_date,
    relative=RELATIVE_DAYS,
    days_of=days_meant,
)


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
    dialogues=Path(__file__).with_name("dialogues.yaml"),
    common_words=frozenset(_COMMON.split()),
)  # fmt: skip
