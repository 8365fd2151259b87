"""The parts of a value that may change alone: the day and the time of a moment, a sum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from harness.dialogue.leaves import Leaf
from harness.language.language import Language
from harness.language.phrasebook import plain, without
from harness.language.values import ValueKind

_DAYS = (ValueKind.DATE, ValueKind.TIME)
_CHANGING = (ValueKind.COUNT, ValueKind.AMOUNT, *_DAYS)


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
