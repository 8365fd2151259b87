"""Whether a recognizer prefers a value to values that differ in one character.

A recognizer's text shows only its best result. Asked for the probability of words that it did not
choose, the same model shows far more: how much likelier the claimed value is than every value with
one character changed, left out or added, all of them written in the way in which the model would
write the claimed value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.speech.base import SpokenValue, Weighed

Tokens = tuple[int, ...]
Rows = NDArray[np.float32]

_OPENINGS = (",", ":", ".")
_SEPARATORS = (" ", ", ", "-", "")
_UNLIKELY = -3.0
"""Below this, an opening is not tried."""

_LOOKED_AT = {"changed": 8, "lost": 5, "added": 12}
"""How many near misses of each kind are compared in full: those that look best from afar."""

_KEPT = 8
"""So many likeliest near misses are also scored without speech: the model's own preference."""


class WordModel(Protocol):
    """A recognizer's expectations in an audio, after the words before a value."""

    end: int
    """The token that ends an audio."""

    def tokens(self, text: str) -> Tokens:
        """Return a text as tokens."""
        ...

    def rows(self, sequences: Sequence[Tokens]) -> list[Rows]:
        """Return every token's log probability at each place of each sequence, and after it."""
        ...


class Miss(Enum):
    """How a near miss differs from the claimed value."""

    CHANGED = "changed"
    LOST = "lost"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A value with one character changed, and how much likelier (log) than the claimed it is."""

    how: Miss
    signs: tuple[str, ...]
    tokens: Tokens
    heard: float
    """At first a rough estimate of its gain, from the rows of the claimed value alone."""
    expected: float = 0.0
    """How much likelier it is without speech: the model's own preference."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as tokens: its signs lie at ``places``, ``rows`` are the expectations at each."""

    tokens: Tokens
    places: tuple[tuple[int, int], ...]
    rows: Rows

    @property
    def score(self) -> float:
        return float(sum(self.rows[place, token] for place, token in enumerate(self.tokens)))


@dataclass(frozen=True, slots=True)
class Weighing:
    """The result of a hearing for a value: its near misses, likeliest first, and its own fit."""

    misses: tuple[NearMiss, ...]
    fit: float
    """Mean log probability of a sign of the claimed value: low if no similar audio was heard."""


def weigh(model: WordModel, deaf: WordModel, said: SpokenValue) -> Weighing:
    """Weigh a value in a hearing; ``deaf`` is the same model without speech."""
    weighings = [_Asked(model, said, signs) for signs in said.ways]
    claims = [(weighing.claimed(), weighing) for weighing in weighings]
    claimed, weighing = max(claims, key=lambda one: one[0].score)
    seen = weighing.near_misses(claimed)
    gains = zip(seen, _gains(model, claimed, seen), strict=True)
    heard = sorted((replace(one, heard=gain) for one, gain in gains), key=lambda one: -one.heard)
    kept = heard[:_KEPT]
    before = zip(kept, _gains(deaf, claimed, kept), strict=True)
    misses = tuple(replace(one, expected=gain) for one, gain in before)
    return Weighing(misses, claimed.score / len(claimed.places))


def _gains(model: WordModel, claimed: _Written, others: Sequence[NearMiss]) -> list[float]:
    """Return how much likelier than the claimed value each of the others is."""
    texts = [claimed.tokens, *(one.tokens for one in others)]
    rows = model.rows(texts)
    first, *rest = (_Written(text, (), row).score for text, row in zip(texts, rows, strict=True))
    return [score - first for score in rest]


_Form = tuple[Tokens, tuple[tuple[int, int], ...]]


