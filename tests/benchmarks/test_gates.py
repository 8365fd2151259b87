"""The simulation of the gate against a baseline: it starts, and agrees with what can be known."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "gates.py"


@pytest.fixture(scope="module")
def gates():
    spec = importlib.util.spec_from_file_location("gates_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["gates_benchmark"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gates_benchmark"]


@pytest.mark.parametrize(
    ("setting", "shares"),
    [
        (("unchanged", 0.9, 10, 1, True), ("red", "any_of_20")),
        (("unchanged", 0.9, 10, 3, True), ("red", "most_of_20")),
        (("power", 0.9, 10, 1, True), ("of_told_difference", "of_repeats_told")),
        (("waits", 0.0, 10, 1, True), ("of_told_difference", "coverage")),
    ],
)
def test_each_kind_of_line_can_be_made(gates, setting, shares):
    line = gates.measured(setting)
    assert line["pairs"] == 10
    assert all(0 <= line[name] <= 1 for name in shares)


def test_what_is_red_there_is_red_by_the_gate_itself(gates):
    draw = np.random.default_rng(0)
    trusted = gates.baseline(1.0, 12, 1, draw)
    assert gates.judged_red(trusted, gates.calls(0.0, 12, draw))
    assert not gates.judged_red(trusted, gates.calls(1.0, 12, np.random.default_rng(0)))


def test_the_last_line_has_the_extremes_of_all_lines(gates):
    lines = [
        {"red": 0.01, "any_of_20": 0.1},
        {"red": 0.02, "any_of_20": 0.0},
        {"of_told_difference": 0.8, "of_repeats_told": 0.78, "coverage": 0.94},
        {"of_told_difference": None, "of_repeats_told": 0.85},
    ]
    assert gates.worst(lines) == {
        "measure": "worst", "red": 0.02, "any_of_20": 0.1, "least_power": 0.78,
        "most_power": 0.85, "coverage": 0.94,
    }  # fmt: skip
