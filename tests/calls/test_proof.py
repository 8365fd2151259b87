from __future__ import annotations

import pytest

from harness.calls.proof import GOOD, PlantedFault, judge_row, summary
from harness.results.model import CallResult, ScoreResult

FAULT = PlantedFault("deaf", frozenset({"yield"}), frozenset({"expectations"}))
MUTE = PlantedFault("mute", frozenset({"yield"}), frozenset(), frozenset({"agent_silent"}))


def call(status: str = "completed", **outcomes: str) -> CallResult:
    scores = tuple(
        ScoreResult(
            scorer=name,
            version=1,
            outcome=outcome,
            passed={"pass": True, "fail": False}.get(outcome),
            value=None,
            unit="",
            reason="because",
        )
        for name, outcome in outcomes.items()
    )
    return CallResult(
        scenario="one",
        scenario_path="one.yaml",
        repeat=0,
        seed=7,
        status=status,
        status_detail="",
        recording="calls/one/001",
        duration_s=1.0,
        passed=None,
        scores=scores,
    )


@pytest.mark.parametrize(
    ("planted", "calls", "problem"),
    [
        (FAULT, (call(**{"yield": "fail"}), call(preamble="pass")), None),
        (FAULT, (call(**{"yield": "fail"}, expectations="fail"),), None),
        (FAULT, (call(**{"yield": "pass"}),), "not caught by yield"),
        (FAULT, (call(**{"yield": "review"}),), "not caught by yield"),
        (FAULT, (call(expectations="fail"),), "not caught by yield"),
        (FAULT, (call(**{"yield": "fail"}, preamble="fail"),), "false alarm: preamble on one"),
        (FAULT, (call(**{"yield": "fail"}, preamble="review"),), "false alarm: preamble on one"),
        (FAULT, (call(**{"yield": "fail"}), call("socket_closed")), "one ended as socket_closed"),
        (MUTE, (call("agent_silent", **{"yield": "fail"}), call()), None),
        (MUTE, (call("agent_silent"),), "not caught by yield"),
        (MUTE, (call("agent_error", **{"yield": "fail"}),), "one ended as agent_error"),
        (None, (call(preamble="pass", escalation="not_applicable"),), None),
        (None, (call(preamble="fail"),), "false alarm: preamble on one: because"),
        (None, (call(preamble="broken"),), "false alarm: preamble on one: because"),
        (None, (call("agent_silent"),), "one ended as agent_silent"),
    ],
)
def test_a_row_is_proven_only_when_its_fault_is_caught_and_nothing_else_fails(
    planted: PlantedFault | None, calls: tuple[CallResult, ...], problem: str | None
) -> None:
    row = judge_row(planted, calls)
    assert row.name == (planted.name if planted else GOOD)
    assert row.calls == len(calls)
    assert row.proven == (problem is None)
    if problem is not None:
        assert any(problem in found for found in row.problems), row.problems


def test_a_good_agent_with_a_quirk_has_its_name_and_may_trip_nothing() -> None:
    row = judge_row(None, (call(preamble="review"), call(preamble="pass")), name="quiet")
    assert (row.name, row.calls, row.caught, row.false_alarms) == ("quiet", 2, None, 1)
    assert not row.proven


def test_the_summary_counts_caught_faults_and_false_alarms() -> None:
    good, quiet = judge_row(None, (call(),)), judge_row(None, (call(preamble="fail"),))
    caught = judge_row(FAULT, (call(**{"yield": "fail"}),))
    missed = judge_row(FAULT, (call(preamble="review", barge="fail"),))
    assert summary((good, quiet, caught, missed)) == (
        "2 of 4 rows as they must be; 1 of 2 faults caught (recall 50%); 3 false alarms in 4 calls"
    )
    assert summary((good, quiet)) == (
        "1 of 2 rows as they must be; 0 of 0 faults caught; 1 false alarm in 2 calls"
    )


def test_failures_are_counted_per_scorer() -> None:
    row = judge_row(FAULT, (call(**{"yield": "fail"}), call(**{"yield": "fail"}, other="pass")))
    assert dict(row.failures) == {"yield": 2}