class _Asked:
    """A value, said in a certain way, in an audio."""

    def __init__(self, model: WordModel, said: SpokenValue, signs: tuple[str, ...]) -> None:
        self._model, self._said, self._signs = model, said, signs
        self._ways = {sign: self._tokens_of(ways) for sign, ways in said.written.items()}
        self._small = {
            model.tokens(f" {way.capitalize()}"): model.tokens(f" {way}")
            for ways in said.written.values()
            for way in ways
            if len(way) > 1
        }

    def _tokens_of(self, ways: tuple[str, ...]) -> tuple[Tokens, ...]:
        """Return the single tokens that may write a sign, or the first way if there are none."""
        texts = [spaced for way in ways for spaced in (f" {way}", way, f" {way.capitalize()}")]
        found = [self._model.tokens(text) for text in texts]
        return tuple(dict.fromkeys(each for each in found if len(each) == 1)) or (found[0],)

    def claimed(self) -> _Written:
        """Return the claimed value in the way in which the model would write it, and an end."""
        forms = {self._form(separator, way) for separator in _SEPARATORS for way in range(4)}
        plain = _best(self._read(sorted(forms)))
        best = self._refined(_best([plain, *self._opened(plain)]))
        return _best(self._read([(best.tokens + end, best.places) for end in self._ends()]))

    def _read(self, forms: Sequence[_Form]) -> list[_Written]:
        rows = self._model.rows([tokens for tokens, _ in forms])
        return [_Written(*form, row) for form, row in zip(forms, rows, strict=True)]

    def _form(self, separator: str, way: int) -> _Form:
        tokens: Tokens = ()
        places = []
        for number, sign in enumerate(self._signs):
            text = self._way(sign, way)
            if number and separator.strip():
                tokens += self._model.tokens(separator.strip())
            apart = not number or separator.endswith(" ") or (not separator and len(text) > 1)
            word = self._model.tokens(f" {text}" if apart else text)
            places.append((len(tokens), len(tokens) + len(word)))
            tokens += word
        return tokens, tuple(places)

    def _way(self, sign: str, way: int) -> str:
        """Return how a sign is written: 0 to 3 for words or figures, capital or small letters."""
        if sign.isdigit():
            return sign if way & 1 else self._said.written[sign][0]
        return sign.lower() if way & 2 and len(sign) == 1 else sign

    def _opened(self, plain: _Written) -> list[_Written]:
        """Return it after the signs that may part it from the words before."""
        if not self._said.before:
            return []
        forms = []
        for opening in map(self._model.tokens, _OPENINGS):
            if plain.rows[0, opening[0]] > _UNLIKELY:
                moved = (
                    (start + len(opening), stop + len(opening)) for start, stop in plain.places
                )
                forms.append((opening + plain.tokens, tuple(moved)))
        return self._read(forms) if forms else []

    def _refined(self, found: _Written) -> _Written:
        """Return it with signs in the likelier of their ways, if all of it gets likelier."""
        for _ in range(2):
            tokens = list(found.tokens)
            for sign, (start, stop) in zip(self._signs, found.places, strict=True):
                ways = self._ways.get(sign, ())
                if stop - start == 1 and ways and len(ways[0]) == 1:
                    tokens[start] = _likeliest(ways, found.rows[start])[0]
            other = self._read([(tuple(tokens), found.places)])[0]
            if other.score <= found.score:
                break
            found = other
        return found

    def _ends(self) -> list[Tokens]:
        """Return the ends of the value: the words after it, or the end of the audio."""
        after = self._said.after.split()[:2]
        if not after:
            return [(self._model.end,), (*self._model.tokens("."), self._model.end)]
        words = " ".join(after)
        texts = (
            f" {words}",
            f", {words}",
            f". {words[:1].upper()}{words[1:]}",
            f" {words.lower()}",
        )
        return list(dict.fromkeys(self._model.tokens(text) for text in texts))

    def near_misses(self, claimed: _Written) -> list[NearMiss]:
        """Return those that are worth a closer look, each value once."""
        made = {one.signs: one for one in sorted(self._made(claimed), key=lambda one: one.heard)}
        ordered = sorted(made.values(), key=lambda one: -one.heard)
        return [
            one
            for how in Miss
            for one in [one for one in ordered if one.how is how][: _LOOKED_AT[how.value]]
        ]

    def _made(self, claimed: _Written) -> Iterator[NearMiss]:
        for place, sign in enumerate(self._signs):
            if sign in self._ways:
                yield from self._changed(claimed, place)
                yield self._lost(claimed, place)
        for place in range(len(self._signs) + 1):
            yield self._added(claimed, place)

    def _changed(self, claimed: _Written, place: int) -> Iterator[NearMiss]:
        signs, (start, stop) = self._signs, claimed.places[place]
        row, loses = claimed.rows[start], _part(claimed, start, stop)
        for other, ways in self._ways.items():
            if other == signs[place] or other.isdigit() is not signs[place].isdigit():
                continue
            way = _likeliest(ways, row)
            tokens = claimed.tokens[:start] + way + claimed.tokens[stop:]
            named = (*signs[:place], other, *signs[place + 1 :])
            yield NearMiss(Miss.CHANGED, named, tokens, float(row[way[0]]) - loses)

    def _lost(self, claimed: _Written, place: int) -> NearMiss:
        signs, places, tokens = self._signs, claimed.places, claimed.tokens
        last = place + 1 == len(signs)
        start = places[place][0] if not last or not place else places[place - 1][1]
        stop = places[place][1] if last else places[place + 1][0]
        gains = float(claimed.rows[start, tokens[stop]]) - _part(claimed, start, stop + 1)
        shorter = tokens[:start] + tokens[stop:]
        return NearMiss(Miss.LOST, (*signs[:place], *signs[place + 1 :]), shorter, gains)

    def _added(self, claimed: _Written, place: int) -> NearMiss:
        """Return the value with the sign more that is likeliest at a place."""
        signs, places, tokens = self._signs, claimed.places, claimed.tokens
        last = place == len(signs)
        at = places[-1][1] if last else places[place][0]
        between = tokens[places[-2][1] : places[-1][0]] if len(places) > 1 else ()
        row = claimed.rows[at]
        if last and between:
            row = self._model.rows([tokens[:at] + between])[0][-1]
        letters = any(sign in self._ways and not sign.isdigit() for sign in signs)
        ways = {
            _likeliest(ways, row): other
            for other, ways in self._ways.items()
            if letters or other.isdigit()
        }
        way = _likeliest(tuple(ways), row)
        rest = tokens[at:]
        if not place:  # the first word of a sentence no longer opens it
            rest = self._small.get(rest[:1], rest[:1]) + rest[1:]
        more = between + way if last else way + between
        named = (*signs[:place], ways[way], *signs[place:])
        longer = tokens[:at] + more + rest
        return NearMiss(Miss.ADDED, named, longer, float(row[way[0]]))


