"""Several runs as one baseline: of the same test and agent, and none of them twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.errors import UsageError
from harness.results.gates.baseline import (
    Baseline,
    baseline_of,
    calls_of,
    read_baseline,
    runs_of,
    write_baseline,
)
from harness.results.gates.trusted_runs import changes_since, together
from harness.results.model import CallResult

TTFA = "time_to_first_audio"


def part(day: int, *, took_s: float = 0.5, outcome: str = "pass", **ids: str) -> Baseline:
    told = {"suite": "desk", "scenario_hash": "h", "prompt_hash": "p"} | ids
    waits = [{"text": "Hi.", "with_tool": False, "took_s": took_s + day / 100}]
    scores = (score(TTFA, "pass", "", waits=waits), score("preamble", outcome, ""))
    run = run_results((result("one", *scores, **told), result("two", scores[1], **told)))
    run = replace(run, started_at=f"2026-01-0{day}", target_settings={"model": "m"})
    return baseline_of(run, Path(f"day {day}"))


def saved(*parts: Baseline) -> Baseline:
    return together([(one, Path(one.started_at)) for one in parts])


def test_several_runs_are_stored_and_read_back_the_newest_last(tmp_path):
    made = saved(part(2, outcome="fail"), part(1))
    write_baseline(tmp_path / "b.json", made)
    assert read_baseline(tmp_path / "b.json") == made
    assert (runs_of(made), made.started_at) == (2, "2026-01-02")
    assert [(call.scenario, call.run) for call in made.calls] == [
        ("one", 0), ("two", 0), ("one", 1), ("two", 1)]  # fmt: skip
    assert [call.passed for call in calls_of(made)] == [True, True, False, False]
    assert saved(part(1)) == part(1)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (part(2, scenario_hash="other"), "scenario 'one' changed in between"),
        (part(2, prompt_hash="other"), r"the prompt changed in between \(scenario 'one'\)"),
        (replace(part(2), clock="real"), "of another target, other settings of it, or another cl"),
        (replace(part(2), target_settings={}), "of another target"),
        (replace(part(2), scorers={TTFA: 1, "preamble": 2}), "preamble has versions 1 and 2"),
    ],
)
def test_runs_of_other_tests_or_agents_make_no_baseline_together(other, said):
    with pytest.raises(UsageError, match=f"2026-01-01 and 2026-01-02 make no baseline .*{said}"):
        saved(part(1), other)


def changed(made: Baseline) -> Baseline:
    one, two = made.tests
    return replace(made, tests=(replace(one, scenario_hash="other"), two))


def test_what_the_first_run_does_not_have_must_be_the_same_in_the_others():
    first = part(1)
    without = replace(first, tests=first.tests[1:], calls=first.calls[1:])
    with pytest.raises(UsageError, match=r"02 and 2026-01-03 make no .* scenario 'one' changed"):
        saved(without, part(2), changed(part(3)))


def test_scenarios_and_scorers_that_only_one_run_has_are_kept():
    other = part(2)
    fewer = replace(other, tests=other.tests[:1], calls=other.calls[:1], scorers={TTFA: 1})
    made = saved(part(1), fewer)
    assert [test.scenario for test in made.tests] == ["one", "two"]
    assert made.scorers == {TTFA: 1, "preamble": 1}


def test_the_same_calls_twice_are_one_run():
    with pytest.raises(UsageError, match=r"hold the same call of 'one' \(seed 7, the same times"):
        saved(part(1, took_s=0.51), part(2, took_s=0.50))


def test_what_differs_from_a_baseline_is_listed():
    def call(name: str, prompt: str) -> CallResult:
        return result(name, score("preamble", "pass", ""), suite="desk", scenario_hash="h",
                      prompt_hash=prompt)  # fmt: skip

    made = baseline_of(run_results((call("a", "p"), call("b", "p"), call("c", "p"))), Path("run"))
    same = run_results((call("a", "p"), call("b", "p"), call("c", "p")))
    same = replace(same, harness_version=made.harness_version)
    assert changes_since(made, same) == ()
    young = replace(call("d", "p"), scores=(score("young", "pass", ""),))
    other = run_results((call("a", "q"), call("b", "p"), young))
    assert changes_since(made, replace(other, harness_version="9"), ["the prompt changed"]) == (
        "the prompt changed",
        f"harness {made.harness_version} → 9",
        "1 scenario new",
        "1 scenario not called",
        "new scorer: young",
    )
