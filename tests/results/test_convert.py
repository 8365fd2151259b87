"""Verdicts as stored."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from support.synthetic_run import score

from harness.results.convert import call_passed, score_result
from harness.scorers.base import Evidence, Outcome, Score, ScoredCall, Scorer, scorer
from harness.scorers.measure import Better, Measure, Measurement

LENGTH = Measure("answer_length", unit="words")
MOOD = Measure("mood", unit="points", better=Better.HIGHER)


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
