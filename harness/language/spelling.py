"""Spelled identifiers and phone numbers: characters, tokens, and how they were said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from itertools import pairwise


class SpelledPart(Enum):
    """The role of a token within a spelled value."""

    CHARACTERS = "characters"
    """Letters or digits as themselves, or a word for a letter or digit."""
    SEPARATOR = "separator"
    """A dash, said or written."""
    REPEAT = "repeat"
    """double, triple: the next character again."""
    PAUSE = "pause"
    """Comma, semicolon, full stop or dots between characters."""
    LABEL = "label"
    """letter, digit: announces the next character."""
    LINK = "link"
    """and, then: may lead on to the rest of the value."""
    WORD = "word"
    """Anything else: ends the value."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign of a text, and the characters that it means, if any."""

    text: str
    start: int
    stop: int
    part: SpelledPart
    characters: str = ""
    others: tuple[str, ...] = ()
    """Other characters it may mean: "eight hundred five five" for 8005 and then 5, or 805 and 5."""


def is_single(token: Token) -> bool:
    """Whether a token is a single letter or digit as itself."""
    return token.part is SpelledPart.CHARACTERS and len(token.text) == 1


def _never(row: Sequence[Token], low: int, high: int) -> bool:
    return False


def _no_number(words: Sequence[str]) -> int | None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """The vocabulary of a language for single characters; words are in lower case."""

    digits: tuple[str, ...]
    """The names of 0 to 9."""
    signs: Mapping[str, str]
    """Signs between characters ("-", "/", "+" …) to their names."""
    letters: Mapping[str, str]
    """Words of a spelling alphabet to their capital letters."""
    numbers: Mapping[str, str]
    """Single words for numbers to their digits."""
    tens: frozenset[str] = frozenset()
    """The number words that a word for another digit may follow: "forty seven"."""
    scales: frozenset[str] = frozenset()
    """Words that multiply the number before them: "hundred"."""
    cardinal: Callable[[Sequence[str]], int | None] = _no_number
    """The number that all the words form, None if they do not form exactly one number."""
    separators: frozenset[str] = frozenset()
    """Further names of ``signs``."""
    labels: frozenset[str] = frozenset()
    """Words that announce the next character: "letter"."""
    links: frozenset[str] = frozenset()
    """Words that may lead on to the rest of a value: "then"."""
    repeats: Mapping[str, int] = field(default_factory=dict)
    """Words that say the next character several times over: "double"."""
    repeated: frozenset[str] = frozenset()
    """Text that may come between such a word and the character: "-", an article."""
    further_letters: frozenset[str] = frozenset()
    """Small letters other than those from a to z."""
    composed: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Two words that name a single letter, to that letter and their other meanings: "double u"."""
    explaining: tuple[tuple[str, ...], ...] = ()
    """Words between a letter and a word that begins with it: "B as in boat"."""
    explaining_by_alphabet: tuple[tuple[str, ...], ...] = ()
    """The same, if only a word that people spell by can follow: "B for Bravo"."""
    spelling_words: frozenset[str] = frozenset()
    """Words that people spell by, other than those of ``letters``; alone they mean themselves."""
    capitals: frozenset[str] = frozenset()
    """Words written in capitals that are no part of an identifier."""
    unspelled: str = r"(?!)"
    """A regular expression, case ignored, for words with digits that are none: "21st", "5pm"."""
    ordinary_first: Callable[[Sequence[Token], int, int], bool] = _never
    """Whether the first token of ``row[low:high]`` is an ordinary word: "this one, 4 7 1 5"."""
    ordinary_last: Callable[[Sequence[Token], int, int], bool] = _never
    """Whether the last token is: "4 7 1 5 I need"."""


def speak_characters(value: str, alphabet: Alphabet) -> str:
    """Return a value letter by letter, with a comma for each breath: "O, R, D, dash, four".

    Commas make both engines pause, and every recognizer that was tried then hears more of it.
    """
    return ", ".join(_name(sign, alphabet) for sign in value.strip() if not sign.isspace())


def speak_groups(value: str, alphabet: Alphabet) -> str:
    """Return a phone number digit by digit, with a comma between its groups of three and four."""
    groups = [group for group in re.split(r"\D+", value) if group]
    parts = [part for group in groups for part in _breaths(group)]
    spoken = ", ".join(" ".join(alphabet.digits[int(d)] for d in part) for part in parts)
    return f"{alphabet.signs['+']} {spoken}" if value.strip().startswith("+") else spoken


def _breaths(group: str) -> list[str]:
    """Cut a long row of digits as North America does: threes, and four at the end."""
    if len(group) <= 5:
        return [group]
    rest, tail = group[:-4], group[-4:]
    head = len(rest) % 3
    return [
        p for p in (rest[:head], *(rest[i : i + 3] for i in range(head, len(rest), 3)), tail) if p
    ]


def _name(sign: str, alphabet: Alphabet) -> str:
    if sign.isascii() and sign.isdigit():
        return alphabet.digits[int(sign)]
    return alphabet.signs.get(sign, sign.upper())


# Words and signs of a text as parts of spelled values, and the characters that they mean.

_DASHES = "-–—_/#"
_PAUSE = re.compile(r"[,;.…]+")
_TRUNK = "(0)"
"""Dialled only within the country: "+49 (0)30", see ITU-T E.123."""
_MOST_WORDS = 32
"""Words of a number."""

_MOST_READINGS = 16
"""Readings of a stretch: more would not be understood by a listener either."""


def characters(value: str, alphabet: Alphabet) -> str:
    """Return the upper-case letters and digits of a value, written or spoken.

    A value without spaces or commas is written, unless it is all number words ("forty-seven").
    Words that mean no character are taken letter by letter ("ORD four" -> "ORD4").
    """
    if not re.search(r"[\s,]", value.strip()) and not _only_number_words(value, alphabet):
        return _alphanumerics(value, alphabet)
    row = (
        replace(token, part=SpelledPart.CHARACTERS, characters=_alphanumerics(token.text, alphabet))
        if token.part is SpelledPart.WORD
        else token
        for token in tokens(value, alphabet)
    )
    return spelled_out(row, alphabet)


@lru_cache(maxsize=4096)
def tokens(text: str, alphabet: Alphabet) -> tuple[Token, ...]:
    """Return the words and signs of a text with the meaning of each in a spelled value."""
    matches = list(_token(alphabet).finditer(text))
    words = [match[0] for match in matches]
    lower = [word.lower() for word in words]
    result: list[Token] = []
    index = 0
    while index < len(matches):
        single = _single(words[index], alphabet)
        if single is not None:
            start, stop = matches[index].span()
            result.append(Token(words[index], start, stop, *single))
            index += 1
            continue
        most = index + _MOST_WORDS
        used, part, *meanings = _read(words[index:most], lower[index:most], alphabet)
        start, stop = matches[index].start(), matches[index + used - 1].end()
        result.append(Token(text[start:stop], start, stop, part, meanings[0], (*meanings[1:],)))
        index += used
    return tuple(result)


def spelled_out(run: Iterable[Token], alphabet: Alphabet) -> str:
    """Return the characters of a run of tokens, with "double" and "triple" expanded."""
    value, repeat = "", 1
    for token in run:
        if token.part is SpelledPart.REPEAT:
            repeat = times_repeated(token, alphabet)
        elif token.part is SpelledPart.CHARACTERS:
            value += token.characters[:1] * (repeat - 1) + token.characters
            repeat = 1
    return value


def times_repeated(token: Token, alphabet: Alphabet) -> int:
    """Return how often a repeat token repeats the next character: 2 for "double"."""
    return next(times for word, times in alphabet.repeats.items() if _begins(token, word))


def _begins(token: Token, word: str) -> bool:
    return re.match(rf"{re.escape(word)}(?!\w)", token.text.lower()) is not None


def readings(run: Sequence[Token], alphabet: Alphabet) -> tuple[str, ...]:
    """Return all that a run of tokens may spell, the likeliest first."""
    ways: Sequence[_Way | None] = [None]
    for at, token in enumerate(run):
        others = (*token.others, "0") if _may_be_zero(run, at) else token.others
        each = [token, *(replace(token, characters=other) for other in others)]
        ways = [(way, one) for way in ways for one in each][:_MOST_READINGS]
    return tuple(dict.fromkeys(spelled_out(_unrolled(way), alphabet) for way in ways))


_Way = tuple["_Way | None", Token]
"""A reading up to a token, and that token: long runs share their beginnings."""


def _unrolled(way: _Way | None) -> list[Token]:
    row: list[Token] = []
    while way is not None:
        way, token = way
        row.append(token)
    return row[::-1]


def scattered_places(value: str, text: str, alphabet: Alphabet) -> Iterator[tuple[int, int]]:
    """Yield the places of just a value's characters, whatever signs part them: "(4) (7) (1)"."""
    run: list[Token] = []
    for token in (*tokens(text, alphabet), None):
        if token is not None and not (token.part is SpelledPart.WORD and token.text[0].isalnum()):
            run.append(token)
            continue
        solid = [one for one in run if one.part is SpelledPart.CHARACTERS]
        if solid and spelled_out(run, alphabet) == value:
            yield solid[0].start, solid[-1].stop
        run = []


