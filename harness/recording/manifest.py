"""The recording's ``manifest.json``: provenance of a call, and checksums of the recording.

A track that was cut short sounds like an agent that fell silent, and a lost line like a tool that
was never called. So the manifest keeps a count and a checksum of each file; if it is older than
that (or the call was imported), the records and the length of the call give the minimum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path, PurePath
from typing import Any

import orjson
import xxhash

from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged
from harness.files import read_plain, sealed, write_whole, wrong_format
from harness.recording.lines import from_row
from harness.recording.model import Recognition, Recording
from harness.recording.provenance import (
    FORMAT,
    FileContent,
    Manifest,
)

MANIFEST = "manifest.json"
HEARD = "heard.json"

_XXH3 = "xxh3:"
"""Prefix of a checksum of that kind."""

MOST_LENGTH_S = 7 * 24 * 3600
"""Limit for the length of a call; pages would draw an axis of that length."""


def store_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; a reader sees the old file or the new file. Raises StorageFailed."""
    # A shallow copy is enough: copying all of a scenario takes longer than writing it.
    row = {field.name: getattr(manifest, field.name) for field in fields(manifest)}
    if manifest.origin is None:
        del row["origin"]
    if not manifest.differences:
        del row["differences"]
    if manifest.reports_interruptions:
        del row["reports_interruptions"]
    if manifest.lateness is not None and manifest.lateness.noted_s is None:
        row["lateness"] = asdict(manifest.lateness)
        del row["lateness"]["noted_s"]
    write_whole(folder / MANIFEST, sealed(as_json(row)))


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest back; raises RecordingDamaged, also for another format."""
    path = folder / MANIFEST
    row = _object(path)
    row.pop("digest", None)  # the seal is only for `harness verify`: a person may edit a file
    written = row.get("format")
    if not isinstance(written, int) or written < 1:
        raise RecordingDamaged(path, f"not a manifest: format {written!r}")
    if problem := wrong_format(written, FORMAT):
        raise RecordingDamaged(path, f"recording {problem}")
    unknown = ", ".join(row.keys() - {field.name for field in fields(Manifest)})
    try:
        if unknown:
            raise ValueError(f"unknown key {unknown}")
        contents = row.pop("contents", {}).items()
        _check_length(row.get("duration_s"))
        manifest: Manifest = from_row(Manifest, row)
        held = {name: from_row(FileContent, content) for name, content in contents}
        return replace(manifest, contents=held)
    except (AttributeError, TypeError, ValueError) as error:
        raise RecordingDamaged(path, f"not a manifest: {error}") from error


def _check_length(length_s: Any) -> None:
    """Raise ValueError for an invalid length of a call; a person may have edited the file."""
    is_number = isinstance(length_s, int | float) and not isinstance(length_s, bool)
    if length_s is not None and not (is_number and 0 <= length_s <= MOST_LENGTH_S):
        allowed = f"null, or seconds from 0 to {MOST_LENGTH_S:,}"
        raise ValueError(f"duration_s: expected {allowed}, got {str(length_s)[:40]!r}")


def load_recognition(folder: Path) -> Recognition | None:
    """Read a recognizer's result; None if there is none yet. Raises RecordingDamaged."""
    path = folder / HEARD
    if not path.exists():
        return None
    try:
        heard: Recognition = from_row(Recognition, _object(path))
        return heard
    except (TypeError, ValueError) as error:
        raise RecordingDamaged(path, f"not a list of heard words: {error}") from error


def as_json(row: dict[str, Any]) -> bytes:
    """Return a file of the recording that contains a JSON object."""
    return orjson.dumps(row, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _object(path: Path) -> dict[str, Any]:
    try:
        row = orjson.loads(read_plain(path))
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    except orjson.JSONDecodeError as error:
        raise RecordingDamaged(path, f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RecordingDamaged(path, "not a JSON object")
    return row


class Tally:
    """Counts the content of a file, and keeps its checksum.

    The checksum of a track is computed while other calls run. XXH3 takes a thirtieth of the time of
    BLAKE2b.
    """

    def __init__(self) -> None:
        self._count = 0
        self._hash = xxhash.xxh3_128()

    def add(self, count: int, data: bytes | memoryview) -> None:
        """Add this many samples or lines."""
        self._count += count
        self._hash.update(data)

    def content(self) -> FileContent:
        """Return the count and checksum so far."""
        return FileContent(self._count, _XXH3 + self._hash.hexdigest())


def content_of_track(track: Pcm) -> FileContent:
    """Return a track's content, for any file format."""
    tally = Tally()
    # Not as bytes: two hours have a gigabyte of audio, and that would copy it.
    tally.add(len(track), track.samples.astype("<i2", order="C", copy=False).data)
    return tally.content()


def content_of_lines(data: bytes) -> FileContent:
    """Return the content of a file of lines."""
    tally = Tally()
    tally.add(data.count(b"\n"), data)
    return tally.content()


def damage(recording: Recording, found: Mapping[str, FileContent]) -> str:
    """Return, as text, the data that a recording has lost since it was written; empty if whole.

    ``found`` is the content of its files, by the names in the manifest. A call that died has lost
    its end, which its status shows; the remaining data is intact.
    """
    manifest = recording.manifest
    if manifest.status is None:
        return ""
    lost = list(lost_content(manifest.contents, found, recording.agent.rate_hz))
    return f"recording damaged: {'; '.join(lost)}" if lost else ""


def lost_content(
    written: Mapping[str, FileContent], found: Mapping[str, FileContent], rate_hz: int
) -> Iterator[str]:
    """Yield, as text, the data that files have lost; both mappings use the manifest's names."""
    for name, content in written.items():
        here = found.get(name, FileContent(0, ""))
        shown = _shown(name)
        if name == HEARD and here != content:
            yield f"{HEARD} is {'not as written' if name in found else 'missing'}"
        elif here.count != content.count:
            if name.endswith(".jsonl"):
                yield f"{shown} hold {here.count} of {content.count} lines"
            else:
                has_s, had_s = here.count / rate_hz, content.count / rate_hz
                yield f"{shown} holds {has_s:.1f} s of {had_s:.1f} s"
        elif here.digest != content.digest:
            verb = "are" if name.endswith(".jsonl") else "is"
            yield f"{shown} {verb} not as written (other bytes, the same length)"


def _shown(name: str) -> str:
    """Return "agent track" for agent.wav: the content of the file, not its format."""
    path = PurePath(name)
    if path.suffix == ".jsonl":
        return path.stem
    return f"{path.stem.replace('_', ' ')} track"
