"""The audio and transcript of a stored call: channels, speakers, alignment.

The caller's channel and the speakers' names are given (by options, or by names such as "customer")
or inferred: the transcript's times fit the audio one way far better than the other. If neither
decides, the call is refused. A single channel with both voices is split by the transcript's times:
audio during a line belongs to its speaker, and in double talk the speaker is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import ModuleType

import numpy as np

from harness.audio import ffmpeg, wav
from harness.audio.pcm import Pcm
from harness.errors import Fault, FaultyFiles, RecordingDamaged, UsageError
from harness.importing.alignment import (
    FITS,
    OFF_S,
    best_shift,
    clock_of,
    clock_problem,
    fit,
    length_match,
    place,
    tools_problem,
)
from harness.importing.json_transcript import read_tools
from harness.importing.model import (
    Estimate,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
    TrackSounds,
    sounds_of,
)
from harness.importing.transcript import (
    TimedTranscript,
    by_ends,
    caller_options,
    label_sides,
    sides_unknown,
    time_faults,
    with_ends,
)
from harness.importing.transcript_files import read_transcript_files
from harness.timeline.model import Span
from harness.units import RATE_HZ

# The audio files of a stored call: checked by their headers, and read as tracks of 24 kHz.

LONGEST_S = 3600.0
"""Longer audio is refused: a call is judged in memory."""

_LEAST_HZ = 8_000
"""A telephone's rate. Audio below it holds no consonants, and often has a wrong header."""


def shape_of(path: Path) -> wav.Shape:
    """Return the shape in a file's header; raises FaultyFiles if the file cannot be a call."""
    try:
        found: wav.Shape = _reader(path).shape(path, most_s=LONGEST_S)
    except UsageError as error:  # PyAV is missing
        raise FaultyFiles.at(path, str(error)) from error
    except RecordingDamaged as error:
        raise FaultyFiles.at(path, _no_sound(error)) from error
    if found.length_s > LONGEST_S:
        problem = (
            f"lasts {found.length_s / 60:.0f} minutes; at most {LONGEST_S / 60:.0f} are judged as "
            "one call, which is held in memory: cut it where one call ends and the next begins"
        )
        raise FaultyFiles.at(path, problem)
    if not found.length_s:
        raise FaultyFiles.at(
            path, "it holds no sound (0 samples): its recording was never finished"
        )
    if found.rate_hz < _LEAST_HZ:
        problem = f"{found.rate_hz} samples a second are too few for speech; at least {_LEAST_HZ}"
        raise FaultyFiles.at(path, problem)
    return found


def tracks_of(path: Path) -> Iterator[Pcm]:
    """Yield the channels of a file; raises FaultyFiles if it cannot be read to its end."""
    try:
        found = _reader(path).read_channels(path, most_s=LONGEST_S, rate_hz=RATE_HZ)
    except RecordingDamaged as error:
        raise FaultyFiles.at(path, _no_sound(error)) from error
    yield from found


def _reader(path: Path) -> ModuleType:
    """Return the module that reads files with this suffix."""
    return ffmpeg if path.suffix.lower() in ffmpeg.SUFFIXES else wav


def _no_sound(error: RecordingDamaged) -> str:
    known = "WAV, FLAC, OGG, Opus, MP3, WebM and M4A are read"
    return f"cannot be read as sound: {error.detail} ({known})"


_CLEARLY = 0.25
"""A reading of a transcript is taken if its fit is better than the other's by this much."""


_ALIKE = 0.1
"""Two readings whose ``length_match`` differs by less are equally likely."""


@dataclass(frozen=True, slots=True)
class AudioFiles:
    """The files of one call: a stereo (or mono) file, or the caller's and the agent's own."""

    name: str
    sound: tuple[Path, ...]
    transcript: Path | None = None
    tools: Path | None = None
    agents_transcript: Path | None = None
    """Set if it is a separate file; ``transcript`` is the caller's alone then."""

    @property
    def transcripts(self) -> tuple[Path, ...]:
        """The file of the transcript, or those of the caller and the agent."""
        return tuple(one for one in (self.transcript, self.agents_transcript) if one is not None)

    @property
    def all(self) -> tuple[Path, ...]:
        """All files of the call."""
        return (*self.sound, *self.transcripts, *((self.tools,) if self.tools else ()))

    @property
    def source(self) -> str:
        """The names of its files as text."""
        return ", ".join(path.as_posix() for path in self.all)


