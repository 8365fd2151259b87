"""Folders of runs: preparing a new folder, recognizing runs, and removing leftovers."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from harness.errors import RecordingDamaged, StorageFailed, UsageError
from harness.files import HOLDER, LOCK, is_as_sealed, read_plain, remove_halves, taken
from harness.recording.manifest import MANIFEST
from harness.recording.provenance import OWED
from harness.recording.saving import drop_recording
from harness.results.compare.store import COMPARISON, NOISE_FLOOR, PAIRS, read_comparison
from harness.results.load.model import LOAD
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, place_in_run, write_results
from harness.runs.plan_file import COMPARE, JOURNAL, LOAD_TEST, PLAN, read_plan
from harness.runs.rescore import CALLS, recorded_calls
from harness.runs.worker_results import PARCELS


def dated_folder() -> Path:
    """Return the default folder of a run; another command may choose the same."""
    return Path("reports") / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")


@contextlib.contextmanager
def room_for(out: Path, *, by: str, dated: bool = False) -> Iterator[Path]:
    """Have the folder of a new run for this process alone until its pages are written; yields it.

    A ``dated`` folder gets a number after its name if another command was quicker.

    Raises:
        FolderInUse: another process works in it.
        StorageFailed: the folder cannot be made or written.
    """
    try:
        folder = _new(out) if dated else out
    except OSError as error:
        raise StorageFailed(out, error.strerror or str(error)) from error
    with taken(folder, by=by):
        yield folder


def _new(wanted: Path) -> Path:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("numbers have no end")


def make_room(out: Path, *, force: bool, or_else: str = "") -> None:
    """Make the folder of a run, and check that it can be written.

    Two runs in one folder would mix their recordings: with ``force`` the earlier run's results and
    recordings are removed, and no other files. ``or_else`` is the alternative that a refusal
    offers.

    Raises:
        UsageError: the folder holds a comparison, or it holds a run and ``force`` is not set.
        StorageFailed: the folder cannot be made or written.
    """
    refuse_taken(out, force=force, or_else=or_else)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        _remove_run(out)
    except OSError as error:
        raise StorageFailed(out, error.strerror or str(error)) from error


def refuse_taken(out: Path, *, force: bool, or_else: str = "") -> None:
    """Raise UsageError if ``make_room`` would do so: call it before slow steps."""
    if is_comparison(out):
        raise UsageError(f"{out} already holds a comparison; give another --out")
    if not force and is_run(out):
        resume = f"`harness run --resume {out}` to complete it, " if _is_open(out) else ""
        offered = f"give another --out, {or_else or resume}or --force to replace it"
        raise UsageError(f"{out} already holds a run; {offered}")


def remove_comparison(out: Path, *, keep: Iterable[Path] = ()) -> None:
    """Remove a comparison: its own runs but those to ``keep``, the pages of pairs, its verdict.

    Other files in its folder stay, above all runs that were not made for it.

    Raises:
        RecordingDamaged: its compare.json does not name its own runs; no file is removed.
        StorageFailed: a file cannot be removed.
    """
    kept = {folder.resolve() for folder in keep}
    own = own_runs(out)
    try:
        for run in (out / key for key in sorted(own)):
            if run.resolve() not in kept and is_run(run):
                _remove_run(run)
                _remove_pages(run)
        if (out / PAIRS).exists():
            shutil.rmtree(out / PAIRS)
        for name in (NOISE_FLOOR, COMPARISON):  # COMPARISON last: it marks the folder
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(out, error.strerror or str(error)) from error


def _remove_run(run: Path) -> None:
    remove_halves_of_run(run)
    for folder in recorded_calls(run):
        shutil.rmtree(run / folder)
        with contextlib.suppress(OSError):  # still holds another repeat, or other files
            (run / folder).parent.rmdir()
    with contextlib.suppress(OSError):
        (run / CALLS).rmdir()
    for name in (JOURNAL, PLAN, LOAD, RESULTS):
        (run / name).unlink(missing_ok=True)


def _remove_pages(run: Path) -> None:
    (run / "index.html").unlink(missing_ok=True)
    shutil.rmtree(run / "assets", ignore_errors=True)
    if not (run / HOLDER).exists():
        (run / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # holds files that are not ours
        run.rmdir()


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a run, or the remains of a killed run."""
    there = (folder / RESULTS).exists() or (folder / JOURNAL).exists()
    return there or bool(recorded_calls(folder))


