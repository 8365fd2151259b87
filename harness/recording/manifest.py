"""The recording's ``manifest.json``: provenance of one call as a JSON object, and the way back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from harness.errors import RecordingDamaged
from harness.recording.model import (
    FORMAT,
    CallStatus,
    FileContent,
    Heard,
    HeardWords,
    Lateness,
    Manifest,
)
from harness.storage import write_whole

MANIFEST = "manifest.json"
HEARD = "heard.json"


def store_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest so that a reader sees the old one or the new one; raises StorageFailed."""
    row = asdict(manifest)
    row["status"] = manifest.status.value if manifest.status is not None else None
    write_whole(folder / MANIFEST, as_json(row))


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest back; raises RecordingDamaged, also for a format newer than ours."""
    path = folder / MANIFEST
    row = _object(path)
    written = row.get("format")
    if not isinstance(written, int) or written < 1:
        raise RecordingDamaged(path, f"not a manifest: format {written!r}")
    if written > FORMAT:
        raise RecordingDamaged(
            path,
            f"recording format {written} is newer than this harness reads ({FORMAT});"
            " update the harness",
        )
    try:
        if row["status"] is not None:
            row["status"] = CallStatus(row["status"])
        if row["lateness"] is not None:
            row["lateness"] = Lateness(**row["lateness"])
        contents = row.get("contents", {}).items()
        row["contents"] = {name: FileContent(**content) for name, content in contents}
        return Manifest(**row)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RecordingDamaged(path, f"not a manifest: {error}") from error


def load_heard(folder: Path) -> Heard | None:
    """Read what a recognizer heard; None if nobody listened yet. Raises RecordingDamaged."""
    path = folder / HEARD
    if not path.exists():
        return None
    row = _object(path)
    try:
        lines = tuple(HeardWords(**line) for line in row["lines"])
        return Heard(row["engine"], row["version"], lines)
    except (KeyError, TypeError) as error:
        raise RecordingDamaged(path, f"not a list of heard words: {error}") from error


def as_json(row: dict[str, Any]) -> bytes:
    """Return a file of the recording that holds one JSON object."""
    return orjson.dumps(row, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _object(path: Path) -> dict[str, Any]:
    try:
        row = orjson.loads(path.read_bytes())
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    except orjson.JSONDecodeError as error:
        raise RecordingDamaged(path, f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RecordingDamaged(path, "not a JSON object")
    return row
