"""How a text mentions a value: as intended, excluded, corrected, or of another record.

A value in a proposal is not always proposed: "Morning Flow is full", "leave the kitchen alone",
"from May 5 to May 7", "two of these and four of those".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from harness.judging.dialogue.actions import Named, names_action
from harness.judging.dialogue.argument_paths import Leaf
from harness.language.identifiers import MENDED_KINDS, Repair, denied, is_over, repairs, takes_back
from harness.language.language import Language
from harness.language.phrasebook import matches, name_words, plain, starts, without
from harness.language.phrases import End
from harness.language.places import Place, value_places
from harness.language.sentences import Stretches
from harness.language.values import Found, ValueKind
from harness.scenario.model import ToolSpec

# Removes self-corrections: a value that the speaker takes back at once was not given.
#
# A self-correction is a slip, an editing term, and the meant value (Levelt 1983: reparandum,
# editing term, repair): "It's ORD-4718B, no, sorry, ORD-4715B." Only values of the same kind are
# compared, with only editing terms between them. In "A? No, B" the no answers a question.
# ``language/identifiers.py`` handles corrections within a number ("four seven one five, no, one
# six").
#
# The agent's words are proposals and read-backs, so they must certainly take a value back: "15
# dollars. Sorry, 20 dollars is the fee" may do so, or not.

_ALSO = {
    ValueKind.AMOUNT: (ValueKind.AMOUNT, ValueKind.COUNT),
    ValueKind.COUNT: (ValueKind.AMOUNT, ValueKind.COUNT),
    ValueKind.DATETIME: (ValueKind.DATETIME, ValueKind.DATE, ValueKind.TIME),
}
"""Kinds in whose form a value of this kind may also be said: "20, no, 15 dollars"."""

_NUMBERS = (ValueKind.AMOUNT, ValueKind.COUNT)

_BREAK = re.compile(r"[,;!?–—]|\.(?=\s|$)")
_SENTENCE_END = re.compile(r"[.!?](?=\s)")
_FIRST_WORD = re.compile(r"\s*(?P<word>[^\W\d_]+)")

_LONGEST_REST = 6
"""Maximum number of words after the meant value; more may be a separate sentence."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A slip in ``text[start:stop]``, up to the meant value, which ends at ``end``."""

    start: int
    stop: int
    end: int
    sure: bool
    """Whether the words cannot have another meaning."""
    bare: bool = True
    """Whether only words of correction are between the two values."""

    def holds(self, start: int, stop: int) -> bool:
        """Whether another span of the text is a part of the slip."""
        return self.start <= start and stop <= self.stop


def as_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return the caller's words without slips that are taken back at once.

    If a correction is ambiguous, the words stay: see ``unclear``.
    """
    sought = tuple(kinds)
    if any(kind in sought for kind in MENDED_KINDS):
        for one in reversed(repairs(text, language.alphabet, language.phrases)):
            text = f"{text[: one.start]}{one.words}{text[one.stop :]}"
    made = taken_back(text, sought, language, today)
    return _without(text, (one for one in made if one.sure or one.bare))


def surely_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return the words of a side without values that it certainly takes back at once.

    Corrections within a number stay: the code that looks for numbers handles them.
    """
    made = taken_back(text, kinds, language, today)
    return _without(text, (one for one in made if one.sure))


def unclear(text: str, language: Language) -> tuple[Repair, ...]:
    """Return the ambiguous corrections of numbers by a caller."""
    made = repairs(text, language.alphabet, language.phrases)
    return tuple(one for one in made if not one.sure)


