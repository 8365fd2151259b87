"""Tests of paired differences: against tables worked by hand, other formulas, and simulation."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.statistics import (
    Design,
    detectable_share,
    fewest_pairs,
    holm,
    mcnemar_p,
    minimum_detectable,
    paired_mean,
    paired_share,
    pairs_needed,
    share_spread,
    sign_flip_p,
    spread,
)

SIGNS = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=11)


# --- probabilities --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (6, 1, 0.125), (3, 3, 1.0),
     (10, 2, 0.03857421875)],
)  # fmt: skip
def test_mcnemar_is_the_two_sided_sign_test_of_the_pairs_that_differ(lost, gained, p):
    assert mcnemar_p([-1] * lost + [1] * gained + [0] * 7) == pytest.approx(p)


@given(SIGNS)
def test_sign_flips_of_passes_and_fails_are_mcnemars_test(signs):
    assert sign_flip_p(signs) == pytest.approx(mcnemar_p(signs))


def test_sign_flips_try_every_flip_of_few_pairs():
    sums = [a + b + c + d for a in (1, -1) for b in (2, -2) for c in (3, -3) for d in (4, -4)]
    expected = sum(abs(s) >= 8 for s in sums) / 16
    assert sign_flip_p([-1.0, 2.0, 3.0, 4.0]) == pytest.approx(expected)


def test_many_pairs_give_the_same_probability_for_the_same_seed_and_hardly_another_for_others():
    differences = np.random.default_rng(3).normal(0.2, 1.0, 60).tolist()
    first, again, other = (sign_flip_p(differences, seed=s) for s in (0, 0, 1))
    assert first == again
    assert first != other
    assert other == pytest.approx(first, abs=0.02)


@pytest.mark.parametrize("differences", [[], [0.0] * 20, [0.4]])
def test_nothing_that_differs_twice_is_no_evidence(differences):
    assert sign_flip_p(differences) == 1.0


@pytest.mark.parametrize("alpha", [0.05, 1e-4, 1e-5])
def test_what_is_beyond_all_chance_falls_below_any_error_rate_asked_for(alpha):
    # 20 of 20 slower: exactly 2 / 2^20, of which no draw of flips is likely to hold one
    assert sign_flip_p([0.1 + n / 1000 for n in range(20)], alpha=alpha) < alpha


def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    assert holm([0.01, 0.5, 0.02]) == pytest.approx((0.03, 0.5, 0.04))
    assert holm([]) == ()


@pytest.fixture
def little_garbage() -> Iterator[None]:
    """statsmodels collects garbage at each correction; what was there before need not be seen."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("little_garbage")
def test_tests_of_an_agent_against_itself_err_at_most_as_often_as_stated():
    draw = np.random.default_rng(7)
    found = 0
    for _ in range(400):
        a, b = (draw.random((3, 40)) < 0.7 for _ in range(2))
        signs = b.astype(int) - a.astype(int)
        found += min(holm([mcnemar_p(row.tolist()) for row in signs])) < 0.05
    assert found / 400 <= 0.05


# --- intervals ------------------------------------------------------------------------------------


def test_an_interval_of_shares_is_agresti_and_mins():
    interval = paired_share([-1] * 8 + [1] * 2 + [0] * 30)
    # n' 42, b' 8.5, c' 2.5: mean -6/42, variance (11/42 - (6/42)^2) / 42, worked by hand
    reach = 1.959964 * math.sqrt((11 / 42 - (6 / 42) ** 2) / 42)
    assert interval.mean == pytest.approx(-0.15)
    assert interval.low == pytest.approx(-6 / 42 - reach, abs=1e-6)
    assert interval.high == pytest.approx(-6 / 42 + reach, abs=1e-6)
    assert not interval.excludes_zero


@given(SIGNS)
def test_an_interval_of_shares_holds_its_mean_and_is_never_a_point(signs):
    interval = paired_share(signs)
    assert interval.low is not None
    assert interval.high is not None
    assert -1 <= interval.low <= interval.mean <= interval.high <= 1
    assert interval.high > interval.low


def test_intervals_of_shares_hold_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(11)
    held = 0
    for _ in range(1000):
        signs = draw.choice([-1, 0, 1], p=[0.3, 0.6, 0.1], size=40)
        interval = paired_share(signs.tolist())
        held += interval.low <= -0.2 <= interval.high
    assert 0.93 <= held / 1000 <= 0.98


def test_intervals_of_seconds_hold_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(12)
    held = 0
    for _ in range(200):
        interval = paired_mean(draw.gamma(2.0, 0.1, 40).tolist())
        held += interval.low <= 0.2 <= interval.high
    assert 0.89 <= held / 200 <= 0.99


