"""Values of measures, and their distribution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import result, score

from harness.judging.scorers.base import Better, Measure, MeasuredValue
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.aggregate import summarize
from harness.results.model import CallResult, Percentiles
from harness.results.rates import (
    by_item,
    measures_of,
    missing_in,
    numbers_of,
    percentiles,
    spread_of,
    statistic,
)

T = "time_to_first_audio"
LENGTH = Measure("answer_length", unit="words", per="answer")
SHARE = Measure("talk_share", unit="share", better=Better.HIGHER)


def spread(*calls: CallResult) -> Percentiles:
    (found,) = summarize(calls).measures
    return found.spread


@pytest.mark.parametrize(
    ("count", "p95", "p99"),
    [(19, False, False), (20, True, False), (99, True, False), (100, True, True)],
)
def test_percentiles_are_withheld_below_their_counts(count: int, p95: bool, p99: bool) -> None:
    got = percentiles([float(n) for n in range(count)])
    assert (got.p95 is not None, got.p99 is not None) == (p95, p99)
    assert got.p50 == (count - 1) / 2
    assert got.max == count - 1


def test_percentiles_of_nothing_are_none() -> None:
    got = percentiles([])
    assert (got.count, got.mean, got.p50, got.p95, got.max) == (0, None, None, None, None)


@given(st.lists(st.floats(0, 60), min_size=20, max_size=200))
def test_percentiles_are_in_order_and_do_not_depend_on_it(values: list[float]) -> None:
    got = percentiles(values)
    assert got.p50 is not None
    assert got.p95 is not None
    assert min(values) <= got.p50 <= got.p95 <= max(values) == got.max
    assert percentiles(reversed(values)) == got


def test_unanswered_turns_have_no_end_in_the_distribution_of_a_run() -> None:
    silent = result("s", score(T, "fail", "", waits=[{"took_s": None}]), status="agent_silent")
    quick = result("q", score(T, "pass", "", value=1.0))
    found = spread(*(quick,) * 20, *(silent,) * 80)
    assert (found.count, found.missing) == (100, 80)
    assert (found.mean, found.p50, found.p95, found.p99, found.max) == (None,) * 5
    few = spread(*(quick,) * 98, *(silent,) * 2)
    assert (few.p50, few.p95, few.p99, few.max) == (1.0, 1.0, None, None)


@given(st.lists(st.floats(-1e6, 1e6), min_size=100, max_size=150))
def test_quantiles_are_those_of_numpy(values: list[float]) -> None:
    ordered = sorted(values)
    for metric, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("min", 0.0), ("max", 1.0)):
        expected = pytest.approx(float(np.quantile(values, share)), abs=1e-6)
        assert statistic(ordered, metric) == expected


@pytest.mark.parametrize(
    ("ordered", "metric", "value"),
    [
        ([1.0, 2.0, math.inf], "p50", 2.0),
        ([1.0, math.inf], "p50", math.inf),
        ([-math.inf, 1.0], "p50", -math.inf),
        ([-math.inf, 1.0, 2.0], "p50", 1.0),
        ([1.0, math.inf], "mean", math.inf),
    ],
)
def test_a_quantile_beside_a_value_without_end_is_a_number(
    ordered: list[float], metric: str, value: float
) -> None:
    assert statistic(ordered, metric) == value


def test_waits_of_calls_that_do_not_count_stay_out_of_the_distribution() -> None:
    slow = score(T, "fail", "", value=9.0)
    calls = (
        result("a", score(T, "pass", "", value=1.0)),
        result("b", slow, status="interrupted"),
    )
    assert spread(*calls).max == 1.0


def given_call(*measured: tuple[Measure, tuple[MeasuredValue | float | None, ...]]) -> CallResult:
    one = score("other", "pass", "")
    gave = tuple(measure.gave(*values) for measure, values in measured)
    return result("a", replace(one, measurements=gave))


def test_the_values_of_any_scorer_are_known_by_the_name_of_their_measure() -> None:
    call = given_call((LENGTH, (3, None, 5)), (SHARE, (0.5,)))
    assert measures_of((call, result("b", score(T, "pass", "", value=1.0)))) == (
        LENGTH, SHARE, TIME_TO_FIRST_AUDIO,
    )  # fmt: skip
    assert (numbers_of(call, "answer_length"), missing_in(call, "answer_length")) == ((3, 5), 1)
    assert numbers_of(call, "talk_share") == (0.5,)
    assert (numbers_of(call, "other"), missing_in(call, "other")) == ((), 0)


def test_where_more_is_better_what_never_came_is_less_than_any_value() -> None:
    call = given_call((SHARE, (0.25, 0.75, None)))
    found = spread_of((call,), SHARE)
    assert (found.min, found.p50, found.max, found.mean) == (None, 0.25, 0.75, None)
    assert (found.count, found.missing) == (3, 1)


def test_values_are_held_against_those_of_the_same_words_and_kind() -> None:
    values = (
        MeasuredValue(1.0, of="Hi."), MeasuredValue(2.0, of="Hi."), MeasuredValue(None, of="Hi."),
        MeasuredValue(3.0, of="Hi.", kind="with a tool"), MeasuredValue(4.0),
    )  # fmt: skip
    assert by_item(given_call((LENGTH, values)), "answer_length") == {
        ("Hi.", "", 0): (1, 1), ("Hi.", "", 1): (2, 2), ("Hi.", "with a tool", 0): (3, 3),
        ("", "", 0): (4, 4),
    }  # fmt: skip
