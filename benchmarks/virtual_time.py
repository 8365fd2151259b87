"""How much faster than real time the shipped suite runs in virtual time, and if runs are alike.

Prints a JSON line: ``ratio`` is the length of all calls divided by the wall clock of a run with
speech cached (the slowest of three), ``calls_s`` that length, ``wall_s`` those wall clocks, and
``identical_runs`` how many of the three runs have the same bytes in events, audio and scores.
Real time would take ``calls_s`` with the same number of calls at a time divided out on both sides:
``concurrency`` calls run in parallel in both worlds, so ``ratio_per_worker`` is given too.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path

from harness.cli.progress import progress_for
from harness.results.model import RunResults
from harness.runs.run_suite import RunRequest, carry_out, planned

RUNS = 3


def main() -> None:
    """Run the suite once to fill the caches, then three times on the clock."""
    paths = tuple(Path(name) for name in sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        run(paths, Path(scratch) / "warm-up")
        walls, digests, results = [], [], None
        for number in range(RUNS):
            out = Path(scratch) / str(number)
            before = time.perf_counter()
            results = run(paths, out)
            walls.append(time.perf_counter() - before)
            digests.append(digest(out, results))
    assert results is not None
    calls_s = sum(call.duration_s or 0.0 for call in results.calls)
    workers = planned(RunRequest(paths=paths)).concurrency
    line = {
        "ratio": round(calls_s / max(walls), 1),
        "identical_runs": max(digests.count(one) for one in digests),
        "runs": RUNS,
        "calls": len(results.calls),
        "calls_s": round(calls_s, 1),
        "wall_s": [round(wall, 2) for wall in walls],
        "concurrency": workers,
        "ratio_per_worker": round(calls_s / max(walls) / workers, 1),
    }
    print(json.dumps(line))


def run(paths: tuple[Path, ...], out: Path) -> RunResults:
    """Run the suite in virtual time; the measurement includes judging, not the report."""
    return carry_out(planned(RunRequest(paths=paths, out=out)), progress_for)


def digest(out: Path, results: RunResults) -> str:
    """Return a hash over every recorded byte and every score."""
    total = hashlib.sha256()
    for path in sorted((out / "calls").rglob("*")):
        # The manifest names the machine's load (lateness) only in real time; all of it counts.
        if path.is_file():
            total.update(path.relative_to(out).as_posix().encode() + path.read_bytes())
    for call in results.calls:
        total.update(repr(call).encode())
    return total.hexdigest()


if __name__ == "__main__":
    main()
