"""The figures that the growth benchmark derives from its measurements."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
try:
    growth = importlib.import_module("growth")
finally:
    sys.path.remove(str(FOLDER))


@pytest.mark.parametrize(
    ("spent_s", "exponent"),
    [
        ((1.0, 100.0), 1.0),
        ((1.0, 1.0), 0.0),
        ((0.1, 1_000.0), 2.0),
        ((77.0, 0.1, 1_000.0), 2.0),  # costs that few and many calls share count least
    ],
)
def test_the_exponent_is_the_power_of_the_calls_between_the_largest_sizes(
    spent_s: tuple[float, ...], exponent: float
) -> None:
    took = [{"cpu_s": cpu, "wall_s": cpu, "peak_mb": 90.0} for cpu in spent_s]
    line = growth.told("score", [1, 100, 10_000][-len(took) :], took)
    assert line["exponent"] == exponent
    assert line["ms_per_call"] == spent_s[-1] / 10


def line(*peaks_mb: float, sizes: tuple[int, ...] = growth.SIZES) -> dict[str, object]:
    """Return the line of a job whose memory was so."""
    took = [{"cpu_s": 1.0, "wall_s": peak / 10, "peak_mb": peak} for peak in peaks_mb]
    return growth.told("any", sizes, took)


def test_only_what_was_measured_is_promised() -> None:
    whole = {job: line(1.0, 2.0, 30.0) for job in growth.JOBS}
    found = growth.promised(whole | {"score": line(1.0, 2.0, 45.0)}, {"wall_s": 4, "cpu_s": 9}, 0.7)
    assert found == {
        "benchmark": "growth", "pages_500_s": 4, "page_cpu_ms": 18.0, "index_write_s": 3.0,
        "index_open_s": 0.7, "aggregate_mb": 30.0, "most_mb": 45.0, "worst_exponent": 0.0,
    }  # fmt: skip
    short = growth.promised(whole | {"score": line(1.0, 9.0, sizes=growth.QUICK_SIZES)})
    assert short["most_mb"] is short["pages_500_s"] is None
    assert growth.promised({"score": line(1.0, 2.0, 3.0)})["aggregate_mb"] is None


SMALL = """
import sys
import growth
growth.PAGES, growth.SIZES, growth.QUICK_SIZES = 2, (1, 2), (1, 2)
sys.argv[1:] = ["--quick", "--job", "report", "aggregate"]
growth.main()
"""


def test_drawing_pages_leaves_no_process_for_which_the_next_job_would_wait() -> None:
    """All of it, small: it would not end otherwise."""
    folders = {"PYTHONPATH": os.pathsep.join(map(str, (FOLDER.parent, FOLDER)))}
    command = [sys.executable, "-c", SMALL]
    lines = subprocess.check_output(
        command, env={**os.environ, **folders}, timeout=300
    ).splitlines()
    said = [json.loads(line) for line in lines]
    assert [one.get("job") for one in said] == ["report", "aggregate", None]
    assert said[-1]["drawn_cpu_ms"] > 0
