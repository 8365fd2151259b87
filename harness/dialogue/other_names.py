"""Finds names and addresses in a text that could replace a value of a write.

A name is found by a property that it shares with the value: its last word, its street, the key
under which tools returned both, or a capital letter in the same position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from harness.dialogue.agreed_words import AgreedWords
from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import CODED, value_stands
from harness.dialogue.resolved import like_values
from harness.language.language import Language
from harness.language.phrasebook import plain, without
from harness.language.places import Place, value_places
from harness.language.values import ValueKind

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
