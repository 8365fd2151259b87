"""``--executor dask`` from the command line: what is refused, and a run that is stopped."""

from __future__ import annotations

import signal
import sys

import pytest
from support.guide_shell import free_port
from support.small_desk import Command, results_of, small_desk

from harness.cli.main import run_command


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
    ],
)
@pytest.mark.parametrize("command", ["run"])
def test_what_cannot_be_is_refused_in_one_line(tmp_path, capsys, command, options, code, told):
    assert run_command([command, str(small_desk(tmp_path / "desk", a=1)), *options]) == code
    error = capsys.readouterr().err
    assert told in error.splitlines()[-1]
    assert "Traceback" not in error


@pytest.mark.parametrize("command", ["run", "worker"])
def test_without_the_extra_the_command_says_how_to_install_it(
    tmp_path, capsys, monkeypatch, command
):
    def find_spec(name: str) -> None:
        assert name == "distributed"

    monkeypatch.setattr("harness.workflows.checking.find_spec", find_spec)
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
