"""Phrases that ask for, or announce, a second attempt after a failure."""

from __future__ import annotations

import pytest

from harness.language.language import language_named
from harness.language.phrasebook import matches, plain


@pytest.mark.parametrize(
    ("tag", "words", "found"),
    [
        ("en", "Should I try again?", True),
        ("en", "Do you want me to submit it once more?", True),
        ("en", "Shall I give it another go?", True),
        ("en", "Shall I retry the booking?", True),
        ("en", "Shall I cancel it?", False),
        ("en", "Would you like to go on?", False),
        ("de", "Soll ich es noch einmal versuchen?", True),
        ("de", "Soll ich einen neuen Versuch machen?", True),
        ("de", "Soll ich die Nummer wiederholen?", False),
        ("de", "Soll ich noch einmal Bescheid geben?", False),
        ("de", "Soll ich stornieren?", False),
    ],
)
def test_a_second_try_is_told_from_other_questions(tag: str, words: str, found: bool) -> None:
    assert matches(language_named(tag).phrases.asking.once_more, plain(words)) is found
