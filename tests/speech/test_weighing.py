"""Forced choice between a value and its near misses, with a model that follows a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.english import ENGLISH

from harness.speech.base import SpokenValue
from harness.speech.forced_choice import (
    Calibration,
    Miss,
    NearMiss,
    Rows,
    Tokens,
    Weighing,
    verdict,
    weigh,
)

PARTS = (",", "-", ".", ":")
END = "<end>"
CALIBRATION = Calibration(expected=0.5, slope=1.0, offset=0.0, least_fit=-3.0)


class TableModel:
    """Expects words in sequence, each by a table of log probabilities; signs cost 4."""

    def __init__(self, heard: str, alike: dict[str, str] | None = None) -> None:
        self._words = [*heard.split(), END]
        self._alike = alike or {}
        self._numbers = {END: 0} | {part: at for at, part in enumerate(PARTS, start=1)}
        self.end = 0

    def tokens(self, text: str) -> Tokens:
        spaced = text
        for part in PARTS:
            spaced = spaced.replace(part, f" {part} ")
        return tuple(self._number(word) for word in spaced.split())

    def _number(self, word: str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))

    def rows(self, sequences: Sequence[Tokens]) -> list[Rows]:
        return [
            np.stack([self._row(sequence[:at]) for at in range(len(sequence) + 1)])
            for sequence in sequences
        ]

    def _row(self, before: Tokens) -> np.ndarray:
        said = sum(token > len(PARTS) for token in before)
        word = self._words[min(said, len(self._words) - 1)]
        row = np.full(500, -12.0, np.float32)
        row[1 : len(PARTS) + 1] = -4.0
        row[self._number(word)] = -0.1
        if word in self._alike:
            row[self._number(self._alike[word])] = -0.6
        return row


DEAF = TableModel("")


def misses_of(
    value: str, heard: str, *, after: str = "", **model: dict[str, str]
) -> tuple[NearMiss, ...]:
    """Return the near misses of a value of single signs in a model's hypotheses."""
    said = SpokenValue("I have", (tuple(value.split()),), after, ENGLISH.sounds.written)
    return weigh(TableModel(heard, **model), DEAF, said).misses


@pytest.mark.parametrize(
    ("value", "how", "other"),
    [
        ("4 7 1 8", Miss.CHANGED, "4 7 1 5"),
        ("9 7 1 5", Miss.CHANGED, "4 7 1 5"),
        ("4 7 5", Miss.ADDED, "4 7 1 5"),
        ("7 1 5", Miss.ADDED, "4 7 1 5"),
        ("4 7 1", Miss.ADDED, "4 7 1 5"),
        ("4 7 1 1 5", Miss.LOST, "4 7 1 5"),
        ("4 7 1 5 5", Miss.LOST, "4 7 1 5"),
    ],
)
def test_a_wrong_claim_names_what_was_said_and_how_it_differs(
    value: str, how: Miss, other: str
) -> None:
    best = misses_of(value, "four seven one five")[0]
    assert (best.how, " ".join(best.signs)) == (how, other)
    assert best.heard > 5


@pytest.mark.parametrize(
    "heard", ["four seven one five", "4 7 1 5", "for seven one 5", "four seven one five is that"]
)
def test_a_right_claim_leads_however_it_is_written(heard: str) -> None:
    after = "is that right" if "is" in heard else ""
    assert misses_of("4 7 1 5", heard, after=after)[0].heard < -5


def test_a_letter_that_sounds_alike_follows_closely() -> None:
    best = misses_of("B 7", "B seven", alike={"B": "D"})[0]
    assert (best.signs, round(best.heard, 1)) == (("D", "7"), -0.5)


def test_words_of_a_value_are_never_changed() -> None:
    said = SpokenValue("", (("A", "dot", "B"),), "", ENGLISH.sounds.written)
    misses = weigh(TableModel("A dot B"), DEAF, said).misses
    assert all("dot" in miss.signs for miss in misses)


def test_a_sign_between_words_may_have_been_left_out() -> None:
    said = SpokenValue("", (("A", "dot", "at", "mail"),), "", ENGLISH.sounds.written)
    best = weigh(TableModel("A dot W at mail"), DEAF, said).misses[0]
    assert (best.how, best.signs) == (Miss.ADDED, ("A", "dot", "W", "at", "mail"))


def test_the_way_in_which_it_was_said_is_found() -> None:
    ways = (("D", "4"), ("D", "dash", "4"))
    said = SpokenValue("", ways, "", ENGLISH.sounds.written)
    misses = weigh(TableModel("D dash four"), DEAF, said).misses
    assert misses[0].heard < -5
    assert all("dash" in miss.signs for miss in misses)


def miss(heard: float, expected: float = 0.0, signs: str = "A1") -> NearMiss:
    return NearMiss(Miss.CHANGED, tuple(signs), (), heard, expected)


@pytest.mark.parametrize(
    ("hearings", "sure"),
    [
        ([[miss(-4.0)]], 0.982),
        ([[miss(0.0)]], 0.5),
        ([[miss(4.0)]], 0.018),
        ([[miss(-9.0), miss(4.0)]], 0.018),
        ([[miss(2.0, expected=4.0)]], 0.5),
        ([[miss(-4.0)], [miss(4.0)]], 0.5),
        ([[miss(4.0)], [miss(1.0)]], 0.269),
        ([[miss(-4.0)], [miss(-1.0)]], 0.731),
    ],
)
def test_the_nearest_miss_decides_in_the_hearing_that_tells_least(
    hearings: list[list[NearMiss]], sure: float
) -> None:
    weighed = [Weighing(tuple(misses), -1.0) for misses in hearings]
    assert verdict(weighed, CALIBRATION, noisy=False).sure == pytest.approx(sure, abs=0.001)


def test_the_rival_is_named_by_its_signs_alone() -> None:
    rival = NearMiss(Miss.CHANGED, ("D", "dash", "4"), (), 1.0)
    weighed = [Weighing((miss(-3.0),), -1.0), Weighing((rival,), -1.0)]
    assert verdict(weighed, CALIBRATION, noisy=False).rival == "D4"


@pytest.mark.parametrize(("fits", "sure"), [((-1.0, -4.0), 0.993), ((-4.0, -4.0), 0.5)])
def test_of_a_value_that_was_hardly_heard_nothing_is_sure(
    fits: tuple[float, float], sure: float
) -> None:
    hearings = [Weighing((miss(-5.0),), fit) for fit in fits]
    assert verdict(hearings, CALIBRATION, noisy=False).sure == pytest.approx(sure, abs=0.001)


@pytest.mark.parametrize(
    ("heard", "noisy", "sure"),
    [(0.2, True, 0.5), (0.2, False, 0.858), (0.0, True, 0.881), (5.0, True, 0.047)],
)
def test_in_noise_a_value_that_does_not_lead_is_not_sure(
    heard: float, noisy: bool, sure: float
) -> None:
    eager = replace(CALIBRATION, offset=2.0)
    hearings = [Weighing((miss(heard),), -1.0)]
    assert verdict(hearings, eager, noisy=noisy).sure == pytest.approx(sure, abs=0.001)


def test_a_value_of_which_nothing_was_heard_fits_badly() -> None:
    said = SpokenValue("I have", (("4", "7"),), "", ENGLISH.sounds.written)
    fits = [weigh(TableModel(heard), DEAF, said).fit for heard in ("four seven", "thank you")]
    assert fits[0] > -1 > -6 > fits[1]
