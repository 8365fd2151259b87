"""E-mail addresses: written, and spelled as people say them on the phone."""

from __future__ import annotations

import re

from harness.language.found import Found
from harness.language.numerals import DIGITS, NUMBER_WORDS, UNITS

_SIGNS = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "@": "at"}
_SIGN_WORDS = {word: sign for sign, word in _SIGNS.items()} | {"hyphen": "-", "minus": "-"}
_WRITTEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")


def speak_email(value: str) -> str:
    """Return "j o h n dot d o e at example dot com": the name spelled, the domain in words.

    A part of the domain that cannot be read as one word (digits, no vowel) is spelled too.
    """
    name, at, domain = value.strip().lower().partition("@")
    if not at:
        return value
    labels = [part if _pronounceable(part) else _spell(part) for part in domain.split(".")]
    return f"{_spell(name)} at {' dot '.join(labels)}"


def normalize_email(value: str) -> str:
    """Return the address in lower case without spaces, from its written or spoken form."""
    if "@" in value:
        return re.sub(r"\s", "", value).strip(".,").lower()
    words = re.findall(r"[a-z0-9]+", value.lower())
    return "".join(_sign(word) for word in words)


def find_emails(text: str) -> tuple[Found, ...]:
    """Return every address, written or said with "at" and "dot"."""
    written = [Found(m[0].lower(), m.start(), m.end()) for m in _WRITTEN.finditer(text)]
    words = list(_WORD.finditer(text))
    spoken = [
        found
        for index, word in enumerate(words)
        if word[0].lower() == "at" and (found := _spoken(words, index))
    ]
    return tuple(sorted(written + spoken, key=lambda found: found.start))


def _spoken(words: list[re.Match[str]], at: int) -> Found | None:
    """Read the address around the word "at": spelled name before, domain with a dot after."""
    stop, dots = _domain_end(words, at + 1)
    start = _name_start(words, at)
    if not dots or start == at:
        return None
    value = "".join(_sign(word[0].lower()) for word in words[start:stop])
    return Found(value, words[start].start(), words[stop - 1].end())


def _domain_end(words: list[re.Match[str]], begin: int) -> tuple[int, int]:
    """Return where the domain ends and how many dots it has."""
    index, dots = begin, 0
    while (end := _label_end(words, index)) > index:
        index = end
        if index + 1 >= len(words) or words[index][0].lower() != "dot":
            break
        dots += 1
        index += 1
    return index, dots


def _label_end(words: list[re.Match[str]], begin: int) -> int:
    """Return where one part of a domain ends: one word, or a row of spelled characters."""
    end = begin
    while end < len(words) and _is_spelled(words[end][0]):
        if end > begin and not _spaced(words, end):
            break
        end += 1
    if end > begin:
        return end
    return begin + 1 if begin < len(words) and words[begin][0].lower() not in _SIGN_WORDS else begin


def _name_start(words: list[re.Match[str]], at: int) -> int:
    """Return where the name before "at" begins: parts joined by signs ("jane underscore doe")."""
    start = _part_start(words, at)
    while 0 < start < at and _spaced(words, start) and _joins(words[start - 1][0]):
        earlier = _part_start(words, start - 1)
        if earlier == start - 1:
            break
        start = earlier
    return start


def _part_start(words: list[re.Match[str]], stop: int) -> int:
    """Return where one part of a name begins: a row of spelled characters, or one word."""
    start = stop
    while start > 0 and _spaced(words, start) and _is_character(words[start - 1][0]):
        start -= 1
    if start == stop and stop > 0 and _spaced(words, stop):
        return stop if words[stop - 1][0].lower() in _SIGN_WORDS else stop - 1
    return start


def _joins(word: str) -> bool:
    return word.lower() in _SIGN_WORDS and word.lower() != "at"


def _is_character(word: str) -> bool:
    return len(word) == 1 or word.lower() in UNITS


def _is_spelled(word: str) -> bool:
    return _is_character(word) or word.lower() in ("dash", "hyphen", "underscore", "plus")


def _spaced(words: list[re.Match[str]], index: int) -> bool:
    """Say whether only spaces and commas stand between a word and the one before it."""
    between = words[index].string[words[index - 1].end() : words[index].start()]
    return not between.strip(" ,")


def _sign(word: str) -> str:
    return _SIGN_WORDS.get(word) or (str(UNITS[word]) if word in UNITS else word)


def _spell(part: str) -> str:
    return " ".join(DIGITS[int(c)] if c.isdigit() else _SIGNS.get(c, c) for c in part)


def _pronounceable(label: str) -> bool:
    reserved = label in _SIGN_WORDS or label in NUMBER_WORDS
    return (
        label.isalpha()
        and len(label) > 1
        and bool(set(label) & set("aeiouy") or label in _TOP)
        and (not reserved)
    )


_TOP = frozenset({"com"})
