"""A language as an object: values, numbers, sentences, sounds, phrases; found by its name.

The modules of this folder know no language; each language has a package of its own (``en``) or
comes with an installed package. There is no "current language".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from harness.errors import BrokenPlugin, UnknownName
from harness.language.email_addresses import EmailAddresses
from harness.language.identifiers import MENDED_KINDS, Identifiers, Phones, repairs
from harness.language.numbers import NEVER, Amounts, Counts, CountWords, Dates, Numbers, with_digits
from harness.language.phrases import Actions, Bystanders, Phrases
from harness.language.sentences import Abbreviations, Stretches, sentences
from harness.language.sounds import Sounds
from harness.language.spelling import Alphabet
from harness.language.times import Moments, Times
from harness.language.values import ArgumentNames, Found, ValueKind, WordForms, can_be_said
from harness.plugins import Registry

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class SpokenValues(Protocol):
    """How the values of one kind are said, read and found."""

    def speak(self, value: str) -> str:
        """Return the words for a value."""
        ...

    def normalize(self, value: str) -> str:
        """Return the form in which two values are compared, from the written or spoken form."""
        ...

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return every value in running text, spoken or written, in order, normalized."""
        ...

    def problem(self, value: str) -> str | None:
        """Return a message with the allowed form if a written value is not valid, else None."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PlainText:
    """Text and names: said as written, and found only by a known value."""

    def speak(self, value: str) -> str:
        """Return it as it is."""
        return value

    def normalize(self, value: str) -> str:
        """Return the words in lower case, with single spaces and no punctuation."""
        return " ".join(_WORD.findall(value.lower().replace("’", "'")))

    def find(self, text: str, today: date | None = None) -> tuple[Found, ...]:
        """Return an empty tuple: there is no pattern to find it by."""
        return ()

    def problem(self, value: str) -> str | None:
        """Return a message if the value has no text to say, else None."""
        return None if can_be_said(value) else "expected text with a letter or digit"


@dataclass(frozen=True, slots=True, eq=False)
class Streets(PlainText):
    """Street addresses: "Eleven Garden Rd." and "11 Garden Road" are the same place."""

    numbers: Numbers
    abbreviations: Mapping[str, str]
    """Abbreviations of a word after a street's name, to that word."""
    endings: Mapping[str, str] = field(default_factory=dict)
    """The same at the end of a name that is a single word: "hauptstr", "hauptstraße"."""
    leading: int = 2
    """Number of first words that are never abbreviations: "St James", after a number or not."""
    number_behind: bool = False
    """Whether the house number follows the street's name."""

    def normalize(self, value: str) -> str:
        """Return lower-case words with number words as digits and abbreviations in full."""
        words = with_digits(_WORD.findall(value.lower().replace("’", "'")), self.numbers)
        # "St James" begins with a saint, so abbreviations only count after the first words.
        first = (self._with_ending(word) for word in words[: self.leading])
        return " ".join((*first, *(self.in_full(word) for word in words[self.leading :])))

    def in_full(self, word: str) -> str:
        """Return a word in lower case as it is written out."""
        return self.abbreviations.get(word) or self._with_ending(word)

    def _with_ending(self, word: str) -> str:
        short = next((e for e in self.endings if word.endswith(e) and word != e), None)
        return word if short is None else word.removesuffix(short) + self.endings[short]


