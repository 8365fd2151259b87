"""The model of a stored call that readers return, with its lines and speech spans.

A reader knows one kind of source and nothing of recordings. What a source does not tell is None or
empty here, and never made up: times that are missing are estimated later, and marked so. Seconds
are on the call's own clock, which begins with its sound (or with its first line).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import Any

import numpy as np

from harness.audio.activity import AUDIBLE_DBFS, active_level_dbfs, audible_spans, floor_dbfs
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import Fault
from harness.recording.model import (
    AgentEvent,
    GeneratedItem,
    PlayedSpan,
    SentCommand,
    Truncation,
    Violation,
    WireMessage,
)
from harness.recording.provenance import CallStatus, Estimate, SourceKind
from harness.recording.tools import ToolOutcome, ToolRun
from harness.speech.stretches import EARS_RATE_HZ, speech_stretches
from harness.timeline.model import Span
from harness.units import clock

# Where somebody speaks on one track of a stored call, told by nothing but its sound.
#
# On a track whose pauses are silent, energy finds speech to the sample (on our own callers:
# within 10 ms). Under noise it finds the noise; there a voice activity model says where speech
# is, and energy only where inside it begins and ends (on our own caller in a café at 10 dB:
# within 0.12 s).

QUIET_DBFS = -60.0
"""A track whose quietest tenth lies below is silent where nobody speaks."""

GAP_S = 0.12
"""Pauses from this length on part two sounds: words of two lines may lie on both sides."""

_SOUND_S = 0.05
_OVER_FLOOR_DB = 10.0
_UNDER_SPEECH_DB = 3.0
_EARLY_S = 0.1


@dataclass(frozen=True, slots=True)
class TrackSounds:
    """What sounds on a track (``spans``), and where of it a voice is (``voiced``), in order."""

    spans: tuple[Span, ...]
    voiced: tuple[Span, ...]


def sounds_of(track: Pcm) -> TrackSounds:
    """Return where a track sounds."""
    voiced, floor = tuple(_voiced(track)), floor_dbfs(track)
    if floor <= QUIET_DBFS or not voiced:
        whole = Span(0.0, track.duration_s)
        limit_dbfs = max(AUDIBLE_DBFS, floor + _OVER_FLOOR_DB)
        return TrackSounds(tuple(_loud(track, whole, limit_dbfs)), voiced)
    return TrackSounds(tuple(one for part in voiced for one in _inside(track, part)), voiced)


def _voiced(track: Pcm) -> Iterator[Span]:
    samples = resample(track, EARS_RATE_HZ).samples.astype(np.float32)
    samples /= np.float32(32_768)
    for part in speech_stretches(samples):
        yield Span(part.start / EARS_RATE_HZ, part.stop / EARS_RATE_HZ)


def _inside(track: Pcm, part: Span) -> tuple[Span, ...]:
    """Return what of a voiced stretch stands out of the noise; all of it where nothing does."""
    wide = Span(max(0.0, part.start_s - _EARLY_S), min(track.duration_s, part.end_s))
    clip = track.cut(round(wide.start_s * track.rate_hz), round(wide.end_s * track.rate_hz))
    limit_dbfs = min(floor_dbfs(track) + _OVER_FLOOR_DB, active_level_dbfs(clip) - _UNDER_SPEECH_DB)
    return tuple(_loud(track, wide, max(AUDIBLE_DBFS, limit_dbfs))) or (part,)


def _loud(track: Pcm, within: Span, threshold_dbfs: float) -> Iterator[Span]:
    start = round(within.start_s * track.rate_hz)
    clip = track.cut(start, round(within.end_s * track.rate_hz))
    found = audible_spans(
        clip, threshold_dbfs=threshold_dbfs, min_gap_s=GAP_S, min_sound_s=_SOUND_S
    )
    for first, stop in found:
        yield Span((start + first) / track.rate_hz, (start + stop) / track.rate_hz)


__all__ = [
    "Estimate",
    "OfferedTool",
    "SourceKind",
    "Speaker",
    "StoredCall",
    "StoredLine",
    "StoredSession",
    "StoredTool",
]


class Speaker(Enum):
    """Who says a line."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class StoredLine:
    """What one side said in one go; times are None where the source tells none."""

    who: Speaker
    text: str | None
    """None where something was said and nobody knows the words."""
    start_s: float | None = None
    end_s: float | None = None
    item_id: str = ""
    """The source's own name of it, empty where it has none."""
    response_id: str = ""
    interrupted: bool = False
    """The source tells that the speaker had more to say than was heard."""


