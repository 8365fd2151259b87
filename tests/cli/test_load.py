"""``harness load``: its options, and a small test against the light agent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.results.load.model import OwnLimit

RATE = "expected more than 0 and at most 100 calls a second, as 5/s or 300/min, got"
TIME = "expected a time up to 24h, as 90s, 10m or 1h, got"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rate", "0", "--for", "1m"], f"'--rate': {RATE} 0"),
        (["--rate", "101/s", "--for", "1m"], f"'--rate': {RATE} 101/s"),
        (["--rate", "5/x", "--for", "1m"], f"'--rate': {RATE} 5/x"),
        (["--rate", "1", "--for", "0"], f"'--for': {TIME} 0"),
        (["--rate", "1", "--for", "25h"], f"'--for': {TIME} 25h"),
        (["--rate", "1", "--for", "soon"], f"'--for': {TIME} soon"),
        (
            ["--rate", "1", "--for", "10s", "--ramp", "1m"],
            "--ramp 60s is longer than the test (--for 10s); the ramp is part of it",
        ),
    ],
)
def test_a_wrong_option_is_told_in_one_line(capsys, options, said):
    assert run_command(["load", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_test_is_made_kept_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(
        "harness.results.load.findings.LATE_S", 1.0
    )  # whatever else the machine does
    desk, out = small_desk(tmp_path / "desk", a=0.4, b=0.4), tmp_path / "out"
    options = ["--rate", "120/min", "--for", "2.4s", "--ramp", "1ms", "--even", "--light"]
    assert run_command(["load", str(desk), *options, "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "The light reference agent was called" in told.out
    assert "Too little was seen to tell whether answers get slower" in told.out
    assert told.out.splitlines()[-1] == f"report: {out / 'load.html'}"
    assert "4 of 4 done, 0 running; " in told.err
    stored = json.loads((out / "load.json").read_text())
    assert [round(call["due_s"], 3) for call in stored["calls"]] == [0.5, 1.0, 1.5, 2.001]
    assert all(call["began_s"] >= call["due_s"] for call in stored["calls"])
    assert all(call["ended_s"] > call["began_s"] for call in stored["calls"])
    scorers = {
        score["scorer"]
        for call in json.loads((out / "results.json").read_text())["calls"]
        for score in call["scores"]
    }
    assert scorers == {"time_to_first_audio"}
    assert "<svg" in (out / "load.html").read_text()
    assert run_command(["verify", str(out)]) == 0
    (out / "journal.jsonl").touch()  # as a kill leaves it
    assert run_command(["run", "--resume", str(out)]) == 2
    assert "is a load test, whose calls were due at their time" in capsys.readouterr().err
    assert (out / "index.html").exists()
    (out / "load.html").unlink()
    assert run_command(["report", str(out)]) == 0
    assert capsys.readouterr().out == f"{out / 'load.html'}\n"


@pytest.mark.parametrize(
    "command",
    [
        ["load", "--rate", "1", "--for", "2s", "--light"],
        ["run", "--real-time", "--concurrency", "auto"],
    ],
)
def test_a_folder_with_a_run_in_it_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
):
    desk, out = small_desk(tmp_path / "desk", a=0.1), tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text("{}")
    assert run_command([*command, str(desk), "--out", str(out)]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert f"{out} already holds a run; give another --out, or --force to replace it" in told


def test_a_test_beyond_what_this_machine_holds_is_refused_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("harness.cli.load.own_limit", lambda _: OwnLimit(2, 1, 0.001, 3))
    monkeypatch.chdir(tmp_path)
    desk = small_desk(tmp_path / "desk", a=3.0)
    options = ["--rate", "5", "--for", "2s", "--ramp", "1ms", "--even", "--light"]
    assert run_command(["load", str(desk), *options]) == 2
    held, refused = capsys.readouterr().err.splitlines()
    assert held.startswith("this machine holds 2 calls at a time in 1 process, p99 1.0 ms late")
    assert refused.startswith("harness: error: --rate: 9 calls would be under way at once")
    assert not (tmp_path / "reports").exists()


def test_a_test_in_which_no_call_took_place_fails(tmp_path: Path, capsys):
    desk = small_desk(tmp_path / "desk", a=0.4)
    nobody = ["--target", "ws://127.0.0.1:9/v1/realtime"]
    options = ["--rate", "5", "--for", "1s", "--ramp", "1ms", "--even", *nobody]
    assert run_command(["load", str(desk), *options, "--out", str(tmp_path / "out")]) == 3
    told = capsys.readouterr()
    assert "4 of 4 calls failed, so nothing is known" in " ".join(told.out.split())
    assert told.err.count("refused") == 1  # once, however many calls met it
