"""Limits shared by the calls of all pacing processes: a full server, a budget, a rate."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import defaultdict
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar

import pytest
from support.real_calls import TOOK_PLACE, Watched, made, planned
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from harness.recording.manifest import load_manifest
from harness.results.history.cost import ModelPrices, Prices
from harness.runs.plan import Budget, StartRate
from harness.transport.retry import Admission, Begins, Doors, Entry

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux")


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
    monkeypatch.setattr("harness.runs.real_time.CALLS_EACH", 1)
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


class Watching(Doors):
    """Doors that note who came, and how long they had been there."""

    came: ClassVar[list[tuple[Begins, float]]] = []

    async def enter(self, begins: Begins = Begins.CALL, here_s: float = 0.0) -> Entry:
        self.came.append((begins, here_s))
        return await super().enter(begins, here_s)


def test_the_doors_of_a_server_are_told_how_long_a_call_has_been_there(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.runs.real_time.Doors", Watching)
    monkeypatch.setattr(Watching, "came", [])
    made(planned(tmp_path, a=0.3), process_request=FullAtFirst().answer)
    first, (begins, here_s) = Watching.came
    assert first == (Begins.CALL, 0.0)
    assert begins is Begins.TRY
    assert here_s > 0.0


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
    monkeypatch.setattr("harness.runs.real_time.CALLS_EACH", 1)
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
    monkeypatch.setattr("harness.runs.real_time.CALLS_EACH", 1)
    plan = replace(planned(tmp_path, 3, a=0.3, b=0.3, c=0.3), rate=StartRate(60))
    began_s: list[float] = []
    made(plan, Watched(lambda job: began_s.append(time.monotonic())))
    assert len(began_s) == 3
    assert began_s[2] - began_s[0] >= 1.9  # a turn is taken from when it was asked for
