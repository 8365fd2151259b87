"""How many of a thing: whether a reply counts several where the question named one."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from harness.language.echoes import echoed
from harness.language.language import Language
from harness.language.numbers import with_digits
from harness.language.phrasebook import matches, starts, without

_FEW = 20
"""A greater number, said alone, is more often a price, a code or a time than how many."""


@lru_cache(maxsize=1024)
def single_things(words: str, language: Language) -> frozenset[str]:
    """Return the things of which words name one by an article: "a large suitcase"."""
    wishes, row = language.phrases.wishes, words.split()
    named = (row[at + 1 : at + 3] for at, word in enumerate(row) if word in wishes.counting_one)
    return frozenset(word for some in named for word in some if without(wishes.small_words, word))


def counts_several(words: str, things: frozenset[str], language: Language) -> bool:
    """Say whether words count more than one of some things: "two suitcases"."""
    said = without(language.phrases.wishes.no_values, words)
    row = with_digits(re.split(r"[ -]", said), language.numbers)
    return any(
        number.isdecimal() and int(number) > 1 and is_of(thing, things, language)
        for number, thing in pairwise(row)
    )


def _counts_alone(words: str, things: frozenset[str], language: Language) -> bool:
    """Say whether words are a small number above one, alone or of things: "two big suitcases"."""
    number, *behind = with_digits(re.split(r"[ -]", words), language.numbers)
    few = number.isdecimal() and 1 < int(number) <= _FEW
    return few and (not behind or (len(behind) == 2 and is_of(behind[1], things, language)))


def is_of(word: str, things: frozenset[str], language: Language) -> bool:
    """Say whether a word names one of some things, or several: "bags" of "bag"."""
    several = tuple(language.actions.plurals(thing) for thing in things)
    return echoed(word, things) or matches(several, word)


def may_count(words: str, about: str, language: Language) -> bool:
    """Say whether words, all that is said, count more than one of a single thing of a question.

    "Both" does not where the question names two things to do, or both of something.
    """
    wishes, things = language.phrases.wishes, single_things(about, language)
    if not things or not starts(wishes.several, words):
        return bool(things) and _counts_alone(words, things, language)
    rest = without((*wishes.several, *wishes.small_words), words).split()
    named = matches((*wishes.several, *wishes.adding), about)
    return not named and (not rest or is_of(rest[-1], things, language))
