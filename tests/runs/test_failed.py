"""`harness run --failed` repeats exactly the calls that did not pass, unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.ci_desk import ci_desk
from support.synthetic_run import good_call, result, run_results, score

from harness.errors import UsageError
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.results.model import CallResult, RunResults
from harness.results.store import write_results
from harness.runs.earlier_calls import failed_calls, plan_failed
from harness.runs.run_suite import RunRequest
from harness.scenario.catalog import find

FAILED, PASSED, OPEN = (score("preamble", word, "") for word in ("fail", "pass", "review"))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return ci_desk(tmp_path / "desk", good=("calm", "quiet"))


def call(desk: Path, name: str, *scores: Any, **more: Any) -> CallResult:
    more = {"suite": "small desk", "scenario_path": str(desk / f"{name}.yaml")} | more
    return replace(result(name, *scores), **more)


def stored(desk: Path, *calls: CallResult, **more: Any) -> Path:
    folder = desk.parent / "run"
    folder.mkdir(exist_ok=True)
    write_results(folder / "results.json", replace(run_results(calls), **more))
    return folder


def plan(folder: Path, target: str | None = None, **more: Any):
    return plan_failed(failed_calls(folder), RunRequest(**more), target=target)


def test_just_what_failed_or_did_not_count_is_called_with_its_own_seed_and_place(desk):
    folder = stored(
        desk,
        call(desk, "calm", PASSED),
        call(desk, "calm", FAILED, repeat=1, seed=8, recording="calls/calm/002"),
        call(desk, "calm", OPEN, repeat=2, passed=None),
        call(desk, "quiet", status="socket_closed", repeat=4, seed=11, recording="calls/q/005"),
    )
    found = plan(folder)
    assert [
        (job.loaded.scenario.name, job.repeat, job.seed, job.recording.as_posix(), job.condition)
        for job in found.jobs
    ] == [("calm", 1, 8, "calls/calm/002", ""), ("quiet", 4, 11, "calls/q/005", "")]
    assert (found.virtual, found.fault) == (True, None)


def test_clock_and_fault_are_those_of_the_run_and_a_target_may_be_another(desk):
    failing = call(desk, "calm", FAILED)
    folder = stored(desk, failing, clock="real", fault="late_answer")
    found = plan(folder)
    assert (found.virtual, found.fault, found.jobs[0].target.target) == (
        False, "late_answer", "reference",
    )  # fmt: skip
    with pytest.raises(UsageError, match="--fault works on the embedded reference agent only"):
        plan(folder, target="ws://127.0.0.1:9/x")


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/x", "ws://127.0.0.1:9/x?key=***"])
def test_a_target_without_a_name_here_is_called_by_its_stored_settings(desk, url):
    settings = {"format": 1, "target": "127.0.0.1:9", "url": url, "model": "m"}
    folder = stored(
        desk, call(desk, "calm", FAILED), target="127.0.0.1:9", target_settings=settings
    )
    if "***" in url:
        with pytest.raises(UsageError, match=r"called '127\.0\.0\.1:9', which is not known here"):
            plan(folder)
    else:
        assert (plan(folder).jobs[0].target.url, plan(folder).virtual) == (url, False)
    assert plan(folder, target="reference").virtual


def test_the_condition_of_a_call_is_that_of_its_recording(desk):
    (loaded,) = find((desk / "calm.yaml",))
    noisy = loaded.scenario.model_dump(mode="json", by_alias=True)
    bed, line = {"bed": "cafe", "snr_db": 5.0}, {"codec": "pcma"}
    talker = {"say": ["No."]}
    noisy["caller"] = {
        "noise": bed, "voice": {"rate": 1.5}, "line": line, "second_talker": talker,
    }  # fmt: skip
    recording = good_call().recording("calm", seed=7, status=CallStatus.COMPLETED)
    manifest = replace(recording.manifest, scenario=noisy, condition="loud")
    failing = call(desk, "calm", FAILED, condition="loud")
    folder = stored(desk, failing)
    with pytest.raises(UsageError, match="nothing here says what that is"):
        plan(folder)
    write_recording(folder / failing.recording, replace(recording, manifest=manifest))
    (job,) = plan(folder).jobs
    caller = job.loaded.scenario.caller
    assert (job.condition, caller.noise.bed, caller.noise.snr_db, caller.voice.rate) == (
        "loud", "cafe", 5.0, 1.5,
    )  # fmt: skip
    assert caller.line.codec == "pcma"
    assert caller.second_talker.say == ("No.",)


MODES = """format: 1
target: modes
matrix:
  turn_detection: [server_vad, none]
"""


@pytest.mark.parametrize("old", [False, True], ids=["cell", "cell told as a condition"])
def test_a_call_of_a_matrix_is_made_again_in_its_cell_alone(desk, old):
    (desk / "targets").mkdir()
    (desk / "targets" / "modes.yaml").write_text(MODES)
    failing = call(desk, "calm", FAILED, condition="none", cell="" if old else "none")
    if old:
        held = good_call().recording("calm", seed=7, status=CallStatus.COMPLETED)
        manifest = replace(held.manifest, scenario={"name": "calm"}, condition="none")
        write_recording(desk.parent / "run" / failing.recording, replace(held, manifest=manifest))
    folder = stored(desk, failing, target="modes")
    (job,) = plan(folder).jobs
    assert job.target.session.turn_detection == job.condition == job.cell == "none"
    lost = replace(failing, cell="semantic_vad", condition="semantic_vad")
    write_results(folder / "results.json", replace(run_results((lost,)), target="modes"))
    with pytest.raises(UsageError, match="target modes: its matrix has no cell 'semantic_vad' any"):
        plan(folder)


def gone(desk: Path, run: RunResults) -> RunResults:
    (desk / "calm.yaml").unlink()
    return run


def renamed(desk: Path, run: RunResults) -> RunResults:
    path = desk / "calm.yaml"
    path.write_text(path.read_text().replace("name: calm", "name: calmer"))
    return run


REFUSED = [
    (gone, "called scenarios that are not here any more: .*calm.yaml; run this where"),
    (renamed, "called scenarios that are not there any more: 'calm' in .*calm.yaml"),
    (lambda _, run: replace(run, target="a, b"), "holds calls of several agents .a, b., which"),
    (lambda _, run: replace(run, fault="x, y"), "reference; faults: x, y.*`pytest --lf`"),
    (lambda desk, run: replace(run, calls=(call(desk, "calm", PASSED),)), "nothing failed in"),
    (
        lambda desk, run: replace(run, calls=(call(desk, "calm", PASSED),), interrupted=True),
        "nothing failed in .* before the run was stopped, .*make the whole run again",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), REFUSED)
def test_what_cannot_be_called_again_is_one_line(desk, spoil, said):
    folder = desk.parent / "run"
    folder.mkdir()
    run = spoil(desk, run_results((call(desk, "calm", FAILED),)))
    write_results(folder / "results.json", run)
    with pytest.raises(UsageError, match=said) as caught:
        plan(folder)
    assert "\n" not in str(caught.value)


def test_the_earlier_run_is_not_written_over(desk):
    folder = stored(desk, call(desk, "calm", FAILED))
    with pytest.raises(UsageError, match="is the run that --failed reads; give another folder"):
        plan(folder, out=folder)


def test_imported_calls_are_not_called(desk):
    folder = stored(desk, call(desk, "calm", FAILED, call="0017"))
    with pytest.raises(UsageError) as refused:
        failed_calls(folder)
    assert str(refused.value) == (
        f"{folder} holds calls that were imported: nobody can call them again; "
        f"`harness score {folder}` judges them anew"
    )
