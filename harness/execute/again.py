"""Stored recordings -> results, without calling anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from harness import __version__
from harness.errors import HarnessError, RecordingDamaged
from harness.execute.scoring import rescore, result_of, spoilt
from harness.recording.manifest import MANIFEST, load_manifest
from harness.recording.model import Manifest
from harness.recording.store import read_recording
from harness.results.aggregate import summarize
from harness.results.gates import Judge, default_gate
from harness.results.model import FORMAT, CallResult, RunResults
from harness.results.store import read_results, write_results

RESULTS = "results.json"
CALLS = "calls"


def score_again(run_folder: Path, judge: Judge = default_gate) -> RunResults:
    """Judge every recording of a run again and replace its results.json.

    A recording that cannot be read makes its call a harness_error that says why. If the run was
    killed before it could write results.json, its calls are found by their recordings; the result
    is then marked as interrupted.

    Raises:
        RecordingDamaged: results.json cannot be read, or there is nothing to score.
        StorageFailed: it cannot be written.
    """
    path = run_folder / RESULTS
    stored = read_results(path) if path.exists() else _rescued(run_folder)
    for call in stored.calls:
        _check_place(path, call)
    calls = tuple(rescore(run_folder, call) for call in stored.calls)
    fresh = judge(
        replace(
            stored,
            harness_version=__version__,
            calls=calls,
            summary=summarize(calls),
            gates=(),
            quarantined=(),
        )
    )
    write_results(path, fresh)
    return fresh


def recorded_calls(run_folder: Path) -> tuple[PurePosixPath, ...]:
    """Return the folders of recorded calls, relative to the run's, in alphabetical order."""
    found = (run_folder / CALLS).glob(f"*/*/{MANIFEST}")
    return tuple(sorted(PurePosixPath(path.parent.relative_to(run_folder)) for path in found))


def _rescued(run_folder: Path) -> RunResults:
    """Return the results of a run that was killed, as far as its recordings tell."""
    found: list[tuple[Manifest, CallResult]] = []
    for place in recorded_calls(run_folder):
        try:
            manifest = load_manifest(run_folder / place)
        except RecordingDamaged:
            continue  # nobody knows what it was a recording of
        try:
            call = result_of(read_recording(run_folder / place), place.as_posix())
        except HarnessError as error:
            call = spoilt(manifest, place.as_posix(), str(error))
        found.append((manifest, call))
    if not found:
        raise RecordingDamaged(run_folder / RESULTS, "no such file, and no recording to rescue")
    first = found[0][0]
    calls = tuple(call for _, call in found)
    return RunResults(
        format=FORMAT,
        harness_version=__version__,
        started_at=min(manifest.started_at for manifest, _ in found),
        target=str(first.target.get("target", "")),
        target_settings=dict(first.target),
        clock=first.clock,
        interrupted=True,
        calls=calls,
        summary=summarize(calls),
    )


def _check_place(path: Path, call: CallResult) -> None:
    """A stored path must not lead out of the run."""
    place = PurePosixPath(call.recording)
    if place.is_absolute() or ".." in place.parts or not place.parts:
        raise RecordingDamaged(path, f"recording {call.recording!r} is not a folder inside the run")
