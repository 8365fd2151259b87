"""Ctrl-C, SIGTERM, a full disk, a killed worker: finished calls are kept, no process remains."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.small_desk import Command, results_of, small_desk, statuses
from support.stored_desk import write_desk

from harness.cli.main import Exit, run_command
from harness.runs.processes import ONE_WISH_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

OVER = {"completed", "agent_silent", "timing_invalid"}
"""Ends of a call that took place; a busy machine may make a real-time call invalid."""
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@contextmanager
def clean(tmp_path: Path, *arguments: str | Path, **more: Any) -> Iterator[Command]:
    """Run a command, and see that it ends without a traceback and without a process left."""
    with Command(tmp_path, *arguments, **more) as command:
        yield command
        assert "Traceback" not in command.stderr
        assert command.left_over() == []


@pytest.mark.parametrize(
    ("number", "ways"),
    [
        (signal.SIGINT, ("group",)),
        (signal.SIGTERM, ("process",)),
        (signal.SIGTERM, ("process", "group")),
    ],
    ids=["a terminal", "a service manager", "timeout"],
)
def test_an_interrupted_virtual_run_keeps_finished_calls_and_writes_its_report(
    tmp_path, number, ways
):
    desk, out = small_desk(tmp_path / "desk", quiet=1), tmp_path / "out"
    options = ["--out", out, "--repeat", "500", "--concurrency", "1"]
    with clean(tmp_path, "run", desk, *options) as command:
        command.when(lambda: "[2/500]" in command.stderr)
        send = {"group": command.signal, "process": command.process.send_signal}
        for way in ways:
            send[way](number)
        code, output = command.end()
    assert code == 130
    # between two calls none is under way
    said = r"stopping: (?:1 call|0 calls) under way will still end; finished ones are kept"
    assert re.search(said, command.stderr)
    assert "interrupted" in output
    results = results_of(out)
    assert results["interrupted"] is True
    assert [call["repeat"] for call in results["calls"]] == list(range(500))
    found = [call["status"] for call in results["calls"]]
    made = found.index("not_called")
    assert 2 <= made < 500
    assert set(found[:made]) <= OVER
    assert set(found[made:]) == {"not_called"}
    assert f"The run was interrupted: {made} of 500 calls were made." in output
    assert "interrupted" in (out / "index.html").read_text()


def test_a_second_ctrl_c_kills_the_call_under_way_and_shows_it_as_interrupted(tmp_path):
    desk, out = small_desk(tmp_path / "desk", a_quick=1, b_long=3000), tmp_path / "out"
    with clean(tmp_path, "run", desk, "--out", out, "--concurrency", "1") as command:
        command.when((out / "calls" / "b-long" / "001" / "events.jsonl").exists)
        command.signal(signal.SIGINT)
        time.sleep(2 * ONE_WISH_S)  # the first may be heard late, never the second early
        command.process.send_signal(signal.SIGTERM)
        code, _ = command.end()
    assert code == 130
    (_, first), (name, second) = statuses(out)
    assert first in OVER
    assert (name, second) == ("b_long", "interrupted")
    assert (out / "index.html").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupted_real_time_run_hangs_up_and_shows_what_was_recorded(tmp_path, number):
    desk, out = small_desk(tmp_path / "desk", a=0.5, b=3000, c=1), tmp_path / "out"
    options = ["--real-time", "--out", out, "--concurrency", "1"]
    with clean(tmp_path, "run", desk, *options) as command:
        events = out / "calls" / "b" / "001" / "events.jsonl"
        command.when(lambda: events.exists() and events.stat().st_size > 1000)
        command.process.send_signal(number)
        code, _ = command.end()
    assert code == 130
    (first, status), second, third = statuses(out)
    assert first == "a"
    assert status in OVER
    assert second == ("b", "interrupted")
    assert third == ("c", "not_called")
    assert results_of(out)["calls"][1]["duration_s"] > 0
    assert (out / "calls" / "b" / "001" / "index.html").exists()


@pytest.mark.parametrize("real_time", [True, False])
def test_ctrl_c_again_and_again_costs_no_result(tmp_path, real_time):
    """Every 20 ms until the results are written, to hit each place that a further one may hit."""
    desk, out = small_desk(tmp_path / "desk", a=0.5, b=3000, c=1), tmp_path / "out"
    options = ["--out", out, "--concurrency", "1", *(["--real-time"] if real_time else [])]
    with clean(tmp_path, "run", desk, *options) as command:
        events = out / "calls" / "b" / "001" / "events.jsonl"
        command.when(lambda: events.exists() and (not real_time or events.stat().st_size > 1000))
        while not (out / "results.json").exists():
            assert command.process.poll() is None, command.stderr
            command.signal(signal.SIGINT)
            time.sleep(0.02)
        code, _ = command.end()
    assert code == 130
    assert [name for name, _ in statuses(out)] == ["a", "b", "c"]
    assert statuses(out)[0][1] in OVER
    assert statuses(out)[2][1] == "not_called"
    assert results_of(out)["interrupted"] is True


def test_a_killed_worker_spoils_its_call_only_and_the_run_goes_on(tmp_path):
    desk, out = small_desk(tmp_path / "desk", a_long=3000, b_quick=1), tmp_path / "out"
    with clean(tmp_path, "run", desk, "--out", out, "--concurrency", "1") as command:
        command.when((out / "calls" / "a-long" / "001" / "events.jsonl").exists)
        for worker in command.workers():
            os.kill(worker, signal.SIGKILL)
        code, _ = command.end()
    assert code == 3
    killed, (name, status) = statuses(out)
    assert killed == ("a_long", "harness_error")
    assert name == "b_quick"
    assert status in OVER
    assert "a worker process died" in results_of(out)["calls"][0]["status_detail"]


def test_an_interrupt_while_pages_are_written_says_how_to_get_them(tmp_path, monkeypatch, capsys):
    def interrupted(folder: Path, _each: object, _ahead: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.run_output.write_report", interrupted)
    desk, out = small_desk(tmp_path / "desk", quiet=0.1), tmp_path / "out"
    assert run_command(["run", str(desk), "--out", str(out)]) == 130
    assert f"results are kept; `harness report {out}` writes the pages" in capsys.readouterr().err
    assert len(results_of(out)["calls"]) == 1


def test_a_killed_run_leaves_no_process_and_is_rescued_from_its_recordings(tmp_path):
    desk, out = small_desk(tmp_path / "desk", quiet=1), tmp_path / "out"
    options = ["--out", out, "--repeat", "500", "--concurrency", "1"]
    with Command(tmp_path, "run", desk, *options) as command:
        command.when(lambda: "[2/500]" in command.stderr)
        command.process.kill()
        command.process.wait()
        command.until(lambda: not command.left_over())
    with clean(tmp_path, "score", out) as command:
        code, _ = command.end()
    assert code == 130
    results = results_of(out)
    assert results["interrupted"] is True
    assert results["target"] == "reference"
    assert len(results["calls"]) >= 2
    assert {call["status"] for call in results["calls"][:2]} <= OVER


def test_a_killed_real_time_run_leaves_no_process_that_writes_on(tmp_path):
    desk, out = small_desk(tmp_path / "desk", a=0.2, b=3000), tmp_path / "out"
    options = ["--real-time", "--out", out, "--concurrency", "1"]
    with Command(tmp_path, "run", desk, *options) as command:
        events = out / "calls" / "b" / "001" / "events.jsonl"
        command.when(lambda: events.exists() and events.stat().st_size > 1000)
        command.process.kill()
        command.process.wait()
        command.until(lambda: not command.workers())
        size = events.stat().st_size
        command.until(lambda: not command.left_over())
        assert events.stat().st_size == size


def _small_files(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def test_a_full_disk_is_the_result_of_its_call_and_the_others_are_kept(tmp_path):
    desk, out = small_desk(tmp_path / "desk", a_short=1, b_long=60, c_short=1), tmp_path / "out"
    options = ["--out", out, "--concurrency", "1"]
    small = partial(_small_files, 1_000_000)  # a minute of a track needs 2,880,000
    with clean(tmp_path, "run", desk, *options, preexec_fn=small) as command:
        code, output = command.end()
        assert "File too large" in command.stderr
    assert code == 3
    found = dict(statuses(out))
    assert found["b_long"] == "harness_error"
    assert {found["a_short"], found["c_short"]} <= OVER
    owed = {call["scenario"]: call for call in results_of(out)["calls"]}["b_long"]
    assert "cannot write" in owed["status_detail"]
    assert owed["end_cause"] == "unwritten"
    assert "report:" in output
    assert command.stderr.splitlines()[-1] == f"to go on: harness run --resume {out}"
    kept = (out / "calls/a-short/001/events.jsonl").stat().st_mtime_ns
    with clean(tmp_path, "run", "--resume", out) as command:
        command.end()
        assert "2 of 3 calls are done; 1 to go" in command.stderr
    assert {status for _, status in statuses(out)} <= OVER
    assert (out / "calls/a-short/001/events.jsonl").stat().st_mtime_ns == kept
    assert not (out / "journal.jsonl").exists()


def test_results_that_cannot_be_written_are_one_line_and_leave_the_recordings(tmp_path):
    desk, out = small_desk(tmp_path / "desk", **{f"quiet_{n}": 0.1 for n in range(20)}), None
    out = tmp_path / "out"
    small = partial(_small_files, 90_000)
    options = ["--out", out, "--repeat", "2"]
    with clean(tmp_path, "run", desk, *options, preexec_fn=small) as command:
        code, _ = command.end()
        said = [line for line in command.stderr.splitlines() if not line.startswith("[")]
    assert code == 3
    assert len(said) == 1
    assert said[0].startswith(f"harness: error: cannot write {out}")
    assert said[0].endswith(f"; make room, then `harness run --resume {out}`")
    assert len(list((out / "calls").glob("*/*/manifest.json"))) == 40


def test_an_interrupted_import_keeps_whole_calls_and_says_how_to_go_on(tmp_path):
    desk, out = write_desk(tmp_path), tmp_path / "out"
    chat = {"messages": [{"role": "user", "content": "Hello."}]}
    (tmp_path / "calls.jsonl").write_text(f"{json.dumps(chat)}\n" * 20)
    options = [tmp_path / "calls.jsonl", "--suite", desk / "desk", "--out", out]
    with clean(tmp_path, "import", *options, "--concurrency", "1") as command:
        command.when(lambda: "[2/20]" in command.stderr)
        command.signal(signal.SIGINT)
        code, output = command.end()
        told = command.stderr
    assert code == 130
    assert "interrupted" in output
    assert f"to go on: the same command with --out {out} --resume" in told
    made = results_of(out)["calls"]
    assert 2 <= len(made) < 20
    assert {call["status"] for call in made} == {"completed"}
    assert not (out / ".importing").exists()
    files = [out / call["recording"] / "manifest.json" for call in made]
    written = [file.stat().st_mtime_ns for file in files]
    assert run_command(["import", *map(str, options)]) == Exit.USAGE
    judged = Exit.GATE_FAILED  # a greeting alone: no scorer can judge it
    assert run_command(["import", *map(str, options), "--resume"]) == judged
    assert len(results_of(out)["calls"]) == 20
    assert written == [file.stat().st_mtime_ns for file in files]
