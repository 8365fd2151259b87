"""Reads a recording folder, also after a crash, and decodes it again.

::

    manifest.json         provenance and how the call ended; status null while it runs
    events.jsonl          a record per line (``lines.py``), in the order in which it happened:
                          raw messages, each followed by its decoded events; playback
    caller.flac           the caller as sent, noise included        24 kHz PCM16 mono, all four
    caller_clean.flac     the caller's speech alone
    agent.flac            the agent as heard, after the playback model
    agent_generated.flac  all audio that the agent generated, in order of arrival
    heard.json            a recognizer's transcript of agent.flac, once it was run
    judged.json           a model judge's answers, if any was asked (``judges/answer_file.py``)

While a call runs its tracks are WAV, which stays readable up to a crash; ``pack`` (``saving.py``)
makes FLAC of them, sample by sample the same. Format 1 had WAV only, formats 1 and 2 no neutral
events: either is read, its messages decoded again with its dialect (``upgrade.py``).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TypeVar, overload

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.errors import RecordingDamaged, StorageFailed
from harness.files import open_plain, read_plain, uncollected, write_whole
from harness.judges.answer_file import readable_judged
from harness.recording.lines import Neutral, Record, from_line, ranges, to_line
from harness.recording.manifest import (
    HEARD,
    content_of_lines,
    content_of_track,
    damage,
    load_manifest,
    load_recognition,
    lost_content,
    store_manifest,
)
from harness.recording.model import (
    Absence,
    AgentEvent,
    CallerUtterance,
    Direction,
    GeneratedItem,
    ImpairedSpan,
    LateArrivals,
    LateFrames,
    NoiseBurst,
    OtherSpeech,
    PlayedSpan,
    Recording,
    SentCommand,
    StepAnswer,
    StepTaken,
    Truncation,
    TurnLeftOut,
    Violation,
    WireMessage,
)
from harness.recording.provenance import FORMAT, FileContent, Manifest
from harness.recording.redecoding import decoded_again
from harness.recording.tools import NoticeSource, ToolRun
from harness.recording.writer import AGENT, AGENT_GENERATED, CALLER, CALLER_CLEAN, EVENTS, TRACKS

# Reads the lines of ``events.jsonl``: messages on demand, everything else at once.
#
# Two hours have 400,000 messages, nearly all of them frames of the caller's audio, and no scorer
# uses them. Every line is scanned when a recording is read; for a message its offset is kept, and
# for such a frame also its send time and length.

R = TypeVar("R")

_SOUND_SENT = re.compile(
    rb'({"kind":"wire","at_s":)-?(?:0|[1-9]\d{0,9})\.\d{1,12}(,"direction":"sent","message":'
    rb'[^\n]{1,200}?{"track":"caller","start":)(?:0|[1-9]\d{0,14})(,"samples":)[1-9]\d{0,14}'
    rb"([^\n]{1,200})"
)
"""A sent message with audio in it: the text around its three numbers."""
_NUMBERS = rb"(-?(?:0|[1-9]\d{0,9})\.\d{1,12})", rb"(?:0|[1-9]\d{0,14})", rb"([1-9]\d{0,14})"
_MOST_SHAPES = 8
"""A server with more shapes names each frame: then frames are read as other messages are."""
_NO_FRAME = 0.0, 0
_NOTHING = re.compile(rb"(?!)")


class StoredMessages(Sequence[WireMessage]):
    """The messages among the lines of a file, parsed from the line on each access."""

    def __init__(self, data: bytes) -> None:
        """Take all lines; ``add`` marks the messages among them."""
        self._data, self._starts = data, array("Q")
        self._at_s, self._samples = array("d"), array("q")

    def add(self, start: int, at_s: float, samples: int) -> None:
        """Add the next message: the offset of its line; for a frame, its time and length."""
        self._starts.append(start)
        self._at_s.append(at_s)
        self._samples.append(samples)

    def sent_sounds(self) -> Iterator[tuple[float, int]]:
        """Yield for each message its send time, and its samples, if it is a frame of audio.

        No line is read again. The samples are 0 for other messages, and for frames in an unusual
        format.
        """
        return zip(self._at_s, self._samples, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> WireMessage: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[WireMessage, ...]: ...

    def __getitem__(self, index: int | slice) -> WireMessage | tuple[WireMessage, ...]:
        if isinstance(index, slice):
            return tuple(map(self._message, self._starts[index]))
        return self._message(self._starts[index])

    def __iter__(self) -> Iterator[WireMessage]:
        return map(self._message, self._starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredMessages | tuple):
            return NotImplemented
        return tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # messages hold dicts

    def __repr__(self) -> str:
        return f"<{len(self)} messages>"

    def _message(self, start: int) -> WireMessage:
        record = from_line(self._data[start : self._data.index(b"\n", start)])
        assert isinstance(record, WireMessage)
        return record


@dataclass(frozen=True, slots=True)
class Records:
    """The records in a file of lines, by kind."""

    messages: Sequence[WireMessage]
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    kinds: Mapping[type, list[Any]]
    """All other records by type, in order."""

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Return the records of a kind, in order."""
        return tuple(self.kinds.get(kind, ()))


