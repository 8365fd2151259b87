"""Files that appear whole or not at all, whoever reads or writes beside us."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from harness.errors import StorageFailed


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Replace a file by these bytes in one step, or leave it as it was; raises StorageFailed.

    The folder is made if it is missing. Several processes and threads may write the same file: the
    last one wins. ``durable`` waits until the disk has the bytes, so that not even a power cut
    leaves an empty file.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise StorageFailed(path, error.strerror or str(error)) from error
