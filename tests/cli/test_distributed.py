"""``--executor dask`` from the command line: refusals, and a run that is stopped."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from support.guide_shell import free_port
from support.small_desk import Command, results_of, small_desk

from harness.cli.main import run_command
from harness.runs.plan_file import read_journal
from harness.runs.worker_results import PARCELS


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--scheduler", "127.0.0.1:1"], 2, "--scheduler goes with --executor dask; add that"),
        (
            ["--executor", "dask", "--scheduler", "http://x:1"],
            2,
            "expected tcp://HOST:PORT or tls://HOST:PORT of a dask scheduler, got 'http://x:1'",
        ),
        (["--executor", "dask", "--scheduler", "x:99999"], 2, "expected tcp://HOST:PORT"),
        (
            ["--executor", "dask", "--scheduler", f"127.0.0.1:{free_port()}"],
            3,
            "no dask scheduler answers at tcp://127.0.0.1:",
        ),
        (["--executor", "dask", "--real-time"], 2, "calls the embedded agent in virtual time only"),
        (["--out", "s3://bucket/x"], 2, "--out s3://bucket/x goes with --executor dask"),
        (["--executor", "dask", "--out", "ftx://a/b"], 2, "ftx://a/b: Protocol not known: ftx"),
        (
            ["--executor", "dask", "--out", "s3://"],
            2,
            "'--out': expected a folder, or a place in a store as s3://BUCKET/FOLDER, got 's3://'",
        ),
        (
            ["--executor", "dask", "--out", "file:///dev/null/y"],
            3,
            "cannot write file:///dev/null/y: /dev/null/y/.parcels/",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run"])
def test_what_cannot_be_is_refused_in_one_line(tmp_path, capsys, command, options, code, told):
    assert run_command([command, str(small_desk(tmp_path / "desk", a=1)), *options]) == code
    error = capsys.readouterr().err
    assert told in error.splitlines()[-1]
    assert "Traceback" not in error


def test_what_listens_and_is_no_scheduler_is_told_as_such(tmp_path, capsys):
    def hang_up(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                there, _ = server.accept()
                there.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hang_up, args=(server,), daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        desk, out = small_desk(tmp_path / "desk", a=1), str(tmp_path / "out")
        options = ["--executor", "dask", "--scheduler", address, "--out", out]
        assert run_command(["run", str(desk), *options]) == 3
        server.shutdown(socket.SHUT_RDWR)
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"answers at {address}: what listens there is no dask scheduler, or has just" in told
    assert "<TCP" not in told


@pytest.mark.parametrize("command", ["run", "worker"])
def test_without_the_extra_the_command_says_how_to_install_it(
    tmp_path, capsys, monkeypatch, command
):
    def find_spec(name: str) -> None:
        assert name == "distributed"

    monkeypatch.setattr("harness.runs.preflight.find_spec", find_spec)
    monkeypatch.setattr("harness.cli.worker.find_spec", find_spec)
    desk = str(small_desk(tmp_path / "desk", a=1))
    arguments = ["run", desk, "--executor", "dask"] if command == "run" else ["worker", "x:1"]
    assert run_command(arguments) == 2
    told = "python -m pip install 'voice-agent-harness[distributed]'"
    assert told in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_run_on_a_cluster_of_its_own_is_interrupted_and_leaves_no_process(tmp_path):
    desk, out = small_desk(tmp_path / "desk", quiet=1), tmp_path / "out"
    options = ["--out", out, "--repeat", "500", "--concurrency", "1", "--executor", "dask"]
    with Command(tmp_path, "run", desk, *options) as command:
        command.when(lambda: "[2/500]" in command.stderr)
        command.signal(signal.SIGINT)
        code, _ = command.end()
        assert "Traceback" not in command.stderr
        command.until(lambda: command.left_over() == [])
    assert code == 130
    found = [call["status"] for call in results_of(out)["calls"]]
    made = found.index("not_called")
    assert 2 <= made < 500
    assert set(found[made:]) == {"not_called"}
    assert [path.name for path in out.glob(".parcels")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("machines", [["--executor", "dask"], []])
def test_a_run_that_is_killed_with_9_is_resumed_by_workers_or_here(tmp_path, monkeypatch, machines):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", quiet=1, other=2)
    asked = ["desk", "--repeat", "10", "--concurrency", "1"]
    assert run_command(["run", *asked, "--out", "whole"]) in (0, 1)
    with Command(tmp_path, "run", *asked, "--out", "out", "--executor", "dask") as command:
        command.when(lambda: "[4/20]" in command.stderr)
        command.signal(signal.SIGKILL)
        command.end()
        command.until(lambda: command.left_over() == [])
    before = {path: path.stat().st_mtime_ns for path in judged_calls(tmp_path / "out")}
    assert 4 <= len(before) < 20
    assert run_command(["run", "--resume", "out", *machines]) in (0, 1)
    assert results_of(tmp_path / "out")["calls"] == results_of(tmp_path / "whole")["calls"]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not (tmp_path / "out" / PARCELS).exists()


def test_a_run_in_real_time_of_the_embedded_agent_is_not_resumed_by_workers(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", quiet=0.1)
    assert run_command(["run", "desk", "--real-time", "--out", "out"]) in (0, 1)
    (tmp_path / "out/results.json").unlink()
    assert run_command(["run", "--resume", "out", "--executor", "dask"]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert "--executor dask calls the embedded agent in virtual time only" in told


def judged_calls(run_folder: Path) -> list[Path]:
    """Return the manifests of the calls in the journal: those must not be made again."""
    return [run_folder / place / "manifest.json" for place in read_journal(run_folder)]
