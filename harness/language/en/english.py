"""English as an object: vocabulary, dates, word forms, bystanders."""

from __future__ import annotations

import re
from pathlib import Path

from harness.language.email_addresses import EmailAddresses
from harness.language.en.actions import ENGLISH_ACTIONS
from harness.language.en.numbers import (
    ENGLISH_AMOUNTS,
    ENGLISH_COUNTS,
    ENGLISH_NUMBERS,
    ORDINALS,
    SMALL,
    TENS,
    UNITS,
    cardinal,
    ordinal,
    parse_cardinal,
)
from harness.language.en.phrases import ENGLISH_PHRASES
from harness.language.en.sounds import ENGLISH_ALPHABET, ENGLISH_SOUNDS
from harness.language.en.times import (
    BETWEEN_DAY_AND_TIME,
    BOTH_DAY_AND_TIME,
    ENGLISH_TIMES,
    MONTH,
    MONTH_NUMBERS,
    MONTHS,
    RELATIVE_DAYS,
    days_meant,
)
from harness.language.language import Language, Streets
from harness.language.numbers import Dates, Day
from harness.language.phrases import Bystanders
from harness.language.sentences import Abbreviations
from harness.language.values import ArgumentNames, ValueKind, WordForms

# English sentences of other speakers around a caller.

ENGLISH_BYSTANDERS = Bystanders(
    news=(
        "The city council has agreed on a new plan for the old harbour.",
        "It stays cold in the north, with a little rain towards the evening.",
        "And now to sport, where the home side could not hold its early lead.",
        "Visitors say that the new museum is well worth a long walk.",
        "The trains are running again after the storm of the weekend.",
        "Stay with us, we will be back right after this short break.",
    ),
    hold=(
        "Thank you for waiting. Your call is important to us.",
        "All our agents are busy at the moment. Please stay on the line.",
        "You will be connected to the next free member of our team.",
    ),
    chat=(
        "And then she said that she would rather stay at home.",
        "Could you pass me the bread, please?",
        "I told him so last summer, but he never listens.",
        "We should really go to the seaside again.",
        "No, that was the other one, with the green door.",
        "Did you see how late it was when they came back?",
    ),
)


# English: abbreviations, and endings that change no name.

_STATES = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
    "CO": "colorado", "CT": "connecticut", "DE": "delaware", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa",
    "KS": "kansas", "KY": "kentucky", "LA": "louisiana", "ME": "maine", "MD": "maryland",
    "MA": "massachusetts", "MI": "michigan", "MN": "minnesota", "MS": "mississippi",
    "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "newhampshire",
    "NJ": "newjersey", "NM": "newmexico", "NY": "newyork", "NC": "northcarolina",
    "ND": "northdakota", "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania",
    "RI": "rhodeisland", "SC": "southcarolina", "SD": "southdakota", "TN": "tennessee",
    "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
    "WV": "westvirginia", "WI": "wisconsin", "WY": "wyoming",
}  # fmt: skip
"""Two capitals to the name of a state, without its space."""
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}

ENGLISH_FORMS = WordForms(
    full={
        "&": "and", "dr": "doctor", "mr": "mister", "mrs": "missus", "prof": "professor",
        "st": "saint", "mt": "mount", "ft": "fort", "jr": "junior", "sr": "senior",
        "vs": "versus", "intl": "international", "dept": "department", "bros": "brothers",
        "yearly": "annual", "cancelled": "canceled", "grey": "gray", "cheque": "check",
        "centre": "center", "theatre": "theater", "licence": "license", "programme": "program",
        "jewellery": "jewelry", "tyre": "tire", "catalogue": "catalog", "neighbour": "neighbor",
        "colour": "color", "favour": "favor", "labour": "labor", "harbour": "harbor",
        "flavour": "flavor", "honour": "honor",
    }
    | {word: f"{number}{_SUFFIXES.get(number, 'th')}" for word, number in ORDINALS.items()},
    regions=_STATES,
    articles=frozenset({"the", "a", "an"}),
    endings=r"'s?$|(?<=[^\Ws]{3})s$|(?<=al|ed|nt|te|ve|ct)ly$|(?<=ar)(?:y|ily)$",
)  # fmt: skip


# English: dates, streets and the signs of e-mail addresses.

STREETS = {
    "st": "street", "rd": "road", "ave": "avenue", "ln": "lane", "dr": "drive", "ct": "court",
    "pl": "place", "blvd": "boulevard", "sq": "square", "ter": "terrace", "hwy": "highway",
    "pkwy": "parkway", "cres": "crescent", "av": "avenue", "apt": "apartment", "ste": "suite",
    "n": "north", "s": "south", "e": "east", "w": "west", "nw": "northwest", "ne": "northeast",
    "sw": "southwest", "se": "southeast",
}  # fmt: skip
"""Abbreviations at the end of a street's name."""

_REMARKS = tuple(
    f"{lead}{rest}"
    for lead in ("", "all ", "all in ", "in ", "with ", "and ")
    for rest in ("lower case", "lowercase", "no spaces", "no space", "small letters")
)
"""Remarks about an address that are no part of it."""

