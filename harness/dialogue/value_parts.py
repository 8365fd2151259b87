"""The parts of a value that can change separately, such as the day and time of a date-time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from harness.dialogue.leaves import Leaf
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain, without
from harness.language.values import ValueKind

_DAYS = (ValueKind.DATE, ValueKind.TIME)
_TOKEN = re.compile(r"\w+(?:-\w+)*")

_CHANGING = (ValueKind.COUNT, ValueKind.AMOUNT, *_DAYS)


def names_other_time(
    text: str, values: Sequence[Leaf], language: Language, today: date | None
) -> bool:
    """Return whether a text names a day or a time of day, and none that a write uses."""
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
    """Return another day, time or amount that a clause of a reply consists of: "yes, 10:30 please".

    A value next to other words may refer to something else: "until 10:30 I'm out".
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


def counted_otherwise(leaf: Leaf, reply: str, proposal: str, language: Language) -> str:
    """Return another number with the same noun, if a clause of a reply consists of it.

    "Yes, but two nights, please": the noun follows the proposal's number or is in the argument's
    name.
    """
    nouns = {*name_words(leaf.name), *_nouns_behind(leaf, proposal, language)}
    small = (*language.phrases.details.giving, *language.phrases.wishes.small_words)
    for clause in re.split(language.phrases.details.clauses, reply):
        for found in language.find(clause, ValueKind.COUNT):
            noun, _, behind = clause[found.stop :].strip().partition(" ")
            beside = without(small, plain(f"{clause[: found.start]} {behind}"))
            counts = any(language.same_noun(plain(noun), one) for one in nouns)
            if counts and not beside and not found.may_be(leaf.value, leaf.kind):
                return clause[found.start : found.stop]
    return ""


def code_instead(leaf: Leaf, reply: str, proposal: str, language: Language) -> str:
    """Return another code of the same form, if a clause of a reply consists of it.

    "Yes, M3311." and "use card_1150 for the difference": words of the proposal may surround it.
    """
    shape = _shape(str(leaf.given))
    if not {"0", "A"}.issubset(shape) or leaf.kind in _CHANGING or leaf.choices:
        return ""
    phrases = language.phrases
    small = (*phrases.details.giving, *phrases.wishes.giving, *phrases.wishes.small_words)
    known = set(plain(proposal).split())
    for clause in re.split(phrases.details.clauses, reply):
        codes = [one[0] for one in _TOKEN.finditer(clause) if _shape(one[0]) == shape]
        others = [one for one in codes if one.lower() != str(leaf.given).lower()]
        if len(codes) == len(others) == 1 and plain(others[0]) not in known:
            beside = without(small, plain(clause.replace(others[0], " ")))
            if known.issuperset(beside.split()):
                return others[0]
    return ""


def _shape(code: str) -> str:
    """Return the order of letters, digits and other signs in a code: "A_0" for "card_1150"."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "0", code))


def _nouns_behind(leaf: Leaf, proposal: str, language: Language) -> tuple[str, ...]:
    words = [
        plain(proposal[one.stop :]).split()[:1]
        for one in language.find(proposal, ValueKind.COUNT)
        if one.may_be(leaf.value, leaf.kind)
    ]
    return tuple(word for one in words for word in one)


def is_hour(number: str, values: Sequence[Leaf]) -> bool:
    """Return whether a number may be the hour of a time among values: "seven" for 19:00."""
    times = (part.value for leaf in values for part in value_parts(leaf) if _is_time(part))
    return number.isdecimal() and any(int(number) % 12 == int(one[:2]) % 12 for one in times)


def _is_time(part: Leaf) -> bool:
    return part.kind is ValueKind.TIME and part.value[:2].isdecimal()


def _told(part: Leaf) -> bool:
    return part.kind in (*_DAYS, ValueKind.AMOUNT) and not part.nothing


def value_parts(leaf: Leaf) -> tuple[Leaf, ...]:
    """Return the parts of a value that can change separately: the day and the time of a date-time.

    A bare number is also returned as an amount.
    """
    if leaf.kind is ValueKind.COUNT and leaf.value.isdecimal() and not leaf.choices:
        amount = f"{leaf.value}.00"
        return leaf, replace(leaf, said=amount, value=amount, kind=ValueKind.AMOUNT)
    if leaf.kind is not ValueKind.DATETIME:
        return (leaf,) if leaf.kind in _CHANGING or leaf.choices else ()
    day, _, time = leaf.value.partition("T")
    halves = ((day, ValueKind.DATE), (time, ValueKind.TIME))
    return tuple(replace(leaf, said=half, value=half, kind=kind) for half, kind in halves if half)