def _may_be_zero(run: Sequence[Token], at: int) -> bool:
    """Return whether a letter O next to a digit may mean a zero."""
    beside = (*run[max(0, at - 2) : at], *run[at + 1 : at + 3])
    return run[at].text in ("O", "o") and any(one.characters.isdigit() for one in beside)


def _read(
    words: list[str], lower: list[str], alphabet: Alphabet
) -> tuple[int, SpelledPart, *tuple[str, ...]]:
    """Return how many words belong together, their role, and their characters.

    If they may mean other characters, those follow. ``lower`` are the words in lower case.
    """
    word, small, after = words[0], lower[0], lower[1:]
    # First, because "eight hundred" begins with a digit that would be read alone.
    if large := _read_large(lower, alphabet):
        return large
    if is_letter(word, alphabet):
        return 1 + _explained(small, after, alphabet), SpelledPart.CHARACTERS, word.upper()
    if small in alphabet.tens:
        return _read_tens(small, after, alphabet)
    if composed := _composed(small, after, alphabet):
        return composed
    if small in alphabet.repeats:
        between = 1 if after[:1] and after[0] in alphabet.repeated else 0
        repeats = len(after) > between and _is_character(words[1 + between], alphabet)
        return (1 + between, SpelledPart.REPEAT, "") if repeats else (1, SpelledPart.WORD, "")
    return 1, *_read_one(word, alphabet)


