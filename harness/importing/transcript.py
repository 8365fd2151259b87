"""A transcript with times, whoever wrote it: lines with a speaker's label, tools, what is told.

Times are seconds on the clock of the sound. Faults name their place, and all of a file come at
once: a line without a time, times that go back, a side that speaks over itself, words after the
end of the sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.errors import Fault
from harness.importing.model import StoredTool
from harness.units import clock

BACK_S = 0.5
"""So far a line may begin before the one in front of it, and a side may overlap itself."""

AFTER_S = 1.0
"""So far a transcript may run on behind the sound."""

_AGENTS = frozenset(
    {"agent", "assistant", "bot", "ai", "model", "advisor", "adviser", "operator", "rep"}
)
_CALLERS = frozenset(
    {"caller", "customer", "user", "client", "human", "guest", "patient", "visitor"}
)


@dataclass(frozen=True, slots=True)
class TimedLine:
    """One line: who says it, as the file calls them, and where in the file it stands."""

    label: str
    text: str
    start_s: float
    end_s: float | None
    place: tuple[int | None, str]
    """Line of the file, and key inside it."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class TimedTranscript:
    """What one file tells of a call."""

    path: Path
    lines: tuple[TimedLine, ...]
    tools: tuple[StoredTool, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    today: date | None = None
    instructions: str | None = None
    started_at: str = ""
    notice_sources: bool = False
    """Whether anything tells which tools were called, if only that none was."""
    whole_words: bool = False
    """Its words are all that the agent meant to say, heard or not."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the speakers, in the order in which they first speak."""
        return tuple(dict.fromkeys(line.label for line in self.lines))

    def retimed(self, *, scale: float = 1.0, by_s: float = 0.0) -> TimedTranscript:
        """Return it by another clock: its times in another unit, or later by so much."""

        def at(time: float | None) -> float | None:
            return None if time is None else time * scale + by_s

        return replace(
            self,
            lines=tuple(
                replace(line, start_s=line.start_s * scale + by_s, end_s=at(line.end_s))
                for line in self.lines
            ),
            tools=tuple(
                replace(tool, requested_s=at(tool.requested_s), answered_s=at(tool.answered_s))
                for tool in self.tools
            ),
        )


def side_of(label: str) -> str:
    """Return "caller" or "agent" for a label whose words tell it, else nothing."""
    words = {word.strip("_-.:#0123456789 ").lower() for word in label.replace("_", " ").split()}
    agent, caller = bool(words & _AGENTS), bool(words & _CALLERS)
    return "" if agent is caller else "agent" if agent else "caller"


def time_faults(transcript: TimedTranscript, length_s: float) -> Iterator[Fault]:
    """Yield what is wrong with the times beside ``length_s`` seconds of sound."""
    path = transcript.path
    for line in transcript.lines:
        if line.start_s < -BACK_S:
            yield Fault(path, *line.place, f"begins {-line.start_s:.1f} s before the sound does")
        if line.end_s is not None and line.end_s < line.start_s:
            problem = f"ends ({clock(line.end_s)}) before it begins ({clock(line.start_s)})"
            yield Fault(path, *line.place, problem)
        end_s = max(line.start_s, line.end_s or 0.0)
        if end_s > length_s + AFTER_S:
            problem = (
                f"ends at {clock(end_s)}, after the sound, which is {clock(length_s)} long; "
                "if its clock is another, add --shift SECONDS"
            )
            yield Fault(path, *line.place, problem)
    for before, line in pairwise(transcript.lines):
        if line.start_s < before.start_s - BACK_S:
            problem = (
                f"begins at {clock(line.start_s)}, before the line in front of it "
                f"({clock(before.start_s)}); write the lines in the order of time"
            )
            yield Fault(path, *line.place, problem)
    yield from _overlaps(transcript)
    for tool in transcript.tools:
        at_s = tool.requested_s or 0.0
        if not -BACK_S <= at_s <= length_s + AFTER_S:
            lasts = f"the sound lasts {length_s:.1f} s"
            problem = f"{tool.name} was requested at {at_s:.1f} s, and {lasts}"
            yield Fault(path, None, "", problem)
        if tool.requested_s is None and tool.after_line > len(transcript.lines):
            problem = f"{tool.name} stands after line {tool.after_line} of {len(transcript.lines)}"
            yield Fault(path, None, "", problem)


def _overlaps(transcript: TimedTranscript) -> Iterator[Fault]:
    for label in transcript.labels:
        own = [line for line in transcript.lines if line.label == label]
        for before, line in pairwise(own):
            over_s = (before.end_s or before.start_s) - line.start_s
            if over_s > BACK_S and line.start_s >= before.start_s - BACK_S:
                problem = (
                    f"{label} speaks from {clock(line.start_s)}, {over_s:.1f} s before the end of "
                    "the same speaker's line in front of it"
                )
                yield Fault(transcript.path, *line.place, problem)


def with_ends(lines: Sequence[TimedLine], length_s: float) -> tuple[TimedLine, ...]:
    """Return lines that all have an end: where none is told, it is where the next one begins."""
    starts = [*(line.start_s for line in lines), length_s][1:]
    return tuple(
        line if line.end_s is not None else replace(line, end_s=max(line.start_s, start_s))
        for line, start_s in zip(lines, starts, strict=True)
    )


def seconds_of(value: Any) -> float | None:
    """Return a time that is a number, or text like "12.5" or "0:01:02.5"; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    *larger, last = value.strip().rstrip("s").replace(",", ".").split(":")
    try:
        seconds = float(last)
        for weight, part in enumerate(reversed(larger), start=1):
            seconds += int(part) * 60**weight
    except ValueError:
        return None
    signs = value.strip()[1:]
    return seconds if math.isfinite(seconds) and "-" not in signs else None