@dataclass(frozen=True, slots=True)
class StoredTool:
    """One tool call and how it ended; ``arguments`` is JSON text, as the agent wrote it."""

    name: str
    arguments: str
    after_line: int
    """How many lines of the call stand before it, for sources whose order is all they tell."""
    output: str | None = None
    call_id: str = ""
    response_id: str = ""
    requested_s: float | None = None
    answered_s: float | None = None
    outcome: ToolOutcome = ToolOutcome.OK


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool as the source describes it to its agent; ``parameters`` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """What the messages of a session tell, as a recording has it; times are on the call's clock."""

    dialect: str
    messages: tuple[WireMessage, ...]
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    violations: tuple[Violation, ...]
    played: tuple[PlayedSpan, ...]
    generated: tuple[GeneratedItem, ...]
    tools: tuple[ToolRun, ...]
    truncations: tuple[Truncation, ...]
    agent_generated: Pcm
    duration_s: float


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call: its words in order, its tools, its sound where there is any, and what is known."""

    name: str
    """Of the call, and of its folder in the run."""
    kind: SourceKind
    source: str
    """The file (or files) it was read from, as the user named them."""
    lines: tuple[StoredLine, ...] = ()
    tools: tuple[StoredTool, ...] = ()
    caller: Pcm | None = None
    agent: Pcm | None = None
    sounds: Mapping[Speaker, TrackSounds] | None = None
    """Where both tracks sound, if the reader has listened."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Values by the name of a fact; what the suite says of that fact (its kind) holds for it."""
    tags: tuple[str, ...] = ()
    today: date | None = None
    instructions: str | None = None
    """What the agent was told, where the source has it; else the suite's prompt."""
    started_at: str = ""
    """ISO 8601; empty where nobody knows."""
    estimated: frozenset[Estimate] = frozenset()
    """What of it the reader itself had to estimate; ``assemble`` adds what it estimates."""
    notes: tuple[str, ...] = ()
    """What a person should know about this source, one sentence each."""
    offered: tuple[OfferedTool, ...] = ()
    """Tools that the source describes; what the suite says of a tool of that name wins."""
    status: CallStatus = CallStatus.COMPLETED
    """Another one where the source tells that the call says nothing of the agent."""
    status_detail: str = ""
    session: StoredSession | None = None
    """Where the source is the session's own messages: they tell of the agent, its lines do not."""
    faults: tuple[Fault, ...] = ()
    """What is wrong in its files: such a call is told and not judged, and others beside it are."""


# The lines of a transcript without audio, by their own times, and what its page says of them.

NO_AUDIO = "The transcripts have no audio: words and tools are judged, and no times."

WENT_BACK = "of the transcript has an earlier time than the line in front of it"

_BACK_S = 1.0
"""So far a time may go back: some logs count whole seconds."""


def in_order(lines: Iterable[StoredLine]) -> tuple[tuple[StoredLine, ...], tuple[str, ...]]:
    """Return the lines of a transcript without audio and the notes on it for its page.

    Times that go back are no times of these lines, and none is kept.
    """
    found = tuple(lines)
    for number, (before, line) in enumerate(pairwise(found), 2):
        if (before.start_s or 0.0) - (line.start_s or 0.0) > _BACK_S:
            times = f"{clock(line.start_s or 0.0)} after {clock(before.start_s or 0.0)}"
            note = f"Line {number} {WENT_BACK} ({times}): its times are not shown."
            bare = tuple(replace(line, start_s=None, end_s=None) for line in found)
            return bare, (NO_AUDIO, note)
    return found, (NO_AUDIO,)
