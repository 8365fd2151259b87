"""E-mail addresses: written, and spelled or said on the phone.

An address is read outwards from its "@": to the left the parts of a name (a row of spelled
characters, or a word with the digits after it) as long as signs join them, to the right the parts
of a domain with dots between. "C-H-E-N" and "c… h… e… n" spell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum

from harness.language.numbers import Numbers
from harness.language.spelling import Alphabet, SpelledPart, Token, spelled_out, tokens
from harness.language.values import Found

# The pieces of a text with an e-mail address: words, signs, and rows of spelled characters.

_WRITTEN_SIGNS = "@._+%-"


class Part(Enum):
    """The role of a piece of text within an address."""

    CHARACTER = "character"
    """A character, or a row of characters."""
    NAMED = "named"
    """A word of the spelling alphabet: a letter only next to other letters."""
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
    """Its meaning, in lower case."""
    tokens: tuple[Token, ...]
    literal: str = ""
    """Another reading of a row: "uu" for "double u"; else, with the dashes that spell it."""

    @property
    def single(self) -> bool:
        """Whether it is a single character, said or written, or a word that repeats a character."""
        return self.part is Part.CHARACTER and len(self.text) <= 1


SPELLED = (Part.CHARACTER, Part.NAMED)
SILENT = (Part.PAUSE, Part.REMARK)
BETWEEN = (Part.PAUSE, Part.STOP)


@dataclass(frozen=True, slots=True, eq=False)
class AddressWords:
    """The vocabulary of a language around an address."""

    signs: Mapping[str, str]
    """Every word for a sign, to that sign."""
    remarks: frozenset[str]
    letters: Alphabet


def pieces_of(text: str, words: AddressWords) -> list[Piece]:
    """Return the pieces of a text: words, signs, and rows of spelled characters."""
    row = tokens(text, words.letters)
    pieces: list[Piece] = []
    at = 0
    while at < len(row):
        used, part, meaning = _read(row, at, text, words)
        pieces.append(Piece(part, meaning, row[at : at + used]))
        at += used
    return list(_rows(_named(pieces), words.letters))


def _read(row: Sequence[Token], at: int, text: str, words: AddressWords) -> tuple[int, Part, str]:
    """Return how many tokens belong together, their role, and their meaning."""
    # The longest phrase wins: "plus sign" is one sign. No phrase has more than four words.
    for used in range(min(4, len(row) - at), 0, -1):
        said = " ".join(token.text.lower() for token in row[at : at + used])
        if said in words.signs:
            return used, Part.SIGN, words.signs[said]
        if said in words.remarks:
            return used, Part.REMARK, said
    return 1, *_read_one(row[at], text, words.letters)


def _read_one(token: Token, text: str, letters: Alphabet) -> tuple[Part, str]:
    word = token.text.lower()
    # A dot or dash between two characters belongs to a written address ("jane.doe"); next to a
    # space it is punctuation.
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
    """Return whether a written sign is between two characters without a space."""
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
        # A single such word is more often a name: "Oscar at example dot com".
        spells = named > 1 and sum(one.part in SPELLED for one in run) > 2
        for one in run:
            if one.part is Part.NAMED:
                part = Part.CHARACTER if spells else Part.WORD
                one = replace(one, part=part, text=one.text[0] if spells else one.text)
            result.append(one)
        at += len(run)
    return result


def _rows(pieces: list[Piece], letters: Alphabet) -> Iterator[Piece]:
    """Yield the pieces with each row of characters joined."""
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
        # The dashes may spell ("c-h-e-n") or be part of the name: both readings are kept.
        if dashed and otherwise == text:
            otherwise = "".join(one.text for one in pieces[at:stop])
        yield Piece(Part.CHARACTER, text, row, otherwise)
        dotted = any(one.part is Part.STOP for one in pieces[at:stop])
        # The full stop after the last spelled letter ("C. H. dot") ends no sentence.
        at = stop + (_stops(pieces, stop) and (dotted or _sign_follows(pieces, stop)))


def _otherwise(row: Sequence[Token], letters: Alphabet) -> str:
    """Return another reading of a row of characters, the same row if there is no other."""
    others = [replace(one, characters=(*one.others, one.characters)[0]) for one in row]
    return spelled_out(others, letters).lower()


def _stops(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].part is Part.STOP


def _sign_follows(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a sign follows a place: "M. dot Ortiz"."""
    return at + 1 < len(pieces) and pieces[at + 1].part is Part.SIGN


