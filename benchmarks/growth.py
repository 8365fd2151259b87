"""How time and memory grow with the calls of a run: judged, summed up, listed, drawn, trended.

Two scenarios are called once, in virtual time; a run of N calls holds copies of their recordings
(hard links) under names of their own. Each job is a command of its own, on all cores:

- ``score``: ``harness score`` judges every recording again;
- ``report``: ``harness report`` draws the page of each call, audio included, and the index;
- ``aggregate``: ``results.json`` is read, summed up, and written;
- ``index``: it is read, and the page that lists the calls is written, each call at a glance;
- ``trend``: a history of ten nightly runs with a tenth of the calls each is read, its page written.

Prints a JSON line for each job: ``cpu_s`` and ``peak_mb`` of all its processes together (memory
that they share is counted once, and looked at ten times a second), ``wall_s`` (suffers from other
work on the machine), milliseconds for a call at the largest size, and ``exponent``: by which
power of the calls the processor time grows between the two largest sizes (1.0 is linear). The last
line holds the promised figures: ``pages_500_s`` is the wall clock of ``harness report`` for 500
calls without any page yet. ``harness run`` draws each page when its call was judged and is still in
memory: ``drawn_500_s`` is the time to write the rest at its end, ``drawn_cpu_ms`` the processor
time of a page, audio included, in both together. ``index_open_s`` is the time until Chromium has
loaded and painted the index of the largest run (None without Chromium or playwright).

Usage: ``python benchmarks/growth.py [--quick] [--job JOB ...]``
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from all_processes import Took, adopt_orphans, measured

from harness.judging.judge import judge
from harness.recording.store import read_recording
from harness.report.history.view import RunPages, write_history
from harness.report.pages import PageFrame, copy_assets, render
from harness.report.run.call_timeline import strip
from harness.report.run.html import drawing_ahead, read_call, run_title, write_report
from harness.report.run.view import index_page
from harness.results.aggregate import Made, results_of, summarize
from harness.results.history.store import HistoryFolder, night_of
from harness.results.store import RESULTS, read_results, write_results
from harness.runs.local_run import spread

SIZES, QUICK_SIZES = (100, 1_000, 10_000), (20, 200)
PAGES = 500
NIGHTS = 10
SCENARIOS = ("scenarios/order_desk/lookup",)
CHROMIUM = Path("/usr/bin/chromium")
OPENED = 5

Line = dict[str, Any]


def aggregate(run: Path) -> None:
    """Sum a run up again."""
    results = read_results(run / RESULTS)
    write_results(run / RESULTS, replace(results, summary=summarize(results.calls)))


def index(run: Path) -> None:
    """Write the page that lists a run's calls, all of them with the glance of the first."""
    results = read_results(run / RESULTS)
    lanes = read_call(run, results.calls[0])[0].lanes
    strips = {call.recording: strip(lanes) for call in results.calls} if lanes else {}
    page = index_page(results, strips, title=run_title(run))
    text = render("index.html.j2", PageFrame(()), page=page)
    copy_assets(run)
    (run / "index.html").write_text(text, encoding="utf-8")


def trend(run: Path) -> None:
    """Write the page of the history next to a run."""
    folder = run / "history"
    write_history(HistoryFolder(folder).read(), RunPages(folder), prices=None)


def ahead(run: Path) -> None:
    """Print the cost of drawing pages ahead, in a process that leaves no workers to wait for."""
    print(json.dumps(drawn_ahead(run)))


HEAVY = ("score", "report")
"""Jobs that open every recording."""
JOBS = (*HEAVY, "aggregate", "index", "trend")
INSIDE: dict[str, Callable[[Path], None]] = {
    "aggregate": aggregate, "index": index, "trend": trend, "ahead": ahead
}  # fmt: skip


def command(job: str, run: Path) -> tuple[str, ...]:
    """Return the command that does a job."""
    if job in HEAVY:
        return (sys.executable, "-m", "harness", job, str(run))
    return (sys.executable, __file__, "--inside", job, str(run))


def grown(few: Path, out: Path, size: int, *, recorded: bool = True) -> Path:
    """Write a run of so many calls, whose recordings are those of a run of few; return it.

    Without ``recorded`` only its first call has a recording.
    """
    results, calls = read_results(few / RESULTS), []
    for number in range(size):
        repeat, place = divmod(number, len(results.calls))
        call = results.calls[place]
        where = f"{call.recording}-{repeat:05}"
        if recorded or number == 0:
            (out / where).mkdir(parents=True)
            for file in (few / call.recording).iterdir():
                if file.name not in ("index.html", "call.flac"):
                    os.link(file, out / where / file.name)
        calls.append(replace(call, recording=where, repeat=repeat))
    summary = summarize(tuple(calls))
    write_results(out / RESULTS, replace(results, calls=tuple(calls), summary=summary))
    return out


