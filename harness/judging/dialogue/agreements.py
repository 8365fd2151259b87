"""The proposals of a write, the caller's reply to each, and the values that were agreed to.

Exchanges are searched from the newest to the oldest. A reply may come some turns after its
proposal if the agent asks no other question in between. A no or a change cancels an older yes. An
older agreement stays valid when the agent later proposes something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from itertools import accumulate

from harness.errors import Unscorable
from harness.judging.dialogue.actions import (
    names_object,
    tool_words,
)
from harness.judging.dialogue.agreed_values import relative_times, value_findings
from harness.judging.dialogue.alternatives import offers_in, picks
from harness.judging.dialogue.argument_paths import EXACT, Leaf
from harness.judging.dialogue.binding import Binding
from harness.judging.dialogue.conflicting_values import Rivals
from harness.judging.dialogue.mentions import WriteWords
from harness.judging.dialogue.model import CallerAnswer
from harness.judging.dialogue.name_candidates import EarlierNumbers, numbers_said
from harness.judging.dialogue.proposals import (
    Bearing,
    Told,
    asks_for,
    bearing,
    own_clauses,
)
from harness.judging.dialogue.proposed_writes import (
    AgreedWords,
    Consenting,
    Exchange,
    ProposedWrite,
    SaidWords,
    Standing,
    TextRead,
    ValueFinding,
)
from harness.judging.dialogue.replies import STATED, Replies, may_put, maybe_put
from harness.judging.dialogue.self_repairs import surely_meant
from harness.language.consent import Consent
from harness.language.language import Language
from harness.language.phrasebook import plain, starts
from harness.language.questions import (
    announces_only,
    asks_agreement,
    asks_to_be_told,
)
from harness.recording.tools import ToolOutcome
from harness.scenario.model import Suite, ToolKind, ToolSpec
from harness.timeline.model import Timeline, ToolCall

_HELD = (Standing.AGREED, Standing.CARRIED, Standing.IMPLIED)
"""Standings of a value that the caller agreed to or that needs no agreement."""

_MOST_LATER = 250_000
"""Characters that the caller says after the proposals of a write, summed over the proposals: each
is read with all of them, so that many proposals in a long call take minutes."""
_TOO_OFTEN = "too long to judge: the write is proposed too often, with too much said in between"

_NEWEST = 1000
"""Characters of the caller's newest turns over which a value may be given in parts."""


