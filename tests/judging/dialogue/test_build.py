"""Read-backs, proposals and replies out of calls written as rows."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import SUITE, judged_call

from harness.judging.dialogue.model import Agreement, Dialogue
from harness.language.consent import Consent

BACK = "2.0-6.0 agent: I have O, R, D, dash, four, seven, one, five, B. Is that right?"


def dialogue(script: str, **changes: Any) -> Dialogue:
    return judged_call(script, **changes).dialogue


def test_a_read_back_is_the_value_heard_with_its_question() -> None:
    (back,) = dialogue(BACK).read_backs
    assert (back.value, back.whole, back.asked, back.witness) == (
        "ORD4715B",
        True,
        True,
        Agreement.AGREE,
    )
    assert 2.0 < back.start_s < back.end_s < 6.0


def test_a_read_back_that_was_cut_is_not_whole() -> None:
    (back,) = dialogue(BACK.replace("6.0", "4.0") + " [of 7.0]").read_backs
    assert (back.value, back.whole, back.asked) == ("ORD4715B", False, False)


def test_a_value_that_was_never_reached_is_no_read_back() -> None:
    assert dialogue(BACK.replace("6.0", "2.3") + " [of 7.0]").read_backs == ()


def test_a_question_may_follow_in_another_item_of_the_response() -> None:
    script = (
        "2.0-4.0 agent: I have ORD-4715B. [response a]\n4.2-5.0 agent: Is that right? [response a]"
    )
    assert dialogue(script).read_backs[0].asked
    assert (
        not dialogue(script.replace("Is that right? [response a]", "Is that right?"))
        .read_backs[0]
        .asked
    )


def test_a_question_before_the_value_does_not_ask_about_it() -> None:
    (back,) = dialogue("2.0-4.0 agent: How are you? I have ORD-4715B.").read_backs
    assert not back.asked


def test_pauses_inside_an_utterance_do_not_move_a_value() -> None:
    (back,) = dialogue("2.0-8.0 agent: I have ORD-4715B. Is that right? [late 3.0]").read_backs
    assert 5.0 <= back.start_s < back.end_s <= 8.0


def test_without_a_recognizer_there_is_no_witness() -> None:
    assert dialogue(BACK, listened=False).read_backs[0].witness is Agreement.NO_WITNESS


def test_a_cut_off_value_is_no_value() -> None:
    cut = "0.0-1.0 caller: It's ORD-4715 [cut-off: It's ORD-4715B.]"
    assert dialogue(cut).answers[0].values == ()
    whole = "0.0-1.0 caller: It's ORD-4715B, is [cut-off: It's ORD-4715B, is it there?]"
    assert dialogue(whole).answers[0].values == ("ORD4715B",)


def test_replies_are_speech_only_and_carry_consent() -> None:
    script = "0.0-1.0 caller: x [silence]\n1.0-2.0 caller: Yes.\n"
    script += "3.0-4.0 caller: x [noise]\n5.0-6.0 caller: No."
    assert [r.consent for r in dialogue(script).answers] == [Consent.YES, Consent.NO]


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        ("Shall I cancel ORD-4715B?", Consent.YES),
        ("I'd cancel ORD-4715B and refund it. Shall I?", Consent.YES),
        ("Shall I refund ORD-4715B?", Consent.UNCLEAR),
        ("I have ORD-4715B. Is that right?", Consent.UNCLEAR),
        ("Shall I cancel ORD-4715B?\n3.5-4.0 agent: Are you there?", Consent.UNCLEAR),
        ("Shall I cancel ORD-4715B?\n3.5-4.0 agent: Take your time.", Consent.YES),
    ],
)
def test_a_request_agrees_to_the_proposal_that_is_open(before: str, answer: Consent) -> None:
    script = f"0.0-3.0 agent: {before}\n5.0-6.0 caller: Cancel it."
    assert dialogue(script).answers[0].consent is answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("0-2 agent: Shall I cancel it?\n2.5-3 agent: Or is there anything else?", Consent.UNCLEAR),
        ("0-2 agent: Is there anything else?\n2.5-3 agent: Shall I cancel it?", Consent.NO),
        (
            "0-2 agent: Shall I cancel it?\n2.2-2.6 caller: Um.\n3-3.5 agent: Anything else?",
            Consent.UNCLEAR,
        ),
        ("0-2 agent: Is there anything else?\n2.2-2.6 caller: Um.", Consent.UNCLEAR),
        (
            "0-2 agent: Is there anything else?\n2.2-2.6 caller: Yes.\n3-4 agent: Cancel it?",
            Consent.NO,
        ),
    ],
)
def test_a_turn_answers_all_that_the_agent_said_since_the_turn_before(
    said: str, answer: Consent
) -> None:
    assert dialogue(f"{said}\n5.0-6.0 caller: No, thank you.").answers[-1].consent is answer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Shall I cancel ORD-4715B?", ["cancel_order"]),
        ("I would cancel ORD-4715B for good. Shall I?", ["cancel_order"]),
        ("I cancel ORD-4715B.", []),
        ("I can't cancel ORD-4715B, it is on its way. Is that okay?", []),
        ("Is there anything else?", []),
        (
            "Shall I cancel ORD-4715B and refund $40 on ORD-8263K?",
            ["cancel_order", "refund_order"],
        ),
        ("For ORD-4715B, shall I cancel it and refund it?", ["cancel_order", "refund_order"]),
    ],
)
def test_proposals_name_an_action_and_ask(text: str, found: list[str]) -> None:
    assert [p.tool for p in dialogue(f"0.0-3.0 agent: {text}").proposals] == found


def test_a_tool_with_an_unknown_verb_is_named_by_its_own_words() -> None:
    tools = [*SUITE["tools"], {"name": "upgrade_seat", "kind": "write"}]
    found = dialogue("0.0-3.0 agent: Shall I upgrade you?", suite={"tools": tools}).proposals
    assert [p.tool for p in found] == ["upgrade_seat"]
