"""The recording folder, format v3: read back whole, even after a crash.

::

    manifest.json         provenance and how the call ended; status null while it runs
    events.jsonl          one record per line (``lines.py``), in the order in which it happened:
                          raw messages, behind each what the dialect made of it, what was heard
    caller.flac           the caller as sent, noise included        24 kHz PCM16 mono, all four
    caller_clean.flac     the caller's speech alone
    agent.flac            the agent as heard, after the playback model
    agent_generated.flac  all that the agent generated, in order of arrival
    heard.json            what a recognizer heard in agent.flac, once somebody listened
    judged.json           what a model judge answered, if one was asked (``judges/stored.py``)

While a call runs its tracks are WAV, which reads as far as it came if the call dies; ``pack``
(``saving.py``) makes FLAC of them, sample by sample the same. Format 1 had WAV only, formats 1 and
2 no neutral events: either is read, its messages decoded again with its dialect (``upgrade.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged
from harness.judges.stored import readable_judged
from harness.recording.absence import Absence
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.caller import CallerUtterance, ImpairedSpan, OtherSpeech, TurnLeftOut
from harness.recording.manifest import (
    HEARD,
    content_of_lines,
    content_of_track,
    damage,
    load_manifest,
    load_recognition,
    lost_content,
)
from harness.recording.messages import Violation
from harness.recording.model import NoiseBurst, Recording
from harness.recording.own_lateness import LateArrivals, LateFrames
from harness.recording.provenance import FileContent, Manifest
from harness.recording.reading import Records, read_lines, read_records, sorted_out
from harness.recording.steps import StepAnswer, StepTaken
from harness.recording.tools import NoticeSource, ToolRun
from harness.recording.upgrade import NEUTRAL_SINCE, decoded_again
from harness.recording.writer import AGENT, AGENT_GENERATED, CALLER, CALLER_CLEAN, EVENTS, TRACKS
from harness.storage import open_plain, read_plain, uncollected

__all__ = [
    "FRESH_EVENTS",
    "PACKED",
    "content_damage",
    "events_of",
    "read_recording",
    "track_path",
]

PACKED = ".flac"
_BLOCK = 1 << 20
FRESH_EVENTS = "events.jsonl.new"
"""A new form of the events on its way to their place (``redecode.py``)."""


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
    with uncollected():
        records, broken = _records_of(folder, manifest, data)
    caller, clean, agent, generated = tracks = _tracks(folder)
    recording = Recording(
        manifest=manifest,
        messages=records.messages,
        events=records.events,
        commands=records.commands,
        violations=None if broken and not records.events else records.of(Violation),
        utterances=records.of(CallerUtterance),
        played=records.of(PlayedSpan),
        generated=records.of(GeneratedItem),
        tools=records.of(ToolRun),
        notice_sources=records.of(NoticeSource),
        truncations=records.of(Truncation),
        impaired=records.of(ImpairedSpan),
        others=records.of(OtherSpeech),
        bursts=records.of(NoiseBurst),
        left_out=records.of(TurnLeftOut),
        steps=records.of(StepTaken),
        step_answers=records.of(StepAnswer),
        absences=records.of(Absence),
        late_frames=records.of(LateFrames),
        late_arrivals=records.of(LateArrivals),
        caller=caller,
        caller_clean=clean,
        agent=agent,
        agent_generated=generated,
        recognition=load_recognition(folder),
        judged=readable_judged(folder),
    )
    found = _contents(tracks, manifest)
    found[EVENTS] = content_of_lines(data, manifest.contents.get(EVENTS))
    if recording.recognition is not None:
        found[HEARD] = content_of_lines(_bytes(folder / HEARD), manifest.contents.get(HEARD))
    lost = damage(recording, found)
    return replace(recording, damage="; ".join(filter(None, (lost, broken))))


def _records_of(folder: Path, manifest: Manifest, data: bytes) -> tuple[Records, str]:
    """Return what the lines hold, and what of the messages of an old recording cannot be read."""
    if manifest.format >= NEUTRAL_SINCE:
        return read_records(folder / EVENTS, data), ""
    known = (record for record in read_lines(folder / EVENTS, data) if record is not None)
    again = decoded_again(known, manifest)
    return sorted_out(again.records), again.broken


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
    found, written = _contents(tracks, manifest), manifest.contents
    found[EVENTS] = content_of_lines(events_of(folder, manifest), written.get(EVENTS))
    if (folder / HEARD).exists():
        found[HEARD] = content_of_lines(_bytes(folder / HEARD), written.get(HEARD))
    return "; ".join(lost_content(manifest.contents, found, tracks[0].rate_hz))


def _tracks(folder: Path) -> tuple[Pcm, Pcm, Pcm, Pcm]:
    """Return the tracks; without noise and impairments both of the caller are one and the same."""
    sent, clean = (track_path(folder, name) for name in (CALLER, CALLER_CLEAN))
    caller = wav.read(sent)
    return (
        caller,
        caller if _same_bytes(sent, clean) else wav.read(clean),
        wav.read(track_path(folder, AGENT)),
        wav.read(track_path(folder, AGENT_GENERATED)),
    )


def _same_bytes(one: Path, other: Path) -> bool:
    """Say whether two files hold the same; not where one of them cannot be read."""
    try:
        if one.stat().st_size != other.stat().st_size:
            return False
        with open_plain(one) as first, open_plain(other) as second:
            while block := first.read(_BLOCK):
                if block != second.read(_BLOCK):
                    return False
    except OSError:
        return False
    return True


def _contents(tracks: Sequence[Pcm], manifest: Manifest) -> dict[str, FileContent]:
    """Return what the tracks hold, by their names; one that is there twice is read once."""
    contents: dict[int, FileContent] = {}
    for name, track in zip(TRACKS, tracks, strict=True):
        if id(track) not in contents:
            contents[id(track)] = content_of_track(track, manifest.contents.get(name))
    return {name: contents[id(track)] for name, track in zip(TRACKS, tracks, strict=True)}


def events_of(folder: Path, manifest: Manifest) -> bytes:
    """Return what ``events.jsonl`` holds, also where its new form is not yet in its place.

    Raises RecordingDamaged.
    """
    fresh = folder / FRESH_EVENTS
    if fresh.exists():
        data = _bytes(fresh)
        written = manifest.contents.get(EVENTS)
        if content_of_lines(data, written) == written:
            return data
    return _bytes(folder / EVENTS)


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