@lru_cache(maxsize=16_384)
def _single(word: str, alphabet: Alphabet) -> tuple[SpelledPart, str] | None:
    """Read a word whose meaning does not depend on the next words; None if it does."""
    small = word.lower()
    number = small in alphabet.numbers or small in alphabet.scales or small.isdecimal()
    joined = small in alphabet.tens or any(first == small for first, _ in alphabet.composed)
    if number or joined or small in alphabet.repeats or is_letter(word, alphabet):
        return None
    return _read_one(word, alphabet)


def is_letter(word: str, alphabet: Alphabet) -> bool:
    """Return whether a word is a single letter of the language."""
    ascii_letter = len(word) == 1 and word.isascii() and word.isalpha()
    return ascii_letter or word.lower() in alphabet.further_letters


def _composed(
    word: str, after: list[str], alphabet: Alphabet
) -> tuple[int, SpelledPart, *tuple[str, ...]] | None:
    """Read a letter with a name of two words: "double u", "double-u"; None if there is none."""
    hyphen = 1 if after[:1] == ["-"] else 0
    meanings = alphabet.composed.get((word, after[hyphen])) if len(after) > hyphen else None
    return None if meanings is None else (2 + hyphen, SpelledPart.CHARACTERS, *meanings)


def _read_one(word: str, alphabet: Alphabet) -> tuple[SpelledPart, str]:
    lower = word.lower()
    named = alphabet.numbers.get(lower) or alphabet.letters.get(lower)
    if lower in alphabet.separators or lower in alphabet.signs.values() or word in _DASHES:
        return SpelledPart.SEPARATOR, ""
    if _PAUSE.fullmatch(word):
        return SpelledPart.PAUSE, ""
    if named is not None:
        return SpelledPart.CHARACTERS, named
    # "ORD" without a space; longer words in capitals are words.
    glued = word.isupper() and word.isalpha() and len(word) <= 4 and word not in alphabet.capitals
    if not glued and lower in alphabet.labels:
        return SpelledPart.LABEL, ""
    if not glued and lower in alphabet.links:
        return SpelledPart.LINK, ""
    if word == _TRUNK:
        return SpelledPart.SEPARATOR, ""
    if word[0] == "(":
        return (SpelledPart.CHARACTERS, word[1:-1]) if len(word) > 1 else (SpelledPart.WORD, "")
    if glued or (any(c.isdigit() for c in word) and not _unspelled(alphabet).fullmatch(word)):
        return SpelledPart.CHARACTERS, _alphanumerics(word, alphabet)
    return SpelledPart.WORD, ""