def with_history(run: Path) -> None:
    """Write a history whose nights have the calls of a run among them."""
    results, history = read_results(run / RESULTS), HistoryFolder(run / "history")
    for number in range(NIGHTS):
        began = f"2026-02-{number + 1:02}T02:00:00+00:00"
        made = Made(began, "reference", "virtual", {"model": "reference"})
        night = results_of(results.calls[number::NIGHTS], made)
        history.keep(night_of(datetime.fromisoformat(began)), "order-desk.reference", night)


def drawn_ahead(run: Path) -> dict[str, float]:
    """Draw a run's pages as ``harness run`` does; return milliseconds of a page, and its end."""
    calls, drawing_s = read_results(run / RESULTS).calls, 0.0
    with drawing_ahead() as ahead:
        for call in calls:
            judged = judge(read_recording(run / call.recording))
            assert judged.judgements
            began_s = time.process_time()
            ahead.draw(call, judged, run / call.recording)
            drawing_s += time.process_time() - began_s
        began_s = time.process_time()
        write_report(run, ahead=ahead)
        drawing_s += time.process_time() - began_s
        began_s = time.perf_counter()
        write_report(run, spread, ahead)
        wall_s = time.perf_counter() - began_s
    cpu_ms = 1000 * drawing_s / len(calls)
    return {"drawn_500_s": round(wall_s, 2), "drawn_cpu_ms": round(cpu_ms, 1)}


def opened_s(page: Path) -> float | None:
    """Return how long Chromium takes to load and paint a page, the median of some times."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not CHROMIUM.exists():
        return None
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _ in range(OPENED):
            tab = browser.new_page()
            began_s = time.perf_counter()
            tab.goto(page.resolve().as_uri(), wait_until="load")
            painted = "requestAnimationFrame(() => requestAnimationFrame(done))"
            tab.evaluate(f"new Promise((done) => {painted})")
            took.append(time.perf_counter() - began_s)
            tab.close()
        browser.close()
    return round(statistics.median(took), 2)


def told(job: str, sizes: Sequence[int], took: Sequence[Took]) -> Line:
    """Return the line of a job."""
    before, last = (max(one["cpu_s"], 0.01) for one in took[-2:])
    return {
        "benchmark": "growth",
        "job": job,
        "calls": list(sizes),
        **{name: [one[name] for one in took] for name in ("cpu_s", "wall_s", "peak_mb")},
        "ms_per_call": round(1000 * last / sizes[-1], 1),
        "exponent": round(math.log(last / before) / math.log(sizes[-1] / sizes[-2]), 2),
    }


def main() -> None:
    """Call, grow, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"recordings of {QUICK_SIZES} calls")
    parser.add_argument("--job", choices=JOBS, nargs="+", default=list(JOBS))
    parser.add_argument("--inside", nargs=2, metavar=("JOB", "RUN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        INSIDE[given.inside[0]](Path(given.inside[1]))
        return
    adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few"
        call = (sys.executable, "-m", "harness", "run", *SCENARIOS, "--out", str(few))
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(json.dumps(_all_jobs(few, Path(folder), given.job, quick=given.quick)))


def _all_jobs(few: Path, folder: Path, jobs: Sequence[str], *, quick: bool) -> Line:
    """Measure each job and print its line; return the line of the promised figures."""
    lines: dict[str, Line] = {}
    opened: float | None = None
    pages: Took | None = None
    drawn: Mapping[str, float] = {}
    for job in jobs:
        heavy = job in HEAVY
        sizes = QUICK_SIZES if quick and heavy else SIZES
        took = []
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                run = grown(few, Path(scratch) / str(size), size, recorded=heavy)
                if job == "trend":
                    with_history(run)
                took.append(measured(command(job, run)))
                if job == "index" and size == sizes[-1]:
                    opened = opened_s(run / "index.html")
        if job == "report":
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                pages = measured(command(job, grown(few, Path(scratch) / "pages", PAGES)))
                asked = command("ahead", grown(few, Path(scratch) / "ahead", PAGES))
                drawn = json.loads(subprocess.check_output(asked))
        lines[job] = told(job, sizes, took)
        print(json.dumps(lines[job]), flush=True)
    return {**promised(lines, pages, opened), **drawn}


def promised(
    lines: Mapping[str, Line], pages: Took | None = None, index_open_s: float | None = None
) -> Line:
    """Return the figures in the table of promises, None for those that were not measured."""
    whole = {job: line for job, line in lines.items() if line["calls"][-1] == SIZES[-1]}
    most = [line["peak_mb"][-1] for line in whole.values()]
    return {
        "benchmark": "growth",
        "pages_500_s": None if pages is None else pages["wall_s"],
        "page_cpu_ms": None if pages is None else round(1000 * pages["cpu_s"] / PAGES, 1),
        "index_write_s": whole["index"]["wall_s"][-1] if "index" in whole else None,
        "index_open_s": index_open_s,
        "aggregate_mb": whole["aggregate"]["peak_mb"][-1] if "aggregate" in whole else None,
        "most_mb": max(most) if len(whole) == len(JOBS) else None,
        "worst_exponent": max(line["exponent"] for line in lines.values()),
    }


if __name__ == "__main__":
    main()
