"""Calls made by workers of a scheduler: each once, whatever becomes of workers and scheduler."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.crew import CallWorker, limited, scheduler, workers
from support.guide_shell import free_port
from support.scripted_server import Script, served_beside
from support.small_desk import all_text, small_desk

pytest.importorskip("distributed")

from distributed import Client, LocalCluster, Worker

from harness.calls import distributed as machinery
from harness.calls.call_worker import CallOrder, lacking, make_call
from harness.calls.distributed import needs_of, run_distributed
from harness.calls.local import run_virtual
from harness.calls.parcels import PARCELS, FolderParcels
from harness.calls.plan import Job, Machines, Repeats, RunPlan, plan_jobs
from harness.errors import OperationError
from harness.results.model import CallResult
from harness.scenario.catalog import find
from harness.scenario.target import Auth, Target
from harness.workflows.embedded import embedded_agent

REFERENCE = Target(format=1, target="reference", model="reference")
KEY = "sk-of-the-worker-0123456789"


class Watch:
    """Notes what a run tells, and does something when a call begins."""

    def __init__(self, at_start: Callable[[Job], object] | None = None) -> None:
        self.calls: list[str] = []
        self._at_start = at_start

    def started(self, job: Job) -> None:
        if self._at_start is not None:
            self._at_start(job)

    def ended(self, job: Job, _result: CallResult) -> None:
        self.calls.append(job.label)


def planned(folder: Path, out: Path, machines: Machines, **seconds: float) -> RunPlan:
    jobs = plan_jobs(find((small_desk(folder / "desk", **seconds),)), Repeats(), REFERENCE)
    return RunPlan(jobs, out, virtual=True, concurrency=1, machines=machines)


def carried_out(plan: RunPlan, watch: Watch | None = None) -> tuple[Any, bool]:
    assert plan.machines is not None
    return run_distributed(plan, plan.machines, embedded_agent, watch or Watch())


def outcomes(results: tuple[CallResult, ...]) -> list[tuple[str, str]]:
    return [(one.scenario, one.status) for one in results]


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    with scheduler() as address, workers(address, folder, 2, env={"DESK_KEY": KEY}):
        yield Machines(address)


@pytest.fixture
def patience(monkeypatch):
    monkeypatch.setattr(machinery, "PATIENCE_S", 1.0)


def test_calls_of_workers_are_those_of_this_machine_to_the_byte(tmp_path, crew):
    watch = Watch()
    plan = planned(tmp_path, tmp_path / "there", crew, a=0.3, b=1.0, c=2.0)
    there, interrupted = carried_out(plan, watch)
    here, _ = run_virtual(replace(plan, out=tmp_path / "here"), embedded_agent, Watch())
    assert there == here
    assert not interrupted
    assert sorted(watch.calls) == ["a", "b", "c"]
    assert all_text(tmp_path / "there") == all_text(tmp_path / "here")
    assert not (tmp_path / "there" / PARCELS).exists()


def by_key(url: str) -> Target:
    return REFERENCE.model_copy(
        update={"target": "desk", "url": url, "auth": Auth(bearer_env="DESK_KEY")}
    )


def test_no_task_holds_a_key_or_sound_and_workers_have_their_own_key(tmp_path, crew, monkeypatch):
    with served_beside(Script([])) as url:
        plan = planned(tmp_path, tmp_path / "out", crew, a=0.3)
        target = by_key(url)
        jobs = tuple(replace(job, target=target) for job in plan.jobs)
        plan = replace(plan, jobs=jobs, virtual=False)
        monkeypatch.setattr(Client, "submit", noting(Client.submit, found := []))
        results, _ = carried_out(plan)
    assert results[0].status in ("completed", "agent_silent", "timing_invalid")
    assert found
    assert all(KEY.encode() not in one and len(one) < 20_000 for one in found)
    assert KEY.encode() not in all_text(tmp_path / "out")


def noting(submit: Callable[..., Any], found: list[bytes]) -> Callable[..., Any]:
    def noted(client: Client, *arguments: Any, **named: Any) -> Any:
        found.append(pickle.dumps((arguments, named)))
        return submit(client, *arguments, **named)

    return noted


def test_a_real_call_is_hung_up_and_kept_when_the_run_is_stopped(tmp_path, crew):
    def interrupt() -> None:
        time.sleep(1.5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with served_beside(Script([])) as url:
        plan = planned(tmp_path, tmp_path / "out", crew, a=600, b=600, c=600)
        jobs = tuple(replace(job, target=by_key(url)) for job in plan.jobs)
        stopper = threading.Thread(target=interrupt)
        stopper.start()
        results, interrupted = carried_out(replace(plan, jobs=jobs, virtual=False))
        stopper.join()
    assert interrupted
    assert outcomes(results) == [("a", "interrupted"), ("b", "interrupted")]
    assert (tmp_path / "out/calls/a/001/agent.flac").exists()


def test_a_second_ctrl_c_waits_for_nobody(tmp_path, crew):
    def stop(job: Job) -> None:
        for _ in range(2 if job.label == "b" else 0):
            signal.raise_signal(signal.SIGINT)

    plan = planned(tmp_path, tmp_path / "out", crew, a=3000, b=3000, c=1)
    results, interrupted = carried_out(plan, Watch(stop))
    assert interrupted
    assert outcomes(results) == [("a", "interrupted"), ("b", "interrupted")]
    assert not (tmp_path / "out" / PARCELS).exists()


def test_what_a_killed_worker_was_at_is_made_by_one_that_came_later(tmp_path):
    with scheduler() as address, workers(address, tmp_path) as (first,):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=60, c=0.3)
        late: list[CallWorker] = []

        def kill() -> None:
            while not any((one / "b").exists() for one in first.at_work()):
                time.sleep(0.01)
            first.kill()
            late.append(CallWorker(address, tmp_path, tmp_path / "late"))

        watch, killer = Watch(), threading.Thread(target=kill)
        killer.start()
        try:
            results, _ = carried_out(plan, watch)
        finally:
            killer.join()
            late[0].kill()
    assert outcomes(results) == [("a", "completed"), ("b", "completed"), ("c", "completed")]
    assert sorted(watch.calls) == ["a", "b", "c"]


def test_a_worker_whose_disk_is_full_gets_no_more_and_its_call_is_made_elsewhere(tmp_path, capsys):
    with scheduler() as address, workers(address, tmp_path, 1, preexec_fn=limited(9_000)):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=5, b=5)
        (tmp_path / "other").mkdir()
        with workers(address, tmp_path / "other"):
            results, _ = carried_out(plan)
    assert outcomes(results) == [("a", "completed"), ("b", "completed")]
    told = [line for line in capsys.readouterr().err.splitlines() if "cannot write" in line]
    assert len(told) == 1
    assert "it gets no call of this run" in told[0]


def test_a_run_outlives_its_scheduler(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--no-dashboard"]
    address = f"tcp://127.0.0.1:{port}"

    def started() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)

    processes = [started()]
    try:
        with workers(address, tmp_path) as (worker,):
            plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=60, c=0.3)

            def restart() -> None:
                while not any((one / "b").exists() for one in worker.at_work()):
                    time.sleep(0.01)
                processes[0].kill()
                processes.append(started())

            restarter, watch = threading.Thread(target=restart), Watch()
            restarter.start()
            results, _ = carried_out(plan, watch)
            restarter.join()
    finally:
        for one in processes:
            one.kill()
            one.wait()
    assert outcomes(results) == [("a", "completed"), ("b", "completed"), ("c", "completed")]
    assert sorted(watch.calls) == ["a", "b", "c"]


def test_a_run_without_workers_says_how_to_start_one(tmp_path, patience):
    with scheduler() as address:
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3)
        with pytest.raises(OperationError, match=f"start one with `harness worker {address}`"):
            carried_out(plan)


def test_a_run_whose_workers_have_gone_for_good_ends_with_what_is_done(tmp_path, patience):
    with scheduler() as address, workers(address, tmp_path) as (only,):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=0.3, c=0.3)
        watch = Watch(lambda job: only.kill() if job.label == "b" else None)
        results, interrupted = carried_out(plan, watch)
    assert outcomes(results) == [("a", "completed"), ("b", "not_called"), ("c", "not_called")]
    assert f"no worker at {address}" in results[1].status_detail
    assert not interrupted


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (None, "was not started by `harness worker`"),
        (
            "harness 0.0.9 (12345678), Python 3.9, far:1",
            r"has harness 0\.0\.9 \(12345678\), Python 3\.9, and this is harness ",
        ),
    ],
)
def test_a_worker_of_another_kind_is_refused_with_both_named(tmp_path, name, told):
    with scheduler() as address, joined(address, name):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3)
        with pytest.raises(OperationError, match=f"can make these calls: worker tcp://.* {told}"):
            carried_out(plan)


def joined(address: str, name: str | None) -> Any:
    """Return a cluster of one worker in this process, which has joined another scheduler."""

    class Joined(LocalCluster):
        def __enter__(self) -> Any:
            super().__enter__()
            self.other = self.sync(self._joined)
            return self

        async def _joined(self) -> Worker:
            return await Worker(address, name=name, nthreads=1, memory_limit=0)

        def __exit__(self, *error: object) -> None:
            self.sync(self.other.close)
            super().__exit__(*error)

    return Joined(n_workers=0, processes=False, dashboard_address="127.0.0.1:0")


def test_what_a_worker_lacks_is_told_with_place_and_path(tmp_path, monkeypatch):
    plan = planned(tmp_path, tmp_path / "out", Machines(), a=0.3)
    parcels = FolderParcels.of(plan.out, "token")
    parcels.open()
    monkeypatch.chdir(tmp_path)
    needs = needs_of(plan, Machines(), parcels, "token")
    assert lacking(needs) == ""
    sound = Path("desk/hello.wav")
    sound.write_bytes(b"a voice")
    here = f"in {tmp_path}"
    wanted = replace(needs, files=((sound, "0" * 64),))
    assert lacking(wanted) == f"has another {sound} {here}: bring it up to date"
    sound.unlink()
    told = f"has no {sound} {here}: start it where the suite's files are"
    assert lacking(wanted) == told
    other = replace(needs, fixtures=((Path("desk"), "0" * 64),))
    assert "recorded voice (audio_fixtures/manifest.json)" in lacking(other)
    keyed = replace(needs, targets=(by_key("ws://127.0.0.1:1"),))
    monkeypatch.delenv("DESK_KEY", raising=False)
    assert lacking(keyed) == "environment variable DESK_KEY is not set; target desk needs it"
    parcels.close()
    assert lacking(needs).startswith(f"does not see {plan.out}: share that folder")


def test_a_task_is_by_reference_and_small(tmp_path):
    plan = planned(tmp_path, tmp_path / "out", Machines(), a=0.3)
    order = CallOrder("key", plan.jobs[0], FolderParcels(tmp_path), embedded_agent)
    assert len(pickle.dumps((make_call, order))) < 20_000
