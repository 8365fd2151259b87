"""Gates, baselines and CI outputs on the command line, on very cheap calls."""

from __future__ import annotations

import shutil
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.ci_desk import ci_desk
from support.small_desk import results_of

from harness.cli.main import run_command
from harness.results.aggregate import summarize
from harness.results.gates.baseline import read_baseline, write_baseline
from harness.results.store import read_results, write_results
from harness.runs.distributed import local_cluster

BASELINE = Path("baselines/small-desk-reference.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a suite in which one scenario fails, and a run of it in ``out``."""
    folder = tmp_path_factory.mktemp("made")
    with chdir(folder):
        ci_desk(Path("desk"), bad=("wild",))
        assert run_command(["run", "desk", "--out", "out"]) == 1
    return folder


@pytest.fixture(scope="module")
def trusted(tmp_path_factory) -> Path:
    """A folder with a suite that passes, a run of eight calls in ``good``, and its baseline."""
    folder = tmp_path_factory.mktemp("trusted")
    with chdir(folder):
        ci_desk(Path("desk"))
        assert run_command(["run", "desk", "--repeat", "8", "--out", "good"]) == 0
        assert run_command(["baseline", "save", "good"]) == 0
    return folder


@pytest.fixture
def desk(made, tmp_path, monkeypatch) -> Path:
    """The suite and the run of ``made``, in the current folder, to be spoilt."""
    return there(made, tmp_path, monkeypatch)


@pytest.fixture
def good(trusted, tmp_path, monkeypatch) -> Path:
    """The suite, the run and the baseline of ``trusted``, in the current folder."""
    return there(trusted, tmp_path, monkeypatch)


def there(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    return Path("desk")


def gates(text: str, place: str = "desk/gates.yaml") -> None:
    Path(place).write_text(f"format: 1\n{text}")


def told(run: str = "out") -> list[tuple[str, bool | None]]:
    return [(gate["gate"], gate["passed"]) for gate in results_of(Path(run))["gates"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gates: [pass_rate >= 0.5]", 0),
        ("gates: [pass_rate > 0.5]", 1),
        ("gates: [{check: pass_rate >= 1, tag: quiet}]", 0),
        ("gates: [preamble.pass_rate >= 0]", 1),
        ("gates: []", 1),
        ("quarantine: [{scenario: wild, reason: known, expires: 2999-01-01}]", 0),
        ("quarantine: [{scenario: w*, scorer: expectations, reason: x, expires: 2999-01-01}]", 0),
        ("quarantine: [{scenario: wild, scorer: preamble, reason: known, expires: 2999-01-01}]", 1),
        ("quarantine: [{scenario: wild, reason: known, expires: 2001-01-01}]", 1),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_gates_of_the_suite(desk, text, code):
    gates(text)
    assert run_command(["score", "out"]) == code
    results = results_of(Path("out"))
    assert results["summary"]["gates_passed"] is (code == 0)
    assert results["gates"]


def test_a_run_and_its_page_have_the_gates_and_judging_again_changes_nothing(desk, capsys):
    gates("gates: [pass_rate >= 0.5, flaky_scenarios < 1]")
    assert run_command(["run", "desk", "--repeat", "2", "--out", "new"]) == 0
    page, said = Path("new/index.html").read_text(), capsys.readouterr().out
    assert "new/calls/wild/001/index.html" in said
    for gate, passed in told("new"):
        assert passed
        assert gate in said
        assert gate.replace("<", "&lt;").replace(">", "&gt;") in page
    before = Path("new/results.json").read_bytes()
    assert run_command(["score", "new"]) == 0
    assert Path("new/results.json").read_bytes() == before


def test_a_known_failure_is_shown_with_its_reason_and_date(desk, capsys):
    gates("quarantine: [{scenario: wild, reason: a bug of ours, expires: 2999-01-01}]")
    assert run_command(["score", "out", "--junit", "j.xml"]) == 0
    said = capsys.readouterr().out
    assert "wild" in said
    assert "a bug of ours" in said
    assert "1 of 2 calls failed, which is known: expectations. 1 gate let it pass." in said
    (skipped,) = ElementTree.parse("j.xml").iter("skipped")
    assert skipped.get("message", "").startswith("known until 2999-01-01: a bug of ours (expect")
    assert run_command(["report", "out"]) == 0
    assert "a bug of ours" in Path("out/index.html").read_text()


def test_an_expired_one_fails_with_one_line_that_says_so(desk, capsys):
    gates("quarantine: [{scenario: wild, reason: mine, expires: 2001-01-01}]")
    assert run_command(["score", "out"]) == 1
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("quarantine of")]
    assert "expired on 2001-01-01 (mine): mend it, or give it a new date" in line


def test_a_part_of_the_suite_is_not_judged_by_the_gates_of_the_whole(desk, capsys):
    gates("gates: [pass_rate >= 0]")
    assert run_command(["run", "desk/wild.yaml", "--out", "part"]) == 1
    note = "desk/gates.yaml is for runs of the whole suite, and this run is only a part of it."
    assert note in capsys.readouterr().err
    assert told("part") == []
    assert run_command(["score", "part"]) == 1
    assert note in capsys.readouterr().err
    assert run_command(["score", "part", "--gates", "desk/gates.yaml"]) == 0
    assert told("part") == [("pass_rate >= 0", True)]


def test_a_run_whose_files_are_gone_is_judged_by_the_default_gate(desk):
    gates("gates: [pass_rate >= 0]")
    Path("desk/suite.yaml").unlink()
    assert run_command(["score", "out"]) == 1
    shutil.rmtree("desk")
    assert run_command(["score", "out"]) == 1
    assert told() == []
    gates("gates: [pass_rate >= 0.5]", "mine.yaml")
    assert run_command(["score", "out", "--gates", "mine.yaml"]) == 0
    assert told() == [("pass_rate >= 0.5", True)]


def test_each_suite_is_judged_by_its_own_gates(desk):
    ci_desk(Path("other"), bad=())
    suite = Path("other/suite.yaml")
    suite.write_text(suite.read_text().replace("suite: small desk", "suite: other desk"))
    gates("gates: [pass_rate >= 0.5]")
    assert run_command(["run", "desk", "other", "--out", "both"]) == 0
    assert told("both") == [("pass_rate >= 0.5", True), ("every call passes", True)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "gates: [noise.p50 < 1]",
            "desk/gates.yaml:2: gates[0]: unknown scorer or measure 'noise'; known: ",
        ),
        ("gates: [pass_rat > 1]", "desk/gates.yaml:2: gates[0]: unknown metric 'pass_rat'; "),
        ("gates: [{check: pass_rate > 0, tag: x}]",
         "desk/gates.yaml:2: gates[0].tag: no scenario has the tag 'x'; tags: quiet"),
        ("gates: [no_worse_than_baseline: {}]",
         f"{BASELINE}: no such baseline; make one from a run that you trust"),
    ],
)  # fmt: skip
def test_bad_gates_are_found_before_anybody_is_called(desk, capsys, text, said):
    gates(text)
    assert run_command(["run", "desk", "--out", "new"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: {said}")
    assert not Path("new").exists()


def test_checking_scenarios_checks_the_gates_beside_them(desk, capsys):
    assert run_command(["scenarios", "check", "desk"]) == 0
    gates("gates: [pass_rat > 1, {check: pass_rate > 0, tag: x}]")
    assert run_command(["scenarios", "check", "desk"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "desk/gates.yaml:2: gates[0]: unknown metric" in first
    assert "gates[1].tag: no scenario has the tag 'x'" in second
    assert run_command(["scenarios", "check", "desk/calm.yaml"]) == 2
    (only,) = capsys.readouterr().err.splitlines()  # a part of a suite does not show all tags
    assert "gates[0]" in only


# --- baselines -----------------------------------------------------------------------------------


def spoilt(run: Path, name: str) -> Path:
    """A run of the same tests in which every call failed."""
    out = Path(shutil.copytree(run, name))
    text = (out / "results.json").read_text()
    text = text.replace(
        '"outcome": "pass",\n          "passed": true',
        '"outcome": "fail",\n          "passed": false',
    )
    (out / "results.json").write_text(text.replace('"passed": true', '"passed": false'))
    return out


def test_a_run_as_good_as_its_baseline_passes_and_shows_it(good, capsys):
    gates("gates: [no_worse_than_baseline: {}]")
    assert run_command(["score", "good"]) == 0
    names = [name for name, _ in told("good")]
    assert names[0] == "no worse: calls.pass_rate"
    assert "no worse: expectations.pass_rate" in names
    assert {passed for _, passed in told("good")} == {True}
    capsys.readouterr()
    assert run_command(["baseline", "show"]) == 0
    shown = capsys.readouterr().out
    assert "small desk at reference, virtual time" in shown
    assert "8 calls of 1 scenario" in shown


@pytest.mark.parametrize(("given", "code"), [(BASELINE.stem, 0), (str(BASELINE), 0), ("none", 2)])
def test_a_baseline_is_given_by_its_name_or_its_file(given: str, code: int, good, capsys):
    assert run_command(["score", "good", "--baseline", given]) == code
    if code:
        assert "baselines/none.json: no such baseline" in capsys.readouterr().err


def test_a_baseline_that_is_older_than_a_scorer_still_holds_for_the_others(good, capsys):
    run = read_results(Path("good/results.json"))
    young = replace(run.calls[0].scores[0], scorer="young", outcome="fail", passed=False)
    calls = tuple(replace(c, scores=(*c.scores, young), passed=False) for c in run.calls)
    write_results(Path("good/results.json"), replace(run, calls=calls))
    capsys.readouterr()
    assert run_command(["baseline", "diff", "good"]) == 0
    said = capsys.readouterr().out
    assert "new, not compared: the baseline is older than this scorer" in said
    assert "(a scorer in a scenario) ended alike" in said
    alone = tuple(replace(c, scores=(young,)) for c in calls)  # no score that the baseline knows
    write_results(Path("good/results.json"), replace(run, calls=alone))
    assert run_command(["baseline", "diff", "good"]) == 2
    assert " → none" in capsys.readouterr().err


def test_a_gate_that_so_few_calls_cannot_break_is_refused_before_anybody_is_called(good, capsys):
    gates("gates: [{no_worse_than_baseline: {}}]\nconfirm: off")
    assert run_command(["run", "desk", "--out", "out", "--baseline", str(BASELINE)]) == 2
    said = capsys.readouterr().err
    assert "no_worse_than_baseline could not break, whatever these calls do: 1 of them" in said
    assert "Give --repeat 5, for the baseline's run too" in said
    assert not Path("out").exists()
    gates("gates: [new_failures <= 0]")
    assert run_command(["run", "desk", "--out", "out", "--baseline", str(BASELINE)]) == 0
    assert told() == [("new_failures <= 0", True)]


def test_a_worse_run_differs_from_its_baseline_with_exit_code_1(good, capsys):
    assert run_command(["baseline", "diff", "good"]) == 0
    said = capsys.readouterr().out
    assert "(a scorer in a scenario) ended alike" in said
    last = said.splitlines()[-1]
    assert last == (
        "Not worse than the baseline: 8 calls compared with its 8 (would have noticed: one "
        "scenario that always fails; a loss of 85 points over all calls)."
    )
    assert run_command(["baseline", "diff", str(spoilt(Path("good"), "bad"))]) == 1
    said = capsys.readouterr().out
    assert '8 of 8 → 0 of 8; "calm" passed every call and fails all now; chance does it' in said
    assert said.splitlines()[-1].startswith("Worse than the baseline: expectations 8 of 8 → 0 of 8")
    assert "p = " not in said
    assert run_command(["baseline", "diff", "bad", "--explain"]) == 1
    assert "p = 7.8e-05 of this scorer alone, to be at most" in capsys.readouterr().out
    assert "\nfails  expectations in calm (8 of 8 → 0 of 8): " in said
    assert said.count("\n  bad/calls/calm/001/index.html\n") == said.count("\nfails  ")
    assert run_command(["baseline", "save", "bad", "--as", "poor"]) == 0
    line = "baselines/poor.json: 8 calls of 1 scenario, 8 of them failed"
    assert capsys.readouterr().out == f"{line}\n"
    assert run_command(["baseline", "save", "good", "--as", "poor"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "baselines/poor.json: 8 calls of 1 scenario; replaces that of the run of "
    )
    assert said.endswith(" (8 calls of 1 scenario, 8 of them failed)\n")
    Path("baselines/poor.json").write_text("{}")
    assert run_command(["baseline", "save", "bad", "--as", "poor"]) == 0
    assert "; replaces a file that could not be read" in capsys.readouterr().out
    assert run_command(["baseline", "diff", "good", "--baseline", "poor"]) == 0
    assert "passes more  expectations in calm (0 of 8 → 8 of 8)" in capsys.readouterr().out


def test_a_diff_of_a_run_in_which_calls_are_missing_cannot_tell_for_sure(good, capsys):
    run = read_results(Path("good/results.json"))
    lost = (*run.calls[:7], replace(run.calls[7], status="not_called", passed=None, scores=()))
    for name, changed, code, said in (
        ("lost", replace(run, calls=lost), 3, "not every call took place: 1 not called"),
        ("stopped", replace(run, interrupted=True), 130, "place: the run was interrupted"),
    ):
        shutil.copytree("good", name)
        summed = replace(changed, summary=summarize(changed.calls))
        write_results(Path(name) / "results.json", summed)
        capsys.readouterr()
        assert run_command(["baseline", "diff", name]) == code
        assert said in capsys.readouterr().out


def test_a_diff_says_how_many_calls_were_compared_and_which_waits_were_not(good, capsys):
    run = read_results(Path("good/results.json"))
    later = tuple(replace(call, seed=call.seed + 500) for call in run.calls)
    more = (*later, replace(later[0], scenario="other"))
    write_results(Path("good/results.json"), replace(run, calls=more))
    before = read_baseline(BASELINE)
    (test, *_), (call, *_) = before.tests, before.calls
    two = replace(
        before,
        tests=(*before.tests, replace(test, scenario="two")),
        calls=(*before.calls, replace(call, scenario="two")),
    )
    write_baseline(Path("baselines/b.json"), two)
    capsys.readouterr()
    assert run_command(["baseline", "diff", "good", "--baseline", "b"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert "8 calls compared with its 8; 1 of its 2 scenarios was not called" in said
    assert "waits are not compared: no call has the caller" in said


def test_a_broken_scenario_is_called_again_before_the_run_is_red(desk, capsys):
    assert run_command(["run", "desk", "--repeat", "5", "--out", "before"]) == 1
    assert run_command(["baseline", "save", "before", "--as", "b"]) == 0
    path = Path("baselines/b.json")  # which says that everything passed
    text = path.read_text().replace('"fail"', '"pass"').replace('"passed":false', '"passed":true')
    path.write_text(text)
    gates("gates: [no_worse_than_baseline: {}]")
    command = ["run", "desk", "--baseline", str(path), "--out", "new"]
    capsys.readouterr()
    assert run_command(command) == 1
    said, told = capsys.readouterr()
    assert told.count("called again, as it looks worse than the baseline: wild (") == 4
    again = "passed 5 of 5 in the baseline, 0 of 1 now, 0 of 8 when called again"
    assert "no worse: expectations in wild" in said
    assert again in said
    assert "8 further calls made to confirm what looked worse." in said
    run = results_of(Path("new"))
    assert len(run["calls"]) == run["summary"]["calls"] == 2
    fresh = run["attempts"]
    assert [call["confirms"] for call in fresh] == [True] * 8
    assert [call["repeat"] for call in fresh] == list(range(5, 13))
    assert len({call["seed"] for call in fresh} - {call["seed"] for call in run["calls"]}) == 8
    assert all((Path("new") / call["recording"] / "index.html").exists() for call in fresh)
    assert not Path("new/.confirming").exists()
    assert run_command(["verify", "new"]) == 0
    capsys.readouterr()
    # the stored calls confirm it again
    assert run_command(["score", "new", "--baseline", str(path)]) == 1
    assert again in capsys.readouterr().out
    gates("gates: [no_worse_than_baseline: {}]\nconfirm: off")
    assert run_command([*command[:-1], "off", "--repeat", "5"]) == 1
    assert results_of(Path("off"))["attempts"] == []
    gates("gates: [no_worse_than_baseline: {}]\nconfirm: {calls: 3}")
    assert run_command([*command[:-1], "few"]) == 1
    assert "not confirmed: no more than 3 calls were made" in capsys.readouterr().out
    assert len(results_of(Path("few"))["attempts"]) == 3


def test_workers_of_other_machines_make_the_confirming_calls_too(desk, capfd):
    pytest.importorskip("distributed")
    assert run_command(["run", "desk", "--repeat", "5", "--out", "before"]) == 1
    assert run_command(["baseline", "save", "before", "--as", "b"]) == 0
    path = Path("baselines/b.json")  # which says that everything passed
    text = path.read_text().replace('"fail"', '"pass"').replace('"passed":false', '"passed":true')
    path.write_text(text)
    gates("gates: [no_worse_than_baseline: {}]\nconfirm: {calls: 2}")
    capfd.readouterr()
    with local_cluster(1) as (address, _):
        machines = ["--executor", "dask", "--scheduler", address]
        assert run_command(["run", "desk", "--baseline", str(path), "--out", "new", *machines]) == 1
    assert "not confirmed: no more than 2 calls were made" in capfd.readouterr().out
    fresh = read_results(Path("new/results.json")).attempts
    assert [call.repeat for call in fresh] == [5, 6]
    assert all(call.confirms and (Path("new") / call.recording).is_dir() for call in fresh)
    assert not Path("new/.confirming").exists()


def test_another_test_is_refused_before_anybody_is_called(good, capsys):
    scenario = Path("desk/calm.yaml")
    scenario.write_text(scenario.read_text().replace("silence: 0.3", "silence: 0.4"))
    assert run_command(["run", "desk", "--out", "out", "--baseline", str(BASELINE)]) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith(
        f"harness: error: {BASELINE}: scenario 'calm': is another test now (hash"
    )
    assert last.endswith("cannot be compared with; save a new one: harness baseline save DIR")
    assert not Path("out").exists()


def test_another_prompt_is_what_a_baseline_is_for(good, capsys):
    Path("desk/prompt.md").write_text("Say nothing, ever.\n")
    run = ["run", "desk", "--out", "out", "--repeat", "7", "--baseline", str(BASELINE)]
    assert run_command(run) == 0
    told = "All 7 calls passed. Not worse than the baseline (would have noticed: one scenario that "
    assert told in capsys.readouterr().out
    assert run_command([*run, "--force"]) == 0
    assert results_of(Path("out"))["calls"][0]["prompt_hash"] not in BASELINE.read_text()
    changed = "the prompt changed in 1 line"
    assert results_of(Path("out"))["changes"] == [changed]
    assert f"\nsince the baseline: {changed}\n" in capsys.readouterr().out
    page = Path("out/index.html").read_text()
    assert "Since the baseline: " in page
    assert "<summary>What changed in the prompt since the baseline</summary>" in page
    assert "<ins>" in page
    assert run_command(["baseline", "diff", "out"]) == 0
    said = capsys.readouterr().out
    assert "  − Stay quiet while nobody speaks.\n  + Say nothing, ever.\n" in said
    shutil.rmtree("out/calls")
    assert run_command(["baseline", "diff", "out"]) == 0
    assert "(in which lines is not known: no recording of the run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["baseline", "show"], "no baseline in baselines; make one: harness baseline save RUN"),
        (["baseline", "show", "x"], "baselines/x.json: no such baseline; make one"),
        (["baseline", "save", "desk"], "desk holds no run: neither results.json nor"),
        (["baseline", "diff", "desk"], "desk holds no run: neither results.json nor"),
    ],
)
def test_what_is_not_there_is_one_line(desk, capsys, arguments, said):
    assert run_command(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: {said}")


# --- GitHub --------------------------------------------------------------------------------------


def test_github_gets_annotations_at_the_scenario_and_a_summary(desk, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd().parent))
    assert run_command(["score", "out"]) == 1
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("::")]
    name = Path.cwd().name
    assert line.startswith(f"::error title=wild%3A failed,file={name}/desk/wild.yaml,line=")
    assert "%0A1 of 1 calls; out/calls/wild/001/index.html" in line
    assert "1 of 2 calls failed" in Path("summary.md").read_text()
    assert "[The report]" not in Path("summary.md").read_text()
    for name, value in (("SERVER_URL", "https://x"), ("REPOSITORY", "a/b"), ("RUN_ID", "7")):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    assert run_command(["score", "out"]) == 1
    report = "[The report](https://x/a/b/actions/runs/7#artifacts)"
    assert report in Path("summary.md").read_text()
    capsys.readouterr()
    assert run_command(["score", "out", "--no-github"]) == 1
    assert "::" not in capsys.readouterr().out


def test_outside_github_nothing_is_annotated_unless_asked_for(desk, capsys):
    assert run_command(["score", "out"]) == 1
    assert "::error" not in capsys.readouterr().out
    assert run_command(["score", "out", "--github"]) == 1
    assert "::error" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_one_line(desk, capsys):
    assert run_command(["score", "out", "--junit", "desk/suite.yaml/j.xml"]) == 3
    assert "harness: error: cannot write desk/suite.yaml/j.xml" in capsys.readouterr().err
