"""A call that cannot be judged or drawn says so on its own page, and all others stay valid."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from support.call_script import record

from harness.cli.main import run_command
from harness.judging.judge import judge
from harness.recording.manifest import load_manifest
from harness.recording.model import Recording
from harness.recording.saving import write_recording
from harness.report.ci_formats import concerned_line
from harness.report.terminal import run_table
from harness.results.aggregate import Made, results_of
from harness.results.store import RESULTS, read_results, write_results
from harness.runs.call_result import result_of, scored
from harness.runs.rescore import score_again
from harness.timeline.build import build
from harness.timeline.model import Timeline

SCRIPT = """
0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?
6.5-7.5    caller: Yes, that's right.
"""
MADE = Made("2026-01-01T00:00:00+00:00", "mine", "virtual", {}, False, "")


def _no_number(recording: Recording) -> Recording:
    """Return a recording that no recorder of ours writes: a place on a track is no number."""
    first: Any = replace(recording.utterances[0], start="soon")
    return replace(recording, utterances=(first, *recording.utterances[1:]))


def _no_words(recording: Recording) -> Recording:
    first: Any = replace(recording.utterances[0], text=["no", "words"])
    return replace(recording, utterances=(first, *recording.utterances[1:]))


@pytest.fixture(params=[_no_number, _no_words], ids=["timeline", "words"])
def run_folder(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a run of three calls; judging the first call's recording raises."""
    folder, spoil = tmp_path / "run", request.param

    def built(recording: Recording) -> Timeline:
        first = recording.manifest.scenario["name"] == "first"
        return build(spoil(recording) if first else recording)

    calls = []
    for name in ("first", "second", "third"):
        recording = record(SCRIPT, scenario={"name": name})
        write_recording(folder / "calls" / name / "001", recording)
        calls.append(result_of(judge(recording), f"calls/{name}/001"))
    write_results(folder / RESULTS, results_of(tuple(calls), MADE))
    monkeypatch.setattr("harness.judging.judge.build", built)
    return folder


def test_the_report_shows_all_other_calls_and_keeps_the_traceback(run_folder: Path) -> None:
    assert run_command(["report", str(run_folder)]) == 0
    assert run_command(["report", str(run_folder), "--single-file"]) == 0
    first, *others = read_results(run_folder / RESULTS).calls
    page = (run_folder / first.recording / "index.html").read_text()
    assert "a bug in the harness broke the drawing of this call" in page
    assert "Error: " in page
    assert first.scores[0].reason in page
    trace = (run_folder / first.recording / "undrawn.txt").read_text()
    assert trace.startswith("Traceback")
    single = next(run_folder.glob("report-*.html")).read_text()
    assert "a bug in the harness broke the drawing of this call" in single
    for call in others:
        assert (
            "a bug in the harness" not in (run_folder / call.recording / "index.html").read_text()
        )
    assert first.scenario in (run_folder / "index.html").read_text()


def test_what_was_not_drawn_is_told_until_it_is_drawn(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = read_results(run_folder / RESULTS).calls[0]
    trace = run_folder / first.recording / "undrawn.txt"
    told = "bug in the harness broke the drawing of 1 call, whose verdicts stand: "
    asked = (["report", str(run_folder)], ["report", str(run_folder), "--single-file"])
    pages = (run_folder / "index.html", run_folder / "report-run.html")
    for words, page in zip(asked, pages, strict=True):
        assert run_command(words) == 0
        assert told in capsys.readouterr().err
        assert trace.is_file()
        assert told in page.read_text()
    assert told in told_by(run_folder)
    monkeypatch.setattr("harness.judging.judge.build", build)
    for words, page in zip(asked, pages, strict=True):
        trace.write_text("of an earlier report")
        assert run_command(words) == 0
        assert told not in capsys.readouterr().err
        assert not trace.exists()
        assert told not in page.read_text()
    assert told not in told_by(run_folder)


def told_by(run_folder: Path) -> str:
    console = Console(file=io.StringIO(), width=500)
    console.print(run_table(read_results(run_folder / RESULTS), run_folder))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_scoring_again_judges_all_other_calls(run_folder: Path) -> None:
    before = read_results(run_folder / RESULTS).calls
    first = score_again(run_folder).calls[0]
    assert (first.status, first.passed, first.scores) == ("harness_error", None, ())
    assert first.status_detail.startswith("bug in the harness: ")
    assert "Traceback" in first.status_detail
    assert read_results(run_folder / RESULTS).calls[1:] == before[1:]


def test_the_line_of_a_scenario_that_is_concerned_is_that_of_its_name(run_folder: Path) -> None:
    first = read_results(run_folder / RESULTS).calls[0]
    path = run_folder / "scenario.yaml"
    path.write_text("format: 1\nname: first\nturns:\n  - say: Hi.\n")
    call = replace(first, scenario_path=path.as_posix())
    assert any(score.evidence for score in call.scores)
    assert concerned_line(call, run_folder) == 2


def test_a_killed_run_is_rescued_without_the_call_that_cannot_be_scored(run_folder: Path) -> None:
    (run_folder / RESULTS).unlink()
    found = score_again(run_folder).calls
    assert [call.status for call in found] == ["harness_error", "completed", "completed"]


def test_a_recording_that_cannot_be_read_is_no_bug(tmp_path: Path) -> None:
    write_recording(tmp_path / "calls", record(SCRIPT))
    (tmp_path / "calls" / "events.jsonl").write_text("{broken\n")
    found = scored(tmp_path, "calls", load_manifest(tmp_path / "calls"))
    assert found.status == "harness_error"
    assert "events.jsonl" in found.status_detail
    assert "bug" not in found.status_detail
