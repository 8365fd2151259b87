"""Asking a run to stop: which calls are finished, hung up, killed, or never begun."""

from __future__ import annotations

import gc
import itertools
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.scripted_server import Script, served_beside
from support.small_desk import small_desk

from harness.recording.store import read_recording
from harness.results.history.cost import ModelPrices, Prices
from harness.runs.embedded import embedded_agent
from harness.runs.local_run import run_virtual, steady
from harness.runs.plan import Budget, Job, Repeats, RunPlan, plan_jobs
from harness.runs.processes import Workers, stop_signals
from harness.runs.real_time import run_real
from harness.runs.routes import Route
from harness.scenario.catalog import find
from harness.scenario.target import Target, ToolsFrom, Webhook

REFERENCE = Target(format=1, target="reference", model="reference")


class Stopper:
    """Asks to stop, ``times`` times, when a call begins or ends."""

    def __init__(self, *, at_start: str = "", at_end: str = "", times: int = 1) -> None:
        self.at_start, self.at_end, self.times = at_start, at_end, times
        self.began: list[str] = []

    def started(self, job: Job) -> None:
        self.began.append(job.label)
        if job.label == self.at_start:
            self._ask()

    def over(self, job: Job, *, again: bool = False) -> None:
        pass

    def ended(self, job: Job, _result: Any) -> None:
        if job.label == self.at_end:
            self._ask()

    def _ask(self) -> None:
        for _ in range(self.times):
            signal.raise_signal(signal.SIGINT)


def planned(tmp_path: Path, *, virtual: bool, **seconds: float) -> RunPlan:
    jobs = plan_jobs(find((small_desk(tmp_path / "desk", **seconds),)), Repeats(), REFERENCE)
    out = tmp_path / "out"
    return RunPlan(jobs, out, virtual=virtual, concurrency=1)


@pytest.mark.parametrize(
    ("stopper", "expected"),
    [
        (Stopper(), [("a", "completed"), ("b", "completed")]),
        (Stopper(at_end="a"), [("a", "completed")]),
        (Stopper(at_start="b"), [("a", "completed"), ("b", "completed")]),
        (Stopper(at_start="b", times=2), [("a", "completed"), ("b", "interrupted")]),
    ],
)
def test_a_virtual_run_finishes_what_is_under_way_unless_asked_twice(tmp_path, stopper, expected):
    long_s = 3000.0 if stopper.times == 2 else 0.3
    plan = planned(tmp_path, virtual=True, a=0.3, b=long_s)
    with stop_signals(itertools.count().__next__):
        results, interrupted = run_virtual(plan, embedded_agent, stopper)
    assert [(result.scenario, result.status) for result in results] == expected
    assert interrupted is bool(stopper.at_start or stopper.at_end)


def test_several_virtual_runs_have_their_calls_made_by_the_same_workers(tmp_path):
    plan = planned(tmp_path, virtual=True, a=0.3)
    with Workers(1) as workers:
        made = []
        for name in ("first", "second"):
            run_virtual(replace(plan, out=tmp_path / name), embedded_agent, Stopper(), workers)
            made.append([one.pid for one in workers.processes()])
    assert made[0] == made[1]
    assert len(made[0]) == 1


@pytest.mark.parametrize(
    ("stopper", "expected"),
    [
        (Stopper(), [("a", "completed"), ("b", "completed")]),
        (Stopper(at_end="a"), [("a", "completed")]),
        (Stopper(at_start="b"), [("a", "completed")]),
        (Stopper(at_start="b", times=2), [("a", "completed")]),
    ],
)
def test_a_real_run_does_not_count_calls_that_never_began(tmp_path, stopper, expected):
    plan = planned(tmp_path, virtual=False, a=0.3, b=0.3)
    with served_beside(Script([])) as url, stop_signals(itertools.count().__next__):
        results, interrupted = run_real(plan, lambda job: Route(url, {}, job.target), stopper)
    assert [(result.scenario, result.status) for result in results] == expected
    assert interrupted is bool(stopper.at_start or stopper.at_end)


