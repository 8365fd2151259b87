import pytest
from support.english import ENGLISH

from harness.language.known_values import contains_value, heard_value, sounds_distance
from harness.language.values import ValueKind

ORDERS = (
    "ORD-4715B", "ORD-8306K", "ORD-9264C", "ORD-2958M", "ORD-6173F", "ORD-5029A",
    "ORD-1480T", "ORD-7351P", "ORD-3692R", "ORD-6047W",
)  # fmt: skip

HEARD = (
    ("ORD-2958M", "The first The order number is O'harty Dash to nine, five, eight, M.."),
    ("ORD-2958M", "You The order number is a large dash, two, nine, five, eight, M.."),
    ("ORD-4715B", "I am O, R, B, Mash, four, seven, one, five, B is at right."),
    ("ORD-4715B", "I have a large dash for seven, one, five, B is that right?"),
    ("ORD-4715B", "I have o'er de dash, four, seven, one, five, be is that right."),
    ("ORD-4715B", "It's O.R.D. Passport, 715B."),
    ("ORD-4715B", "It's already matched for 715B."),
    ("ORD-4715B", "It's o r d dash four, seven, one, five b."),
    ("ORD-4715B", "It's over he dashed for seven, one, five, key."),
    ("ORD-4715B", "It's so hard to dash four, seven, one, five B.."),
    ("ORD-4715B", "The It's so our Dnash for seven, one five g."),
    ("ORD-4715B", "You It's so our Dnash for seven, one five g."),
    ("ORD-5029A", "2 Please cancel order already, dash 502-988-"),
    ("ORD-5029A", "Please cancel order row, rb-502-888."),
    ("ORD-5029A", "You Please cancel order of our D dash five, zero, two, nine, eight."),
    ("ORD-6173F", "It's already Tash six, one, seven, three, F, not S.."),
    ("ORD-6173F", "It's o'rardi dash six, one, seven, three, F, not s.."),
    ("ORD-6173F", "That's our D-617-3F.com."),
    ("ORD-8306K", "My order is 0.306."),
    ("ORD-8306K", "My order is already Tash eight, three, zero, six, eight."),
    ("ORD-8306K", "My order is o r d dash, eight, three, zero, six, k,"),
    ("ORD-9264C", "Sorry, it's so hard to dash nine to six four, C.."),
    ("ORD-9264C", "Sorry, it's so hard. The dash line. Two, six, four, three."),
    ("ORD-9264C", "You Sorry, it's already cash nine, two, six, four, three."),
)
"""Transcripts of moonshine tiny-en 0.0.73 for flite rms, flite slt and eSpeak saying an order."""

NO_ORDER = (
    "But what?",
    "It should arrive on April 25, 2026.",
    "It should arrive on April twenty fifth, twenty twenty six.",
    "My email is j o h and dot d o e at example dot con.",
    "My email is james@knd.theo.com.",
    "My email is john.do. You have example.com.",
    "My number is five, five, five, oh, one, four, two.",
    "No weight that's wrong.",
    "No, wait, ma'am. Mm-h That's wrong.",
    "Reformed forty-nine dollars and hundred cent slaves.",
    "Refund forty nine dollars in ninety cents, please.",
    "Rift from forty nine dollars in ninety cents, please.",
    "Uh-huh",
    "Yes, please don't add.",
    "Yes, please go ahead.",
    "Yes, that's right.",
    "You And then,",
    "You My lumber is five, five, five, five, ah, one, four, two.",
    "You My numbers five, five, five, five, oh, one, four, two.",
    "You No way that's wrong.",
)
"""Its transcripts of other lines: yes, no, phone numbers, amounts, dates."""


@pytest.mark.parametrize(("order", "text"), HEARD)
def test_the_order_is_known_from_what_a_recognizer_really_wrote(order, text):
    match = heard_value(text, ORDERS, ValueKind.ID, ENGLISH)
    assert match.value == order
    assert match.distance < 0.4
    assert match.runner_up_distance - match.distance > 0.15
    assert contains_value(text, order, ValueKind.ID, ENGLISH) == match.distance


@pytest.mark.parametrize("text", NO_ORDER)
def test_other_lines_are_far_from_every_order(text):
    assert heard_value(text, ORDERS, ValueKind.ID, ENGLISH).distance > 0.4


@pytest.mark.parametrize("order", ORDERS)
def test_a_value_said_or_written_is_at_no_distance(order):
    for text in (order, ENGLISH.speak(order, ValueKind.ID), f"It is {order}. Is that right?"):
        assert contains_value(text, order, ValueKind.ID, ENGLISH) == 0.0


@pytest.mark.parametrize(
    "text",
    ["over D dash 4 7 1 5 be", "old e-4-7-1-5-B", "4,715 B", "oh are dee four seven won five bee"],
)
def test_sound_alike_words_stand_for_characters(text):
    match = heard_value(text, ORDERS, ValueKind.ID, ENGLISH)
    assert match.value == "ORD-4715B"
    assert match.distance < 0.25


def test_zero_may_be_said_oh():
    text = "O R D dash five oh two nine A"
    assert contains_value(text, "ORD-5029A", ValueKind.ID, ENGLISH) < 0.05


def test_nothing_heard_or_nothing_known_is_no_match():
    assert heard_value("", ORDERS, ValueKind.ID, ENGLISH) is None
    assert heard_value("...", ORDERS, ValueKind.ID, ENGLISH) is None
    assert heard_value("four", (), ValueKind.ID, ENGLISH) is None
    assert heard_value("O R D", ("ORD",), ValueKind.ID, ENGLISH).runner_up_distance == 1.0


@pytest.mark.parametrize(
    ("alike", "unlike"),
    [
        ("BD", "BW"),
        ("MN", "MB"),
        ("O0", "O7"),
        ("FS", "FQ"),
        ("A8", "A7"),
        ("QU", "QF"),
        ("CZ", "CX"),
    ],
)
def test_characters_that_sound_alike_are_near(alike, unlike):
    near, far = (sounds_distance(*pair, ENGLISH.sounds) for pair in (alike, unlike))
    assert near < 0.55 < far or near < far


def test_distance_is_relative_to_the_longer_id():
    assert sounds_distance("", "", ENGLISH.sounds) == 0.0
    assert sounds_distance("ORD4715B", "ORD4715B", ENGLISH.sounds) == 0.0
    assert sounds_distance("ABCD", "", ENGLISH.sounds) == 1.0
    assert sounds_distance("ORD4715", "ORD4715B", ENGLISH.sounds) == pytest.approx(1 / 8)
    assert sounds_distance("ORD4715B", "ORD4715D", ENGLISH.sounds) < 1 / 16
