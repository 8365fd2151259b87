"""Text cut into sentences and words, and spans that are found by halving."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

# Stretches of a text or of time, stored for a binary search.


class Stretches:
    """Pairs of start and stop in characters (stop is the first after the stretch), or in s."""

    def __init__(self, places: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(places)
        self._starts = [start for start, _ in ordered]
        # The furthest stop so far: a long stretch may contain later, shorter ones.
        self._furthest = list(accumulate((stop for _, stop in ordered), max))

    def touch(self, start: float, stop: float) -> bool:
        """Return whether any of them shares a character with ``text[start:stop]``.

        A moment (start equal to stop) touches the stretches that contain it.
        """
        at = bisect_left(self._starts, stop)
        return at > 0 and self._furthest[at - 1] > start


_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s|$)")
_NEAR = 200
"""Characters before and after a mark that decide whether it ends a sentence."""
_WORD = re.compile(r"[^\W_]+(?:[.,:]\d+|['’\-][^\W_]+)*")


@dataclass(frozen=True, slots=True, eq=False)
class Abbreviations:
    """Words in lower case after which a full stop may not end a sentence."""

    words: frozenset[str]
    maybe_last: frozenset[str] = frozenset()
    """The abbreviations, or words, that may be the last in a sentence."""
    within: str = r"(?!)"
    """An expression around a full stop that ends no sentence anyhow: "3. May"."""


@lru_cache(maxsize=16_384)
def sentences(text: str, abbreviations: Abbreviations) -> tuple[str, ...]:
    """Return the sentences with their punctuation, without the space around them.

    A full stop after an abbreviation, a spelled letter ("O. R. D.") or before a lower-case word
    does not end a sentence. After "B." a new sentence begins if a word of several letters follows
    in capitals.
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
    """Return the words in lower case; "that's", "uh-huh" and "4.50" are single words."""
    return tuple([word.replace("’", "'").lower() for word in _WORD.findall(text)])


def _closes(sentence: str, after: str, abbreviations: Abbreviations) -> bool:
    """Return whether the mark at the end of ``sentence`` ends it, with ``after`` following."""
    if not after:
        return True
    mark = re.search(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*$", sentence)
    if mark is None or mark[0][0] in "!?":
        return True
    last = sentence[: mark.start()].rsplit(maxsplit=1)[-1:]
    word = last[0].strip("\"'“‘([") if last else ""
    follows = re.match(r"[\"'“‘(\[]*([^\W_]+)", after)
    next_word = follows[1] if follows else ""
    # "approx. five": the sentence goes on.
    if next_word[:1].islower():
        return False
    # "O. R. D." spells; "It is B. The next …" ends at the B.
    if len(word) == 1 and word.isalpha():
        return len(next_word) > 1 and next_word[0].isupper() and not next_word.isupper()
    bare = word.lower().rstrip(".")
    if bare in abbreviations.words:
        return bare in abbreviations.maybe_last and next_word[:1].isupper()
    return True


# Limits for the repeats in expressions that are put together from tables.
#
# Such an expression is searched at every place of a text. A repeat without a limit then looks at
# the rest of the text from each of them, and a text of 50,000 characters takes minutes.

_SPACES = re.compile(r"(\[[^\[\]]*\\s[^\[\]]*\]|\\s)([*+])")
_MOST_SPACES = 4
"""White space inside a value: a line break, and the space before and after it."""

_GROUPS = re.compile(r"(?<!\\)\)([*+])")
_MOST_WORDS = 8
"""Filler words in a row ("just really very …")."""

_ANYTHING = re.compile(r"(?<!\\)\.([*+])")
_MOST_CHARACTERS = 300
"""Of a clause; hardly a spoken sentence is longer."""


def few_spaces(expression: str) -> str:
    """Return an expression whose runs of white space have a limit."""
    return _SPACES.sub(lambda found: found[1] + _times(found[2], _MOST_SPACES), expression)


def few_repeats(expression: str) -> str:
    """Return an expression on plain words whose repeats of groups and of any text have a limit."""
    fewer = _GROUPS.sub(lambda found: ")" + _times(found[1], _MOST_WORDS), expression)
    return _ANYTHING.sub(lambda found: "." + _times(found[1], _MOST_CHARACTERS), fewer)


def _times(sign: str, most: int) -> str:
    return f"{{{int(sign == '+')},{most}}}"
