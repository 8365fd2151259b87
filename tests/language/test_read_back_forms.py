"""Every kind of value in every form in which it is read back: found, and no other value is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from support.english import ENGLISH

from harness.language.known_values import exact_places, spelled_otherwise
from harness.language.values import ValueKind, same_value

LETTERS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "0123456789"
PHONETIC = {word[0].upper(): word for word in reversed(ENGLISH.alphabet.letters)}
NAMES = ("Chen", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Brzezinski", "Hale", "Dubois")
FIRST = ("Ada", "Jonas", "Mirela", "Teo")
STREETS = ("Oak", "Garden", "Elm", "Harbor", "Station")
CALLS = 40


def digits_said(value: str) -> list[str]:
    return [ENGLISH.numbers.digits[int(one)] if one.isdigit() else one for one in value]


def parted(value: str, size: int) -> list[str]:
    return [value[at : at + size] for at in range(0, len(value), size)]


def pair(two: str) -> str:
    spelled = " ".join(digits_said(two))
    return spelled if two[0] == "0" or len(two) < 2 else ENGLISH.numbers.cardinal(int(two))


Form = Callable[[str], str]
NUMBERS: dict[str, Form] = {
    "together": str,
    "commas": ", ".join,
    "dashes": "-".join,
    "spaced dashes": " - ".join,
    "ellipses": "… ".join,
    "dots": "... ".join,
    "words": lambda value: " ".join(digits_said(value)),
    "words and commas": lambda value: ", ".join(digits_said(value)),
    "words and ellipses": lambda value: "… ".join(digits_said(value)),
    "words and dashes": lambda value: " - ".join(digits_said(value)),
    "oh for zero": lambda value: " ".join(digits_said(value)).replace("zero", "oh"),
    "groups of three": lambda value: ", ".join(parted(value, 3)),
    "groups in words": lambda value: ", ".join(" ".join(digits_said(p)) for p in parted(value, 3)),
    "pairs": lambda value: ", ".join(pair(two) for two in parted(value, 2)),
    "one number": lambda value: ENGLISH.numbers.cardinal(int(value)),
}
CODES: dict[str, Form] = {
    "together": str,
    "commas": ", ".join,
    "dashes": "-".join,
    "ellipses": "… ".join,
    "words": lambda value: ", ".join(digits_said(value)),
    "by the alphabet": lambda value: " ".join(PHONETIC.get(one, one) for one in digits_said(value)),
    "explained": lambda value: ", ".join(
        f"{one} as in {PHONETIC[one]}" if one in PHONETIC else one for one in value
    ),
}
LETTERED = {name: form for name, form in CODES.items() if name != "words"}
PHONES: dict[str, Form] = {
    **{n: NUMBERS[n] for n in ("commas", "ellipses", "dots", "words", "oh for zero")},
    "brackets": lambda v: f"({v[:3]}) {v[3:6]}-{v[6:]}",
    "country code": lambda v: f"+1 ({v[:3]}) {v[3:6]}-{v[6:]}",
    "dashed": lambda v: f"{v[:3]}-{v[3:6]}-{v[6:]}",
    "groups in words": lambda v: ", ".join(
        " ".join(digits_said(part)) for part in (v[:3], v[3:6], v[6:])
    ),
}


def mail(join: str, words: bool) -> Form:
    def form(value: str) -> str:
        name, _, domain = value.partition("@")
        said = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
        if words:
            for sign, word in said.items():
                name = name.replace(sign, f" {word} ")
            return f"{name} at {domain.replace('.', ' dot ')}"
        spelled = join.join(said.get(sign, sign) for sign in name)
        return f"{spelled} at {domain}"

    return form


MAILS: dict[str, Form] = {
    "written": str,
    "spelled": mail(" ", False),
    "commas": mail(", ", False),
    "ellipses": mail("… ", False),
    "said": mail("", True),
}


def number(draw: random.Random) -> str:
    return draw.choice(DIGITS[1:]) + "".join(draw.choices(DIGITS, k=draw.randint(4, 7)))


def code(draw: random.Random) -> str:
    head = "".join(draw.choices(LETTERS, k=draw.randint(2, 3)))
    return head + "".join(draw.choices(DIGITS, k=draw.randint(3, 5)))


def letters(draw: random.Random) -> str:
    return "".join(draw.choices(LETTERS, k=6))


def phone(draw: random.Random) -> str:
    return draw.choice("23456789") + "".join(draw.choices(DIGITS, k=9))


def address(draw: random.Random) -> str:
    first, last = draw.choice(FIRST).lower(), draw.choice(NAMES).lower()
    sign = draw.choice("._-+")
    tail = draw.choice(("", str(draw.randint(2, 99))))
    return f"{first}{sign}{last}{tail}@example.{draw.choice(('com', 'org'))}"


KINDS: dict[str, tuple[ValueKind, Callable[[random.Random], str], dict[str, Form]]] = {
    "number": (ValueKind.ID, number, NUMBERS),
    "code": (ValueKind.ID, code, CODES),
    "letters": (ValueKind.ID, letters, LETTERED),
    "phone": (ValueKind.PHONE, phone, PHONES),
    "mail": (ValueKind.EMAIL, address, MAILS),
    "name": (
        ValueKind.NAME,
        lambda draw: draw.choice(NAMES),
        {"said": str, "dashes": lambda v: "-".join(v.upper()), "commas": lambda v: ", ".join(v)},
    ),
    "street": (
        ValueKind.ADDRESS,
        lambda draw: f"{draw.randint(2, 99)} {draw.choice(STREETS)} Street",
        {"said": str, "short": lambda v: v.replace("Street", "St."), "words": lambda v: (
            f"{ENGLISH.numbers.cardinal(int(v.split()[0]))} {' '.join(v.split()[1:])}")},
    ),
}  # fmt: skip


def clock(draw: random.Random) -> str:
    return f"{draw.randint(0, 23):02d}:{draw.choice((0, 5, 10, 15, 30, 45, 55)):02d}"


def day(draw: random.Random) -> str:
    return f"{draw.randint(2024, 2029)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"


def price(draw: random.Random) -> str:
    whole = draw.choice((0, 100, 400)) + draw.randint(1, 99)
    return f"{whole}.{draw.randint(10, 99)}"


def halves(value: str) -> str:
    hour, minute = int(value[:2]), value[3:]
    return f"{hour % 12 or 12}:{minute} {'AM' if hour < 12 else 'PM'}"


def told(kind: ValueKind) -> Form:
    return lambda value: ENGLISH.speak(value, kind)


MOMENTS: dict[str, tuple[ValueKind, Callable[[random.Random], str], dict[str, Form]]] = {
    "time": (ValueKind.TIME, clock, {"said": told(ValueKind.TIME), "halves": halves, "24": str}),
    "date": (ValueKind.DATE, day, {"said": told(ValueKind.DATE), "written": str}),
    "amount": (
        ValueKind.AMOUNT,
        price,
        {
            "said": told(ValueKind.AMOUNT),
            "signed": lambda value: f"${value}",
            "named": lambda value: f"{value} dollars",
            "as a price": lambda value: " ".join(
                ENGLISH.numbers.cardinal(int(part)) for part in value.split(".")
            ),
        },
    ),
    "count": (
        ValueKind.COUNT,
        lambda draw: str(draw.randint(1, 40)),
        {"digits": lambda value: f"{value} guests", "said": lambda value: (
            f"{ENGLISH.numbers.cardinal(int(value))} guests")},
    ),
}  # fmt: skip
"""Kinds of which another value is any other value of the kind."""


def changed(value: str, draw: random.Random) -> Iterator[str]:
    """Yield a value with one character changed, left out, said twice, and two swapped."""
    places = [at for at, sign in enumerate(value) if sign.isalnum()]
    at = draw.choice(places)
    signs = DIGITS if value[at].isdigit() else LETTERS
    others = [one for one in signs if one != value[at].upper()]
    other = draw.choice(others[1:] if at == 0 else others)
    yield value[:at] + (other if value[at].isupper() else other.lower()) + value[at + 1 :]
    yield value[:at] + value[at + 1 :]
    yield value[: at + 1] + value[at] + value[at + 1 :]
    if at and value[at - 1].isalnum():
        yield value[: at - 1] + value[at] + value[at - 1] + value[at + 1 :]


def found(value: str, text: str, kind: ValueKind) -> bool:
    """Return whether a text says a value, for sure, as read-backs are looked for."""
    wanted = ENGLISH.normalize(value, kind)
    if any(same_value(one.value, wanted, kind) for one in ENGLISH.find(text, kind)):
        return True
    if spelled_otherwise(value, text, kind, ENGLISH):
        return False
    return any(one.value == wanted for one in exact_places(value, text, kind, ENGLISH))


def rows(name: str) -> Iterator[tuple[str, str, str]]:
    _, make, forms = (KINDS | MOMENTS)[name]
    draw = random.Random(name)
    for form, say in forms.items():
        for _ in range(CALLS):
            value = make(draw)
            yield form, value, f"Just to confirm, I have {say(value)}. Is that right?"


@pytest.mark.parametrize("name", KINDS | MOMENTS)
def test_the_value_is_found_in_every_form(name: str) -> None:
    kind = (KINDS | MOMENTS)[name][0]
    missed = [(form, text) for form, value, text in rows(name) if not found(value, text, kind)]
    assert not missed


@pytest.mark.parametrize("name", KINDS)
def test_a_value_that_is_one_character_off_is_not_found(name: str) -> None:
    kind = KINDS[name][0]
    draw = random.Random(name)
    wrong = [
        (form, value, text)
        for form, said, text in rows(name)
        for value in changed(said, draw)
        if not same_value(ENGLISH.normalize(value, kind), ENGLISH.normalize(said, kind), kind)
        if found(value, text, kind)
    ]
    assert not wrong


@pytest.mark.parametrize("name", MOMENTS)
def test_another_value_of_the_kind_is_not_found(name: str) -> None:
    kind, make, _ = MOMENTS[name]
    draw = random.Random(name)
    wrong = [
        (form, other, text)
        for form, said, text in rows(name)
        for other in (make(draw) for _ in range(4))
        if other != said and found(other, text, kind)
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3125550168", "13125550168", True),
        ("03012345678", "493012345678", True),
        ("2071234567", "00442071234567", True),
        ("3125550168", "93125550168", False),
        ("3125550168", "333125550168", True),
        ("125550168", "3125550168", False),
        ("5550168", "3125550168", False),
        ("3125550168", "3125550186", False),
    ],
)
def test_only_codes_of_countries_stand_in_front_of_a_number(
    one: str, other: str, same: bool
) -> None:
    assert same_value(one, other, ValueKind.PHONE) is same