def _read_tens(tens: str, after: list[str], alphabet: Alphabet) -> tuple[int, SpelledPart, str]:
    """Read "forty", "forty seven" and "forty-seven"."""
    hyphen = 1 if after[:1] == ["-"] else 0
    word = after[hyphen] if len(after) > hyphen else ""
    unit = alphabet.digits.index(word) if word in alphabet.digits else 0
    value = int(alphabet.numbers[tens]) + unit
    return (2 + hyphen if unit else 1), SpelledPart.CHARACTERS, str(value)


def _read_large(
    words: list[str], alphabet: Alphabet
) -> tuple[int, SpelledPart, *tuple[str, ...]] | None:
    """Read numbers with a word like "hundred" in them, up to the next pause; None if none.

    A single number is that number. Several in a row ("one eight hundred five five five") may be
    parted in several ways: digits after a hundred are likelier spelled than added.
    """
    stop = 0
    while stop < len(words) and _in_number(words, stop, alphabet):
        stop += 1
    said = [word for word in words[:stop] if word != "-"]
    if not alphabet.scales.intersection(said):
        return None
    whole = alphabet.cardinal(said)
    ways = [((*said,),)] if whole is not None else _parted((*said,), alphabet)
    # Fewer odd parts first, then fewer numbers.
    ordered = sorted(ways, key=lambda way: (_odd(way, alphabet), len(way)))
    texts = dict.fromkeys("".join(_number(part, alphabet) or "" for part in w) for w in ordered)
    return (stop, SpelledPart.CHARACTERS, *texts) if texts else None


def _in_number(words: list[str], at: int, alphabet: Alphabet) -> bool:
    """Return whether a word is part of a number: itself, or because it joins two of its words."""
    word = words[at]
    if word in alphabet.numbers or word in alphabet.scales or word.isdecimal():
        return True
    if not at or at + 1 == len(words):
        return False
    if word == "-":
        return words[at + 1] in alphabet.numbers
    # "one hundred and five"
    return alphabet.cardinal((alphabet.digits[1], *words[at - 1 : at + 2])) is not None


def _number(words: Sequence[str], alphabet: Alphabet) -> str | None:
    """Return the digits of a number in words, None if they are not a single number."""
    if len(words) == 1 and words[0] in alphabet.numbers:
        return alphabet.numbers[words[0]]
    value = alphabet.cardinal(words)
    return None if value is None else str(value)


