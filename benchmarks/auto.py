"""Whether ``--concurrency auto`` is right: real calls of as many as it finds, and of twice as many.

``auto`` measures with calls that it makes up. Here it does so, and then calls the light agent, in
real conversations, as ``harness run`` does: in its processes, at its priority, and with judging
in parallel; each number of calls twice over, so that later calls begin while earlier calls end.
No recognizer hears the recordings, and the agent takes part of the same machine.

Prints a JSON line: ``auto_calls``, the number found; ``auto_late_ms``, how late the frames of its
made-up calls left (p99); ``late_p99_ms``, how late those of as many real calls did (the median over
the calls of the 99th percentile of ``frames`` frames each, the fewest of any call), and
``worst_p99_ms``, the same of the worst call; ``late_p99_ms_twice`` and ``worst_p99_ms_twice`` at
twice as many. It measures the machine that it runs on, whichever agent is called.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from live_calls import planned

from harness.recording.manifest import load_manifest
from harness.results.model import CallResult
from harness.runs.call_ledger import folder_aside
from harness.runs.capacity import STEPS
from harness.runs.embedded import agent_process
from harness.runs.plan import Job, RunPlan
from harness.runs.real_time import run_real
from harness.runs.routes import route_to
from harness.runs.run_suite import calls_at_once

SECONDS = 10.0
QUICK_SECONDS = 6.2
"""Every 99th percentile comes from three hundred frames, at least."""
ROUNDS = 2
"""Batches of each number of calls: the first is judged while the second is made."""


@dataclass(frozen=True, slots=True)
class Late:
    """How late the frames of real calls left, in seconds: in the middle call, and in the worst."""

    p99_s: float
    worst_s: float
    frames: int
    """Of each call, the fewest."""


def main() -> None:
    """Ask ``auto``, make the calls, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter calls")
    parser.add_argument("--calls", type=int, metavar="N", help="of so many, not of what auto finds")
    asked = parser.parse_args()
    seconds = QUICK_SECONDS if asked.quick else SECONDS
    with agent_process(None, light=True) as url:
        found = calls_at_once(planned(url, STEPS[-1], seconds), virtual=False)
        calls = asked.calls or found.calls
        once, twice = (made(url, many, seconds) for many in (calls, 2 * calls))
    assert found.capacity is not None
    own_s = found.capacity.p99_s
    line = {
        "auto_calls": found.calls,
        "auto_late_ms": None if own_s is None else _ms(own_s),
        "calls": calls,
        "late_p99_ms": _ms(once.p99_s),
        "worst_p99_ms": _ms(once.worst_s),
        "late_p99_ms_twice": _ms(twice.p99_s),
        "worst_p99_ms_twice": _ms(twice.worst_s),
        "frames": min(once.frames, twice.frames),
    }
    print(json.dumps(line))


def made(url: str, calls: int, seconds: float) -> Late:
    """Return how late the frames of real calls left, so many of them at a time."""
    jobs = tuple(replace(job, listened=False) for job in planned(url, ROUNDS * calls, seconds))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        plan = RunPlan(jobs=jobs, out=out, virtual=False, concurrency=calls)
        results, _ = run_real(plan, lambda job: route_to(job.target), Unseen())
        spoilt = [one for one in results if not one.duration_s]
        if spoilt or len(results) < len(jobs):
            raise SystemExit(f"a call was spoilt: {spoilt[0].status_detail if spoilt else 'lost'}")
        return late(jobs, out)


def late(jobs: Iterable[Job], out: Path) -> Late:
    """Return how late the frames of recorded calls left; for a call made twice, the first time."""
    folders = [(folder_aside(job, out), job.folder(out)) for job in jobs]
    firsts = [aside if aside.exists() else folder for aside, folder in folders]
    found = [one for one in (load_manifest(each).lateness for each in firsts) if one is not None]
    p99s = [one.p99_s for one in found if one.p99_s is not None]
    return Late(statistics.median(p99s), max(p99s), min(one.frames for one in found))


class Unseen:
    """Progress that is not shown."""

    def started(self, job: Job) -> None:
        """A call began."""

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call is over."""

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is judged."""


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    main()
