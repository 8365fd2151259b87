"""The priority of the processes that pace calls: which is granted, and its bounds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from harness.runs import processes

RUNAWAY = """\
import sys, threading
from harness.runs import processes
processes._MOST_S = 1
processes.raise_priority()
print(processes.priority_now(), flush=True)
if "SCHED_RR" not in processes.priority_now():
    sys.exit()
at_work = threading.Event()
beside = threading.Thread(target=at_work.wait, daemon=True)
beside.start()
while "SCHED_RR" in processes.priority_now():
    pass
print(processes.priority_now(), flush=True)
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
    if "SCHED_RR" not in had:
        pytest.skip(f"not granted here: {had}")
    assert after[0] in ("nice -10", "normal")
    assert after[1] == "True"
    assert "gives up its real-time priority" in done.stderr


def refused(*_: object) -> None:
    raise PermissionError


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")
def test_a_system_that_grants_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "setpriority", refused)
    monkeypatch.setattr(processes, "_bound", refused)
    before = processes.priority_now()
    processes.raise_priority()
    assert processes.priority_now() == before
    monkeypatch.setattr(os, "getpriority", lambda *_: -10)
    assert processes.priority_now() == "nice -10"
    monkeypatch.setattr(os, "getpriority", lambda *_: 0)
    assert processes.priority_now() == "normal"


GRANTED = """\
import asyncio, os, sys
from harness.runs import processes
from harness.session.recording_thread import scribe_of
most, real = int(sys.argv[1]), os.sched_setscheduler

def granted(pid, policy, param):
    if param.sched_priority > most:
        raise PermissionError
    real(pid, policy, param)

async def main():
    written = await scribe_of(asyncio.get_running_loop()).write(processes.priority_now)
    print(processes.priority_now(), "|", written)

print(processes.priority_now())
os.sched_setscheduler = granted
del os.setpriority
processes.raise_priority()
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling of Linux")
@pytest.mark.parametrize(
    ("most", "loop_and_scribe"),
    [(2, "SCHED_RR 2 | SCHED_RR 1"), (1, "SCHED_RR 1 | SCHED_RR 1"), (0, "{0} | {0}")],
)
def test_the_loop_goes_before_the_thread_that_writes(most: int, loop_and_scribe: str):
    done = subprocess.run(
        [sys.executable, "-c", GRANTED, str(most)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    before, after = done.stdout.splitlines()
    if after == f"{before} | {before}" and most:
        pytest.skip("real time is not granted here")
    assert after == loop_and_scribe.format(before)
