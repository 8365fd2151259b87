"""How a spelled value was said: digit by digit or in numbers, with which signs between.

Both answers are None where the words do not tell: "83521" may have been said either way, and the
dash of "B-C-9" may be one that was said, or only how a transcript writes spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.language.spelled_tokens import spelled_out, tokens
from harness.language.spelling import Alphabet, SpelledPart, Token

_DASH = re.compile(r"[‐-―−]")
_SPELLING, _MAYBE, _ANY = "spelling", "maybe", "any"
"""What may stand between two characters beside a sign: a written dash between single ones, perhaps
one ("one nineteen" for 1-19), a sign of which only the word is known."""


def with_signs(value: str) -> str:
    """Return a written value with the signs between its characters, in capitals, without spaces."""
    return _DASH.sub("-", re.sub(r"\s", "", value)).upper()


def digit_by_digit(said: str, alphabet: Alphabet) -> bool | None:
    """Return whether every digit in the words of a value was said on its own."""
    told: bool | None = True
    for token in tokens(said, alphabet):
        digits = sum(sign.isdigit() for sign in token.characters)
        if token.part is not SpelledPart.CHARACTERS or digits < 2:
            continue
        if not token.text.strip("()").isalnum() or not any(s.isdigit() for s in token.text):
            return False
        told = None
    return told


def same_signs(said: str, value: str, alphabet: Alphabet) -> bool | None:
    """Return whether words say a value with the signs between its characters, no more, no less."""
    spelled, between = _spelled(said, alphabet)
    wanted = with_signs(value)
    solid = [sign for sign in wanted if sign.isalnum()]
    if solid != list(spelled):
        return None
    expected = re.split(r"[^\W_]", wanted)[1:-1]
    fits = [_fits(one, other, wanted) for one, other in zip(between, expected, strict=True)]
    return False if False in fits else None if None in fits else True


def _fits(heard: str, expected: str, value: str) -> bool | None:
    if heard == _MAYBE:
        return None
    if heard == _SPELLING:
        return True if value.isalnum() else None
    if heard == _ANY:
        return len(expected) == 1
    return heard == expected


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one token, and what was said in front of them."""

    characters: str
    before: str
    token: Token


def _spelled(said: str, alphabet: Alphabet) -> tuple[str, list[str]]:
    """Return the characters of a value and what was said between each two."""
    spelled, between = "", list[str]()
    for run in _runs(tokens(said, alphabet), alphabet):
        between += [run.before, *[""] * (len(run.characters) - 1)]
        spelled += run.characters
    return spelled, between[1:]


def _runs(row: Sequence[Token], alphabet: Alphabet) -> Iterator[_Run]:
    signs = {name: sign for sign, name in alphabet.signs.items()}
    before, repeat, last = "", list[Token](), None
    for token in row:
        if token.part is SpelledPart.SEPARATOR:
            word = token.text.lower()
            written = _DASH.sub("-", token.text)
            before = signs.get(word, _ANY if word in alphabet.separators else written)
        elif token.part is SpelledPart.REPEAT:
            repeat = [token]
        elif token.part is SpelledPart.CHARACTERS:
            if last is not None and before == "-" and _written_dash(row, token, last):
                before = _SPELLING
            if last is not None and not before and _in_numbers(last, token):
                before = _MAYBE
            yield _Run(spelled_out((*repeat, token), alphabet), before, token)
            before, repeat, last = "", [], token


def _written_dash(row: Sequence[Token], token: Token, last: Token) -> bool:
    """Return whether a dash between two single characters was written, not said."""
    single = len(token.characters) == len(last.characters) == 1
    return single and not any(last.stop <= t.start < token.start and t.text.isalpha() for t in row)


def _in_numbers(last: Token, token: Token) -> bool:
    """Return whether two numbers stand side by side, one of them of several digits in words."""
    both = last.characters.isdigit() and token.characters.isdigit()
    return both and any(len(t.characters) > 1 and not t.text[0].isdigit() for t in (last, token))
