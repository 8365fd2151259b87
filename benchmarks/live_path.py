"""The cost of a live call, ours and a plain client's, and how many fit on a core.

Both sides call the light agent, which runs in a process of its own, and are processes of their own
too; rounds of both are interleaved, so that a busy machine hurts them alike. In addition, a
``floor`` only sends ready frames: the cost of Python and the system for that alone.

Prints a JSON line. By default: ``cpu_ratio_50`` and ``cpu_ratio_150``, our processor time over
the plain client's with so many calls at once (the median of the rounds), the same with judging
counted (``judged_ratio_50``, ``judged_ratio_150``), of the floor (``floor_ratio_50``,
``floor_ratio_150``), and for each of them and each number its ``cpu_ms`` for a second of call and
``late_p99_ms``, how late frames left. ``--search``: how many calls each side holds on one core at a
lateness under 5 ms, going up until it does not (``calls``), and ``calls_ratio``. ``--many``:
``late_p99_ms`` of 400 calls from two processes of ours, and their ``cpu_ms`` for a second of call.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.runs.embedded import agent_process

CHILD = Path(__file__).with_name("live_calls.py")
SIDES = ("plain", "ours")
MEASURED = (*SIDES, "floor")
CALLS = (50, 150)
SECONDS = 8.0
QUICK_SECONDS = 6.2
"""Every 99th percentile comes from three hundred frames, at least."""
ROUNDS = 2
STEPS = (10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500)
LATE_MS = 5.0
MANY, PROCESSES = 400, 2


def main() -> None:
    """Measure the requested figures and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, shorter calls")
    parser.add_argument("--search", action="store_true", help="how many calls fit on one core")
    parser.add_argument("--many", action="store_true", help="400 calls from two processes")
    asked = parser.parse_args()
    seconds = QUICK_SECONDS if asked.quick else SECONDS
    with agent_process(None, light=True) as url:
        if asked.search:
            line = search(url, seconds)
        elif asked.many:
            line = many(url, seconds)
        else:
            line = compared(url, seconds, 1 if asked.quick else ROUNDS)
    print(json.dumps(line))


def measured(side: str, url: str, calls: int, seconds: float) -> dict[str, Any]:
    """Return the figures of ``live_calls.py`` for one side."""
    command = [sys.executable, str(CHILD), side, url]
    command += ["--calls", str(calls), "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compared(url: str, seconds: float, rounds: int) -> dict[str, Any]:
    """Return the cost of both sides at each number of calls, and their ratios."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for _ in range(rounds):
        for calls in CALLS:
            for side in MEASURED:
                found.setdefault((side, calls), []).append(measured(side, url, calls, seconds))
    priority = found["ours", CALLS[0]][0]["priority"]
    line: dict[str, Any] = {"priority": priority}
    line["frames"] = min(one["frames"] for each in found.values() for one in each)
    for calls in CALLS:
        pairs = list(zip(found["ours", calls], found["plain", calls], strict=True))
        ratios = [ours["cpu_ms"] / plain["cpu_ms"] for ours, plain in pairs]
        judged = [(ours["cpu_ms"] + ours["judging_ms"]) / plain["cpu_ms"] for ours, plain in pairs]
        line[f"cpu_ratio_{calls}"] = round(statistics.median(ratios), 2)
        line[f"judged_ratio_{calls}"] = round(statistics.median(judged), 2)
        floor = zip(found["floor", calls], found["plain", calls], strict=True)
        least = statistics.median(one["cpu_ms"] / plain["cpu_ms"] for one, plain in floor)
        line[f"floor_ratio_{calls}"] = round(least, 2)
        for side in MEASURED:
            for what in ("cpu_ms", "late_p99_ms"):
                values = [one[what] for one in found[side, calls]]
                line[f"{side}_{what}_{calls}"] = round(statistics.median(values), 2)
    return line


def search(url: str, seconds: float) -> dict[str, Any]:
    """Return how many calls each side holds on one core with its frames on time."""
    held = {side: most(side, url, seconds) for side in SIDES}
    ratio = held["ours"] / held["plain"] if held["plain"] else None
    return {"calls": held, "calls_ratio": None if ratio is None else round(ratio, 2)}


def most(side: str, url: str, seconds: float) -> int:
    """Return the largest number of calls of one process whose frames left on time; 0 for none."""
    held = 0
    for calls in STEPS:
        if measured(side, url, calls, seconds)["late_p99_ms"] >= LATE_MS:
            return held
        held = calls
    return held


def many(url: str, seconds: float) -> dict[str, Any]:
    """Return how late the frames of many calls left that two processes made."""
    each = MANY // PROCESSES
    with ThreadPoolExecutor(PROCESSES) as pool:
        found = list(pool.map(lambda _: measured("ours", url, each, seconds), range(PROCESSES)))
    return {
        "calls": MANY,
        "priority": found[0]["priority"],
        "late_p99_ms": max(one["late_p99_ms"] for one in found),
        "cpu_ms": round(statistics.mean(one["cpu_ms"] for one in found), 2),
        "cores": len(os.sched_getaffinity(0)),
    }


if __name__ == "__main__":
    main()
