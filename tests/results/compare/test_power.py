"""Stated power against truth: of known agents, worked out or drawn, never by its own rule."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom, nct, t

from harness.results.compare.power import (
    Design,
    Shares,
    Spreads,
    detectable,
    detectable_means,
    detectable_shares,
    pairs_needed,
)
from harness.results.compare.statistics import fewest_pairs, fisher_p, mcnemar_p, sign_flip_p

CASES = [(rate, pairs) for rate in (0.5, 0.8, 0.9, 0.95, 0.99) for pairs in (10, 20, 40, 80, 120)]


def found(rate: float, loss: float, pairs: int, alpha: float, *, coupled: bool = False) -> float:
    """How often McNemar's two-sided exact test finds B worse: independent calls of known rates."""
    lost, gained = rate * (1 - rate + loss), (1 - rate) * (rate - loss)
    if coupled:  # the seed decides: B fails wherever A does
        lost, gained = loss, 0.0
    total = 0.0
    for differ in range(pairs + 1):
        weight = binom.pmf(differ, pairs, lost + gained)
        if weight < 1e-9:
            continue
        worse = np.arange(differ + 1)
        significant = 2 * binom.sf(worse - 1, differ, 0.5) < alpha
        total += weight * binom.pmf(worse, differ, lost / (lost + gained))[significant].sum()
    return total


def pilots(rate: float, pairs: int):
    """Every number of differing pairs that a comparison of A with itself shows, and how often."""
    differing = 2 * rate * (1 - rate)
    for number in range(pairs + 1):
        weight = binom.pmf(number, pairs, differing)
        if weight > 0.01:
            yield weight, Shares(rate, (number + 1 / 3) / (pairs + 2 / 3))


@pytest.mark.parametrize(("rate", "pairs"), CASES)
def test_the_difference_that_is_told_is_found_in_four_of_five_comparisons(rate, pairs):
    design = Design(tests=2)
    told = [(weight, detectable(pilot, pairs, design)) for weight, pilot in pilots(rate, pairs)]
    if all(loss is None for _, loss in told):
        assert rate == 0.5
        assert pairs == 10
        return
    power = sum(w * found(rate, min(d, rate), pairs, design.alpha) for w, d in told if d)
    power /= sum(weight for weight, loss in told if loss)
    assert 0.77 <= power <= 0.85


