"""Workers and schedulers that die, come back, hang, or have a full disk: no call is lost."""

from __future__ import annotations

import signal
import subprocess
import threading
import time

import pytest
from support.crew import (
    SMALL_DISK,
    CallWorker,
    OtherScheduler,
    limited,
    meanwhile,
    on_small_disk,
    scheduler,
    workers,
)
from support.distributed_calls import Watch, carried_out, outcomes, planned
from support.small_desk import results_of, small_desk

pytest.importorskip("distributed")

import dask

from harness.cli.main import run_command
from harness.errors import OperationError
from harness.runs import distributed
from harness.runs import distributed as machinery
from harness.runs import worker_pool as looking
from harness.runs.plan import Machines
from harness.runs.processes import ONE_WISH_S
from harness.runs.worker_results import PARCELS

ALL_MADE = [("a", "completed"), ("b", "completed"), ("c", "completed")]


@pytest.fixture
def patience(monkeypatch):
    monkeypatch.setattr(machinery, "PATIENCE_S", 1.0)


@pytest.fixture
def told(monkeypatch):
    """Collect the messages of the run while it continues."""
    monkeypatch.setattr(looking, "SILENT_S", 1.0)
    lines = []
    monkeypatch.setattr(distributed, "_say", lines.append)
    return lines


@pytest.mark.parametrize("allowed_failures", [3, 0])
def test_what_a_killed_worker_was_at_is_made_by_one_that_came_later(tmp_path, allowed_failures):
    """Dask gives a call up whose workers died too often; it is not the call's fault."""
    late: list[CallWorker] = []
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": allowed_failures}),
        scheduler() as address,
        workers(address, tmp_path) as (first,),
    ):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=60, c=0.3)

        def kill(until):
            until(lambda: first.is_at("b"))
            first.kill()
            late.append(CallWorker(address, tmp_path, tmp_path / "late"))

        watch = Watch()
        try:
            with meanwhile(kill):
                results, _ = carried_out(plan, watch)
        finally:
            for one in late:
                one.kill()
    assert outcomes(results) == ALL_MADE
    assert sorted(watch.calls) == ["a", "b", "c"]


def has_small_disks() -> bool:
    try:
        return subprocess.run([*SMALL_DISK, "mount -t tmpfs none /mnt"]).returncode == 0
    except OSError:
        return False


@pytest.mark.parametrize(
    "full",
    [
        "limited",
        pytest.param(
            "disk", marks=pytest.mark.skipif(not has_small_disks(), reason="may not mount")
        ),
    ],
)
def test_a_worker_whose_disk_is_full_gets_no_more_and_its_call_is_made_elsewhere(
    tmp_path, capsys, full
):
    more = (
        {"preexec_fn": limited(9_000)}
        if full == "limited"
        else {"within": on_small_disk(tmp_path / "scratch-0")}
    )
    with scheduler() as address, workers(address, tmp_path, 1, **more):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=5, b=5)
        (tmp_path / "other").mkdir()
        with workers(address, tmp_path / "other"):
            results, _ = carried_out(plan)
    assert outcomes(results) == [("a", "completed"), ("b", "completed")]
    error = capsys.readouterr().err
    lines = [line for line in error.splitlines() if "it gets no call of this run" in line]
    assert len(lines) == 1
    assert "cannot write" in lines[0]
    assert ("No space left on device" in lines[0]) == (full == "disk")


def test_a_run_outlives_its_scheduler(tmp_path):
    with OtherScheduler() as there, workers(there.address, tmp_path) as (worker,):
        plan = planned(tmp_path, tmp_path / "out", Machines(there.address), a=0.3, b=60, c=0.3)

        def restart(until):
            until(lambda: worker.is_at("b"))
            there.kill()
            there.start()

        watch = Watch()
        with meanwhile(restart):
            results, _ = carried_out(plan, watch)
    assert there.starts == 2
    assert outcomes(results) == ALL_MADE
    assert sorted(watch.calls) == ["a", "b", "c"]


def test_a_scheduler_that_says_nothing_for_a_while_is_waited_for(tmp_path, told):
    with OtherScheduler() as there, workers(there.address, tmp_path) as (worker,):
        plan = planned(tmp_path, tmp_path / "out", Machines(there.address), a=0.3, b=60, c=0.3)

        def pause(until):
            until(lambda: worker.is_at("b"))
            there.signal(signal.SIGSTOP)
            until(lambda: told)
            there.signal(signal.SIGCONT)

        watch = Watch()
        with meanwhile(pause):
            results, _ = carried_out(plan, watch)
    assert outcomes(results) == ALL_MADE
    assert sorted(watch.calls) == ["a", "b", "c"]
    place = f"the scheduler at {there.address}"
    assert told[:2] == [f"{place} does not answer; waiting for it", f"{place} answers again"]


