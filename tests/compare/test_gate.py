"""The gate against a baseline, on pairs whose verdicts are written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.compare.gate import judge_baseline
from harness.results.baseline import Baseline, baseline_of
from harness.results.gate_file import MinimumEffect, NoWorse
from harness.results.model import CallResult, GateKind, GateResult

TTFA = "time_to_first_audio"


def calls(verdicts: str, *, wait_s: float = 1.0) -> tuple[CallResult, ...]:
    """Repeats of two scenarios in turn: + passed, - failed, ? open, x does not count."""
    outcomes = {"+": "pass", "-": "fail", "?": "review", "x": "pass"}
    return tuple(
        result(
            "ab"[number % 2],
            score("preamble", outcomes[mark], "because"),
            score(TTFA, "pass", "", value=wait_s,
                  waits=[{"text": "Hi.", "with_tool": False, "took_s": wait_s + number % 3 / 100}]),
            repeat=number // 2, seed=number // 2, suite="desk", scenario_hash="h",
            status="socket_closed" if mark == "x" else "completed",
        )
        for number, mark in enumerate(verdicts)
    )  # fmt: skip


def baseline(verdicts: str) -> Baseline:
    return baseline_of(run_results(calls(verdicts)), Path("run"))


def judged(
    before: str, after: str, *, wait_s: float = 1.0, **effect: float
) -> dict[str, GateResult]:
    gate = NoWorse(minimum_effect=MinimumEffect(**effect))
    found = judge_baseline(gate, baseline(before), calls(after, wait_s=wait_s))
    assert {one.kind for one in found} == {GateKind.BASELINE}
    return {one.gate.removeprefix("no worse: "): one for one in found}


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ("+" * 10, "+" * 10, True),
        ("-" * 10, "+" * 10, True),
        ("-" * 10, "-" * 10, True),
        ("+" * 10, "-" * 10, False),
        ("+" * 20, "-" * 6 + "+" * 14, False),
        ("+" * 20, "-" * 2 + "+" * 18, None),  # 10 points may be chance
        ("+" * 40, "-" + "+" * 39, True),  # 2.5 points are no reason to stop anybody
        ("+" * 5, "-" * 5, None),  # too few pairs, whatever they say
        ("+" * 5, "+" * 5, None),
        ("-+" * 10, "+-" * 10, True),  # as many gained as lost
    ],
)
def test_a_loss_must_be_more_than_chance_and_more_than_the_minimum(before, after, passed):
    found = judged(before, after)
    assert found["preamble.pass_rate"].passed is passed
    assert found["calls.pass_rate"].passed is passed
    assert found["preamble.pass_rate"].breaks is (passed is False)


def test_the_minimum_effect_is_the_users():
    after = "-" * 6 + "+" * 14
    assert judged("+" * 20, after)["calls.pass_rate"].passed is False
    assert judged("+" * 20, after, points=50)["calls.pass_rate"].passed is True
    slow = {"wait_s": 1.2}
    assert judged("+" * 8, "+" * 8, **slow)[f"{TTFA}.mean"].passed is False
    assert judged("+" * 8, "+" * 8, time_to_first_audio=0.5, **slow)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=1.05)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=0.2)[f"{TTFA}.mean"].passed is True


def test_the_reason_has_both_rates_the_pairs_and_the_interval():
    gate = judged("+" * 10, "-" * 10)["preamble.pass_rate"]
    # Agresti and Min: (-10 ± 1.96 · 12 · sqrt(11/12 - (10/12)²) / sqrt(12)) / 12
    assert gate.reason == "100.0 % → 0.0 % in 10 pairs; change −100 to −57 points"
    assert (gate.value, gate.limit, gate.unit) == (-1.0, 0.05, "share")
    wait = judged("+" * 8, "+" * 8, wait_s=1.2)[f"{TTFA}.mean"]
    assert wait.reason == "1.009 s → 1.209 s in 8 pairs; change +0.20 to +0.20 s"
    assert (wait.value, wait.limit, wait.unit) == (pytest.approx(0.2), 0.1, "s")


def test_no_evidence_says_how_many_repeats_it_takes():
    gate = judged("+" * 20, "-" * 2 + "+" * 18)["preamble.pass_rate"]
    assert "10 points could be told with" in gate.reason
    assert "(--repeat " in gate.reason
    one = judged("+", "+")[f"{TTFA}.mean"]
    assert one.reason == (
        "1.000 s → 1.000 s in 1 pair; 0.10 s could be told with 6 pairs "
        "(--repeat 6, of the baseline's run too)"
    )
    assert judged("+", "+", time_to_first_audio=0)[f"{TTFA}.mean"].passed is None


def test_repeats_are_counted_by_the_scenarios_that_a_measure_has():
    def made(outcome: str) -> tuple[CallResult, ...]:
        # every second call is of scenario b, in which nobody judges the preamble
        return tuple(
            replace(call, scores=call.scores[call.scenario == "b" :]) for call in calls(outcome * 8)
        )

    found = judge_baseline(NoWorse(), baseline_of(run_results(made("+")), Path("run")), made("-"))
    (few,) = [one for one in found if one.gate == "no worse: preamble.pass_rate"]
    assert (few.passed, few.value) == (None, -1.0)
    assert few.reason.endswith("could be told with 6 pairs (--repeat 6, of the baseline's run too)")


def test_only_pairs_of_calls_that_count_are_compared():
    found = judged("+" * 10, "+" * 8 + "xx")
    assert " in 8 pairs" in found["calls.pass_rate"].reason
    found = judged("+" * 10, "+" * 8 + "??")
    assert " in 8 pairs, 2 judged once only" in found["preamble.pass_rate"].reason


@pytest.mark.parametrize(
    "after",
    [
        calls("xx"),
        tuple(replace(call, seed=99) for call in calls("++")),
        tuple(replace(call, scores=(), passed=None) for call in calls("++")),
    ],
)
def test_a_run_without_any_like_in_the_baseline_does_not_hold(after):
    (gate,) = judge_baseline(NoWorse(), baseline("++"), after)
    assert (gate.passed, gate.breaks) == (False, True)
    assert gate.reason == (
        "no judged call has its like in the baseline (same scenario, repeat and seed)"
    )