_LEAST_WORDS = 25
_LEAST_SHARE = 0.08
"""English and German have more than 0.2 of such words in every dialogue of the development data,
other European languages less than 0.05."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language; two are the same if they are the same object."""

    name: str
    """Its tag without a region ("en")."""
    voice: str
    """The name of eSpeak's voice for it."""
    numbers: Numbers
    alphabet: Alphabet
    amounts: Amounts
    dates: Dates
    emails: EmailAddresses
    streets: Streets
    abbreviations: Abbreviations
    contractions: Mapping[str, str]
    """Contractions to their full form: "i'm", "i am"."""
    sounds: Sounds
    phrases: Phrases
    actions: Actions
    arguments: ArgumentNames
    times: Times = field(default_factory=Times)
    """How times of day are said; left out, only 17:30 is read."""
    between_day_and_time: str = r"[\s,]*"
    """A regular expression for the text between a day and its time: " at "."""
    both_day_and_time: str = NEVER
    """A regular expression for text that belongs to both: "tonight" in "tonight at nine"."""
    word_forms: WordForms = field(default_factory=WordForms)
    """Which words are the same in a search for a known value."""
    counts: CountWords = field(default_factory=CountWords)
    """The vocabulary for counts, apart from the numbers."""
    common_words: frozenset[str] = frozenset()
    """The words that make up a large share of any text; left out, no text is another language's."""
    bystanders: Bystanders | None = None
    """The speech around a caller; left out, it is in English."""
    dialogues: Path | None = None
    """The file with its stock dialogues, for ``harness language check``."""
    kinds: Mapping[ValueKind, SpokenValues] = field(init=False)

    def __post_init__(self) -> None:
        kinds: dict[ValueKind, SpokenValues] = {
            ValueKind.TEXT: PlainText(),
            ValueKind.ID: Identifiers(self.alphabet),
            ValueKind.PHONE: Phones(self.alphabet),
            ValueKind.EMAIL: self.emails,
            ValueKind.AMOUNT: self.amounts,
            ValueKind.DATE: self.dates,
            ValueKind.TIME: self.times,
            ValueKind.DATETIME: Moments(
                self.dates, self.times, self.between_day_and_time, self.both_day_and_time
            ),
            ValueKind.COUNT: Counts(self.numbers, self.counts),
            ValueKind.NAME: PlainText(),
            ValueKind.ADDRESS: self.streets,
        }
        object.__setattr__(self, "kinds", kinds)

    def speak(self, value: str, kind: ValueKind) -> str:
        """Return the words for a value; text, names and addresses are said as they are written.

        IDs go letter by letter with commas, phone numbers digit by digit in groups, e-mail names
        letter by letter, amounts and dates in words.
        """
        return self.kinds[kind].speak(value)

    def normalize(self, value: str, kind: ValueKind) -> str:
        """Return the form in which two values are compared, from the written or the spoken form.

        ID: upper-case letters and digits. Phone: digits. E-mail: lower case without spaces. Amount:
        "49.90". Date: ISO 8601. Address: lower case, numbers as digits, "street" in full. Others:
        lower case, single spaces, no punctuation. It takes a single value, not a sentence: see
        ``find``.
        """
        return self.kinds[kind].normalize(value)

    def find(self, text: str, kind: ValueKind, today: date | None = None) -> tuple[Found, ...]:
        """Return every value of a kind in running text, spoken or written, in order, normalized.

        For text, names and addresses there is no pattern to find them by: the result is empty.
        Dates and amounts are not taken for identifiers or phone numbers, and no other value for a
        count. Days such as "next Friday" have a value only by ``today``, the day of the call.
        """
        return _found(self, text, kind, today)

    def problem(self, value: str, kind: ValueKind) -> str | None:
        """Return a message with the allowed form if a value of the kind is not valid, else None."""
        return self.kinds[kind].problem(value)

    def same_noun(self, word: str, noun: str) -> bool:
        """Return whether a word is a noun, in either number of the language."""
        return re.fullmatch(self.actions.plurals(noun), word) is not None

    def is_foreign(self, text: str) -> bool:
        """Return whether a text is surely in another language: few common words, few numbers.

        A text of few words may be anything.
        """
        found = _WORD.findall(text.lower().replace("’", "'"))
        # A caller who only gives values says numbers: "five five five, oh one four two".
        own = self.common_words | self.contractions.keys()
        known = sum(word in own or self.numbers.is_word(word) for word in found)
        enough = bool(self.common_words) and len(found) >= _LEAST_WORDS
        return enough and known < _LEAST_SHARE * len(found)

    def sentences(self, text: str) -> tuple[str, ...]:
        """Return the sentences with their punctuation, without the space around them."""
        return sentences(text, self.abbreviations)


