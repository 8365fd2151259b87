"""How a write came to be agreed to: the newest proposal of it, the reply to that, and what stands.

Exchanges are looked through from the newest back. A reply to a proposal may come later, where the
agent asked nothing else in between; a no or a change takes an older yes back. An older agreement
stands beside a newer proposal of something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property

from harness.dialogue.actions import (
    Named,
    claims_done,
    names_action,
    names_object,
    reads_only,
    tool_words,
)
from harness.dialogue.agreed_values import value_findings
from harness.dialogue.agreed_words import AgreedWords, SaidWords
from harness.dialogue.alternatives import offers_in
from harness.dialogue.arguments import PATTERNED
from harness.dialogue.binding import Binding
from harness.dialogue.confirmed import other_value
from harness.dialogue.exchanges import Exchange
from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import value_stands
from harness.dialogue.model import CallerAnswer
from harness.dialogue.proposals import (
    Bearing,
    Told,
    asks_for,
    bearing,
    own_clauses,
)
from harness.dialogue.proposed_writes import Consenting, ProposedWrite
from harness.dialogue.rivals import Rivals
from harness.dialogue.self_repairs import surely_meant
from harness.dialogue.value_parts import answered_with, names_other_time
from harness.language.clauses import clauses
from harness.language.consent import Consent, read_reply
from harness.language.language import Language
from harness.language.phrasebook import matches, plain, starts, without
from harness.language.questions import (
    QuestionKind,
    announces_only,
    asks_a_value,
    asks_agreement,
    asks_approval,
    asks_to_be_told,
    read_question,
)
from harness.language.values import ValueKind
from harness.recording.tools import ToolOutcome
from harness.scenario.model import Suite, ToolKind, ToolSpec
from harness.timeline.model import Timeline, ToolCall

_IDENTIFYING = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)

_MOST_BESIDE = 1
"""At most so many other words are in a clause that chooses: "the early one"."""

_SPOKEN = (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT, ValueKind.COUNT)

_SAME_MATTER = (QuestionKind.READ_BACK, QuestionKind.WISHES, QuestionKind.OPEN)
"""What may follow a proposal so that a plain yes is still to that."""

_STATED = 2
"""So many values of a write in one turn describe it."""


@dataclass(frozen=True)
class WriteHistory:
    """All that led to one write."""

    timeline: Timeline
    suite: Suite
    tool: ToolCall
    spec: ToolSpec
    values: Sequence[Leaf]
    exchanges: tuple[Exchange, ...]
    texts: dict[int, str]
    """What the caller said, by the index of the turn."""
    language: Language
    today: date | None

    def proposed(self) -> tuple[ProposedWrite, ...]:
        """Return every proposal of the write, the newest first."""
        found: list[ProposedWrite] = []
        bearings = self._bearings()
        for number in reversed(range(len(bearings))):
            if bearings[number] is not Bearing.NOT:
                one = self._one(number, bearings)
                asked = bearings[number] is Bearing.PROPOSES
                if bearings[number] is Bearing.CHOOSES and not self._chosen(one):
                    continue
                if asked or one.chosen or one.consenting is Consenting.AGREED:
                    found.append(one)
        return tuple(found)

    def _chosen(self, one: ProposedWrite) -> bool:
        """Whether the reply names one of what the agent offered."""
        reply = "" if one.answer is None else self.texts[one.answer.caller]
        offered = one.exchange.heard
        phrases = self.language.phrases
        words = without(phrases.answers.courtesies, plain(reply))
        ordinal = matches(phrases.wishes.picking, words)
        if one.chosen:
            others = any(self._names(one.chosen, other) for other in self._other_writes)
            return not others or self._names(one.chosen, self.spec)
        return (
            ordinal
            or self._names(reply, self.spec)
            or any(
                self._stands(leaf, reply) and self._stands(leaf, offered) for leaf in self.values
            )
        )

    def _names(self, text: str, spec: ToolSpec) -> bool:
        return names_action(text, spec, self.language) is Named.YES

    @property
    def _other_writes(self) -> tuple[ToolSpec, ...]:
        writes = (tool for tool in self.suite.tools if tool.kind is ToolKind.WRITE)
        return tuple(tool for tool in writes if tool.name != self.spec.name)

    def _bearings(self) -> list[Bearing]:
        found: list[Bearing] = []
        open_s: float | None = None
        tried, stated, requested = self._made(), False, False
        for exchange in self.exchanges:
            there = [v for v in self.values if self._stands(v, exchange.claimed)]
            since = [ok for at_s, ok in tried if (open_s or 0.0) <= at_s < exchange.start_s]
            if any(since):
                open_s = None
            named = names_object(exchange.claimed, self.spec, self.language)
            told = Told(
                there=there,
                continues=open_s is not None or (bool(since) and not since[-1]),
                stated=stated,
                requested=requested or named,
                whole=all(v in there for v in self.values if v.tells_what),
            )
            others = self._other_writes
            one = bearing(exchange.claimed, self.spec, others, self.language, told)
            requested = requested or any(
                self._names(self.texts[a.caller], self.spec) for a in exchange.answers
            )
            if one is Bearing.MAY and not self._may_put(exchange.claimed):
                one = Bearing.NOT
            elif one in (Bearing.MAY, Bearing.STATES, Bearing.NOT) and self._states_all(exchange):
                one = Bearing.PROPOSES
            stated = len(there) >= _STATED and any(leaf.tells_what for leaf in there)
            if one is Bearing.PROPOSES:
                open_s = exchange.start_s
            if any(a.consent is Consent.NO and not a.changes for a in exchange.answers):
                open_s = None
            found.append(one)
        return found

    def _made(self) -> tuple[tuple[float, bool], ...]:
        """Return when the tool was called before, and whether that went well."""
        return tuple(
            (tool.requested_s, tool.outcome is ToolOutcome.OK)
            for tool in self.timeline.tools
            if tool.name == self.tool.name and tool.requested_s < self.tool.requested_s
        )

    def _stands(self, leaf: Leaf, text: str) -> bool:
        return value_stands(leaf, text, self.language, self.today)

    def _one(self, number: int, bearings: list[Bearing]) -> ProposedWrite:
        exchange = self.exchanges[number]
        consenting, answer, at = self._consenting(number, bearings)
        replied = number if at is None else at
        between = self.exchanges[number + 1 : replied + 1]
        said_after = self._said(replied, len(self.exchanges), after=answer)
        proposal = self._meant(" ".join((exchange.heard, *(one.heard for one in between))))
        made = AgreedWords(
            proposal=proposal,
            own=own_clauses(proposal, self.spec, self._other_writes, self.language),
            reply="" if answer is None else self._meant(self.texts[answer.caller]),
            later=tuple(said.text for said in said_after if said.by_caller),
            before=(
                *self._said(0, number),
                *self._said(number + 1, replied + 1, until=answer),
            ),
            replied_s=self.tool.requested_s if answer is None else answer.end_s,
            tools=tuple(t for t in self.timeline.tools if t.requested_s < self.tool.requested_s),
        )
        since = self._said(number, replied + 1, until=answer)
        replies = (*(said.text for said in since if said.by_caller), made.reply, *made.later)
        things = tool_words(self.spec, self.language).objects
        rivals = Rivals(self.values, made, self.language, self.today, things)
        offers = offers_in(rivals, replies)
        findings = value_findings(self.values, offers, spec=self.spec)
        certain = bearings[number] is not Bearing.MAY
        before = self.exchanges[number - 1].heard if number else ""
        return ProposedWrite(
            exchange, consenting, answer, findings, certain, before=before,
            direct=replied == number, chosen=offers.chosen,
            limited=Binding(offers.rivals, self.spec).limited(),
            announced=announces_only(exchange.claimed, self.language),
            sure=certain and self._surely(consenting, answer, number, bearings),
            complete=certain and consenting is Consenting.AGREED and self._holds_all(exchange),
        )  # fmt: skip

    def _surely(
        self,
        consenting: Consenting,
        answer: CallerAnswer | None,
        number: int,
        bearings: Sequence[Bearing],
    ) -> bool:
        """Whether a proposal that was not agreed to was surely not: no words may say otherwise."""
        if consenting is Consenting.UNANSWERED:
            asked = asks_agreement(self.exchanges[number].claimed, self.language)
            return asked and not any(later.answers for later in self.exchanges[number:])
        if consenting is Consenting.INTERRUPTED:
            answers = [a for later in self.exchanges[number:] for a in later.answers]
            return not any(a.consent is Consent.YES for a in answers)
        if answer is None or self._spoken_of_since(answer, bearings):
            return False
        if self._replaces(answer):
            return True
        if answer.consent is not Consent.NO or self._half_agrees(answer):
            return False
        reply = self.texts[answer.caller]
        # A corrected wish that is carried out at once is for a listener where it also asks for it.
        wished = any(self._stands(leaf, reply) for leaf in self.values)
        return not (wished and self._names(reply, self.spec))

    def _spoken_of_since(self, answer: CallerAnswer, bearings: Sequence[Bearing]) -> bool:
        """Whether the agent spoke of the write after a reply, and the caller answered that."""
        return any(
            one.answers and answer.start_s < one.start_s and bears is not Bearing.NOT
            for one, bears in zip(self.exchanges, bearings, strict=True)
        )

    def _half_agrees(self, answer: CallerAnswer) -> bool:
        """Whether a reply that was read as a no goes on as a yes does: "no, that's perfect"."""
        answers, wishes = self.language.phrases.answers, self.language.phrases.wishes
        refusals = (*answers.refusing, *answers.leaving, *answers.pausing, *answers.deferring)
        nothing_more = (*refusals, *answers.courtesies, *wishes.objects, *answers.interjections)
        half = False
        for clause in clauses(self.texts[answer.caller], self.language):
            if matches(refusals, clause.words) and not without(nothing_more, clause.words):
                # A "no" alone may belong to what follows: "no allergies".
                half = half and starts(answers.interjections, clause.words) > 0
                continue
            rest = without((*answers.sufficient, *answers.closing), clause.words)
            agrees = read_reply(rest, self.language).consent is Consent.YES
            half = half or agrees or matches(answers.conceding, rest)
        return half

    def _replaces(self, answer: CallerAnswer) -> bool:
        """Whether a reply gives another checked value for one that the write uses."""
        reply = self.texts[answer.caller]
        return any(
            answered_with(leaf, reply, self.values, self.language, self.today)
            or other_value(answer, leaf.value, leaf.kind) is not None
            for leaf in self.values
            if leaf.kind in PATTERNED and not self._stands(leaf, reply)
        )

    @property
    def newest_answered(self) -> Exchange | None:
        """The newest exchange in which the caller answered the agent."""
        answered = (one for one in reversed(self.exchanges) if one.answers and one.utterances)
        return next(answered, None)

    def maybe_put(self) -> Exchange | None:
        """Return the newest words of the agent that may have put the write to the caller, if any.

        Words of the agent may do so unless they are known to be about something else. What was
        said before the caller's own request is no answer to it, and neither is what the caller
        did not reply to.
        """
        for one in reversed(self.exchanges):
            if one.answers and one.utterances and self._may_put(one.claimed):
                return one
            if any(self._names(self.texts[answer.caller], self.spec) for answer in one.answers):
                return None
        return None

    def _may_put(self, text: str) -> bool:
        """Whether a turn may put the write to the caller for approval.

        It does not where all its sentences ask for a value or for more wishes, or state something
        that neither names the action nor two values of it.
        """
        language = self.language
        if self._asks_for_another(text):
            return False
        for sentence in language.sentences(text):
            telling = [v for v in self.values if v.tells_what and self._stands(v, sentence)]
            if asks_a_value(sentence, language):
                if any(self._stands(leaf, sentence) for leaf in self.values):
                    return True
            elif "?" in sentence:
                if not self._only_confirms(sentence, text):
                    return True
            elif not claims_done(sentence, self.spec, language) and (
                len(telling) >= _STATED
                or self._names(sentence, self.spec)
                or asks_agreement(sentence, language)
            ):
                return True
        return False

    def _asks_for_another(self, text: str) -> bool:
        """Whether a turn asks leave for another tool alone: it holds nothing of this write."""
        telling = any(self._stands(leaf, text) for leaf in self.values if leaf.tells_what)
        if telling or self._names(text, self.spec):
            return False
        return any(asks_for(text, tool, self.language) for tool in self._other_writes)

    def _only_confirms(self, question: str, turn: str) -> bool:
        """Whether a question is for more wishes, or confirms what has nothing of the write."""
        kind = read_question(question, self.language).kind
        if kind is not QuestionKind.READ_BACK:
            return kind is QuestionKind.WISHES
        telling = any(self._stands(leaf, turn) for leaf in self.values if leaf.tells_what)
        announced = any(
            self.language.phrases.announces(one) and not reads_only(one, self.language)
            for one in self.language.sentences(turn)
        )
        # Of a tool whose verbs are not known, no words are known to be about something else.
        unknown = names_action("", self.spec, self.language) is Named.UNKNOWN
        return not (telling or announced or unknown or self._names(turn, self.spec))

    def _holds_all(self, exchange: Exchange) -> bool:
        """Whether a turn and the replies to it hold every date, time and number of the write."""
        told = " ".join((exchange.claimed, *(self.texts[a.caller] for a in exchange.answers)))
        numbers = [v for v in self.values if v.kind in (*PATTERNED, ValueKind.COUNT)]
        return all(self._stands(v, told) for v in numbers if v.tells_what and not v.nothing)

    def _states_all(self, exchange: Exchange) -> bool:
        """Whether a turn sums the write up: it holds every value that anybody could say."""
        if asks_to_be_told(exchange.claimed, self.language):
            return False
        flags = (leaf for leaf in self.values if leaf.flag is None)
        said = [leaf for leaf in flags if not (leaf.never_spoken or leaf.nothing)]
        whole = all(self._stands(leaf, exchange.claimed) for leaf in said)
        asked = asks_agreement(exchange.claimed, self.language)
        if not asked and not self._names(exchange.claimed, self.spec):
            return False
        return len(said) >= _STATED and any(leaf.tells_what for leaf in said) and whole

    @cached_property
    def _meant(self) -> Callable[[str], str]:
        """The words of a side without the values that it took back in the same breath."""
        kinds = tuple(dict.fromkeys(leaf.kind for leaf in self.values))
        language, today = self.language, self.today
        return cache(lambda text: surely_meant(text, kinds, language, today))

    def _consenting(
        self, number: int, bearings: list[Bearing]
    ) -> tuple[Consenting, CallerAnswer | None, int | None]:
        """Return what the replies to a proposal say, the one that decided, and where it stands."""
        exchange = self.exchanges[number]
        if not exchange.whole:
            return Consenting.INTERRUPTED, None, None
        agreed: tuple[CallerAnswer, int] | None = None
        unknown: CallerAnswer | None = None
        for at in range(number, len(self.exchanges)):
            later = self.exchanges[at]
            if at > number and (bearings[at] is Bearing.PROPOSES or self._asks[at]):
                continue
            for reply in exchange.replies if at == number else later.answers:
                reply = self._to_proposal(reply, bearings[number]) if at == number else reply
                if ended := self._ended(reply, exchange, later):
                    return ended, reply, at
                if reply.consent is Consent.YES and not self._answers_another(reply, exchange):
                    agreed = agreed or (reply, at)
                elif agreed is None and not self._understood(reply):
                    unknown = unknown or reply
        if agreed is not None:
            return Consenting.AGREED, *agreed
        if unknown is not None:
            return Consenting.UNKNOWN, unknown, None
        return Consenting.UNANSWERED, None, None

    def _to_proposal(self, reply: CallerAnswer, bears: Bearing) -> CallerAnswer:
        """Return a reply as it answers the proposal, where other questions followed that.

        "Shall I cancel it? And which e-mail address shall I use?" - "Yes, please. It's …"
        """
        if reply.consent is not Consent.UNCLEAR:
            return reply
        if bears is Bearing.CHOOSES and not reply.changes:
            named = self._names_an_offer(reply)
            return replace(reply, consent=Consent.YES) if named else reply
        if bears is not Bearing.PROPOSES:
            return reply
        number = next(n for n, one in enumerate(self.exchanges) if reply in one.answers)
        sentences = self.language.sentences(self.exchanges[number].heard)
        asking = [at for at, one in enumerate(sentences) if asks_for(one, self.spec, self.language)]
        if not asking or asking[-1] == len(sentences) - 1:
            return reply
        question = " ".join(sentences[: asking[-1] + 1])
        verbs = tool_words(self.spec, self.language).verbs
        read = read_reply(self.texts[reply.caller], self.language, question=question, verbs=verbs)
        return replace(reply, consent=read.consent) if read.consent is Consent.YES else reply

    def _answers_another(self, reply: CallerAnswer, asked: Exchange) -> bool:
        """Whether a yes may be to another question that followed the proposal in the same turn.

        "Shall I end it? And did you like your time with us?" - "Yes, I liked it a lot."
        """
        if reply not in asked.answers:
            return False
        language, answers = self.language, self.language.phrases.answers
        questions = [one for one in language.sentences(asked.heard) if "?" in one]
        proposes = [at for at, one in enumerate(questions) if asks_for(one, self.spec, language)]
        if not proposes or proposes[-1] == len(questions) - 1:
            return False
        last = questions[-1]
        if asks_a_value(last, language) or asks_approval(last, language):
            return False
        if read_question(last, language).kind in _SAME_MATTER:
            return False
        said = self.texts[reply.caller]
        directs = matches(answers.agreeing, plain(said)) or self._names(said, self.spec)
        return not directs

    def _names_an_offer(self, reply: CallerAnswer) -> bool:
        """Whether a reply names what the agent offered, the action or a value, and asks nothing."""
        said = self.texts[reply.caller]
        telling = [leaf for leaf in self.values if leaf.tells_what]
        named = any(self._takes(leaf, said) for leaf in telling)
        return not reply.asks and (named if telling else self._names(said, self.spec))

    def _takes(self, leaf: Leaf, reply: str) -> bool:
        """Whether a clause of a reply names a value, and says nothing else of it."""
        phrases = self.language.phrases
        small = (
            *phrases.wishes.taking_up,
            *phrases.wishes.small_words,
            *phrases.answers.agreeing,
            *phrases.answers.courtesies,
            *phrases.answers.interjections,
            *phrases.details.giving,
        )
        for clause in clauses(reply, self.language):
            words = clause.words
            if matches(phrases.wishes.stating, words) or not self._stands(leaf, words):
                continue
            for kind in _SPOKEN:
                for found in reversed(self.language.find(words, kind, self.today)):
                    words = f"{words[: found.start]} {words[found.stop :]}"
            values = (word for one in self.values for word in plain(one.said).split())
            if len(set(without(small, words).split()) - set(values)) <= _MOST_BESIDE:
                return True
        return False

    def _ended(self, reply: CallerAnswer, asked: Exchange, later: Exchange) -> Consenting | None:
        """Return how a reply ends what was asked, None if it does not; ``later`` came before it."""
        if later is not asked and self._names_other_time(later, reply):
            return Consenting.CHANGED
        if reply.consent is Consent.YES:
            return Consenting.REFUSED if self._keeps(reply) else None
        if reply.changes or self._other_values(reply):
            return Consenting.CHANGED
        return Consenting.REFUSED if reply.consent is Consent.NO else None

    def _keeps(self, reply: CallerAnswer) -> bool:
        """Whether a reply chooses that nothing is done: "I'll keep it then"."""
        said = plain(self.texts[reply.caller])
        keeping, answers = self.language.phrases.asking.keeping, self.language.phrases.answers
        return (
            matches(keeping, said)
            and not starts(answers.agreeing_alone, said)
            and names_action(said, self.spec, self.language) is not Named.YES
            and not self._half_agrees(reply)
        )

    @cached_property
    def _asks(self) -> tuple[bool, ...]:
        """Whether each turn of the agent asks something, be it a part of a proposal or not."""
        language = self.language
        return tuple(
            "?" in text or asks_agreement(text, language) or asks_to_be_told(text, language)
            for text in (exchange.claimed for exchange in self.exchanges)
        )

    def _other_values(self, reply: CallerAnswer) -> bool:
        """Whether a reply gives another code than the write uses."""
        return any(
            other_value(reply, leaf.value, leaf.kind) is not None
            for leaf in self.values
            if leaf.exact and leaf.kind in _IDENTIFYING
        )

    def _names_other_time(self, later: Exchange, reply: CallerAnswer) -> bool:
        """Whether a later answer, or what it answers, is about another day or time of day."""
        return any(map(self._names_another, (later.claimed, self.texts[reply.caller])))

    @cached_property
    def _names_another(self) -> Callable[[str], bool]:
        """Whether a text names a day or a time of day, and none that the write takes."""
        values, language, today = self.values, self.language, self.today
        return cache(lambda text: names_other_time(text, values, language, today))

    def _understood(self, reply: CallerAnswer) -> bool:
        """Whether a reply that decides nothing is known for a nod, a doubt or a question.

        Who agrees reluctantly does not doubt: "I suppose" may be a yes.
        """
        phrases = self.language.phrases
        said = plain(self.texts[reply.caller])
        if reply.asks or not without(phrases.backchannel, said):
            return True
        answers = phrases.answers
        firmly = without(answers.reluctant, said)
        return matches((*answers.hedging, *answers.unsure, *answers.acknowledging), firmly)

    def _said(
        self,
        first: int,
        stop: int,
        *,
        after: CallerAnswer | None = None,
        until: CallerAnswer | None = None,
    ) -> tuple[SaidWords, ...]:
        """Return the words of both sides in some exchanges, in order.

        Only those before or after a reply, where one is given.
        """
        words, starts = self._acts
        some = slice(starts[first], starts[stop])
        if after is None and until is None:
            return tuple(said for _, said in words[some])
        from_s = float("-inf") if after is None else after.start_s
        to_s = float("inf") if until is None else until.start_s
        return tuple(said for at_s, said in words[some] if from_s < at_s < to_s)

    @cached_property
    def _acts(self) -> tuple[tuple[tuple[float, SaidWords], ...], tuple[int, ...]]:
        """The words of both sides with their times, and where those of each exchange begin."""
        acts: list[tuple[float, SaidWords]] = []
        starts = [0]
        for exchange in self.exchanges:
            if exchange.utterances:
                told = SaidWords(self._meant(exchange.heard), by_caller=False)
                acts.append((exchange.start_s, told))
            for answer in exchange.answers:
                refused = answer.consent is Consent.NO
                said = SaidWords(
                    self._meant(self.texts[answer.caller]),
                    by_caller=True,
                    changes=answer.changes or refused,
                    refuses=refused,
                )
                acts.append((answer.start_s, said))
            starts.append(len(acts))
        return tuple(acts), tuple(starts)
