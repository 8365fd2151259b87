"""English as one object: the parts of this folder put together, and how programs name values."""

from __future__ import annotations

from harness.language.en.actions import ENGLISH_ACTIONS
from harness.language.en.amounts import ENGLISH_AMOUNTS
from harness.language.en.bystanders import ENGLISH_BYSTANDERS
from harness.language.en.counts import ENGLISH_COUNTS
from harness.language.en.forms import ENGLISH_FORMS
from harness.language.en.numbers import ENGLISH_NUMBERS
from harness.language.en.phrases import ENGLISH_PHRASES
from harness.language.en.sounds import ENGLISH_ALPHABET, ENGLISH_SOUNDS
from harness.language.en.times import BETWEEN_DAY_AND_TIME, BOTH_DAY_AND_TIME, ENGLISH_TIMES
from harness.language.en.values import ENGLISH_DATES, ENGLISH_EMAILS, STREETS
from harness.language.language import Language, Streets
from harness.language.sentences import Abbreviations
from harness.language.values import ArgumentNames, ValueKind

_KINDS = {
    ValueKind.PHONE: "phone phones telephone mobile cellphone callback fax",
    ValueKind.EMAIL: "email emails mail",
    ValueKind.AMOUNT: "amount price total sum cost fee deposit fare rent balance cents pence",
    ValueKind.DATE: "date birthday birthdate dob",
    ValueKind.TIME: "time",
    ValueKind.DATETIME: "datetime timestamp",
    ValueKind.COUNT: (
        "count quantity qty headcount pax guests people persons passengers travelers travellers "
        "riders adults children kids infants diners attendees participants nights tickets seats "
        "rooms bedrooms bathrooms"
    ),
    ValueKind.ADDRESS: "address street city",
    ValueKind.ID: "id ids number no code ref reference uuid sku iban isbn vin zip zipcode postcode",
    ValueKind.NAME: "name surname firstname lastname fullname",
}
_NUMBERED = ("phone", "telephone", "mobile", "cell", "callback", "contact", "fax")
_ADDRESSED = ("email", "mail")
_SIZED = ("party", "group", "team", "family", "household")
_COUNTED = ("guests", "people", "nights", "days", "rooms", "tickets", "seats", "items", "copies")
_UNITS = ("gb", "mb", "tb", "kg", "kwh", "minutes", "data", "dose")
_NO_PLACE = ("ip", "mac", "web", "url", "host", "wallet")

ENGLISH_ARGUMENTS = ArgumentNames(
    kinds={word: kind for kind, words in _KINDS.items() for word in words.split()},
    before={(word, last): ValueKind.PHONE for word in _NUMBERED for last in ("number", "no")}
    | {("e", "mail"): ValueKind.EMAIL, ("date", "time"): ValueKind.DATETIME}
    | {(word, "size"): ValueKind.COUNT for word in _SIZED}
    | {(word, counted): ValueKind.COUNT for word in ("num", "no", "nr") for counted in _COUNTED}
    | {(word, "address"): ValueKind.EMAIL for word in _ADDRESSED}
    | {(word, "address"): ValueKind.TEXT for word in _NO_PLACE}
    | {(unit, "amount"): ValueKind.COUNT for unit in _UNITS},
    links=frozenset({"of", "per"}),
    counted=frozenset({"number", "no"}),
    hundredths=(
        r"(?:cents|pence|pennies)$",
        r"in (?:cents|pence|pennies)",
        r"minor (?:currency )?units?",
        r"smallest (?:currency )?units?",
    ),
    days=frozenset({"day", "date", "dom"}),
)

_CONTRACTIONS = {
    "i'm": "i am", "it's": "it is", "that's": "that is", "we're": "we are", "you're": "you are",
    "they're": "they are", "there's": "there is", "he's": "he is", "she's": "she is",
    "what's": "what is", "i'll": "i will", "we'll": "we will", "you'll": "you will",
    "i've": "i have", "we've": "we have", "you've": "you have", "i'd": "i would",
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not",
    "aren't": "are not", "wasn't": "was not", "won't": "will not", "can't": "can not",
    "cannot": "can not", "couldn't": "could not", "shouldn't": "should not",
    "wouldn't": "would not", "haven't": "have not", "hasn't": "has not", "let's": "let us",
}  # fmt: skip

_COMMON = """
the an to you i it of and that your for my we be have can what this are not with at was
would will if or from so all yes please is in on
"""

ENGLISH = Language(
    name="en",
    voice="en-us",
    numbers=ENGLISH_NUMBERS,
    alphabet=ENGLISH_ALPHABET,
    amounts=ENGLISH_AMOUNTS,
    dates=ENGLISH_DATES,
    emails=ENGLISH_EMAILS,
    streets=Streets(ENGLISH_NUMBERS, STREETS),
    abbreviations=Abbreviations(
        frozenset(
            {
                "mr", "mrs", "ms", "dr", "prof", "st", "ave", "rd", "apt", "no", "vs", "etc",
                "e.g", "i.e", "a.m", "p.m", "jr", "sr", "approx", "dept", "est", "inc", "ltd",
                "co", "corp", "u.s",
            }
        ),
        maybe_last=frozenset(
            {"no", "etc", "a.m", "p.m", "inc", "ltd", "co", "corp", "st", "ave", "rd"}
        ),
    ),
    contractions=_CONTRACTIONS,
    sounds=ENGLISH_SOUNDS,
    phrases=ENGLISH_PHRASES,
    actions=ENGLISH_ACTIONS,
    arguments=ENGLISH_ARGUMENTS,
    times=ENGLISH_TIMES,
    between_day_and_time=BETWEEN_DAY_AND_TIME,
    both_day_and_time=BOTH_DAY_AND_TIME,
    counts=ENGLISH_COUNTS,
    word_forms=ENGLISH_FORMS,
    bystanders=ENGLISH_BYSTANDERS,
    common_words=frozenset(_COMMON.split()),
)  # fmt: skip
