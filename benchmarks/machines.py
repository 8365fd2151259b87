"""The overhead of a call on a dask worker, and the harm that 20 killed workers do.

Prints a JSON line.

- ``overhead_ms``: the cost of a further call of a run on a worker with one call at a time, less its
  cost on a worker process of this machine (``run_virtual``): the slope between runs of
  ``few_calls`` and ``many_calls`` calls, so that the fixed cost of a run is not counted with it
  (``fixed_ms`` has that). The median of the rounds, after a warm-up round, and the range. Calls are
  nearly empty (silence), so that no work hides it. ``overhead_cpu_ms`` is the same in processor
  time, of all processes together; on a machine with other work only that is meaningful.
- ``start_s``: from no cluster to the first call of a local cluster, ``end_s`` its end.
- ``killed``: runs of the whole shipped suite in which a worker was killed (-9, with its processes)
  at a random moment, until ``kills`` were; ``lost`` and ``twice`` count calls that are missing, or
  reported more than once, and ``other_verdicts`` those that differ from the undisturbed run (all
  scores, with their reasons). ``--kills N`` for another number (0: none), ``--quick``: 4 kills.
"""

from __future__ import annotations

import argparse
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

from harness.results.model import CallResult
from harness.runs.distributed import local_cluster, run_distributed
from harness.runs.embedded import embedded_agent
from harness.runs.local_run import run_virtual
from harness.runs.plan import Job, Machines
from harness.runs.processes import Workers
from harness.runs.run_suite import RunRequest, planned
from harness.scenario.catalog import default_paths

ROUNDS, FEW, MANY = 5, 50, 200
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
    """Counts the reports of each call of a run."""

    def __init__(self) -> None:
        self.calls: Counter[Path] = Counter()

    def started(self, job: Job) -> None:
        """Begin with no reports."""

    def over(self, job: Job, *, again: bool = False) -> None:
        """Nor here."""

    def ended(self, job: Job, _result: CallResult) -> None:
        """Count it."""
        self.calls[job.recording] += 1


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    kills, rounds = (4, 1) if asked.quick else (asked.kills, ROUNDS)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        line = overhead(place, rounds) | start() | (killed(place, kills) if kills else {})
    print(json.dumps(line))


def overhead(place: Path, rounds: int) -> dict[str, object]:
    """Return the extra cost of a call on a worker, against a process of this machine."""
    desk = place / "desk"
    desk.mkdir()
    (desk / "suite.yaml").write_text(SUITE)
    (desk / "prompt.md").write_text("Stay quiet while nobody speaks.\n")
    (desk / "quiet.yaml").write_text(QUIET)
    found: dict[str, list[float]] = {"wall": [], "cpu": [], "local": [], "fixed": []}
    with scheduler() as address, crew(address, 1, place), Workers(1) as workers:
        for number in range(rounds + 1):
            few, many = (
                spent(desk, count, place / f"{number}-{count}", Machines(address), workers)
                for count in (FEW, MANY)
            )
            if number:  # the first run loads the modules that all later runs have
                slope = [
                    (all_of - some) / (MANY - FEW) for some, all_of in zip(few, many, strict=True)
                ]
                local, local_cpu, away, away_cpu = slope
                found["local"].append(local)
                found["wall"].append(away - local)
                found["cpu"].append(away_cpu - local_cpu)
                found["fixed"].append(few[2] - FEW * away)
    middle = {name: round(statistics.median(values), 2) for name, values in found.items()}
    return {
        "overhead_ms": middle["wall"],
        "overhead_ms_range": [round(min(found["wall"]), 2), round(max(found["wall"]), 2)],
        "overhead_cpu_ms": middle["cpu"],
        "local_ms": middle["local"],
        "fixed_ms": middle["fixed"],
        "few_calls": FEW,
        "many_calls": MANY,
        "rounds": rounds,
    }


def spent(
    desk: Path, count: int, out: Path, machines: Machines, workers: Workers
) -> tuple[float, float, float, float]:
    """Return the cost of so many calls here and there: wall and processor time in ms; twice."""
    plan = planned(RunRequest((desk,), repeat=count, concurrency=1, out=out / "here"))
    there = replace(plan, out=out / "there")
    began, cpu = time.perf_counter(), processor_s()
    run_virtual(plan, embedded_agent, Told(), workers)
    middle, half = time.perf_counter(), processor_s()
    results, _ = run_distributed(there, machines, embedded_agent, Told())
    ended, all_of = time.perf_counter(), processor_s()
    assert len(results) == count
    seconds = middle - began, half - cpu, ended - middle, all_of - half
    here, here_cpu, away, away_cpu = (one * 1000 for one in seconds)
    return here, here_cpu, away, away_cpu


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
    plan = planned(
        RunRequest(default_paths(), repeat=2, concurrency=AT_ONCE, out=place / "undisturbed")
    )
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
        made = {one.recording: one for one in results}
        other += sum(made.get(one.recording, one) != one for one in wanted)
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
            self._processes[victim] = another = worker(self._address, self._place)
            self.kills += 1
            assert another.stdout is not None
            another.stdout.readline()  # there again: else a slow machine has none that could die

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
    """Start a worker."""
    command = [sys.executable, "-m", "harness", "worker", address, "--calls", "1"]
    return subprocess.Popen(
        [*command, "--scratch", str(place)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    """Kill a worker with all of its processes, as a machine that goes down."""
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
    """Return the descendants of a process."""
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
