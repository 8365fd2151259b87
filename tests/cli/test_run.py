"""A whole run on the command line, its files, and judging it again."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.profiled import functions_called
from support.small_desk import results_of, small_desk, statuses

from harness.cli.main import Exit, run_command
from harness.cli.run_output import exit_code
from harness.recording import provenance as recording
from harness.recording.manifest import load_manifest, store_manifest
from harness.results.aggregate import summarize
from harness.results.model import FORMAT, CallResult, RunResults
from harness.scenario.identity import own_seed

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"


@pytest.fixture(scope="module")
def good_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a shipped scenario with two repeats, in a folder that is hard to spell."""
    out = tmp_path_factory.mktemp("läufe und mehr") / "erster lauf"
    arguments = ["run", str(DESK), "--scenario", "nobody there", "--repeat", "2"]
    assert run_command([*arguments, "--out", str(out)]) == 0
    return out


@pytest.fixture
def run_folder(good_run: Path, tmp_path: Path) -> Path:
    """A copy of that run, to be spoilt."""
    return Path(shutil.copytree(good_run, tmp_path / "run"))


def read_here(arguments: list[str]) -> int:
    """Return how many recordings a command reads in this process; it must end well."""
    with functions_called() as called:
        assert run_command(arguments) == 0
    return called["read_recording"]


def test_the_pages_of_a_run_are_written_without_reading_its_recordings(tmp_path):
    run = tmp_path / "run"
    calls = ["run", str(DESK), "--scenario", "nobody there", "--out", str(run), "--force"]
    assert read_here(calls) == 0
    page = run / "calls/nobody-there/001/index.html"
    drawn = page.read_bytes()
    assert read_here(["report", str(run)]) == 1
    assert page.read_bytes() == drawn
    assert read_here([*calls, "--keep", "none"]) == 0
    assert not (page.parent / "call.flac").exists()


def test_a_run_leaves_results_a_report_and_a_folder_per_call(good_run):
    results = results_of(good_run)
    assert {"format", "harness_version", "started_at", "target", "calls", "summary"} <= set(results)
    assert results["target"] == "reference"
    assert results["interrupted"] is False
    first = own_seed("order_desk", "nobody there", 7)
    seeds = [(call["repeat"], call["seed"]) for call in results["calls"]]
    assert seeds == [(0, first), (1, first + 1)]
    for call in results["calls"]:
        folder = good_run / call["recording"]
        assert {"manifest.json", "events.jsonl", "agent.flac"} <= {p.name for p in folder.iterdir()}
        assert (folder / "index.html").exists()
        score = call["scores"][0]
        assert {"scorer", "version", "passed", "value", "unit", "reason", "evidence"} <= set(score)
    assert (good_run / "index.html").exists()


def test_scoring_and_reporting_again_change_nothing(run_folder, capsys):
    before = {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()}
    assert run_command(["score", str(run_folder)]) == 0
    assert run_command(["report", str(run_folder)]) == 0
    after = {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()}
    changed = [path.name for path in before if before[path] != after.get(path)]
    assert [name for name in changed if not name.endswith(".html")] == []
    assert set(after) == set(before)
    assert str(run_folder / "index.html") in capsys.readouterr().out


def test_the_command_on_a_call_page_calls_the_target_file_that_was_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", first=0.3)
    (tmp_path / "my agents").mkdir()
    (tmp_path / "my agents" / "slow.yaml").write_text("format: 1\ntarget: slower than before\n")
    target = "my agents/slow.yaml"
    assert run_command(["run", "desk", "--target", target, "--out", "out"]) == Exit.GATE_FAILED
    (page,) = (tmp_path / "out" / "calls").rglob("index.html")
    said = html.unescape(page.read_text(encoding="utf-8"))
    command = re.search(r"harness (run desk/first\.yaml [^<]+)", said)[1]
    assert run_command([*shlex.split(command), "--out", "again"]) == Exit.GATE_FAILED
    assert results_of(tmp_path / "again")["target"] == "slower than before"


