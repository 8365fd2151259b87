"""The page about the vendors reports the results of their calls, and the calls are current."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from support.pages import ROOT, page

AGAIN = "run `python benchmarks/vendors.py` again"


def script() -> ModuleType:
    path = ROOT / "benchmarks" / "vendors.py"
    spec = importlib.util.spec_from_file_location("vendors", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


VENDORS = script()
KEPT = VENDORS.kept()


def test_the_tables_are_those_of_the_calls_that_are_kept() -> None:
    found = page("vendors.md").partition(VENDORS.BEGIN)[2].partition(VENDORS.END)[0]
    assert found == f"\n{VENDORS.tables(KEPT)}", AGAIN


def test_the_calls_were_judged_by_every_scorer_in_every_protocol() -> None:
    assert KEPT["scorers"].keys() == VENDORS.versions().keys(), AGAIN
    assert set(KEPT["vendors"]) == set(VENDORS.spoken()), AGAIN


def test_every_scenario_was_called_in_every_protocol() -> None:
    calls = {frozenset(vendor["calls"]) for vendor in KEPT["vendors"].values()}
    (names,) = calls
    assert len(names) == len(list((ROOT / "scenarios/order_desk").rglob("*/*.yaml"))) - targets()


def targets() -> int:
    return len(list(Path(ROOT / "scenarios/order_desk/targets").glob("*.yaml")))


def test_no_verdict_is_turned_round_by_a_protocol() -> None:
    """It is the same agent: a difference would be the protocol's doing."""
    ga = KEPT["vendors"]["openai_ga"]["calls"]
    turned = [
        (name, scenario, scorer)
        for name, vendor in KEPT["vendors"].items()
        for scenario, call in vendor["calls"].items()
        for scorer in KEPT["scorers"]
        if {"pass", "fail"} == {call.get(scorer, [""])[0], ga[scenario].get(scorer, [""])[0]}
    ]
    assert turned == []


@pytest.mark.parametrize("name", sorted(KEPT["vendors"]))
def test_a_call_made_today_comes_to_what_is_kept(name: str) -> None:
    found = VENDORS.suite_over(name, "noise/nobody_there.yaml")["calls"]
    assert found == {"nobody there": KEPT["vendors"][name]["calls"]["nobody there"]}, AGAIN
