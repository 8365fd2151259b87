"""The gate against a baseline, on pairs whose verdicts are written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import UsageError
from harness.gates.baseline import Baseline, baseline_of
from harness.gates.gate_file import NoWorse, Quarantine
from harness.gates.no_worse import check_can_break, judge_baseline
from harness.gates.quarantine import release
from harness.gates.trusted_runs import together
from harness.results.convert import key_of
from harness.results.model import CallResult, GateKind, GateResult
from harness.scorers.measure import Better, Measure

TTFA = "time_to_first_audio"


def calls(verdicts: str, *, wait_s: float = 1.0) -> tuple[CallResult, ...]:
    """Repeats of two scenarios in turn: + passed, - failed, ? open, x does not count."""
    outcomes = {"+": "pass", "-": "fail", "?": "review", "x": "pass"}
    return tuple(
        result(
            "ab"[number % 2],
            score("preamble", outcomes[mark], "because"),
            score(TTFA, "pass", "", value=wait_s,
                  waits=[{"text": "Hi.", "with_tool": False, "took_s": wait_s + number % 3 / 100}]),
            repeat=number // 2, seed=number // 2, suite="desk", scenario_hash="h",
            status="socket_closed" if mark == "x" else "completed",
        )
        for number, mark in enumerate(verdicts)
    )  # fmt: skip


def baseline(verdicts: str) -> Baseline:
    return baseline_of(run_results(calls(verdicts)), Path("run"))


def judged(
    before: str, after: str, *, wait_s: float = 1.0, **effect: float
) -> dict[str, GateResult]:
    gate = NoWorse(minimum_effect=effect)
    found = judge_baseline(gate, baseline(before), calls(after, wait_s=wait_s))
    assert {one.kind for one in found} == {GateKind.BASELINE}
    return {one.gate.removeprefix("no worse: "): one for one in found}


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ("+" * 10, "+" * 10, True),
        ("-" * 10, "+" * 10, True),
        ("-" * 10, "-" * 10, True),
        ("+" * 10, "-" * 10, False),
        ("+" * 20, "-" * 8 + "+" * 12, False),  # 4 measures · 0.5^8 < 2.5 %
        ("+" * 20, "-" * 7 + "+" * 13, None),  # and with 7 it is more
        ("+" * 20, "-" * 2 + "+" * 18, None),  # 10 points may be chance
        ("+" * 40, "-" + "+" * 39, True),  # 2.5 points are no reason to stop anybody
        ("+" * 300, "-" * 12 + "+" * 288, True),  # nor are 4, however certain
        ("+" * 300, "-" * 16 + "+" * 284, False),
        ("+" * 5, "-" * 5, None),  # too few pairs, whatever they say
        ("+" * 5, "+" * 5, None),
        ("-+" * 10, "+-" * 10, True),  # as many gained as lost
    ],
)
def test_a_loss_must_be_more_than_chance_and_more_than_the_minimum(before, after, passed):
    found = judged(before, after)
    assert found["preamble.pass_rate"].passed is passed
    assert found["calls.pass_rate"].passed is passed
    assert found["preamble.pass_rate"].breaks is (passed is False)


def test_the_minimum_effect_is_the_users():
    after = "-" * 8 + "+" * 12
    assert judged("+" * 20, after)["calls.pass_rate"].passed is False
    assert judged("+" * 20, after, points=50)["calls.pass_rate"].passed is True
    slow = {"wait_s": 1.2}
    assert judged("+" * 8, "+" * 8, **slow)[f"{TTFA}.mean"].passed is False
    assert judged("+" * 8, "+" * 8, time_to_first_audio=0.5, **slow)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=1.05)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=0.2)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 7, "+" * 7, **slow)[f"{TTFA}.mean"].passed is None  # 4 · 0.5^7 > 2.5 %


def test_the_reason_has_both_rates_the_pairs_and_the_interval():
    gate = judged("+" * 10, "-" * 10)["preamble.pass_rate"]
    # Agresti and Min: (-10 ± 1.96 · 12 · sqrt(11/12 - (10/12)²) / sqrt(12)) / 12
    assert gate.reason == (
        "100.0 % → 0.0 % in 10 pairs; change −100 to −57 points; p = 0.0039 (Holm over 4)"
    )
    assert (gate.value, gate.limit, gate.unit) == (-1.0, 0.05, "share")
    wait = judged("+" * 8, "+" * 8, wait_s=1.2)[f"{TTFA}.mean"]
    assert wait.reason == (
        "1.009 s → 1.209 s in 8 pairs; change +0.20 to +0.20 s; p = 0.016 (Holm over 4)"
    )
    assert (wait.value, wait.limit, wait.unit) == (pytest.approx(0.2), 0.1, "s")


def test_no_evidence_says_how_many_repeats_it_takes():
    gate = judged("+" * 20, "-" * 2 + "+" * 18)["preamble.pass_rate"]
    assert "; 10 points could be told with" in gate.reason
    assert "(--repeat " in gate.reason
    # what is told can be told: two points more than 5 are not, in any number that anybody makes
    assert "; 10 points" in judged("+" * 30, "-" * 2 + "+" * 28)["calls.pass_rate"].reason
    one = judged("+", "+")[f"{TTFA}.mean"]
    assert one.reason == (
        "1.000 s → 1.000 s in 1 pair; 0.20 s could be told with 8 pairs "
        "(--repeat 8, of the baseline's run too)"
    )
    stored = tuple(replace(call, call="monday") for call in calls("+"))
    (_, *_, wait) = judge_baseline(NoWorse(), baseline("+"), stored)
    assert wait.reason.endswith("could be told with 8 pairs (of stored calls, in both runs)")
    assert judged("+", "+", time_to_first_audio=0)[f"{TTFA}.mean"].passed is None
    assert "could be told" not in judged("+", "-", points=60)["calls.pass_rate"].reason


def test_repeats_are_counted_by_the_scenarios_that_a_measure_has():
    def made(outcome: str) -> tuple[CallResult, ...]:
        # every second call is of scenario b, in which nobody judges the preamble
        return tuple(
            replace(call, scores=call.scores[call.scenario == "b" :]) for call in calls(outcome * 8)
        )

    found = judge_baseline(NoWorse(), baseline_of(run_results(made("+")), Path("run")), made("-"))
    (few,) = [one for one in found if one.gate == "no worse: preamble.pass_rate"]
    assert (few.passed, few.value) == (None, -1.0)
    # 4 pairs of 4 repeats, because only one scenario judges the preamble
    assert "100 points could be told with 19 pairs (--repeat 19, of the baseline" in few.reason


def test_only_pairs_of_calls_that_count_are_compared():
    found = judged("+" * 10, "+" * 8 + "xx")
    assert " in 8 pairs" in found["calls.pass_rate"].reason


def test_what_is_open_has_not_passed_on_either_side():
    found = judged("+" * 10, "?" * 9 + "-")
    assert [found[name].passed for name in ("calls.pass_rate", "preamble.pass_rate")] == [False] * 2
    assert judged("?" * 10, "?" * 9 + "+")["calls.pass_rate"].value == pytest.approx(0.1)
    unasked = tuple(
        replace(call, scores=(score("preamble", "not_applicable", ""), *call.scores[1:]))
        for call in calls("++" + "+" * 8)[:2]
    )
    gates = judge_baseline(NoWorse(), baseline("+" * 10), (*unasked, *calls("+" * 10)[2:]))
    (rule,) = [one for one in gates if one.gate == "no worse: preamble.pass_rate"]
    assert " in 8 pairs, 2 judged once only" in rule.reason


def test_a_call_that_only_a_known_failure_judged_says_nothing():
    entry = Quarantine(scenario="*", scorer=TTFA, reason="x", expires="2099-01-01")
    bare = tuple(
        replace(call, scores=(replace(call.scores[1], outcome="fail", passed=False),), passed=False)
        for call in calls("+" * 10)
    )
    released = release(bare, (entry,), today=date(2026, 1, 1)).calls
    mixed = (*released[:1], *calls("+" * 10)[1:])
    gates = {one.gate: one for one in judge_baseline(NoWorse(), baseline("+" * 10), mixed)}
    assert " in 9 pairs, 1 judged once only" in gates["no worse: calls.pass_rate"].reason


@pytest.mark.parametrize(
    ("outcome", "told"), [("fail", True), ("pass", True), ("not_applicable", False)]
)
def test_a_scorer_that_the_baseline_does_not_know_is_new_and_no_call_is_lost_by_it(outcome, told):
    def newly_judged(verdicts: str) -> tuple[CallResult, ...]:
        young = score("young", outcome, "")
        return tuple(
            replace(call, scores=(*call.scores, young), passed=outcome != "fail" and call.passed)
            for call in calls(verdicts)
        )

    gates = judge_baseline(NoWorse(), baseline("+" * 10), newly_judged("+" * 10))
    found = {one.gate: one for one in gates}
    assert found["no worse: calls.pass_rate"].passed is True
    new = found.get("no worse: young.pass_rate")
    assert (new is not None) is told
    if new is not None:
        assert (new.passed, new.breaks) == (None, False)
        assert new.reason == "new, not compared: the baseline is older than this scorer"
    lost = judge_baseline(NoWorse(), baseline("+" * 10), newly_judged("-" * 10))
    assert lost[0].passed is False


# --- several runs in one baseline -----------------------------------------------------------------


def several(*verdicts: str) -> Baseline:
    parts = [
        (
            baseline_of(
                replace(run_results(calls(each, wait_s=1 + n / 100)), started_at=f"{n}"),
                Path(f"run {n}"),
            ),
            Path(f"run {n}"),
        )
        for n, each in enumerate(verdicts)
    ]
    return together(parts)


def test_every_run_of_a_baseline_is_evidence():
    """5 of 5 lost prove nothing beside one run; beside three that all passed they do."""
    after = calls("-" * 5)
    one = judge_baseline(NoWorse(), several("+" * 5), after)
    three = judge_baseline(NoWorse(), several("+" * 5, "+" * 5, "+" * 5), after)
    assert [one[0].passed, three[0].passed] == [None, False]
    assert "p = 0.0039 (Holm over 4)" in three[0].reason  # 4 · (1/4)^5


def test_what_a_baseline_differs_in_itself_is_no_loss():
    after = calls("-" * 8 + "+" * 12)
    lucky = judge_baseline(NoWorse(), several("+" * 20), after)
    known = judge_baseline(NoWorse(), several("+" * 20, "-" * 8 + "+" * 12), after)
    assert [lucky[0].passed, known[0].passed] == [False, None]
    assert known[0].value == pytest.approx(-0.2)


# --- gates that cannot break ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "planned", "effect", "refused"),
    [
        ("+" * 8, "+" * 8, {}, None),  # 4 · 0.5^8 is less than 2.5 %
        ("+" * 7, "+" * 7, {}, "7 of them have their like in the baseline .* it takes 8 that pass"),
        ("+", "+" * 9, {}, "1 of them has its like"),
        ("+" * 8, "", {}, "0 of them have their like"),
        ("-" * 8, "+" * 8, {}, None),  # the waits may still become longer
    ],
)
def test_a_gate_that_no_outcome_could_break_is_refused(before, planned, effect, refused):
    keys = [key_of(call) for call in calls(planned)]
    gate = NoWorse(minimum_effect=effect)
    if refused is None:
        check_can_break(gate, baseline(before), keys)
        worst = tuple(replace(call, passed=False) for call in calls("-" * 8, wait_s=60))
        assert any(one.passed is False for one in judge_baseline(gate, baseline(before), worst))
        return
    with pytest.raises(UsageError, match=refused) as caught:
        check_can_break(gate, baseline(before), keys)
    assert ("new_failures <= 0" in str(caught.value)) is (len(planned) in (1, 2))
    assert ("'pass_rate >= 80 %'" in str(caught.value)) is (len(planned) not in (1, 2))
    assert "--repeat" in str(caught.value)
    with pytest.raises(
        UsageError, match="passed there\\. Import more calls, for the baseline's"
    ) as told:
        check_can_break(gate, baseline(before), keys, stored=True)
    assert str(told.value).endswith("Calls of different callers: harness compare")


@pytest.mark.parametrize(
    ("before", "planned", "advised"),
    [
        ("+++-", 3, "'pass_rate >= 60 %'"),
        ("+++-", 2, "'new_failures <= 0'"),  # two scenarios, one call of each
        ("+", 3, "'pass_rate >= 80 %'"),
        ("?", 3, ""),
        ("-", 3, ""),
    ],
)
def test_the_gate_that_is_advised_breaks_if_passes_halve(before, planned, advised):
    keys = [key_of(call) for call in calls("+" * planned)]
    with pytest.raises(UsageError, match="could not break") as caught:
        check_can_break(NoWorse(), baseline(before), keys)
    told = str(caught.value)
    assert (advised in told) if advised else ("or put" not in told)


def test_what_failed_before_and_what_may_be_lost_as_a_whole_break_no_gate():
    def without_waits(verdicts: str) -> tuple[CallResult, ...]:
        return tuple(replace(call, scores=call.scores[:1]) for call in calls(verdicts))

    keys = [key_of(call) for call in calls("+" * 12)]
    passing, failing = (
        baseline_of(run_results(without_waits(mark * 12)), Path("run")) for mark in "+-"
    )
    check_can_break(NoWorse(), passing, keys)
    for made, points in ((failing, 5), (passing, 100)):
        with pytest.raises(UsageError, match="could not break"):
            check_can_break(NoWorse(minimum_effect={"points": points}), made, keys)


@pytest.mark.parametrize(
    "after",
    [
        calls("xx"),
        tuple(replace(call, seed=99) for call in calls("++")),
        tuple(replace(call, scores=(), passed=None) for call in calls("+" * 12)),
    ],
)
def test_a_run_without_any_like_in_the_baseline_does_not_hold(after):
    (gate,) = judge_baseline(NoWorse(), baseline("++"), after)
    assert (gate.passed, gate.breaks) == (False, True)
    assert gate.reason == (
        "no judged call has its like in the baseline (same scenario, repeat and seed)"
    )


def moody(value: float, better: Better) -> tuple[CallResult, ...]:
    mood = Measure("mood", unit="points", better=better)
    return tuple(
        replace(
            call,
            scores=(replace(call.scores[0], measurements=(mood.gave(value + n % 3),)),),
        )
        for n, call in enumerate(calls("+" * 10))
    )


@pytest.mark.parametrize(
    ("better", "least", "passed"),
    [
        (Better.HIGHER, {}, False),
        (Better.LOWER, {}, True),
        (Better.HIGHER, {"mood": 4.0}, True),
    ],
)
def test_a_measure_of_any_scorer_is_held_against_its_own_in_its_unit(better, least, passed):
    before = baseline_of(run_results(moody(9.0, better)), Path("run"))
    found = judge_baseline(NoWorse(minimum_effect=least), before, moody(6.0, better))
    (mood,) = (one for one in found if one.gate == "no worse: mood.mean")
    assert (mood.passed, mood.value, mood.unit) == (passed, -3.0, "points")
    assert mood.limit == least.get("mood", 0.0)
    assert "9.9 points → 6.9 points in 10 pairs" in mood.reason
