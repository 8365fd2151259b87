"""Calls that were over when their run was killed are transcribed, whichever command judges them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.call_script import record
from support.offered import forget_installed, offer
from support.small_desk import results_of, small_desk

from harness.cli.main import run_command
from harness.errors import InputError
from harness.judging.judge import judge
from harness.recording.manifest import (
    HEARD,
    load_manifest,
    load_recognition,
    store_manifest,
)
from harness.recording.model import Recording
from harness.recording.saving import write_recording
from harness.results.model import CallResult, ScoreResult
from harness.results.store import RESULTS, read_results, write_results
from harness.results.verdicts import score_result
from harness.runs.plan_file import JOURNAL, LOAD_TEST, Journal, read_plan, write_plan
from harness.runs.rescore import score_again

CALL = "calls/first/001"

SCRIPT = """
0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?
6.5-7.5    caller: Yes, that's right.
8.3-9.3    agent: Let me look that up for you.
8.9-10.4   lookup_order order_id=ORD-4715B
"""

EARS = """
from harness.speech.base import RecognizedSegment

class Ears:
    name, version = "ears", "1"

    def hear(self, audio):
        if FAIL:
            raise ValueError("no ears today")
        return (RecognizedSegment(WORDS, 0.0, 1.0),)
"""

WORDS = "I have O, R, D, dash, 9, 9, 9, 9, B. Is that right?"


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()


def over(folder: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> Recording:
    """Record a call to its end in a run's folder, of a suite whose ears hear another value."""
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(folder.parent / "cache"))
    code = f"WORDS, FAIL = {WORDS!r}, {fails}\n{EARS}"
    module = "failing_ears" if fails else "good_ears"
    offer(monkeypatch, folder.parent, module, code, recognizers=f"ears = {module}:Ears")
    recording = record(SCRIPT, suite={"recognizer": "ears"}, listened=False)
    write_recording(folder / CALL, recording)
    return recording


def reasons(scores: Iterable[ScoreResult]) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in scores]


def judged(recording: Recording) -> list[tuple[str, str]]:
    found = judge(recording).judgements
    return reasons(score_result(one.scorer, one.score) for one in found)


def only(run: Path) -> CallResult:
    (call,) = read_results(run / RESULTS).calls
    return call


def test_a_killed_call_is_judged_by_what_its_own_recognizer_hears(tmp_path, monkeypatch):
    run, told = tmp_path / "run", []
    unheard = over(run, monkeypatch)
    score_again(run, tell=told.append)
    heard = load_recognition(run / CALL)
    assert heard is not None
    assert heard.engine == "ears"
    assert {line.text for line in heard.lines} == {WORDS}
    found = reasons(only(run).scores)
    assert found == judged(replace(unheard, recognition=heard)) != judged(unheard)
    assert told == ["listening to 1 call that nobody listened to before the run was stopped"]
    before = (run / RESULTS).read_bytes()
    score_again(run, tell=told.append)
    assert (run / RESULTS).read_bytes() == before
    assert len(told) == 1


def test_a_recognizer_that_fails_is_the_result_of_its_call_as_in_any_run(tmp_path, monkeypatch):
    run = tmp_path / "run"
    over(run, monkeypatch, fails=True)
    score_again(run)
    assert (only(run).status, only(run).scores) == ("harness_error", ())
    assert "ValueError: no ears today" in only(run).status_detail


def test_a_recognizer_that_is_not_here_keeps_the_run_as_it_is(tmp_path, monkeypatch):
    run = tmp_path / "run"
    write_recording(run / CALL, record(SCRIPT, suite={"recognizer": "elsewhere"}, listened=False))
    with pytest.raises(InputError, match="unknown recognizer 'elsewhere'"):
        score_again(run)
    assert not (run / RESULTS).exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of two calls that was killed when both were over and none was judged."""
    folder = tmp_path_factory.mktemp("unheard")
    desk = small_desk(folder / "desk", one=0.2, two=0.2)
    run_command(["run", str(desk), "--out", str(folder / "run")])
    for call in read_results(folder / "run" / RESULTS).calls:
        place = folder / "run" / call.recording
        (place / HEARD).unlink()
        manifest = load_manifest(place)
        del manifest.contents[HEARD]
        store_manifest(place, manifest)
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def heard(run: Path) -> list[bool]:
    calls = read_results(run / RESULTS).calls
    return [(run / call.recording / HEARD).exists() for call in calls]


def test_what_score_makes_of_a_killed_run_is_what_resume_makes_of_it(run, tmp_path):
    (run / RESULTS).unlink()
    (run / JOURNAL).touch()
    other = shutil.copytree(run, tmp_path / "other")
    run_command(["score", str(run)])
    run_command(["run", "--resume", str(other)])
    assert heard(run) == heard(other) == [True, True]
    scored, resumed = results_of(run), results_of(other)
    assert scored["calls"] == resumed["calls"]


def test_calls_that_a_killed_resume_made_are_judged_too(run, capsys):
    """Results are those of the stop before it; its journal and recordings are newer."""
    whole = read_results(run / RESULTS)
    gone = tuple(replace(c, status="not_called", passed=None, scores=()) for c in whole.calls)
    write_results(run / RESULTS, replace(whole, calls=gone, interrupted=True))
    journal = Journal(run)
    journal.add(whole.calls[0])
    journal.close()
    assert run_command(["score", str(run)]) == 130
    assert read_results(run / RESULTS).calls == whole.calls
    assert heard(run) == [False, True]  # the first was judged as its run wanted it
    assert "listening to 1 call " in capsys.readouterr().err


@pytest.mark.parametrize("plan", [True, False])
def test_nobody_listens_to_a_load_test(run, plan):
    if plan:
        write_plan(run, replace(read_plan(run), command=LOAD_TEST))
    else:
        (run / "plan.json").unlink()
        (run / "load.json").write_text("{}")
    (run / RESULTS).unlink()
    score_again(run)
    assert heard(run) == [False, False]