ENGLISH_EMAILS = EmailAddresses(
    numbers=ENGLISH_NUMBERS,
    names={".": "dot", "-": "dash", "_": "underscore", "+": "plus", "@": "at"},
    others={
        f"{word}{kind}": sign
        for words, sign in (
            ("dot point period", "."),
            ("dash hyphen minus", "-"),
            ("underscore underline", "_"),
            ("plus", "+"),
            ("at", "@"),
        )
        for word in words.split()
        for kind in ("", " sign", " symbol", " character")
    }
    | {"full stop": ".", "under score": "_"},
    alphabet=ENGLISH_ALPHABET,
    remarks=_REMARKS,
    one_word=("all one word", "one word", "all together", "all as one word"),
)

_DAY_WORDS = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(ORDINALS)})"
_CARDINAL_DAY = rf"(?:(?:twenty|thirty)[\s-]+)?(?:{'|'.join(SMALL)})"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_DAY_WORDS}|{_CARDINAL_DAY})"
_YEAR_WORD = rf"(?:oh|hundred|{'|'.join(SMALL)})"
_TENS = "|".join(word for word, value in TENS.items() if value > 20)
_TWO_DIGITS = rf"(?:{_TENS})(?:[\s-]+(?:{'|'.join(UNITS)}))?(?=\s*(?:[.,;!?]|$))"
"""A year without its century, at the end of a clause: no noun follows that it could count."""
_YEAR = (
    r"(?:\d{4}|two[\s-]+thousand(?:[\s-]+(?:and[\s-]+)?"
    rf"{_CARDINAL_DAY})?|{_TWO_DIGITS}|(?:nineteen|twenty)(?:[\s-]+{_YEAR_WORD}){{1,2}})"
)


def _read_date(match: re.Match[str]) -> Day | None:
    if match["us"]:
        month, day, year = (int(part) for part in match["us"].split("/"))
        return year, month, day
    if match["short"]:
        month, day = (int(part) for part in match["short"].split("/"))
        return None, month, day
    if match["feast"]:
        return None, *_FEASTS[" ".join(match["feast"].lower().replace("’", "'").split())]
    name, day_text = match["month"] or match["month2"], match["day"] or match["day2"]
    year_text = match["year"] or match["year2"]
    found = _read_day(day_text)
    if found is None:
        return None
    return (
        _read_year(year_text) if year_text else None,
        MONTH_NUMBERS[name.lower().rstrip(".")],
        found,
    )


def _read_day(text: str) -> int | None:
    words = re.split(r"[\s-]+", text.lower())
    if words[-1] in ORDINALS:
        words[-1] = cardinal(ORDINALS[words[-1]])
    elif words[0][0].isdigit():
        return int(re.sub(r"\D", "", words[0]))
    return parse_cardinal(words)


def _read_year(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word != "and"]
    if "thousand" in words or words[1:] == ["hundred"]:
        return parse_cardinal(words)
    if SMALL[words[0]] > 20:
        return parse_cardinal(words)
    century = SMALL[words[0]]
    if words[1] == "oh":
        return 100 * century + UNITS.get(words[-1], 0)
    rest = parse_cardinal(words[1:])
    return None if rest is None else 100 * century + rest


def _say_date(year: int | None, month: int, day: int) -> str:
    """Return "April twenty-fifth, twenty twenty-six"."""
    spoken = f"{MONTHS[month - 1]} {ordinal(day)}"
    return spoken if year is None else f"{spoken}, {_say_year(year)}"


def _say_year(year: int) -> str:
    century, rest = divmod(year, 100)
    if rest == 0 and century % 10:
        return f"{cardinal(century)} hundred"
    if year < 1100 or year % 1000 < 10:
        return cardinal(year)
    return f"{cardinal(century)} {f'oh {cardinal(rest)}' if rest < 10 else cardinal(rest)}"


_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\.?)"
_FEASTS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new year's day": (1, 1),
    "new years eve": (12, 31), "new years day": (1, 1), "valentine's day": (2, 14),
    "valentines day": (2, 14), "halloween": (10, 31), "april fools": (4, 1),
}  # fmt: skip
"""Feasts that fall on the same day of every year."""
_FEAST = "|".join(re.escape(one) for one in sorted(_FEASTS, key=len, reverse=True))
_BEFORE_SLASH = "".join(rf"|(?<=\b{word}\s)" for word in ("by", "from", "until", "before", "after"))

ENGLISH_DATES = Dates(
    # slashes are read month first, as in the US
    expression=rf"""(?P<us>\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d{{2}}))
      | (?:(?<=\bon\s){_BEFORE_SLASH}|{_WEEKDAY},?\s+)(?P<short>\d{{1,2}}/\d{{1,2}})(?!\s*/)
      | (?P<feast>{_FEAST})
      | (?:{_WEEKDAY},?\s+)?(?P<month>{MONTH})\s+(?:the\s+)?(?P<day>{_DAY})
          (?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?
      | (?:{_WEEKDAY},?\s+)?(?:the\s+)?(?P<day2>{_DAY})\s+(?:of\s+)?(?P<month2>{MONTH})
          (?:,?\s+(?P<year2>{_YEAR}))?
    """,
    read=_read_date,
    say=_say_date,
    relative=RELATIVE_DAYS,
    days_of=days_meant,
)


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
    dialogues=Path(__file__).with_name("dialogues.yaml"),
    common_words=frozenset(_COMMON.split()),
)  # fmt: skip
