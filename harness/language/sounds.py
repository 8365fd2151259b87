"""How words sound, coarsely: phones of one sign each, and what confusing two of them costs.

A recognizer that hears "O R D" as "already" or "o'er de" has written down the right sounds in the
wrong words. So what was heard and what should have been said are compared as sounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatGrid = NDArray[np.float64]
Alike = tuple[tuple[str, float], ...]
"""Groups of phones, with what taking one of a group for another costs, 0 to 1."""


class PhoneCosts:
    """The phones of a language, and what it costs to confuse, lose or add one, each 0 to 1."""

    def __init__(
        self,
        *,
        vowels: str,
        consonants: str,
        alike: Alike,
        vowel_cost: float,
        lost: Mapping[str, float],
        lost_vowel: float,
        lost_consonant: float,
    ) -> None:
        signs = "".join(dict.fromkeys(vowels + consonants))
        self._index = {sign: place for place, sign in enumerate(signs)}
        self.substitutions = self._substitutions(((vowels, vowel_cost), *alike))
        """What hearing one phone as another costs, shape (phones, phones)."""
        usual = dict.fromkeys(consonants, lost_consonant) | dict.fromkeys(vowels, lost_vowel)
        self.gaps = np.array([(usual | dict(lost))[sign] for sign in signs])
        """What leaving out or adding each phone costs."""

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
    """The sounds of one lower-case word, letter or group of digits, one sign each."""
    costs: PhoneCosts
    other_ways: tuple[tuple[str, str], ...] = ()
    """Spoken words and what is as often said instead, or nothing: "zero", "oh"."""
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """How recognizers write each digit and capital letter that is said alone: the usual word first,
    then figures, small letters and words of the same sound ("four", "for", "4")."""

    def of(self, text: str) -> str:
        """Return the sounds of a text; letters and digits that are glued are taken apart."""
        sounds: list[str] = []
        for piece in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+", text):
            capitals = piece.isupper() and len(piece) <= 5
            names = list(piece.lower()) if capitals else [piece.lower().replace("’", "'")]
            sounds += [self.phones_of(name) for name in names]
        return "".join(sounds)
