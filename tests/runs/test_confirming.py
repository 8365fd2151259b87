"""The calls that confirm a loss: their seeds, the losses, the reasons to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.synthetic_run import result, run_results, score

from harness.results.gates.baseline import baseline_of
from harness.results.gates.gate_file import Confirm, GateFile, NoWorse, Quarantine
from harness.results.model import CallResult, RunResults
from harness.results.rates import ScenarioKey
from harness.runs.confirmation_calls import Confirming, with_confirming_calls
from harness.runs.gates import GateSet, Gating
from harness.runs.plan import Machines, RunPlan
from harness.runs.run_suite import RunRequest, planned

DAY = date(2026, 6, 30)
ONE: ScenarioKey = ("small desk", "one", "")
TWO: ScenarioKey = ("small desk", "two", "")


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    desk = small_desk(tmp_path / "desk", one=1, two=1)
    return planned(RunRequest(paths=(desk,), repeat=2, out=tmp_path / "out"))


def made_of(plan: RunPlan, status: str = "completed") -> tuple[CallResult, ...]:
    return tuple(
        result(job.loaded.scenario.name, score("preamble", "fail", ""), suite="small desk",
               repeat=job.repeat, seed=job.seed, status=status,
               recording=job.recording.as_posix(), scenario_hash=job.loaded.hash)
        for job in plan.jobs
    )  # fmt: skip


class Line:
    """Makes calls that end as ``statuses`` say, batch by batch; the last again and again."""

    def __init__(self, *statuses: str, stops_in: int | None = None) -> None:
        self.statuses: Iterator[str] = iter(statuses)
        self.status = ""
        self.plans: list[RunPlan] = []
        self.stops_in = stops_in

    def __call__(self, plan: RunPlan) -> tuple[tuple[CallResult, ...], bool]:
        self.plans.append(plan)
        self.status = next(self.statuses, self.status)
        for job in plan.jobs:
            (plan.out / job.recording).mkdir(parents=True)
        return made_of(plan, self.status), len(self.plans) == self.stops_in


def until(**needed: int) -> Confirming:
    """Ask for calls of both scenarios until there are so many valid ones."""

    def wanted(results: RunResults) -> Mapping[ScenarioKey, int]:
        fresh = [c.scenario for c in results.attempts if c.confirms and c.status == "completed"]
        left = {key: needed.get(key[1], 0) - fresh.count(key[1]) for key in (ONE, TWO)}
        return {key: number for key, number in left.items() if number > 0}

    return Confirming(wanted, first_repeat=4)


def confirmed(plan: RunPlan, line: Line, **needed: int) -> RunResults:
    return with_confirming_calls(run_results(made_of(plan)), plan, until(**needed), line)


def test_fresh_calls_have_seeds_behind_those_of_the_run_and_the_baseline(plan):
    line = Line("completed")
    found = confirmed(plan, line, one=2, two=1)
    first = {job.loaded.scenario.name: job.seed for job in plan.jobs if not job.repeat}
    assert [(c.scenario, c.repeat, c.seed - first[c.scenario]) for c in found.attempts] == [
        ("one", 4, 4), ("one", 5, 5), ("two", 4, 4),
    ]  # fmt: skip
    assert all(call.confirms for call in found.attempts)
    assert found.calls == made_of(plan)
    assert (len(line.plans), found.interrupted) == (1, False)
    for call in found.attempts:
        assert (plan.out / call.recording).is_dir()
    assert sorted(path.name for path in plan.out.iterdir()) == ["calls"]


def test_a_judge_is_asked_about_the_run_and_each_batch_before_what_looks_worse(plan):
    judged: list[tuple[str, int]] = []
    asked: list[list[bool | None]] = []

    def judge(results: RunResults, folder: Path) -> RunResults:
        judged.append((folder.name, len(results.calls)))
        assert all((folder / call.recording).is_dir() for call in results.calls if judged[1:])
        return replace(results, calls=tuple(replace(c, passed=True) for c in results.calls))

    def wanted(results: RunResults) -> Mapping[ScenarioKey, int]:
        asked.append([call.passed for call in (*results.calls, *results.attempts)])
        return {ONE: 2} if len(asked) < 3 else {}

    found = with_confirming_calls(
        run_results(made_of(plan)), plan, Confirming(wanted, judge=judge), Line("completed")
    )
    assert judged == [("out", 4), (".confirming", 2), (".confirming", 2)]
    assert asked == [[True] * 4, [True] * 6, [True] * 8]
    assert all(call.confirms and call.passed for call in found.attempts)
    assert not any(call.confirms for call in found.calls)


def test_nothing_is_called_where_nothing_looks_worse(plan):
    line = Line("completed")
    assert confirmed(plan, line).attempts == ()
    assert not line.plans


def test_a_call_that_is_lost_is_made_again_once(plan):
    line = Line("socket_closed", "completed")
    found = confirmed(plan, line, one=2)
    assert [call.status for call in found.attempts] == ["socket_closed"] * 2 + ["completed"] * 2
    assert [call.repeat for call in found.attempts] == [4, 5, 6, 7]
    line = Line("socket_closed")
    found = confirmed(plan, line, one=2, two=1)
    assert (len(found.attempts), len(line.plans)) == (6, 2)


def test_a_budget_that_is_spent_ends_them(plan):
    line = Line("completed", "not_called")
    found = confirmed(plan, line, one=2)
    assert len(found.attempts) == 2
    line = Line("not_called")
    found = confirmed(plan, line, one=2, two=2)
    assert (found.attempts, len(line.plans), found.interrupted) == ((), 1, False)


@pytest.mark.parametrize(("stops_in", "batches"), [(1, 1), (2, 2)])
def test_a_stop_ends_them_and_keeps_what_was_made(plan, stops_in, batches):
    line = Line("socket_closed", stops_in=stops_in)
    found = confirmed(plan, line, one=2)
    assert (len(line.plans), found.interrupted) == (batches, True)
    assert len(found.attempts) == 2 * batches


def test_what_an_earlier_process_left_of_them_goes(plan):
    for made in (plan.out / ".confirming" / "calls" / "one" / "005", plan.out / "calls/one/005"):
        made.mkdir(parents=True)
        (made / "old").touch()
    confirmed(plan, Line("completed"), one=1)
    assert not (plan.out / ".confirming").exists()
    assert list((plan.out / "calls/one/005").iterdir()) == []


# --- which gates ask for them ---------------------------------------------------------------------


def calls_of(plan: RunPlan, outcome: str) -> tuple[CallResult, ...]:
    return tuple(
        replace(call, scores=(score("preamble", outcome, ""),), passed=outcome == "pass")
        for call in made_of(plan)
    )


def gating(plan: RunPlan, *, known: int = 5, **file: object) -> Gating:
    calls = tuple(
        replace(call, repeat=n, seed=n)
        for call in calls_of(plan, "pass")
        if not call.repeat
        for n in range(known)
    )
    sets = (GateSet(GateFile(format=1, **file)),)
    return Gating(sets, baseline_of(run_results(calls), Path("run")), (), NoWorse())


def test_the_added_gate_asks_for_calls_of_what_was_lost(plan):
    asked = gating(plan).confirming(plan, today=DAY)
    assert asked is not None
    assert asked.first_repeat == 5
    assert asked.wanted(run_results(calls_of(plan, "pass"))) == {}
    assert asked.wanted(run_results(calls_of(plan, "fail"))) == {ONE: 5, TWO: 5}
    hidden = Quarantine(scenario="two", reason="x", expires="2026-06-30")
    asked = gating(plan, quarantine=(hidden,)).confirming(plan, today=DAY)
    assert asked is not None
    assert asked.wanted(run_results(calls_of(plan, "fail"))) == {ONE: 2}


def test_a_gate_of_a_file_asks_too_and_no_more_than_it_may(plan):
    gates = ({"no_worse_than_baseline": {}},)
    found = replace(gating(plan, gates=gates, confirm=Confirm(calls=7)), added=None)
    asked = found.confirming(plan, today=DAY)
    assert asked is not None
    assert asked.wanted(run_results(calls_of(plan, "fail"))) == {ONE: 5, TWO: 2}


def test_none_are_made_where_none_can_be(plan):
    assert gating(plan, confirm="off").confirming(plan, today=DAY) is None
    assert replace(gating(plan), added=None).confirming(plan, today=DAY) is None
    stored = replace(plan, jobs=(replace(plan.jobs[0], call="monday"),))
    assert gating(plan).confirming(stored, today=DAY) is None
    elsewhere = replace(plan, machines=Machines(None))
    assert gating(plan).confirming(elsewhere, today=DAY) is not None


def test_a_baseline_of_few_calls_says_what_it_cannot_find(plan):
    assert gating(plan).confirming_note == ""
    assert gating(plan, confirm="off", known=4).confirming_note == ""
    assert gating(plan, known=4).confirming_note.startswith(
        "the baseline has 4 calls of a scenario at most, so one broken scenario of many may pass. "
        "A baseline of a run with --repeat 5 finds it"
    )
    assert "has 1 call of" in gating(plan, known=1).confirming_note
