"""Phones of words, their similarity, and how long words take to say.

A recognizer that hears "O R D" as "already" or "o'er de" has written the right sounds in the wrong
words. So the transcript and the expected text are compared as sounds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

FloatGrid = NDArray[np.float64]
Alike = tuple[tuple[str, float], ...]
"""Groups of phones, with the cost of confusing two phones of a group, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class PhoneCosts:
    """The phones of a language, and the costs to confuse, lose or add a phone, each 0 to 1."""

    vowels: str
    consonants: str
    alike: Alike
    vowel_cost: float
    """The cost of confusing two vowels that are in no group."""
    lost: Mapping[str, float]
    """The cost of losing or adding a phone, where it is not the usual one."""
    lost_vowel: float
    lost_consonant: float
    substitutions: FloatGrid = field(init=False)
    """The cost of hearing a phone as another, shape (phones, phones)."""
    gaps: FloatGrid = field(init=False)
    """The cost of leaving out or adding each phone."""
    _index: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        signs = "".join(dict.fromkeys(self.vowels + self.consonants))
        object.__setattr__(self, "_index", {sign: place for place, sign in enumerate(signs)})
        alike = ((self.vowels, self.vowel_cost), *self.alike)
        object.__setattr__(self, "substitutions", self._substitutions(alike))
        usual = dict.fromkeys(self.consonants, self.lost_consonant)
        usual |= dict.fromkeys(self.vowels, self.lost_vowel) | dict(self.lost)
        object.__setattr__(self, "gaps", np.array([usual[sign] for sign in signs]))

    def indices(self, sounds: str) -> NDArray[np.intp]:
        """Return phones as indices into ``substitutions`` and ``gaps``."""
        return np.array([self._index[sign] for sign in sounds], np.intp)

    def _substitutions(self, alike: Alike) -> FloatGrid:
        costs = np.ones((len(self._index), len(self._index)))
        for group, cost in alike:
            places = [self._index[sign] for sign in group]
            for place in places:
                costs[place, places] = np.minimum(costs[place, places], cost)
        np.fill_diagonal(costs, 0.0)
        return costs


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """How a language sounds."""

    phones_of: Callable[[str], str]
    """The sounds of a lower-case word, letter or group of digits, a sign for each phone."""
    costs: PhoneCosts
    other_ways: tuple[tuple[str, str], ...] = ()
    """Spoken words and their common alternatives, which may be empty: "zero", "oh"."""
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """How recognizers write each digit and capital letter that is said alone: the usual word first,
    then figures, small letters and words of the same sound ("four", "for", "4")."""

    def of(self, text: str) -> str:
        """Return the sounds of a text; letters and digits that are glued are taken apart."""
        sounds: list[str] = []
        for piece in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+", text):
            # "ORD" is spelled; a longer word in capitals is a word.
            capitals = piece.isupper() and len(piece) <= 5
            names = list(piece.lower()) if capitals else [piece.lower().replace("’", "'")]
            sounds += [self.phones_of(name) for name in names]
        return "".join(sounds)


def speller(rules: Mapping[str, str], further: str = "") -> Callable[[str], str]:
    """Return a function that gives the sounds of a word by its spelling.

    ``rules`` are groups of letters to their phones; a longer group comes first. Another letter from
    a to z, or one of ``further``, is its own phone. A doubled consonant sounds once.
    """
    groups = re.compile("|".join(sorted(rules, key=len, reverse=True)) + f"|[a-z{further}]")

    def spelled(word: str) -> str:
        sounds = "".join(rules.get(match[0], match[0]) for match in groups.finditer(word))
        # Consonants only: "aa" may be a long vowel of its own.
        return re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", sounds)

    return spelled


def written_ways(
    digits: Sequence[str], letters: Iterable[str], same_sound: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return ``Sounds.written`` from the names of digits, small letters, and words alike."""
    return {
        str(digit): (word, *same_sound.get(str(digit), ()), str(digit))
        for digit, word in enumerate(digits)
    } | {
        capital: (capital, letter, *same_sound.get(capital, ()))
        for letter, capital in ((letter, letter.upper()) for letter in letters)
        if len(capital) == 1  # not "ß"
    }


# How long words take to say, because the protocol has no word times.
#
# For an answer that was played in part, the heard words are estimated: the place of a word follows
# from its number of syllables. The estimate is conservative: a word counts only when it certainly
# ended before the audio stopped.

MARGIN_S = 0.1
"""Taken off the heard time, so that a word cut in its last sound does not count."""

_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûãõåæøœ]+")
_LETTERS = re.compile(r"[a-zäöüßáéíóúàèìòùâêîôûãõåæøœçñ]")
_SIGN_LOAD = 1.2
_COMMA_LOAD = 0.7
_STOP_LOAD = 1.5

_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
_CLOSERS = "\"'”’»)]」"
"""Signs that may follow the mark that ends a sentence."""

SLOWEST, USUAL, FASTEST = 1.0, 4.0, 10.0
"""Syllables per second of audible speech. Synthetic and human voices of the development data lie
between 2.3 and 5.0, at their fastest setting below 8."""

_LEAST_OF_A_DIGIT = 0.6

_FEWEST = 8.0
"""Syllables, about two seconds of speech; below that, a rate is no evidence."""
_SHORTEST_S = 2.5


class Fit(Enum):
    """Whether words fit the length of their audio."""

    FITS = "fits"
    TOO_MANY = "too many"
    """No speaker can say so many words in the time: audio is missing, or plays too fast."""
    TOO_FEW = "too few"
    """Words are missing, or the audio plays too slowly."""


def fit(text: str, speech_s: float) -> Fit:
    """Return whether words fit so many seconds of audible speech; unknown scripts always do."""
    if not is_read(text):
        return Fit.FITS
    words = text.split()
    fewest, most = sum(map(_least, words)), sum(_load(word)[0] for word in words)
    # The most favourable count for each verdict, so that only a certain misfit is reported.
    if fewest >= _FEWEST and fewest > FASTEST * speech_s:
        return Fit.TOO_MANY
    if words and speech_s >= _SHORTEST_S and most < SLOWEST * speech_s:
        return Fit.TOO_FEW
    return Fit.FITS


def is_read(text: str) -> bool:
    """Return whether a text is in a script whose syllables can be counted."""
    lower = text.lower()
    return sum(map(str.isalpha, lower)) <= 2 * len(_LETTERS.findall(lower))


def syllables(text: str) -> float | None:
    """Return about how many syllables a text has; None with figures, or in an unknown script."""
    if not is_read(text) or any(map(str.isdigit, text)):
        return None
    return sum(_load(word)[0] for word in text.split())


def _least(word: str) -> float:
    """Return the fewest syllables of a word: 100 may be three digits, or "a hundred"."""
    digits = sum(map(str.isdigit, word))
    return max(1.0, _LEAST_OF_A_DIGIT * digits) if digits else _load(word)[0]


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a mark that ends a sentence."""
    return text.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)


