"""Names and addresses that could replace a value, and nouns that numbers count.

A name is found by a property that it shares with the value: its last word, its street, the key
under which tools returned both, or a capital letter in the same position.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.mentions import CODED, value_stands
from harness.judging.dialogue.proposed_writes import AgreedWords
from harness.judging.dialogue.resolved_arguments import like_values
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain, without
from harness.language.places import Place, value_places
from harness.language.values import Found, ValueKind

_HOUSE = re.compile(
    r"(?P<house>\d+\w?)\s+(?P<street>\D{3}.*)|(?P<road>\D{2,}?[^\d\s])\s+(?P<number>\d+\w?)"
)
_ANY_HOUSE = re.compile(r"\b\d+\w? (?:[A-Z][a-z][\w'’.-]+ ?){1,3}(?<=\w)")

_SHORTEST_VERB = 3


@dataclass(frozen=True)
class OtherNames:
    """Finds other names and addresses; ``values`` are all values of the write."""

    values: Sequence[Leaf]
    made: AgreedWords
    language: Language
    today: date | None

    def like(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield values that tools returned under the same key as the value."""
        taken = {str(one.given).lower() for one in self.values}
        for other in like_values(str(leaf.given), self.made.tools):
            if other.lower() not in taken and not CODED.search(other):
                yield from value_places(other, text, leaf.kind, self.language, self.today)

    def same_last_word(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield names with the same last word: "the harbour office" for "the north office"."""
        *_, last = given = plain(str(leaf.given)).split() or [""]
        if len(given) < 2 or not last.isalpha():
            return
        known = self._known_words()
        small = (
            *self.language.phrases.wishes.small_words,
            *self.language.phrases.answers.courtesies,
            *self.language.phrases.asking.subordinate,
        )
        for found in re.finditer(rf"\b([^\W\d_]+) {re.escape(last)}\b", text, re.IGNORECASE):
            word = found[1].lower()
            if word not in known and without(small, word) and len(word) > 2:
                yield found.span()

    def capitals(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield capitalized names in a position where the value could be."""
        names = self.language.phrases.details.names
        if not names or not str(leaf.given)[:1].isupper():
            return
        known = self._known_words()
        own = value_places(str(leaf.given), text, leaf.kind, self.language, self.today)
        heads = frozenset(word for start, _ in own for word in plain(text[:start]).split()[-1:])
        for found in re.finditer(names, text):
            head = plain(text[: found.start()]).split()[-1:]
            said = {word for word in plain(found[0]).split() if not word.isdigit()}
            apart = heads and not any(_same_verb(word, one) for word in head for one in heads)
            if not said or said & known or apart:
                continue  # "at Casa Lupo in Trento", "for Mara, on the Visa"
            if not self._is_of_tools(found[0]):
                yield found.span()

    def named_together(self, leaf: Leaf, other: str) -> bool:
        """Whether an earlier sentence names both, which shows that they are of the same kind."""
        return any(
            other in sentence and value_stands(leaf, sentence, self.language, self.today)
            for said in self.made.before
            if other in said.text
            for sentence in self.language.sentences(said.text)
        )

    def houses(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield other addresses: another number in the same street, or another street."""
        address = _HOUSE.fullmatch(str(leaf.given))
        if address is None:
            return
        places = list(self._in_street(address, text))
        if leaf.kind is ValueKind.ADDRESS:
            places += (found.span() for found in re.finditer(_ANY_HOUSE, text))
        for start, stop in places:
            said = text[start:stop]
            part = any(plain(said) in plain(str(one.given)) for one in self.values)
            told = (value_stands(v, said, self.language, self.today) for v in self.values)
            if not part and not any(told):
                yield start, stop

    def _in_street(self, address: re.Match[str], text: str) -> Iterator[Place]:
        """Yield the spans of the address's street with a number, in digits or words."""
        street, first = address["street"] or address["road"], address["street"] is not None
        numbers = self.language.find(text, ValueKind.COUNT, self.today)
        for start, stop in value_places(street, text, ValueKind.ADDRESS, self.language, self.today):
            for one in numbers:
                if first and one.stop <= start and not text[one.stop : start].strip():
                    yield one.start, stop
                if not first and stop <= one.start and not text[stop : one.start].strip():
                    yield start, one.stop

    def _known_words(self) -> frozenset[str]:
        return frozenset(word for one in self.values for word in plain(str(one.given)).split())

    def _is_of_tools(self, name: str) -> bool:
        """Whether an earlier call used a name: it then identifies the customer."""
        given = (str(v) for tool in self.made.tools for v in (tool.arguments or {}).values())
        return any(plain(name) in plain(one) for one in given)


def _same_verb(one: str, other: str) -> bool:
    """Whether two words are equal, or differ only in an ending: "add", "added"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _SHORTEST_VERB and long.startswith(short))


# Finds the nouns that numbers in a text count: two nights are not two guests.

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