def test_another_run_into_the_folder_is_refused_and_changes_nothing(run_folder, capsys):
    before = (run_folder / "results.json").read_bytes()
    assert run_command(["run", str(DESK), "--out", str(run_folder)]) == 2
    assert "already holds a run; give another --out, or --force" in capsys.readouterr().err
    assert (run_folder / "results.json").read_bytes() == before


def test_force_replaces_the_run_and_leaves_everything_else(run_folder, tmp_path):
    (run_folder / "notes.txt").write_text("mine")
    (run_folder / "calls" / "my own").mkdir()
    (run_folder / "calls" / "my own" / "list.txt").write_text("mine too")
    desk = small_desk(tmp_path / "desk", other=0.3)
    options = ["--out", str(run_folder), "--force"]
    run_command(["run", str(desk), *options])
    assert [name for name, _ in statuses(run_folder)] == ["other"]
    assert (run_folder / "notes.txt").read_text() == "mine"
    assert (run_folder / "calls" / "my own" / "list.txt").read_text() == "mine too"
    assert not (run_folder / "calls" / "nobody-there").exists()


def test_a_relative_folder_is_taken_from_where_the_command_runs(tmp_path, monkeypatch, capsys):
    small_desk(tmp_path / "scenarios" / "ein Büro", quiet=0.3)
    monkeypatch.chdir(tmp_path)
    run_command(["run", "--out", "a/b"])
    assert "report: a/b/index.html" in capsys.readouterr().out
    assert statuses(tmp_path / "a" / "b") == [("quiet", "completed")]
    run_command(["run"])
    (dated,) = (tmp_path / "reports").iterdir()
    assert (dated / "index.html").exists()


@pytest.mark.parametrize("blocked", ["file/run", "/proc/run"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys, blocked):
    small_desk(tmp_path / "desk", quiet=0.3)
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run_command(["run", "desk", "--out", blocked]) == 3
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"harness: error: cannot write {blocked}: ")


def test_a_missing_fixture_is_the_result_of_its_call(tmp_path, capsys):
    desk = small_desk(tmp_path / "desk", quiet=0.3)
    (desk / "recorded.yaml").write_text(
        "format: 1\nname: recorded\ncaller: {voice: {engine: fixture}}\n"
        "turns:\n  - say: Nobody ever recorded this.\n"
    )
    assert run_command(["run", str(desk), "--out", str(tmp_path / "out")]) == 3
    assert statuses(tmp_path / "out") == [("quiet", "completed"), ("recorded", "caller_invalid")]
    (line,) = [text for text in capsys.readouterr().err.splitlines() if "recorded" in text]
    assert "----  recorded: caller_invalid: speech engine fixture failed" in line


def test_the_order_of_results_is_the_order_of_the_files_whoever_ends_first(tmp_path):
    desk = small_desk(tmp_path / "desk", a=40, b=0.3, c=0.3, d=0.3)
    run_command(["run", str(desk), "--out", str(tmp_path / "out"), "--concurrency", "3"])
    assert [name for name, _ in statuses(tmp_path / "out")] == ["a", "b", "c", "d"]


