"""The cost of a command in all its processes together: processor time, wall clock, memory.

Memory that they share is counted once, and looked at ten times a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_S = 0.1

Took = Mapping[str, float]


def adopt_orphans() -> None:
    """Have processes come to us whose parent is over, so that they are counted; Linux alone can.

    The process that starts the workers outlives a command.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measured(asked: Sequence[str]) -> dict[str, float]:
    """Return the cost of a command in all its processes, with those that outlive it by a moment.

    Waits until this process has no child left: it must have started none that stays.
    """
    before, began_s, most = _spent_s(), time.perf_counter(), [0.0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            most[0] = max(most[0], sum(map(_memory_mb, _descendants(os.getpid()))))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        wall_s = time.perf_counter() - began_s
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()
    finally:
        over.set()
        looking.join()
    cpu_s = _spent_s() - before
    return {"cpu_s": round(cpu_s, 2), "wall_s": round(wall_s, 2), "peak_mb": round(most[0], 1)}


def _spent_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in _lines(f"/proc/{pid}/task/*/children"):
        for child in map(int, task.split()):
            found += [child, *_descendants(child)]
    return found


def _memory_mb(pid: int) -> float:
    """Return the memory of a process, with its part of the memory that it shares with others."""
    for text in _lines(f"/proc/{pid}/smaps_rollup"):
        for line in text.splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _lines(pattern: str) -> list[str]:
    """Return the contents of the files that still exist."""
    found = []
    for path in Path("/").glob(pattern.removeprefix("/")):
        with contextlib.suppress(OSError):
            found.append(path.read_text())
    return found
