"""Tables fit a screen, and are whole if they go into a pipe or a file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.synthetic_run import result, run_results, score

from harness.cli.run_output import printed
from harness.report.terminal import run_table

WHY = "cancel_order was called with ORD-8302X, but " + "it was never read back " * 9
PAGE = "calls/" + "a-long-name-" * 12 + "/001"
TABLE = run_table(run_results((result("late", score("x", "fail", WHY), recording=PAGE),)))


@pytest.mark.parametrize("columns", ["20", "80"])
def test_lines_for_a_pipe_are_whole_however_narrow_the_screen_is(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    lines = printed(TABLE).splitlines()
    assert sum(WHY.strip() in line for line in lines) == 1
    assert f"  {PAGE}/index.html" in lines
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_screen_gets_lines_that_fit(tmp_path):
    import pty

    leader, follower = pty.openpty()
    text = "from rich.text import Text; from harness.cli.run_output import printed, say"
    text += "; say(printed(Text('word ' * 60)))"
    with subprocess.Popen(
        [sys.executable, "-c", text],
        stdout=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "60"},
    ):
        os.close(follower)
        shown = b""
        while shown.count(b"word") < 60:
            shown += os.read(leader, 4096)
    os.close(leader)
    lines = shown.decode().splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) <= 60
