"""A caller's words as they were meant: a value that is taken back in the same breath was not given.

A slip, a word that tells it, and what was meant (Levelt 1983: reparandum, editing term, repair):
"It's ORD-4718B, no, sorry, ORD-4715B." Only values of one kind are looked at, with nothing but such
words between them. "Not A, B" is no slip, and "A? No, B" answers a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from harness.language.language import Language
from harness.language.phrasebook import matches, plain, without
from harness.language.values import ValueKind

_SENTENCE_ENDS = re.compile(r"[.!?]")


def as_meant(
    text: str, kinds: Iterable[ValueKind], language: Language, today: date | None = None
) -> str:
    """Return what a caller says without the slips that are taken back at once."""
    slips = [
        (slip.start, meant.start)
        for kind in kinds
        for slip, meant in pairwise(sorted(language.find(text, kind, today), key=lambda f: f.start))
        if _takes_back(text[slip.stop : meant.start], language)
        and not _denied(text[: slip.start], language)
    ]
    for start, stop in sorted(set(slips), reverse=True):
        text = text[:start] + text[stop:]
    return text


def _takes_back(between: str, language: Language) -> bool:
    answers, words = language.phrases.answers, plain(between)
    told = "?" not in between and matches(answers.mending, words)
    return told and not without((*answers.mending, *answers.resuming), words)


def _denied(before: str, language: Language) -> bool:
    """Return whether the sentence says that a value is not meant, before it names it."""
    sentence = _SENTENCE_ENDS.split(before)[-1]
    return matches(language.phrases.answers.denying, plain(sentence))
