"""The description of a baseline: calls, scenarios, and the conditions of the calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from support.synthetic_run import result, run_results, score

from harness.report.terminal import (
    changed_calls,
    compared_text,
    explained,
    saved_text,
)
from harness.results.gates.baseline import Baseline, BaselineTest, baseline_of
from harness.results.model import CallResult, GateKind, GateResult


def made_of(*tests: tuple[str, str, str]) -> Baseline:
    return Baseline(
        format=3, harness_version="", started_at="", target="", clock="virtual",
        target_settings={}, scorers={}, measures={}, calls=(),
        tests=tuple(BaselineTest(*test, scenario_hash="", prompt_hash="") for test in tests),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ([("desk", "a", "")], "0 calls of 1 scenario"),
        ([("desk", "a", ""), ("desk", "b", "")], "0 calls of 2 scenarios"),
        ([("desk", "a", ""), ("other", "a", "")], "0 calls of 2 scenarios"),
        (
            [("desk", name, cell) for name in "ab" for cell in ("server_vad", "semantic_vad")],
            "0 calls of 2 scenarios under 2 conditions",
        ),
    ],
)
def test_cells_of_a_matrix_are_conditions_and_no_scenarios(tests, told):
    assert saved_text(made_of(*tests), 0) == told


def desk(status: str = "completed", **scenarios: str) -> tuple[CallResult, ...]:
    """Repeats of each scenario by two scorers: + passed, - failed, ? open; the second passes."""
    outcomes = {"+": "pass", "-": "fail", "?": "review", "0": "not_applicable"}
    return tuple(
        result(name, score("entity_confirmation", outcomes[mark], f"because of {mark}"),
               score("preamble", "pass", ""), repeat=n, seed=n, suite="desk", scenario_hash="h",
               status=status)
        for name, marks in scenarios.items()
        for n, mark in enumerate(marks)
    )  # fmt: skip


def changed(before: tuple[CallResult, ...], after: tuple[CallResult, ...]) -> list[str]:
    made = baseline_of(run_results(before), Path("run"))
    console = Console(width=200)
    with console.capture() as printed:
        console.print(changed_calls(made, run_results(after), Path("out")))
    return [line.rstrip() for line in printed.get().splitlines() if "index.html" not in line][1:]


ALIKE = "(a scorer in a scenario) ended alike"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"a": "+++"}, {"a": "++"}, [f"2 of 2 checks {ALIKE}"]),
        ({"a": "+++"}, {"a": "?-0"}, [
            "fails  entity confirmation in a (3 of 3 → 0 of 2, 1 open): because of -",
            f"1 of 2 checks {ALIKE}"]),
        ({"a": "??"}, {"a": "--"}, [
            "fails  entity confirmation in a (0 of 2, 2 open → 0 of 2): because of -",
            f"1 of 2 checks {ALIKE}"]),
        ({"a": "+"}, {"a": "?"}, [
            "is open  entity confirmation in a (1 of 1 → 0 of 1, 1 open): because of ?",
            f"1 of 2 checks {ALIKE}"]),
        ({"a": "++", "b": "+++", "c": "-"}, {"a": "-+", "b": "---", "c": "+"}, [
            "fails  entity confirmation in b (3 of 3 → 0 of 3): because of -",
            "passes less  entity confirmation in a (2 of 2 → 1 of 2): because of -",
            "passes more  entity confirmation in c (0 of 1 → 1 of 1)",
            f"3 of 6 checks {ALIKE}"]),
        ({"a": "+"}, {"b": "-"}, [f"0 of 0 checks {ALIKE}"]),
    ],
)  # fmt: skip
def test_changes_are_listed_by_scorer_and_scenario_worst_first(before, after, lines):
    assert changed(desk(**before), desk(**after)) == lines


def test_a_silent_agent_is_a_lost_call():
    assert changed(desk(a="+"), desk("agent_silent", a="+")) == [
        "fails  calls in a (1 of 1 → 0 of 1): agent fell silent",
        f"2 of 3 checks {ALIKE}",
    ]


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        (((True, ""), (None, "")),
         "Not worse than the baseline: 1 call compared with its 2 (would have noticed: x)."),
        (((None, ""),), "Cannot tell: these are too few calls."),
        (((True, ""), (False, "")), "Not as in the baseline: see the gates that did not hold."),
        (((False, "x 1 of 1 → 0 of 1"),), "Worse than the baseline: x 1 of 1 → 0 of 1."),
    ],
)  # fmt: skip
def test_a_comparison_ends_with_one_sentence(gates, told):
    made = baseline_of(run_results(desk(a="++")), Path("run"))
    run = replace(run_results(desk(a="+")), would_notice="would have noticed: x")
    found = tuple(
        GateResult("x", GateKind.BASELINE, passed, None, None, "", "", short=short)
        for passed, short in gates
    )
    assert compared_text(found, made, run).plain == told


def test_figures_behind_the_verdicts_are_a_line_each():
    gates = (
        GateResult("x", GateKind.BASELINE, True, None, None, "", "", details="p = 0.5"),
        GateResult("y", GateKind.BASELINE, True, None, None, "", ""),
    )
    assert explained(gates).plain == "x: p = 0.5"
