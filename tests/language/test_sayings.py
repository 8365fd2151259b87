"""Replies whose words say something else than they mean, and questions that a no agrees to."""

import pytest
from support.english import ENGLISH

from harness.language.consent import Consent, read_reply

LAMP = "That's the brass lamp, delivered on Tuesday at ten. Shall I order it?"
RECEIPT = "Would you like a receipt by post?"
SHADE = "We only have the green shade. Is that okay?"
HEDGE = "We trim the hedge on Friday. Okay?"
SURE = "Are you sure you want to end the subscription?"
MIND = "Do you mind if I start the survey now?"
OBJECTION = "Do you have any objection to me sharing the notes?"
PROBLEM = "Would it be a problem if we came an hour later?"

ROWS = {
    Consent.YES: [
        (LAMP, "I can't see why not."),
        (LAMP, "no reason not to"),
        (LAMP, "sure why wouldn't I"),
        (LAMP, "not what I wanted but yes"),
        (LAMP, "a bit steep but go ahead"),
        (LAMP, "may as well"),
        (LAMP, "ah go on so"),
        (LAMP, "yes please I can't do Mondays"),
        (LAMP, "kindly do the needful"),
        (LAMP, "no wahala, go ahead"),
        (LAMP, "put me down for it"),
        (LAMP, "dead on"),
        (LAMP, "yes I suppose"),
        (LAMP, "yeah no go ahead"),
        (LAMP, "yeah nah that works"),
        (LAMP, "yeah we can wait till Tuesday"),
        (LAMP, "the brass one yeah"),
        (LAMP, "happy days"),
        (LAMP, "heck yes"),
        (LAMP, "knock yourself out"),
        (RECEIPT, "I won't say no"),
        (RECEIPT, "don't mind if I do"),
        (RECEIPT, "I wouldn't mind"),
        (RECEIPT, "thought you'd never ask"),
        (RECEIPT, "post is grand yeah"),
        (RECEIPT, "okie dokie"),
        (RECEIPT, "do please"),
        (SHADE, "suits us fine"),
        (SHADE, "I could live with it"),
        (SHADE, "yeah nah it's lovely"),
        (SHADE, "that isn't a problem, that's not a bother at all"),
        (SHADE, "you're grand"),
        (SHADE, "it'll have to do"),
        (SHADE, "fair enough"),
        (SHADE, "no problem"),
        (HEDGE, "k"),
        (SURE, "absolutely positive"),
        (SURE, "I'm afraid so"),
        (SURE, "I wouldn't be calling otherwise"),
        (MIND, "No."),
        (MIND, "not in the least"),
        (MIND, "no, I don't mind at all"),
        (MIND, "of course not"),
        (MIND, "no, that's grand, thanks"),
        (MIND, "Yes, please."),
        (MIND, "yeah go ahead"),
        (MIND, "be my guest"),
        (OBJECTION, "none whatsoever"),
        (OBJECTION, "nope"),
        (PROBLEM, "no problem"),
        (PROBLEM, "not at all, work away"),
    ],
    Consent.NO: [
        (LAMP, "you've got to be kidding"),
        (LAMP, "yeah right, as if"),
        (LAMP, "not on your life"),
        (LAMP, "hold fire"),
        (LAMP, "that's way too dear"),
        (LAMP, "it's a bit much"),
        (LAMP, "yeah nah not today"),
        (LAMP, "yeah no"),
        (LAMP, "please wait"),
        (LAMP, "I'd better ask my brother first"),
        (LAMP, "let me speak to my landlord first then I'll call back"),
        (LAMP, "Tuesdays are no good for us"),
        (LAMP, "it can wait"),
        (LAMP, "uh-uh"),
        (LAMP, "I already said no"),
        (SHADE, "not too right"),
        (RECEIPT, "I'm good"),
        (RECEIPT, "you're alright, love"),
        (RECEIPT, "we're fine as we are"),
        (RECEIPT, "yeah nah that's fine"),
        (RECEIPT, "count me out"),
        (MIND, "I do mind, actually."),
        (MIND, "no, don't"),
        (MIND, "I'd rather you didn't"),
        (PROBLEM, "yes, that doesn't work"),
    ],
    Consent.UNCLEAR: [
        (LAMP, "I suppose"),
        (LAMP, "if you must"),
        (LAMP, "if it's not too much bother"),
        (LAMP, "I don't know but yes"),
        (LAMP, "you're good"),
        (LAMP, "carry on with the story"),
        (LAMP, "get it sorted with the bank"),
        (LAMP, "yes please I can't do Tuesday"),
        (LAMP, "you call me first yeah"),
        (MIND, "Yes."),
        (MIND, "yes I do"),
        (MIND, "absolutely"),
        (MIND, "no thanks"),
        (MIND, "how long does it take"),
    ],
}


