import pytest
from support.english import ENGLISH

from harness.errors import UnknownName
from harness.language.language import language_named
from harness.language.phrasebook import around, begins_inside, matches, starts, without
from harness.language.questions import asks_confirmation
from harness.language.sentences import words

EN = ENGLISH.phrases


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Hello. How are you?", ["Hello.", "How are you?"]),
        ("It's O. R. D. dash 4.", ["It's O. R. D. dash 4."]),
        ("That is $4.50. Fine!", ["That is $4.50.", "Fine!"]),
        ("Mr. Smith, e.g. John, is here.", ["Mr. Smith, e.g. John, is here."]),
        ("I have 5, B. Is that right?", ["I have 5, B.", "Is that right?"]),
        ('He said "no." Then left', ['He said "no."', "Then left"]),
        ("No. That's wrong... Wait", ["No.", "That's wrong...", "Wait"]),
    ],
)
def test_sentences_end_where_a_listener_hears_them_end(text, parts):
    assert list(ENGLISH.sentences(text)) == parts


def test_words_are_lower_case_and_keep_apostrophes():
    assert words("That’s $4.50, uh-huh!") == ("that's", "4.50", "uh-huh")


@pytest.mark.parametrize(
    "text",
    ["Um.", "Hmm...", "One moment, please.", "Okay, sure. Hold on.", "Let me see.", "Please wait."],
)
def test_a_filler_describes_no_action(text):
    assert EN.is_bare_filler(text)


@pytest.mark.parametrize(
    "text",
    ["", "Let me look that up for you.", "One moment, I'm checking your order.", "I'll cancel it."],
)
def test_a_preamble_with_an_action_is_no_bare_filler(text):
    assert not EN.is_bare_filler(text)


@pytest.mark.parametrize(
    "text",
    ["Is that right?", "Did I get that right?", "Shall I cancel it?", "Do you want me to go ahead?",
     "Should I go ahead?", "Can you confirm?", "You said B, correct?",
     "should I play it in the hall", "would you like us to water it", "Is that your number?",
     "Let me make sure I got everything right.",
     "have I understood correctly that you want to leave"],
)  # fmt: skip
def test_confirmation_questions_are_known(text):
    assert asks_confirmation(text, ENGLISH)


@pytest.mark.parametrize(
    "text",
    ["It ships today.", "What is your order number?", "Goodbye.",
     "What should I play", "would you like to buy tickets", "All right.",
     "You're correct."],
)  # fmt: skip
def test_other_sentences_ask_for_no_confirmation(text):
    assert not asks_confirmation(text, ENGLISH)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("That can't be undone.", True),
        ("It will be delivered to 12 Oak Street.", True),
        ("The money would be paid back.", True),
        ("It'll be gone for good.", True),
        ("The parcel would be returned.", True),
        ("You get it within five days.", True),
        ("The change costs 40 dollars.", True),
        ("That would be a room for $120.", True),
        ("It is 30 euros more.", True),
        ("The ticket is non-refundable.", True),
        ("You'd have to log in again.", True),
        ("You'd lose your seat.", True),
        ("The old file will be overwritten.", True),
        ("I'd send 40 dollars to Ana.", False),
        ("You have two cards.", False),
        ("I'd book a table for four.", False),
        ("That would be all.", False),
        ("It'll be a pleasure.", False),
        ("I will be happy to cancel it.", False),
        ("I'd change the delivery address.", False),
        ("I'd change the shipping address.", False),
    ],
)
def test_a_consequence_is_more_than_a_word_about_the_future(text, named):
    assert EN.names_consequence(text) is named


def test_an_unknown_language_names_the_known_ones():
    with pytest.raises(UnknownName, match="unknown language 'tlh'; known: en, de"):
        language_named("tlh")


def test_no_patterns_match_nothing() -> None:
    text = "book the blue van"
    assert not matches((), text)
    assert (starts((), text), begins_inside((), text)) == (0, 0)
    assert (without((), text), around((), text)) == (text, (text, None))


# a sentence, and whether it begins as "I am looking it up", says no more, and ends a call
AT_WORK = [
    ("en", "Just a moment please, I am still checking that for you.", True, True, False),
    ("en", "We're looking into it right now.", True, True, False),
    ("en", "I'm still looking at two tables.", True, False, False),
    ("en", "I'm checking you in now.", False, False, False),
    ("en", "I'll look forward to seeing you.", False, False, False),
    ("en", "You are very welcome. Goodbye.", False, False, True),
    ("en", "Is there anything else I can help you with?", False, False, True),
    ("en", "It has shipped. Goodbye.", False, False, False),
    ("de", "Einen Moment, ich prüfe das noch für Sie.", True, True, False),
    ("de", "Ich prüfe das Lager in Ulm.", True, False, False),
    ("de", "Ich suche Ihnen einen Tisch.", False, False, False),
    ("de", "Gern geschehen. Auf Wiederhören!", False, False, True),
]


@pytest.mark.parametrize(("tag", "text", "begins", "only", "closes"), AT_WORK)
def test_what_only_says_that_the_agent_is_still_looking(tag, text, begins, only, closes):
    phrases = language_named(tag).phrases
    assert phrases.is_at_work(text) is begins
    assert phrases.only_at_work(text) is only
    assert phrases.closes(text) is closes
