"""How time and memory grow with the calls of a run: judged again, aggregated, listed, drawn.

A few scenarios are called once, in virtual time; a run of N calls holds copies of their recordings
(hard links) under names of their own. Each job has a process of its own that keeps to one core, so
that its processor time is all there is:

- ``score``: every recording is judged again, and ``results.json`` written (``harness score``);
- ``aggregate``: ``results.json`` is read, summed up, and written;
- ``index``: the page that lists the calls is made from it;
- ``report``: that page, and the page of each call (``harness report``), sound included.

Prints one JSON line for each job: ``cpu_s``, ``wall_s`` (suffers from what else the machine does)
and ``peak_mb`` at each size, milliseconds for a call at the largest (``ms_per_call``), and
``exponent``: by which power of the calls the processor time grows from the smallest to the largest,
the start of a process and its imports not counted (1.0 is linear).

Usage: ``python benchmarks/growth.py [--quick] [--job JOB ...] [--sizes N ...]``
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.calls.again import score_again
from harness.report.pages import PageFrame, render
from harness.report.run.html import run_title, write_report
from harness.report.run.view import index_page
from harness.results.aggregate import summarize
from harness.results.store import RESULTS, read_results, write_results

SIZES, QUICK_SIZES = (100, 1_000, 10_000), (20, 200)
SCENARIOS = ("scenarios/order_desk/lookup",)


def score(run: Path) -> None:
    """Judge a run again."""
    score_again(run)


def aggregate(run: Path) -> None:
    """Sum a run up again."""
    results = read_results(run / RESULTS)
    write_results(run / RESULTS, replace(results, summary=summarize(results.calls)))


def index(run: Path) -> None:
    """Make the page that lists a run's calls, without a look into their recordings."""
    page = index_page(read_results(run / RESULTS), title=run_title(run))
    text = render("index.html.j2", PageFrame(()), page=page)
    (run / "index.html").write_text(text, encoding="utf-8")


JOBS: dict[str, Callable[[Path], object]] = {
    "score": score,
    "aggregate": aggregate,
    "index": index,
    "report": write_report,
}


def grown(few: Path, out: Path, size: int) -> Path:
    """Write a run of so many calls, whose recordings are those of a run of few; return it."""
    results, calls = read_results(few / RESULTS), []
    for number in range(size):
        repeat, place = divmod(number, len(results.calls))
        call = results.calls[place]
        where = f"{call.recording}-{repeat:05}"
        (out / where).mkdir(parents=True)
        for file in (few / call.recording).iterdir():
            if file.name not in ("index.html", "call.flac"):
                os.link(file, out / where / file.name)
        calls.append(replace(call, recording=where, repeat=repeat))
    summary = summarize(tuple(calls))
    write_results(out / RESULTS, replace(results, calls=tuple(calls), summary=summary))
    return out


def measured(job: str, run: Path) -> dict[str, float]:
    """Return what a job took in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--inside", job, str(run)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def inside(job: str, run: Path) -> None:
    """Do a job here, on one core, and print what it took."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cpu, wall = time.process_time(), time.monotonic()
    JOBS[job](run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall, "peak_mb": peak}
    sys.stdout.write(json.dumps({name: round(each, 2) for name, each in took.items()}) + "\n")


def told(job: str, sizes: list[int], took: list[dict[str, float]]) -> str:
    """Return the line of one job."""
    first, last = took[0]["cpu_s"], took[-1]["cpu_s"]
    ratio = max(last, 0.01) / max(first, 0.01)
    line = {
        "benchmark": "growth",
        "job": job,
        "calls": sizes,
        **{name: [one[name] for one in took] for name in ("cpu_s", "wall_s", "peak_mb")},
        "ms_per_call": round(1000 * last / sizes[-1], 1),
        "exponent": round(math.log(ratio) / math.log(sizes[-1] / sizes[0]), 2),
    }
    return json.dumps(line)


def main() -> None:
    """Call, grow, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"sizes {QUICK_SIZES}")
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--job", choices=tuple(JOBS), nargs="+", default=list(JOBS))
    parser.add_argument("--inside", nargs=2, metavar=("JOB", "RUN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside[0], Path(given.inside[1]))
        return
    sizes = sorted(given.sizes or (QUICK_SIZES if given.quick else SIZES))
    if len(sizes) < 2 or sizes[0] < 1:
        parser.error(f"--sizes: expected two or more numbers from 1 on, got {sizes}")
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few"
        call = [sys.executable, "-m", "harness", "run", *SCENARIOS, "--out", str(few)]
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs = [grown(few, Path(folder) / str(size), size) for size in sizes]
        for job in given.job:
            took = [measured(job, run) for run in runs]
            sys.stdout.write(told(job, sizes, took) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
