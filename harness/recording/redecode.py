"""A stored recording decoded again, and written back: for a dialect that was mended since.

Messages and all that was noted of the call stay byte by byte; what the dialect makes of the
messages now stands behind them in place of what it made of them then.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import StorageFailed
from harness.recording.lines import Neutral, to_line
from harness.recording.manifest import content_of_lines, content_of_track, store_manifest
from harness.recording.model import Recording
from harness.recording.provenance import FORMAT, Manifest
from harness.recording.reading import read_lines
from harness.recording.store import FRESH_EVENTS, events_of, read_recording
from harness.recording.upgrade import decoded_again
from harness.recording.writer import EVENTS, TRACKS
from harness.storage import write_whole

_MADE_BY_A_DIALECT = (b'{"kind":"event"', b'{"kind":"violation"')


class _Foreign:
    """A line of a kind that this version does not know."""


def redecode(folder: Path) -> str:
    """Decode the messages of a recording again and write it back; return why not, in words.

    Stopped anywhere, it leaves the recording as it was or as it is to be. One that is damaged, or
    whose dialect cannot be had or breaks on it, stays as it is. Raises RecordingDamaged for what
    cannot be read at all, and StorageFailed.
    """
    recording = read_recording(folder)
    if recording.damage:
        return recording.damage
    fresh, broken = _decoded_again(folder, recording.manifest)
    if not broken:
        _replace(folder, recording, fresh)
    return broken


def _decoded_again(folder: Path, manifest: Manifest) -> tuple[bytes, str]:
    """Return what ``events.jsonl`` is to hold, or why it cannot be said."""
    data = events_of(folder, manifest)
    *lines, torn = data.split(b"\n")
    records: list[Any] = []
    kept: dict[int, bytes] = {}
    for line, read in zip(lines, read_lines(folder / EVENTS, data), strict=True):
        record = read or (None if line.startswith(_MADE_BY_A_DIALECT) else _Foreign())
        if record is not None:
            records.append(record)
            kept[id(record)] = line + b"\n"
    again = decoded_again(records, manifest)
    fresh = (
        to_line(record) if isinstance(record, Neutral) else kept[id(record)]
        for record in again.records
    )
    return b"".join(fresh) + torn, again.broken


def _replace(folder: Path, recording: Recording, fresh: bytes) -> None:
    """Write the manifest between the new events and their taking the place of the old ones.

    A reader takes the new ones from where they are as soon as the manifest tells of them.
    """
    contents = dict(recording.manifest.contents)
    contents |= dict(zip(TRACKS, map(content_of_track, recording.tracks), strict=True))
    contents[EVENTS] = content_of_lines(fresh)
    write_whole(folder / FRESH_EVENTS, fresh)
    store_manifest(folder, replace(recording.manifest, format=FORMAT, contents=contents))
    try:
        (folder / FRESH_EVENTS).replace(folder / EVENTS)
    except OSError as error:
        raise StorageFailed(folder / EVENTS, error.strerror or str(error)) from error
