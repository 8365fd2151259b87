"""What the words hold in the place of a value of a write: another date, choice, name or code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from harness.dialogue.agreed_words import AgreedWords
from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import NAMED, Mentions, in_parts, value_stands
from harness.language.identifiers import spelled_runs
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain, without
from harness.language.places import value_places
from harness.language.values import Found, ValueKind, same_value

_TOLD_APART = (ValueKind.DATE, ValueKind.TIME, ValueKind.DATETIME, ValueKind.PHONE, ValueKind.EMAIL)
"""Kinds of which another value, that no argument takes, contradicts."""

_SHORTEST_CODE = 3
"""Fewer characters are said for many reasons."""

_HOUSE_THEN_STREET = re.compile(r"\d+\w?\s+(?P<street>\D{3}.*)", re.DOTALL)
_STREET_THEN_HOUSE = re.compile(r"(?P<street>\D{3,}?)\s+\d+\s?[a-z]?\b")
_HOUSE_BEFORE = re.compile(r"[\w-]*\d\w*\s*$|\b[a-z-]+\s*$")
_HOUSE_BEHIND = re.compile(r"^\s*(?:\d+|[^\W\d_]+)")
"""Addresses, and what may be the house's number beside the name of its street."""

CODED = re.compile(r"[\d_]|^[A-Z]{2,4}$")
"""What codes have and names have not."""


