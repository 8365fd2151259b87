"""Other values of the same kind as a value of a write: by form, by list, by shared names."""

from __future__ import annotations

from typing import Any

import pytest
from support.one_write import OneWrite, Trade, called

INN = Trade(
    "book_room",
    "Book a room.",
    {
        "date": {"type": "string", "format": "date"},
        "arrives_at": {"type": "string", "format": "date-time"},
        "guests": {"type": "integer"},
        "nights": {"type": "integer"},
        "price": {"type": "number"},
        "view": {"type": "string", "enum": ["garden", "street", "lake"]},
        "deal": {"type": "string", "enum": ["late_summer", "early_bird"]},
        "pets": {"type": "boolean"},
    },
)
APRIL_3 = {"date": "2026-04-03"}
MARA = {"guide": "Mara Lindqvist"}
LANE = {"address": "14 Mill Lane"}
KX41 = {"code": "KX41"}

# the arguments, the words, other values of the first argument's kind in them
SPOKEN: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    # days: ruled out, given up, named with it
    (APRIL_3, "on April 3 or April 5", ("April 5",)),
    (APRIL_3, "on the fifth", ("on the fifth",)),
    (APRIL_3, "on the third", ()),
    (APRIL_3, "on April 3", ()),
    (APRIL_3, "from April 1 to April 3", ()),
    (APRIL_3, "on April 3, not April 1", ()),
    (APRIL_3, "April 1 is fully booked, April 3", ()),
    (APRIL_3, "April 1 is sunny, April 3", ("April 1",)),
    (APRIL_3, "April 1, sorry, April 3", ()),
    (APRIL_3, "on April 1 and April 3", ()),
    (APRIL_3, "from April 3 to April 7", ("April 7",)),
    ({"date": "2026-04-03", "until": "2026-04-07"}, "from April 3 to April 7", ()),
    ({"arrives_at": "2026-04-03T15:00"}, "on April 3 at 5 PM", ("5 PM",)),
    ({"arrives_at": "2026-04-03T15:00"}, "on April 5 at 3 PM", ("April 5",)),
    ({"arrives_at": "2026-04-03T15:00"}, "on April 3 at 3 PM", ()),
    # members of a list
    ({"view": "lake"}, "a garden room or a lake room", ("garden",)),
    ({"view": "lake"}, "a garden room", ("garden",)),
    ({"view": "lake"}, "a lake room", ()),
    ({"view": "lake"}, "an attic room", ()),
    ({"view": "lake", "other_view": "garden"}, "a garden room or a lake room", ()),
    ({"deal": "late_summer"}, "the bird that came to the garden early", ()),
    ({"deal": "late_summer"}, "our early and cheap bird rate", ("early and cheap bird",)),
    # numbers: with a noun, bare, a share, a part of a sum
    ({"guests": 4}, "for 4 guests, breakfast for 2", ("2",)),
    ({"guests": 4}, "with 3 windows", ()),
    ({"guests": 4}, "for 5 people", ("5",)),
    ({"guests": 4, "nights": 2}, "for 2 nights", ()),
    ({"guests": 4}, "make it 5", ("5",)),
    ({"nights": 4}, "5 each", ("5",)),
    ({"price": 80}, "$80 or $95", ("$95",)),
    ({"price": 80}, "make that 95", ("95",)),
    ({"price": 80}, "with 95 windows", ()),
    ({"price": 80.5}, "80 and a half", ()),
    ({"price": 80.5}, "make that 80", ()),
    # names: a capital in the same place, the same last word, a word of another value
    (MARA, "with Jonas Weber", ("Jonas Weber",)),
    (MARA, "with Mara Lindqvist in Trento", ()),
    (MARA, "with Mara Lindqvist, or with Jonas Weber", ("Jonas Weber",)),
    ({"guide": "mara"}, "with Jonas Weber", ()),
    ({"guide": "Mara Lindqvist", "guest": "Jonas Weber"}, "with Jonas Weber", ()),
    ({"office": "north office"}, "the harbour office", ("harbour office",)),
    ({"office": "north office"}, "the north office", ()),
    ({"office": "north office"}, "our office", ()),
    ({"office": "north office"}, "an office", ()),
    ({"office": "office"}, "the harbour office", ()),
    # addresses
    (LANE, "at 16 Mill Lane", ("16 Mill Lane",)),
    (LANE, "at 9 Birch Road", ("9 Birch Road",)),
    (LANE, "at 14 Mill Lane", ()),
    (LANE, "with 2 parking spaces", ()),
    ({"address": "Lindenweg 4"}, "at Lindenweg 6", ("Lindenweg 6",)),
    ({"address": "Old Mill"}, "at 9 Birch Road", ("Birch Road",)),
    # codes: of one form, spelled out, of another thing
    (KX41, "KX52", ("KX52",)),
    (KX41, "K, X, 5, 2", ("K, X, 5, 2",)),
    (KX41, "KX4", ()),
    (KX41, "KXA1", ()),
    (KX41, "bookings KX41 and KX52", ()),
    (KX41, "KX41 or KX52", ("KX52",)),
    ({"plate": "LM52 KRT"}, "LM53 KRT", ("LM53 KRT",)),
    ({"plate": "LM52 KRT"}, "LM52 KRT", ()),
    ({"order_id": "KX41", "card": "ABC KX52"}, "KX52", ()),
    # zeros and flags have no other
    ({"guests": 0}, "5 guests", ()),
    ({"pets": True}, "two dogs in the garden", ()),
]


