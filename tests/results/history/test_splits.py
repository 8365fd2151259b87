"""How often chance is as clear: bounds above the truth, dice that stop, and bounded work."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from harness.results.history.steps import MOST_DRAWS, NIGHTS, chance, clearness


def true_share(surplus: list[float]) -> float:
    """Return the share of all orders that are as clear, by counting all of them."""
    clearest = clearness(np.array(surplus)).max()
    orders = clearness(np.array(list(permutations(surplus))))
    return float((orders.max(axis=-1) >= clearest - 1e-9).mean())


SMALL = [
    [1, 1, 1, 1, -1, -1, -1, -1],
    [1, 1, 1, -1, -1, -1, -1],
    [0.5, 1, 0.25, -1, -0.5, -0.75, 0.1],
    [1, -1, 1, -1, 1, -1, 1, -1],
]


@pytest.mark.parametrize("surplus", SMALL)
def test_dice_come_near_the_true_share(surplus):
    found = chance(np.array(surplus, dtype=float), 0.02)
    assert found.draws > 0
    assert found.p_value == pytest.approx(true_share(surplus), abs=0.05)


def stepped(nights: int, after: int, *, noise: float = 0.0) -> np.ndarray:
    draws = np.random.default_rng(7)
    return np.r_[np.ones(nights - after), np.zeros(after)] + noise * draws.normal(size=nights)


def test_a_bound_is_never_below_the_true_share():
    """Of 24 nights, 8 are bad and all at the same end: 2 of all the ways to place them."""
    found = chance(stepped(24, 8), 0.05)
    exact = 2 / 735_471
    assert (found.draws, exact <= found.p_value <= 400 * exact) == (0, True)


@pytest.mark.parametrize("surplus", SMALL)
def test_the_bound_of_a_few_nights_is_above_their_true_share(surplus):
    assert chance(np.array(surplus, dtype=float), 1.0).p_value >= true_share(surplus)


def test_the_clearest_place_is_the_step_and_never_near_an_end():
    clear = clearness(stepped(20, 6))
    assert int(clear.argmax()) == 14
    allowed = np.flatnonzero(np.isfinite(clear))
    assert (allowed[0], allowed[-1]) == (NIGHTS, 20 - NIGHTS)


WORK = [
    # (name, series, level, most draws)
    ("a clear step", stepped(90, 30), 0.05, 0),
    ("a clear step among ten thousand series", stepped(90, 30, noise=0.2), 5e-6, 0),
    ("nothing", stepped(90, 0, noise=1), 0.05, 2_200),
    ("nothing among ten thousand series", stepped(90, 0, noise=1), 5e-6, 200),
    ("all alike", np.ones(90), 0.05, 0),
    ("too few nights", np.array([1.0, 1, 1, 0, 0]), 0.05, 0),
    ("a doubtful step among 800 series", stepped(90, 30, noise=0.7), 6e-5, MOST_DRAWS),
]


@pytest.mark.parametrize(("what", "surplus", "level", "most"), WORK, ids=[w[0] for w in WORK])
def test_the_work_for_a_series_is_bounded_however_many_there_are(what, surplus, level, most):
    """A share of 5 % for each of many series must not cost more the more there are."""
    assert chance(surplus, level).draws <= most


def test_the_same_nights_have_the_same_chance():
    doubtful = stepped(40, 12, noise=0.9)
    assert chance(doubtful, 0.001) == chance(doubtful, 0.001)
