"""Runs the benchmarks that carry a promise and writes their figures: ``python -m benchmarks``.

Prints each benchmark's JSON lines as they come, then the table. All of them take about an hour;
name some, or give ``--quick``. The figures go to ``benchmarks/latest.json`` and into the table of
``benchmarks/README.md``. ``--compare`` writes no file (except with ``--write``), and prints the
figures that moved beyond noise since then (``measurements.py`` has the rule): exit code 1 if a
figure is worse. ``python -m benchmarks same`` compares behaviour instead (``same.py``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the benchmarks are scripts, each at home in this folder

import same  # noqa: E402
from measurements import Measurement, alike, load, moved, store, table, this_machine, written_into  # noqa: E402
from promises import BENCHMARKS, Benchmark  # noqa: E402

KEPT = HERE / "latest.json"
PAGE = HERE / "README.md"


def main() -> int:
    """Run the requested benchmarks; return the exit code."""
    names = [each.name for each in BENCHMARKS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="short ones, where there are any")
    parser.add_argument("--compare", action="store_true", help="against the table, without writing")
    parser.add_argument("--write", action="store_true", help="with --compare: write all the same")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in names]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    now: dict[str, Measurement] = {}
    failed = []
    for benchmark in BENCHMARKS:
        left_out = asked.quick and benchmark.quick is None
        if benchmark.name in asked.names or (not asked.names and not left_out):
            lines = run(benchmark, quick=asked.quick)
            if lines:
                today = datetime.now(UTC).date().isoformat()
                quick = asked.quick and bool(benchmark.quick)
                now[benchmark.name] = Measurement(
                    benchmark.name, lines, today, this_machine(), quick
                )
            else:
                failed.append(benchmark.name)
    for name in failed:
        print(f"failed: {name}", file=sys.stderr)
    before = load(KEPT)
    if asked.write or not asked.compare:
        kept = {**before, **now}
        store(KEPT, kept)
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written_into(page, table(kept)), encoding="utf-8")
        print(table(kept))
    worse = compared(before, now) if asked.compare else 0
    return worse or int(bool(failed))


def run(benchmark: Benchmark, *, quick: bool) -> list[Mapping[str, Any]]:
    """Return the lines that a benchmark prints, a line per run; stop at a run that prints none.

    Its exit code is ignored: some benchmarks have limits of their own, and print all the same.
    """
    script, *arguments = benchmark.command(quick=quick)
    lines: list[Mapping[str, Any]] = []
    for _ in range(1 if quick else benchmark.repeats):
        command = [sys.executable, str(HERE / script), *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
        said = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if not said:
            return []
        line = json.loads(said[-1])
        print(json.dumps({"benchmark": benchmark.name, **line}), flush=True)
        lines.append(line)
    return lines


def compared(before: Mapping[str, Measurement], now: Mapping[str, Measurement]) -> int:
    """Print the figures that moved; return 1 if a figure is worse."""
    for name in sorted(now.keys() & before.keys()):
        if not alike(before[name], now[name]):
            print(f"{name}: measured on another processor than before: only ratios are compared")
    found = list(moved(before, now))
    for each in found:
        print(each)
    if not found:
        print("nothing moved beyond its noise")
    return int(any(each.worse for each in found))


if __name__ == "__main__":
    sys.exit(same.main(sys.argv[2:]) if sys.argv[1:2] == ["same"] else main())
