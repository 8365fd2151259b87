"""Repeats into rates: pass@k and pass^k against counting, flaky scenarios, calls left out."""

from __future__ import annotations

from itertools import combinations
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import result, score

from harness.results.aggregate import summarize
from harness.results.model import CallResult
from harness.results.rates import MAX_K, pass_at, pass_hat


def repeats(name: str, verdicts: str, **more: object) -> tuple[CallResult, ...]:
    """Calls of one scenario: + passed, - failed, ? no verdict, x does not count."""
    outcomes = {"+": "pass", "-": "fail", "?": "review", "x": "pass"}
    return tuple(
        result(
            name, score("preamble", outcomes[mark], "because"), repeat=number, seed=number,
            status="socket_closed" if mark == "x" else "completed", suite="desk", **more,
        )
        for number, mark in enumerate(verdicts)
    )  # fmt: skip


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_pass_at_and_pass_hat_are_what_drawing_k_of_the_calls_gives(verdicts, data):
    k = data.draw(st.integers(1, len(verdicts)))
    drawn = list(combinations(verdicts, k))
    once = sum(any(one) for one in drawn) / len(drawn)
    each = sum(all(one) for one in drawn) / len(drawn)
    counts = {"passed": sum(verdicts), "judged": len(verdicts)}
    assert isclose(pass_at(k, **counts), once, abs_tol=1e-12)
    assert isclose(pass_hat(k, **counts), each, abs_tol=1e-12)


@pytest.mark.parametrize(("k", "passed", "judged"), [(0, 1, 1), (2, 1, 1), (1, 2, 1), (1, -1, 1)])
def test_what_cannot_be_drawn_is_an_error(k, passed, judged):
    for estimate in (pass_at, pass_hat):
        with pytest.raises(ValueError, match="can be drawn"):
            estimate(k, passed=passed, judged=judged)


@pytest.mark.parametrize(
    ("verdicts", "passed", "judged", "flaky", "unjudged", "uncounted"),
    [
        ("+", 1, 1, False, 0, 0),
        ("++", 2, 2, False, 0, 0),
        ("--", 0, 2, False, 0, 0),
        ("+-", 1, 2, True, 0, 0),
        ("+?", 1, 1, False, 1, 0),
        ("+x", 1, 1, False, 0, 1),
        ("xx", 0, 0, False, 0, 2),
        ("?", 0, 0, False, 1, 0),
        ("+-?x", 1, 2, True, 1, 1),
    ],
)  # fmt: skip
def test_a_scenario_is_flaky_when_judged_repeats_differ(
    verdicts, passed, judged, flaky, unjudged, uncounted
):
    (row,) = summarize(repeats("a", verdicts)).scenarios
    assert (row.pass_rate.passed, row.pass_rate.counted, row.flaky) == (passed, judged, flaky)
    assert (row.unjudged, row.uncounted) == (unjudged, uncounted)
    assert [one.k for one in row.pass_k] == list(range(1, judged + 1))


def test_scenarios_stand_in_the_order_of_their_calls_and_conditions_apart():
    calls = (*repeats("b", "+"), *repeats("a", "-"), *repeats("b", "-", condition="loud"))
    rows = summarize(calls).scenarios
    assert [(r.suite, r.scenario, r.condition, r.pass_rate.passed) for r in rows] == [
        ("desk", "b", "", 1), ("desk", "a", "", 0), ("desk", "b", "loud", 0),
    ]  # fmt: skip


def test_a_run_has_the_mean_over_the_scenarios_that_were_repeated_often_enough():
    summary = summarize((*repeats("a", "++-"), *repeats("b", "+"), *repeats("c", "x")))
    found = [(one.k, one.scenarios, one.at_least_one, one.each) for one in summary.pass_k]
    assert found == [
        (1, 2, pytest.approx((2 / 3 + 1) / 2), pytest.approx((2 / 3 + 1) / 2)),
        (2, 1, 1.0, pytest.approx(1 / 3)),
        (3, 1, 1.0, 0.0),
    ]


def test_k_is_bounded():
    summary = summarize(repeats("a", "+" * 30))
    assert len(summary.pass_k) == len(summary.scenarios[0].pass_k) == MAX_K
