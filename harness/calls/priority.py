"""A higher priority for the process that paces calls, where the system grants one.

Real-time scheduling (round robin, the lowest priority but one: the thread that writes recordings
takes the lowest, see ``session/scribe.py``) lets frames leave in time beside work on every core,
which a high niceness does not (measured: docs/platforms.md). So that a loop that runs away freezes
no machine, the system counts how long it runs without a pause (``RLIMIT_RTTIME``): then it gives
that priority up, and if it does not even get to that, is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    IN_REAL_TIME = False
else:
    IN_REAL_TIME = sys.platform == "linux"

NICENESS = -10
"""Where there is no real-time scheduling for us."""

_PRIORITIES = (2, 1)
"""The first that is granted is taken."""

_MOST_S, _KILLED_S = 2, 10
"""Longer than the beginning of 200 calls at once takes."""


def raise_priority() -> None:
    """Take what priority we may have, for this thread and those that it starts."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # only root may, or who was given the right to
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    if IN_REAL_TIME:
        with suppress(OSError, ValueError):
            _bound()
            _take_real_time()


def priority_now() -> str:
    """Return, in words, the priority of this thread."""
    if IN_REAL_TIME and os.sched_getscheduler(0) == os.SCHED_RR:
        return f"SCHED_RR {os.sched_getparam(0).sched_priority}"
    niceness = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0
    return f"nice {niceness}" if niceness else "normal"


def _take_real_time() -> None:
    for priority in _PRIORITIES:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
            return


def _bound() -> None:
    """Have the system tell us when we run without a pause; raises where it does not."""
    signal.signal(signal.SIGXCPU, _give_way)
    limits = (_MOST_S * 1_000_000, _KILLED_S * 1_000_000)
    resource.setrlimit(resource.RLIMIT_RTTIME, limits)


def _give_way(*_: object) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it may be over
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
    told = f"ran for {_MOST_S} s without a pause, and gives up its real-time priority"
    sys.stderr.write(f"harness: the process that paces the calls {told}\n")
