"""A session is held against a baseline: red if worse, with the sentence of `run --baseline`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.small_desk import results_of, small_desk
from support.synthetic_run import result, score

from harness.pytest_plugin import gates
from harness.pytest_plugin.gates import KeptCall, run_of
from harness.pytest_plugin.session import Options, PluginRun
from harness.report.verdict import worse_text
from harness.results.gates.baseline import Baseline, baseline_of, write_baseline
from harness.results.model import CallResult
from harness.results.store import read_results
from harness.runs.plan import Job, Repeats, RunPlan, plan_jobs
from harness.runs.routes import stored_target
from harness.scenario.catalog import find
from harness.scenario.target import Target

from .conftest import FAILS, Project

pytest_plugins = ["pytester"]

TESTS = """\
import pytest


@pytest.mark.parametrize("name", ["a", "b"])
def test_calls(call_agent, name):
    for _ in range(3):
        call_agent.sync(f"desk/{name}.yaml")


def test_fault(call_agent):
    call_agent.sync("desk/a.yaml", fault="late_answer")


def test_nothing():
    pass
"""
SAME = ("test_desk.py", "-k", "calls")


def as_if_all_had_passed(baseline: Baseline) -> Baseline:
    calls = (
        replace(
            call,
            passed=True,
            scores={k: "pass" if v == "fail" else v for k, v in call.scores.items()},
        )
        for call in baseline.calls
    )
    return replace(baseline, calls=tuple(calls))


def desk_of(project: Project, expect: str, *arguments: str) -> Project:
    """Write two scenarios and their tests, and the baseline ``good`` of calls that all passed."""
    project.ini("harness_scenarios = off")
    for name in "ab":
        project.scenario(name, expect=expect)
    (project.path / "test_desk.py").write_text(TESTS)
    project.run(*SAME, "--harness-report", "trusted", *arguments).assert_outcomes(passed=2)
    trusted = project.path / "trusted"
    made = baseline_of(read_results(trusted / "results.json"), trusted)
    write_baseline(project.path / "baselines/good.json", as_if_all_had_passed(made))
    return project


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_session_that_is_worse_is_red_and_has_called_again(project: Project, workers):
    desk = desk_of(project, FAILS)
    found = desk.run(*SAME, *workers, "--harness-baseline", "good", "--harness-report", "out")
    found.assert_outcomes(passed=2)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    lost = "expectations 6 of 6 → 0 of 6"
    found.stdout.fnmatch_lines(
        [
            "voice calls: called again, as it looks worse than the baseline: a (5), b (5)",
            f"voice calls: * 6 of 6 calls failed: * Worse than the baseline: {lost}. *",
            "voice calls: no worse: expectations.pass_rate: not held: 6 of 6 → 0 of 6; *; "
            "0 of 10 passed when called again",
        ]
    )
    results = read_results(desk.path / "out/results.json")
    assert worse_text(results.gates) == f"Worse than the baseline: {lost}."
    assert (len(results.calls), results.summary.gates_passed) == (6, False)
    assert [call.repeat for call in results.attempts] == [3, 4, 5, 6, 7] * 2
    for call in results.attempts:
        assert call.confirms
        assert (desk.path / "out" / call.recording / "index.html").is_file()
    assert lost in (desk.path / "out/index.html").read_text()


def test_an_unchanged_build_is_green_and_says_so(project: Project):
    desk = desk_of(project, "{reply: none}")
    found = desk.run("test_desk.py", "--harness-baseline", "good", "--harness-report", "out")
    found.assert_outcomes(passed=4)
    assert found.ret == pytest.ExitCode.OK
    found.stdout.fnmatch_lines(
        [
            "voice calls: 1 call is not judged by the gates: planted fault, another agent or "
            "another clock",
            "voice calls: Not worse than the baseline: 6 calls compared with its 6 (would have *",
        ]
    )
    results = results_of(desk.path / "out")
    assert {gate["gate"]: gate["passed"] for gate in results["gates"]} == {
        "no worse: calls.pass_rate": True,
        "no worse: expectations.pass_rate": True,
    }
    assert results["attempts"] == []
    assert results["would_notice"]


OTHER = "none of its 2 scenarios is in this run"
FEW = (
    "no_worse_than_baseline could not break, whatever these calls do: 1 of them is of scenarios of "
    "the baseline, which has 3 calls of these. Give --harness-repeat *"
)
UNUSED = "no call was made, so the gates were not judged"


def test_gates_that_judge_nothing_say_so(project: Project):
    desk = desk_of(project, "{reply: none}")
    missing = desk.run("--harness-baseline", "none")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR
    missing.stderr.fnmatch_lines(
        [f"ERROR: --harness-baseline: {desk.path}/baselines/none.json: no such baseline; *"]
    )
    (desk.path / "one.py").write_text(
        "def test_one(call_agent):\n    call_agent.sync('desk/a.yaml')\n"
    )
    desk.scenario("c")
    (desk.path / "other.py").write_text(
        "def test_other(call_agent):\n    call_agent.sync('desk/c.yaml')\n"
    )
    typed = ("--harness-baseline", "good")
    for arguments, said, code in (
        (("other.py", *typed), f"baseline and gates: not judged: *{OTHER}; *save DIR", 1),
        (("one.py", *typed), FEW, 1),
        (("test_desk.py", "-k", "nothing", *typed), UNUSED, 1),
        (("--collect-only", *typed), None, 0),
    ):
        found = desk.run(*arguments)
        assert found.ret == code, arguments
        if said:
            found.stdout.fnmatch_lines([f"voice calls: {said}"])
    desk.ini("harness_baseline = good")
    for arguments, said, code in (
        (("other.py",), f"baseline and gates: not judged: *{OTHER}; *save DIR", 1),
        (("one.py",), FEW, 0),
        (("test_desk.py", "-k", "nothing"), UNUSED, 0),
    ):
        found = desk.run(*arguments)
        assert found.ret == code, arguments
        found.stdout.fnmatch_lines([f"voice calls: {said}"])
    off = desk.run("one.py", "--harness-baseline=")
    assert "baseline" not in off.stdout.str()


# --- the calls that confirm a loss ----------------------------------------------------------------

TARGET = Target(format=1, target="reference", model="reference")


@pytest.fixture
def session(project: Project) -> PluginRun:
    options = Options(baseline=project.path / "good.json", report=project.path / "out")
    return PluginRun(project.config(), options, _folder=project.pytester.mkdir("kept"))


OUTCOMES = {"+": "pass", "-": "fail", "?": "review", ".": "not_applicable"}


def call_of(job: Job, outcome: str, **more: Any) -> CallResult:
    loaded = job.loaded
    scores = score("entity_confirmation", outcome, ""), score("preamble", "pass", "")
    return result(loaded.scenario.name, *scores, suite="small desk", repeat=job.repeat,
                  seed=job.seed, scenario_hash=loaded.hash, scenario_path=str(loaded.path),
                  recording=job.recording.as_posix(), **more)  # fmt: skip


def kept_calls(session: PluginRun, **marks: str) -> tuple[KeptCall, ...]:
    """Return three calls of each scenario, which end as their marks say."""
    desk = small_desk(session.config.rootpath / "desk", **dict.fromkeys(marks, 0.3))
    loaded = tuple(one for one in find((desk,)) if one.scenario.name in marks)
    jobs = plan_jobs(loaded, Repeats(3), TARGET)
    calls = (call_of(job, OUTCOMES[marks[job.loaded.scenario.name][job.repeat]]) for job in jobs)
    settings = stored_target(TARGET)
    return tuple(
        KeptCall(call, "2026-01-01T00:00:00+00:00", "reference", settings, virtual=True, job=job)
        for call, job in zip(calls, jobs, strict=True)
    )


PASS, FAIL = {"a": "+++", "b": "+++"}, {"a": "---", "b": "---"}


def save_baseline(session: PluginRun, marks: Mapping[str, str]) -> None:
    path = session.options.baseline
    assert path is not None
    trusted = run_of(kept_calls(session, **marks), interrupted=False)
    write_baseline(path, baseline_of(trusted, Path("trusted")))


def ending(monkeypatch: pytest.MonkeyPatch, status: str) -> list[RunPlan]:
    """Have calls that confirm a loss end so; return the plans that they are made by."""
    plans: list[RunPlan] = []

    def make(plan: RunPlan, watch: object) -> tuple[tuple[CallResult, ...], bool]:
        plans.append(plan)
        made = (call_of(job, "fail", status=status, condition=job.condition) for job in plan.jobs)
        return tuple(made), False

    monkeypatch.setattr(gates, "make_calls", make)
    return plans


MISSED = {
    "a": ("+++", "+++"),
    "b": ("+++", "---"),
    "c": ("+++", "---"),
    "d": ("+??", "---"),
    "e": ("++-", "-++"),
    "f": ("...", "..."),
    "g": ("...", "..."),
    "h": ("...", "..."),
}
"""The read-back rules were deleted from a prompt, and an earlier gate saw no evidence."""


def test_the_regression_that_an_earlier_gate_missed_is_red(session, monkeypatch):
    save_baseline(session, {name: before for name, (before, _) in MISSED.items()})
    plans = ending(monkeypatch, "completed")
    calls = kept_calls(session, **{name: now for name, (_, now) in MISSED.items()})
    run = run_of(calls, interrupted=False)
    found = gates.gated(session, calls, run, lambda _: None)
    assert found.red
    assert worse_text(found.results.gates) == (
        "Worse than the baseline: entity confirmation 12 of 15 → 5 of 15."
    )
    called = {job.loaded.scenario.name for plan in plans for job in plan.jobs}
    assert called == {"b", "c", "d"}


def test_an_agent_that_is_gone_is_said_and_the_gate_judges_without(session, monkeypatch):
    save_baseline(session, PASS)
    plans = ending(monkeypatch, "connection_failed")
    calls = kept_calls(session, **FAIL)
    told: list[str] = []
    found = gates.gated(session, calls, run_of(calls, interrupted=False), told.append)
    assert plans
    assert told[0].startswith("called again, as it looks worse than the baseline: ")
    assert "the agent did not answer when it was called again after the tests, so the gates " \
        "judge without these calls" in found.lines  # fmt: skip
    assert found.red
    assert worse_text(found.results.gates).startswith(
        "Worse than the baseline: entity confirmation 6 of 6"
    )
    assert found.results.attempts == ()


def test_fresh_calls_are_named_as_the_calls_that_they_confirm(session, monkeypatch):
    save_baseline(session, PASS)
    plans = ending(monkeypatch, "completed")
    calls = kept_calls(session, **FAIL)
    planted = tuple(replace(call, fault="late_answer") for call in calls[:1])
    calls = (*calls, *planted)
    run = run_of(calls, interrupted=False)
    found = gates.gated(session, calls, run, lambda _: None)
    assert found.red
    assert {job.condition for plan in plans for job in plan.jobs} == {""}
    fresh = {(call.scenario, call.condition) for call in found.results.attempts}
    assert fresh == {("a", "no fault"), ("b", "")}
    assert len(found.results.calls) == 7


def test_an_interrupted_session_calls_nothing_again(session, monkeypatch):
    save_baseline(session, PASS)
    plans = ending(monkeypatch, "completed")
    calls = kept_calls(session, **FAIL)
    found = gates.gated(session, calls, run_of(calls, interrupted=True), lambda _: None)
    assert (plans, found.red, found.results.interrupted) == ([], True, True)


def test_a_baseline_of_another_agent_is_refused_with_what_differs(session):
    save_baseline(session, PASS)
    calls = tuple(replace(one, virtual=False) for one in kept_calls(session, **PASS))
    run = run_of(calls, interrupted=False)
    found = gates.gated(session, calls, run, lambda _: None)
    assert found.red
    (gate,) = found.results.gates
    assert gate.breaks
    assert "target setting clock: virtual → real" in gate.reason
    assert not found.results.summary.gates_passed


def judged(
    session: PluginRun, marks: Mapping[str, str], gate: str = "", beside: str = ""
) -> gates.GatedRun:
    """Judge calls by a gates file, or by the baseline and the gates file next to the suite."""
    root = session.config.rootpath
    if gate:
        (root / "gates.yaml").write_text(f"format: 1\ngates: [{gate}]\n")
        session.options = replace(session.options, gates=root / "gates.yaml", baseline=None)
    else:
        save_baseline(session, PASS)
    calls = kept_calls(session, **marks)
    if beside:
        (root / "desk/gates.yaml").write_text(f"format: 1\ngates: [{beside}]\n")
    return gates.gated(session, calls, run_of(calls, interrupted=False), lambda _: None)


def test_a_gates_file_judges_all_calls(session):
    found = judged(session, FAIL, "pass_rate >= 90 %")
    assert found.red
    (line,) = found.lines
    assert line == "pass_rate >= 90 %: not held: 0.0 %: 0 of 6 passed, 95 % interval 0–39 %"
    found = judged(session, FAIL, "pass_rate >= 0 %")
    assert (found.red, found.lines) == (False, ("1 gate held",))


def test_gates_beside_the_suite_judge_all_of_it_and_a_part_says_so(session):
    found = judged(session, PASS, beside="pass_rate >= 90 %")
    names = [gate.gate for gate in found.results.gates]
    assert names == [
        "pass_rate >= 90 %", "no worse: calls.pass_rate",
        "no worse: entity_confirmation.pass_rate", "no worse: preamble.pass_rate",
    ]  # fmt: skip
    small_desk(session.config.rootpath / "desk", more=0.3)
    found = judged(session, PASS, beside="pass_rate >= 90 %")
    assert [gate.gate for gate in found.results.gates] == names[1:]
    assert found.lines[0].endswith(
        "/gates.yaml is for runs of the whole suite, and this run is only a part of it. "
        f"To judge by that file, add --harness-gates {session.config.rootpath}/desk/gates.yaml"
    )
