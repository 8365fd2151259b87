"""What a call costs beyond itself when a worker of dask makes it, and what 20 killed workers spoil.

Prints one JSON line.

- ``overhead_ms``: seconds per call of a run on one worker with one call at a time, less those of
  the same calls on one worker process of this machine (``run_virtual``): alternating rounds, each
  first with a warm one. Calls are nearly empty (silence), so that nothing hides it. The interval is
  the smallest and largest difference of neighbouring rounds. ``overhead_cpu_ms`` is the same in
  processor time, of all processes together.
- ``start_s``: from nothing to the first call of a local cluster, ``end_s`` its end.
- ``killed``: runs in which a worker was killed (-9, with its processes) at a random moment, until
  ``kills`` were; ``lost`` and ``twice`` count calls that are missing, or told more than once, and
  ``other_verdicts`` those that differ from the undisturbed run (all scores, with their reasons).
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

from distributed import LocalCluster

from harness.calls.distributed import run_distributed
from harness.calls.local import run_virtual
from harness.calls.local_cluster import local_cluster
from harness.calls.plan import Job, Machines
from harness.calls.workers import Workers
from harness.results.model import CallResult
from harness.scenario.catalog import default_paths
from harness.workflows.calling import RunRequest, planned
from harness.workflows.embedded import embedded_agent

ROUNDS, CALLS = 5, 40
KILLS, AT_ONCE = 20, 2

QUIET = """\
format: 1
name: quiet
turns:
  - silence: 0.3
limits:
  time_to_first_audio_s: 0.4
  time_to_first_audio_with_tool_s: 0.4
  answer_timeout_s: 0.5
"""
SUITE = "format: 1\nsuite: quiet desk\ninstructions: prompt.md\n"


class Told:
    """Counts what a run tells of each call."""

    def __init__(self) -> None:
        self.calls: Counter[Path] = Counter()

    def started(self, job: Job) -> None:
        """Nothing is counted yet."""

    def ended(self, job: Job, _result: CallResult) -> None:
        """Count it."""
        self.calls[job.recording] += 1


def main() -> None:
    """Measure all of it; the number of kills may be given (0: only the overhead and the start)."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        line = overhead(place) | start() | (killed(place, kills) if kills else {})
    print(json.dumps(line))


def overhead(place: Path) -> dict[str, object]:
    """Return what a call costs more on a worker than in a process of this machine."""
    desk = place / "desk"
    desk.mkdir()
    (desk / "suite.yaml").write_text(SUITE)
    (desk / "prompt.md").write_text("Stay quiet while nobody speaks.\n")
    (desk / "quiet.yaml").write_text(QUIET)
    plan = planned(RunRequest((desk,), repeat=CALLS, concurrency=1, out=place / "out"))
    wall: list[float] = []
    local_ms, cpu = [], []
    with scheduler() as address, crew(address, 1, place), Workers(1) as workers:
        for number in range(ROUNDS + 1):
            here, there = (replace(plan, out=place / f"{number}{way}") for way in "ht")
            began, spent = time.perf_counter(), processor_s()
            run_virtual(here, embedded_agent, Told(), workers)
            middle, half = time.perf_counter(), processor_s()
            results, _ = run_distributed(there, Machines(address), embedded_agent, Told())
            ended, all_of = time.perf_counter(), processor_s()
            assert len(results) == CALLS
            if number:  # the first loads what all others have
                local_ms.append((middle - began) * 1000 / CALLS)
                wall.append((ended - middle - (middle - began)) * 1000 / CALLS)
                cpu.append((all_of - half - (half - spent)) * 1000 / CALLS)
    return {
        "overhead_ms": round(statistics.median(wall), 2),
        "overhead_ms_range": [round(min(wall), 2), round(max(wall), 2)],
        "overhead_cpu_ms": round(statistics.median(cpu), 2),
        "local_ms": round(statistics.median(local_ms), 2),
        "calls": CALLS * ROUNDS,
    }


