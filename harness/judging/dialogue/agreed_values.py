"""Compares each value of a write with the agreement: agreed, carried, contradicted, unsaid.

- Agreed: the proposal or the reply contains the value, in any of its forms.
- Carried: either speaker said it earlier in the call, and it was not replaced since.
- Contradicted: the proposal has another value of the same kind that no other argument takes,
  another choice of the schema's list, the opposite of a flag, or the value that an earlier call
  used for the argument of the same name.
- Replaced: it is named only to be excluded ("Mia is ill"). A person must listen, unless another
  value is named instead.
- Unsaid: neither speaker mentioned it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from harness.judging.dialogue.actions import ends_its_object
from harness.judging.dialogue.alternatives import Offers, offers_in
from harness.judging.dialogue.argument_paths import EXACT, PATTERNED, Leaf, answered_with
from harness.judging.dialogue.binding import Binding, Slot, is_free
from harness.judging.dialogue.conflicting_values import Rivals
from harness.judging.dialogue.mentions import CODED
from harness.judging.dialogue.proposed_writes import AgreedWords, SaidWords, Standing, ValueFinding
from harness.judging.dialogue.resolved_arguments import NamedThing, resolved
from harness.language.language import Language
from harness.language.phrasebook import matches, name_words, plain
from harness.language.tool_meaning import says
from harness.language.values import ValueKind, is_redacted
from harness.scenario.model import ToolSpec

# Compares a flag of a write with the agreement: on, off, or not mentioned.


def flag_finding(leaf: Leaf, made: AgreedWords, language: Language) -> ValueFinding:
    """Judge a flag by the words of its argument's name, with or without a negation."""
    wanted = bool(leaf.flag)
    for text in (*reversed(made.later), made.reply, made.proposal):
        told = flag_told(leaf, text, language)
        if told is not None:
            if told is wanted:
                return ValueFinding(leaf, Standing.AGREED)
            # "On" and "off" are unambiguous; other words of a name may mean something else.
            switch = leaf.name in language.actions.switches and not leaf.inner
            sure = switch and _switches_once(text, language)
            standing = Standing.CONTRADICTED if sure else Standing.OPEN
            return ValueFinding(leaf, standing, _part_of(text, leaf, language))
    told, words = _flag_before(leaf, made, language)
    if told is wanted:
        return ValueFinding(leaf, Standing.CARRIED)
    if told and _names_all(leaf, words, language):
        return ValueFinding(leaf, Standing.REPLACED, words)
    return ValueFinding(leaf, Standing.UNSAID if wanted else Standing.IMPLIED)


def _flag_before(leaf: Leaf, made: AgreedWords, language: Language) -> tuple[bool | None, str]:
    """Return the state of a flag in earlier turns, and its words; a no to a question is off."""
    refused = False
    for said in reversed(made.before):
        told = flag_told(leaf, said.text, language)
        if told is not None:
            wanted = told and not (refused and not said.by_caller and "?" in said.text)
            return wanted, said.text
        refused = said.refuses
    return None, ""


def flag_told(leaf: Leaf, text: str, language: Language) -> bool | None:
    """Return whether a text turns a flag on; None if it does not mention the flag.

    A flag is recognized by the words of its name only.
    """
    told: bool | None = None
    details = language.phrases.details
    if leaf.name in language.actions.switches and not leaf.inner:
        return _switched(text, language)
    words = [word for word in name_words(leaf.name) if word not in details.helping]
    opposites = tuple(one for word in words for one in details.opposites.get(word, ()))
    named = tuple(language.actions.plurals(word) for word in words)
    for clause in re.split(details.clauses, text):
        said = plain(clause)
        if matches(opposites, said):
            told = False
        elif named and all(matches((one,), said) for one in named):
            told = re.search(details.unwanted, said) is None
    return told