def taken_back(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> tuple[TakenBack, ...]:
    """Return the values of some kinds that are taken back, or may be, in order."""
    if not matches(language.phrases.answers.mending, plain(text)):
        return ()
    groups = dict.fromkeys(_ALSO.get(kind, (kind,)) for kind in kinds if kind not in MENDED_KINDS)
    found = {one for group in groups for one in _slips(text, group, language, today)}
    return tuple(sorted(found, key=lambda one: (one.start, one.stop)))


def _without(text: str, slips: Iterable[TakenBack]) -> str:
    for start, stop in sorted({(one.start, one.stop) for one in slips}, reverse=True):
        text = text[:start] + text[stop:]
    return text


def _slips(
    text: str, kinds: tuple[ValueKind, ...], language: Language, today: date | None
) -> Iterator[TakenBack]:
    found = [(kind, one) for kind in kinds for one in language.find(text, kind, today)]
    told = {(one.start, one.stop) for _, one in found}
    if kinds == (ValueKind.TIME,):
        found = [(ValueKind.TIME, one) for one in language.times.find_expected(text)]
    elif kinds == _NUMBERS:
        found.sort(key=lambda pair: pair[1].start)
    for (kind, slip), (meant_kind, meant) in pairwise(found):
        alike = kind is meant_kind or kinds == _NUMBERS
        if not alike or meant.start < slip.stop or (slip.start, slip.stop) not in told:
            continue
        # "Not A, B" is no slip.
        if denied(text[: slip.start], language.phrases):
            continue
        one = _bare((kind, slip), (meant_kind, meant), text, language)
        if one is None and kind is meant_kind:
            one = _said_again(slip, meant, text, language)
            if one is None and kind is ValueKind.COUNT:
                one = _counted(slip, meant, text, language)
        # "at six, sorry, two of you": a bare number is a time only if no words follow.
        if one is not None and (one.sure or (meant.start, meant.stop) in told):
            yield one


def _bare(
    slip: tuple[ValueKind, Found], meant: tuple[ValueKind, Found], text: str, language: Language
) -> TakenBack | None:
    """Return a value that only words of correction separate from the meant value."""
    (kind, old), (new_kind, new) = slip, meant
    between, behind = text[old.stop : new.start], text[new.stop :]
    counted = new_kind is ValueKind.COUNT and not is_over(behind, language.phrases)
    if not takes_back(between, language.phrases):
        return None
    if counted and (kind is ValueKind.AMOUNT or new.value == "1"):
        return None  # "15 dollars. Sorry, 2 items are missing", "for four, wait, one moment"
    sure = not counted and _goes_on(between, behind, language)
    return TakenBack(old.start, new.start, new.stop, sure)


def _said_again(slip: Found, meant: Found, text: str, language: Language) -> TakenBack | None:
    """Return a value that is said again with the words before it: "No, I'd pay 6 euros"."""
    between, behind = text[slip.stop : meant.start], text[meant.stop :]
    if not _begins_again(text[: slip.start], between, language):
        return None
    sure = _goes_on("", behind, language)
    return TakenBack(slip.start, meant.start, meant.stop, sure, bare=False)


def _begins_again(before: str, between: str, language: Language) -> bool:
    """Whether words of correction repeat those before a value: "I'd pay 5 €. No, I'd pay 6 €"."""
    answers = language.phrases.answers
    taken = "?" not in between and matches(answers.mending, plain(between))
    again = without(answers.mending, plain(between))
    return taken and bool(again) and f" {plain(before)}".endswith(f" {again}")


def _counted(slip: Found, meant: Found, text: str, language: Language) -> TakenBack | None:
    """Return a number that is taken back with its noun: "five pens, no, fifteen pens"."""
    between, behind = text[slip.stop : meant.start], text[meant.stop :]
    noun, other = _FIRST_WORD.match(between), _FIRST_WORD.match(behind)
    if noun is None or not takes_back(between[noun.end() :], language.phrases):
        return None
    same = other is not None and _same(other["word"].lower(), noun["word"].lower(), language)
    rest = behind[other.end() :] if other is not None and same else behind
    sure = (same or is_over(behind, language.phrases)) and _goes_on(between, rest, language)
    if not sure and (_SENTENCE_END.search(between) is not None or meant.value == "1"):
        return None
    return TakenBack(slip.start, meant.start, meant.stop, sure, bare=False)


def _same(one: str, other: str, language: Language) -> bool:
    return language.same_noun(one, other) or language.same_noun(other, one)


def _goes_on(between: str, behind: str, language: Language) -> bool:
    """Whether a slip's sentence ends after the meant value, or continues: "to your savings".

    Other words after it may be another sentence: "sorry, at seven we are full".
    """
    if is_over(behind, language.phrases):
        return True
    rest = plain(_BREAK.split(behind, maxsplit=1)[0])
    carried = starts(language.phrases.answers.carrying_on, rest) > 0
    within = _SENTENCE_END.search(between) is None
    return within and carried and len(rest.split()) <= _LONGEST_REST


NAMED = (ValueKind.TEXT, ValueKind.NAME, ValueKind.ADDRESS)
"""Kinds whose values are words."""

CODED = re.compile(r"[\d_]|^[A-Z]{2,4}$")
"""Characters and forms that codes have and names do not."""

_PART = re.compile(r"[^\W\d_]+|\d+")

_NUMBERED = re.compile(r"\d+[^\W\d_]*|[^\W\d_]+")
"""The words of a choice; a number with its unit is a single word: "20gb"."""

_LETTER = re.compile(r"^[A-Za-z]_(?=[A-Za-z]+$)")

_SHORTEST_NAME = 4
"""Characters of the shortest word that names a choice by itself."""

_WORDS_BETWEEN = 3
"""Most words between two words of a choice: "48 pages, the large one"."""


def value_stands(leaf: Leaf, text: str, language: Language, today: date | None) -> bool:
    """Return whether a text contains a value, in any of its forms.

    A bare number may be an amount ("$900"), the ordinal of a day ("the fifteenth"), or follow a
    word of its argument's name ("unit 9"). The words of a choice may be in another order if they
    match no other choice: ``large_48`` is "48 pages, the large one".
    """
    if value_places(leaf.said, text, leaf.kind, language, today):
        return True
    in_words = leaf.kind in (ValueKind.TEXT, ValueKind.ID) and not leaf.choices
    if in_words and "_" in str(leaf.given):
        return bool(in_parts(str(leaf.given), text, language))
    if leaf.choices:
        return bool(choice_words(leaf, str(leaf.given), text, language))
    if leaf.kind is ValueKind.TEXT:
        return _stands_in_plural(str(leaf.given), text, language)
    if leaf.kind is not ValueKind.COUNT:
        return False
    names = name_words(leaf.name)
    forms = [f"{name} {leaf.value}" for name in names]
    if language.arguments.days.intersection(names) and leaf.value.isdecimal():
        forms += language.counts.in_order(int(leaf.value))
    if any(value_places(form, text, ValueKind.TEXT, language) for form in forms):
        return True
    amount = language.normalize(str(leaf.given), ValueKind.AMOUNT)
    return any(found.value == amount for found in language.find(text, ValueKind.AMOUNT))


def _stands_in_plural(value: str, text: str, language: Language) -> bool:
    """Whether a text contains the plural of a value of several words: "two lentil curries"."""
    first, _, last = value.rpartition(" ")
    if not first or not last.isalpha():
        return False
    words = rf"\b{re.escape(first)} {language.actions.plurals(last)}\b"
    return re.search(words, text, re.IGNORECASE) is not None


def in_parts(choice: str, text: str, language: Language) -> str:
    """Return the words of a text that name a choice of several words, in any order."""
    # A single-letter prefix is ignored: ``P_HOME``.
    parts = _PART.findall(_LETTER.sub("", choice))
    for sentence in language.sentences(text) if len(parts) > 1 or parts != [choice] else ():
        found = [value_places(part, sentence, ValueKind.TEXT, language) for part in parts]
        if all(found):
            places = sorted(min(places) for places in found)
            gaps = (sentence[one[1] : other[0]] for one, other in pairwise(places))
            if all(len(gap.split()) <= _WORDS_BETWEEN for gap in gaps):
                return sentence[places[0][0] : places[-1][1]]
    return ""


def choice_words(leaf: Leaf, choice: str, text: str, language: Language) -> str:
    """Return the words of a text that name this choice of a value's list and no other."""
    others = [one for one in leaf.choices if one != choice]
    if any(in_parts(one, text, language) for one in others):
        return ""
    if whole := in_parts(choice, text, language):
        return whole
    # A choice may be named without its number: "the grand one" is ``grand_36``.
    short = _in_short(leaf, choice, text, language)
    return "" if any(_short_name(one) == short.lower() for one in others) else short


def _short_name(choice: str) -> str:
    """Return the word of a choice next to its number; empty if there are several or none."""
    words = [word.lower() for word in _NUMBERED.findall(choice)]
    names = [word for word in words if word.isalpha()]
    short = len(names) == 1 < len(words) and len(names[0]) >= _SHORTEST_NAME
    return names[0] if short else ""


def _in_short(leaf: Leaf, choice: str, text: str, language: Language) -> str:
    """Return the word that names a choice without its number, if it is certainly a name.

    Many of these words are common ("plus", "standard"). They are names if they are capitalized
    inside a sentence, precede another name, "one" or the argument's noun, or are alone.
    """
    word = _short_name(choice)
    phrases = language.phrases
    nouns = {*name_words(leaf.name), *phrases.wishes.counting_one}
    for found in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) if word else ():
        before, behind = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        inside = bool(before) and before[-1] not in ".!?:"
        capital = bool(phrases.details.names) and inside and found[0][:1].isupper()
        named = bool(phrases.details.names) and behind[:1].isupper()
        noun = plain(behind).partition(" ")[0] in nouns
        alone = len(plain(text).split()) <= _WORDS_BETWEEN
        if capital or named or noun or alone:
            return found[0]
    return ""


