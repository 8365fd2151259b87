"""Consent to the agent's question: yes, no or unclear, read from a reply clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from harness.language.language import Language
from harness.language.question_context import QuestionContext
from harness.language.questions import QuestionKind, other_codes, read_question, spoken_codes
from harness.language.reply_acts import Act, Clause, Listener, clauses


class Consent(Enum):
    """The answer of a caller turn to an open question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A caller turn, read as a reply to the agent's question."""

    consent: Consent
    changes: bool
    """Whether it wants something other than the question, so that an earlier yes does not hold."""
    asks: bool
    """Whether it contains a question."""
    words: str
    """The clause that decided, as ``phrasebook.plain`` returns it; empty if none did."""


@lru_cache(maxsize=4096)  # a long reply is read whole, and clause by clause
def read_reply(
    text: str, language: Language, *, question: str = "", verbs: tuple[str, ...] = ()
) -> Reply:
    """Return the caller's answer to ``question``, the agent's text before it.

    ``verbs`` name the action that is proposed, if one is: "cancel it" agrees to a proposal to
    cancel and is a request otherwise; words of the question that come back in a wish agree as well.
    The clauses are read in order and the last clause that decides counts ("no, wait, yes" is YES,
    "yeah, no" is NO). A refusal, a correction and a call to wait are NO. A condition ("yes, but"),
    a doubt, a yes with a question mark ("yes?"), a yes that only shows that the caller listens
    ("yes, I heard you") and a backchannel alone ("uh-huh") are UNCLEAR, and so is every answer to
    "anything else?" and to "you don't want it?". To "did I get anything wrong?" and to "do you
    mind?" a no is YES. A saying counts by its meaning ("I don't see why not" is YES); a reluctant
    yes ("I suppose") does not count.
    """
    asked = read_question(question, language)
    # From the whole text: a code that is spelled with pauses lies in several clauses.
    other = other_codes(spoken_codes(text, language), asked.codes)
    listener = Listener(QuestionContext(language, asked), verbs, names_other=other)
    reading = _Reading(listener)
    for clause in clauses(text, language, minded=asked.minded):
        reading.take(clause)
    return reading.reply()


_ECHO_WORDS = 4
"""A question of so few words that names something new asks for that: "the tenth, maybe?"."""


