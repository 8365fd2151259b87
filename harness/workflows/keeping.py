"""Which recordings of a run stay on the disk once it is judged; its verdicts always do."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path

from harness.recording.manifest import MANIFEST
from harness.recording.store import drop_recording
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, place_in_run, write_results


class Keep(str, Enum):
    """Whose recordings stay: everybody's, those of calls that did not pass, or nobody's."""

    ALL = "all"
    FAILED = "failed"
    NONE = "none"


def keep_recordings(run_folder: Path, results: RunResults, keep: Keep) -> RunResults:
    """Remove the recordings that are not wanted, and return the results that say so.

    The results are written first: stopped in between, a run has recordings too many, never a
    verdict too few. Raises StorageFailed.
    """
    if keep is Keep.ALL:
        return results
    calls = tuple(
        replace(call, kept=_is_wanted(call, keep) or not _is_recorded(run_folder, call))
        for call in results.calls
    )
    told = replace(results, calls=calls)
    write_results(run_folder / RESULTS, told)
    for call in calls:
        if not call.kept:
            drop_recording(run_folder / place_in_run(run_folder, call))
    return told


def _is_recorded(run_folder: Path, call: CallResult) -> bool:
    return (run_folder / place_in_run(run_folder, call) / MANIFEST).exists()


def _is_wanted(call: CallResult, keep: Keep) -> bool:
    return keep is Keep.FAILED and call.passed is not True