@dataclass(frozen=True)
class Rivals:
    """Looks for what contradicts a value; each method returns the words, empty if there are none.

    ``values`` are all of the write: what one of them takes is no rival of another.
    """

    values: Sequence[Leaf]
    made: AgreedWords
    language: Language
    today: date | None

    def stands(self, leaf: Leaf, text: str) -> bool:
        """Return whether a value stands in a text."""
        return value_stands(leaf, text, self.language, self.today)

    @property
    def proposed(self) -> Mentions:
        """How the proposal speaks of the values."""
        return self.mentions(self.made.proposal)

    def mentions(self, text: str) -> Mentions:
        """Return how a text speaks of the values."""
        return Mentions(text, self.values, self.language, self.today)

    def other(self, leaf: Leaf, text: str) -> str:
        """Return what the words hold in a value's place, empty if nothing."""
        if leaf.kind in (*_TOLD_APART, ValueKind.AMOUNT, ValueKind.COUNT, ValueKind.ID):
            other = self._other_of_kind(leaf, leaf.kind, text) or self._other_number(leaf, text)
            other = other or self._only_other(leaf, text)
        else:
            other = self._other_house(leaf, text) or self._by_earlier_calls(leaf, text)
        spelled = leaf.kind in (ValueKind.ID, ValueKind.TEXT)
        return other or (self._other_spelled(leaf, text) if spelled else "")

    def _other_number(self, leaf: Leaf, text: str) -> str:
        """Return another number beside the argument's name: "table 43"."""
        counted = leaf.kind is ValueKind.ID and str(leaf.given).isdigit()
        return self._other_of_kind(leaf, ValueKind.COUNT, text) if counted else ""

    def _only_other(self, leaf: Leaf, text: str) -> str:
        """Return the one number of a text, where the write takes one: of another it is no rival."""
        numbers = [one for one in self.values if one.kind is ValueKind.COUNT]
        if leaf.kind is not ValueKind.COUNT or len(numbers) != 1 or leaf.nothing or leaf.inner:
            return ""
        asked, details = self._asked(), self.language.phrases.details
        counting = (*details.people, *details.counted)
        things = any(self._is_among(word, counting) for word in name_words(leaf.name))
        for kind in (ValueKind.COUNT,) if things else (ValueKind.COUNT, ValueKind.AMOUNT):
            taken = [one.value for one in self.values if one.kind is kind and one is not leaf]
            found = [
                one
                for one in self.language.find(asked, kind, self.today)
                if not any(one.may_be(value, kind) for value in taken)
                and not (kind is ValueKind.COUNT and self._counts_else(leaf, asked, one))
            ]
            if len({one.value for one in found}) == 1:
                return asked[found[0].start : found[0].stop]
        return ""

    def _other_house(self, leaf: Leaf, text: str) -> str:
        """Return another number in the same street, also where no name tells that it is one."""
        behind = self.language.streets.number_behind
        known = _STREET_THEN_HOUSE if behind else _HOUSE_THEN_STREET
        address = known.match(str(leaf.given))
        if address is None:
            return ""
        for start, stop in value_places(address["street"], text, leaf.kind, self.language):
            rest = text[stop:] if behind else text[:start]
            other = (_HOUSE_BEHIND if behind else _HOUSE_BEFORE).search(rest)
            if other and self.language.numbers.parse(plain(other[0]).replace("-", " ").split()):
                house = text[start : stop + other.end()] if behind else text[other.start() : stop]
                if not any(self.stands(one, house) for one in self.values):
                    return house
        return ""

    def elsewhere(self, leaf: Leaf) -> str:
        """Return what the write's own clauses hold, where a value stands in another action's."""
        own = self.made.own
        return "" if not own or self.stands(leaf, own) else self.other(leaf, own)

    def alternative(self, leaf: Leaf) -> str:
        """Return the name that was asked about, where the value itself stood beside it."""
        asked = self._asked()
        other = self.name(leaf, asked)
        if not other:
            return ""
        for text in (self.made.proposal, *(said.text for said in self.made.before)):
            if other in text and self.stands(leaf, text):
                return other
        return ""

    def _asked(self) -> str:
        """Return the sentence of the proposal that asks, where it holds a value; else all of it."""
        for sentence in reversed(self.language.sentences(self.made.proposal)):
            if "?" in sentence and any(self.stands(leaf, sentence) for leaf in self.values):
                return sentence
        return self.made.proposal

    def name(self, leaf: Leaf, text: str) -> str:
        """Return a name in the words that no argument of the write holds, for a value that is one.

        Capitals tell names only in some languages; a value that stands beside it is no other.
        """
        names = self.language.phrases.details.names
        if not names or leaf.kind not in NAMED or leaf.choices or CODED.search(str(leaf.given)):
            return ""
        if self.stands(leaf, text):
            return ""
        known = {w for one in self.values for w in plain(str(one.given)).split()}
        for tool in self.made.tools:
            known |= {
                w for given in (tool.arguments or {}).values() for w in plain(str(given)).split()
            }
        for sentence in self.language.sentences(text):
            for found in re.finditer(names, sentence):
                words = [w for w in plain(found[0]).split() if not w.isdigit()]
                if words and not known & set(words):
                    return found[0]
        return ""

    def _other_spelled(self, leaf: Leaf, text: str) -> str:
        """Return another code of as many characters that the words spell out."""
        code = str(leaf.given)
        if len(code) < _SHORTEST_CODE or not (code.isalnum() and code == code.upper()):
            return ""
        taken = {str(one.given).upper() for one in self.values}
        for word in re.findall(r"[\w-]+", text):
            mixed = any(s.isdigit() for s in word) and any(s.isalpha() for s in word)
            if mixed and _form(word) == _form(code) and word.upper() not in taken:
                return str(word)
        for run in spelled_runs(text, self.language.alphabet):
            said = text[run.start : run.stop]
            alone = len(said.split()) >= len(code) or any(sign.isdigit() for sign in code)
            if alone and _form(run.value) == _form(code) and run.value not in taken:
                return said
        return ""

    def _other_of_kind(self, leaf: Leaf, kind: ValueKind, text: str) -> str:
        """Return a value of the same kind that no argument of the write takes."""
        if leaf.nothing or (kind is ValueKind.AMOUNT and not self._one_amount(leaf, text)):
            return ""
        taken = [one.value for one in self.values if one.kind is leaf.kind]
        for found in self.language.find(text, kind, self.today):
            readings = found.readings or (found.value,)
            if any(same_value(r, v, kind) for r in readings for v in taken):
                continue
            words = text[found.start : found.stop]
            if kind is ValueKind.COUNT and not self._counts(leaf, text, found.start, found.stop):
                continue
            if kind is ValueKind.ID and _form(found.value) != _form(leaf.value):
                continue
            if kind is ValueKind.ID and any(found.value in str(v.given) for v in self.values):
                continue  # a code within another: flight SK112 in journey FL_SK112_0325
            return words
        return ""

    def by_name(self, leaf: Leaf, text: str) -> str:
        """Return the one other amount of a text, beside its name, or what it counts otherwise.

        "A fee of 14 dollars", "three nights".
        """
        if leaf.inner or leaf.nothing or leaf.kind not in (ValueKind.AMOUNT, ValueKind.COUNT):
            return ""
        for found in self.language.find(text, ValueKind.AMOUNT, self.today):
            words = text[found.start : found.stop]
            clause = text[slice(*self.mentions(text).clause((found.start, found.stop)))]
            named = any(self._is_among(w, name_words(leaf.name)) for w in plain(clause).split())
            taken = any(self.stands(one, words) for one in self.values)
            if named and not taken and self._one_amount(leaf, text):
                return words
        counts = leaf.kind is ValueKind.COUNT
        return self._other_of_kind(leaf, ValueKind.COUNT, text) if counts else ""

    def haggled(self, leaf: Leaf, wish: str) -> str:
        """Return the one bare number of the proposal, where the caller had wished for another one.

        "We can pay 730 dollars." - "I want 900." - "I can go up to 800. Shall I?"
        """
        if leaf.kind not in (ValueKind.AMOUNT, ValueKind.COUNT):
            return ""
        kinds = (ValueKind.AMOUNT, ValueKind.COUNT)
        wished = any(self.language.find(wish, kind, self.today) for kind in kinds)
        numbers = self.proposed.bare_numbers()
        return numbers[0] if wished and len(numbers) == 1 else ""

    def _one_amount(self, leaf: Leaf, text: str) -> bool:
        """Whether a text names one amount, as a whole: parts and sums are for a listener."""
        found = self.language.find(text, ValueKind.AMOUNT, self.today)
        parted = self.language.phrases.details.shares
        behind = (plain(text[one.stop : one.stop + 20]) for one in found)
        whole = not any(re.match(parted, words) for words in behind)
        return whole and leaf.path == leaf.name and len({one.value for one in found}) == 1

    def _counts(self, leaf: Leaf, text: str, start: int, stop: int) -> bool:
        """Whether what is beside a number is what an argument counts: "3 tickets", "table 4".

        A price is none of what it is for: "210 a night".
        """
        if re.match(self.language.phrases.details.shares, plain(text[stop : stop + 20])):
            return False
        beside = [*plain(text[:start]).split()[-1:], *plain(text[stop : stop + 40]).split()[:2]]
        named, people = name_words(leaf.name), self.language.phrases.details.people
        if any(self._is_among(word, people) for word in named):
            named = (*named, *people)
        return any(self._is_among(word, named) for word in beside)

    def _counts_else(self, leaf: Leaf, text: str, found: Found) -> bool:
        """Whether a number counts another thing, beside that of the argument: "a room, two beds".

        ``rooms`` is told by its own word, and no number stands there.
        """
        beside = re.match(r"\s*(?P<word>[^\W\d_]+)", text[found.stop :])
        names = name_words(leaf.name)
        told = [word for word in plain(text).split() if self._is_among(word, names)]
        if beside is None or not told or self._counts(leaf, text, found.start, found.stop):
            return False
        small = self.language.phrases.wishes.small_words
        return bool(without(small, plain(beside["word"])))

    def _is_among(self, word: str, nouns: Iterable[str]) -> bool:
        """Whether a word is one of some nouns, in either number."""
        return any(self.language.same_noun(word, noun) for noun in nouns)

    def choice(self, leaf: Leaf, text: str) -> str:
        """Return another choice of a value's list that stands in a text, the value itself not."""
        found: list[tuple[int, str]] = []
        taken = {str(one.given).lower() for one in self.values}
        for choice in leaf.choices:
            if choice.lower() in taken:
                continue
            places = value_places(choice, text, leaf.kind, self.language, self.today)
            said = text[slice(*places[0])] if places else in_parts(choice, text, self.language)
            if said:
                found.append((-len(choice), said))
        return min(found)[1] if found else ""

    def _by_earlier_calls(self, leaf: Leaf, text: str) -> str:
        """Return what an earlier call gave for the same argument, where the words hold that."""
        for tool in reversed(self.made.tools):
            earlier = (tool.arguments or {}).get(leaf.name)
            if not isinstance(earlier, str) or not earlier.strip():
                continue
            if plain(earlier) in plain(str(leaf.given)) or plain(str(leaf.given)) in plain(earlier):
                continue
            if any(plain(earlier) == plain(str(one.given)) for one in self.values):
                continue
            if value_places(earlier, text, leaf.kind, self.language, self.today):
                return earlier
        return ""

    def in_reply(self, leaf: Leaf) -> str:
        """Return another identifier, or exact value, that the caller gave with the yes."""
        told_apart = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)
        coded = leaf.kind is ValueKind.TEXT and not leaf.tells_what
        meant = coded or leaf.kind in told_apart or leaf.exact
        if leaf.inner or leaf.flag is not None or not meant:
            return ""
        reply = self.made.reply
        return self._other_of_kind(leaf, leaf.kind, reply) or self._other_spelled(leaf, reply)


def _form(code: str) -> str:
    """Return which characters of a code are digits and which are letters."""
    return "".join("0" if sign.isdigit() else "A" for sign in code)