def _row_end(pieces: list[Piece], at: int) -> int:
    """Return the end of a row of characters: pauses part rows, or dashes between single ones."""
    stop = at + 1
    while True:
        after = stop
        while after < len(pieces) and pieces[after].part in BETWEEN:
            after += 1
        if after < len(pieces) and after == stop and pieces[after].part is Part.DASH:
            after += 1
            # The dash in "jane-doe" is a sign, the dashes in "C-H-E-N" only spell.
            if after < len(pieces) and not (pieces[stop - 1].single and pieces[after].single):
                return stop
        if after == len(pieces) or pieces[after].part is not Part.CHARACTER:
            return stop
        stop = after + 1


_VOWELS = frozenset("aeiouy")
_AT, _DOT = "@", "."
_WORD = re.compile(r"[^\W_]+")
_MEMBER = (Part.CHARACTER, Part.WORD)

_MORE_WORDS = 2
"""Further words that may belong to a name that is said as a single word ("jane doe at")."""


@dataclass(frozen=True, slots=True, eq=False)
class EmailAddresses:
    """How e-mail addresses are said: their signs in words, and the numbers of the language."""

    numbers: Numbers
    names: Mapping[str, str]
    """Each of ``. - _ + @`` to its word."""
    others: Mapping[str, str]
    """Further phrases of up to two words to the sign that they mean: "plus sign"."""
    alphabet: Alphabet | None = None
    """How letters are spelled out; without an alphabet, only as single letters."""
    remarks: tuple[str, ...] = ()
    """Remarks about an address that are no part of it: "all lower case"."""
    one_word: tuple[str, ...] = ()
    """The remarks after a name said in several words: "all one word"."""
    signs: Mapping[str, str] = field(init=False)
    """Every word for a sign, to that sign."""
    words: AddressWords = field(init=False)

    def __post_init__(self) -> None:
        words = {word: sign for sign, word in self.names.items()}
        object.__setattr__(self, "signs", words | dict(self.others))
        # Without an alphabet, letters are read only as themselves, and digits as their words.
        digits = self.numbers.digits
        plain = Alphabet(digits, {}, {}, {word: str(n) for n, word in enumerate(digits)})
        remarks = frozenset((*self.remarks, *self.one_word))
        spoken = AddressWords(self.signs, remarks, self.alphabet or plain)
        object.__setattr__(self, "words", spoken)

    def speak(self, value: str) -> str:
        """Return "j o h n dot d o e at example dot com": the name spelled, the domain in words.

        A part of the domain that cannot be read as a word (digits, no vowel) is spelled too.
        """
        name, at, domain = value.strip().lower().partition(_AT)
        if not at:
            return value
        labels = [
            part if self._pronounceable(part) else self._spell(part) for part in domain.split(_DOT)
        ]
        dot = f" {self.names[_DOT]} "
        return f"{self._spell(name)} {self.names[_AT]} {dot.join(labels)}"

    def normalize(self, value: str) -> str:
        """Return the address in lower case without spaces, from its written or spoken form."""
        # A written address needs no reading: spaces and a final full stop are all that can differ.
        if _AT in value:
            return re.sub(r"\s", "", value).strip(".,").lower()
        found = self.find(value)
        if len(found) == 1:
            return found[0].value
        return "".join(self.signs.get(word, word) for word in _WORD.findall(value.lower()))

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every address, written or said with the words for "@" and "."."""
        pieces = pieces_of(text, self.words)
        ats = [n for n, one in enumerate(pieces) if one.part is Part.SIGN and one.text == _AT]
        return tuple(found for at in ats if (found := self._address(pieces, at)) is not None)

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if the value is not an address, else None."""
        found = self.find(value)
        if len(found) == 1 and found[0].value == value.strip().lower():
            return None
        return "expected NAME@DOMAIN.TLD in letters, digits and . _ % + -"

    def _address(self, pieces: list[Piece], at: int) -> Found | None:
        """Read the address around an "@"; its further readings say more words of the name."""
        stop, domain = _domain(pieces, at + 1)
        start, name, literal = _name(pieces, at)
        if not domain or not name:
            return None
        names = [name]
        # "Jane doe at" may be "doe@" or "janedoe@"; each further word is another reading.
        for earlier in range(start - 1, start - 1 - _MORE_WORDS, -1):
            if earlier < 0 or pieces[earlier].part is not Part.WORD:
                break
            names.append(pieces[earlier].text + names[-1])
        if len(names) > 1 and any(one.text in self.one_word for one in pieces[start:stop]):
            # "jane doe, all one word": then the name with the word before it is the likelier
            # reading.
            names[:2] = names[1::-1]
            start -= 1
        readings = tuple(f"{one}{_AT}{domain}" for one in dict.fromkeys((*names, literal)))
        first, last = pieces[start].tokens[0], pieces[stop - 1].tokens[-1]
        return Found(readings[0], first.start, last.stop, readings)

    def _spell(self, part: str) -> str:
        names = (
            self.numbers.digits[int(sign)] if sign.isdecimal() else self.names.get(sign, sign)
            for sign in part
        )
        return " ".join(names)

    def _pronounceable(self, label: str) -> bool:
        reserved = label in self.signs or self.numbers.is_word(label)
        return label.isalpha() and len(label) > 1 and bool(set(label) & _VOWELS) and not reserved


