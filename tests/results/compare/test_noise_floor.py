"""Tests of the noise floor: how far an agent differs from itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.two_runs import calls, pairs, run

from harness.results.compare.measures import measures
from harness.results.compare.noise_floor import measure_floor

STEADY = calls("one", {"waits": [1.0] * 12}, rule="+" * 12)
MIXED = calls("one", rule="+-" * 6)


def floors(a, b):
    return {(f.scorer, f.unit): f for f in measure_floor(run(a), pairs(a, b)).floors}


def test_an_agent_that_is_always_the_same_has_no_noise():
    found = floors(STEADY, STEADY)
    assert found["rule", "share"].difference == 0.0
    assert found["time_to_first_audio", "s"].difference == 0.0


def test_the_floor_is_what_random_halves_stay_below():
    # 12 of 24 calls pass: a random half holds 6 ± 2.5 of them (hypergeometric, 95 %: within 4 to 8)
    found = floors(MIXED, MIXED)["rule", "share"]
    assert found.pairs == 12
    assert found.difference == pytest.approx(4 / 12, abs=0.01)


def test_a_scenario_that_always_fails_adds_no_noise():
    down = calls("two", rule="-" * 12)
    alone, both = floors(MIXED, MIXED), floors(MIXED + down, MIXED + down)
    assert both["rule", "share"].difference == pytest.approx(
        alone["rule", "share"].difference / 2, abs=0.01
    )


def test_the_floor_shrinks_with_the_root_of_the_pairs():
    found = floors(MIXED, MIXED)["rule", "share"]
    assert found.at(48) == pytest.approx(found.difference / 2)


def test_the_floor_of_a_measure_is_found_by_scorer_and_unit():
    floor = measure_floor(run(MIXED), pairs(MIXED, MIXED))
    (rule,) = measures(pairs(MIXED[:3], MIXED[:3]))
    assert floor.find(rule) == pytest.approx(floor.floors[0].at(3))
    assert floor.find(replace(rule, scorer="other")) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"target": "other"}, "it is of another target or other settings of it"),
        ({"target_settings": {"model": "x"}}, "it is of another target or other settings of it"),
        ({"scenario_hash": "s9"}, "it was not measured on these scenarios"),
        ({"prompt_hash": "p9"}, "it is of another prompt"),
        ({"version": 2}, "scorers have new versions since"),
    ],
)
def test_a_floor_says_why_it_is_not_of_this_agent(change, reason):
    floor = measure_floor(run(MIXED), pairs(MIXED, MIXED))
    of_call = {k: v for k, v in change.items() if k.endswith("hash")}
    of_run = {k: v for k, v in change.items() if k.startswith("target")}
    other = [replace(call, **of_call) for call in MIXED]
    if "version" in change:
        other = [replace(c, scores=(replace(c.scores[0], version=2),)) for c in other]
    assert floor.why_not(run(other, **of_run)) == reason
