"""Calls in real time: paced in processes of their own, also when such a process dies."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.real_calls import TARGET, TOOK_PLACE, made, pacing_process, planned

from harness.errors import OperationError
from harness.recording.manifest import load_manifest
from harness.runs.real_time import CALLS_EACH, processes_for
from harness.scenario.target import ToolsFrom, Webhook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def kill_pacing(folder: Path) -> None:
    os.kill(pacing_process(folder), signal.SIGKILL)


def test_a_recording_says_with_which_priority_and_in_how_many_processes_it_was_paced(tmp_path):
    plan = planned(tmp_path, a=0.3)
    (result,) = made(plan)
    assert result.status in TOOK_PLACE
    pacing = load_manifest(plan.jobs[0].folder(plan.out)).machine["pacing"]
    assert pacing["processes"] == 1
    assert pacing["priority"] in ("SCHED_RR 2", "SCHED_RR 1", "nice -10", "normal")


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
    monkeypatch.setattr("harness.runs.real_time.CALLS_EACH", 1)
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
    monkeypatch.setattr("harness.runs.real_time.workers_by_default", lambda: cores)
    plan = planned(tmp_path, concurrency, a=0.3)
    if tools_told:
        told = TARGET.model_copy(update={"tools_from": ToolsFrom(file="tools.jsonl")})
        plan = replace(plan, jobs=tuple(replace(job, target=told) for job in plan.jobs))
    assert processes_for(plan.jobs, plan.concurrency) == expected
