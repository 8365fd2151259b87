"""Losses that are called again: the calls requested, and the meaning of their results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.results.compare.statistics import Stratum
from harness.results.gates.baseline import Baseline, baseline_of
from harness.results.gates.gate_file import NoWorse
from harness.results.gates.matched_calls import confirms_broken
from harness.results.gates.no_worse import calls_to_confirm, judge_baseline
from harness.results.model import CallResult, GateKind, GateResult

OUTCOMES = {"+": "pass", "-": "fail", "?": "review", "x": "pass"}


def desk(repeats_from: int = 0, **scenarios: str) -> tuple[CallResult, ...]:
    """Repeats of each scenario: + passed, - failed, ? open, x does not count."""
    return tuple(
        result(name, score("entity_confirmation", OUTCOMES[mark], ""), suite="desk",
               repeat=repeats_from + n, seed=repeats_from + n, scenario_hash="h",
               status="socket_closed" if mark == "x" else "completed")
        for name, marks in scenarios.items()
        for n, mark in enumerate(marks)
    )  # fmt: skip


def again(**scenarios: str) -> tuple[CallResult, ...]:
    return tuple(replace(call, confirms=True) for call in desk(100, **scenarios))


def baseline(**scenarios: str) -> Baseline:
    return baseline_of(run_results(desk(**scenarios)), Path("run"))


def asked(
    before: dict[str, str], after: dict[str, str], fresh: dict[str, str], most: int = 60
) -> dict[str, int]:
    found = calls_to_confirm(
        NoWorse(), baseline(**before), desk(**after), again(**fresh), most=most
    )
    return {name: number for (_, name, _), number in found.items()}


TWO, LOST = {"a": "+++", "b": "+++", "c": "+++"}, {"a": "---", "b": "---", "c": "+++"}
FIVE = {"a": "+" * 5, "b": "+" * 5, "c": "+" * 5}


@pytest.mark.parametrize(
    ("before", "after", "fresh", "calls"),
    [
        (TWO, TWO, {}, {}),
        (TWO, {"a": "---", "b": "+++", "c": "+++"}, {}, {}),  # 1 in 20 is no suspicion
        (TWO, LOST, {}, {"a": 5, "b": 5}),
        (TWO, LOST, {"a": "-----", "b": "+---"}, {"b": 1}),
        (TWO, LOST, {"a": "-----", "b": "+----"}, {}),
        (TWO, LOST, {"a": "+++++", "b": "+++++"}, {}),
        (TWO, LOST, {"a": "--xx-"}, {"a": 2, "b": 5}),  # a lost call is no answer
        # a scenario that always passed is called until two passes, or eight failures
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {}, {"a": 2}),
        (FIVE, {"a": "-+", "b": "++", "c": "++"}, {}, {"a": 2}),
        (FIVE, {"a": "-++", "b": "++", "c": "++"}, {}, {}),
        (FIVE, {"a": "??", "b": "++", "c": "++"}, {}, {}),  # open is no failure
        (FIVE | {"a": "+++++-"}, {"a": "-", "b": "++", "c": "++"}, {}, {}),
        (FIVE | {"a": "++++"}, {"a": "-", "b": "++", "c": "++"}, {}, {}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "--"}, {"a": 3}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "+-"}, {"a": 4}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "++"}, {}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "-+---+"}, {}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "--------"}, {}),
        (FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": "-------??"}, {}),
        # a scorer that is worse is asked first, and a broken scenario only if it is not
        (FIVE, {"a": "---", "b": "---", "c": "+++"}, {}, {"a": 5, "b": 5}),
        (FIVE, {"a": "---", "b": "---", "c": "+++"}, {"a": "-----", "b": "-----"}, {}),
        (FIVE, {"a": "---", "b": "---", "c": "+++"}, {"a": "-+---", "b": "+++++"}, {}),
        (FIVE, {"a": "---", "b": "---", "c": "+++"}, {"a": "??---", "b": "+++++"}, {}),
        (FIVE, {"a": "---", "b": "---", "c": "+++"}, {"a": "-++--", "b": "+++++"}, {}),
    ],
)  # fmt: skip
def test_scenarios_are_called_again_until_both_questions_are_answered(before, after, fresh, calls):
    assert asked(before, after, fresh) == calls


def test_no_more_calls_are_asked_for_than_may_be_made():
    assert asked(TWO, LOST, {}, most=7) == {"a": 5, "b": 2}
    assert asked(TWO, LOST, {"a": "--x"}, most=7) == {"a": 3, "b": 1}
    many = {f"s{n}": "+++" for n in range(14)}
    losses = dict.fromkeys(many, "---") | {"s3": "+--"}
    calls = asked(many, losses, {}, most=500)
    assert (len(calls), set(calls.values()), "s3" in calls) == (10, {5}, False)


def gates(
    before: dict[str, str], after: dict[str, str], fresh: dict[str, str]
) -> dict[str, GateResult]:
    found = judge_baseline(NoWorse(), baseline(**before), desk(**after), again(**fresh))
    return {gate.gate.removeprefix("no worse: "): gate for gate in found}


SEEN = '9 of 9 → 3 of 9; "a", "b" passed every call and fail all now; chance does it in 1 of 200 '


@pytest.mark.parametrize(
    ("fresh", "passed", "kind", "told"),
    [
        ({}, False, GateKind.BASELINE, ""),
        ({"a": "-----", "b": "+----"}, False, GateKind.BASELINE,
         "; 1 of 10 passed when called again"),
        ({"a": "+++++", "b": "+++-+"}, True, GateKind.BASELINE,
         "; not so again: 9 of 10 passed when called again"),
        ({"a": "+++xx", "b": "+++++"}, None, GateKind.CONFIRMATION,
         "; not confirmed: 2 calls lost"),
        ({"a": "xx", "b": "xx"}, None, GateKind.CONFIRMATION, "; not confirmed: 4 calls lost"),
        ({"a": "++"}, None, GateKind.CONFIRMATION,
         "; not confirmed: no more than 2 calls were made"),
        ({"c": "++"}, False, GateKind.BASELINE, ""),  # no question was about these scenarios
    ],
)  # fmt: skip
def test_a_scorer_is_worse_if_fresh_calls_alone_are(fresh, passed, kind, told):
    gate = gates(TWO, LOST, fresh)["entity_confirmation.pass_rate"]
    assert (gate.passed, gate.kind) == (passed, kind)
    assert gate.reason == f"{SEEN}unchanged builds{told}"
    assert gate.breaks is (passed is not True)
    assert bool(gate.short) is (passed is False)


@pytest.mark.parametrize(
    ("fresh", "passed", "told"),
    [
        ("--------", False, "0 of 8 when called again"),
        ("-+-------", False, "1 of 9 when called again"),
        ("++", True, None),
        ("-------??", True, None),
        ("--xx", None, "0 of 2 when called again; not confirmed: 2 calls lost"),
        ("----", None, "0 of 4 when called again; not confirmed: no more than 4 calls were made"),
        ("", True, None),
    ],
)
def test_a_scenario_is_broken_if_it_fails_eight_calls_before_it_passes_two(fresh, passed, told):
    found = gates(FIVE, {"a": "--", "b": "++", "c": "++"}, {"a": fresh})
    gate = found.get("entity_confirmation in a")
    assert (gate is None) is (passed is True)
    if gate is not None:
        assert gate.reason == f"passed 5 of 5 in the baseline, 0 of 2 now, {told}"
        assert (gate.passed, gate.breaks) == (passed, True)
        again = f", again {told[:6]}" if passed is False else ""
        assert gate.short == (f"entity confirmation in a 0 of 2{again}" if again else "")
    assert not found["entity_confirmation.pass_rate"].breaks


def test_a_silent_agent_is_a_broken_scenario_of_whole_calls():
    silent = tuple(
        replace(call, status="agent_silent", passed=False,
                scores=(score("entity_confirmation", "unscorable", ""),))
        for call in desk(a="--")
    )  # fmt: skip
    fresh = tuple(replace(c, repeat=n + 9, seed=n + 9) for n, c in enumerate(silent * 4))
    made = baseline(**FIVE)
    calls = (*silent, *desk(b="++", c="++"))
    found = calls_to_confirm(NoWorse(), made, calls, (), most=60)
    assert found == {("desk", "a", ""): 2}
    gate = judge_baseline(NoWorse(), made, calls, fresh)[2]
    assert (gate.gate, gate.passed) == ("no worse: calls in a", False)


@pytest.mark.parametrize(
    ("calls", "passed", "confirmed"),
    [
        (2, 2, False),  # with 0 of 5 fresh calls: 1 of 21 ways
        (3, 3, True),  # 1 of 56
        (6, 5, True),  # 6 of 462
        (6, 3, False),  # 20 of 165
    ],
)
def test_five_failed_calls_confirm_a_loss_if_chance_does_it_rarely(
    calls: int, passed: int, confirmed: bool
) -> None:
    assert confirms_broken(Stratum(calls, passed, 3, 0)) is confirmed
