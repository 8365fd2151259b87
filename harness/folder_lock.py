"""A folder that one process works in at a time, and who that is.

The lock is one of the operating system's (filelock: flock, LockFileEx), so it ends with the process
that holds it, however that ends: no lock is ever stale, and no process number has to be guessed to
be alive. Who holds it stands beside it, for the message to whoever comes second. The lock's own
file is empty and stays: removing it would let two processes hold two files of one name.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import FolderInUse, StorageFailed
from harness.storage import read_plain, write_whole

LOCK, HOLDER = ".harness.lock", ".harness.lock.json"

_PATIENCE_S = 0.3
"""How long one waits for a command that is just ending."""


@contextmanager
def taken(folder: Path, *, by: str) -> Iterator[None]:
    """Have a folder (made if missing) for this process alone; ``by`` is the command.

    A process that holds a folder must not take it again.

    Raises:
        FolderInUse: another process has it; says which.
        StorageFailed: the folder cannot be written.
    """
    lock = _acquired(folder)
    try:
        write_whole(folder / HOLDER, json.dumps(_ourselves(by)).encode())
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink()
        lock.release()


def check_free(folder: Path) -> None:
    """Raise FolderInUse if a process has this folder, so that what is in it is not whole yet."""
    if (folder / LOCK).exists():
        # A folder that only others may write to, or that has just gone, is nobody's.
        with suppress(StorageFailed):
            _acquired(folder).release()


def _acquired(folder: Path) -> FileLock:
    lock = FileLock(folder / LOCK, timeout=_PATIENCE_S, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise FolderInUse(folder, _holder(folder)) from error
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    return lock


def _ourselves(by: str) -> dict[str, str | int]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": platform.node(), "command": by, "since": since}


def _holder(folder: Path) -> str:
    try:
        told = json.loads(read_plain(folder / HOLDER))
        elsewhere = f" on {told['host']}" if told["host"] != platform.node() else ""
        since = datetime.fromisoformat(told["since"]).astimezone()
        today = since.date() == datetime.now().astimezone().date()
        when = since.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
        return f"process {int(told['pid'])}{elsewhere} ({told['command']}, since {when})"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"  # which has not said yet who it is