_NOT_AS = {
    ValueKind.ID: (ValueKind.DATE, ValueKind.AMOUNT),
    ValueKind.PHONE: (ValueKind.DATE, ValueKind.AMOUNT),
    ValueKind.TIME: (ValueKind.AMOUNT,),
    ValueKind.COUNT: (ValueKind.DATE, ValueKind.AMOUNT, ValueKind.TIME, ValueKind.PHONE),
}
"""Kinds to the other kinds whose values are excluded."""

_MENDED = (*MENDED_KINDS, ValueKind.COUNT)
"""Kinds of which the caller may repeat a part: "four seven one five, no, one six"."""


@lru_cache(maxsize=32_768)
def _found(language: Language, text: str, kind: ValueKind, today: date | None) -> tuple[Found, ...]:
    text = _without_others(language, text, kind)
    found = _as_one_kind(language, text, kind, today)
    return _mended(found, text, kind, language) if kind in _MENDED else found


@lru_cache(maxsize=32_768)
def _as_one_kind(
    language: Language, text: str, kind: ValueKind, today: date | None = None
) -> tuple[Found, ...]:
    """Return the values of a kind as if there were no other kinds."""
    return language.kinds[kind].find(text, today)


def _mended(
    found: tuple[Found, ...], text: str, kind: ValueKind, language: Language
) -> tuple[Found, ...]:
    """Replace each slip by its correction."""
    made = [
        one
        for one in repairs(text, language.alphabet, language.phrases)
        if one.spelled or kind is not ValueKind.COUNT
    ]
    mended = Stretches((one.start, one.stop) for one in made)
    there = Stretches((one.start, one.stop) for one in found)
    kept = [one for one in found if not mended.touch(one.start, one.stop)]
    for one in made:
        of_kind = [value for value in one.readings if _is_one(value, kind, language)]
        touched = there.touch(one.start, one.stop)
        if of_kind and (touched or kind is ValueKind.ID or of_kind[0] == one.readings[0]):
            meant = dict.fromkeys((of_kind[0], *one.readings))
            kept.append(Found(of_kind[0], one.start, one.stop, (*meant,)))
    return tuple(sorted(kept, key=lambda one: one.start))


def _is_one(value: str, kind: ValueKind, language: Language) -> bool:
    return any(found.value == value for found in _as_one_kind(language, value, kind))


def _without_others(language: Language, text: str, kind: ValueKind) -> str:
    """Blank out values of another kind, keeping every position."""
    for other in _NOT_AS.get(kind, ()):
        for found in _as_one_kind(language, text, other):
            # A sign that is part of no value, as often as the value is long, so that positions
            # stay valid.
            text = text[: found.start] + "§" * (found.stop - found.start) + text[found.stop :]
    return text


LANGUAGES: Registry[Language] = Registry(
    "language",
    "harness.languages",
    {
        "en": "harness.language.en.english:ENGLISH",
        "de": "harness.language.de.german:GERMAN",
    },
)


def language_named(tag: str) -> Language:
    """Return the language of a tag; a region ("en-GB") falls back to the plain language.

    Raises UnknownName, which lists the known languages, else like ``plugins.Registry.get``.
    """
    name = tag.lower().replace("_", "-")
    known = LANGUAGES.names()
    # The exact tag first, as a package may offer "de-ch".
    found = next((one for one in (name, name.partition("-")[0]) if one in known), None)
    if found is None:
        raise UnknownName(LANGUAGES.kind, tag, known)
    language = LANGUAGES.get(found)
    if not isinstance(language, Language):
        wrong = TypeError(f"expected a Language, got {type(language).__name__}")
        raise BrokenPlugin(LANGUAGES.kind, found, wrong)
    return language
