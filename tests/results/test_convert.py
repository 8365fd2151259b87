"""Verdicts as stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import UsageError
from harness.judging.scorers.base import (
    Better,
    Evidence,
    Measure,
    Measurement,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    scorer,
)
from harness.results.aggregate import Made, results_of
from harness.results.compare.measures import pair_calls
from harness.results.gates.baseline import baseline_of
from harness.results.model import CallResult
from harness.results.store import read_results, write_results
from harness.results.verdicts import call_passed, check_single, last_attempts, score_result

LENGTH = Measure("answer_length", unit="words")
MOOD = Measure("mood", unit="points", better=Better.HIGHER)

MADE = Made("2026-01-01T00:00:00+00:00", "mine", "real", {})


@scorer("told", version=3, measures=(LENGTH, MOOD))
@dataclass(frozen=True)
class Told(Scorer):
    def score(self, call: ScoredCall) -> Score:
        raise NotImplementedError


TOLD = Told()


def test_a_score_keeps_value_reason_evidence_and_details() -> None:
    given = Score(Outcome.FAIL, "too late", 2.0, "s", (Evidence(1.0, 3.0, "wait"),), {"n": 1})
    stored = score_result(TOLD, given)
    assert (stored.scorer, stored.version, stored.outcome) == ("told", 3, "fail")
    assert (stored.passed, stored.value, stored.unit) == (False, 2.0, "s")
    assert [(e.start_s, e.end_s, e.label) for e in stored.evidence] == [(1.0, 3.0, "wait")]
    assert stored.details == {"n": 1}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_pass_and_fail_are_verdicts(outcome: Outcome) -> None:
    expected = {Outcome.PASS: True, Outcome.FAIL: False}.get(outcome)
    assert score_result(TOLD, Score(outcome, "")).passed is expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_a_broken_scorer(value: float) -> None:
    stored = score_result(TOLD, Score(Outcome.PASS, "fine", value))
    assert (stored.outcome, stored.passed, stored.value) == ("broken", None, None)
    assert "not a number" in stored.reason


def test_details_that_contain_themselves_are_a_broken_scorer() -> None:
    circle: dict[str, object] = {}
    circle["again"] = circle
    stored = score_result(TOLD, Score(Outcome.PASS, "fine", details=circle))
    assert (stored.outcome, stored.details) == ("broken", {})
    assert stored.reason == "the scorer gave details that contain themselves (fine)"


def test_every_declared_measure_is_stored_with_or_without_values() -> None:
    given = Score(Outcome.PASS, "", measurements=(LENGTH.gave(7, None),))
    stored = score_result(TOLD, given)
    assert stored.measurements == (LENGTH.gave(7, None), MOOD.gave())
    assert score_result(TOLD, Score(Outcome.UNSCORABLE, "")).measurements == (
        LENGTH.gave(), MOOD.gave(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ((LENGTH.gave(float("nan")),), "the scorer gave a value that is not a number: nan (fine)"),
        ((Measure("mood", unit="points").gave(1),), "a measure that it has not declared: mood"),
        ((MOOD.gave(1), MOOD.gave(2)), "the scorer gave a measure twice: mood"),
    ],
)
def test_what_nobody_can_count_with_is_a_broken_scorer(
    measured: tuple[Measurement, ...], said: str
) -> None:
    stored = score_result(TOLD, Score(Outcome.PASS, "fine", measurements=measured))
    assert (stored.outcome, stored.passed) == ("broken", None)
    assert stored.measurements == (LENGTH.gave(), MOOD.gave())
    assert said in stored.reason


@pytest.mark.parametrize(
    ("status", "outcomes", "verdict"),
    [
        ("completed", ("pass", "not_applicable", "unscorable"), True),
        ("completed", ("pass", "fail", "review"), False),
        ("completed", ("pass", "review"), None),
        ("completed", ("pass", "broken"), None),
        ("completed", ("not_applicable",), None),
        ("completed", (), None),
        ("agent_silent", ("pass",), False),
        ("agent_silent", (), False),
        ("socket_closed", ("fail",), None),
        ("harness_error", ("pass",), None),
    ],
)
def test_the_verdict_on_a_call(
    status: str, outcomes: tuple[str, ...], verdict: bool | None
) -> None:
    scores = tuple(score(f"s{n}", outcome, "") for n, outcome in enumerate(outcomes))
    assert call_passed(status, scores) is verdict


def attempt(number: int, outcome: str = "pass", **more: object) -> CallResult:
    """An attempt at a call, in the folder that pytest gives it."""
    slug = "order" if number == 1 else f"order-{number}"
    return result("order", score("preamble", outcome, ""), recording=f"calls/{slug}/001", **more)


def test_thirteen_copies_are_one_call_and_twelve_earlier_attempts(tmp_path):
    copies = tuple(attempt(n, "pass" if n == 13 else "fail") for n in range(1, 14))
    run = results_of(copies[::-1], MADE)  # whoever made them, in whatever order they are found
    assert run.calls == (copies[-1],)
    assert [one.recording for one in run.attempts] == [c.recording for c in copies[-2::-1]]
    assert (run.summary.calls, run.summary.pass_rate.passed) == (1, 1)
    write_results(tmp_path / "results.json", run)
    assert read_results(tmp_path / "results.json").recorded == run.recorded


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "other"},
        {"scenario": "other"},
        {"condition": "loud"},
        {"repeat": 1},
        {"seed": 8},
        {"scenario_hash": "another text"},
        {"prompt_hash": "another agent"},
        {"scenario_path": "another file"},
    ],
    ids=str,
)
def test_another_call_is_no_attempt_at_the_same(change):
    calls = (attempt(1), replace(attempt(2), **change))
    assert last_attempts(calls) == (calls, ())


def test_what_is_paired_must_be_there_once():
    other = attempt(1, seed=9)
    copies = (*(attempt(n, scenario_hash=str(n), suite="desk") for n in range(3)), other)
    said = "holds copies of calls, .*: 'order' repeat 1, seed 7, 3 times. Make the run again"
    check_single((attempt(1), other), "it")
    with pytest.raises(UsageError, match=f"it {said}"):
        check_single(copies, "it")
    for a, b in ((copies, (other,)), ((other,), copies)):
        with pytest.raises(UsageError, match=said):
            pair_calls(a, b, same_seeds=True)
    with pytest.raises(UsageError, match=f"reports/night {said}"):
        baseline_of(run_results(copies), Path("reports/night"))


def test_many_copies_are_told_shortly():
    calls = [attempt(1, seed=seed, condition="loud") for seed in range(5)] * 2
    with pytest.raises(UsageError, match=r"'order / loud' repeat 1, seed 0, 2 times; .*; and 2 m"):
        check_single(calls, "it")
