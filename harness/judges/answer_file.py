"""``judged.json`` next to a recording: the answers of models, read and written whole.

The file is sealed (``files.py``). It is not covered by the recording's checksums: if it is
missing or unreadable, the recording stays valid and only the rules judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.errors import RecordingDamaged
from harness.files import read_plain, sealed, to_json, write_whole
from harness.judges.model import JudgeAuthority, JudgedRecording, StoredAnswer

JUDGED = "judged.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    authority: JudgeAuthority | None
    answers: tuple[StoredAnswer, ...]


def load_judged(folder: Path) -> JudgedRecording | None:
    """Read the answers about a recording; None if no model was asked.

    Raises RecordingDamaged for a file that cannot be read, and for a newer format.
    """
    return load_answers(folder / JUDGED)


def load_answers(path: Path) -> JudgedRecording | None:
    """Read a file of answers; None if it does not exist; raises RecordingDamaged."""
    if not path.exists():
        return None
    try:
        file = _adapter().validate_json(read_plain(path))
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"])
        problem = f"not a file of answers: {place}: {first['msg']}".replace(": : ", ": ")
        told = f"{problem}; move it away, and the model is asked again"
        raise RecordingDamaged(path, told) from error
    if file.format > FORMAT:
        problem = f"format {file.format} is newer than this harness reads ({FORMAT})"
        raise RecordingDamaged(path, f"{problem}; update the harness")
    return JudgedRecording(file.authority, file.answers)


def readable_judged(folder: Path) -> JudgedRecording | None:
    """Read the answers about a recording; None if the file is missing or unreadable."""
    try:
        return load_judged(folder)
    except RecordingDamaged:
        return None


def store_judged(folder: Path, judged: JudgedRecording) -> None:
    """Write the answers about a recording; raises StorageFailed."""
    store_answers(folder / JUDGED, judged)


def store_answers(path: Path, judged: JudgedRecording) -> None:
    """Write answers to a file; raises StorageFailed."""
    file = _File(FORMAT, judged.authority, judged.answers)
    write_whole(path, sealed(to_json(file, digits=None)))


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)
