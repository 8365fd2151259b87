"""The progress that a run shows."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.cli.progress import outcome_line, progress_for
from harness.results.model import CallResult, ScoreResult
from harness.runs.plan import Repeats, RunPlan, plan_jobs
from harness.runs.processes import Workers, at
from harness.scenario.catalog import find
from harness.scenario.target import Target


def score(name: str, outcome: str) -> ScoreResult:
    passed = {"pass": True, "fail": False}.get(outcome)
    return ScoreResult(name, 1, outcome, passed, None, "", f"{name} says {outcome}")


@pytest.mark.parametrize(
    ("status", "detail", "outcomes", "passed", "line"),
    [
        ("completed", "", ["pass"], True, "pass  one"),
        ("completed", "", ["pass", "fail"], False, "FAIL  one: s1: s1 says fail"),
        ("agent_silent", "", ["fail"], False, "FAIL  one (agent_silent): s0: s0 says fail"),
        ("agent_silent", "", [], False, "FAIL  one: agent_silent"),
        ("completed", "", ["pass", "review"], None, "review  one: s1: s1 says review"),
        ("completed", "", ["broken"], None, "broken  one: s0: s0 says broken"),
        ("completed", "", [], None, "----  one: completed"),
        ("socket_closed", "1011 gone", [], None, "----  one: socket_closed: 1011 gone"),
        ("harness_error", "bug: x\nTraceback\n  y", [], None, "----  one: harness_error: bug: x"),
        ("agent_error", "\x1b[2Jgone\x07", [], None, "----  one: agent_error: [2Jgone"),
    ],
)
def test_a_call_is_one_line_with_its_first_reason(status, detail, outcomes, passed, line):
    scores = tuple(score(f"s{number}", outcome) for number, outcome in enumerate(outcomes))
    place = "calls/one/001"
    result = CallResult("one", "one.yaml", 0, 7, status, detail, place, 1.0, passed, scores)
    assert outcome_line(result) == line


def test_nobody_at_the_other_end_is_not_held_against_the_harness_and_every_call_has_its_line(
    tmp_path, capsys
):
    desk = small_desk(tmp_path / "desk", one=0.2, two=0.2)
    nobody = ["--target", "ws://127.0.0.1:9/v1/realtime"]
    assert run_command(["run", str(desk), *nobody, "--out", str(tmp_path / "out")]) == 3
    first, second = [line for line in capsys.readouterr().err.splitlines() if "/2]" in line]
    assert first.startswith("[1/2] ----  ")
    assert ": no connection to the agent: cannot open a session at ws://127.0.0.1:9" in first
    assert second.startswith("[2/2] ----  ")
    assert second.endswith(": no connection to the agent: for the same reason as a call before")


def test_a_call_of_a_comparison_names_its_agent_and_its_condition():
    call = CallResult(
        "one", "one.yaml", 1, 8, "completed", "", "", 1.0, False, (score("x", "fail"),)
    )
    assert outcome_line(call, "b") == "FAIL  one (b) #2 seed 8: x: x says fail"
    cafe = replace(call, condition="cafe")
    assert outcome_line(cafe, "b") == "FAIL  one (b, cafe) #2 seed 8: x: x says fail"
    assert outcome_line(cafe) == "FAIL  one (cafe) #2 seed 8: x: x says fail"


def test_the_bar_names_the_current_call_and_prints_what_did_not_pass(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    target = Target(format=1, target="reference")
    desk = small_desk(tmp_path / "desk", one=1, two=1)
    jobs = plan_jobs(find((desk,)), Repeats(), target)
    plan = RunPlan(jobs, tmp_path, virtual=True, concurrency=2)
    results = [CallResult(j.label, "", 0, 7, "completed", "", "", 1.0, True) for j in jobs]
    with progress_for(plan) as progress:
        for job in jobs:
            progress.started(job)
        progress.ended(jobs[1], results[1])
        progress.ended(jobs[0], replace(results[0], passed=None, status="agent_error"))
    output = capsys.readouterr()
    assert "----  one: agent_error" in output.err
    assert "2/2" in output.err
    assert output.out == ""


def test_a_log_has_a_line_of_figures_now_and_then(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("harness.cli.progress.LOOK_S", 0.01)
    target = Target(format=1, target="reference")
    jobs = plan_jobs(find((small_desk(tmp_path / "desk", one=1),)), Repeats(), target)
    told = ""
    with progress_for(RunPlan(jobs, tmp_path, virtual=True, concurrency=2)) as progress:
        progress.started(jobs[0])
        while "running" not in told:
            told += capsys.readouterr().err
    assert told.splitlines()[0] == "0:00: 0 of 1 done, 1 running; ETA –"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_stop_is_answered_at_once(tmp_path, monkeypatch, capsys, number):
    monkeypatch.setattr("harness.runs.processes.ONE_WISH_S", 0.0)
    desk = find((small_desk(tmp_path / "desk", one=1, two=1),))
    jobs = plan_jobs(desk, Repeats(), Target(format=1, target="reference"))
    told = ""
    with progress_for(RunPlan(jobs, tmp_path, virtual=True, concurrency=2)) as progress:
        for job in jobs:
            progress.started(job)
        for wanted in (
            "stopping: 2 calls under way will still end; finished ones are kept; ",
            "stopping: 2 calls under way left; finished ones are kept\n",
        ):
            signal.raise_signal(number)
            while wanted not in told:
                told += capsys.readouterr().err
        signal.raise_signal(number)
    assert (told + capsys.readouterr().err).count("stopping: ") == 2


def test_the_bar_says_what_a_call_is_at(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    jobs = plan_jobs(
        find((small_desk(tmp_path / "desk", one=1, two=1),)),
        Repeats(),
        Target(format=1, target="reference"),
    )
    plan = RunPlan(jobs, tmp_path, virtual=True, concurrency=2)
    with Workers(1) as workers, progress_for(plan) as progress:
        progress.started(jobs[0])
        workers.submit(at, f"{jobs[0].label}: listening to the agent 3/7").result()
    assert "one: listening to the agent 3/7" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_a_bar_with_calls_done_the_current_call_and_the_time_left(tmp_path):
    desk = small_desk(tmp_path / "desk", first_one=0.3, second_one=0.3)
    leader, follower = pty.openpty()
    options = ["--out", str(tmp_path / "out"), "--concurrency", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "run", str(desk), *options],
        stderr=follower,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        process.wait()
    os.close(leader)
    text = shown.decode("utf-8", "replace")
    for wanted in ("calls", "0/2", "2/2", "ETA", "first_one", "second_one"):
        assert wanted in text