def _switched(text: str, language: Language) -> bool | None:
    """Return True if a text turns something on, False for off, None for neither or both."""
    told: bool | None = None
    details = language.phrases.details
    for clause in re.split(details.clauses, text):
        on, off = (says(clause, one.asked) for one in language.actions.switching)
        if on is not off:
            told = on and re.search(details.unwanted, plain(clause)) is None
    return told


def _switches_once(text: str, language: Language) -> bool:
    """Whether all clauses that turn something on or off agree."""
    told = {_switched(one, language) for one in re.split(language.phrases.details.clauses, text)}
    return len(told - {None}) == 1


def _names_all(leaf: Leaf, text: str, language: Language) -> bool:
    """Whether a text contains all words of a flag's name: "at the end of the period"."""
    helping = language.phrases.details.helping
    words = [word for word in name_words(leaf.name) if word not in helping]
    named = [(language.actions.plurals(word),) for word in words]
    return bool(named) and all(matches(one, plain(text)) for one in named)


def _part_of(text: str, leaf: Leaf, language: Language) -> str:
    sentences = language.sentences(text)
    return next((s for s in sentences if flag_told(leaf, s, language) is not None), text)


def value_findings(
    values: Sequence[Leaf], offers: Offers, *, spec: ToolSpec, others: tuple[ToolSpec, ...]
) -> tuple[ValueFinding, ...]:
    """Return the finding for each value of a write; ``offers`` are those of its proposal."""
    ends = ends_its_object(spec, offers.rivals.language)
    search = _Search(offers.rivals, offers, Binding(offers.rivals, spec, others), ends)
    return tuple(search.finding(leaf) for leaf in values)


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

TIMES = (ValueKind.DATE, ValueKind.TIME, ValueKind.DATETIME)
"""Kinds that can be given relative to another day or time."""


def _other_agreed(leaf: Leaf, words: str) -> ValueFinding:
    """Return the finding when ``words`` take the place of a value; certain only for some kinds."""
    coded = any(sign.isdigit() for sign in str(leaf.given))
    spelled = str(leaf.given).isupper() and all(len(one) == 1 for one in plain(words).split())
    # A name or a description may be paraphrased, which leaves the value open. A different date,
    # number, code or member of the schema's list contradicts it.
    checked = leaf.kind in EXACT or bool(leaf.choices) or coded or spelled
    if leaf.inner and leaf.kind is ValueKind.AMOUNT:
        checked = False  # shares of an amount: the words may give the total, or another share
    return ValueFinding(leaf, Standing.CONTRADICTED if checked else Standing.OPEN, words)