@pytest.mark.parametrize(
    ("question", "reply", "expected"),
    [(question, reply, consent) for consent, rows in ROWS.items() for question, reply in rows],
)
def test_a_reply_means_what_is_meant_by_it(question: str, reply: str, expected: Consent) -> None:
    assert read_reply(reply, ENGLISH, question=question).consent is expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("four four one seven", Consent.NO),
        ("it's the one ending four four one seven", Consent.NO),
        ("the one ending 4471, yes", Consent.YES),
        ("yes, and my booking is KD8831", Consent.YES),
    ],
)
def test_another_code_than_the_one_read_back_declines(reply: str, expected: Consent) -> None:
    question = "You want me to freeze the card ending 4471, is that right?"
    assert read_reply(reply, ENGLISH, question=question).consent is expected


SOFA = "The grey sofa for 450 euro, on the third of June at nine. Shall I put it through?"
OLIVES = "So that's two jars of olives and the blue cheese. Happy with that?"
VISIT = "The fitter can come on Monday at ten. Does that suit?"
DOG = "Bella is down for a bath with Sam at four. Will I put you in?"
ROUTE = "From Cork to Galway, two seats. Have I got that right?"
LETTER = "Would you like a letter?"

CHANGES = [
    (SOFA, "five fifty not four fifty", True),
    (SOFA, "the green sofa not the grey one", True),
    (SOFA, "sorry did I say nine, I meant eleven", True),
    (SOFA, "could it be eleven", True),
    (SOFA, "ten rather than nine", True),
    (OLIVES, "I asked for capers.", True),
    (OLIVES, "Lose the cheese, please.", True),
    (OLIVES, "almost, it's three jars", True),
    (VISIT, "I'm at work till six", False),
    (VISIT, "no we're away on Monday", False),
    (VISIT, "I'd rather stay with the day I have", False),
    (VISIT, "I'd much prefer Friday", True),
    (VISIT, "evenings would be easier", True),
    (DOG, "grand but with Joe", True),
    (DOG, "make it five", True),
    (ROUTE, "other way round", True),
    (ROUTE, "vice versa", True),
    (LETTER, "an email would be better", True),
    (LETTER, "I'd prefer an email", True),
    (LETTER, "no, I've got one", False),
]


@pytest.mark.parametrize(("question", "reply", "changes"), CHANGES)
def test_who_declines_may_want_something_else(question: str, reply: str, changes: bool) -> None:
    read = read_reply(reply, ENGLISH, question=question)
    assert (read.consent, read.changes) == (Consent.NO, changes)


@pytest.mark.parametrize(
    ("question", "reply", "expected"),
    [
        (SOFA, "nine not ten", Consent.UNCLEAR),
        (SOFA, "yes, nine not ten", Consent.YES),
        (SOFA, "nine it is", Consent.YES),
        (SOFA, "I can't recall", Consent.UNCLEAR),
        (SOFA, "up to you", Consent.UNCLEAR),
        (SOFA, "it doesn't matter", Consent.UNCLEAR),
        (SOFA, "let me look again", Consent.UNCLEAR),
        (SOFA, "is that instead of the old one", Consent.UNCLEAR),
        (SOFA, "Would that be on Tuesday?", Consent.UNCLEAR),
        (ROUTE, "you have indeed", Consent.YES),
        (ROUTE, "you did, thanks", Consent.YES),
        (LETTER, "yes, I'm at work all day", Consent.YES),
    ],
)
def test_what_agrees_with_the_question_or_leaves_it_open_changes_nothing(
    question: str, reply: str, expected: Consent
) -> None:
    read = read_reply(reply, ENGLISH, question=question)
    assert (read.consent, read.changes) == (expected, False)
