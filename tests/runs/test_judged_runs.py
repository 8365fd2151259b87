"""Runs compared with the first of them: the messages depend on how they were made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import good_call
from support.two_runs import calls, run

from harness.errors import UsageError
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.results.store import RESULTS, write_results
from harness.runs.compared_runs import Side, judge_runs, stored_sides


@pytest.mark.parametrize("aa", [False, True], ids=["two agents", "one agent with itself"])
def test_only_of_two_agents_it_is_said_when_a_loss_would_count(aa, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # if no noise floor is stored
    other = {} if aa else {"target_settings": {"target": "reference", "model": "another"}}
    a, b = run(calls("s", rule="+" * 10)), run(calls("s", rule="+" * 9 + "-"), **other)
    sides = [Side(key, key, one, Path(key), "", own=True) for key, one in (("a", a), ("b", b))]
    (contrast,) = judge_runs(sides, tmp_path, level=0.95, aa=aa).contrasts
    assert contrast.sentence == "No evidence that B differs from A in 10 pairs."
    assert contrast.takes.startswith("A loss of the size seen on rule (−10 points)") is not aa
    assert contrast.findings[0].repeats_to_count is not None


def compared(tmp_path: Path, a, b, **more):
    sides = [Side(key, key, one, Path(key), "") for key, one in (("a", a), ("b", b))]
    (contrast,) = judge_runs(sides, tmp_path, level=0.95, **more).contrasts
    return contrast


def test_stored_runs_without_a_call_in_common_are_compared_as_two_sets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = run(calls("s", rule="+" * 20)), run(calls("s", rule="-" * 20))
    others = tuple(replace(call, seed=100 + call.seed) for call in b.calls)
    contrast = compared(tmp_path, a, replace(b, calls=others))
    assert (contrast.paired, contrast.calls, contrast.verdict.value) == (False, (20, 20), "worse")
    assert contrast.notes[0].startswith("A and B are calls of different callers")
    lost = (*others[:-1], replace(others[-1], status="socket_closed"))
    stopped = replace(b, calls=lost, interrupted=True)
    contrast = compared(tmp_path, a, stopped)
    assert contrast.losses.startswith("A lost none of 20 calls; B lost 1 of 20 calls (1 ")
    assert contrast.losses.endswith(" and was stopped.")


def test_calls_that_agree_by_accident_are_compared_as_two_sets_if_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = run(calls("s", rule="+" * 20)), run(calls("s", rule="-" * 20))
    assert compared(tmp_path, a, b).paired
    assert not compared(tmp_path, a, b, unpaired=True).paired


def test_runs_of_other_scenarios_are_refused_unless_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = run(calls("one", rule="+" * 9)), run(calls("two", rule="+" * 9))
    with pytest.raises(UsageError, match=r"no call in common.*--unpaired"):
        compared(tmp_path, a, b)
    assert compared(tmp_path, a, b, unpaired=True).calls == (9, 9)


def test_stored_runs_whose_callers_were_spoken_by_other_engines_say_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, engine, prompt in (("old", "espeak 1.51", "p"), ("new", "piper 1.2", "q")):
        made = [replace(one, prompt_hash=prompt) for one in calls("one", rule="+" * 3)]
        Path(name).mkdir()
        write_results(Path(name) / RESULTS, run(made))
        recording = good_call().recording("one", seed=7, status=CallStatus.COMPLETED)
        manifest = replace(recording.manifest, engines={"caller": engine}, instructions=prompt)
        write_recording(Path(name) / made[0].recording, replace(recording, manifest=manifest))
    sides = stored_sides((Path("old"), Path("new")), Path("out"))
    assert [(side.prompt, side.voices) for side in sides] == [
        ("p", "espeak 1.51"), ("q", "piper 1.2")]  # fmt: skip
    (contrast,) = judge_runs(sides, Path("out"), level=0.95).contrasts
    assert (
        "The callers of A were spoken by espeak 1.51, those of B by piper 1.2: a difference may "
        "come from the callers."
    ) in contrast.notes
