"""Every scenario rolls its own dice, and what a call was given can be given again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.scenario.dice import given_seed, own_seed
from harness.units import MOST_SEED

SEEDS = st.integers(0, MOST_SEED)


@given(st.text(), st.text(), SEEDS)
def test_the_way_back_leads_to_the_same_call(suite, scenario, seed):
    assert own_seed(suite, scenario, given_seed(suite, scenario, seed)) == seed
    assert 0 <= own_seed(suite, scenario, seed) <= MOST_SEED


def test_scenarios_are_apart_and_always_as_far():
    names = [f"scenario {n}" for n in range(40)]
    assert len({own_seed("desk", name, 7) for name in names}) == 40
    assert own_seed("desk", "straight lookup", 7) == 32_461_007
    assert own_seed("shop", "straight lookup", 7) != own_seed("desk", "straight lookup", 7)
    assert own_seed("desk", "a", 8) - own_seed("desk", "a", 7) == 1
