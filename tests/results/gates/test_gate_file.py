"""gates.yaml: allowed content, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FaultyFiles
from harness.judging.scorers.base import Measure
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.gates.gate_file import (
    JudgedScenario,
    Known,
    absolute_rules,
    is_meant,
    load_gate_file,
    parse_rule,
)

SCORERS = {"preamble": (), "time_to_first_audio": (TIME_TO_FIRST_AUDIO,)}
KNOWN = Known(SCORERS, {"straight lookup": ("lookup",), "cancel": ("write", "slow")})


def load(tmp_path: Path, text: str, known: Known = KNOWN):
    path = tmp_path / "gates.yaml"
    path.write_text(f"format: 1\n{text}")
    return load_gate_file(path, known)


def test_a_whole_file(tmp_path):
    file = load(
        tmp_path,
        """\
gates:
  - pass_rate >= 95 %
  - {check: preamble.pass_rate >= 1, tag: write, scenario: can*}
  - no_worse_than_baseline: {minimum_effect: {points: 2, time_to_first_audio: 250 ms}}
quarantine:
  - {scenario: CANCEL, scorer: preamble, reason: known, expires: 2026-06-30}
  - {scenario: cancel, reason: known, expires: "2026-06-30"}
""",
    )
    rules = absolute_rules(file, SCORERS)
    assert [(gate.check, gate.tag, gate.scenario) for gate, _ in rules] == [
        ("pass_rate >= 95 %", None, None), ("preamble.pass_rate >= 1", "write", "can*"),
    ]  # fmt: skip
    assert file.baseline_gate.least() == 0.02
    assert file.baseline_gate.least(TIME_TO_FIRST_AUDIO) == 0.25
    assert str(file.quarantine[0].last_day) == "2026-06-30"


@pytest.mark.parametrize(
    ("text", "calls"),
    [("", 60), ("confirm: {calls: 12}\n", 12), ("confirm: {}\n", 60), ("confirm: off\n", 0)],
)
def test_losses_are_confirmed_by_so_many_calls_at_most(tmp_path, text, calls):
    assert load(tmp_path, text).confirming_calls == calls


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("confirm: {calls: 0}\n", "confirm.calls: expected at least 1"),
        ("confirm: never\n", r"confirm: expected 'off' or \{calls: NUMBER\}, got 'never'"),
    ],
)
def test_what_confirms_nothing_is_off(tmp_path, text, told):
    with pytest.raises(FaultyFiles, match=told):
        load(tmp_path, text)


def test_what_is_not_said_has_its_default(tmp_path):
    file = load(tmp_path, "")
    assert (file.gates, file.quarantine, file.baseline_gate) == ((), (), None)
    gate = load(tmp_path, "gates: [{no_worse_than_baseline: {}}]").baseline_gate
    assert gate.least() == gate.least(Measure("talk", "share")) == 0.05
    assert gate.least(TIME_TO_FIRST_AUDIO) == 0.1
    assert gate.least(Measure("length", "words")) == 0.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: [pass_rat > 1]", "2: gates[0]: unknown metric 'pass_rat'; known: pass_rate, "
         "pass_rate.low, review_rate, pass@K, pass^K, flaky_scenarios, new_failures, "
         "SCORER.METRIC with pass_rate, pass_rate.low, review_rate, and MEASURE.METRIC with "
         "mean, min, p50, p95, p99, max (did you mean 'pass_rate'?)"),
        ("gates: [pass_rate.low <= 0.5]", "pass_rate.low is a lower bound, so it can be asked to "
         "be at least something ('pass_rate.low >= 0.9'); got '<='"),
        ("gates: [pass_rate.high >= 0.5]", "unknown scorer or measure 'pass_rate'"),
        ("gates: [review_rate <= 10 s]", "review_rate is a share"),
        ("gates:\n  - premble.p50 > 1",
         "3: gates[0]: unknown scorer or measure 'premble'; known: preamble, time_to_first_audio "
         "(did you mean 'preamble'?)"),
        ("gates: [preamble.p59 > 1]", "2: gates[0]: unknown metric 'p59' of a scorer; known: "
         "pass_rate, pass_rate.low, review_rate, mean, min, p50, p95, p99, max "
         "(did you mean 'p99'?)"),
        ("gates: [pass_rate = 1]", "expected METRIC >= LIMIT (or <=, >, <), such as "
         "'pass_rate >= 0.95', got 'pass_rate = 1'"),
        ("gates: ['']", "gates[0]: expected a rule ('pass_rate >= 0.95'), {check: RULE"),
        ("gates: [pass_rate > 1 s]", "pass_rate is a share, 0.95 or '95 %'; got the unit 's'"),
        ("gates: [pass_rate > 95]", "a share is between 0 and 1 (or 0 % and 100 %), got 95"),
        ("gates:\n  - time_to_first_audio.p50 <= 1500", "3: gates[0]: time_to_first_audio.p50 is a "
         "time, '1.5 s' or '1500 ms'; got 1500 without a unit"),
        ("gates: [time_to_first_audio.max <= 2 %]", "'1500 ms'; got the unit '%'"),
        ("gates: [preamble.max < 1 min]", "unknown unit 'min'; known: %, ms, s"),
        ("gates: [new_failures >= 0]", "new_failures is good when it is small"),
        ("gates: [flaky_scenarios < 1 %]", "flaky_scenarios is a number, without a unit"),
        ("gates: [pass@11 > 0]", "expected pass@1 to pass@10, got 'pass@11'"),
        ("gates: [pass^x > 0]", "expected pass^1 to pass^10, got 'pass^x'"),
        ("gates: [7]", "gates[0]: expected a rule ('pass_rate >= 0.95'), {check: RULE, tag: …}"),
        ("gates: 7", "gates: expected a list, got 7"),
        ("gates: [{tag: write}]", "gates[0].check: this key is required"),
        ("gates: [{check: pass_rate > 0, tag: writ}]",
         "gates[0].tag: no scenario has the tag 'writ'; tags: lookup, slow, write"),
        ("gates: [{check: pass_rate > 0, scenario: cancle}]",
         "gates[0].scenario: no scenario is named 'cancle' (did you mean 'cancel'?); "
         "names: straight lookup, cancel"),
        ("gates: [{no_worse_than_baseline: {}}, {no_worse_than_baseline: {}}]",
         "gates[1]: one gate against the baseline is enough"),
        ("gates: [{no_worse_than_baseline: {minimum_effect: {points: 200}}}]",
         "points: expected at most 100, got 200"),
        ("gates: [{no_worse_than_baseline: {minimum_effect: {time_to_frist_audio: 1 s}}}]",
         "gates[0].no_worse_than_baseline.minimum_effect.time_to_frist_audio: unknown measure; "
         "allowed: points, time_to_first_audio (did you mean 'time_to_first_audio'?)"),
        ("quarantine: [{scenario: cancel, reason: x, expires: soon}]",
         "quarantine[0].expires: expected a date such as 2026-06-30, got 'soon'"),
        ("quarantine: [{scenario: cancel, expires: 2026-01-01}]", "reason: this key is required"),
        ("quarantine: [{scenario: cancel, scorer: x, reason: x, expires: 2026-01-01}]",
         "quarantine[0].scorer: unknown scorer 'x'; known: preamble, time_to_first_audio"),
        ("quarantine: [{scenario: cancel, scorer: [x], reason: x, expires: 2026-01-01}]",
         "quarantine[0].scorer: expected text"),
        ("quarantine: [{scenario: cancle, reason: x, expires: 2026-01-01}]",
         "quarantine[0].scenario: no scenario is named 'cancle'"),
        ("quarantine: [{scenario: a*, reason: x, expires: 2026-01-01},"
         " {scenario: a*, reason: y, expires: 2026-01-01}]", "'a*' is in quarantine twice"),
        ("quarantine: [3]", "quarantine[0]: expected keys and values, got 3"),
        ("gate: []", "gate: unknown key; allowed: format, gates, quarantine, confirm (did"),
    ],
)  # fmt: skip
def test_a_fault_names_place_value_and_what_is_allowed(tmp_path, text, said):
    with pytest.raises(FaultyFiles) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/gates.yaml:")


def test_all_faults_come_at_once(tmp_path):
    with pytest.raises(FaultyFiles) as caught:
        load(tmp_path, "gates:\n  - pass_rat > 1\n  - 8\nquarantine:\n  - {scenario: a}\n")
    assert [fault.line for fault in caught.value.faults] == [3, 4, 6, 6, 6]


def test_scopes_are_not_checked_where_not_all_scenarios_are_at_hand(tmp_path):
    text = "gates: [{check: pass_rate > 0, tag: other, scenario: other}]"
    assert load(tmp_path, text, Known(SCORERS)).gates


JUDGED = (
    JudgedScenario("straight lookup", ("lookup",), frozenset({"preamble"})),
    JudgedScenario("late lookup", ("lookup",), frozenset({"preamble"})),
    JudgedScenario("cancel", ("write",), frozenset({"time_to_first_audio"})),
)
TTFA_OFF = "scorer 'time_to_first_audio' is switched off in"
ELSE = "switch it on under 'scorers', or take this away"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: [{check: preamble.pass_rate >= 1, scenario: cancel}]",
         f"gates[0].check: scorer 'preamble' is switched off in its scenario; {ELSE}"),
        ("gates: [{check: time_to_first_audio.p50 <= 2 s, tag: lookup}]",
         f"gates[0].check: {TTFA_OFF} all 2 scenarios; {ELSE}"),
        ("quarantine: [{scenario: '*lookup', scorer: time_to_first_audio, reason: x,"
         " expires: 2026-01-01}]",
         f"quarantine[0].scorer: {TTFA_OFF} all 2 scenarios; {ELSE}"),
        ("gates: [preamble.pass_rate >= 1, {check: preamble.pass_rate >= 1, tag: lookup}]", ""),
    ],
)  # fmt: skip
def test_a_scorer_that_is_off_in_all_scenarios_of_a_gate_is_told(tmp_path, text, said):
    problems = ""
    try:
        load(tmp_path, text, Known(SCORERS, None, JUDGED))
    except FaultyFiles as faulty:
        problems = str(faulty)
    assert problems == (f"{tmp_path}/gates.yaml:2: {said}" if said else "")


def test_a_scorer_that_is_off_everywhere_is_told_wherever_gates_name_it(tmp_path):
    text = """\
