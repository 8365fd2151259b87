"""Text cut into sentences and words, as they are spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from harness.language.stretches import Stretches

_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s|$)")
_NEAR = 200
"""Characters before and after a mark that tell whether it ends a sentence."""
_WORD = re.compile(r"[^\W_]+(?:[.,:]\d+|['’\-][^\W_]+)*")


@dataclass(frozen=True, slots=True, eq=False)
class Abbreviations:
    """Words in lower case behind which a full stop may end no sentence."""

    words: frozenset[str]
    maybe_last: frozenset[str] = frozenset()
    """Those of them, or words, that may well stand last in a sentence."""
    within: str = r"(?!)"
    """An expression around a full stop that ends no sentence anyhow: "3. May"."""


@lru_cache(maxsize=16_384)
def sentences(text: str, abbreviations: Abbreviations) -> tuple[str, ...]:
    """Return the sentences with their punctuation, without the space around them.

    A full stop after an abbreviation, a spelled letter ("O. R. D.") or before a lower-case word
    ends nothing. After "B." a new sentence begins where a word of several letters follows in
    capitals.
    """
    found: list[str] = []
    begin = 0
    inside = Stretches(match.span() for match in re.finditer(abbreviations.within, text))
    for match in _END.finditer(text):
        if inside.touch(match.start(), match.start() + 1):
            continue
        end = match.end()
        near = text[max(begin, end - _NEAR) : end], text[end : end + _NEAR].lstrip()
        if _closes(*near, abbreviations):
            found.append(text[begin : match.end()].strip())
            begin = match.end()
    rest = text[begin:].strip()
    return tuple([*found, rest] if rest else found)


def words(text: str) -> tuple[str, ...]:
    """Return the words in lower case; "that's", "uh-huh", "4.50" are one word each."""
    return tuple([word.replace("’", "'").lower() for word in _WORD.findall(text)])


def _closes(sentence: str, after: str, abbreviations: Abbreviations) -> bool:
    """Say whether the mark at the end of ``sentence`` ends it, with ``after`` following."""
    if not after:
        return True
    mark = re.search(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*$", sentence)
    if mark is None or mark[0][0] in "!?":
        return True
    last = sentence[: mark.start()].rsplit(maxsplit=1)[-1:]
    word = last[0].strip("\"'“‘([") if last else ""
    follows = re.match(r"[\"'“‘(\[]*([^\W_]+)", after)
    next_word = follows[1] if follows else ""
    if next_word[:1].islower():
        return False
    if len(word) == 1 and word.isalpha():
        return len(next_word) > 1 and next_word[0].isupper() and not next_word.isupper()
    bare = word.lower().rstrip(".")
    if bare in abbreviations.words:
        return bare in abbreviations.maybe_last and next_word[:1].isupper()
    return True