@dataclass(frozen=True, slots=True)
class Told:
    """The user's options for the sides of a source; empty if they are to be inferred."""

    caller_channel: str = ""
    """left or right."""
    caller_name: str = ""
    shift_s: float = 0.0
    """Added to the transcript's times."""


FIND_OUT = Told()
"""No options are given."""


def read_transcript(files: AudioFiles, told: Told) -> TimedTranscript | None:
    """Return the transcript of a call with its tools, checked against the length of its audio.

    No audio is decoded. None if there is no transcript. Raises UsageError, and FaultyFiles with
    every fault in any of the files.
    """
    shapes = [shape_of(path) for path in files.sound]
    length_s, sides = max(s.length_s for s in shapes), sum(s.channels for s in shapes)
    _check_sides(files, sides, told)
    if files.transcript is None:
        if files.tools is not None:
            read_tools(files.tools)  # for its faults
        return None
    found = read_transcript_files(files.transcripts, length_s)
    if files.tools is not None:
        found = replace(found, tools=(*found.tools, *read_tools(files.tools)), notice_sources=True)
    found = found.retimed(by_s=told.shift_s)
    faults = tuple(time_faults(found, length_s))
    if sides == 1 and len(found.labels) < 2:
        faults = (*faults, Fault(files.sound[0], None, "", _MONO))
    if faults:
        raise FaultyFiles(faults)
    return replace(found, lines=with_ends(found.lines, length_s))


def _check_sides(files: AudioFiles, sides: int, told: Told) -> None:
    first = files.sound[0]
    if sides > 2 or (len(files.sound) == 2 and sides != 2):
        raise FaultyFiles.at(first, f"expected one channel for each side, found {sides} in all")
    if files.transcript is None and sides == 1:
        raise FaultyFiles.at(first, _MONO)
    if files.transcript is None and len(files.sound) == 1 and not told.caller_channel:
        raise FaultyFiles.at(first, _SIDES)


_SIDES = (
    "nothing tells which channel is the caller's; add --caller-channel left|right, "
    "or its transcript: name the folder that holds both, or both files"
)
_MONO = (
    "one channel holds both voices, and no transcript tells who speaks when; "
    "give a stereo file, two files, or a transcript with both speakers and their times"
)


_OF_DAY = (
    "its times are of the day, and one channel with both voices does not tell when they began; "
    "write times from the beginning of the sound, or give a stereo file"
)


def read_audio_call(files: AudioFiles, told: Told = FIND_OUT) -> StoredCall:
    """Return a call with audio; without a transcript it has no lines yet (``assemble.py``).

    Raises UsageError, and FaultyFiles: for the files, for sides that cannot be determined, or for a
    transcript whose clock is not that of the audio.
    """
    transcript = read_transcript(files, told)
    tracks = tuple(track for path in files.sound for track in tracks_of(path))
    call = StoredCall(
        name=files.name,
        kind=SourceKind.AUDIO,
        source=files.source,
    )
    if transcript is None:
        right = told.caller_channel == "right" and len(files.sound) == 1
        caller, agent = tracks[::-1] if right else tracks
        tools = read_tools(files.tools) if files.tools is not None else ()
        untold = frozenset({Estimate.TOOLS} if files.tools is None else ())
        return replace(call, caller=caller, agent=agent, tools=tools, estimated=untold)
    call = replace(
        call,
        tools=transcript.tools,
        facts=transcript.facts,
        tags=transcript.tags,
        today=transcript.today,
        instructions=transcript.instructions,
        started_at=transcript.started_at,
        estimated=frozenset(_untold(transcript)),
    )
    if len(tracks) == 1:
        return _parted(call, transcript, tracks[0], told)
    return _with_sides(call, transcript, tracks, files=files, told=told)


def _untold(transcript: TimedTranscript) -> Iterator[Estimate]:
    if transcript.whole_words:
        yield Estimate.HEARD
    if not transcript.notice_sources:
        yield Estimate.TOOLS


