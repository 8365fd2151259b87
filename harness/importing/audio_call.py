"""The sound of a stored call and its transcript as one call: whose channel, whose words.

The caller's channel and the speakers' names are told (by options, or by names such as "customer")
or found out: the transcript's times fit the sound one way far better than the other. Where neither
tells, the call is refused. One channel with both voices is parted by the transcript's times: what
sounds in a line's time is its speaker's, and who is heard when both speak cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.audio.pcm import Pcm
from harness.errors import Fault, FaultyFiles
from harness.importing.alignment import (
    FITS,
    OFF_S,
    clock_of,
    clock_problem,
    fit,
    place,
    tools_problem,
)
from harness.importing.captions import read_captions
from harness.importing.json_transcript import read_json_transcript, read_tools
from harness.importing.model import Estimate, SourceKind, Speaker, StoredCall, StoredLine
from harness.importing.sound_files import shape_of, tracks_of
from harness.importing.sounds import TrackSounds, sounds_of
from harness.importing.transcript import TimedTranscript, side_of, time_faults, with_ends
from harness.scenario.wording import listed
from harness.timeline.model import Span

CAPTIONS = (".vtt", ".srt")
_CLEARLY = 0.25
"""So much better a transcript must fit one way than the other before that way is taken."""


@dataclass(frozen=True, slots=True)
class AudioFiles:
    """The files of one call: a stereo (or mono) file, or the caller's and the agent's own."""

    name: str
    sound: tuple[Path, ...]
    transcript: Path | None = None
    tools: Path | None = None

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file of it."""
        return (*self.sound, *(one for one in (self.transcript, self.tools) if one))

    @property
    def source(self) -> str:
        """Its files in words."""
        return ", ".join(path.as_posix() for path in self.all)


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of a source's sides; empty where it is to be found out."""

    caller_channel: str = ""
    """left or right."""
    caller_name: str = ""
    shift_s: float = 0.0
    """Added to the transcript's times."""


FIND_OUT = Told()
"""Nothing is told."""


def read_transcript(files: AudioFiles, told: Told) -> TimedTranscript | None:
    """Return the transcript of a call with its tools, checked beside the length of its sound.

    No sound is decoded. None where there is no transcript. Raises UsageError, and FaultyFiles with
    all that is wrong in any of the files.
    """
    shapes = [shape_of(path) for path in files.sound]
    length_s, sides = max(s.length_s for s in shapes), sum(s.channels for s in shapes)
    _check_sides(files, sides, told)
    if files.transcript is None:
        if files.tools is not None:
            read_tools(files.tools)  # for its faults
        return None
    if files.transcript.suffix.lower() in CAPTIONS:
        found = read_captions(files.transcript)
    else:
        found = read_json_transcript(files.transcript, length_s)
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


def read_audio_call(files: AudioFiles, told: Told = FIND_OUT) -> StoredCall:
    """Return a call of sound; one without a transcript has no lines yet (``transcribing.py``).

    Raises UsageError, and FaultyFiles: the files, or the sides cannot be told, or the transcript's
    clock is not that of the sound.
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
        (fit(lines, heard), lines, heard)
        for heard in _channel_orders(sounds, files, told)
        for lines in _line_orders(transcript, told)
    ]
    if not ways:
        raise FaultyFiles.at(transcript.path, _sides_unknown(transcript))
    ways.sort(key=lambda way: -way[0])
    best, lines, heard = ways[0]
    if problem := clock_problem(lines, heard):
        raise FaultyFiles.at(transcript.path, _exchanged(lines, heard, best) or problem)
    if problem := tools_problem(lines, call.tools, heard):
        raise FaultyFiles.at(transcript.path, problem)
    if len(ways) > 1 and best - ways[1][0] < _CLEARLY:
        problem = (
            "nothing tells which side is the caller's: the transcript fits both ways "
            f"({best:.0%} and {ways[1][0]:.0%}); add --caller-channel left|right"
            " or --caller NAME"
        )
        raise FaultyFiles.at(transcript.path, problem)
    right = heard[Speaker.CALLER] is sounds[1]
    caller, agent = tracks[::-1] if right else tracks
    notes = call.notes
    if len(ways) > 1:
        side = "right" if right else "left"
        notes = (*notes, f"Found out by the transcript's times: the caller's channel is {side}.")
    if off := _off(lines, heard):
        notes = (*notes, off)
    return replace(call, lines=tuple(lines), caller=caller, agent=agent, sounds=heard, notes=notes)


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
    """Return how far a transcript's clock is off, where that is more than a breath; else empty."""
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
    labels = transcript.labels
    sides = {label: side_of(label) for label in labels}
    if told.caller_name:
        sides = {
            label: "caller" if label.lower() == told.caller_name.lower() else "agent"
            for label in labels
        }
    unknown = [label for label in labels if not sides[label]]
    known = set(filter(None, sides.values()))
    if not unknown:
        yield _spoken_by(transcript, sides)
    elif len(labels) == 2 and len(unknown) == 1:
        other = "caller" if known == {"agent"} else "agent"
        yield _spoken_by(transcript, {**sides, unknown[0]: other})
    elif len(labels) == 2:
        for caller in labels:
            yield _spoken_by(transcript, {x: "caller" if x == caller else "agent" for x in labels})


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


def _sides_unknown(transcript: TimedTranscript) -> str:
    return (
        f"nothing tells who of {listed(transcript.labels)} is the caller; name the speakers caller "
        "and agent, or add --caller NAME"
    )


def _parted(call: StoredCall, transcript: TimedTranscript, mixed: Pcm, told: Told) -> StoredCall:
    """Return a call whose one channel holds both voices, parted by the transcript's lines."""
    ways = list(_line_orders(transcript, told))
    if len(ways) != 1:
        raise FaultyFiles.at(transcript.path, _sides_unknown(transcript))
    lines = ways[0]
    sounds = sounds_of(mixed)
    both = dict.fromkeys(Speaker, sounds)
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