@dataclass(frozen=True)
class WriteHistory:
    """The dialogue before a write, and the write itself."""

    timeline: Timeline
    suite: Suite
    tool: ToolCall
    spec: ToolSpec
    values: Sequence[Leaf]
    exchanges: tuple[Exchange, ...]
    texts: dict[int, str]
    """The caller's words, by the index of the turn."""
    language: Language
    today: date | None
    siblings: tuple[tuple[float, Sequence[Leaf]], ...] = ()
    """Request time in seconds and values of each other call of the same tool."""
    text_read: TextRead = field(default_factory=TextRead)

    def proposed(self) -> tuple[ProposedWrite, ...]:
        """Return all proposals of the write, newest first.

        Raises ``Unscorable`` if there are too many with too much said before or after them.
        """
        found: list[ProposedWrite] = []
        sizes = self._sizes
        self.text_read.searched(sizes[-1], len(self.exchanges))
        bearings, read = self._bearings(), 0
        for number in reversed(range(len(bearings))):
            if bearings[number] is Bearing.NOT:
                continue
            one = self._one(number, bearings)
            self.text_read.compared(sizes[number], one.later, turns=number, values=len(self.values))
            read += one.later
            if read > _MOST_LATER:
                raise Unscorable(_TOO_OFTEN)
            asked = bearings[number] is Bearing.PROPOSES
            decided = asked or one.chosen or one.consenting is Consenting.AGREED
            if bearings[number] is Bearing.CHOOSES and not self._chosen(one):
                decided = False
            if decided or self._turned_down(one, bearings[number]):
                found.append(one)
        return tuple(found)

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        """Return how many characters are said before each exchange, and in all."""
        said = (
            len(one.heard) + sum(len(self.texts[answer.caller]) for answer in one.answers)
            for one in self.exchanges
        )
        return tuple(accumulate(said, initial=0))

    def _turned_down(self, one: ProposedWrite, bears: Bearing) -> bool:
        """Whether the caller declined all of the options that the agent offered."""
        if bears is not Bearing.CHOOSES or one.answer is None or not (one.direct and one.sure):
            return False
        return self.replies.takes_none(one.answer, one.exchange.heard)

    def _chosen(self, one: ProposedWrite) -> bool:
        """Whether the reply names an option that the agent offered."""
        words, offered = self.words, one.exchange.heard
        if one.chosen:
            others = any(words.names(one.chosen, other) for other in words.others)
            return not others or words.names(one.chosen)
        if one.answer is None:
            return False
        reply = self.texts[one.answer.caller]
        return (
            picks(reply, self.language)[0]
            or words.names(reply)
            or any(words.stands(v, reply) and words.stands(v, offered) for v in self.values)
        )

    @cached_property
    def words(self) -> WriteWords:
        """Finds the action and the values of the write in a text."""
        writes = (tool for tool in self.suite.tools if tool.kind is ToolKind.WRITE)
        others = tuple(tool for tool in writes if tool.name != self.spec.name)
        return WriteWords(self.spec, others, self.values, self.language, self.today)

    @cached_property
    def replies(self) -> Replies:
        """Reads the caller's replies to the proposals of the write."""
        return Replies(self.words, self.texts)

    def _bearings(self) -> list[Bearing]:
        found: list[Bearing] = []
        words = self.words
        open_s: float | None = None
        tried, stated, requested = self._made(), False, False
        asked, requests, told_before = "", "", _ToldBefore(self.words)
        for exchange in self.exchanges:
            only_questions = bool(asked.strip()) and not requests.strip() and not stated
            there = [v for v in self.values if self.words.stands(v, exchange.claimed)]
            since = [ok for at_s, ok in tried if (open_s or 0.0) <= at_s < exchange.start_s]
            # A successful call completes the proposal.
            if any(since):
                open_s = None
            named = names_object(exchange.claimed, self.spec, self.language)
            told = Told(
                there=there,
                # A failed call leaves the proposal open.
                continues=open_s is not None or (bool(since) and not since[-1]),
                stated=stated,
                requested=requested or named,
                whole=all(v in there for v in self.values if v.tells_what),
                settled=self._asks_for_it(requests)
                and all(
                    v in there or told_before.holds(v)
                    for v in self.values
                    if v.tells_what and not v.nothing
                ),
            )
            one = bearing(exchange.claimed, self.spec, words.others, self.language, told)
            asked = " ".join(self.texts[a.caller] for a in exchange.answers)
            requests = self._without_fact_questions(asked)
            told_before.add(asked)
            requested = requested or words.names(requests)
            if one is Bearing.MAY and not may_put(exchange.claimed, words):
                one = Bearing.NOT
            elif one in (Bearing.MAY, Bearing.STATES, Bearing.NOT) and self._states_all(exchange):
                one = Bearing.PROPOSES
            stated = len(there) >= STATED and any(leaf.tells_what for leaf in there)
            if (
                only_questions
                and one is Bearing.PROPOSES
                and not asks_for(exchange.claimed, self.spec, self.language)
            ):
                one = Bearing.MAY  # "how much is it?": the agent may only be answering
            if one is Bearing.PROPOSES:
                open_s = exchange.start_s
            # A plain no closes the proposal; a change keeps it open.
            if any(a.consent is Consent.NO and not a.changes for a in exchange.answers):
                open_s = None
            found.append(one)
        return found

    def _without_fact_questions(self, said: str) -> str:
        """Return the text without questions for information: "what does it cost?"."""
        language = self.language
        opening, by = language.phrases.asking.open_questions, language.phrases.details.clauses
        return " ".join(
            one
            for one in language.sentences(said)
            if not ("?" in one and any(starts(opening, plain(c)) for c in re.split(by, one)))
        )

    def _asks_for_it(self, said: str) -> bool:
        """Whether the caller's words name the action, its object, or a value of the write."""
        named = self.words.names(said) or names_object(said, self.spec, self.language)
        return named or bool(self.words.telling(said))

    def _made(self) -> tuple[tuple[float, bool], ...]:
        """Return the times of earlier calls of the tool, and whether each succeeded."""
        return tuple(
            (tool.requested_s, tool.outcome is ToolOutcome.OK)
            for tool in self.timeline.tools
            if tool.name == self.tool.name and tool.requested_s < self.tool.requested_s
        )

    def _one(self, number: int, bearings: list[Bearing]) -> ProposedWrite:
        exchange = self.exchanges[number]
        consenting, answer, at = self._consenting(number, bearings)
        replied = number if at is None else at
        between = self.exchanges[number + 1 : replied + 1]
        said_after = self._said(replied, len(self.exchanges), after=answer)
        proposal = self._meant(" ".join((exchange.heard, *(one.heard for one in between))))
        made = AgreedWords(
            proposal=proposal,
            own=own_clauses(proposal, self.spec, self.words.others, self.language),
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
        rivals = self._rivals(made)
        offers = offers_in(rivals, replies)
        findings = value_findings(self.values, offers, spec=self.spec, others=self.words.others)
        certain = bearings[number] is not Bearing.MAY
        before = self.exchanges[number - 1].heard if number else ""
        return ProposedWrite(
            exchange, consenting, answer, findings, certain, before=before,
            direct=replied == number, chosen=offers.chosen,
            limited=Binding(offers.rivals, self.spec).limited(),
            announced=announces_only(exchange.claimed, self.language),
            sure=certain and self._surely(consenting, answer, number, bearings),
            complete=certain and consenting is Consenting.AGREED and self._holds_all(exchange),
            later=sum(map(len, made.later)),
        )  # fmt: skip

    def _rivals(self, made: AgreedWords) -> Rivals:
        return Rivals(
            self.values,
            made,
            self.language,
            self.today,
            things=tool_words(self.spec, self.language).objects,
            other_calls=self._other_calls(made.replied_s),
            earlier=self._earlier,
        )

    @cached_property
    def _earlier(self) -> EarlierNumbers:
        texts = (said.text for _, said in self._acts[0])
        return numbers_said(texts, self.language, self.today)

    def _other_calls(self, since_s: float) -> tuple[Leaf, ...]:
        """Return the values in which calls on the same agreement differ, if in exactly one."""
        own = {leaf.path: leaf.value for leaf in self.values}
        found: list[Leaf] = []
        for at_s, values in self.siblings:
            other = [leaf for leaf in values if own.get(leaf.path) != leaf.value]
            same = own.keys() == {leaf.path for leaf in values}
            # "Both tickets to the 15:05": the two ticket numbers do not conflict. Calls that differ
            # in more may have swapped values.
            if at_s >= since_s and same and len(other) == 1:
                found += other
        return tuple(found)

    def _surely(
        self,
        consenting: Consenting,
        answer: CallerAnswer | None,
        number: int,
        bearings: Sequence[Bearing],
    ) -> bool:
        """Whether a missing agreement is certain: no later words can be read as a yes."""
        exchange = self.exchanges[number]
        if consenting is Consenting.UNANSWERED:
            asked = asks_agreement(exchange.claimed, self.language)
            return asked and not any(later.answers for later in self.exchanges[number:])
        if consenting is Consenting.INTERRUPTED:
            answers = [a for later in self.exchanges[number:] for a in later.answers]
            return not any(a.consent is Consent.YES for a in answers)
        if answer is None or self._spoken_of_since(answer, exchange, bearings):
            return False
        return self.replies.surely_against(answer, exchange)

    def _spoken_of_since(
        self, answer: CallerAnswer, refused: Exchange, bearings: Sequence[Bearing]
    ) -> bool:
        """Whether the agent returned to the write after a reply, and the caller answered."""
        stands = self.words.stands
        # A later turn also counts if it adds a value of the write and the caller says yes.
        new = [leaf for leaf in self.values if not stands(leaf, refused.claimed)]
        return any(
            bears is not Bearing.NOT
            or (self._is_agreed_to(one) and any(stands(leaf, one.claimed) for leaf in new))
            for one, bears in zip(self.exchanges, bearings, strict=True)
            if one.answers and answer.start_s < one.start_s
        )

    def _is_agreed_to(self, exchange: Exchange) -> bool:
        """Whether the caller said yes to a turn that does not name only another write."""
        asked, words = exchange.claimed, self.words
        others = not words.names(asked) and any(words.names(asked, o) for o in words.others)
        return not others and any(answer.consent is Consent.YES for answer in exchange.answers)

    def with_replaced_values_open(self, one: ProposedWrite) -> ProposedWrite:
        """Return a proposal; each value that the agent replaced after the agreement is open."""
        if one.answer is None:
            return one
        values = list(one.values)
        for later in self.exchanges:
            # The later turn needs a yes, and need not be a proposal: "I'll put you on basic.
            # Good?".
            if later.start_s <= one.answer.start_s or not self._is_agreed_to(later):
                continue
            for at, finding in enumerate(values):
                held = finding.standing in _HELD
                checked = finding.leaf.kind in EXACT or finding.leaf.choices
                if held and checked and (other := self._replacement(finding.leaf, later)):
                    values[at] = ValueFinding(finding.leaf, Standing.OPEN, other)
        return replace(one, values=tuple(values))

    def _replacement(self, leaf: Leaf, later: Exchange) -> str:
        """Return the value in a later turn that replaces this value; empty if there is none."""
        tools = tuple(t for t in self.timeline.tools if t.requested_s < self.tool.requested_s)
        made = AgreedWords(later.heard, "", "", (), (), later.start_s, tools)
        rivals, sentences = self._rivals(made), self.language.sentences(later.heard)
        if rivals.stands(leaf, later.heard) and not rivals.proposed.ruled_out(leaf):
            return ""
        relative = relative_times(leaf, sentences, self.language)
        return rivals.other(leaf, later.heard) or next(relative, "")

    def maybe_put(self) -> Exchange | None:
        """Return the newest exchange in which the agent may have proposed the write."""
        return maybe_put(self.exchanges, self.replies)

    @property
    def newest_answered(self) -> Exchange | None:
        """The newest exchange in which the caller answered the agent."""
        answered = (one for one in reversed(self.exchanges) if one.answers and one.utterances)
        return next(answered, None)

    def _holds_all(self, exchange: Exchange) -> bool:
        """Whether a turn and its replies contain every date, time and number of the write."""
        told = " ".join((exchange.claimed, *(self.texts[a.caller] for a in exchange.answers)))
        numbers = [v for v in self.values if v.kind in EXACT]
        return all(self.words.stands(v, told) for v in numbers if v.tells_what and not v.nothing)

    def _states_all(self, exchange: Exchange) -> bool:
        """Whether a turn sums up the write: it contains every value that can be spoken."""
        if asks_to_be_told(exchange.claimed, self.language):
            return False
        flags = (leaf for leaf in self.values if leaf.flag is None)
        said = [leaf for leaf in flags if not (leaf.never_spoken or leaf.nothing)]
        whole = all(self.words.stands(leaf, exchange.claimed) for leaf in said)
        asked = asks_agreement(exchange.claimed, self.language)
        if not asked and not self.words.names(exchange.claimed):
            return False
        return len(said) >= STATED and any(leaf.tells_what for leaf in said) and whole

    @cached_property
    def _meant(self) -> Callable[[str], str]:
        """Removes the values that a speaker corrected in the same utterance."""
        kinds = tuple(dict.fromkeys(leaf.kind for leaf in self.values))
        language, today = self.language, self.today
        return cache(lambda text: surely_meant(text, kinds, language, today))

    def _consenting(
        self, number: int, bearings: list[Bearing]
    ) -> tuple[Consenting, CallerAnswer | None, int | None]:
        """Return the outcome of a proposal, the decisive reply, and the index of its exchange."""
        exchange = self.exchanges[number]
        if not exchange.whole:
            return Consenting.INTERRUPTED, None, None
        agreed: tuple[CallerAnswer, int] | None = None
        unknown: CallerAnswer | None = None
        replies = self.replies
        for at in range(number, len(self.exchanges)):
            later = self.exchanges[at]
            # Replies to another question do not answer this proposal.
            if at > number and (bearings[at] is Bearing.PROPOSES or self._asks[at]):
                continue
            for answered in exchange.replies if at == number else later.answers:
                direct = at == number
                reply = replies.to_proposal(answered, exchange, bearings[at], direct=direct)
                if ended := replies.ends(reply, exchange, later, bearings[number]):
                    return ended, reply, at
                if reply.consent is Consent.YES and not replies.answers_another(reply, exchange):
                    agreed = agreed or (reply, at)
                elif agreed is None and not replies.understood(reply):
                    unknown = unknown or reply
        if agreed is not None:
            return Consenting.AGREED, *agreed
        if unknown is not None:
            return Consenting.UNKNOWN, unknown, None
        return Consenting.UNANSWERED, None, None

    @cached_property
    def _asks(self) -> tuple[bool, ...]:
        """Whether each turn of the agent contains a question, as part of a proposal or not."""
        language = self.language
        return tuple(
            "?" in text or asks_agreement(text, language) or asks_to_be_told(text, language)
            for text in (exchange.claimed for exchange in self.exchanges)
        )

    def _said(
        self,
        first: int,
        stop: int,
        *,
        after: CallerAnswer | None = None,
        until: CallerAnswer | None = None,
    ) -> tuple[SaidWords, ...]:
        """Return the words of both speakers in exchanges ``first`` to ``stop`` - 1, in order.

        ``after`` and ``until`` leave out the words before or from the given reply.
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
        """The words of both speakers with their times, and the start index of each exchange."""
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


class _ToldBefore:
    """The values that the caller's words contained up to a moment.

    A caller may give a value over several turns. Only the newest words are kept for that: rereading
    all of them after each turn would take time in proportion to the square of a call's length.
    """

    def __init__(self, words: WriteWords) -> None:
        self._words = words
        self._newest: list[str] = []
        self._told: set[str] = set()

    def add(self, said: str) -> None:
        """Add the caller's next words."""
        if not said:
            return
        self._newest.append(said)
        while len(self._newest) > 1 and sum(map(len, self._newest)) > _NEWEST:
            del self._newest[0]
        newest = " ".join(self._newest)
        left = (one for one in self._words.values if one.path not in self._told)
        self._told.update(one.path for one in left if self._words.stands(one, newest))

    def holds(self, leaf: Leaf) -> bool:
        """Return whether the caller gave a value of the write."""
        return leaf.path in self._told
