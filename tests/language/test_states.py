"""Words for the state of a thing, and whether a sentence states it."""

from __future__ import annotations

import re

import pytest

from harness.language.language import language_named
from harness.language.phrasebook import plain


@pytest.mark.parametrize(
    ("tag", "sentence", "state"),
    [
        ("en", "Your order has already been shipped.", "shipped"),
        ("en", "It's marked as delivered.", "delivered"),
        ("en", "It will be delivered on Friday.", ""),
        ("de", "Ihre Bestellung wurde heute geliefert.", "geliefert"),
        ("de", "Die Bestellung ist leider schon storniert.", "storniert"),
        ("de", "Sie wird am Freitag geliefert.", ""),
    ],
)
def test_a_state_is_stated_of_now_or_before(tag: str, sentence: str, state: str) -> None:
    asking, words = language_named(tag).phrases.asking, plain(sentence)
    found = [
        word
        for alike in asking.states
        for word in alike
        if re.search(rf"{asking.in_state} {word}\b", words)
    ]
    assert found == ([state] if state else [])
