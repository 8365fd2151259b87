"""E-mail addresses: written, and spelled or said as people do on the phone.

An address is read outwards from its "@": to the left the parts of a name (a row of spelled
characters, or a word with the digits behind it) as long as signs join them, to the right the parts
of a domain with dots between. "C-H-E-N" and "c… h… e… n" spell; the dash in "jane-doe" is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from harness.language.email_pieces import SILENT, AddressWords, Part, Piece, pieces_of
from harness.language.numbers import Numbers
from harness.language.spelling import Alphabet
from harness.language.values import Found

_VOWELS = frozenset("aeiouy")
_AT, _DOT = "@", "."
_WORD = re.compile(r"[^\W_]+")
_MEMBER = (Part.CHARACTER, Part.WORD)

_MORE_WORDS = 2
"""So many words more may belong to a name that is said as one ("jane doe at")."""


@dataclass(frozen=True, slots=True, eq=False)
class EmailAddresses:
    """How e-mail addresses are said: their signs in words, and the numbers of the language."""

    numbers: Numbers
    names: Mapping[str, str]
    """Each of ``. - _ + @`` to its word."""
    others: Mapping[str, str]
    """Further words to the sign that they mean, one or two: "plus sign"."""
    alphabet: Alphabet | None = None
    """How letters are spelled out; without one, only as single letters."""
    remarks: tuple[str, ...] = ()
    """What is said about an address and is none of it: "all lower case"."""
    one_word: tuple[str, ...] = ()
    """Those remarks that tell of a name said in several words: "all one word"."""
    signs: Mapping[str, str] = field(init=False)
    """Every word for a sign, to that sign."""
    words: AddressWords = field(init=False)

    def __post_init__(self) -> None:
        words = {word: sign for sign, word in self.names.items()}
        object.__setattr__(self, "signs", words | dict(self.others))
        digits = self.numbers.digits
        plain = Alphabet(digits, {}, {}, {word: str(n) for n, word in enumerate(digits)})
        remarks = frozenset((*self.remarks, *self.one_word))
        spoken = AddressWords(self.signs, remarks, self.alphabet or plain)
        object.__setattr__(self, "words", spoken)

    def speak(self, value: str) -> str:
        """Return "j o h n dot d o e at example dot com": the name spelled, the domain in words.

        A part of the domain that cannot be read as one word (digits, no vowel) is spelled too.
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
        """Say what an address may be if this is none."""
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
        for earlier in range(start - 1, start - 1 - _MORE_WORDS, -1):
            if earlier < 0 or pieces[earlier].part is not Part.WORD:
                break
            names.append(pieces[earlier].text + names[-1])
        if len(names) > 1 and any(one.text in self.one_word for one in pieces[start:stop]):
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
    """Return where the name before an "@" begins, the name, and the same with spelling dashes."""
    start, name, literal = at, "", ""
    while True:
        low = _silent(pieces, start - 1, -1)
        if low < 0 or pieces[low].part not in _MEMBER:
            return start, name, literal
        part, dashed = pieces[low].text, pieces[low].literal or pieces[low].text
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
    """Return where the domain behind an "@" ends, and the domain; none without a dot."""
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
    if pieces[stop - 1].text == _DOT:
        stop = _silent(pieces, stop - 2, -1) + 1
    return (stop, _DOT.join(labels)) if len(labels) > 1 else (begin, "")


def _label(pieces: list[Piece], begin: int) -> tuple[int, str]:
    """Return where a part of a domain ends, and the part: "my dash shop", "g mail", "x nine"."""
    stop, label = begin, ""
    if _is_austria(pieces, begin):
        return begin + 1, pieces[begin].tokens[0].text.lower()
    while stop < len(pieces) and pieces[stop].part in _MEMBER:
        if label and not (label.endswith("-") or _dot_follows(pieces, stop + 1)):
            break
        label, stop = label + pieces[stop].text, stop + 1
        dash = _silent(pieces, stop, 1)
        more = dash + 1 < len(pieces) and pieces[dash + 1].part in _MEMBER
        if more and _joins(pieces[dash]) and pieces[dash].text == "-":
            label, stop = f"{label}-", dash + 1
    return stop, label


def _is_austria(pieces: list[Piece], at: int) -> bool:
    """Return whether the word for "@" stands behind a dot, as a country's own: "dot at"."""
    if not 0 < at < len(pieces) or pieces[at].text != _AT or pieces[at - 1].text != _DOT:
        return False
    return pieces[at].tokens[0].text.lower() == "at"


def _dot_follows(pieces: list[Piece], at: int) -> bool:
    sign = _silent(pieces, at, 1)
    return sign < len(pieces) and pieces[sign].text == _DOT
