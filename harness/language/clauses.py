"""A caller's words cut into clauses: what stands between two pauses, or where no pause is heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.language.language import Language
from harness.language.phrasebook import (
    Answers,
    Patterns,
    around,
    begins_inside,
    plain,
    starts,
    without,
)
from harness.language.stretches import Stretches
from harness.language.values import ValueKind

_MARK = re.compile(
    r"(?<![.!?…,;:])[.!?…,;:]+(?=\s|$)|[.?!](?=[^\W\d_]{2})|\.{2,}|…|\s[-–—]+\s|[–—]"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Words as ``phrasebook.plain`` returns them, without phrases that say neither yes nor no."""

    words: str
    asked: bool
    """Whether a question mark ends it."""
    ends_sentence: bool


def clauses(text: str, language: Language, *, minded: bool = False) -> Iterator[Clause]:
    """Yield the clauses of a reply, and each yes or no that begins one for itself.

    A saying is a clause in the words of what it means. ``minded`` tells that the agent asked
    whether the caller minds: "not at all" is a no then.
    """
    answers = language.phrases.answers
    sayings = (*(answers.not_minding if minded else {}).items(), *answers.sayings.items())
    text = _without_codes(text, language)
    kept = Stretches(one.span() for one in re.finditer(language.abbreviations.within, text))
    marks = (
        mark for mark in _MARK.finditer(text) if not kept.touch(mark.start(), mark.start() + 1)
    )
    at = 0
    for mark in (*marks, None):
        stop = len(text) if mark is None else mark.start()
        words = plain(text[at:stop])
        sign = "" if mark is None else mark[0]
        if "," in sign and starts(answers.joining, words) == len(words):
            continue
        at = stop if mark is None else mark.end()
        ends = any(one in sign for one in ".!?…")
        *first, (last, told) = _pieces(words, sayings, answers)
        yield from (Clause(part, asked=False, ends_sentence=False) for part, _ in first if part)
        if last or ends:
            yield Clause(last, asked="?" in sign and not told, ends_sentence=ends)


def _pieces(
    words: str, sayings: tuple[tuple[str, Patterns], ...], answers: Answers
) -> list[tuple[str, bool]]:
    """Cut words at the sayings in them; with each clause, whether it is the meaning of one."""
    for meaning, patterns in sayings:
        before, after = around(patterns, words)
        if after is not None:
            ahead = _pieces(before, sayings, answers) if before else []
            behind = _pieces(after, sayings, answers) if after else []
            return [*ahead, (meaning, True), *behind]
    kept = without((*answers.harmless, *answers.reluctant), words)
    return [(part, False) for part in _parts(kept, answers)]


def _parts(words: str, answers: Answers) -> list[str]:
    """Cut words where a new clause begins without a pause, as a recognizer writes them."""
    parts: list[str] = []
    while True:
        size = starts(answers.interjections, words) or begins_inside(answers.openings, words)
        if not 0 < size < len(words):
            return [*parts, words]
        parts.append(words[:size].strip())
        words = words[size:].strip()


def _without_codes(text: str, language: Language) -> str:
    """Put one word for every code and amount: what is spelled has pauses that part no clauses."""
    word = language.phrases.answers.value_word
    for kind in (ValueKind.AMOUNT, ValueKind.ID):
        for found in reversed(language.find(text, kind)):
            text = f"{text[: found.start]} {word} {text[found.stop :]}"
    return text
