"""The figures that the ``--concurrency auto`` benchmark reports for its calls."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from support.call_plans import manifest

from harness.recording.manifest import store_manifest
from harness.recording.provenance import Lateness
from harness.runs.call_ledger import folder_aside

HERE = Path(__file__).parents[2] / "benchmarks"
URL = "ws://127.0.0.1:9/v1/realtime"


@pytest.fixture(scope="module")
def rooms():
    """Return the benchmark module and the module of its calls, both in the benchmarks folder."""
    sys.path.insert(0, str(HERE))
    yield importlib.import_module("auto"), importlib.import_module("live_calls")
    sys.path.remove(str(HERE))


def test_a_call_that_was_made_again_counts_as_late_as_it_was_at_first(rooms, tmp_path) -> None:
    auto, live_calls = rooms
    jobs = live_calls.planned(URL, 3, 1.0)
    told = [(jobs[0].folder(tmp_path), 310, 0.001), (jobs[1].folder(tmp_path), 312, 0.002)]
    told += [(jobs[2].folder(tmp_path), 311, 0.001), (folder_aside(jobs[2], tmp_path), 311, 0.07)]
    for folder, frames, p99_s in told:
        folder.mkdir(parents=True)
        store_manifest(folder, manifest(lateness=Lateness(frames, 0.0, p99_s, p99_s)))
    assert auto.late(jobs, tmp_path) == auto.Late(p99_s=0.002, worst_s=0.07, frames=310)
