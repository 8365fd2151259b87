"""Tests of paired differences: against tables worked by hand, other formulas, and simulation."""

from __future__ import annotations

import math
import tracemalloc
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from harness.results.compare.statistics import (
    Stratum,
    exchange_p,
    fewer_p,
    fewest_pairs,
    fisher_p,
    holm,
    holm_tarone,
    independent_means,
    independent_shares,
    larger_p,
    mcnemar_p,
    min_attainable_p,
    min_exchange_p,
    min_fisher_p,
    min_flip_p,
    paired_mean,
    paired_share,
    sign_flip_p,
    spread,
    tarone_divisor,
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


@pytest.mark.parametrize(
    ("given", "adjusted"),
    [
        # R: p.adjust(c(...), method = "holm")
        ((0.01, 0.02, 0.03, 0.04, 0.05), (0.05, 0.08, 0.09, 0.09, 0.09)),
        ((0.04, 0.01, 0.03), (0.06, 0.03, 0.06)),
        ((0.6, 0.7, 0.001), (1.0, 1.0, 0.003)),
        ((0.02, 0.02), (0.04, 0.04)),
        ((0.3,), (0.3,)),
        ((1.0, 0.0), (1.0, 0.0)),
    ],
)
def test_holm_keeps_the_order_of_the_tests_and_never_passes_one(given, adjusted):
    assert holm(given) == pytest.approx(adjusted)
    assert holm(given[::-1]) == pytest.approx(adjusted[::-1])


@pytest.mark.parametrize(
    ("given", "fewest", "after"),
    [
        ((0.01, 0.02), (0.001, 0.001), (0.02, 0.02)),
        ((0.03, 1.0, 1.0), (0.03, 0.5, 1.0), (0.03, 1.0, 1.0)),
        # all three could reach 5 %, none the half of it
        ((0.03, 0.03, 0.03), (0.03, 0.03, 0.03), (1.0, 1.0, 1.0)),
        # only the second reaches 2.5 %, and is then alone
        ((0.03, 0.02), (0.03, 0.01), (1.0, 0.02)),
        ((), (), ()),
    ],
)
def test_only_tests_that_can_be_significant_are_corrected_for(given, fewest, after):
    assert holm_tarone(given, fewest, 0.05) == pytest.approx(after)


@pytest.mark.parametrize("wins", [0, 1, 3, 6])
def test_the_min_p_of_pairs_is_that_of_one_sign(wins):
    differences = [1] * wins + [-1] * (6 - wins) + [0] * 4
    assert min_flip_p(differences) == pytest.approx(2 / 64)
    assert mcnemar_p(differences) >= min_flip_p(differences)
    assert mcnemar_p([1] * 6) == pytest.approx(2 / 64)
    assert min_flip_p([0.0]) == 1.0


def test_the_min_p_of_two_sets_is_reached_and_never_passed():
    a, b = [1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0, 1.0]
    both = [*a, *b]
    found = [fisher_p(both[:4], both[4:]) for both in {*permutations(both)}]
    assert min_fisher_p(a, b) == pytest.approx(min(found))
    far = [0.1, 0.2, 0.3, 0.4], [5.0, 5.1, 5.2, 5.3, 5.4]
    assert min_exchange_p(*far) == pytest.approx(1 / 126)
    assert exchange_p(*far) >= min_exchange_p(*far)
    assert min_exchange_p([1.0, 1.0], [1.0]) == 1.0


def test_few_differing_pairs_of_many_scorers_err_at_most_as_often_as_stated():
    draw = np.random.default_rng(7)
    found = plain = 0
    for _ in range(400):
        rates = (0.6, 0.6, 0.6, *([0.99] * 9))
        signs = [(draw.random(40) < r).astype(int) - (draw.random(40) < r) for r in rates]
        ps = [mcnemar_p(row.tolist()) for row in signs]
        plain += min(holm(ps)) < 0.05
        found += min(holm_tarone(ps, [min_flip_p(row) for row in signs], 0.05)) < 0.05
    assert plain < found <= 20  # of 400: 5 %


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


@pytest.mark.parametrize("pairs", [8, 15, 40])
def test_intervals_of_skewed_waits_hold_the_truth_about_as_often_as_they_say(pairs):
    """B is 40 % slower, and waits are log-normal: the difference of the means is known."""
    draw = np.random.default_rng(12)
    truth = 0.4 * math.exp(0.6**2 / 2)
    held = 0
    for _ in range(1500):
        a, b = draw.lognormal(0.0, 0.6, (2, pairs))
        interval = paired_mean((1.4 * b - a).tolist())
        held += interval.low <= truth <= interval.high
    assert 0.93 <= held / 1500 <= 0.975


def test_an_interval_of_seconds_is_students():
    interval = paired_mean([0.1, 0.2, 0.3, 0.2, 0.1, 0.3])
    # mean 0.2, standard deviation 0.0894, t(5) 2.5706
    assert interval.mean == pytest.approx(0.2)
    assert interval.low == pytest.approx(0.2 - 2.570582 * 0.0894427 / math.sqrt(6), abs=1e-6)
    assert interval.high == pytest.approx(0.2 + 2.570582 * 0.0894427 / math.sqrt(6), abs=1e-6)


def test_an_interval_is_withheld_from_few_pairs_and_has_no_width_where_all_agree():
    few = paired_mean([0.1, 0.2, 0.3, 0.2, 0.1])
    assert (few.mean, few.low, few.high) == (pytest.approx(0.18), None, None)
    same = paired_mean([0.25] * 8)
    assert (same.low, same.high) == (0.25, 0.25)


def test_ten_thousand_pairs_take_little_memory():
    differences = np.random.default_rng(2).normal(0.01, 1.0, 10_000).tolist()
    tracemalloc.start()
    paired_mean(differences)
    sign_flip_p(differences)
    larger_p([([0.0], value) for value in differences])
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 20e6


@pytest.mark.parametrize("interval_of", [paired_share, paired_mean])
def test_no_pairs_have_no_interval(interval_of):
    with pytest.raises(ValueError, match="no pairs"):
        interval_of([])


# --- matched sets: a baseline of several runs -----------------------------------------------------


@given(SIGNS)
def test_sets_of_two_are_half_of_the_two_sided_test(signs):
    lost, gained = signs.count(-1), signs.count(1)
    sets = [([float(s == 1 or s == 0)], float(s == -1 or s == 0)) for s in signs]
    at_most = sum(math.comb(lost + gained, n) for n in range(gained + 1)) / 2 ** (lost + gained)
    assert larger_p(sets) == pytest.approx(at_most)


VERDICTS = st.lists(st.booleans(), min_size=1, max_size=3)


@given(st.lists(st.tuples(VERDICTS, VERDICTS), min_size=1, max_size=3))
def test_fewer_passes_are_as_likely_as_trying_all_sides_says(scenarios):
    strata = [Stratum(len(a), sum(a), len(b), sum(b)) for a, b in scenarios]
    seen = sum(sum(b) for _, b in scenarios)
    places = list(product(*(combinations([*a, *b], len(b)) for a, b in scenarios)))
    passes = [sum(map(sum, one)) for one in places]
    assert fewer_p(strata) == pytest.approx(sum(n <= seen for n in passes) / len(places))
    assert min_attainable_p(strata) == pytest.approx(passes.count(min(passes)) / len(places))


def test_three_of_three_lost_are_one_in_twenty_and_hundreds_of_calls_are_counted_exactly():
    assert fewer_p([Stratum(3, 3, 3, 0)]) == pytest.approx(1 / 20)
    assert fewer_p([Stratum(3, 3, 3, 3)] * 9) == min_attainable_p([Stratum(3, 3, 3, 3)] * 9) == 1.0
    many = Stratum(600, 580, 600, 540)
    assert fewer_p([many]) == pytest.approx(hypergeom.cdf(540, 1200, 1120, 600))


@pytest.mark.parametrize(
    ("fewest", "divided"),
    [
        ([], 1),
        ([1.0] * 9, 1),  # none can be significant
        ([0.001], 1),
        ([0.001, 0.5, 0.5], 1),
        ([0.001, 0.001], 2),
        ([0.001, 0.008, 0.015], 2),  # the third could reach 2 %, and cannot reach 1 %
        ([0.015, 0.015], 2),  # none of both reaches 1 %
        ([0.0001] * 11, 11),
    ],
)
def test_tests_that_cannot_be_significant_do_not_count(fewest, divided):
    assert tarone_divisor(fewest, 0.02) == divided


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.integers(0, 9)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_longer_waits_are_as_likely_as_trying_all_places_says(sets):
    def slower(a, b):
        return b - sum(a) / len(a)

    swapped = [
        [slower([*a[:n], b, *a[n + 1 :]], a[n]) for n in range(len(a))] + [slower(a, b)]
        for a, b in sets
    ]
    seen = sum(slower(a, b) for a, b in sets)
    sums = [sum(one) for one in product(*swapped)]
    assert larger_p(sets) == pytest.approx(sum(x >= seen - 1e-9 for x in sums) / len(sums))


def test_many_sets_give_the_same_probability_for_the_same_seed():
    draw = np.random.default_rng(4)
    sets = [(draw.lognormal(size=2).tolist(), float(draw.lognormal())) for _ in range(40)]
    first, again, other = (larger_p(sets, seed=s) for s in (0, 0, 1))
    assert first == again
    assert other == pytest.approx(first, abs=0.02)
    assert larger_p([([1.0, 1.0], 1.0)] * 9) == 1.0


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tests", "pairs"), [(1, 6), (2, 7), (7, 9), (14, 10)])
def test_fewest_pairs_are_those_with_which_a_sweep_is_significant(tests, pairs):
    assert fewest_pairs(tests=tests) == pairs
    assert mcnemar_p([-1] * pairs) * tests <= 0.05 + 1e-12
    assert mcnemar_p([-1] * (pairs - 1)) * tests > 0.05


def test_spreads():
    assert spread([1.0]) == 0.0
    assert spread([1.0, 3.0]) == pytest.approx(math.sqrt(2))


# --- two sets without pairs -----------------------------------------------------------------------


def verdicts(passed: int, number: int) -> list[float]:
    return [1.0] * passed + [0.0] * (number - passed)


@pytest.mark.parametrize(
    ("b", "a", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_two_independent_shares_is_newcombes(b, a, low, high):
    """Examples of Newcombe 1998, table II, method 10."""
    found = independent_shares(verdicts(*a), verdicts(*b))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.mean == pytest.approx(b[0] / b[1] - a[0] / a[1])
    assert independent_shares(verdicts(*a), verdicts(*b), level=0.99).high >= high


def test_fishers_probability_is_exact():
    # 4 of 4 and 0 of 4: two of the 70 ways to choose four of eight
    assert fisher_p(verdicts(4, 4), verdicts(0, 4)) == pytest.approx(2 / 70)
    assert fisher_p(verdicts(3, 9), verdicts(3, 9)) == 1.0


def test_the_interval_of_two_independent_means_is_welchs():
    a, b = [1.0, 2.0, 3.0, 4.0], [4.0, 6.0, 8.0]
    found = independent_means(a, b)
    # standard errors squared 5/12 and 4/3: 3.2 degrees of freedom, at which t is 3.07
    assert found.mean == 3.5
    assert found.high - found.mean == pytest.approx(3.07 * math.sqrt(1.75), abs=0.02)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


@pytest.mark.parametrize(("a", "b"), [([1.0], [2.0, 3.0]), ([1.0, 1.0], [2.0, 2.0])])
def test_means_without_a_spread_have_no_interval(a, b):
    found = independent_means(a, b)
    assert (found.mean, found.low, found.high) == (pytest.approx(sum(b) / len(b) - 1), None, None)


def test_exchanged_calls_are_counted_exactly_where_there_are_few():
    # the two most extreme of the 20 ways to choose three of six
    assert exchange_p([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]) == pytest.approx(2 / 20)
    assert exchange_p([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]) == pytest.approx(2 / 20)
    assert exchange_p([1.0, 1.0], [1.0, 1.0]) == 1.0
    assert exchange_p([1.0], [2.0, 3.0]) == 1.0


def test_many_calls_are_exchanged_by_draws_that_a_seed_repeats():
    draw = np.random.default_rng(5)
    a, b = draw.normal(1.0, 0.3, 40), draw.normal(1.1, 0.3, 40)
    p = exchange_p(a, b)
    assert p == exchange_p(a, b) != exchange_p(a, b, seed=1)
    assert p == pytest.approx(exchange_p(a, b, alpha=0.0001), abs=0.02)
    assert 1 / 80_000 < exchange_p(a, b + 5, alpha=0.0001) < 0.0001


def test_an_agent_beside_itself_is_found_different_as_often_as_stated():
    draw = np.random.default_rng(6)
    found = sum(
        exchange_p(draw.lognormal(0, 0.6, 9), draw.lognormal(0, 0.6, 6)) < 0.05 for _ in range(200)
    )
    assert found <= 20


def test_sides_of_unequal_spread_and_size_with_one_mean_are_rarely_found_different():
    """Means that are not studentized would be, in a quarter of the draws."""
    draw = np.random.default_rng(7)
    found = sum(
        exchange_p(draw.normal(1, 0.2, 24), draw.normal(1, 0.8, 8), alpha=0.05) < 0.05
        for _ in range(100)
    )
    assert found <= 14
