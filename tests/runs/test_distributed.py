"""Calls made by workers of a scheduler: the same as here, each once, by workers that are fit."""

from __future__ import annotations

import itertools
import pickle
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.crew import joined, meanwhile, scheduler, workers
from support.distributed_calls import REFERENCE, Watch, carried_out, outcomes, planned
from support.scripted_server import Script, served_beside
from support.small_desk import all_text

pytest.importorskip("distributed")

from distributed import Client

from harness.errors import OperationError
from harness.runs import distributed as machinery
from harness.runs.call_worker import CallOrder, lacking, make_call
from harness.runs.distributed import needs_of
from harness.runs.embedded import embedded_agent
from harness.runs.local_run import run_virtual
from harness.runs.plan import Machines
from harness.runs.processes import stop_signals
from harness.runs.worker_results import PARCELS, FolderParcels
from harness.scenario.target import Auth, Target

KEY = "sk-of-the-worker-0123456789"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    return tmp_path_factory.mktemp("machine")


@pytest.fixture(scope="module")
def crew(machine):
    with scheduler() as address, workers(address, machine, 2, env={"DESK_KEY": KEY}):
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


def test_a_run_without_workers_says_how_to_start_one(tmp_path, patience):
    with scheduler() as address:
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=0.3)
        with pytest.raises(OperationError, match=f"start one with `harness worker {address}`"):
            carried_out(plan)


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


def test_a_real_call_is_hung_up_and_kept_when_the_run_is_stopped(tmp_path, machine, crew):
    def interrupt(until):
        tracks = "scratch-*/*/*-*/calls/*/*/agent.wav"
        until(lambda: [one.stat().st_size > 44 for one in machine.glob(tracks)] == [True, True])
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with served_beside(Script([])) as url:
        plan = planned(tmp_path, tmp_path / "out", crew, a=90, b=90, c=90)
        jobs = tuple(replace(job, target=by_key(url)) for job in plan.jobs)
        with meanwhile(interrupt):
            results, interrupted = carried_out(replace(plan, jobs=jobs, virtual=False))
    assert interrupted
    assert outcomes(results) == [("a", "interrupted"), ("b", "interrupted")]
    assert (tmp_path / "out/calls/a/001/agent.flac").exists()


def test_a_second_ctrl_c_waits_for_nobody(tmp_path, crew):
    def stop(job):
        for _ in range(2 if job.label == "b" else 0):
            signal.raise_signal(signal.SIGINT)

    plan = planned(tmp_path, tmp_path / "out", crew, a=3000, b=3000, c=1)
    with stop_signals(itertools.count().__next__):
        results, interrupted = carried_out(plan, Watch(stop))
    assert interrupted
    assert outcomes(results) == [("a", "interrupted"), ("b", "interrupted")]
    assert not (tmp_path / "out" / PARCELS).exists()


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
