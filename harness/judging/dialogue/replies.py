"""The effect of a caller's reply on a proposed write: agree, refuse, change, or leave open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from harness.judging.dialogue.actions import (
    Named,
    claims_done,
    denies_action,
    ends_its_object,
    names_action,
    reads_only,
    tool_words,
)
from harness.judging.dialogue.alternatives import picks
from harness.judging.dialogue.argument_paths import (
    EXACT,
    PATTERNED,
    Leaf,
    answered_with,
    code_instead,
    counted_otherwise,
    is_hour,
    names_other_time,
)
from harness.judging.dialogue.confirmed import other_value
from harness.judging.dialogue.mentions import WriteWords
from harness.judging.dialogue.model import CallerAnswer
from harness.judging.dialogue.proposals import Bearing, asked_for, asks_for
from harness.judging.dialogue.proposed_writes import Consenting, Exchange
from harness.language.consent import Consent, read_reply
from harness.language.language import Language
from harness.language.phrasebook import matches, plain, starts, without
from harness.language.questions import (
    QuestionKind,
    asks_a_value,
    asks_agreement,
    asks_approval,
    asks_to_be_told,
    content_words,
    echoed,
    main_question,
    read_question,
)
from harness.language.reply_acts import clauses
from harness.language.values import ValueKind

IDENTIFYING = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)

_MOST_BESIDE = 1
"""Most other words in a clause that chooses an option: "the early one"."""

_SPOKEN = (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT, ValueKind.COUNT)

_SAME_MATTER = (QuestionKind.READ_BACK, QuestionKind.WISHES, QuestionKind.OPEN)
"""Kinds of questions that may follow a proposal and still let a plain yes answer the proposal."""


@dataclass(frozen=True)
class Replies:
    """Reads the replies to the proposals of a write; ``texts`` has their words by caller turn."""

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
        """Return a reply, reread as an answer to the proposal if other questions followed that.

        "Shall I cancel it? And which e-mail address shall I use?" - "Yes, please. It's …". Only a
        ``direct`` reply is reread: the agent has not spoken between the proposal and the reply.
        """
        if direct and self._may_take_alternative(reply, asked):
            return replace(reply, consent=Consent.UNCLEAR)
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

    def _may_take_alternative(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a yes with more words may choose the alternative in the question."""
        main = self._before_alternative(asked)
        if not main or reply.consent is not Consent.YES:
            return False
        # "Is that fine, or shall I check other times?" - "Yes, have a look."
        rest = [one.words for one in clauses(self.said(reply), self._language)][1:]
        courtesies = self._language.phrases.answers.courtesies
        return any(
            without(courtesies, one)
            and read_reply(one, self._language, question=main).consent is not Consent.YES
            for one in rest
        )

    def _before_alternative(self, asked: Exchange) -> str:
        """Return the last question without its alternative; empty if it has none."""
        question = (self._language.sentences(asked.heard) or ("",))[-1]
        main = main_question(question, self._language)
        return "" if main == question else main

    def answers_another(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a yes may answer another question after the proposal, in the same turn."""
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
        # "Shall I end it? And did you like your time with us?" - "Yes, I liked it a lot."
        return not (matches(answers.agreeing, plain(said)) or self.words.names(said))

    def _names_an_offer(self, reply: CallerAnswer) -> bool:
        """Whether a reply names the offered action or a value, and is not a question."""
        said = self.said(reply)
        telling = [leaf for leaf in self.words.values if leaf.tells_what]
        if reply.asks:
            return False
        named = any(self._takes(leaf, said) for leaf in telling) or picks(said, self._language)[0]
        return named if telling else self.words.names(said)

    def _takes(self, leaf: Leaf, reply: str) -> bool:
        """Whether a clause of a reply names a value and adds no statement about it."""
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
        """Return how a reply rejects or changes a proposal; None if it does neither.

        ``later`` is the last exchange before the reply.
        """
        said, agrees = self.said(reply), reply.consent is Consent.YES
        if later is not asked and any(map(self._names_other_time, (later.claimed, said))):
            return Consenting.CHANGED
        if agrees:
            # The agent may have offered another action: "freeze it" refuses this write.
            chooses = bears is Bearing.CHOOSES and later is asked
            chooses_other = chooses and self._takes_other_action(reply, asked.heard)
            return Consenting.REFUSED if chooses_other or self._keeps(reply) else None
        if (
            reply.changes
            or self._other_code(reply, exact=True)
            or self._instead(reply, asked.heard)
        ):
            return Consenting.CHANGED
        return Consenting.REFUSED if reply.consent is Consent.NO else None

    def _keeps(self, reply: CallerAnswer) -> bool:
        """Whether a reply chooses to keep the present state: "I'll keep it then"."""
        said = plain(self.said(reply))
        keeping, answers = self._language.phrases.asking.keeping, self._language.phrases.answers
        return (
            matches(keeping, said)
            and not matches(answers.denying, said)
            and not starts(answers.agreeing_alone, said)
            and not self.words.names(said)
            and not self._half_agrees(reply)
        )

    def takes_none(self, reply: CallerAnswer, offered: str) -> bool:
        """Whether a reply declines all offers: "neither works for me", "freeze it"."""
        if self._takes_other_action(reply, offered):
            return True
        first = next(clauses(self.said(reply), self._language), None)
        if first is None or read_reply(first.words, self._language).consent is not Consent.NO:
            return False
        language = self._language
        # A no that shares words with an offer declines only that offer.
        return not content_words(first.words, language) & content_words(plain(offered), language)

    def surely_against(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a reply cannot agree: it has no word of agreement, or gives another value."""
        if self._instead(reply, asked.heard) or self._other_code(reply, exact=False):
            return True
        if reply.consent is Consent.YES:
            if self._takes_other_action(reply, asked.heard):
                return True
            offered = re.split(
                self._language.phrases.asking.alternative, asked.heard, flags=re.IGNORECASE
            )
            keeping = self._language.phrases.asking.keeping
            kept = len(offered) > 1 and matches(keeping, plain(offered[-1]))
            ends = ends_its_object(self.words.spec, self._language)
            return kept and ends and self._keeps(reply)
        if reply.consent is not Consent.NO or self._half_agrees(reply):
            return False
        if self._before_alternative(asked):  # the no may decline only the alternative
            return False
        said = self.said(reply)
        if self._may_agree(reply) or not (reply.changes or self._plainly_refuses(said, asked)):
            return False
        # A corrected request that is carried out at once needs a person if it names the action.
        wished = any(self.words.stands(leaf, said) for leaf in self.words.values)
        return not (wished and self.words.names(said)) or self.words.denies(said)

    def _plainly_refuses(self, said: str, asked: Exchange) -> bool:
        """Whether a clause refuses in known words, or denies the agent's statement."""
        language, answers = self._language, self._language.phrases.answers
        sayings = answers.sayings.items()
        certain = (
            *(one for said, some in sayings if matches(answers.refusing, said) for one in some),
            *answers.leaving,
            *answers.pausing,
            *answers.deferring,
            *answers.sufficient,
            *language.phrases.asking.faulty,
            *language.phrases.asking.keeping,
            *language.phrases.wishes.staying,
        )
        negative = (*answers.refusing, *answers.denying)
        small = (*negative, *answers.courtesies, *answers.interjections)
        heard = content_words(plain(asked.heard), language)
        for clause in (one.words for one in clauses(said, language)):
            forbids = starts(answers.forbidding, clause) and matches(answers.refusing, clause)
            if forbids or matches(certain, clause):
                return True
            words = content_words(without(small, clause), language)
            rest = words - language.phrases.asking.approving
            # Other words with a "not" may praise: "nothing I'd rather do", "can't see any
            # downside".
            plainly = not rest or any(echoed(word, heard) for word in rest)
            if matches(negative, clause) and (plainly or self.words.names(clause)):
                return True
        return False

    def _may_agree(self, reply: CallerAnswer) -> bool:
        """Whether a refusal may be misread: "I'm not keeping it", or "seven it is" for 19:00."""
        said, language = self.said(reply), self._language
        asking, answers = language.phrases.asking, language.phrases.answers
        for clause in clauses(said, language):
            kept = any(matches((rf"{keep}\w*",), clause.words) for keep in asking.keeping)
            if kept and matches(answers.denying, without(asking.keeping, clause.words)):
                return True
        if matches(answers.denying, plain(said)):
            return False
        numbers = language.find(said, ValueKind.COUNT)
        return any(is_hour(one.value, self.words.values) for one in numbers)

    def _takes_other_action(self, reply: CallerAnswer, offered: str) -> bool:
        """Whether a reply names only another action that was offered: "freeze it"."""
        said, words = self.said(reply), self.words
        if words.names(said) or words.telling(said):
            return False
        return any(words.names(said, one) and words.names(offered, one) for one in words.others)

    def _half_agrees(self, reply: CallerAnswer) -> bool:
        """Whether a reply that was read as a no continues like a yes: "no, that's perfect"."""
        answers, wishes = self._language.phrases.answers, self._language.phrases.wishes
        refusals = (*answers.refusing, *answers.leaving, *answers.pausing, *answers.deferring)
        nothing_more = (*refusals, *answers.courtesies, *wishes.objects, *answers.interjections)
        ends = ends_its_object(self.words.spec, self._language)
        half = False
        for clause in clauses(self.said(reply), self._language):
            if self._turns_down(clause.words):
                half = False
                continue
            if matches(refusals, clause.words) and not without(nothing_more, clause.words):
                # A bare "no" may belong to the next words: "no allergies". "Keep it" declines
                # the end of something, but may agree to its extension.
                keeps = matches(answers.leaving, clause.words) and not ends
                half = half and (keeps or starts(answers.interjections, clause.words) > 0)
                continue
            rest = without((*answers.sufficient, *answers.closing), clause.words)
            consent = read_reply(rest, self._language).consent
            half = half or consent is Consent.YES or matches(answers.conceding, rest)
        return half

    def _turns_down(self, clause: str) -> bool:
        """Whether a clause declines, regardless of the words before it.

        It denies the action, denies only a value of the write, or prefers the present state.
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
        """Whether a clause of a reply consists of a value that differs from the write's."""
        said, words = self.said(reply), self.words
        values, language, today = words.values, words.language, words.today
        return any(
            answered_with(leaf, said, values, language, today)
            if leaf.kind in PATTERNED
            else counted_otherwise(leaf, said, proposal, language)
            for leaf in values
            if leaf.kind in EXACT and leaf.flag is None
            if not words.stands(leaf, said)
        ) or any(
            code_instead(leaf, said, proposal, language)
            for leaf in values
            if not leaf.inner and not words.stands(leaf, said)
        )

    def _other_code(self, reply: CallerAnswer, *, exact: bool) -> bool:
        """Whether a reply contains an identifier that differs from the write's.

        ``exact``: only identifiers that the suite wants exactly, even if both are in the reply.
        """
        said = self.said(reply)
        return any(
            other_value(reply, leaf.value, leaf.kind) is not None
            for leaf in self.words.values
            if leaf.kind in IDENTIFYING
            if leaf.exact or not exact
            if exact or not self.words.stands(leaf, said)
        )

    @cached_property
    def _names_other_time(self) -> Callable[[str], bool]:
        """Whether a text names a day or a time of day, and none that the write uses."""
        values, language, today = self.words.values, self._language, self.words.today
        return cache(lambda text: names_other_time(text, values, language, today))

    def understood(self, reply: CallerAnswer) -> bool:
        """Whether an undecided reply is known to be a backchannel, a doubt or a question."""
        phrases, answers = self._language.phrases, self._language.phrases.answers
        said = plain(self.said(reply))
        if reply.asks or not without(phrases.backchannel, said):
            return True
        # A reluctant agreement is no doubt: "I suppose" may be a yes.
        firmly = without(answers.reluctant, said)
        return matches((*answers.hedging, *answers.unsure, *answers.acknowledging), firmly)


def _begins(clause: str) -> tuple[str, str]:
    """Return a clause with and without its first word: "but don't cancel it"."""
    return clause, clause.partition(" ")[2]


# Finds words of the agent that may be a proposal of a write, although no rule recognizes one.

STATED = 2
"""Fewest values of a write that a turn must contain to describe it."""


def maybe_put(exchanges: Sequence[Exchange], replies: Replies) -> Exchange | None:
    """Return the newest exchange in which the agent may have proposed a write; None if none did.

    An exchange counts unless it is known to be about another subject. Turns without a reply of the
    caller are skipped.
    """
    words = replies.words
    for one in reversed(exchanges):
        answered = one.answers and one.utterances
        if answered and may_put(one.claimed, words) and not _answers_else(one, replies):
            return one
        # The search ends at the caller's own request.
        if any(words.names(replies.said(answer)) for answer in one.answers):
            return None
    return None


def _answers_else(one: Exchange, replies: Replies) -> bool:
    """Whether the replies answer another question that followed an unannounced statement.

    The caller said no to "anything else?", or the agent offered more information.
    """
    words = replies.words
    language = words.language
    sentences = language.sentences(one.claimed)
    if any(words.names(s) and language.phrases.announces(s) for s in sentences):
        return False
    asked = read_question(one.claimed, language)
    if asked.kind is QuestionKind.WISHES:
        said = [replies.said(answer) for answer in one.answers]
        return all(read_reply(text, language).consent is Consent.NO for text in said)
    if asked.kind is not QuestionKind.LEAVE or not asks_to_be_told(asked.asked, language):
        return False
    held = any(words.stands(leaf, asked.asked) for leaf in words.values)
    return (asked.offers or not held) and not words.names(asked.asked)


def may_put(text: str, words: WriteWords) -> bool:
    """Return whether a turn may ask the caller to approve a write.

    It does not if each of its sentences asks for a value or for further wishes, offers
    information, denies the action, or states neither the action nor two values of the write.
    """
    language = words.language
    asking = language.phrases.asking
    if _asks_for_another(text, words):
        return False
    for sentence in language.sentences(text):
        asked = asked_for(sentence, language)
        refers = matches((*asking.pointing, *asking.referring), plain(sentence))
        other = bool(asked) and all(denies_action(one, words.spec, language) for one in asked)
        if words.denies(sentence) or (other and not refers):
            continue
        if asks_a_value(sentence, language):
            if any(words.stands(leaf, sentence) for leaf in words.values):
                return True
        elif "?" in sentence:
            if not _only_confirms(sentence, text, words):
                return True
        elif not claims_done(sentence, words.spec, language) and (
            len(words.telling(sentence)) >= STATED
            or words.names(sentence)
            or asks_agreement(sentence, language)
        ):
            return True
    return False


def _asks_for_another(text: str, words: WriteWords) -> bool:
    """Whether a turn asks permission for another tool and does not mention this write."""
    held = sum(words.stands(leaf, text) for leaf in words.values)
    if words.telling(text) or words.names(text) or held >= STATED:
        return False
    return any(asks_for(text, tool, words.language) for tool in words.others)


def _only_confirms(question: str, turn: str, words: WriteWords) -> bool:
    """Whether a question asks for further wishes, or confirms facts unrelated to the write."""
    language = words.language
    if asks_to_be_told(question, language):
        return not words.names(question)
    kind = read_question(question, language).kind
    if kind is not QuestionKind.READ_BACK:
        return kind is QuestionKind.WISHES
    announced = any(
        language.phrases.announces(one) and not reads_only(one, language)
        for one in language.sentences(turn)
    )
    # If the verbs of a tool are not known, any words may be about it.
    unknown = names_action("", words.spec, language) is Named.UNKNOWN
    held = sum(words.stands(leaf, question) for leaf in words.values)
    named = bool(words.telling(turn)) or words.names(turn) or held >= STATED
    return not (named or announced or unknown)
