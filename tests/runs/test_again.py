"""Scoring stored calls again, and rescuing a run that was killed before it wrote its results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from support.offered import forget_installed, offer
from support.small_desk import small_desk

from harness.cli.main import run_command
from harness.errors import InputError, RecordingDamaged
from harness.judging.judge import judge
from harness.recording.manifest import load_manifest, store_manifest
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.results.model import CallResult, RunResults
from harness.results.store import read_results, write_results
from harness.runs.call_result import rescore, result_of, scores_of
from harness.runs.plan_file import Journal
from harness.runs.rescore import recorded_calls, score_again, with_later_calls

COUNTING = """
import gc
from harness.judging.scorers.base import Outcome, Score, Scorer, scorer

@scorer("in_memory", version=1)
class InMemory(Scorer):
    def score(self, call):
        gc.collect()
        kinds = [type(one).__name__ for one in gc.get_objects()]
        return Score(Outcome.PASS, "counted", value=float(kinds.count(KIND)))
"""
"""A scorer whose value is how many objects of a kind are in memory."""


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again")
    desk = small_desk(folder / "desk", one=0.3, two=0.3)
    run_command(["run", str(desk), "--out", str(folder / "run")])
    return folder / "run"


@pytest.fixture
def run_folder(whole_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole_run, tmp_path / "run"))


def stored(run_folder: Path, status: str) -> CallResult:
    """Return a recorded call of this status, from the results."""
    calls = read_results(run_folder / "results.json").calls
    return next(
        call for call in calls if call.status == status and (run_folder / call.recording).is_dir()
    )


def test_scoring_again_and_again_gives_the_same_bytes(run_folder):
    first = (run_folder / "results.json").read_bytes()
    score_again(run_folder)
    assert (run_folder / "results.json").read_bytes() == first


def test_scores_are_made_afresh_and_the_end_of_the_call_stays(run_folder):
    call = stored(run_folder, "completed")
    again = rescore(run_folder, replace(call, scores=(), passed=None, status_detail="as it was"))
    assert again.scores == scores_of(judge(read_recording(run_folder / call.recording)))
    assert again.scores
    assert again.status_detail == "as it was"


@pytest.mark.parametrize("status", ["harness_error", "caller_invalid"])
def test_a_call_that_does_not_count_stays_as_the_run_has_it(run_folder, status):
    call = replace(stored(run_folder, "completed"), status=status, status_detail="a bug", scores=())
    assert rescore(run_folder, call) == call


def test_a_call_without_a_recording_stays_as_the_run_has_it(run_folder):
    call = replace(stored(run_folder, "completed"), recording="calls/none/001")
    assert rescore(run_folder, call) == call


def test_a_recording_that_is_damaged_since_is_said_to_be(run_folder):
    call = stored(run_folder, "completed")
    (run_folder / call.recording / "events.jsonl").write_text("{broken\n")
    again = rescore(run_folder, call)
    assert (again.status, again.passed, again.scores) == ("harness_error", None, ())
    assert "events.jsonl: line 1" in again.status_detail


@pytest.mark.parametrize("place", ["../elsewhere", "/etc", ""])
def test_a_stored_path_must_not_lead_out_of_the_run(run_folder, place):
    path = run_folder / "results.json"
    results = read_results(path)
    spoilt = replace(results.calls[0], recording=place)
    write_results(path, replace(results, calls=(spoilt,)))
    with pytest.raises(RecordingDamaged, match="not a folder inside the run"):
        score_again(run_folder)


def test_a_run_without_results_is_rescued_from_the_recordings_that_can_be_read(run_folder):
    places = recorded_calls(run_folder)
    assert places == tuple(sorted(places))
    assert all(isinstance(place, PurePosixPath) for place in places)
    (run_folder / "results.json").unlink()
    damaged = run_folder / "calls" / "aaa" / "001"
    damaged.mkdir(parents=True)
    (damaged / "manifest.json").write_text("{")
    (run_folder / places[1] / "agent.flac").unlink()
    results = score_again(run_folder)
    assert not results.interrupted  # its plan is there, and all calls of it
    assert [call.recording for call in results.calls] == [place.as_posix() for place in places]
    assert [call.status for call in results.calls] == ["completed", "harness_error"]
    assert "agent.flac" in results.calls[1].status_detail
    assert read_results(run_folder / "results.json") == results


def test_calls_of_the_journal_stand_above_the_results_before_them(run_folder):
    path = run_folder / "results.json"
    whole = read_results(path)
    first, second = whole.calls
    lost = replace(first, status="socket_closed", scores=(), passed=None)
    write_results(path, replace(whole, calls=(lost,)))
    assert with_later_calls(run_folder).calls == (lost,)
    journal = Journal(run_folder)
    journal.add(second)
    journal.add(first)
    journal.close()
    assert with_later_calls(run_folder).calls == whole.calls


def test_a_folder_without_anything_to_rescue_is_an_error(tmp_path):
    with pytest.raises(RecordingDamaged, match="no recording to rescue"):
        score_again(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_stored_scenario_that_is_not_valid_any_more_is_said_to_be(run_folder):
    call = stored(run_folder, "completed")
    folder = run_folder / call.recording
    store_manifest(folder, replace(load_manifest(folder), scenario={"name": "one"}))
    again = rescore(run_folder, call)
    assert again.status == "harness_error"
    assert "the stored scenario is not valid here" in again.status_detail


def test_a_recording_without_an_end_was_killed(run_folder):
    folder = run_folder / stored(run_folder, "completed").recording
    store_manifest(folder, replace(load_manifest(folder), status=None, duration_s=None))
    result = result_of(judge(read_recording(folder)), "copy")
    assert (result.status, result.passed, result.scores) == ("harness_error", None, ())
    assert result.status_detail == "the recording ends without a status: it was killed"


def test_a_silent_agent_counts_and_fails_whatever_the_scorers_say(run_folder):
    folder = run_folder / stored(run_folder, "completed").recording
    store_manifest(folder, replace(load_manifest(folder), status=CallStatus.AGENT_SILENT))
    result = result_of(judge(read_recording(folder)), "copy")
    assert (result.status, result.passed) == ("agent_silent", False)


@pytest.mark.parametrize(
    ("scenario", "suite", "said"),
    [
        ({"scorers": {"word_limit": True}}, {}, "unknown scorer 'word_limit'"),
        ({}, {"language": "eo"}, "unknown language 'eo'"),
    ],
)
def test_what_is_not_installed_here_takes_no_verdict_away(run_folder, scenario, suite, said):
    folder = run_folder / stored(run_folder, "completed").recording
    there = load_manifest(folder)
    changed = {"scenario": {**there.scenario, **scenario}, "suite": {**there.suite, **suite}}
    store_manifest(folder, replace(there, **changed))
    before = (run_folder / "results.json").read_bytes()
    with pytest.raises(InputError, match=said):
        score_again(run_folder)
    assert (run_folder / "results.json").read_bytes() == before


def test_a_broken_package_takes_no_verdict_away(run_folder, tmp_path, monkeypatch, capsys):
    offer(monkeypatch, tmp_path, "theirs", "1 / 0", scorers="theirs = theirs:Theirs")
    before = (run_folder / "results.json").read_bytes()
    assert run_command(["score", str(run_folder)]) == 2
    forget_installed()
    (line,) = capsys.readouterr().err.splitlines()
    assert "scorer 'theirs': its package cannot be loaded: ZeroDivisionError" in line
    assert (run_folder / "results.json").read_bytes() == before


def with_copies(run_folder: Path, call: CallResult) -> tuple[CallResult, ...]:
    """Copy the recording of a call twelve times, and return the results of the copies."""
    places = [f"calls/copies/{number:03}" for number in range(12)]
    for place in places:
        shutil.copytree(run_folder / call.recording, run_folder / place)
    return tuple(replace(call, recording=place) for place in places)


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that installs the scorer that counts objects of a kind."""

    def install(kind: str) -> None:
        module = f"counting_{kind.lower()}"
        code, point = f"KIND = {kind!r}\n{COUNTING}", f"in_memory = {module}:InMemory"
        offer(monkeypatch, tmp_path, module, code, scorers=point)

    yield install
    forget_installed()


def in_memory(results: RunResults) -> list[float]:
    """Return the counts that the counting scorer found while it judged each call."""
    scores = (score for call in results.recorded for score in call.scores)
    return [score.value for score in scores if score.scorer == "in_memory"]


def test_a_stored_result_is_dropped_when_its_call_is_judged_again(run_folder, counting):
    counting("CallResult")
    path = run_folder / "results.json"
    copies = with_copies(run_folder, stored(run_folder, "completed"))
    write_results(path, replace(read_results(path), calls=copies))
    del copies
    found = in_memory(score_again(run_folder))
    assert len(found) == 12
    assert max(found) <= found[0] + 1


def test_a_manifest_is_dropped_when_its_call_is_rescued(run_folder, counting):
    counting("Manifest")
    with_copies(run_folder, stored(run_folder, "completed"))
    (run_folder / "results.json").unlink()
    (run_folder / "plan.json").unlink()
    found = in_memory(with_later_calls(run_folder))
    assert len(found) == 14
    assert max(found) <= min(found) + 3  # with those of the call before, not of all before it
