"""A caller's words cut into clauses: what stands between two pauses, or where no pause is heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.language.language import Language
from harness.language.phrasebook import Answers, begins_inside, plain, starts, without
from harness.language.values import ValueKind

_MARK = re.compile(r"[.!?…,;:]+(?=\s|$)|[.?!](?=[^\W\d_]{2})|\.{2,}|…|\s[-–—]+\s|[–—]")


@dataclass(frozen=True, slots=True)
class Clause:
    """Words as ``phrasebook.plain`` returns them, without phrases that say neither yes nor no."""

    words: str
    asked: bool
    """Whether a question mark ends it."""
    ends_sentence: bool


def clauses(text: str, language: Language) -> Iterator[Clause]:
    """Yield the clauses of a reply, and each yes or no that begins one for itself."""
    answers = language.phrases.answers
    text = _without_codes(text, language)
    at = 0
    for mark in (*_MARK.finditer(text), None):
        stop = len(text) if mark is None else mark.start()
        words = plain(text[at:stop])
        sign = "" if mark is None else mark[0]
        if "," in sign and starts(answers.joining, words) == len(words):
            continue
        at = stop if mark is None else mark.end()
        ends = any(one in sign for one in ".!?…")
        *first, last = _parts(without(answers.harmless, words), answers)
        yield from (Clause(part, asked=False, ends_sentence=False) for part in first)
        if last or ends:
            yield Clause(last, asked="?" in sign, ends_sentence=ends)


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
