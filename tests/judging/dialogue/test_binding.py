"""Which words of a proposal bind a value, and which other values are in its place there."""

from __future__ import annotations

from typing import Any

import pytest
from support.one_write import OneWrite, Trade

KAYAK = Trade(
    "book_kayak",
    "Book a kayak.",
    {
        "date": {"type": "string", "format": "date"},
        "hours": {"type": "integer"},
        "guests": {"type": "integer"},
        "price": {"type": "number"},
        "size": {"type": "string", "enum": ["single", "double"]},
    },
)
VISIT = Trade("move_visit", "Move a visit.", {"date": {"type": "string", "format": "date"}})
FRAME = Trade(
    "order_frame",
    "Order a picture frame.",
    {"color": {"type": "string", "enum": ["black", "white", "natural"]}},
)
LOCKER = Trade("assign_locker", "Assign a locker.")

MAY_12, MAY_14 = {"date": "2026-05-12"}, {"date": "2026-05-14"}
QUIET = "The lake is quiet on May 12. Shall I book the kayak for May 14?"
SEASON = "Shall I book the kayak on May 14? The season ends on October 3."
SCHOOL = "Since May 12 is full of school classes, shall I book the kayak for May 14?"
ARRIVAL = "I'll book the kayak for May 12. What day does your friend arrive, May 14?"
BEFORE = "I booked the kayak for May 12 last week. Shall I book it for May 14 now?"
FROM_TO = "Shall I move your visit from June 9 to June 11?"
SHAKY = "A single is shaky. Shall I book a double kayak?"
CHANGED = "Shall I change your single kayak to a double?"
BROKEN = "Locker B13 is broken. Shall I assign locker B14?"
BROTHER = "Shall I assign B14? B13 stays with your brother."
GIVEN = "I have assigned B13 to your brother. Shall I assign B14 to you?"
RATHER = "Would you like the frame in black instead of white?"
OAK = "We have walnut. Shall I order the oak frame?"
WEEKS = "Shall I order the oak frame? Walnut takes two weeks."

# the tool, its arguments, the words, whether they hold the first argument's value, other values
HELD: list[tuple[Trade, dict[str, Any], str, bool, tuple[str, ...]]] = [
    # the sentence that asks decides, and not statements before or after it
    (KAYAK, MAY_14, QUIET, True, ()),
    (KAYAK, MAY_12, QUIET, False, ("May 14",)),
    (KAYAK, MAY_14, SEASON, True, ()),
    (KAYAK, {"date": "2026-10-03"}, SEASON, False, ("May 14",)),
    (KAYAK, {"size": "double"}, SHAKY, True, ()),
    (KAYAK, {"size": "single"}, SHAKY, False, ("double",)),
    (KAYAK, {"price": 45}, "It costs $30 today. Shall I book the kayak at $45?", True, ()),
    (KAYAK, {"price": 30}, "It costs $30 today. Shall I book the kayak at $45?", False, ("$45",)),
    (LOCKER, {"locker": "B14"}, BROKEN, True, ()),
    (LOCKER, {"locker": "B13"}, BROKEN, False, ("B14",)),
    (LOCKER, {"locker": "B14"}, BROTHER, True, ()),
    (LOCKER, {"locker": "B13"}, BROTHER, False, ("B14",)),
    # an action done before is not proposed
    (KAYAK, MAY_14, BEFORE, True, ()),
    (KAYAK, MAY_12, BEFORE, False, ("May 14",)),
    (LOCKER, {"locker": "B14"}, GIVEN, True, ()),
    (LOCKER, {"locker": "B13"}, GIVEN, False, ("B14",)),
    # a question for a value asks for no agreement
    (KAYAK, MAY_12, ARRIVAL, True, ()),
    (KAYAK, MAY_14, ARRIVAL, False, ("May 12",)),
    # two values in the same question
    (KAYAK, MAY_14, "Shall I book the kayak for May 12 or May 14?", True, ("May 12",)),
    (KAYAK, MAY_14, "Shall I book the kayak for May 14?", True, ()),
    # a reason binds no value, the object of the verb does
    (KAYAK, MAY_14, SCHOOL, True, ()),
    (KAYAK, MAY_12, SCHOOL, False, ("May 14",)),
    (
        KAYAK,
        MAY_12,
        "Since you are away on May 12, shall I book the kayak?",
        False,
        ("Since you are away on May 12",),
    ),
    # the new value of a change, not the old one
    (VISIT, {"date": "2026-06-11"}, FROM_TO, True, ()),
    (VISIT, {"date": "2026-06-09"}, FROM_TO, False, ("June 11",)),
    (KAYAK, {"size": "double"}, CHANGED, True, ()),
    (KAYAK, {"size": "single"}, CHANGED, False, ("double",)),
    (FRAME, {"color": "black"}, RATHER, True, ()),
    (FRAME, {"color": "white"}, RATHER, True, ("black",)),
    # numbers
    (KAYAK, {"hours": 2}, "Shall I book the kayak for 2 hours?", True, ()),
    (KAYAK, {"hours": 3}, "Shall I book the kayak for 2 hours?", False, ("2",)),
    (KAYAK, {"hours": 2, "guests": 4}, "Shall I book it for 2 hours for 4 guests?", True, ()),
    (KAYAK, {"hours": 4, "guests": 2}, "Shall I book it for 2 hours for 4 guests?", False, ()),
    # free text: another thing that the question names
    (FRAME, {"wood": "walnut"}, "Shall I order a walnut frame?", True, ()),
    (FRAME, {"wood": "walnut"}, OAK, True, ("oak",)),
    (FRAME, {"wood": "walnut"}, WEEKS, True, ("oak",)),
    (FRAME, {"wood": "walnut"}, "For walnut you wait. Shall I order your Ash frame?", True,
     ("ash",)),
    (FRAME, {"wood": "walnut"}, "We have walnut. Shall I order it?", True, ()),
    (FRAME, {"wood": "walnut"}, "We have walnut. Shall I order the frame?", True, ()),
    (FRAME, {"wood": "walnut", "glass": "matt"},
     "We have walnut. Shall I order the frame with the matt glass?", True, ()),
    (FRAME, {"wood": "walnut"}, "We have walnut, is that okay? I'd order the frame.", True, ()),
    (FRAME, {"wood": "walnut"}, "We have walnut. Shall I order it for your Kitchen?", True, ()),
    # no value of the kind
    (KAYAK, MAY_12, "Shall I book the kayak?", False, ()),
    (KAYAK, {"size": "single"}, "Shall I book a kayak?", False, ()),
]  # fmt: skip


