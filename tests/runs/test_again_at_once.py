"""A call for which the harness was too late is made again once; both attempts are reported."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.small_desk import small_desk

from harness.results.history.cost import Prices
from harness.results.model import CallResult
from harness.results.verdicts import last_attempts
from harness.runs import real_time
from harness.runs.call_result import left_out
from harness.runs.pacing import PacingProcesses, PlacedCall, PlaceOrder
from harness.runs.plan import Budget, Job, Repeats, RunPlan, StartRate, plan_jobs
from harness.runs.real_time import run_real
from harness.runs.routes import Route
from harness.runs.run_suite import _with_those_not_made
from harness.scenario.catalog import find
from harness.scenario.target import Target

REFERENCE = Target(format=1, target="reference", model="reference")
LATE, WELL, GONE = "timing_invalid", "completed", "socket_closed"


class Watcher:
    """Records the progress reports, and asks to stop after a given report."""

    def __init__(self, stops_at: str = "") -> None:
        self.stops_at, self.told = stops_at, []

    def started(self, job: Job) -> None:
        self.told.append(job.label)

    def over(self, job: Job, *, again: bool = False) -> None:
        self.told.append(f"{job.label} {'again' if again else 'over'}")

    def ended(self, job: Job, result: CallResult) -> None:
        self.told.append(f"{job.label} {result.status}")
        if self.told[-1] == self.stops_at:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    desk = small_desk(tmp_path / "desk", a=0.3, b=0.3)
    jobs = plan_jobs(find((desk,)), Repeats(), REFERENCE)
    return RunPlan(jobs, tmp_path / "out", virtual=False, concurrency=1)


def made(
    plan: RunPlan, monkeypatch: pytest.MonkeyPatch, watcher: Watcher, **statuses: tuple[str, ...]
) -> tuple[CallResult, ...]:
    """Return the results of a run whose calls end so, attempt by attempt."""
    ends = {name: iter(told) for name, told in statuses.items()}

    async def prepared(self: Any, job: Job) -> None:
        return None

    async def place(self: Any, order: PlaceOrder) -> PlacedCall:
        folder = order.job.folder(plan.out)
        folder.mkdir(parents=True)  # as a recording does: two attempts never share a folder
        status = next(ends[order.job.label])
        (folder / "status").write_text(status)
        return PlacedCall(order.number, replace(left_out(order.job, ""), status=status))

    monkeypatch.setattr(real_time._RealRun, "_prepared", prepared)
    monkeypatch.setattr(PacingProcesses, "place", place)
    return run_real(plan, lambda job: Route("", {}, job.target), watcher)[0]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (WELL, "", WELL),
        (GONE, "", GONE),  # a lost connection is not the harness's own lateness
        (LATE, WELL, WELL),
        (LATE, LATE, LATE),  # once, and no more
        (LATE, GONE, GONE),
    ],
)
def test_once_when_the_others_are_over(plan, monkeypatch, first, second, told):
    watcher = Watcher()
    results = made(plan, monkeypatch, watcher, a=(first, second), b=(WELL,))
    last, attempts = last_attempts(results)
    assert [(call.scenario, call.status) for call in last] == [("a", told), ("b", WELL)]
    assert [call.recording for call in last] == ["calls/a/001", "calls/b/001"]
    again = [("calls/a/001-first", LATE)] if second else []
    assert [(call.recording, call.status) for call in attempts] == again
    for call in (*last, *attempts):
        assert (plan.out / call.recording / "status").read_text() == call.status
    others = ["b", "b over", f"b {WELL}"]
    last = ["a", "a over", f"a {told}"]
    assert watcher.told == (["a", "a over", "a again", *others, *last] if second else last + others)


def test_not_where_a_killed_process_had_done_that_already(plan, monkeypatch):
    (plan.out / "calls/a/001-first").mkdir(parents=True)
    watcher = Watcher()
    results = made(plan, monkeypatch, watcher, a=(LATE,), b=(WELL,))
    assert [(call.recording, call.status) for call in results] == [
        ("calls/a/001", LATE), ("calls/b/001", WELL),
    ]  # fmt: skip
    assert watcher.told == ["a", "a over", f"a {LATE}", "b", "b over", f"b {WELL}"]


def test_not_after_the_run_was_stopped(plan, monkeypatch):
    results = made(plan, monkeypatch, Watcher(f"b {WELL}"), a=(LATE,), b=(WELL,))
    assert [(call.scenario, call.status) for call in results] == [("a", LATE), ("b", WELL)]
    assert _with_those_not_made(plan, results) == results


def test_not_beyond_the_budget(plan, monkeypatch):
    prices = Prices.model_validate({"format": 1, "models": {"reference": {"caller_minute": 1.0}}})
    budget = Budget(prices, 1.0)
    monkeypatch.setattr(budget, "add", lambda *_: setattr(budget, "spent", budget.spent + 0.5))
    watcher = Watcher()
    results = made(replace(plan, budget=budget), monkeypatch, watcher, a=(LATE,), b=(WELL,))
    assert [call.status for call in results] == [LATE, WELL]
    assert watcher.told[-1] == f"a {LATE}"


def test_one_that_is_set_aside_is_put_back_where_its_repeat_finds_no_money(plan, monkeypatch):
    prices = Prices.model_validate({"format": 1, "models": {"reference": {"caller_minute": 1.0}}})
    budget = Budget(prices, 1.0)
    paid: list[str] = []
    monkeypatch.setattr(budget, "add", lambda _, result: paid.append(result.status))

    class SpentMeanwhile(StartRate):
        """While the repeat waits for its turn, others spend the budget."""

        turns = 0

        def turn_s(self, now_s: float) -> float:
            self.turns += 1
            budget.spent = 1.0 if self.turns > len(plan.jobs) else 0.0
            return now_s

    watcher, rated = Watcher(), replace(plan, budget=budget, rate=SpentMeanwhile(600))
    results = made(rated, monkeypatch, watcher, a=(LATE,), b=(WELL,))
    assert [(call.recording, call.status) for call in results] == [
        ("calls/a/001", LATE), ("calls/b/001", WELL),
    ]  # fmt: skip
    assert (plan.out / "calls/a/001/status").read_text() == LATE
    assert not (plan.out / "calls/a/001-first").exists()
    assert watcher.told[-1] == f"a {LATE}"
    assert paid == [LATE, WELL]


def test_nor_does_one_of_a_killed_process_lose_its_only_attempt_to_the_budget(plan, monkeypatch):
    (plan.out / "calls/a/001-first").mkdir(parents=True)
    prices = Prices.model_validate({"format": 1, "models": {"reference": {"caller_minute": 1.0}}})
    budget = Budget(prices, 0.5)
    budget.spent = 0.5

    async def judged(_run: Any, _finish: Any, _out: Path, job: Job) -> CallResult:
        return replace(left_out(job, ""), status=LATE)

    monkeypatch.setattr(real_time._RealRun, "_work", judged)
    results = made(replace(plan, budget=budget), monkeypatch, Watcher())
    assert [(call.recording, call.status) for call in results] == [
        ("calls/a/001", LATE), ("calls/b/001", "not_called"),
    ]  # fmt: skip
    assert (plan.out / "calls/a/001").exists()
    assert not (plan.out / "calls/a/001-first").exists()


def test_what_cannot_be_moved_stays_the_only_attempt(plan, monkeypatch):
    def denied(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", denied)
    results = made(plan, monkeypatch, Watcher(), a=(LATE,), b=(WELL,))
    assert [(call.recording, call.status) for call in results] == [
        ("calls/a/001", LATE), ("calls/b/001", WELL),
    ]  # fmt: skip


def test_of_a_run_that_was_stopped_first_attempts_are_told_too(plan):
    first = replace(left_out(plan.jobs[0], ""), recording="calls/a/001-first", status=LATE)
    calls, attempts = last_attempts(_with_those_not_made(plan, (first,)))
    assert [(call.recording, call.status) for call in calls] == [
        ("calls/a/001", "not_called"), ("calls/b/001", "not_called"),
    ]  # fmt: skip
    assert attempts == (first,)
