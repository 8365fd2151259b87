"""What the benchmark of growth says of what it measured."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "growth.py"
SPEC = importlib.util.spec_from_file_location("growth_benchmark", PATH)
assert SPEC is not None
assert SPEC.loader is not None
growth = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = growth
SPEC.loader.exec_module(growth)


@pytest.mark.parametrize(
    ("few_s", "many_s", "exponent"), [(1.0, 100.0, 1.0), (1.0, 1.0, 0.0), (0.1, 1_000.0, 2.0)]
)
def test_the_exponent_is_the_power_of_the_calls(
    few_s: float, many_s: float, exponent: float
) -> None:
    took = [{"cpu_s": cpu, "wall_s": cpu, "peak_mb": 90.0} for cpu in (few_s, many_s)]
    line = json.loads(growth.told("score", [100, 10_000], took))
    assert line["exponent"] == exponent
    assert line["ms_per_call"] == many_s / 10