def is_comparison(folder: Path) -> bool:
    """Return whether a folder holds a comparison of runs."""
    return (folder / COMPARISON).exists()


def own_runs(out: Path) -> frozenset[str]:
    """Return the names of the folders in ``out`` whose runs were made for the comparison there.

    Raises RecordingDamaged if its compare.json cannot be read.
    """
    if not is_comparison(out):
        return frozenset()
    return frozenset(one.key for one in read_comparison(out / COMPARISON).variants if one.own)


def check_is_run(folder: Path, *, rescue: bool = False) -> None:
    """Raise UsageError for a folder without results; with ``rescue``, recordings are enough."""
    if (folder / RESULTS).exists():
        return
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run: neither {RESULTS} nor a recorded call in {CALLS}")
    if not rescue:
        resume = f"`harness run --resume {folder}` completes it, " if _is_resumable(folder) else ""
        raise UsageError(
            f"{folder} holds recordings but no {RESULTS}, so its run was killed; {resume}"
            "`harness score` makes one from them"
        )


@contextlib.contextmanager
def telling_way_out(folder: Path) -> Iterator[None]:
    """Add advice on restoring results to the error that they were cut short or changed."""
    try:
        yield
    except RecordingDamaged as damaged:
        path = folder / RESULTS
        if damaged.path != path or not path.is_file() or not recorded_calls(folder):
            raise
        if is_as_sealed(read_plain(path)):  # it is whole, and newer than this harness
            raise
        again = f"remove it, and `harness score {folder}` makes it again from the recordings"
        raise RecordingDamaged(path, f"{damaged.detail}; {again}") from damaged


def _is_open(folder: Path) -> bool:
    """Return whether a run's journal is still there: the run was stopped, or killed."""
    return (folder / JOURNAL).exists() and _is_resumable(folder)


def _is_resumable(folder: Path) -> bool:
    """Return whether `harness run --resume` continues the plan in a folder, if there is any."""
    try:
        return read_plan(folder).command not in (COMPARE, LOAD_TEST)
    except RecordingDamaged:
        return False


def close_run(folder: Path, results: RunResults) -> None:
    """Remove the journal of a run whose results and pages are written: they contain each result.

    The journal of a run that can be continued stays. Raises StorageFailed.
    """
    if not is_to_go_on(results) or (folder / LOAD).exists():
        remove_journal(folder)


def is_to_go_on(results: RunResults) -> bool:
    """Return whether a run has missing calls: it was stopped, or lost its disk or its workers."""
    return results.interrupted or any(call.end_cause in OWED for call in results.calls)


def remove_journal(folder: Path) -> None:
    """Remove the journal of a run that is over; raises StorageFailed."""
    try:
        (folder / JOURNAL).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(folder / JOURNAL, error.strerror or str(error)) from error


def remove_halves_of_run(run_folder: Path) -> None:
    """Remove half-written files of a killed run from its folder, which must be ours alone.

    This includes results that remote workers handed over after the run was killed.
    """
    shutil.rmtree(run_folder / PARCELS, ignore_errors=True)
    for place in (run_folder, *(run_folder / CALLS).glob("*/*")):
        remove_halves(place)


class Keep(str, Enum):
    """Whose recordings stay: of all calls, of those that did not pass, or of none."""

    ALL = "all"
    FAILED = "failed"
    NONE = "none"


def keep_recordings(run_folder: Path, results: RunResults, keep: Keep) -> RunResults:
    """Remove the recordings that are not wanted, and return the results with this noted.

    Raises StorageFailed.
    """
    if keep is Keep.ALL:
        return results
    calls = tuple(
        replace(call, kept=_is_wanted(call, keep) or not _is_recorded(run_folder, call))
        for call in results.calls
    )
    told = replace(results, calls=calls)
    # Results first: a stop in between leaves too many recordings, never too few verdicts.
    write_results(run_folder / RESULTS, told)
    for call in calls:
        if not call.kept:
            drop_recording(run_folder / place_in_run(run_folder, call))
    return told


def _is_recorded(run_folder: Path, call: CallResult) -> bool:
    return (run_folder / place_in_run(run_folder, call) / MANIFEST).exists()


def _is_wanted(call: CallResult, keep: Keep) -> bool:
    return keep is Keep.FAILED and call.passed is not True
