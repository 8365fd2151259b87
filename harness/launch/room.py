"""Folders of runs: room for a new one, and telling one from any other folder."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from harness.compare.store import COMPARISON
from harness.errors import StorageFailed, UsageError
from harness.execute.again import CALLS, RESULTS, recorded_calls


def make_room(out: Path, *, force: bool) -> None:
    """Make the folder of a run, and see that it can be written.

    Two runs in one folder would mix their recordings: with ``force`` the earlier run's results and
    recordings are removed, and nothing else that lies there.

    Raises:
        UsageError: the folder holds a run and ``force`` is not set.
        StorageFailed: it cannot be made or written.
    """
    recorded = recorded_calls(out)
    if not force and (recorded or (out / RESULTS).exists()):
        raise UsageError(f"{out} already holds a run; give another --out, or --force to replace it")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        for folder in recorded:
            shutil.rmtree(out / folder)
            with contextlib.suppress(OSError):  # still holds another repeat, or something else
                (out / folder).parent.rmdir()
        with contextlib.suppress(OSError):
            (out / CALLS).rmdir()
        (out / RESULTS).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(out, error.strerror or str(error)) from error


def is_comparison(folder: Path) -> bool:
    """Say whether a folder holds a comparison of runs."""
    return (folder / COMPARISON).exists()


def check_is_run(folder: Path, *, rescue: bool = False) -> None:
    """Raise UsageError for a folder without results; with ``rescue``, recordings are enough."""
    if (folder / RESULTS).exists():
        return
    if not recorded_calls(folder):
        raise UsageError(f"{folder} holds no run: neither {RESULTS} nor a recorded call in {CALLS}")
    if not rescue:
        raise UsageError(
            f"{folder} holds recordings but no {RESULTS}, so its run was killed; "
            "`harness score` makes one from them"
        )
