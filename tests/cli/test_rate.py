"""``--max-calls-per-minute``: cases without effect, and values that it does not take."""

from __future__ import annotations

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_rate_for_calls_in_virtual_time_is_refused_in_one_line(tmp_path, capsys, command):
    desk = small_desk(tmp_path / "desk", one=0.3)
    options = ["--aa", "--repeat", "10"] if command == "compare" else []
    options += ["--max-calls-per-minute", "5", "--out", str(tmp_path / "out")]
    assert run_command([command, str(desk), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--max-calls-per-minute: the embedded agent is called in virtual time" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["0", "-1", "6001", "many", "1.5"])
def test_a_wrong_rate_is_refused(tmp_path, capsys, value):
    desk = small_desk(tmp_path / "desk", one=0.3)
    assert run_command(["run", str(desk), "--max-calls-per-minute", value]) == 2
    assert "--max-calls-per-minute" in capsys.readouterr().err
