"""The live figures of a run, event by event, on a clock that is an argument."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.cli.progress import LiveFigures, spent_line
from harness.results.history.cost import Prices
from harness.results.model import CallResult
from harness.runs.call_result import left_out
from harness.runs.plan import Budget, DueClock, Job, Repeats, RunPlan, StartRate, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target

PRICES = Prices.model_validate({"format": 1, "models": {"m": {"caller_minute": 1.0}}})


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    desk = small_desk(tmp_path / "desk", a=0.3)
    jobs = plan_jobs(find((desk,)), Repeats(6), Target(format=1, target="reference", model="m"))
    return RunPlan(jobs, tmp_path / "out", virtual=False, concurrency=2)


def ended(job: Job, status: str = "completed", *, passed: bool | None = True) -> CallResult:
    return replace(left_out(job, ""), status=status, passed=passed)


def test_only_a_call_on_the_line_is_running(plan: RunPlan) -> None:
    figures, (a, b, c, *_) = LiveFigures(plan, 0.0), plan.jobs
    assert figures.line(0.0) == "0 running"
    for job in (a, b):
        figures.started(job, 1.0)
    assert figures.line(1.0) == "2 running"
    figures.over(a, 5.0)
    assert figures.line(5.0) == "1 running, 1 being judged"
    figures.over(a, 6.0, again=True)  # judged, and we were too late for it
    figures.ended(b, ended(b), 7.0, None)
    figures.ended(c, ended(c, "not_called", passed=None), 7.0, None)  # never made: it only ends
    assert figures.line(7.0) == "0 running, 1 to be made again; 0 failed, 1 did not count"
    assert figures.done == 2
    figures.started(a, 8.0)
    figures.ended(a, ended(a, passed=False), 9.0, None)
    assert figures.line(9.0) == "0 running; 1 failed, 1 did not count"
    assert (figures.done, figures.oldest(9.0)) == (3, "")


def test_in_a_load_test_a_call_fails_that_did_not_come_about(plan: RunPlan) -> None:
    figures = LiveFigures(replace(plan, due_s=tuple(map(float, range(6)))), 0.0)
    figures.ended(plan.jobs[0], ended(plan.jobs[0], passed=False), 1.0, None)
    assert figures.line(1.0) == "0 running"
    figures.ended(plan.jobs[1], ended(plan.jobs[1], "agent_silent", passed=None), 1.0, None)
    assert figures.line(1.0) == "0 running; 1 failed"


def test_the_longest_running_call_is_named_with_its_age(plan: RunPlan) -> None:
    figures, (a, b, *_) = LiveFigures(plan, 0.0), plan.jobs
    figures.started(b, 1.0)
    figures.started(a, 2.0)
    assert figures.oldest(62.0) == "a #2 1:01"
    figures.over(b, 63.0)
    assert figures.oldest(64.0) == "a 1:02"


def test_the_rate_is_that_of_the_last_minute_and_none_at_the_start(plan: RunPlan) -> None:
    figures, jobs = LiveFigures(plan, 100.0), plan.jobs
    for number, job in enumerate(jobs[:3]):
        figures.started(job, 100.0 + number)
    assert "started" not in figures.line(109.0)
    assert "; 9 started a minute" in figures.line(120.0)
    assert "; 3 started a minute" in figures.line(159.0)
    assert "; 1 started a minute" in figures.line(161.5)


def test_lateness_is_that_of_the_middle_and_of_the_worst_call(plan: RunPlan) -> None:
    figures = LiveFigures(plan, 0.0)
    for job, late_s in zip(plan.jobs, (0.001, None, 0.0085, 0.002), strict=False):
        figures.ended(job, ended(job), 1.0, late_s)
    assert figures.line(1.0) == "0 running; frames 2.0 ms late (p99; worst call 8.5)"


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({}, "0:22"),  # 4 calls of 10 s to begin and a call with 5 s left, 2 at a time
        ({"rate": StartRate(6)}, "0:40"),
        ({"concurrency": 6}, "0:08"),
        ({"due_s": (0.0, 7.0, 20.0, 30.0, 40.0, 50.0), "due_clock": DueClock(2.0)}, "0:50"),
    ],
)
def test_the_time_left_is_that_of_calls_as_long_as_those_before(
    plan: RunPlan, changed: dict[str, object], left: str
) -> None:
    figures, (a, b, *_) = LiveFigures(replace(plan, **changed), 0.0), plan.jobs
    figures.started(a, 2.0)
    assert figures.eta(3.0) == "–"
    figures.started(b, 7.0)
    figures.ended(a, ended(a), 12.0, None)
    assert figures.eta(12.0) == left


def test_nothing_is_left_when_all_calls_are_over(plan: RunPlan) -> None:
    figures = LiveFigures(plan, 0.0)
    for job in plan.jobs:
        figures.ended(job, ended(job), 1.0, None)
    assert figures.eta(1.0) == "0:00"
    due = LiveFigures(replace(plan, due_s=tuple(map(float, range(6)))), 0.0)
    for job in plan.jobs:
        due.started(job, 0.0)
    due.ended(plan.jobs[0], ended(plan.jobs[0]), 10.0, None)
    assert due.eta(14.0) == "0:00"


@pytest.mark.parametrize(
    ("limit", "untold", "line"),
    [
        (None, "", "1.50 USD"),
        (9.0, "", "1.50 USD of 9 USD"),
        (9.0, "x", "1.50 USD of 9 USD and more, not all is priced"),
    ],
)
def test_what_is_spent_stands_beside_what_may_be(
    plan: RunPlan, limit: float | None, untold: str, line: str
) -> None:
    budget = Budget(PRICES, limit)
    budget.spent, budget.untold = 1.5, untold
    assert spent_line(budget) == line
    assert LiveFigures(replace(plan, budget=budget), 0.0).line(0.0) == f"0 running; {line}"
