"""The request in an agent's sentence: approval, a value, a choice, more wishes, or none."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.language.language import LANGUAGES
from harness.language.questions import (
    announces_only,
    asks_a_value,
    asks_approval,
    asks_one_of,
    offers_next_step,
    only_informs,
)

APPROVAL = [
    ("How does that sound?", True),
    ("All right?", True),
    ("I'd plant the tulips on Monday, okay?", True),
    ("I'd plant the tulips on Monday - does that suit you?", True),
    ("Would that be all right with you?", True),
    ("Are you ready to proceed?", True),
    ("Do I have your consent?", True),
    ("Tulips on Monday. Is that the plan?", True),
    # a word that is about something else
    ("Does Monday work?", False),
    ("Does that suit your dog?", False),
    ("How does the kitchen sound?", False),
    ("Is that the red one?", False),
    ("Okay, how many tulips?", False),
    # no question, or no request in it
    ("Sounds good.", False),
    ("I'd plant the tulips on Monday, okay.", False),
    ("?", False),
]

# a sentence, whether it asks for a value, whether it asks for no agreement at all
VALUE = [
    ("For what day?", True, True),
    ("What size do you need?", True, True),
    ("And on which street is it?", True, True),
    ("Once more, where shall I send it?", True, True),
    ("If so, when?", True, True),
    ("Could you tell me your postcode?", True, True),
    ("Do you have a garden?", True, True),
    ("What would you like me to plant?", True, True),
    # asks which offer to take: that is an agreement
    ("Which one shall I wrap?", True, False),
    ("Which of these do you want me to send?", True, False),
    ("Which one is yours?", True, True),
    # more wishes
    ("Anything else?", True, True),
    ("What else?", True, True),
    ("Will that be all?", False, True),
    ("More questions?", False, True),
    # asks for agreement
    ("How about blue?", False, False),
    ("What do you say?", False, False),
    ("How does that sound?", False, False),
    ("Why don't I send the blue one?", False, False),
    ("Shall I plant them?", False, False),
    ("Did you want the tulips planted?", False, False),
    # no question
    ("Tell the gardener what you need.", False, False),
    ("That is what I plant.", False, False),
]

ONE_OF = [
    ("Red or yellow?", True),
    ("We have red and yellow. Red or yellow, which is it?", True),
    ("Which colour do you like?", True),
    ("What size do you need?", True),
    ("Do you prefer the red?", True),
    ("Shall I plant one of them?", True),
    ("Would either of those do?", True),
    ("Could you tell me which one you like.", True),
    # the last question counts
    ("Red or yellow? Either way, shall I plant them?", False),
    ("Shall I plant them? Red or yellow?", True),
    # "or" outside a question
    ("We have red or yellow.", False),
    ("We have red or yellow. Shall I plant them?", False),
    ("Could you tell me your order number or name.", False),
    ("Shall I plant the tulips?", False),
    ("An orchid for the office?", False),
    ("", False),
]

ANNOUNCING = [
    ("I'll plant the tulips on Monday.", True),
    ("To confirm, I'll plant the tulips on Monday.", True),
    ("So, to confirm, tulips on Monday. I'll start at nine.", True),
    ("Please confirm: tulips on Monday.", False),
    ("To confirm, tulips on Monday. Please confirm.", False),
    ("Tulips on Monday. Let me know if that works.", False),
    ("I'll plant the tulips on Monday, okay?", False),
    ("To confirm, tulips on Monday?", False),
]


@pytest.mark.parametrize(("sentence", "asks"), APPROVAL)
def test_approval_is_asked_for_in_words_that_are_about_nothing_else(
    sentence: str, asks: bool
) -> None:
    assert asks_approval(sentence, ENGLISH) is asks


@pytest.mark.parametrize(("sentence", "value", "informs"), VALUE)
def test_a_value_or_more_wishes_are_asked_for(sentence: str, value: bool, informs: bool) -> None:
    assert asks_a_value(sentence, ENGLISH) is value
    assert only_informs(sentence, ENGLISH) is informs


@pytest.mark.parametrize(("text", "asks"), ONE_OF)
def test_one_of_several_is_asked_for(text: str, asks: bool) -> None:
    assert asks_one_of(text, ENGLISH) is asks


@pytest.mark.parametrize(("text", "announces"), ANNOUNCING)
def test_what_is_summed_up_and_not_asked_is_announced(text: str, announces: bool) -> None:
    assert announces_only(text, ENGLISH) is announces


NEXT_STEPS = [
    ("en", "You can call us again in an hour.", True),
    ("en", "I'll e-mail you tomorrow.", True),
    ("en", "Please try again later.", True),
    ("en", "I would recommend calling us on Monday.", True),
    ("en", "Let me connect you with a colleague.", True),
    ("en", "We'll let you know once it works.", True),
    ("en", "I could not cancel your order.", False),
    ("en", "I couldn't send the e-mail.", False),
    ("en", "I tried to contact the system.", False),
    ("en", "I can see that it failed.", False),
    ("en", "I cannot try it again.", False),
    ("en", "I can no longer try it.", False),
    ("en", "I will not call you back.", False),
    ("de", "Sie können in einer Stunde wieder anrufen.", True),
    ("de", "Bitte rufen Sie später wieder an.", True),
    ("de", "Ich schicke Ihnen eine E-Mail.", True),
    ("de", "Ich kann Sie gern zurückrufen.", True),
    ("de", "Morgen melde ich mich bei Ihnen.", True),
    ("de", "Ich konnte Ihre Bestellung nicht stornieren.", False),
    ("de", "Ich kann es nicht noch einmal versuchen.", False),
    ("de", "Das hat leider nicht geklappt.", False),
]


@pytest.mark.parametrize(("tag", "text", "offers"), NEXT_STEPS)
def test_a_next_step_is_offered_without_a_question(tag: str, text: str, offers: bool) -> None:
    assert offers_next_step(text, LANGUAGES.get(tag)) is offers
