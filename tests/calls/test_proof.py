from __future__ import annotations

import pytest

from harness.calls.proof import GOOD, PlantedFault, judge_row
from harness.results.model import CallResult, ScoreResult

FAULT = PlantedFault("deaf", frozenset({"yield"}), frozenset({"expectations"}))


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


def test_failures_are_counted_per_scorer() -> None:
    row = judge_row(FAULT, (call(**{"yield": "fail"}), call(**{"yield": "fail"}, other="pass")))
    assert dict(row.failures) == {"yield": 2}
