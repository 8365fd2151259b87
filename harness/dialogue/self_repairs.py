"""A caller's words as they were meant: a value that is taken back in the same breath was not given.

A slip, a word that tells it, and what was meant (Levelt 1983: reparandum, editing term, repair):
"It's ORD-4718B, no, sorry, ORD-4715B." Only values of one kind are looked at, with nothing but such
words between them. "Not A, B" is no slip, and "A? No, B" answers a question. What is put right
within a number ("four seven one five, no, one six") is told by ``language/repairs.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from harness.language.language import Language
from harness.language.repairs import MENDED_KINDS, Repair, denied, repairs, takes_back
from harness.language.values import ValueKind


def as_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return what a caller says without the slips that are taken back at once.

    Where nobody knows what was put right, the words stay: see ``unclear``.
    """
    sought = tuple(kinds)
    if any(kind in sought for kind in MENDED_KINDS):
        for one in reversed(repairs(text, language.alphabet, language.phrases)):
            text = f"{text[: one.start]}{one.words}{text[one.stop :]}"
    slips = {
        place
        for kind in sought
        if kind not in MENDED_KINDS
        for place in _slips(text, kind, language, today)
    }
    for start, stop in sorted(slips, reverse=True):
        text = text[:start] + text[stop:]
    return text


def unclear(text: str, language: Language) -> tuple[Repair, ...]:
    """Return where a caller puts a number right so that nobody knows which one is meant."""
    made = repairs(text, language.alphabet, language.phrases)
    return tuple(one for one in made if not one.sure)


def _slips(
    text: str, kind: ValueKind, language: Language, today: date | None
) -> Iterator[tuple[int, int]]:
    found = sorted(language.find(text, kind, today), key=lambda one: one.start)
    for slip, meant in pairwise(found):
        between = text[slip.stop : meant.start]
        if takes_back(between, language.phrases) and not denied(
            text[: slip.start], language.phrases
        ):
            yield slip.start, meant.start