def test_an_interval_of_seconds_is_the_same_for_the_same_seed():
    differences = np.random.default_rng(1).normal(size=30).tolist()
    assert paired_mean(differences, seed=4) == paired_mean(differences, seed=4)
    assert paired_mean(differences, seed=4) != paired_mean(differences, seed=5)


def test_a_bootstrap_is_withheld_from_few_pairs_and_has_no_width_where_all_agree():
    few = paired_mean([0.1, 0.2, 0.3, 0.2, 0.1])
    assert (few.mean, few.low, few.high) == (pytest.approx(0.18), None, None)
    assert not few.excludes_zero
    same = paired_mean([0.25] * 8)
    assert (same.low, same.high) == (0.25, 0.25)
    assert same.excludes_zero


def test_an_interval_of_seconds_falls_back_to_percentiles_where_bca_has_no_answer():
    interval = paired_mean([0.0] * 9 + [1e-300])
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= interval.mean <= interval.high


@pytest.mark.parametrize("interval_of", [paired_share, paired_mean])
def test_no_pairs_have_no_interval(interval_of):
    with pytest.raises(ValueError, match="no pairs"):
        interval_of([])


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tests", "pairs"), [(1, 6), (2, 7), (7, 9), (14, 10)])
def test_fewest_pairs_are_those_with_which_a_sweep_is_significant(tests, pairs):
    assert fewest_pairs(tests=tests) == pairs
    assert mcnemar_p([-1] * pairs) * tests <= 0.05 + 1e-12
    assert mcnemar_p([-1] * (pairs - 1)) * tests > 0.05


def test_a_detectable_difference_is_detected_with_the_power_it_claims():
    effect = minimum_detectable(1.0, 50, Design())
    assert effect is not None
    draw = np.random.default_rng(5)
    found = sum(sign_flip_p(draw.normal(effect, 1.0, 50).tolist()) < 0.05 for _ in range(150))
    assert 0.70 <= found / 150 <= 0.90


@pytest.mark.parametrize("pairs", [20, 40, 120])
def test_a_detectable_share_is_detected_even_where_all_pairs_agreed_so_far(pairs):
    design = Design(tests=6)
    effect = detectable_share([0] * pairs, design)
    assert effect is not None
    draw = np.random.default_rng(6)
    lost = draw.random((500, pairs)) < effect
    found = sum(mcnemar_p((-row.astype(int)).tolist()) * 6 < 0.05 for row in lost)
    # the exact test of few pairs moves in steps, so the power comes near 0.8 only
    assert 0.65 <= found / 500 <= 0.95
    needed = pairs_needed(effect, share_spread([0] * pairs, effect), design)
    assert needed == pytest.approx(pairs, abs=1)


def test_needed_pairs_and_detectable_differences_are_each_others_reverse():
    design = Design(tests=6)
    effect = minimum_detectable(0.4, 100, design)
    assert effect is not None
    assert pairs_needed(effect, 0.4, design) == pytest.approx(100, abs=1)
    assert pairs_needed(effect / 2, 0.4, design) == pytest.approx(393, abs=8)


def test_sizes_are_withheld_where_there_is_nothing_to_go_by():
    assert minimum_detectable(0.0, 40, Design()) is None
    assert minimum_detectable(0.3, 5, Design()) is None
    assert minimum_detectable(0.3, 8, Design(tests=7)) is None
    assert pairs_needed(0.05, 0.0, Design(tests=7)) == 9
    assert pairs_needed(5.0, 0.1, Design()) == 6


@pytest.mark.parametrize("design", [Design(), Design(0.999, tests=20), Design(0.5)])
def test_larger_effects_need_fewer_pairs_and_any_effect_has_an_answer(design):
    effects = [*np.geomspace(0.01, 5, 30), *np.arange(5, 8.1, 0.05), 50.0, 1e6, 1e15]
    sizes = [pairs_needed(float(effect), 1.0, design) for effect in effects]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1_000
    assert sizes[-1] == fewest_pairs(design.level, tests=design.tests)


@pytest.mark.parametrize("design", [Design(), Design(0.999, tests=20), Design(0.99975, tests=60)])
def test_more_pairs_detect_smaller_differences_which_need_as_many_pairs(design):
    counts = [*range(fewest_pairs(design.level, tests=design.tests), 60), 100, 1_000, 100_000]
    effects = [minimum_detectable(1.0, pairs, design) for pairs in counts]
    assert effects == sorted(effects, reverse=True)
    # a hair more, so that a rounding does not ask for one pair more
    assert [pairs_needed(effect * (1 + 1e-9), 1.0, design) for effect in effects] == counts


def test_spreads():
    assert spread([1.0]) == 0.0
    assert spread([1.0, 3.0]) == pytest.approx(math.sqrt(2))
    assert share_spread([0] * 38) == pytest.approx(math.sqrt(1 / 40))
