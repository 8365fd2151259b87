"""Files that appear whole or not at all, and dataclasses as JSON, the same bytes each time."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import threading
from enum import Enum
from pathlib import Path
from typing import Any

import orjson

from harness.errors import StorageFailed

DIGITS = 6

_MOST = 2**63


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


def to_json(document: object) -> bytes:
    """Return the bytes of ``results.json``, or of another document of dataclasses."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(_plain(document), option=options)


def _plain(value: Any) -> Any:
    """Return dataclasses as dicts in field order, loose dicts sorted, numbers rounded.

    What JSON cannot hold (half a character, a number of more than 64 bits, an object of a scorer's
    own) is written as text or null: one odd value must not cost the run its results.
    """
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {_text(str(key)): _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _MOST):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
