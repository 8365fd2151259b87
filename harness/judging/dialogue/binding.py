"""The words of a proposal that bind a value: only those that state or request the action.

Agents also mention values that they do not propose: the present state, free slots, earlier
requests. A value is proposed if the decisive sentence contains it. That is the last sentence that
requests or states the action and contains a value of this kind, else the nearest sentence before
the question. If it contains several values of the kind, and no words link one of them to the
action, a person must decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.judging.dialogue.actions import Named, claims_done, names_action, names_object
from harness.judging.dialogue.argument_paths import EXACT, PATTERNED, Leaf, value_parts
from harness.judging.dialogue.conflicting_values import Rivals
from harness.judging.dialogue.mentions import CODED, NAMED
from harness.language.phrasebook import matches, name_words, plain, starts
from harness.language.places import Place
from harness.language.questions import (
    asks_approval,
    asks_leave,
    asks_to_act,
    content_words,
    echoed,
    only_informs,
)
from harness.language.sentences import Stretches
from harness.language.values import ValueKind
from harness.scenario.model import ToolSpec

Places = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """The values that the decisive words contain for an argument."""

    holds: bool
    """Whether they contain the value itself."""
    others: tuple[str, ...] = ()
    """Other values of its kind in these words, each once."""
    text: str = ""
    """The decisive words."""
    sure: bool = True
    """Whether other words of the proposal can be ruled out."""


_CHANGING = (ValueKind.DATE, ValueKind.TIME, ValueKind.COUNT, ValueKind.AMOUNT)

_FROM_ARTICLE = 2
"""Largest distance in words of a noun from its article: "the white tulip"."""

_LEADING_WORDS = 3
"""Words at the start of a sentence that are searched for another write."""

_LEAST_REASON = 4
"""Fewest words of a reason, which has a subject and a verb; "since February 9" is a value."""


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    mark: str
    """The punctuation at its end."""
    acts: bool
    """Whether it requests or states the action."""
    beside: bool
    """Whether it is subordinate: a reason, a time or a condition."""


@dataclass(frozen=True)
class Binding:
    """Finds the words of a proposal that bind values; ``spec`` is the tool of the write."""

    rivals: Rivals
    spec: ToolSpec
    others: tuple[ToolSpec, ...] = ()
    """The other write tools, to recognize sentences about them."""

    @cached_property
    def _sentences(self) -> tuple[str, ...]:
        lines = self.rivals.made.proposal.splitlines()
        return tuple(one for line in lines for one in self.rivals.language.sentences(line))

    @cached_property
    def proposing(self) -> tuple[str, ...]:
        """The sentences up to the last question that request or state the action, in order."""
        language = self.rivals.language
        requests = language.phrases.asking.requests
        found: list[tuple[str, bool]] = []
        for sentence in self._sentences:
            if only_informs(sentence, language):
                continue
            asks = "?" in sentence or matches(requests, plain(sentence))
            if asks or asks_leave(sentence, language) or self._states(sentence):
                found.append((sentence, asks))
        questions = [at for at, (sentence, _) in enumerate(found) if "?" in sentence]
        asked = questions or [at for at, (_, asks) in enumerate(found) if asks]
        # Sentences after the last question were said without waiting for the answer.
        last = max(asked, default=len(found))
        return tuple(sentence for sentence, _ in found[: last + 1])

    @cached_property
    def _own_clauses(self) -> tuple[str, ...]:
        """The last proposing sentence among this action's clauses, then all of its clauses."""
        language, own = self.rivals.language, self.rivals.made.own
        asked = [one for one in language.sentences(own) if any(one in s for s in self.proposing)]
        return (*asked[-1:], own) if own else ()

    def _states(self, sentence: str) -> bool:
        """Whether a sentence states the action, not a possibility or a completed action."""
        language = self.rivals.language
        if re.search(language.phrases.asking.possible, sentence, re.IGNORECASE):
            return False
        named = names_action(sentence, self.spec, language) is Named.YES
        return named and not claims_done(sentence, self.spec, language)

    @cached_property
    def _context(self) -> tuple[str, ...]:
        """The other sentences: first those after the question, then those before it."""
        place = {one: at for at, one in enumerate(self._sentences)}
        last = place[self.proposing[-1]] if self.proposing else len(self._sentences)
        others = [one for one in self._sentences if one not in self.proposing]
        return (
            *(one for one in others if place[one] > last),
            *(one for one in others if place[one] < last),
        )

    def limited(self) -> str:
        """Return the words that limit the proposal to a part that no value names."""
        return self.rivals.mentions(" ".join(self.proposing)).limited()

    def slot(self, leaf: Leaf) -> Slot:
        """Return the values in the sentence that decides on a value."""
        halves = value_parts(leaf) if leaf.kind is ValueKind.DATETIME else ()
        # The day and the time of a date-time may be in different sentences.
        apart = [self.slot(half) for half in halves]
        # Both halves are stated and undisputed; any of their slots then stands for the whole.
        if apart and all(one.holds and not one.others for one in apart):
            return apart[-1]
        spoken = bool(self.rivals.own(leaf, self.rivals.made.proposal))
        exact = leaf.kind in EXACT and not leaf.choices
        for own in self._own_clauses if exact or self.rivals.is_coded(leaf) else ():
            clean = self.rivals.own(leaf, own) and not self.rivals.others(leaf, own, spoken=spoken)
            if clean and not self._correction(leaf):
                return Slot(holds=True, text=own)
        # Proposing sentences first, the last one first: it is what the caller answered.
        for proposed, sentences in ((True, self.proposing), (False, self._context)):
            for sentence in reversed(sentences):
                found = self._slot(leaf, sentence, spoken=spoken)
                if not (found.holds or found.others):
                    continue
                if found.holds and not found.others and is_free(leaf):
                    later = self.proposing[sentences.index(sentence) + 1 :] if proposed else None
                    instead = self._object_of(self.proposing if later is None else later)
                    return replace(found, others=(instead,) if instead else ())
                if proposed:
                    # Unsure, because a later time may also belong to something else.
                    told = self._correction(leaf) if found.holds and not found.others else ""
                    return replace(found, others=(told,), sure=False) if told else found
                whole = self.rivals.others(leaf, self.rivals.made.proposal, spoken=spoken)
                # Outside of the proposal a value is only sure if no second one of its kind was
                # mentioned.
                several = {plain(self.rivals.made.proposal[slice(*one)]) for one in whole}
                old = spoken and self._is_old(leaf, sentence)
                sure = (old or not spoken) and len(several) <= 1 and not self._numbers()
                return replace(found, sure=sure)
        return Slot(holds=False)

    def _correction(self, leaf: Leaf) -> str:
        """Return a later day or time that corrects the value before the question; empty if none."""
        if leaf.kind not in (ValueKind.DATE, ValueKind.TIME):
            return ""
        sentences = self._sentences
        asks = max((at for at, one in enumerate(sentences) if "?" in one), default=0)
        named = [at for at, one in enumerate(sentences) if self.rivals.own(leaf, one)]
        for later in sentences[max(named, default=asks) + 1 : asks]:
            if (
                "?" not in later
                and not self._starts_another_write(later)
                and (others := self.rivals.others(leaf, later, spoken=False))
            ):
                return later[slice(*others[0])]
        return ""

    def _starts_another_write(self, sentence: str) -> bool:
        """Whether a sentence starts with another write: "Second, book an inspection"."""
        language, first = self.rivals.language, " ".join(sentence.split()[:_LEADING_WORDS])
        return any(names_action(first, other, language) is Named.YES for other in self.others)

    def _is_old(self, leaf: Leaf, sentence: str) -> bool:
        """Whether the proposal replaces this value by another.

        "12 → 8" in the sentence with the other value, or "your plan is Basic now" before it.
        """
        text, now = self.rivals.made.proposal, self.rivals.language.phrases.details.now_before
        others = self.rivals.others(leaf, sentence, spoken=True)
        own, goals = self._goals(leaf, self.rivals.own(leaf, sentence), others, sentence)
        said_now = all(
            re.search(now, text[:start], re.IGNORECASE) for start, _ in self.rivals.own(leaf, text)
        )
        return bool(goals) and not own and (said_now or bool(self.rivals.own(leaf, sentence)))

    def _numbers(self) -> bool:
        """Whether the proposing words contain a number: "one week later" may change a value."""
        text = " ".join(self.proposing)
        return bool(self.rivals.language.find(text, ValueKind.COUNT, self.rivals.today))

    def _object_of(self, sentences: Sequence[str]) -> str:
        """Return the objects in requesting sentences that neither action nor values explain."""
        language = self.rivals.language
        asking = language.phrases.asking
        texts: list[str] = []
        for sentence in sentences:
            acting = False
            for clause in self._clauses(sentence):
                acting = acting or clause.acts
                if acting and not clause.beside and not asks_approval(f"{clause.text}?", language):
                    texts.append(clause.text)
        text = " ".join(texts)
        # "Shall I book it?" refers to an earlier sentence.
        pointing = (*asking.pointing, *asking.referring)
        if any(matches(pointing, plain(one)) for one in texts):
            return ""
        for kind in EXACT:
            # From the end, so that the earlier positions stay valid. "1" marks the place of a
            # value, which counts a thing after it.
            for found in reversed(language.find(text, kind, self.rivals.today)):
                text = f"{text[: found.start]} 1 {text[found.stop :]}"
        return " ".join(word for word in self._objects(text) if self._is_unexplained(word))

    def _objects(self, text: str) -> Iterator[str]:
        """Yield the words that may name a thing: after an article or a number, or capitalized."""
        words = re.findall(r"[^\W_]+", text)
        phrases = self.rivals.language.phrases
        before = phrases.wishes.articles | phrases.wishes.counting_one
        # Capital letters mark names only in some languages.
        marked = bool(phrases.details.names)
        for at, word in enumerate(words):
            led = {one.lower() for one in words[max(0, at - _FROM_ARTICLE) : at]}
            named = marked and at > 0 and word[:1].isupper()
            if named or led & before or "1" in led:
                yield word.lower()

    def _is_unexplained(self, word: str) -> bool:
        """Whether a word belongs neither to the action, nor to a value, nor to an approval."""
        language, values = self.rivals.language, self.rivals.values
        known = frozenset(
            (
                *(one for leaf in values for one in plain(leaf.said).split()),
                *(one for leaf in values for one in name_words(leaf.name)),
                *name_words(self.spec.name),
                *plain(self.spec.description).split(),
                *language.phrases.asking.approving,
            )
        )
        return (
            word.isalpha()
            and bool(content_words(word, language))
            and not echoed(word, known)
            and names_action(word, self.spec, language) is not Named.YES
            and not names_object(word, self.spec, language)
        )

    def _slot(self, leaf: Leaf, sentence: str, *, spoken: bool) -> Slot:
        """Return the values in a sentence; clauses with a reason or a time bind no value."""
        clauses = self._clauses(sentence)
        main = [one for one in clauses if one.acts or not one.beside]
        found = self._in_clauses(leaf, main, spoken=spoken)
        if not found.holds and not found.others:
            beside = (one.text.strip() for one in clauses if one not in main)
            ruled = tuple(one for one in beside if self.rivals.own(leaf, one))
            return Slot(holds=False, others=ruled[:1], text=sentence, sure=False)
        acting = [at for at, one in enumerate(main) if one.acts]
        if not found.holds or not acting:
            return found
        # Values after the verb belong to the action; those before it are often the present state.
        from_verb = self._in_clauses(leaf, main[acting[0] :], spoken=spoken)
        kept = tuple(
            one for one in from_verb.others if not self.rivals.is_of_other_calls(leaf, one)
        )
        from_verb = replace(from_verb, others=kept)
        if found.others:
            return from_verb if from_verb.holds and not from_verb.others else found
        if not is_free(leaf) or from_verb.holds:
            return found
        instead = self._object_of((sentence,))
        return replace(found, others=(instead,) if instead else ())

    def _in_clauses(self, leaf: Leaf, clauses: Sequence[_Clause], *, spoken: bool) -> Slot:
        text = "".join(one.text + one.mark for one in clauses)
        others = self.rivals.others(leaf, text, spoken=spoken)
        own, others = self._goals(leaf, self.rivals.own(leaf, text), others, text)
        words = {plain(text[slice(*one)]): text[slice(*one)] for one in others}
        return Slot(bool(own), tuple(words.values()), text)

    def _goals(self, leaf: Leaf, own: Places, others: Places, text: str) -> tuple[Places, Places]:
        """Keep only the target values of a change, if the text marks any as a target.

        "Your business class seats to economy": economy is the target.
        """
        if not others or not (leaf.choices or leaf.kind in _CHANGING):
            return own, others
        new = self.rivals.language.phrases.details.new_before
        goals = [
            tuple(one for one in places if re.search(new, text[: one[0]], re.IGNORECASE))
            for places in (own, others)
        ]
        return (goals[0], goals[1]) if any(goals) else (own, others)

    def _clauses(self, sentence: str) -> tuple[_Clause, ...]:
        """Return the clauses of a sentence; punctuation inside a value does not split it."""
        language = self.rivals.language
        spans = Stretches(
            (one.start + 1, one.stop)
            for kind in PATTERNED
            for one in language.find(sentence, kind, self.rivals.today)
        )
        marks = [
            mark.span()
            for mark in re.finditer(language.phrases.details.clauses, sentence)
            if not spans.touch(mark.start(), mark.start() + 1)
        ]
        subordinate = language.phrases.asking.subordinate
        asked = self._asks_within(sentence)
        found: list[_Clause] = []
        for start, (stop, end) in zip(
            (0, *(end for _, end in marks)), (*marks, (len(sentence),) * 2), strict=True
        ):
            text = sentence[start:stop]
            if plain(text):
                told = len(plain(text).split()) >= _LEAST_REASON
                beside = told and starts(subordinate, plain(text)) > 0
                acts = self._acts(text, asked=asked)
                found.append(_Clause(text, sentence[stop:end], acts, beside))
        return tuple(found)

    def _asks_within(self, sentence: str) -> bool:
        """Whether a sentence asks for permission and names the action after that.

        "I'll order it, is that okay?" names it before, and only asks for approval.
        """
        language = self.rivals.language
        clauses = re.split(language.phrases.details.clauses, sentence)
        asks = [
            at
            for at, one in enumerate(clauses)
            if asks_leave(one, language) or asks_to_act(one, language)
        ]
        if not asks:
            return False
        named = (names_action(one, self.spec, language) for one in clauses[asks[0] :])
        return not asks_approval(f"{clauses[asks[0]]}?", language) or Named.YES in named

    def _acts(self, clause: str, *, asked: bool) -> bool:
        """Whether a clause requests the action, or states it in a sentence without a request."""
        language = self.rivals.language
        if asks_leave(clause, language) or asks_to_act(clause, language):
            return True
        words = plain(clause)
        words = words[starts(language.phrases.asking.subordinate, words) :]  # "in addition to Ann"
        return not asked and names_action(words, self.spec, language) is Named.YES


def is_free(leaf: Leaf) -> bool:
    """Return whether a value is free text: other values cannot be recognized by their form."""
    return leaf.kind in NAMED and not leaf.choices and not CODED.search(str(leaf.given))