def _likeliest(ways: tuple[Tokens, ...], row: Rows) -> Tokens:
    return max(ways, key=lambda way: float(row[way[0]]))


def _best(found: list[_Written]) -> _Written:
    return max(found, key=lambda one: one.score)


def _part(written: _Written, start: int, stop: int) -> float:
    places = range(start, stop)
    return float(sum(written.rows[place, written.tokens[place]] for place in places))


# How sure an engine is of a value that it weighed against its near misses.

_CANNOT_TELL = 0.5
"""The result for a value on which hearings disagree; also the most for a value that was hardly
heard, or does not lead in noise."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How near misses of an engine become a share of claims that are right."""

    expected: float
    """Share of the model's own preference that is subtracted."""
    slope: float
    offset: float
    least_fit: float
    """Below this mean fit, the value was hardly heard at all, and the result is not sure."""

    def lead(self, misses: Sequence[NearMiss]) -> tuple[float, NearMiss]:
        """Return the lead of the claimed value over the likeliest near miss, and that near miss."""
        leads = [(self.expected * one.expected - one.heard, one) for one in misses]
        return min(leads, key=lambda lead: lead[0])

    def sure(self, lead: float) -> float:
        """Return the share of right claims with this lead, if half of all claims are right."""
        return 1.0 / (1.0 + math.exp(-(self.slope * lead + self.offset)))


def verdict(hearings: Sequence[Weighing], calibration: Calibration, *, noisy: bool) -> Weighed:
    """Return how sure an engine is of a value that it weighed in several hearings.

    The least decisive hearing decides. In noise a value has to be ahead of every near miss in all
    of them.
    """
    leads = [calibration.lead(hearing.misses) for hearing in hearings]
    # A value that was said leads at every pace; another value may lead at a pace by luck.
    lead, rival = min(leads, key=lambda one: one[0])
    most = calibration.sure(max(lead for lead, _ in leads))
    # Hearings that contradict each other give no decision.
    sure = min(max(calibration.sure(lead), _CANNOT_TELL), most)
    fit = sum(hearing.fit for hearing in hearings) / len(hearings)
    if fit < calibration.least_fit or (noisy and lead < 0):
        sure = min(sure, _CANNOT_TELL)
    named = "".join(sign for sign in rival.signs if len(sign) == 1)
    return Weighed(round(sure, 6), named)