@pytest.mark.parametrize(("arguments", "words", "others"), SPOKEN)
def test_other_values_of_the_kind(
    arguments: dict[str, Any], words: str, others: tuple[str, ...]
) -> None:
    write = OneWrite(INN, arguments, words)
    found = write.rivals.others(write.leaf(next(iter(arguments))), words, spoken=True)
    assert tuple(words[slice(*place)] for place in found) == others


# if the proposal does not hold the value, a bare number or name may be of any kind
UNSPOKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"price": 80}, "make that 95", ""),
    ({"price": 80}, "make that $95", "$95"),
    ({"nights": 4}, "make it 5", ""),
    ({"nights": 4}, "5 nights", "5"),
    ({"guests": 4}, "a table for two", "two"),
    ({"guests": 4, "nights": 3}, "a table for two", ""),
    (MARA, "with Jonas Weber", ""),
    (APRIL_3, "on April 5", "April 5"),
]


@pytest.mark.parametrize(("arguments", "words", "other"), UNSPOKEN)
def test_other_values_where_the_proposal_does_not_hold_it(
    arguments: dict[str, Any], words: str, other: str
) -> None:
    write = OneWrite(INN, arguments, words)
    assert write.rivals.other(write.leaf(next(iter(arguments))), words, spoken=False) == other


@pytest.mark.parametrize(
    ("before", "other"),
    [
        ("I like Mara Lindqvist and Jonas Weber.", "Jonas Weber"),
        ("I like Mara Lindqvist. Jonas Weber is my neighbour.", ""),
        ("I like Jonas Weber.", ""),
    ],
)
def test_two_names_in_one_sentence_before_are_two_of_a_kind(before: str, other: str) -> None:
    write = OneWrite(INN, MARA, "with Jonas Weber", before=(before,))
    found = write.rivals.other(write.leaf("guide"), "with Jonas Weber", spoken=False)
    assert found == other


@pytest.mark.parametrize(
    ("room", "words", "others"),
    [
        ("birch suite", "the pine cabin", ("pine cabin",)),
        ("birch suite", "the attic", ()),
        ("birch suite", "the birch suite", ()),
        ("loft", "the pine cabin", ()),
    ],
)
def test_what_tools_gave_under_the_same_key_is_of_a_kind(
    room: str, words: str, others: tuple[str, ...]
) -> None:
    output = '{"rooms": [{"room": "birch suite"}, {"room": "pine cabin"}]}'
    write = OneWrite(INN, {"room": room}, words, tools=(called("find", {}, output=output),))
    found = write.rivals.others(write.leaf("room"), words, spoken=True)
    assert tuple(words[slice(*place)] for place in found) == others


@pytest.mark.parametrize(("asked_for", "other"), [("Jonas Weber", ""), ("Ada", "Jonas Weber")])
def test_a_name_that_an_earlier_call_took_is_no_other(asked_for: str, other: str) -> None:
    tools = (called("find", {"guest": asked_for}),)
    write = OneWrite(INN, MARA, "with Jonas Weber", tools=tools)
    assert write.rivals.other(write.leaf("guide"), "with Jonas Weber") == other


@pytest.mark.parametrize(
    ("arguments", "words", "places"),
    [
        ({"nights": 4, "guests": 2}, "2 nights for 4 guests", ()),
        ({"nights": 4, "guests": 2}, "4 nights for 2 guests", ("4",)),
        ({"nights": 4, "guests": 4}, "4 nights for 4 guests", ("4", "4")),
        ({"nights": 4}, "4 nights for 4 guests", ("4", "4")),
        (KX41, "code KX41", ("KX41",)),
        (KX41, "code KX52", ()),
        ({"deal": "early_bird"}, "our early and cheap bird rate", ("early and cheap bird",)),
        (APRIL_3, "on April 3", ("April 3",)),
    ],
)
def test_a_value_stands_as_what_it_is(
    arguments: dict[str, Any], words: str, places: tuple[str, ...]
) -> None:
    write = OneWrite(INN, arguments, words)
    own = write.rivals.own(write.leaf(next(iter(arguments))), words)
    assert tuple(words[slice(*place)] for place in own) == places


@pytest.mark.parametrize(
    ("words", "other"), [("garden", "garden"), ("garden or lake", ""), ("attic", "")]
)
def test_another_choice_stands_alone(words: str, other: str) -> None:
    write = OneWrite(INN, {"view": "lake"}, words)
    assert write.rivals.choice(write.leaf("view"), words) == other
    free = OneWrite(INN, {"room": "lake"}, words)
    assert free.rivals.choice(free.leaf("room"), words) == ""