def _parted(words: tuple[str, ...], alphabet: Alphabet) -> list[tuple[tuple[str, ...], ...]]:
    """Return every way to part words into numbers; "forty seven" is never parted."""
    if not words:
        return [()]
    ways = []
    for stop in range(len(words), 0, -1):
        joined = words[stop - 1] in alphabet.tens and _is_unit(words[stop : stop + 1], alphabet)
        if not joined and _number(words[:stop], alphabet) is not None:
            ways += [(words[:stop], *rest) for rest in _parted(words[stop:], alphabet)]
    return ways


def _is_unit(words: tuple[str, ...], alphabet: Alphabet) -> bool:
    return bool(words) and words[0] in alphabet.digits[1:]


def _odd(way: tuple[tuple[str, ...], ...], alphabet: Alphabet) -> int:
    """Return how often a digit is added to a hundred though more single ones follow it."""
    pairs = pairwise(way)
    return sum(
        len(one) > 1 and one[-1] in alphabet.digits and other[0] in alphabet.digits
        for one, other in pairs
    )


def _explained(letter: str, after: list[str], alphabet: Alphabet) -> int:
    """Return how many words explain a letter: "as in Bravo", "like dog", "for Bravo"."""
    for lead in (*alphabet.explaining, *alphabet.explaining_by_alphabet):
        named = after[len(lead)] if len(after) > len(lead) else ""
        by_it = named in alphabet.letters or named in alphabet.spelling_words
        fits = len(named) > 1 if lead in alphabet.explaining else by_it
        if (*after[: len(lead)],) == lead and fits and named.startswith(letter):
            return len(lead) + 1
    return 0


def _is_character(word: str, alphabet: Alphabet) -> bool:
    return _read_one(word, alphabet)[0] is SpelledPart.CHARACTERS or (
        len(word) == 1 and word.isalpha()
    )


def _alphanumerics(text: str, alphabet: Alphabet) -> str:
    return "".join(s for s in text.upper() if is_letter(s, alphabet) or s in "0123456789")


def _only_number_words(value: str, alphabet: Alphabet) -> bool:
    return all(word in alphabet.numbers for word in value.strip().split("-"))


@lru_cache(maxsize=64)
def _token(alphabet: Alphabet) -> re.Pattern[str]:
    """Return the expression of a token, a word or a sign; alphabet words may have a hyphen."""
    whole = [rf"{re.escape(word)}\b" for word in alphabet.letters if not word.isalpha()]
    area = r"\(0\)(?=\s?\d)|\(\d{1,4}\)(?=[\s-]*\d{3})"
    word = r"[^\W_]+(?:['’][^\W\d_]+)?"
    return re.compile("|".join((*whole, area, word, r"[.…]+", r"\S")), re.IGNORECASE)


@lru_cache(maxsize=64)
def _unspelled(alphabet: Alphabet) -> re.Pattern[str]:
    return re.compile(alphabet.unspelled, re.IGNORECASE)


# How a spelled value was said: digit by digit or in numbers, with which signs between.
#
# Both answers are None if the words leave it open: "83521" may have been said either way, and the
# dash of "B-C-9" may have been said, or only be the way in which a transcript writes spelling.

_DASH = re.compile(r"[‐-―−]")
_SPELLING, _MAYBE, _ANY = "spelling", "maybe", "any"
"""Separators of two characters, other than a sign: a written dash between single characters,
perhaps a dash ("one nineteen" for 1-19), a sign of which only the word is known."""


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
    """Characters of a token, and the separator before them."""

    characters: str
    before: str
    token: Token


def _spelled(said: str, alphabet: Alphabet) -> tuple[str, list[str]]:
    """Return the characters of a value and the separators between them."""
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
    """Return whether two numbers are adjacent, at least one of several digits in words."""
    both = last.characters.isdigit() and token.characters.isdigit()
    return both and any(len(t.characters) > 1 and not t.text[0].isdigit() for t in (last, token))
