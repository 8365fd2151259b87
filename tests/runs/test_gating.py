"""Which gates judge an earlier run, and the gates that --baseline adds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.synthetic_run import result, run_results, score

from harness.judging.scorers.preamble import Preamble
from harness.results.gates.baseline import baseline_of, write_baseline
from harness.results.gates.gate_file import GateFile, NoWorse, Quarantine
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.runs.gates import (
    GateRequest,
    GateSet,
    Gating,
    gating_of_plan,
    gating_of_results,
)
from harness.runs.routes import stored_target
from harness.runs.run_suite import RunRequest, planned

DAY = date(2026, 6, 30)
DEFAULT = "every call passes"


def calls(suite: str, verdicts: str, **more: object) -> tuple[CallResult, ...]:
    """Repeats of a scenario: + passed, - failed."""
    outcomes = {"+": "pass", "-": "fail"}
    return tuple(
        result("a", score("preamble", outcomes[mark], "because"), suite=suite, repeat=repeat,
               seed=repeat, scenario_hash="h", **more)
        for repeat, mark in enumerate(verdicts)
    )  # fmt: skip


def judged(run: RunResults, **request: Path) -> dict[str, bool | None]:
    judged = gating_of_results(run, GateRequest(**request)).judge(run, today=DAY)
    found = {gate.gate: gate.passed for gate in judged.gates}
    assert judged.summary.gates_passed is not any(gate.breaks for gate in judged.gates)
    return found


@pytest.fixture
def baseline(tmp_path) -> Path:
    """The baseline of eight calls that passed."""
    path = tmp_path / "baseline.json"
    write_baseline(path, baseline_of(run_results(calls("desk", "+" * 8)), Path("run")))
    return path


@pytest.mark.parametrize(
    ("verdicts", "every", "no_worse"),
    [
        ("+" * 8, True, True),
        ("-" * 8, False, False),
        ("-" * 2, False, None),  # too few calls are no evidence, and still every call must pass
    ],
)
def test_every_call_must_pass_beside_a_baseline(baseline, verdicts, every, no_worse):
    found = judged(run_results(calls("desk", verdicts)), baseline=baseline)
    assert found == {
        DEFAULT: every,
        "no worse: calls.pass_rate": no_worse,
        "no worse: preamble.pass_rate": no_worse,
    }


def test_a_gate_file_says_whether_every_call_must_pass_beside_a_baseline(baseline, tmp_path):
    gates = tmp_path / "gates.yaml"
    run = run_results(calls("desk", "-" * 2))
    gates.write_text("format: 1\ngates: [pass_rate >= 0]\n")
    assert list(judged(run, baseline=baseline, gates=gates))[:2] == [
        "pass_rate >= 0",
        "no worse: calls.pass_rate",
    ]
    gates.write_text("format: 1\ngates: [no_worse_than_baseline: {}]\n")
    assert set(judged(run, baseline=baseline, gates=gates).values()) == {None}


@pytest.mark.parametrize(
    ("gates", "note"),
    [
        ("[new_failures <= 0]", "of these calls only new_failures is held against the baseline"),
        ("[new_failures <= 0, no_worse_than_baseline: {}]", ""),
        ("[no_worse_than_baseline: {}]", ""),
        ("[pass_rate >= 0]", ""),  # the gate is added
    ],
)
def test_a_gates_file_switches_no_gate_off_silently(baseline, tmp_path, gates, note):
    path = tmp_path / "gates.yaml"
    path.write_text(f"format: 1\ngates: {gates}\n")
    run = run_results(calls("desk", "+" * 8))
    notes = gating_of_results(run, GateRequest(gates=path, baseline=baseline)).notes
    assert [note in one for one in notes] == [True] * bool(note)


def test_a_run_of_which_no_call_is_judged_is_red_next_to_its_baseline(baseline):
    asked = (score("preamble", "review", ""),)
    waiting = tuple(replace(c, scores=asked, passed=None) for c in calls("desk", "+" * 8))
    found = judged(run_results(waiting), baseline=baseline)
    assert found == {DEFAULT: False, "no worse: baseline": False}


@pytest.mark.parametrize(
    ("quarantined", "passed"), [((), False), (("desk",), False), (("desk", "shop"), True)]
)
def test_each_suites_known_failures_are_kept_from_the_added_gate(quarantined, passed):
    def made(mark: str) -> tuple[CallResult, ...]:
        whole = [c for suite in ("desk", "shop") for c in calls(suite, mark * 8)]
        return (*whole, *(replace(c, scenario="b") for c in calls("desk", "+" * 8)))

    entry = Quarantine(scenario="a", reason="x", expires="2026-06-30")
    sets = tuple(
        GateSet(GateFile(format=1, quarantine=(entry,) * (suite in quarantined)), suite)
        for suite in ("desk", "shop")
    )
    gating = Gating(sets, baseline_of(run_results(made("+")), Path("run")), (), NoWorse())
    found = gating.judge(run_results(made("-")), today=DAY)
    relative = {gate.passed for gate in found.gates if gate.gate.startswith("no worse")}
    assert relative == {passed}
    assert tuple(one.suite for one in found.quarantined) == quarantined


def test_a_run_without_one_case_of_a_file_is_a_part_of_the_suite(tmp_path: Path) -> None:
    desk = small_desk(tmp_path / "desk", first=1.0)
    cases = "cases: [{name: one}, {name: two, tags: [slow]}]\n"
    (desk / "first.yaml").write_text((desk / "first.yaml").read_text() + cases)
    (desk / "gates.yaml").write_text("format: 1\ngates: [pass_rate >= 0.5]\n")
    part, whole = (
        gating_of_plan(planned(RunRequest(paths=(desk,), not_tags=left_out)), GateRequest()).notes
        for left_out in (("slow",), ())
    )
    assert not whole
    assert "this run is only a part of it. So every call must pass here; to judge" in part[0]


def test_a_run_of_a_matrix_is_held_against_a_baseline_of_the_same_matrix(tmp_path: Path) -> None:
    desk = small_desk(tmp_path / "desk", one=1)
    target = tmp_path / "modes.yaml"
    target.write_text(
        "format: 1\ntarget: modes\nmatrix: {turn_detection: [server_vad, semantic_vad, none]}\n"
    )

    def judged_now(outcome: str) -> ScoreResult:
        return replace(score("preamble", outcome, ""), version=Preamble.scorer_version)

    plan = planned(RunRequest(paths=(desk,), target=str(target), repeat=8))
    calls = tuple(
        result(job.loaded.scenario.name, judged_now("pass"), condition=job.condition,
               cell=job.cell, suite=job.loaded.suite.suite.suite, repeat=job.repeat,
               seed=job.seed, scenario_hash=job.loaded.hash)
        for job in plan.jobs
    )  # fmt: skip
    settings = stored_target(plan.jobs[0].target.whole)
    run = replace(run_results(calls), target_settings=settings, target="modes")
    write_baseline(tmp_path / "b.json", baseline_of(run, Path("run")))
    gating = gating_of_plan(plan, GateRequest(baseline=tmp_path / "b.json"))
    lost = tuple(
        replace(call, scores=(judged_now("fail"),), passed=False) if call.cell == "none" else call
        for call in calls
    )
    found = {gate.gate: gate for gate in gating.judge(replace(run, calls=lost), today=DAY).gates}
    assert (
        '24 of 24 → 16 of 24; "one under none" passed' in found["no worse: calls.pass_rate"].reason
    )