def _silent(pieces: list[Piece], at: int, step: int) -> int:
    """Return the nearest place from ``at`` on that is neither a pause nor a remark."""
    while 0 <= at < len(pieces) and pieces[at].part in SILENT:
        at += step
    return at


def _joins(piece: Piece) -> bool:
    return piece.part in (Part.SIGN, Part.DASH) and piece.text != _AT


def _name(pieces: list[Piece], at: int) -> tuple[int, str, str]:
    """Return the start of the name before an "@", the name, and the same with spelling dashes."""
    start, name, literal = at, "", ""
    while True:
        low = _silent(pieces, start - 1, -1)
        if low < 0 or pieces[low].part not in _MEMBER:
            return start, name, literal
        part, dashed = pieces[low].text, pieces[low].literal or pieces[low].text
        # Digits belong to the word before them: "jane 42" is "jane42".
        if part.isdecimal() and low and pieces[low - 1].part is Part.WORD:
            low -= 1
            part, dashed = pieces[low].text + part, pieces[low].text + dashed
        joint = pieces[start].text if start < at else ""
        start, name, literal = low, part + joint + name, dashed + joint + literal
        sign = _silent(pieces, low - 1, -1)
        if sign < 1 or not _joins(pieces[sign]):
            return start, name, literal
        start = sign


def _domain(pieces: list[Piece], begin: int) -> tuple[int, str]:
    """Return the end of the domain after an "@", and the domain; none without a dot."""
    stop, labels = begin, list[str]()
    while True:
        end, label = _label(pieces, _silent(pieces, stop, 1))
        if not label:
            break
        stop, labels = end, [*labels, label]
        sign = _silent(pieces, stop, 1)
        if sign == len(pieces) or pieces[sign].text != _DOT:
            break
        stop = sign + 1
    # A dot with nothing after it ends the sentence.
    if pieces[stop - 1].text == _DOT:
        stop = _silent(pieces, stop - 2, -1) + 1
    # A domain has at least two parts; "meet me at home" is no address.
    return (stop, _DOT.join(labels)) if len(labels) > 1 else (begin, "")


def _label(pieces: list[Piece], begin: int) -> tuple[int, str]:
    """Return the end of a part of a domain, and the part: "my dash shop", "g mail", "x nine"."""
    stop, label = begin, ""
    if _is_austria(pieces, begin):
        return begin + 1, pieces[begin].tokens[0].text.lower()
    while stop < len(pieces) and pieces[stop].part in _MEMBER:
        # Several words make a part of a domain only before a dot: "g mail dot com", but "com
        # thanks".
        if label and not (label.endswith("-") or _dot_follows(pieces, stop + 1)):
            break
        label, stop = label + pieces[stop].text, stop + 1
        dash = _silent(pieces, stop, 1)
        more = dash + 1 < len(pieces) and pieces[dash + 1].part in _MEMBER
        if more and _joins(pieces[dash]) and pieces[dash].text == "-":
            label, stop = f"{label}-", dash + 1
    return stop, label


def _is_austria(pieces: list[Piece], at: int) -> bool:
    """Return whether the word for "@" follows a dot, as a country's own: "dot at"."""
    if not 0 < at < len(pieces) or pieces[at].text != _AT or pieces[at - 1].text != _DOT:
        return False
    return pieces[at].tokens[0].text.lower() == "at"


def _dot_follows(pieces: list[Piece], at: int) -> bool:
    sign = _silent(pieces, at, 1)
    return sign < len(pieces) and pieces[sign].text == _DOT