def test_when_it_says_nothing_for_good_what_was_handed_over_counts(tmp_path, told, monkeypatch):
    with OtherScheduler() as there, workers(there.address, tmp_path) as (worker,):
        out = tmp_path / "out"
        plan = planned(tmp_path, out, Machines(there.address), a=0.3, b=60, c=0.3, d=0.3)

        def stop(until):
            until(lambda: worker.is_at("b"))
            there.signal(signal.SIGSTOP)
            until(lambda: list(out.glob(f"{PARCELS}/*/*-00001-1")))
            monkeypatch.setattr(machinery, "PATIENCE_S", 1.0)

        with meanwhile(stop):
            results, interrupted = carried_out(plan)
    assert outcomes(results)[:2] == ALL_MADE[:2]
    assert outcomes(results)[3] == ("d", "not_called")
    assert results[3].status_detail == f"the scheduler at {there.address} does not answer"
    assert (out / "calls/b/001/manifest.json").exists()
    assert not interrupted


def test_a_scheduler_that_is_killed_for_good_is_named_and_the_run_goes_on_later(
    tmp_path, told, monkeypatch, capsys
):
    out = tmp_path / "out"
    desk = small_desk(tmp_path / "desk", a=0.3, b=60, c=0.3, d=0.3)
    with OtherScheduler() as there, workers(there.address, tmp_path) as (worker,):

        def kill(until):
            until(lambda: worker.is_at("b"))
            there.kill()
            until(lambda: told and told[-1] == silent)
            monkeypatch.setattr(machinery, "PATIENCE_S", 1.0)

        gone = f"the scheduler at {there.address} does not answer"
        silent = f"{gone}; waiting for it"
        with meanwhile(kill):
            where = ["--executor", "dask", "--scheduler", there.address, "--out", str(out)]
            assert run_command(["run", str(desk), *where]) == 3
    lost = [call for call in results_of(out)["calls"] if call["status"] == "not_called"]
    assert {(call["status_detail"], call["end_cause"]) for call in lost} == {(gone, "no_worker")}
    # On a busy machine the scheduler may already be slow to answer before it is killed.
    while told[:2] == [silent, f"the scheduler at {there.address} answers again"]:
        del told[:2]
    assert told == [
        silent,
        f"{gone}; {4 - len(lost)} of 4 calls are kept, and {len(lost)} were not made",
    ]
    assert f"to go on: harness run --resume {out}" in capsys.readouterr().err
    assert run_command(["run", "--resume", str(out)]) == 1
    assert {call["status"] for call in results_of(out)["calls"]} == {"completed"}


def test_ctrl_c_is_heard_while_the_scheduler_says_nothing(tmp_path, told):
    with OtherScheduler() as there, workers(there.address, tmp_path):
        plan = planned(tmp_path, tmp_path / "out", Machines(there.address), a=3000, b=3000)

        def silence(job):
            there.signal(signal.SIGSTOP)

        def stop(until):
            until(lambda: told)
            noted = signal.getsignal(signal.SIGINT).__self__
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            until(lambda: noted.asked)  # on a busy machine the main thread may be late
            time.sleep(2 * ONE_WISH_S)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

        with meanwhile(stop):
            results, interrupted = carried_out(plan, Watch(silence))
    assert interrupted
    assert outcomes(results) == [("a", "interrupted")]


def test_a_worker_that_says_nothing_holds_nobody_up(tmp_path):
    (tmp_path / "other").mkdir()
    with scheduler() as address, workers(address, tmp_path) as (stopped,):
        stopped.process.send_signal(signal.SIGSTOP)
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=0.3, c=0.3)
        with workers(address, tmp_path / "other"):
            results, _ = carried_out(plan)
    assert outcomes(results) == ALL_MADE


def test_a_run_whose_only_worker_says_nothing_names_it(tmp_path, patience):
    with scheduler() as address, workers(address, tmp_path) as (stopped,):
        stopped.process.send_signal(signal.SIGSTOP)
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3)
        with pytest.raises(OperationError, match=r"calls: worker tcp://\S+ does not answer"):
            carried_out(plan)


def test_a_run_whose_workers_have_gone_for_good_ends_with_what_is_done(tmp_path, patience):
    with scheduler() as address, workers(address, tmp_path) as (only,):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3, b=0.3, c=0.3)
        watch = Watch(lambda job: only.kill() if job.label == "b" else None)
        results, interrupted = carried_out(plan, watch)
    assert outcomes(results)[0] == ("a", "completed")
    assert outcomes(results)[2] == ("c", "not_called")
    assert f"no worker at {address}" in results[2].status_detail
    assert results[2].end_cause == "no_worker"
    assert not interrupted
