"""Absolute gates and known failures, on hand-made calls."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from support.synthetic_run import result, run_results, score

from harness.judging.scorers.base import Better, Measure
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.gates.gate_file import AbsoluteGate, Quarantine, parse_rule
from harness.results.gates.limits import (
    default_gate,
    every_call_passes,
    gates_hold,
    judge_rule,
    lost_gates,
    written,
)
from harness.results.gates.quarantine import known_failure, release
from harness.results.model import CallResult, GateKind, GateResult, Quarantined

T = "time_to_first_audio"
SCORERS = {"preamble": (), T: (TIME_TO_FIRST_AUDIO,), "escalation": ()}
ABSENT = {
    name: f"scorer {name} is off in these scenarios, or was not installed" for name in SCORERS
}

UNASKED = f"nothing was judged; {ABSENT['escalation']}"


def judged(check: str, *calls: CallResult, **scope: str) -> GateResult:
    gate = AbsoluteGate(check=check, **scope)
    return judge_rule(gate, parse_rule(check, SCORERS), calls)


def call(name: str, *outcomes: str, **more: object) -> CallResult:
    """A call whose scorers, in the order of SCORERS, ended so."""
    pairs = zip(SCORERS, outcomes, strict=False)
    return result(name, *(score(scorer, outcome, "x") for scorer, outcome in pairs), **more)


def waiting(name: str, *took_s: float) -> CallResult:
    waits = [{"took_s": one} for one in took_s]
    return result(name, score(T, "pass", "", value=max(took_s), waits=waits))


GOOD, BAD = call("a", "pass"), call("a", "fail")
OPEN = call("a", "review")
UNSURE = call("a", "unscorable")
NOT_ASKED = call("a", "not_applicable", "pass")
THREE = waiting("a", 0.5, 1.0, 3.0)
LOST = call("a", status="socket_closed")


def silent(turns: int = 1) -> CallResult:
    """A call in which these turns of the caller got no answer, as the scorer reports it."""
    waits = [{"took_s": None, "talk_over_s": None, "owed": True}] * turns
    waits += [{"took_s": 1.0, "talk_over_s": None, "owed": True}]
    waits += [{"took_s": None, "talk_over_s": None, "owed": False}]  # asked to wait
    waits += [{"took_s": None, "talk_over_s": 0.3, "owed": True}]  # talked over: no wait at all
    return result("a", score(T, "fail", "no answer", waits=waits))


SPOILT = result("a", score(T, "broken", "x"))
NEVER = result("a", score("escalation", "fail", ""), score("preamble", "pass", ""))


@pytest.mark.parametrize(
    ("check", "calls", "passed", "value", "reason"),
    [
        ("pass_rate >= 0.5", (GOOD, BAD), True, 0.5,
         "50.0 %: 1 of 2 passed, 95 % interval 9–91 %"),
        ("pass_rate > 0.5", (GOOD, BAD), False, 0.5, None),
        ("pass_rate >= 0", (LOST,), None, None,
         "nothing was judged: no call in its scope counts"),
        ("pass_rate >= 0", (), None, None, "no call of this run is in its scope"),
        ("escalation.pass_rate >= 0", (GOOD,), None, None, UNASKED),
        (f"{T}.p50 <= 1 s", (THREE,), True, 1.0, "1.000 s: p50 of 3 values"),
        (f"{T}.max <= 1 s", (THREE,), False, 3.0, None),
        (f"{T}.mean < 1500 ms", (THREE,), False, 1.5, "1.500 s: mean of 3 values"),
        (f"{T}.p95 <= 9 s", (waiting("a", 0.5),), None, None, "needs 20 values, has 1"),
        (f"{T}.p99 <= 9 s", (waiting("a", *[1.0] * 99),), None, None, "needs 100 values, has 99"),
        (f"{T}.p50 <= 9 s", (GOOD,), None, None, f"needs 1 values, has 0; {ABSENT[T]}"),
        ("escalation.max <= 2 s", (result("a", score("escalation", "pass", "", value=3.0)),),
         False, 3.0, None),
        ("flaky_scenarios <= 0", (GOOD, BAD, call("b", "pass")), False, 1.0,
         "1: of 1 scenarios judged more than once: a"),
        ("flaky_scenarios <= 0", (GOOD, GOOD), True, 0.0,
         "0: of 1 scenarios judged more than once"),
        ("flaky_scenarios <= 0", (GOOD,), None, None,
         "no scenario was judged twice; give --repeat"),
        ("pass^2 >= 0.5", (GOOD, BAD), False, 0.0, "0.0 %: mean of 1 scenarios"),
        ("pass@2 >= 0.5", (GOOD, BAD), True, 1.0, None),
        ("pass@2 >= 0.5", (GOOD, LOST), None, None,
         "needs 2 repeats of each scenario that count; a has 1; 1 does not count"),
        ("pass@1 >= 0.5", (LOST,), None, None, "nothing was judged: no call in its scope counts"),
        # the lower bound of Wilson's interval, of 9 and of 90 calls that all passed
        ("pass_rate.low >= 0.9", (GOOD,) * 9, False, pytest.approx(0.700855, abs=1e-6),
         "70.1 %: 9 of 9 passed, 95 % interval 70–100 %"),
        ("pass_rate.low >= 0.9", (GOOD,) * 90, True, pytest.approx(0.959065, abs=1e-6), None),
        ("preamble.pass_rate.low > 0", (GOOD, OPEN), True, pytest.approx(0.094531, abs=1e-6), None),
        ("escalation.pass_rate.low >= 0", (GOOD,), None, None, UNASKED),
    ],
)  # fmt: skip
def test_a_rule_on_calls(check, calls, passed, value, reason):
    gate = judged(check, *calls)
    assert (gate.gate, gate.passed, gate.value) == (check, passed, value)
    assert reason is None or gate.reason == reason
    assert gate.breaks is (passed is not True)


@pytest.mark.parametrize(
    ("check", "calls", "passed", "value", "reason"),
    [
        ("pass_rate >= 1", (GOOD,) * 2 + (OPEN,) * 97 + (UNSURE,), False, 0.02,
         "2.0 %: 2 of 100 passed, 95 % interval 1–7 %; 98 without a verdict, "
         "counted as not passed"),
        ("pass_rate >= 0.5", (GOOD, OPEN, LOST), True, 0.5,
         "50.0 %: 1 of 2 passed, 95 % interval 9–91 %; 1 without a verdict, counted as not passed; "
         "1 does not count"),
        # a rate that should be small is as large as it can be
        ("pass_rate <= 0.4", (BAD, BAD, OPEN, UNSURE), False, 0.5,
         "50.0 %: 2 of 4 passed, 95 % interval 15–85 %; 2 without a verdict, counted as passed"),
        ("preamble.pass_rate >= 1", (GOOD, OPEN), False, 0.5, None),
        ("preamble.pass_rate >= 1", (GOOD, UNSURE), False, 0.5, None),
        ("preamble.pass_rate >= 1", (GOOD, NOT_ASKED), True, 1.0,
         "100.0 %: 1 of 1 passed, 95 % interval 21–100 %"),
        ("pass@1 >= 0.5", (OPEN,), False, 0.0,
         "0.0 %: mean of 1 scenarios; 1 without a verdict, counted as not passed"),
        ("pass@2 >= 0.5", (GOOD, OPEN), True, 1.0, None),
        ("pass^2 >= 0.5", (GOOD, OPEN), False, 0.0, None),
        ("pass^2 <= 0.5", (GOOD, OPEN), False, 1.0,
         "100.0 %: mean of 1 scenarios; 1 without a verdict, counted as passed"),
        ("flaky_scenarios <= 0", (GOOD, OPEN), False, 1.0,
         "1: of 1 scenarios judged more than once: a; 1 of them with repeats without a verdict"),
        ("flaky_scenarios >= 1", (GOOD, OPEN), False, 0.0, None),
        ("review_rate <= 10 %", (GOOD,) * 9 + (OPEN,), True, 0.1,
         "10.0 %: 1 of 10 calls without a verdict"),
        ("review_rate <= 10 %", (GOOD, OPEN, UNSURE, LOST), False, pytest.approx(2 / 3),
         "66.7 %: 2 of 3 calls without a verdict; 1 does not count"),
        ("preamble.review_rate <= 0", (GOOD, OPEN, NOT_ASKED), False, 0.5,
         "50.0 %: 1 of 2 verdicts without a verdict"),
        ("escalation.review_rate <= 0", (GOOD,), None, None, UNASKED),
    ],
)  # fmt: skip
def test_what_is_open_counts_against_the_rule(check, calls, passed, value, reason):
    gate = judged(check, *calls)
    assert (gate.passed, gate.value) == (passed, value)
    assert reason is None or gate.reason == reason


@pytest.mark.parametrize(
    ("check", "calls", "passed", "value", "reason"),
    [
        (f"{T}.p95 <= 1.5 s", (waiting("a", 1.0),) * 20 + (silent(),) * 80, False, None,
         "beyond any limit: p95 of 180 values, 80 of them unanswered, counted as beyond any limit"),
        # 100 answered and 2 not: the 95th percentile is still an answer
        (f"{T}.p95 <= 1.5 s", (waiting("a", *[1.0] * 99), silent(2)), True, 1.0,
         "1.000 s: p95 of 102 values, 2 of them unanswered, counted as beyond any limit"),
        (f"{T}.max <= 9 s", (THREE, silent()), False, None, None),
        (f"{T}.mean <= 9 s", (THREE, silent()), False, None, None),
        (f"{T}.p50 <= 9 s", (THREE, silent()), True, 1.0, None),
        (f"{T}.p50 >= 0.1 s", (THREE, silent(9)), False, None, None),
        (f"{T}.max <= 9 s", (THREE, SPOILT), False, None,
         "beyond any limit: max of 4 values, 1 of them without a value, "
         "counted as beyond any limit"),
        ("escalation.max <= 9", (NEVER,), False, None, None),
        # no value was measured by a scorer that passes without a value
        ("preamble.max <= 9", (NEVER,), None, None, "needs 1 values, has 0"),
    ],
)  # fmt: skip
def test_what_was_not_answered_or_measured_is_beyond_any_limit(check, calls, passed, value, reason):
    gate = judged(check, *calls)
    assert (gate.passed, gate.value) == (passed, value)
    assert reason is None or gate.reason == reason


def test_a_unit_that_the_values_do_not_have_is_told_and_not_judged():
    turns = result("a", score("escalation", "pass", "", value=2.0))
    object.__setattr__(turns.scores[0], "unit", "turns")
    gate = judged("escalation.max <= 2 s", turns)
    assert (gate.passed, gate.reason) == (None, "its values are in turns, not in s")
    assert judged("escalation.max <= 2", turns).reason == "2 turns: max of 1 values"


def test_a_limit_without_a_unit_is_not_held_against_seconds():
    own = result("a", score("escalation", "pass", "", value=2.0))
    gate = judged("escalation.max <= 1500", own)
    assert (gate.passed, gate.breaks) == (None, True)
    assert gate.reason == "its values are in s, and the limit has no unit; write s or ms behind it"


@pytest.mark.parametrize(
    ("scope", "title", "counted"),
    [
        ({}, "pass_rate >= 0", 3),
        ({"tag": "write"}, "pass_rate >= 0 (tag write)", 2),
        ({"scenario": "b*"}, "pass_rate >= 0 (b*)", 1),
        ({"tag": "write", "scenario": "bb"}, "pass_rate >= 0 (tag write, bb)", 1),
    ],
)
def test_a_scope_narrows_a_rule(scope, title, counted):
    calls = (call("a", "pass"), call("aa", "pass", tags=("write",)),
             call("bb", "pass", tags=("write", "slow")))  # fmt: skip
    gate = judged("pass_rate >= 0", *calls, **scope)
    assert gate.gate == title
    assert f"of {counted} passed" in gate.reason


@pytest.mark.parametrize(
    ("calls", "passed", "reason"),
    [
        ((GOOD,), True, "1 of 1 passed, 95 % interval 21–100 %"),
        ((GOOD, BAD), False, "1 of 2 passed, 95 % interval 9–91 %"),
        ((GOOD, OPEN), False, "1 of 2 passed, 95 % interval 9–91 %; 1 without a verdict"),
        ((GOOD, UNSURE), False, "1 of 2 passed, 95 % interval 9–91 %; 1 without a verdict"),
        ((GOOD, LOST), True, "1 of 1 passed, 95 % interval 21–100 %; 1 does not count"),
        ((LOST,), None, "nothing was judged: no call in its scope counts"),
    ],
)
def test_the_default_gate_as_a_gate(calls, passed, reason):
    gate = every_call_passes(calls)
    assert (gate.passed, gate.reason, gate.gate) == (passed, reason, "every call passes")


@pytest.mark.parametrize(
    ("kind", "passed", "holds"),
    [
        (GateKind.ABSOLUTE, True, True),
        (GateKind.ABSOLUTE, None, False),
        (GateKind.ABSOLUTE, False, False),
        (GateKind.BASELINE, None, True),
        (GateKind.BASELINE, False, False),
        (GateKind.QUARANTINE, False, False),
    ],
)
def test_only_a_baseline_gate_may_end_without_a_verdict(kind, passed, holds):
    assert gates_hold([GateResult("g", kind, passed, None, None, "", "")]) is holds


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "", ""),
        ("ab", "ab", ""),
        ("", "a", ""),
        ("*", "", ""),  # it judges as it did
        ("q", "", ""),  # expired, and somebody wrote a new date
        ("ab", "a", "are not all here: b. --gates"),
        ("*ab", "*a", "are not all here: b. --gates"),
        ("ab", "", "are not all here, so every call must pass: a; b. --gates"),
        ("abcde", "", "every call must pass: a; b; c and 2 more. --gates"),
    ],
)
def test_gates_that_do_not_judge_any_more_are_named(before, after, told):
    def gates(names: str) -> list[GateResult]:
        return [
            GateResult(
                "every call passes" if name == "*" else name,
                GateKind.QUARANTINE if name == "q" else GateKind.ABSOLUTE,
                True, None, None, "", "",
            )
            for name in names
        ]  # fmt: skip

    found = lost_gates(gates(before), gates(after))
    assert told in found
    assert bool(found) is bool(told)


def test_a_run_without_gates_keeps_its_own_verdict():
    results = run_results((GOOD,))
    assert default_gate(results) is results
    assert gates_hold(())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.9333, "share", "93.3 %"), (1.2, "s", "1.200 s"), (2.0, "", "2"), (2.0, "turns", "2 turns")],
)
def test_values_are_written_with_their_unit(value, unit, text):
    assert written(value, unit) == text


# --- known failures ------------------------------------------------------------------------------

DAY = date(2026, 6, 30)


def entry(scenario: str, scorer: str | None = None, expires: str = "2026-06-30") -> Quarantine:
    return Quarantine(scenario=scenario, scorer=scorer, reason="known", expires=expires)


def test_a_quarantined_scenario_leaves_the_gates_view_and_is_counted():
    calls = (call("a", "fail"), call("a", "pass"), call("b", "pass"))
    found = release(calls, (entry("a"),), today=DAY)
    assert found.calls == calls[2:]
    assert found.quarantined == (Quarantined("a", "", "known", "2026-06-30", 2, 1),)
    assert found.expired == ()


def test_a_quarantined_scorer_is_taken_out_and_the_call_judged_by_the_rest():
    calls = (
        call("a", "fail", "pass"),
        call("a", "fail", "fail"),
        call("a", "fail"),
        call("b", "fail"),
    )
    found = release(calls, (entry("a", "preamble"),), today=DAY)
    assert [c.passed for c in found.calls] == [True, False, None, False]
    assert [len(c.scores) for c in found.calls] == [1, 1, 0, 1]
    assert (found.quarantined[0].calls, found.quarantined[0].failed) == (3, 3)


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("pass_rate >= 1", "100.0 %: 2 of 2 passed, 1 of them with a known failure left out, "
         "95 % interval 34–100 %"),
        ("preamble.pass_rate >= 1", "nothing was judged; 1 known failure left out"),
        (f"{T}.pass_rate >= 1", "100.0 %: 2 of 2 passed, 95 % interval 34–100 %"),
        ("pass@2 >= 1", "100.0 %: mean of 1 scenarios; 1 known failure left out"),
        ("review_rate <= 0", "0.0 %: 0 of 2 calls without a verdict"),
    ],
)  # fmt: skip
def test_a_gate_says_which_known_failures_it_was_judged_without(check, reason):
    calls = (call("a", "fail", "pass"), call("a", "pass", "pass"))
    released = release(calls, (entry("a", "preamble"),), today=DAY)
    assert judged(check, *released.calls).reason == reason


@pytest.mark.parametrize(
    ("left", "counted"), [((), 1), (("not_applicable",), 1), (("unscorable",), 1), (("review",), 2)]
)
def test_a_call_that_only_a_known_failure_judged_counts_for_nothing(left, counted):
    """A score that a person must review counts, whatever else was left out."""
    calls = (call("a", "fail", *left), call("b", "pass"))
    released = release(calls, (entry("a", "preamble"),), today=DAY)
    assert judged("pass_rate >= 1", *released.calls).value == pytest.approx(1 / counted)
    assert every_call_passes(released.calls).value == pytest.approx(1 / counted)


def test_a_scorer_that_is_all_in_quarantine_is_not_said_to_be_off():
    released = release((call("a", "pass", "pass"),), (entry("a", "preamble"),), today=DAY)
    reason = judged("preamble.pass_rate >= 1", *released.calls).reason
    assert reason == "nothing was judged; all verdicts of preamble are in quarantine"


def test_the_default_gate_says_it_too():
    released = release((call("a", "fail", "pass"),), (entry("a", "preamble"),), today=DAY)
    reason = every_call_passes(released.calls).reason
    assert reason.startswith("1 of 1 passed, 1 of them with a known failure left out, 95 %")


def test_the_last_day_still_holds_and_the_next_one_fails_with_one_line():
    calls = (call("a", "fail"),)
    assert release(calls, (entry("a"),), today=DAY).calls == ()
    late = release(calls, (entry("a", "preamble"),), today=date(2026, 7, 1))
    assert (late.calls, late.quarantined) == (calls, ())
    (gate,) = late.expired
    assert gate.gate == "quarantine of a, preamble"
    assert gate.reason == "expired on 2026-06-30 (known): mend it, or give it a new date"
    assert gate.breaks


@pytest.mark.parametrize(
    ("of", "entries", "known"),
    [
        (call("a", "fail"), [("a", "")], True),
        (call("a", "pass"), [("a", "")], False),
        (call("b", "fail"), [("a", "")], False),
        (call("a", "fail"), [("a", "preamble")], True),
        (call("a", "fail", "fail"), [("a", "preamble")], False),
        (call("a", "fail", "fail"), [("a", "preamble"), ("a", T)], True),
        (call("a", "pass", status="agent_silent"), [("a", "preamble")], False),
        (call("a", "fail", status="agent_silent"), [("a", "preamble")], False),
        (call("a", "fail", "pass"), [("a", "preamble")], True),
        (call("a", "fail"), [], False),
        (call("a", "pass", status="agent_silent"), [("a", "")], True),
    ],
)
def test_a_failure_is_known_if_everything_that_failed_is(of, entries, known):
    shown = [Quarantined(name, scorer, "known", "2026-06-30", 1, 1) for name, scorer in entries]
    found = known_failure(of, shown)
    assert (found == shown[0]) if known else found is None
    released = release((of,), [entry(name, by or None) for name, by in entries], today=DAY)
    assert any(one.passed is False for one in released.calls) is (of.passed is False and not known)


def test_a_failure_is_known_in_the_suite_whose_gates_say_so():
    here, there = (call("a", "fail", suite=name) for name in ("desk", "shop"))
    released = release((here,), (entry("a", "preamble"),), today=DAY, suite="desk")
    (shown,) = released.quarantined
    assert shown.suite == "desk"
    assert known_failure(here, released.quarantined) == shown
    assert known_failure(there, released.quarantined) is None


LENGTH = Measure("answer_length", unit="words", per="answer")
MOOD = Measure("mood", unit="share", better=Better.HIGHER)
OTHERS = {"word_limit": (LENGTH, MOOD), "preamble": ()}


def measured(*values: float | None, outcome: str = "pass", measure: Measure = LENGTH) -> CallResult:
    one = score("word_limit", outcome, "x")
    return result("a", replace(one, measurements=(measure.gave(*values),)))


@pytest.mark.parametrize(
    ("check", "calls", "passed", "value", "reason"),
    [
        ("answer_length.max <= 35", [measured(10, 35)], True, 35, "35 words: max of 2 values"),
        ("answer_length.max <= 34 words", [measured(10, 35)], False, 35, "35 words"),
        ("answer_length.mean < 20", [measured(10, None)], False, None,
         "beyond any limit: mean of 2 values, 1 of them without end"),
        ("mood.min >= 40 %", [measured(0.5, 0.25, measure=MOOD)], False, 0.25, "25.0 %: min of 2"),
        ("mood.min >= 0.1", [measured(0.5, None, measure=MOOD)], False, None, "beyond any limit"),
        ("answer_length.p50 <= 20", [measured(10), measured(outcome="fail")], False, None,
         "1 of them without a value"),
        ("answer_length.p50 <= 20", [measured(10), measured(outcome="pass")], True, 10, "p50 of 1"),
        ("answer_length.p50 <= 20", [measured(10), measured(outcome="not_applicable")], True, 10,
         "p50 of 1 values"),
        # a person must listen: it may hide values in addition to its own
        ("answer_length.max <= 20", [measured(10, outcome="review")], False, None,
         "1 of them without a value"),
    ],
)  # fmt: skip
def test_a_rule_on_what_any_scorer_measures(check, calls, passed, value, reason):
    found = judge_rule(AbsoluteGate(check=check), parse_rule(check, OTHERS), calls)
    assert (found.passed, found.value) == (passed, value)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("answer_length.max <= 2 s", "answer_length.max is in words; got the unit 's'"),
        ("answer_length.max <= 2 %", "answer_length.max is in words; got the unit '%'"),
        ("answer_length.max <= 2 turns", "unknown unit 'turns'; known: %, ms, s, words"),
        ("answer_length.pass_rate >= 1", "unknown metric 'pass_rate' of a measure; known: mean"),
        ("answer_lenght.max <= 2", "unknown scorer or measure 'answer_lenght'; known: word_limit, "
         "preamble, answer_length, mood (did you mean 'answer_length'?)"),
        ("mood.mean >= 3 words", "unknown unit 'words'; known: %, ms, s, share"),
    ],
)  # fmt: skip
def test_a_rule_that_a_measure_cannot_have_says_what_it_can(check, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_rule(check, OTHERS)


def test_values_of_an_older_version_in_another_unit_are_told_and_not_judged():
    older = measured(10, measure=replace(LENGTH, unit="letters"))
    check = "answer_length.max <= 20"
    found = judge_rule(AbsoluteGate(check=check), parse_rule(check, OTHERS), [older])
    assert (found.passed, found.reason) == (None, "its values are in letters, not in words")