@dataclass(frozen=True)
class Mentions:
    """A text of the agent and the values of a write."""

    text: str
    values: Sequence[Leaf]
    language: Language
    today: date | None

    def ruled_out(self, leaf: Leaf) -> str:
        """Return the clause of a value that is only mentioned to exclude it, else ""."""
        places = self._places(leaf) if leaf.kind is not ValueKind.ID else ()
        if not places or not all(self._is_ruled_out(leaf, *place) for place in places):
            return ""
        return self.text[slice(*self.clause(places[0]))].strip()

    def _is_ruled_out(self, leaf: Leaf, start: int, stop: int) -> bool:
        asking, details = self.language.phrases.asking, self.language.phrases.details
        first, last = self.clause((start, stop))
        before, behind = self.text[first:start], self.text[stop:last]
        # Not available ("is full"), left unchanged, or contrasted: "not the red".
        if re.search(details.not_meant, f"{before}§{behind}", re.IGNORECASE):
            return True
        instead = re.search(asking.ruled_out, self.text[:start], re.IGNORECASE)
        return instead is not None and not self._is_given(leaf, self.text[: instead.start()])

    def _is_given(self, leaf: Leaf, before: str) -> bool:
        """Whether a text ends in another value of the write: "X instead of Y" may use both."""
        ends = (stop for one in self.values if one is not leaf for _, stop in self._places(one))
        return any(stop <= len(before) and not before[stop:].strip(" ,") for stop in ends)

    def meant(self) -> str:
        """Return the text without the clauses that exclude a value of the write."""
        ruled = {
            self.clause(place)
            for leaf in self.values
            if self.ruled_out(leaf)
            for place in self._places(leaf)
        }
        text = self.text
        for first, last in sorted(ruled, reverse=True):
            text = f"{text[:first]} {text[last:]}"
        return text

    def limited(self) -> str:
        """Return the words that limit the proposal to a part that no value names."""
        only = re.search(self.language.phrases.details.only, self.text)
        if only is None:
            return ""
        told = set(plain(only[0]).split())
        held = {word for one in self.values for word in plain(str(one.given)).split()}
        single = any(one.kind is ValueKind.COUNT and one.value == "1" for one in self.values)
        return "" if single or told & held else only[0]

    def kept(self, leaf: Leaf) -> str:
        """Return the clause that leaves a part of the write at another choice.

        "I'd move RM91 to business and leave RM90 in economy", but the call sets business for both.
        """
        if leaf.inner or not leaf.choices:
            return ""
        parts = [one for one in self.values if one.inner]
        others = [choice for choice in leaf.choices if choice != str(leaf.given)]
        for first, last in self._clauses():
            clause = self.text[first:last]
            kept = re.search(self.language.phrases.details.kept, clause, re.IGNORECASE)
            if kept is None or value_stands(leaf, clause, self.language, self.today):
                continue
            told = any(value_places(c, clause, leaf.kind, self.language) for c in others)
            if told and any(self._named(one, clause) for one in parts):
                return clause.strip()
        return ""

    def unclear(self, leaf: Leaf) -> str:
        """Return the words of a self-correction that leaves it unclear if this value is meant."""
        if leaf.kind not in MENDED_KINDS:
            return self._may_be_taken_back(leaf)
        made = repairs(self.text, self.language.alphabet, self.language.phrases)
        found = [[one for one in made if one.overlaps(*place)] for place in self._places(leaf)]
        if not found or not all(ones and not ones[0].sure for ones in found):
            return ""
        return found[0][0].words

    def _may_be_taken_back(self, leaf: Leaf) -> str:
        slips = [*taken_back(self.text, (leaf.kind,), self.language, self.today)]
        slips += self._choices_taken_back(leaf)
        found = [[one for one in slips if one.holds(*place)] for place in self._places(leaf)]
        if not found or not all(found):
            return ""
        first = found[0][0]
        return self.text[first.start : first.end]

    def _choices_taken_back(self, leaf: Leaf) -> Iterator[TakenBack]:
        """Yield the spans in which another choice corrects this one: "Plus, no, Family"."""
        others = [choice for choice in leaf.choices if choice != str(leaf.given)]
        meant = [
            place
            for other in others
            for place in value_places(other, self.text, leaf.kind, self.language, self.today)
        ]
        for start, stop in self._places(leaf):
            for first, last in meant:
                between = self.text[stop:first]
                if stop <= first and takes_back(between, self.language.phrases):
                    yield TakenBack(start, first, last, sure=False)

    def of_its_record(self, leaf: Leaf) -> tuple[bool, str]:
        """Search the clause that names the value's record of a list, and no other record.

        Return whether it contains the value, and otherwise the only other value of the kind in it.
        """
        record, _, name = leaf.path.rpartition(".")
        told = [
            one for one in self.values if one.path.startswith(f"{record}.") and one.name != name
        ]
        if not record.endswith("]") or leaf.kind in (ValueKind.TEXT, ValueKind.NAME, ValueKind.ID):
            return False, ""
        others: dict[str, str] = {}
        for first, last in self._clauses():
            clause = self.text[first:last]
            keys = [place for one in told for place in self._named(one, clause)]
            if not keys or any(self._named(one, clause) for one in self._keys_of_others(record)):
                continue
            found = [
                one
                for one in self.language.find(clause, leaf.kind, self.today)
                if not any(one.start < stop and start < one.stop for start, stop in keys)
            ]
            if len(found) != 1 or not self._is_of(leaf, found[0], clause, keys):
                continue
            if found[0].may_be(leaf.value, leaf.kind):
                return True, ""
            said = clause[found[0].start : found[0].stop]
            if leaf.kind is not ValueKind.AMOUNT or self._whole(told, clause):
                others[plain(said)] = said
        return False, next(iter(others.values())) if len(others) == 1 else ""

    def _is_of(self, leaf: Leaf, found: Found, clause: str, keys: Sequence[Place]) -> bool:
        """Whether a value in the clause of a record certainly belongs to the argument."""
        before, behind = clause[: found.start], clause[found.stop :]
        # The present state does not count.
        if re.search(self.language.phrases.details.now_before, before, re.IGNORECASE):
            return False
        if leaf.kind is ValueKind.DATE and not found.may_be(leaf.value, leaf.kind):
            # "The fourteenth" may be in any month.
            return found.value[-2:] != leaf.value[-2:]
        if leaf.kind is not ValueKind.COUNT:
            return True
        # "Four of FL-901" and "two bags" are numbers of their records, "seat 12" is not.
        nouns = plain(behind).split()[:1]
        if any(self.language.same_noun(n, one) for n in nouns for one in name_words(leaf.name)):
            return True
        gaps = (clause[found.stop : start] for start, _ in keys if start >= found.stop)
        return any(len(gap.split()) <= _WORDS_BETWEEN - 1 for gap in gaps)

    def _whole(self, told: Sequence[Leaf], clause: str) -> bool:
        """Whether a clause has several values of a record: an amount alone may be a balance."""
        there = [value_stands(one, clause, self.language, self.today) for one in told]
        return len(there) > 1 and all(there)

    def _keys_of_others(self, record: str) -> Iterator[Leaf]:
        for one in self.values:
            if one.path.rpartition(".")[0] not in ("", record):
                yield one

    def _named(self, leaf: Leaf, clause: str) -> tuple[Place, ...]:
        """Return the spans in a clause of a value that names its record: a word or a code."""
        if leaf.kind not in (*NAMED, ValueKind.ID):
            return ()
        return value_places(str(leaf.given), clause, leaf.kind, self.language, self.today)

    def swapped(self, leaf: Leaf) -> str:
        """Return the value that was swapped with this one: start and end are interchanged."""
        details = self.language.phrases.details
        for first, second in ((details.starts, details.ends), (details.ends, details.starts)):
            if not first.named & _role_words(leaf.name):
                continue
            for other in self.values:
                if other.kind is not leaf.kind or not second.named & _role_words(other.name):
                    continue
                if self._behind(leaf, second) and self._behind(other, first):
                    return str(other.given)
        return ""

    def _behind(self, leaf: Leaf, role: End) -> bool:
        """Whether the text contains a value, each time after the words of a role."""
        before = [self.text[:start] for start, _ in self._places(leaf)]
        return bool(before) and all(re.search(role.said, b, re.IGNORECASE) for b in before)

    def _places(self, leaf: Leaf) -> tuple[Place, ...]:
        return value_places(str(leaf.given), self.text, leaf.kind, self.language, self.today)

    def _clauses(self) -> Iterator[Place]:
        """Yield the clauses; punctuation inside an amount or a time of day does not split."""
        at = 0
        spans = Stretches(
            (one.start + 1, one.stop)
            for kind in (ValueKind.AMOUNT, ValueKind.TIME)
            for one in self.language.find(self.text, kind, self.today)
        )
        for mark in re.finditer(self.language.phrases.details.clauses, self.text):
            if not spans.touch(mark.start(), mark.start() + 1):
                yield at, mark.start()
                at = mark.end()
        yield at, len(self.text)

    def clause(self, place: Place) -> Place:
        """Return the clause around a value, even if the value itself contains punctuation."""
        marks = [m.span() for m in re.finditer(self.language.phrases.details.clauses, self.text)]
        first = max((end for _, end in marks if end <= place[0]), default=0)
        last = min((start for start, _ in marks if start >= place[1]), default=len(self.text))
        return first, last