@dataclass(frozen=True)
class _Search:
    rivals: Rivals
    offers: Offers
    binding: Binding
    ends: bool
    """Whether the write ends its object: cancels or deletes it."""

    @property
    def made(self) -> AgreedWords:
        return self.rivals.made

    def finding(self, leaf: Leaf) -> ValueFinding:
        """Return the finding for a value; a redacted value cannot be compared."""
        if leaf.flag is None:
            found = self._finding(leaf)
        else:
            found = flag_finding(leaf, self.made, self.rivals.language)
        return ValueFinding(leaf, Standing.OPEN) if self._may_be_redacted(found) else found

    def _may_be_redacted(self, found: ValueFinding) -> bool:
        """Whether a platform redacted the value in the call's arguments, or in the words."""
        made = self.made
        if found.standing is Standing.IMPLIED:
            return False
        if is_redacted(str(found.leaf.given)):
            return True
        if found.standing is Standing.AGREED:
            return False
        if any(is_redacted(text) for text in (made.proposal, made.reply)):
            return True
        unsaid = found.standing is Standing.UNSAID
        return unsaid and any(is_redacted(said.text) for said in made.before)

    def _finding(self, leaf: Leaf) -> ValueFinding:
        """Search the reply first, then the proposal, then earlier turns."""
        made, slot = self.made, self.binding.slot(leaf)
        replies = " ".join((*made.later, made.reply))
        clean = slot.holds and not slot.others
        if self.rivals.stands(leaf, replies):
            return self._replied(leaf, slot, replies)
        if told := self._in_reply(leaf, clean=clean):
            return _other_agreed(leaf, told)
        holds, told = self.rivals.proposed.of_its_record(leaf)
        if holds or told:
            return self._not_meant(leaf) or self._of_its_record(leaf, told)
        if clean and (told := self.rivals.other_said(leaf, replies)):
            return ValueFinding(leaf, Standing.OPEN, told)
        if told := self._in_own_clauses(leaf):
            return _other_agreed(leaf, told)
        if (found := self._by_alternatives(leaf, slot, replies)) is not None:
            return found
        if slot.holds or self.rivals.stands(leaf, made.proposal):
            if not slot.holds:  # it has another meaning there: "half of the 120 dollars"
                return ValueFinding(leaf, Standing.OPEN)
            return self._not_meant(leaf) or self._proposed(leaf)
        if leaf.never_spoken:
            return ValueFinding(leaf, Standing.IMPLIED)
        return self._by_tools(leaf) or self._earlier(leaf)

    def _relative_time(self, leaf: Leaf, replies: str) -> str:
        """Return a sentence that gives the day or time relative to another; empty if none does."""
        sentences = (*self.binding.proposing, *self.rivals.language.sentences(replies))
        found = relative_times(leaf, sentences, self.rivals.language)
        # The new value is not in that sentence; the value elsewhere may be the old one.
        return next((one for one in found if not self.rivals.stands(leaf, one)), "")

    def _other_number(self, leaf: Leaf) -> str:
        """Return a number in the reply that the agent did not mention; empty if there is none.

        "Sure, there'll be four of us" may change a count, "it's 16 now" a house number.
        """
        counts = leaf.kind is ValueKind.COUNT and not leaf.choices
        if counts or leaf.kind is ValueKind.ADDRESS:
            return self.rivals.counted.new_number(
                self.made.reply, self.made.proposal, house=not counts
            )
        return ""

    def _of_its_record(self, leaf: Leaf, told: str) -> ValueFinding:
        """Judge a value by the clause that names its record; ``told`` is another value there."""
        if not told:
            return ValueFinding(leaf, Standing.AGREED)
        sure = self.rivals.is_plain(leaf, told)
        return ValueFinding(leaf, Standing.CONTRADICTED if sure else Standing.OPEN, told)

    def _by_alternatives(self, leaf: Leaf, slot: Slot, replies: str) -> ValueFinding | None:
        """Judge a value by other times, numbers and offers of the proposal; None if undecided."""
        if other := self._relative_time(leaf, replies) or self._other_number(leaf):
            return ValueFinding(leaf, Standing.OPEN, other)
        named = is_free(leaf) or bool(leaf.choices)
        found = None
        if named or not slot.holds or slot.others:
            found = _offered(leaf, self.offers)
        chosen = found is not None and found.standing is Standing.AGREED
        if chosen and slot.others and slot.sure and not slot.holds:
            found = None  # an offer was chosen, then another value was proposed
        if (chosen or found is None) and (told := self.rivals.choice(leaf, replies)):
            return ValueFinding(leaf, Standing.OPEN, told)
        if found is None and leaf.inner and not slot.holds:
            found = self._inner_by_tools(leaf)
        if found is None and slot.others:
            found = self._other_proposed(leaf, slot)
        return found

    def _other_proposed(self, leaf: Leaf, slot: Slot) -> ValueFinding | None:
        """Judge a value when the decisive words contain other values of its kind."""
        if leaf.never_spoken:
            return ValueFinding(leaf, Standing.IMPLIED)
        # They may belong to other arguments of the same kind that are not mentioned.
        missing = [
            one
            for one in self.rivals.values
            if (one.kind, one.choices, is_free(one)) == (leaf.kind, leaf.choices, is_free(leaf))
            if one.flag is None and not one.nothing
            if (one is leaf and not slot.holds) or not self.rivals.own(one, slot.text)
        ]
        ruled_out = slot.holds and bool(self.rivals.proposed.ruled_out(leaf))
        if slot.holds and not ruled_out:
            belong = len(missing) >= len(slot.others) and leaf.kind in PATTERNED
            return None if belong else ValueFinding(leaf, Standing.OPEN, slot.others[0])
        plainly = all(self.rivals.is_plain(leaf, one) for one in slot.others)
        missed = len(missing) + ruled_out
        proposal = self.made.proposal
        alone = ruled_out and len(self.rivals.others(leaf, proposal, spoken=True)) == 1
        apart = slot.sure or alone
        # Another value contradicts only if it is the single candidate for the single open argument.
        if not apart or not plainly or len(slot.others) != missed or self._adds_up(leaf):
            return ValueFinding(leaf, Standing.OPEN, slot.others[0])
        return _other_agreed(leaf, slot.others[0])

    def _adds_up(self, leaf: Leaf) -> bool:
        """Whether the value is the sum or difference of two amounts: "59 dollars minus 9"."""
        if leaf.kind is not ValueKind.AMOUNT or not _NUMBER.fullmatch(leaf.value):
            return False
        rivals = self.rivals
        if rivals.stands(leaf, self.made.proposal):
            return False  # it was said, and another amount was proposed
        sums = {
            abs(Decimal(one.value))
            for kind in (ValueKind.AMOUNT, ValueKind.COUNT)
            for one in rivals.language.find(self.made.proposal, kind, rivals.today)
        }
        return any(abs(Decimal(leaf.value)) in (a + b, a - b) for a in sums for b in sums if b)

    def _proposed(self, leaf: Leaf) -> ValueFinding:
        """Judge a value that the proposal names: is it certain, and for the whole write?"""
        proposed = self.rivals.proposed
        if unclear := proposed.unclear(leaf):
            return ValueFinding(leaf, Standing.UNCLEAR, unclear)
        if other := proposed.swapped(leaf):
            return ValueFinding(leaf, Standing.CONTRADICTED, other)
        own = self.made.own
        if own and not self.rivals.stands(leaf, own) and (other := self.rivals.other(leaf, own)):
            return ValueFinding(leaf, Standing.OPEN, other)
        kept = proposed.kept(leaf)
        return ValueFinding(leaf, Standing.REPLACED if kept else Standing.AGREED, kept)

    def _not_meant(self, leaf: Leaf) -> ValueFinding | None:
        """Judge a value that the proposal names only as excluded or as the present state."""
        clause = self.rivals.proposed.ruled_out(leaf)
        return ValueFinding(leaf, Standing.REPLACED, clause) if clause else None

    def _replied(self, leaf: Leaf, slot: Slot, replies: str) -> ValueFinding:
        """Judge a value that the caller said with the yes; it may refer to something else."""
        if slot.holds and not slot.others:
            return ValueFinding(leaf, Standing.AGREED)
        other = self.rivals.other(leaf, replies)
        if not other and slot.others and not slot.holds and slot.sure:
            other = slot.others[0]
        return ValueFinding(leaf, Standing.OPEN if other else Standing.AGREED, other)

    def _in_reply(self, leaf: Leaf, *, clean: bool) -> str:
        """Return another code, day, time or amount that the caller gave with the yes.

        ``clean``: the proposal contains this value and no other of its kind. A code that is not
        in the proposal may then identify something else.
        """
        rivals, reply = self.rivals, self.made.reply
        other = rivals.other(leaf, reply, spoken=False) if rivals.is_coded(leaf) else ""
        if other and not (clean and plain(other) not in plain(self.made.proposal)):
            return other
        return answered_with(leaf, reply, rivals.values, rivals.language, rivals.today)

    def _in_own_clauses(self, leaf: Leaf) -> str:
        """Return another code in the clauses of this action, if they do not contain the value."""
        own, rivals = self.made.own, self.rivals
        if not own or not rivals.is_coded(leaf) or rivals.stands(leaf, own):
            return ""
        return rivals.other(leaf, own)

    def _inner_by_tools(self, leaf: Leaf) -> ValueFinding | None:
        """Judge an unspoken value of a record that a tool returned."""
        if (found := self._by_tools(leaf)) is not None:
            return found
        said = self.rivals.stands(leaf, self.made.proposal)
        if said or resolved(str(leaf.given), self.made.tools) is None:
            return None
        return ValueFinding(leaf, Standing.IMPLIED)

    def _earlier(self, leaf: Leaf) -> ValueFinding:
        """Search the words before the proposal, newest first."""
        since: list[SaidWords] = []
        for said in reversed(self.made.before):
            if self.rivals.stands(leaf, said.text):
                ruled_out = not said.by_caller and self.rivals.mentions(said.text).ruled_out(leaf)
                if ruled_out:
                    return ValueFinding(leaf, Standing.REPLACED, ruled_out)
                if not said.by_caller and (words := self.rivals.mentions(said.text).unclear(leaf)):
                    return ValueFinding(leaf, Standing.UNCLEAR, words)
                return self._offered_before(leaf, said, since) or self._carried(leaf, since)
            since.append(said)
        if leaf.nothing:
            return ValueFinding(leaf, Standing.IMPLIED)
        if told := self._only_other(leaf):
            return ValueFinding(leaf, Standing.CONTRADICTED, told)
        if resolved(str(leaf.given), self.made.tools) is not None:
            return ValueFinding(leaf, Standing.IMPLIED if leaf.inner else Standing.UNSAID)
        return ValueFinding(leaf, Standing.UNSAID)

    def _proposed_since(self, leaf: Leaf, no: str) -> str:
        """Return the only other amount that was proposed after a no with a counter-offer."""
        made = self.made
        if leaf.kind is not ValueKind.AMOUNT or not self.rivals.others(leaf, no, spoken=True):
            return ""
        if self.rivals.stands(leaf, made.proposal):
            return ""
        told = self.rivals.others(leaf, made.proposal, spoken=True)
        word = made.proposal[slice(*told[0])] if len(told) == 1 else ""
        # A number inside another value of the write does not count: "card 2".
        coded = any(self.rivals.stands(one, word) for one in self.rivals.values) or any(
            word in plain(str(one.given)).split() for one in self.rivals.values
        )
        return "" if coded else word

    def _only_other(self, leaf: Leaf) -> str:
        """Return the only other code or amount that the agent said, if this value was not said.

        An amount counts if its sentence names the argument and does not give a share of it.
        """
        coded = self.rivals.is_coded(replace(leaf, path=leaf.name))
        if resolved(str(leaf.given), self.made.tools) is not None:
            return ""
        if not coded and (leaf.kind is not ValueKind.AMOUNT or leaf.inner):
            return ""
        language = self.rivals.language
        others: dict[str, str] = {}
        spoken = [
            (text, said.by_caller)
            for said in self.made.before
            for text in language.sentences(said.text)
        ]
        for text, by_caller in spoken:
            found = self.rivals.others(leaf, text, spoken=False)
            if coded:
                named = all(self.rivals.is_called(leaf, text, one) for one in found)
            else:
                named = matches(name_words(leaf.name), plain(text))
            shares = not coded and re.search(language.phrases.details.shares, text)
            if found and (by_caller or not named or shares):
                return ""
            others |= {plain(text[slice(*one)]): text[slice(*one)] for one in found}
        return next(iter(others.values())) if len(others) == 1 else ""

    def _offered_before(
        self, leaf: Leaf, said: SaidWords, since: list[SaidWords]
    ) -> ValueFinding | None:
        """Judge a value that the agent offered earlier among several options."""
        if said.by_caller:
            return None
        rivals = replace(self.rivals, made=replace(self.made, proposal=said.text))
        replies = [one.text for one in reversed(since) if one.by_caller]
        found = _offered(leaf, offers_in(rivals, replies))
        return None if found is None or found.standing is Standing.AGREED else found

    def _carried(self, leaf: Leaf, since: list[SaidWords]) -> ValueFinding:
        """Judge a value from an earlier turn by the words after it, newest first."""
        for said in since:
            other = self.rivals.choice(leaf, said.text) if said.by_caller else ""
            if other:
                return _other_agreed(leaf, other)
        answer = since[-1] if since and leaf.tells_what else None
        if answer is None or not answer.changes:
            return ValueFinding(leaf, Standing.CARRIED)
        if answer.refuses and (told := self._proposed_since(leaf, answer.text)):
            return ValueFinding(leaf, Standing.CONTRADICTED, told)
        known = any(self.rivals.stands(one, answer.text) for one in self.rivals.values)
        return ValueFinding(leaf, Standing.CARRIED if known else Standing.REPLACED, answer.text)

    def _by_tools(self, leaf: Leaf) -> ValueFinding | None:
        """Judge a value that only tools know, by the other fields of its record."""
        if self._always_used(leaf):
            return ValueFinding(leaf, Standing.IMPLIED)
        found = resolved(str(leaf.given), self.made.tools)
        if found is None or leaf.kind not in (ValueKind.ID, ValueKind.TEXT, ValueKind.NAME):
            return None
        if any(self.rivals.stands(leaf, said.text) for said in self.made.before):
            return None
        taken = frozenset(str(one.given) for one in self.rivals.values)
        thing = NamedThing(found, self.made, taken, self.rivals.language)
        other = thing.other()
        if other:
            if leaf.inner and not self._is_alone(leaf):
                # With several records in a list, the words may refer to another record.
                return ValueFinding(leaf, Standing.OPEN, other)
            return _other_agreed(leaf, other)
        if not (leaf.kind is ValueKind.ID or CODED.search(str(leaf.given))):
            return None
        untold = thing.cited(leaf) or thing.passed_over() or thing.in_other_role(leaf)
        untold = untold or self._newer(leaf)
        return ValueFinding(leaf, Standing.UNSAID if untold else Standing.IMPLIED)

    def _is_alone(self, leaf: Leaf) -> bool:
        """Whether the value's record is the only item of its list."""
        record = leaf.path.rpartition(".")[0]
        name = record.rpartition("[")[0]
        paths = (one.path for one in self.rivals.values)
        return not any(p.startswith(f"{name}[") and not p.startswith(f"{record}.") for p in paths)

    def _newer(self, leaf: Leaf) -> bool:
        """Whether a code first appeared after the decisive reply, so no agreement covers it."""
        value = str(leaf.given)
        known = (t for t in self.made.tools if t.requested_s <= self.made.replied_s)
        return self.ends and resolved(value, tuple(known)) is None

    def _always_used(self, leaf: Leaf) -> bool:
        """Whether all earlier calls used this code; only for codes that identify the customer."""
        if leaf.tells_what or leaf.kind is not ValueKind.ID:
            return False
        earlier = [(tool.arguments or {}).get(leaf.name) for tool in self.made.tools]
        used = {str(one) for one in earlier if one is not None}
        return used == {str(leaf.given)}


def _offered(leaf: Leaf, offers: Offers) -> ValueFinding | None:
    """Judge a value by the offer that was chosen; None if it belongs to no offer."""
    if offers.takes(leaf):
        return ValueFinding(leaf, Standing.AGREED)
    instead = offers.instead(leaf)
    if instead:
        return ValueFinding(leaf, Standing.CONTRADICTED, instead)
    beside = offers.open(leaf)
    return ValueFinding(leaf, Standing.OPEN, beside) if beside else None


def relative_times(leaf: Leaf, sentences: Iterable[str], language: Language) -> Iterator[str]:
    """Yield the sentences that give a day or a time relative to another: "a day later"."""
    if leaf.kind in TIMES:
        patterns = language.phrases.details.relative_times
        yield from (one for one in sentences if matches(patterns, plain(one)))