def start() -> dict[str, object]:
    """Return how long a cluster of this machine takes to be there, and to be gone."""
    begun, ended = [], []
    for _ in range(3):
        at = time.perf_counter()
        with local_cluster(1) as (address, _keep):
            wait_for_worker(address)
            begun.append(time.perf_counter() - at)
            at = time.perf_counter()
        ended.append(time.perf_counter() - at)
    return {"start_s": round(statistics.median(begun), 2), "end_s": round(max(ended), 2)}


def killed(place: Path, kills: int) -> dict[str, object]:
    """Kill workers at random moments of a run until there were so many."""
    paths = default_paths()
    plan = planned(RunRequest(paths, repeat=2, concurrency=AT_ONCE, out=place / "undisturbed"))
    wanted, _ = run_virtual(plan, embedded_agent, Told())
    count = runs = lost = twice = other = 0
    while count < kills:
        runs += 1
        told = Told()
        with scheduler() as address, crew(address, AT_ONCE, place) as processes:
            killer = Killer(address, place, processes, most=kills - count)
            with killer:
                there = replace(plan, out=place / f"killed-{runs}")
                results, _ = run_distributed(there, Machines(address), embedded_agent, told)
            count += killer.kills
        lost += len(plan.jobs) - len(told.calls)
        twice += sum(number > 1 for number in told.calls.values())
        other += sum(one != two for one, two in zip(results, wanted, strict=True))
    return {
        "kills": count,
        "runs": runs,
        "calls_each": len(plan.jobs),
        "lost": lost,
        "twice": twice,
        "other_verdicts": other,
    }


class Killer(Thread):
    """Kills a worker now and then, as long as its block lasts, and starts another."""

    chance = random.Random(20261123)

    def __init__(
        self, address: str, place: Path, processes: list[subprocess.Popen[str]], *, most: int
    ) -> None:
        super().__init__()
        self._address, self._place, self._processes = address, place, processes
        self._most, self._over = most, Event()
        self.kills = 0

    def run(self) -> None:
        """Kill until there were enough, or the block ends."""
        while self.kills < self._most and not self._over.wait(self.chance.uniform(0.2, 4.0)):
            victim = self.chance.randrange(len(self._processes))
            end(self._processes[victim])
            self._processes[victim] = worker(self._address, self._place)
            self.kills += 1

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self.join()


@contextmanager
def scheduler() -> Iterator[str]:
    """Serve a scheduler without workers; yields its address."""
    with LocalCluster(
        n_workers=0,
        protocol="tcp://",
        host="127.0.0.1",
        processes=False,
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield str(cluster.scheduler_address)


@contextmanager
def crew(address: str, count: int, place: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Start workers with one call at a time each, and wait for them."""
    processes = [worker(address, place) for _ in range(count)]
    for one in processes:
        assert one.stdout is not None
        one.stdout.readline()
    try:
        yield processes
    finally:
        for one in processes:
            end(one)


def worker(address: str, place: Path) -> subprocess.Popen[str]:
    """Start one."""
    command = [sys.executable, "-m", "harness", "worker", address, "--calls", "1"]
    return subprocess.Popen(
        [*command, "--scratch", str(place)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Kill one with all of its processes, as a machine that goes down."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_worker(address: str) -> None:
    """Wait until a worker has joined."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(1)


def processor_s() -> float:
    """Return the processor time of this process and of all that it ever started, now alive too."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = own.ru_utime + own.ru_stime
    ticks = os.sysconf("SC_CLK_TCK")
    for number in descendants(os.getpid()):
        with suppress(OSError):
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def descendants(root: int) -> list[int]:
    """Return the processes below one."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            with suppress(OSError):
                stat = (place / "stat").read_text().rpartition(")")[2].split()
                parents[int(place.name)] = int(stat[1])
    found, wave = [], [root]
    while wave:
        wave = [number for number, parent in parents.items() if parent in wave]
        found += wave
    return found


if __name__ == "__main__":
    main()
