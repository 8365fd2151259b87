"""Numbers of a run, from hand-made calls."""

from __future__ import annotations

from dataclasses import astuple, fields, replace

import pytest
from scipy.stats import binomtest
from support.synthetic_run import result, score

from harness.results.aggregate import (
    Made,
    frame,
    results_of,
    summarize,
    took_place,
)
from harness.results.model import CallResult, ScoreResult
from harness.results.rates import rate
from harness.timeline.usage import Usage

TTFA = "time_to_first_audio"


def passed(name: str = "preamble") -> ScoreResult:
    return score(name, "pass", "fine")


def failed(name: str = "preamble") -> ScoreResult:
    return score(name, "fail", "not fine")


def test_only_completed_and_agent_silent_calls_enter_rates() -> None:
    calls = (
        result("a", passed()),
        result("b", failed()),
        result("c", status="agent_silent"),
        *(
            result(status, failed(), status=status)
            for status in (
                "socket_closed", "agent_error", "harness_error", "caller_invalid",
                "timing_invalid", "interrupted",
            )
        ),
    )  # fmt: skip
    summary = summarize(calls)
    assert (summary.calls, summary.counted) == (9, 3)
    assert (summary.pass_rate.passed, summary.pass_rate.counted) == (1, 3)
    assert summary.scorers[0].pass_rate.counted == 2
    assert summary.statuses["socket_closed"] == 1
    assert list(summary.statuses) == sorted(summary.statuses)


def test_review_broken_unscorable_and_not_applicable_stand_beside_the_rate() -> None:
    outcomes = ("pass", "pass", "fail", "review", "broken", "unscorable", "not_applicable")
    calls = tuple(result(f"c{n}", score("preamble", o, "x")) for n, o in enumerate(outcomes))
    (row,) = summarize(calls).scorers
    assert (row.pass_rate.passed, row.pass_rate.counted) == (2, 3)
    assert (row.review, row.broken, row.unscorable, row.not_applicable) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("calls", "gates"),
    [
        ((), False),
        ((result("a", passed()),), True),
        ((result("a", passed(), failed("other")),), False),
        ((result("a", passed(), score("other", "review", "?")),), False),
        ((result("a", passed(), score("other", "broken", "?")),), False),
        ((result("a", passed(), score("other", "not_applicable", "?")),), True),
        ((result("a", passed(), score("other", "unscorable", "?")),), True),
        ((result("a", score("other", "unscorable", "?")),), False),
        ((result("a", passed()), result("b", score("other", "unscorable", "?"))), False),
        ((result("a", passed()), result("b", score("other", "not_applicable", "?"))), False),
        ((result("a", passed()), result("b", score("other", "review", "?"))), False),
        ((result("a", passed()), result("b", failed(), status="socket_closed")), True),
        ((result("a", passed(), status="socket_closed"),), False),
        ((result("a", passed(), status="agent_silent"),), False),
    ],
)
def test_the_gate_opens_only_when_something_passed_and_nothing_counted_is_open_or_failed(
    calls: tuple[CallResult, ...], gates: bool
) -> None:
    assert summarize(calls).gates_passed is gates


@pytest.mark.parametrize(
    ("right", "counted", "low", "high"),
    [  # Wilson score interval without continuity correction, computed by hand from its formula
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (9, 10, 0.595850, 0.982124),
        (1, 2, 0.094531, 0.905469),
    ],
)
def test_a_rate_has_its_wilson_interval(right: int, counted: int, low: float, high: float) -> None:
    got = rate(right, counted)
    assert got.rate == right / counted
    assert (got.low, got.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


@pytest.mark.parametrize("counted", [1, 2, 3, 7, 40, 300])
def test_the_interval_is_scipys_to_the_last_bit(counted: int) -> None:
    for right in range(counted + 1):
        wanted = binomtest(right, counted).proportion_ci(0.95, method="wilson")
        assert (rate(right, counted).low, rate(right, counted).high) == (wanted.low, wanted.high)


def test_a_rate_of_nothing_is_none_and_not_zero() -> None:
    got = rate(0, 0)
    assert (got.rate, got.low, got.high) == (None, None, None)


def test_the_frame_has_a_row_per_call_and_scorer_and_one_for_an_unscored_call() -> None:
    calls = (result("a", passed(), failed("other")), result("b", status="interrupted"))
    table = frame(calls)
    assert list(table["scenario"]) == ["a", "a", "b"]
    assert list(table["passed"][:2]) == [True, False]
    assert table["scorer"].isna().tolist() == [False, False, True]
    assert list(table["counted"]) == [True, True, False]
    assert list(frame(()).columns) == list(table.columns)


def test_the_frame_tells_what_each_call_used() -> None:
    used = Usage(4, 2400, 900, 1200, 160, 620, 30.0, 11.0)
    calls = (result("a", passed(), failed("other"), usage=used), result("b", passed()))
    table = frame(calls)
    names = [field.name for field in fields(Usage)]
    assert table[names].iloc[0].tolist() == table[names].iloc[1].tolist() == list(astuple(used))
    assert table[names].iloc[2].isna().all()


def test_the_results_of_a_run_say_how_it_was_made_and_what_came_of_it() -> None:
    calls = (result("a", passed()), result("b", failed()))
    made = Made("2026-01-01T00:00:00+00:00", "mine", "real", {"model": "m"}, interrupted=True)
    run = results_of(calls, made)
    assert (run.started_at, run.target, run.clock) == (made.started_at, "mine", "real")
    assert (run.target_settings, run.interrupted, run.calls) == ({"model": "m"}, True, calls)
    assert run.summary == summarize(calls)


@pytest.mark.parametrize(("duration_s", "expected"), [(None, False), (0.0, False), (0.1, True)])
def test_a_call_took_place_if_it_has_a_length(duration_s: float | None, expected: bool) -> None:
    assert took_place(replace(result("a"), duration_s=duration_s)) is expected
