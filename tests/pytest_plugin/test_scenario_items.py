"""Scenario files are tests: collected, selected, called, and failing in words."""

from __future__ import annotations

import sys

import pytest
from support.small_desk import results_of, statuses

from harness.scenario.identity import own_seed

from .conftest import FAILS, PLUGIN, Project

pytest_plugins = ["pytester"]


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


# --- collection -----------------------------------------------------------------------------------


def test_only_scenarios_of_a_suite_are_collected(project: Project):
    project.scenario("first")
    project.scenario("family/second")
    for other in ("targets/live", ".hidden/third"):
        project.scenario(other)
    (project.desk / "gates.yaml").write_text("format: 1\ngates: []\n")
    (project.path / "compose.yaml").write_text("services: {}\n")
    result = project.run("--collect-only", "-q")
    assert ids(result) == ["desk/family/second.yaml::family/second", "desk/first.yaml::first"]


def test_repeats_are_numbered_and_one_scenario_has_its_bare_name(project: Project):
    project.scenario("one", name="'a call[x] of :: two'")
    project.scenario("two", name="quiet", tags="[x]\nrepeat: 2")
    assert ids(project.run("--collect-only", "-q")) == [
        "desk/one.yaml::a call[x] of : two",
        "desk/two.yaml::quiet[1]",
        "desk/two.yaml::quiet[2]",
    ]
    one = project.run("--collect-only", "-q", "--harness-repeat", "1", "desk/two.yaml::quiet")
    assert ids(one) == ["desk/two.yaml::quiet"]


SELECTIONS = (
    (("-m", "barge-in"), ["a"]),
    (("-m", "not barge-in"), ["b", "c"]),
    (("-m", "two_words or tag_skip"), ["b", "c"]),
    (("-m", "harness_scenario"), ["a", "b", "c"]),
    (("-k", "barge"), ["a"]),
    (("-k", "c.yaml"), ["c"]),
)

SELECT_EACH = f"""\
import pytest
for selection, _ in {SELECTIONS!r}:
    print("selected by", *selection)
    pytest.main([*{PLUGIN!r}, "--collect-only", "-q", "--strict-markers", *selection])
"""


def test_tags_are_markers_also_where_markers_are_strict(project: Project):
    project.scenario("a", tags="[barge-in]")
    project.scenario("b", tags='["two words"]')
    project.scenario("c", tags="[skip]")  # pytest's own marker of this name would skip the call
    (project.path / "select_each.py").write_text(SELECT_EACH)
    result = project.pytester.run(sys.executable, "select_each.py")
    found: dict[str, list[str]] = {}
    for line in result.outlines:
        if line.startswith("selected by "):
            names = found.setdefault(line.removeprefix("selected by "), [])
        elif "::" in line:
            names.append(line.rpartition("::")[2])
    assert found == {" ".join(selection): names for selection, names in SELECTIONS}


def test_scenarios_may_be_left_to_the_command_line(project: Project):
    project.scenario("first")
    project.ini("harness_scenarios = off")
    assert ids(project.run("--collect-only", "-q")) == []


def test_a_faulty_file_is_a_collection_error_with_all_its_faults_in_a_line_each(project: Project):
    (project.desk / "broken.yaml").write_text(
        "format: 1\nname: 7\nturns: []\nloud: yes\nscorers: {preambel: off}\n"
    )
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = result.stdout.str()
    assert "ERROR collecting desk/broken.yaml" in text
    faults = [line for line in result.outlines if line.startswith("desk/broken.yaml:")]
    assert [line.split(":")[1] for line in faults] == ["2", "3", "4", "5"]
    assert "Traceback" not in text
    assert ".py:" not in text


def test_a_name_that_two_files_share_is_a_collection_error(project: Project):
    project.scenario("a", name="twin")
    project.scenario("b", name="twin")
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(
        ["desk/b.yaml:2: name: 'twin' is the name of desk/a.yaml too; results need one each"]
    )


# --- calls ----------------------------------------------------------------------------------------


