"""The simulation of the baseline gate: it starts, and agrees with known results."""

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
        (("unchanged", "usual", (8, 3, 6), True), ("red", "any_of_20", "new_failures")),
        (("unchanged", "hard", (8, 1, 6), True), ("red", "red_stored")),
        (("unchanged", "run effect", (8, 1, 6), True), ("red", "extra_share")),
        (("break 1", "usual", (8, 3, 6), True), ("red", "red_stored")),
        (("-40", "usual", (8, 3, 6), True), ("red", "red_stored")),
        (("waits", "0.9", (10, 3), True), ("red",)),
        (("power", "0.9", (10,), True), ("of_told_difference", "of_repeats_told")),
        (("power of waits", "", (10,), True), ("of_told_difference", "coverage")),
    ],
)
def test_each_kind_of_line_can_be_made(gates, setting, shares):
    line = gates.measured(setting)
    assert all(0 <= line[name] <= 1 for name in shares)


def test_a_broken_scenario_of_a_perfect_suite_is_found_and_an_unchanged_one_is_not(gates):
    draw = np.random.default_rng(0)
    judged = np.ones((8, 10), dtype=bool)
    fine = gates.World(np.ones((8, 10)), judged)
    broken = gates.World(np.where(np.arange(8)[:, None] == 3, 0.0, np.ones((8, 10))), judged)
    before = fine.calls(6, draw)
    assert gates.ended(before, fine, judged, 3, draw) == gates.Ended(False, False, False, 0)
    lost = gates.ended(before, broken, judged, 3, draw)
    assert (lost.red, lost.new_failure, lost.extra) == (True, True, 8)


def test_ten_scorers_judge_all_scenarios_to_a_tenth(gates):
    world = gates.world_of("usual", 60, np.random.default_rng(0))
    assert world.judged.sum(axis=0).tolist() == [60, 54, 48, 42, 36, 30, 24, 18, 12, 6]
    passing = np.round(world.rates.prod(axis=1), 2)
    assert (passing < 0.7).sum() == 15
    assert set(passing[passing > 0.7]) == {0.98}


def test_the_regression_of_the_field_is_red(gates):
    assert gates.field() == {"measure": "field", "red": True, "p": pytest.approx(0.00575)}


def test_what_is_red_there_is_red_by_the_gate_itself(gates):
    draw = np.random.default_rng(0)
    trusted = gates.baseline(1.0, 12, 1, draw)
    assert gates.judged_red(trusted, gates.calls(0.0, 12, draw))
    assert not gates.judged_red(trusted, gates.calls(1.0, 12, np.random.default_rng(0)))


def test_the_last_line_has_the_extremes_of_all_lines(gates):
    suite = {"world": "usual", "known": 6, "repeats": 3, "extra_share": 0.01}
    lines = [
        suite | {"kind": "unchanged", "red": 0.01, "red_stored": 0.012, "any_of_20": 0.1},
        suite | {"kind": "unchanged", "red": 0.002, "red_stored": 0.02, "any_of_20": 0.0},
        suite | {"kind": "unchanged", "world": "hard", "red": 0.5, "any_of_20": 1.0},
        suite | {"kind": "break 1", "red": 0.8, "known": 3},
        suite | {"kind": "break 1", "red": 0.9},
        suite | {"kind": "break 1", "red": 0.8, "repeats": 1, "extra_share": 0.05},
        suite | {"kind": "break 2", "red": 0.97},
        {"measure": "waits", "red": 0.011},
        {"of_told_difference": 0.8, "of_repeats_told": 0.78, "coverage": 0.94},
        {"of_told_difference": None, "of_repeats_told": 0.85},
    ]
    assert gates.worst([{"measure": "power", **line} for line in lines]) == {
        "measure": "worst", "red": 0.01, "red_stored": 0.02, "red_with_waits": 0.011,
        "any_of_20": 0.1, "extra_share": 0.01, "break_1": pytest.approx(0.85), "break_2": 0.97,
        "field": 1.0,
        "least_power": 0.78, "most_power": 0.85, "coverage": 0.94,
    }  # fmt: skip