@pytest.mark.parametrize("times", [1, 2])
def test_a_real_call_under_way_is_hung_up_and_kept(tmp_path, times):
    plan = planned(tmp_path, virtual=False, long=600)
    events = tmp_path / "out" / "calls" / "long" / "001" / "events.jsonl"

    def stop_later() -> None:
        while not (events.exists() and events.stat().st_size):
            time.sleep(0.01)
        for _ in range(times):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    stopper = threading.Thread(target=stop_later)
    with served_beside(Script([])) as url, stop_signals(itertools.count().__next__):
        stopper.start()
        results, interrupted = run_real(plan, lambda job: Route(url, {}, job.target), Stopper())
        stopper.join()
    assert [(result.scenario, result.status) for result in results] == [("long", "interrupted")]
    assert interrupted
    assert (events.parent / "agent.flac").exists()


def test_the_calls_of_a_run_share_one_webhook(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    plan = planned(tmp_path, virtual=False, a=0.3, b=0.3)
    told = ToolsFrom(webhook=Webhook(port=port), wait_s=0.0)
    target = REFERENCE.model_copy(update={"tools_from": told})
    jobs = tuple(replace(job, target=target) for job in plan.jobs)
    plan = replace(plan, jobs=jobs, concurrency=2)
    with served_beside(Script([])) as url:
        results, _ = run_real(plan, lambda job: Route(url, {}, job.target), Stopper())
    assert [result.status for result in results] == ["completed", "completed"]
    sources = [read_recording(job.folder(plan.out)).notice_sources for job in jobs]
    assert [[each.source for each in its] for its in sources] == [["webhook", "spans"]] * 2
    assert len({each.call_id for its in sources for each in its}) == 2


def budget() -> Budget:
    """Return a budget that one call of silence spends: caller time at a price per minute."""
    return Budget(Prices(format=1, models={"reference": ModelPrices(caller_minute=1.0)}), 1e-4)


@pytest.mark.parametrize("virtual", [True, False], ids=["virtual", "real"])
def test_no_call_is_started_once_the_budget_is_spent(tmp_path, virtual):
    """The first call is within the budget and ends normally; the others are reported only."""
    plan = replace(planned(tmp_path, virtual=virtual, a=0.3, b=0.3, c=0.3), budget=budget())
    told = Stopper()
    if virtual:
        results, interrupted = run_virtual(plan, embedded_agent, told)
    else:
        with served_beside(Script([])) as url:
            results, interrupted = run_real(plan, lambda job: Route(url, {}, job.target), told)
    assert [(result.scenario, result.status) for result in results] == [
        ("a", "completed"), ("b", "not_called"), ("c", "not_called"),
    ]  # fmt: skip
    assert "the budget of 0.0001 USD is spent" in results[1].status_detail
    assert not interrupted
    assert told.began == ["a"]
    assert not plan.jobs[1].folder(plan.out).exists()


def test_the_collector_stands_still_inside_and_runs_again_outside() -> None:
    assert gc.isenabled()
    with steady():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_threads_give_way_sooner_inside_and_as_before_outside() -> None:
    before_s = sys.getswitchinterval()
    with steady():
        assert sys.getswitchinterval() < before_s / 5
    assert sys.getswitchinterval() == before_s


def test_it_runs_again_after_a_failure() -> None:
    with pytest.raises(ValueError, match="of the call"), steady():
        raise ValueError("of the call")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with steady():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_gathered_meanwhile_is_collected_at_the_end() -> None:
    class Knot:
        alive = 0

        def __init__(self) -> None:
            Knot.alive += 1
            self.me = self

        def __del__(self) -> None:
            Knot.alive -= 1

    with steady():
        for _ in range(10):
            Knot()
        assert Knot.alive == 10
    assert Knot.alive == 0