@pytest.mark.parametrize("rate", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("pairs", [10, 40])
def test_the_pairs_that_are_asked_for_find_five_points_in_four_of_five(rate, pairs):
    design = Design()
    asked = [(w, pairs_needed(pilot, 0.05, design)) for w, pilot in pilots(rate, pairs)]
    power = sum(w * found(rate, 0.05, n, design.alpha) for w, n in asked)
    assert 0.75 <= power / sum(w for w, _ in asked) <= 0.9


def test_where_seeds_decide_all_pairs_that_differ_are_lost():
    pilot = Shares(0.9, 1e-6)
    loss = detectable(pilot, 40, Design())
    assert found(0.9, loss, 40, 0.05, coupled=True) == pytest.approx(0.8, abs=0.001)


def test_the_power_of_shares_is_that_of_the_exact_test():
    pilot = Shares(0.9, 2 * 0.9 * 0.1)
    for pairs, loss in ((12, 0.6), (40, 0.25), (300, 0.08)):
        design = Design(tests=3)
        assert pilot.power(loss, pairs, design) == pytest.approx(
            found(0.9, loss, pairs, design.alpha), abs=1e-6
        )


def test_a_finding_must_exceed_the_smallest_effect_as_it_is_seen():
    pilot, design = Shares(0.9, 0.18), Design(least=0.05)
    draw = np.random.default_rng(5)
    loss, pairs = detectable(pilot, 400, design), 400
    a, b = draw.random((1000, pairs)) < 0.9, draw.random((1000, pairs)) < 0.9 - loss
    lost, gained = (a & ~b).sum(1), (b & ~a).sum(1)
    signs = [(-1,) * x + (1,) * y for x, y in zip(lost, gained, strict=True)]
    seen = (lost - gained) / pairs > 0.05
    hits = [big and mcnemar_p(one) < 0.05 for one, big in zip(signs, seen, strict=True)]
    assert 0.77 <= np.mean(hits) <= 0.83
    # no number of pairs shows 5 points beyond 5 points in four of five
    assert pairs_needed(pilot, 0.05, design) > 1_000_000


@pytest.mark.parametrize("pairs", [10, 40])
def test_the_wait_that_is_told_is_found_in_four_of_five_comparisons(pairs):
    """Waits are log-normal; reported and found waits are from separate comparisons."""
    draw, hits = np.random.default_rng(6), 0
    for _ in range(150):
        first = np.diff(draw.lognormal(0, 0.5, (2, pairs)), axis=0)[0]
        told = detectable(Spreads.seen(first.tolist()), pairs, Design(least=0.1))
        second = np.diff(draw.lognormal(0, 0.5, (2, pairs)), axis=0)[0] + told
        hits += sign_flip_p(second.tolist()) < 0.05 and second.mean() >= 0.1
    assert 0.75 <= hits / 150 <= 0.9


@pytest.mark.parametrize("pairs", [8, 30, 200])
def test_the_power_of_waits_is_that_of_students_test_where_the_deviation_is_known(pairs):
    known = Spreads(1.0, 1_000_000)
    for shift in (1.0, 3.0, 5.0):
        exact = nct.sf(t.isf(0.025, pairs - 1), pairs - 1, shift)
        power = known.power(shift / math.sqrt(pairs), pairs, Design())
        assert power == pytest.approx(exact, abs=0.02)


def test_needed_pairs_and_detectable_waits_are_each_others_reverse():
    pilot, design = Spreads(0.4, 100), Design(tests=6)
    effect = detectable(pilot, 100, design)
    assert pairs_needed(pilot, effect * (1 + 1e-6), design) == pytest.approx(100, abs=1)
    assert pairs_needed(pilot, effect / 2, design) == pytest.approx(390, abs=15)


def test_sizes_are_withheld_where_there_is_nothing_to_go_by():
    assert detectable(Spreads(0.0, 40), 40, Design()) is None
    assert detectable(Spreads(0.3, 40), 5, Design()) is None
    assert detectable(Spreads(0.3, 40), 8, Design(tests=7)) is None
    assert detectable(Shares(0.5, 0.5), 10, Design(tests=2)) is None  # not even losing all
    assert pairs_needed(Spreads(0.0, 40), 0.05, Design(tests=7)) == 9
    assert pairs_needed(Spreads(0.1, 40), 5.0, Design()) == 6
    assert pairs_needed(Shares(0.9, 0.2), 0.0, Design(tests=7)) == 9


@pytest.mark.parametrize("design", [Design(), Design(0.999, tests=20), Design(0.5)])
@pytest.mark.parametrize("pilot", [Spreads(1.0, 60), Shares(0.9, 0.2)])
def test_larger_effects_need_fewer_pairs_and_any_effect_has_an_answer(pilot, design):
    effects = [*np.geomspace(0.02, 5, 12), 50.0, 1e6, 1e15]
    sizes = [pairs_needed(pilot, float(effect), design) for effect in effects]
    assert all(a >= b - 8 for a, b in pairwise(sizes))  # exact tests have steps
    assert sizes[0] > 200
    assert sizes[-1] >= fewest_pairs(design.level, tests=design.tests)


@pytest.mark.parametrize("pilot", [Spreads(1.0, 60), Shares(0.9, 0.2)])
def test_more_pairs_detect_smaller_differences(pilot):
    effects = [detectable(pilot, pairs, Design(tests=4)) for pairs in (12, 20, 40, 120, 1_000)]
    assert effects == sorted(effects, reverse=True)


@pytest.mark.parametrize(
    ("rate", "calls"), [(0.9, (40, 36)), (0.7, (40, 36)), (0.95, (100, 100)), (0.8, (120, 40))]
)
def test_of_independent_calls_a_loss_of_the_stated_size_is_found_four_times_in_five(rate, calls):
    design = Design(tests=5)
    loss = detectable_shares(rate, calls, design)
    assert loss is not None
    first, second = (np.arange(number + 1) for number in calls)
    before, after = binom.pmf(first, calls[0], rate), binom.pmf(second, calls[1], rate - loss)
    power = sum(
        before[x] * after[y]
        for x in first[before > 1e-4]
        for y in second[after > 1e-4]
        if x / calls[0] > y / calls[1] and fisher_p(*sets(x, y, calls)) < design.alpha
    )
    assert 0.75 <= power <= 0.92


def sets(x: int, y: int, calls: tuple[int, int]):
    return ([1.0] * n + [0.0] * (of - n) for n, of in zip((x, y), calls, strict=True))


def test_of_independent_calls_few_find_nothing_and_the_way_up_is_as_long_as_down():
    assert detectable_shares(0.9, (3, 3), Design()) is None
    assert detectable_shares(0.1, (40, 40), Design()) == detectable_shares(0.9, (40, 40), Design())


def test_independent_means_take_their_standard_error_and_what_must_be_exceeded():
    assert detectable_means(0.1, Design()) == pytest.approx(0.1 * (1.96 + 0.842), abs=1e-3)
    assert detectable_means(0.1, Design(least=0.1)) == pytest.approx(0.1 + 0.2802, abs=1e-3)
    assert detectable_means(0.0, Design()) is None
