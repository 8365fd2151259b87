"""Whether our own lateness matters is found when a call is judged, and may be found otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.call_script import record

from harness.judging.judge import judge
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus, Lateness
from harness.recording.saving import write_recording
from harness.runs.call_result import rescore, result_of

FOLDER = "calls/a/001"


def call(took_s: float, late: str, **changes) -> Recording:
    script = f"0.0-2.0 caller: Hello?\n{2 + took_s}-6.0 agent: Hi.\n{late}"
    return record(script, **changes)


NEAR = call(1.52, "2.1-2.2 late: [frames 0.03]")
STALL = call(0.8, "1.1-1.2 late: [frames 0.3]")


@pytest.mark.parametrize(
    ("recording", "status", "passed", "told"),
    [
        (call(0.8, "2.1-2.2 late: [frames 0.03]"), "completed", True, ""),
        (call(1.6, "2.1-2.2 late: [frames 0.03]"), "completed", False, ""),
        (NEAR, "timing_invalid", None, "time_to_first_audio: an answer took 1.520 s ± 30 ms"),
        (STALL, "timing_invalid", None, "our stream stood still for 0.30 s"),
        (
            call(1.52, "2.1-2.2 late: [frames 0.03]", status=CallStatus.SOCKET_CLOSED),
            "socket_closed",
            None,
            "",
        ),
    ],
)
def test_a_call_does_not_count_only_where_our_lateness_decides(recording, status, passed, told):
    found = result_of(judge(recording), FOLDER)
    assert (found.status, found.passed) == (status, passed)
    assert found.status_detail.startswith(told)
    assert ("--concurrency" in found.status_detail) is bool(told)
    assert bool(found.scores) is (status == "completed")
    assert found.usage is not None


def stored(folder: Path, recording: Recording) -> None:
    write_recording(folder / FOLDER, recording)


def test_it_is_judged_anew_with_the_others(tmp_path):
    invalid = result_of(judge(NEAR), FOLDER)
    stored(tmp_path, NEAR)
    assert rescore(tmp_path, invalid) == invalid
    scenario = {**NEAR.manifest.scenario, "limits": {"time_to_first_audio_s": 2.0}}
    stored(tmp_path, replace(NEAR, manifest=replace(NEAR.manifest, scenario=scenario)))
    counted = rescore(tmp_path, invalid)
    assert (counted.status, counted.status_detail, counted.passed) == ("completed", "", True)
    stored(tmp_path, NEAR)
    assert rescore(tmp_path, counted) == invalid


@pytest.mark.parametrize("ended", [CallStatus.TIMING_INVALID, None])
def test_what_an_older_harness_found_invalid_stays_so(tmp_path, ended):
    old = Lateness(300, 0.0002, 0.011, 0.03)
    recording = call(0.8, "", status=ended)
    recording = replace(recording, manifest=replace(recording.manifest, clock="real", lateness=old))
    result = replace(
        result_of(judge(recording), FOLDER), status="timing_invalid", status_detail="late"
    )
    stored(tmp_path, recording)
    assert rescore(tmp_path, result).status == "timing_invalid"


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (CallStatus.COMPLETED, "completed"),
        (CallStatus.SOCKET_CLOSED, "socket_closed"),
        (CallStatus.INTERRUPTED, "interrupted"),
        (None, "interrupted"),
    ],
)
def test_a_call_that_was_over_when_its_run_was_stopped_is_judged(tmp_path, recorded, expected):
    whole = call(0.8, "", status=recorded)
    stored(tmp_path, whole)
    judged = result_of(judge(whole), FOLDER)
    given_up = replace(
        judged,
        status="interrupted",
        status_detail="stopped before it was over",
        duration_s=None,
        passed=None,
        scores=(),
        usage=None,
    )
    found = rescore(tmp_path, given_up)
    assert found.status == expected
    assert found == (judged if expected != "interrupted" else given_up)
    (tmp_path / FOLDER / "manifest.json").write_text("{")
    assert rescore(tmp_path, given_up) == given_up