def _with_sides(
    call: StoredCall,
    transcript: TimedTranscript,
    tracks: tuple[Pcm, ...],
    *,
    files: AudioFiles,
    told: Told,
) -> StoredCall:
    sounds = tuple(map(sounds_of, tracks))
    if not any(one.spans for one in sounds):
        raise FaultyFiles.at(files.sound[0], "it is silent from beginning to end")
    ways = [
        way
        for heard in _channel_orders(sounds, files, told)
        for way in _ways(transcript, heard, told)
    ]
    if not ways:
        raise FaultyFiles.at(transcript.path, sides_unknown(transcript, told.caller_name))
    ways.sort(key=lambda way: -way.fits)
    found_out = len({way.heard[Speaker.CALLER] is sounds[0] for way in ways}) > 1
    if transcript.stamped:
        ways = _by_lengths(ways)
    way = ways[0]
    best, lines, heard = way.fits, way.lines, way.heard
    call = replace(call, tools=_moved(call.tools, way.by_s), notes=(*call.notes, *way.notes))
    if problem := clock_problem(lines, heard):
        raise FaultyFiles.at(transcript.path, _exchanged(lines, heard, best) or problem)
    if problem := tools_problem(lines, call.tools, heard):
        raise FaultyFiles.at(transcript.path, problem)
    if len(ways) > 1 and best - ways[1].fits < _CLEARLY:
        problem = (
            "nothing tells which side is the caller's: the transcript fits both ways "
            f"({best:.0%} and {ways[1].fits:.0%}); add --caller-channel left|right"
            f" or {caller_options(transcript)}"
        )
        raise FaultyFiles.at(transcript.path, problem)
    right = heard[Speaker.CALLER] is sounds[1]
    caller, agent = tracks[::-1] if right else tracks
    notes = call.notes
    if found_out:
        side = "right" if right else "left"
        notes = (*notes, f"Found out by the transcript's times: the caller's channel is {side}.")
    if off := _off(lines, heard):
        notes = (*notes, off)
    return replace(call, lines=tuple(lines), caller=caller, agent=agent, sounds=heard, notes=notes)


@dataclass(frozen=True, slots=True)
class _Way:
    """A reading of a transcript: which side each speaker is, and the meaning of its times."""

    fits: float
    lines: list[StoredLine]
    heard: Mapping[Speaker, TrackSounds]
    by_s: float = 0.0
    """Seconds by which its times were moved, if they are of the day without a known start."""
    at_ends: bool = False
    """Whether its times are taken for those of the lines' ends."""

    @property
    def notes(self) -> Iterator[str]:
        """Notes on this reading for the report."""
        if self.at_ends:
            yield "Found out by the sound: a line's time is when it ends."
        if self.by_s:
            moved = f"{self.by_s:+.1f} s"
            yield f"The transcript's times are of the day; they fit the sound moved by {moved}."


def _ways(
    transcript: TimedTranscript, heard: Mapping[Speaker, TrackSounds], told: Told
) -> Iterator[_Way]:
    readings = [(transcript, False)]
    if transcript.stamped:
        readings.append((by_ends(transcript), True))
    for reading, at_ends in readings:
        for lines in _line_orders(reading, told):
            by_s = _zero_s(lines, heard, at_ends=at_ends) if reading.of_day else 0.0
            moved = [_later(line, by_s) for line in lines]
            yield _Way(fit(moved, heard), moved, heard, by_s, at_ends)


def _zero_s(
    lines: Sequence[StoredLine], heard: Mapping[Speaker, TrackSounds], *, at_ends: bool
) -> float:
    """Return the seconds by which times of the day move to fit the begins or ends of audio."""
    rough_s = best_shift(lines, heard)[0]
    found = place([_later(line, rough_s) for line in lines], heard).lines
    off = [
        each.span.end_s - (each.line.end_s or 0.0)
        if at_ends
        else each.span.start_s - (each.line.start_s or 0.0)
        for each in found
        if each.span is not None
    ]
    return rough_s + (median(off) if off else 0.0)


def _by_lengths(ways: list[_Way]) -> list[_Way]:
    """Return the ways without those that fit about as well but not by the lengths of their text.

    Beginnings of one side's lines are about the ends of the other's, so a transcript with one time
    per line fits both readings, with the sides exchanged.
    """
    near = [way for way in ways if ways[0].fits - way.fits < _CLEARLY]
    near.sort(key=lambda way: -length_match(way.lines, way.heard))
    best = length_match(near[0].lines, near[0].heard)
    alike = [way for way in near[1:] if best - length_match(way.lines, way.heard) < _ALIKE]
    same = [way for way in alike if way.heard[Speaker.CALLER] is near[0].heard[Speaker.CALLER]]
    others = [way for way in alike if way not in same]
    return [near[0], *others]


def _later(line: StoredLine, by_s: float) -> StoredLine:
    start_s, end_s = line.start_s or 0.0, line.end_s
    return replace(line, start_s=start_s + by_s, end_s=None if end_s is None else end_s + by_s)