@pytest.mark.parametrize(("trade", "arguments", "proposal", "holds", "others"), HELD)
def test_the_sentence_that_decides_holds_a_value_or_another(
    trade: Trade, arguments: dict[str, Any], proposal: str, holds: bool, others: tuple[str, ...]
) -> None:
    write = OneWrite(trade, arguments, proposal)
    slot = write.binding.slot(write.leaf(next(iter(arguments))))
    assert (slot.holds, slot.others) == (holds, others), slot


# words, whether only they can be meant
SURE: list[tuple[dict[str, Any], str, bool]] = [
    (MAY_14, QUIET, True),
    (MAY_12, "The kayak is free on May 12. Shall I book it?", False),
    (MAY_12, "Shall I book the kayak? It is free on May 12.", False),
    (MAY_12, "The kayak is free on May 14. Shall I book it?", True),
    (MAY_12, "The kayak is free on May 14 and June 2. Shall I book it?", False),
    (MAY_12, "Since you are away on May 12, shall I book the kayak?", False),
    (MAY_12, "I'd book the kayak for May 12. Shall I?", True),
    (MAY_12, "I have booked the kayak for May 12. Shall I book another kayak?", False),
]


@pytest.mark.parametrize(("arguments", "proposal", "sure"), SURE)
def test_what_is_told_beside_the_question_may_be_meant(
    arguments: dict[str, Any], proposal: str, sure: bool
) -> None:
    write = OneWrite(KAYAK, arguments, proposal)
    assert write.binding.slot(write.leaf("date")).sure is sure


@pytest.mark.parametrize(
    ("proposal", "limits"),
    [
        ("Shall I order only Lamp two?", "only Lamp"),
        ("Shall I order just the first of them?", "just the first"),
        ("Only Lamp two is left. Shall I order it?", ""),
        ("Shall I order the lamps?", ""),
    ],
)
def test_a_part_limits_the_proposal_where_the_question_names_it(proposal: str, limits: str) -> None:
    assert OneWrite(FRAME, {"color": "black"}, proposal).binding.limited() == limits
