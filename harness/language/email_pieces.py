"""What a text with an e-mail address holds: words, signs, and rows of spelled characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from harness.language.spelled_tokens import spelled_out, tokens
from harness.language.spelling import Alphabet, SpelledPart, Token

_WRITTEN_SIGNS = "@._+%-"


class Part(Enum):
    """What a piece of a text can be within an address."""

    CHARACTER = "character"
    """One character, or a row of them."""
    NAMED = "named"
    """A word of the spelling alphabet: a letter only beside others."""
    WORD = "word"
    SIGN = "sign"
    DASH = "dash"
    """A written dash: a sign between words, spelling between characters."""
    PAUSE = "pause"
    STOP = "stop"
    """A full stop: a pause between characters ("C. H. E. N."), elsewhere the end."""
    REMARK = "remark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Piece:
    """A token, or several that belong together."""

    part: Part
    text: str
    """What it stands for, in small letters."""
    tokens: tuple[Token, ...]
    literal: str = ""
    """What else a row may spell: "uu" for "double u"; else, with the dashes that spell it."""

    @property
    def single(self) -> bool:
        """Whether it is one character, said or written as such, or a word that repeats one."""
        return self.part is Part.CHARACTER and len(self.text) <= 1


SPELLED = (Part.CHARACTER, Part.NAMED)
SILENT = (Part.PAUSE, Part.REMARK)
BETWEEN = (Part.PAUSE, Part.STOP)


@dataclass(frozen=True, slots=True, eq=False)
class AddressWords:
    """What a language says around an address."""

    signs: Mapping[str, str]
    """Every word for a sign, to that sign."""
    remarks: frozenset[str]
    letters: Alphabet


def pieces_of(text: str, words: AddressWords) -> list[Piece]:
    """Return what a text holds: words, signs, and rows of spelled characters."""
    row = tokens(text, words.letters)
    pieces: list[Piece] = []
    at = 0
    while at < len(row):
        used, part, meaning = _read(row, at, text, words)
        pieces.append(Piece(part, meaning, row[at : at + used]))
        at += used
    return list(_rows(_named(pieces), words.letters))


def _read(row: Sequence[Token], at: int, text: str, words: AddressWords) -> tuple[int, Part, str]:
    """Return how many tokens belong together, what they are, and what they stand for."""
    for used in range(min(4, len(row) - at), 0, -1):
        said = " ".join(token.text.lower() for token in row[at : at + used])
        if said in words.signs:
            return used, Part.SIGN, words.signs[said]
        if said in words.remarks:
            return used, Part.REMARK, said
    return 1, *_read_one(row[at], text, words.letters)


def _read_one(token: Token, text: str, letters: Alphabet) -> tuple[Part, str]:
    word = token.text.lower()
    if word in _WRITTEN_SIGNS and _glued(token, text):
        return (Part.DASH if word == "-" else Part.SIGN), word
    if word in ("@", "_", "+"):
        return Part.SIGN, word
    if word == ".":
        return Part.STOP, ""
    if token.part is SpelledPart.PAUSE or word in "-–—":
        return Part.PAUSE, ""
    if token.part is SpelledPart.CHARACTERS:
        plain = word.isalnum() and len(word) > 1 and word not in letters.numbers
        if plain and word in letters.letters:
            return Part.NAMED, word
        return (Part.WORD, word) if plain else (Part.CHARACTER, token.characters.lower())
    if token.part is SpelledPart.REPEAT:
        return Part.CHARACTER, ""
    return (Part.WORD, word) if word.isalnum() else (Part.END, "")


def _glued(token: Token, text: str) -> bool:
    """Return whether a written sign stands between two characters without a space."""
    sides = text[max(0, token.start - 1) : token.start], text[token.stop : token.stop + 1]
    return all(side.isalnum() for side in sides)


def _named(pieces: list[Piece]) -> list[Piece]:
    """Decide which words of the spelling alphabet are letters: two or more, among three signs."""
    result: list[Piece] = []
    at = 0
    while at < len(pieces):
        stop = at
        while stop < len(pieces) and pieces[stop].part in (*SPELLED, *BETWEEN, Part.DASH):
            stop += 1
        run = pieces[at : max(stop, at + 1)]
        named = sum(one.part is Part.NAMED for one in run)
        spells = named > 1 and sum(one.part in SPELLED for one in run) > 2
        for one in run:
            if one.part is Part.NAMED:
                part = Part.CHARACTER if spells else Part.WORD
                one = replace(one, part=part, text=one.text[0] if spells else one.text)
            result.append(one)
        at += len(run)
    return result


def _rows(pieces: list[Piece], letters: Alphabet) -> Iterator[Piece]:
    """Yield the pieces with each row of characters as one."""
    at = 0
    while at < len(pieces):
        if pieces[at].part is not Part.CHARACTER:
            yield pieces[at]
            at += 1
            continue
        stop = _row_end(pieces, at)
        row = tuple(token for one in pieces[at:stop] for token in one.tokens)
        text = spelled_out(row, letters).lower()
        dashed = any(one.part is Part.DASH for one in pieces[at:stop])
        otherwise = _otherwise(row, letters)
        if dashed and otherwise == text:
            otherwise = "".join(one.text for one in pieces[at:stop])
        yield Piece(Part.CHARACTER, text, row, otherwise)
        dotted = any(one.part is Part.STOP for one in pieces[at:stop])
        at = stop + (_stops(pieces, stop) and (dotted or _sign_follows(pieces, stop)))


def _otherwise(row: Sequence[Token], letters: Alphabet) -> str:
    """Return what else a row of characters may spell, the same if nothing else."""
    others = [replace(one, characters=(*one.others, one.characters)[0]) for one in row]
    return spelled_out(others, letters).lower()


def _stops(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].part is Part.STOP


def _sign_follows(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a sign stands behind a place: "M. dot Ortiz"."""
    return at + 1 < len(pieces) and pieces[at + 1].part is Part.SIGN


def _row_end(pieces: list[Piece], at: int) -> int:
    """Return where a row of characters ends: pauses part them, or a dash between single ones."""
    stop = at + 1
    while True:
        after = stop
        while after < len(pieces) and pieces[after].part in BETWEEN:
            after += 1
        if after < len(pieces) and after == stop and pieces[after].part is Part.DASH:
            after += 1
            if after < len(pieces) and not (pieces[stop - 1].single and pieces[after].single):
                return stop
        if after == len(pieces) or pieces[after].part is not Part.CHARACTER:
            return stop
        stop = after + 1
