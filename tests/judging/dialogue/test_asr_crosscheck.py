"""Real transcripts by moonshine tiny of eSpeak's read-backs (en-us+robert)."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.judging.dialogue.asr_crosscheck import witness
from harness.judging.dialogue.model import Agreement
from harness.language.values import ValueKind
from harness.recording.model import WeighedValue

CORRECT = [
    ("ORD4715B", "I have o our D, dash for seven, one five B is at right,"),
    ("ORD4715B", "So that's all our D-pass for salmon one five B correct"),
    ("ORD8263K", "So that's all our D-pass 8263K correct."),
    ("ORD9140X", "I have o r d dash line one for zero x is at right."),
    ("ORD3582M", "I have o r d cash free five eight two m is at right."),
    ("ORD6079R", "I have o'er the past six, zero, seven, nine, are is that right?"),
    ("ORD6079R", "I have O, R, D, P, Z, Z, L, O, S, L, I, R is at right."),
    ("ORD2394W", "So that's all our D-pass to three lines for W-connect."),
    ("ORD5937P", "I have o r d, dash, five, nine, three, seven, B is at right."),
    ("ORD5937T", "I have o r d, dash, five, nine, three, seven, d is at right."),
    ("ORD5248J", "I have o r d dash five, two, four, eight, J is at right."),
    ("ORD9248J", "So that's our D-d-i-l-248j-rect."),
]
ONE_WRONG = [
    ("ORD4715B", "I have o r d cash for eight, one, five b is at right."),
    ("ORD4715B", "I have o'er the cash for seven, one, five, X is at right,"),
    ("ORD8263K", "I have o r d cash line, two six three k is at right,"),
    ("ORD9140X", "I have o r d dash line line for zero x is at right."),
    ("ORD6079R", "I have o r d cash six, zero seven, nine k is at right,"),
    ("ORD2394W", "I have o r d dash two three six, for w is at right."),
    ("ORD7851F", "I have o our D. Mash, seven, eight, five, two, f is at right,"),
    ("ORD5937T", "I have o r d, dash, five, zero, three, seven, d is at right."),
    ("ORD9248J", "I have o r d dash line one four eight J is at right"),
]


@pytest.mark.parametrize(("value", "heard"), CORRECT)
def test_a_correct_read_back_agrees_however_it_was_garbled(value: str, heard: str) -> None:
    assert witness(value, ValueKind.ID, (heard,), ENGLISH) is Agreement.AGREE


@pytest.mark.parametrize(("value", "heard"), ONE_WRONG)
def test_one_wrong_character_disagrees(value: str, heard: str) -> None:
    assert witness(value, ValueKind.ID, (heard,), ENGLISH) is Agreement.DISAGREE


@pytest.mark.parametrize("heard", ["", "thank you for calling"])
def test_nothing_like_the_value_disagrees(heard: str) -> None:
    assert witness("ORD4715B", ValueKind.ID, (heard,), ENGLISH) is Agreement.DISAGREE


def test_no_recognizer_is_no_witness() -> None:
    assert witness("ORD4715B", ValueKind.ID, (), ENGLISH) is Agreement.NO_WITNESS


@pytest.mark.parametrize(
    ("hearings", "agreement"),
    [
        (("I have O R D P Z Z C L L I R", "I have ORD dash six zero seven nine R"), "agree"),
        (("I have ORD dash six zero seven nine R", "mumble"), "agree"),
        (("I have ORD dash six zero three nine R", "ORD dash six zero three nine R"), "disagree"),
        (("mumble", "mumble mumble"), "disagree"),
    ],
)
def test_one_hearing_that_agrees_is_enough_and_a_misread_value_agrees_in_none(
    hearings: tuple[str, ...], agreement: str
) -> None:
    assert witness("ORD6079R", ValueKind.ID, hearings, ENGLISH).value == agreement


HEARD = "I have ORD dash six zero seven nine R"


@pytest.mark.parametrize(
    ("sure", "hearings", "agreement"),
    [
        (0.99, ("mumble",), "agree"),
        (0.3, (HEARD,), "unheard"),
        (0.3, ("mumble",), "unheard"),
        (0.94, (HEARD, HEARD), "unheard"),
        (0.001, ("mumble",), "disagree"),
        (0.001, (HEARD, HEARD), "disagree"),
        (0.99, (), "no_witness"),
    ],
)
def test_what_was_weighed_decides_before_the_words_do(
    sure: float, hearings: tuple[str, ...], agreement: str
) -> None:
    weighed = (WeighedValue(0.0, 4.0, "id", "ORD6079R", sure, "ORB6079R"),)
    told = witness("ORD6079R", ValueKind.ID, hearings, ENGLISH, weighed=weighed)
    assert told.value == agreement


@pytest.mark.parametrize("other", [("id", "ORD6078R"), ("phone", "ORD6079R")])
def test_what_was_weighed_of_another_value_tells_nothing(other: tuple[str, str]) -> None:
    weighed = (WeighedValue(0.0, 4.0, *other, 0.001, "ORB6079R"),)
    told = witness("ORD6079R", ValueKind.ID, (HEARD,), ENGLISH, weighed=weighed)
    assert told is Agreement.AGREE


@pytest.mark.parametrize(
    ("heard", "agreement"),
    [
        ("It is jane dot doe at example dot com.", "agree"),
        ("It is jane.doe at example.com.", "agree"),
        ("It is jain dot doh at example dot com.", "unheard"),
        ("Thank you for calling.", "disagree"),
    ],
)
def test_an_address_said_in_words_must_be_written_as_it_stands(heard: str, agreement: str) -> None:
    told = witness("jane.doe@example.com", ValueKind.EMAIL, (heard,), ENGLISH)
    assert told.value == agreement