def test_verdicts_are_passes_and_failures_and_spoilt_calls_are_errors(project: Project):
    project.scenario("fine")
    project.scenario("wrong", expect=FAILS)
    project.scenario("unjudged", expect="{}")
    spoilt = project.scenario("spoilt", tags="[]\ncaller: {voice: {engine: fixture}}")
    spoilt.write_text(spoilt.read_text().replace("silence: 0.3", "say: Nobody recorded this."))
    result = project.run("--harness-report", "out/run")
    result.assert_outcomes(passed=1, failed=2, errors=1)
    text = result.stdout.str()
    page = project.path / "out/run/calls/wrong/001/index.html"
    assert page.exists()
    for line in (
        "wrong: failed: expectations",
        f"  desk/wrong.yaml, seed {own_seed('small desk', 'wrong', 7)}, target reference",
        "  expectations failed: lookup_order() was called 0 times, expected at least 1",
        "      rule: Pass when calls were made as expected, *",
        f"  open {page}",
        "unjudged: no verdict",
        "  nothing was judged",
        "*ERROR at setup of spoilt*",
        "  no verdict on the agent: the caller's own audio or script failed: speech engine*",
        "voice calls: In 1 of 3 calls: lookup_order() was called 0 times, expected at least 1. "
        "1 of 3 calls failed: expectations. 1 call does not count. 50 %*",
        f"voice calls: report: {project.path}/out/run/index.html",
    ):
        result.stdout.fnmatch_lines([line], consecutive=False)
    assert "Traceback" not in text
    assert statuses(project.path / "out/run") == [
        ("fine", "completed"),
        ("spoilt", "caller_invalid"),
        ("unjudged", "completed"),
        ("wrong", "completed"),
    ]
    results = results_of(project.path / "out/run")
    assert (results["target"], results["clock"], results["interrupted"]) == (
        "reference",
        "virtual",
        False,
    )


def test_the_first_failure_ends_the_session_and_is_called_again_alone(project: Project):
    project.scenario("a")
    project.scenario("b", expect=FAILS)
    project.scenario("c", expect=FAILS)
    first = project.run("-x")
    first.assert_outcomes(passed=1, failed=1)
    report = project.path / "runpytest-0/harness0/report"
    assert [name for name, _ in statuses(report)] == ["a", "b"]
    again = project.run("--lf", "--harness-report", "again")
    again.assert_outcomes(failed=1)
    assert [name for name, _ in statuses(project.path / "again")] == ["b"]


def test_repeats_and_seeds_are_those_of_harness_run(project: Project):
    project.scenario("quiet")
    options = ("--harness-repeat", "2", "--harness-seed", "40", "--harness-report", "out")
    project.run(*options).assert_outcomes(passed=2)
    calls = results_of(project.path / "out")["calls"]
    first = own_seed("small desk", "quiet", 40)
    assert [(c["repeat"], c["seed"], c["recording"]) for c in calls] == [
        (0, first, "calls/quiet/001"),
        (1, first + 1, "calls/quiet/002"),
    ]


def test_a_run_is_not_replaced_unless_that_is_said(project: Project):
    project.scenario("quiet")
    project.ini("harness_report = place")
    project.run().assert_outcomes(passed=1)
    started = (project.path / "place/results.json").stat().st_mtime_ns
    refused = project.run("--harness-report", "place")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(
        [
            "ERROR: --harness-report: place already holds a run; give another folder, "
            "or --harness-force to replace it"
        ]
    )
    assert (project.path / "place/results.json").stat().st_mtime_ns == started
    project.run("--harness-report", "place", "--harness-force").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)  # the ini file's folder holds the last session
    assert statuses(project.path / "place") == [("quiet", "completed")]


def test_a_recording_that_cannot_be_written_is_an_error_of_its_call(project: Project):
    project.scenario("quiet")
    (project.path / "out/calls").mkdir(parents=True)
    (project.path / "out/calls/quiet").write_text("a file where the recordings go")
    result = project.run("--harness-report", "out")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"quiet: cannot write {project.path}/out/calls/quiet/001: *"])


def test_workers_of_xdist_make_one_run(project: Project):
    for name in "abcd":
        project.scenario(name, expect=FAILS if name == "c" else "{reply: none}")
    result = project.run("-n", "2", "--harness-report", "out", "-p", "no:randomly")
    result.assert_outcomes(passed=3, failed=1)
    assert [name for name, _ in statuses(project.path / "out")] == ["a", "b", "c", "d"]
    text = result.stdout.str()
    assert f"open {project.path}/out/calls/c/001/index.html" in text
    assert text.count("voice calls: report: ") == 1
    assert all((project.path / f"out/calls/{name}/001/index.html").exists() for name in "abcd")
    assert "timing" not in text  # virtual time


def test_real_time_with_more_workers_than_the_machine_can_hold_is_said(project: Project):
    project.scenario("quiet", expect=FAILS)
    one_core = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
    (project.path / "conftest.py").write_text(one_core)
    result = project.run("-n", "2", "--harness-real-time", "--harness-report", "out")
    note = "2 pytest workers called in real time on 1 cores, so waits and yields may be"
    result.stdout.fnmatch_lines([f"  note: {note}*", f"voice calls: timing: {note}*"])
    assert results_of(project.path / "out")["clock"] == "real"
    ((_, status),) = statuses(project.path / "out")
    assert status in ("completed", "timing_invalid")  # which of them depends on the machine
