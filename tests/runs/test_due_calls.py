"""Calls that are due at a time, and the clock by which they are."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.guide_shell import free_port
from support.pictures import png
from support.real_calls import TARGET, TOOK_PLACE, Watched, made, planned
from support.small_desk import QUIET, small_desk

from harness.runs.plan import DueClock, Job, RunPlan
from harness.runs.real_time import run_real
from harness.runs.routes import Route
from harness.scenario.target import ToolsFrom, Webhook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux")


class ObservedClock(DueClock):
    """Looks around at the moment when it begins."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        super().__init__()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "began_s" and value is not None:
            self._look()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def stopped(plan: RunPlan) -> bool:
    """Make calls that are interrupted before any is due; return whether none was made."""
    return run_real(plan, lambda job: Route("", {}, job.target), Watched()) == ((), True)


def test_calls_that_are_due_begin_then_however_many_are_under_way(tmp_path):
    began: dict[str, float] = {}
    over_before: dict[str, int] = {}

    def note(job: Job) -> None:
        began[job.loaded.scenario.name] = time.monotonic() - plan.due_clock.began_s
        over_before[job.loaded.scenario.name] = len(watched.judged)

    watched = Watched(note)
    plan = replace(planned(tmp_path, a=1.5, b=0.3, c=1.5), due_s=(0.5, 0.0, 0.7))
    results = made(plan, watched)
    assert [result.status in TOOK_PLACE for result in results] == [True] * 3
    due = dict(zip("abc", plan.due_s, strict=True))
    assert [name for name in "abc" if began[name] < due[name]] == []
    last = max(("a", "c"), key=began.__getitem__)
    assert over_before[last] < 2  # the other lasts longer than that, and no call waits for it


def test_nobody_waits_for_calls_that_are_not_due_yet_when_asked_to_stop(tmp_path):
    clock = ObservedClock(threading.Timer(0.5, interrupt).start)
    assert stopped(replace(planned(tmp_path, a=0.3), due_s=(3600.0,), due_clock=clock))


def test_the_clock_by_which_calls_are_due_waits_for_the_process_that_paces_them(tmp_path):
    port, told = free_port(), []

    def look() -> None:
        interrupt()
        with socket.socket() as to:
            told.append(to.connect_ex(("127.0.0.1", port)))

    plan = planned(tmp_path, a=0.3)
    target = TARGET.model_copy(update={"tools_from": ToolsFrom(webhook=Webhook(port=port))})
    jobs = tuple(replace(job, target=target) for job in plan.jobs)
    assert stopped(replace(plan, jobs=jobs, due_s=(3600.0,), due_clock=ObservedClock(look)))
    assert told == [0]  # it listens, as it does when it is ready


def test_the_clock_by_which_calls_are_due_waits_for_the_first_callers(tmp_path):
    desk = small_desk(tmp_path / "desk")
    picture = desk / "bill.png"
    picture.write_bytes(png())
    shows = QUIET.format(name="a", seconds=0.3).replace("turns:", "turns:\n  - image: bill.png")
    (desk / "a.yaml").write_text(shows)
    gone_then = ObservedClock(picture.unlink)  # who is prepared has it in hand
    (result,) = made(replace(planned(tmp_path), due_s=(0.0,), due_clock=gone_then))
    assert result.status in {"agent_silent", "timing_invalid"}  # called, not caller_invalid


def test_beyond_what_one_machine_is_asked_for_due_calls_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.runs.real_time.MOST_UNDER_WAY", 1)
    plan = replace(planned(tmp_path, a=2.0, b=2.0), due_s=(0.0, 0.4))
    watched = Watched()
    other, one = sorted(made(plan, watched), key=lambda result: result.status in TOOK_PLACE)
    assert one.status in TOOK_PLACE
    assert (other.status, "1 calls were under way" in other.status_detail) == ("not_called", True)
    assert watched.began == [one.scenario]
