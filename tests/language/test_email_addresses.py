"""E-mail addresses in running text, written and spelled."""

from __future__ import annotations

import pytest
from support.english import ENGLISH


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Write to Jane.Doe@Example.com, please.", ["jane.doe@example.com"]),
        ("It's j a n e dot d o e at example dot com.", ["jane.doe@example.com"]),
        ("It's jane underscore doe at mail dot co dot uk", ["jane_doe@mail.co.uk"]),
        ("j four at x nine dot org", ["j4@x9.org"]),
        ("Meet me at noon", []),
        ("at example dot com", []),
        ("dot at example dot com", []),
        ("Hello. at example dot com", []),
        ("jane at dot com", []),
        ("jane at", []),
    ],
)
def test_addresses_are_found_where_a_name_and_a_domain_stand(text: str, values: list[str]) -> None:
    assert [found.value for found in ENGLISH.emails.find(text)] == values


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("ab@x9.org", "a b at x nine dot org"),
        ("A_b@Mail.com", "a underscore b at mail dot com"),
        ("ab@dot.com", "a b at d o t dot com"),
        ("no address", "no address"),
    ],
)
def test_what_cannot_be_read_as_a_word_is_spelled(value: str, spoken: str) -> None:
    assert ENGLISH.emails.speak(value) == spoken


def test_a_written_address_loses_spaces_and_capitals_only() -> None:
    assert ENGLISH.emails.normalize(" Jane @ Example.com. ") == "jane@example.com"
