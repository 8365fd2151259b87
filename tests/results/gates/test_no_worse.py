"""The gate against a baseline, on pairs whose verdicts are written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import UsageError
from harness.judging.scorers.base import Better, Measure
from harness.results.gates.baseline import Baseline, baseline_of
from harness.results.gates.gate_file import NoWorse, Quarantine
from harness.results.gates.no_worse import NOT_MEASURED, judge_baseline
from harness.results.gates.power import check_can_break
from harness.results.gates.quarantine import release
from harness.results.gates.trusted_runs import together
from harness.results.model import CallResult, GateKind, GateResult
from harness.results.verdicts import key_of

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
        ("+" * 20, "-" * 7 + "+" * 13, False),  # 1 in 110 for both tests, less than 2 %
        ("+" * 20, "-" * 6 + "+" * 14, None),  # and 1 in 45 is more
        ("+" * 20, "-" * 2 + "+" * 18, None),  # 10 points may be chance
        ("+" * 40, "-" + "+" * 39, True),  # 2.5 points are no reason to stop anybody
        ("+" * 300, "-" * 12 + "+" * 288, True),  # nor are 4, however certain
        ("+" * 300, "-" * 16 + "+" * 284, False),
        ("+" * 5, "-" * 5, False),  # 1 in C(6, 3) · C(4, 2) = 120, twice
        ("+" * 4, "-" * 4, None),  # 1 in 6 · 6: too few calls, whatever they say
        ("+" * 4, "+" * 4, None),
        ("-+" * 10, "+-" * 10, True),  # as many gained as lost
    ],
)
def test_a_loss_must_be_more_than_chance_and_more_than_the_minimum(before, after, passed):
    found = judged(before, after)
    assert found["preamble.pass_rate"].passed is passed
    assert found["calls.pass_rate"].passed is passed
    assert found["preamble.pass_rate"].breaks is (passed is False)


def test_the_minimum_effect_is_the_users():
    after = "-" * 7 + "+" * 13
    assert judged("+" * 20, after)["calls.pass_rate"].passed is False
    assert judged("+" * 20, after, points=50)["calls.pass_rate"].passed is True
    slow = {"wait_s": 1.2}
    assert judged("+" * 8, "+" * 8, **slow)[f"{TTFA}.mean"].passed is False
    assert judged("+" * 8, "+" * 8, time_to_first_audio=0.5, **slow)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=1.05)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 8, "+" * 8, wait_s=0.2)[f"{TTFA}.mean"].passed is True
    assert judged("+" * 7, "+" * 7, **slow)[f"{TTFA}.mean"].passed is None  # 0.5^7 > 0.5 %


def test_the_reason_has_both_counts_and_how_often_chance_does_it():
    gate = judged("+" * 10, "-" * 10)["preamble.pass_rate"]
    # two scenarios of C(10, 5) = 252 each, and two tests that could be significant
    assert gate.reason == (
        '10 of 10 → 0 of 10; "a", "b" passed every call and fail all now; '
        "chance does it in 1 of 32,000 unchanged builds"
    )
    assert (gate.value, gate.limit, gate.unit) == (-1.0, 0.05, "share")
    assert judged("+" * 20, "-" * 2 + "+" * 18)["preamble.pass_rate"].reason == (
        "20 of 20 → 18 of 20; may be chance, which does it in 1 of 4 unchanged builds"
    )
    assert judged("+" * 10 + "-" * 10, "-" * 2 + "+" * 8 + "-" * 10)["calls.pass_rate"].reason == (
        "10 of 20 → 8 of 20; may be chance, which does it in most unchanged builds"
    )
    assert judged("+", "+")["preamble.pass_rate"].reason == "1 of 1 → 1 of 1; too few calls to tell"
    wait = judged("+" * 8, "+" * 8, wait_s=1.2)[f"{TTFA}.mean"]
    assert wait.short == "time to first audio 1.009 s → 1.209 s"
    assert wait.details == "p = 0.0039 of this measure alone, to be at most 0.005 (0.5 % over 1)"
    assert wait.reason == (
        "1.009 s → 1.209 s in 8 calls; change +0.20 to +0.20 s; chance does it in 1 of 260 "
        "unchanged builds"
    )
    assert (wait.value, wait.limit, wait.unit) == (pytest.approx(0.2), 0.1, "s")
    one = judged("+", "+")[f"{TTFA}.mean"]
    assert one.reason == "1.000 s → 1.000 s in 1 call; too few calls to tell"


def test_an_interval_is_shown_of_what_is_worse_only():
    slower = judged("+" * 12, "+" * 12, wait_s=1.2, time_to_first_audio=0.3)[f"{TTFA}.mean"]
    assert (slower.passed, slower.reason) == (True, "1.010 s → 1.210 s in 12 calls")


# --- scenarios as strata --------------------------------------------------------------------------


def desk(**scenarios: str) -> tuple[CallResult, ...]:
    """Repeats of each scenario by one scorer, which another passes: + - ? as in ``calls``."""
    outcomes = {"+": "pass", "-": "fail", "?": "review"}
    return tuple(
        result(name, score("entity_confirmation", outcomes[mark], ""),
               score("preamble", "pass", ""), repeat=n, seed=n, suite="desk", scenario_hash="h")
        for name, marks in scenarios.items()
        for n, mark in enumerate(marks)
    )  # fmt: skip


def shares(
    before: dict[str, str], after: dict[str, str], *, seeds_from: int = 0
) -> dict[str, GateResult]:
    made = baseline_of(run_results(desk(**before)), Path("run"))
    now = tuple(replace(call, seed=call.seed + seeds_from) for call in desk(**after))
    gates = judge_baseline(NoWorse(), made, now)
    return {gate.gate.removeprefix("no worse: ").removesuffix(".pass_rate"): gate for gate in gates}


def test_read_back_rules_that_were_deleted_are_a_loss():
    """8 scenarios x 3 repeats, of which 5 ask for a read-back: 7 pass→fail and 2 review→fail."""
    quiet = {"f": "+++", "g": "+++", "h": "+++"}
    before = {"cut off": "+++", "looks": "+++", "pause": "+??", "calm": "+++", "loud": "++-"}
    after = {"cut off": "---", "looks": "---", "pause": "---", "calm": "+++", "loud": "++-"}
    found = shares(before | quiet, after | quiet)
    lost = found["entity_confirmation"]
    assert lost.breaks
    names = '"cut off", "looks" passed every call and fail all now'
    assert lost.reason.startswith(f"21 of 24 → 14 of 24; {names}; chance does it in 1 of ")
    assert lost.short == "entity confirmation 21 of 24 → 14 of 24"
    only = shares(before, after)["entity_confirmation"]
    assert only.breaks
    assert only.reason == (
        f"12 of 15 → 5 of 15; {names}; chance does it in 1 of 87 unchanged builds"
    )
    assert only.details == (
        "p = 0.0058 of this scorer alone, to be at most 0.01 (2 % over 2); change −47 points; "
        "cut off 3 of 3 → 0 of 3, looks 3 of 3 → 0 of 3, pause 1 of 3 → 0 of 3"
    )
    quiet_one = found["preamble"]
    assert (quiet_one.passed, quiet_one.short) == (True, "")
    assert quiet_one.details.endswith("alike in every scenario")


def test_calls_of_a_scenario_may_have_any_seed_and_any_number_of_repeats():
    before, after = {"a": "+++", "b": "+++"}, {"a": "----", "b": "----"}
    more = shares(before, after, seeds_from=99)["entity_confirmation"]
    assert (more.breaks, more.reason) == (
        True, '6 of 6 → 0 of 8; "a", "b" passed every call and fail all now; '
        "chance does it in 1 of 610 unchanged builds"  # C(7, 3)² / 2
    )  # fmt: skip
    many = dict.fromkeys("abcdefg", "++")
    names = shares(many, dict.fromkeys(many, "--"))["entity_confirmation"].reason
    assert '; "a", "b", "c", "d", "e" and 2 more passed every call and fail all now;' in names
    assert (
        '; "a" passed every call and fails all now;'
        in shares({"a": "+" * 5, "b": "++"}, {"a": "-" * 5, "b": "+-"})[
            "entity_confirmation"
        ].reason
    )


def test_scenarios_of_one_side_are_counted_and_not_compared():
    found = shares({"a": "+++", "b": "+++"}, {"a": "---", "c": "---"})["entity_confirmation"]
    assert found.reason == (
        "3 of 3 → 0 of 3, 3 in scenarios that the baseline has not judged; too few calls to tell"
    )
    assert found.passed is None


def test_a_change_is_of_the_runs_scenarios_at_the_baselines_rates():
    found = shares({"a": "+-", "b": "++++"}, {"a": "++", "b": "+-"})["entity_confirmation"]
    assert found.value == pytest.approx((3 - (2 * 0.5 + 2 * 1)) / 4)


def test_scorers_that_nothing_differs_in_take_nothing_from_the_others():
    """Ten scorers that pass everything: their smallest probability is 1, so none is divided by."""
    quiet = tuple(score(f"scorer {n}", "pass", "") for n in range(10))

    def padded(marks: str) -> tuple[CallResult, ...]:
        made = desk(a=marks, b=marks)
        return tuple(replace(call, scores=(*call.scores, *quiet)) for call in made)

    made = baseline_of(run_results(padded("+++")), Path("run"))
    found = {gate.gate: gate for gate in judge_baseline(NoWorse(), made, padded("---"))}
    assert found["no worse: entity_confirmation.pass_rate"].breaks
    assert "1 of 200 " in found["no worse: calls.pass_rate"].reason  # 20 · 20 / 2


def test_only_valid_calls_are_compared():
    found = judged("+" * 10, "+" * 8 + "xx")
    assert found["calls.pass_rate"].reason == "10 of 10 → 8 of 8"
    assert " in 8 calls" in found[f"{TTFA}.mean"].reason


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
    assert rule.reason == "10 of 10 → 8 of 8"


def test_a_call_that_only_a_known_failure_judged_says_nothing():
    entry = Quarantine(scenario="*", scorer=TTFA, reason="x", expires="2099-01-01")
    bare = tuple(
        replace(call, scores=(replace(call.scores[1], outcome="fail", passed=False),), passed=False)
        for call in calls("+" * 10)
    )
    released = release(bare, (entry,), today=date(2026, 1, 1)).calls
    mixed = (*released[:1], *calls("+" * 10)[1:])
    gates = {one.gate: one for one in judge_baseline(NoWorse(), baseline("+" * 10), mixed)}
    assert gates["no worse: calls.pass_rate"].reason == "10 of 10 → 9 of 9"


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


# --- several runs in a baseline -------------------------------------------------------------------


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
    """3 of 3 lost are no proof next to a single run; next to three that all passed they are."""
    after = calls("-" * 3)
    one = judge_baseline(NoWorse(), several("+" * 3), after)
    three = judge_baseline(NoWorse(), several("+" * 3, "+" * 3, "+" * 3), after)
    assert [one[0].passed, three[0].passed] == [None, False]
    # 2 · 1 / (C(8, 2) · C(4, 1)) = 1 / 56
    assert three[0].reason == (
        '9 of 9 → 0 of 3; "a", "b" passed every call and fail all now; '
        "chance does it in 1 of 56 unchanged builds"
    )


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
        ("+" * 5, "+" * 5, {}, None),
        (
            "+" * 4,
            "+" * 4,
            {},
            "4 of them are of scenarios of the baseline, which has 4 .* --repeat 3",
        ),
        ("+", "+", {}, "1 of them is of scenarios of the baseline, which has 1 .* --repeat 5"),
        ("+" * 4, "", {}, "0 of them are .* which has 0 calls of these. Call its scenarios, for"),
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
    with pytest.raises(
        UsageError, match="calls of these\\. Import more calls, for the baseline's"
    ) as told:
        check_can_break(gate, baseline(before), keys, stored=True)
    assert str(told.value).endswith("Calls of different callers: harness compare")


@pytest.mark.parametrize(
    ("before", "planned", "advised"),
    [
        ("+++-", 3, "'pass_rate >= 60 %'"),
        ("+++-", 2, "'new_failures <= 0'"),  # two scenarios with a call of each
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
    for made, points, why in (
        (failing, 5, "no call of these scenarios passed in the baseline"),
        (passing, 100, "not even if all of them fail is the loss more than .*points: 100"),
    ):
        with pytest.raises(UsageError, match=f"could not break.*{why}"):
            check_can_break(NoWorse(minimum_effect={"points": points}), made, keys)


def test_no_limit_is_advised_where_no_call_passed():
    with pytest.raises(UsageError, match="Call its scenarios") as caught:
        check_can_break(NoWorse(), baseline("-"), ())
    assert "or put" not in str(caught.value)


def test_a_loss_of_whole_calls_has_the_loss_of_a_scorer_beside_it():
    """Three scenarios, three calls of each in the baseline, one now: 1 in 4 · 4 · 4 builds.

    At least one of two tests must be rarer than 1 in 100.
    """

    def of(number: int, scenario: str) -> tuple[CallResult, ...]:
        found = calls("+" * 2 * number)[::2]
        return tuple(replace(c, scenario=scenario, scores=c.scores[:1]) for c in found)

    made = baseline_of(run_results([c for name in "abc" for c in of(3, name)]), Path("run"))
    keys = [key_of(call) for name in "abc" for call in of(1, name)]
    with pytest.raises(UsageError, match=r"could not break.* --repeat 2"):
        check_can_break(NoWorse(), made, keys)
    check_can_break(NoWorse(), made, [key_of(c) for name in "abc" for c in of(2, name)])


@pytest.mark.parametrize("scenarios", range(1, 8))
def test_a_gate_is_refused_exactly_if_no_loss_could_break_it(scenarios: int):
    """The worst runs themselves are the truth: every call fails, by one scorer or by another."""

    def of(repeats: int, outcome: str) -> tuple[CallResult, ...]:
        scores = (score("preamble", outcome, "because"), score("escalation", "pass", ""))
        return tuple(
            result(f"s{number}", *scores, repeat=n, seed=n, suite="desk", scenario_hash="h")
            for number in range(scenarios)
            for n in range(repeats)
        )

    for before in range(1, 6):
        made = baseline_of(run_results(of(before, "pass")), Path("run"))
        for now in range(1, 6):
            worst = of(now, "fail")
            broke = any(gate.breaks for gate in judge_baseline(NoWorse(), made, worst))
            try:
                check_can_break(NoWorse(), made, [key_of(call) for call in worst])
                refused = False
            except UsageError:
                refused = True
            assert refused is not broke, (before, now)


def test_waits_of_other_callers_are_said_not_to_be_compared():
    later = tuple(replace(call, seed=call.seed + 500) for call in calls("+" * 10, wait_s=9))
    found = {one.gate: one for one in judge_baseline(NoWorse(), baseline("+" * 10), later)}
    assert found["no worse: measures"].passed is None
    assert found["no worse: measures"].reason == NOT_MEASURED
    assert "measures" not in judged("+" * 10, "+" * 10)


@pytest.mark.parametrize(
    "after",
    [
        calls("xx"),
        tuple(replace(call, scenario="c") for call in calls("++")[:1]),
        tuple(replace(call, scores=(), passed=None) for call in calls("+" * 12)),
    ],
)
def test_a_run_without_any_like_in_the_baseline_does_not_hold(after):
    (gate,) = judge_baseline(NoWorse(), baseline("++"), after)
    assert (gate.passed, gate.breaks) == (False, True)
    assert gate.reason == ("no judged call is of a scenario of the baseline")


@pytest.mark.parametrize(("number", "refused"), [(8, False), (7, True)])
def test_waits_may_become_longer_where_every_verdict_was_a_failure(number, refused):
    failing = tuple(
        replace(call, passed=False, scores=tuple(replace(s, outcome="fail", passed=False)
                                                 for s in call.scores))
        for call in calls("-" * number)
    )  # fmt: skip
    made, keys = baseline_of(run_results(failing), Path("run")), [key_of(c) for c in failing]
    if refused:
        with pytest.raises(UsageError, match="could not break"):
            check_can_break(NoWorse(), made, keys)
    else:
        check_can_break(NoWorse(), made, keys)


@pytest.mark.parametrize(
    ("before", "confirmed", "refused"),
    [("+" * 10, True, False), ("+" * 10, False, True), ("+" * 8, True, True)],
)
def test_one_call_may_break_the_gate_where_a_broken_scenario_is_called_again(
    before, confirmed, refused
):
    keys = [key_of(call) for call in calls("+")]
    if refused:
        with pytest.raises(UsageError, match="could not break"):
            check_can_break(NoWorse(), baseline(before), keys, confirmed=confirmed)
    else:
        check_can_break(NoWorse(), baseline(before), keys, confirmed=confirmed)


def test_waits_without_their_like_are_counted():
    first, *rest = calls("+" * 10)
    other = score(TTFA, "pass", "", waits=[{"text": "Bye.", "with_tool": False, "took_s": 1.0}])
    bare = replace(first, scores=(first.scores[0], other))
    (wait,) = [
        one for one in judge_baseline(NoWorse(), baseline("+" * 10), (bare, *rest))
        if one.gate == f"no worse: {TTFA}.mean"
    ]  # fmt: skip
    assert wait.reason.endswith(" in 9 calls, 1 without a value in common")


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
    assert "9.9 points → 6.9 points in 10 calls" in mood.reason
