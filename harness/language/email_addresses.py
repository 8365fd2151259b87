"""E-mail addresses: written, and spelled as people say them on the phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.language.numbers import Numbers
from harness.language.values import Found

_WRITTEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_VOWELS = frozenset("aeiouy")
_AT, _DOT = "@", "."


@dataclass(frozen=True, slots=True, eq=False)
class EmailAddresses:
    """How e-mail addresses are said: their signs in words, and the numbers of the language."""

    numbers: Numbers
    names: Mapping[str, str]
    """Each of ``. - _ + @`` to its word."""
    others: Mapping[str, str]
    """Further words to the sign that they mean."""
    signs: Mapping[str, str] = field(init=False)
    """Every word for a sign, to that sign."""

    def __post_init__(self) -> None:
        words = {word: sign for sign, word in self.names.items()}
        object.__setattr__(self, "signs", words | dict(self.others))

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
        return "".join(self._sign(word) for word in re.findall(r"[^\W_]+", value.lower()))

    def find(self, text: str) -> tuple[Found, ...]:
        """Return every address, written or said with the words for "@" and "."."""
        written = [Found(m[0].lower(), m.start(), m.end()) for m in _WRITTEN.finditer(text)]
        words = list(_WORD.finditer(text))
        spoken = [
            found
            for index, word in enumerate(words)
            if self._sign(word[0].lower()) == _AT and (found := self._spoken(words, index))
        ]
        return tuple(sorted(written + spoken, key=lambda found: found.start))

    def problem(self, value: str) -> str | None:
        """Say what an address may be if this is none."""
        found = self.find(value)
        if len(found) == 1 and found[0].value == value.strip().lower():
            return None
        return "expected NAME@DOMAIN.TLD in letters, digits and . _ % + -"

    def _spoken(self, words: list[re.Match[str]], at: int) -> Found | None:
        """Read the address around the word for "@": spelled name before, domain with a dot."""
        stop, dots = self._domain_end(words, at + 1)
        start = self._name_start(words, at)
        if not dots or start == at:
            return None
        value = "".join(self._sign(word[0].lower()) for word in words[start:stop])
        return Found(value, words[start].start(), words[stop - 1].end())

    def _domain_end(self, words: list[re.Match[str]], begin: int) -> tuple[int, int]:
        """Return where the domain ends and how many dots it has."""
        index, dots = begin, 0
        while (end := self._label_end(words, index)) > index:
            index = end
            if index + 1 >= len(words) or self._sign(words[index][0].lower()) != _DOT:
                break
            dots += 1
            index += 1
        return index, dots

    def _label_end(self, words: list[re.Match[str]], begin: int) -> int:
        """Return where one part of a domain ends: one word, or a row of spelled characters."""
        end = begin
        while end < len(words) and self._is_spelled(words[end][0]):
            if end > begin and not _spaced(words, end):
                break
            end += 1
        if end > begin:
            return end
        follows = begin < len(words) and words[begin][0].lower() not in self.signs
        return begin + 1 if follows else begin

    def _name_start(self, words: list[re.Match[str]], at: int) -> int:
        """Return where the name begins: parts joined by signs ("jane underscore doe")."""
        start = self._part_start(words, at)
        while 0 < start < at and _spaced(words, start) and self._joins(words[start - 1][0]):
            earlier = self._part_start(words, start - 1)
            if earlier == start - 1:
                break
            start = earlier
        return start

    def _part_start(self, words: list[re.Match[str]], stop: int) -> int:
        """Return where one part of a name begins: a row of spelled characters, or one word."""
        start = stop
        while start > 0 and _spaced(words, start) and self._is_character(words[start - 1][0]):
            start -= 1
        if start == stop and stop > 0 and _spaced(words, stop):
            return stop if words[stop - 1][0].lower() in self.signs else stop - 1
        return start

    def _joins(self, word: str) -> bool:
        return self.signs.get(word.lower(), _AT) != _AT

    def _is_character(self, word: str) -> bool:
        return len(word) == 1 or word.lower() in self.numbers.digits

    def _is_spelled(self, word: str) -> bool:
        return self._is_character(word) or self.signs.get(word.lower(), _AT) not in "@."

    def _sign(self, word: str) -> str:
        if word in self.numbers.digits:
            return str(self.numbers.digits.index(word))
        return self.signs.get(word, word)

    def _spell(self, part: str) -> str:
        names = (
            self.numbers.digits[int(sign)] if sign.isdecimal() else self.names.get(sign, sign)
            for sign in part
        )
        return " ".join(names)

    def _pronounceable(self, label: str) -> bool:
        reserved = label in self.signs or self.numbers.is_word(label)
        return label.isalpha() and len(label) > 1 and bool(set(label) & _VOWELS) and not reserved


def _spaced(words: list[re.Match[str]], index: int) -> bool:
    """Say whether only spaces and commas stand between a word and the one before it."""
    between = words[index].string[words[index - 1].end() : words[index].start()]
    return not between.strip(" ,")
