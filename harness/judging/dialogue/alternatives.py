"""The options that the agent offers in a proposal, and the option that the caller chose.

Each offer has its own values: "RM90 at 8 AM for $120, or RM96 at 6 PM for $95". A reply that names
a value of an offer chooses the whole offer; values that only other offers contain are not agreed
to. A bare yes to several offers chooses none. Parts of a sentence are offers if a value of the
write is in some of them, and another value takes its place in the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.conflicting_values import Rivals
from harness.judging.dialogue.mentions import CODED, NAMED
from harness.language.language import Language
from harness.language.phrasebook import Asking, around, matches, plain, without
from harness.language.places import value_places
from harness.language.questions import content_words, spoken_values
from harness.language.reply_acts import clauses
from harness.language.values import ValueKind

_VALUED = (ValueKind.TIME, ValueKind.DATE, ValueKind.AMOUNT, ValueKind.ID, ValueKind.COUNT)
"""Kinds that each item of a list has a value of: "RM90 at 8, RM91 at 9 or RM92 at 10"."""

_HEAD = 4
"""A question asks for a choice if it says so within this many words."""


@dataclass(frozen=True)
class Offers:
    """The offers in a proposal; empty if it does not give a choice."""

    parts: tuple[str, ...]
    """The words of each offer."""
    rest: str
    """The words of the proposal outside the offers."""
    chosen: str
    """The offer that the caller named; empty if none or several."""
    rivals: Rivals

    def takes(self, leaf: Leaf) -> bool:
        """Whether the chosen offer contains a value."""
        return bool(self.chosen) and self.rivals.stands(leaf, self.chosen)

    def instead(self, leaf: Leaf) -> str:
        """Return the value in the chosen offer that takes the place of this value."""
        if not self.chosen or self.takes(leaf) or not self._apart(leaf):
            return ""
        alone = replace(self.rivals, values=(leaf,))
        rival = self._rival(leaf, self.chosen, alone)
        others = (one for one in self.rivals.values if one.name != leaf.name)
        taken = rival and any(self.rivals.stands(one, rival) for one in others)
        return "" if taken else rival or self._itself(leaf, self.chosen, surely=True)

    def open(self, leaf: Leaf) -> str:
        """Return another offered value in the place of this value, if no choice is known."""
        if self.takes(leaf) or not self._apart(leaf):
            return ""
        for part in self.parts:
            if not self.rivals.stands(leaf, part):
                found = self._rival(leaf, part, self.rivals) or self._itself(leaf, part)
                if found:
                    return found
        return ""

    def _apart(self, leaf: Leaf) -> bool:
        """Whether a value is in some of the offers, and not in the rest of the proposal."""
        stands = self.rivals.stands
        return any(stands(leaf, part) for part in self.parts) and not stands(leaf, self.rest)

    def _rival(self, leaf: Leaf, part: str, rivals: Rivals) -> str:
        """Return the value in an offer that takes the place of this value, by form or list."""
        return "" if rivals.stands(leaf, part) else rivals.other(leaf, part)

    def _itself(self, leaf: Leaf, part: str, *, surely: bool = False) -> str:
        """Return another offer, if a value is the name of an offer: "the tyre swap for 45".

        A value is such a name if only numbers follow it, or if the other offer shares its last
        word: "the north office and the harbour office". ``surely`` excludes values that may be a
        circumstance of an offer.
        """
        if leaf.kind not in NAMED or CODED.search(str(leaf.given)):
            return ""
        language = self.rivals.language
        for own in self.parts:
            for start, stop in value_places(str(leaf.given), own, leaf.kind, language):
                shared = self._shared(own, plain(own[:start]).split(), part)
                if shared or (surely and shared is not None):
                    continue
                behind = content_words(plain(own[stop:]), language)
                alone = all(spoken_values(word, language) for word in behind)
                if alone or plain(own[start:stop]).split()[-1] in plain(part).split():
                    return part.strip(" ,;.?")
        return ""

    def _shared(self, own: str, before: list[str], other: str) -> bool | None:
        """Whether a circumstance may apply to all offers: "9:15 or 2:40 with Dr. Hale".

        ``before`` are the words that lead up to it. None if they introduce an offer instead.
        """
        language = self.rivals.language
        circumstance = language.phrases.asking.circumstance
        for kind in _VALUED:  # any offer may have an "on May 12"
            for found in reversed(language.find(other, kind)):
                other = f"{other[: found.start]} 0 {other[found.stop :]}"
        leads = [w in circumstance and to != "0" for w, to in pairwise(plain(other).split())]
        if circumstance.isdisjoint(before[-2:]) or any(leads[:1]):
            return None
        return (own == self.parts[-1] or before[0] in circumstance) and not any(leads)


def offers_in(rivals: Rivals, replies: Sequence[str]) -> Offers:
    """Return the offers in a proposal, and the offer that the replies chose."""
    language = rivals.language
    sentences = language.sentences(rivals.made.proposal)
    units = _units(sentences, language)
    parts = _joined([parts for _, parts in units])
    if len(parts) < 2:
        return Offers((), rivals.made.proposal, "", rivals)
    taken = {place for place, _ in units}
    rest = " ".join(one for place, one in enumerate(sentences) if place not in taken)
    return Offers(parts, rest, _chosen(parts, replies, rivals), rivals)


def _units(sentences: Sequence[str], language: Language) -> list[tuple[int, tuple[str, ...]]]:
    """Return the index of each sentence that contains several offers, and its offers."""
    asking = language.phrases.asking
    asks = [place for place, one in enumerate(sentences) if "?" in one]
    choosing = any(_asks_for_one(sentences[place], asking) for place in asks)
    by = asking.clause if choosing else asking.alternative
    units = [(place, _parts(one, by, language)) for place, one in enumerate(sentences)]
    several = [(place, parts) for place, parts in units if len(parts) > 1]
    if several or not choosing:
        return several
    told = [(place, one) for place, one in enumerate(sentences) if place not in asks]
    alike = [(place, one) for place, one in told if _kinds(one, language)]
    if len(alike) < 2:
        return []
    return [(alike[0][0], tuple(one for _, one in alike)), *((place, ()) for place, _ in alike[1:])]


def _asks_for_one(sentence: str, asking: Asking) -> bool:
    """Return whether a question asks for a choice: "which one is it?", "one of them?"."""
    words = plain(sentence)
    before, after = around(asking.leave, words)
    head = " ".join(words.split()[:_HEAD]) if after is None else before
    # It need not ask for permission: a permission question decides whether a write is proposed,
    # this function only whether there are several offers.
    return matches(asking.choosing, head) or matches(asking.one_of, words)


def _parts(sentence: str, by: str, language: Language) -> tuple[str, ...]:
    """Return the offers in a sentence, split at "or", and at commas in a list."""
    either = language.phrases.asking.alternative
    by = either if re.search(either, sentence, re.IGNORECASE) else by
    *first, last = re.split(by, sentence, flags=re.IGNORECASE)
    wanted = _kinds(last, language)
    parts: list[str] = []
    for part in first:
        items = _items(part, language)
        listed = all(wanted <= _kinds(item, language) for item in items)
        parts += items if listed else [part]
    return tuple(part for part in (*parts, last) if plain(part))


def _items(part: str, language: Language) -> list[str]:
    """Split at commas; a circumstance stays with the next item: "on May 5, the suite"."""
    items: list[str] = []
    for item in re.split(r"[,;]\s", part):
        # A circumstance stays with the next item: "on May 5, the suite".
        if items and _is_circumstance(items[-1], language):
            items[-1] += f" {item}"
        elif plain(item):
            items.append(item)
    return items


def _is_circumstance(item: str, language: Language) -> bool:
    return plain(item).split()[0] in language.phrases.asking.circumstance


def _kinds(text: str, language: Language) -> frozenset[ValueKind]:
    return frozenset(kind for kind in _VALUED if language.find(text, kind))


def _joined(units: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Join the parts of each offer from several sentences; the last one sets their number."""
    units = [unit for unit in units if unit]
    if not units:
        return ()
    # The last sentence sets the number of offers.
    alike = [unit for unit in units if len(unit) == len(units[-1])]
    return tuple(" ".join(words) for words in zip_longest(*alike, fillvalue=""))


