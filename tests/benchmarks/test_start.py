"""The cost of a command includes all of its processes, also those that outlive it."""

from __future__ import annotations

import subprocess
import sys

import pytest

WORK_S = 0.2
LEAVES_WORK_BEHIND = f"""
import os, time
if os.fork() == 0:
    while time.process_time() < {WORK_S}:
        pass
os._exit(0)
"""
COSTS_S = """
import sys
from benchmarks.start import took
print(took((sys.executable, "-c", sys.argv[1]))[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans belong to nobody of ours")
def test_work_that_a_command_leaves_behind_is_counted() -> None:
    # In a process of its own: who measures adopts orphans from then on.
    measured = (sys.executable, "-c", COSTS_S, LEAVES_WORK_BEHIND)
    said = subprocess.run(measured, check=True, capture_output=True, text=True)
    assert float(said.stdout) >= WORK_S
