"""Finds the nouns that numbers in a text count: two nights are not two guests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import value_stands
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain, without
from harness.language.places import Place
from harness.language.values import Found, ValueKind

_NEAR = 40
"""Characters after a number that may contain its noun."""


@dataclass(frozen=True, slots=True)
class EarlierNumbers:
    """The numbers that were said in a call before a write."""

    counted: tuple[tuple[Found, str], ...] = ()
    """Numbers with the word after each: "three armchairs"."""

    def counted_by(self, leaf: Leaf) -> tuple[str, ...]:
        """Return the words after the value of a leaf."""
        return tuple(noun for one, noun in self.counted if one.may_be(leaf.value, leaf.kind))


def numbers_said(texts: Iterable[str], language: Language, today: date | None) -> EarlierNumbers:
    """Return the numbers in texts, each once, except 1: "one" may be an article."""
    small = language.phrases.wishes.small_words
    counted: dict[tuple[str, str], tuple[Found, str]] = {}
    for text in texts:
        for found in language.find(text, ValueKind.COUNT, today):
            for noun in plain(text[found.stop : found.stop + _NEAR]).split()[:1]:
                if found.value != "1" and noun.isalpha() and without(small, noun):
                    counted.setdefault((found.value, noun), (found, noun))
    return EarlierNumbers(tuple(counted.values()))


@dataclass(frozen=True)
class Counted:
    """Finds the nouns that numbers count; ``values`` are all values of the write."""

    values: Sequence[Leaf]
    language: Language
    today: date | None
    things: tuple[str, ...]
    """Nouns for the tool's object: the only number of a write counts them."""
    earlier: EarlierNumbers

    def new_number(self, reply: str, proposal: str, *, house: bool) -> str:
        """Return a new number in the reply that has no noun; empty if there is none.

        ``house``: also accept digits that may be a house number, "number 16".
        """
        language, today = self.language, self.today
        said = language.find(proposal, ValueKind.COUNT, today)
        known = {one.value for one in said}
        numbers = list(language.find(reply, ValueKind.COUNT, today))
        if house:
            numbers += [Found(m[0], *m.span()) for m in re.finditer(r"\b\d{1,4}\b", reply)]
        others = [
            one
            for kind in (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT)
            for one in language.find(reply, kind, today)
        ]
        for found in numbers:
            words = reply[found.start : found.stop]
            spoken = found.value in known or plain(words) in language.phrases.wishes.counting_one
            spoken = spoken or any(value_stands(v, words, language, today) for v in self.values)
            inside = any(one.overlaps(found) for one in others)
            if not spoken and not inside and self.is_bare(reply, found):
                return words
        return ""

    def counts(self, leaf: Leaf, text: str, found: Found) -> bool:
        """Return whether a number has the noun of a value of the write."""
        return self.is_beside(text, found, self.nouns(leaf))

    def nouns(self, leaf: Leaf) -> tuple[str, ...]:
        """Return the nouns that a number counts: from its argument's name, the tool's object, or
        the words after it earlier in the call.
        """
        alone = sum(one.kind is ValueKind.COUNT for one in self.values) == 1
        things = (*self.things, *self.earlier.counted_by(leaf)) if alone and not leaf.inner else ()
        return (*name_words(leaf.name), *things)

    def is_of_people(self, leaf: Leaf) -> bool:
        """Whether an argument counts people and is the only number of the write: "for two"."""
        counts = [one for one in self.values if one.kind is ValueKind.COUNT]
        same, people = self.language.same_noun, self.language.phrases.details.people
        named = any(same(word, one) for word in name_words(leaf.name) for one in people)
        return named and len(counts) == 1

    def is_bare(self, text: str, found: Found) -> bool:
        """Whether a number has no noun: "45 each", "make it 2"."""
        behind = re.match(r"[\s-]*(?P<word>[^\W\d_]+)", text[found.stop :])
        if behind is None:
            return True
        small = self.language.phrases.wishes.small_words
        return not without(small, plain(behind["word"])) or bool(
            re.match(self.language.phrases.details.shares, plain(text[found.stop :][:20]))
        )

    def counts_another(self, leaf: Leaf, text: str, place: Place) -> bool:
        """Whether a number has the noun of another argument of the write."""
        found = Found(leaf.value, *place)
        return not self.is_beside(text, found, name_words(leaf.name)) and any(
            one.value != leaf.value and self.is_beside(text, found, name_words(one.name))
            for one in self.values
            if one is not leaf and one.kind is ValueKind.COUNT
        )

    def is_beside(self, text: str, found: Found, nouns: Sequence[str]) -> bool:
        """Whether a number is next to a noun, and not its price: "3 tickets", "table 4"."""
        details = self.language.phrases.details
        # "seat 14, one bag": 14 counts no bags.
        behind = plain(re.split(details.clauses, text[found.stop : found.stop + 40])[0])
        if re.match(details.shares, behind):
            return False
        words = [*plain(text[: found.start]).split()[-1:], *behind.split()[:2]]
        same = self.language.same_noun
        if any(same(noun, one) for noun in nouns for one in details.people):
            nouns = (*nouns, *details.people)
        return any(same(word, noun) for word in words for noun in nouns)
