"""Ctrl-C while an endpoint keeps a question waiting: it ends at once, and answers are kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from support.boat_desk import OPEN, write_boats
from support.judge_server import Play, answer, judge_server, said

from harness.cli.main import run_command
from harness.judges.answer_file import load_judged
from harness.results.store import RESULTS, read_results

RUN = Path("run")
SETTINGS = """\
format: 1
model: tiny
base_url: {url}
concurrency: 1
timeout_s: 600
"""


def test_ctrl_c_ends_a_waiting_request_and_keeps_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_boats(tmp_path, a=OPEN, b=f"{OPEN} Or so.")
    run_command(["import", "chats", "--suite", "boats", "--out", str(RUN)])
    waiting = threading.Event()
    plays = iter([said(answer()), Play(late=True)])

    def choose(_: dict[str, Any]) -> Play:
        play = next(plays)
        if play.late:
            waiting.set()
        return play

    with judge_server(said("")) as server:
        server.choose = choose
        Path("judge.yaml").write_text(SETTINGS.format(url=server.url))
        command = [sys.executable, "-m", "harness", "score", str(RUN), "--judge", "judge.yaml"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert waiting.wait(60)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
    assert "stopped before all questions were asked" in told
    assert "Traceback" not in told
    calls = read_results(RUN / RESULTS).calls
    stored = [load_judged(RUN / call.recording) for call in calls]
    assert sum(one is not None and one.answers[0].complete for one in stored) == 1
