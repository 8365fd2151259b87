"""First attempts at calls for which the harness was too late survive a killed run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.small_desk import results_of, small_desk

from harness.cli.main import run_command
from harness.runs import call_ledger, recovery
from harness.runs.call_ledger import Progress
from harness.runs.call_result import left_out
from harness.runs.plan import RunPlan
from harness.runs.plan_file import JOURNAL, Journal, read_journal

LATE, LAST, FIRST = "timing_invalid", "calls/a/001", "calls/a/001-first"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a desk, and a run of one call, killed once the call was journaled."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setattr("harness.runs.run_suite.write_made", die)
        small_desk(Path("desk"), a=0.2)
        assert run_command(["run", "desk", "--out", "out"]) == 130
    return root


def die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def out(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")
    return Path("out")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls that are made from now on, which end well without anybody being called."""
    told: list[str] = []

    def make(plan: RunPlan, progress: Progress, _workers: object) -> object:
        results = []
        for job in plan.jobs:
            told.append(job.recording.as_posix())
            results.append(replace(left_out(job, ""), status="completed"))
            progress.ended(job, results[-1])
        return tuple(results), False

    monkeypatch.setattr("harness.runs.run_suite._made_calls", make)
    return told


def resumed(out: Path) -> list[list[str]]:
    """Resume a run; return the recordings of its calls and of its earlier attempts."""
    run_command(["run", "--resume", str(out)])
    found = results_of(out)
    return [[call["recording"] for call in found[kind]] for kind in ("calls", "attempts")]


def journal_of(out: Path, *statuses: str) -> None:
    """Let the journal hold the call with each of these ends, the last of which counts."""
    (call,) = read_journal(out).values()
    (out / JOURNAL).unlink()
    journal = Journal(out)
    for status in statuses:
        journal.add(replace(call, status=status))
    journal.close()


def test_a_first_attempt_outlives_a_kill_after_the_second(out, called):
    shutil.copytree(out / LAST, out / FIRST)
    assert resumed(out) == [[LAST], [FIRST]]
    assert called == []


def test_a_first_attempt_outlives_a_kill_during_the_second(out, called):
    (out / LAST).rename(out / FIRST)
    journal_of(out)
    assert resumed(out) == [[LAST], [FIRST]]
    assert called == [LAST]


@pytest.mark.parametrize("journaled", [(), (LATE,)], ids=["killed", "stopped"])
def test_a_call_that_still_was_to_be_made_again_is(out, called, monkeypatch, journaled):
    judged_late(monkeypatch)
    journal_of(out, *journaled)
    assert resumed(out) == [[LAST], [FIRST]]
    assert called == [LAST]
    assert results_of(out)["attempts"][0]["status"] == LATE
    assert (out / FIRST / "events.jsonl").exists()


@pytest.mark.parametrize("journaled", [(), (LATE,)], ids=["killed", "stopped"])
def test_a_second_attempt_is_the_last_whatever_its_end(out, called, monkeypatch, journaled):
    judged_late(monkeypatch)
    shutil.copytree(out / LAST, out / FIRST)
    journal_of(out, *journaled)
    assert resumed(out) == [[LAST], [FIRST]]
    assert called == []
    assert results_of(out)["calls"][0]["status"] == LATE


def test_a_first_attempt_that_was_put_back_is_told_once(out, monkeypatch):
    def make(plan: RunPlan, progress: Progress, _workers: object) -> object:
        (job,) = plan.jobs
        assert call_ledger.put_back(job, plan.out)
        assert not call_ledger.put_back(job, plan.out)
        result = replace(left_out(job, ""), status=LATE)
        progress.ended(job, result)
        return (result,), False

    monkeypatch.setattr("harness.runs.run_suite._made_calls", make)
    (out / LAST).rename(out / FIRST)
    journal_of(out)
    assert resumed(out) == [[LAST], []]
    assert (out / LAST / "events.jsonl").exists()


def test_a_folder_of_another_call_is_no_first_attempt_and_makes_room(out, called):
    (out / LAST).rename(out / FIRST)
    journal_of(out)
    manifest = out / FIRST / "manifest.json"
    told = orjson.loads(manifest.read_bytes())
    manifest.write_bytes(orjson.dumps(told | {"seed": told["seed"] + 1}))
    assert resumed(out) == [[LAST], []]
    assert not (out / FIRST).exists()


def test_score_of_a_killed_run_tells_first_attempts(out):
    (out / LAST).rename(out / FIRST)
    journal_of(out)
    assert run_command(["score", str(out)]) == 130
    found = results_of(out)
    assert [call["status"] for call in found["calls"]] == ["not_called"]
    assert [call["recording"] for call in found["attempts"]] == [FIRST]


def judged_late(patch: pytest.MonkeyPatch) -> None:
    """Let every judgement of a recording find that the harness was too late for the call."""

    def judged(*given: Any) -> object:
        plan, _work, _order, kept, _workers = given
        for job in plan.jobs:
            result = replace(left_out(job, ""), status=LATE)
            kept.ended(job, result)
        return (), False

    patch.setattr(recovery, "run_in_workers", judged)