@lru_cache(maxsize=256)  # a caller may ask in each frame how much of an answer was heard
def usual_length_s(text: str) -> float:
    """Return about how many seconds of audible speech a text takes."""
    return sum(_load(word)[0] for word in text.split()) / USUAL


def heard_words(text: str, *, heard_s: float, generated_s: float) -> str:
    """Return the leading words that end within ``heard_s`` of ``generated_s`` of speech.

    Both lengths are seconds of audible speech. The last word's punctuation is kept.
    """
    words = text.split()
    loads = [_load(word) for word in words]
    total = sum(said + pause for said, pause in loads)
    # The share of the time is taken for the share of syllables and pauses.
    limit = total * (heard_s - MARGIN_S) / generated_s if generated_s > 0 else 0.0
    kept, at = 0, 0.0
    for said, pause in loads:
        if at + said > limit:
            break
        at += said + pause
        kept += 1
    return " ".join(words[:kept])


def written_before(deltas: Sequence[tuple[float, str]], at_s: float) -> int:
    """Return how many words of a streamed transcript had begun to arrive by ``at_s``."""
    return len("".join(text for arrived_s, text in deltas if arrived_s <= at_s).split())


def _load(word: str) -> tuple[float, float]:
    """Return roughly how many syllables a word and the pause after it last."""
    bare = word.lower()
    if any(sign.isdigit() for sign in bare):
        # A number or an identifier such as ORD-4715B is said character by character.
        syllables = _SIGN_LOAD * sum(sign.isalnum() for sign in bare)
    else:
        # A final e is taken for silent, as in English.
        syllables = float(len(_VOWELS.findall(bare.rstrip("e.,;:?!"))))
    pause = _STOP_LOAD if bare[-1] in ".?!" else _COMMA_LOAD if bare[-1] in ",;:" else 0.0
    return max(1.0, syllables), pause


def spoken_share(text: str, at: int) -> float:
    """Return the share (0 to 1) of the speech of ``text`` before character ``at``."""
    words = _words(text)
    if not words.starts:
        return 0.0
    begun = bisect_left(words.starts, at)
    # A pause counts once the word after it has begun.
    before = words.said[begun] + words.paused[max(0, begun - 1)]
    return min(1.0, before / words.total)


_ROUNDED = 1e-9


def spoken_words(text: str, share: float) -> str:
    """Return the leading words that end within a share (0 to 1) of the speech of ``text``."""
    words = _words(text)
    if share >= 1.0 or not words.starts:
        return text.strip()
    limit = max(0.0, share) * words.total + _ROUNDED
    ended = bisect_right(words.ends, limit)
    return text[: words.starts[ended]].strip() if ended < len(words.starts) else text.strip()


@dataclass(frozen=True, slots=True)
class _Words:
    """The starts of the words of a text, and the speech and pauses up to each of them."""

    starts: tuple[int, ...]
    ends: tuple[float, ...]
    """Where each word ends in the speech, the pauses before it included."""
    said: tuple[float, ...]
    paused: tuple[float, ...]
    total: float


@lru_cache(maxsize=256)
def _words(text: str) -> _Words:
    """Return the words of a text; cached, since each value in a text asks for its own place."""
    words = [(match.start(), *_load(match[0])) for match in re.finditer(r"\S+", text)]
    said = (0.0, *accumulate(said for _, said, _ in words))
    paused = (0.0, *accumulate(pause for _, _, pause in words))
    return _Words(
        starts=tuple(start for start, _, _ in words),
        ends=tuple(end + pause for end, pause in zip(said[1:], paused[:-1], strict=True)),
        said=said,
        paused=paused,
        total=sum(said + pause for _, said, pause in words[:-1]) + sum(w[1] for w in words[-1:]),
    )
