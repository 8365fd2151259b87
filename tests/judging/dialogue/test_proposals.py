"""Which words of an agent propose an action: they ask leave for it, or confirm that it is meant."""

from __future__ import annotations

import pytest
from support.call_script import judged_call

PROPOSING = (
    "Shall I cancel ORD-4715B?",
    "I'll cancel order ORD-4715B. Is that right?",
    "I'll cancel order ORD-4715B. Shall I go ahead?",
    "I would cancel ORD-4715B for good, shall I?",
    "You'd like to cancel ORD-4715B, is that right?",
    "So you want to cancel ORD-4715B?",
    "Would you like me to cancel ORD-4715B?",
    "Do you want me to go ahead and cancel it?",
    "I can cancel ORD-4715B for you. Would you like that?",
    "I can cancel ORD-4715B for you. Would you like me to do that?",
    "You can still cancel ORD-4715B. Would you like me to do that?",
    "Are you sure you want to cancel ORD-4715B?",
    "Can you confirm that you want to cancel ORD-4715B?",
    "To cancel ORD-4715B for good, please say yes.",
    "Is it okay if I cancel ORD-4715B?",
    "This will cancel ORD-4715B, okay?",
    "This will cancel ORD-4715B. Correct?",
    "This will cancel ORD-4715B. Do you want to proceed?",
    "This will cancel ORD-4715B. Would you like to proceed?",
    "Should I cancel it, or would you rather keep it?",
    "ORD-4715B will be cancelled. Is that okay with you?",
    "Just to confirm, cancel ORD-4715B?",
    "May I cancel ORD-4715B now?",
    "Okay to cancel ORD-4715B?",
    "I'll cancel ORD-4715B. Does that sound good?",
    "I'll cancel it. Ready to proceed?",
    "Before I cancel ORD-4715B, are you sure?",
    "I'll cancel ORD-4715B if that's okay?",
    "Do you agree to cancelling ORD-4715B?",
    "I'll cancel ORD-4715B. Do you understand? Shall I go ahead?",
)

NOT_PROPOSING = (
    "You can cancel ORD-4715B online. Do you have other questions?",
    "You can cancel ORD-4715B within a day. Is that right?",
    "I'll cancel ORD-4715B. Anything else?",
    "I've cancelled ORD-4715B. Is there anything else I can help with?",
    "Which order should I cancel?",
    "Why do you want to cancel ORD-4715B?",
    "What would you like to cancel?",
    "I can't cancel ORD-4715B. Is that okay?",
    "I have ORD-4715B. Is that right?",
    "Before I cancel ORD-4715B, may I ask why?",
    "Before I cancel it, can I have the order number?",
    "I found the order. Shall I look it up?",
    "Did you cancel ORD-4715B yourself?",
    "Would you like to know how to cancel ORD-4715B?",
    "I see you cancelled ORD-4715B. Do you want me to look it up?",
    "Have you tried to cancel ORD-4715B online?",
    "How can I help you cancel?",
    "I can cancel it for you, do you have any questions?",
    "I can help you cancel your order. What is the order number?",
    "Can I help you with anything else, like cancelling?",
    "Could you give me the number of the order you want to cancel?",
    "Okay, you'd like to cancel. What's the order number?",
    "I've cancelled ORD-4715B. Is that okay?",
    "I'll cancel your order. Do you know the number? I have ORD-4715B. Is that right?",
    "Which order do you want to cancel? I have ORD-4715B. Is that right?",
)


def proposed(text: str) -> list[str]:
    return [p.tool for p in judged_call(f"0.0-3.0 agent: {text}").dialogue.proposals]


@pytest.mark.parametrize("text", PROPOSING)
def test_a_question_that_asks_leave_for_the_action_proposes_it(text: str) -> None:
    assert proposed(text) == ["cancel_order"]


@pytest.mark.parametrize("text", NOT_PROPOSING)
def test_a_question_about_anything_else_proposes_nothing(text: str) -> None:
    assert proposed(text) == []
