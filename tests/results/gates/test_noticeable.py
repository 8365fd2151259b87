"""The losses that a gate against a baseline would have noticed, from the calls at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.results.gates.baseline import Baseline, baseline_of
from harness.results.gates.gate_file import NoWorse
from harness.results.gates.no_worse import judge_baseline, not_worse
from harness.results.gates.power import Noticeable, noticeable
from harness.results.model import CallResult, GateKind, GateResult


def calls(*marks: str) -> tuple[CallResult, ...]:
    """Repeats of each scenario by its marks: + passed, - failed."""
    return tuple(
        result(f"s{number}", score("preamble", {"+": "pass", "-": "fail"}[mark], ""), repeat=n,
               seed=n, suite="desk", scenario_hash="h")
        for number, of_scenario in enumerate(marks)
        for n, mark in enumerate(of_scenario)
    )  # fmt: skip


def before(*marks: str) -> Baseline:
    return baseline_of(run_results(calls(*marks)), Path("run"))


def seen(was: Baseline, now: tuple[CallResult, ...], *, confirmed: bool = False) -> Noticeable:
    found = noticeable(NoWorse(), was, now, confirmed=confirmed)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("was", "now", "confirmed", "sentence"),
    [
        # 1 of 8 scenarios: 1 in 20 by chance, and twice as much is needed
        (["+++"] * 8, ["+++"] * 8, False, "would have noticed: a loss of 35 points over all calls"),
        # 8 of 8 and 2 of 8: p = 45 / 12,870; with a rate of 15 % 2 or fewer pass in 89 % of runs
        (["+" * 8], ["+" * 8], False,
         "would have noticed: one scenario that always fails; a loss of 85 points over all calls"),
        # five calls each in the baseline are enough to call the scenario again
        (["+++++"] * 8, ["+"] * 8, True,
         "would have noticed: one scenario that always fails; a loss of 45 points over all calls"),
        (["+++++"] * 8, ["+"] * 8, False,
         "would have noticed: a loss of 45 points over all calls"),
        (["+++++"] * 3 + ["++-++"], ["+"] * 4, True,
         "would have noticed: one scenario that always fails in 75 % of cases; "
         "a loss of 81 points over all calls"),
        (["+"], ["+"], False,
         "would have noticed neither one scenario that always fails nor fewer passes"),
    ],
)  # fmt: skip
def test_the_sentence_follows_from_the_calls(was, now, confirmed, sentence):
    assert seen(before(*was), calls(*now), confirmed=confirmed).sentence == sentence


@pytest.mark.parametrize(("repeats", "noticed"), [(3, False), (5, True)])
def test_what_is_named_is_what_the_gate_notices(repeats, noticed):
    """A scenario that fails every call breaks the gate exactly if the sentence says so."""
    was, now = before(*["+" * repeats] * 4), calls(*["+" * repeats] * 4)
    assert (not seen(was, now).unnoticed) is noticed
    broken = calls("-" * repeats, *["+" * repeats] * 3)
    assert any(gate.breaks for gate in judge_baseline(NoWorse(), was, broken)) is noticed


def test_checks_that_are_not_noticed_are_named_for_those_who_ask():
    found = seen(before(*["+"] * 6), calls(*["+"] * 6))
    assert found.checks == len(found.unnoticed) == 12
    assert found.details == (
        "not noticed if they always failed: calls in s0, calls in s1, calls in s2, calls in s3, "
        "calls in s4 and 7 more"
    )
    assert Noticeable(2, (), None).details == ""
    few = Noticeable(300, ("x in y",) * 299, None)
    assert few.sentence.endswith("always fails in fewer than 1 % of cases")


def test_nothing_is_named_without_a_scenario_in_common():
    assert noticeable(NoWorse(), before("+"), (), confirmed=True) is None


def test_a_scorer_of_fewer_scenarios_than_the_calls_is_tried_where_it_judged():
    mixed = tuple(
        result(name, *scores, repeat=n, seed=n, suite="desk", scenario_hash="h")
        for name, scores in (("a", (score("x", "pass", ""), score("y", "pass", ""))),
                             ("b", (score("x", "pass", ""),)))
        for n in range(6)
    )  # fmt: skip
    found = seen(baseline_of(run_results(mixed), Path("run")), mixed)
    assert found.checks == 5
    assert found.unnoticed == ()


@pytest.mark.parametrize(
    ("gates", "holds"),
    [
        ([(GateKind.BASELINE, True), (GateKind.BASELINE, None)], True),
        ([(GateKind.BASELINE, None)], False),
        ([(GateKind.BASELINE, True), (GateKind.CONFIRMATION, None)], False),
        ([(GateKind.BASELINE, True), (GateKind.BASELINE, False)], False),
        ([(GateKind.BASELINE, True), (GateKind.ABSOLUTE, False)], True),
        ([(GateKind.ABSOLUTE, True)], False),
    ],
)
def test_only_gates_against_the_baseline_say_that_nothing_is_worse(gates, holds):
    found = [GateResult("x", kind, passed, None, None, "", "") for kind, passed in gates]
    assert not_worse(found) is holds