def _chosen(parts: tuple[str, ...], replies: Sequence[str], rivals: Rivals) -> str:
    """Return the offer that the newest matching reply names; empty if it names several."""
    for reply in reversed(replies):
        named = _named(parts, reply, rivals)
        if named:
            # A reply that names several offers chooses none.
            return named[0] if len(named) == 1 else ""
    return ""


def _named(parts: tuple[str, ...], reply: str, rivals: Rivals) -> list[str]:
    """Return the offers that a reply refers to by a word or value unique to the offer."""
    language = rivals.language
    words = without(language.phrases.answers.courtesies, plain(reply))
    if matches(language.phrases.answers.denying, words):
        return list(parts)
    # "The first one's good" chooses by position.
    _, place = picks(reply, language)
    if place is not None:
        return list(parts[place:][:1])
    for signs in (_values, _words):
        held, said = [signs(part, rivals) for part in parts], signs(reply, rivals)
        times = Counter(sign for one in held for sign in one)
        own = [{sign for sign in one if times[sign] == 1} for one in held]
        named = [part for part, its in zip(parts, own, strict=True) if its & said]
        if named:
            return named
    return []


def picks(reply: str, language: Language) -> tuple[bool, int | None]:
    """Return whether a reply chooses by position, and the index in the list if it is known.

    "The first one's good" chooses 0; "the later one" chooses without a known index.
    """
    phrases = language.phrases
    small = (*phrases.answers.courtesies, *phrases.details.giving)
    for clause in clauses(reply.replace("'s", " is").replace("’s", " is"), language):
        for words in (clause.words, without(small, clause.words)):
            if matches(phrases.wishes.picking, words):
                places = phrases.wishes.places.items()
                return True, next((at for one, at in places if matches((one,), words)), None)
    return False, None


def _values(text: str, rivals: Rivals) -> frozenset[str]:
    """Return the numbers, days and values of the write in a text."""
    paths = (leaf.path for leaf in rivals.values if rivals.stands(leaf, text))
    return frozenset((*spoken_values(text, rivals.language), *paths))


def _words(text: str, rivals: Rivals) -> frozenset[str]:
    """Return the words that may name an offer, without request words such as "I'd like"."""
    wishes = rivals.language.phrases.wishes
    return content_words(without(wishes.taking_up, plain(text)), rivals.language)
