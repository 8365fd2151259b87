"""Calls that were over when their run was stopped or killed, and that nobody has listened to yet.

Their run would have listened before it judged them, as `harness run --resume` does. So it is done
here before they are judged by what is recorded: both ways come to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from harness.calls.pipeline import is_heard, with_what_is_heard
from harness.calls.plan_file import LOAD_TEST, read_plan
from harness.calls.scoring import failure_detail
from harness.errors import InputError, RecordingDamaged
from harness.judging.judge import judge
from harness.load.model import LOAD
from harness.recording.manifest import HEARD, load_manifest
from harness.recording.store import read_recording

Tell = Callable[[str], object]


def hear_unjudged(run_folder: Path, places: Iterable[PurePosixPath], tell: Tell) -> dict[str, str]:
    """Listen to those of a run's unjudged calls that nobody listened to; returns what failed.

    That is why, in words, by the place of the call. ``tell`` is told how many they are, for it
    takes seconds. Those of a load test are judged unheard, here as there.

    Raises InputError: the suite's recognizer is not installed here.
    """
    unheard = [place for place in places if _is_unheard(run_folder / place)]
    if not unheard or _is_load_test(run_folder):
        return {}
    calls = "1 call" if len(unheard) == 1 else f"{len(unheard)} calls"
    tell(f"listening to {calls} that nobody listened to before the run was stopped")
    failed = {}
    for place in unheard:
        try:
            judged = judge(read_recording(run_folder / place))
            with_what_is_heard(judged, run_folder / place, place.as_posix())
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001  # the border of one call, as in ``pipeline``
            failed[place.as_posix()] = failure_detail(error)
    return failed


def _is_unheard(folder: Path) -> bool:
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return False
    return is_heard(manifest) and manifest.origin is None and not (folder / HEARD).exists()


def _is_load_test(run_folder: Path) -> bool:
    try:
        return read_plan(run_folder).command == LOAD_TEST
    except RecordingDamaged:
        return (run_folder / LOAD).exists()
