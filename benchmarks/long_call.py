"""Whether a call of an hour piles up in memory, or goes to the disk as it should.

Holds one scripted call with the reference agent in virtual time, both in this process: the caller
asks, listens, is silent for a while, and asks again. Prints one JSON line: ``minutes``, ``wall_s``,
``cpu_s``, resident memory in MB when ``first_min`` minutes were on the disk (``first_mb``), when so
many were (``mb_at``: every ten minutes, or those of ``--at N N``) and at the end of the call
(``last_mb``), and how much it grew in a minute (``mb_a_minute``); it fails above 1. ``--minutes N``
holds a call of another length. What the call is judged in afterwards is not counted (docs/import.md
tells it).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from harness.calls.pipeline import VirtualOrder, call_virtually
from harness.calls.plan import Job, Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.model import Limits
from harness.scenario.script import Turn
from harness.scenario.target import Target
from harness.workflows.embedded import embedded_agent

SUITE = Path(__file__).parents[1] / "scenarios" / "order_desk"
SILENCE_S = 12.0
FIRST_MIN = 10
MOST_MB_A_MINUTE = 1.0
_PAGE_MB = 4096 / 1e6
_BYTES_A_MINUTE = 60 * 24_000 * 2


def main() -> None:
    """Hold the call; exit code 1 if memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--at", type=int, nargs="+", metavar="MINUTE")
    asked = parser.parse_args()
    minutes = asked.minutes
    first_min = min(FIRST_MIN, minutes // 3)
    with tempfile.TemporaryDirectory() as folder:
        seen: list[tuple[float, float]] = []
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(Path(folder), seen, over), daemon=True)
        watch.start()
        before = time.perf_counter()
        call = call_virtually(VirtualOrder(_job(minutes), Path(folder), embedded_agent, None))
        wall_s = time.perf_counter() - before
        cpu_s = time.process_time()
        over.set()
        watch.join()
    first_mb = _mb_at(first_min, seen)
    last_min, last_mb = seen[-1]
    at_minutes = asked.at or range(10, minutes + 1, 10)
    growth = (last_mb - first_mb) / (last_min - first_min)
    figures = {
        "minutes": round((call.duration_s or 0.0) / 60, 1),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "first_min": first_min,
        "first_mb": round(first_mb),
        "mb_at": {at: round(_mb_at(at, seen)) for at in at_minutes if at <= last_min},
        "last_mb": round(last_mb),
        "mb_a_minute": round(growth, 2),
        "status": call.status,
    }
    print(json.dumps(figures))
    sys.exit(growth > MOST_MB_A_MINUTE)


def _job(minutes: int) -> Job:
    (loaded,) = find((SUITE / "lookup" / "straight.yaml",))
    asked, still = loaded.scenario.turns[0], Turn(silence=SILENCE_S)
    answers = tuple(each.model_copy(update={"times": 500}) for each in loaded.scenario.answers)
    limits = Limits(**{**loaded.scenario.limits.model_dump(), "call_s": minutes * 60.0})
    scenario = loaded.scenario.model_copy(
        update={"turns": (asked, still) * (5 * minutes), "answers": answers, "limits": limits}
    )
    target = Target(format=1, target="reference")
    (job,) = plan_jobs((replace(loaded, scenario=scenario),), Repeats(), target)
    return job


def _watch(folder: Path, seen: list[tuple[float, float]], over: threading.Event) -> None:
    """Note how many minutes are on the disk, and how much memory is taken, while they grow."""
    while not over.wait(0.2):
        tracks = list(folder.rglob("caller.*"))
        minute = max((_bytes(path) for path in tracks), default=0) / _BYTES_A_MINUTE
        if seen and minute <= seen[-1][0]:
            continue
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        seen.append((minute, pages * _PAGE_MB))


def _mb_at(wanted: int, seen: list[tuple[float, float]]) -> float:
    """Return how much memory was taken when so many minutes were on the disk."""
    return next(mb for minute, mb in seen if minute >= wanted)


def _bytes(path: Path) -> int:
    """Return how long a track is by now; it is packed into another when the call is over."""
    return path.stat().st_size if path.exists() else 0


if __name__ == "__main__":
    main()