class _Reading:
    """A reply as far as it was read."""

    def __init__(self, listener: Listener) -> None:
        self._listener, self._asked = listener, listener.context
        self._standing, self._because, self._words = Consent.UNCLEAR, Act.NOTHING, ""
        self._changes = self._asks = self._hedged = self._firm = False
        self._same_sentence, self._invited = True, ""
        self._silent, self._moved_on, self._stated = True, False, self._asked.stated
        self._declined = self._faulty = self._waits = self._wavers = self._unread = False
        self._pleaded = self._asks_other = False

    def take(self, clause: Clause) -> None:
        """Read the next clause."""
        agreed = self._standing is Consent.YES
        # A bare no after a bare yes ("yeah, nah") is no refusal before the next clause is read.
        declined = self._standing is Consent.NO and not self._wavers
        act = self._listener.act(clause, agreed=agreed, declined=declined)
        # The clause before decides how a doubt counts, so its state is kept before it is replaced.
        wavered = self._wavers
        self._wavers = agreed and self._because is Act.BARE_YES and self._listener.wavers(clause)
        # "The tenth? That would be better" is pleased with the tenth.
        if self._asks_other and not agreed and act in (Act.ASSENT, Act.LIKING):
            act = Act.HEDGE
        short = clause.asked and len(clause.words.split()) <= _ECHO_WORDS
        other = act is Act.QUESTION and short and self._asked.is_fresh(clause.words)
        self._asks_other = self._asks_other or other
        if act is Act.INVITING:
            self._invited = clause.words
        elif clause.words:
            self._silent = False
        self._declined = self._declined or act in (Act.REFUSAL, Act.DENIAL)
        self._waits = self._waits or act in (Act.PAUSE, Act.DELAY)
        self._faulty = self._faulty or self._listener.finds_fault(clause)
        self._unread = self._unread or self._listener.leaves_open(clause, act)
        self._asks = self._asks or act in (Act.QUESTION, Act.ASIDE)
        self._changes = self._changes or self._listener.changes(clause, act)
        # "Two bags", asked about one, turns the question down like another value of a stated
        # detail.
        self._stated = self._asked.stated or self._asked.multiplies(clause.words)
        # Until the caller has moved on from a firm yes, a doubt inside a clause is about that yes.
        if act is Act.MUSING and not (self._firm and self._moved_on):
            act = Act.HEDGE
        self._hedged = self._hedged or act is Act.HEDGE
        # "Yes, no onions": the "no" belongs to its own noun.
        noun = act is Act.NOTHING and bool(self._asked.meant(clause.words))
        undecided = wavered and (act is Act.HEDGE or noun)
        after = Consent.UNCLEAR if undecided else self._after(act)
        if after is not self._standing:
            self._standing, self._because, self._words = after, act, clause.words
            self._same_sentence, self._moved_on = True, False
            # "Please. I can't stand here much longer": the "not" may be a reason.
            self._pleaded = act is Act.DENIAL and bool(self._invited)
        self._moved_on = self._moved_on or act in (Act.QUESTION, Act.REMARK)
        firm = act in (Act.ASSENT, Act.REQUEST, Act.ADDITION)
        firm = firm or (agreed and act is Act.INVITING)  # "yes, please"
        self._firm = after is Consent.YES and (self._firm or firm)
        # A condition belongs to its own sentence: "if that works. Yes, please" is a yes.
        if clause.ends_sentence:
            self._hedged = self._same_sentence = False

    def reply(self) -> Reply:
        """Return the reply that the clauses make together."""
        consent, kind = self._standing, self._asked.kind
        # "No, that's all" after "anything else?" refuses nothing.
        no_decision = kind is QuestionKind.WISHES and not self._changes
        # "You don't want it?" – "yes" and "no" both may mean that they do, or that they do not.
        either_way = kind is QuestionKind.NEGATIVE and self._because is not Act.REQUEST
        if no_decision or either_way:
            consent = Consent.UNCLEAR
        elif self._asked.question.turned:
            consent = self._about_faults()
        # "Please" alone agrees; next to other words it only makes them polite.
        if self._silent and self._invited:
            return Reply(Consent.YES, changes=False, asks=False, words=self._invited)
        if self._pleaded and consent is Consent.NO:
            consent = Consent.UNCLEAR
        return Reply(consent, self._changes, self._asks, self._words)

    def _about_faults(self) -> Consent:
        """Return the answer to "did I get anything wrong?": a no says that all is as stated."""
        # Before the plain no: "no, that's wrong" names the fault that the agent asked for.
        if self._changes or self._faulty:
            return Consent.NO
        if self._standing is Consent.NO:
            plainly = self._declined and not (self._hedged or self._waits or self._unread)
            return Consent.YES if plainly else Consent.UNCLEAR
        if self._standing is Consent.UNCLEAR or self._declined:
            return self._standing
        return Consent.UNCLEAR if self._firm else Consent.NO

    def _after(self, act: Act) -> Consent:
        """Return the answer after a clause."""
        if act in (Act.REFUSAL, Act.DENIAL, Act.PAUSE, Act.DELAY, Act.CHANGE):
            return self._after_no(act)
        if act in (Act.ASSENT, Act.BARE_YES, Act.LIKING, Act.REQUEST, Act.ADDITION):
            return self._after_yes(act)
        weighed = self._because is Act.LIKING and self._asked.kind is QuestionKind.LEAVE
        paused = act is Act.QUESTION and self._because is Act.PAUSE
        if paused or (weighed and act in (Act.QUESTION, Act.REMARK)):
            return Consent.UNCLEAR
        # A doubt in another sentence does not undo a firm yes: it is about something else.
        apart = self._firm and not self._same_sentence
        doubted = (act is Act.HEDGE and not apart) or act in (Act.ASIDE, Act.EXCEPTION)
        doubted = doubted or (act is Act.LISTENING and not self._firm)
        if doubted and self._standing is Consent.YES:
            return Consent.UNCLEAR
        return self._standing

    def _after_no(self, act: Act) -> Consent:
        agreed = self._standing is Consent.YES
        # "Yes, please. I'm not in a hurry": the "not" is about something else.
        if act is Act.DENIAL and agreed and (self._firm or not self._same_sentence):
            return Consent.YES
        if act in (Act.DENIAL, Act.DELAY) and agreed:
            return Consent.UNCLEAR
        if act is Act.CHANGE:
            declined = self._standing is Consent.NO or self._stated
            return Consent.NO if declined else Consent.UNCLEAR
        return Consent.NO

    def _after_yes(self, act: Act) -> Consent:
        # After "no, cancel the other one" the verb of the question asks for something else.
        refused = self._standing is Consent.NO and self._because is not Act.DENIAL
        if act in (Act.REQUEST, Act.ADDITION) and (refused or self._changes):
            return self._standing
        return Consent.UNCLEAR if self._hedged else Consent.YES
