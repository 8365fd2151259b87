"""Sentences after a failure that put it on the caller, that may, and that do not."""

from __future__ import annotations

import pytest

from harness.language.language import language_named
from harness.language.phrasebook import matches, plain

SENTENCES = [
    ("en", "You must have given me a wrong number.", "blame"),
    ("en", "You entered the code incorrectly.", "blame"),
    ("en", "You gave me an invalid order number.", "blame"),
    ("en", "That's your own fault.", "blame"),
    ("en", "If you gave me a wrong number, please say it again.", "maybe"),
    ("en", "The number you gave me seems to be wrong.", "maybe"),
    ("en", "Your code is invalid.", "maybe"),
    ("en", "That is an incorrect number that you told me.", "maybe"),
    ("en", "You should have checked that.", "maybe"),
    ("en", "I may have your number wrong.", ""),
    ("en", "I'm sorry, I could not find your order.", ""),
    ("en", "There was an error while cancelling your order.", ""),
    ("en", "Something went wrong on our side.", ""),
    ("en", "Our system did not answer.", ""),
    ("de", "Sie haben mir eine falsche Nummer genannt.", "blame"),
    ("de", "Da müssen Sie sich vertippt haben.", "blame"),
    ("de", "Das ist Ihr Fehler.", "blame"),
    ("de", "Ihre Nummer ist leider ungültig.", "maybe"),
    ("de", "Vielleicht habe ich Ihre Nummer falsch verstanden.", ""),
    ("de", "Leider konnte ich Ihre Bestellung nicht finden.", ""),
    ("de", "Bei uns ist etwas schiefgegangen.", ""),
]


@pytest.mark.parametrize(("tag", "sentence", "kind"), SENTENCES)
def test_blame_is_told_from_other_words_after_a_failure(tag: str, sentence: str, kind: str) -> None:
    asking, words = language_named(tag).phrases.asking, plain(sentence)
    found = "blame" if matches(asking.blaming, words) else ""
    found = found or ("maybe" if matches(asking.maybe_blaming, words) else "")
    assert found == kind
