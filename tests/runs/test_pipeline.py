"""The borders of a job: whatever goes wrong in it is its result and holds no key."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.call_script import record
from support.small_desk import small_desk

from harness.caller.model import CallerScript
from harness.errors import ConnectFailed, MissingVariable, StorageFailed
from harness.judging.judge import Judged
from harness.language.values import ValueKind
from harness.recording.manifest import load_manifest
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.call_result import not_called
from harness.runs.local_run import run_virtual
from harness.runs.pipeline import VirtualOrder, call_virtually, finish, place, prepare
from harness.runs.plan import Job, Repeats, RunPlan, plan_jobs
from harness.runs.routes import Route, embedded_route, route_to
from harness.scenario.catalog import find
from harness.scenario.target import Auth, Target
from harness.transport.redaction import Handles

KEY = "sk-hush-1234567890"
REFERENCE = Target(format=1, target="reference", model="reference")


@asynccontextmanager
async def broken_agent(_clock: Any, _fault: str | None, _spoken: str, _caller: Any):
    raise ZeroDivisionError("the agent has a bug")
    yield "never"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    small_desk(tmp_path / "desk", quiet=0.3)
    return plan_jobs(find((tmp_path / "desk",)), Repeats(), REFERENCE)[0]


def script_of(job: Job) -> CallerScript:
    script = prepare(job)
    assert isinstance(script, CallerScript)
    return script


def test_a_bug_of_the_agent_is_the_result_of_its_call_with_its_traceback(job, tmp_path, capsys):
    order = VirtualOrder(job, tmp_path / "out", broken_agent, None)
    result = call_virtually(order)
    assert result.status == "harness_error"
    first, *rest = result.status_detail.splitlines()
    assert first == "bug in the harness: ZeroDivisionError: the agent has a bug"
    assert rest[0].startswith("Traceback")
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_bug_in_preparing_is_the_result_of_its_call(job, monkeypatch, capsys):
    monkeypatch.setattr("harness.runs.pipeline.voices_for", lambda _: 1 / 0)
    result = prepare(job)
    assert not isinstance(result, CallerScript)
    assert result.status == "harness_error"
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_recording_that_is_not_there_is_the_result_of_its_call(job, tmp_path):
    result = finish(tmp_path / "out", job)
    assert result.status == "harness_error"
    assert result.status_detail.startswith("cannot read ")


def test_a_key_in_the_text_of_a_bug_is_hidden(job, tmp_path, monkeypatch, capsys):
    async def leaks(plan: Any, **_: Any) -> None:
        raise RuntimeError(f"headers were {plan.headers}")

    monkeypatch.setattr("harness.runs.pipeline.run_call", leaks)
    route = Route("ws://127.0.0.1:9/", {"Authorization": f"Bearer {KEY}"}, REFERENCE)
    result = asyncio.run(place(job, script_of(job), route, tmp_path / "out"))
    assert result is not None
    assert KEY not in result.status_detail + capsys.readouterr().err
    assert "***" in result.status_detail
    assert KEY not in repr(route)


def test_an_error_of_ours_is_one_line_without_a_traceback(job, tmp_path, capsys):
    result = not_called(job, StorageFailed(tmp_path, "disk full"))
    assert result.status_detail == f"cannot write {tmp_path}: disk full"
    assert capsys.readouterr().err == ""


def test_what_spoilt_a_call_is_told_without_a_handle_that_was_given(job):
    given = Handles()
    given.learn(["handle-SECRET-1"])
    refused = ConnectFailed("wss://host/", "rejected", "no session handle-SECRET-1")
    result = not_called(job, refused, handles=given)
    assert result.status_detail.endswith("no session [redacted]")


def test_the_seed_is_added_to_the_url_of_our_own_agent_only(job):
    url = "wss://host/v1/realtime"
    outside = REFERENCE.model_copy(update={"url": url})
    assert route_to(outside).url_for(job) == f"{url}?model=reference"
    seeded = embedded_route(url, REFERENCE)
    assert seeded.url_for(job) == f"{url}?model=reference&seed={job.seed}"
    bare = Target(format=1, target="mine")
    assert embedded_route(url, bare).url_for(job) == f"{url}?seed={job.seed}"


def test_our_own_agent_is_told_the_kinds_of_arguments(job):
    suite = job.loaded.suite
    tools = tuple(
        tool.model_copy(update={"kinds": {"order_id": ValueKind.ID}} if number == 0 else {})
        for number, tool in enumerate(suite.suite.tools)
    )
    told = replace(suite, suite=suite.suite.model_copy(update={"tools": tools}))
    job = replace(job, loaded=replace(job.loaded, suite=told))
    url = "wss://host/v1/realtime"
    assert embedded_route(url, REFERENCE).url_for(job).endswith("&kinds=order_id%3Aid")
    outside = REFERENCE.model_copy(update={"url": url})
    assert "kinds" not in route_to(outside).url_for(job)


def test_a_route_takes_the_key_from_the_environment(monkeypatch):
    auth = Auth(bearer_env="MY_KEY")
    target = Target(format=1, target="mine", url="wss://host/", auth=auth)
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(MissingVariable, match="MY_KEY is not set; target mine needs it"):
        route_to(target)
    monkeypatch.setenv("MY_KEY", KEY)
    assert route_to(target).headers == {"Authorization": f"Bearer {KEY}"}
    assert route_to(Target(format=1, target="open", url="wss://host/")).headers == {}


class Watcher:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def started(self, job: Job) -> None:
        self.seen.append(f"started {job.label}")

    def over(self, job: Job, *, again: bool = False) -> None:
        pass

    def ended(self, job: Job, result: Any) -> None:
        self.seen.append(f"ended {job.label} {result.status}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a disk that hangs is a pipe nobody reads")
def test_a_call_whose_disk_hangs_keeps_no_other_waiting_and_can_be_given_up(job, tmp_path):
    folder = job.folder(tmp_path)
    folder.mkdir(parents=True)
    os.mkfifo(folder / "events.jsonl")
    gone_on = threading.Event()
    in_time: list[bool] = []

    def read() -> None:
        in_time.append(gone_on.wait(10))
        (folder / "events.jsonl").read_bytes()

    async def given_up() -> None:
        route = route_to(Target(format=1, target="nobody", url="ws://127.0.0.1:1"))
        call = asyncio.create_task(place(job, script_of(job), route, tmp_path))
        await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.sleep(0.05)
        gone_on.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    reader = threading.Thread(target=read)
    reader.start()
    asyncio.run(given_up())
    reader.join()
    assert in_time == [True]
    assert load_manifest(folder).status is CallStatus.INTERRUPTED


def test_a_run_goes_on_after_a_call_that_broke(job, tmp_path):
    small_desk(tmp_path / "desk", other=0.3)
    jobs = plan_jobs(find((tmp_path / "desk",)), Repeats(), REFERENCE)
    out = tmp_path / "out"
    plan = RunPlan(jobs, out, virtual=True, concurrency=1)
    watcher = Watcher()
    results, interrupted = run_virtual(plan, _no_agent, watcher)
    assert [result.status for result in results] == ["harness_error"] * 2
    assert not interrupted
    assert watcher.seen == [
        "started other", "ended other harness_error",
        "started quiet", "ended quiet harness_error",
    ]  # fmt: skip


def _no_agent(_clock: Any, _fault: str | None) -> Any:
    raise StorageFailed(Path("nowhere"), "no agent today")


def test_the_page_of_a_call_is_drawn_once_it_is_judged_and_packed(job, tmp_path):
    folder = job.folder(tmp_path)
    write_recording(folder, record("1.0-2.0 caller: Hi.\n2.5-4.0 agent: Hello."))
    drawn = []

    def draw(result: CallResult, judged: Judged, where: Path) -> None:
        tracks = [path.name for path in where.iterdir() if path.suffix in (".wav", ".flac")]
        drawn.append((result, judged.recording.manifest.scenario["name"], where, sorted(tracks)))

    result = finish(tmp_path, replace(job, draw=draw, listened=False))
    packed = ["agent.flac", "agent_generated.flac", "caller.flac", "caller_clean.flac"]
    name = read_recording(folder).manifest.scenario["name"]
    assert drawn == [(result, name, folder, packed)]
    assert not finish(tmp_path, replace(job, draw=None, listened=False)).status_detail
    assert len(drawn) == 1
