"""Verdicts as stored."""

from __future__ import annotations

import pytest
from support.synthetic_run import score

from harness.results.convert import call_passed, score_result
from harness.scorers.base import Evidence, Outcome, Score


def test_a_score_keeps_value_reason_evidence_and_details() -> None:
    given = Score(Outcome.FAIL, "too late", 2.0, "s", (Evidence(1.0, 3.0, "wait"),), {"n": 1})
    stored = score_result("time_to_first_audio", 3, given)
    assert (stored.scorer, stored.version, stored.outcome) == ("time_to_first_audio", 3, "fail")
    assert (stored.passed, stored.value, stored.unit) == (False, 2.0, "s")
    assert [(e.start_s, e.end_s, e.label) for e in stored.evidence] == [(1.0, 3.0, "wait")]
    assert stored.details == {"n": 1}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_pass_and_fail_are_verdicts(outcome: Outcome) -> None:
    expected = {Outcome.PASS: True, Outcome.FAIL: False}.get(outcome)
    assert score_result("x", 1, Score(outcome, "")).passed is expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_a_broken_scorer(value: float) -> None:
    stored = score_result("x", 1, Score(Outcome.PASS, "fine", value))
    assert (stored.outcome, stored.passed, stored.value) == ("broken", None, None)
    assert "not a number" in stored.reason


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