def read_records(path: Path, data: bytes) -> Records:
    """Return the records in the lines of a file, except for unknown kinds.

    Events and commands have the number of the message before them. Raises RecordingDamaged.
    """
    messages, frames = StoredMessages(data), _Frames()
    kinds: dict[type, list[Any]] = {AgentEvent: [], SentCommand: []}
    last: int | None = None
    for number, (start, line) in enumerate(_lines(data), start=1):
        if found := frames.shape.fullmatch(line):
            last = len(messages)
            messages.add(start, float(found[1]), int(found[2]))
            continue
        record = _record(path, number, line, after=last)
        if isinstance(record, WireMessage):
            last = len(messages)
            messages.add(start, *frames.learnt(line, record))
        elif record is not None:
            kinds.setdefault(type(record), []).append(record)
    events, commands = tuple(kinds.pop(AgentEvent)), tuple(kinds.pop(SentCommand))
    return Records(messages, events, commands, kinds)


class _Frames:
    """Finds lines of sent audio without reading JSON: nine of ten lines are such.

    This is exact: a line was read as JSON, and the next ones have the same text around their three
    numbers.
    """

    def __init__(self) -> None:
        self.shape = _NOTHING
        """Matches lines in the format of the last frame that was parsed: time, length."""
        self._shapes = 0

    def learnt(self, line: bytes, message: WireMessage) -> tuple[float, int]:
        """Learn from a line that was read; return send time and length, 0 for other messages."""
        around = _SOUND_SENT.fullmatch(line)
        if around is None or self._shapes == _MOST_SHAPES:
            return _NO_FRAME
        held = ranges(message.message)
        is_sent = message.direction is Direction.SENT and message.malformed is None
        if not is_sent or len(held) != 1:
            return _NO_FRAME
        texts = map(re.escape, around.groups())
        shape = re.compile(b"".join(chain(*zip_longest(texts, _NUMBERS, fillvalue=b""))))
        found, read = shape.fullmatch(line), (message.at_s, held[0].samples)
        if found is None or (float(found[1]), int(found[2])) != read:
            return _NO_FRAME
        self._shapes += 1
        self.shape = shape
        return read


