"""The recording folder, format v3: read it back whole, even after a crash, and write one at once.

::

    manifest.json         provenance and how the call ended; status null while it runs
    events.jsonl          one record per line (``lines.py``), in the order in which it happened:
                          raw messages, behind each what the dialect made of it, what was heard
    caller.flac           the caller as sent, noise included        24 kHz PCM16 mono, all four
    caller_clean.flac     the caller's speech alone
    agent.flac            the agent as heard, after the playback model
    agent_generated.flac  all that the agent generated, in order of arrival
    heard.json            what a recognizer heard in agent.flac, once somebody listened

While a call runs its tracks are WAV, which reads as far as it came if the call dies; ``pack`` makes
FLAC of them, sample by sample the same. Format 1 had WAV only, formats 1 and 2 no neutral events:
either is read, its messages decoded again with its dialect (``upgrade.py``).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged, StorageFailed
from harness.recording.absence import Absence
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.caller import CallerUtterance, ImpairedSpan, OtherSpeech, TurnLeftOut
from harness.recording.lines import Record, from_line, numbered, to_line
from harness.recording.manifest import (
    HEARD,
    as_json,
    content_of_lines,
    content_of_track,
    damage,
    load_manifest,
    load_recognition,
    lost_content,
    store_manifest,
)
from harness.recording.messages import AgentEvent, SentCommand, Violation, WireMessage
from harness.recording.model import NoiseBurst, Recording
from harness.recording.own_lateness import LateArrivals, LateFrames
from harness.recording.provenance import FORMAT, Manifest
from harness.recording.recognition import Recognition
from harness.recording.steps import StepAnswer, StepTaken
from harness.recording.tools import NoticeSource, ToolRun
from harness.recording.upgrade import NEUTRAL_SINCE, decoded_again
from harness.recording.writer import AGENT, AGENT_GENERATED, CALLER, CALLER_CLEAN, EVENTS, TRACKS
from harness.storage import write_whole

__all__ = [
    "FRESH_EVENTS",
    "content_damage",
    "drop_recording",
    "events_of",
    "pack",
    "read_lines",
    "read_recording",
    "store_recognition",
    "track_path",
    "write_recording",
]

R = TypeVar("R")

PACKED = ".flac"
FRESH_EVENTS = "events.jsonl.new"
"""A new form of the events on its way to their place (``redecode.py``)."""


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
    if manifest.contents or manifest.origin:  # was read, and may have been changed since; or is new
        found = dict(zip(TRACKS, map(content_of_track, recording.tracks), strict=True))
        manifest = replace(manifest, contents=found | {EVENTS: content_of_lines(data)})
    store_manifest(folder, manifest)
    if recording.recognition is not None:
        store_recognition(folder, recording.recognition)


def store_recognition(folder: Path, heard: Recognition) -> None:
    """Write what a recognizer heard next to the recording, and its checksum into the manifest.

    A manifest that is older than checksums keeps none. Raises StorageFailed, RecordingDamaged.
    """
    data = as_json(asdict(heard))
    write_whole(folder / HEARD, data)
    manifest = load_manifest(folder)
    if manifest.contents:
        contents = {**manifest.contents, HEARD: content_of_lines(data)}
        store_manifest(folder, replace(manifest, contents=contents))


def pack(folder: Path, recording: Recording) -> None:
    """Keep the tracks of a recording that was read from this folder as FLAC instead of WAV.

    An empty one stays. Stopped anywhere, it leaves every track in one form or both. Raises
    StorageFailed.
    """
    for name, track in zip(TRACKS, recording.tracks, strict=True):
        path = folder / name
        if not len(track):
            continue  # FLAC cannot hold nothing
        wav.write_flac(path.with_suffix(PACKED), track)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(path, error.strerror or str(error)) from error


def drop_recording(folder: Path) -> None:
    """Remove sound, messages and what was heard of a call; its manifest stays.

    Raises StorageFailed.
    """
    tracks = (folder / name for name in TRACKS)
    sounds = (path for track in tracks for path in (track, track.with_suffix(PACKED)))
    for path in (*sounds, folder / EVENTS, folder / FRESH_EVENTS, folder / HEARD):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(path, error.strerror or str(error)) from error


def track_path(folder: Path, name: str) -> Path:
    """Return where a track (``CALLER`` and so on) lies: its WAV if that is there, else its FLAC."""
    growing = folder / name
    return growing if growing.exists() else growing.with_suffix(PACKED)


def read_recording(folder: Path) -> Recording:
    """Read a recording back.

    A call that crashed reads as far as it came: status None, and the last line of the events may be
    torn. What the files have lost since they were written stands in ``damage``. Raises
    RecordingDamaged for what cannot be read at all, and for a newer format.
    """
    manifest = load_manifest(folder)
    data = events_of(folder, manifest)
    with _uncollected():
        records = [record for record in read_lines(folder / EVENTS, data) if record is not None]
    broken = ""
    if manifest.format < NEUTRAL_SINCE:
        again = decoded_again(records, manifest)
        records, broken = again.records, again.broken
    events, commands = numbered(records)
    kinds = _by_kind(records)
    caller, clean, agent, generated = tracks = _tracks(folder)
    recording = Recording(
        manifest=manifest,
        messages=_only(kinds, WireMessage),
        events=events,
        commands=commands,
        violations=None if broken and not events else _only(kinds, Violation),
        utterances=_only(kinds, CallerUtterance),
        played=_only(kinds, PlayedSpan),
        generated=_only(kinds, GeneratedItem),
        tools=_only(kinds, ToolRun),
        notice_sources=_only(kinds, NoticeSource),
        truncations=_only(kinds, Truncation),
        impaired=_only(kinds, ImpairedSpan),
        others=_only(kinds, OtherSpeech),
        bursts=_only(kinds, NoiseBurst),
        left_out=_only(kinds, TurnLeftOut),
        steps=_only(kinds, StepTaken),
        step_answers=_only(kinds, StepAnswer),
        absences=_only(kinds, Absence),
        late_frames=_only(kinds, LateFrames),
        late_arrivals=_only(kinds, LateArrivals),
        caller=caller,
        caller_clean=clean,
        agent=agent,
        agent_generated=generated,
        recognition=load_recognition(folder),
    )
    found = dict(zip(TRACKS, map(content_of_track, tracks), strict=True))
    found[EVENTS] = content_of_lines(data)
    if recording.recognition is not None:
        found[HEARD] = content_of_lines(_bytes(folder / HEARD))
    lost = damage(recording, found)
    return replace(recording, damage="; ".join(filter(None, (lost, broken))))


def content_damage(folder: Path) -> str:
    """Say what the files of a recording have lost, by their checksums alone; empty if whole.

    As ``Recording.damage`` says it, without reading what the events mean. Raises RecordingDamaged.
    """
    manifest = load_manifest(folder)
    if manifest.status is None:
        return ""
    if not manifest.contents:
        return read_recording(folder).damage
    tracks = _tracks(folder)
    found = dict(zip(TRACKS, map(content_of_track, tracks), strict=True))
    found[EVENTS] = content_of_lines(events_of(folder, manifest))
    if (folder / HEARD).exists():
        found[HEARD] = content_of_lines(_bytes(folder / HEARD))
    return "; ".join(lost_content(manifest.contents, found, tracks[0].rate_hz))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the cyclic collector still: it would go through half a million new records, often."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _by_kind(records: list[Record]) -> Mapping[type, list[Any]]:
    """Return the records of each kind, in order: two hours have half a million."""
    found: dict[type, list[Any]] = {}
    for record in records:
        found.setdefault(type(record), []).append(record)
    return found


def _only(kinds: Mapping[type, list[Any]], kind: type[R]) -> tuple[R, ...]:
    return tuple(kinds.get(kind, ()))


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


def _tracks(folder: Path) -> tuple[Pcm, Pcm, Pcm, Pcm]:
    return (
        wav.read(track_path(folder, CALLER)),
        wav.read(track_path(folder, CALLER_CLEAN)),
        wav.read(track_path(folder, AGENT)),
        wav.read(track_path(folder, AGENT_GENERATED)),
    )


def events_of(folder: Path, manifest: Manifest) -> bytes:
    """Return what ``events.jsonl`` holds, also where its new form is not yet in its place.

    Raises RecordingDamaged.
    """
    fresh = folder / FRESH_EVENTS
    if fresh.exists():
        data = _bytes(fresh)
        if content_of_lines(data) == manifest.contents.get(EVENTS):
            return data
    return _bytes(folder / EVENTS)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error


def read_lines(path: Path, data: bytes) -> list[Record | None]:
    """Return the record in every line, None for a kind that nobody knows; raises RecordingDamaged.

    What stands behind the last newline was being written when the call died.
    """
    records: list[Record | None] = []
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            records.append(from_line(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise RecordingDamaged(path, f"line {number}: {error}") from error
    return records