def test_a_planted_fault_fails_the_gate(tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["run", str(DESK), "--scenario", "straight lookup", "--fault", "no_preamble"]
    assert run_command([*arguments, "--out", str(out)]) == 1
    output = capsys.readouterr()
    assert "FAIL  straight lookup: preamble:" in output.err
    assert "1 of 1 call failed: preamble" in output.out
    assert results_of(out)["fault"] == "no_preamble"
    call = out / results_of(out)["calls"][0]["recording"]
    assert json.loads((call / "manifest.json").read_text())["fault"] == "no_preamble"
    assert "with the planted fault no_preamble" in (out / "index.html").read_text()
    assert "Planted fault" in (call / "index.html").read_text()


def test_the_embedded_agent_in_real_time_is_a_process_that_ends_with_the_run(tmp_path, capfd):
    desk = small_desk(tmp_path / "desk", quiet=0.3)
    run_command(["run", str(desk), "--real-time", "--out", str(tmp_path / "out")])
    assert statuses(tmp_path / "out") == [("quiet", "completed")]
    assert results_of(tmp_path / "out")["clock"] == "real"
    assert capfd.readouterr().err.splitlines() == ["[1/1] ----  quiet: completed"]


# the damage to the run, and the output of `harness score` and `harness report` then
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "results.json: not JSON: "),
        ("[]", "results.json: not a file of the harness: no 'format'"),
        ('{"format": 99}', "results.json: format 99 is newer than this harness reads"),
        ('{"format": 1}', "results.json: "),
    ],
)
@pytest.mark.parametrize("command", ["score", "report"])
def test_results_that_cannot_be_read_are_one_line(run_folder, capsys, command, text, said):
    (run_folder / "results.json").write_text(text)
    assert run_command([command, str(run_folder)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: cannot read {run_folder}/{said}")
    assert (run_folder / "results.json").read_text() == text


def test_a_damaged_recording_spoils_its_own_call_only(run_folder, capsys):
    before = results_of(run_folder)["calls"]
    (run_folder / before[0]["recording"] / "agent.wav").write_bytes(b"RIFF")
    assert run_command(["score", str(run_folder)]) == 3
    first, second = results_of(run_folder)["calls"]
    assert first["status"] == "harness_error"
    assert "agent.wav" in first["status_detail"]
    assert first["passed"] is None
    assert second == before[1]
    assert run_command(["report", str(run_folder)]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_a_run_is_exported_into_one_file(run_folder, tmp_path, capsys):
    assert run_command(["report", str(run_folder), "--single-file"]) == 0
    path = run_folder / "report-run.html"
    said = capsys.readouterr()
    assert said.out.strip() == str(path)
    size_kb = round(path.stat().st_size / 1000)
    assert said.err.strip() == f"{size_kb} kB, 2 calls, none with audio"
    other = str(tmp_path / "sent.html")
    assert run_command(["report", "--single-file", str(run_folder), "--out", other]) == 0
    assert (tmp_path / "sent.html").read_bytes() == path.read_bytes()


def test_one_call_is_exported_by_its_folder_or_its_page(run_folder, tmp_path, capsys):
    place = results_of(run_folder)["calls"][0]["recording"]
    other = str(tmp_path / "call.html")
    base = ["report", str(run_folder), "--single-file", "--call"]
    for named in (place, str(run_folder / place), f"{run_folder / place}/index.html#t=1.0"):
        assert run_command([*base, named, "--out", other]) == 0
        assert "1 call, 1 with audio" in capsys.readouterr().err
    assert run_command([*base, "calls/nobody"]) == 2
    said = capsys.readouterr().err
    assert (
        f"--call calls/nobody: no call of {run_folder}; expected a folder such as {place}" in said
    )


def test_a_run_that_was_killed_is_scored_before_it_is_reported(run_folder, capsys):
    (run_folder / "results.json").unlink()
    assert run_command(["report", str(run_folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "holds recordings but no results.json" in line
    (run_folder / "journal.jsonl").touch()  # which it removes last
    assert run_command(["score", str(run_folder)]) == 130
    assert run_command(["report", str(run_folder)]) == 0
    assert results_of(run_folder)["interrupted"] is True


def test_score_says_which_calls_keep_their_verdicts_as_their_recordings_are_gone(
    run_folder, capsys
):
    before = results_of(run_folder)["calls"]
    shutil.rmtree(run_folder / before[1]["recording"])
    assert run_command(["score", str(run_folder)]) == 0
    said = "1 of 2 calls were not judged again: their recordings are missing, and their verdicts"
    place = run_folder / before[1]["recording"]
    assert capsys.readouterr().err.splitlines() == [
        f"{said} stay as they were; first: {place}",
        f"the pages still show the previous verdicts; run `harness report {run_folder}`",
    ]
    assert results_of(run_folder)["calls"] == before


def test_results_that_were_cut_short_are_made_again_as_the_error_says(run_folder, capsys):
    results = run_folder / "results.json"
    before = results_of(run_folder)
    results.write_bytes(results.read_bytes()[:3000])
    for command in ("score", "report"):
        assert run_command([command, str(run_folder)]) == 3
        (line,) = capsys.readouterr().err.splitlines()
        again = f"`harness score {run_folder}` makes it again from the recordings"
        assert line.endswith(f"; remove it, and {again}")
    results.unlink()
    assert run_command(["score", str(run_folder)]) == 0
    assert "interrupted" not in capsys.readouterr().out
    assert results_of(run_folder)["calls"] == before["calls"]


@pytest.mark.parametrize("lost", ["folder", "end"])
def test_a_run_whose_results_are_lost_is_not_over_where_a_call_is_not(run_folder, lost):
    place = run_folder / results_of(run_folder)["calls"][0]["recording"]
    (run_folder / "results.json").unlink()
    if lost == "folder":
        shutil.rmtree(place)
    else:
        manifest = load_manifest(place)
        store_manifest(place, replace(manifest, status=None))
    assert run_command(["score", str(run_folder)]) == 130
    assert results_of(run_folder)["interrupted"] is True


def test_a_recording_of_a_newer_format_is_said_to_be_one(run_folder):
    place = run_folder / results_of(run_folder)["calls"][0]["recording"] / "manifest.json"
    written = place.read_text()
    place.write_text(written.replace(f'"format": {recording.FORMAT}', '"format": 9', 1))
    assert run_command(["score", str(run_folder)]) == 3
    assert "recording format 9" in results_of(run_folder)["calls"][0]["status_detail"]


def call(status: str, passed: bool | None) -> CallResult:
    return CallResult("one", "one.yaml", 0, 7, status, "", "calls/one/001", 1.0, passed)


@pytest.mark.parametrize(
    ("calls", "interrupted", "code"),
    [
        ((call("completed", True),), False, Exit.OK),
        ((call("completed", True), call("completed", False)), False, Exit.GATE_FAILED),
        ((call("agent_silent", False),), False, Exit.GATE_FAILED),
        ((call("completed", None),), False, Exit.GATE_FAILED),
        ((call("completed", False), call("socket_closed", None)), False, Exit.FAILURE),
        ((call("caller_invalid", None),), False, Exit.FAILURE),
        ((), False, Exit.FAILURE),
        ((), True, Exit.INTERRUPTED),
        ((call("completed", False),), True, Exit.INTERRUPTED),
    ],
)
def test_exit_codes_are_as_documented(calls, interrupted, code):
    summary = summarize(calls)
    results = RunResults(
        FORMAT, "1", "2026-01-01", "reference", "virtual", interrupted, calls, summary
    )
    assert exit_code(results) is code


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("--concurrency some", "expected auto, or a number from 1 to 200, got 'some'"),
        ("--concurrency 201", "expected auto, or a number from 1 to 200, got '201'"),
        ("--concurrency 0", "expected auto, or a number from 1 to 200, got '0'"),
        ("--concurrency ²", "expected auto, or a number from 1 to 200, got '²'"),
        ("--concurrency auto --executor dask", "--concurrency auto measures this machine"),
        ("--concurrency auto --resume .", "--concurrency auto does not go with --resume"),
    ],
)
def test_a_concurrency_that_cannot_be_is_refused_in_one_line(
    said: str, problem: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", *said.split()]) == Exit.USAGE
    (line,) = capfd.readouterr().err.splitlines()
    assert problem in line


def test_calls_and_report_are_shown_by_one_style_of_path(tmp_path, monkeypatch, capsys):
    here = tmp_path / "here"
    desk = small_desk(here / "desk", a=0.2)
    monkeypatch.chdir(here)
    nobody = ["--target", "ws://127.0.0.1:9/v1/realtime"]
    for out, shown in ((tmp_path / "out", tmp_path / "out"), (here / "in", Path("in"))):
        run_command(["run", str(desk), *nobody, "--out", str(out)])
        printed = capsys.readouterr().out.splitlines()
        assert printed[-1] == f"report: {shown / 'index.html'}"
        assert f"  {shown}/calls/a/001/index.html" in printed
