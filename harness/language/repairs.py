"""Digits and letters that are put right as they are said: "four seven one five, no, one six".

What stands behind the words that take a slip back replaces the last characters before them, as many
as it has, and speakers begin again where they say a character that stays (Levelt 1983: reparandum,
editing term, repair with retracing). So "one five, no, one six" is sure by its first digit, "three
two, no, two three" by the same two; of "four seven one, no, two five" nobody knows whether it is
425 or 4725: that has both readings.

Only what is spelled, or is an identifier or a phone number, is mended: "twenty, no, five" is five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.language.identifiers import is_identifier, spelled_runs
from harness.language.phrasebook import matches, plain, starts, without
from harness.language.phrases import Phrases
from harness.language.spelled_tokens import spelled_out, tokens
from harness.language.spelling import Alphabet
from harness.language.values import Found, ValueKind

MENDED_KINDS = (ValueKind.ID, ValueKind.PHONE)
"""Kinds that are always spelled: of any other, what is put right is a value by itself."""

_SENTENCE_ENDS = re.compile(r"[.!?]")
_OVER = re.compile(r"\s*(?:$|[,.;!?…–—-]+(?!\w))")

_HALF = 0.5

_LONGEST = 400
"""Characters of a slip, or of what follows, that are read: more is a list, and takes long."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A slip in ``text[start:stop]`` and what takes its place there."""

    start: int
    stop: int
    readings: tuple[str, ...]
    """All that may be meant, the likeliest first; one alone is sure."""
    words: str
    """What is meant, in the words that were said."""
    spelled: bool = False
    """Whether the slip was said sign by sign."""

    @property
    def sure(self) -> bool:
        """Whether there is one thing only that can be meant."""
        return len(self.readings) == 1

    def overlaps(self, start: int, stop: int) -> bool:
        """Whether it shares a character with another stretch of the text."""
        return self.start < stop and start < self.stop


def takes_back(between: str, phrases: Phrases) -> bool:
    """Return whether words between two values take the first one back, and say nothing else."""
    answers, words = phrases.answers, plain(between)
    told = "?" not in between and matches(answers.mending, words)
    return told and not without((*answers.mending, *answers.resuming), words)


def denied(before: str, phrases: Phrases) -> bool:
    """Return whether the sentence says that a value is not meant, before it names it."""
    sentence = _SENTENCE_ENDS.split(before)[-1]
    return matches(phrases.answers.denying, plain(sentence))


@lru_cache(maxsize=4096)
def repairs(text: str, alphabet: Alphabet, phrases: Phrases) -> tuple[Repair, ...]:
    """Return where characters are put right as they are said, in order."""
    if not matches(phrases.answers.mending, plain(text)):
        return ()
    return tuple(_repairs(text, alphabet, phrases))


def _repairs(text: str, alphabet: Alphabet, phrases: Phrases) -> Iterator[Repair]:
    """Yield repairs, those of a repair as one: "one five, no, one six, sorry, one seven"."""
    open_: Repair | None = None
    last: Repair | None = None
    for run in spelled_runs(text, alphabet):
        said = Repair(run.start, run.stop, (run.value,), text[run.start : run.stop])
        if last is not None and takes_back(text[last.stop : run.start], phrases):
            slip = open_ or last
            mended = _mended(slip, run, text, alphabet=alphabet, phrases=phrases)
            if mended is not None:
                open_ = last = mended
                continue
        if open_ is not None:
            yield open_
        open_, last = None, said
    if open_ is not None:
        yield open_


