"""What a caller's reply does to the proposal of a write: agrees, refuses, changes, or leaves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from harness.dialogue.actions import tool_words
from harness.dialogue.alternatives import picks
from harness.dialogue.arguments import PATTERNED
from harness.dialogue.confirmed import other_value
from harness.dialogue.exchanges import Exchange
from harness.dialogue.leaves import Leaf
from harness.dialogue.model import CallerAnswer
from harness.dialogue.proposals import Bearing, asks_for
from harness.dialogue.proposed_writes import Consenting
from harness.dialogue.value_parts import (
    answered_with,
    code_instead,
    counted_otherwise,
    names_other_time,
)
from harness.dialogue.write_words import WriteWords
from harness.language.clauses import clauses
from harness.language.consent import Consent, read_reply
from harness.language.echoes import content_words
from harness.language.language import Language
from harness.language.phrasebook import matches, plain, starts, without
from harness.language.questions import QuestionKind, asks_a_value, asks_approval, read_question
from harness.language.values import ValueKind

IDENTIFYING = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)

_MOST_BESIDE = 1
"""At most so many other words are in a clause that chooses: "the early one"."""

_SPOKEN = (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT, ValueKind.COUNT)

_SAME_MATTER = (QuestionKind.READ_BACK, QuestionKind.WISHES, QuestionKind.OPEN)
"""What may follow a proposal so that a plain yes is still to that."""


@dataclass(frozen=True)
class Replies:
    """The replies to the proposals of one write; ``texts`` has their words by caller turn."""

    words: WriteWords
    texts: Mapping[int, str]

    @property
    def _language(self) -> Language:
        return self.words.language

    def said(self, reply: CallerAnswer) -> str:
        """Return the words of a reply."""
        return self.texts[reply.caller]

    def to_proposal(
        self, reply: CallerAnswer, asked: Exchange, bears: Bearing, *, direct: bool
    ) -> CallerAnswer:
        """Return a reply as it answers the proposal, where other questions followed that.

        "Shall I cancel it? And which e-mail address shall I use?" - "Yes, please. It's …". Only a
        ``direct`` reply, with nothing of the agent before it, may do so.
        """
        if not direct or reply.consent is not Consent.UNCLEAR:
            return reply
        if bears is Bearing.CHOOSES and not reply.changes:
            named = self._names_an_offer(reply)
            return replace(reply, consent=Consent.YES) if named else reply
        if bears is not Bearing.PROPOSES:
            return reply
        language, spec = self._language, self.words.spec
        sentences = language.sentences(asked.heard)
        asking = [at for at, one in enumerate(sentences) if asks_for(one, spec, language)]
        if not asking or asking[-1] == len(sentences) - 1:
            return reply
        question = " ".join(sentences[: asking[-1] + 1])
        verbs = tool_words(spec, language).verbs
        read = read_reply(self.said(reply), language, question=question, verbs=verbs)
        return replace(reply, consent=read.consent) if read.consent is Consent.YES else reply

    def answers_another(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a yes may be to another question that followed the proposal in the same turn.

        "Shall I end it? And did you like your time with us?" - "Yes, I liked it a lot."
        """
        if reply not in asked.answers:
            return False
        language, answers = self._language, self._language.phrases.answers
        questions = [one for one in language.sentences(asked.heard) if "?" in one]
        proposes = [
            at for at, one in enumerate(questions) if asks_for(one, self.words.spec, language)
        ]
        if not proposes or proposes[-1] == len(questions) - 1:
            return False
        last = questions[-1]
        if asks_a_value(last, language) or asks_approval(last, language):
            return False
        if read_question(last, language).kind in _SAME_MATTER:
            return False
        said = self.said(reply)
        return not (matches(answers.agreeing, plain(said)) or self.words.names(said))

    def _names_an_offer(self, reply: CallerAnswer) -> bool:
        """Whether a reply names what the agent offered, the action or a value, and asks nothing."""
        said = self.said(reply)
        telling = [leaf for leaf in self.words.values if leaf.tells_what]
        if reply.asks:
            return False
        named = any(self._takes(leaf, said) for leaf in telling) or picks(said, self._language)[0]
        return named if telling else self.words.names(said)

    def _takes(self, leaf: Leaf, reply: str) -> bool:
        """Whether a clause of a reply names a value, and says nothing else of it."""
        phrases = self._language.phrases
        small = (
            *phrases.wishes.taking_up,
            *phrases.wishes.small_words,
            *phrases.answers.agreeing,
            *phrases.answers.courtesies,
            *phrases.answers.interjections,
            *phrases.details.giving,
        )
        for clause in clauses(reply, self._language):
            words = clause.words
            if matches(phrases.wishes.stating, words) or not self.words.stands(leaf, words):
                continue
            for kind in _SPOKEN:
                for found in reversed(self._language.find(words, kind, self.words.today)):
                    words = f"{words[: found.start]} {words[found.stop :]}"
            values = (word for one in self.words.values for word in plain(one.said).split())
            if len(set(without(small, words).split()) - set(values)) <= _MOST_BESIDE:
                return True
        return False

    def ends(
        self, reply: CallerAnswer, asked: Exchange, later: Exchange, bears: Bearing
    ) -> Consenting | None:
        """Return how a reply ends what was asked, None if it does not.

        ``later`` is what the agent said last before it.
        """
        said, agrees = self.said(reply), reply.consent is Consent.YES
        if later is not asked and any(map(self._names_other_time, (later.claimed, said))):
            return Consenting.CHANGED
        if agrees:
            chooses = bears is Bearing.CHOOSES and later is asked
            chooses_other = chooses and self._takes_other_action(reply, asked.heard)
            return Consenting.REFUSED if chooses_other or self._keeps(reply) else None
        if reply.changes or self._other_codes(reply) or self._instead(reply, asked.heard):
            return Consenting.CHANGED
        return Consenting.REFUSED if reply.consent is Consent.NO else None

    def _keeps(self, reply: CallerAnswer) -> bool:
        """Whether a reply chooses that nothing is done: "I'll keep it then"."""
        said = plain(self.said(reply))
        keeping, answers = self._language.phrases.asking.keeping, self._language.phrases.answers
        return (
            matches(keeping, said)
            and not starts(answers.agreeing_alone, said)
            and not self.words.names(said)
            and not self._half_agrees(reply)
        )

    def takes_none(self, reply: CallerAnswer, offered: str) -> bool:
        """Whether a reply takes none of what was offered: "neither works for me", "freeze it".

        A no to one of several shares words with that.
        """
        if self._takes_other_action(reply, offered):
            return True
        first = next(clauses(self.said(reply), self._language), None)
        if first is None or read_reply(first.words, self._language).consent is not Consent.NO:
            return False
        language = self._language
        return not content_words(first.words, language) & content_words(plain(offered), language)

    def surely_against(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a reply cannot agree: no word of it says so, or it gives another value."""
        if self._instead(reply, asked.heard) or self._other_given(reply):
            return True
        if reply.consent is Consent.YES:
            if self._takes_other_action(reply, asked.heard):
                return True
            offered = re.split(
                self._language.phrases.asking.alternative, asked.heard, flags=re.IGNORECASE
            )
            keeping = self._language.phrases.asking.keeping
            kept = len(offered) > 1 and matches(keeping, plain(offered[-1]))
            return kept and self._keeps(reply)
        if reply.consent is not Consent.NO or self._half_agrees(reply):
            return False
        said = self.said(reply)
        # A corrected wish that is carried out at once is for a listener where it also asks for it.
        wished = any(self.words.stands(leaf, said) for leaf in self.words.values)
        return not (wished and self.words.names(said)) or self.words.denies(said)

    def _takes_other_action(self, reply: CallerAnswer, offered: str) -> bool:
        """Whether a reply names another action that was offered, and no more: "freeze it"."""
        said, words = self.said(reply), self.words
        if words.names(said) or words.telling(said):
            return False
        return any(words.names(said, one) and words.names(offered, one) for one in words.others)

    def _half_agrees(self, reply: CallerAnswer) -> bool:
        """Whether a reply that was read as a no goes on as a yes does: "no, that's perfect"."""
        answers, wishes = self._language.phrases.answers, self._language.phrases.wishes
        refusals = (*answers.refusing, *answers.leaving, *answers.pausing, *answers.deferring)
        nothing_more = (*refusals, *answers.courtesies, *wishes.objects, *answers.interjections)
        half = False
        for clause in clauses(self.said(reply), self._language):
            if self._turns_down(clause.words):
                half = False
                continue
            if matches(refusals, clause.words) and not without(nothing_more, clause.words):
                # A "no" alone may belong to what follows: "no allergies".
                half = half and starts(answers.interjections, clause.words) > 0
                continue
            rest = without((*answers.sufficient, *answers.closing), clause.words)
            consent = read_reply(rest, self._language).consent
            half = half or consent is Consent.YES or matches(answers.conceding, rest)
        return half

    def _turns_down(self, clause: str) -> bool:
        """Whether a clause declines, whatever was said before it.

        It denies the action, or a value of the write and nothing else, or would rather keep what
        there is.
        """
        answers, wishes = self._language.phrases.answers, self._language.phrases.wishes
        if any(starts(answers.denying, one) for one in _begins(clause)) and self.words.names(
            clause
        ):
            return not matches(answers.harmless, clause)
        if matches(wishes.staying, clause) and not self.words.names(clause):
            return True
        if not matches((*answers.denying, *answers.refusing), clause):
            return False
        small = (*answers.denying, *answers.refusing, *wishes.small_words)
        return any(
            not without(small, f"{clause[: found.start]} {clause[found.stop :]}")
            and found.may_be(leaf.value, leaf.kind)
            for leaf in self.words.values
            if leaf.kind in PATTERNED
            for found in self._language.find(clause, leaf.kind, self.words.today)
        )

    def _instead(self, reply: CallerAnswer, proposal: str) -> bool:
        """Whether a clause of a reply consists of another value than the write uses."""
        said, words = self.said(reply), self.words
        values, language, today = words.values, words.language, words.today
        return any(
            answered_with(leaf, said, values, language, today)
            if leaf.kind in PATTERNED
            else counted_otherwise(leaf, said, proposal, language)
            for leaf in values
            if leaf.kind in (*PATTERNED, ValueKind.COUNT) and leaf.flag is None
            if not words.stands(leaf, said)
        ) or any(
            code_instead(leaf, said, proposal, language)
            for leaf in values
            if not leaf.inner and not words.stands(leaf, said)
        )

    def _other_given(self, reply: CallerAnswer) -> bool:
        """Whether a reply holds another checked value than the write uses, whatever stands by."""
        said = self.said(reply)
        return any(
            other_value(reply, leaf.value, leaf.kind) is not None
            for leaf in self.words.values
            if leaf.kind in PATTERNED and not self.words.stands(leaf, said)
        )

    def _other_codes(self, reply: CallerAnswer) -> bool:
        """Whether a reply gives another code than the write uses."""
        return any(
            other_value(reply, leaf.value, leaf.kind) is not None
            for leaf in self.words.values
            if leaf.exact and leaf.kind in IDENTIFYING
        )

    @cached_property
    def _names_other_time(self) -> Callable[[str], bool]:
        """Whether a text names a day or a time of day, and none that the write takes."""
        values, language, today = self.words.values, self._language, self.words.today
        return cache(lambda text: names_other_time(text, values, language, today))

    def understood(self, reply: CallerAnswer) -> bool:
        """Whether a reply that decides nothing is known for a nod, a doubt or a question.

        Who agrees reluctantly does not doubt: "I suppose" may be a yes.
        """
        phrases, answers = self._language.phrases, self._language.phrases.answers
        said = plain(self.said(reply))
        if reply.asks or not without(phrases.backchannel, said):
            return True
        firmly = without(answers.reluctant, said)
        return matches((*answers.hedging, *answers.unsure, *answers.acknowledging), firmly)


def _begins(clause: str) -> tuple[str, str]:
    """Return a clause from its first and from its second word on: "but don't cancel it"."""
    return clause, clause.partition(" ")[2]
