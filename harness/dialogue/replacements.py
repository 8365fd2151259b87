"""What takes the place of a value that is named only as what is so now: "from 40 to 25 seats".

Agents tell the old state beside the new one, and what was offered beside what they ask for. To
stand in a proposal is not to be proposed, where another value of the same thing takes the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import Mentions
from harness.language.language import Language
from harness.language.phrasebook import matches, plain, without
from harness.language.places import Place, value_places
from harness.language.values import ValueKind, same_value

_DAYS = (ValueKind.DATE, ValueKind.TIME)
_CHANGING = (ValueKind.COUNT, ValueKind.AMOUNT, *_DAYS)


@dataclass(frozen=True, slots=True)
class Replacement:
    """The words of the other value; ``told``: it is told as the new one, not only asked about."""

    words: str
    told: bool


def replacement(leaf: Leaf, proposed: Mentions) -> Replacement | None:
    """Return what a proposal names in the place of a value that stands in it, None if nothing."""
    parts = value_parts(leaf)
    found = (_Exchange(part, proposed).replacement() for part in parts)
    return next((one for one in found if one is not None), None)


def names_other_time(
    text: str, values: Sequence[Leaf], language: Language, today: date | None
) -> bool:
    """Return whether a text names a day or a time of day, and none that a write takes."""
    parts = [part for leaf in values for part in value_parts(leaf)]
    for kind in _DAYS:
        own = [part.value for part in parts if part.kind is kind]
        found = language.find(text, kind, today) if own else ()
        if found and not any(one.may_be(value, kind) for one in found for value in own):
            return True
    return False


def answered_with(
    leaf: Leaf, reply: str, values: Sequence[Leaf], language: Language, today: date | None
) -> str:
    """Return another day, time or sum that a clause of a reply consists of: "yes, 10:30 please".

    Of what stands beside other words nobody here knows what it is about: "until 10:30 I'm out".
    """
    taken = [part for one in values for part in value_parts(one)]
    for part in value_parts(leaf):
        for clause in re.split(language.phrases.details.clauses, reply) if _told(part) else ():
            for found in language.find(clause, part.kind, today):
                own = [one.value for one in taken if one.kind is part.kind]
                beside = plain(f"{clause[: found.start]} {clause[found.stop :]}")
                alone = not without(language.phrases.details.giving, beside)
                if alone and not any(found.may_be(value, part.kind) for value in own):
                    return clause[found.start : found.stop]
    return ""


def _told(part: Leaf) -> bool:
    return part.kind in (*_DAYS, ValueKind.AMOUNT) and not part.nothing


def value_parts(leaf: Leaf) -> tuple[Leaf, ...]:
    """Return what of a value may change alone: the day and the time of a moment.

    A bare number may be an amount.
    """
    if leaf.kind is ValueKind.COUNT and leaf.value.isdecimal() and not leaf.choices:
        amount = f"{leaf.value}.00"
        return leaf, replace(leaf, said=amount, value=amount, kind=ValueKind.AMOUNT)
    if leaf.kind is not ValueKind.DATETIME:
        return (leaf,) if leaf.kind in _CHANGING or leaf.choices else ()
    day, _, time = leaf.value.partition("T")
    halves = ((day, ValueKind.DATE), (time, ValueKind.TIME))
    return tuple(replace(leaf, said=half, value=half, kind=kind) for half, kind in halves if half)


@dataclass(frozen=True)
class _Exchange:
    leaf: Leaf
    proposed: Mentions

    @property
    def text(self) -> str:
        return self.proposed.text

    def replacement(self) -> Replacement | None:
        own, others = self._places(self.leaf.said), tuple(self._others())
        if not own or not others:
            return None
        new = [one for one in others if not self._is_old(one, (*own, *others))]
        if new and all(self._is_old(one, others) for one in own):
            return Replacement(self.text[slice(*new[0])], told=True)
        asked = self._asked()
        if any(asked[0] <= start < asked[1] for start, _ in own):
            return None
        for one in new:
            if asked[0] <= one[0] < asked[1] and self._is_same_thing(one, own):
                told = self._is_new(one) or bool(self.leaf.choices)
                return Replacement(self.text[slice(*one)], told)
        return None

    def _places(self, value: str) -> tuple[Place, ...]:
        one = self.proposed
        return value_places(value, self.text, self.leaf.kind, one.language, one.today)

    def _others(self) -> Iterator[Place]:
        """Yield where other values of its kind, or of its list, stand that no argument takes."""
        taken = [self.leaf.value, *self._taken()]
        if self.leaf.choices:
            held = {str(one.given) for one in self.proposed.values}
            for choice in self.leaf.choices:
                if choice not in held:
                    yield from self._apart(self._places(choice))
            return
        kind = self.leaf.kind
        for found in self.proposed.language.find(self.text, kind, self.proposed.today):
            readings = found.readings or (found.value,)
            if not any(same_value(one, value, kind) for one in readings for value in taken):
                yield from self._apart(((found.start, found.stop),))

    def _apart(self, places: tuple[Place, ...]) -> Iterator[Place]:
        own = self._places(self.leaf.said)
        return (one for one in places if not any(one[0] < b and a < one[1] for a, b in own))

    def _taken(self) -> Iterator[str]:
        for one in self.proposed.values:
            if one.path != self.leaf.path:
                yield from (part.value for part in value_parts(one) if part.kind is self.leaf.kind)

    def _is_old(self, place: Place, others: tuple[Place, ...]) -> bool:
        """Whether a value is told as what is so now, or as what is exchanged for another."""
        details = self.proposed.language.phrases.details
        before, behind = self.text[: place[0]], self.text[place[1] :]
        if self._is_new(place):
            return False
        if re.match(details.now_behind, behind, re.IGNORECASE):
            return True
        for start, _ in others:
            if start > place[1] and re.fullmatch(details.becoming, self.text[place[1] : start]):
                return True
        if not re.search(details.now_before, before, re.IGNORECASE):
            return False
        sentence = plain(self._sentence(place))
        return self.leaf.kind not in _DAYS or matches(details.moving, sentence)

    def _is_new(self, place: Place) -> bool:
        new = self.proposed.language.phrases.details.new_before
        return re.search(new, self.text[: place[0]], re.IGNORECASE) is not None

    def _is_same_thing(self, one: Place, own: tuple[Place, ...]) -> bool:
        """Whether two numbers count the same, by the noun behind them; other kinds always may."""
        if self.leaf.kind is not ValueKind.COUNT or self.leaf.choices:
            return True
        noun = self._noun(one)
        return bool(noun) and any(
            self.proposed.language.same_noun(self._noun(place), noun) for place in own
        )

    def _noun(self, place: Place) -> str:
        behind = plain(self.text[place[1] : place[1] + 40]).split()
        return behind[0] if behind else ""

    def _asked(self) -> Place:
        """Return where the last question stands; an empty place where none does."""
        asked = [one for one in self._sentences() if "?" in self.text[slice(*one)]]
        return asked[-1] if asked else (0, 0)

    def _sentence(self, place: Place) -> str:
        found = (one for one in self._sentences() if one[0] <= place[0] < one[1])
        return self.text[slice(*next(found, (0, len(self.text))))]

    def _sentences(self) -> Iterator[Place]:
        at = 0
        for sentence in self.proposed.language.sentences(self.text):
            start = self.text.find(sentence, at)
            if start >= 0:
                at = start + len(sentence)
                yield start, at
