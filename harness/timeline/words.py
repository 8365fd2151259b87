"""Which words of a claimed transcript a caller has heard when only part of the audio was played.

The Realtime wire has no word times, so a word's place is estimated from how long it takes to say.
The estimate is conservative: a word counts only when it certainly ended before the audio stopped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

MARGIN_S = 0.1
"""Taken off the heard time, so that a word cut in its last sound does not count."""

_VOWELS = re.compile(r"[aeiouy]+")
_SIGN_LOAD = 1.2
_COMMA_LOAD = 0.7
_STOP_LOAD = 1.5


def heard_words(text: str, *, heard_s: float, generated_s: float) -> str:
    """Return the leading words that end within ``heard_s`` of ``generated_s`` of speech.

    Both lengths are seconds of audible speech. The last word's punctuation is kept.
    """
    words = text.split()
    loads = [_load(word) for word in words]
    total = sum(said + pause for said, pause in loads)
    limit = total * (heard_s - MARGIN_S) / generated_s if generated_s > 0 else 0.0
    kept, at = 0, 0.0
    for said, pause in loads:
        if at + said > limit:
            break
        at += said + pause
        kept += 1
    return " ".join(words[:kept])


def written_before(deltas: Sequence[tuple[float, str]], at_s: float) -> int:
    """Return how many words of a streamed transcript had begun to arrive by ``at_s``."""
    return len("".join(text for arrived_s, text in deltas if arrived_s <= at_s).split())


def _load(word: str) -> tuple[float, float]:
    """Return roughly how many syllables a word and the pause after it last."""
    bare = word.lower()
    if any(sign.isdigit() for sign in bare):
        # A number or an identifier such as ORD-4715B is said character by character.
        syllables = _SIGN_LOAD * sum(sign.isalnum() for sign in bare)
    else:
        syllables = float(len(_VOWELS.findall(bare.rstrip("e.,;:?!"))))
    pause = _STOP_LOAD if bare[-1] in ".?!" else _COMMA_LOAD if bare[-1] in ",;:" else 0.0
    return max(1.0, syllables), pause


def spoken_share(text: str, at: int) -> float:
    """Return which share (0 to 1) of the speech of ``text`` lies before character ``at``."""
    words = [(match.start(), *_load(match[0])) for match in re.finditer(r"\S+", text)]
    total = sum(said + pause for _, said, pause in words[:-1]) + sum(w[1] for w in words[-1:])
    before = sum(said for start, said, _ in words if start < at)
    # A pause counts once the word behind it has begun.
    before += sum(word[2] for word, after in pairwise(words) if after[0] < at)
    return min(1.0, before / total) if words else 0.0
