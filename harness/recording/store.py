"""The recording folder, format v1: read it back whole, even after a crash, and write one at once.

::

    manifest.json         provenance and how the call ended; status null while it runs
    events.jsonl          one record per line (``lines.py``), in the order in which it happened
    caller.wav            the caller as sent, noise included        24 kHz PCM16 mono, all four
    caller_clean.wav      the caller's speech alone
    agent.wav             the agent as heard, after the playback model
    agent_generated.wav   all that the agent generated, in order of arrival
    heard.json            what a recognizer heard in agent.wav, once somebody listened
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged, StorageFailed
from harness.recording.lines import Record, from_line, to_line
from harness.recording.manifest import load_heard, load_manifest, store_heard, store_manifest
from harness.recording.model import (
    CallerUtterance,
    GeneratedItem,
    PlayedSpan,
    Recording,
    ToolRun,
    Truncation,
    WireEvent,
)
from harness.recording.writer import AGENT, AGENT_GENERATED, CALLER, CALLER_CLEAN, EVENTS, TRACKS

__all__ = ["read_recording", "store_heard", "write_recording"]

R = TypeVar("R")


def write_recording(folder: Path, recording: Recording) -> None:
    """Write a whole recording into a folder (made if missing); raises StorageFailed."""
    records: tuple[Record, ...] = (
        *recording.events,
        *recording.utterances,
        *recording.played,
        *recording.generated,
        *recording.tools,
        *recording.truncations,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / EVENTS).write_bytes(b"".join(to_line(record) for record in records))
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    tracks = (
        recording.caller,
        recording.caller_clean,
        recording.agent,
        recording.agent_generated,
    )
    for name, track in zip(TRACKS, tracks, strict=True):
        wav.write(folder / name, track)
    store_manifest(folder, recording.manifest)
    if recording.heard is not None:
        store_heard(folder, recording.heard)


def read_recording(folder: Path) -> Recording:
    """Read a recording back.

    A call that crashed reads as far as it came: status None, and the last line of the events may be
    torn. Raises RecordingDamaged for anything else that does not fit, and for a newer format.
    """
    manifest = load_manifest(folder)
    records = _records(folder / EVENTS)
    caller, clean, agent, generated = _tracks(folder)
    return Recording(
        manifest=manifest,
        events=_only(records, WireEvent),
        utterances=_only(records, CallerUtterance),
        played=_only(records, PlayedSpan),
        generated=_only(records, GeneratedItem),
        tools=_only(records, ToolRun),
        truncations=_only(records, Truncation),
        caller=caller,
        caller_clean=clean,
        agent=agent,
        agent_generated=generated,
        heard=load_heard(folder),
    )


def _only(records: list[Record], kind: type[R]) -> tuple[R, ...]:
    return tuple(record for record in records if isinstance(record, kind))


def _tracks(folder: Path) -> tuple[Pcm, Pcm, Pcm, Pcm]:
    return (
        wav.read(folder / CALLER),
        wav.read(folder / CALLER_CLEAN),
        wav.read(folder / AGENT),
        wav.read(folder / AGENT_GENERATED),
    )


def _records(path: Path) -> list[Record]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    # What stands behind the last newline was being written when the call died.
    lines = data.split(b"\n")[:-1]
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        try:
            record = from_line(line)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise RecordingDamaged(path, f"line {number}: {error}") from error
        if record is not None:
            records.append(record)
    return records
