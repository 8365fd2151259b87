"""A recording -> the scores of one call: the way of every run and of every later re-scoring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.errors import HarnessError
from harness.recording.model import CallStatus, Manifest, Recording
from harness.recording.store import read_recording
from harness.results.convert import COUNTED, call_passed, counts, score_result
from harness.results.model import CallResult, ScoreResult
from harness.scorers.call import scored_call
from harness.scorers.registry import judge, scorers_for
from harness.timeline.usage import usage


def score_recording(recording: Recording) -> tuple[ScoreResult, ...]:
    """Judge one recording with every scorer; calls whose status does not count are not judged."""
    status = recording.manifest.status
    if status is None or status.value not in COUNTED:
        return ()
    call = scored_call(recording)
    return tuple(
        score_result(scorer.scorer_name, scorer.scorer_version, score)
        for scorer, score in judge(call, scorers_for(call.scenario))
    )


def result_of(recording: Recording, folder: str) -> CallResult:
    """Return the result of one recorded call; ``folder`` is its place relative to results.json."""
    manifest = recording.manifest
    scores = score_recording(recording)
    if manifest.status is None:
        return spoilt(manifest, folder, "the recording ends without a status: it was killed")
    result = spoilt(manifest, folder, manifest.status_detail)
    status = manifest.status.value
    return replace(
        result,
        status=status,
        passed=call_passed(status, scores),
        scores=scores,
        usage=usage(recording),
    )


def spoilt(manifest: Manifest, folder: str, detail: str) -> CallResult:
    """Return the result of a recorded call that cannot be judged, for a reason of our own."""
    return CallResult(
        scenario=str(manifest.scenario["name"]),
        scenario_path=manifest.scenario_path,
        repeat=manifest.repeat,
        seed=manifest.seed,
        status=CallStatus.HARNESS_ERROR.value,
        status_detail=detail,
        recording=folder,
        duration_s=manifest.duration_s,
        passed=None,
        tags=tuple(manifest.scenario.get("tags", ())),
        suite=str(manifest.suite.get("suite", "")),
        condition=manifest.condition,
        scenario_hash=manifest.scenario_hash,
        prompt_hash=manifest.prompt_hash,
    )


def rescore(run_folder: Path, call: CallResult) -> CallResult:
    """Score one stored call again; a call that was never recorded keeps its result.

    How the call ended stays as the run has it: a failure of the harness itself (a worker that was
    killed, a recognizer that broke) stands in the result only. A recording that cannot be read or
    judged any more makes the call a harness_error.
    """
    folder = run_folder / call.recording
    if not folder.is_dir() or not counts(call):
        return call
    try:
        scores = score_recording(read_recording(folder))
    except HarnessError as error:
        return replace(
            call,
            status=CallStatus.HARNESS_ERROR.value,
            status_detail=str(error),
            passed=None,
            scores=(),
        )
    return replace(call, scores=scores, passed=call_passed(call.status, scores))
