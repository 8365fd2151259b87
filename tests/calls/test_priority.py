"""The priority of the process that paces calls: what is granted, and what bounds it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from harness.calls import priority

RUNAWAY = """\
import sys, threading
from harness.calls import priority
priority._MOST_S = 1
priority.raise_priority()
print(priority.priority_now(), flush=True)
if priority.priority_now() != "SCHED_RR 1":
    sys.exit()
at_work = threading.Event()
beside = threading.Thread(target=at_work.wait, daemon=True)
beside.start()
while priority.priority_now() == "SCHED_RR 1":
    pass
print(priority.priority_now(), flush=True)
import os
print(os.sched_getscheduler(beside.native_id) == os.SCHED_OTHER, flush=True)
at_work.set()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")
def test_a_loop_that_runs_away_gives_up_its_real_time_priority():
    done = subprocess.run(
        [sys.executable, "-c", RUNAWAY], capture_output=True, text=True, check=True, timeout=60
    )
    had, *after = done.stdout.splitlines()
    if had != "SCHED_RR 1":
        pytest.skip(f"not granted here: {had}")
    assert after[0] in ("nice -10", "normal")
    assert after[1] == "True"
    assert "gives up its real-time priority" in done.stderr


def refused(*_: object) -> None:
    raise PermissionError


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")
def test_a_system_that_grants_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "setpriority", refused)
    monkeypatch.setattr(priority, "_bound", refused)
    before = priority.priority_now()
    priority.raise_priority()
    assert priority.priority_now() == before
    monkeypatch.setattr(os, "getpriority", lambda *_: -10)
    assert priority.priority_now() == "nice -10"
    monkeypatch.setattr(os, "getpriority", lambda *_: 0)
    assert priority.priority_now() == "normal"
