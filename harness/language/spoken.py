"""Values and how they are said: "ORD-31" -> "O, R, D, dash, three, one", and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from harness.language import addresses, dates, email_addresses, identifiers, money, spelling
from harness.language.found import Found

__all__ = ["Found", "ValueKind", "find_values", "normalize", "speak_value"]


class ValueKind(str, Enum):
    """How a value is spoken and compared."""

    TEXT = "text"
    ID = "id"
    PHONE = "phone"
    EMAIL = "email"
    AMOUNT = "amount"
    DATE = "date"
    NAME = "name"
    ADDRESS = "address"


_SPEAKERS: dict[ValueKind, Callable[[str], str]] = {
    ValueKind.ID: spelling.speak_characters,
    ValueKind.PHONE: spelling.speak_groups,
    ValueKind.EMAIL: email_addresses.speak_email,
    ValueKind.AMOUNT: money.speak_amount,
    ValueKind.DATE: dates.speak_date,
}


def speak_value(value: str, kind: ValueKind) -> str:
    """Return the words for a value; text, names and addresses are said as they are written.

    IDs go letter by letter with commas, phone numbers digit by digit in groups, e-mail names
    letter by letter, amounts and dates in words.
    """
    speaker = _SPEAKERS.get(kind)
    return speaker(value) if speaker else value


def normalize(value: str, kind: ValueKind) -> str:
    """Return the form in which two values are compared, from the written or the spoken one.

    ID: upper-case letters and digits. Phone: digits. E-mail: lower case without spaces. Amount:
    "49.90". Date: ISO 8601. Address: lower case, numbers as digits, "street" in full. Others: lower
    case, single spaces, no punctuation. It takes one value, not a sentence: see ``find_values``.
    """
    if kind is ValueKind.ID:
        return spelling.characters(value)
    if kind is ValueKind.PHONE:
        return "".join(sign for sign in spelling.characters(value) if sign.isdigit())
    if kind is ValueKind.EMAIL:
        return email_addresses.normalize_email(value)
    if kind is ValueKind.AMOUNT:
        return money.normalize_amount(value)
    if kind is ValueKind.DATE:
        return dates.normalize_date(value)
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", value.lower().replace("’", "'"))
    return addresses.normalize_address(words) if kind is ValueKind.ADDRESS else " ".join(words)


@lru_cache(maxsize=4096)
def find_values(text: str, kind: ValueKind) -> tuple[Found, ...]:
    """Return every value of a kind in running text, spoken or written, in order, normalized.

    For text, names and addresses there is no pattern to find them by: the result is empty.
    Dates and amounts are not taken for identifiers or phone numbers.
    """
    if kind is ValueKind.EMAIL:
        return email_addresses.find_emails(text)
    if kind is ValueKind.AMOUNT:
        return money.find_amounts(text)
    if kind is ValueKind.DATE:
        return dates.find_dates(text)
    if kind is ValueKind.ID:
        return identifiers.find_identifiers(_without_others(text))
    if kind is ValueKind.PHONE:
        return identifiers.find_phones(_without_others(text))
    return ()


def _without_others(text: str) -> str:
    """Blank out what is a date or an amount, keeping every position."""
    for found in (*dates.find_dates(text), *money.find_amounts(text)):
        text = text[: found.start] + "§" * (found.stop - found.start) + text[found.stop :]
    return text