def _moved(tools: Sequence[StoredTool], by_s: float) -> tuple[StoredTool, ...]:
    def at(time_s: float | None) -> float | None:
        return None if time_s is None else time_s + by_s

    return tuple(
        replace(tool, requested_s=at(tool.requested_s), answered_s=at(tool.answered_s))
        for tool in tools
    )


def _exchanged(
    lines: Sequence[StoredLine], heard: Mapping[Speaker, TrackSounds], now: float
) -> str:
    """Return that the lines fit far better with the sides exchanged, if they do."""
    other = {Speaker.CALLER: heard[Speaker.AGENT], Speaker.AGENT: heard[Speaker.CALLER]}
    then = fit(lines, other)
    if then < FITS or then - now < _CLEARLY:
        return ""
    return (
        f"its times fit the sound on {now:.0%}, and on {then:.0%} with the sides exchanged: "
        "name the caller's channel (or file) the other way round"
    )


def _off(lines: Sequence[StoredLine], heard: Mapping[Speaker, TrackSounds]) -> str:
    """Return how far a transcript's clock is off, if by more than a breath; else empty."""
    found = clock_of(lines, heard)
    off_s = max((found.off_s(line.start_s or 0.0) for line in lines), key=abs, default=0.0)
    if abs(off_s) <= OFF_S:
        return ""
    return f"The transcript's clock is up to {abs(off_s):.1f} s off the sound's."


def _channel_orders(
    sounds: Sequence[TrackSounds], files: AudioFiles, told: Told
) -> Iterator[Mapping[Speaker, TrackSounds]]:
    first, second = sounds
    if told.caller_channel != "right" or len(files.sound) == 2:
        yield {Speaker.CALLER: first, Speaker.AGENT: second}
    if told.caller_channel != "left" and len(files.sound) == 1:
        yield {Speaker.CALLER: second, Speaker.AGENT: first}


def _line_orders(transcript: TimedTranscript, told: Told) -> Iterator[list[StoredLine]]:
    """Yield the lines with their speakers, in every way that the labels leave open."""
    for sides in label_sides(transcript, told.caller_name):
        yield _spoken_by(transcript, sides)


def _spoken_by(transcript: TimedTranscript, sides: Mapping[str, str]) -> list[StoredLine]:
    return [
        StoredLine(
            Speaker(sides[line.label]),
            line.text,
            line.start_s,
            line.end_s,
            interrupted=line.interrupted,
        )
        for line in transcript.lines
    ]


def _parted(call: StoredCall, transcript: TimedTranscript, mixed: Pcm, told: Told) -> StoredCall:
    """Return a call whose single channel holds both voices, split by the transcript's lines."""
    sounds = sounds_of(mixed)
    both = dict.fromkeys(Speaker, sounds)
    ways = list(_ways(transcript, both, told))
    if len(list(label_sides(transcript, told.caller_name))) != 1:
        raise FaultyFiles.at(transcript.path, sides_unknown(transcript, told.caller_name))
    if transcript.of_day:
        raise FaultyFiles.at(transcript.path, _OF_DAY)
    way = ways[0]
    for other in ways[1:]:  # times that may be those of ends
        if length_match(other.lines, both) >= length_match(way.lines, both) + _ALIKE:
            way = other
    lines = way.lines
    call = replace(call, notes=(*call.notes, *way.notes))
    if problem := clock_problem(lines, both) or tools_problem(lines, call.tools, both):
        raise FaultyFiles.at(transcript.path, problem)
    alike = [replace(line, who=Speaker.CALLER) for line in lines]
    placed = place(alike, {Speaker.CALLER: sounds, Speaker.AGENT: TrackSounds((), ())}).lines
    own: dict[Speaker, list[Span]] = {who: [] for who in Speaker}
    for line, found in zip(lines, placed, strict=True):
        own[line.who] += found.sounds
    return replace(
        call,
        lines=tuple(lines),
        caller=_only(mixed, own[Speaker.CALLER]),
        agent=_only(mixed, own[Speaker.AGENT]),
        estimated=call.estimated | {Estimate.SIDES},
    )


def _only(mixed: Pcm, spans: Sequence[Span]) -> Pcm:
    kept = np.zeros_like(mixed.samples)
    for span in spans:
        part = slice(round(span.start_s * mixed.rate_hz), round(span.end_s * mixed.rate_hz))
        kept[part] = mixed.samples[part]
    return Pcm(kept, mixed.rate_hz)
