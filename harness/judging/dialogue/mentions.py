"""How a text mentions a value: as intended, excluded, corrected, or of another record.

A value in a proposal is not always proposed: "Morning Flow is full", "leave the kitchen alone",
"from May 5 to May 7", "two of these and four of those".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from harness.judging.dialogue.actions import Named, names_action
from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.self_repairs import TakenBack, taken_back
from harness.language.identifiers import MENDED_KINDS, repairs, takes_back
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain
from harness.language.phrases import End
from harness.language.places import Place, value_places
from harness.language.sentences import Stretches
from harness.language.values import Found, ValueKind
from harness.scenario.model import ToolSpec

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
