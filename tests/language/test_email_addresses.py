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
        ("jane at example dot com dot", ["jane@example.com"]),
        ("It's jane at example.com. Dot is my dog.", ["jane@example.com"]),
    ],
)
def test_addresses_are_found_where_a_name_and_a_domain_stand(text: str, values: list[str]) -> None:
    assert [found.value for found in ENGLISH.emails.find(text)] == values


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("k-o-z-a at example dot net", "koza@example.net"),
        ("K-O-Z-A at example.net", "koza@example.net"),
        ("k… o… z… a… at example dot net", "koza@example.net"),
        ("K. O. Z. A. at example.net", "koza@example.net"),
        ("k... o... z... a at example dot net", "koza@example.net"),
        ("k-o-double z-a at example dot net", "kozza@example.net"),
        ("double u, a at example dot net", "wa@example.net"),
        ("K. dot Oza at example dot net", "k.oza@example.net"),
        ("K as in Kilo, O as in oboe, Z like zoo, A for Alpha, at x9.net", "koza@x9.net"),
        ("kilo oscar zulu alpha at example dot net", "koza@example.net"),
        ("koza, all lower case, at example dot net", "koza@example.net"),
        ("k o double z a at example dot net", "kozza@example.net"),
        ("koza @ example.net", "koza@example.net"),
        ("ko dash za minus one at sign example period net", "ko-za-1@example.net"),
        ("ko-za at example.net", "ko-za@example.net"),
        ("ko hyphen za at example point net", "ko-za@example.net"),
        ("ko underscore za plus sign web at mail dot x dot net", "ko_za+web@mail.x.net"),
        ("ana koza all one word at example dot net", "anakoza@example.net"),
        ("koza forty two at g mail dot com", "koza42@gmail.com"),
        ("ko dot za two at my dash shop dot c o m", "ko.za2@my-shop.com"),
        ("koza at k-t-v dot net", "koza@ktv.net"),
        ("mike at hotel dot com", "mike@hotel.com"),
    ],
)  # fmt: skip
def test_an_address_is_found_however_it_is_spelled(said: str, value: str) -> None:
    text = f"Just to be sure: it's {said}. Is that right?"
    (found,) = ENGLISH.emails.find(text)
    assert found.value == value == ENGLISH.emails.normalize(said)
    assert text[found.start : found.stop] == said


@pytest.mark.parametrize(
    ("said", "readings"),
    [
        ("ana koza at example dot net", ("koza@example.net", "anakoza@example.net")),
        ("k-o-z-a at example.net", ("koza@example.net", "k-o-z-a@example.net")),
        ("k-o-z-a@example.net", ("koza@example.net", "k-o-z-a@example.net")),
        ("jo-koza@example.net", ("jo-koza@example.net",)),
    ],
)
def test_an_address_that_may_be_another_has_several_readings(
    said: str, readings: tuple[str, ...]
) -> None:
    assert ENGLISH.emails.find(f"Please: {said}")[0].readings == readings


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
    assert ENGLISH.emails.normalize("Jane at home") == "jane@home"
