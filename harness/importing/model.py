"""The model of a stored call that readers return, with its lines and speech spans.

A reader knows a single kind of source and does not know recordings. A value that a source does not
report is None or empty here and is never made up: missing times are estimated later and marked as
estimates. Seconds are on the call's own clock, which begins with its audio (or its first line).
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
from harness.speech.segments import EARS_RATE_HZ, speech_stretches
from harness.timeline.model import Span
from harness.units import clock

# Voice activity on a track of a stored call, found from its audio alone.
#
# On a track whose pauses are silent, energy finds speech to the sample (on our own callers: within
# 10 ms). Under noise, energy finds the noise; there a voice activity model finds the speech, and
# energy finds only its beginning and end inside (on our own caller in a café at 10 dB: within 0.12
# s).

QUIET_DBFS = -60.0
"""A track whose quietest tenth is below this level is silent between utterances."""

GAP_S = 0.12
"""A pause at least this long separates two sounds: they may hold words of different lines."""

_SOUND_S = 0.05
_OVER_FLOOR_DB = 10.0
_UNDER_SPEECH_DB = 3.0
_EARLY_S = 0.1


@dataclass(frozen=True, slots=True)
class TrackSounds:
    """The spans of a track with audio (``spans``) and with a voice (``voiced``), in order."""

    spans: tuple[Span, ...]
    voiced: tuple[Span, ...]


def sounds_of(track: Pcm) -> TrackSounds:
    """Return the spans of a track with audio and with a voice."""
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
    """Return the parts of a voiced stretch above the noise, or all of it if no part is above."""
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
    """The speaker of a line."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One utterance of one side; times are None if the source reports none."""

    who: Speaker
    text: str | None
    """None if the side spoke and its words are unknown."""
    start_s: float | None = None
    end_s: float | None = None
    item_id: str = ""
    """The source's own id of the line, empty if it has none."""
    response_id: str = ""
    interrupted: bool = False
    """The source reports that the speaker was cut off before the end of the text."""


@dataclass(frozen=True, slots=True)
class StoredTool:
    """A tool call and its outcome; ``arguments`` is JSON text, as the agent wrote it."""

    name: str
    arguments: str
    after_line: int
    """How many lines of the call precede it, for sources that report only the order."""
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
    """The messages of a session, as a recording holds them; times are on the call's clock."""

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
    """A stored call: its lines in order, its tools, its audio if there is any, and its facts."""

    name: str
    """The name of the call, and of its folder in the run."""
    kind: SourceKind
    source: str
    """The file (or files) that the call was read from, as the user named them."""
    lines: tuple[StoredLine, ...] = ()
    tools: tuple[StoredTool, ...] = ()
    caller: Pcm | None = None
    agent: Pcm | None = None
    sounds: Mapping[Speaker, TrackSounds] | None = None
    """The spans with audio on both tracks, if the reader has analysed them."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Values by the name of a fact; the kind of a fact comes from the suite."""
    tags: tuple[str, ...] = ()
    today: date | None = None
    instructions: str | None = None
    """The agent's instructions, if the source has them; else the suite's prompt is used."""
    started_at: str = ""
    """ISO 8601; empty if unknown."""
    estimated: frozenset[Estimate] = frozenset()
    """The values that the reader itself estimated; ``assemble`` adds its own estimates."""
    notes: tuple[str, ...] = ()
    """Notes on this source for the user, one sentence each."""
    offered: tuple[OfferedTool, ...] = ()
    """Tools that the source describes; the suite's description of the same tool wins."""
    status: CallStatus = CallStatus.COMPLETED
    """Another status if the source reports that the call is no evidence about the agent."""
    status_detail: str = ""
    session: StoredSession | None = None
    """Set if the source is the session's own messages: they describe the agent, not its lines."""
    faults: tuple[Fault, ...] = ()
    """Faults in the call's files: such a call is reported and not judged; other calls still are."""


# The lines of a transcript without audio, by their own times, and the notes on them.

NO_AUDIO = "The transcripts have no audio: words and tools are judged, and no times."

WENT_BACK = "of the transcript has an earlier time than the line in front of it"

_BACK_S = 1.0
"""A time may go back by this much: some logs count whole seconds."""


def in_order(lines: Iterable[StoredLine]) -> tuple[tuple[StoredLine, ...], tuple[str, ...]]:
    """Return the lines of a transcript without audio and the notes on it for its page.

    If times go back, they are not the times of these lines, and all of them are dropped.
    """
    found = tuple(lines)
    for number, (before, line) in enumerate(pairwise(found), 2):
        if (before.start_s or 0.0) - (line.start_s or 0.0) > _BACK_S:
            times = f"{clock(line.start_s or 0.0)} after {clock(before.start_s or 0.0)}"
            note = f"Line {number} {WENT_BACK} ({times}): its times are not shown."
            bare = tuple(replace(line, start_s=None, end_s=None) for line in found)
            return bare, (NO_AUDIO, note)
    return found, (NO_AUDIO,)
