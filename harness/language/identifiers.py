"""Identifiers and phone numbers in running text, spelled or written, without the words around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.language.found import Found
from harness.language.spelling import NATO, SpelledPart, Token, spelled_out, tokens

_LEAST_DIGITS = 4
_LEAST_PHONE_DIGITS = 7
_BEFORE_ONE = frozenset(
    [
        "this",
        "that",
        "the",
        "other",
        "another",
        "right",
        "wrong",
        "first",
        "second",
        "new",
        "old",
        "which",
        "last",
        "next",
        "correct",
        "only",
        "no",
    ]
)
_AFTER_ONE = frozenset(["more", "of", "moment", "second", "minute", "time", "last", "thing"])


_SOLID = (SpelledPart.CHARACTERS, SpelledPart.SEPARATOR)
"""What a value is made of that is written without a space."""
_SPOKEN = (*_SOLID, SpelledPart.PAUSE, SpelledPart.REPEAT)
"""What a value is made of that is said."""
_BETWEEN = (SpelledPart.LINK, SpelledPart.LABEL, SpelledPart.PAUSE)
"""What may stand between two parts of a value."""


def find_identifiers(text: str) -> tuple[Found, ...]:
    """Return every run of characters that mixes letters and digits or has four digits or more.

    Values are upper-case letters and digits. A written identifier that starts with letters and
    goes on without a space ("ORD-4715B") stands alone; anything else joins over spaces, commas,
    dashes, the full stops of dotted letters, and the words that lead on to a last letter or from
    the letters to the digits ("O-R-D, then 4-7-1-5, and the letter B").
    """
    return tuple(found for found in _values(text) if _is_identifier(found.value))


def find_phones(text: str) -> tuple[Found, ...]:
    """Return every run of seven digits or more and nothing else."""
    return tuple(
        found
        for found in _values(text)
        if found.value.isdigit() and len(found.value) >= _LEAST_PHONE_DIGITS
    )


def _is_identifier(value: str) -> bool:
    digits = sum(sign.isdigit() for sign in value)
    return digits >= _LEAST_DIGITS or 0 < digits < len(value)


def _values(text: str) -> Iterator[Found]:
    row = tokens(text)
    start = 0
    for stop in range(len(row) + 1):
        if stop < len(row) and not _ends(row, start, stop):
            continue
        for low, high in _written_apart(row, start, stop):
            low, high = _trimmed(row, low, high)
            value = spelled_out(row[low:high])
            if value:
                yield Found(value, row[low].start, row[high - 1].stop)
        start = stop + 1


def _ends(row: Sequence[Token], start: int, at: int) -> bool:
    """Say whether the token ends a run: any word, and a full stop that ends a sentence."""
    token = row[at]
    if token.part in (SpelledPart.LINK, SpelledPart.LABEL):
        return not _leads_on(row, start, at)
    if token.part is SpelledPart.WORD:
        return True
    if token.text != "." or at == start or at + 1 == len(row):
        return False
    before, after = row[at - 1], row[at + 1]
    return not (_single(before) and (_single(after) or after.part is SpelledPart.SEPARATOR))


def _leads_on(row: Sequence[Token], start: int, at: int) -> bool:
    """Say whether the word at ``at`` stands between two parts of one value.

    It does between letters and at least three digits ("O R D, then 4 7 1 5"), and between digits
    and a last letter ("4 7 1 5 and B"); "letter" leads on to any character. Two whole numbers
    ("4715 and 2958") stay two.
    """
    low, high = at, at
    while low > start and row[low - 1].part in _BETWEEN:
        low -= 1
    while high < len(row) and row[high].part in _BETWEEN:
        high += 1
    before = spelled_out(row[start:low])
    if not before or high == len(row) or row[high].part is not SpelledPart.CHARACTERS:
        return False
    if row[high - 1].part is SpelledPart.LABEL:
        return True
    stop = high
    while stop < len(row) and row[stop].part in _SPOKEN:
        stop += 1
    after = spelled_out(row[high:stop])
    if len(before) > 1 and before.isalpha():
        return after[:3].isdigit() and len(after) >= 3
    return before[-1].isdigit() and len(after) == 1 and after.isalpha()


def _single(token: Token) -> bool:
    return token.part is SpelledPart.CHARACTERS and len(token.text) == 1


def _written_apart(row: Sequence[Token], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Split a run around identifiers written without a space, such as ORD-4715B."""
    low = start
    at = start
    while at < stop:
        end = at + 1
        while end < stop and row[end].start == row[end - 1].stop and row[end].part in _SOLID:
            end += 1
        while end > at + 1 and row[end - 1].part is SpelledPart.SEPARATOR:
            end -= 1
        chunk = spelled_out(row[at:end])
        if chunk[:2].isalpha() and len(chunk) >= 4 and any(sign.isdigit() for sign in chunk):
            yield low, at
            low = at
            # "ORD-4715, letter B" goes on: what was written is not all of it.
            if not _labelled(row, end, stop):
                yield at, end
                low = end
        at = end
    yield low, stop


def _labelled(row: Sequence[Token], at: int, stop: int) -> bool:
    """Say whether the next character of a run is announced: "and the letter B"."""
    while at < stop and row[at].part in (SpelledPart.PAUSE, SpelledPart.LINK):
        at += 1
    return at < stop and row[at].part is SpelledPart.LABEL


def _trimmed(row: Sequence[Token], low: int, high: int) -> tuple[int, int]:
    """Leave out signs and ordinary words at both ends: "a", "I", "oh", "this one", "one more"."""
    changed = True
    while changed and low < high:
        changed = False
        if row[low].part in (*_BETWEEN, SpelledPart.SEPARATOR) or _ordinary_before(row, low, high):
            low, changed = low + 1, True
        elif row[high - 1].part is not SpelledPart.CHARACTERS or _ordinary_after(row, low, high):
            high, changed = high - 1, True
    return low, high


def _ordinary_before(row: Sequence[Token], low: int, high: int) -> bool:
    token = row[low]
    after = row[low + 1] if low + 1 < high else None
    if token.text in ("a", "A", "i", "I"):
        joined = after is not None and after.part in (SpelledPart.PAUSE, SpelledPart.SEPARATOR)
        spelled = (
            after is not None
            and _single(after)
            and token.text.isupper() == (after.text.isupper() or after.text.isdigit())
        )
        return not joined and not (spelled and (token.text != "I" or after is not None))
    if token.text == "Oh":
        return True
    if token.text.lower() == "one":
        return low > 0 and row[low - 1].text.lower() in _BEFORE_ONE
    return _lone_nato(row, low, high)


def _lone_nato(row: Sequence[Token], low: int, high: int) -> bool:
    """Say whether a run begins with one word like "hotel" that no other such word follows."""
    if row[low].text.lower() not in NATO:
        return False
    return not any(token.text.lower() in NATO for token in row[low + 1 : high])


def _ordinary_after(row: Sequence[Token], low: int, high: int) -> bool:
    token = row[high - 1]
    after = row[high] if high < len(row) else None
    worded = after is not None and after.part in (
        SpelledPart.WORD,
        SpelledPart.LINK,
        SpelledPart.LABEL,
    )
    if after is None or not worded or not after.text[0].isalpha():
        return False
    if token.text in ("a", "i"):
        return True
    new_sentence = high - 2 >= low and row[high - 2].text == "."
    if token.text == "I":
        return after.text.lower() not in ("is", "was")
    if token.text == "A":
        return new_sentence
    return token.text.lower() == "one" and after.text.lower() in _AFTER_ONE
