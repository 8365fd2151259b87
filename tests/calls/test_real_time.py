"""Calls in real time: paced in processes of their own, and what becomes of one that dies."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from support.scripted_server import Script, served_beside
from support.small_desk import small_desk
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from harness.calls.plan import Budget, Job, Repeats, RunPlan, plan_jobs
from harness.calls.real_time import CALLS_EACH, processes_for, run_real
from harness.calls.routes import Route
from harness.calls.start_rate import StartRate
from harness.errors import OperationError
from harness.history.cost import ModelPrices, Prices
from harness.recording.manifest import load_manifest
from harness.results.model import CallResult
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.scenario.tools_from import ToolsFrom, Webhook
from harness.transport.admission import Admission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

TARGET = Target(format=1, target="reference", model="reference")
TOOK_PLACE = {"completed", "timing_invalid"}
"""A busy machine may make a call in real time invalid."""


class Watched:
    """Remembers what was told; ``act`` is called with each call that begins."""

    def __init__(self, act: Callable[[Job], object] = lambda job: None) -> None:
        self.act = act
        self.began: list[str] = []
        self.judged: list[str] = []

    def started(self, job: Job) -> None:
        self.began.append(job.label)
        self.act(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        pass

    def ended(self, job: Job, _result: CallResult) -> None:
        self.judged.append(job.label)


def planned(tmp_path: Path, concurrency: int = 1, **seconds: float) -> RunPlan:
    jobs = plan_jobs(find((small_desk(tmp_path / "desk", **seconds),)), Repeats(), TARGET)
    return RunPlan(jobs, tmp_path / "out", virtual=False, concurrency=concurrency)


def made(plan: RunPlan, progress: Watched | None = None, **served: Any) -> list[CallResult]:
    with served_beside(Script([]), **served) as url:
        return list(
            run_real(plan, lambda job: Route(url, {}, job.target), progress or Watched())[0]
        )


def pacing_process(folder: Path) -> int:
    """Return the process that writes a recording, once it does."""
    events = folder / "events.jsonl"
    while not (events.exists() and events.stat().st_size):
        time.sleep(0.01)
    for place in Path("/proc").iterdir():
        with suppress(OSError):
            if any(file.readlink() == events for file in (place / "fd").iterdir()):
                return int(place.name)
    raise AssertionError("nobody writes it")


def start_s(process: int) -> float:
    """Return when a process began, rounded down, in seconds of ``time.monotonic``."""
    ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    stood_still_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()
    return ticks / os.sysconf("SC_CLK_TCK") - stood_still_s


def kill_pacing(folder: Path) -> None:
    os.kill(pacing_process(folder), signal.SIGKILL)


def test_a_recording_says_with_which_priority_and_in_how_many_processes_it_was_paced(tmp_path):
    plan = planned(tmp_path, a=0.3)
    (result,) = made(plan)
    assert result.status in TOOK_PLACE
    pacing = load_manifest(plan.jobs[0].folder(plan.out)).machine["pacing"]
    assert pacing["processes"] == 1
    assert pacing["priority"] in ("SCHED_RR 1", "nice -10", "normal")


def test_a_pacing_process_that_dies_spoils_its_calls_alone_and_another_takes_over(tmp_path):
    plan = planned(tmp_path, a=600, b=0.3)
    folder = plan.jobs[0].folder(plan.out)
    killer = threading.Thread(target=kill_pacing, args=[folder])
    killer.start()
    results = made(plan)
    killer.join()
    assert results[0].status == "harness_error"
    assert "a worker process died" in results[0].status_detail
    assert results[1].status in TOOK_PLACE


def test_the_calls_of_another_process_go_on_when_one_dies(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.calls.real_time.CALLS_EACH", 1)
    plan = planned(tmp_path, 2, a=600, b=1.0)
    folder = plan.jobs[0].folder(plan.out)
    killer = threading.Thread(target=kill_pacing, args=[folder])
    killer.start()
    results = made(plan)
    killer.join()
    assert results[0].status == "harness_error"
    assert results[1].status in TOOK_PLACE
    assert load_manifest(plan.jobs[1].folder(plan.out)).machine["pacing"]["processes"] == 2


def test_a_pacing_process_is_deaf_to_what_a_terminal_or_a_service_manager_sends(tmp_path):
    plan = planned(tmp_path, a=1.0)
    folder = plan.jobs[0].folder(plan.out)

    def disturb() -> None:
        process = pacing_process(folder)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process, number)

    disturber = threading.Thread(target=disturb)
    disturber.start()
    (result,) = made(plan)
    disturber.join()
    assert result.status in TOOK_PLACE


def test_a_port_that_is_taken_is_told_before_any_call(tmp_path):
    plan = planned(tmp_path, a=0.3)
    with socket.create_server(("127.0.0.1", 0)) as other:
        told = ToolsFrom(webhook=Webhook(port=other.getsockname()[1]), wait_s=0.0)
        target = TARGET.model_copy(update={"tools_from": told})
        plan = replace(plan, jobs=tuple(replace(job, target=target) for job in plan.jobs))
        with pytest.raises(OperationError, match="cannot listen on"):
            made(plan)
    assert not plan.out.exists()


def test_calls_that_are_due_begin_then_however_many_are_under_way(tmp_path):
    began: dict[str, float] = {}
    over_before: dict[str, int] = {}

    def note(job: Job) -> None:
        began[job.loaded.scenario.name] = time.monotonic() - start_s
        over_before[job.loaded.scenario.name] = len(watched.judged)

    watched = Watched(note)
    plan = replace(planned(tmp_path, a=1.5, b=0.3, c=1.5), due_s=(0.5, 0.0, 0.7))
    start_s = time.monotonic()
    results = made(plan, watched)
    assert [result.status in TOOK_PLACE for result in results] == [True] * 3
    due = dict(zip("abc", plan.due_s, strict=True))
    assert all(began[name] >= due[name] for name in "abc")
    last = max(("a", "c"), key=began.__getitem__)
    assert over_before[last] < 2  # the other lasts longer than that, and nobody waits for it
    closed = replace(planned(tmp_path / "closed", a=0.3), due_s=(3600.0,))
    stopper = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    stopper.start()
    with served_beside(Script([])) as url:
        none = run_real(closed, lambda job: Route(url, {}, job.target), Watched())
    assert none == ((), True)  # stopped long before it was due


def test_the_clock_by_which_calls_are_due_waits_for_the_process_that_paces_them(tmp_path):
    paced = replace(planned(tmp_path, a=1.0), due_s=(0.5,))
    begun_s: list[float] = []
    folder = paced.jobs[0].folder(paced.out)
    looking = threading.Thread(target=lambda: begun_s.append(start_s(pacing_process(folder))))
    looking.start()
    assert made(paced)[0].status in TOOK_PLACE
    looking.join()
    assert paced.due_clock.began_s > begun_s[0]


def test_beyond_what_one_machine_is_asked_for_due_calls_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.calls.real_time.MOST_UNDER_WAY", 1)
    plan = replace(planned(tmp_path, a=2.0, b=2.0), due_s=(0.0, 0.4))
    watched = Watched()
    other, one = sorted(made(plan, watched), key=lambda result: result.status in TOOK_PLACE)
    assert one.status in TOOK_PLACE
    assert (other.status, "1 calls were under way" in other.status_detail) == ("not_called", True)
    assert watched.began == [one.scenario]


@pytest.mark.parametrize(
    ("concurrency", "cores", "tools_told", "expected"),
    [
        (1, 8, False, 1),
        (CALLS_EACH, 8, False, 1),
        (CALLS_EACH + 1, 8, False, 2),
        (200, 8, False, 4),
        (200, 2, False, 2),
        (200, 1, False, 1),
        (200, 8, True, 1),
    ],
)
def test_processes_are_as_many_as_the_calls_need_and_the_cores_carry(
    tmp_path, monkeypatch, concurrency, cores, tools_told, expected
):
    monkeypatch.setattr("harness.calls.real_time.workers_by_default", lambda: cores)
    plan = planned(tmp_path, concurrency, a=0.3)
    if tools_told:
        told = TARGET.model_copy(update={"tools_from": ToolsFrom(file="tools.jsonl")})
        plan = replace(plan, jobs=tuple(replace(job, target=told) for job in plan.jobs))
    assert processes_for(plan.jobs, plan.concurrency) == expected


# --- a server that is full ---------------------------------------------------------------------


class FullAtFirst:
    """Refuses the first that asks, for 2 s, and notes when it was asked."""

    def __init__(self, **headers: str) -> None:
        self.headers = headers
        self.asked_s: list[float] = []

    def answer(self, socket: ServerConnection, _request: Request) -> Response | None:
        self.asked_s.append(time.monotonic())
        if len(self.asked_s) > 1:
            return None
        response = socket.respond(HTTPStatus.TOO_MANY_REQUESTS, "full")
        for name, value in self.headers.items():
            response.headers[name.replace("_", "-")] = value
        return response


@pytest.mark.parametrize(("headers", "least_s"), [({"Retry_After": "2"}, 2.0), ({}, 1.0)])
def test_what_one_call_is_told_by_a_full_server_holds_for_those_of_other_processes(
    tmp_path, monkeypatch, capsys, headers, least_s
):
    monkeypatch.setattr("harness.calls.real_time.CALLS_EACH", 1)
    plan = replace(planned(tmp_path, 2, a=0.3, b=0.3), rate=StartRate(120))
    full = FullAtFirst(**headers)
    results = made(plan, process_request=full.answer)
    first_s, *later_s = full.asked_s
    assert len(later_s) == 2
    assert min(later_s) - first_s >= least_s
    told = [load_manifest(job.folder(plan.out)).status_detail for job in plan.jobs]
    asked, waited = sorted(told, key=lambda line: "for other calls" in line)
    assert "let in at try 2" in asked
    assert "the server was full for other calls: let in after" in waited
    assert {result.status for result in results} <= TOOK_PLACE
    assert capsys.readouterr().err.count("asking again in") == 1


class Counted(StartRate):
    """A rate that notes how many turns were taken."""

    turns = 0

    def turn_s(self, now_s: float) -> float:
        self.turns += 1
        return super().turn_s(now_s)


def test_a_further_try_at_a_full_server_takes_a_turn_of_the_rate(tmp_path):
    plan, rate = planned(tmp_path, a=0.3), Counted(600)
    full = FullAtFirst()
    made(replace(plan, rate=rate), process_request=full.answer)
    assert len(full.asked_s) == rate.turns == 2


def test_a_server_that_an_earlier_run_found_full_is_not_asked_by_the_next(tmp_path):
    shut, asked = Admission(), FullAtFirst()
    shut.refused(time.monotonic(), 600.0)
    shut.told = "full at noon"
    plan = replace(planned(tmp_path, a=0.3), admissions=defaultdict(lambda: shut))
    (result,) = made(plan, process_request=asked.answer)
    assert "full at noon, as another call was told" in result.status_detail
    assert asked.asked_s == []


def test_a_call_that_waits_at_a_full_server_hangs_up_when_asked_to(tmp_path):
    plan, full = planned(tmp_path, a=0.3), FullAtFirst(Retry_After="40")

    def stop_later() -> None:
        while not full.asked_s:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    stopper = threading.Thread(target=stop_later)
    stopper.start()
    (result,) = made(plan, process_request=full.answer)
    stopper.join()
    assert result.status == "interrupted"


def test_a_budget_is_one_for_the_calls_of_all_processes(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.calls.real_time.CALLS_EACH", 1)
    prices = Prices(format=1, models={"reference": ModelPrices(caller_minute=1.0)})
    budget = Budget(prices, 1e-4)  # one call spends it
    plan = replace(planned(tmp_path, 2, a=0.5, b=0.5, c=0.5, d=0.5), budget=budget)
    watched = Watched()
    results = made(plan, watched)
    processes = [result.status in TOOK_PLACE for result in results]
    assert processes == [True, True, False, False]  # those under way when it was spent end
    assert {result.status for result in results[2:]} == {"not_called"}
    assert "the budget of 0.0001 USD is spent" in results[2].status_detail
    assert budget.spent > 1.5 * budget.limit
    assert sorted(watched.began) == ["a", "b"]  # each process begins when it is up
    noted = [load_manifest(job.folder(plan.out)).machine["pacing"] for job in plan.jobs[:2]]
    assert [one["processes"] for one in noted] == [2, 2]


def test_calls_are_started_no_faster_than_their_rate(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.calls.real_time.CALLS_EACH", 1)
    plan = replace(planned(tmp_path, 3, a=0.3, b=0.3, c=0.3), rate=StartRate(60))
    began_s: list[float] = []
    made(plan, Watched(lambda job: began_s.append(time.monotonic())))
    assert len(began_s) == 3
    assert began_s[2] - began_s[0] >= 1.9  # a turn is taken from when it was asked for
