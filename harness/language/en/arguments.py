"""English: the words in which programs name what a tool takes."""

from __future__ import annotations

from harness.language.argument_names import ArgumentNames
from harness.language.values import ValueKind

_KINDS = {
    ValueKind.PHONE: "phone phones telephone mobile cellphone callback fax",
    ValueKind.EMAIL: "email emails mail",
    ValueKind.AMOUNT: "amount price total sum cost fee",
    ValueKind.DATE: "date birthday birthdate dob",
    ValueKind.ADDRESS: "address street city",
    ValueKind.ID: "id ids number no code ref reference uuid sku iban isbn vin",
    ValueKind.NAME: "name surname firstname lastname fullname",
}
_NUMBERED = ("phone", "telephone", "mobile", "cell", "callback", "contact", "fax")
_ADDRESSED = ("email", "mail")
_NO_PLACE = ("ip", "mac", "web", "url", "host", "wallet")

ENGLISH_ARGUMENTS = ArgumentNames(
    kinds={word: kind for kind, words in _KINDS.items() for word in words.split()},
    before={(word, last): ValueKind.PHONE for word in _NUMBERED for last in ("number", "no")}
    | {("e", "mail"): ValueKind.EMAIL}
    | {(word, "address"): ValueKind.EMAIL for word in _ADDRESSED}
    | {(word, "address"): ValueKind.TEXT for word in _NO_PLACE},
    links=frozenset({"of", "per"}),
    counted=frozenset({"number", "no"}),
)
