from __future__ import annotations

import pytest

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.rules import Behaviour, PromptWords, Rules, Strength, read_rules

B, S = Behaviour, Strength

WORDINGS = [
    ("Before you call a tool, always say one short sentence about it.", B.PREAMBLE, S.CLEAR),
    ("Tell the caller what you are about to do before any tool call.", B.PREAMBLE, S.CLEAR),
    (
        "When possible, let the caller know you are looking before you use a tool.",
        B.PREAMBLE,
        S.VAGUE,
    ),
    ("You should use a short preamble.", B.PREAMBLE, S.VAGUE),
    ("Do not use preambles.", B.PREAMBLE, S.ABSENT),
    (
        "Before any tool call, say one short line like “I’m checking that now.”",
        B.PREAMBLE,
        S.CLEAR,
    ),
    ("Before each tool call, say a brief phrase.", B.PREAMBLE, S.CLEAR),
    ("Do not provide a preamble when the audio is unclear.", B.PREAMBLE, S.ABSENT),
    ("Do not provide a preamble or call a tool if speech is cut off.", B.PREAMBLE, S.ABSENT),
    ("Keep preambles and answers in the same language.", B.PREAMBLE, S.ABSENT),
    ("Be friendly.", B.PREAMBLE, S.ABSENT),
    ("Read every order number back character by character.", B.READ_BACK, S.CLEAR),
    ("Try to repeat the order number.", B.READ_BACK, S.VAGUE),
    ("There is no need to read numbers back.", B.READ_BACK, S.ABSENT),
    ("Read the phone number back digit by digit.", B.READ_BACK, S.ABSENT),
    ("Always repeat the e-mail address before you send anything.", B.READ_BACK, S.ABSENT),
    ("Always read the e-mail address back letter by letter.", B.READ_BACK, S.ABSENT),
    ("Read names, dates and amounts back.", B.READ_BACK, S.ABSENT),
    ("Read phone numbers and order numbers back.", B.READ_BACK, S.CLEAR),
    ("Read names and codes back.", B.READ_BACK, S.CLEAR),
    ("Read the locator back letter by letter, every time.", B.READ_BACK, S.CLEAR),
    ("Read it back character by character.", B.READ_BACK, S.CLEAR),
    ("Never cancel or refund without a clear yes.", B.CONFIRM_CHANGES, S.CLEAR),
    ("Ask for confirmation before you change an order.", B.CONFIRM_CHANGES, S.CLEAR),
    ("It is good to confirm a cancellation.", B.CONFIRM_CHANGES, S.VAGUE),
    ("If you did not understand, ask again.", B.CLARIFY, S.CLEAR),
    ("Never guess.", B.CLARIFY, S.CLEAR),
    ("If the caller asks for a person, transfer the call.", B.ESCALATE_ON_REQUEST, S.CLEAR),
    ("Escalate when the caller is very angry.", B.ESCALATE_ON_ANGER, S.CLEAR),
    ("Stay calm with an angry caller.", B.ESCALATE_ON_ANGER, S.ABSENT),
    ("Never hand over an angry caller to a human.", B.ESCALATE_ON_ANGER, S.ABSENT),
    ("After two failed lookups, connect them with a human.", B.ESCALATE_ON_FAILURES, S.CLEAR),
    ("A refund of more than 50 dollars goes to a specialist.", B.ESCALATE_ABOVE_LIMIT, S.CLEAR),
    ("On silence or noise, call wait_for_user.", B.QUIET_ON_BACKGROUND, S.CLEAR),
    ("Do not respond to background noise.", B.QUIET_ON_BACKGROUND, S.CLEAR),
    ("Ask for one thing at a time.", B.ONE_AT_A_TIME, S.CLEAR),
    ("Keep answers brief if possible.", B.SHORT_SPEECH, S.VAGUE),
]


@pytest.mark.parametrize(("text", "behaviour", "strength"), WORDINGS)
def test_a_wording_asks_for_a_behaviour_as_strongly_as_it_sounds(
    text: str, behaviour: Behaviour, strength: Strength
) -> None:
    assert read_rules(text, ENGLISH_DESK.prompts).strength(behaviour) is strength


def test_items_of_a_list_take_their_strength_and_topic_from_the_lead_in() -> None:
    rules = read_rules(
        "# Human\n\nAlways escalate to a human when:\n\n- two lookups have failed;\n",
        ENGLISH_DESK.prompts,
    )
    assert rules.strength(B.ESCALATE_ON_FAILURES) is S.CLEAR


def test_order_numbers_limit_and_handover_sentence_come_from_the_text() -> None:
    rules = read_rules(
        'Escalate with the words "connecting you with a specialist" when the caller wants a refund'
        " above 50 dollars.\n\nOrders: ORD-4715B, and ORD-8263K.",
        ENGLISH_DESK.prompts,
    )
    assert rules.orders == ("ORD-4715B", "ORD-8263K")
    assert rules.refund_limit == 50.0
    assert rules.handover == "I'm connecting you with a specialist."


@pytest.mark.parametrize(
    ("words", "instructions", "limit"),
    [
        (ENGLISH_DESK.prompts, "Escalate any refund above $1,000.", 1000.0),
        (ENGLISH_DESK.prompts, "Escalate any refund above 1,250.50 dollars.", 1250.5),
        (ENGLISH_DESK.prompts, "Escalate any refund above 12.50 dollars.", 12.5),
        (GERMAN_DESK.prompts, "Bei Erstattungen über 1.000 Euro gib weiter.", 1000.0),
        (GERMAN_DESK.prompts, "Bei Erstattungen über 1.250,50 € gib weiter.", 1250.5),
        (GERMAN_DESK.prompts, "Bei Erstattungen über 12,50 Euro gib weiter.", 12.5),
        (GERMAN_DESK.prompts, "Bei Erstattungen über 2000 Euro gib weiter.", 2000.0),
    ],
)
def test_a_limit_is_read_as_its_language_writes_it(
    words: PromptWords, instructions: str, limit: float
) -> None:
    assert read_rules(instructions, words).refund_limit == limit


def test_no_instructions_ask_for_nothing() -> None:
    assert read_rules("", ENGLISH_DESK.prompts) == Rules()


def test_clear_rules_show_in_every_call_vague_ones_mostly_and_absent_ones_rarely() -> None:
    rules = Rules({B.PREAMBLE: S.CLEAR, B.READ_BACK: S.VAGUE})
    calls = [rules.shown(seed) for seed in range(400)]
    share = {
        b: sum(b in shown for shown in calls) / 400 for b in (B.PREAMBLE, B.READ_BACK, B.CLARIFY)
    }
    assert share[B.PREAMBLE] == 1.0
    assert 0.7 < share[B.READ_BACK] < 0.9
    assert 0.04 < share[B.CLARIFY] < 0.16
    assert rules.shown(7) == rules.shown(7)