def read_lines(path: Path, data: bytes) -> list[Record | None]:
    """Return the record in every line, None for unknown kinds; raises RecordingDamaged.

    Text after the last newline was being written when the call died.
    """
    return [_record(path, number, line) for number, (_, line) in enumerate(_lines(data), start=1)]


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its offset; one by one, since all at once would copy the file."""
    start = 0
    while (stop := data.find(b"\n", start)) >= 0:
        yield start, data[start:stop]
        start = stop + 1


def _record(path: Path, number: int, line: bytes, *, after: int | None = None) -> Record | None:
    try:
        return from_line(line, after=after)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingDamaged(path, f"line {number}: {error}") from error


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
"""New events that have not replaced the old file yet (``redecode``)."""


def track_path(folder: Path, name: str) -> Path:
    """Return the path of a track (``CALLER`` and so on): its WAV if that exists, else its FLAC."""
    growing = folder / name
    return growing if growing.exists() else growing.with_suffix(PACKED)


def read_recording(folder: Path) -> Recording:
    """Read a recording back.

    A call that crashed reads up to the crash: status None, and the last line of the events may be
    torn. Data that the files have lost since they were written is described in ``damage``. Raises
    RecordingDamaged for a recording that cannot be read at all, and for another format.
    """
    manifest = load_manifest(folder)
    data = events_of(folder, manifest)
    with uncollected():
        records = read_records(folder / EVENTS, data)
    caller, clean, agent, generated = tracks = _tracks(folder)
    recording = Recording(
        manifest=manifest,
        messages=records.messages,
        events=records.events,
        commands=records.commands,
        violations=records.of(Violation),
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
    found = _contents(tracks)
    found[EVENTS] = content_of_lines(data)
    if recording.recognition is not None:
        found[HEARD] = content_of_lines(_bytes(folder / HEARD))
    return replace(recording, damage=damage(recording, found))


def content_damage(folder: Path) -> str:
    """Return, as text, the data that a recording has lost, by its checksums alone; empty if whole.

    Like ``Recording.damage``, without decoding the events. Raises RecordingDamaged.
    """
    manifest = load_manifest(folder)
    if manifest.status is None:
        return ""
    tracks = _tracks(folder)
    found = _contents(tracks)
    found[EVENTS] = content_of_lines(events_of(folder, manifest))
    if (folder / HEARD).exists():
        found[HEARD] = content_of_lines(_bytes(folder / HEARD))
    return "; ".join(lost_content(manifest.contents, found, tracks[0].rate_hz))


def _tracks(folder: Path) -> tuple[Pcm, Pcm, Pcm, Pcm]:
    """Return the tracks; without noise and impairments both caller tracks are the same object."""
    sent, clean = (track_path(folder, name) for name in (CALLER, CALLER_CLEAN))
    caller = wav.read(sent)
    return (
        caller,
        caller if _same_bytes(sent, clean) else wav.read(clean),
        wav.read(track_path(folder, AGENT)),
        wav.read(track_path(folder, AGENT_GENERATED)),
    )


def _same_bytes(one: Path, other: Path) -> bool:
    """Return whether two files are equal; False if either cannot be read."""
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


def _contents(tracks: Sequence[Pcm]) -> dict[str, FileContent]:
    """Return the content of the tracks, by name; a track that occurs twice is read once."""
    contents: dict[int, FileContent] = {}
    for track in tracks:
        if id(track) not in contents:
            contents[id(track)] = content_of_track(track)
    return {name: contents[id(track)] for name, track in zip(TRACKS, tracks, strict=True)}


def events_of(folder: Path, manifest: Manifest) -> bytes:
    """Return the content of ``events.jsonl``, even if its new form has not replaced it yet.

    Raises RecordingDamaged.
    """
    fresh = folder / FRESH_EVENTS
    if fresh.exists():
        data = _bytes(fresh)
        written = manifest.contents.get(EVENTS)
        if content_of_lines(data) == written:
            return data
    return _bytes(folder / EVENTS)


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error


# Decodes a stored recording again, and writes it back: for a dialect that was fixed since.
#
# Messages and all other notes of the call stay byte by byte; the dialect's new events replace the
# old events after each message.

_MADE_BY_A_DIALECT = (b'{"kind":"event"', b'{"kind":"violation"')


class _Foreign:
    """A line of a kind that this version does not know."""


def redecode(folder: Path) -> str:
    """Decode the messages of a recording again and write it back; return why not, as text.

    If interrupted, it leaves the recording in the old or the new state. A damaged recording, or a
    recording whose dialect is missing or breaks on it, stays as it is. Raises RecordingDamaged for
    a recording that cannot be read at all, and StorageFailed.
    """
    recording = read_recording(folder)
    if recording.damage:
        return recording.damage
    fresh, broken = _decoded_again(folder, recording.manifest)
    if not broken:
        _replace(folder, recording, fresh)
    return broken


def _decoded_again(folder: Path, manifest: Manifest) -> tuple[bytes, str]:
    """Return the new content of ``events.jsonl``, or why there is none."""
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
    """Write the manifest after the new events are stored and before they replace the old file.

    A reader takes the new events from their temporary file as soon as the manifest matches them.
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