gates:
  - time_to_first_audio.p95 <= 2 s
  - no_worse_than_baseline: {minimum_effect: {time_to_first_audio: 1 s}}
"""
    with pytest.raises(FaultyFiles) as caught:
        load(tmp_path, text, Known(SCORERS, None, JUDGED[:2]))
    effect = "gates[1].no_worse_than_baseline.minimum_effect.time_to_first_audio"
    assert [(fault.key, fault.problem) for fault in caught.value.faults] == [
        (key, f"{TTFA_OFF} all 2 scenarios; {ELSE}") for key in ("gates[0]", effect)
    ]


@pytest.mark.parametrize(
    ("rule", "value", "holds"),
    [
        ("pass_rate >= 0.95", 0.95, True),
        ("pass_rate >= 95 %", 19 / 20, True),
        ("pass_rate >= 30%", 0.1 + 0.2, True),
        ("pass_rate > 0.95", 0.95, False),
        ("pass_rate >= 0.95", 0.9499, False),
        ("time_to_first_audio.p95 <= 1.5 s", 1.5, True),
        ("time_to_first_audio.p95 <= 1500 ms", 1.5001, False),
        ("time_to_first_audio.p95 < 1.5 s", 1.5, False),
        ("time_to_first_audio.max<2s", 1.9, True),
        ("flaky_scenarios <= 0", 0, True),
        ("flaky_scenarios <= 0", 1, False),
        ("pass^3 > 0", 0.2, True),
    ],
)
def test_a_limit_is_inclusive_where_it_is_written_so(rule, value, holds):
    assert parse_rule(rule, SCORERS).holds(value) is holds


@pytest.mark.parametrize(
    ("name", "pattern", "meant"),
    [
        ("straight lookup", "Straight Lookup", True),
        ("straight lookup", "lookup", False),
        ("straight lookup", "*lookup", True),
        ("what [is] it?", "what [is] it?", True),
    ],
)
def test_a_scenario_is_meant_by_its_whole_name_or_a_glob(name, pattern, meant):
    assert is_meant(name, pattern) is meant
