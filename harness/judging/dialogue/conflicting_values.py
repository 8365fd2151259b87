"""Finds other values in a text that compete with a value of a write.

Dates, times, numbers, codes and choices of a list are found by their form, names as in
``other_names``. The rules may miss a competing value, so an empty result does not prove that there
is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from harness.judging.dialogue.argument_paths import Leaf, is_hour, value_parts
from harness.judging.dialogue.mentions import CODED, NAMED, Mentions, choice_words, value_stands
from harness.judging.dialogue.name_candidates import Counted, EarlierNumbers, OtherNames
from harness.judging.dialogue.proposed_writes import AgreedWords
from harness.language.identifiers import repairs, spelled_runs, takes_back
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain, without
from harness.language.places import Place, value_places
from harness.language.sentences import Stretches
from harness.language.values import Found, ValueKind

_IDENTIFYING = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL)

_SHORTEST_CODE = 3
_NEAR = 400
"""Characters before and after a value in which phrases about it are sought, so that a long text
takes time in proportion to its length."""

_MOST_PARTS = 3
"""Most parts of a code that is written with spaces: "LM52 KRT"."""

_AND = re.compile(
    r"\s*+(?:&|(?:,\s*+)?\b(?:and|und)\b(?: also)?|,)\s*+(?:the |for )?", re.IGNORECASE
)


@dataclass(frozen=True)
class Rivals:
    """Finds values that could replace a value of the write; ``values`` are all its values."""

    values: Sequence[Leaf]
    made: AgreedWords
    language: Language
    today: date | None
    things: tuple[str, ...] = ()
    """Nouns for the tool's object: the only number of a write counts them."""
    other_calls: tuple[Leaf, ...] = ()
    """Values of other calls on the same agreement; they do not conflict with this call's."""
    earlier: EarlierNumbers = field(default_factory=EarlierNumbers)
    """The numbers that were said in the call before the write."""

    @cached_property
    def counted(self) -> Counted:
        """Finds the nouns that the numbers in a text count."""
        return Counted(self.values, self.language, self.today, self.things, self.earlier)

    @property
    def proposed(self) -> Mentions:
        """The mentions of the values in the proposal."""
        return self.mentions(self.made.proposal)

    def mentions(self, text: str) -> Mentions:
        """Return the mentions of the values in a text."""
        return Mentions(text, self.values, self.language, self.today)

    def stands(self, leaf: Leaf, text: str) -> bool:
        """Return whether a text contains a value, in any form."""
        return value_stands(leaf, text, self.language, self.today)

    def other(self, leaf: Leaf, text: str, *, spoken: bool = True) -> str:
        """Return the first other value of the kind in a text; empty if there is none."""
        found = self.others(leaf, text, spoken=spoken)
        return text[slice(*found[0])] if found else ""

    def is_coded(self, leaf: Leaf) -> bool:
        """Return whether a value is an identifier, not a choice or a field of a record."""
        if leaf.inner or leaf.flag is not None or leaf.choices:
            return False
        coded = leaf.kind is ValueKind.TEXT and CODED.search(str(leaf.given)) is not None
        return coded or leaf.exact or leaf.kind in _IDENTIFYING

    def is_plain(self, leaf: Leaf, words: str) -> bool:
        """Return whether words are certainly another value of the kind.

        "45" may not be money, "the sixteenth" may not be a day, and "Friday" may be any Friday.
        """
        if leaf.kind is ValueKind.COUNT:
            return self._surely_counted(leaf, words)
        if leaf.kind not in (ValueKind.AMOUNT, ValueKind.DATE) or self.language.find(
            words, leaf.kind
        ):
            return True
        if leaf.kind is ValueKind.AMOUNT:
            sums = self.language.find(self.made.proposal, ValueKind.AMOUNT, self.today)
            bare = self.language.normalize(words, ValueKind.AMOUNT)
            return any(one.value == bare for one in sums)
        found = self.language.find(words, leaf.kind, self.today)
        return bool(found) and all(
            _other_weekday(day, leaf.value) for one in found for day in one.readings
        )

    def _surely_counted(self, leaf: Leaf, words: str) -> bool:
        """Whether a number identifies no thing ("table 12"), and is no time of the write."""
        text = self.made.proposal
        said = re.search(rf"(?<![\w:.]){re.escape(words)}(?!\w)", text)
        at = -1 if said is None else said.start()
        behind = text[at + len(words) :]
        small = self.language.phrases.wishes.small_words
        marked = re.match(r"\s*(?:[^\w\s]|$)", behind) is not None
        # A number counts the noun after it: "two tickets".
        if at < 0 or (not marked and without(small, "".join(plain(behind).split()[:1]))):
            return True
        numbers = self.language.find(words, ValueKind.COUNT, self.today)
        if any(is_hour(one.value, self.values) for one in numbers):
            return False
        nouns, known = self._noun_before(text, at), name_words(leaf.name)
        return all(any(self.language.same_noun(n, one) for one in known) for n in nouns)

    def other_said(self, leaf: Leaf, reply: str) -> str:
        """Return another day, time, amount or code in a reply that is not in the proposal."""
        kinds = (ValueKind.DATE, ValueKind.TIME, ValueKind.AMOUNT, ValueKind.COUNT)
        if leaf.kind not in kinds and not self.is_coded(leaf):
            return ""
        told = (reply[slice(*place)] for place in self.others(leaf, reply, spoken=False))
        proposal = plain(self.made.proposal)
        return next((words for words in told if plain(words) not in proposal), "")

    def choice(self, leaf: Leaf, text: str) -> str:
        """Return another choice of the list in a text that does not contain the value itself."""
        return self.other(leaf, text) if leaf.choices and not self.stands(leaf, text) else ""

    def own(self, leaf: Leaf, text: str) -> tuple[Place, ...]:
        """Return the spans of a value in its own meaning: four guests are not four nights."""
        places = value_places(leaf.said, text, leaf.kind, self.language, self.today)
        if not places and leaf.kind is ValueKind.TEXT and CODED.search(str(leaf.given)):
            places = value_places(leaf.said, text, ValueKind.ID, self.language, self.today)
        if leaf.choices and not places:
            said = choice_words(leaf, str(leaf.given), text, self.language)
        else:
            said = ""
        if said:
            return ((text.find(said), text.find(said) + len(said)),)
        if not places and value_stands(leaf, text, self.language, self.today):
            return ((0, len(text)),)
        partial = self.language.phrases.asking.partial
        places = tuple(
            one for one in places if not re.search(partial, _before(text, one[0]), re.IGNORECASE)
        )
        if leaf.kind is ValueKind.COUNT and not leaf.choices:
            decimals = self.language.amounts.find_decimals(text)
            return tuple(
                (start, stop)
                for start, stop in places
                if not any(one.start <= start and stop <= one.stop for one in decimals)
                and not self.counted.counts_another(leaf, text, (start, stop))
            )
        return places

    def others(self, leaf: Leaf, text: str, *, spoken: bool) -> tuple[Place, ...]:
        """Return the spans of other values of the kind that no argument of the write uses.

        ``spoken``: the proposal contains the value itself, so that any name, or any number without
        a noun, may replace it.
        """
        if leaf.nothing or leaf.flag is not None:
            return ()
        own = value_places(leaf.said, text, leaf.kind, self.language, self.today)
        given_up = _GivenUp(text, own, self.language)
        found = dict.fromkeys(self._found(leaf, text, spoken=spoken))
        taken = Stretches(own)
        return tuple(one for one in found if not taken.touch(*one) and not given_up.holds(one))

    def is_of_other_calls(self, leaf: Leaf, words: str) -> bool:
        """Return whether words are another call's value, or the total of all calls."""
        if any(self.stands(one, words) for one in self.other_calls if one.path == leaf.path):
            return True
        amounts = self.language.find(words, ValueKind.AMOUNT) if self.other_calls else ()
        if not amounts or not re.fullmatch(r"\d+(?:\.\d+)?", leaf.value):
            return False
        return Decimal(amounts[0].value) == Decimal(leaf.value) * (len(self.other_calls) + 1)

    def _found(self, leaf: Leaf, text: str, *, spoken: bool) -> Iterator[Place]:
        names = OtherNames(self.values, self.made, self.language, self.today)
        if leaf.choices:
            yield from self._choices(leaf, text)
        elif leaf.kind in NAMED and not CODED.search(str(leaf.given)):
            yield from names.like(leaf, text)
            yield from names.same_last_word(leaf, text)
            for start, stop in () if leaf.inner else names.capitals(leaf, text):
                if spoken or names.named_together(leaf, text[start:stop]):
                    yield start, stop
        elif leaf.kind is ValueKind.ADDRESS:
            yield from names.houses(leaf, text)
        else:
            if leaf.kind is ValueKind.TEXT:
                yield from names.houses(leaf, text)
            yield from self._of_form(leaf, text, spoken=spoken)

    def _choices(self, leaf: Leaf, text: str) -> Iterator[Place]:
        taken = {str(one.given).lower() for one in self.values}
        for choice in leaf.choices:
            if choice.lower() in taken:
                continue
            places = value_places(choice, text, leaf.kind, self.language, self.today)
            if not places and (said := choice_words(leaf, choice, text, self.language)):
                at = text.find(said)
                places = ((at, at + len(said)),)
            yield from places

    def _of_form(self, leaf: Leaf, text: str, *, spoken: bool) -> Iterator[Place]:
        for part in self._comparable(leaf):
            kinds = [part.kind]
            if part.kind is ValueKind.AMOUNT and spoken:
                # Amounts are also said without a currency.
                kinds.append(ValueKind.COUNT)
            for kind in kinds:
                for found in self.language.find(text, kind, self.today):
                    spelled = kind is ValueKind.COUNT and self._is_of_a_code(text, found)
                    if spelled and not self.counted.counts(leaf, text, found):
                        continue
                    if self._is_rival(part, kind, text, found, spoken=spoken):
                        yield found.start, found.stop
        if leaf.kind in (ValueKind.COUNT, ValueKind.AMOUNT):
            yield from self._decimals(leaf, text)
        if leaf.kind in (ValueKind.ID, ValueKind.TEXT):
            yield from self._spelled(leaf, text)
            yield from self._numbered(leaf, text)

    def _comparable(self, leaf: Leaf) -> tuple[Leaf, ...]:
        """Return the parts of a value to compare: day and time separately, text as a code."""
        if leaf.kind is ValueKind.COUNT:
            as_amount = value_parts(leaf)[1:]
            amounts = self.language.find(self.made.proposal, ValueKind.AMOUNT, self.today)
            said = any(one.may_be(part.value, part.kind) for one in amounts for part in as_amount)
            return (leaf, *as_amount) if said else (leaf,)
        if leaf.kind is ValueKind.AMOUNT:
            return (leaf,)
        if leaf.kind is ValueKind.TEXT:
            return (replace(leaf, kind=ValueKind.ID),)
        return value_parts(leaf) or (leaf,)

    def _is_rival(
        self, leaf: Leaf, kind: ValueKind, text: str, found: Found, *, spoken: bool
    ) -> bool:
        words = text[found.start : found.stop]
        parts = [part for one in self.values for part in (one, *value_parts(one))]
        if any(found.may_be(one.value, kind) for one in parts if one.kind is kind):
            return False
        others = (one for one in self.values if one.kind is not kind)
        taken = (one for one in others if kind is not ValueKind.COUNT or not _is_time(one))
        if any(value_stands(one, words, self.language, self.today) for one in taken):
            return False
        if kind is ValueKind.ID:
            return self._alike(found.value, leaf) and not self._of_another_noun(leaf, text, found)
        if kind is ValueKind.DATE and not self.language.find(words, kind):
            # "The fourteenth" may be in any month.
            return found.value[-2:] != leaf.value[-2:]
        if kind is not ValueKind.COUNT:
            return True
        if leaf.value.partition(".")[0] == found.value:
            return False  # "nineteen and a half"
        counted = leaf.kind is ValueKind.COUNT and self.counted.counts(leaf, text, found)
        people = leaf.kind is ValueKind.COUNT and self.counted.is_of_people(leaf)
        return counted or ((spoken or people) and self.counted.is_bare(text, found))

    def _is_of_a_code(self, text: str, found: Found) -> bool:
        """Whether a number is part of a code that is spelled out: "nine, one, four, zero, X"."""
        runs = spelled_runs(text, self.language.alphabet)
        return any(
            run.start <= found.start
            and found.stop <= run.stop
            and (run.start, run.stop) != (found.start, found.stop)
            and len(run.value) >= _SHORTEST_CODE
            for run in runs
        )

    def _alike(self, code: str, leaf: Leaf) -> bool:
        """Whether a code has the form of the value, and is not a part of any value."""
        own = _letters(code)
        if form(own) != form(_letters(str(leaf.given))):
            return False
        return not any(own.upper() in _letters(str(one.given)).upper() for one in self.values)

    def _of_another_noun(self, leaf: Leaf, text: str, found: Found) -> bool:
        """Whether the nouns before two codes show that they identify different things."""
        # A number may be cited by its last digits: "ending in 7334".
        ending = self.language.phrases.details.ending
        first = max(0, found.stop - _NEAR)
        near = text[first : found.stop + _NEAR]
        ends = (first + one.end() for one in re.finditer(ending, near, re.IGNORECASE))
        if found.stop in ends:
            return True
        own = value_places(leaf.said, text, leaf.kind, self.language, self.today)
        mine = {word for start, _ in own for word in self._noun_before(text, start)}
        theirs = self._noun_before(text, found.start)
        return bool(mine) and bool(theirs) and not mine & set(theirs)

    def is_called(self, leaf: Leaf, text: str, place: Place) -> bool:
        """Return whether no noun before a code shows that it identifies something else."""
        nouns = self._noun_before(text, place[0])
        known = (*name_words(leaf.name), *self.things)
        return all(any(self.language.same_noun(n, one) for one in known) for n in nouns)

    def _noun_before(self, text: str, start: int) -> list[str]:
        words = plain(_before(text, start)).split()[-1:]
        small = (*self.language.phrases.wishes.small_words, r"and", r"or", r"not")
        return [one for one in words if one.isalpha() and without(small, one)]

    def _spelled(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield other codes of the same length, written or spelled out."""
        code = _letters(str(leaf.given))
        if len(code) < _SHORTEST_CODE or not (code.isalnum() and code == code.upper()):
            return
        words = list(re.finditer(r"[A-Z\d-]+(?![a-z])", text))
        for first, one in enumerate(words):
            for last in words[first : first + _MOST_PARTS]:
                said = text[one.start() : last.end()]
                if re.search(r"[^A-Z\d \-]", said):
                    break
                mixed = any(s.isdigit() for s in said) and any(s.isalpha() for s in said)
                if mixed and self._alike(_letters(said.replace(" ", "")), leaf):
                    yield one.start(), last.end()
        for run in spelled_runs(text, self.language.alphabet):
            said = text[run.start : run.stop]
            alone = len(said.split()) >= len(code) or any(sign.isdigit() for sign in code)
            if alone and self._alike(run.value, leaf):
                yield run.start, run.stop

    def _numbered(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield other numbers after a word of the argument's name: "table 43"."""
        names = name_words(leaf.name) if str(leaf.given).isdecimal() else ()
        for found in self.language.find(text, ValueKind.COUNT, self.today) if names else ():
            before = plain(_before(text, found.start)).split()[-1:]
            named = any(self.language.same_noun(word, one) for word in before for one in names)
            if named and found.value != str(leaf.given):
                yield found.start, found.stop

    def _decimals(self, leaf: Leaf, text: str) -> Iterator[Place]:
        """Yield the spans of other decimal numbers: "twenty-seven and a half" for 27."""
        for found in self.language.amounts.find_decimals(text):
            near = found.value.partition(".")[0] == leaf.value.partition(".")[0]
            counted = self.counted.counts(leaf, text, found)
            taken = any(found.may_be(_amount(one), ValueKind.AMOUNT) for one in self.values)
            if (near or counted) and not taken:
                yield found.start, found.stop


class _GivenUp:
    """Finds out which other values of a text are named only as excluded or as the present state.

    ``own`` are the spans of the value itself, in order.
    """

    def __init__(self, text: str, own: Sequence[Place], language: Language) -> None:
        self._text, self._own, self._phrases = text, own, language.phrases
        made = repairs(text, language.alphabet, language.phrases)
        self._repaired = Stretches((one.start, one.stop) for one in made)

    def holds(self, other: Place) -> bool:
        """Return whether a value is given up."""
        text, phrases, (start, stop) = self._text, self._phrases, other
        details, before = phrases.details, _before(self._text, start)
        behind = text[stop : stop + _NEAR]
        first = max((m.end() for m in re.finditer(details.clauses, before)), default=0)
        last = re.search(details.clauses, behind)
        clause = f"{before[first:]}§{behind[: last.start()] if last else behind}"
        if re.search(details.not_meant, clause, re.IGNORECASE):
            return True
        if re.search(phrases.asking.ruled_out, before, re.IGNORECASE):
            return True
        if self._repaired.touch(*other):
            return True
        if re.search(details.now_before, before, re.IGNORECASE) and self._names_new:
            return True
        return any(self._is_joined(one, other) for one in self._near(other))

    @cached_property
    def _names_new(self) -> bool:
        """Whether the value itself is named as the new value: "to the ninth"."""
        pattern = self._phrases.details.new_before
        befores = (_before(self._text, start) for start, _ in self._own)
        return any(re.search(pattern, before, re.IGNORECASE) for before in befores)

    def _near(self, other: Place) -> Sequence[Place]:
        """Return the nearest spans of the value itself on both sides of another value."""
        # The nearest spans separate all further spans from the other value.
        at = bisect_left(self._own, other)
        return self._own[max(0, at - 1) : at + 1]

    def _is_joined(self, own: Place, other: Place) -> bool:
        """Whether a value takes another one back, or both are joined: "KX41 and KX52"."""
        first, second = sorted((own, other))
        between = self._text[first[1] : second[0]]
        if len(between) > _NEAR or first[1] > second[0]:
            return False
        taken_back = second == own and takes_back(between, self._phrases)
        return taken_back or _AND.fullmatch(between) is not None


def _before(text: str, at: int) -> str:
    """Return the text shortly before a place."""
    return text[max(0, at - _NEAR) : at]


def _amount(leaf: Leaf) -> str:
    """Return a number as amounts are compared."""
    return f"{leaf.value}.00" if leaf.kind is ValueKind.COUNT else leaf.value


def _is_time(leaf: Leaf) -> bool:
    """Whether a value has a time of day: "two" may be a time or a number."""
    return leaf.kind in (ValueKind.TIME, ValueKind.DATETIME)


def _other_weekday(first: str, second: str) -> bool:
    """Whether two dates differ both in the weekday and in the day of the month."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(second)
    except ValueError:
        return False
    return days[0].weekday() != days[1].weekday() and days[0].day != days[1].day


def form(code: str) -> str:
    """Return the form of a code: "0" for each digit and "A" for each letter."""
    return "".join("0" if sign.isdigit() else "A" for sign in code)


@lru_cache(maxsize=4096)  # a call that says many numbers asks for the same ones again and again
def _letters(code: str) -> str:
    return re.sub(r"[^\w]|_", "", code)
