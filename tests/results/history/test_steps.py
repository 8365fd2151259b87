"""Steps in counts: found at their place, with a stated rate of false alarms if there are none."""

from __future__ import annotations

import numpy as np
import pytest

from harness.results.history.steps import LEVEL, NIGHTS, find_steps, rate_by_night, rate_of


def nights(*stretches: tuple[int, int, int]) -> tuple[list[int], list[int]]:
    """Return counts of stretches (nights, passed a night, judged a night)."""
    passed = [good for count, good, _ in stretches for _ in range(count)]
    judged = [each for count, _, each in stretches for _ in range(count)]
    return passed, judged


FOUND = [
    # (stretches, first nights after each step counted from 0)
    ([(60, 3, 3), (30, 0, 3)], [60]),
    ([(60, 1, 1), (30, 0, 1)], [60]),
    ([(12, 0, 3), (20, 3, 3)], [12]),
    ([(60, 3, 3), (10, 0, 3), (20, 3, 3)], [60, 70]),
    ([(20, 3, 3), (3, 0, 3)], [20]),
    ([(30, 3, 3), (30, 0, 0), (30, 0, 3)], [60]),  # nights without judged calls are no evidence
]


@pytest.mark.parametrize(("stretches", "at"), FOUND)
def test_a_step_is_found_on_its_night(stretches, at):
    assert [step.index for step in find_steps(*nights(*stretches))] == at


NOT_FOUND = [
    [],
    [(5, 3, 3)],
    [(90, 3, 3)],
    [(90, 0, 3)],
    [(90, 2, 3)],
    [(2, 3, 3), (3, 0, 3)],  # too few for a verdict
    [(90, 3, 3), (2, 0, 3)],  # fewer than three nights after it
    [(2, 0, 3), (90, 3, 3)],  # fewer than three nights before it
    [(45, 3, 3), (1, 0, 3), (45, 3, 3)],  # one bad night
    [(200, 5, 5), (1, 0, 5)],  # one bad night, the last
    [(200, 5, 5), (1, 0, 5), (2, 5, 5)],
    [(1, 0, 50), (89, 3, 3)],  # many repeats in a night are still one night
    [(1, 2, 3), (1, 3, 3)] * 45,
]


@pytest.mark.parametrize("stretches", NOT_FOUND)
def test_no_step_is_made_of_what_is_none(stretches):
    assert find_steps(*nights(*stretches)) == ()


def test_a_step_tells_both_rates_its_chance_and_its_plausible_nights():
    (step,) = find_steps(*nights((60, 3, 3), (30, 1, 3)))
    assert (step.before.passed, step.before.counted) == (180, 180)
    assert (step.after.passed, step.after.counted) == (30, 90)
    assert step.down
    assert step.p_value <= 0.001
    assert step.low <= step.index <= step.high
    assert step.high - step.low <= 2


def test_a_vague_step_has_more_plausible_nights_than_a_clear_one():
    draws = np.random.default_rng(5)
    judged = np.full(90, 3)
    vague = np.concatenate([draws.binomial(3, 0.9, 60), draws.binomial(3, 0.55, 30)])
    (step,) = find_steps(list(vague), list(judged))
    assert step.high - step.low >= 2
    assert step.low - 1 <= 60 <= step.high + 1


def test_the_rates_of_a_step_reach_to_the_neighbouring_steps():
    broken, mended = find_steps(*nights((60, 3, 3), (10, 0, 3), (20, 3, 3)))
    assert (broken.after.counted, mended.before.counted) == (30, 30)
    assert (broken.down, mended.down) == (True, False)


def test_a_smaller_level_asks_for_more():
    counts = nights((9, 3, 3), (4, 0, 3))
    assert find_steps(*counts, level=0.05)
    assert not find_steps(*counts, level=0.0001)


@pytest.mark.parametrize(
    ("passed", "judged"), [([4], [3]), ([-1], [3])], ids=["too many", "negative"]
)
def test_impossible_counts_are_refused(passed, judged):
    with pytest.raises(ValueError, match="between 0 and all"):
        find_steps(passed, judged)


@pytest.mark.parametrize("kind", ["one rate", "nights differ"])
def test_without_a_change_false_alarms_stay_below_the_stated_rate(kind):
    """200 histories of 90 nights; 99.9 % of the time at most 20 of them exceed 5 %."""
    draws = np.random.default_rng(11)
    judged = [3] * 90
    alarms = 0
    for _ in range(200):
        # A service with better and worse nights: repeats of a night are not independent.
        rates = np.full(90, 0.9) if kind == "one rate" else draws.beta(9, 1, 90)
        alarms += bool(find_steps(list(draws.binomial(3, rates)), judged))
    assert alarms <= 20
    assert LEVEL == 0.05


def test_the_place_of_a_planted_step_is_found_in_most_histories():
    """From 0.95 to 0.5 on the 61st of 90 nights with three repeats."""
    draws = np.random.default_rng(12)
    rates = np.r_[np.full(60, 0.95), np.full(30, 0.5)]
    near = 0
    for _ in range(50):
        steps = find_steps(list(draws.binomial(3, rates)), [3] * 90)
        near += any(step.low <= 60 <= step.high for step in steps)
    assert near >= 44


def test_three_nights_on_either_side_are_needed():
    assert NIGHTS == 3
    assert find_steps(*nights((20, 5, 5), (2, 0, 5))) == ()


ALIKE = [
    # (passed by night, of three; how many independent calls the interval is of)
    ([3] * 7, 7),  # it is unknown how alike repeats are: each night is one call
    ([0] * 30, 30),
    ([3] * 15 + [0] * 15, 30 * 29 / 30),  # a night's repeats always agree
    ([2] * 30, 90),  # nights differ less than chance: never more than the calls there are
    ([3, 2, 1], 3),  # too few nights for a verdict
]


@pytest.mark.parametrize(("passed", "calls"), ALIKE)
def test_the_interval_is_of_as_many_calls_as_the_nights_are_worth(passed, calls):
    found = rate_by_night(passed, [3] * len(passed))
    assert (found.passed, found.counted) == (sum(passed), 3 * len(passed))
    share = sum(passed) / (3 * len(passed))
    plain = rate_of(round(share * 10_000), 10_000)
    # Wilson's width of n calls, from that of many
    reach = 1.96 * np.sqrt(share * (1 - share) / calls + 1.96**2 / (4 * calls**2))
    assert (found.high - found.low) / 2 == pytest.approx(reach / (1 + 1.96**2 / calls), abs=0.01)
    assert found.rate == pytest.approx(plain.rate, abs=1e-4)


def test_nights_that_judged_nothing_do_not_count():
    assert rate_by_night([3, 0, 2, 0], [3, 0, 3, 0]) == rate_by_night([3, 2], [3, 3])
    assert rate_by_night([0], [0]).rate is None


def test_the_interval_holds_the_truth_though_the_nights_differ():
    """1,000 series of 12 nights: Wilson's own would hold the true rate in three of four."""
    draws = np.random.default_rng(1)
    held = naive = 0
    for _ in range(1000):
        passed = draws.binomial(3, draws.beta(0.35, 0.15, 12))
        found, simple = rate_by_night(passed.tolist(), [3] * 12), rate_of(int(passed.sum()), 36)
        held += found.low <= 0.7 <= found.high
        naive += simple.low <= 0.7 <= simple.high
    assert held >= 920
    assert naive < 850
