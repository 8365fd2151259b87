"""Numbers of which a part is put right as it is said, in English and German."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.language.identifiers import Repair, repairs
from harness.language.language import Language, language_named
from harness.language.places import value_places
from harness.language.values import ValueKind

GERMAN = language_named("de")

SURE = [
    ("Order three one, no, three two.", "32", "three two"),
    ("It's four seven one five, no, one six.", "4716", "four seven one six"),
    ("It's four seven one five, I mean, one six, please.", "4716", "four seven one six"),
    ("It's four seven one five, no, one six please.", "4716", "four seven one six"),
    ("It's four, seven, one, five, no, six.", "4716", "four, seven, one, six"),
    ("Forty-seven fifteen, no, sixteen.", "4716", "Forty-seven sixteen"),
    ("O R D four seven one five, no, one six.", "ORD4716", "O R D four seven one six"),
    ("It's 4715, no, 16.", "4716", "4716"),
    ("ORD-4718B, no, 4715B.", "ORD4715B", "ORD-4715B"),
    ("ORD-4718B, no, sorry, ORD-4715B.", "ORD4715B", "ORD-4715B"),
    ("ORD-4718B, no, D.", "ORD4718D", "ORD4718D"),
    ("312 555 0168, no, 86.", "3125550186", "3125550186"),
    # after the repair it continues
    ("Three one, no, three two, four five.", "3245", "three two, four five"),
    ("Three one five, no, one six, four.", "3164", "three one six, four"),
    ("4 7 1 5, no, 1 6, B.", "4716B", "4 7 1 6, B"),
    # a repair of a repair
    ("Four seven one five, no, one six, sorry, one seven.", "4717", "four seven one seven"),
    # other numbers, as long
    ("4715, no, 2956.", "2956", "2956"),
    ("Seat 20, no, 25.", "25", "25"),
]

GERMAN_SURE = [
    ("Vier sieben, nein, vier acht.", "48", "vier acht"),
    ("Vier sieben eins fünf, nein, Entschuldigung, eins sechs.", "4716", "Vier sieben eins sechs"),
    ("Vier sieben eins fünf, ich meine, sechs.", "4716", "Vier sieben eins sechs"),
]

UNCLEAR = [
    ("Four seven one, no, two five.", ("425", "4725")),
    ("Four seven one five, no, nine two.", ("4792", "47192")),
    ("47158, no, 2956.", ("42956", "2956", "4712956")),
    ("Four seven one five, no, five.", ("4715", "47155")),
    ("One eight nine four, no, eight two.", ("1882", "182", "1824")),
    # the count after it may be of another thing
    ("4715. Sorry, 16 people.", ("4716", "4715")),
    ("Four seven one, no, two five, sorry, two six.", ("426",)),
]

NOTHING = [
    "It's four seven one five.",
    "It's four seven one five, no.",
    "It's four seven one five. No, one moment.",
    "It's 4715. Sorry, 2 items are missing.",
    "Four seven one five, sorry, two of them.",
    "Four seven one five? No, one six.",
    "It's not four seven one five, no, one six.",
    "Four seven one five, no, I want one six.",
    "A table for twenty, no, five.",
    "A table for two, no, three.",
    "May 15, no, 6.",
]


def only(text: str, language: Language) -> Repair:
    (one,) = repairs(text, language.alphabet, language.phrases)
    return one


@pytest.mark.parametrize(
    ("language", "text", "meant", "words"),
    [*((ENGLISH, *row) for row in SURE), *((GERMAN, *row) for row in GERMAN_SURE)],
    ids=lambda one: "" if isinstance(one, Language) else one,
)
def test_what_is_said_again_takes_the_place_of_the_last_characters(
    language: Language, text: str, meant: str, words: str
) -> None:
    one = only(text, language)
    assert one.readings == (meant,)
    assert one.words.lower() == words.lower()


@pytest.mark.parametrize(("text", "some"), UNCLEAR)
def test_where_nobody_knows_which_ones_are_replaced_all_stay_open(
    text: str, some: tuple[str, ...]
) -> None:
    one = only(text, ENGLISH)
    assert not one.sure
    assert one.readings[0] == some[0]
    assert {*some} <= {*one.readings}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_repair_stays_as_it_is(text: str) -> None:
    assert repairs(text, ENGLISH.alphabet, ENGLISH.phrases) == ()


def test_a_value_is_found_as_it_is_meant_and_its_slip_is_not() -> None:
    text = "It's four seven one five, no, one six."
    (found,) = ENGLISH.find(text, ValueKind.ID)
    assert (found.value, text[found.start : found.stop]) == ("4716", text[5:-1])
    assert value_places("4716", text, ValueKind.ID, ENGLISH) == ((found.start, found.stop),)
    assert value_places("4715", text, ValueKind.ID, ENGLISH) == ()
    assert value_places("31", "Order three one, no, three two.", ValueKind.ID, ENGLISH) == ()
    assert value_places("32", "Order three one, no, three two.", ValueKind.ID, ENGLISH) == (
        (6, 30),
    )


def test_an_unclear_one_may_be_each_of_its_readings() -> None:
    (found,) = ENGLISH.find("four seven one, no, two five", ValueKind.ID)
    assert found.readings[:2] == ("4725", "425")
    assert ENGLISH.find("47158, no, 2956", ValueKind.PHONE) == ()


def test_numbers_that_count_are_put_right_where_they_are_spelled() -> None:
    (spelled,) = ENGLISH.find("visit seven seven two, no, seven three", ValueKind.COUNT)
    assert spelled.value == "773"
    counted = ENGLISH.find("1500 bags, no, 20 bags; 1500, no, 20", ValueKind.COUNT)
    assert [one.value for one in counted] == ["1500", "20", "1500", "20"]
