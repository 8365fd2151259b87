"""Writes a whole recording at once, packs its audio, and deletes recordings that are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from harness.audio import wav
from harness.errors import StorageFailed
from harness.files import write_whole
from harness.judges.answer_file import JUDGED, store_judged
from harness.recording.lines import Record, to_line
from harness.recording.manifest import (
    HEARD,
    as_json,
    content_of_lines,
    content_of_track,
    load_manifest,
    store_manifest,
)
from harness.recording.model import AgentEvent, Recognition, Recording, SentCommand
from harness.recording.provenance import FORMAT
from harness.recording.store import FRESH_EVENTS, PACKED
from harness.recording.writer import EVENTS, TRACKS


def write_recording(folder: Path, recording: Recording) -> None:
    """Write a whole recording into a folder (made if missing); raises StorageFailed."""
    records: tuple[Record, ...] = (
        *_as_it_came(recording),
        *recording.utterances,
        *recording.impaired,
        *recording.others,
        *recording.bursts,
        *recording.played,
        *recording.generated,
        *recording.tools,
        *recording.notice_sources,
        *recording.truncations,
        *recording.left_out,
        *recording.steps,
        *recording.step_answers,
        *recording.absences,
        *recording.late_frames,
        *recording.late_arrivals,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        data = b"".join(to_line(record) for record in records)
        (folder / EVENTS).write_bytes(data)
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    for name, track in zip(TRACKS, recording.tracks, strict=True):
        wav.write(folder / name, track)
    manifest = replace(recording.manifest, format=FORMAT)
    # it was read, and may have changed since; or it is new
    if manifest.contents or manifest.origin:
        found = dict(zip(TRACKS, map(content_of_track, recording.tracks), strict=True))
        manifest = replace(manifest, contents=found | {EVENTS: content_of_lines(data)})
    store_manifest(folder, manifest)
    if recording.recognition is not None:
        store_recognition(folder, recording.recognition)
    if recording.judged is not None:
        store_judged(folder, recording.judged)


def store_recognition(folder: Path, heard: Recognition) -> None:
    """Write a recognizer's result next to the recording, and its checksum into the manifest.

    Raises StorageFailed, RecordingDamaged.
    """
    data = as_json(asdict(heard))
    write_whole(folder / HEARD, data)
    manifest = load_manifest(folder)
    if manifest.contents:
        contents = {**manifest.contents, HEARD: content_of_lines(data)}
        store_manifest(folder, replace(manifest, contents=contents))


def pack(folder: Path, recording: Recording) -> None:
    """Keep the tracks of a recording that was read from this folder as FLAC instead of WAV.

    An empty track stays. If interrupted, it leaves every track in either form or both. Raises
    StorageFailed.
    """
    packed: dict[int, bytes] = {}
    for name, track in zip(TRACKS, recording.tracks, strict=True):
        path = folder / name
        if not len(track):
            continue  # FLAC cannot be empty
        if id(track) not in packed:
            # only the next track may be the same object
            packed = {id(track): wav.flac_bytes(track)}
        write_whole(path.with_suffix(PACKED), packed[id(track)])
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(path, error.strerror or str(error)) from error


def drop_recording(folder: Path) -> None:
    """Remove audio, messages and transcripts of a call; its manifest stays.

    Raises StorageFailed.
    """
    tracks = (folder / name for name in TRACKS)
    sounds = (path for track in tracks for path in (track, track.with_suffix(PACKED)))
    for path in (*sounds, folder / EVENTS, folder / FRESH_EVENTS, folder / HEARD, folder / JUDGED):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(path, error.strerror or str(error)) from error


def _as_it_came(recording: Recording) -> Iterator[Record]:
    """Yield messages, events, commands and violations so that each follows its message."""
    neutral: dict[int | None, list[Record]] = {}
    made: tuple[SentCommand | AgentEvent, ...] = (*recording.commands, *recording.events)
    for each in made:
        neutral.setdefault(each.message, []).append(each)
    yield from neutral.get(None, ())
    for number, message in enumerate(recording.messages):
        yield message
        yield from neutral.get(number, ())
    yield from recording.violations or ()