def _mended(
    slip: Repair, run: Found, text: str, *, alphabet: Alphabet, phrases: Phrases
) -> Repair | None:
    """Return what is meant by a slip and the run behind it, None where that mends nothing."""
    old, new, words = slip.readings[0], run.value, text[run.start : run.stop]
    spelled = slip.spelled or _sign_by_sign(slip, alphabet)
    if denied(text[: slip.start], phrases) or not (spelled or _mends(slip, words, alphabet)):
        return None
    place = _begins_again(old, new)
    over = is_over(text[run.stop :], phrases)
    if not over and (place is None or len(new) == 1):
        return None
    whole = replace(slip, stop=run.stop, spelled=spelled)
    if place is None or not over or not slip.sure:
        readings = dict.fromkeys((*_readings(old, new, place), *(() if over else (old,))))
        return replace(whole, readings=(*readings,), words=text[slip.start : run.stop])
    kept = _kept(slip.words, place, alphabet)
    said = f"{old[:place]}{new}" if kept is None else f"{kept}{words}"
    return replace(whole, readings=(f"{old[:place]}{new}",), words=said)


def is_over(behind: str, phrases: Phrases) -> bool:
    """Return whether words end at once: "no, one six."; not "no, one moment", "no, two bags"."""
    return _OVER.match(behind) is not None or (
        starts(phrases.answers.courtesies, plain(behind[:_LONGEST])) > 0
    )


def _sign_by_sign(slip: Repair, alphabet: Alphabet) -> bool:
    said = [token for token in tokens(slip.words[:_LONGEST], alphabet) if token.characters]
    single = len(said) > 1 and all(len(token.characters) == 1 for token in said)
    return single and any(sign.isdigit() for sign in slip.readings[0])


def _mends(slip: Repair, words: str, alphabet: Alphabet) -> bool:
    """Return whether a slip is as long as identifiers are, or one word as the other, as long."""
    if is_identifier(slip.readings[0]) or not slip.sure:
        return True
    old, new = (
        [token.characters for token in tokens(one, alphabet) if token.characters]
        for one in (slip.words, words)
    )
    return len(old) == len(new) == 1 and 1 < len(old[0]) == len(new[0])


def _begins_again(old: str, new: str) -> int | None:
    """Return from which character of a slip on the new ones take its place, None if unclear."""
    if len(new) == 1:
        alike = old[-1] != new and old[-1].isdigit() == new.isdigit()
        return len(old) - 1 if alike else None
    first = max(0, len(old) - len(new))
    likeness = {at: _alike(old[at:], new) for at in range(first, len(old) - 1)}
    best = max(likeness, key=lambda at: likeness[at], default=0)
    if is_identifier(new) and (new[0].isalpha() or (is_identifier(old) and len(old) == len(new))):
        # Another identifier, all of it: unless it may as well be a part that is said again.
        return 0 if best == 0 or not likeness[best] else None
    most = likeness.get(best, 0.0)
    return best if most and list(likeness.values()).count(most) == 1 else None


def _alike(old: str, new: str) -> float:
    """Return the share of the new characters that stay as those that they replace, 0 for too few.

    More than half of them do, or half with the first one, where speakers begin again; or they are
    the same ones in another order. All of them mend nothing.
    """
    pairs = list(zip(old, new, strict=False))
    share = sum(one == other for one, other in pairs) / len(pairs)
    if share == 1:
        return 0.0
    if share > _HALF or (share == _HALF and old[0] == new[0]):
        return share
    return _HALF if sorted(old) == sorted(new[: len(old)]) else 0.0


def _readings(old: str, new: str, place: int | None) -> Iterator[str]:
    """Yield what a repair may mean: from each place on where it may begin."""
    first = max(0, len(old) - len(new))
    yield from (old[:place] + new,) if place is not None else ()
    yield from (old[:at] + new for at in range(first, len(old)))
    for at in range(first):
        if old[at] == new[0]:
            yield old[:at] + new
            yield old[:at] + new + old[at + len(new) :]
    if is_identifier(new):
        yield new
    yield old + new


def _kept(words: str, count: int, alphabet: Alphabet) -> str | None:
    """Return the words of the first characters, None where a word says more than those."""
    row = tokens(words, alphabet)
    for at, token in enumerate(row):
        if len(spelled_out(row[:at], alphabet)) == count and token.characters:
            return words[: token.start]
    return None
