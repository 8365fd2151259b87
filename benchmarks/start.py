"""How long a command takes to start, and the cost of a newcomer's first run.

By default ``harness --help`` against ``python -c pass``, the median of several of each, in turn:
``more_s`` is the difference in processor time, ``more_wall_s`` in wall clock. ``--first-run`` is
``harness run`` with an empty cache, ``first_cpu_s`` of processor time in all processes, and again,
``next_cpu_s``. Prints a JSON line.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 9
QUICK_ROUNDS = 5
HELP = (sys.executable, "-m", "harness", "--help")
PASS = (sys.executable, "-c", "pass")
ROOT = Path(__file__).parents[1]
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Measure the requested figure and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--first-run", action="store_true")
    asked = parser.parse_args()
    print(json.dumps(first_run() if asked.first_run else start(asked.quick)))


def start(quick: bool) -> dict[str, float]:
    """Return the cost of starting, less that of Python itself."""
    both = [(took(HELP), took(PASS)) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
    cpu_s = statistics.median(ours[0] - python[0] for ours, python in both)
    wall_s = statistics.median(ours[1] - python[1] for ours, python in both)
    return {"more_s": round(cpu_s, 3), "more_wall_s": round(wall_s, 3)}


def first_run() -> dict[str, float]:
    """Return the cost of the first run, and of the next."""
    with tempfile.TemporaryDirectory() as scratch:
        places = {"XDG_CACHE_HOME": scratch, "HARNESS_CACHE_DIR": f"{scratch}/harness"}
        costs = []
        for number in range(2):
            out = f"{scratch}/{number}"
            command = (sys.executable, "-m", "harness", "run", "scenarios", "--out", out)
            costs.append(took(command, places))
    (first, wall_s), (following, _) = costs
    return {
        "first_cpu_s": round(first, 1),
        "first_wall_s": round(wall_s, 1),
        "next_cpu_s": round(following, 1),
    }


def took(command: tuple[str, ...], also: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Return processor and wall seconds of a command; the first with all that it started (Linux).

    The process that starts the workers outlives the command by a moment, and is not waited for:
    it comes to us as an orphan, and counts once it has ended.
    """
    _take_orphans()
    before, began_s = _spent_s(), time.perf_counter()
    environment = {**os.environ, **(also or {})}
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    wall_s = time.perf_counter() - began_s
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    return _spent_s() - before, wall_s


def _take_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _spent_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
