"""The time and memory of a command are counted over all its processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


def test_memory_and_time_of_processes_that_a_command_starts_are_counted() -> None:
    inner = "import time; data = bytearray(80_000_000); time.sleep(0.5)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    asked = f"print(json.dumps(all_processes.measured([sys.executable, '-c', {outer!r}])))"
    # in a process of its own: it waits for all children that its process has
    measuring = f"import all_processes, json, sys; {asked}"
    took = json.loads(
        subprocess.run(
            [sys.executable, "-c", measuring],
            check=True,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, (ROOT, BENCHMARKS))),
            },
        ).stdout
    )
    assert took["peak_mb"] > 76
    assert took["cpu_s"] > 0
