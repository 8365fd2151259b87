"""Whether a written value is one of its kind: that it can be spoken, and found again when heard."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.language import dates, email_addresses, money, spelling
from harness.language.numerals import LARGEST
from harness.language.spoken import ValueKind

_WORDS = re.compile(r"[^\W_]")
_ID = re.compile(r"[A-Za-z0-9 \-/_.+#]*[A-Za-z0-9][A-Za-z0-9 \-/_.+#]*")
_PHONE = re.compile(r"\+?[0-9\s().\-/]+")
_LEAST_PHONE, _MOST_PHONE = 3, 15

_ALLOWED: dict[ValueKind, str] = {
    ValueKind.ID: "letters A-Z and digits, with - / _ . + # or spaces between",
    ValueKind.PHONE: f"{_LEAST_PHONE} to {_MOST_PHONE} digits, with + in front and spaces, "
    "( ) - . or / between",
    ValueKind.EMAIL: "NAME@DOMAIN.TLD in letters, digits and . _ % + -",
    ValueKind.AMOUNT: f"an amount from 0 to {LARGEST:,}, such as 49.90 or $49.90",
    ValueKind.DATE: "a date of 1900 to 2099 (2026-04-25), or one without a year (--04-25)",
    ValueKind.TEXT: "text with a letter or digit",
    ValueKind.NAME: "text with a letter or digit",
    ValueKind.ADDRESS: "text with a letter or digit",
}


def value_problem(value: str, kind: ValueKind) -> str | None:
    """Say what a value of this kind may be if this is none; None if all is well."""
    return None if _CHECKS[kind](value) else f"expected {_ALLOWED[kind]}"


def can_be_said(text: str) -> bool:
    """Whether there is anything in a text that a voice can say."""
    return _WORDS.search(text) is not None


def _is_phone(value: str) -> bool:
    digits = sum(sign.isdigit() for sign in value)
    return _PHONE.fullmatch(value.strip()) is not None and _LEAST_PHONE <= digits <= _MOST_PHONE


def _is_amount(value: str) -> bool:
    canonical = money.normalize_amount(value)
    return re.fullmatch(r"\d+\.\d\d", canonical) is not None and float(canonical) < LARGEST + 1


def _is_date(value: str) -> bool:
    canonical = dates.normalize_date(value)
    return dates.normalize_date(spoken := dates.speak_date(canonical)) == canonical != spoken


def _is_email(value: str) -> bool:
    found = email_addresses.find_emails(value)
    return len(found) == 1 and found[0].value == value.strip().lower()


def _is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None and bool(spelling.characters(value))


_CHECKS: dict[ValueKind, Callable[[str], bool]] = {
    ValueKind.ID: _is_id,
    ValueKind.PHONE: _is_phone,
    ValueKind.EMAIL: _is_email,
    ValueKind.AMOUNT: _is_amount,
    ValueKind.DATE: _is_date,
    ValueKind.TEXT: can_be_said,
    ValueKind.NAME: can_be_said,
    ValueKind.ADDRESS: can_be_said,
}
