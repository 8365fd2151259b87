"""How a reply relates to the question: repeats it, chooses, or differs.

All words are as ``phrasebook.plain`` returns them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from harness.language.language import Language
from harness.language.numbers import with_digits
from harness.language.phrasebook import Answers, Patterns, Wishes, around, matches, starts, without
from harness.language.questions import (
    AgentQuestion,
    QuestionKind,
    content_words,
    echoed,
    new_values,
    spoken_values,
)
from harness.language.values import ValueKind

# How many of a thing: whether a reply counts several of a thing that the question named once.

_FEW_WORDS = 2
"""An alternative of so few content words offers a change and names none."""
_FEW = 20
"""A greater number, said alone, is more often a price, a code or a time than how many."""


@lru_cache(maxsize=1024)
def single_things(words: str, language: Language) -> frozenset[str]:
    """Return the things that words name with an indefinite article: "a large suitcase"."""
    wishes, row = language.phrases.wishes, words.split()
    named = (row[at + 1 : at + 3] for at, word in enumerate(row) if word in wishes.counting_one)
    return frozenset(word for some in named for word in some if without(wishes.small_words, word))


def counts_several(words: str, things: frozenset[str], language: Language) -> bool:
    """Return whether words count at least two of some things: "two suitcases"."""
    said = without(language.phrases.wishes.no_values, words)
    row = with_digits(re.split(r"[ -]", said), language.numbers)
    return any(
        number.isdecimal() and int(number) > 1 and is_of(thing, things, language)
        for number, thing in pairwise(row)
    )


def _counts_alone(words: str, things: frozenset[str], language: Language) -> bool:
    """Return whether words are a small number above 1, alone or of things: "two big suitcases"."""
    number, *behind = with_digits(re.split(r"[ -]", words), language.numbers)
    few = number.isdecimal() and 1 < int(number) <= _FEW
    return few and (not behind or (len(behind) == 2 and is_of(behind[1], things, language)))


def is_of(word: str, things: frozenset[str], language: Language) -> bool:
    """Return whether a word names some of the things, in either number: "bags" of "bag"."""
    several = tuple(language.actions.plurals(thing) for thing in things)
    return echoed(word, things) or matches(several, word)


def may_count(words: str, about: str, language: Language) -> bool:
    """Return whether a whole reply counts at least two of a single thing of a question.

    "Both" does not if the question names two things to do, or both of something.
    """
    wishes, things = language.phrases.wishes, single_things(about, language)
    if not things or not starts(wishes.several, words):
        return bool(things) and _counts_alone(words, things, language)
    rest = without((*wishes.several, *wishes.small_words), words).split()
    named = matches((*wishes.several, *wishes.adding), about)
    return not named and (not rest or is_of(rest[-1], things, language))


@dataclass(frozen=True, slots=True)
class QuestionContext:
    """The agent's question, and the language of the reply."""

    language: Language
    question: AgentQuestion

    @property
    def _answers(self) -> Answers:
        return self.language.phrases.answers

    @property
    def _wishes(self) -> Wishes:
        return self.language.phrases.wishes

    @property
    def kind(self) -> QuestionKind:
        """The kind of the question."""
        return self.question.kind

    @property
    def stated(self) -> bool:
        """Whether something was stated to the caller, so that another value turns it down."""
        asked = self.question
        return self.kind is QuestionKind.READ_BACK or asked.pointed or bool(asked.values)

    def about_this(self, words: str) -> str:
        """Replace a thing that the question names by "this": "the order looks fine"."""
        article, *rest = words.split()
        while len(rest) > 1 and echoed(rest[0], self.question.words):
            rest = rest[1:]
        if article in self._wishes.articles and len(rest) < len(words.split()) - 1:
            return " ".join((self._answers.value_word, *rest))
        before, behind = around(self._wishes.stating, words)
        meant = self.meant(before) if behind is not None else []
        stated = all(echoed(word, self.question.words) for word in meant)
        if not meant or not stated or self.new_values(before):
            return words
        return f"{self._answers.value_word}{words[len(before) :]}"

    def wishes_for(self, words: str, rest: str) -> bool:
        """Return whether words wish for something; ``rest`` are the words after a lead-in."""
        if matches(self._wishes.requesting, words[: len(words) - len(rest)]):
            return True
        first, asked = words.partition(" ")[0], self.question
        known = asked.words if asked.kind is QuestionKind.READ_BACK else frozenset({asked.verb})
        short = rest != words or self._is_value(first) or echoed(first, known)
        return short and not matches(self._wishes.stating, rest)

    def takes_up(self, rest: str) -> bool:
        """Return whether a wish is about the object of the question: "book me two tickets"."""
        asked, verb = self.question, starts(self._wishes.taking_up, rest)
        for wish in (rest, rest[verb:].strip()) if verb else (rest,):
            meant = [word for word in self.meant(wish) if not self._is_value(word)]
            if not meant or not echoed(meant[0], asked.words):
                continue
            of_it = wish.split()[wish.split().index(meant[0]) + 1 :][:1] == meant[1:2] != []
            named = echoed(meant[0], frozenset({asked.verb})) or not of_it
            if named or echoed(meant[1], asked.words):
                return not meant[0].endswith("'s")
        return False

    def repeats_with_yes(self, words: str) -> bool:
        """Return whether a yes ends words of the question: "text is fine, yeah"."""
        head, behind = around(self._answers.trailing, words)
        if behind is None or not head or self.new_values(head):
            return False
        return all(
            echoed(word, self.question.words) or matches(self._answers.contented, word)
            for word in self.meant(head)
        )

    def corrects(self, words: str) -> bool:
        """Return whether words replace a stated value by a new value: "six, not five"."""
        said, denied = self._contrast(words)
        return self.is_fresh(said) and bool(self.meant(denied)) and not self.is_fresh(denied)

    def upholds(self, words: str) -> bool:
        """Return whether words keep a stated value against a new value: "five, not six"."""
        said, denied = self._contrast(words)
        return bool(self.meant(said)) and not self.is_fresh(said) and self.is_fresh(denied)

    def _contrast(self, words: str) -> tuple[str, str]:
        said, denied = around(self._wishes.contrasting, words)
        return said, denied or ""

    def is_fresh(self, words: str) -> bool:
        """Return whether there is a value or a word in words that the question does not hold."""
        known = self.question.words
        meant = (w for w in self.meant(words) if not self._is_value(w) and not echoed(w, known))
        return bool(self.new_values(words)) or any(meant)

    def gives_other(self, words: str) -> bool:
        """Return whether a correction gives another value or detail: "nearly, it's the tenth"."""
        rest = without(self._answers.correcting, words)
        if rest == words or matches((*self._answers.hedging, *self._wishes.busy), rest):
            return False
        giving = starts(self._wishes.giving, rest)
        detail = rest[giving:].strip() if giving else ""
        return self.stated and bool(self.new_values(rest) or (detail and self.is_fresh(detail)))

    def renames(self, words: str) -> bool:
        """Return whether words give another value for a stated value, and no more.

        So a yes before them does not count: "yes, three hundred" after two hundred and fifty.
        """
        values = self.question.values
        said = without(self._answers.courtesies, words).split()
        if not all(self._is_value(w) or echoed(w, self.question.words) for w in self.meant(words)):
            return False
        counted = any(" " in value for value in self.new_values(words))
        numbers = [value for value in values if value.isdigit()]
        number = any(value.isdigit() for value in self.new_values(words))
        bare = number and len(said) == 1 and len(numbers) == 1
        named = (word for word in said if matches(self._wishes.named_values, word))
        beside = number and any(word in values for word in named)  # "May 3", of "May 2"
        return counted or bare or beside or self._another_time(words)

    def multiplies(self, words: str) -> bool:
        """Return whether words only count several of a thing that was asked once: "two bags".

        An offer ("would you like a room?") leaves open how many.
        """
        if self.question.offers:
            return False
        things = single_things(self.question.about, self.language)
        if not things or not counts_several(words, things, self.language):
            return False
        words = words[starts(self._wishes.setting, words) :]
        known = self.question.words | things
        meant = (word for word in self.meant(words) if not self._is_value(word))
        return all(is_of(word, known, self.language) for word in meant)

    def may_multiply(self, words: str) -> bool:
        """Return whether words may count several of a thing asked once: "two", "make it two".

        They name no other thing that they could count; an offer leaves open how many.
        """
        counted = self.behind_lead(words)
        counted = counted[starts(self._wishes.setting, counted) :].strip()
        counted = without((*self._answers.courtesies, *self._wishes.units), counted)
        known = bool(self.question.values & spoken_values(counted, self.language))
        about = self.question.about
        return not (self.question.offers or known) and may_count(counted, about, self.language)

    def puts_off(self, words: str) -> bool:
        """Return whether words ask for a short while, which the question did not name."""
        if not matches(self._wishes.while_wanted, words):
            return False
        return not any(echoed(word, _words_of(self.question.about)) for word in self.meant(words))

    def _another_time(self, words: str) -> bool:
        said, stated = (
            self.language.find(text, ValueKind.TIME) for text in (words, self.question.about)
        )
        known = {reading for one in stated for reading in one.readings}
        return bool(stated) and any(known.isdisjoint(one.readings) for one in said)

    def may_differ(self, words: str) -> bool:
        """Return whether words may replace a stated detail by another: "to Porto", of Lisbon."""
        giving = starts(self._wishes.giving, words)
        _, led, behind = f" {self.question.about} ".partition(f" {words[:giving].strip()} ")
        if not giving or not led or self._is_value(behind.partition(" ")[0]):
            return False
        detail = words[giving:].strip()
        return len(self.meant(detail)) == 1 and self.is_fresh(detail)

    def wants_change(self, words: str) -> bool:
        """Return whether words that refuse want something else, and not that all stays as it is."""
        if matches((*self._wishes.staying, *self._wishes.busy), words):
            return False
        _, restated = around(self._wishes.restating, words)
        other = self.stated and bool(self.new_values(self._contrast(words)[0]))
        fresh = restated is not None and self.is_fresh(restated)
        return matches(self._wishes.changing, words) or other or fresh

    def chooses(self, words: str) -> bool:
        """Return whether words name one of several offers, and no more."""
        asked = self.question
        if asked.kind is not QuestionKind.CHOICE and asked.sides is None:
            return False
        words = self.behind_lead(words)
        if matches(self._wishes.picking, words):
            return True
        meant = self.meant(words)
        known = bool(meant) and all(echoed(word, asked.words) for word in meant)
        if asked.kind is QuestionKind.CHOICE:
            told = known or bool(spoken_values(words, self.language))
            told = told or self._answers.value_word in words.split()
            return told and not self.new_values(words)
        named = [any(echoed(word, side) for word in meant) for side in asked.sides or ()]
        return known and sum(named) == 1

    def takes_the_other(self, words: str) -> bool:
        """Return whether a clause takes the side of a question that asks for something else.

        "I have another" answers "should I use that one, or do you have another?" so, and "change
        something" answers "shall I go ahead, or change something?".
        """
        asking, wishes = self.language.phrases.asking, self._wishes
        first, *others = re.split(asking.alternative, self.question.asked)
        changing = (*wishes.changing, *wishes.other)
        if matches(wishes.other, words) and not matches(changing, first):
            return any(matches(changing, other) for other in others)
        turning = (*wishes.changing, *asking.faulting, *asking.faulty)
        approved = matches((*asking.go_ahead, *asking.confirming, *asking.leave), first)
        turned = any(matches(turning, other) for other in others)
        if not (approved and turned) or matches(turning, first):
            return False
        denied = matches((*self._answers.refusing, *self._answers.denying), words)
        # "Or would you like to change something?" offers any change, and nothing else.
        _, second = self.question.sides or (frozenset(), frozenset())
        any_change = len(second) <= _FEW_WORDS and matches(wishes.changing, words)
        return (any_change and not denied) or self._repeats_second(words)

    def _repeats_second(self, words: str) -> bool:
        """Return whether words repeat the second of two offers, and nothing else."""
        _, second = self.question.sides or (frozenset(), frozenset())
        meant = self.meant(words)
        return bool(meant) and all(echoed(word, second) for word in meant)

    def turns(self, words: str) -> bool:
        """Return whether words have the opposite of some in the question: "with" of "without"."""
        asked, said = f" {self.question.about} ", f" {words} "
        pairs = self._wishes.opposites.items()
        return any(
            f" {own} " in said and f" {other} " in asked and f" {own} " not in asked
            for own, other in pairs
        )

    def wants_other(self, words: str) -> bool:
        """Return whether words name something else, and not in the agent's own words for it."""
        return self._names_new(self._wishes.changing, words)

    def leaves(self, words: str) -> bool:
        """Return whether words leave things as they are, unless the agent proposed that."""
        if matches(self._answers.needing, words) and self.undoes:
            return True
        return self._names_new(self._answers.leaving, words)

    @property
    def undoes(self) -> bool:
        """Whether the question is for leave to undo something: "shall I cancel it?"."""
        return matches(self._wishes.undoing, " ".join(sorted(self.question.words)))

    def restates(self, words: str) -> bool:
        """Return whether words end by saying that their new value was meant: "zwei sagte ich"."""
        before, behind = around(self._wishes.restated_before, words)
        return behind == "" and bool(before) and self.is_fresh(before)

    def _names_new(self, patterns: Patterns, words: str) -> bool:
        """Return whether the patterns match, and more than words of the question."""
        before, after = around(patterns, words)
        if after is None:
            return False
        named = self.meant(words[len(before) : len(words) - len(after)])
        return not named or not all(echoed(word, self.question.words) for word in named)

    def offers_change(self) -> bool:
        """Return whether the agent itself asks for something else."""
        return matches(self._wishes.changing, self.question.asked)

    def new_values(self, words: str) -> frozenset[str]:
        """Return the values in words that the question did not state, see ``spoken_values``."""
        return new_values(spoken_values(words, self.language), self.question.values)

    def _is_value(self, word: str) -> bool:
        return bool(spoken_values(word, self.language))

    def is_bare_value(self) -> bool:
        """Return whether the question is only about a code or a number: "okay, RC-5160?"."""
        words = self.question.asked
        words = words[starts(self._answers.interjections, words) :]
        told = bool(self.question.codes or self.question.values)
        return told and all(len(word) == 1 or self._is_coded(word) for word in words.split())

    def _is_coded(self, word: str) -> bool:
        return self._is_value(word) or any(sign.isdigit() for sign in word)

    def meant(self, words: str) -> list[str]:
        """Return the words that have a meaning of their own, in order."""
        content = content_words(words, self.language)
        return [word for word in words.split() if word in content]

    def behind_lead(self, words: str) -> str:
        """Return the words after the courtesies and the yes with which they begin."""
        while size := starts(self.lead, words):
            words = words[size:].strip()
        return words

    @property
    def lead(self) -> Patterns:
        """Text that may precede a request and is no request itself."""
        answers = self._answers
        return (*self._wishes.requesting, *answers.courtesies, *answers.agreeing_alone)


@lru_cache(maxsize=1024)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())
