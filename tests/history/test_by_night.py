"""Rates over nights: the repeats of a night are not independent, and the interval knows."""

from __future__ import annotations

import numpy as np
import pytest

from harness.history.by_night import rate, rate_by_night

ALIKE = [
    # (passed by night, of three; how many independent calls the interval is of)
    ([3] * 7, 7),  # nothing says how alike repeats are: each night is one call
    ([0] * 30, 30),
    ([3] * 15 + [0] * 15, 30 * 29 / 30),  # a night's repeats always agree
    ([2] * 30, 90),  # nights differ less than chance: never more than the calls there are
    ([3, 2, 1], 3),  # too few nights to tell
]


@pytest.mark.parametrize(("passed", "calls"), ALIKE)
def test_the_interval_is_of_as_many_calls_as_the_nights_are_worth(passed, calls):
    found = rate_by_night(passed, [3] * len(passed))
    assert (found.passed, found.counted) == (sum(passed), 3 * len(passed))
    share = sum(passed) / (3 * len(passed))
    plain = rate(round(share * 10_000), 10_000)
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
        found, simple = rate_by_night(passed.tolist(), [3] * 12), rate(int(passed.sum()), 36)
        held += found.low <= 0.7 <= found.high
        naive += simple.low <= 0.7 <= simple.high
    assert held >= 920
    assert naive < 850
