"""The plain gate: scenarios that passed in the baseline and fail in all their repeats now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.results.gates.baseline import baseline_of
from harness.results.gates.gate_file import AbsoluteGate, parse_rule
from harness.results.gates.no_worse import NONE_NEW, judge_new_failures
from harness.results.model import CallResult


def calls(**scenarios: str) -> tuple[CallResult, ...]:
    """Repeats of each scenario: + passed, - failed, ? open, x does not count."""
    outcomes = {"+": "pass", "-": "fail", "?": "review", "x": "pass"}
    return tuple(
        result(name, score("preamble", outcomes[mark], ""), repeat=n, seed=n, suite="desk",
               scenario_hash="h", status="socket_closed" if mark == "x" else "completed",
               tags=("write",) if name == "b" else ())
        for name, verdicts in scenarios.items()
        for n, mark in enumerate(verdicts)
    )  # fmt: skip


CHECKS = "checks (a scorer in a scenario) that passed in the baseline"


def judged(before, after, gate=NONE_NEW):
    made = baseline_of(run_results(calls(**before)), Path("run"))
    return judge_new_failures(*gate, baseline=made, calls=calls(**after))


@pytest.mark.parametrize(
    ("before", "after", "passed", "reason"),
    [
        ({"a": "++"}, {"a": "--"}, False, f"1 of 1 {CHECKS}: preamble in a (2 of 2 → 0 of 2)"),
        ({"a": "++"}, {"a": "-"}, False, None),
        ({"a": "++"}, {"a": "-+"}, True, f"0 of 1 {CHECKS}"),
        ({"a": "++"}, {"a": "-?"}, False, None),  # none of them passed
        ({"a": "++"}, {"a": "-x"}, False, None),  # an invalid call is no repeat
        ({"a": "++", "b": "+"}, {"a": "+", "b": "??"}, None,  # a person may say that it fails
         f"0 of 1 {CHECKS}; 1 without a verdict now, which may be new "
         "failures"),
        ({"a": "++", "b": "+"}, {"a": "-", "b": "??"}, False,  # whatever a person says
         f"1 of 1 {CHECKS}: preamble in a (2 of 2 → 0 of 1); 1 without a verdict now"),
        ({"a": "++-"}, {"a": "--"}, False, None),  # it passes mostly
        ({"a": "+-"}, {"a": "--"}, None, "nothing was judged that passed in the baseline"),
        ({"a": "--"}, {"a": "--"}, None, None),
        ({"a": "++"}, {"b": "--"}, None, None),
        ({"a": "++"}, {"a": "xx"}, None, None),
        (dict.fromkeys("abcdefg", "+"), dict.fromkeys("abcdefg", "-"), False,
         f"7 of 7 {CHECKS}: {', '.join(f'preamble in {x} (1 of 1 → 0 of 1)' for x in 'abcde')} "
         "and 2 more"),
    ],
)  # fmt: skip
def test_a_scenario_that_passed_and_fails_throughout_is_a_new_failure(
    before, after, passed, reason
):
    gate = judged(before, after)
    assert (gate.gate, gate.passed) == ("new_failures <= 0", passed)
    assert gate.breaks is (passed is not True)
    assert reason is None or gate.reason == reason


def test_the_gate_has_a_scope_and_a_limit():
    def gate(check: str, **scope: str):
        return AbsoluteGate(check=check, **scope), parse_rule(check, ())

    lost = {"a": "++", "b": "++"}, {"a": "--", "b": "--"}
    half_open = {"a": "++", "b": "++"}, {"a": "--", "b": "??"}
    assert judged(*half_open, gate("new_failures <= 1")).passed is None
    assert judged(*half_open, gate("new_failures <= 2")).passed is True
    assert judged(*lost, gate("new_failures <= 1")).passed is False
    assert judged(*lost, gate("new_failures <= 2")).passed is True
    assert judged(*lost, gate("new_failures <= 1", tag="write")).passed is True
    assert judged(*lost, gate("new_failures <= 0", scenario="b")).reason.endswith(
        ": preamble in b (2 of 2 → 0 of 2)"
    )
    with pytest.raises(ValueError, match="new_failures is a number, without a unit"):
        parse_rule("new_failures <= 1 %", ())


def test_conditions_stand_for_themselves():
    def under(outcome: str) -> tuple[CallResult, ...]:
        return tuple(
            result("a", score("preamble", outcome if loud else "pass", ""), suite="desk",
                   scenario_hash="h", condition="loud" if loud else "")
            for loud in (False, True)
        )  # fmt: skip

    made = baseline_of(run_results(under("pass")), Path("run"))
    gate = judge_new_failures(*NONE_NEW, baseline=made, calls=under("fail"))
    assert gate.reason == f"1 of 2 {CHECKS}: preamble in a under loud (1 of 1 → 0 of 1)"


def scored(entity: str, preamble: str, status: str = "completed") -> tuple[CallResult, ...]:
    """One call of a scenario by two scorers."""
    scores = (score("entity_confirmation", entity, ""), score("preamble", preamble, ""))
    return (result("a", *scores, suite="desk", scenario_hash="h", status=status),)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # it fails by another scorer already, and by a further scorer now
        (scored("pass", "fail"), scored("fail", "fail"), "entity confirmation in a"),
        (scored("fail", "pass"), scored("fail", "pass"), None),
        (scored("pass", "pass"), scored("unscorable", "pass"), None),
        (scored("pass", "pass"), scored("pass", "pass", "agent_silent"), "calls in a"),
    ],
)
def test_a_failure_by_another_scorer_hides_no_new_one(before, after, told):
    made = baseline_of(run_results(before), Path("run"))
    gate = judge_new_failures(*NONE_NEW, baseline=made, calls=after)
    assert (gate.value, gate.passed) == ((1.0, False) if told else (0.0, True))
    assert (f"{told} (1 of 1 → 0 of 1)" if told else CHECKS) in gate.reason


def test_a_scenario_that_each_repeat_fails_by_another_scorer_is_a_new_failure():
    def twice(*ends: tuple[str, str]) -> tuple[CallResult, ...]:
        made = [call for one in ends for call in scored(*one)]
        return tuple(replace(call, repeat=n, seed=n) for n, call in enumerate(made))

    made = baseline_of(run_results(twice(("pass", "pass"), ("pass", "pass"))), Path("run"))
    now = twice(("fail", "pass"), ("pass", "fail"))
    gate = judge_new_failures(*NONE_NEW, baseline=made, calls=now)
    assert gate.reason == f"1 of 3 {CHECKS}: calls in a (2 of 2 → 0 of 2)"


def test_what_only_a_younger_scorer_fails_is_no_new_failure():
    made = baseline_of(run_results(calls(a="++")), Path("run"))
    young = score("young", "fail", "")
    now = tuple(replace(call, scores=(*call.scores, young), passed=False) for call in calls(a="++"))
    found = judge_new_failures(*NONE_NEW, baseline=made, calls=now)
    assert found.passed is True
    assert found.reason.endswith("in the baseline; without young (new, not compared)")