def _role_words(name: str) -> set[str]:
    """Return the words of a name, and each pair joined: "check_in" gives "checkin"."""
    words = name_words(name)
    return {*words, *(first + second for first, second in pairwise(words))}


# Finds the action and the values of a write, and other write tools, in a text.


@dataclass(frozen=True)
class WriteWords:
    """Finds a write in a text; ``others`` are the other write tools."""

    spec: ToolSpec
    others: tuple[ToolSpec, ...]
    values: Sequence[Leaf]
    language: Language
    today: date | None

    def stands(self, leaf: Leaf, text: str) -> bool:
        """Return whether a text contains a value, in any of its forms."""
        return value_stands(leaf, text, self.language, self.today)

    def telling(self, text: str) -> list[Leaf]:
        """Return the values in a text that describe the action."""
        return [leaf for leaf in self.values if leaf.tells_what and self.stands(leaf, text)]

    def names(self, text: str, spec: ToolSpec | None = None) -> bool:
        """Return whether a text names the action of the write, or of ``spec`` if given."""
        return names_action(text, spec or self.spec, self.language) is Named.YES

    def denies(self, text: str) -> bool:
        """Return whether a text names the action only to deny it: "I won't cancel it"."""
        asking = self.language.phrases.asking
        return self.names(text) and not self.names(
            re.sub(asking.denied, " ", text, flags=re.IGNORECASE)
        )
